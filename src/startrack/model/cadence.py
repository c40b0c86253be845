"""How often the figures in a README are refreshed, and which changes are shown before that."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from startrack.model.durations import DAY

__all__ = ["Cadence", "MinChange", "parse_min_change"]


class Cadence(StrEnum):
    """The length of a period. Periods begin at midnight UTC."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"

    def start(self, instant: datetime) -> datetime:
        """Return when the period of an instant began: its day, its week from Monday on, its month."""
        midnight = datetime(instant.year, instant.month, instant.day)
        if self is Cadence.MONTHLY:
            return midnight.replace(day=1)
        return midnight - midnight.weekday() * DAY if self is Cadence.WEEKLY else midnight

    def end(self, instant: datetime) -> datetime:
        """Return when the next period begins."""
        return self.start(self.start(instant) + {"daily": 1, "weekly": 7, "monthly": 31}[self] * DAY)


@dataclass(frozen=True, slots=True)
class MinChange:
    """The change that is shown before the period ends: of a total in percent, or of a row in places.

    With neither, no such change is.
    """

    percent: float | None = None
    ranks: int | None = None

    def __str__(self) -> str:
        """Return the change as it is written: `5%`."""
        if self.ranks is not None:
            return f"{self.ranks} rank" if self.ranks == 1 else f"{self.ranks} ranks"
        return "none" if self.percent is None else f"{self.percent:g}%"


_MIN_CHANGE = re.compile(r"(?P<percent>\d{1,3}(?:\.\d{1,2})?) ?%|(?P<ranks>\d{1,4}) ?ranks?", re.ASCII)


def parse_min_change(value: object) -> MinChange:
    """Return the change that is written as `5%`, `3 ranks` or `none`. Raises ValueError that says so."""
    if isinstance(value, MinChange):
        return value
    if value == "none":
        return MinChange()
    match = _MIN_CHANGE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('use a percentage such as "5%", a number of places such as "3 ranks", or "none"')
    return MinChange(float(match["percent"])) if match["percent"] else MinChange(ranks=int(match["ranks"]))
