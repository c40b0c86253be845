"""Gaps: which interval between two counts is one, and which days were missed."""

from datetime import date, datetime, timedelta

import pytest

from startrack.model.count_history import Times, to_microseconds
from startrack.trends import gaps
from startrack.trends.gaps import Gap

START = datetime(2026, 1, 1, 3)


def _times(*days: int) -> Times:
    """Return the instants at some numbers of days as the times of counts."""
    return Times(map(to_microseconds, _instants(*days)))


def _instants(*days: int) -> list[datetime]:
    return [START + timedelta(days=day) for day in days]


def test_gap_is_longer_than_three_times_the_usual_interval() -> None:
    """Three days after daily counts are no gap, four are."""
    assert gaps.find_gaps(_times(0, 1, 2, 3, 6)) == ()
    assert gaps.find_gaps(_times(0, 1, 2, 3, 7)) == (Gap(*_instants(3, 7)),)
    assert gaps.find_gaps(_times(0, 7, 14, 21, 42, 64)) == (Gap(*_instants(42, 64)),)


def test_two_counts_have_no_gap() -> None:
    """Their interval is the usual one, however long it is."""
    assert gaps.find_gaps(_times(0, 300)) == ()
    assert gaps.longest_interval([7]) == 0


@pytest.mark.parametrize(
    ("days", "missed"),
    [
        ([30], []),
        ([29, 30], []),
        ([28], [(29, 30)]),
        ([22, 23, 24, 25, 27, 30], [(26, 26), (28, 29)]),
        ([1, 29, 30], [(2, 28)]),
        ([2, 9, 16, 23, 30], []),
        ([2, 9, 16, 30], [(17, 29)]),
        ([3, 6, 10, 13, 17, 20, 24, 27], []),
    ],
)
def test_days_are_missed_after_twice_the_usual_interval(days: list[int], missed: list[tuple[int, int]]) -> None:
    """Daily, weekly and twice a week; today is not missed yet."""
    ranges = gaps.missed_days([date(2026, 11, day) for day in days], date(2026, 12, 1))
    assert [(each.first.day, each.last.day) for each in ranges] == missed
