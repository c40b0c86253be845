"""Files on disk, each written whole or not at all, and the lock that keeps writers apart; the only door of filelock.

Nothing is written or removed through a symbolic link: a link below a folder of ours leads to a file of somebody else.
"""

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType

from filelock import FileLock, Timeout

from startrack.errors import StoreBusyError, WriteError

__all__ = ["Change", "Check", "is_file", "linked", "lock", "obstacle", "read", "remove", "stale", "write"]

Change = Callable[[bytes], bytes]
"""What becomes of a file's content."""

Check = Callable[[Mapping[Path, Path]], object]
"""What is to be right about drafts before they are put into place; it raises where it is not."""

_HOLDER = re.compile(rb"[0-9]{1,10}\n")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def linked(path: Path, below: Path) -> Path | None:
    """Return the first symbolic link on the way from a folder to a path below it, `None` where there is none."""
    steps = [path, *(below / parent for parent in path.relative_to(below).parents)][:-1]
    return next((step for step in reversed(steps) if _is_link(step)), None)


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(path.lstat().st_mode)
    except (OSError, ValueError):  # too long a name, or one with a NUL in it, leads nowhere
        return False


def is_file(path: Path) -> bool:
    """Say whether there is a regular file, and not a link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def read(path: Path) -> bytes:
    """Return a file's content. Raises WriteError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise WriteError(f"cannot read {path}: {error.strerror}; check its path and its permissions") from error


def stale(path: Path, content: bytes) -> bool:
    """Say whether the file is missing or holds other bytes."""
    try:
        return path.stat().st_size != len(content) or path.read_bytes() != content
    except FileNotFoundError:
        return True
    except OSError as error:
        raise _cannot(path, error) from error


def write(
    contents: Mapping[Path, bytes],
    *,
    below: Path,
    durable: bool = False,
    changes: Mapping[Path, Change] = MappingProxyType({}),
    check: Check = lambda _drafts: None,
) -> list[Path]:
    """Write every file whose bytes differ, in the order given, and return their paths; others are left alone.

    `below` is the folder that all of them are in. `changes` are made before, to files anywhere, on what stands there
    at the moment of writing: what somebody else writes meanwhile is not lost. All drafts are written beside their
    places before the first is renamed over one, so a full disk changes nothing. With `durable` each draft has
    reached the disk before it is renamed. `check` is called with all drafts, by the files that they are to replace,
    before the first is renamed.

    Raises WriteError where a file cannot be written or a symbolic link leads to it, and what a change or the check
    raises; files already in place stay as they were.
    """
    before = {path: read(path) for path in changes}
    after = {path: change(before[path]) for path, change in changes.items()}
    changed = [path for path, content in (after | dict(contents)).items() if stale(path, content)]
    for path in contents.keys() & set(changed):
        if error := obstacle(path, below):
            raise error
    try:
        for path in changed:
            _draft(path, after[path] if path in after else contents[path], durable=durable)
        check({path: _draft_path(path) for path in changed})
        for path in changed:
            if path in changes:
                _rebase(path, before[path], changes[path], durable=durable)
            _place(path)
    finally:
        # Of files that need no writing too: a run that was killed may have drafted them.
        for path in (*changes, *contents):
            _drop(path)
    return changed


def remove(path: Path, below: Path) -> bool:
    """Remove a file below a folder and say whether there was one to remove: no link, and nothing behind a link.

    Raises WriteError.
    """
    if linked(path, below) or not is_file(path):
        return False
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _cannot(path, error) from error
    return True


def obstacle(path: Path, below: Path) -> WriteError | None:
    """Return what would keep a file from being written: a link on the way to it, or something there that is no file."""
    if link := linked(path, below):
        return WriteError(f"{link} is a symbolic link, and startrack writes through none; put a file or folder there")
    if os.path.lexists(path) and not is_file(path):
        return WriteError(f"{path} is in the way of a file of that name; move it away")
    return None


def _draft_path(path: Path) -> Path:
    # One fixed name a file: what a killed run left behind is replaced, not piled up.
    return path.with_name(f".{path.name}.startrack.draft")


def _draft(path: Path, content: bytes, *, durable: bool) -> None:
    draft = _draft_path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _drop(path)
        # Made anew: whatever stands there now, link or file, is not ours to write into.
        with os.fdopen(os.open(draft, _NEW, 0o666), "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, draft)
    except FileExistsError as error:
        if draft.is_symlink() or draft.exists():
            raise WriteError(f"cannot write {path}: {draft} is in the way; remove it, then run again") from error
        raise _cannot(path, error) from error
    except OSError as error:
        raise _cannot(path, error) from error


def _rebase(path: Path, before: bytes, change: Change, *, durable: bool) -> None:
    """Draft a change anew for as long as somebody else changes the file meanwhile."""
    while (now := read(path)) != before:
        before = now
        _draft(path, change(before), durable=durable)


def _place(path: Path) -> None:
    try:
        _draft_path(path).replace(path)
    except OSError as error:
        raise _cannot(path, error) from error


def _drop(path: Path) -> None:
    """Remove a draft, of this run or one that was killed."""
    with suppress(OSError):
        if is_file(draft := _draft_path(path)):
            draft.unlink()


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
            "let that run end, or stop it, then run again",
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
