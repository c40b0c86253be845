"""Rank changes, compared with a count of the projects with more stars."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from startrack.model.changes import Change, Count, Unknown, Window
from startrack.model.report import Project
from startrack.model.repository import Repository
from startrack.trends.rank_change import RankChange, rank_changes

WEEK = Window(7)
NOW = datetime(2026, 11, 23)
PAIRS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)) | st.sampled_from(Unknown), max_size=30)


def project(change: tuple[int, int] | Unknown) -> Project:
    """Return a project with these stars a week ago and now."""
    if isinstance(change, Unknown):
        return Project(Repository(1, "a/b"), None, {WEEK: change}, ())
    before, now = (Count(NOW - ago, stars, 0) for stars, ago in zip(change, (WEEK.span, timedelta()), strict=True))
    return Project(Repository(1, "a/b"), now, {WEEK: Change(before, now)}, ())


@given(PAIRS)
def test_rank_is_1_plus_the_projects_with_more_stars(pairs: list[tuple[int, int] | Unknown]) -> None:
    """At both ends of the window, among the projects known at both; the others keep their reason."""
    known = [pair for pair in pairs if not isinstance(pair, Unknown)]
    expected = [
        pair
        if isinstance(pair, Unknown)
        else RankChange(
            1 + sum(other[1] > pair[1] for other in known),
            1 + sum(other[0] > pair[0] for other in known),
        )
        for pair in pairs
    ]
    assert list(rank_changes([project(pair) for pair in pairs], WEEK)) == expected


def test_overtaking_project_gains_a_rank() -> None:
    """The overtaken project loses one. A new project at the top changes no rank."""
    changes = rank_changes([project(Unknown.TOO_YOUNG), project((10, 30)), project((20, 21)), project((1, 1))], WEEK)
    assert changes[0] is Unknown.TOO_YOUNG
    assert [change.won for change in changes if isinstance(change, RankChange)] == [1, -1, 0]


def test_window_outside_the_report_is_not_counted() -> None:
    """Projects have no change over a window that the report does not have."""
    assert rank_changes([project((1, 2))], Window(3)) == (Unknown.NOT_COUNTED,)
