"""History files: for each series an index, and for each repository a file with one row per week.

    history.csv      activity.csv       requests by repository: when, and the result
    history/42.csv   activity/42.csv    the weeks of repository 42, oldest first

The index is written after the files of weeks. Weeks that are not in the index are ignored, so a killed back-fill loses
only its last batch.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from startrack.model.history import FetchedHistory, FetchOutcome, Series
from startrack.store.csv_codec import Codec, Folder, Table

__all__ = ["INDEX", "WEEKS", "HistoryFiles", "HistoryIndexRow", "WeekRow", "is_weeks", "week_rows"]


_NUMBER = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class HistoryIndexRow:
    """The row of one repository in an index; the fields are those of `FetchedHistory`."""

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
    """The figures of a repository for the seven days from the Sunday `week` on."""

    week: date
    sun: int
    mon: int
    tue: int
    wed: int
    thu: int
    fri: int
    sat: int


INDEX: Final = Codec(HistoryIndexRow, key=lambda fact: fact.repo_id)
WEEKS: Final = Codec(WeekRow, key=lambda row: row.week)


def is_weeks(path: Path, series: Series) -> bool:
    """Return whether a path, relative to the snapshots folder, is a file of weeks of a series."""
    return path.parent == Path(series) and path.suffix == ".csv" and _NUMBER.fullmatch(path.stem) is not None


@dataclass(frozen=True, slots=True)
class HistoryFiles:
    """The files of one series below the snapshots folder."""

    files: Folder
    series: Series

    @property
    def index_path(self) -> Path:
        """The path of the index, relative to the folder."""
        return Path(f"{self.series}.csv")

    def owns(self, path: Path) -> bool:
        """Return whether a path, relative to the folder, is one of these files."""
        return path == self.index_path or self.is_weeks(path)

    def is_weeks(self, path: Path) -> bool:
        """Return whether a path, relative to the folder, is a file of weeks."""
        return is_weeks(path, self.series)

    def index(self) -> Table[HistoryIndexRow]:
        """Return the index. Raises StoreError with file and line."""
        return self.files.table(INDEX, self.index_path)

    def weeks(self, repo_id: int) -> Table[WeekRow]:
        """Return the stored weeks of a repository. Raises StoreError with file and line."""
        return self.files.table(WEEKS, self.weeks_path(repo_id))

    def codec(self, path: Path) -> Codec[HistoryIndexRow] | Codec[WeekRow]:
        """Return the codec of one of these files."""
        return INDEX if path == self.index_path else WEEKS

    def drafts(
        self,
        fetched: Sequence[FetchedHistory],
        before: Table[HistoryIndexRow],
        archived: Mapping[int, Mapping[date, WeekRow]] = MappingProxyType({}),
    ) -> tuple[dict[Path, bytes], Table[HistoryIndexRow]]:
        """Return the new contents of files after some requests of this series, and the new index.

        Contents are by path relative to the folder, and include the rows that the files already have. `before` is the
        current index. The file of the index comes last. `archived` are the weeks in the archive, by repository; what it
        has in the same way is not written again.
        """
        index = {fact.repo_id: fact for fact in before.rows}
        contents: dict[Path, bytes] = {}
        for repo_id, requests in _by_repository(fetched).items():
            stored = self.weeks(repo_id)
            weeks = {row.week: row for row in (*stored.rows, *week_rows(requests))}
            old_weeks = archived.get(repo_id, {})
            for request in requests:
                index[repo_id] = _fact(index.get(repo_id), request, len(weeks.keys() | old_weeks.keys()))
            differing = [weeks[start] for start in sorted(weeks) if weeks[start] != old_weeks.get(start)]
            if differing or stored.rows:
                contents[self.weeks_path(repo_id)] = WEEKS.render(differing, stored)
        after = replace(before, rows=tuple(index[key] for key in sorted(index)))
        return contents | {self.index_path: INDEX.render(after.rows, before)}, after

    def weeks_path(self, repo_id: int) -> Path:
        """Return the path of a repository's weeks, relative to the folder."""
        return Path(self.series) / f"{repo_id}.csv"


def _by_repository(fetched: Iterable[FetchedHistory]) -> Mapping[int, list[FetchedHistory]]:
    by_repository: dict[int, list[FetchedHistory]] = {}
    for request in fetched:
        by_repository.setdefault(request.repo_id, []).append(request)
    return by_repository


def _fact(before: HistoryIndexRow | None, request: FetchedHistory, weeks: int) -> HistoryIndexRow:
    """Return the row after a request; only a request for the newest page changes the fields of that page."""
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
    """Yield the weeks of some responses as rows."""
    return (WeekRow(week.start, *week.days) for request in requests for week in request.weeks)
