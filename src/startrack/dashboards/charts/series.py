"""History as lines and bars are drawn from it: gaps left open, times kept short."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Final

from startrack.model.changes import Count
from startrack.model.history import RetainedStars
from startrack.trends import windows
from startrack.trends.gaps import GAP_FACTOR, usual_step

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
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Track:
    """Some figures of one repository over time, all taken at the same instants.

    `steps` are the seconds from each instant to the next: added up from the first on, they lead to the second of
    each count, however many there are. Every gap holds one instant at which each of the `values` is `None`, so that
    a line breaks there.
    """

    start: datetime
    steps: tuple[int, ...]
    values: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True, slots=True)
class WeeklyGain:
    """Stars gained between two counts about a week apart; `None` where one of them is not there."""

    end: datetime
    gain: int | None


def build_track(instants: Sequence[datetime], *values: Sequence[int]) -> Track | None:
    """Return figures as a track, or `None` where there is no count."""
    if not instants:
        return None
    longest = GAP_FACTOR * usual_step(instants)
    start = instants[0].replace(microsecond=0)
    holes = {i for i, (a, b) in enumerate(pairwise(instants), start=1) if b - a > longest}
    # From the start and not from one count to the next: what rounding leaves out must not add up.
    places = [(instant - start) // _SECOND for instant in instants]
    steps = [step for i, (a, b) in enumerate(pairwise(places), start=1) for step in _steps(b - a, is_gap=i in holes)]
    return Track(start, tuple(steps), tuple(_broken(column, holes) for column in values))


def retained_before_counts(levels: Sequence[RetainedStars], counts: Sequence[Count]) -> list[tuple[datetime, int]]:
    """Return retained stars at the ends of their days, up to the first count."""
    first = counts[0].taken_at if counts else datetime.max
    ends = ((datetime.combine(level.day, time()) + _DAY, level.stars) for level in levels)
    return [(end, stars) for end, stars in ends if end <= first]


def track_data(track: Track, *names: str) -> dict[str, object]:
    """Return a track as pages read it, with a name for each of its values."""
    columns = dict(zip(names, track.values, strict=True))
    return {"start": track.start.isoformat(), "steps": track.steps, "columns": columns}


def retained_track(levels: Sequence[RetainedStars], counts: Sequence[Count]) -> Track | None:
    """Return retained stars as a track up to the first count, a week a step; `None` where that is no line."""
    shown = retained_before_counts(levels, counts)
    return build_track([end for end, _ in shown], [stars for _, stars in shown]) if len(shown) > 1 else None


def weekly_gains(counts: Sequence[Count]) -> tuple[WeeklyGain, ...]:
    """Return the gain of each week back from the last count, oldest first.

    A week runs between the counts nearest to its ends, at most half a week away from them, so that the gains
    add up to what was gained in all. One count is no week, however near to both ends it lies.
    """
    if not counts:
        return ()
    first, last = counts[0].taken_at, counts[-1].taken_at
    ends = [last - _WEEK * back for back in range(round((last - first) / _WEEK), -1, -1)]
    found = [windows.nearest(counts, end, windows.WEEK.reach) for end in ends]
    changes = (windows.change_between(*pair) for pair in pairwise(found))
    return tuple(
        WeeklyGain(end, change.gain if change else None) for end, change in zip(ends[1:], changes, strict=True)
    )


def _steps(seconds: int, *, is_gap: bool) -> tuple[int, ...]:
    return (seconds // 2, seconds - seconds // 2) if is_gap else (seconds,)


def _broken(values: Sequence[int], holes: Collection[int]) -> tuple[int | None, ...]:
    return tuple(x for i, value in enumerate(values) for x in ((None, value) if i in holes else (value,)))
