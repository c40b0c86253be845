"""Files on disk, each written whole or not at all, and the lock that keeps writers apart; the only door of filelock."""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from startrack.errors import StoreBusyError, WriteError

__all__ = ["lock", "stale", "write"]

_HOLDER = re.compile(rb"[0-9]{1,10}\n")


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


@contextmanager
def lock(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock whose file is `path`; wait up to `patience` seconds while another process holds it.

    The system lets go of the lock when the process ends, however it ends. The file stays: it holds the number of
    the last process that had the lock.

    Raises StoreBusyError where another process still holds the lock after the wait, and WriteError where the file
    cannot be made.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(path, patience, preserve_lock_file=True, on_acquired=_sign).acquire()
    except Timeout as error:
        raise StoreBusyError(
            f"{path} is held by process {_holder(path)}; waited {patience:.0f} s for it: "
            "let that run end, or stop it, then run again"
        ) from error
    except OSError as error:
        raise _cannot(path, error) from error
    with held:
        yield


def _sign(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())


def _holder(path: Path) -> str:
    """Return the number of the process that the file of a lock names, `?` where it names none."""
    try:
        with path.open("rb") as file:
            text = file.read(20)
    except OSError:
        return "?"
    return text.decode().strip() if _HOLDER.fullmatch(text) else "?"


def _cannot(path: Path, error: OSError) -> WriteError:
    reason = error.strerror or str(error)
    return WriteError(f"cannot write {path}: {reason}; make room or change its permissions, then run again")
