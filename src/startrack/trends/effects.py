"""What it brought a project to be listed: its stars a day before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from startrack.models import Count
from startrack.past import DAY, MONTH, Around
from startrack.trends import windows

__all__ = ["Effect", "NoEffect", "effect"]

# What is counted weekly has a count this near to any instant.
_NEAR = windows.WEEK.reach


class NoEffect(StrEnum):
    """Why the effect of a listing is not known."""

    TOO_SOON = "it was listed less than 30 days before"
    NOT_COVERED = "neither counts nor retained stars are known of the 30 days before and the 30 after"


@dataclass(frozen=True, slots=True)
class Effect:
    """Stars a day in the 30 days before a listing and in the 30 after; both by counts, or both retained."""

    before: float
    after: float
    is_retained: bool


def effect(day: date, as_of: datetime, counts: Sequence[Count], around: Around) -> Effect | NoEffect:
    """Return what a listing on a day brought.

    By counts where one lies within half a week of the day, of 30 days before it and of 30 days after it, over the
    days that really passed between them; else by the stars retained of all of these days.
    """
    start = datetime.combine(day, time())
    if start + MONTH > as_of:
        return NoEffect.TOO_SOON
    ends = (start + offset for offset in (-MONTH, timedelta(0), MONTH))
    first, middle, last = (windows.nearest(counts, end, _NEAR) for end in ends)
    if first and middle and last:
        return Effect(_per_day(first, middle), _per_day(middle, last), is_retained=False)
    if around.before is not None and around.after is not None:
        return Effect(around.before / MONTH.days, around.after / MONTH.days, is_retained=True)
    return NoEffect.NOT_COVERED


def _per_day(earlier: Count, later: Count) -> float:
    return (later.stars - earlier.stars) / ((later.taken_at - earlier.taken_at) / DAY)
