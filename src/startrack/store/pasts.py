"""The files of the past: for each series an index, and for each repository a file with a line a week.

    history.csv      activity.csv       what was fetched, when, and how it ended
    history/42.csv   activity/42.csv    the weeks of repository 42, oldest first

The index counts: it is written after the files it speaks of, so that a killed pass loses what it began and
nothing else.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from startrack.errors import StoreError
from startrack.past import Fetched, Outcome, Series, Week
from startrack.store import facts

__all__ = ["PastFact", "Pasts"]

_COLUMNS = ("week", "sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass(frozen=True, slots=True)
class PastFact:
    """The line of one repository in an index; see `startrack.past.Fetched`."""

    repo_id: int
    name: str
    etag: str | None
    weeks: int
    complete: bool
    fetched_at: datetime
    current: int | None
    outcome: str
    detail: str | None


@dataclass(frozen=True, slots=True)
class Pasts:
    """The files of one series below the snapshots folder."""

    folder: Path
    series: Series

    @property
    def index_path(self) -> Path:
        """The index, relative to the folder."""
        return Path(f"{self.series}.csv")

    def owns(self, path: Path) -> bool:
        """Say whether a path, relative to the folder, is one of these files."""
        return path == self.index_path or self.is_weeks(path)

    def is_weeks(self, path: Path) -> bool:
        """Say whether a path, relative to the folder, holds the weeks of a repository."""
        return path.parent == Path(self.series) and path.stem.isdecimal() and path.suffix == ".csv"

    def index(self) -> dict[int, PastFact]:
        """Return what was fetched, by repository. Raises StoreError naming file and line."""
        data = facts.read(self.folder / self.index_path)
        found = facts.parse(data, PastFact, self.folder / self.index_path) if data is not None else []
        return {fact.repo_id: fact for fact in found}

    def weeks(self, repo_id: int) -> dict[date, Week]:
        """Return the weeks kept of a repository, by their first days. Raises StoreError naming file and line."""
        path = self.folder / self.weeks_path(repo_id)
        data = facts.read(path)
        return {week.start: week for week in _parse(data, path)} if data is not None else {}

    def verify(self, path: Path) -> None:
        """Read one of these files to its end. Raises StoreError naming file and line."""
        if path == self.index_path:
            self.index()
        else:
            self.weeks(int(path.stem))

    def drafts(self, fetched: Sequence[Fetched]) -> dict[Path, bytes]:
        """Return what the files have to hold after some requests of this series, by absolute path.

        They are merged with what is there; the index sorts after the files it speaks of.
        """
        index = self.index()
        contents: dict[Path, bytes] = {}
        for repo_id, each in _by_repository(fetched).items():
            weeks = self.weeks(repo_id) | {week.start: week for request in each for week in request.weeks}
            for request in each:
                index[repo_id] = _fact(index.get(repo_id), request, len(weeks))
            if weeks:
                contents[self.folder / self.weeks_path(repo_id)] = _render(weeks)
        ordered = [index[repo_id] for repo_id in sorted(index)]
        return contents | {self.folder / self.index_path: facts.render(ordered, PastFact)}

    def weeks_path(self, repo_id: int) -> Path:
        """Return the place of a repository's weeks, relative to the folder."""
        return Path(self.series) / f"{repo_id}.csv"


def _by_repository(fetched: Iterable[Fetched]) -> Mapping[int, list[Fetched]]:
    found: dict[int, list[Fetched]] = {}
    for each in fetched:
        found.setdefault(each.repo_id, []).append(each)
    return found


def _fact(before: PastFact | None, request: Fetched, weeks: int) -> PastFact:
    """Return the line after a request; what belongs to the newest page changes only with a newest page."""
    after = PastFact(
        repo_id=request.repo_id,
        name=request.name,
        etag=request.etag,
        weeks=weeks,
        complete=request.complete,
        fetched_at=request.at,
        current=request.current,
        outcome=request.outcome.value,
        detail=request.detail or None,
    )
    if before is None or (request.is_newest and request.outcome is Outcome.DONE):
        return after
    kept = replace(after, etag=before.etag, current=before.current)
    return kept if request.is_newest else replace(kept, fetched_at=before.fetched_at)


def _render(weeks: Mapping[date, Week]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows((start.isoformat(), *weeks[start].days) for start in sorted(weeks))
    return text.getvalue().encode()


def _parse(data: bytes, path: Path) -> list[Week]:
    rows = csv.reader(io.StringIO(data.decode(errors="replace"), newline=""), strict=True)
    try:
        if tuple(next(rows, ())) != _COLUMNS:
            raise ValueError(f"the columns are not {','.join(_COLUMNS)}")
        return [_week(row) for row in rows]
    except (ValueError, csv.Error) as error:
        raise StoreError(
            f"{path}, line {max(rows.line_num, 1)}: {error}; restore it with `git checkout -- {path}`"
        ) from error


def _week(row: Sequence[str]) -> Week:
    if len(row) != len(_COLUMNS):
        raise ValueError(f"there are not {len(_COLUMNS)} cells")
    return Week(date.fromisoformat(row[0]), tuple(map(int, row[1:])))
