"""History archives: for each series a Parquet file with the weeks that were stored when a month was rolled up.

    history.parquet    activity.parquet

Retained stars by day since a project's creation are most of what the snapshots folder holds. In one file, sorted by
repository and week, they take a third of the space that a CSV file for each repository takes. Weeks that are fetched
later and differ from it are in CSV files again; they replace those of the archive.
"""

import glob
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from startrack.errors import StoreError
from startrack.model.history import Series
from startrack.store.csv_codec import Folder
from startrack.store.database import Session, in_memory
from startrack.store.history_files import WEEKS, WeekRow
from startrack.store.parquet_file import ParquetFile

__all__ = ["HistoryArchive", "faults", "opened", "path_of", "render", "series_of", "weeks"]


_TYPES: Final = {"repo_id": "bigint", **{name: column.sql for name, column in WEEKS.columns.items()}}


def path_of(series: Series) -> Path:
    """Return the path of the archive of a series, relative to the snapshots folder."""
    return Path(f"{series}.parquet")


def series_of(path: Path) -> Series | None:
    """Return the series of an archive by its path relative to the snapshots folder, `None` for other files."""
    return next((series for series in Series if path == path_of(series)), None)


@dataclass(frozen=True, slots=True)
class HistoryArchive:
    """The archive of a series, read in a session. It may not exist. Methods raise StoreError."""

    session: Session
    folder: Folder
    series: Series

    @property
    def exists(self) -> bool:
        """Whether there is a file."""
        return os.path.lexists(self.folder.place(path_of(self.series)))

    def check(self) -> None:
        """Raise StoreError where the file cannot be read, has other columns, or has a row that no CSV file can have."""
        if missing := _TYPES.keys() - self.file.types(_TYPES).keys():
            raise self.file.error(f": the columns {', '.join(sorted(missing))} are missing")
        for repo_id, week in self.file.rows("store/archive_faults").columns("repo_id", "week"):
            raise self.file.error(f": the week {week} of repository {repo_id} is invalid, or there twice")

    def stage(self, ids: Iterable[int] | None = None) -> None:
        """Append the weeks of some repositories, or of all, that are not there yet to the table `week`."""
        if self.exists:
            self.check()
            only = None if ids is None else list(ids)
            self.file.rows("store/read_archive", series=self.series.value, ids=only)

    @property
    def file(self) -> ParquetFile:
        """The file, which may not exist."""
        return ParquetFile(self.session, self.folder, path_of(self.series))


@contextmanager
def opened(folder: Folder, series: Series) -> Iterator[HistoryArchive]:
    """Open an archive in a database of its own."""
    with in_memory() as session:
        yield HistoryArchive(session, folder, series)


def weeks(folder: Folder, series: Series, ids: Iterable[int]) -> dict[int, dict[date, WeekRow]]:
    """Return the weeks that an archive has of some repositories, by their first days. Raises StoreError."""
    if not os.path.lexists(folder.place(path_of(series))):
        return {}  # most often; a database takes longer to open
    weeks_by_id: dict[int, dict[date, WeekRow]] = {}
    with opened(folder, series) as archive:
        archive.check()
        rows = archive.file.rows("store/archive_weeks", ids=list(ids))
        for repo_id, row in zip(rows.column("repo_id"), rows.values(WeekRow), strict=True):
            weeks_by_id.setdefault(repo_id, {})[row.week] = row
    return weeks_by_id


def faults(folder: Folder, series: Series) -> Iterator[StoreError]:
    """Yield the error in an archive, if there is one."""
    with opened(folder, series) as archive:
        try:
            archive.check()
        except StoreError as error:
            yield error


def render(session: Session, series: Series) -> bytes:
    """Return the archive of a series with the weeks in the table `week`; the same rows give the same bytes.

    Raises StoreError, also if the result cannot be read back as it was written.
    """
    with tempfile.TemporaryDirectory() as top:
        target = Path(top) / "archive"
        session.run("store/write_archive", series=series.value, target=str(target))
        if session.value("store/archive_differs", series=series.value, path=glob.escape(str(target))):
            raise StoreError(f"the {path_of(series)} that was written has other rows")
        return target.read_bytes()
