"""What it brought a project to be listed: its stars a day before and after."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from startrack.models import Count
from startrack.past import DAY, Around

__all__ = ["DAYS", "Effect", "NoEffect", "effect"]

DAYS: Final = 30
_SPAN: Final = timedelta(days=DAYS)
# Half a week: lists that are counted weekly have their counts this near to any instant.
_NEAR: Final = timedelta(days=3.5)


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
    if start + _SPAN > as_of:
        return NoEffect.TOO_SOON
    first, middle, last = (_nearest(counts, start + offset) for offset in (-_SPAN, timedelta(0), _SPAN))
    if first and middle and last:
        return Effect(_per_day(first, middle), _per_day(middle, last), is_retained=False)
    if around.before is not None and around.after is not None:
        return Effect(around.before / DAYS, around.after / DAYS, is_retained=True)
    return NoEffect.NOT_COVERED


def _nearest(counts: Sequence[Count], instant: datetime) -> Count | None:
    place = bisect_left(counts, instant, key=lambda count: count.taken_at)
    near = min(counts[max(place - 1, 0) : place + 1], key=lambda count: abs(count.taken_at - instant), default=None)
    return near if near and abs(near.taken_at - instant) <= _NEAR else None


def _per_day(earlier: Count, later: Count) -> float:
    return (later.stars - earlier.stars) / ((later.taken_at - earlier.taken_at) / DAY)
