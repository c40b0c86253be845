"""Unified diffs of somebody else: read as git means them, applied to one file, and refused where they lie."""

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitting import NOBODY, git
from startrack.errors import SourceError
from startrack.lists import diffs
from startrack.lists.diffs import FileDiff, Hunk

LINES = b"".join(b"line %d\n" % number for number in range(1, 41))


def one(text: bytes) -> FileDiff:
    """Return the only file of a diff."""
    (found,) = diffs.parse(text)
    return found


def git_diff(folder: Path, before: bytes, after: bytes, *options: str, name: str = "list.md") -> bytes:
    """Return git's diff of two versions of a file."""
    (folder / "before").write_bytes(before)
    (folder / "after").write_bytes(after)
    command = ["git", "diff", "--no-index", "--no-color", *options, "before", "after"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True)
    return done.stdout.replace(b"a/before", f"a/{name}".encode()).replace(b"b/after", f"b/{name}".encode())


CONTENT = st.lists(
    st.sampled_from(
        [b"a", b"b", b"-- a/list.md", b"++ b/list.md", b"@@ -1 +1 @@", b"diff --git a/x b/x", b"\\ No", b""]
    ),
    max_size=30,
).flatmap(lambda lines: st.sampled_from([b"\n".join(lines), b"\n".join([*lines, b""]), b"\r\n".join([*lines, b""])]))


@given(CONTENT, CONTENT, st.sampled_from(["-U0", "-U3", "-U9"]))
def test_git_and_startrack_agree(
    tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes, context: str
) -> None:
    """A file with git's diff applied has the lines of the file after, whatever its lines look like."""
    text = git_diff(tmp_path_factory.getbasetemp(), before, after, context)
    if text:
        applied = diffs.apply(before, one(text), "list.md")
        assert applied.rstrip(b"\n").split(b"\n") == after.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(text: bytes, base: bytes) -> None:
    """With startrack's own error, never another."""
    for data in (text, b"diff --git a/x b/x\n--- a/x\n+++ b/x\n" + text, b"--- a/x\n+++ b/x\n@@ -1,2 +1 @@\n" + text):
        with suppress(SourceError):
            for found in diffs.parse(data):
                diffs.apply(base, found, "x")


def test_every_kind_of_file(tmp_path: Path) -> None:
    """New, deleted, renamed with and without a change, binary, with another mode, and with a name that git quotes."""
    git(tmp_path, "init", "--quiet")
    for name, content in (("gone", "a\n"), ("old", "b\n" * 9), ("same", "c\n" * 9), ("mode", "d\n"), ("bin", "\0")):
        (tmp_path / name).write_text(content, encoding="ascii")
    git(tmp_path, "add", "--all")
    git(tmp_path, *NOBODY, "commit", "--quiet", "--message", "x")
    (tmp_path / "gone").unlink()
    (tmp_path / "old").rename(tmp_path / "new name")
    (tmp_path / "new name").write_text("b\n" * 9 + "e\n", encoding="ascii")
    (tmp_path / "same").rename(tmp_path / "moved")
    (tmp_path / "mode").chmod(0o755)
    (tmp_path / "bin").write_bytes(b"\0\1")
    (tmp_path / 'l\u00ef"st\t.md').write_text("f\n", encoding="ascii")
    git(tmp_path, "add", "--all")
    done = subprocess.run(["git", "diff", "--cached", "-M"], cwd=tmp_path, check=True, capture_output=True)
    found = {(each.old, each.new): (len(each.hunks), each.is_binary) for each in diffs.parse(done.stdout)}
    assert found == {
        ("gone", None): (1, False),
        ("old", "new name"): (1, False),
        ("same", "moved"): (0, False),
        ("mode", "mode"): (0, False),
        ("bin", "bin"): (0, True),
        (None, 'l\u00ef"st\t.md'): (1, False),
    }


def test_lines_that_look_like_headers_are_lines() -> None:
    """A hunk has as many lines as its header says, so nobody can smuggle in another file."""
    text = b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/README.md\n+++ b/README.md\n same\n"
    assert one(text) == FileDiff("x", "x", (Hunk(0, (b"-- a/README.md", b"same"), (b"++ b/README.md", b"same")),))


def test_a_file_that_has_changed_since() -> None:
    """The hunks are applied where their lines are now, in their order."""
    change = one(
        b"--- a/x\n+++ b/x\n@@ -10,3 +10,4 @@\n line 10\n+new\n line 11\n line 12\n"
        b"@@ -30,2 +31,3 @@\n line 30\n+newer\n line 31\n"
    )
    base = b"above\nabove\n" + LINES.replace(b"line 20\n", b"")
    expected = base.replace(b"line 10\n", b"line 10\nnew\n").replace(b"line 30\n", b"line 30\nnewer\n")
    assert diffs.apply(base, change, "x") == expected


def test_a_file_that_no_longer_fits() -> None:
    """The error says what to do."""
    change = one(b"--- a/x\n+++ b/x\n@@ -10,2 +10,3 @@\n line 10\n+new\n line 12\n")
    with pytest.raises(SourceError, match=r"does not fit list\.md here \(line 10\): .*; update the branch"):
        diffs.apply(LINES, change, "list.md")


def test_line_ends_do_not_matter() -> None:
    """Neither those of the diff nor those of the file."""
    text = b"--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n line 1\n+new\n line 2\n"
    for diff, base in ((text.replace(b"\n", b"\r\n"), LINES), (text, LINES.replace(b"\n", b"\r\n"))):
        assert diffs.apply(base, one(diff), "x").startswith(b"line 1\nnew\nline 2\nline 3")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "the diff is empty"),
        (b" \n\n", "the diff is empty"),
        (b"<html>Not found</html>", "names no file"),
        (b'{"message": "Not Found"}', "names no file"),
        (b"@@ -1 +1 @@\n-a\n+b\n", "line 1 of the diff: a change without the name of its file"),
        (b"--- a/x\n+++ b/x\n@@ -1,5 +1 @@\n-a\n", "the diff is cut off here"),
        (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n?a\n", "line 4 of the diff: not a line of this change"),
        (b"--- a/x\n+++ b/x\n@@ -1 +1,0 @@\n+a\n-b\n", "not a line of this change"),
        (b"--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n a\n", "not the beginning of a change"),
        (b"--- a/x\n+++ b/x\n@@ -9999999999 +1 @@\n-a\n+b\n", "not the beginning of a change"),
        (b"x" * (diffs.MAX_BYTES + 1), "more than 20,000,000 bytes"),
    ],
)
def test_what_is_no_diff_is_refused(text: bytes, problem: str) -> None:
    """An answer that is none must not pass for a change without additions."""
    with pytest.raises(SourceError, match=problem):
        diffs.parse(text)


def test_a_hostile_diff_takes_no_time() -> None:
    """Lines that fit nearly everywhere are not looked for forever, and a place beyond the file is no loop."""
    hunk = b"@@ -1,40 +1,41 @@\n" + b" a\n" * 39 + b"+x\n b\n"
    with pytest.raises(SourceError, match="does not fit"):
        diffs.apply(b"a\n" * 200_000, one(b"--- a/x\n+++ b/x\n" + hunk * 2_000), "x")
    far = one(b"--- a/x\n+++ b/x\n@@ -999999999,0 +1 @@\n+x\n")
    assert diffs.apply(b"a\n", far, "x") == b"a\n\nx"
