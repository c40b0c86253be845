"""Renders a project's stars of the last 90 days as a small SVG line for tables."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from startrack.model.changes import Count
from startrack.trends import gaps

__all__ = [
    "DAYS",
    "render",
]


DAYS: Final = 90
_MOST_POINTS: Final = 30
_WIDTH: Final = 180
_HEIGHT: Final = 40
_EDGE: Final = 3
_SVG: Final = Markup('<svg class="spark{}" viewBox="0 0 180 40" aria-hidden="true"><path d="{}"/></svg>')


def render(counts: Sequence[Count], as_of: datetime) -> Markup:
    """Return the line of the 90 days up to `as_of`, empty if these have fewer than two counts.

    Its scale goes from its lowest to its highest count. The line breaks at gaps.
    """
    start = as_of - timedelta(days=DAYS)
    recent = counts[bisect_left(counts, start, key=_taken_at) : bisect_right(counts, as_of, key=_taken_at)]
    if len(recent) < 2:  # noqa: PLR2004 - a line needs two points
        return Markup()
    has_lost = recent[-1].stars < recent[0].stars
    return _SVG.format(" loss" if has_lost else "", _line(recent, start))


def _line(counts: Sequence[Count], start: datetime) -> str:
    shown = _thin(counts)
    low = min(count.stars for count in shown)
    span = max(count.stars for count in shown) - low
    points = [(_x(count, start), _y(count, low, span)) for count in shown]
    gap_ends = [gap.after for gap in gaps.find_gaps([count.taken_at for count in counts])]
    breaks = [any(a.taken_at < gap_end <= b.taken_at for gap_end in gap_ends) for a, b in pairwise(shown)]
    starts = [0, *(i for i, is_break in enumerate(breaks, start=1) if is_break), len(points)]
    return "".join(_part(points[start:end]) for start, end in pairwise(starts))


def _part(points: Sequence[tuple[int, int]]) -> str:
    """Return the part between two gaps: a line, or a dot for a single count."""
    (x, y), *others = points
    steps = "".join(f"l{x - x0} {y - y0}" for (x0, y0), (x, y) in pairwise(points)) if others else "h0"
    return f"M{x} {y}{steps}"


def _thin(counts: Sequence[Count]) -> Sequence[Count]:
    """Return at most 30 of the counts, evenly chosen, always with the first and the last."""
    if len(counts) <= _MOST_POINTS:
        return counts
    last = len(counts) - 1
    return [counts[last * i // (_MOST_POINTS - 1)] for i in range(_MOST_POINTS)]


def _x(count: Count, start: datetime) -> int:
    return round(_WIDTH * ((count.taken_at - start) / timedelta(days=DAYS)))


def _y(count: Count, low: int, span: int) -> int:
    share = (count.stars - low) / span if span else 0.5
    return round(_HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE))


def _taken_at(count: Count) -> datetime:
    return count.taken_at
