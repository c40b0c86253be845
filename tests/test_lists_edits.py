"""Edits of a file at exact bytes, and what prevents them."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import WriteError
from startrack.lists import edits
from startrack.lists.edits import Edit
from startrack.model.lists import Span


def test_edits_in_any_order() -> None:
    """All edits are made in one go; an empty piece is a place to insert at, and a repeated edit counts once."""
    made = edits.apply(b"abcdef", [Edit(Span(6, 6), b"!"), Edit(Span(1, 3), b"X"), Edit(Span(1, 3), b"X")])
    assert made == b"aXdef!"


@pytest.mark.parametrize("wrong", [(Span(0, 3), Span(2, 4)), (Span(5, 7),), (Span(1, 2), Span(1, 2))])
def test_edits_that_contradict_each_other(wrong: tuple[Span, ...]) -> None:
    """Edits that overlap or leave the file are refused."""
    with pytest.raises(ValueError, match="overlaps"):
        edits.apply(b"abcdef", [Edit(span, b"%d" % index) for index, span in enumerate(wrong)])


@given(st.binary(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.binary(max_size=5)), max_size=8))
def test_other_bytes_are_kept(data: bytes, places: list[tuple[int, bytes]]) -> None:
    """Edits together do what they do one by one from the end of the file."""
    replacements = {min(start, len(data)): replacement for start, replacement in places}
    starts = sorted(replacements)
    spans = [Span(start, min(start + 1, end)) for start, end in zip(starts, [*starts, len(data)][1:], strict=True)]
    expected = data
    for span in reversed(spans):
        expected = expected[: span.start] + replacements[span.start] + expected[span.end :]
    assert edits.apply(data, [Edit(span, replacements[span.start]) for span in spans]) == expected


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("a".encode("utf-16"), "README.md is not UTF-8 text, so it was not changed; save it as UTF-8"),
        (b"a\0b", "README.md is not UTF-8 text, so it was not changed; save it as UTF-8"),
        (
            b"a\r\n<<<<<<< HEAD\r\nb\r\n=======\r\nc\r\n>>>>>>> x\r\n",
            "README.md:2: unresolved merge conflict, so the file was not changed; resolve it first",
        ),
    ],
)
def test_files_that_are_not_edited(data: bytes, problem: str) -> None:
    """A file in another encoding or with a conflict is refused in one line that says what to do."""
    with pytest.raises(WriteError) as error:
        edits.check_editable(data, "README.md")
    assert str(error.value) == problem


def test_headings_are_no_conflict() -> None:
    """A line of `=` below a heading, as CommonMark has it, is no merge conflict."""
    edits.check_editable(b"Title\n=======\n\n<<<<<<<<\n\xff\n", "README.md")


def test_file_that_changed_meanwhile(tmp_path: Path) -> None:
    """A file that another program has written since it was read stays as that program wrote it."""
    path = tmp_path / "README.md"
    path.write_bytes(b"new")
    with pytest.raises(WriteError, match=r"README\.md was changed by another program meanwhile"):
        edits.write(path, b"old", b"ours")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_read_only_file(tmp_path: Path) -> None:
    """A read-only file is left alone, although a rename could replace it."""
    path = tmp_path / "README.md"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(WriteError, match=r"README\.md is read-only, so it was not changed; make it writable"):
        edits.write(path, b"old", b"new")
    path.chmod(0o644)
    assert path.read_bytes() == b"old"
    assert edits.write(path, b"old", b"new")
    assert path.read_bytes() == b"new"
    assert not edits.write(path, b"new", b"new")


def test_diff() -> None:
    """The changes are a unified diff, with line ends as they are and a note where the last one is missing."""
    assert edits.diff("docs/README.md", b"a\r\nb\xff\nc", b"a\r\nb\xff!\nc") == (
        "--- a/docs/README.md\n+++ b/docs/README.md\n@@ -1,3 +1,3 @@\n a\r\n-b\udcff\n+b\udcff!\n c\n"
        "\\ No newline at end of file\n"
    )
    assert not edits.diff("README.md", b"a", b"a")
