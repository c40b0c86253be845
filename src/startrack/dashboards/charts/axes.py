"""Chooses the ticks of an axis: round numbers, or the starts of days, months and years."""

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


_MOST_DATE_TICKS: Final = 6
_NUMBER_INTERVALS: Final = 4
_ROUND_STEPS: Final = (1, 2, 5, 10)
_DAY_STEPS: Final = (1, 2, 7, 14)
_MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_MONTH_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS_PER_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant on an axis, and its text."""

    at: datetime
    text: str


def number_ticks(low: int, high: int) -> tuple[int, ...]:
    """Return evenly spaced round integers; the first is at most `low` and the last at least `high`."""
    if low == high:
        low, high = max(low - 1, 0) if low >= 0 else low - 1, high + 1
    step = _round_step((high - low) / _NUMBER_INTERVALS)
    return tuple(range(low // step * step, -(-high // step) * step + 1, step))


def _round_step(least: float) -> int:
    power = 1
    while power * 10 < least:
        power *= 10
    return next(power * step for step in _ROUND_STEPS if power * step >= least)


def date_ticks(first: datetime, last: datetime) -> tuple[Tick, ...]:
    """Return at most six ticks between two instants: days, or the first days of months or years."""
    span = (last - first) / DAY
    by_days = (tuple(_days(first, last, step)) for step in _DAY_STEPS if span < _MOST_DATE_TICKS * step)
    by_months = (tuple(_months(first, last, step)) for step in _MONTH_STEPS)
    return next(ticks for ticks in chain(by_days, by_months) if len(ticks) <= _MOST_DATE_TICKS)


def _days(first: datetime, last: datetime, step: int) -> Iterator[Tick]:
    midnight = datetime.combine(first.date(), time())
    for number in range((last - midnight).days + 1):
        day = midnight + timedelta(days=number)
        if day >= first and day.toordinal() % step == 0:
            yield Tick(day, f"{day.day} {_MONTH_NAMES[day.month - 1]}")


def _months(first: datetime, last: datetime, step: int) -> Iterator[Tick]:
    for month in range(first.year * _MONTHS_PER_YEAR + first.month - 1, last.year * _MONTHS_PER_YEAR + last.month):
        at = datetime(month // _MONTHS_PER_YEAR, month % _MONTHS_PER_YEAR + 1, 1)
        if month % step == 0 and first <= at <= last:
            yield Tick(at, str(at.year) if step >= _MONTHS_PER_YEAR else f"{_MONTH_NAMES[at.month - 1]} {at.year}")
