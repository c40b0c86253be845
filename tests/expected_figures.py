"""The figures of windows by their definition, computed from the day files without any code of startrack."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

__all__ = [
    "Change",
    "Row",
    "accelerating",
    "asked_on",
    "change",
    "counts_of",
    "has_spike",
    "last",
    "length",
    "nearest",
    "number",
    "percent",
    "reach",
    "rising",
    "signed",
    "week",
]

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Row:
    """One count of a day file; `name` is what the repository was called."""

    taken_at: datetime
    name: str
    stars: int
    forks: int
    commits: int | None


@dataclass(frozen=True)
class Change:
    """The two counts that a window lies between."""

    baseline: Row
    current: Row

    @property
    def gain(self) -> int:
        """Stars gained."""
        return self.current.stars - self.baseline.stars

    @property
    def days(self) -> float:
        """Days between the two counts."""
        return (self.current.taken_at - self.baseline.taken_at).total_seconds() / 86400

    @property
    def per_day(self) -> float:
        """Stars gained a day."""
        return self.gain / self.days

    @property
    def percent(self) -> float | None:
        """Gain in percent of the baseline."""
        return 100 * self.gain / self.baseline.stars if self.baseline.stars else None


def counts_of(folder: Path) -> dict[int, list[Row]]:
    """Return every count of the day files below a folder, by repository number, oldest first."""
    found: dict[int, list[Row]] = {}
    for path in sorted(folder.glob("2*/2*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                if not line["missing"]:
                    commits = int(line["commits"]) if line["commits"] else None
                    taken_at = datetime.fromisoformat(line["taken_at"])
                    row = Row(taken_at, line["name"], int(line["stars"]), int(line["forks"]), commits)
                    found.setdefault(int(line["repo_id"]), []).append(row)
    return {number: sorted(rows, key=lambda row: row.taken_at) for number, rows in found.items()}


def asked_on(folder: Path, day: date) -> set[int]:
    """Return the repositories that the last run up to a day asked for: those that the list named then."""
    path = max(path for path in folder.glob("2*/2*.csv") if path.stem <= day.isoformat())
    with path.open(encoding="utf-8", newline="") as file:
        return {int(line["repo_id"]) for line in csv.DictReader(file) if line["repo_id"]}


def reach(days: int) -> timedelta:
    """Return how far from a window's start its baseline may lie."""
    return days * DAY / 2 if days < 14 else max(7 * DAY, days * DAY / 10)


def last(rows: Iterable[Row], as_of: datetime) -> Row | None:
    """Return the last count at or before an instant."""
    return max((row for row in rows if row.taken_at <= as_of), key=lambda row: row.taken_at, default=None)


def nearest(rows: Iterable[Row], instant: datetime, most: timedelta) -> Row | None:
    """Return the count nearest to an instant, of two equally near the earlier; none further away than `most`."""
    inside = [row for row in rows if abs(row.taken_at - instant) <= most]
    return min(inside, key=lambda row: (abs(row.taken_at - instant), row.taken_at), default=None)


def change(rows: Sequence[Row], days: int, as_of: datetime) -> Change | str:
    """Return what a window brought up to an instant, or why that is not known."""
    known = [row for row in rows if row.taken_at <= as_of]
    current, start = last(known, as_of), as_of - days * DAY
    if current is None:
        return "not counted"
    baseline = nearest(known, start, reach(days))
    if baseline is not None and baseline.taken_at < current.taken_at:
        return Change(baseline, current)
    return "too young" if known[0].taken_at > start else "gap"


def rising(found: Change, days: int, middle: float) -> float:
    """Return the gain at the window's pace over the root of size."""
    return float(found.per_day * days / (found.baseline.stars + middle) ** 0.5)


def accelerating(rows: Sequence[Row], as_of: datetime) -> float | None:
    """Return the last week's gain a day over that of up to twelve earlier weeks, half a star added to both."""
    known = [row for row in rows if row.taken_at <= as_of]
    bounds = [last(known, as_of)]
    bounds += [nearest(known, as_of - 7 * week * DAY, 3.5 * DAY) for week in range(1, 14)]
    paces = [
        Change(before, after).per_day if before and after and before.taken_at < after.taken_at else None
        for after, before in pairwise(bounds)
    ]
    week, earlier = paces[0], [pace for pace in paces[1:] if pace is not None]
    if week is None or len(earlier) < 3 or not bounds[0] or not bounds[1] or bounds[0].stars - bounds[1].stars < 5:
        return None
    usual = median(earlier) + 0.5
    return (week + 0.5) / usual if usual > 0 else None


def week(rows: Sequence[Row], monday: datetime, as_of: datetime) -> Change | None:
    """Return what a week of the calendar brought, between the counts nearest to the midnights at its ends."""
    known = [row for row in rows if row.taken_at <= as_of]
    start, end = (nearest(known, at, 3.5 * DAY) for at in (monday, monday + 7 * DAY))
    return Change(start, end) if start and end and start.taken_at < end.taken_at else None


def has_spike(rows: Sequence[Row], as_of: datetime) -> bool:
    """Say whether one day between the two counts of 30 days holds more than half of what they brought."""
    found = change(rows, 30, as_of)
    if not isinstance(found, Change) or found.gain <= 0:
        return False
    inside = [row for row in rows if found.baseline.taken_at <= row.taken_at <= as_of]
    days = list({row.taken_at.date(): row for row in inside}.values())
    leaps = [b.stars - a.stars for a, b in pairwise(days) if b.taken_at - a.taken_at <= 1.5 * DAY]
    return bool(leaps) and max(leaps) > found.gain / 2


# ── As they are written ──────────────────────────────────────────────────────────────────────────────────


def length(days: int, *found: Change) -> str:
    """Return the days that really passed, where those of any differ from the window's by more than a tenth."""
    spans = [change.current.taken_at - change.baseline.taken_at for change in found]
    if not any(abs(span - days * DAY) * 10 > days * DAY for span in spans):
        return ""
    first, last = _span(min(spans)), _span(max(spans))
    if first == last:
        return first
    return f"{first.removesuffix(' days')} to {last}" if last.endswith("days") else f"{first} to {last}"


def _span(span: timedelta) -> str:
    days = span / DAY
    if days < 2:
        return f"{days * 24:.0f} hours"
    return f"{days:.1f} days".replace(".0 ", " ") if days < 10 else f"{days:.0f} days"


def number(value: float, decimals: int = 0) -> str:
    """Return a figure with thousands apart."""
    return f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float, decimals: int = 0) -> str:
    """Return a figure with its sign."""
    return ("+" if round(value, decimals) > 0 else "") + number(value, decimals)


def percent(value: float) -> str:
    """Return a share, finer where it is small."""
    return f"{signed(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2)}%"
