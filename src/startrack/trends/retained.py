"""Retained stars as a line over time that ends at today's count."""

from array import array
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import accumulate, islice, pairwise

from startrack.model.changes import Window
from startrack.model.durations import DAY, WEEK
from startrack.model.history import RetainedLine

__all__ = ["TOLERANCE", "NoLine", "anchored_levels", "is_whole", "stand_in_days", "weekly_levels"]


TOLERANCE = 2
"""By how many stars a whole history may differ from the count and still begin at 0."""

# A report's newest retained week may have ended this long before it.
_MAX_DELAY = 2 * WEEK


class NoLine(StrEnum):
    """Why retained stars make no line."""

    NOT_COUNTED = "there is no count to compare them with"
    TOO_MANY = "they add up to more stars than were counted"


def anchored_levels(
    steps: Sequence[tuple[date, int]],
    current: int,
    stars: int | None,
    *,
    is_whole: bool,
) -> RetainedLine | NoLine:
    """Return the retained stars at the end of each step, or why there are none.

    `steps` are consecutive spans, oldest first: the last day of each, and the stars retained of it. `stars` is a
    count. `current` is what was retained between the last step and the count; it is negative if the steps go on after
    the count. A whole history that adds up to the count, within `TOLERANCE`, begins at 0. Every other history is
    computed back from the count, and makes no line if that leads below 0.
    """
    if stars is None:
        return NoLine.NOT_COUNTED
    gains = [gain for _, gain in steps]
    total = sum(gains) + current
    start = 0 if is_whole and abs(total - stars) <= TOLERANCE else stars - total
    if start < 0:
        return NoLine.TOO_MANY
    levels = islice(accumulate(gains, initial=start), 1, None)
    return RetainedLine(array("i", (day.toordinal() for day, _ in steps)), array("q", levels))


def weekly_levels(
    weeks: Sequence[tuple[date, int]],
    anchor: tuple[bool, int, int | None],
    until: date,
) -> RetainedLine | NoLine:
    """Return the retained stars at the ends of the weeks before a day, from the last missing week on.

    `anchor` says whether the beginning is known, and has `current` and `stars` of `anchored_levels`.
    """
    is_complete, current, stars = anchor
    start = _start_after_last_hole(weeks)
    levels = anchored_levels(weeks[start:], current, stars, is_whole=is_complete and not start)
    return levels if isinstance(levels, NoLine) else levels.until(until)


def is_whole(weeks: Sequence[tuple[date, int]], anchor: tuple[bool, int, int | None]) -> bool:
    """Say whether the weeks are known from the first one on, without a missing week."""
    return anchor[0] and not _start_after_last_hole(weeks)


def _start_after_last_hole(weeks: Sequence[tuple[date, int]]) -> int:
    """Return the index of the first week after the last missing one."""
    return max((index for index, (a, b) in enumerate(pairwise(weeks), start=1) if b[0] - a[0] > WEEK), default=0)


def stand_in_days(window: Window, as_of: datetime) -> tuple[date, date] | None:
    """Return between which days a retained gain that replaces a change must end: the first is included.

    `None` for windows shorter than a week, because only ended weeks are known.
    """
    if window.span < WEEK:
        return None
    end = as_of.date() + DAY
    return end - min(window.span, _MAX_DELAY) - DAY, end
