"""Ranks, ages, listings and spikes, against figures worked out by hand."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from startrack.model.changes import Count
from startrack.model.history import (
    EntrySighting,
    ListingDate,
    ListingDateSource,
    RetainedStars,
    StarsAround,
    UnknownListingDate,
)
from startrack.trends import listing_effect, peers
from startrack.trends.listing_effect import Effect, NoEffect
from startrack.trends.peers import NotComparable, Rank, SameAge, StarsByAge
from startrack.trends.windows import spike_weeks

AS_OF = datetime(2026, 11, 23, 3)
UNKNOWN = StarsAround(None, None)


def counts(stars: dict[int, int]) -> list[Count]:
    """Return counts so many days before the report."""
    return [Count(AS_OF - timedelta(days=day), each, 0) for day, each in sorted(stars.items(), reverse=True)]


# ── Ranks ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_rank_is_one_more_than_have_more_stars() -> None:
    """Those with as many stars share a place; the last count of a week stands for it."""
    ranks = peers.ranks(
        {1: counts({6: 10, 0: 40}), 2: counts({1: 30}), 3: counts({0: 30}), 4: counts({0: 1})},
        AS_OF,
    )
    assert [(found[-1].place, found[-1].of) for found in ranks.values()] == [(1, 4), (2, 4), (2, 4), (4, 4)]


def test_each_week_ranks_those_counted_in_it() -> None:
    """A week runs up to a multiple of seven days before the report, that instant included; alone there is no rank."""
    ranks = peers.ranks({1: counts({14: 5, 7: 9, 0: 9}), 2: counts({8: 7, 7: 8, 0: 10}), 3: counts({30: 1})}, AS_OF)
    week = timedelta(days=7)
    assert ranks[1] == (Rank(AS_OF - week, 1, 2), Rank(AS_OF, 2, 2))
    assert ranks[2] == (Rank(AS_OF - week, 2, 2), Rank(AS_OF, 1, 2))
    assert ranks[3] == ()


def test_the_best_rank_is_among_the_most() -> None:
    """Of equal places that among more projects is better, and then the later one."""
    weeks = [
        Rank(AS_OF - timedelta(days=7 * back), *each) for back, each in enumerate([(2, 9), (1, 5), (1, 8), (1, 8)])
    ]
    assert peers.best_rank(weeks) == weeks[2]
    assert peers.best_rank(()) is None


@given(st.dictionaries(st.integers(1, 30), st.lists(st.integers(0, 50), min_size=1, max_size=30)))
def test_places_are_those_of_a_sorted_list(stars: dict[int, list[int]]) -> None:
    """The best and the worst of each week are where they must be, and nobody is left out."""
    histories = {repo_id: counts(dict(enumerate(each))) for repo_id, each in stars.items()}
    ranks = peers.ranks(histories, AS_OF)
    now = {repo_id: each[0] for repo_id, each in stars.items()}
    for repo_id, found in ranks.items():
        if len(now) > 1:
            assert found[-1].place == 1 + sum(other > now[repo_id] for other in now.values())
            assert found[-1].of == len(now)


# ── The same age ─────────────────────────────────────────────────────────────────────────────────────────


def life(created: date | None, stars: dict[int, int], retained: dict[date, int] | None = None) -> StarsByAge:
    """Return a life with counts so many days before the report, and retained stars at the ends of days."""
    return StarsByAge(created, counts(stars), [RetainedStars(day, each) for day, each in (retained or {}).items()])


def test_stars_are_compared_at_the_same_age() -> None:
    """One of 70 days is set beside what others had when they were in the eleventh week of their lives."""
    young = life(date(2026, 9, 14), {0: 50})  # 70 days: week 10 of its life
    old = [life(date(2026, 1, 1), {245: n * 20, 0: 9_000}) for n in range(1, 6)]  # 81 days old when counted first
    fits = [life(date(2026, 1, 1), {252: n * 20, 0: 9_000}) for n in range(1, 6)]  # and 74
    assert peers.same_age(dict(enumerate([young, *old])))[0] is NotComparable.TOO_FEW
    found = peers.same_age(dict(enumerate([young, *fits])))[0]
    assert found == SameAge(week=10, stars=50, fewer=2, others=5, retained=0)
    assert isinstance(found, SameAge)
    assert found.percent == 40


def test_retained_stars_stand_in_and_are_told() -> None:
    """Of whom no count is known at that age, whole retained stars may be; a count goes before them."""
    young = life(date(2026, 9, 14), {0: 50})
    day = date(2026, 3, 14)  # 72 days after they began
    others = [life(date(2026, 1, 1), {0: 9_000}, {day: n * 20}) for n in range(1, 5)]
    both = life(date(2026, 1, 1), {252: 10, 0: 9_000}, {day: 99})
    found = peers.same_age(dict(enumerate([young, *others, both])))[0]
    assert found == SameAge(week=10, stars=50, fewer=3, others=5, retained=4)


def test_what_cannot_be_compared_says_why() -> None:
    """Without a birthday, without a count, and among too few."""
    found = peers.same_age({1: life(None, {0: 5}), 2: life(date(2026, 1, 1), {}), 3: life(date(2026, 1, 1), {0: 5})})
    assert list(found.values()) == [NotComparable.NO_BEGINNING, NotComparable.NOT_COUNTED, NotComparable.TOO_FEW]


def test_counts_before_the_birthday_are_of_another_life() -> None:
    """A repository that was made anew is not as old as its name."""
    reborn = life(date(2026, 11, 20), {100: 500, 0: 3})
    others = [life(date(2026, 11, 20), {0: n}) for n in range(1, 6)]
    assert peers.same_age(dict(enumerate([reborn, *others])))[0] == SameAge(0, 3, fewer=2, others=5, retained=0)


# ── Listings ─────────────────────────────────────────────────────────────────────────────────────────────

LISTED = date(2026, 9, 1)  # 83 days before the report


def test_a_listing_is_told_by_counts_where_both_sides_are() -> None:
    """Over the days that really passed: 30 stars in 31 days before, 90 in 29 after."""
    found = listing_effect.effect(LISTED, AS_OF, counts({114: 100, 83: 130, 54: 220, 0: 999}), StarsAround(1, 2))
    assert found == Effect(30 / 31, 90 / 29, is_retained=False)


def test_a_listing_is_told_by_retained_stars_else() -> None:
    """Counts of one side alone are not set beside retained stars of the other."""
    one_side = counts({83: 130, 53: 220, 0: 999})
    assert listing_effect.effect(LISTED, AS_OF, one_side, StarsAround(45, 0)) == Effect(1.5, 0, is_retained=True)
    assert listing_effect.effect(LISTED, AS_OF, one_side, StarsAround(45, None)) is NoEffect.NOT_COVERED
    assert listing_effect.effect(LISTED, AS_OF, (), UNKNOWN) is NoEffect.NOT_COVERED


def test_a_listing_needs_its_month() -> None:
    """Before thirty days have passed nothing is said, whatever is known."""
    daily = counts({day: 500 - day for day in range(200)})
    for days, known in ((29, False), (31, True)):
        found = listing_effect.effect((AS_OF - timedelta(days=days)).date(), AS_OF, daily, StarsAround(1, 1))
        assert isinstance(found, Effect) is known
        assert known or found is NoEffect.TOO_SOON


def seen(repo_id: int, added_on: date, listed_on: date | None = None) -> EntrySighting:
    """Return a repository of a list that was first read on the first of January."""
    return EntrySighting(repo_id, added_on, date(2026, 1, 1), listed_on)


def test_git_goes_before_the_runs() -> None:
    """Its day counts; else that of the run that first saw the entry, but for the first run."""
    sightings = [
        seen(1, date(2026, 2, 2), date(2025, 5, 5)),
        seen(2, date(2026, 2, 2)),
        seen(3, date(2026, 1, 1)),
    ]
    assert listing_effect.listing_dates(sightings, AS_OF.date()) == {
        1: ListingDate(date(2025, 5, 5), ListingDateSource.GIT),
        2: ListingDate(date(2026, 2, 2), ListingDateSource.RECORD),
        3: UnknownListingDate.FIRST_RUN,
    }


def test_a_report_of_earlier_knows_nothing_of_later() -> None:
    """What git dates after the report's day had not come yet."""
    sightings = [seen(1, date(2026, 1, 1), date(2025, 12, 24))]
    assert listing_effect.listing_dates(sightings, date(2025, 12, 23)) == {1: UnknownListingDate.FIRST_RUN}
    assert listing_effect.listing_dates(sightings, date(2025, 12, 24)) == {
        1: ListingDate(date(2025, 12, 24), ListingDateSource.GIT)
    }


# ── Spikes ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_spike_is_more_than_the_four_weeks_before() -> None:
    """As much as these together is none yet; after losses ten stars are enough, and nine are not."""
    assert spike_weeks([5, 5, 5, 5, 20, 35, 5]) == ()
    assert spike_weeks([5, 5, 5, 5, 21]) == (4,)
    assert spike_weeks([-5, -5, -5, -5, 9, 10]) == (5,)


def test_no_spike_after_a_gap() -> None:
    """Where a week before it is not known, nothing is known to stand out."""
    assert spike_weeks([5, None, 5, 5, 500]) == ()
    assert spike_weeks([None, 5, 5, 5, 5, None]) == ()
    assert spike_weeks([]) == ()
