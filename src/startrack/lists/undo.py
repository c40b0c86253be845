"""Remembers what the last change of list files replaced, so that it can be taken back byte for byte."""

import base64
import hashlib
import os
import zlib
from collections.abc import Container, Iterable
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from startrack import files
from startrack.errors import WriteError
from startrack.lists import edits

__all__ = ["change", "restore"]

_LARGEST: Final = 100_000_000  # bytes; no list is as long, but a record of somebody else may unpack to more


class _File(BaseModel):
    """A changed file: its content before (compressed, in base 64), and the digest of its content after.

    `path` is relative to the folder of the configuration, with slashes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: str
    before: str
    after: str


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    files: tuple[_File, ...]


def change(record: Path, root: Path, changes: Iterable[tuple[Path, bytes, bytes]]) -> None:
    """Replace the contents of files, each given with the one before and after, and remember them in a file.

    `root` is the folder of the configuration. All files are replaced, or none. Raises WriteError if one is read-only or
    another program has changed it.
    """
    changed = [(path, before, after) for path, before, after in changes if before != after]
    if not changed:
        return
    remembered = _Record(files=tuple(_remember(root, path, before, after) for path, before, after in changed))
    with files.staging(below=record.parent) as staged:
        staged.add(record, remembered.model_dump_json().encode())
        for path, before, after in changed:
            staged.change(path, edits.replacing(path, before, after))
        staged.rename([record])


def _remember(root: Path, path: Path, before: bytes, after: bytes) -> _File:
    packed = base64.b64encode(zlib.compress(before, 9)).decode("ascii")
    return _File(path=files.relative_name(path, root), before=packed, after=_digest(after))


def restore(record: Path, root: Path, named: Iterable[Path] = ()) -> list[str]:
    """Give the files of the last change their content before it, and return those that had another; forget the change.

    The record may come from somebody else. So only lists below `root`, the folder of the configuration, and the files
    `named` in the configuration or the command are restored. A file may have its earlier content already, because the
    change was killed before it. All of the others are restored, or none. Raises WriteError if there was no change, if
    the record names another file, or if a file has changed since.
    """
    allowed = frozenset(map(os.path.realpath, named))
    changes: list[tuple[str, Path, bytes, bytes]] = []
    for file in _read(record).files:
        path, before = _place(file.path, record, root, allowed), _unpacked(file, record)
        current = files.read(path)
        if current == before:
            continue
        if _digest(current) != file.after:
            raise WriteError(
                f"{file.path} was changed after the fix, so nothing was restored; use git to take the fix back"
            )
        changes.append((file.path, path, current, before))
    with files.staging(below=record.parent) as staged:
        for _, path, current, before in changes:
            staged.change(path, edits.replacing(path, current, before))
        staged.rename()
    files.remove(record, record.parent)
    return [name for name, *_ in changes]


def _place(name: str, record: Path, root: Path, allowed: Container[str]) -> Path:
    """Return the file that a record names. Raises WriteError for one that no fix changes."""
    base = os.path.realpath(root)
    real = Path("" if "\0" in name else os.path.realpath(root / name))
    parts = real.relative_to(base).parts if real.is_relative_to(base) else (".git",)
    is_list = real.suffix.lower() in edits.WITH_LINKS and ".git" not in map(str.lower, parts)
    if not is_list and str(real) not in allowed:
        raise WriteError(
            f"{record} names {name!r}, which is no list in the folder of the configuration, so nothing was restored; "
            "name that list behind --restore if it is yours, or use git to take the fix back"
        )
    return real


def _read(record: Path) -> _Record:
    try:
        return _Record.model_validate_json(record.read_bytes())
    except FileNotFoundError as error:
        raise WriteError("there is no fix to take back") from error
    except (OSError, ValidationError) as error:
        raise _damaged(record) from error


def _unpacked(file: _File, record: Path) -> bytes:
    try:
        unpacker = zlib.decompressobj()
        before = unpacker.decompress(base64.b64decode(file.before, validate=True), _LARGEST)
    except (ValueError, zlib.error) as error:
        raise _damaged(record) from error
    if not unpacker.eof:
        raise _damaged(record)
    return before


def _damaged(record: Path) -> WriteError:
    return WriteError(f"{record} cannot be read; use git to take the fix back")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
