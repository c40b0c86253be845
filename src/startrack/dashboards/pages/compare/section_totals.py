"""Section totals over time, without a jump where a project joins the list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from startrack.dashboards.charts import series
from startrack.model.count_history import Times
from startrack.model.durations import DAY
from startrack.trends import gaps

__all__ = ["History", "SectionTotal", "add_up"]

History = tuple[Times, tuple[Sequence[int], ...]]
"""When one repository was counted, in microseconds since 1970 and oldest first, and a column for each figure."""

_Days = dict[int, int]
"""The index of the last count of each day, by the number of the day since 1970."""

_DAY: Final = DAY // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class SectionTotal:
    """The total of each day, from the last count of that day; `known` is the number of repositories included."""

    track: series.Track
    known: int


def add_up(histories: Iterable[History]) -> SectionTotal | None:
    """Return the total of histories, or `None` if nothing was counted.

    The total starts on the first day from which at least half of the repositories that are still counted at the end
    have no gap. Only these repositories are included. On a day without a count, a repository keeps its previous one.
    A day on which no repository was counted is a gap of the total, but not of a single repository.
    """
    # Most repositories are counted at the same times: what depends on the times only is computed once for all of them.
    figures: dict[Times, list[tuple[Sequence[int], ...]]] = {}
    for times, columns in histories:
        if times:
            figures.setdefault(times, []).append(columns)
    all_days = sorted({day for times in figures for day in _days(times)})
    since = {times: day for times in figures if (day := _counted_since(_days(times), all_days)) is not None}
    if not since:
        return None
    starts = sorted(day for times, day in since.items() for _ in figures[times])
    start = starts[(len(starts) - 1) // 2]
    included = [times for times, day in since.items() if day <= start]
    days = sorted({day for times in included for day in _days(times) if day >= start})
    filled = {times: _fill(_days(times), days) for times in included}
    latest = Times(map(max, zip(*([times[i] for i in rows] for times, rows in filled.items()), strict=True)))
    members = [(rows, columns) for times, rows in filled.items() for columns in figures[times]]
    totals = (
        # By columns, which is several times as fast as by rows.
        list(map(sum, zip(*([columns[number][i] for i in rows] for rows, columns in members), strict=True)))
        for number in range(len(members[0][1]))
    )
    track = series.build_track(latest, *totals)
    return SectionTotal(track, len(members)) if track else None


@lru_cache(maxsize=1024)
def _days(times: Times) -> _Days:
    return {time // _DAY: index for index, time in enumerate(times)}


def _counted_since(days: _Days, all_days: Sequence[int]) -> int | None:
    """Return the day since which a repository has no gap, `None` if it was no longer counted at the end."""
    counted = list(days)
    longest = gaps.longest_interval(counted)
    if all_days[-1] - counted[-1] > longest:
        return None
    after_gaps = [b for a, b in pairwise(counted) if b - a > longest and any(a < day < b for day in all_days)]
    return after_gaps[-1] if after_gaps else counted[0]


def _fill(days: _Days, shown: Sequence[int]) -> list[int]:
    """Return the index of the last count on or before each shown day; the first is not before the first count."""
    latest = next(index for day, index in reversed(days.items()) if day <= shown[0])
    return [latest := days.get(day, latest) for day in shown]
