"""Retained stars as a line: set upon the count, never below nothing, whatever the days hold."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from startrack.model.history import DateRange, RetainedStars, merged_ranges
from startrack.trends import retained
from startrack.trends.retained import TOLERANCE, NoLine

FIRST = date(2025, 1, 5)
GAINS = st.lists(st.integers(min_value=0, max_value=500), max_size=60)
STRETCHES = st.lists(st.tuples(st.integers(0, 80), st.integers(0, 9)), max_size=20)


def steps(gains: list[int]) -> list[tuple[date, int]]:
    """Return a step for each day."""
    return [(FIRST + timedelta(days=number), gain) for number, gain in enumerate(gains)]


@given(gains=GAINS, current=st.integers(0, 100), stars=st.integers(0, 40_000), is_whole=st.booleans())
def test_a_line_ends_at_the_count_and_keeps_every_gain(
    *,
    gains: list[int],
    current: int,
    stars: int,
    is_whole: bool,
) -> None:
    """What lies between two days is what was retained of the later one; the end lies at the count, nearly."""
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
def test_a_whole_history_that_adds_up_begins_at_nothing(gains: list[int], current: int, off: int) -> None:
    """Within two stars nothing is moved; the same days of a longer history are set back from the count."""
    stars = max(sum(gains) + current + off, 0)
    line = retained.anchored_levels(steps(gains), current, stars, is_whole=True)
    assert not isinstance(line, NoLine)
    assert not line or line[0].stars == gains[0]


def test_it_is_set_back_from_the_count() -> None:
    """A history whose beginning is not known, or that falls short, starts where the count says."""
    assert retained.anchored_levels(steps([3, 4]), 2, 109, is_whole=False) == (
        RetainedStars(FIRST, 103),
        RetainedStars(date(2025, 1, 6), 107),
    )
    assert retained.anchored_levels(steps([3, 4]), 2, 12, is_whole=True) == (
        RetainedStars(FIRST, 6),
        RetainedStars(date(2025, 1, 6), 10),
    )


def test_what_does_not_fit_says_why() -> None:
    """More retained than counted, or never counted: no line, and the reason."""
    assert retained.anchored_levels(steps([9]), 0, 8, is_whole=False) is NoLine.TOO_MANY
    assert retained.anchored_levels(steps([9]), 3, 9, is_whole=True) is NoLine.TOO_MANY
    assert retained.anchored_levels(steps([9]), 0, None, is_whole=True) is NoLine.NOT_COUNTED


@given(STRETCHES)
def test_stretches_are_joined_day_for_day(drawn: list[tuple[int, int]]) -> None:
    """No day is lost or made up, and no two of them touch."""
    stretches = [DateRange(FIRST + timedelta(days=a), FIRST + timedelta(days=a + more)) for a, more in drawn]
    found = merged_ranges(stretches)
    assert _days(found) == _days(stretches)
    assert all(later.first - earlier.last > timedelta(days=1) for later, earlier in pairwise(found))


def _days(stretches: list[DateRange] | tuple[DateRange, ...]) -> set[date]:
    return {
        each.first + timedelta(days=number) for each in stretches for number in range((each.last - each.first).days + 1)
    }
