"""The files of the past: for each series an index, and for each repository a file with a line a week.

    history.csv      activity.csv       what was fetched, when, and how it ended
    history/42.csv   activity/42.csv    the weeks of repository 42, oldest first

The index counts: it is written after the files it speaks of, so that a killed pass loses what it began and
nothing else.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from startrack.model.history import FetchedHistory, FetchOutcome, Series
from startrack.store.csv_codec import Codec, Folder, Table

__all__ = ["INDEX", "WEEKS", "HistoryFiles", "HistoryIndexRow", "WeekRow", "week_rows"]


_NUMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class HistoryIndexRow:
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
class WeekRow:
    """The seven days of a repository's week, which begins on a Sunday."""

    week: date
    sun: int
    mon: int
    tue: int
    wed: int
    thu: int
    fri: int
    sat: int


INDEX: Final = Codec(HistoryIndexRow, key=lambda fact: fact.repo_id)
WEEKS: Final = Codec(WeekRow, key=lambda line: line.week)


@dataclass(frozen=True, slots=True)
class HistoryFiles:
    """The files of one series below the snapshots folder."""

    files: Folder
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
        return path.parent == Path(self.series) and path.suffix == ".csv" and _NUMBER.fullmatch(path.stem) is not None

    def index(self) -> Table[HistoryIndexRow]:
        """Return what was fetched. Raises StoreError naming file and line."""
        return self.files.table(INDEX, self.index_path)

    def weeks(self, repo_id: int) -> Table[WeekRow]:
        """Return the weeks kept of a repository. Raises StoreError naming file and line."""
        return self.files.table(WEEKS, self.weeks_path(repo_id))

    def codec(self, path: Path) -> Codec[HistoryIndexRow] | Codec[WeekRow]:
        """Return how one of these files is read."""
        return INDEX if path == self.index_path else WEEKS

    def drafts(
        self, fetched: Sequence[FetchedHistory], before: Table[HistoryIndexRow]
    ) -> tuple[dict[Path, bytes], Table[HistoryIndexRow]]:
        """Return what the files have to hold after some requests of this series, and the index after them.

        Contents stand by their paths relative to the folder, merged with what the files hold; the index, which held
        `before`, comes after the files it speaks of.
        """
        index = {fact.repo_id: fact for fact in before.rows}
        contents: dict[Path, bytes] = {}
        for repo_id, requests in _by_repository(fetched).items():
            known = self.weeks(repo_id)
            weeks = {line.week: line for line in (*known.rows, *week_rows(requests))}
            for request in requests:
                index[repo_id] = _fact(index.get(repo_id), request, len(weeks))
            if weeks:
                ordered = (weeks[start] for start in sorted(weeks))
                contents[self.weeks_path(repo_id)] = WEEKS.render(ordered, known)
        after = replace(before, rows=tuple(index[key] for key in sorted(index)))
        return contents | {self.index_path: INDEX.render(after.rows, before)}, after

    def weeks_path(self, repo_id: int) -> Path:
        """Return the place of a repository's weeks, relative to the folder."""
        return Path(self.series) / f"{repo_id}.csv"


def _by_repository(fetched: Iterable[FetchedHistory]) -> Mapping[int, list[FetchedHistory]]:
    found: dict[int, list[FetchedHistory]] = {}
    for each in fetched:
        found.setdefault(each.repo_id, []).append(each)
    return found


def _fact(before: HistoryIndexRow | None, request: FetchedHistory, weeks: int) -> HistoryIndexRow:
    """Return the line after a request; what belongs to the newest page changes only with a newest page."""
    after = HistoryIndexRow(
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
    if before is None or (request.is_newest and request.outcome is FetchOutcome.DONE):
        return after
    kept = replace(after, etag=before.etag, current=before.current)
    return kept if request.is_newest else replace(kept, fetched_at=before.fetched_at)


def week_rows(requests: Iterable[FetchedHistory]) -> Iterator[WeekRow]:
    """Yield the weeks of some answers as lines of their files."""
    return (WeekRow(week.start, *week.days) for request in requests for week in request.weeks)
