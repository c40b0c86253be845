"""Imported counts: what other programs have counted, each imported file as one Parquet file below its source.

    imports/best-of-ml-python/2022-09-01_projects.parquet

A row is a count of one repository at one instant, sorted by repository and instant. A file that is imported again takes
the place of its earlier import. The files are loaded beside the day files: where startrack counted a repository on the
same day, its own count stays alone; of several imported counts at one instant that of the first file by name is used.
"""

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from startrack.errors import StoreError
from startrack.store.csv_codec import Folder
from startrack.store.database import Session, in_memory
from startrack.store.parquet_file import ParquetFile

__all__ = ["FOLDER", "ImportFile", "faults", "is_import", "path_of", "render", "slug", "stage"]


FOLDER: Final = Path("imports")

_TYPES: Final = {
    "repo_id": "bigint",
    "repo": "varchar",
    "taken_at": "timestamp",
    "stars": "integer",
    "forks": "integer",
    "commits": "integer",
    "source": "varchar",
}
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_WINDOWS_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
_OTHERS: Final = re.compile(r"[^a-z0-9_.-]+")


def slug(text: str) -> str:
    """Return a text as a part of a path: lower case, and a hyphen for all but letters, digits, `_`, `.` and `-`.

    A text that would lose more than blanks and case gets a hash, so that the files of two such texts stay apart; so
    does the name of a device of Windows.
    """
    lower = unicodedata.normalize("NFC", text).lower()
    short = _OTHERS.sub("-", lower).lstrip("-_.").rstrip("-.")[:100].rstrip("-.") or "import"
    if _WINDOWS_DEVICE.fullmatch(short):
        short = f"import-{short}"
    if short == "-".join(lower.split()):
        return short
    digest = hashlib.sha256(lower.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    return f"{short[:91]}-{digest}"


def path_of(source: str, name: str) -> Path:
    """Return the path, below the snapshots folder, of what was imported from the file `name` of a source."""
    return FOLDER / slug(source) / f"{slug(Path(name).stem)}.parquet"


def is_import(path: Path) -> bool:
    """Return whether a path below the snapshots folder is one of imported counts."""
    return path.suffix == ".parquet" and path.parent.parent == FOLDER and bool(_SLUG.fullmatch(path.stem))


class ImportFile(ParquetFile):
    """A file of imported counts, read in a session; `path` is relative to the folder. Methods raise StoreError."""

    def check(self) -> None:
        """Raise StoreError where the file cannot be read, has other columns, or a row that no import writes."""
        if missing := _TYPES.keys() - self.types(_TYPES).keys():
            raise self.error(f": the columns {', '.join(sorted(missing))} are missing")
        for repo_id, taken_at in self.rows("store/import_faults").columns("repo_id", "taken_at"):
            raise self.error(f": the count of repository {repo_id} at {taken_at} is invalid, or there twice")

    def stage(self) -> None:
        """Append the counts to the table `day`."""
        self.check()
        self.rows("store/read_import", file=self.path.as_posix())


def stage(session: Session, folder: Folder, paths: list[Path]) -> None:
    """Append the counts of imported files to the table `day`, which has all that startrack counted; see above.

    What the files have of each repository is in the table `imported` then. Raises StoreError.
    """
    for path in paths:
        ImportFile(session, folder, path).stage()
    session.run("store/stage_imports")
    session.run("store/unstage_counted")
    session.run("store/unstage_repeated")


@contextmanager
def opened(folder: Folder, path: Path) -> Iterator[ImportFile]:
    """Open a file of imported counts in a database of its own."""
    with in_memory() as session:
        yield ImportFile(session, folder, path)


def faults(folder: Folder, path: Path) -> Iterator[StoreError]:
    """Yield the error in a file of imported counts, if there is one."""
    with opened(folder, path) as imported:
        try:
            imported.check()
        except StoreError as error:
            yield error


def render(session: Session, number: int) -> bytes:
    """Return the file with the counts of the staged file `number` that belong to a known repository.

    The same counts give the same bytes.
    """
    with tempfile.TemporaryDirectory() as top:
        target = Path(top) / "import"
        session.run("transfer/write_import", file=number, target=str(target))
        return target.read_bytes()
