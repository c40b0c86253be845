"""The DuckDB file and the SQL statements: connections are short, changes are whole transactions."""

import logging
import os
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from startrack import files
from startrack.errors import StoreBusyError, StoreError

__all__ = [
    "DamagedError",
    "Database",
    "Session",
    "in_memory",
    "migrations",
    "text",
]


@cache
def text(name: str) -> str:
    """Return the statement kept as `sql/NAME.sql`, for instance `trends/window`."""
    return (resources.files("startrack") / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def migrations() -> list[tuple[int, str]]:
    """Return (number, name) of every schema change, in order."""
    folder = resources.files("startrack") / "sql" / "schema"
    names = sorted(path.name.removesuffix(".sql") for path in folder.iterdir() if path.name.endswith(".sql"))
    return [(int(name.split("_")[0]), f"schema/{name}") for name in names]


# Two processes that wait for the same file must not keep step with each other.
_PAUSE = (0.02, 0.12)

# Files of this format open in DuckDB 1.5 as well as in 2: people look into ours with their own.
_STORAGE_VERSION = "v1.5.0"

_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

Result = TypeVar("Result")

_log = logging.getLogger(__name__)

# What DuckDB says of a file that was cut or overwritten after it was opened.
_DAMAGE = re.compile(r"Corrupt database file|Could not read enough bytes|database has been invalidated")

# Whatever else a configuration names by mistake is somebody's file, and stays where it is.
_SUFFIXES = frozenset({".duckdb", ".db"})

# Of a process in another container DuckDB cannot tell the program.
_HOLDER = re.compile(r"Conflicting lock is held(?: in (?P<program>.+?) \(PID (?P<pid>\d+)\))?")


class DamagedError(StoreError):
    """The database was cut or overwritten: what it holds cannot be read."""


class Session:
    """One open connection; statements are named after their files under `sql/`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, name: str, /, **values: object) -> None:
        """Execute a statement for what it changes. Raises StoreError."""
        self._execute(text(name), values)

    def rows(self, name: str, /, **values: object) -> list[tuple[Any, ...]]:
        """Execute a statement and return its rows. Raises StoreError."""
        result = self._execute(text(name), values)
        try:
            return result.fetchall()
        except duckdb.Error as error:
            raise _kind(error)(f"the database gave no answer: {_first_line(error)}") from error

    def append(self, table: str, rows: Sequence[tuple[object, ...]], columns: Sequence[str] | None = None) -> None:
        """Append rows to a table, a value for each of the columns, or for all in order. Raises StoreError."""
        if not rows:
            return
        try:
            with self._connection.appender(table, columns=list(columns) if columns else None) as appender:
                appender.append_rows(rows)
        except duckdb.Error as error:
            raise _kind(error)(f"cannot append to {table}: {_first_line(error)}") from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything inside happen as one, or not at all."""
        self._connection.begin()
        try:
            yield
        except BaseException:
            self._connection.rollback()
            raise
        try:
            self._connection.commit()
        except duckdb.Error as error:
            raise _kind(error)(f"the database could not keep the change: {_first_line(error)}") from error

    def _execute(self, sql: str, values: dict[str, object]) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql, values or None)
        except duckdb.Error as error:
            raise _kind(error)(f"the database refused a statement: {_first_line(error)}") from error


@dataclass(frozen=True, slots=True)
class Database:
    """The database at `path`; `patience` is how many seconds to wait while another process holds it."""

    path: Path
    patience: float = 30.0

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open the database, bring its schema up to date, and close it at the end.

        A file that is no database, that was cut, or that a newer startrack or DuckDB wrote is set aside, with a line
        on stderr, and the session begins with an empty database. One that turns out to be damaged later is set aside
        at the end.

        Raises StoreBusyError when another process still holds it after the wait, and StoreError.
        """
        connection = self._connect()
        try:
            yield Session(connection)
        except DamagedError as error:
            connection.close()
            self._set_aside(str(error))
            raise DamagedError(f"{self.path} was damaged: run the command again, and it is built anew") from error
        finally:
            connection.close()

    def run(self, work: Callable[[Session], Result]) -> Result:
        """Do some work in a session, and do it once more with a new database where the old one was damaged.

        Raises what `session` and the work raise.
        """
        try:
            with self.session() as session:
                return work(session)
        except DamagedError:
            with self.session() as session:
                return work(session)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        self._prepare()
        try:
            return self._opened()
        except duckdb.Error:
            return self._renewed()

    def _prepare(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if not self.path.exists():
                # Left by a database that somebody deleted; its changes belong to no other.
                _log_of(self.path).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make the folder {self.path.parent}: {error.strerror}; "
                "choose another in [snapshots] or change its permissions",
            ) from error

    def _opened(self) -> duckdb.DuckDBPyConnection:
        """Open the database once nobody else holds it. Raises StoreBusyError, and duckdb.Error where it is unusable."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return self._open()
            except duckdb.IOException as error:
                holder = _HOLDER.search(str(error))
                if holder is None:
                    raise
                if time.monotonic() >= deadline:
                    raise self._busy(holder) from error
                time.sleep(random.uniform(*_PAUSE))  # noqa: S311 - a pause, not a secret

    def _open(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(
            str(self.path),
            config={**_OFFLINE, "storage_compatibility_version": _STORAGE_VERSION},
        )
        try:
            _migrate(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _renewed(self) -> duckdb.DuckDBPyConnection:
        """Set an unusable database aside and open a new one; of several processes that find it so, one does."""
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
                    "make room, or name another in [snapshots] database",
                ) from error

    def _set_aside(self, reason: str) -> None:
        """Rename the database, where it is one of ours; the one set aside before is lost.

        Raises StoreError where it is another's file, or cannot be opened by anybody.
        """
        aside = self.path.with_name(f"{self.path.stem}.broken{self.path.suffix}")
        try:
            os.close(os.open(self.path, os.O_RDWR))
            if self.path.suffix not in _SUFFIXES:
                raise StoreError(
                    f"{self.path} is no database; name a file that ends in .duckdb in [snapshots] database",
                )
            self.path.replace(aside)
            with suppress(FileNotFoundError):
                _log_of(self.path).replace(_log_of(aside))
        except OSError as error:
            raise StoreError(
                f"cannot open the database {self.path}: {error.strerror}; "
                "change its permissions, or name another in [snapshots] database",
            ) from error
        _log.warning(
            "startrack: the database %s cannot be used (%s); it is set aside as %s and built anew from the files",
            self.path,
            reason,
            aside.name,
        )

    def _busy(self, holder: re.Match[str]) -> StoreBusyError:
        return StoreBusyError(
            f"{self.path} is held by process {holder['pid'] or '?'} ({holder['program'] or 'unknown'}); "
            f"waited {self.patience:.0f} s for it: let that run end, or stop it, then run again",
        )


@contextmanager
def in_memory() -> Iterator[Session]:
    """Open an empty database that is gone at the end."""
    connection = duckdb.connect(config=_OFFLINE)
    try:
        yield Session(connection)
    finally:
        connection.close()


def _first_line(error: duckdb.Error) -> str:
    return str(error).strip().splitlines()[0].rstrip(".")


def _kind(error: duckdb.Error) -> type[StoreError]:
    return DamagedError if _DAMAGE.search(str(error)) else StoreError


def _log_of(path: Path) -> Path:
    """Return the place of DuckDB's log of changes that are not in the file yet."""
    return path.with_name(f"{path.name}.wal")


def _migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the schema up to date.

    Raises duckdb.Error where it cannot be, or is a newer one, and StoreError where the tables are somebody else's.
    """
    connection.execute(text("store/create_migrations"))
    done = {number for (number,) in connection.execute(text("store/migrations")).fetchall()}
    known = migrations()
    if done - {number for number, _ in known}:
        raise duckdb.CatalogException("a newer startrack wrote it")
    try:
        for number, name in known:
            if number not in done:
                _change(connection, number, name)
    except duckdb.CatalogException as error:
        if done:
            raise
        raise StoreError(
            f"the database holds tables that are not startrack's: {_first_line(error)}; "
            "name another in [snapshots] database",
        ) from error


def _change(connection: duckdb.DuckDBPyConnection, number: int, name: str) -> None:
    """Make one change of the schema, with its record, or nothing."""
    connection.begin()
    try:
        connection.execute(text(name))
        connection.execute(text("store/record_migration"), {"number": number, "name": name})
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
