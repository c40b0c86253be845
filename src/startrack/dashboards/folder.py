"""The dashboards folder on disk: only files that startrack made, by its manifest, are replaced or removed."""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from startrack import files
from startrack.errors import WriteError

__all__ = [
    "FILE",
    "FolderChanges",
    "Manifest",
    "read",
    "render",
    "write_folder",
]


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """What was written and removed (or would be, when checking), and what was left since somebody edited it."""

    written: tuple[Path, ...]
    removed: tuple[Path, ...]
    left: tuple[Path, ...]


def write_folder(
    folder: Path, contents: Mapping[str, bytes], changes: Mapping[Path, files.Change], *, check: bool
) -> FolderChanges:
    """Bring a folder, and the files to be changed, in step with what was rendered; `check` writes nothing.

    `contents` are the files of the folder by their names in it. Of these only what an earlier build made is replaced,
    and what it made and this one did not is removed, both by the folder's manifest.
    Raises WriteError where anything else is in the way, and what a change raises; nothing is written then.
    """
    made = read(folder)
    made.refuse_obstacles(contents)
    obsolete, edited = made.obsolete(contents)
    pages = {folder / name: content for name, content in contents.items()}
    if check:
        stale = [path for path, change in changes.items() if files.stale(path, change(files.read(path)))]
        stale += [path for path, content in pages.items() if files.stale(path, content)]
        return FolderChanges(tuple(stale), tuple(obsolete), tuple(edited))
    listed = folder / FILE
    written = files.write({listed: made.joined(contents), **pages}, below=folder, changes=changes)
    removed = [path for path in obsolete if files.remove(path, folder)]
    files.write({listed: render(contents)}, below=folder)
    return FolderChanges(tuple(path for path in written if path != listed), tuple(removed), tuple(edited))


FILE: Final = ".startrack-files"

_LINE = re.compile(r"(?:(?P<digest>[0-9a-f]{16})  )?(?P<name>[^\0\\:]+)")
_DIGEST_LENGTH = 16
# A manifest of an older startrack names files without a digest.
_UNKNOWN: Final = ""
# By these a file is known as made by startrack where the manifest is lost; other kinds of files hold no such mark.
_MARKS: Final = {".html": b"assets/startrack.css", ".xml": b"<name>startrack</name>"}
_KINDS: Final = (".css", ".csv", ".html", ".js", ".json", ".parquet", ".svg", ".xml")
# What is longer or deeper was never made, and no disk holds it.
_LONGEST_PART: Final = 255
_MOST_PARTS: Final = 20
_FIRST_PAGE: Final = "index.html"
_WAYS_OUT: Final = "move it, or name another folder in [dashboards] folder"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the last build left below `folder`: the digests each file may have, by its name with `/` between parts.

    A build that was killed leaves two digests of a file: that of before and that of after.
    """

    folder: Path
    made: Mapping[str, frozenset[str]]

    def refuse_obstacles(self, contents: Mapping[str, bytes]) -> None:
        """Raise WriteError where something that startrack did not make, or that was edited since, is in the way."""
        self._refuse(obstacle for name, content in contents.items() if (obstacle := self._obstacle(name, content)))

    def refuse_edited(self, names: Iterable[str]) -> None:
        """Raise WriteError where a file of the manifest was edited, or one of other `names` is somebody else's."""
        self._refuse(obstacle for name in sorted({*self.made, *names}) if (obstacle := self._obstacle(name, None)))

    def obsolete(self, contents: Mapping[str, bytes]) -> tuple[list[Path], list[Path]]:
        """Return the files that are no longer made: those to remove, and those that somebody edited since."""
        folded = {name.casefold(): name for name in contents}
        ours: list[Path] = []
        edited: list[Path] = []
        for name in sorted(self.made.keys() - contents.keys()):
            path, twin = self.folder / name, folded.get(name.casefold())
            if files.linked(path, self.folder) or not files.is_file(path) or (twin and self._are_same(name, twin)):
                continue
            (ours if self._is_ours(name, path) else edited).append(path)
        return ours, edited

    def joined(self, contents: Mapping[str, bytes]) -> bytes:
        """Return the manifest that holds at every moment while `contents` are written, for one who ends in between."""
        after = {name: frozenset({_digest(content)}) for name, content in contents.items()}
        names = {*self.made, *after}
        none: frozenset[str] = frozenset()
        return _lines({name: self.made.get(name, none) | after.get(name, none) for name in names})

    def _refuse(self, obstacles: Iterator[str]) -> None:
        first, others = next(obstacles, None), sum(1 for _ in obstacles)
        if first is not None:
            fact, _, remedy = first.partition("; ")
            raise WriteError(f"{fact}{f' (and {others} more)' if others else ''}; {remedy}")

    def _obstacle(self, name: str, content: bytes | None) -> str | None:
        """Return what keeps a file from being written, and the ways out."""
        path = self.folder / name
        if link := files.linked(path, self.folder):
            return f"{link} is a symbolic link, and startrack writes through none; put a file or folder there"
        if other := self._other(path):
            return f"{other} is in the way: startrack did not make it; {_WAYS_OUT}"
        if not files.is_file(path) or (content is not None and not files.stale(path, content)):
            return None
        if self._is_ours(name, path):
            return None
        if self._digests(name) is not None:
            return f"{path} was edited since startrack made it; move it to keep it, or delete it to have it made anew"
        return f"{path} is in the way: startrack did not make it; {_WAYS_OUT}"

    def _other(self, path: Path) -> Path | None:
        """Return what stands where a file is to be and is none, or where one of its folders is to be and is none."""
        steps = path.relative_to(self.folder).parents
        folders = (self.folder / parent for parent in steps)
        blocked = next((folder for folder in folders if os.path.lexists(folder) and not folder.is_dir()), None)
        return blocked or (path if os.path.lexists(path) and not files.is_file(path) else None)

    def _is_ours(self, name: str, path: Path) -> bool:
        data, digests = files.read(path), self._digests(name)
        if digests is None:
            return not self.made and self._is_marked(path, data)
        if _UNKNOWN in digests:
            # They named the READMEs that stood in the folder too.
            return b"<!-- startrack:" not in data
        return _digest(data) in digests

    def _is_marked(self, path: Path, data: bytes) -> bool:
        """Say whether a file is known as ours without a manifest: by what it holds, or by the pages beside it.

        When the first page was made nothing of others stood in the way.
        """
        if mark := _MARKS.get(path.suffix):
            return mark in data
        first = self.folder / _FIRST_PAGE
        return files.is_file(first) and self._is_marked(first, files.read(first))

    def _digests(self, name: str) -> frozenset[str] | None:
        """Return the digests of a file, `None` where it is not ours; upper and lower case may be one to the disk."""
        if name in self.made:
            return self.made[name]
        twins = (made for made in self.made if made.casefold() == name.casefold())
        return next((self.made[made] for made in twins if self._are_same(made, name)), None)

    def _are_same(self, one: str, other: str) -> bool:
        try:
            return (self.folder / one).samefile(self.folder / other)
        except OSError:
            return False


def read(folder: Path) -> Manifest:
    """Return the manifest of a folder, empty where there is none; lines that name no file below the folder are none.

    Raises WriteError where it cannot be read, or the folder is something else.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise WriteError(f"cannot write {folder}: it is no folder; {_WAYS_OUT}")
    path = folder / FILE
    text = files.read(path).decode("utf-8", errors="replace") if files.is_file(path) else ""
    made: dict[str, set[str]] = {}
    for line in text.split("\n"):
        if (found := _LINE.fullmatch(line.removesuffix("\r"))) and _is_made(found["name"], found["digest"]):
            made.setdefault(found["name"], set()).add(found["digest"] or _UNKNOWN)
    return Manifest(folder, {name: frozenset(digests) for name, digests in made.items()})


def render(contents: Mapping[str, bytes]) -> bytes:
    """Return the manifest of these files."""
    return _lines({name: frozenset({_digest(content)}) for name, content in contents.items()})


def _lines(made: Mapping[str, frozenset[str]]) -> bytes:
    lines = (f"{digest}  {name}\n" if digest else f"{name}\n" for name in sorted(made) for digest in sorted(made[name]))
    return "".join(lines).encode()


def _digest(content: bytes) -> str:
    # A checkout may turn line ends; that is no edit.
    return hashlib.sha256(content.replace(b"\r\n", b"\n")).hexdigest()[:_DIGEST_LENGTH]


def _is_made(name: str, digest: str | None) -> bool:
    """Say whether a line of a manifest can name a file that startrack made: nothing outside the folder is ours.

    Lines without a digest named READMEs and lists too; of Markdown, only digests were made, and never a dot file.
    """
    parts = name.split("/")
    if name == FILE or len(parts) > _MOST_PARTS:
        return False
    if any(part in ("", ".", "..") or len(part.encode()) > _LONGEST_PART for part in parts):
        return False
    is_kind = name.endswith(_KINDS) or (name.startswith("digest/") and name.endswith(".md"))
    return bool(digest) or (is_kind and not any(part.startswith(".") for part in parts))
