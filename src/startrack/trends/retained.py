"""Retained stars as a line: what was kept of each step, set upon today's count."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from itertools import accumulate, pairwise

from startrack.past import Level

__all__ = ["TOLERANCE", "Unfit", "anchored"]

TOLERANCE = 2


class Unfit(StrEnum):
    """Why retained stars make no line."""

    NOT_COUNTED = "there is no count to set them upon"
    TOO_MANY = "they add up to more stars than were counted"


def anchored(
    steps: Sequence[tuple[date, int]], current: int, stars: int | None, *, is_whole: bool
) -> tuple[Level, ...] | Unfit:
    """Return the level at the end of each step, or why there is none.

    `steps` are the last days of consecutive spans with the stars retained of each, oldest first; `current` is
    what the days since brought, and `stars` was counted when all that was fetched. A history that is whole and
    adds up to the count within two stars begins at nothing. Any other is set back from the count; where that
    takes it below nothing, it is told as unfit.
    """
    if stars is None:
        return Unfit.NOT_COUNTED
    total = sum(gain for _, gain in steps) + current
    start = 0 if is_whole and abs(total - stars) <= TOLERANCE else stars - total
    if start < 0:
        return Unfit.TOO_MANY
    levels = accumulate((gain for _, gain in steps), initial=start)
    return tuple(Level(day, level) for (day, _), (_, level) in zip(steps, pairwise(levels), strict=True))
