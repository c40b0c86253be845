"""The first picture of points in four quadrants, with the axes of Plotly's chart: symmetric logarithms."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from startrack.dashboards.charts.geometry import Scale, escape_text
from startrack.dashboards.charts.pictures import Caption, axis_title, left_margin, margin_class, path, picture_head
from startrack.wording import figures

__all__ = ["Group", "points_picture", "scaled"]

_HEIGHT: Final = 408
_UNITS: Final = 1_000  # of the width
_TITLE: Final = 4  # margin steps
_EDGE: Final = 0.35
_DECADES: Final = tuple(10**power for power in range(7))
_SHAPES: Final = "●◆■▲"
_SUFFIXES: Final = ((1_000_000, "M"), (1_000, "K"))


@dataclass(frozen=True, slots=True)
class Group:
    """The points of one quadrant: commits to the right, stars upwards."""

    title: str
    points: Sequence[tuple[int, int]]


def points_picture(caption: Caption, groups: Sequence[Group], medians: tuple[float, float]) -> Markup:
    """Return the picture of four groups, in the order upper right, upper left, lower right, lower left."""
    points = [point for group in groups for point in group.points]
    x, x_ticks = _axis([commits for commits, _ in points], 0, _UNITS)
    y, y_ticks = _axis([stars for _, stars in points], _HEIGHT, 0)
    labels = [_label(tick) for tick in y_ticks]
    margin = left_margin(labels) + _TITLE
    grid = "".join(f"M{x.at(scaled(tick)):.0f} 0v{_HEIGHT}" for tick in x_ticks)
    grid += "".join(f"M0 {y.at(scaled(tick)):.0f}h{_UNITS}" for tick in y_ticks)
    commits, stars = (scaled(median) for median in medians)
    values = "".join(
        f'<text x="-1" y="{y.at(scaled(tick)) + 4:.0f}">{label}</text>'
        for tick, label in zip(y_ticks, labels, strict=True)
    )
    return Markup(  # noqa: S704 - every text is escaped
        f"{picture_head(caption, margin_class(margin), _HEIGHT)}"
        f'<svg class="plot" viewBox="0 0 {_UNITS} {_HEIGHT}" preserveAspectRatio="none">{path("grid", grid)}'
        f"{path('median', f'M{x.at(commits):.0f} 0v{_HEIGHT}M0 {y.at(stars):.0f}h{_UNITS}')}</svg>"
        f'<g class="values">{values}</g><g class="times">{"".join(_tick(x, tick) for tick in x_ticks)}</g>'
        f"{''.join(_points(number, group, x, y) for number, group in enumerate(groups))}"
        f"{''.join(_corner(number, group) for number, group in enumerate(groups))}"
        f'<text class="title" x="50%" y="{_HEIGHT + 41}">commits made</text>'
        f"{axis_title('stars gained', _HEIGHT, margin)}</svg>"
    )


def scaled(value: float) -> float:
    """Return a figure on a logarithmic scale for gains, losses and 0: sign(n) log10(1 + |n|)."""
    return math.copysign(math.log10(1 + abs(value)), value)


def _axis(values: Sequence[int], start: float, end: float) -> tuple[Scale, list[int]]:
    low, high = min(0, *values), max(0, *values)
    ticks = [tick for tick in (*(-step for step in reversed(_DECADES)), 0, *_DECADES) if low <= tick <= high]
    return Scale(scaled(low) - _EDGE, scaled(high) + _EDGE, start, end), ticks


def _label(tick: int) -> str:
    size = next(((size, suffix) for size, suffix in _SUFFIXES if abs(tick) >= size), (1, ""))
    return f"{figures.number(tick // size[0])}{size[1]}"


def _share(x: Scale, value: float) -> str:
    return f"{100 * x.at(scaled(value)) / _UNITS:.1f}%"


def _tick(x: Scale, tick: int) -> str:
    share = _share(x, tick)
    line = f'<line x1="{share}" x2="{share}" y1="{_HEIGHT}" y2="{_HEIGHT + 4}"/>'
    return f'{line}<text x="{share}" y="{_HEIGHT + 19}">{_label(tick)}</text>'


def _points(number: int, group: Group, x: Scale, y: Scale) -> str:
    """Return a text with a shape at each point, which stays a shape however wide the chart is."""
    places = sorted({(_share(x, commits), round(y.at(scaled(stars)) - 1)) for commits, stars in group.points})
    if not places:
        return ""
    xs, ys = " ".join(share for share, _ in places), " ".join(str(top) for _, top in places)
    return f'<text class="points c{number}" x="{xs}" y="{ys}">{_SHAPES[number] * len(places)}</text>'


def _corner(number: int, group: Group) -> str:
    """Return the title of a group, in its corner."""
    side = 'class="left c{}" x="100%"' if number % 2 == 0 else 'class="right c{}" x="0"'
    height = 12 if number < 2 else _HEIGHT - 5  # noqa: PLR2004 - the first two groups are above
    return f'<text {side.format(number)} y="{height}">{_SHAPES[number]} {escape_text(group.title)}</text>'
