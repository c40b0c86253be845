"""What a gap is: a period without a count that is longer than usual, in lines and in the last days.

Whether a change over a window is known is another question: `trends.windows.window_change` answers it.
"""

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from statistics import median_low
from typing import Final

from startrack.model.changes import to_instant
from startrack.model.count_history import Times
from startrack.model.durations import DAY
from startrack.model.history import DateRange

__all__ = [
    "GAP_FACTOR",
    "Gap",
    "find_breaks",
    "find_gaps",
    "longest_interval",
    "missed_days",
]


GAP_FACTOR: Final = 3
"""Two counts have a gap between them when they are more than this many times the usual interval apart."""

_CHECKED_DAYS: Final = timedelta(days=30)
_MISSED_FACTOR: Final = 2


@dataclass(frozen=True, slots=True)
class Gap:
    """A period without a count: the instant of the last count before it and of the first count after it."""

    before: datetime
    after: datetime


def find_gaps(times: Times) -> tuple[Gap, ...]:
    """Return the gaps between the times of counts. Lines break there."""
    return tuple(Gap(to_instant(times[index - 1]), to_instant(times[index])) for index in find_breaks(times))


@lru_cache(maxsize=1024)
def find_breaks(times: Times) -> tuple[int, ...]:
    """Return the index of the first count after each gap."""
    longest = longest_interval(times)
    return tuple(i for i, (before, after) in enumerate(pairwise(times), start=1) if after - before > longest)


def longest_interval(times: Sequence[int]) -> int:
    """Return the longest interval between two times that is not a gap; they are numbers of any unit, in order.

    That is `GAP_FACTOR` times the usual interval: the median, the higher of the two in the middle. It is zero for
    fewer than two times.
    """
    intervals = sorted(map(operator.sub, times[1:], times))
    return GAP_FACTOR * intervals[len(intervals) // 2] if intervals else 0


def missed_days(counted_days: Sequence[date], today: date) -> list[DateRange]:
    """Return the days of the last 30 on which a count was due and none was taken; today may still get one.

    `counted_days` are the days with a count, oldest first, and at least one. After twice the usual interval or more,
    the days in between were missed: a daily schedule misses a single day, a weekly one does not. That is stricter than
    a gap in a line, because it says that a schedule failed.
    """
    recent = [(before, after) for before, after in pairwise(counted_days) if after > today - _CHECKED_DAYS]
    usual = median_low([after - before for before, after in recent] or [DAY])
    intervals = (*recent, (counted_days[-1], today))
    return [
        DateRange(before + DAY, after - DAY) for before, after in intervals if after - before >= _MISSED_FACTOR * usual
    ]
