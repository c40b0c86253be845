"""History that GitHub provides: retained stars and commits by day, fetched week by week.

*Retained* stars are the stars of today by the day on which they were given. A star that is taken back disappears from
its day, so retained stars are never mixed with counts.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, overload

from startrack.model.durations import DAY

if TYPE_CHECKING:
    from array import array

__all__ = [
    "Burst",
    "Churn",
    "DateRange",
    "EntryDates",
    "FetchOutcome",
    "FetchedHistory",
    "ImportedCounts",
    "ListingDate",
    "ListingDateSource",
    "NameSince",
    "RepositoryHistory",
    "RetainedGain",
    "RetainedLine",
    "RetainedStars",
    "Series",
    "StarsAround",
    "UnknownListingDate",
    "Week",
    "WeeklyCommits",
    "merge_ranges",
    "week_start",
]


class Series(StrEnum):
    """The two histories that are fetched; the value names the index file and the folder of each."""

    STARS = "history"
    COMMITS = "activity"


class FetchOutcome(StrEnum):
    """The result of the last request for a history."""

    DONE = "done"
    NOT_OFFERED = "not offered"
    GONE = "gone"
    FAILED = "failed"

    @classmethod
    def _missing_(cls, value: object) -> "FetchOutcome":
        """Read an outcome that only a newer startrack knows as a failure."""
        del value
        return cls.FAILED


@dataclass(frozen=True, slots=True)
class Week:
    """The figures of seven days, beginning with a Sunday."""

    start: date
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DateRange:
    """Consecutive days whose figures are all known, including the first and the last."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class RepositoryHistory:
    """The days that are known of one repository's history in one series, as ranges, newest first.

    `complete` says that the first day of the history is known. `fetched_at` is when the newest page was last
    requested, `outcome` the result of the last request for any page.
    """

    repo_id: int
    name: str
    series: Series
    etag: str | None = None
    complete: bool = False
    fetched_at: datetime | None = None
    ranges: tuple[DateRange, ...] = ()
    outcome: FetchOutcome | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every week is known, from the first one to the newest one that was fetched."""
        return self.complete and len(self.ranges) <= 1

    @property
    def days(self) -> int:
        """The number of days in the newest range."""
        return (self.ranges[0].last - self.ranges[0].first).days + 1 if self.ranges else 0


@dataclass(frozen=True, slots=True)
class FetchedHistory:
    """The response to one request for a history: weeks that have ended, or the reason why there are none.

    `etag` and `current` (the figure of the week that had not ended) come only with the newest page.
    """

    repo_id: int
    name: str
    series: Series
    at: datetime
    outcome: FetchOutcome
    detail: str = ""
    weeks: tuple[Week, ...] = ()
    complete: bool = False
    is_newest: bool = False
    etag: str | None = None
    current: int | None = None


@dataclass(frozen=True, slots=True)
class RetainedStars:
    """Retained stars at the end of a day."""

    day: date
    stars: int


@dataclass(frozen=True, slots=True)
class RetainedLine(Sequence[RetainedStars]):
    """The retained stars of one repository, oldest first, as columns: a `RetainedStars` is made when one is asked for.

    `days` are counted as by `date.toordinal`.
    """

    days: "array[int]"
    stars: "array[int]"

    def until(self, day: date) -> "RetainedLine":
        """Return the retained stars before a day."""
        return self[: bisect_left(self.days, day.toordinal())]

    def __len__(self) -> int:
        """Return the number of days."""
        return len(self.days)

    @overload
    def __getitem__(self, index: int) -> RetainedStars: ...
    @overload
    def __getitem__(self, index: slice) -> "RetainedLine": ...
    def __getitem__(self, index: int | slice) -> "RetainedStars | RetainedLine":
        """Return the stars of one day, or the line of a slice."""
        if isinstance(index, slice):
            return RetainedLine(self.days[index], self.stars[index])
        return RetainedStars(date.fromordinal(self.days[index]), self.stars[index])

    def __iter__(self) -> Iterator[RetainedStars]:
        """Yield the stars of each day, oldest first."""
        return map(RetainedStars, map(date.fromordinal, self.days), self.stars)


@dataclass(frozen=True, slots=True)
class RetainedGain:
    """Retained stars of the days from `first` to `last`; shown where the gain by counts is not known."""

    gain: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Churn:
    """Stars gained by the counts of two midnights, and the stars given between them that were retained."""

    since: date
    until: date
    gained: int
    retained: int

    @property
    def taken_back(self) -> int:
        """Earlier stars that were taken back between the two counts; 0 where the figures differ by rounding only."""
        return max(self.retained - self.gained, 0)


@dataclass(frozen=True, slots=True)
class Burst:
    """The fourteen days in which a repository gained the most stars, and its gain in the next fourteen days.

    `stars` were gained from `first` to `last`, `after` in the fourteen days after that, `total` up to `until`. With
    `retained` all figures are retained stars, otherwise counts since the creation of the repository.
    """

    first: date
    last: date
    stars: int
    after: int
    total: int
    until: date
    retained: bool

    @property
    def percent(self) -> float:
        """The stars of the burst in percent of the total."""
        return 100 * self.stars / self.total


@dataclass(frozen=True, slots=True)
class WeeklyCommits:
    """Commits of the seven days that begin with the Sunday `start`, by GitHub's statistics: without merges."""

    start: date
    commits: int


@dataclass(frozen=True, slots=True)
class NameSince:
    """A name of a repository, and the instant of the first count under it."""

    name: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class EntryDates:
    """The days that tell when a repository was added to a list.

    `added_on` is the day of the first run that saw the entry, and `list_read_on` that of the first run that read the
    list. `listed_on` is the day by the git history of the list, `None` where that is not known.
    """

    repo_id: int
    added_on: date
    list_read_on: date
    listed_on: date | None = None


class ListingDateSource(StrEnum):
    """Where a listing date comes from."""

    GIT = "the list's git history"
    RUNS = "the runs that read the list"


@dataclass(frozen=True, slots=True)
class ImportedCounts:
    """The counts of a repository that came from one other program, and the instants of the first and the last one."""

    source: str
    counts: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ListingDate:
    """The day on which an entry was added to its list; by the runs, the day of the first run that saw it."""

    day: date
    origin: ListingDateSource


class UnknownListingDate(StrEnum):
    """The reason why a listing date is not known."""

    FIRST_RUN = "it was already in the list when startrack first read the list"


@dataclass(frozen=True, slots=True)
class StarsAround:
    """Retained stars of the 30 days before a day and of the 30 days from it on; `None` where a day is not known."""

    before: int | None
    after: int | None


def week_start(day: date) -> date:
    """Return the Sunday on or before a day."""
    return day - (day.isoweekday() % 7) * DAY


def merge_ranges(ranges: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Join ranges that touch or overlap, and return them newest first."""
    merged: list[DateRange] = []
    for date_range in sorted(ranges, key=lambda date_range: date_range.last, reverse=True):
        if merged and date_range.last + DAY >= merged[-1].first:
            merged[-1] = replace(merged[-1], first=min(merged[-1].first, date_range.first))
        else:
            merged.append(date_range)
    return tuple(merged)
