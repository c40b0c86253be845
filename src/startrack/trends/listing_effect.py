"""When each repository was added to a list, and how many stars it gained before and after that."""

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
    """Return the day on which each repository was added to a list, as far as it was known at the end of `until`.

    Entries that the first run found were added before it, on an unknown day.
    """
    return {sighting.repo_id: _listing_date(sighting, until) for sighting in sightings}


def _listing_date(sighting: EntrySighting, until: date) -> ListingDate | UnknownListingDate:
    if sighting.listed_on is not None and sighting.listed_on <= until:
        return ListingDate(sighting.listed_on, ListingDateSource.GIT)
    if sighting.added_on <= sighting.list_read_on:
        return UnknownListingDate.FIRST_RUN
    return ListingDate(sighting.added_on, ListingDateSource.RECORD)


# A repository that is counted weekly has a count this near to any instant.
_MAX_DISTANCE = changes.WEEK_WINDOW.reach


class NoEffect(StrEnum):
    """Why the effect of a listing is not known."""

    TOO_SOON = "listed less than 30 days ago"
    NOT_COVERED = "no counts and no retained stars for the 30 days before and the 30 days after"


@dataclass(frozen=True, slots=True)
class Effect:
    """Stars per day in the 30 days before a listing and in the 30 days after it, by counts or by retained stars."""

    before: float
    after: float
    is_retained: bool


def effect(day: date, as_of: datetime, counts: Sequence[Count], around: StarsAround) -> Effect | NoEffect:
    """Compare the stars per day before and after a listing.

    By counts, if there is one within half a week of the listing, of 30 days before it and of 30 days after it. The
    rate is then per day between these counts. Otherwise by retained stars, if those of all these days are known.
    """
    start = datetime.combine(day, time())
    if start + MONTH > as_of:
        return NoEffect.TOO_SOON
    ends = (start + offset for offset in (-MONTH, timedelta(0), MONTH))
    first, middle, last = (windows.nearest(counts, end, _MAX_DISTANCE) for end in ends)
    if first and middle and last:
        return Effect(_per_day(first, middle), _per_day(middle, last), is_retained=False)
    if around.before is not None and around.after is not None:
        return Effect(around.before / MONTH.days, around.after / MONTH.days, is_retained=True)
    return NoEffect.NOT_COVERED


def _per_day(earlier: Count, later: Count) -> float:
    return (later.stars - earlier.stars) / ((later.taken_at - earlier.taken_at) / DAY)
