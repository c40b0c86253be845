"""Renders a project's stars of the last 90 days as a small SVG line for tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from startrack.model.count_history import CountHistory, Times, to_microseconds
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
_SPAN: Final = timedelta(days=DAYS) // timedelta(microseconds=1)
_SVG: Final = Markup('<svg class="spark{}" viewBox="0 0 180 40" aria-hidden="true"><path d="{}"/></svg>')


def render(counts: CountHistory, as_of: datetime) -> Markup:
    """Return the line of the 90 days up to `as_of`, empty if these have fewer than two counts.

    Its scale goes from its lowest to its highest count. The line breaks at gaps.
    """
    start = as_of - timedelta(days=DAYS)
    recent = counts.between(start, as_of)
    if len(recent) < 2:  # noqa: PLR2004 - a line needs two points
        return Markup()
    has_lost = recent.stars[-1] < recent.stars[0]
    return _SVG.format(" loss" if has_lost else "", _line(recent, start))


def _line(counts: CountHistory, start: datetime) -> str:
    positions, breaks = _layout(counts.times, to_microseconds(start))
    stars = [counts.stars[index] for index, _ in positions]
    low = min(stars)
    span = max(stars) - low
    points = [(x, _y(number, low, span)) for (_, x), number in zip(positions, stars, strict=True)]
    return "".join(_part(points[first:end]) for first, end in pairwise((0, *breaks, len(points))))


@lru_cache(maxsize=1024)
def _layout(times: Times, start: int) -> tuple[Sequence[tuple[int, int]], Sequence[int]]:
    """Return the index and the x coordinate of each shown count, and the positions of those after a gap."""
    shown = _thin(len(times))
    after_gaps = gaps.find_breaks(times)
    breaks = [i for i, (a, b) in enumerate(pairwise(shown), start=1) if any(a < index <= b for index in after_gaps)]
    return [(index, _x(times[index] - start)) for index in shown], breaks


def _part(points: Sequence[tuple[int, int]]) -> str:
    """Return the part between two gaps: a line, or a dot for a single count."""
    (x, y), *others = points
    steps = "".join(f"l{x - x0} {y - y0}" for (x0, y0), (x, y) in pairwise(points)) if others else "h0"
    return f"M{x} {y}{steps}"


def _thin(number: int) -> Sequence[int]:
    """Return the indexes of at most 30 of some counts, evenly chosen, always with the first and the last."""
    if number <= _MOST_POINTS:
        return range(number)
    return [(number - 1) * i // (_MOST_POINTS - 1) for i in range(_MOST_POINTS)]


def _x(microseconds: int) -> int:
    return round(_WIDTH * (microseconds / _SPAN))


def _y(stars: int, low: int, span: int) -> int:
    share = (stars - low) / span if span else 0.5
    return round(_HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE))
