"""The DuckDB file and the SQL statements: connections are short, and each change is one transaction."""

import logging
import operator
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib import resources
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from startrack import files
from startrack.errors import StoreBusyError, StoreError
from startrack.model.columns import Column
from startrack.store import arrow

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "DamagedError",
    "Database",
    "Rows",
    "Session",
    "in_memory",
    "migrations",
    "text",
]


@cache
def text(name: str) -> str:
    """Return the SQL of the file `sql/NAME.sql`, for example `trends/history`."""
    return (resources.files("startrack") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def migrations() -> list[tuple[int, str]]:
    """Return number and statement name of every schema change, in order."""
    folder = resources.files("startrack") / "sql" / "schema"
    names = sorted(path.name.removesuffix(".sql") for path in folder.iterdir() if path.name.endswith(".sql"))
    return [(int(name.split("_")[0]), f"schema/{name}") for name in names]


# Seconds between two attempts: random, so that two waiting processes do not collide again and again.
_PAUSE = (0.02, 0.12)

# DuckDB 1.5 can open this format too: people open the database with their own DuckDB.
_STORAGE_VERSION = "v1.5.0"

_SPILLED_BEYOND = "128MB"

_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

Result = TypeVar("Result")
Value = TypeVar("Value", bound="DataclassInstance")

_log = logging.getLogger(__name__)

# DuckDB's messages for a file that was truncated or overwritten after it was opened.
_DAMAGE = re.compile(r"Corrupt database file|Could not read enough bytes|database has been invalidated")

# A file with another ending was configured by mistake: it belongs to somebody else and is not renamed.
_SUFFIXES = frozenset({".duckdb", ".db"})

# DuckDB does not know the program of a process in another container.
_HOLDER = re.compile(r"Conflicting lock is held(?: in (?P<program>.+?) \(PID (?P<pid>\d+)\))?")


class DamagedError(StoreError):
    """The database file was truncated or overwritten and cannot be read."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a result; cells are read by the names of their columns, never by position."""

    names: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def column(self, name: str) -> Iterator[Any]:
        """Return the cells of one column, row by row."""
        return map(operator.itemgetter(self.names.index(name)), self.rows)

    def columns(self, *names: str) -> Iterator[tuple[Any, ...]]:
        """Return the cells of several columns as one tuple per row, in the order of `names`."""
        return zip(*map(self.column, names), strict=True)

    def values(self, kind: type[Value], **readers: Callable[[Any], object]) -> Iterator[Value]:
        """Return an instance of a dataclass for each row: every field takes the cell of the column with its name.

        `readers` convert the cells of a field. A field without a column takes its default; a column without a field
        is ignored. Raises KeyError for a field that has neither a column nor a default.
        """
        cells: list[Iterator[Any]] = []
        for field in fields(kind):
            if field.name in self.names:
                column = self.column(field.name)
                cells.append(map(readers[field.name], column) if field.name in readers else column)
            elif field.default is MISSING:
                raise KeyError(f"the result has no column {field.name} for {kind.__name__}")
            else:
                cells.append(repeat(field.default))
        return map(kind, *cells)


class Session:
    """One open connection; a statement is named after its file below `sql/`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, name: str, /, **values: object) -> None:
        """Execute a statement that returns nothing. Raises StoreError."""
        self._execute(text(name), values)

    def rows(self, name: str, /, **values: object) -> Rows:
        """Execute a statement and return its rows. Raises StoreError."""
        result = self._execute(text(name), values)
        try:
            return Rows(tuple(column for column, *_ in result.description or ()), result.fetchall())
        except duckdb.Error as error:
            raise _error_type(error)(f"the database could not be read: {_first_line(error)}") from error

    def columns(self, name: str, /, **values: object) -> Mapping[str, Column]:
        """Execute a statement that returns integers and instants, and return its columns by name.

        Takes a tenth of the time of `rows`. Raises StoreError.
        """
        try:
            return arrow.read(self._connection.sql(text(name), params=values))
        except (duckdb.Error, arrow.ArrowError) as error:
            raise _error_type(error)(f"the database could not be read: {_first_line(error)}") from error

    def value(self, name: str, /, **values: object) -> Any:  # noqa: ANN401 - a cell of any column
        """Execute a statement whose result is a single cell, and return that. Raises StoreError."""
        ((cell,),) = self.rows(name, **values).rows
        return cell

    def append(self, table: str, rows: Sequence[tuple[object, ...]], columns: Sequence[str] | None = None) -> None:
        """Append rows to a table: one cell for each of `columns`, or for all columns in order. Raises StoreError."""
        if not rows:
            return
        try:
            with self._connection.appender(table, columns=list(columns) if columns else None) as appender:
                appender.append_rows(rows)
        except duckdb.Error as error:
            raise _error_type(error)(f"cannot append to {table}: {_first_line(error)}") from error

    @contextmanager
    def attached(self, path: Path) -> Iterator[None]:
        """Attach a new database file as `target` inside the block. Raises StoreError."""
        place = str(path).replace("'", "''")
        self._execute(f"attach '{place}' as target (storage_version '{_STORAGE_VERSION}')", {})
        try:
            yield
        finally:
            self._execute("detach target", {})

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit everything that the block does, or roll it back where the block raises."""
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        try:
            self._connection.commit()
        except duckdb.Error as error:
            raise _error_type(error)(f"the database could not save the change: {_first_line(error)}") from error

    def _execute(self, sql: str, values: dict[str, object]) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql, values or None)
        except duckdb.Error as error:
            raise _error_type(error)(f"the database could not execute a statement: {_first_line(error)}") from error


@dataclass(frozen=True, slots=True)
class Database:
    """The database at `path`; `patience` is the number of seconds to wait while another process uses it.

    With `is_kept` false each session has an empty database in memory, and nothing is created.
    """

    path: Path
    patience: float = 30.0
    is_kept: bool = True

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open the database, bring its schema up to date, and close it at the end.

        An unusable file is renamed with a warning, and the session starts with an empty database. Unusable is a file
        that is not a database, that was truncated, or that a newer startrack or DuckDB wrote. A database that proves
        to be damaged during the session is renamed at the end.

        Raises StoreBusyError where another process still uses it after the wait, and StoreError.
        """
        connection = self._connect()
        try:
            yield Session(connection)
        except DamagedError as error:
            connection.close()
            self._set_aside(str(error))
            raise DamagedError(f"{self.path} was damaged; run the command again to rebuild it") from error
        finally:
            connection.close()

    def run(self, work: Callable[[Session], Result]) -> Result:
        """Call `work` with a session, and once more with a new database where the old one was damaged.

        Raises what `session` and `work` raise.
        """
        try:
            with self.session() as session:
                return work(session)
        except DamagedError:
            with self.session() as session:
                return work(session)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        if not self.is_kept:
            return self._open(":memory:")
        self._prepare()
        try:
            return self._opened()
        except duckdb.Error:
            return self._renewed()

    def _prepare(self) -> None:
        if "?" in str(self.path.absolute().parent):
            # DuckDB takes what follows for parameters, and puts its log elsewhere.
            raise StoreError(
                f"{self.path} is in a folder with ? in its name, where DuckDB cannot write; "
                "set another path in [snapshots] database"
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                # The log of a deleted database must not be applied to the new one.
                _log_of(self.path).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot create the folder {self.path.parent}: {error.strerror}; "
                "change its permissions, or set another path in [snapshots] database",
            ) from error

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """Open the database when no other process uses it. Raises StoreBusyError, and duckdb.Error where unusable."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                # An absolute path is never a scheme, such as `md:` or `s3:`, for DuckDB.
                return self._open(str(self.path.absolute()))
            except duckdb.IOException as error:
                holder = _HOLDER.search(str(error))
                if holder is None:
                    raise
                if time.monotonic() >= deadline:
                    raise self._busy(holder) from error
                time.sleep(random.uniform(*_PAUSE))  # noqa: S311 - a pause, not a secret

    def _open(self, place: str) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            place,
            config={**_OFFLINE, "storage_compatibility_version": _STORAGE_VERSION},
        )
        try:
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _renewed(self) -> duckdb.DuckDBPyConnection:
        """Rename an unusable database and open a new one; of several processes, only one does so."""
        with files.lock(self.path.with_name(f".{self.path.name}.lock"), self.patience):
            try:
                return self._opened()
            except duckdb.Error as error:
                self._set_aside(_first_line(error))
            try:
                return self._opened()
            except duckdb.Error as error:
                raise StoreError(
                    f"cannot open the database {self.path}: {_first_line(error)}; "
                    "free disk space, or set another path in [snapshots] database",
                ) from error

    def _set_aside(self, reason: str) -> None:
        """Rename the database to NAME.broken.duckdb, replacing an earlier file of that name.

        Raises StoreError where its ending is not that of a database, or where it cannot be opened for writing.
        """
        aside = self.path.with_name(f"{self.path.stem}.broken{self.path.suffix}")
        try:
            os.close(os.open(self.path, os.O_RDWR))
            if self.path.suffix not in _SUFFIXES:
                raise StoreError(
                    f"{self.path} is not a database; set a path that ends in .duckdb in [snapshots] database",
                )
            self.path.replace(aside)
            with suppress(FileNotFoundError):
                _log_of(self.path).replace(_log_of(aside))
        except OSError as error:
            raise StoreError(
                f"cannot open the database {self.path}: {error.strerror}; "
                "change its permissions, or set another path in [snapshots] database",
            ) from error
        _log.warning(
            "startrack: the database %s cannot be used (%s); it was renamed to %s and is rebuilt from the files",
            self.path,
            reason,
            aside.name,
        )

    def _busy(self, holder: re.Match[str]) -> StoreBusyError:
        return StoreBusyError(
            f"{self.path} is in use by process {holder['pid'] or '?'} ({holder['program'] or 'unknown'}); "
            f"waited {self.patience:.0f} s; wait for that process to end, or stop it, and run again",
        )


@contextmanager
def in_memory(spill: Path | None = None) -> Iterator[Session]:
    """Open an empty database in memory; it is deleted at the end.

    With a folder to `spill` into, it takes little memory, and one thread, because each of them needs some.
    """
    limits: dict[str, str | int] = {"memory_limit": _SPILLED_BEYOND, "temp_directory": str(spill), "threads": 1}
    connection = duckdb.connect(config={**_OFFLINE, **limits} if spill else _OFFLINE)
    try:
        yield Session(connection)
    finally:
        connection.close()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")


def _error_type(error: Exception) -> type[StoreError]:
    return DamagedError if _DAMAGE.search(str(error)) else StoreError


def _log_of(path: Path) -> Path:
    """Return the path of DuckDB's write-ahead log; DuckDB puts the ending before a question mark."""
    name, mark, rest = path.name.partition("?")
    return path.with_name(f"{name}.wal{mark}{rest}")


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the schema up to date.

    Raises duckdb.Error where that fails or the schema is a newer one, and StoreError where the tables are not
    startrack's.
    """
    connection.execute(text("store/create_migrations"))
    done = {number for (number,) in connection.execute(text("store/migrations")).fetchall()}
    known = migrations()
    if done - {number for number, _ in known}:
        raise duckdb.CatalogException("it was written by a newer startrack")
    try:
        for number, name in known:
            if number not in done:
                _change(connection, number, name)
    except duckdb.CatalogException as error:
        if done:
            raise
        raise StoreError(
            f"the database has tables that are not startrack's: {_first_line(error)}; "
            "set another path in [snapshots] database",
        ) from error


def _change(connection: duckdb.DuckDBPyConnection, number: int, name: str) -> None:
    """Apply one schema change and record it, in one transaction."""
    connection.begin()
    try:
        connection.execute(text(name))
        connection.execute(text("store/record_migration"), {"number": number, "name": name})
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
