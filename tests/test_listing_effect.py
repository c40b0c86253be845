"""The effect of a listing and its date, compared with figures computed by hand."""

from datetime import date, datetime, timedelta

from startrack.model.changes import Count
from startrack.model.count_history import NO_COUNTS, CountHistory
from startrack.model.history import EntryDates, ListingDate, ListingDateSource, StarsAround, UnknownListingDate
from startrack.trends import listing_dates, listing_effect
from startrack.trends.listing_effect import Effect, NoEffect

AS_OF = datetime(2026, 11, 23, 3)
UNKNOWN = StarsAround(None, None)
LISTED = date(2026, 9, 1)  # 83 days before the report


def counts(stars: dict[int, int]) -> CountHistory:
    """Return counts with these stars, by days before the report."""
    rows = sorted(stars.items(), reverse=True)
    return CountHistory.of(Count(AS_OF - timedelta(days=day), number, 0) for day, number in rows)


def test_effect_is_by_counts_if_both_sides_have_them() -> None:
    """Per day between the counts: 30 stars in 31 days before, 90 in 29 days after."""
    found = listing_effect.effect(LISTED, AS_OF, counts({114: 100, 83: 130, 54: 220, 0: 999}), StarsAround(1, 2))
    assert found == Effect(30 / 31, 90 / 29, is_retained=False)


def test_effect_is_by_retained_stars_otherwise() -> None:
    """Counts on one side are not compared with retained stars on the other."""
    one_side = counts({83: 130, 53: 220, 0: 999})
    assert listing_effect.effect(LISTED, AS_OF, one_side, StarsAround(45, 0)) == Effect(1.5, 0, is_retained=True)
    assert listing_effect.effect(LISTED, AS_OF, one_side, StarsAround(45, None)) is NoEffect.NOT_COVERED
    assert listing_effect.effect(LISTED, AS_OF, NO_COUNTS, UNKNOWN) is NoEffect.NOT_COVERED


def test_effect_needs_thirty_days() -> None:
    """Before thirty days have passed, the effect is not known."""
    daily = counts({day: 500 - day for day in range(200)})
    for days, known in ((29, False), (31, True)):
        found = listing_effect.effect((AS_OF - timedelta(days=days)).date(), AS_OF, daily, StarsAround(1, 1))
        assert isinstance(found, Effect) is known
        assert known or found is NoEffect.TOO_SOON


def sighting(repo_id: int, added_on: date, listed_on: date | None = None) -> EntryDates:
    """Return a sighting in a list that was first read on January 1."""
    return EntryDates(repo_id, added_on, date(2026, 1, 1), listed_on)


def test_git_history_has_precedence_over_runs() -> None:
    """Otherwise the date is that of the first run with the entry, unless that was the first run at all."""
    sightings = [
        sighting(1, date(2026, 2, 2), date(2025, 5, 5)),
        sighting(2, date(2026, 2, 2)),
        sighting(3, date(2026, 1, 1)),
    ]
    assert listing_dates.find_listing_dates(sightings, AS_OF.date()) == {
        1: ListingDate(date(2025, 5, 5), ListingDateSource.GIT),
        2: ListingDate(date(2026, 2, 2), ListingDateSource.RUNS),
        3: UnknownListingDate.FIRST_RUN,
    }


def test_later_dates_are_not_known_in_an_earlier_report() -> None:
    """A date from git after the day of the report is ignored."""
    sightings = [sighting(1, date(2026, 1, 1), date(2025, 12, 24))]
    assert listing_dates.find_listing_dates(sightings, date(2025, 12, 23)) == {1: UnknownListingDate.FIRST_RUN}
    assert listing_dates.find_listing_dates(sightings, date(2025, 12, 24)) == {
        1: ListingDate(date(2025, 12, 24), ListingDateSource.GIT)
    }
