"""The dashboards folder on disk: a manifest records the files that startrack wrote.

Only files of the manifest are replaced or removed, and only while nobody has edited them.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from startrack import files
from startrack.errors import WriteError

__all__ = [
    "MANIFEST_NAME",
    "FolderChanges",
    "Manifest",
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
# Startrack writes no longer or deeper paths, and file systems do not support them.
_LONGEST_PART: Final = 255
_MOST_PARTS: Final = 20
_FIRST_PAGE: Final = "index.html"
_REMEDY: Final = "move it, or choose another folder with [dashboards] folder"


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """What a write changed, or what a check would change.

    `edited` are files that are no longer built and were kept, because somebody has edited them.
    """

    written: tuple[Path, ...]
    removed: tuple[Path, ...]
    edited: tuple[Path, ...]


def write_folder(
    folder: Path, contents: Mapping[str, bytes], changes: Mapping[Path, files.Change], *, check: bool
) -> FolderChanges:
    """Write the files of the dashboards and remove those that are no longer built; with `check`, write nothing.

    `contents` are the files by their names in the folder. `changes` are files elsewhere, such as READMEs, with the
    function that updates each. Everything is written or, on an error, nothing.

    Raises WriteError if a file that startrack did not write is in the way, and any error of a change.
    """
    manifest = read_manifest(folder)
    manifest.check_writable(contents)
    outdated, edited = manifest.find_outdated(contents)
    paths = {folder / name: content for name, content in contents.items()}
    if check:
        stale = [path for path, change in changes.items() if files.differs(path, change(files.read(path)))]
        stale += [path for path, content in paths.items() if files.differs(path, content)]
        return FolderChanges(tuple(stale), tuple(outdated), tuple(edited))
    manifest_path = folder / MANIFEST_NAME
    written = files.write({manifest_path: manifest.render_transition(contents), **paths}, below=folder, changes=changes)
    removed = [path for path in outdated if files.remove(path, folder)]
    files.write({manifest_path: render_manifest(contents)}, below=folder)
    return FolderChanges(tuple(path for path in written if path != manifest_path), tuple(removed), tuple(edited))


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files that the last build wrote below `folder`.

    `digests` has the digests that each file may have, by its name with `/` between parts. After a build that was
    killed these are two: those of the old and of the new content.
    """

    folder: Path
    digests: Mapping[str, frozenset[str]]

    def check_writable(self, contents: Mapping[str, bytes]) -> None:
        """Raise WriteError if a file that startrack did not write, or that somebody has edited, is in the way."""
        self._raise_first(obstacle for name, content in contents.items() if (obstacle := self._obstacle(name, content)))

    def check_unedited(self, names: Iterable[str]) -> None:
        """Raise WriteError if somebody has edited a file of the manifest, or if another file has one of `names`."""
        paths = sorted({*self.digests, *names})
        self._raise_first(obstacle for name in paths if (obstacle := self._obstacle(name, None)))

    def find_outdated(self, contents: Mapping[str, bytes]) -> tuple[list[Path], list[Path]]:
        """Return the files of the manifest that `contents` no longer has: those to remove, and those edited since."""
        names_by_folded = {name.casefold(): name for name in contents}
        outdated: list[Path] = []
        edited: list[Path] = []
        for name in sorted(self.digests.keys() - contents.keys()):
            path, twin = self.folder / name, names_by_folded.get(name.casefold())
            if files.find_symlink(path, self.folder) or not files.is_file(path) or (twin and self._is_same(name, twin)):
                continue
            (outdated if self._is_ours(name, path) else edited).append(path)
        return outdated, edited

    def render_transition(self, contents: Mapping[str, bytes]) -> bytes:
        """Return a manifest that allows both the old and the new content of each file.

        It is valid at every moment while `contents` are written, so also after a build that was killed.
        """
        new = {name: frozenset({_digest(content)}) for name, content in contents.items()}
        names = {*self.digests, *new}
        none: frozenset[str] = frozenset()
        return _render_lines({name: self.digests.get(name, none) | new.get(name, none) for name in names})

    def _raise_first(self, obstacles: Iterator[str]) -> None:
        first, others = next(obstacles, None), sum(1 for _ in obstacles)
        if first is not None:
            problem, _, remedy = first.partition("; ")
            raise WriteError(f"{problem}{f' (and {others} more)' if others else ''}; {remedy}")

    def _obstacle(self, name: str, content: bytes | None) -> str | None:
        """Return what prevents a file from being written, followed by the remedy."""
        path = self.folder / name
        if link := files.find_symlink(path, self.folder):
            return f"{link} is a symbolic link, and startrack does not write through links; replace it"
        if other := self._wrong_type(path):
            return f"{other} is in the way: startrack did not write it; {_REMEDY}"
        if not files.is_file(path) or (content is not None and not files.differs(path, content)):
            return None
        if self._is_ours(name, path):
            return None
        if self._find_digests(name) is not None:
            return f"{path} was edited since startrack wrote it; move it to keep it, or delete it to get a new one"
        return f"{path} is in the way: startrack did not write it; {_REMEDY}"

    def _wrong_type(self, path: Path) -> Path | None:
        """Return the path if it exists and is not a file, or its first parent that exists and is not a folder."""
        parents = (self.folder / parent for parent in path.relative_to(self.folder).parents)
        blocked = next((parent for parent in parents if os.path.lexists(parent) and not parent.is_dir()), None)
        return blocked or (path if os.path.lexists(path) and not files.is_file(path) else None)

    def _is_ours(self, name: str, path: Path) -> bool:
        content, digests = files.read(path), self._find_digests(name)
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
    """Return the content of a regular file, `None` if there is none that can be read; a link is not followed."""
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - for thousands of files, as a Path takes longer
            return file.readall()
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
    digests: dict[str, set[str]] = {}
    for line in content.decode("utf-8", errors="replace").split("\n"):
        if (fields := _LINE.fullmatch(line.removesuffix("\r"))) and _is_valid(fields["name"], fields["digest"]):
            digests.setdefault(fields["name"], set()).add(fields["digest"] or _NO_DIGEST)
    return {name: frozenset(alternatives) for name, alternatives in digests.items()}


def render_manifest(contents: Mapping[str, bytes]) -> bytes:
    """Return the manifest of these files."""
    return _render_lines({name: frozenset({_digest(content)}) for name, content in contents.items()})


def _render_lines(digests: Mapping[str, frozenset[str]]) -> bytes:
    lines = (
        f"{digest}  {name}\n" if digest else f"{name}\n"
        for name, alternatives in sorted(digests.items())
        for digest in sorted(alternatives)
    )
    return "".join(lines).encode()


def _digest(content: bytes) -> str:
    # Git may convert line endings at checkout. That is not an edit.
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:_DIGEST_LENGTH]


def _is_valid(name: str, digest: str | None) -> bool:
    """Return whether a line can name a file that startrack wrote: one below the folder, of a type that it writes.

    Older manifests, which have no digests, also name READMEs and lists. So a name without a digest counts only with
    a suffix of the dashboards, or as Markdown below `digest/`, and never as a dot file.
    """
    parts = name.split("/")
    if name == MANIFEST_NAME or len(parts) > _MOST_PARTS:
        return False
    if any(part in ("", ".", "..") or len(part.encode()) > _LONGEST_PART for part in parts):
        return False
    is_known_type = name.endswith(_SUFFIXES) or (name.startswith("digest/") and name.endswith(".md"))
    return bool(digest) or (is_known_type and not any(part.startswith(".") for part in parts))
