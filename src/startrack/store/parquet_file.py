"""Reads a Parquet file of the snapshots folder that somebody may have damaged or replaced."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from startrack.errors import StoreError
from startrack.store.csv_codec import Folder, restoring
from startrack.store.database import Rows, Session

__all__ = ["ParquetFile"]


@dataclass(frozen=True, slots=True)
class ParquetFile:
    """A file that is read in a session; `path` is relative to the folder. `kind` is the class of its errors."""

    session: Session
    folder: Folder
    path: Path
    kind: type[StoreError] = StoreError

    @property
    def shown(self) -> Path:
        """The path for messages."""
        return self.folder.path / self.path

    def rows(self, name: str, **values: object) -> Rows:
        """Execute a statement with the file as `$path`, and return its rows. Raises an error that names the file."""
        self.folder.require_file(self.path)
        (source,) = self.folder.patterns([self.path])
        try:
            return self.session.rows(name, path=source, **values)
        except StoreError as error:
            reason = str(error.__cause__).partition("\n")[0]
            raise self.error(f" is damaged, or not a Parquet file ({reason})") from error

    def types(self, expected: Mapping[str, str]) -> dict[str, str]:
        """Return the type of each column. Raises an error where one has another type than expected."""
        types = dict(self.rows("store/parquet_columns").columns("name", "type"))
        for name, kind in expected.items():
            if types.get(name, kind) != kind:
                raise self.error(f": the column {name} is {types[name]} instead of {kind}")
        return types

    def error(self, problem: str) -> StoreError:
        """Return an error that names the file, the problem, and what to do."""
        return self.kind(f"{self.shown}{problem}; {restoring(self.shown)}")
