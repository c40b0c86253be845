"""Renders line charts as SVG for READMEs: without scripts and fonts, and with the same bytes for the same figures.

The light and the dark file of a chart differ only in the colours of their style element.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from startrack.dashboards.charts import axes, geometry
from startrack.dashboards.charts.geometry import Line, Scale, escape_text
from startrack.dashboards.charts.palette import FONT, Palette
from startrack.wording import dates, phrases
from startrack.wording import figures as wording_figures

__all__ = [
    "Chart",
    "render",
]


_WIDTH: Final = 760
_HEIGHT: Final = 320
_TOP: Final = 50
_BOTTOM: Final = 56
_EDGE: Final = 16
# The average width of a character in pixels, at most, as system fonts differ: at 12 pixels, in bold, and in titles.
_CHARACTER_WIDTH: Final = 7
_BOLD_WIDTH: Final = 8
_TITLE_WIDTH: Final = 10
_LINE_HEIGHT: Final = 17
_LONGEST_LABEL: Final = 36
_UNITS: Final = 10  # path units per pixel
_POINT_DISTANCE: Final = 3 * _UNITS

_STYLE: Final = (
    "text{{font:12px {font};fill:{colours.text};font-variant-numeric:tabular-nums;unicode-bidi:isolate}}"
    ".paper{{fill:{colours.background}}}.title{{font-size:16px;font-weight:600;fill:{colours.heading}}}"
    ".end{{text-anchor:end}}.mid{{text-anchor:middle}}.mark{{text-anchor:end;font-weight:600;fill:{colours.chip_text}}}"
    ".chip{{fill:{colours.chip_background}}}path{{fill:none;stroke-width:1}}.grid{{stroke:{colours.grid}}}"
    ".axis{{stroke:{colours.axis}}}.line{{stroke-width:20;stroke-linejoin:round;stroke-linecap:round}}"
    ".dash{{stroke-dasharray:50 45}}.dot{{stroke-width:60}}"
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with lines or, if there are none, with a sentence that says why.

    `summary` is the alternative text. `note` is a line below the chart, and `mark` the label of the figures, such as
    "simulated". `is_change` gives the figures on the axis a sign.
    """

    title: str
    summary: str
    as_of: datetime
    lines: tuple[Line, ...] = ()
    sentence: str = ""
    note: str = ""
    mark: str = ""
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class _Frame:
    """The position of a plot in pixels, and the scales of its axes in path units."""

    left: int
    right: int
    x: Scale
    y: Scale


def render(chart: Chart, *palettes: Palette) -> tuple[str, ...]:
    """Return the SVG of a chart in each palette."""
    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-labelledby="title summary">\n<title id="title">{escape_text(chart.title)}</title>\n'
        f'<desc id="summary">{escape_text(chart.summary)}</desc>\n'
    )
    body = "\n".join([*_header(chart), *(_plot(chart) if chart.lines else _sentence(chart.sentence))])
    colours = frozenset(line.colour for line in chart.lines)
    return tuple(
        f'{head}<style>{_style(palette, colours)}</style>\n<rect class="paper" {size} rx="6"/>\n{body}\n</svg>\n'
        for palette in palettes
    )


# Charts of projects have the same few colours.
@lru_cache(maxsize=256)
def _style(palette: Palette, colours: frozenset[int]) -> str:
    line_rules = (
        f".s{number}{{stroke:{palette.lines[number]}}}.t{number}{{fill:{palette.lines[number]};font-weight:600}}"
        for number in sorted(colours)
    )
    return _STYLE.format(font=FONT, colours=palette) + "".join(line_rules)


def _text(css_class: str, x: float, y: float, text: str) -> str:
    return f'<text class="{css_class}" x="{round(x)}" y="{round(y)}">{escape_text(text)}</text>'


def _path(css_class: str, commands: str) -> str:
    return f'<path class="{css_class}" d="{commands}"/>'


def _header(chart: Chart) -> Iterator[str]:
    chip_width = len(chart.mark) * _BOLD_WIDTH + 16 if chart.mark else 0
    yield _text("title", _EDGE, 29, phrases.clipped(chart.title, (_WIDTH - 2 * _EDGE - chip_width) // _TITLE_WIDTH))
    yield _text("end", _WIDTH - _EDGE, _HEIGHT - 12, f"as of {dates.instant(chart.as_of)}")
    if chart.note:
        yield _text("", _EDGE, _HEIGHT - 12, chart.note)
    if chart.mark:
        yield f'<rect class="chip" x="{_WIDTH - _EDGE - chip_width}" y="14" width="{chip_width}" height="21" rx="10"/>'
        yield _text("mark", _WIDTH - _EDGE - 9, 29, chart.mark)


def _sentence(sentence: str) -> Iterator[str]:
    for number, line in enumerate(textwrap.wrap(sentence, (_WIDTH - 2 * _EDGE) // _CHARACTER_WIDTH)):
        yield _text("", _EDGE, _TOP + 60 + number * _LINE_HEIGHT, line)


def _plot(chart: Chart) -> Iterator[str]:
    ticks = _ticks(chart.lines)
    frame = _frame(chart, ticks)
    yield from _value_axis(frame, ticks, is_change=chart.is_change)
    yield from _time_axis(frame)
    yield '<g transform="scale(.1)">'
    for line in chart.lines:
        yield from _line(frame, line)
    yield "</g>"
    yield from _labels(frame, [line for line in chart.lines if line.label])


def _value_axis(frame: _Frame, ticks: Sequence[int], *, is_change: bool) -> Iterator[str]:
    for tick in ticks:
        y = frame.y.at(tick) / _UNITS
        css_class = "axis" if tick == ticks[0] else "grid"
        yield _path(css_class, f"M{frame.left} {round(y)}h{frame.right - frame.left}")
        yield _text(
            "end", frame.left - 8, y + 4, wording_figures.signed(tick) if is_change else wording_figures.number(tick)
        )


def _time_axis(frame: _Frame) -> Iterator[str]:
    for tick in axes.date_ticks(int(frame.x.low), int(frame.x.high)):
        x = frame.x.at(tick.at) / _UNITS
        yield _path("axis", f"M{round(x)} {_HEIGHT - _BOTTOM}v4")
        yield _text("mid", x, _HEIGHT - _BOTTOM + 18, tick.text)


def _ticks(lines: Sequence[Line]) -> tuple[int, ...]:
    values = [value for line in lines for value in line.values if value is not None]
    low, high = min(values), max(values)
    # Start at 0, unless the lines would then use only the upper half.
    return axes.number_ticks(low if low * 2 > high else min(low, 0), high)


def _frame(chart: Chart, ticks: Sequence[int]) -> _Frame:
    first = min(line.instants[0] for line in chart.lines)
    last = max(line.instants[-1] for line in chart.lines)
    tick_length = max(len(wording_figures.signed(tick)) for tick in ticks)
    label_length = max(len(phrases.clipped(line.label, _LONGEST_LABEL)) for line in chart.lines)
    left = _EDGE + tick_length * _CHARACTER_WIDTH + 8
    right = _WIDTH - _EDGE - label_length * _BOLD_WIDTH - 14
    # If all counts have the same instant, they are at the right, after one empty day.
    x = Scale(first if first < last else last - axes.DAY, last, left * _UNITS, right * _UNITS)
    return _Frame(left, right, x, Scale(ticks[0], ticks[-1], (_HEIGHT - _BOTTOM) * _UNITS, _TOP * _UNITS))


def _line(frame: _Frame, line: Line) -> Iterator[str]:
    paths = geometry.line_paths(line, frame.x, frame.y, _POINT_DISTANCE)
    css_class = f"s{line.colour}{' dash' if line.is_dashed else ''}"
    if paths.line:
        yield _path(f"line {css_class}", paths.line)
    # A single count between two gaps is a line without length, which its round ends make a dot.
    if paths.dots:
        yield _path(f"line dot {css_class}", paths.dots)


def _labels(frame: _Frame, lines: Sequence[Line]) -> Iterator[str]:
    ends = [round(frame.y.at(line.values[-1] or 0)) / _UNITS for line in lines]
    for line, end, y in zip(lines, ends, _spread(ends), strict=True):
        x = frame.x.at(line.instants[-1]) / _UNITS
        if abs(y - end) > _LINE_HEIGHT / 3:
            yield _path("axis", f"M{round(x) + 4} {round(end)}L{frame.right + 9} {round(y)}")
        yield _text(f"t{line.colour}", frame.right + 12, y + 4, phrases.clipped(line.label, _LONGEST_LABEL))


def _spread(ends: Sequence[float]) -> list[float]:
    """Return the height of each label, as close to the end of its line as the other labels allow."""
    order = sorted(range(len(ends)), key=lambda i: ends[i])
    heights = [ends[i] for i in order]
    for i in range(1, len(heights)):
        heights[i] = max(heights[i], heights[i - 1] + _LINE_HEIGHT)
    lowest = float(_HEIGHT - _BOTTOM)
    for i in range(len(heights) - 1, -1, -1):
        heights[i] = min(heights[i], lowest)
        lowest = heights[i] - _LINE_HEIGHT
    height_by_line = dict(zip(order, heights, strict=True))
    return [height_by_line[i] for i in range(len(ends))]
