"""Counts, the windows between them, and the change over a window or why it is not known."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

__all__ = [
    "Change",
    "Count",
    "Unknown",
    "Window",
]


# ── What a report says ───────────────────────────────────────────────────────────────────────────────────


_FORTNIGHT = 14


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A span of days up to the instant of a report; written `30d`."""

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
        """How far from the window's start its baseline may lie, on either side.

        Half of a window shorter than a fortnight; else seven days, or a tenth of the window where that is more.
        """
        return self.span / 2 if self.days < _FORTNIGHT else max(timedelta(days=7), self.span / 10)

    def differs(self, elapsed: timedelta) -> bool:
        """Say whether the time that really passed differs from the window by more than a tenth."""
        return 10 * abs(elapsed - self.span) > self.span


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of one repository at the instant they were taken."""

    taken_at: datetime
    stars: int
    forks: int
    commits: int | None = None


class Unknown(StrEnum):
    """Why a change over a window is not known."""

    NOT_COUNTED = "not counted"
    TOO_YOUNG = "too young"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Change:
    """What a window brought: the baseline count, the current one, and what lies between."""

    baseline: Count
    current: Count

    @property
    def gain(self) -> int:
        """Stars gained; negative where stars were lost."""
        return self.current.stars - self.baseline.stars

    @property
    def forks_gain(self) -> int:
        """Forks gained."""
        return self.current.forks - self.baseline.forks

    @property
    def commits_gain(self) -> int | None:
        """Commits added to the default branch, or `None` where either total is not known."""
        if self.current.commits is None or self.baseline.commits is None:
            return None
        return self.current.commits - self.baseline.commits

    @property
    def elapsed(self) -> timedelta:
        """The time that really passed between the two counts."""
        return self.current.taken_at - self.baseline.taken_at

    @property
    def days(self) -> float:
        """The same in days."""
        return self.elapsed / timedelta(days=1)

    @property
    def per_day(self) -> float:
        """Stars gained a day, over the days that really passed."""
        return self.gain / self.days

    @property
    def percent(self) -> float | None:
        """Gain in percent of the baseline, or `None` for a baseline of no stars."""
        return 100 * self.gain / self.baseline.stars if self.baseline.stars else None

    def pace(self, window: Window) -> float:
        """By what a figure of this change is multiplied to be that of the whole window: its days over the real ones.

        Rankings go by figures at this pace, so that nobody is ahead for having been counted over more days.
        """
        return window.days / self.days

    def rising(self, typical: float, window: Window) -> float:
        """Gain at the window's pace over the root of size: fair to every size.

        `typical`, the median stars, calms the tiny ones.
        """
        size = self.baseline.stars + typical
        gain = self.gain * self.pace(window)
        return gain / math.sqrt(size) if size > 0 else gain
