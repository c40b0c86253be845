"""The totals of a section over time, without a jump where a project joins the list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from startrack.dashboards.charts import series
from startrack.trends import gaps

__all__ = [
    "DatedFigures",
    "SectionTotal",
    "add_up",
]


# Figures of one repository, and when they were taken.
DatedFigures = tuple[datetime, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class SectionTotal:
    """Figures added up at the last count of each day; of so many repositories."""

    track: series.Track
    known: int


@dataclass(frozen=True, slots=True)
class _Member:
    """One repository's last figures of each day, and since when none of the others' days lies in a gap of it."""

    days: Mapping[date, DatedFigures]
    since: date


def add_up(histories: Iterable[Sequence[DatedFigures]]) -> SectionTotal | None:
    """Return the sum of histories, each oldest first, or `None` where nothing was counted.

    It begins on the first day from which at least half of those counted at the end were counted without a gap,
    and adds up these alone. A day on which one of them was left out has the count before it. Days on which none of
    all was counted are a gap of the sum, and of nobody.
    """
    by_day = [{taken[0].date(): taken for taken in history} for history in histories if history]
    every = sorted({day for days in by_day for day in days})
    members = [member for days in by_day if (member := _member(days, every))]
    if not members:
        return None
    start = sorted(member.since for member in members)[(len(members) - 1) // 2]
    inside = [member for member in members if member.since <= start]
    days = sorted({day for member in inside for day in member.days if day >= start})
    filled = [_filled(member, days) for member in inside]
    # By columns, as that is several times as fast as by rows.
    instants = list(map(max, zip(*([at for at, _ in row] for row in filled), strict=True)))
    columns = (
        list(map(sum, zip(*([figures[i] for _, figures in row] for row in filled), strict=True)))
        for i in range(len(filled[0][0][1]))
    )
    track = series.build_track(instants, *columns)
    return SectionTotal(track, len(inside)) if track else None


def _member(days: Mapping[date, DatedFigures], every: Sequence[date]) -> _Member | None:
    """Return a repository that was still counted at the end, otherwise `None`."""
    taken = list(days)
    longest = gaps.longest_interval(taken)
    if every[-1] - taken[-1] > longest:
        return None
    broken = [b for a, b in pairwise(taken) if b - a > longest and any(a < day < b for day in every)]
    return _Member(days, broken[-1] if broken else taken[0])


def _filled(member: _Member, days: Sequence[date]) -> list[DatedFigures]:
    """Return the figures of a member on each of the days, or the last ones before; none begins before it does."""
    latest = next(taken for day, taken in reversed(list(member.days.items())) if day <= days[0])
    return [latest := member.days.get(day, latest) for day in days]
