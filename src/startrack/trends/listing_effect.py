"""When each repository was added to a list, and its stars before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from startrack.model import changes
from startrack.model.changes import Count
from startrack.model.durations import DAY, MONTH
from startrack.model.history import EntrySighting, ListingDate, ListingDateSource, StarsAround, UnknownListingDate
from startrack.trends import windows

__all__ = [
    "Effect",
    "NoEffect",
    "effect",
    "listing_dates",
]


def listing_dates(sightings: Iterable[EntrySighting], until: date) -> dict[int, ListingDate | UnknownListingDate]:
    """Return when each repository came into a list, as far as that was known on a day.

    What the first run found was there before it, so that run says nothing of when it came.
    """
    return {sighting.repo_id: _addition(sighting, until) for sighting in sightings}


def _addition(sighting: EntrySighting, until: date) -> ListingDate | UnknownListingDate:
    if sighting.listed_on is not None and sighting.listed_on <= until:
        return ListingDate(sighting.listed_on, ListingDateSource.GIT)
    if sighting.added_on <= sighting.list_read_on:
        return UnknownListingDate.FIRST_RUN
    return ListingDate(sighting.added_on, ListingDateSource.RECORD)


# What is counted weekly has a count this near to any instant.
_NEAR = changes.WEEK_WINDOW.reach


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


def effect(day: date, as_of: datetime, counts: Sequence[Count], around: StarsAround) -> Effect | NoEffect:
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
