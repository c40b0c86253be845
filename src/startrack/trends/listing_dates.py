"""Decides on which day each project was added to a list, from two recorded days.

`lists/git_history.py` finds the day in the list's git history, and `store/metadata_files.py` records it beside the
day of the first run that saw the entry.
"""

from collections.abc import Iterable
from datetime import date

from startrack.model.history import EntryDates, ListingDate, ListingDateSource, UnknownListingDate

__all__ = [
    "find_listing_dates",
]


def find_listing_dates(entries: Iterable[EntryDates], until: date) -> dict[int, ListingDate | UnknownListingDate]:
    """Return the day on which each repository was added to a list, as far as it was known on the day `until`.

    The git history of the list goes first. Otherwise it is the day of the first run that saw the entry, except for
    entries that the first run saw: they may be much older.
    """
    return {entry.repo_id: _listing_date(entry, until) for entry in entries}


def _listing_date(entry: EntryDates, until: date) -> ListingDate | UnknownListingDate:
    if entry.listed_on is not None and entry.listed_on <= until:
        return ListingDate(entry.listed_on, ListingDateSource.GIT)
    if entry.added_on <= entry.list_read_on:
        return UnknownListingDate.FIRST_RUN
    return ListingDate(entry.added_on, ListingDateSource.RUNS)
