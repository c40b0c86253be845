"""Windows at uneven times: the pure rule and the statement behind it, against the words of the rule."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import expected_figures
from startrack import files
from startrack.model import changes
from startrack.model.changes import Change, Count, Window
from startrack.model.count_history import CountHistory
from startrack.model.repository import Counted, Observation, Repository
from startrack.model.runs import Run
from startrack.store import queries, sync
from startrack.store.database import Database, Session
from startrack.store.snapshots import Snapshots
from startrack.trends import peers, windows

ORIGIN = datetime(2026, 1, 1)
HOUR = timedelta(hours=1)
# Hours from the origin: few enough that some lie equally far from a start, and some days have none.
HOURS = st.sets(st.integers(0, 24 * 60), max_size=40).map(sorted)
LONG = st.sets(st.integers(0, 24 * 500), max_size=60).map(sorted)


def counts(hours: Sequence[int]) -> CountHistory:
    """Return a count at each of some hours; its stars are its hour, so that no two are alike."""
    return CountHistory.of(Count(ORIGIN + hour * HOUR, hour, 0) for hour in hours)


def rows(hours: Sequence[int]) -> list[expected_figures.Row]:
    """Return the same counts in plain values."""
    return [expected_figures.Row(ORIGIN + hour * HOUR, "o/a", hour, 0, None) for hour in hours]


@given(LONG, st.integers(0, 24 * 500), st.sampled_from([1, 2, 7, 13, 14, 30, 90, 365]))
@example([0, 24, 48], 36, 1)  # the start is as far from one count as from the next
@example([23, 24], 24, 1)  # the last count alone is in reach
def test_a_change_is_what_the_rule_says(hours: list[int], now: int, days: int) -> None:
    """Whatever the times of the counts and the instant of the report."""
    as_of, window = ORIGIN + now * HOUR, Window(days)
    known = counts(hours).between(ORIGIN, as_of)
    near = known.nearest(as_of - window.span, window.reach)
    born = ORIGIN + hours[0] * HOUR if hours else None
    change = windows.window_change(window, as_of, known[-1] if known else None, near, born)
    assert _plain(change) == _plain(expected_figures.change(rows(hours), days, as_of))


def _plain(change: Change | expected_figures.Change | str) -> tuple[int, int, float, float | None] | str:
    if isinstance(change, str):
        return str(change)
    return change.baseline.stars, change.current.stars, change.per_day, change.percent


@given(LONG, st.integers(0, 24 * 500))
def test_acceleration_is_what_the_rule_says(hours: list[int], now: int) -> None:
    """Weeks lie between the counts nearest to their ends."""
    as_of = ORIGIN + now * HOUR
    known = counts(hours).between(ORIGIN, as_of)
    starts = (known.nearest(start, changes.WEEK_WINDOW.reach) for start in windows.week_starts(as_of))
    found = windows.acceleration([known[-1] if known else None, *starts])
    assert found == pytest.approx(expected_figures.accelerating(rows(hours), as_of))


@given(st.lists(HOURS, min_size=2, max_size=5))
def test_ranks_are_of_the_counts_nearest_to_each_week(hours: list[list[int]]) -> None:
    """Weekly counts that come an hour late are ranked in their week all the same."""
    as_of = ORIGIN + timedelta(days=60)
    found = peers.ranks({number: counts(each) for number, each in enumerate(hours)}, as_of)
    for number, each in enumerate(hours):
        ranked = {}
        for back in range(10):
            end = as_of - timedelta(weeks=back)
            stars = {i: near.stars for i, one in enumerate(hours) if (near := _near(one, end))}
            if number in stars and len(stars) > 1:
                ranked[end] = (1 + sum(other > stars[number] for other in stars.values()), len(stars))
        assert {rank.end: (rank.place, rank.of) for rank in found[number]} == ranked, each


def _near(hours: Sequence[int], end: datetime) -> expected_figures.Row | None:
    return expected_figures.nearest(rows(hours), end, timedelta(days=3.5))


@contextmanager
def stored(hours: Mapping[int, Sequence[int]]) -> Iterator[Session]:
    """Open a database into which runs at some hours were loaded, each of those that it counted."""
    with TemporaryDirectory() as folder:
        snapshots = Snapshots(Path(folder) / "snapshots", "hour")
        for hour in sorted({hour for each in hours.values() for hour in each}):
            seen: list[Observation] = [
                Counted(f"o/{number}", Repository(number, f"o/{number}"), hour, 0)
                for number, each in hours.items()
                if hour in each
            ]
            at = ORIGIN + hour * HOUR
            run = Run(hour, at, at, "done", len(seen), len(seen), 0, 1, 1, "0")
            files.write(snapshots.drafts(run, seen, []), below=snapshots.folder)
        with Database(Path(folder) / "a.duckdb").session() as session:
            sync.sync(session, snapshots)
            yield session


@settings(max_examples=25)
@given(
    st.dictionaries(st.integers(1, 9), st.sets(st.integers(0, 24 * 20), min_size=1, max_size=25).map(sorted)),
    st.lists(st.tuples(st.integers(0, 24 * 20), st.integers(0, 24 * 9)), min_size=5, max_size=15),
    st.integers(0, 24 * 20),
)
@example({1: [0, 48], 2: [48], 3: [0], 4: [24, 72], 5: [20, 28]}, [(24, 24), (24, 4), (24, 0), (24, 48)], 48)
def test_the_statement_finds_what_the_rule_says(
    hours: dict[int, list[int]],
    asked: list[tuple[int, int]],
    until: int,
) -> None:
    """Whoever began late, ended early or was missed at the runs around; and never a count after the report."""
    last = ORIGIN + until * HOUR
    known = {number: counts([hour for hour in each if hour <= until]) for number, each in hours.items()}
    with stored(hours) as session:
        for start, reach in asked:
            target = ORIGIN + start * HOUR
            found = queries.nearest_counts(session, target, reach * HOUR, last)
            nearest = {number: each.nearest(target, reach * HOUR) for number, each in known.items()}
            assert found == {number: count for number, count in nearest.items() if count}
        assert queries.current_counts(session, last) == {number: each[-1] for number, each in known.items() if each}
