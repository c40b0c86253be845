"""Remembers what the last change of list files replaced, so that it can be taken back byte for byte."""

import base64
import hashlib
import zlib
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from startrack import files
from startrack.errors import WriteError
from startrack.lists import edits

__all__ = ["change", "restore"]


class _File(BaseModel):
    """A changed file: its content before (compressed, in base 64), and the digest of its content after."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    path: str
    before: str
    after: str


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    files: tuple[_File, ...]


def change(record: Path, changes: Iterable[tuple[Path, bytes, bytes]]) -> None:
    """Replace the contents of files, each given with the one before and after, and remember them in a file.

    All of them are replaced, or none. Raises WriteError if one is read-only or another program has changed it.
    """
    changed = [(path, before, after) for path, before, after in changes if before != after]
    if not changed:
        return
    remembered = _Record(files=tuple(_remember(*one) for one in changed))
    with files.staging(below=record.parent) as staged:
        staged.add(record, remembered.model_dump_json().encode())
        for path, before, after in changed:
            staged.change(path, edits.replacing(path, before, after))
        staged.rename([record])


def _remember(path: Path, before: bytes, after: bytes) -> _File:
    packed = base64.b64encode(zlib.compress(before, 9)).decode("ascii")
    return _File(path=str(path.resolve()), before=packed, after=_digest(after))


def restore(record: Path) -> list[Path]:
    """Give the files of the last change their content before it, and return those that had another; forget the change.

    A file may have that content already, because the change was killed before it. All of the others are restored, or
    none. Raises WriteError if there was no change, or if a file has changed since.
    """
    remembered = _read(record)
    changes = []
    for file in remembered.files:
        path, before = Path(file.path), zlib.decompress(base64.b64decode(file.before))
        current = files.read(path)
        if current == before:
            continue
        if _digest(current) != file.after:
            raise WriteError(f"{path} was changed after the fix, so nothing was restored; use git to take the fix back")
        changes.append((path, current, before))
    with files.staging(below=record.parent) as staged:
        for path, current, before in changes:
            staged.change(path, edits.replacing(path, current, before))
        staged.rename()
    files.remove(record, record.parent)
    return [path for path, _, _ in changes]


def _read(record: Path) -> _Record:
    try:
        return _Record.model_validate_json(record.read_bytes())
    except FileNotFoundError as error:
        raise WriteError("there is no fix to take back") from error
    except (OSError, ValidationError) as error:
        raise WriteError(f"{record} cannot be read; use git to take the fix back") from error


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
