"""The snapshots folder: which files there are, what they hold, what a run makes of them."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from startrack import files
from startrack.errors import StoreError
from startrack.models import Counted, List, Observation, Run, same_repo
from startrack.past import Fetched, Series
from startrack.store import days, facts
from startrack.store.pasts import Pasts

__all__ = ["Snapshots"]

_REPOSITORIES = Path("repositories.csv")
_LISTS = Path("lists.csv")
_ENTRIES = Path("lists")
_RUNS = "runs.csv"
_IGNORE = Path(".gitignore")
_LOCK = Path(".startrack.lock")
_BUILD_LOCK = Path(".startrack-build.lock")
_IGNORED = f"# Rebuilt from the files beside it.\n*.duckdb\n*.duckdb.wal\n*.draft\n{_LOCK}\n{_BUILD_LOCK}\n".encode()
_PATIENCE = 60.0  # seconds: longer than writing a run takes
_BUILD_PATIENCE = 600.0  # seconds: longer than a large build takes

Fact = TypeVar("Fact")


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The folder that git keeps; `every` is the period that one file covers."""

    folder: Path
    every: days.Every = "day"

    def lock(self, patience: float = _PATIENCE) -> AbstractContextManager[None]:
        """Hold the lock of whoever writes into this folder; see `files.lock`."""
        return files.lock(self.folder / _LOCK, patience)

    def build_lock(self, patience: float = _BUILD_PATIENCE) -> AbstractContextManager[None]:
        """Hold the lock of whoever builds from this folder; counting need not wait for it."""
        return files.lock(self.folder / _BUILD_LOCK, patience)

    def paths(self) -> list[Path]:
        """Return every file of ours below the folder, relative to it, in order.

        Raises StoreError where the folder is something else.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise StoreError(f"{self.folder} is no folder; name one in [snapshots] folder")
        found = (path.relative_to(self.folder) for path in self.folder.rglob("*.csv"))
        return sorted(path for path in found if self._is_ours(path))

    def _is_ours(self, path: Path) -> bool:
        in_year = len(path.parts) > 1 and path.parts[0].isdigit()
        is_past = any(self.pasts(series).owns(path) for series in Series)
        return path in (_REPOSITORIES, _LISTS) or path.parts[0] == _ENTRIES.name or in_year or is_past

    def pasts(self, series: Series) -> Pasts:
        """Return the files that hold a series of the past."""
        return Pasts(self.folder, series)

    def day_lines(self, path: Path) -> list[days.Line]:
        """Return the lines of a day file, none where there is no such file. Raises DayFileError."""
        return days.parse(data, self.folder / path) if (data := facts.read(self.folder / path)) is not None else []

    def check_header(self, path: Path) -> None:
        """Raise DayFileError where a day file does not begin with the columns it must have."""
        try:
            with (self.folder / path).open("rb") as file:
                days.check_header(file.readline(), self.folder / path)
        except OSError as error:
            raise StoreError(f"cannot read {self.folder / path}: {error.strerror}; check its permissions") from error

    def verify(self, path: Path) -> None:
        """Read one of the files to its end. Raises DayFileError or StoreError naming file and line."""
        past = next((pasts for pasts in map(self.pasts, Series) if pasts.owns(path)), None)
        if past is not None:
            past.verify(path)
        elif path.parent == _ENTRIES:
            self.entries(path.stem)
        elif path == _REPOSITORIES:
            self.repositories()
        elif path == _LISTS:
            self.lists()
        elif self.is_runs(path):
            self.runs(path)
        elif days.is_day_file(path):
            self.day_lines(path)

    def repositories(self) -> list[facts.RepoFact]:
        """Return what is known of each repository beside its figures."""
        return self._facts(_REPOSITORIES, facts.RepoFact)

    def lists(self) -> list[facts.ListFact]:
        """Return the lists that were read so far."""
        return self._facts(_LISTS, facts.ListFact)

    def entries(self, name: str) -> list[facts.EntryFact]:
        """Return the entries of one list, those no longer in it included."""
        return self._facts(_entries_path(name), facts.EntryFact)

    def is_runs(self, path: Path) -> bool:
        """Say whether a path holds the runs of a year; a list may be named `runs`, and is none."""
        return path.name == _RUNS and path.parent != _ENTRIES

    def runs(self, path: Path) -> list[Run]:
        """Return the runs recorded in one year's file."""
        return self._facts(path, Run)

    def past_drafts(self, fetched: Sequence[Fetched]) -> dict[Path, bytes]:
        """Return what the files of the past have to hold after some requests, by absolute path."""
        contents: dict[Path, bytes] = {}
        for series in Series:
            if of_series := [each for each in fetched if each.series is series]:
                contents |= self.pasts(series).drafts(of_series)
        return contents

    def drafts(self, run: Run, seen: Sequence[Observation], lists: Sequence[List]) -> dict[Path, bytes]:
        """Return what every file has to hold after a run, by absolute path.

        The day file merges with what an earlier run of the same period left.
        """
        day = days.path_of(run.started_at, self.every)
        # A run that speaks for an earlier time knows nothing new of the lists.
        read = {fact.list: fact.read_at for fact in self.lists()}
        lists = [each for each in lists if read.get(each.name, run.started_at) <= run.started_at]
        runs = day.parent / _RUNS
        contents = {
            day: days.render(days.merge(self.day_lines(day), days.lines(seen, run.started_at))),
            runs: facts.render([*(each for each in self.runs(runs) if each.run_id != run.run_id), run], Run),
            _REPOSITORIES: facts.render(facts.join(self.repositories(), _counted(seen)), facts.RepoFact),
            _IGNORE: _ignoring(facts.read(self.folder / _IGNORE) or b""),
            _LISTS: facts.render(self._lists_after(lists, run.started_at), facts.ListFact),
        }
        ids = {same_repo(each.asked): each.repository.repo_id for each in _counted(seen)}
        contents |= {_entries_path(each.name): self._entries_after(each, ids, run.started_at.date()) for each in lists}
        return {self.folder / path: content for path, content in contents.items()}

    def _lists_after(self, lists: Sequence[List], read_at: datetime) -> list[facts.ListFact]:
        known = {fact.list: fact for fact in self.lists()}
        for each in lists:
            known[each.name] = facts.ListFact(each.name, each.source, each.label, read_at)
        return [known[name] for name in sorted(known)]

    def _entries_after(self, found: List, ids: dict[str, int], today: date) -> bytes:
        before = self.entries(found.name)
        return facts.render(facts.list_entries(before, found, ids, today), facts.EntryFact)

    def _facts(self, path: Path, kind: type[Fact]) -> list[Fact]:
        data = facts.read(self.folder / path)
        return facts.parse(data, kind, self.folder / path) if data is not None else []


def _ignoring(data: bytes) -> bytes:
    """Return what `.gitignore` holds with every line of ours in it, the others as they stand."""
    present = {line.strip() for line in data.splitlines()}
    missing = [line for line in _IGNORED.splitlines(keepends=True) if line.strip() not in present]
    ended = data + b"\n" if missing and data and not data.endswith((b"\n", b"\r")) else data
    return ended + b"".join(missing)


def _entries_path(name: str) -> Path:
    return _ENTRIES / f"{name}.csv"


def _counted(seen: Iterable[Observation]) -> list[Counted]:
    return [each for each in seen if isinstance(each, Counted)]
