"""Retained stars as a line: what was kept of each step, set upon today's count."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import accumulate, pairwise

from startrack.model.changes import Window
from startrack.model.durations import DAY, WEEK
from startrack.model.history import RetainedStars

__all__ = ["TOLERANCE", "NoLine", "anchored_levels", "is_whole", "stand_in_days", "weekly_levels"]


TOLERANCE = 2
# How long before a report its newest retained week may have ended.
_SLACK = 2 * WEEK


class NoLine(StrEnum):
    """Why retained stars make no line."""

    NOT_COUNTED = "there is no count to set them upon"
    TOO_MANY = "they add up to more stars than were counted"


def anchored_levels(
    steps: Sequence[tuple[date, int]],
    current: int,
    stars: int | None,
    *,
    is_whole: bool,
) -> tuple[RetainedStars, ...] | NoLine:
    """Return the level at the end of each step, or why there is none.

    `steps` are the last days of consecutive spans with the stars retained of each, oldest first; `stars` is a
    count, and `current` what was retained from the last step until then, negative where they go on beyond it. A
    history that is whole and adds up to the count within two stars begins at nothing. Any other is set back from
    the count; where that takes it below nothing, it is told as unfit.
    """
    if stars is None:
        return NoLine.NOT_COUNTED
    total = sum(gain for _, gain in steps) + current
    start = 0 if is_whole and abs(total - stars) <= TOLERANCE else stars - total
    if start < 0:
        return NoLine.TOO_MANY
    levels = accumulate((gain for _, gain in steps), initial=start)
    return tuple(RetainedStars(day, level) for (day, _), (_, level) in zip(steps, pairwise(levels), strict=True))


def weekly_levels(
    weeks: Sequence[tuple[date, int]],
    anchor: tuple[bool, int, int | None],
    until: date,
) -> tuple[RetainedStars, ...] | NoLine:
    """Return the levels at the ends of weeks before a day, from the last hole in them on.

    `anchor` says whether the beginning is known, and is `current` and `stars` of `anchored`.
    """
    is_complete, current, stars = anchor
    hole = _hole(weeks)
    found = anchored_levels(weeks[hole:], current, stars, is_whole=is_complete and not hole)
    return found if isinstance(found, NoLine) else tuple(level for level in found if level.day < until)


def is_whole(weeks: Sequence[tuple[date, int]], anchor: tuple[bool, int, int | None]) -> bool:
    """Say whether a line of weeks reaches back to its beginning without a hole."""
    return anchor[0] and not _hole(weeks)


def _hole(weeks: Sequence[tuple[date, int]]) -> int:
    """Return the place of the first week after the last hole."""
    return max((place for place, (a, b) in enumerate(pairwise(weeks), start=1) if b[0] - a[0] > WEEK), default=0)


def stand_in_days(window: Window, as_of: datetime) -> tuple[date, date] | None:
    """Return where the days that stand in for a window may end: from the first day on, before the second.

    `None` for windows shorter than a week: weeks that have ended say nothing of the latest days.
    """
    if window.span < WEEK:
        return None
    end = as_of.date() + DAY
    return end - min(window.span, _SLACK) - DAY, end
