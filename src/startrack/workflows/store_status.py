"""The last runs and the size of the store, read from the files: another process may be using the database."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from startrack.model.durations import DAY
from startrack.model.repository import Reason
from startrack.model.runs import Run
from startrack.store import day_files, sync
from startrack.store.database import Database
from startrack.store.snapshots import Snapshots

__all__ = ["StatusReader", "StoreStatus", "sizes", "whole_run_after"]


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """The last run, and the last whole one, `None` if there is none; what the last one did not count, by reason.

    `missing` has every reason, also those of no project.
    """

    last: Run | None
    whole: Run | None
    missing: Mapping[Reason, int]


@dataclass(slots=True)
class StatusReader:
    """Reads the status of a store; files that have not changed are not read again."""

    _read: tuple[object, StoreStatus] | None = field(init=False, default=None)

    def status(self, snapshots: Snapshots, now: datetime) -> StoreStatus:
        """Return the status. Raises StoreError and DayFileError.

        A run that is dated more than a day ahead was recorded by a wrong clock, and is ignored.
        """
        newest = max(filter(day_files.is_day_file, snapshots.paths()), default=None)
        paths = [*_run_files(snapshots), *([newest] if newest else [])]
        key = [(path, sync.stamp(snapshots.folder / path)) for path in paths], snapshots.folder
        # The clock matters only for runs from the future, which are read again when their day comes.
        if self._read is None or self._read[0] != (key, now.date()):
            self._read = (key, now.date()), _read(snapshots, newest, now)
        return self._read[1]


def whole_run_after(snapshots: Snapshots, start: datetime, now: datetime) -> Run | None:
    """Return the last whole run that began after an instant and up to now. Raises StoreError."""
    return next((run for run in _latest_first(snapshots) if run.is_whole and start < run.started_at <= now), None)


def sizes(snapshots: Snapshots, database: Database) -> dict[str, int]:
    """Return the bytes of the files that are kept, and of the database."""
    return {
        "snapshots": _total(snapshots.folder / path for path in snapshots.paths()),
        "database": _total((database.path, database.path.with_name(f"{database.path.name}.wal"))),
    }


def _total(paths: Iterable[Path]) -> int:
    return sum(sync.stamp(path)[0] for path in paths if path.is_file())


def _read(snapshots: Snapshots, newest: Path | None, now: datetime) -> StoreStatus:
    runs = [run for run in _latest_first(snapshots) if run.started_at <= now + DAY]
    rows = snapshots.day(newest).rows if newest else ()
    missing = Counter(Reason(row.missing) for row in rows if row.missing)
    return StoreStatus(
        last=runs[0] if runs else None,
        whole=next((run for run in runs if run.is_whole), None),
        missing={reason: missing[reason] for reason in Reason},
    )


def _run_files(snapshots: Snapshots) -> list[Path]:
    """Return the files of the last two years with runs, the newest first."""
    return sorted(filter(snapshots.is_runs, snapshots.paths()), reverse=True)[:2]


def _latest_first(snapshots: Snapshots) -> Iterator[Run]:
    for path in _run_files(snapshots):
        yield from sorted(snapshots.runs(path).rows, key=lambda run: run.started_at, reverse=True)
