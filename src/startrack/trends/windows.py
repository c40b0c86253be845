"""Changes over windows and their baselines, acceleration, calendar weeks and spikes."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import pairwise
from statistics import median
from typing import Final

from startrack.model.changes import WEEK_WINDOW, Change, Count, Unknown, Window
from startrack.model.durations import DAY, WEEK

__all__ = [
    "LATEST_WEEKS",
    "MIN_EARLIER_WEEKS",
    "MIN_SPIKE_STARS",
    "WEEKS_BEFORE",
    "acceleration",
    "change_between",
    "is_one_day_spike",
    "monday",
    "mondays",
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
    first_counted_at: datetime | None,
) -> Change | Unknown:
    """Return the change of a repository over a window, or why it is not known.

    `baseline` is the count nearest to the window's start, at most the window's reach away from it. If that is the
    current count itself, there is only one count, and the change is not known.
    """
    if first_counted_at is None or first_counted_at > as_of:
        return Unknown.NOT_COUNTED
    if change := change_between(baseline, current):
        return change
    return Unknown.TOO_YOUNG if first_counted_at > as_of - window.span else Unknown.GAP


def change_between(earlier: Count | None, later: Count | None) -> Change | None:
    """Return the change from one count to a later one; `None` if one is missing or both are the same."""
    return Change(earlier, later) if earlier and later and earlier.taken_at < later.taken_at else None


def week_starts(as_of: datetime) -> list[datetime]:
    """Return the starts of the week that ends at an instant and of the twelve weeks before it, newest first."""
    return [as_of - weeks * WEEK_WINDOW.span for weeks in range(1, _EARLIER_WEEKS + 2)]


def acceleration(bounds: Sequence[Count | None]) -> float | None:
    """Return the daily gain of the last week divided by the median daily gain of up to twelve earlier weeks.

    `bounds` are the counts between the weeks, newest first. Half a star is added to both, so that a project without
    gains before can accelerate. `None` if fewer than three earlier weeks are known, or the last week gained fewer
    than five stars.
    """
    weeks = [change_between(earlier, later) for later, earlier in pairwise(bounds)]
    earlier = [week.per_day for week in weeks[1:] if week]
    if not weeks or weeks[0] is None or len(earlier) < MIN_EARLIER_WEEKS or weeks[0].gain < _MIN_STARS:
        return None
    usual = median(earlier) + _PSEUDO_STAR
    # After weeks of losses the median can be zero or negative, and the ratio then has no meaning.
    return (weeks[0].per_day + _PSEUDO_STAR) / usual if usual > 0 else None


def is_one_day_spike(change: Change | Unknown, largest_daily_gain: int | None) -> bool:
    """Say whether more than half of the window's gain came on one day."""
    if not isinstance(change, Change) or largest_daily_gain is None:
        return False
    return change.gain > 0 and largest_daily_gain > change.gain / 2


LATEST_WEEKS = 4
"""The number of weeks in feeds and in the API; older weeks still have their pages."""


def monday(at: datetime) -> date:
    """Return the Monday of an instant's week."""
    return at.date() - at.weekday() * DAY


def mondays(first: datetime, as_of: datetime) -> Iterator[date]:
    """Yield the Mondays of the weeks that ended by an instant, newest first, back to the week of `first`."""
    start = monday(as_of) - WEEK
    while start >= monday(first):
        yield start
        start -= WEEK


WEEKS_BEFORE: Final = 4
MIN_SPIKE_STARS: Final = 10


def spike_weeks(gains: Sequence[int | None]) -> tuple[int, ...]:
    """Return the indexes of the weeks with a spike: at least ten stars, and more than in the four weeks before.

    That is more than half of the gain of five weeks. All four weeks before must be known.
    """
    return tuple(index for index in range(WEEKS_BEFORE, len(gains)) if _is_spike(gains, index))


def _is_spike(gains: Sequence[int | None], index: int) -> bool:
    gain, before = gains[index], [week for week in gains[index - WEEKS_BEFORE : index] if week is not None]
    return gain is not None and len(before) == WEEKS_BEFORE and gain >= MIN_SPIKE_STARS and gain > sum(before)
