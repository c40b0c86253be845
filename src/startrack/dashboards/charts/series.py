"""The data of charts: counts as tracks with gaps, and as gains per week."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Final

from startrack.model.changes import WEEK_WINDOW, Count
from startrack.model.durations import DAY, WEEK
from startrack.model.history import RetainedStars
from startrack.trends import windows
from startrack.trends.gaps import longest_interval

__all__ = [
    "Track",
    "WeeklyGain",
    "build_track",
    "retained_before_counts",
    "retained_track",
    "track_data",
    "weekly_gains",
]


_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Track:
    """Some figures of one repository over time, all taken at the same instants.

    `steps` are the whole seconds from each instant to the next. Added to `start`, they give the second of each count.
    `values` has a column for each figure. A gap has an instant of its own, with `None` in every column, so that lines
    break there.
    """

    start: datetime
    steps: tuple[int, ...]
    values: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True, slots=True)
class WeeklyGain:
    """Stars gained between two counts about a week apart, `None` if one of the counts is missing."""

    end: datetime
    gain: int | None


def build_track(instants: Sequence[datetime], *columns: Sequence[int]) -> Track | None:
    """Return the track of figures taken at these instants, `None` if there are no instants."""
    if not instants:
        return None
    longest_step = longest_interval(instants)
    start = instants[0].replace(microsecond=0)
    gaps = {i for i, (before, after) in enumerate(pairwise(instants), start=1) if after - before > longest_step}
    # Rounding the steps themselves would add up to a drift, so round the distances from the start.
    seconds = [(instant - start) // _SECOND for instant in instants]
    steps = [
        step
        for i, (before, after) in enumerate(pairwise(seconds), start=1)
        for step in _steps(after - before, is_gap=i in gaps)
    ]
    return Track(start, tuple(steps), tuple(_with_gaps(column, gaps) for column in columns))


def _steps(seconds: int, *, is_gap: bool) -> tuple[int, ...]:
    return (seconds // 2, seconds - seconds // 2) if is_gap else (seconds,)


def _with_gaps(column: Sequence[int], gaps: Collection[int]) -> tuple[int | None, ...]:
    return tuple(value for i, figure in enumerate(column) for value in ((None, figure) if i in gaps else (figure,)))


def track_data(track: Track, *names: str) -> dict[str, object]:
    """Return a track as the pages' scripts read it, with a name for each column."""
    columns = dict(zip(names, track.values, strict=True))
    return {"start": track.start.isoformat(), "steps": track.steps, "columns": columns}


def retained_before_counts(levels: Sequence[RetainedStars], counts: Sequence[Count]) -> list[tuple[datetime, int]]:
    """Return the retained stars up to the first count, each at the end of its day."""
    first_count = counts[0].taken_at if counts else datetime.max
    points = ((datetime.combine(level.day, time()) + DAY, level.stars) for level in levels)
    return [(end, stars) for end, stars in points if end <= first_count]


def retained_track(levels: Sequence[RetainedStars], counts: Sequence[Count]) -> Track | None:
    """Return the track of retained stars up to the first count, a point per week, `None` if it has fewer than two."""
    points = retained_before_counts(levels, counts)
    return build_track([end for end, _ in points], [stars for _, stars in points]) if len(points) > 1 else None


def weekly_gains(counts: Sequence[Count]) -> tuple[WeeklyGain, ...]:
    """Return the gain of each week, counted back from the last count, oldest first.

    A week lies between the counts nearest to its start and end, each at most half a week away from it. So the gains
    add up to the total gain. The gain of a week without two such counts is `None`.
    """
    if not counts:
        return ()
    first, last = counts[0].taken_at, counts[-1].taken_at
    ends = [last - WEEK * weeks for weeks in range(round((last - first) / WEEK), -1, -1)]
    nearest = [windows.nearest(counts, end, WEEK_WINDOW.reach) for end in ends]
    changes = (windows.change_between(*pair) for pair in pairwise(nearest))
    return tuple(
        WeeklyGain(end, change.gain if change else None) for end, change in zip(ends[1:], changes, strict=True)
    )
