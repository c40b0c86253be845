"""Saves the results of runs and back-fills: drafts are written, loaded, and only then renamed to the real files.

`sync.py` loads the drafts into the database. So every file that exists can be read by a later command, whatever GitHub
returned. An observation that cannot be saved is left out and reported; all others are saved.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from startrack import files
from startrack.errors import StoreError
from startrack.model.history import FetchedHistory, FetchOutcome, Series
from startrack.model.lists import List
from startrack.model.repository import Counted, Missing, Observation, Reason
from startrack.model.runs import Run
from startrack.store import day_files, history_files, metadata_files, sync
from startrack.store.csv_codec import Table
from startrack.store.database import Database, Session
from startrack.store.history_files import HistoryIndexRow
from startrack.store.snapshots import Snapshots

__all__ = [
    "HistoryRecorder",
    "ListsRead",
    "Recorded",
    "batches",
    "record",
]


_MIN_BATCH: Final = 20
_BATCHES: Final = 50


@dataclass(frozen=True, slots=True)
class ListsRead:
    """The lists that a run read; `dates` has the listing dates of each by git, by list name and `name_key`.

    `now` is the instant at which they are saved.
    """

    lists: Sequence[List]
    dates: Mapping[str, Mapping[str, date]] = field(default_factory=dict)
    now: datetime = datetime.max


@dataclass(frozen=True, slots=True)
class Recorded:
    """A saved run: its record, its observations, and the problems of those that could not be saved."""

    run: Run
    seen: tuple[Observation, ...]
    problems: tuple[str, ...] = ()


def record(
    session: Session, snapshots: Snapshots, run: Run, observations: Sequence[Observation], lists: ListsRead
) -> Recorded:
    """Write and load the results of a run; the caller must hold the lock of the folder.

    Raises StoreError and WriteError; the files are then as they were.
    """
    sync.sync(session, snapshots)
    # A killed run of another day may have left a draft of that day's file, which no later run would replace.
    files.remove_drafts(snapshots.folder / day_files.path_of(run.started_at, snapshots.every).parent)
    try:
        sync.write_and_load(
            session, snapshots, snapshots.drafts(run, observations, lists.lists, lists.dates, lists.now)
        )
    except StoreError:
        storable = [_storable(observation, run.started_at) for observation in observations]
        problems = tuple(
            observation.detail
            for observation in storable
            if isinstance(observation, Missing) and observation not in observations
        )
        if not problems:
            raise
        counted = sum(isinstance(observation, Counted) for observation in storable)
        run = replace(run, counted=counted, missing=len(storable) - counted)
        sync.write_and_load(session, snapshots, snapshots.drafts(run, storable, lists.lists, lists.dates, lists.now))
        return Recorded(run, tuple(storable), problems)
    return Recorded(run, tuple(observations))


def _storable(observation: Observation, at: datetime) -> Observation:
    """Return an observation that can be saved: `Missing` where its row could not be read back."""
    (row,) = day_files.build_rows([observation], at)
    fault = day_files.DAYS.fault(row)
    if fault is None and isinstance(observation, Counted):
        fault = metadata_files.REPOSITORIES.fault(metadata_files.repository_row(observation, None, at))
    if fault is None:
        return observation
    return Missing(
        observation.asked, Reason.FAILED, f"GitHub returned an invalid value for {observation.asked}: {fault}"
    )


def batches(fetched: Iterable[FetchedHistory], histories: int) -> Iterator[list[FetchedHistory]]:
    """Yield the responses of a back-fill in the batches that are saved together; a kill loses only the last one.

    Each batch writes the whole index, so a batch is a fiftieth of the histories, where that is more than twenty: the
    work then grows with the number of responses, not with its square.
    """
    responses, size = iter(fetched), max(_MIN_BATCH, histories // _BATCHES)
    while batch := list(islice(responses, size)):
        yield batch


@dataclass(slots=True)
class HistoryRecorder:
    """Saves the responses of a back-fill in batches.

    It keeps the indexes in memory, so each batch reads only the files that it writes. An index that another process
    has changed is read again.
    """

    store: Database
    snapshots: Snapshots
    _indexes: dict[Series, tuple[sync.Stamp, Table[HistoryIndexRow]]] = field(default_factory=dict)

    def keep(self, fetched: Sequence[FetchedHistory]) -> list[FetchedHistory]:
        """Write and load responses, and return them as saved: one that could not be saved is returned as failed.

        Raises StoreError and WriteError; the files are then as they were.
        """
        with self.snapshots.lock():
            return self.store.run(lambda session: self._write_storable(session, fetched))

    def _write_storable(self, session: Session, fetched: Sequence[FetchedHistory]) -> list[FetchedHistory]:
        try:
            self._write(session, fetched)
        except StoreError:
            storable = [_storable_history(request) for request in fetched]
            if storable == list(fetched):
                raise
            self._write(session, storable)
            return storable
        return list(fetched)

    def _write(self, session: Session, fetched: Sequence[FetchedHistory]) -> None:
        indexes = {series: self._index(series) for series in {request.series for request in fetched}}
        drafts = self.snapshots.past_drafts(fetched, indexes)
        sync.write_and_load_histories(session, self.snapshots, drafts)
        for series, index in drafts.indexes.items():
            self._indexes[series] = sync.stamp(self._path(series)), index

    def _index(self, series: Series) -> Table[HistoryIndexRow]:
        """Return the index in memory, or read the file if it has changed."""
        index_stamp, index = self._indexes.get(series, (None, None))
        if index is None or index_stamp != sync.stamp(self._path(series)):
            return self.snapshots.pasts(series).index()
        return index

    def _path(self, series: Series) -> Path:
        return self.snapshots.folder / self.snapshots.pasts(series).index_path


def _storable_history(request: FetchedHistory) -> FetchedHistory:
    """Return a response that can be saved: a failed one where its weeks could not be read back."""
    faults = (history_files.WEEKS.fault(row) for row in history_files.week_rows([request]))
    fault = next((fault for fault in faults if fault), None)
    if fault is None:
        return request
    detail = f"GitHub returned an invalid value: {fault}"
    return FetchedHistory(request.repo_id, request.name, request.series, request.at, FetchOutcome.FAILED, detail)
