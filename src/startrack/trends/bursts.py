"""The burst of a repository that is not counted yet: judged by the retained stars of its days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import accumulate
from typing import Final

from startrack.model.durations import DAY
from startrack.model.history import Burst
from startrack.trends.health import MIN_BURST_SHARE, MIN_BURST_STARS, is_ended_burst

__all__ = ["BURST_DAYS", "BurstKind", "BurstVerdict", "can_hold_burst", "judge", "of_counted"]

BURST_DAYS: Final = 14


class BurstKind(StrEnum):
    """What became of the fourteen days with the most stars.

    NONE: they are no burst. ENDED: next to nothing came in the fourteen days after them. GOING_ON: these days are not
    over yet. FOLLOWED: stars kept coming.
    """

    NONE = "none"
    ENDED = "ended"
    GOING_ON = "going on"
    FOLLOWED = "followed"


@dataclass(frozen=True, slots=True)
class BurstVerdict:
    """The verdict, with the fourteen days that it is about.

    `since` is the first day that was looked at, `None` if there cannot have been another burst before it.
    The figures of `burst` are retained stars; `after` has the days after it that are known.
    """

    kind: BurstKind
    burst: Burst | None = None
    since: date | None = None


def of_counted(burst: Burst) -> BurstVerdict:
    """Return the verdict about the best fourteen days of a repository whose history is recorded."""
    if burst.stars < _smallest(burst.total):
        return BurstVerdict(BurstKind.NONE, burst)
    return BurstVerdict(BurstKind.ENDED if is_ended_burst(burst) else BurstKind.FOLLOWED, burst)


def judge(first: date, stars: Sequence[int], total: int, *, is_whole: bool) -> BurstVerdict:
    """Return the verdict about the stars of consecutive days from `first` to today.

    `total` is the number of all stars. The history need not be whole; then a burst before it is not seen.
    """
    since = None if is_whole or not can_hold_burst(total - sum(stars), total) else first
    sums = [0, *accumulate(stars)]
    ends = range(1, len(sums))
    gains = [sums[end] - sums[max(end - BURST_DAYS, 0)] for end in ends]
    best = max(range(len(gains)), key=lambda index: (gains[index], -index), default=None)
    if best is None or total <= 0:
        return BurstVerdict(BurstKind.NONE, None, since)
    last = first + best * DAY
    after = sums[min(best + 1 + BURST_DAYS, len(stars))] - sums[best + 1]
    until = first + (len(stars) - 1) * DAY
    burst = Burst(
        last - (BURST_DAYS - 1) * DAY, last, gains[best], after, max(total, gains[best]), until, retained=True
    )
    verdict = of_counted(burst)
    if verdict.kind is not BurstKind.NONE and (until - last).days < BURST_DAYS:
        return BurstVerdict(BurstKind.GOING_ON, burst, since)
    return BurstVerdict(verdict.kind, burst, since)


def can_hold_burst(stars: int, total: int) -> bool:
    """Return whether so many of all stars are enough for a burst."""
    return stars >= _smallest(total)


def _smallest(total: int) -> float:
    return max(MIN_BURST_STARS, MIN_BURST_SHARE * total)
