"""Ranks, and stars at the same age, compared with figures computed by hand."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from startrack.model.changes import Count
from startrack.model.count_history import CountHistory
from startrack.model.history import RetainedStars
from startrack.trends import peers
from startrack.trends.peers import NotComparable, Rank, SameAge, StarsByAge

AS_OF = datetime(2026, 11, 23, 3)


def counts(stars: dict[int, int]) -> CountHistory:
    """Return counts with these stars, by days before the report."""
    rows = sorted(stars.items(), reverse=True)
    return CountHistory.of(Count(AS_OF - timedelta(days=day), number, 0) for day, number in rows)


def test_rank_is_1_plus_the_projects_with_more_stars() -> None:
    """Projects with equal stars share a rank; a week is ranked by its nearest counts."""
    ranks = peers.ranks(
        {1: counts({6: 10, 0: 40}), 2: counts({1: 30}), 3: counts({0: 30}), 4: counts({0: 1})},
        AS_OF,
    )
    assert [(own[-1].place, own[-1].of) for own in ranks.values()] == [(1, 4), (2, 4), (2, 4), (4, 4)]


def test_week_ranks_projects_counted_in_it() -> None:
    """A week ends a multiple of seven days before the report. A project without others has no rank."""
    ranks = peers.ranks({1: counts({14: 5, 7: 9, 0: 9}), 2: counts({8: 7, 7: 8, 0: 10}), 3: counts({30: 1})}, AS_OF)
    week = timedelta(days=7)
    assert ranks[1] == (Rank(AS_OF - week, 1, 2), Rank(AS_OF, 2, 2))
    assert ranks[2] == (Rank(AS_OF - week, 2, 2), Rank(AS_OF, 1, 2))
    assert ranks[3] == ()


def test_best_rank_is_among_the_most_projects() -> None:
    """Of equal ranks, the one among more projects is better, and then the later one."""
    weeks = [
        Rank(AS_OF - timedelta(days=7 * back), *rank) for back, rank in enumerate([(2, 9), (1, 5), (1, 8), (1, 8)])
    ]
    assert peers.best_rank(weeks) == weeks[2]
    assert peers.best_rank(()) is None


@given(st.dictionaries(st.integers(1, 30), st.lists(st.integers(0, 50), min_size=1, max_size=30)))
def test_ranks_are_those_of_a_sorted_list(stars: dict[int, list[int]]) -> None:
    """The latest rank is 1 plus the number of projects with more stars, among all projects."""
    histories = {repo_id: counts(dict(enumerate(own))) for repo_id, own in stars.items()}
    ranks = peers.ranks(histories, AS_OF)
    now = {repo_id: own[0] for repo_id, own in stars.items()}
    for repo_id, own in ranks.items():
        if len(now) > 1:
            assert own[-1].place == 1 + sum(other > now[repo_id] for other in now.values())
            assert own[-1].of == len(now)


def life(created: date | None, stars: dict[int, int], retained: dict[date, int] | None = None) -> StarsByAge:
    """Return stars by age: counts by days before the report, and retained stars by day."""
    return StarsByAge(created, counts(stars), [RetainedStars(day, number) for day, number in (retained or {}).items()])


def test_stars_are_compared_at_the_same_age() -> None:
    """A project of 70 days is compared with the others in the same week of their lives."""
    young = life(date(2026, 9, 14), {0: 50})  # 70 days: week 10 of its life
    old = [life(date(2026, 1, 1), {245: n * 20, 0: 9_000}) for n in range(1, 6)]  # 81 days old when counted first
    fits = [life(date(2026, 1, 1), {252: n * 20, 0: 9_000}) for n in range(1, 6)]  # and 74
    assert peers.same_age(dict(enumerate([young, *old])))[0] is NotComparable.TOO_FEW
    found = peers.same_age(dict(enumerate([young, *fits])))[0]
    assert found == SameAge(week=10, stars=50, fewer=2, others=5, retained=0)
    assert isinstance(found, SameAge)
    assert found.percent == 40


def test_retained_stars_replace_counts_that_are_missing() -> None:
    """A project without a count at that age is compared by retained stars; a count has precedence."""
    young = life(date(2026, 9, 14), {0: 50})
    day = date(2026, 3, 14)  # 72 days after their creation
    others = [life(date(2026, 1, 1), {0: 9_000}, {day: n * 20}) for n in range(1, 5)]
    both = life(date(2026, 1, 1), {252: 10, 0: 9_000}, {day: 99})
    found = peers.same_age(dict(enumerate([young, *others, both])))[0]
    assert found == SameAge(week=10, stars=50, fewer=3, others=5, retained=4)


def test_project_that_cannot_be_compared_has_a_reason() -> None:
    """No creation date, no count, or too few other projects."""
    found = peers.same_age({1: life(None, {0: 5}), 2: life(date(2026, 1, 1), {}), 3: life(date(2026, 1, 1), {0: 5})})
    assert list(found.values()) == [NotComparable.NO_BEGINNING, NotComparable.NOT_COUNTED, NotComparable.TOO_FEW]


def test_counts_before_the_creation_are_ignored() -> None:
    """A repository that was deleted and created again is younger than its counts."""
    reborn = life(date(2026, 11, 20), {100: 500, 0: 3})
    others = [life(date(2026, 11, 20), {0: n}) for n in range(1, 6)]
    assert peers.same_age(dict(enumerate([reborn, *others])))[0] == SameAge(0, 3, fewer=2, others=5, retained=0)
