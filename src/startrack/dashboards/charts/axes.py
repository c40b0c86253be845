"""Chooses the ticks of an axis: round numbers, or the starts of days, months and years.

Instants are seconds since 1970, in UTC. Charts for READMEs have ticks of their own. Pictures on pages have the ranges
and the ticks that Plotly chooses, because an interactive chart takes their place.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Final, NamedTuple

from startrack.model import durations

__all__ = [
    "DAY",
    "WEEK",
    "Range",
    "Tick",
    "TimeAxis",
    "bar_axis",
    "date_ticks",
    "line_axis",
    "number_ticks",
    "padded_range",
    "time_ticks",
    "value_range",
    "value_ticks",
]


DAY: Final = durations.DAY // timedelta(seconds=1)
WEEK: Final = 7 * DAY

_MOST_DATE_TICKS: Final = 6
_NUMBER_INTERVALS: Final = 4
_ROUND_STEPS: Final = (1, 2, 5, 10)
_DAY_STEPS: Final = (1, 2, 7, 14)
_MONTH_STEPS: Final = (1, 2, 3, 6, 12, 24, 60, 120)
_MONTH_NAMES: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS_PER_YEAR: Final = 12
_EPOCH_DATE: Final = datetime(1970, 1, 1)
_EPOCH: Final = _EPOCH_DATE.toordinal()

# Plotly's, from autoTicks, getAutoRange and makePadFn in src/plots/cartesian of plotly.js.
_MOST_VALUE_TICKS: Final = 6
_PAD: Final = 0.05
_TOLERANCE: Final = 1e-4
_PLOTLY_STEPS: Final = (2, 5, 10)
_PLOTLY_DAYS: Final = (1, 2, 3, 7, 14)
_PLOTLY_MONTHS: Final = (1, 2, 3, 6, 12)
_PLOTLY_MONTH: Final = 30.4375 * DAY
_PLOTLY_YEAR: Final = 365.25 * DAY
_SUNDAY: Final = date(2000, 1, 2).toordinal() - _EPOCH
_SATURDAY: Final = _SUNDAY - 1

# As in assets/charts.js.
_FEW_VALUES: Final = 5
_FEW_DAYS: Final = 8
_FEW_WEEKS: Final = 26
_EDGE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Tick:
    """An instant on an axis, and its text. `below` is a second line, empty if it is that of the tick before."""

    at: int
    text: str
    below: str = ""


class Range(NamedTuple):
    """The values at the two ends of an axis, which runs downwards if `low` is the higher one."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The range of a time axis.

    A short one has ticks at a multiple of `unit`, which is a day or a week, counted from `start` if that is given. It
    is `units` long.
    """

    shown: Range
    unit: int = 0
    units: float = 0
    start: int | None = None


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


@lru_cache
def date_ticks(first: int, last: int) -> tuple[Tick, ...]:
    """Return at most six ticks between two instants: days, or the first days of months or years."""
    span = (last - first) / DAY
    by_days = (_days(first, last, step) for step in _DAY_STEPS if span < _MOST_DATE_TICKS * step)
    by_months = (tuple(_months(first, last, step)) for step in _MONTH_STEPS)
    return next(ticks for ticks in chain(by_days, by_months) if len(ticks) <= _MOST_DATE_TICKS)


def _days(first: int, last: int, step: int) -> tuple[Tick, ...]:
    days = ((at, date.fromordinal(at // DAY + _EPOCH)) for at in _every(first, last, step * DAY, -_EPOCH * DAY))
    return tuple(Tick(at, f"{day.day} {_MONTH_NAMES[day.month - 1]}") for at, day in days)


def _every(first: float, last: float, step: int, start: int) -> range:
    """Return the instants between two others that are a multiple of `step` away from `start`."""
    return range(math.ceil((first - start) / step) * step + start, math.floor(last) + 1, step)


def _months(first: float, last: float, step: int) -> Iterator[Tick]:
    """Yield every `step`-th month between two instants, counted from January."""
    begin, end = (_EPOCH_DATE + timedelta(seconds=at) for at in (first, last))
    for month in range(begin.year * _MONTHS_PER_YEAR + begin.month - 1, end.year * _MONTHS_PER_YEAR + end.month):
        day = date(month // _MONTHS_PER_YEAR, month % _MONTHS_PER_YEAR + 1, 1)
        at = (day.toordinal() - _EPOCH) * DAY
        if month % step == 0 and first <= at <= last:
            yield Tick(at, str(day.year) if step >= _MONTHS_PER_YEAR else f"{_MONTH_NAMES[day.month - 1]} {day.year}")


def padded_range(tight: Range | None, padded: Range | None) -> Range:
    """Return the range of an axis that shows two ranges, the second one with 5% of the axis free at each end.

    At least one of the two is given, and together they have two different values.
    """
    lows = [(known.low, pad) for known, pad in ((tight, 0.0), (padded, _PAD)) if known]
    highs = [(known.high, pad) for known, pad in ((tight, 0.0), (padded, _PAD)) if known]
    unit, (low, below), (high, above) = max(
        ((high[0] - low[0]) / (1 - low[1] - high[1]), low, high) for low in lows for high in highs
    )
    return Range(low - unit * below, high + unit * above)


def value_range(low: int, high: int, *, from_zero: bool = False) -> Range:
    """Return the range of the value axis for figures from `low` to `high`; that of bars includes 0."""
    if from_zero:
        low, high = min(low, 0), max(high, 0)
    if low == high:
        return Range(0, 1) if from_zero else Range(low - 1, high + 1)
    below, above = (0.0 if from_zero and end == 0 else _PAD for end in (low, high))
    unit = (high - low) / (1 - below - above)
    return Range(low - unit * below, high + unit * above)


def value_ticks(shown: Range, low: int, high: int) -> range:
    """Return the ticks of the value axis: at most every integer, as figures are integers."""
    bottom, top = sorted(shown)
    step = 1 if high - low < _FEW_VALUES else _plotly_step((top - bottom) / _MOST_VALUE_TICKS)
    tolerance = _TOLERANCE * (top - bottom)
    return _every(bottom - tolerance, top + tolerance, step, 0)


def _plotly_step(rough: float) -> int:
    """Return 2, 5 or 10 times a power of ten: the lowest that is not below `rough`, and at least 1."""
    power = 10.0 ** math.floor(math.log10(rough))
    return max(1, round(power * _next_up(rough / power, _PLOTLY_STEPS)))


def _next_up(value: float, steps: Sequence[int]) -> int:
    return next((step for step in steps if step >= value), steps[-1])


def line_axis(tight: Range | None, padded: Range | None) -> TimeAxis:
    """Return the time axis of lines without and with dots; at least one of the two ranges is given.

    Dots have a margin at the ends of the axis.
    """
    known = [given for given in (tight, padded) if given]
    first, last = min(given.low for given in known), max(given.high for given in known)
    if (units := (last - first) / DAY + 2) <= _FEW_DAYS:
        return TimeAxis(Range(first - _EDGE * DAY, last + _EDGE * DAY), DAY, units)
    return TimeAxis(padded_range(tight, padded))


def bar_axis(bars: Range, dots: Range | None = None) -> TimeAxis:
    """Return the time axis of weekly bars, from the middle of the first one to that of the last one.

    `dots` has the first and the last text above a bar.
    """
    if (units := (bars.high - bars.low) / WEEK + 2) <= _FEW_WEEKS:
        return TimeAxis(Range(bars.low - _EDGE * WEEK, bars.high + _EDGE * WEEK), WEEK, units, round(bars.low))
    return TimeAxis(padded_range(Range(bars.low - WEEK / 2, bars.high + WEEK / 2), dots))


@lru_cache
def time_ticks(axis: TimeAxis, most: int) -> tuple[Tick, ...]:
    """Return about `most` ticks of a time axis."""
    if axis.unit:
        step = math.ceil(axis.units / most) * axis.unit
        start = axis.start if axis.start is not None else (_SATURDAY if step % WEEK else _SUNDAY) * DAY
        return _dated(_every(*axis.shown, step, start))
    rough = (axis.shown.high - axis.shown.low) / most
    if 2 * rough <= _PLOTLY_MONTH:
        return _dated(_every(*axis.shown, _next_up(rough / DAY, _PLOTLY_DAYS) * DAY, _SUNDAY * DAY))
    if 2 * rough <= _PLOTLY_YEAR:
        return tuple(_months(*axis.shown, _next_up(rough / _PLOTLY_MONTH, _PLOTLY_MONTHS)))
    return tuple(_months(*axis.shown, _MONTHS_PER_YEAR * _plotly_step(rough / _PLOTLY_YEAR)))


def _dated(instants: range) -> tuple[Tick, ...]:
    """Return ticks with days, and with the year below the first tick of each year."""
    days = [date.fromordinal(at // DAY + _EPOCH) for at in instants]
    before = [None, *(day.year for day in days[:-1])]
    return tuple(
        Tick(at, f"{_MONTH_NAMES[day.month - 1]} {day.day}", str(day.year) if day.year != year else "")
        for at, day, year in zip(instants, days, before, strict=True)
    )
