"""The last change of list files, taken back."""

import base64
import hashlib
import json
import zlib
from pathlib import Path

import pytest

from startrack.errors import WriteError
from startrack.lists import undo


def test_a_change_that_was_killed_is_taken_back(tmp_path: Path) -> None:
    """Between the record and the first file, and between two files; and so is a restore that was killed."""
    record, first, second = tmp_path / "record.json", tmp_path / "a.md", tmp_path / "b.md"
    for contents in ((b"old a", b"old b"), (b"new a", b"old b"), (b"old a", b"new b"), (b"new a", b"new b")):
        first.write_bytes(b"old a")
        second.write_bytes(b"old b")
        undo.change(record, tmp_path, [(first, b"old a", b"new a"), (second, b"old b", b"new b")])
        first.write_bytes(contents[0])
        second.write_bytes(contents[1])
        changed = [path.name for path in (first, second) if path.read_bytes().startswith(b"new")]
        assert undo.restore(record, tmp_path) == changed
        assert (first.read_bytes(), second.read_bytes(), record.exists()) == (b"old a", b"old b", False)


def test_a_file_that_somebody_has_changed_keeps_all_as_it_is(tmp_path: Path) -> None:
    """Also where another file is as it was before."""
    record, first, second = tmp_path / "record.json", tmp_path / "a.md", tmp_path / "b.md"
    first.write_bytes(b"old a")
    second.write_bytes(b"old b")
    undo.change(record, tmp_path, [(first, b"old a", b"new a"), (second, b"old b", b"new b")])
    second.write_bytes(b"other")
    with pytest.raises(WriteError, match=r"b\.md was changed after the fix, so nothing was restored"):
        undo.restore(record, tmp_path)
    assert (first.read_bytes(), second.read_bytes()) == (b"new a", b"other")


def test_a_file_that_another_program_has_written_is_not_changed(tmp_path: Path) -> None:
    """Nor is any other, and there is nothing to take back."""
    record, first, second = tmp_path / "record.json", tmp_path / "a.md", tmp_path / "b.md"
    first.write_bytes(b"old a")
    second.write_bytes(b"other")
    with pytest.raises(WriteError, match=r"b\.md was changed by another program meanwhile, so it was left as it is"):
        undo.change(record, tmp_path, [(first, b"old a", b"new a"), (second, b"old b", b"new b")])
    assert (first.read_bytes(), second.read_bytes()) == (b"old a", b"other")
    assert sorted(tmp_path.iterdir()) == [first, second]


@pytest.mark.parametrize(
    "name",
    [
        "{outside}/a.md",
        "../outside/a.md",
        "link/a.md",
        "link.md",
        ".git/config",
        "sub/.GIT/config",
        "script.py",
        "a\0.md",
    ],
)
def test_a_record_of_somebody_else_changes_no_other_file(tmp_path: Path, name: str) -> None:
    """Whether by an absolute path, through `..` or a link, in git's folder, or a file that is no list."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder in (root / ".git", root / "sub" / ".GIT", outside):
        folder.mkdir(parents=True)
    targets = [root / ".git" / "config", root / "sub" / ".GIT" / "config", root / "script.py", outside / "a.md"]
    for target in targets:
        target.write_bytes(b"known")
    (root / "link").symlink_to(outside)
    (root / "link.md").symlink_to(outside / "a.md")
    record = root / "record.json"
    record.write_bytes(_record(name.replace("{outside}", str(outside)), zlib.compress(b"evil")))
    with pytest.raises(
        WriteError, match="which is no list in the folder of the configuration, so nothing was restored"
    ):
        undo.restore(record, root)
    assert {target.read_bytes() for target in targets} == {b"known"}
    if name == "../outside/a.md":  # the configuration may name such a file
        assert undo.restore(record, root, [outside / "a.md"]) == [name]


@pytest.mark.parametrize(
    "packed", [b"no zlib", zlib.compress(b"cut off")[:-2], zlib.compress(bytes(100_000_001))], ids=["no", "cut", "bomb"]
)
def test_a_damaged_record_is_one_clear_error(tmp_path: Path, packed: bytes) -> None:
    """Also where it would fill the memory."""
    (tmp_path / "a.md").write_bytes(b"known")
    record = tmp_path / "record.json"
    record.write_bytes(_record("a.md", packed))
    with pytest.raises(WriteError, match=r"record\.json cannot be read; use git to take the fix back"):
        undo.restore(record, tmp_path)
    assert (tmp_path / "a.md").read_bytes() == b"known"


def test_a_record_moves_with_its_folder(tmp_path: Path) -> None:
    """It has no absolute path, which would be somebody's name and would lead nowhere in another checkout."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    (first / "a.md").write_bytes(b"old")
    undo.change(first / "record.json", first, [(first / "a.md", b"old", b"new")])
    assert str(tmp_path) not in (first / "record.json").read_text(encoding="utf-8")
    first.rename(second)
    assert undo.restore(second / "record.json", second) == ["a.md"]
    assert (second / "a.md").read_bytes() == b"old"


def _record(name: str, packed: bytes) -> bytes:
    before, after = base64.b64encode(packed).decode(), hashlib.sha256(b"known").hexdigest()
    return json.dumps({"files": [{"path": name, "before": before, "after": after}]}).encode()
