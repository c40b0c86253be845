"""The dashboards folder on disk: a manifest records the files that startrack wrote.

Only files of the manifest are replaced or removed, and only while nobody has edited them.
"""

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from startrack import files
from startrack.errors import WriteError

__all__ = [
    "MANIFEST_NAME",
    "FolderChanges",
    "Manifest",
    "Output",
    "Staged",
    "is_as_built",
    "manifest_digest",
    "parse_manifest",
    "read_manifest",
    "render_manifest",
    "write_folder",
]


MANIFEST_NAME: Final = ".startrack-files"

_LINE = re.compile(r"(?:(?P<digest>[0-9a-f]{16})  )?(?P<name>[^\0\\:]+)")
_DIGEST_LENGTH = 16
# The manifest of an older startrack names files without a digest.
_NO_DIGEST: Final = ""
# Text that identifies a file of startrack's when the manifest is lost. Other types of files contain no such text.
_IDENTIFYING_TEXTS: Final = {".html": b"assets/startrack.css", ".xml": b"<name>startrack</name>"}
_SUFFIXES: Final = (".css", ".csv", ".html", ".js", ".json", ".parquet", ".svg", ".xml")
# Parts of a path that name no file below their folder.
_NO_NAMES: Final = frozenset({"", ".", ".."})
# Startrack writes no longer or deeper paths, and file systems do not support them.
_LONGEST_PART: Final = 255
_MOST_PARTS: Final = 20
_READ: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0)
_FIRST_PAGE: Final = "index.html"
_REMEDY: Final = "move it, or choose another folder with [dashboards] folder"


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """What a write changed, or what a check would change.

    `edited` are files that are no longer built and were kept, because somebody has edited them. `failed` says of files
    outside of the folder why they could not be changed.
    """

    written: tuple[Path, ...]
    removed: tuple[Path, ...]
    edited: tuple[Path, ...]
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that was compared with the one on disk, and drafted if that `differs` and may be replaced.

    `obstacle` is what prevents it from being written, with the remedy.
    """

    name: str
    digest: str
    differs: bool
    obstacle: str | None


def write_folder(
    folder: Path,
    contents: Iterable[tuple[str, bytes] | Staged],
    changes: Mapping[Path, files.Change],
    *,
    check: bool,
    on_failed: Callable[[Path], object] = lambda _path: None,
) -> FolderChanges:
    """Write the files of the dashboards and remove those that are no longer built; with `check`, write nothing.

    `contents` are the files by their names in the folder; only one at a time is held. A second process may have staged
    some of them, see `Output`. `changes` are files elsewhere, such as READMEs, with the function that updates each.
    Everything is written or, on an error, nothing; but a file elsewhere that cannot be changed stops nothing else:
    `on_failed` is called with it, before `contents` are asked for.

    Raises WriteError if a file that startrack did not write is in the way, and other errors of a change.
    """
    manifest = read_manifest(folder)
    if check:
        stale, failed = _stale(changes)
        digests, differing = manifest.stage(contents, None)
        return _folder_changes(folder, stale, differing, *manifest.find_outdated(digests), failed)
    manifest_path = folder / MANIFEST_NAME
    if error := files.find_obstacle(manifest_path, folder):
        raise error
    with files.staging(below=folder, keeps_going=True) as staged:
        for path, change in changes.items():
            staged.change(path, change)
        for path in staged.failed:
            on_failed(path)
        drafted = list(staged.drafts)
        digests, differing = manifest.stage(contents, staged)
        outdated, edited = manifest.find_outdated(digests)
        transition = manifest.render_transition(digests)
        staged.add(manifest_path, transition if files.differs(manifest_path, transition) else None)
        # The manifest allows the old and the new content of each page, so it comes before all pages.
        staged.rename(first=(*drafted, manifest_path))
        changed = [path for path in drafted if path not in staged.failed]
    removed = [path for path in outdated if files.remove(path, folder)]
    files.write({manifest_path: render_manifest(digests)}, below=folder)
    return _folder_changes(folder, changed, differing, removed, edited, staged.failed.values())


def _stale(changes: Mapping[Path, files.Change]) -> tuple[list[Path], list[WriteError]]:
    """Return the files that changes would change, and the errors of those that cannot be read."""
    stale, failed = [], []
    for path, change in changes.items():
        try:
            if files.differs(path, change(files.read(path))):
                stale.append(path)
        except WriteError as error:
            failed.append(error)
    return stale, failed


class Output:
    """Stages files for `write_folder` in a second process; with `check`, it only compares them."""

    def __init__(self, folder: Path, *, check: bool) -> None:
        self._manifest = read_manifest(folder)
        self._staging = None if check else files.Staging(folder, durable=False)

    def stage(self, name: str, content: bytes) -> Staged:
        """Compare a file with the one on disk, and draft it if that differs. Raises WriteError."""
        return self._manifest.stage_one(name, content, self._staging)

    def discard(self, name: str) -> None:
        """Remove the draft of a file that will not be written, if there is one."""
        files.remove_draft(self._manifest.folder / name)


def _folder_changes(
    folder: Path,
    changed: Iterable[Path],
    differing: Iterable[str],
    removed: Iterable[Path],
    edited: Iterable[Path],
    failed: Iterable[WriteError],
) -> FolderChanges:
    written = (*changed, *(folder / name for name in sorted(differing)))
    return FolderChanges(written, tuple(removed), tuple(edited), tuple(map(str, failed)))


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files that the last build wrote below `folder`.

    `digests` has the digests that each file may have, by its name with `/` between parts. After a build that was
    killed these are two: those of the old and of the new content.
    """

    folder: Path
    digests: Mapping[str, frozenset[str]]
    _free_folders: set[Path] = field(default_factory=set, repr=False, compare=False)

    def stage(
        self, contents: Iterable[tuple[str, bytes] | Staged], staging: files.Staging | None
    ) -> tuple[dict[str, str], list[str]]:
        """Stage the files that differ from those on disk; return the digest of every file, and the names of these.

        Raises WriteError if a file that startrack did not write, or that somebody has edited, is in the way; the others
        are looked at before, to say how many there are.
        """
        digests: dict[str, str] = {}
        differing: list[str] = []
        obstacles: dict[str, str] = {}
        for item in contents:
            file = item if isinstance(item, Staged) else self.stage_one(*item, None if obstacles else staging)
            digests[file.name] = file.digest
            if file.differs:
                differing.append(file.name)
            if file.obstacle:
                obstacles[file.name] = file.obstacle
            elif isinstance(item, Staged) and staging:
                staging.adopt(self.folder / file.name, is_drafted=file.differs)
        self._raise_first(obstacles)
        return digests, differing

    def stage_one(self, name: str, content: bytes, staging: files.Staging | None) -> Staged:
        """Compare a file with the one on disk, and stage it if that differs and may be replaced. Raises WriteError."""
        differs, obstacle = self._examine(name, content)
        if staging and not obstacle:
            staging.add(self.folder / name, content if differs else None)
        return Staged(name, _digest(content), differs, obstacle)

    def check_unedited(self, names: Iterable[str]) -> None:
        """Raise WriteError if somebody has edited a file of the manifest, or if another file has one of `names`."""
        examined = ((name, self._examine(name, None)[1]) for name in {*self.digests, *names})
        self._raise_first({name: obstacle for name, obstacle in examined if obstacle})

    def find_outdated(self, contents: Mapping[str, object]) -> tuple[list[Path], list[Path]]:
        """Return the files of the manifest that `contents` no longer has: those to remove, and those edited since."""
        names_by_folded = {name.casefold(): name for name in contents}
        outdated: list[Path] = []
        edited: list[Path] = []
        for name in sorted(self.digests.keys() - contents.keys()):
            path, twin = self.folder / name, names_by_folded.get(name.casefold())
            if files.find_symlink(path, self.folder) or not files.is_file(path) or (twin and self._is_same(name, twin)):
                continue
            (outdated if self._is_ours(name, path, files.read(path)) else edited).append(path)
        return outdated, edited

    def render_transition(self, digests: Mapping[str, str]) -> bytes:
        """Return a manifest that allows both the old and the new content of each file; `digests` are the new ones.

        It is valid at every moment while files are replaced, so also after a build that was killed.
        """
        new = {name: frozenset({digest}) for name, digest in digests.items()}
        names = {*self.digests, *new}
        none: frozenset[str] = frozenset()
        return _render_lines({name: self.digests.get(name, none) | new.get(name, none) for name in names})

    def _raise_first(self, obstacles: Mapping[str, str]) -> None:
        if obstacles:
            problem, _, remedy = obstacles[min(obstacles)].partition("; ")
            others = f" (and {len(obstacles) - 1} more)" if len(obstacles) > 1 else ""
            raise WriteError(f"{problem}{others}; {remedy}")

    def _examine(self, name: str, content: bytes | None) -> tuple[bool, str | None]:
        """Return whether a file has other content, and what prevents it from being written, with the remedy."""
        path = self.folder / name
        if obstacle := self._folder_obstacle(path) or self._path_obstacle(path):
            return True, obstacle
        if not files.is_file(path):
            return True, None
        current = files.read(path)
        if current == content:
            return False, None
        if self._is_ours(name, path, current):
            return True, None
        if self._find_digests(name) is not None:
            return (
                True,
                f"{path} was edited since startrack wrote it; move it to keep it, or delete it to get a new one",
            )
        return True, f"{path} is in the way: startrack did not write it; {_REMEDY}"

    def _folder_obstacle(self, path: Path) -> str | None:
        """Return what prevents files in a folder from being written; a folder without an obstacle is checked once."""
        if path.parent in self._free_folders:
            return None
        if link := files.find_symlink(path.parent, self.folder) if path.parent != self.folder else None:
            return _link_obstacle(link)
        parents = (self.folder / parent for parent in path.relative_to(self.folder).parents)
        blocked = next((parent for parent in parents if os.path.lexists(parent) and not parent.is_dir()), None)
        if blocked:
            return f"{blocked} is in the way: startrack did not write it; {_REMEDY}"
        self._free_folders.add(path.parent)
        return None

    @staticmethod
    def _path_obstacle(path: Path) -> str | None:
        if files.is_file(path) or not os.path.lexists(path):
            return None
        if path.is_symlink():
            return _link_obstacle(path)
        return f"{path} is in the way: startrack did not write it; {_REMEDY}"

    def _is_ours(self, name: str, path: Path, content: bytes) -> bool:
        digests = self._find_digests(name)
        if digests is None:
            return not self.digests and self._is_identified(path, content)
        if _NO_DIGEST in digests:
            # Manifests without digests also name READMEs of the folder.
            return b"<!-- startrack:" not in content
        return _digest(content) in digests

    def _is_identified(self, path: Path, content: bytes) -> bool:
        """Return whether a file is startrack's although there is no manifest.

        HTML and XML are identified by their text, other files by the first page: a build that writes the first page
        makes sure that no other files are in the way.
        """
        if text := _IDENTIFYING_TEXTS.get(path.suffix):
            return text in content
        first_page = self.folder / _FIRST_PAGE
        return files.is_file(first_page) and self._is_identified(first_page, files.read(first_page))

    def _find_digests(self, name: str) -> frozenset[str] | None:
        """Return the digests of a file, `None` if it is not in the manifest.

        Another spelling counts if the file system ignores case.
        """
        if name in self.digests:
            return self.digests[name]
        twins = (twin for twin in self.digests if twin.casefold() == name.casefold())
        return next((self.digests[twin] for twin in twins if self._is_same(twin, name)), None)

    def _is_same(self, one: str, other: str) -> bool:
        try:
            return (self.folder / one).samefile(self.folder / other)
        except OSError:
            return False


def is_as_built(folder: Path, digest: str) -> bool:
    """Return whether the manifest has this digest, and every file of it is there, unedited and not behind a link."""
    content = _read_regular(f"{folder}/{MANIFEST_NAME}")
    if content is None or _digest(content) != digest:
        return False
    digests = parse_manifest(content)
    if any(os.path.islink(f"{folder}/{parent}") for parent in _parents(digests)):  # noqa: PTH114 - as below
        return False
    return all(
        content is not None and _digest(content) in digests[name]
        for name in digests
        for content in [_read_regular(f"{folder}/{name}")]
    )


def manifest_digest(folder: Path) -> str:
    """Return the digest of the manifest of a folder, empty if it has none."""
    content = _read_regular(f"{folder}/{MANIFEST_NAME}")
    return _NO_DIGEST if content is None else _digest(content)


def _parents(names: Iterable[str]) -> set[str]:
    parents: set[str] = set()
    for name in names:
        parent = name.rpartition("/")[0]
        while parent and parent not in parents:
            parents.add(parent)
            parent = parent.rpartition("/")[0]
    return parents


def _read_regular(path: str) -> bytes | None:
    """Return the content of a regular file, `None` if there is none that can be read; a link is not followed.

    For tens of thousands of files, file objects and Paths take longer, and so do threads, which wait for each other.
    """
    try:
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode):
            return None
        descriptor = os.open(path, _READ)
        try:
            # One byte more, so that a file which grows meanwhile has another digest.
            return os.read(descriptor, status.st_size + 1)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):
        return None


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a folder, empty if there is none.

    Raises WriteError if it cannot be read or if `folder` is not a folder.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise WriteError(f"cannot write {folder}: it is not a folder; {_REMEDY}")
    path = folder / MANIFEST_NAME
    return Manifest(folder, parse_manifest(files.read(path)) if files.is_file(path) else {})


def parse_manifest(content: bytes) -> Mapping[str, frozenset[str]]:
    """Return the digests of each file of a manifest, by its name.

    Lines are ignored unless they name a file below the folder that startrack could have written.
    """
    digests: dict[str, frozenset[str]] = {}
    none: frozenset[str] = frozenset()
    for line in content.decode("utf-8", errors="replace").split("\n"):
        fields = _LINE.fullmatch(line.removesuffix("\r"))
        if fields and _is_valid(name := fields["name"], digest := fields["digest"]):
            digests[name] = digests.get(name, none) | {digest or _NO_DIGEST}
    return digests


def render_manifest(digests: Mapping[str, str]) -> bytes:
    """Return the manifest of files with these digests."""
    return _render_lines({name: frozenset({digest}) for name, digest in digests.items()})


def _render_lines(digests: Mapping[str, frozenset[str]]) -> bytes:
    lines = (
        f"{digest}  {name}\n" if digest else f"{name}\n"
        for name, alternatives in sorted(digests.items())
        for digest in sorted(alternatives)
    )
    return "".join(lines).encode()


def _digest(content: bytes) -> str:
    # Git may convert line endings at checkout. That is not an edit.
    # To look for one byte first takes a tenth of the time, and there is hardly ever one.
    text = content.replace(b"\r\n", b"\n") if b"\r" in content else content
    return hashlib.sha256(text).hexdigest()[:_DIGEST_LENGTH]


def _link_obstacle(link: Path) -> str:
    return f"{link} is a symbolic link, and startrack does not write through links; replace it"


def _is_valid(name: str, digest: str | None) -> bool:
    """Return whether a line can name a file that startrack wrote: one below the folder, of a type that it writes.

    Older manifests, which have no digests, also name READMEs and lists. So a name without a digest counts only with
    a suffix of the dashboards, or as Markdown below `digest/`, and never as a dot file.
    """
    parts = name.split("/")
    if name == MANIFEST_NAME or len(parts) > _MOST_PARTS or not _NO_NAMES.isdisjoint(parts):
        return False
    if len(name.encode()) > _LONGEST_PART and any(len(part.encode()) > _LONGEST_PART for part in parts):
        return False
    if digest:
        return True
    is_known_type = name.endswith(_SUFFIXES) or (name.startswith("digest/") and name.endswith(".md"))
    return is_known_type and not any(part.startswith(".") for part in parts)
