"""Writes tables as Parquet files; the same rows give the same bytes."""

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from startrack.store.database import Session, in_memory

__all__ = ["Row", "files"]

Row = tuple[object, ...]

_BATCH = 100  # rows; one may have the counts of years


def files(tables: Mapping[str, Iterable[Row]]) -> dict[str, bytes]:
    """Return the files by name, from the rows of the tables of `tables.sql`; counts have one file per year.

    Raises StoreError.
    """
    with TemporaryDirectory() as folder, in_memory(Path(folder)) as session:
        session.run("parquet/tables")
        for name, rows in tables.items():
            remaining = iter(rows)
            while batch := list(islice(remaining, _BATCH)):
                session.append(name, batch)
        session.run("parquet/fill_counts")
        path = Path(folder) / "table"
        return {
            "projects.parquet": _written(session, path, "parquet/write_projects"),
            "changes.parquet": _written(session, path, "parquet/write_changes"),
            **{
                f"counts/{year}.parquet": _written(session, path, "parquet/write_counts", year=year)
                for year in session.rows("parquet/years").column("year")
            },
        }


def _written(session: Session, path: Path, statement: str, **values: object) -> bytes:
    session.run(statement, path=str(path), **values)
    return path.read_bytes()
