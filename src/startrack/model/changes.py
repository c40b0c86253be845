"""Windows, the counts at their two ends, and the change between them or the reason why it is not known.

`Window.reach` decides how far a baseline may be from the start of the window. Tables show the values of `Unknown` after
`n/a`; `wording/reasons.py` has the sentences.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from startrack.model.columns import Column
from startrack.model.durations import DAY, MONTH, WEEK

__all__ = [
    "MONTH_WINDOW",
    "WEEK_WINDOW",
    "Change",
    "Count",
    "Counts",
    "RankBy",
    "Unknown",
    "Window",
    "to_instant",
]


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A number of days up to the instant of a report; written `30d`."""

    days: int

    def __str__(self) -> str:
        """Return the window as it is written: `30d`."""
        return f"{self.days}d"

    @property
    def span(self) -> timedelta:
        """The length of the window."""
        return timedelta(days=self.days)

    @property
    def reach(self) -> timedelta:
        """The greatest distance of the baseline from the start of the window, before or after it.

        Half of a window shorter than two weeks. Otherwise seven days, or a tenth of the window if that is more.
        """
        return self.span / 2 if self.span < 2 * WEEK else max(WEEK, self.span / 10)

    def differs(self, elapsed: timedelta) -> bool:
        """Return whether the time between two counts differs from the window by more than a tenth."""
        return 10 * abs(elapsed - self.span) > self.span


WEEK_WINDOW: Final = Window(WEEK.days)
MONTH_WINDOW: Final = Window(MONTH.days)
_EPOCH: Final = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of one repository at the instant they were taken; forks and commits are `None` where not known."""

    taken_at: datetime
    stars: int
    forks: int | None
    commits: int | None = None


class Counts(Mapping[int, Count]):
    """One count of each of many repositories, by repository id; a `Count` is created when it is looked up.

    `columns` are those of `Count` and `repo_id`. No repository may have two counts.
    """

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._taken_at, self._stars = columns["taken_at"].values, columns["stars"].values
        self._forks, self._commits, repo_ids = columns["forks"], columns["commits"], columns["repo_id"].values
        self._rows = dict(zip(repo_ids, range(len(repo_ids)), strict=True))

    def __getitem__(self, repo_id: int) -> Count:
        """Return the count of a repository. Raises KeyError where there is none."""
        row = self._rows[repo_id]
        return Count(to_instant(self._taken_at[row]), self._stars[row], self._forks[row], self._commits[row])

    def __contains__(self, repo_id: object) -> bool:
        """Return whether a repository has a count, without creating it."""
        return repo_id in self._rows

    def __iter__(self) -> Iterator[int]:
        """Return the repository ids."""
        return iter(self._rows)

    def __len__(self) -> int:
        """Return the number of repositories."""
        return len(self._rows)


# A run counts most of its repositories at the same instant.
@lru_cache(maxsize=1024)
def to_instant(microseconds: int) -> datetime:
    """Return the instant (naive UTC) of a number of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=microseconds)


class RankBy(StrEnum):
    """The measure of a ranking; `trends/ranking.py` has the formulas."""

    RISING = "rising"
    GAIN = "gain"
    PERCENT = "percent"
    STARS = "stars"
    FORKS = "forks"
    COMMITS = "commits"
    ACCELERATING = "accelerating"


class Unknown(StrEnum):
    """The reason why a change over a window is not known."""

    NOT_COUNTED = "not counted"
    TOO_YOUNG = "too young"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Change:
    """The baseline and the current count of a window, and the differences between them."""

    baseline: Count
    current: Count

    @property
    def gain(self) -> int:
        """Stars gained; negative where stars were lost."""
        return self.current.stars - self.baseline.stars

    @property
    def forks_gain(self) -> int | None:
        """Forks gained; negative where forks were lost, `None` where one of the totals is not known."""
        return _difference(self.current.forks, self.baseline.forks)

    @property
    def commits_gain(self) -> int | None:
        """Commits added to the default branch, or `None` where one of the totals is not known."""
        return _difference(self.current.commits, self.baseline.commits)

    @property
    def elapsed(self) -> timedelta:
        """The time between the two counts, which may differ from the window."""
        return self.current.taken_at - self.baseline.taken_at

    @property
    def days(self) -> float:
        """The time between the two counts in days."""
        return self.elapsed / DAY

    @property
    def per_day(self) -> float:
        """Stars gained per day between the two counts."""
        return self.gain / self.days

    @property
    def percent(self) -> float | None:
        """Gain in percent of the baseline, or `None` for a baseline of no stars."""
        return 100 * self.gain / self.baseline.stars if self.baseline.stars else None

    def pace(self, window: Window) -> float:
        """Return the factor that scales a figure of this change to the length of a window.

        Rankings compare scaled figures, so that a project has no advantage from counts that lie further apart.
        """
        return window.days / self.days


def _difference(current: int | None, baseline: int | None) -> int | None:
    return None if current is None or baseline is None else current - baseline
