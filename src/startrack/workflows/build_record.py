"""What the last build read and wrote, so that a build that would change nothing ends at once.

The record is a file beside the lock of builds, and git ignores it: a fresh checkout has none, and is built in full.
Everything is compared by content. Times of files are not: a checkout, a copy or a wrong clock changes these.
"""

import hashlib
import importlib.metadata
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

import startrack
from startrack import files
from startrack.config import Config
from startrack.dashboards import folder
from startrack.model.diagnostics import FileProblem
from startrack.store.snapshots import Snapshots

__all__ = ["BuildRecord", "forget", "inputs", "read", "readme_states", "save"]

# Their versions decide the bytes of Parquet files, charts and pages.
_LIBRARIES: Final = ("duckdb", "jinja2", "markupsafe", "plotly")
# Modules of startrack that no build uses.
_UNUSED: Final = frozenset({"demo", "__pycache__"})
# Keys of the configuration that no build reads.
_NOT_READ: Final[Mapping[str, set[str] | bool]] = {
    "github": True,
    "check": True,
    "schedule": {"on_success", "on_failure", "hook_timeout"},
    "health": {"archived", "mark", "archived_section"},
}


class BuildRecord(BaseModel):
    """What a build read and what it left.

    `as_of` is the instant of the report, and `later_run` the first run after it. `readmes` has the state of every file
    that may have tables; `readme_problems` and `unread` are those of the result. `manifest` is the digest of the
    manifest of the dashboards, `total` the number of all files.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    inputs: dict[str, str]
    as_of: datetime
    later_run: datetime | None
    readmes: dict[str, tuple[str, str] | None]
    readme_problems: tuple[FileProblem, ...]
    unread: tuple[str, ...]
    manifest: str
    total: int

    def is_current(self, config: Config, read: Mapping[str, str], now: datetime) -> bool:
        """Return whether a build with these inputs would change nothing: the report is the same, and so are all files.

        `read` are the inputs of the build. Without a given instant, the report is that of the last run up to `now`.
        """
        is_before_next = self.later_run is None or now < self.later_run
        return (
            read == self.inputs
            and (bool(read["as of"]) or (self.as_of <= now and is_before_next))
            and readme_states(config, self.readmes) == self.readmes
            and folder.is_as_built(config.dashboards_folder, self.manifest)
        )


def inputs(config: Config, snapshots: Snapshots, as_of: datetime | None) -> dict[str, str] | None:
    """Return everything that decides what a build writes, by name, `None` if some of it cannot be read.

    Two more things do: the READMEs, and the instant up to which runs count; the record knows both.
    """
    own_digest, counts = _own_digest(), _digest_tree(_snapshot_files(snapshots))
    if own_digest is None or counts is None:
        return None
    return {
        "startrack": own_digest,
        "python": sys.version,
        "libraries": _versions(),
        "configuration": config.model_dump_json(exclude=dict(_NOT_READ)),
        "folder": os.path.realpath(config.root),
        "lists": "\n".join(_list_files(config)),
        "as of": as_of.isoformat() if as_of else "",
        "counts": counts,
    }


# Once: what was installed since this process began is not what it runs, so the next process builds in full.
@cache
def _own_digest() -> str | None:
    return _digest_tree(_own_files())


@cache
def _versions() -> str:
    return " ".join(f"{name} {importlib.metadata.version(name)}" for name in _LIBRARIES)


def _own_files() -> Iterator[tuple[str, Path]]:
    top = Path(startrack.__file__).parent
    for parent, folders, names in os.walk(top):
        folders[:] = sorted(set(folders) - _UNUSED)
        yield from ((path.relative_to(top).as_posix(), path) for path in (Path(parent, name) for name in sorted(names)))


def _snapshot_files(snapshots: Snapshots) -> Iterator[tuple[str, Path]]:
    return ((path.as_posix(), snapshots.folder / path) for path in snapshots.paths())


def _list_files(config: Config) -> Iterator[str]:
    """Yield where the file of each list is, if there is one: the name of a list may depend on it."""
    for entry in config.lists:
        path = config.root / entry.source
        yield f"{os.path.exists(path)} {os.path.realpath(path)}"  # noqa: PTH110 - any text may be a source


def _digest_tree(named: Iterable[tuple[str, Path]]) -> str | None:
    """Return one digest of the names and contents of files, `None` if a file cannot be read or there is none."""
    total = hashlib.sha256()
    is_empty = True
    for name, path in named:
        content = _digest(path)
        if content is None:
            return None
        total.update(f"{content} {name}\0".encode(errors="surrogateescape"))
        is_empty = False
    return None if is_empty else total.hexdigest()


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def readme_states(config: Config, names: Iterable[str]) -> dict[str, tuple[str, str] | None]:
    """Return where each file really is and the digest of its content, `None` if it is no file that can be read."""
    paths = {name: config.root / name for name in names}
    digests = {name: _digest(path) if path.is_file() else None for name, path in paths.items()}
    return {name: (os.path.realpath(paths[name]), digest) if digest else None for name, digest in digests.items()}


def read(snapshots: Snapshots) -> BuildRecord | None:
    """Return the record of the last build, `None` if there is none that can be read."""
    try:
        return BuildRecord.model_validate_json(snapshots.build_record.read_bytes())
    except (OSError, ValidationError):
        return None


def save(snapshots: Snapshots, record: BuildRecord) -> None:
    """Write the record of a build that is done. Raises WriteError."""
    files.write({snapshots.build_record: record.model_dump_json().encode()}, below=snapshots.folder)


def forget(snapshots: Snapshots) -> None:
    """Remove the record before a build writes: if that is killed, the next one is done in full. Raises WriteError."""
    files.remove(snapshots.build_record, snapshots.folder)
