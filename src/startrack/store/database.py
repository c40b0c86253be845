"""The DuckDB file: opened late, held briefly, changed in whole transactions; the only door of duckdb."""

import random
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from startrack.errors import StoreBusyError, StoreError
from startrack.store import statements

__all__ = ["Database", "Session", "in_memory"]

# Two processes that wait for the same file must not keep step with each other.
_PAUSE = (0.02, 0.12)

# Files of this format open in DuckDB 1.5 as well as in 2: people look into ours with their own.
_STORAGE_VERSION = "v1.5.0"

_OFFLINE: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

# Of a process in another container DuckDB cannot tell the program.
_HOLDER = re.compile(r"Conflicting lock is held(?: in (?P<program>.+?) \(PID (?P<pid>\d+)\))?")


class Session:
    """One open connection; statements are named after their files under `sql/`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, name: str, /, **values: object) -> None:
        """Execute a statement for what it changes. Raises StoreError."""
        self._execute(statements.text(name), values)

    def rows(self, name: str, /, **values: object) -> list[tuple[Any, ...]]:
        """Execute a statement and return its rows. Raises StoreError."""
        return self._execute(statements.text(name), values).fetchall()

    def append(self, table: str, rows: Sequence[tuple[object, ...]], columns: Sequence[str] | None = None) -> None:
        """Append rows to a table, a value for each of the columns, or for all in order. Raises StoreError."""
        if not rows:
            return
        try:
            with self._connection.appender(table, columns=list(columns) if columns else None) as appender:
                appender.append_rows(rows)
        except duckdb.Error as error:
            raise StoreError(f"cannot append to {table}: {_first_line(error)}") from error

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
            raise StoreError(f"the database could not keep the change: {_first_line(error)}") from error

    def _execute(self, sql: str, values: dict[str, object]) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(sql, values or None)
        except duckdb.Error as error:
            raise StoreError(f"the database refused a statement: {_first_line(error)}") from error


@dataclass(frozen=True, slots=True)
class Database:
    """The database at `path`; `patience` is how many seconds to wait while another process holds it."""

    path: Path
    patience: float = 30.0

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Open the database, bring its schema up to date, and close it at the end.

        Raises StoreBusyError when another process still holds it after the wait, and StoreError when the
        file is no database or was written by a newer startrack.
        """
        connection = self._connect()
        try:
            session = Session(connection)
            _migrate(session, self.path)
            yield session
        finally:
            connection.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return self._open()
            except duckdb.IOException as error:
                holder = _HOLDER.search(str(error))
                if holder is None:
                    raise self._unusable(error) from error
                if time.monotonic() >= deadline:
                    raise self._busy(holder) from error
                time.sleep(random.uniform(*_PAUSE))  # noqa: S311 - a pause, not a secret
            except duckdb.Error as error:
                raise self._unusable(error) from error

    def _open(self) -> duckdb.DuckDBPyConnection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"cannot make the folder {self.path.parent}: {error.strerror}; "
                "choose another in [snapshots] or change its permissions"
            ) from error
        return duckdb.connect(str(self.path), config={**_OFFLINE, "storage_compatibility_version": _STORAGE_VERSION})

    def _busy(self, holder: re.Match[str]) -> StoreBusyError:
        return StoreBusyError(
            f"{self.path} is held by process {holder['pid'] or '?'} ({holder['program'] or 'unknown'}); "
            f"waited {self.patience:.0f} s for it: let that run end, or stop it, then run again"
        )

    def _unusable(self, error: duckdb.Error) -> StoreError:
        return StoreError(
            f"cannot open the database {self.path}: {_first_line(error)}; it is rebuilt from the day files "
            "when it is deleted"
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


def _migrate(session: Session, path: Path) -> None:
    session.run("store/create_migrations")
    done = {number for (number,) in session.rows("store/migrations")}
    known = statements.migrations()
    if done - {number for number, _ in known}:
        raise StoreError(f"{path} was written by a newer startrack; upgrade startrack, or delete the file")
    for number, name in known:
        if number not in done:
            with session.transaction():
                session.run(name)
                session.run("store/record_migration", number=number, name=name)
