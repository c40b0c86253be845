"""The stars per day of a project before and after it was added to a list."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from startrack.model import changes
from startrack.model.changes import Count
from startrack.model.count_history import CountHistory
from startrack.model.durations import DAY, MONTH
from startrack.model.history import StarsAround

__all__ = [
    "Effect",
    "NoEffect",
    "effect",
]


# A repository that is counted weekly has a count this near to any instant.
_MAX_DISTANCE = changes.WEEK_WINDOW.reach


class NoEffect(StrEnum):
    """Why the effect of a listing is not known."""

    TOO_SOON = "listed less than 30 days ago"
    NOT_COVERED = "neither counts nor retained stars cover the 30 days before and the 30 days after"


@dataclass(frozen=True, slots=True)
class Effect:
    """Stars per day in the 30 days before a listing and in the 30 days after it, by counts or by retained stars."""

    before: float
    after: float
    is_retained: bool


def effect(day: date, as_of: datetime, counts: CountHistory, around: StarsAround) -> Effect | NoEffect:
    """Compare the stars per day before and after a listing.

    By counts, if there is one within half a week of the listing, of 30 days before it and of 30 days after it. The
    rate is then per day between these counts. Otherwise by retained stars, if those of all these days are known.
    """
    start = datetime.combine(day, time())
    if start + MONTH > as_of:
        return NoEffect.TOO_SOON
    ends = (start + offset for offset in (-MONTH, timedelta(0), MONTH))
    first, middle, last = (counts.nearest(end, _MAX_DISTANCE) for end in ends)
    if first and middle and last:
        return Effect(_per_day(first, middle), _per_day(middle, last), is_retained=False)
    if around.before is not None and around.after is not None:
        return Effect(around.before / MONTH.days, around.after / MONTH.days, is_retained=True)
    return NoEffect.NOT_COVERED


def _per_day(earlier: Count, later: Count) -> float:
    return (later.stars - earlier.stars) / ((later.taken_at - earlier.taken_at) / DAY)
