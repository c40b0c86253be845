"""The last change of list files, taken back."""

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
        undo.change(record, [(first, b"old a", b"new a"), (second, b"old b", b"new b")])
        first.write_bytes(contents[0])
        second.write_bytes(contents[1])
        changed = [path for path in (first, second) if path.read_bytes().startswith(b"new")]
        assert undo.restore(record) == changed
        assert (first.read_bytes(), second.read_bytes(), record.exists()) == (b"old a", b"old b", False)


def test_a_file_that_somebody_has_changed_keeps_all_as_it_is(tmp_path: Path) -> None:
    """Also where another file is as it was before."""
    record, first, second = tmp_path / "record.json", tmp_path / "a.md", tmp_path / "b.md"
    first.write_bytes(b"old a")
    second.write_bytes(b"old b")
    undo.change(record, [(first, b"old a", b"new a"), (second, b"old b", b"new b")])
    second.write_bytes(b"other")
    with pytest.raises(WriteError, match=r"b\.md was changed after the fix, so nothing was restored"):
        undo.restore(record)
    assert (first.read_bytes(), second.read_bytes()) == (b"new a", b"other")
