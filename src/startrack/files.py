"""Files on disk, each written whole or not at all."""

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from startrack.errors import WriteError

__all__ = ["stale", "write"]


def stale(path: Path, content: bytes) -> bool:
    """Say whether the file is missing or holds other bytes."""
    try:
        return path.stat().st_size != len(content) or path.read_bytes() != content
    except FileNotFoundError:
        return True
    except OSError as error:
        raise _cannot(path, error) from error


def write(contents: Mapping[Path, bytes], *, durable: bool = False) -> list[Path]:
    """Write every file whose bytes differ and return their paths; identical files are left alone.

    All drafts are written beside their places before the first is renamed over one, so a full disk changes
    nothing. With `durable` each draft has reached the disk before it is renamed.

    Raises WriteError where a file cannot be written; files already in place stay as they were.
    """
    changed = [path for path, content in sorted(contents.items()) if stale(path, content)]
    try:
        for path in changed:
            _draft(path, contents[path], durable=durable)
        for path in changed:
            _place(path)
    except WriteError:
        for path in changed:
            _drop(path)
        raise
    return changed


def _draft_path(path: Path) -> Path:
    # One fixed name a file: what a killed run left behind is overwritten, not piled up.
    return path.with_name(f".{path.name}.draft")


def _draft(path: Path, content: bytes, *, durable: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _draft_path(path).open("wb") as draft:
            draft.write(content)
            if durable:
                draft.flush()
                os.fsync(draft.fileno())
    except OSError as error:
        raise _cannot(path, error) from error


def _place(path: Path) -> None:
    # Renaming over a symbolic link would replace the link, not the file that it names.
    target = path.resolve()
    try:
        if target.exists():
            shutil.copymode(target, _draft_path(path))
        _draft_path(path).replace(target)
    except OSError as error:
        raise _cannot(path, error) from error


def _drop(path: Path) -> None:
    with suppress(OSError):
        _draft_path(path).unlink()


def _cannot(path: Path, error: OSError) -> WriteError:
    reason = error.strerror or str(error)
    return WriteError(f"cannot write {path}: {reason}; make room or change its permissions, then run again")
