"""Retained stars as a line: it ends at the count, and is never below 0."""

import pickle
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from startrack.model.history import DateRange, RetainedLine, RetainedStars, merge_ranges
from startrack.trends import retained
from startrack.trends.retained import TOLERANCE, NoLine

FIRST = date(2025, 1, 5)
GAINS = st.lists(st.integers(min_value=0, max_value=500), max_size=60)
STRETCHES = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 9)), max_size=20)


def steps(gains: list[int]) -> list[tuple[date, int]]:
    """Return one step for each day."""
    return [(FIRST + timedelta(days=number), gain) for number, gain in enumerate(gains)]


@given(gains=GAINS, current=st.integers(0, 100), stars=st.integers(0, 40_000), is_whole=st.booleans())
def test_a_line_ends_at_the_count_and_keeps_every_gain(
    *,
    gains: list[int],
    current: int,
    stars: int,
    is_whole: bool,
) -> None:
    """The difference between two days is the gain of the later one, and the last level fits the count."""
    line = retained.anchored_levels(steps(gains), current, stars, is_whole=is_whole)
    if isinstance(line, NoLine):
        assert line is NoLine.TOO_MANY
        assert sum(gains) + current > stars + TOLERANCE * is_whole
        return
    assert [level.day for level in line] == [day for day, _ in steps(gains)]
    assert [b.stars - a.stars for a, b in pairwise(line)] == gains[1:]
    assert all(level.stars >= 0 for level in line)
    if line:
        off = line[-1].stars + current - stars
        assert off == 0 or (is_whole and abs(off) <= TOLERANCE)


@given(GAINS, st.integers(0, 100), st.integers(-TOLERANCE, TOLERANCE))
def test_whole_history_that_adds_up_begins_at_0(gains: list[int], current: int, off: int) -> None:
    """A difference of up to two stars from the count is accepted."""
    stars = max(sum(gains) + current + off, 0)
    line = retained.anchored_levels(steps(gains), current, stars, is_whole=True)
    assert not isinstance(line, NoLine)
    assert not line or line[0].stars == gains[0]


def test_other_histories_are_computed_back_from_the_count() -> None:
    """The beginning is not known, or the gains add up to less than the count."""
    assert tuple(retained.anchored_levels(steps([3, 4]), 2, 109, is_whole=False)) == (
        RetainedStars(FIRST, 103),
        RetainedStars(date(2025, 1, 6), 107),
    )
    assert tuple(retained.anchored_levels(steps([3, 4]), 2, 12, is_whole=True)) == (
        RetainedStars(FIRST, 6),
        RetainedStars(date(2025, 1, 6), 10),
    )


def test_a_line_is_made_of_columns() -> None:
    """It takes twelve bytes a day, also on its way to the second process, and a part of it is a line again."""
    line = retained.anchored_levels(steps([1] * 400), 0, 400, is_whole=True)
    assert isinstance(line, RetainedLine)
    pickled = pickle.dumps(line, pickle.HIGHEST_PROTOCOL)
    assert len(pickled) < 400 * 12 + 500
    assert pickle.loads(pickled) == line  # noqa: S301 - our own
    assert line[-1] == RetainedStars(FIRST + timedelta(days=399), 400)
    assert tuple(line[1:3]) == tuple(line)[1:3]
    assert tuple(line.until(FIRST + timedelta(days=2))) == (line[0], line[1])


def test_history_without_a_line_has_a_reason() -> None:
    """More stars were retained than counted, or the repository was never counted."""
    assert retained.anchored_levels(steps([9]), 0, 8, is_whole=False) is NoLine.TOO_MANY
    assert retained.anchored_levels(steps([9]), 3, 9, is_whole=True) is NoLine.TOO_MANY
    assert retained.anchored_levels(steps([9]), 0, None, is_whole=True) is NoLine.NOT_COUNTED


@given(STRETCHES)
def test_merge_ranges_have_the_same_days(drawn: list[tuple[int, int]]) -> None:
    """No day is lost or added, and no two merged ranges touch."""
    stretches = [DateRange(FIRST + timedelta(days=a), FIRST + timedelta(days=a + more)) for a, more in drawn]
    found = merge_ranges(stretches)
    assert _days(found) == _days(stretches)
    assert all(later.first - earlier.last > timedelta(days=1) for later, earlier in pairwise(found))


def _days(stretches: list[DateRange] | tuple[DateRange, ...]) -> set[date]:
    return {
        each.first + timedelta(days=number) for each in stretches for number in range((each.last - each.first).days + 1)
    }
