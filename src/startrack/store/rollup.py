"""Rolls the day files of months that have ended up into month files, and histories into their archives.

See `month_files.py` and `history_archive.py`. A Parquet file is on disk, and was read back, before the first CSV file
whose rows it has is removed. A killed roll-up leaves both, which say the same, and the next one goes on.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Final

from startrack import files
from startrack.errors import StoreError
from startrack.model.history import Series
from startrack.store import day_files, history_archive, history_files, month_files, sync
from startrack.store.csv_codec import Folder, Table
from startrack.store.database import in_memory
from startrack.store.day_files import DAYS, DayRow
from startrack.store.snapshots import Snapshots

__all__ = ["RollUp", "is_replaced", "parquet_path", "roll_up"]


_GRACE: Final = timedelta(days=3)
"""How long a month has ended before it is rolled up: late runs and merges still bring day files in that time."""


@dataclass(frozen=True, slots=True)
class RollUp:
    """The month files that have changed, relative to the folder, and the problems of months that stay as they are."""

    months: tuple[Path, ...] = ()
    problems: tuple[str, ...] = ()


def roll_up(snapshots: Snapshots, now: datetime) -> RollUp:
    """Roll up every month that ended three days ago or earlier, and with it the histories; remove their CSV files.

    A month with a file that cannot be read stays as it is. Raises WriteError and StoreBusyError.
    """
    written, problems = [], []
    with snapshots.lock():
        months = list(_closed_months(snapshots, (now - _GRACE).date()))
        # The histories first: a killed roll-up is repeated as long as there are day files.
        for series in Series if months else ():
            try:
                _archive(snapshots, series)
            except StoreError as error:
                problems.append(f"the files of {series} stay as they are: {error}")
        for month, days in months:
            try:
                if _roll_up_month(snapshots, month, days):
                    written.append(month)
            except StoreError as error:
                problems.append(f"the day files of {month.stem} stay as they are: {error}")
    return RollUp(tuple(written), tuple(problems))


def parquet_path(path: Path) -> Path | None:
    """Return the Parquet file that a day file or a file of weeks is rolled up into, `None` for other files."""
    if day_files.is_day_file(path):
        return month_files.path_of(path)
    weeks = (series for series in Series if history_files.is_weeks(path, series))
    return next(map(history_archive.path_of, weeks), None)


def is_replaced(snapshots: Snapshots, path: Path) -> bool:
    """Return whether a path is that of a CSV file that was rolled up: only the Parquet file is in the folder."""
    replacement = parquet_path(path)
    if replacement is None or os.path.lexists(snapshots.folder / path):
        return False
    return files.is_file(snapshots.folder / replacement)


def _archive(snapshots: Snapshots, series: Series) -> None:
    """Write the archive of a series with all weeks that are stored, and remove the files of weeks."""
    paths = [path for path in snapshots.paths() if snapshots.pasts(series).is_weeks(path)]
    if not paths:
        return
    with in_memory() as session:
        session.run("store/stage_weeks")
        sync.stage_weeks(session, snapshots.files, series, paths, None)
        content = history_archive.render(session, series)
    files.write({snapshots.folder / history_archive.path_of(series): content}, below=snapshots.folder, durable=True)
    for path in paths:
        files.remove(snapshots.folder / path, snapshots.folder)


def _closed_months(snapshots: Snapshots, until: date) -> Iterator[tuple[Path, list[Path]]]:
    """Yield the months with day files that ended before a day, by their month files."""
    days = [path for path in snapshots.paths() if day_files.day_of(path)]
    for month, paths in groupby(days, month_files.path_of):
        if month_files.last_day(month) < until:
            yield month, list(paths)


def _roll_up_month(snapshots: Snapshots, month: Path, days: Sequence[Path]) -> bool:
    """Write the month file, compare it with what it should have, and remove the day files; say if it has changed."""
    path, digests = snapshots.folder / month, dict[Path, bytes]()

    def check(drafts: Mapping[Path, Path]) -> None:
        if path in drafts and _read_digests(Folder(snapshots.folder, {month: drafts[path]}), month) != digests:
            raise StoreError(f"{path} cannot be read back as it was written")

    content = _render(snapshots.files, month, days, digests)
    changed = files.write({path: content}, below=snapshots.folder, durable=True, check=check)
    for day in days:
        files.remove(snapshots.folder / day, snapshots.folder)
    return bool(changed)


def _render(folder: Folder, month: Path, days: Sequence[Path], digests: dict[Path, bytes]) -> bytes:
    """Return the month file with what is in some day files and in the month file; fills in the digest of each day."""
    with month_files.opened(folder, month) as stored:
        is_stored = folder.data(month) is not None
        stored_days = stored.periods() if is_stored else []
        columns = dict.fromkeys(name for day in days for name in folder.header(DAYS, day))
        columns |= dict.fromkeys(stored.columns() if is_stored else ())

        def tables() -> Iterator[tuple[Path, Table[DayRow]]]:
            for day in sorted({*days, *stored_days}):
                versions = [stored.day(day)] if day in stored_days else []
                if day in days:
                    versions.append(folder.table(DAYS, day))
                joined = day_files.join(*versions)
                if joined.rows:  # an empty day file has nothing to read back
                    digests[day] = _digest(joined, columns)
                yield day, joined

        return month_files.render(tables(), columns)


def _read_digests(folder: Folder, month: Path) -> dict[Path, bytes]:
    with month_files.opened(folder, month) as stored:
        columns = stored.columns()
        return {day: _digest(stored.day(day), columns) for day in stored.periods()}


def _digest(day: Table[DayRow], columns: Iterable[str]) -> bytes:
    """Return a digest of all cells of a day, in the same order for the same rows."""
    return hashlib.sha256(day_files.render(day.rows, DAYS.with_columns(columns, day))).digest()
