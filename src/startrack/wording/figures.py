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
    "number",
    "percent",
    "retained_gain",
    "sign_of",
    "signed",
]


MINUS: Final = "\N{MINUS SIGN}"


TIMES: Final = "\N{MULTIPLICATION SIGN}"


def number(value: float, decimals: int = 0) -> str:
    """Return a figure with thousands apart and a true minus."""
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def signed(value: float, decimals: int = 0) -> str:
    """Return a change with its sign; no change has none."""
    text = number(value, decimals)
    return f"+{text}" if sign_of(value, decimals) > 0 else text


def sign_of(value: float, decimals: int = 0) -> int:
    """Return 1, -1 or 0: the sign of the figure as it is shown."""
    shown = round(value, decimals)
    return (shown > 0) - (shown < 0)


def percent(value: float) -> str:
    """Return a change in percent, finer where it is small."""
    return f"{signed(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2)}%"  # noqa: PLR2004 - steps of precision


def count(value: int, one: str, many: str | None = None) -> str:
    """Return a number of things: `1 gap`, `2 gaps`."""
    return f"{number(value)} {one if value == 1 else many or f'{one}s'}"


def actual_days(window: Window, *elapsed: timedelta) -> str:
    """Return of how many days changes over a window really are; nothing where all are of about as many as it has."""
    if not any(window.differs(time) for time in elapsed):
        return ""
    shortest, longest = _elapsed(min(elapsed)), _elapsed(max(elapsed))
    if shortest == longest:
        return shortest
    return f"{shortest.removesuffix(' days')} to {longest}" if longest.endswith(" days") else f"{shortest} to {longest}"


def _elapsed(time: timedelta) -> str:
    """Return some days, as fine as tells them apart: `15 hours`, `6.3 days`, `31 days`."""
    days = time / DAY
    if days < 2:  # noqa: PLR2004 - steps of precision, as below
        return count(round(days * 24), "hour")
    return f"{number(days, 1 if days < 10 else 0).removesuffix('.0')} days"  # noqa: PLR2004


def retained_gain(value: RetainedGain) -> str:
    """Return what stands in for a change, marked as what it is not: counted."""
    return f"≈ {signed(value.gain)}"
