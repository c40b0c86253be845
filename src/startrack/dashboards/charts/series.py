"""The data of charts: counts as tracks with gaps, and as gains per week."""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from startrack.model.changes import WEEK_WINDOW, to_instant
from startrack.model.count_history import CountHistory, Times, nearest_index, to_microseconds
from startrack.model.durations import DAY, WEEK
from startrack.model.history import RetainedStars
from startrack.trends import gaps

__all__ = [
    "Track",
    "WeeklyGain",
    "build_track",
    "retained_track",
    "track_data",
    "weekly_gains",
]


_SECOND: Final = 1_000_000  # microseconds
_HALF_WEEK: Final = WEEK_WINDOW.reach // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Track:
    """Some figures of one repository over time, all taken at the same instants.

    `steps` are the whole seconds from each instant to the next. Added to `start`, they give the second of each count.
    `values` has a column for each figure, `None` where it is not known. A gap has an instant of its own, with `None` in
    every column, so that lines break there.
    """

    start: datetime
    steps: tuple[int, ...]
    values: tuple[Sequence[int | None], ...]

    @property
    def end(self) -> datetime:
        """The last instant."""
        return self.start + timedelta(seconds=sum(self.steps))


@dataclass(frozen=True, slots=True)
class WeeklyGain:
    """Stars gained between two counts about a week apart, `None` if one of the counts is missing."""

    end: datetime
    gain: int | None


def build_track(times: Times, *columns: Iterable[int | None]) -> Track | None:
    """Return the track of figures taken at these microseconds since 1970, `None` if there are none.

    A figure that is not known is `None`.
    """
    if not times:
        return None
    return Track(to_instant(times[0]).replace(microsecond=0), _steps(times), tuple(_values(times, c) for c in columns))


@lru_cache(maxsize=1024)
def _steps(times: Times) -> tuple[int, ...]:
    # Rounding the steps themselves would add up to a drift, so round the distances from the start.
    start = times[0] // _SECOND * _SECOND
    seconds = [(time - start) // _SECOND for time in times]
    steps = list(map(operator.sub, seconds[1:], seconds))
    for index in reversed(gaps.find_breaks(times)):
        step = steps[index - 1]
        steps[index - 1 : index] = step // 2, step - step // 2
    return tuple(steps)


def _values(times: Times, column: Iterable[int | None]) -> Sequence[int | None]:
    values: list[int | None] = list(column)
    for index in reversed(gaps.find_breaks(times)):
        values.insert(index, None)
    return values


def track_data(track: Track, *names: str) -> dict[str, object]:
    """Return a track as the pages' scripts read it, with a name for each column."""
    columns = dict(zip(names, track.values, strict=True))
    return {"start": track.start.isoformat(), "steps": track.steps, "columns": columns}


def retained_track(levels: Sequence[RetainedStars], counts: CountHistory) -> Track | None:
    """Return the track of retained stars up to the first count, a point per week, `None` if it has fewer than two.

    Each point is at the end of its day.
    """
    first_count = counts.first if counts else datetime.max
    ends = ((datetime.combine(level.day, time()) + DAY, level.stars) for level in levels)
    points = [(end, stars) for end, stars in ends if end <= first_count]
    if len(points) < 2:  # noqa: PLR2004 - a line needs two points
        return None
    return build_track(Times(to_microseconds(end) for end, _ in points), [stars for _, stars in points])


def weekly_gains(counts: CountHistory) -> tuple[WeeklyGain, ...]:
    """Return the gain of each week, counted back from the last count, oldest first.

    A week lies between the counts nearest to its start and end, each at most half a week away from it. So the gains
    add up to the total gain. The gain of a week without two such counts is `None`.
    """
    return tuple(
        WeeklyGain(end, None if bounds is None else counts.stars[bounds[1]] - counts.stars[bounds[0]])
        for end, bounds in _weeks(counts.times)
    )


@lru_cache(maxsize=1024)
def _weeks(times: Times) -> tuple[tuple[datetime, tuple[int, int] | None], ...]:
    """Return the end of each week and the indexes of the counts at its start and its end, oldest first."""
    if not times:
        return ()
    first, last = to_instant(times[0]), to_instant(times[-1])
    ends = [last - WEEK * weeks for weeks in range(round((last - first) / WEEK), -1, -1)]
    nearest = [nearest_index(times, to_microseconds(end), _HALF_WEEK) for end in ends]
    pairs = (pair if None not in pair and pair[0] != pair[1] else None for pair in pairwise(nearest))
    return tuple(zip(ends[1:], pairs, strict=True))  # type: ignore[arg-type]
