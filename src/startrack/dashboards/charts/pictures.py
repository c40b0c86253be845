"""The first picture of each chart on pages: an SVG in the page, which Plotly's chart replaces.

It has the axes, colours and gaps of that chart. Its colours are those of `palette.stylesheet`, so they follow the
theme. It is as wide as the page leaves: x coordinates are shares of the width, y coordinates are pixels.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from markupsafe import Markup

from startrack.dashboards.charts import axes, geometry, palette
from startrack.dashboards.charts.axes import DAY, WEEK, Range, Tick, TimeAxis
from startrack.dashboards.charts.geometry import Line, Scale, escape_text
from startrack.wording import dates, figures

__all__ = [
    "Caption",
    "Mark",
    "Size",
    "axis_title",
    "bar_picture",
    "left_margin",
    "line_picture",
    "line_sentence",
    "margin_class",
    "path",
    "picture_head",
    "rank_range",
    "stylesheet",
]


_UNITS: Final = 2  # y units per pixel
_POINT_DISTANCE: Final = 3
_MANY_TICKS: Final = 8
_FEW_TICKS: Final = 4
# Pixels around the plot area, as in startrack.css and in Plotly's charts.
_TOP: Final = 8
_MARKED_TOP: Final = 18
_BOTTOM: Final = 30
_RIGHT: Final = 8
_SLIDER: Final = 55
_AXIS_TITLE: Final = 6  # margin steps
_LINE_HEIGHT: Final = 16
# The widest digits, commas and minus signs of common fonts at 12 pixels, and the distance of labels from the axis.
_DIGIT_WIDTH: Final = 7.7
_WIDTHS: Final = {",": 4.0, figures.MINUS: 10.1, "K": 7.9, "M": 10.4}
_LABEL_DISTANCE: Final = 9
_MARGIN_STEP: Final = 4
_MARGINS: Final = 32
_BAR_WIDTH: Final = 0.85 * WEEK
_SPIKE_COLOUR: Final = 3
_MARK_HEIGHT: Final = 12
# As in project.js: how close marks are that share a place, and how near to the end numbers are to the left.
_CLOSE_MARKS: Final = 25
_RIGHT_MARKS: Final = 30
_NARROW: Final = 300  # pixels of the plot area on a phone


@dataclass(frozen=True, slots=True)
class Caption:
    """The alternative text of a picture; `key` makes the ids of its elements unique on the page."""

    key: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Size:
    """The height of a chart in pixels, as in `startrack.css`, and its width in x units: lines have a point in three.

    Above the plot area of a chart with marks is room for a triangle. A chart with a slider has a title beside its
    value axis.
    """

    height: int
    width: int
    is_marked: bool = False
    has_slider: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A marked event: its instant in seconds since 1970, and its number in the list below the charts."""

    at: int
    number: int


@dataclass(frozen=True, slots=True)
class _PlacedMark:
    """A mark, with the level of its number below the top, and whether the number is to the left of its line."""

    mark: Mark
    level: int
    is_left: bool


@dataclass(frozen=True, slots=True)
class _Plot:
    """A plot area: its height in units, the scales of its axes, its time axis and the ticks of its value axis."""

    size: Size
    height: int
    x: Scale
    y: Scale
    time: TimeAxis
    values: Sequence[int]

    @property
    def width(self) -> int:
        """The width in units."""
        return self.size.width

    def share(self, at: float) -> str:
        """Return an instant as a share of the width."""
        return _share(self.x.at(at) / self.width)

    def pixels(self, value: float) -> int:
        """Return a figure as pixels from the top."""
        return round(self.y.at(value) / _UNITS)


def line_picture(
    caption: Caption, size: Size, lines: Sequence[Line], marks: Sequence[Mark] = (), shown: Range | None = None
) -> Markup:
    """Return the picture of lines. `shown` is the range of the value axis, if figures do not decide it."""
    values = [value for line in lines for value in line.values if value is not None]
    low, high = min(values), max(values)
    shown = shown or axes.value_range(low, high)
    plot = _plot(size, _line_axis(lines), shown, axes.value_ticks(shown, low, high))
    shapes = "".join(_line(plot, line) for line in lines)
    return _picture(caption, plot, shapes, _place_marks(plot, marks, _extent(lines)))


def _line_axis(lines: Sequence[Line]) -> TimeAxis:
    dotted = [line for line in lines if _has_dots(line)]
    plain = [line for line in lines if not _has_dots(line)] if dotted else lines
    return axes.line_axis(_extent(plain) if plain else None, _extent(dotted) if dotted else None)


def _extent(lines: Sequence[Line]) -> Range:
    return Range(min(line.instants[0] for line in lines), max(line.instants[-1] for line in lines))


def _has_dots(line: Line) -> bool:
    """Return whether a figure is alone between two gaps."""
    if None not in line.values:
        return len(line.values) == 1
    gaps = [-1, *(i for i, value in enumerate(line.values) if value is None), len(line.values)]
    return any(after - before == 2 for before, after in pairwise(gaps))  # noqa: PLR2004 - one figure in between


def _line(plot: _Plot, line: Line) -> str:
    paths = geometry.line_paths(line, plot.x, plot.y, _POINT_DISTANCE)
    css_class = f"line c{line.colour}{' dash' if line.is_dashed else ''}"
    line_path = path(css_class, paths.line) if paths.line else ""
    # A single count between two gaps is a line without length, which its round ends make a dot.
    return line_path + path(f"{css_class} dot", paths.dots) if paths.dots else line_path


def bar_picture(
    caption: Caption,
    size: Size,
    bars: Sequence[tuple[int, int | None]],
    spikes: Sequence[int] = (),
    marks: Sequence[Mark] = (),
) -> Markup:
    """Return the picture of a figure for each week, with the middle of its bar; `spikes` are indexes of bars."""
    values = [value for _, value in bars if value is not None]
    low, high = min(0, *values), max(0, *values)
    shown, extent = axes.value_range(low, high, from_zero=True), Range(bars[0][0], bars[-1][0])
    spiked = [bars[index] for index in spikes]
    axis = axes.bar_axis(extent, Range(spiked[0][0], spiked[-1][0]) if spiked else None)
    plot = _plot(size, axis, shown, axes.value_ticks(shown, low, high))
    gained, lost = _bars(plot, bars)
    triangles = "".join(
        f'<text class="c{_SPIKE_COLOUR}" x="{plot.share(at)}" y="{plot.pixels(value or 0) - 4}">▼</text>'
        for at, value in spiked
    )
    shapes = path("bar c0", gained) + (path("bar c1", lost) if lost else "")
    return _picture(caption, plot, shapes, _place_marks(plot, marks, extent), triangles)


def _bars(plot: _Plot, bars: Sequence[tuple[int, int | None]]) -> tuple[str, str]:
    """Return the commands for the bars of gains, and for those of losses."""
    start, sides = round(plot.y.at(0)), _bar_sides(tuple([at for at, _ in bars]), plot.x)
    gained: list[str] = []
    lost: list[str] = []
    for (left, right), (_, value) in zip(sides, bars, strict=True):
        if value:
            bar = f"M{left} {start}V{round(plot.y.at(value))}H{right}V{start}z"
            (gained if value > 0 else lost).append(bar)
    return "".join(gained), "".join(lost)


# Most projects of a list have the same weeks.
@lru_cache(maxsize=256)
def _bar_sides(middles: tuple[int, ...], x: Scale) -> tuple[tuple[int, int], ...]:
    half = _BAR_WIDTH / 2
    return tuple([(round(x.at(at - half)), round(x.at(at + half))) for at in middles])


def line_sentence(line: Line, noun: str) -> str:
    """Return the first and the last figure of a line in words; `noun` is that of one."""
    points = list(zip(line.instants, line.values, strict=True))
    first, start = _first_known(points)
    last, end = _first_known(reversed(points))
    if first == last:
        return f"{figures.count(end, noun)} on {dates.day(geometry.instant(last))}, a single count."
    return (
        f"from {figures.count(start, noun)} on {dates.day(geometry.instant(first))} to {figures.number(end)} on "
        f"{dates.day(geometry.instant(last))}: {figures.signed(end - start)}."
    )


def _first_known(points: Iterable[tuple[int, int | None]]) -> tuple[int, int]:
    return next((at, value) for at, value in points if value is not None)


def rank_range(places: Iterable[int | None]) -> Range:
    """Return the range of an axis of ranks, which runs downwards: rank 1 is at the top, with nothing above it."""
    ranks = [place for place in places if place is not None]
    edge = max((max(ranks) - min(ranks)) / 20, 0.5)
    return Range(max(ranks) + edge, max(min(ranks) - edge, 0.5))


def _plot(size: Size, axis: TimeAxis, shown: Range, values: Sequence[int]) -> _Plot:
    has_years = any(tick.below for tick in axes.time_ticks(axis, _MANY_TICKS))
    bottom = _BOTTOM + _SLIDER * size.has_slider + _LINE_HEIGHT * has_years
    height = (size.height - (_MARKED_TOP if size.is_marked else _TOP) - bottom) * _UNITS
    return _Plot(size, height, Scale(*axis.shown, 0, size.width), Scale(*shown, height, 0), axis, values)


def _share(part: float) -> str:
    return f"{100 * part:.1f}%"


def _picture(caption: Caption, plot: _Plot, shapes: str, marks: Sequence[_PlacedMark], texts: str = "") -> Markup:
    height, labels = plot.height // _UNITS, [figures.number(value) for value in plot.values]
    margin = left_margin(labels) + _AXIS_TITLE * plot.size.has_slider
    title = axis_title(caption.title, height, margin) if plot.size.has_slider else ""
    classes = f"{margin_class(margin)}{' marked' if plot.size.is_marked else ''}"
    return Markup(  # noqa: S704 - every text is escaped
        f"{picture_head(caption, classes, height)}"
        f'<svg class="plot" viewBox="0 0 {plot.width} {plot.height}" preserveAspectRatio="none">'
        f"{_grid(plot)}{shapes}{_mark_lines(plot, marks)}</svg>"
        f"{_value_labels(plot, labels)}{_time_labels(plot.time, plot.width, height)}"
        f"{texts}{_mark_numbers(plot, marks)}{title}</svg>"
    )


def picture_head(caption: Caption, classes: str, height: int) -> str:
    """Return the start tag of a picture with a height in pixels and its alternative text."""
    key = caption.key
    return (
        f'<svg class="picture {classes}" height="{height}" role="img" '
        f'aria-labelledby="{key}-title {key}-summary"><title id="{key}-title">{escape_text(caption.title)}</title>'
        f'<desc id="{key}-summary">{escape_text(caption.summary)}</desc>'
    )


def axis_title(text: str, height: int, margin: int) -> str:
    """Return the title beside a value axis of a height in pixels; `margin` is in steps."""
    x, y = 14 - margin * _MARGIN_STEP, height // 2
    return f'<text class="title" transform="rotate(-90 {x} {y})" x="{x}" y="{y}">{escape_text(text)}</text>'


def left_margin(labels: Sequence[str]) -> int:
    """Return the margin that the labels of the value axis need, in steps of four pixels."""
    widths = (sum(_WIDTHS.get(character, _DIGIT_WIDTH) for character in label) for label in labels)
    return math.ceil((max(widths) + _LABEL_DISTANCE) / _MARGIN_STEP)


def margin_class(margin: int) -> str:
    """Return the class of a margin at the left."""
    return f"l{min(margin, _MARGINS)}"


def stylesheet() -> str:
    """Return the classes of the margins of pictures, with the colours of all charts."""
    margins = (f".l{number} {{ --left: {number * _MARGIN_STEP}px; }}\n" for number in range(1, _MARGINS + 1))
    return palette.stylesheet() + "".join(margins)


def path(css_class: str, commands: str) -> str:
    """Return a path element."""
    return f'<path class="{css_class}" d="{commands}"/>'


def _grid(plot: _Plot) -> str:
    heights = [(value, round(plot.y.at(value))) for value in plot.values]
    lines = "".join(f"M0 {height}h{plot.width}" for value, height in heights if value)
    zero = "".join(f"M0 {height}h{plot.width}" for value, height in heights if not value)
    return path("grid", lines) + (path("axis", zero) if zero else "")


def _value_labels(plot: _Plot, labels: Sequence[str]) -> str:
    texts = (
        f'<text x="-1" y="{plot.pixels(value) + 4}">{label}</text>'
        for value, label in zip(plot.values, labels, strict=True)
    )
    return f'<g class="values">{"".join(texts)}</g>'


# Most charts of a list have the same time axis.
@lru_cache(maxsize=256)
def _time_labels(axis: TimeAxis, width: int, height: int) -> str:
    """Return the labels of a time axis: those of every chart, of wide charts only, and of narrow ones only."""
    many, few = axes.time_ticks(axis, _MANY_TICKS), axes.time_ticks(axis, _FEW_TICKS)
    groups = {
        "times": [tick for tick in many if tick in few],
        "times wide": [tick for tick in many if tick not in few],
        "times narrow": [tick for tick in few if tick not in many],
    }
    scale = Scale(*axis.shown, 0, 1)
    return "".join(
        f'<g class="{css_class}">{"".join(_time_label(tick, scale.at(tick.at), width, height) for tick in ticks)}</g>'
        for css_class, ticks in groups.items()
        if ticks
    )


def _time_label(tick: Tick, part: float, width: int, height: int) -> str:
    """Return the label of a tick at a part of the width of a chart; the height is in pixels."""
    x = _share(part)
    line = f'<line x1="{x}" x2="{x}" y1="{height}" y2="{height + 4}"/>'
    # Half of a label at the end of the axis needs the room of the margin at the right, as in Plotly's charts.
    room = (1 - part) / (len(tick.text) * _DIGIT_WIDTH / 2 - _RIGHT)
    if room < 1 / width:
        return line
    css_class = ' class="wide"' if room < 1 / _NARROW else ""
    below = f'<tspan x="{x}" dy="{_LINE_HEIGHT}">{tick.below}</tspan>' if tick.below else ""
    return f'{line}<text{css_class} x="{x}" y="{height + 19}">{tick.text}{below}</text>'


def _place_marks(plot: _Plot, marks: Sequence[Mark], extent: Range) -> list[_PlacedMark]:
    """Return the marks between the first and the last figure. An event is at the midnight before it.

    Numbers of events that are close together are below each other.
    """
    inside = [mark for mark in marks if extent.low - DAY < mark.at <= extent.high]
    nearby = (inside[-1].at - inside[0].at) / _CLOSE_MARKS if inside else 0
    right_end = extent.high - (extent.high - extent.low) / _RIGHT_MARKS
    placed: list[_PlacedMark] = []
    for mark in inside:
        is_close = bool(placed) and mark.at - placed[-1].mark.at <= nearby
        placed.append(_PlacedMark(mark, placed[-1].level + 1 if is_close else 0, mark.at > right_end))
    return [shown for shown in placed if plot.x.low <= shown.mark.at <= plot.x.high]


def _mark_lines(plot: _Plot, marks: Sequence[_PlacedMark]) -> str:
    lines = "".join(f"M{round(plot.x.at(placed.mark.at))} 0v{plot.height}" for placed in marks)
    return path("mark", lines) if lines else ""


def _mark_numbers(plot: _Plot, marks: Sequence[_PlacedMark]) -> str:
    return "".join(
        f'<text class="{"left" if placed.is_left else "right"}" x="{plot.share(placed.mark.at)}" '
        f'dx="{-2 if placed.is_left else 2}" '
        f'y="{_MARK_HEIGHT * (placed.level + 1)}">{placed.mark.number}</text>'
        for placed in marks
    )
