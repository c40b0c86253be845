"""The past as GitHub tells it: figures by the day they belong to, fetched week by week.

Stars of the past are *retained*: today's stars by the day they were given. Whoever takes a star back vanishes
from that day, so they are never mixed with what was counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

__all__ = [
    "DAY",
    "WEEK",
    "Burst",
    "Churn",
    "Fetched",
    "Level",
    "Outcome",
    "Past",
    "Retained",
    "Series",
    "Stretch",
    "Week",
    "joined",
    "sunday",
]

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


class Series(StrEnum):
    """What is fetched of the past; the value names its files and folder."""

    STARS = "history"
    COMMITS = "activity"


class Outcome(StrEnum):
    """How the last request for a past ended."""

    DONE = "done"
    NOT_OFFERED = "not offered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Sunday on, with the figure of each."""

    start: date
    days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days of which every one is known, the first and the last included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of one repository's past in one series, newest stretch first.

    `complete` says that its beginning is known, `fetched_at` when its newest page was last asked for.
    """

    repo_id: int
    name: str
    series: Series
    etag: str | None = None
    complete: bool = False
    fetched_at: datetime | None = None
    stretches: tuple[Stretch, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every week is known, from the first to the newest that was fetched."""
        return self.complete and len(self.stretches) <= 1

    @property
    def days(self) -> int:
        """How many days reach back from the newest one without a hole."""
        return (self.stretches[0].last - self.stretches[0].first).days + 1 if self.stretches else 0


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one request brought at an instant: weeks that have ended, or why there are none.

    `etag` and `current`, the figure of the week that had not ended, come with the newest page alone.
    """

    repo_id: int
    name: str
    series: Series
    at: datetime
    outcome: Outcome
    detail: str = ""
    weeks: tuple[Week, ...] = ()
    complete: bool = False
    is_newest: bool = False
    etag: str | None = None
    current: int | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """Retained stars at the end of a day."""

    day: date
    stars: int


@dataclass(frozen=True, slots=True)
class Retained:
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


def sunday(day: date) -> date:
    """Return the Sunday on or before a day."""
    return day - (day.isoweekday() % 7) * DAY


def joined(stretches: Iterable[Stretch]) -> tuple[Stretch, ...]:
    """Return stretches with those that touch or overlap made one, newest first."""
    found: list[Stretch] = []
    for each in sorted(stretches, key=lambda stretch: stretch.last, reverse=True):
        if found and each.last + DAY >= found[-1].first:
            found[-1] = replace(found[-1], first=min(found[-1].first, each.first))
        else:
            found.append(each)
    return tuple(found)
