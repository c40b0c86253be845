"""Month files: the day files of a month that has ended, as one Parquet file: it takes a fraction of their space.

    2026/2026-10.parquet

A row is a row of a day file; `period` is the name of that file, like `2026-10-05` or, counted hourly, `2026-10-05T14`.
All rows of a repository are together, oldest first: this takes the least space. A month file and a day file of the same
period may both exist; they are merged when they are read, like two runs in one period.
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from startrack.errors import DayFileError, StoreError
from startrack.model.durations import DAY
from startrack.store import day_files
from startrack.store.csv_codec import Folder, Table
from startrack.store.database import Session, in_memory
from startrack.store.day_files import DAYS, DayRow
from startrack.store.parquet_file import ParquetFile

__all__ = ["MonthFile", "faults", "is_month_file", "last_day", "opened", "path_of", "render"]


_NAME: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_LINE: Final = re.compile(r", line [0-9]+: ")
_PERIOD: Final = "period"


def path_of(day_file: Path) -> Path:
    """Return the path of the month file that a day file belongs to; both are relative to the snapshots folder."""
    return day_file.with_name(f"{day_file.stem[:7]}.parquet")


def is_month_file(path: Path) -> bool:
    """Return whether a path below the snapshots folder is a month file, by its name and its folder."""
    return path.suffix == ".parquet" and _NAME.fullmatch(path.stem) is not None and path.parent.name == path.stem[:4]


def last_day(path: Path) -> date:
    """Return the last day of the month of a month file."""
    year, month = map(int, path.stem.split("-"))
    return date(year + month // 12, month % 12 + 1, 1) - DAY


@dataclass(frozen=True, slots=True)
class MonthFile:
    """A month file that is read in a session; `path` is relative to the folder. Methods raise StoreError."""

    session: Session
    folder: Folder
    path: Path

    def columns(self) -> tuple[str, ...]:
        """Return the columns of its day files, known and unknown ones. Checks names and types."""
        types = self._file.types({_PERIOD: "varchar", **{name: column.sql for name, column in DAYS.columns.items()}})
        names = [name for name in types if name != _PERIOD]
        if _PERIOD not in types:
            raise self._file.error(f": the column {_PERIOD} is missing")
        with self._located(": "):
            return DAYS.header(_csv([names]), self._file.shown)

    def periods(self) -> list[Path]:
        """Return the path that the day file of each period has or would have, in order."""
        self.columns()
        return [self._day_file(period) for period in self._file.rows("store/month_periods").column(_PERIOD)]

    def day(self, path: Path) -> Table[DayRow]:
        """Return the rows of a period by the path of its day file. Checks every cell like those of a day file."""
        with self._located(f", {path.stem}: "):
            return DAYS.parse(self._day(path), self._file.shown)

    def faults(self) -> Iterator[StoreError]:
        """Yield an error for each row that cannot be read."""
        for path in self.periods():
            for error in DAYS.faults(self._day(path), self._file.shown):
                yield _relocated(error, f", {path.stem}: ")

    def stage(self) -> None:
        """Append all rows to the table `day`; only the names and types of columns are checked."""
        self.columns()
        self._file.rows("store/read_month", folder=self.path.parent.as_posix(), month=self.path.stem)

    @property
    def _file(self) -> ParquetFile:
        return ParquetFile(self.session, self.folder, self.path, DayFileError)

    def _day(self, path: Path) -> bytes:
        """Return the rows of a period as the bytes of a day file."""
        rows = self._file.rows("store/month_rows", period=path.stem)
        place = rows.names.index(_PERIOD)
        return _csv((*row[:place], *row[place + 1 :]) for row in (rows.names, *rows.rows))

    def _day_file(self, period: str | None) -> Path:
        path = self.path.parent / f"{period}.csv"
        if path.stem != period or not day_files.is_day_file(path) or path_of(path) != self.path:
            raise self._file.error(f": the period {period!a} is not in this month")
        return path

    @contextmanager
    def _located(self, place: str) -> Iterator[None]:
        try:
            yield
        except DayFileError as error:
            raise _relocated(error, place) from error


def _relocated(error: StoreError, place: str) -> DayFileError:
    """Return an error of a day file, with a place instead of the number of its line."""
    return DayFileError(_LINE.sub(lambda _match: place, str(error), count=1))


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


@contextmanager
def opened(folder: Folder, path: Path) -> Iterator[MonthFile]:
    """Open a month file in a database of its own."""
    with in_memory() as session:
        yield MonthFile(session, folder, path)


def faults(folder: Folder, path: Path) -> Iterator[StoreError]:
    """Yield the errors in a month file."""
    with opened(folder, path) as month:
        try:
            yield from month.faults()
        except StoreError as error:
            yield error


def render(days: Iterable[tuple[Path, Table[DayRow]]], columns: Iterable[str]) -> bytes:
    """Return the bytes of a month file; the same rows give the same bytes. The paths are those of the day files.

    `columns` are the columns of any of the days. The days are taken one by one and need not be in memory together.
    Raises StoreError.
    """
    unknown = [name for name in columns if name not in DAYS.columns]
    types = {**{name: column.sql for name, column in DAYS.columns.items()}, **dict.fromkeys(unknown, "varchar")}
    with tempfile.TemporaryDirectory() as top, in_memory(Path(top)) as session:
        folder = Folder(Path(top))
        paths = [_write_day(folder, path, table, types) for path, table in days]
        target = folder.path / "month"
        session.run("store/write_month", paths=folder.patterns(paths), columns=types, target=str(target))
        return target.read_bytes()


def _write_day(folder: Folder, path: Path, table: Table[DayRow], columns: Iterable[str]) -> Path:
    """Write the rows of a day with these columns into a temporary folder, and return the path in that folder."""
    name = Path(path.name)
    (folder.path / name).write_bytes(DAYS.render(table.rows, DAYS.with_columns(columns, table)))
    return name
