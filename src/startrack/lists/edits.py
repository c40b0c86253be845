"""Replaces pieces of a file by their bytes, and leaves every other byte of it as it is."""

import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Final

from startrack import files
from startrack.errors import WriteError
from startrack.lists.positions import split_lines
from startrack.model.lists import Span

__all__ = [
    "MARKDOWN",
    "WITH_LINKS",
    "Edit",
    "apply",
    "check_editable",
    "diff",
    "replacing",
    "write",
]

MARKDOWN: Final = frozenset({"", ".md", ".markdown", ".mdown", ".mkd"})
"""The endings of files whose text is edited."""

WITH_LINKS: Final = frozenset({*MARKDOWN, ".html", ".htm"})
"""The endings of files whose links are edited."""

_CONFLICT = re.compile(rb"^(?:<{7}|>{7}|\|{7})(?: [^\r\n]*)?\r?$", re.MULTILINE)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """A piece of a file, and the bytes that replace it. An empty piece is a place to insert at."""

    span: Span
    replacement: bytes


def apply(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Return the bytes with all edits made; the same edit may be given more than once.

    Raises ValueError if two edits overlap or one is outside of the file: the caller has made a mistake.
    """
    pieces: list[bytes] = []
    end = 0
    for edit in sorted(set(edits)):
        if not end <= edit.span.start <= edit.span.end <= len(data):
            raise ValueError(f"edit of bytes {edit.span.start}-{edit.span.end} overlaps one that ends at byte {end}")
        pieces += data[end : edit.span.start], edit.replacement
        end = edit.span.end
    return b"".join([*pieces, data[end:]])


def check_editable(data: bytes, name: str) -> None:
    """Raise WriteError if a file cannot be edited: it is UTF-16 or UTF-32, or has the markers of a merge conflict."""
    if data.startswith(_WIDE_MARKS) or b"\0" in data:
        raise WriteError(f"{name} is not UTF-8 text, so it was not changed; save it as UTF-8")
    if conflict := _CONFLICT.search(data):
        line = len(re.findall(rb"\r\n?|\n", data[: conflict.start()])) + 1
        raise WriteError(f"{name}:{line}: unresolved merge conflict, so the file was not changed; resolve it first")


def write(path: Path, before: bytes, after: bytes) -> bool:
    """Replace the content `before` of a file, which is not a link, by `after`; say whether that changed anything.

    Raises WriteError, with the file as it was, if it is read-only or has other content than `before`: another program
    has written it since it was read.
    """
    if before == after:
        return False
    with files.staging(below=path.parent) as staged:
        staged.change(path, replacing(path, before, after))
        staged.rename()
    return True


def replacing(path: Path, before: bytes, after: bytes) -> files.Change:
    """Return the change of a file from one content to another, to be staged.

    Raises WriteError if the file is read-only; the change itself does so if the file has another content.
    """
    _check_writable(path)

    def change(current: bytes) -> bytes:
        if current != before:
            raise WriteError(f"{path} was changed by another program meanwhile, so it was left as it is; run again")
        return after

    return change


def _check_writable(path: Path) -> None:
    # A file is replaced by renaming another one over it, which its own permissions do not prevent.
    try:
        is_writable = bool(path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH))
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror}; check the path and its permissions") from error
    if not is_writable:
        raise WriteError(f"{path} is read-only, so it was not changed; make it writable with `chmod u+w {path}`")


def diff(name: str, before: bytes | None, after: bytes) -> str:
    """Return the changes of a file as a unified diff, which `git apply` accepts; it is empty if nothing changes.

    A new file has no content `before`. Bytes that are not UTF-8 are kept apart as in `errors="surrogateescape"`.
    """
    old, new = (split_lines(data.decode("utf-8", "surrogateescape")) for data in (before or b"", after))
    path = Path(name).as_posix()
    lines = unified_diff(old, new, "/dev/null" if before is None else f"a/{path}", f"b/{path}")
    return "".join(line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n" for line in lines)
