"""Counts as columns give the same values as a list of counts, in a fraction of its memory."""

import pickle
import sys
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from startrack.model.changes import Count, to_instant
from startrack.model.count_history import NO_COUNTS, CountHistory, to_microseconds

START = datetime(2026, 1, 1)
INSTANTS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
NUMBERS = st.integers(0, 2**62)
ROWS = st.lists(
    st.builds(Count, INSTANTS, NUMBERS, NUMBERS, st.none() | NUMBERS), max_size=30, unique_by=lambda row: row.taken_at
).map(lambda rows: sorted(rows, key=lambda row: row.taken_at))


@given(ROWS)
def test_columns_give_the_counts_back(rows: list[Count]) -> None:
    """By index, by slice, in order, and after a journey to another process."""
    counts = CountHistory.of(rows)
    assert list(counts) == [counts[i] for i in range(len(counts))] == rows
    assert list(counts[1:3]) == rows[1:3]
    assert counts.instants == [row.taken_at for row in rows]
    assert pickle.loads(pickle.dumps(counts)) == counts  # noqa: S301 - our own


@given(ROWS)
def test_commits_that_are_not_known_are_no_number(rows: list[Count]) -> None:
    """They are `None`, and left out of the known ones together with their times."""
    counts = CountHistory.of(rows)
    known = [(row.taken_at, row.commits) for row in rows if row.commits is not None]
    times, totals = counts.known_commits()
    assert [(to_instant(time), total) for time, total in zip(times, totals, strict=True)] == known
    assert list(counts.commits) == [row.commits for row in rows]


@given(ROWS, INSTANTS, INSTANTS)
def test_counts_between_two_instants_include_both(rows: list[Count], one: datetime, other: datetime) -> None:
    """As many as a comparison of each count with both finds."""
    first, last = min(one, other), max(one, other)
    assert list(CountHistory.of(rows).between(first, last)) == [row for row in rows if first <= row.taken_at <= last]


@given(INSTANTS)
def test_an_instant_survives_as_a_number(instant: datetime) -> None:
    """To the microsecond, before 1970 too."""
    assert to_instant(to_microseconds(instant)) == instant


def test_a_year_of_counts_is_small() -> None:
    """Less than 40 bytes a count, of which the times are shared by all repositories of a report."""
    counts = CountHistory.of(Count(START + timedelta(days=day), 10**6 + day, 10**5, 10**5) for day in range(365))
    columns = (counts.stars, counts.forks, counts.commits.values, counts.times)
    assert sum(map(sys.getsizeof, columns)) < 40 * 365
    assert not NO_COUNTS
