"""The past as GitHub tells it: figures by the day they belong to, fetched week by week.

Stars of the past are *retained*: today's stars by the day they were given. Whoever takes a star back vanishes
from that day, so they are never mixed with what was counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from startrack.model.durations import DAY

__all__ = [
    "Burst",
    "Churn",
    "DateRange",
    "EntrySighting",
    "FetchOutcome",
    "FetchedHistory",
    "ListingDate",
    "ListingDateSource",
    "NameSince",
    "RepositoryHistory",
    "RetainedGain",
    "RetainedStars",
    "Series",
    "StarsAround",
    "UnknownListingDate",
    "Week",
    "WeeklyCommits",
    "merged_ranges",
    "week_start",
]


class Series(StrEnum):
    """What is fetched of the past; the value names its files and folder."""

    STARS = "history"
    COMMITS = "activity"


class FetchOutcome(StrEnum):
    """How the last request for a past ended."""

    DONE = "done"
    NOT_OFFERED = "not offered"
    GONE = "gone"
    FAILED = "failed"

    @classmethod
    def _missing_(cls, value: object) -> "FetchOutcome":
        """Take an outcome of a later startrack's files for a failure."""
        del value
        return cls.FAILED


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Sunday on, with the figure of each."""

    start: date
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days of which every one is known, the first and the last included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class RepositoryHistory:
    """What is known of one repository's past in one series, newest stretch first.

    `complete` says that its beginning is known, `fetched_at` when its newest page was last asked for,
    `outcome` how the last request for any page ended.
    """

    repo_id: int
    name: str
    series: Series
    etag: str | None = None
    complete: bool = False
    fetched_at: datetime | None = None
    stretches: tuple[DateRange, ...] = ()
    outcome: FetchOutcome | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every week is known, from the first to the newest that was fetched."""
        return self.complete and len(self.stretches) <= 1

    @property
    def days(self) -> int:
        """How many days reach back from the newest one without a hole."""
        return (self.stretches[0].last - self.stretches[0].first).days + 1 if self.stretches else 0


@dataclass(frozen=True, slots=True)
class FetchedHistory:
    """What one request brought at an instant: weeks that have ended, or why there are none.

    `etag` and `current`, the figure of the week that had not ended, come with the newest page alone.
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
class RetainedGain:
    """Retained stars given from the first to the last day: what stands in for a gain that was not counted."""

    gain: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Churn:
    """What was gained by the counts of two midnights, and what of the stars given between them was retained."""

    since: date
    until: date
    gained: int
    retained: int

    @property
    def taken_back(self) -> int:
        """Stars of before that were taken back in between; nothing where the two ends disagree by a few."""
        return max(self.retained - self.gained, 0)


@dataclass(frozen=True, slots=True)
class Burst:
    """The fourteen days that brought a repository most, of all that it has, and what the fourteen after them brought.

    `first` and `last` are its days. Where `retained`, all figures are retained stars of the whole history up to
    `until`; otherwise they are counts from the creation on.
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
        """The stars of the burst in percent of all."""
        return 100 * self.stars / self.total


@dataclass(frozen=True, slots=True)
class WeeklyCommits:
    """Commits of the seven days from a Sunday on, as GitHub's statistics have them: merges left out."""

    start: date
    commits: int


@dataclass(frozen=True, slots=True)
class NameSince:
    """A name under which a repository was counted, and when it first was."""

    name: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class EntrySighting:
    """A repository in a list: the days of the first run that saw it there, and of the first that read the list at all.

    `listed_on` is the day that the list's git history tells.
    """

    repo_id: int
    added_on: date
    list_read_on: date
    listed_on: date | None = None


class ListingDateSource(StrEnum):
    """What tells when an entry came into its list."""

    GIT = "the list's git history"
    RECORD = "the runs that read the list"


@dataclass(frozen=True, slots=True)
class ListingDate:
    """The day on which an entry came into its list; by the runs, the day of the first that saw it there."""

    day: date
    origin: ListingDateSource


class UnknownListingDate(StrEnum):
    """Why it is not known when an entry came into its list."""

    FIRST_RUN = "it stood in the list already when that was first read"


@dataclass(frozen=True, slots=True)
class StarsAround:
    """Retained stars of `MONTH` before a day, and of as long from it on; `None` where one of its days is not known."""

    before: int | None
    after: int | None


def week_start(day: date) -> date:
    """Return the Sunday on or before a day."""
    return day - (day.isoweekday() % 7) * DAY


def merged_ranges(stretches: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return stretches with those that touch or overlap made one, newest first."""
    found: list[DateRange] = []
    for each in sorted(stretches, key=lambda stretch: stretch.last, reverse=True):
        if found and each.last + DAY >= found[-1].first:
            found[-1] = replace(found[-1], first=min(found[-1].first, each.first))
        else:
            found.append(each)
    return tuple(found)
