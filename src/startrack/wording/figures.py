"""Numbers, changes and percentages as readers see them."""

from datetime import timedelta
from typing import Final

from startrack.model.changes import Window
from startrack.model.durations import DAY
from startrack.model.history import RetainedGain

__all__ = [
    "MINUS",
    "TIMES",
    "actual_days",
    "count",
    "duration",
    "number",
    "percent",
    "retained_gain",
    "rounded",
    "rounded_change",
    "sign_of",
    "signed",
]


MINUS: Final = "\N{MINUS SIGN}"


TIMES: Final = "\N{MULTIPLICATION SIGN}"


def number(value: float, decimals: int = 0) -> str:
    """Return a number with commas between thousands and a real minus sign instead of a hyphen."""
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def signed(value: float, decimals: int = 0) -> str:
    """Return a change with its sign; 0 has no sign."""
    text = number(value, decimals)
    return f"+{text}" if sign_of(value, decimals) > 0 else text


def sign_of(value: float, decimals: int = 0) -> int:
    """Return 1, -1 or 0: the sign of the number after rounding, so that a shown 0 has none."""
    shown = round(value, decimals)
    return (shown > 0) - (shown < 0)


def rounded(value: int) -> str:
    """Return a number as GitHub's own pages round it: `999`, `3.1k`, `12.4k`, `123k`, `1.2M`."""
    size = abs(value)
    unit, suffix = (1_000_000, "M") if size >= 999_500 else (1000, "k") if size >= 1000 else (1, "")  # noqa: PLR2004 - where a unit begins
    has_decimal = unit > 1 and size / unit < 99.95  # noqa: PLR2004 - 99,950 is 100k
    return f"{number(value / unit, int(has_decimal)).removesuffix('.0')}{suffix}"


def rounded_change(value: int) -> str:
    """Return a change, rounded in the same way, with its sign; 0 has no sign."""
    return f"+{rounded(value)}" if value > 0 else rounded(value)


def percent(value: float) -> str:
    """Return a signed percentage, with more decimals for smaller ones: `+250%`, `+12.3%`, `+0.45%`."""
    return f"{signed(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2)}%"  # noqa: PLR2004 - steps of precision


def count(value: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 gap`, `2 gaps`."""
    return f"{number(value)} {one if value == 1 else many or f'{one}s'}"


def duration(seconds: float) -> str:
    """Return a time in words, to the minute: `0 min`, `12 min`, `5 h 43 min`."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{number(hours)} h {minutes} min" if hours else f"{minutes} min"


def actual_days(window: Window, *elapsed: timedelta) -> str:
    """Return the days between the counts of changes, empty if all are about as long as the window.

    `elapsed` are the times between the counts of each change. For example `6.3 days`, or `26 to 31 days`.
    """
    if not any(window.differs(time) for time in elapsed):
        return ""
    shortest, longest = _elapsed(min(elapsed)), _elapsed(max(elapsed))
    if shortest == longest:
        return shortest
    return f"{shortest.removesuffix(' days')} to {longest}" if longest.endswith(" days") else f"{shortest} to {longest}"


def _elapsed(time: timedelta) -> str:
    """Return a time with as much precision as matters: `15 hours`, `6.3 days`, `31 days`."""
    days = time / DAY
    if days < 2:  # noqa: PLR2004 - steps of precision, as below
        return count(round(days * 24), "hour")
    return f"{number(days, 1 if days < 10 else 0).removesuffix('.0')} days"  # noqa: PLR2004


def retained_gain(value: RetainedGain) -> str:
    """Return a retained gain with `≈`, which marks figures that were not counted."""
    return f"≈ {signed(value.gain)}"
