"""A project's last months as a line the height of a text."""

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
_POINTS: Final = 30
_WIDTH: Final = 180
_HEIGHT: Final = 40
_EDGE: Final = 3
_SVG: Final = Markup('<svg class="spark{}" viewBox="0 0 180 40" aria-hidden="true"><path d="{}"/></svg>')


def render(counts: Sequence[Count], as_of: datetime) -> Markup:
    """Return the stars of the 90 days up to an instant as SVG, empty where fewer than two counts are known.

    The line has a scale of its own, from its lowest to its highest count, and breaks at gaps.
    """
    start = as_of - timedelta(days=DAYS)
    recent = counts[bisect_left(counts, start, key=_taken_at) : bisect_right(counts, as_of, key=_taken_at)]
    if len(recent) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup()
    has_lost = recent[-1].stars < recent[0].stars
    return _SVG.format(" loss" if has_lost else "", _line(recent, start))


def _line(counts: Sequence[Count], start: datetime) -> str:
    shown = _thinned(counts)
    low = min(count.stars for count in shown)
    span = max(count.stars for count in shown) - low
    points = [(_across(count, start), _up(count, low, span)) for count in shown]
    holes = [gap.after for gap in gaps.find_gaps([count.taken_at for count in counts])]
    breaks = [any(a.taken_at < hole <= b.taken_at for hole in holes) for a, b in pairwise(shown)]
    starts = [0, *(place for place, is_break in enumerate(breaks, start=1) if is_break), len(points)]
    return "".join(_part(points[a:b]) for a, b in pairwise(starts))


def _part(points: Sequence[tuple[int, int]]) -> str:
    """Return what lies between two gaps: a line, or a dot for a count that stands alone."""
    (x, y), *others = points
    steps = "".join(f"l{x - x0} {y - y0}" for (x0, y0), (x, y) in pairwise(points)) if others else "h0"
    return f"M{x} {y}{steps}"


def _thinned(counts: Sequence[Count]) -> Sequence[Count]:
    """Return counts as evenly apart as can be where there are too many, the first and the newest among them."""
    if len(counts) <= _POINTS:
        return counts
    last = len(counts) - 1
    return [counts[last * place // (_POINTS - 1)] for place in range(_POINTS)]


def _across(count: Count, start: datetime) -> int:
    return round(_WIDTH * ((count.taken_at - start) / timedelta(days=DAYS)))


def _up(count: Count, low: int, span: int) -> int:
    share = (count.stars - low) / span if span else 0.5
    return round(_HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE))


def _taken_at(count: Count) -> datetime:
    return count.taken_at
