"""The figures of a repository over time, recorded or made up. `simulation.py` has a third kind."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Protocol

from startrack.model.durations import DAY

__all__ = [
    "FigureChange",
    "FigureHistory",
    "Figures",
    "RecordedHistory",
    "SteadyHistory",
    "retained_changes",
    "split_by_day",
]


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of one repository at one instant; `pushed_at` is the time of the last commit.

    `None` means that the record lacks the figure; GraphQL then returns an error instead of a wrong number.
    """

    stars: int
    forks: int
    commits: int
    pushed_at: datetime | None
    open_issues: int = 0
    closed_issues: int = 0
    open_prs: int | None = 0
    closed_prs: int = 0
    watchers: int | None = 0


@dataclass(frozen=True, slots=True)
class FigureChange:
    """The stars and commits of the days `first` to `last`, both included; `stars` is negative for a loss."""

    first: date
    last: date
    stars: int
    commits: int


class FigureHistory(Protocol):
    """The figures of a repository over time."""

    def at(self, instant: datetime) -> Figures:
        """Return the figures at `instant`."""

    def changes(self, instant: datetime) -> Sequence[FigureChange]:
        """Return the changes from the first day to `instant`, oldest first and without overlap."""


@dataclass(frozen=True, slots=True)
class RecordedHistory:
    """Recorded figures of a real project, without interpolation.

    Each entry holds until the next one. The first entry also holds before it, and the last one after it.
    """

    created: date
    instants: tuple[datetime, ...]
    entries: tuple[Figures, ...]

    def at(self, instant: datetime) -> Figures:
        """Return the last entry up to `instant`."""
        return self.entries[max(bisect_right(self.instants, instant) - 1, 0)]

    def changes(self, instant: datetime) -> Sequence[FigureChange]:
        """Return one change per entry; the first one begins on the day of creation."""
        return tuple(self._changes(bisect_right(self.instants, instant)))

    def _changes(self, count: int) -> Iterator[FigureChange]:
        first, stars, commits = self.created, 0, 0
        for instant, entry in zip(self.instants[:count], self.entries[:count], strict=True):
            last = max(instant.date(), first)
            yield FigureChange(first, last, entry.stars - stars, entry.commits - commits)
            first, stars, commits = last + DAY, entry.stars, entry.commits


@dataclass(frozen=True, slots=True)
class SteadyHistory:
    """Made-up figures with constant growth, computed on demand.

    There is one commit every `days_per_commit` days. `offset` spreads the commit days of many repositories evenly.
    """

    created: date
    stars: int
    stars_per_day: int
    commits: int
    days_per_commit: int = 20
    offset: int = 0

    def at(self, instant: datetime) -> Figures:
        """Return the figures on the day of `instant`."""
        day = max(instant.date(), self.created)
        stars = self.stars + self.stars_per_day * (day - self.created).days
        commits = self._commits(day)
        return Figures(
            stars=stars,
            forks=stars // 8,
            commits=commits,
            pushed_at=datetime.combine(self._last_commit_day(day), time()),
            open_issues=stars % 97,
            closed_issues=stars // 4,
            open_prs=commits % 13,
            closed_prs=commits // 2,
            watchers=stars // 60,
        )

    def changes(self, instant: datetime) -> Sequence[FigureChange]:
        """Return a change for the first day, which has everything that the repository begins with, and one per commit.

        Each commit is on the first day of its change, to which a single commit is split.
        """
        end = max(instant.date(), self.created)
        changes = [FigureChange(self.created, self.created, self.stars, self._commits(self.created))]
        first = self.created + DAY
        while first <= end:
            days = self.days_per_commit - (first.toordinal() + self.offset) % self.days_per_commit
            last = min(first + (days - 1) * DAY, end)
            stars = self.stars_per_day * ((last - first).days + 1)
            changes.append(FigureChange(first, last, stars, self._commits(first) - self._commits(first - DAY)))
            first = last + DAY
        return changes

    def _commits(self, day: date) -> int:
        begun = (self.created.toordinal() + self.offset) // self.days_per_commit
        return max(self.commits + (day.toordinal() + self.offset) // self.days_per_commit - begun, 0)

    def _last_commit_day(self, day: date) -> date:
        return max(day - (day.toordinal() + self.offset) % self.days_per_commit * DAY, self.created)


def retained_changes(changes: Iterable[FigureChange]) -> list[FigureChange]:
    """Return the changes without losses: a removed star is subtracted from the latest days that still have one.

    The record does not show on which day a removed star was given, so this is a model. The sum stays the same.
    """
    retained: list[FigureChange] = []
    for change in changes:
        retained.append(change)
        if change.stars < 0:
            _subtract_loss(retained)
    return retained


def _subtract_loss(retained: list[FigureChange]) -> None:
    """Subtract the loss of the last change from earlier ones until none is negative."""
    index = len(retained) - 1
    while index > 0 and retained[index].stars < 0:
        loss = retained[index].stars
        retained[index] = _with_stars(retained[index], 0)
        retained[index - 1] = _with_stars(retained[index - 1], retained[index - 1].stars + loss)
        index -= 1


def _with_stars(change: FigureChange, stars: int) -> FigureChange:
    return FigureChange(change.first, change.last, stars, change.commits)


def split_by_day(first: date, last: date, amount: int) -> Iterator[tuple[date, int]]:
    """Split `amount` evenly over the days from `first` to `last`; the remainder goes to the first days.

    The record is about weekly, so the split is a model of the days.
    """
    days = (last - first).days + 1
    share, rest = divmod(amount, days)
    for number in range(days):
        yield first + number * DAY, share + (number < rest)
