"""Section totals over time, without a jump where a project joins the list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from startrack.dashboards.charts import series
from startrack.trends import gaps

__all__ = ["DatedFigures", "SectionTotal", "add_up"]

DatedFigures = tuple[datetime, tuple[int, ...]]
"""The figures of one repository, and when they were counted."""


@dataclass(frozen=True, slots=True)
class SectionTotal:
    """The total of each day, from the last count of that day; `known` is the number of repositories included."""

    track: series.Track
    known: int


@dataclass(frozen=True, slots=True)
class _Member:
    """The last count of each day of one repository, and the day since which it has no gap."""

    days: Mapping[date, DatedFigures]
    since: date


def add_up(histories: Iterable[Sequence[DatedFigures]]) -> SectionTotal | None:
    """Return the total of histories, each oldest first, or `None` if nothing was counted.

    The total starts on the first day from which at least half of the repositories that are still counted at the end
    have no gap. Only these repositories are included. On a day without a count, a repository keeps its previous one.
    A day on which no repository was counted is a gap of the total, but not of a single repository.
    """
    by_day = [{figures[0].date(): figures for figures in history} for history in histories if history]
    all_days = sorted({day for days in by_day for day in days})
    members = [member for days in by_day if (member := _member(days, all_days))]
    if not members:
        return None
    start = sorted(member.since for member in members)[(len(members) - 1) // 2]
    included = [member for member in members if member.since <= start]
    days = sorted({day for member in included for day in member.days if day >= start})
    filled = [_fill(member, days) for member in included]
    # By columns, which is several times as fast as by rows.
    instants = list(map(max, zip(*([taken_at for taken_at, _ in row] for row in filled), strict=True)))
    columns = (
        list(map(sum, zip(*([figures[i] for _, figures in row] for row in filled), strict=True)))
        for i in range(len(filled[0][0][1]))
    )
    track = series.build_track(instants, *columns)
    return SectionTotal(track, len(included)) if track else None


def _member(days: Mapping[date, DatedFigures], all_days: Sequence[date]) -> _Member | None:
    """Return a repository that was still counted at the end, otherwise `None`."""
    counted = list(days)
    longest = gaps.longest_interval(counted)
    if all_days[-1] - counted[-1] > longest:
        return None
    after_gaps = [b for a, b in pairwise(counted) if b - a > longest and any(a < day < b for day in all_days)]
    return _Member(days, after_gaps[-1] if after_gaps else counted[0])


def _fill(member: _Member, days: Sequence[date]) -> list[DatedFigures]:
    """Return the figures of a member on each day, or its last ones before; the first day is not before its first."""
    latest = next(figures for day, figures in reversed(list(member.days.items())) if day <= days[0])
    return [latest := member.days.get(day, latest) for day in days]
