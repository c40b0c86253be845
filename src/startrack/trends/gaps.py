"""Gaps: periods in which nothing was counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

__all__ = [
    "GAP_FACTOR",
    "Gap",
    "gaps",
]


GAP_FACTOR: Final = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without a count: the last instant before it and the first after it."""

    before: datetime
    after: datetime


def gaps(instants: Sequence[datetime]) -> tuple[Gap, ...]:
    """Return where nothing was counted for more than three times the usual distance between counts."""
    usual = usual_step(instants)
    return tuple(Gap(a, b) for a, b in pairwise(instants) if b - a > GAP_FACTOR * usual)


def usual_step(instants: Sequence[datetime]) -> timedelta:
    steps = sorted(b - a for a, b in pairwise(instants))
    return steps[len(steps) // 2] if steps else timedelta(0)
