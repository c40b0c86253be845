"""Where the ticks of an axis stand: at round figures, and on days, months and years as calendars have them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain
from typing import Final

from startrack.model.durations import DAY

__all__ = [
    "Tick",
    "date_ticks",
    "number_ticks",
]


_MOST_DATES: Final = 6
_INTERVALS: Final = 4
_ROUND: Final = (1, 2, 5, 10)
_DAYS: Final = (1, 2, 7, 14)
_MONTHS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant on an axis, and what is written there."""

    at: datetime
    text: str


def number_ticks(low: int, high: int) -> tuple[int, ...]:
    """Return round whole figures, evenly apart, the first no higher than `low` and the last no lower than `high`."""
    if low == high:
        low, high = max(low - 1, 0) if low >= 0 else low - 1, high + 1
    step = _round_step((high - low) / _INTERVALS)
    return tuple(range(low // step * step, -(-high // step) * step + 1, step))


def _round_step(least: float) -> int:
    power = 1
    while power * 10 < least:
        power *= 10
    return next(power * each for each in _ROUND if power * each >= least)


def date_ticks(first: datetime, last: datetime) -> tuple[Tick, ...]:
    """Return the ticks between two instants, six at most: days, or the beginnings of months or years."""
    span = (last - first) / DAY
    by_days = (tuple(_days(first, last, step)) for step in _DAYS if span < _MOST_DATES * step)
    by_months = (tuple(_months(first, last, step)) for step in _MONTHS)
    return next(ticks for ticks in chain(by_days, by_months) if len(ticks) <= _MOST_DATES)


def _days(first: datetime, last: datetime, step: int) -> Iterator[Tick]:
    midnight = datetime.combine(first.date(), time())
    for number in range((last - midnight).days + 1):
        day = midnight + timedelta(days=number)
        if day >= first and day.toordinal() % step == 0:
            yield Tick(day, f"{day.day} {_NAMES[day.month - 1]}")


def _months(first: datetime, last: datetime, step: int) -> Iterator[Tick]:
    for month in range(first.year * _YEAR + first.month - 1, last.year * _YEAR + last.month):
        at = datetime(month // _YEAR, month % _YEAR + 1, 1)
        if month % step == 0 and first <= at <= last:
            yield Tick(at, str(at.year) if step >= _YEAR else f"{_NAMES[at.month - 1]} {at.year}")
