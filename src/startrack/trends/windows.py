"""Baselines, changes over windows, calendar weeks and weeks that stand out."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

from startrack.model.changes import WEEK_WINDOW, Change, Count, Unknown, Window
from startrack.model.durations import DAY, WEEK
from startrack.model.report import Project

__all__ = [
    "LATEST_WEEKS",
    "MIN_EARLIER_WEEKS",
    "MIN_SPIKE_STARS",
    "WEEKS_BEFORE",
    "acceleration",
    "change_between",
    "has_known_week",
    "is_one_day_spike",
    "monday",
    "mondays",
    "nearest",
    "spike_weeks",
    "week_starts",
    "window_change",
]


_EARLIER_WEEKS = 12
MIN_EARLIER_WEEKS = 3
_MIN_STARS = 5
_PSEUDO_STAR = 0.5


def window_change(
    window: Window,
    as_of: datetime,
    current: Count | None,
    baseline: Count | None,
    born: datetime | None,
) -> Change | Unknown:
    """Return what a window brought to a repository that was first counted at `born`.

    `baseline` is the count nearest to the window's start, of those within the window's reach of it. One count is no
    growth: where that is the current count itself, the change is not known.
    """
    if born is None or born > as_of:
        return Unknown.NOT_COUNTED
    return change_between(baseline, current) or (Unknown.TOO_YOUNG if born > as_of - window.span else Unknown.GAP)


def change_between(earlier: Count | None, later: Count | None) -> Change | None:
    """Return the change from one count to a later one; none where either is not there, or both are the same."""
    return Change(earlier, later) if earlier and later and earlier.taken_at < later.taken_at else None


def nearest(counts: Sequence[Count], instant: datetime, reach: timedelta) -> Count | None:
    """Return the count nearest to an instant and no further away than `reach`; of two equally near the earlier.

    `counts` are in the order of time.
    """
    place = bisect_left(counts, instant, key=lambda count: count.taken_at)
    around = counts[max(place - 1, 0) : place + 1]
    best = min(around, key=lambda count: abs(count.taken_at - instant), default=None)
    return best if best and abs(best.taken_at - instant) <= reach else None


def week_starts(as_of: datetime) -> list[datetime]:
    """Return the instants at which the week up to a report and twelve earlier ones began, newest first."""
    return [as_of - weeks * WEEK_WINDOW.span for weeks in range(1, _EARLIER_WEEKS + 2)]


def acceleration(bounds: Sequence[Count | None]) -> float | None:
    """Return the week's daily gain over the median of what up to twelve earlier weeks brought a day.

    `bounds` are the counts that bound the weeks, newest first. Half a star is added on both sides, so that a
    project that stood still can speed up. `None` where fewer than three earlier weeks are known, or the
    week brought fewer than five stars.
    """
    weeks = [change_between(earlier, later) for later, earlier in pairwise(bounds)]
    earlier = [week.per_day for week in weeks[1:] if week]
    if not weeks or weeks[0] is None or len(earlier) < MIN_EARLIER_WEEKS or weeks[0].gain < _MIN_STARS:
        return None
    usual = median(earlier) + _PSEUDO_STAR
    # Weeks of losses can pull the usual to nothing or below, where a ratio means nothing.
    return (weeks[0].per_day + _PSEUDO_STAR) / usual if usual > 0 else None


def is_one_day_spike(change: Change | Unknown, leap: int | None) -> bool:
    """Say whether one day holds more than half of what the window brought; `leap` is its best day's gain."""
    return isinstance(change, Change) and leap is not None and change.gain > 0 and leap > change.gain / 2


LATEST_WEEKS = 4
"""How many weeks feeds and programs are told of; every other one has its page still."""


def monday(at: datetime) -> date:
    """Return the Monday of an instant's week."""
    return at.date() - at.weekday() * DAY


def mondays(first: datetime, as_of: datetime) -> Iterator[date]:
    """Yield the Mondays of the weeks that had ended by an instant, newest first, back to that of the first one."""
    begun = monday(as_of) - WEEK
    while begun >= monday(first):
        yield begun
        begun -= WEEK


def has_known_week(projects: Sequence[Project]) -> bool:
    """Say whether the week's change is known of any of these projects, as they were at its end."""
    return any(isinstance(project.changes.get(WEEK_WINDOW), Change) for project in projects)


WEEKS_BEFORE: Final = 4
MIN_SPIKE_STARS: Final = 10


def spike_weeks(gains: Sequence[int | None]) -> tuple[int, ...]:
    """Return the places of weeks that brought ten stars at least, and more than the four before them together.

    That is more than half of what five weeks brought. A week after one that is not known is none.
    """
    return tuple(place for place in range(WEEKS_BEFORE, len(gains)) if _is_spike(gains, place))


def _is_spike(gains: Sequence[int | None], place: int) -> bool:
    gain, before = gains[place], [each for each in gains[place - WEEKS_BEFORE : place] if each is not None]
    return gain is not None and len(before) == WEEKS_BEFORE and gain >= MIN_SPIKE_STARS and gain > sum(before)
