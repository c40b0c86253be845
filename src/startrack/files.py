"""Writes files atomically, and locks folders against other writers; the only module that imports filelock.

Nothing is written or removed through a symbolic link: it could lead out of startrack's folders.
"""

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from startrack.errors import StoreBusyError, WriteError

__all__ = [
    "Change",
    "Check",
    "Staging",
    "differs",
    "find_obstacle",
    "find_symlink",
    "is_file",
    "lock",
    "read",
    "relative_name",
    "remove",
    "remove_draft",
    "remove_drafts",
    "replacing",
    "staging",
    "write",
]

Change = Callable[[bytes], bytes]
"""Returns the new content of a file for its old one."""

Check = Callable[[Mapping[Path, Path]], object]
"""Checks drafts, by the files they will replace, before they are renamed; it raises if one is wrong."""

_DRAFT = ".startrack.draft"
_HOLDER = re.compile(rb"[0-9]{1,10}\n")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def find_symlink(path: Path, below: Path) -> Path | None:
    """Return the first symbolic link on the way from a folder to a path below it, `None` if there is none."""
    steps = [path, *(below / parent for parent in path.relative_to(below).parents)][:-1]
    return next((step for step in reversed(steps) if _is_link(step)), None)


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(path.lstat().st_mode)
    except (OSError, ValueError):  # the name is too long or has a NUL in it
        return False


def relative_name(path: Path, folder: Path) -> str:
    """Return the path of a file from a folder, through no symbolic link, with slashes; it may begin with `..`."""
    real = os.path.realpath(path)
    try:
        return Path(os.path.relpath(real, os.path.realpath(folder))).as_posix()
    except ValueError:  # on Windows, another drive
        return Path(real).as_posix()


def is_file(path: Path) -> bool:
    """Say whether the path is a regular file, not a link to one."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except (OSError, ValueError):
        return False


def read(path: Path) -> bytes:
    """Return a file's content. Raises WriteError if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise WriteError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from error


def differs(path: Path, content: bytes) -> bool:
    """Say whether the file is missing or has other content."""
    try:
        return path.stat().st_size != len(content) or path.read_bytes() != content
    except FileNotFoundError:
        return True
    except OSError as error:
        raise _write_error(path, error) from error


def write(
    contents: Mapping[Path, bytes],
    *,
    below: Path,
    durable: bool = False,
    check: Check = lambda _drafts: None,
) -> list[Path]:
    """Write the files whose content differs, in the given order, and return their paths.

    All files must be in the folder `below`. `check` is called with all drafts before the first is renamed; for the
    rest see `staging`. Raises WriteError, and what `check` raises; then no file is replaced, except those renamed
    before the error.
    """
    with staging(below=below, durable=durable) as staged:
        for path, content in contents.items():
            is_different = differs(path, content)
            if is_different and (error := find_obstacle(path, below)):
                raise error
            staged.add(path, content if is_different else None)
        check(staged.drafts)
        staged.rename()
    return list(staged.drafts)


@contextmanager
def staging(*, below: Path, durable: bool = False, keeps_going: bool = False) -> Iterator["Staging"]:
    """Collect new contents of files below a folder, and replace the files together at the end of the block.

    Each file is drafted beside its place when it is added, so that it need not be kept in memory, and a full disk
    changes nothing. No draft is left, also not one of a run that was killed. With `durable` each draft is synced to
    disk before it is renamed. With `keeps_going` a change that fails prevents no other one.
    """
    staged = Staging(below, durable=durable, keeps_going=keeps_going)
    try:
        yield staged
    finally:
        staged.remove_drafts()


class Staging:
    """Files that are drafted and not yet renamed; see `staging`. `drafts` has the draft of each file, in order.

    `failed` has the files that could not be changed, with the errors, if the others are changed nevertheless.
    """

    def __init__(self, below: Path, *, durable: bool, keeps_going: bool = False) -> None:
        self.drafts: dict[Path, Path] = {}
        self._below, self._durable, self._keeps_going = below, durable, keeps_going
        self.failed: dict[Path, WriteError] = {}
        self._changes: dict[Path, tuple[bytes, Change]] = {}
        self._kept: list[Path] = []
        self._folders: set[Path] = set()
        self._renamed: set[Path] = set()

    def add(self, path: Path, content: bytes | None) -> None:
        """Draft a file; without content it stays as it is.

        The path must not be a link itself: see `find_obstacle`. Raises WriteError if the file cannot be written or its
        folder is behind a symbolic link.
        """
        if content is None:
            self._kept.append(path)
            return
        if path.parent not in self._folders and (error := find_obstacle(path, self._below)):
            raise error
        self.drafts[path] = _draft_path(path)
        self._draft(path, content)

    def adopt(self, path: Path, *, is_drafted: bool) -> None:
        """Take over a file that was added to the staging of another process."""
        if is_drafted:
            self.drafts[path] = _draft_path(path)
        else:
            self._kept.append(path)

    def change(self, path: Path, change: Change) -> None:
        """Draft a change of a file, which may be anywhere, if it changes anything.

        It is made of the content at the moment of renaming, so that what another program wrote meanwhile is not lost.
        Raises WriteError, also from the change itself; if the staging keeps going, the file is `failed` instead.
        """
        with self._failing(path):
            before = read(path)
            content = change(before)
            if differs(path, content):
                self.drafts[path] = _draft_path(path)
                self._changes[path] = before, change
                self._draft(path, content)
            else:
                self._kept.append(path)

    def rename(self, first: Iterable[Path] = ()) -> None:
        """Replace all files by their drafts, those of `first` before the others.

        Raises WriteError; if the staging keeps going, changes of files that cannot be replaced are `failed` instead.
        """
        for path in dict.fromkeys((*(path for path in first if path in self.drafts), *self.drafts)):
            if path in self._changes:
                with self._failing(path):
                    self._rebase(path, *self._changes[path])
                    self._rename(path)
            else:
                self._rename(path)

    @contextmanager
    def _failing(self, path: Path) -> Iterator[None]:
        """Note an error of the block as that of a file, if the staging keeps going."""
        try:
            yield
        except WriteError as error:
            if not self._keeps_going:
                raise
            self.failed[path] = error
            self.drafts.pop(path, None)
            self._kept.append(path)

    def _rename(self, path: Path) -> None:
        _rename_draft(path)
        self._renamed.add(path)

    def remove_drafts(self) -> None:
        """Remove what is left of drafts, of these files and of those of a run that was killed."""
        for path in (*self.drafts.keys() - self._renamed, *self._kept):
            remove_draft(path)

    def _draft(self, path: Path, content: bytes) -> None:
        if path.parent not in self._folders:
            _make_folder(path)
            self._folders.add(path.parent)
        _draft(path, content, durable=self._durable)

    def _rebase(self, path: Path, before: bytes, change: Change) -> None:
        """Apply a change again while another program changes the file."""
        while (current := read(path)) != before:
            before = current
            _draft(path, change(before), durable=self._durable)


@contextmanager
def replacing(path: Path, *, may_exist: bool) -> Iterator[Path]:
    """Yield the path of a draft that the block creates; at its end the draft takes the place of the file.

    Raises WriteError if there is such a file and it may not, and if it cannot be replaced.
    """
    if error := find_obstacle(path, path.parent):
        raise error
    if not may_exist and os.path.lexists(path):
        raise WriteError(f"{path} exists; name another file, or add --force to replace it")
    if not path.parent.is_dir():
        raise WriteError(f"cannot write {path}: the folder {path.parent} does not exist; create it")
    draft = _draft_path(path)
    try:
        os.close(_create(path, draft))  # so that whoever cannot write here hears so in the words of this module
        draft.unlink()
    except OSError as failure:
        raise _write_error(path, failure) from failure
    try:
        yield draft
        _rename_draft(path)
    finally:
        remove_draft(path)


def remove(path: Path, below: Path) -> bool:
    """Remove a file below a folder and say whether there was one; a link, or a file behind one, is left alone.

    Raises WriteError.
    """
    if find_symlink(path, below) or not is_file(path):
        return False
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise _write_error(path, error) from error
    return True


def find_obstacle(path: Path, below: Path) -> WriteError | None:
    """Return the error that prevents writing a file: a symbolic link on its path, or something that is not a file."""
    if link := find_symlink(path, below):
        return WriteError(
            f"{link} is a symbolic link; startrack does not write through links; replace it by a file or folder"
        )
    if os.path.lexists(path) and not is_file(path):
        return WriteError(f"{path} is not a regular file, so it cannot be replaced; move it away")
    return None


def _draft_path(path: Path) -> Path:
    # A fixed name for each file, so that the draft of a killed run is replaced and drafts do not pile up.
    return path.with_name(f".{path.name}{_DRAFT}")


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _write_error(path, error) from error


def _create(path: Path, draft: Path) -> int:
    """Open a new draft; one of a killed run is replaced. An existing file or link may belong to another program."""
    try:
        return os.open(draft, _NEW, 0o666)
    except FileExistsError:
        remove_draft(path)
        return os.open(draft, _NEW, 0o666)


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _draft(path: Path, content: bytes, *, durable: bool) -> None:
    draft = _draft_path(path)
    try:
        descriptor = _create(path, draft)
        try:
            _write_all(descriptor, content)
            if durable:
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path.exists():
            _copy_access(path, draft)
    except FileExistsError as error:
        if draft.is_symlink() or draft.exists():
            raise WriteError(f"cannot write {path}: {draft} is in the way; remove it, then run again") from error
        raise _write_error(path, error) from error
    except OSError as error:
        raise _write_error(path, error) from error


def _copy_access(path: Path, draft: Path) -> None:
    """Give a draft the permissions of the file, and its owner and group where the system lets this process do it."""
    if sys.platform != "win32":
        # An administrator, as in a container, may work on the files of another user.
        status = path.stat()
        with suppress(PermissionError):
            os.chown(draft, status.st_uid, status.st_gid)
    shutil.copymode(path, draft)


def _rename_draft(path: Path) -> None:
    try:
        _draft_path(path).replace(path)
    except OSError as error:
        raise _write_error(path, error) from error


def remove_draft(path: Path) -> None:
    """Remove the draft of a file, of this run or of one that was killed, if there is one."""
    with suppress(OSError):
        if is_file(draft := _draft_path(path)):
            draft.unlink()


def remove_drafts(folder: Path) -> None:
    """Remove every draft in a folder, which killed runs have left; the caller must hold the lock of the folder."""
    for path in folder.glob(f".*{_DRAFT}"):
        with suppress(OSError):
            if is_file(path):
                path.unlink()


@contextmanager
def lock(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock file `path` inside the block; wait up to `patience` seconds while another process holds it.

    The operating system releases the lock when the process ends, however it ends. The file stays: it holds the id of
    the last process that had the lock.

    Raises StoreBusyError if another process still holds the lock after the wait, and WriteError if the file cannot be
    created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        held = FileLock(path, patience, preserve_lock_file=True, on_acquired=_write_process_id).acquire()
    except Timeout as error:
        raise StoreBusyError(
            f"{path} is in use by process {_holder(path)}; waited {patience:.0f} s; "
            "wait for that process to end, or stop it, and run again",
        ) from error
    except OSError as error:
        raise _write_error(path, error) from error
    with held:
        yield


def _write_process_id(descriptor: int) -> None:
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"%d\n" % os.getpid())


def _holder(path: Path) -> str:
    """Return the process id in a lock file, `?` if there is none."""
    try:
        with path.open("rb") as file:
            text = file.read(20)
    except OSError:
        return "?"
    return text.decode().strip() if _HOLDER.fullmatch(text) else "?"


def _write_error(path: Path, error: OSError) -> WriteError:
    reason = error.strerror or str(error)
    return WriteError(f"cannot write {path}: {reason}; free disk space or change its permissions, then run again")
