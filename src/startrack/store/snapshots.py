"""The snapshots folder: its files, how each is read, and their contents after a run."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from startrack import files
from startrack.errors import StoreError, WriteError
from startrack.model.history import FetchedHistory, Series
from startrack.model.lists import List
from startrack.model.repository import Counted, Observation, RepositoryFacts, name_key
from startrack.model.runs import Run
from startrack.store import day_files, history_archive, import_files, metadata_files, month_files
from startrack.store.csv_codec import Codec, Folder, Table, restoring
from startrack.store.history_files import HistoryFiles, HistoryIndexRow

__all__ = [
    "HistoryDrafts",
    "Snapshots",
]


_REPOSITORIES = Path("repositories.csv")
_LISTS = Path("lists.csv")
_ENTRIES = Path("lists")
_RUNS = "runs.csv"
_IGNORE = Path(".gitignore")
_LOCK = Path(".startrack.lock")
_BUILD_LOCK = Path(".startrack-build.lock")
_BUILD_RECORD = Path(".startrack-build.json")
_FIX_RECORD = Path(".startrack-fix.json")
_IGNORED = (
    "# Rebuilt from the files beside it.\n*.duckdb\n*.duckdb.wal\n.*.duckdb.lock\n*.draft\n"
    f"{_LOCK}\n{_BUILD_LOCK}\n{_BUILD_RECORD}\n{_FIX_RECORD}\n"
).encode()
_PATIENCE = 60.0  # seconds; longer than writing a run takes
_BUILD_PATIENCE = 600.0  # seconds; longer than a large build takes

_YEAR = re.compile(r"[0-9]{4}")
_CODECS: Mapping[Path, Codec[Any]] = {_REPOSITORIES: metadata_files.REPOSITORIES, _LISTS: metadata_files.LISTS}


@dataclass(frozen=True, slots=True)
class HistoryDrafts:
    """New contents of history files by absolute path, the new indexes, and the repositories they change."""

    contents: Mapping[Path, bytes]
    indexes: Mapping[Series, Table[HistoryIndexRow]]
    repositories: frozenset[tuple[Series, int]]


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The folder of CSV files that is committed to git; `every` is the period of a day file.

    `drafted` has the drafts that are read instead of files, by path relative to the folder.
    """

    folder: Path
    every: day_files.Every = "day"
    drafted: Mapping[Path, Path] = field(default_factory=dict)

    @property
    def files(self) -> Folder:
        """The reader of the files."""
        return Folder(self.folder, self.drafted)

    def lock(self, patience: float = _PATIENCE) -> AbstractContextManager[None]:
        """Hold the lock for writing into this folder; see `files.lock`."""
        return files.lock(self.folder / _LOCK, patience)

    def build_lock(self, patience: float = _BUILD_PATIENCE) -> AbstractContextManager[None]:
        """Hold the lock for builds from this folder; runs do not wait for it."""
        return files.lock(self.folder / _BUILD_LOCK, patience)

    @property
    def build_record(self) -> Path:
        """The file that says what the last build read and wrote."""
        return self.folder / _BUILD_RECORD

    @property
    def fix_record(self) -> Path:
        """The file that has what the last fix of lists replaced."""
        return self.folder / _FIX_RECORD

    def paths(self) -> list[Path]:
        """Return every startrack file below the folder, relative to it, sorted.

        Raises StoreError where the path is not a folder or cannot be read.
        """
        if files.is_file(self.folder):
            raise StoreError(f"{self.folder} is not a folder; set another path in [snapshots] folder")
        folders = ("", *map(str, Series), _ENTRIES.name, *self._years(), *self._sources())
        candidates = (Path(folder, name) for folder in folders for name in _names(self.folder / folder))
        return sorted({path for path in (*candidates, *self.drafted) if self._is_table(path)})

    def obstacles(self) -> Iterator[WriteError]:
        """Yield the errors that runs and builds would meet when writing; only existing files are checked."""
        readable = (path for path in self.paths() if (self.folder / path).is_file())
        return self._obstacles((*readable, _IGNORE, _LOCK, _BUILD_LOCK, _BUILD_RECORD))

    def refuse_obstacles(self, at: datetime) -> None:
        """Raise WriteError where a file of the run cannot be written; called before counting."""
        day = day_files.path_of(at, self.every)
        ignored = self.files.data(_IGNORE) or b""
        paths = (day, day.parent / _RUNS, _LISTS, _LOCK, *([_IGNORE] if _ignoring(ignored) != ignored else []))
        if error := next(self._obstacles(paths), None):
            raise error

    def _obstacles(self, paths: Iterable[Path]) -> Iterator[WriteError]:
        errors = filter(None, (files.find_obstacle(self.folder / path, self.folder) for path in paths))
        yield from {str(error): error for error in errors}.values()

    def kept(self) -> list[Path]:
        """Return every file of the folder that belongs in git, relative to it; only files that startrack wrote."""
        lists = {fact.list for fact in self.lists().rows}
        ours = [path for path in self.paths() if path.parent != _ENTRIES or path.stem in lists]
        return [_IGNORE, *ours] if files.is_file(self.folder / _IGNORE) else ours

    def _sources(self) -> list[str]:
        """Return the folders of imported counts."""
        top = self.folder / import_files.FOLDER
        return [f"{import_files.FOLDER}/{name}" for name in _names(top) if (top / name).is_dir()]

    def _years(self) -> list[str]:
        return [name for name in _names(self.folder) if _YEAR.fullmatch(name)]

    def _is_table(self, path: Path) -> bool:
        is_parquet = month_files.is_month_file(path) or history_archive.series_of(path) is not None
        return is_parquet or import_files.is_import(path) or self.codec(path) is not None

    def codec(self, path: Path) -> Codec[Any] | None:
        """Return the codec of a CSV file by its path relative to the folder; `None` for other files."""
        if path.suffix != ".csv":
            return None
        if path.parent == _ENTRIES:
            return metadata_files.ENTRIES
        if history_files := next(
            (series_files for series_files in map(self.pasts, Series) if series_files.owns(path)), None
        ):
            return history_files.codec(path)
        if self.is_runs(path):
            return metadata_files.RUNS
        return day_files.DAYS if day_files.is_day_file(path) else _CODECS.get(path)

    def owns(self, path: Path) -> bool:
        """Say whether a path relative to the folder is one of startrack's names for files that belong in git."""
        return path == _IGNORE or self._is_table(path)

    def pasts(self, series: Series) -> HistoryFiles:
        """Return the history files of a series."""
        return HistoryFiles(self.files, series)

    def day(self, path: Path) -> Table[day_files.DayRow]:
        """Return the rows of a day file; none where there is no such file. Raises DayFileError.

        The month file may have more rows of the same period.
        """
        return self.files.table(day_files.DAYS, path)

    def faults(self, path: Path) -> Iterator[StoreError]:
        """Yield the errors in one of the files."""
        if month_files.is_month_file(path):
            yield from month_files.faults(self.files, path)
        elif series := history_archive.series_of(path):
            yield from history_archive.faults(self.files, series)
        elif import_files.is_import(path):
            yield from import_files.faults(self.files, path)
        elif codec := self.codec(path):
            yield from self.files.faults(codec, path)

    def period(self, taken_at: datetime) -> list[day_files.DayRow]:
        """Return the rows of the period of an instant, from its day file and the file of its month.

        Raises DayFileError.
        """
        day = day_files.path_of(taken_at, self.every)
        month, rows = month_files.path_of(day), self.day(day).rows
        if not files.is_file(self.folder / month):
            return list(rows)
        with month_files.opened(self.files, month) as rolled_up:
            return day_files.merge(rolled_up.day(day).rows, rows)

    def days(self, path: Path) -> set[date]:
        """Return the days of a day file or a month file; none for other files, and for one that cannot be read."""
        return set(filter(None, map(day_files.day_of, self._periods(path))))

    def _periods(self, path: Path) -> list[Path]:
        if not month_files.is_month_file(path):
            return [path]
        with suppress(StoreError), month_files.opened(self.files, path) as month:
            return month.periods()
        return []

    def repositories(self) -> Table[metadata_files.RepositoryRow]:
        """Return the rows of `repositories.csv`."""
        return self.files.table(metadata_files.REPOSITORIES, _REPOSITORIES)

    def lists(self) -> Table[metadata_files.ListRow]:
        """Return the rows of `lists.csv`: all lists that were ever read."""
        return self.files.table(metadata_files.LISTS, _LISTS)

    def entries(self, name: str) -> Table[metadata_files.EntryRow]:
        """Return the entries of one list, including removed ones."""
        return self.files.table(metadata_files.ENTRIES, _entries_path(name))

    def is_runs(self, path: Path) -> bool:
        """Return whether a path holds the runs of a year; the entries of a list named `runs` do not."""
        return path.name == _RUNS and _YEAR.fullmatch(str(path.parent)) is not None

    def runs(self, path: Path) -> Table[Run]:
        """Return the runs recorded in one year's file."""
        return self.files.table(metadata_files.RUNS, path)

    def past_drafts(
        self, fetched: Sequence[FetchedHistory], indexes: Mapping[Series, Table[HistoryIndexRow]]
    ) -> "HistoryDrafts":
        """Return the new contents of history files after some requests; `indexes` are the current indexes."""
        contents: dict[Path, bytes] = {}
        new_indexes: dict[Series, Table[HistoryIndexRow]] = {}
        for series, index in indexes.items():
            requests = [request for request in fetched if request.series is series]
            archived = history_archive.weeks(self.files, series, {request.repo_id for request in requests})
            new_contents, new_indexes[series] = self.pasts(series).drafts(requests, index, archived)
            contents |= {self.folder / path: content for path, content in new_contents.items()}
        return HistoryDrafts(contents, new_indexes, frozenset((request.series, request.repo_id) for request in fetched))

    def drafts(
        self,
        run: Run,
        observations: Sequence[Observation],
        lists: Sequence[List],
        dates: Mapping[str, Mapping[str, date]] = MappingProxyType({}),
        now: datetime = datetime.max,
    ) -> dict[Path, bytes]:
        """Return the new contents of every file after a run, by absolute path.

        The day file is merged with the observations of earlier runs in the same period. `dates` are listing dates by
        git history, by list.
        """
        day = day_files.path_of(run.started_at, self.every)
        stored_lists = self.lists()
        # A run with an earlier --taken-at does not change the lists. A read in the future comes from a wrong clock.
        last_reads = {fact.list: fact.read_at for fact in stored_lists.rows if fact.read_at <= now}
        lists = [listed for listed in lists if last_reads.get(listed.name, run.started_at) <= run.started_at]
        repositories = self.repositories()
        contents = {
            day: self._day_after(day, observations, run.started_at),
            day.parent / _RUNS: self._runs_after(day.parent / _RUNS, run),
            _REPOSITORIES: metadata_files.REPOSITORIES.render(
                metadata_files.merge_repositories(repositories.rows, _counted(observations), run.started_at),
                repositories,
            ),
            _IGNORE: _ignoring(self.files.data(_IGNORE) or b""),
            _LISTS: metadata_files.LISTS.render(_lists_after(stored_lists.rows, lists, run.started_at), stored_lists),
        }
        ids = {name_key(counted.asked): counted.repository.repo_id for counted in _counted(observations)}
        today = run.started_at.date()
        for listed in lists:
            before = self.entries(listed.name)
            after = metadata_files.update_entries(before.rows, listed, ids, today, dates.get(listed.name, {}))
            contents[_entries_path(listed.name)] = metadata_files.ENTRIES.render(after, before)
        return {self.folder / path: content for path, content in contents.items()}

    def import_drafts(
        self, imports: Mapping[Path, bytes], repositories: Iterable[RepositoryFacts]
    ) -> dict[Path, bytes]:
        """Return the new contents of files, by absolute path, with imported counts and the repositories that they name.

        Imports come last: what is known of their repositories is written before.
        """
        stored = self.repositories()
        rows = metadata_files.add_repositories(stored.rows, repositories)
        contents = {_IGNORE: _ignoring(self.files.data(_IGNORE) or b"")}
        if len(rows) > len(stored.rows):
            contents[_REPOSITORIES] = metadata_files.REPOSITORIES.render(rows, stored)
        return {self.folder / path: content for path, content in (contents | dict(imports)).items()}

    def _day_after(self, path: Path, observations: Sequence[Observation], taken_at: datetime) -> bytes:
        before = self.day(path)
        return day_files.render(day_files.merge(before.rows, day_files.build_rows(observations, taken_at)), before)

    def _runs_after(self, path: Path, run: Run) -> bytes:
        before = self.runs(path)
        return metadata_files.RUNS.render(
            [*(earlier for earlier in before.rows if earlier.run_id != run.run_id), run], before
        )


def _names(folder: Path) -> list[str]:
    """Return the names in a folder; none where it does not exist. Raises StoreError."""
    try:
        return [path.name for path in folder.iterdir()]
    except FileNotFoundError:
        return []
    except NotADirectoryError as error:
        raise StoreError(
            f"{folder} is not a folder; move it away, or {restoring(folder)}",
        ) from error
    except OSError as error:
        raise StoreError(f"cannot read the folder {folder}: {error.strerror}; check its permissions") from error


def _lists_after(
    stored: Iterable[metadata_files.ListRow], lists: Iterable[List], read_at: datetime
) -> list[metadata_files.ListRow]:
    rows = {fact.list: fact for fact in stored}
    for listed in lists:
        rows[listed.name] = metadata_files.ListRow(
            listed.name, listed.source, listed.label, read_at, tuple(listed.other_hosts.items())
        )
    return [rows[name] for name in sorted(rows)]


def _ignoring(data: bytes) -> bytes:
    """Return the contents of `.gitignore` with our lines added where they are missing."""
    present = {line.strip() for line in data.splitlines()}
    missing = [line for line in _IGNORED.splitlines(keepends=True) if line.strip() not in present]
    ended = data + b"\n" if missing and data and not data.endswith((b"\n", b"\r")) else data
    return ended + b"".join(missing)


def _entries_path(name: str) -> Path:
    return _ENTRIES / f"{name}.csv"


def _counted(observations: Iterable[Observation]) -> list[Counted]:
    return [observation for observation in observations if isinstance(observation, Counted)]
