"""The first picture of a treemap: nested areas, in the layout of Plotly's chart, for a wide page and for a phone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Final, NamedTuple

from markupsafe import Markup

from startrack.dashboards.charts.geometry import escape_text
from startrack.dashboards.charts.pictures import Caption, picture_head
from startrack.wording import phrases

__all__ = ["Area", "treemap_picture"]

_HEIGHT: Final = 536  # pixels, without the path above that Plotly draws
_WIDE: Final = 1200
_NARROW: Final = 360
_UNITS: Final = 2  # per pixel of height
# Pixels around the areas in an area, and between them, as in `plotly.py`.
_HEADER: Final = 19
_SIDE: Final = 2
_BETWEEN: Final = 1
# Pixels that a text needs: per character and beside it, and for one or two lines. And its longest one, in characters.
_CHARACTER: Final = 6
_MARGIN: Final = 6
_LONGEST: Final = 100
_ONE_LINE: Final = 15
_TWO_LINES: Final = 30


@dataclass(frozen=True, slots=True)
class Area:
    """An area with a name, and a text below it if it has no areas in it. `tone` is the index of its fill."""

    name: str
    text: str
    tone: int
    value: int
    inside: "tuple[Area, ...]" = ()


class _Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def turned(self) -> "_Box":
        """Return the box with its axes exchanged."""
        return _Box(self.top, self.left, self.bottom, self.right)

    def shrunk(self, side: float, top: float) -> "_Box":
        """Return the box inside of margins; a box that is too small for them has no size."""
        left, right = self.left + side, self.right - side
        above, below = self.top + top, self.bottom - side
        if left > right:
            left = right = (left + right) / 2
        if above > below:
            above = below = (above + below) / 2
        return _Box(left, above, right, below)


class _Placed(NamedTuple):
    depth: int
    area: Area
    box: _Box


def treemap_picture(caption: Caption, area: Area) -> Markup:
    """Return the picture of an area that contains all others."""
    layouts = {
        "wide": list(_place(area, _Box(0, 0, _WIDE, _HEIGHT))),
        "narrow": list(_place(area, _Box(0, 0, _NARROW, _HEIGHT))),
    }
    widths = {"wide": _WIDE, "narrow": _NARROW}
    layers = "".join(
        f'<g class="{name}"><svg class="plot" viewBox="0 0 {widths[name]} {_HEIGHT * _UNITS}" '
        f'preserveAspectRatio="none">{_shapes(layout)}</svg>{"".join(_texts(layout, widths[name]))}</g>'
        for name, layout in layouts.items()
    )
    return Markup(f"{picture_head(caption, 'treemap', _HEIGHT)}{layers}</svg>")  # noqa: S704 - every text is escaped


def _place(area: Area, box: _Box, depth: int = 0) -> Iterator[_Placed]:
    """Yield an area and all areas in it, each before those in it."""
    yield _Placed(depth, area, box)
    # Half of the distance between areas is inside each of them, so at the sides it is taken off the margin.
    edge = _BETWEEN / 2
    shown = [inner for inner in area.inside if inner.value]
    for inner, outer_box in _squarify(shown, box.shrunk(_SIDE - edge, _HEADER - edge)):
        yield from _place(inner, outer_box.shrunk(edge, edge), depth + 1)


def _squarify(areas: Sequence[Area], box: _Box) -> Iterator[tuple[Area, _Box]]:
    """Yield areas with their boxes, in rows of boxes that are close to squares, as d3-hierarchy does for Plotly.

    Bruls, Huizing, van Wijk: Squarified Treemaps (2000). The order of the areas stays.
    """
    rest, start = sum(area.value for area in areas), 0
    while start < len(areas):
        is_across = box.width < box.height
        end = _row_end(areas, start, _aspect(box) / rest)
        row = areas[start:end]
        value = sum(area.value for area in row)
        across, along = (box.turned(), box) if is_across else (box, box.turned())
        far = across.left + across.width * value / rest
        edges = [
            along.left + along.width * part / value for part in accumulate((area.value for area in row), initial=0)
        ]
        for area, (near_edge, far_edge) in zip(row, pairwise(edges), strict=True):
            placed = _Box(across.left, near_edge, far, far_edge)
            yield area, placed.turned() if is_across else placed
        box = _Box(box.left, far, *box[2:]) if is_across else _Box(far, *box[1:])
        rest, start = rest - value, end


def _aspect(box: _Box) -> float:
    return max(box.width / box.height, box.height / box.width) if box.width and box.height else 1


def _row_end(areas: Sequence[Area], start: int, alpha: float) -> int:
    """Return the end of the row that begins at an area: one more area would make its boxes less square."""
    total = lowest = highest = areas[start].value
    ratio = _ratio(total, lowest, highest, alpha)
    for end in range(start + 1, len(areas)):
        value = areas[end].value
        total, lowest, highest = total + value, min(lowest, value), max(highest, value)
        if (longer := _ratio(total, lowest, highest, alpha)) > ratio:
            return end
        ratio = longer
    return len(areas)


def _ratio(total: int, lowest: int, highest: int, alpha: float) -> float:
    beta = total * total * alpha
    return max(highest / beta, beta / lowest)


def _shapes(layout: Sequence[_Placed]) -> str:
    """Return a path for the areas of each depth and tone: outer areas are below those in them."""
    paths: dict[tuple[int, int], list[str]] = defaultdict(list)
    for depth, area, box in layout:
        left, right, top, bottom = round(box.left), round(box.right), round(box.top * 2), round(box.bottom * 2)
        paths[depth, area.tone].append(f"M{left} {top}H{right}V{bottom}H{left}z")
    return "".join(
        f'<path class="area a{tone}" d="{"".join(commands)}"/>' for (_, tone), commands in sorted(paths.items())
    )


def _texts(layout: Sequence[_Placed], width: int) -> Iterator[str]:
    """Yield the text of each area that has room for it, cut off at the edge of the area."""
    for _, area, box in layout:
        name = phrases.clipped(area.name, _LONGEST)
        has_two = bool(area.text) and not area.inside
        if box.width < _MARGIN + _CHARACTER * len(name) or box.height < (_TWO_LINES if has_two else _ONE_LINE):
            continue
        below = f'<tspan x="3" dy="13">{escape_text(area.text)}</tspan>' if has_two else ""
        yield (
            f'<svg x="{100 * box.left / width:.1f}%" y="{box.top:.0f}" width="{100 * box.width / width:.1f}%" '
            f'height="{box.height:.0f}"><text x="3" y="13">{escape_text(name)}{below}</text></svg>'
        )
