"""Section totals include only projects counted throughout, so that only stars move the line."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from startrack.dashboards.pages.compare import section_totals
from startrack.dashboards.pages.compare.section_totals import History, SectionTotal
from startrack.model.count_history import Times, to_microseconds

START = datetime(2026, 1, 1, 3)


def _history(stars: dict[int, int]) -> History:
    days = sorted(stars)
    times = Times(to_microseconds(START + timedelta(days=day)) for day in days)
    return times, ([stars[day] for day in days], [2 * stars[day] for day in days])


HISTORIES = st.lists(st.dictionaries(st.integers(0, 40), st.integers(0, 1000), max_size=30).map(_history), max_size=6)


def _steady(days: Sequence[int], stars: int) -> History:
    return _history({day: stars + day for day in days})


def _values(found: SectionTotal | None) -> list[int | None]:
    assert found
    return list(found.track.values[0])


@given(HISTORIES)
def test_every_sum_is_one_of_the_same_projects(histories: list[History]) -> None:
    """The last total is the sum of the last counts of the included projects, for every column."""
    found = section_totals.add_up(histories)
    counted = [stars for times, (stars, _) in histories if times]
    if found is None:
        assert not counted
        return
    stars, forks = found.track.values
    assert [value and 2 * value for value in stars] == list(forks)
    lasts = sorted(stars[-1] for stars in counted)
    assert sum(lasts[: found.known]) <= (stars[-1] or 0) <= sum(lasts[len(lasts) - found.known :])


def test_it_adds_up() -> None:
    """Projects counted on the same days are all included from the first day on."""
    found = section_totals.add_up([_steady(range(5), 10), _steady(range(5), 100)])
    assert _values(found) == [110, 112, 114, 116, 118]
    assert found
    assert (found.known, found.track.start) == (2, START)


def test_a_newcomer_does_not_make_it_jump() -> None:
    """The total starts when half of the projects were counted; later ones are left out."""
    found = section_totals.add_up([_steady(range(10), 0), _steady(range(10), 0), _steady(range(5, 10), 5_000)])
    assert _values(found) == [2 * day for day in range(10)]
    assert found
    assert found.known == 2


def test_who_left_stays_out() -> None:
    """A project that is no longer counted at the end is left out completely."""
    found = section_totals.add_up([_steady(range(30), 0), _steady(range(10), 5_000)])
    assert _values(found) == list(range(30))


def test_a_project_with_a_gap_of_its_own_counts_from_its_end() -> None:
    """A day without a count keeps the count before it."""
    gap = [*range(5), *range(20, 30)]
    once = [day for day in range(30) if day != 7]
    found = section_totals.add_up([_steady(range(30), 0), _steady(once, 0), _steady(gap, 5_000)])
    assert _values(found) == [2 * day - (day == 7) for day in range(30)]


def test_a_gap_of_all_is_nobodys() -> None:
    """Days without any count break the line, and no project is left out."""
    days = [*range(5), *range(20, 25)]
    found = section_totals.add_up([_steady(days, 0), _steady(days, 10)])
    assert _values(found) == [10, 12, 14, 16, 18, None, 50, 52, 54, 56, 58]
    assert found
    assert found.known == 2
