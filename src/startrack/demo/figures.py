"""What a repository counts, instant by instant: the figures and the three ways in which they come about."""

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

    `None` is what a record does not hold: GraphQL refuses it, since no number would be true.
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
    """What the days `first` to `last`, both included, brought together; `stars` is negative for a loss."""

    first: date
    last: date
    stars: int
    commits: int


class FigureHistory(Protocol):
    """The course of a repository's figures."""

    def at(self, instant: datetime) -> Figures:
        """Return the figures as they stood at `instant`."""

    def steps(self, instant: datetime) -> Sequence[FigureChange]:
        """Return the changes from the first day up to `instant`, oldest first, without overlap."""


@dataclass(frozen=True, slots=True)
class RecordedHistory:
    """Real figures of a record: between two entries the earlier one stands, and nothing is interpolated.

    Before the first entry the first one stands; after the last entry the last one does.
    """

    created: date
    instants: tuple[datetime, ...]
    entries: tuple[Figures, ...]

    def at(self, instant: datetime) -> Figures:
        """Return the last entry recorded up to `instant`."""
        return self.entries[max(bisect_right(self.instants, instant) - 1, 0)]

    def steps(self, instant: datetime) -> Sequence[FigureChange]:
        """Return one step for each entry; the first reaches from the day of creation to the first entry."""
        return tuple(self._steps(bisect_right(self.instants, instant)))

    def _steps(self, known: int) -> Iterator[FigureChange]:
        first, stars, commits = self.created, 0, 0
        for instant, entry in zip(self.instants[:known], self.entries[:known], strict=True):
            last = max(instant.date(), first)
            yield FigureChange(first, last, entry.stars - stars, entry.commits - commits)
            first, stars, commits = last + DAY, entry.stars, entry.commits


@dataclass(frozen=True, slots=True)
class SteadyHistory:
    """Made-up figures that cost no memory: constant growth, and one commit in every `pace` days.

    `offset` spreads the commit days of many repositories evenly over the calendar.
    """

    created: date
    stars: int
    daily: int
    commits: int
    pace: int = 20
    offset: int = 0

    def at(self, instant: datetime) -> Figures:
        """Return the figures of the day of `instant`."""
        day = max(instant.date(), self.created)
        stars = self.stars + self.daily * (day - self.created).days
        commits = self._commits(day)
        return Figures(
            stars=stars,
            forks=stars // 8,
            commits=commits,
            pushed_at=datetime.combine(self._pushed(day), time()),
            open_issues=stars % 97,
            closed_issues=stars // 4,
            open_prs=commits % 13,
            closed_prs=commits // 2,
            watchers=stars // 60,
        )

    def steps(self, instant: datetime) -> Sequence[FigureChange]:
        """Return a step a day; the first day holds all that the repository began with."""
        days = range(max((instant.date() - self.created).days, 0) + 1)
        return tuple(self._step(self.created + number * DAY) for number in days)

    def _step(self, day: date) -> FigureChange:
        if day == self.created:
            return FigureChange(day, day, self.stars, self._commits(day))
        return FigureChange(day, day, self.daily, self._commits(day) - self._commits(day - DAY))

    def _commits(self, day: date) -> int:
        return max(self.commits + self._turns(day) - self._turns(self.created), 0)

    def _turns(self, day: date) -> int:
        return (day.toordinal() + self.offset) // self.pace

    def _pushed(self, day: date) -> date:
        return max(day - (day.toordinal() + self.offset) % self.pace * DAY, self.created)


def retained_changes(steps: Iterable[FigureChange]) -> list[FigureChange]:
    """Return steps without losses: a star taken back vanishes from the latest days that still have one.

    Which day lost it is not known of any record, so this is a model; the sum is that of `steps`.
    """
    kept: list[FigureChange] = []
    for step in steps:
        kept.append(step)
        _absorb(kept)
    return kept


def _absorb(kept: list[FigureChange]) -> None:
    """Move the loss of the last step back over earlier ones until nothing is negative."""
    index = len(kept) - 1
    while index > 0 and kept[index].stars < 0:
        loss = kept[index].stars
        kept[index] = _with_stars(kept[index], 0)
        kept[index - 1] = _with_stars(kept[index - 1], kept[index - 1].stars + loss)
        index -= 1


def _with_stars(step: FigureChange, stars: int) -> FigureChange:
    return FigureChange(step.first, step.last, stars, step.commits)


def split_by_day(first: date, last: date, amount: int) -> Iterator[tuple[date, int]]:
    """Split `amount` evenly over the days from `first` to `last`; the remainder goes to the first ones.

    The record knows weeks only, so the split is a model of the days.
    """
    days = (last - first).days + 1
    share, rest = divmod(amount, days)
    for number in range(days):
        yield first + number * DAY, share + (number < rest)
