"""Charts as SVG for READMEs: no script, no font of their own, the same bytes for the same figures.

A chart is drawn once; its light and its dark file differ in their colours alone.
"""

import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import pairwise
from typing import Final

from startrack.dashboards.charts import axes
from startrack.dashboards.charts.palette import FONT, Palette
from startrack.model.durations import DAY
from startrack.trends import gaps
from startrack.wording import dates, phrases
from startrack.wording import figures as wording_figures

__all__ = [
    "Chart",
    "Line",
    "render",
]


_WIDTH: Final = 760
_HEIGHT: Final = 320
_TOP: Final = 50
_BOTTOM: Final = 56
_EDGE: Final = 16
# System fonts differ; at 12 pixels none of the common ones is wider on average than this, nor in bold, nor in a title.
_CHARACTER: Final = 7
_BOLD: Final = 8
_LARGE: Final = 10
_LINE: Final = 17
_WIDEST_LABEL: Final = 36
_FINE: Final = 10  # a path's units in a pixel
_NEAREST: Final = 3 * _FINE

_STYLE: Final = (
    "text{{font:12px {font};fill:{colours.text};font-variant-numeric:tabular-nums;unicode-bidi:isolate}}"
    ".paper{{fill:{colours.paper}}}.title{{font-size:16px;font-weight:600;fill:{colours.ink}}}"
    ".end{{text-anchor:end}}.mid{{text-anchor:middle}}.mark{{text-anchor:end;font-weight:600;fill:{colours.label}}}"
    ".chip{{fill:{colours.label_fill}}}path{{fill:none;stroke-width:1}}.grid{{stroke:{colours.line}}}"
    ".axis{{stroke:{colours.strong}}}.line{{stroke-width:20;stroke-linejoin:round;stroke-linecap:round}}"
    ".dash{{stroke-dasharray:50 45}}.dot{{stroke-width:60}}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """Figures over time in the colour of a number, broken at gaps, with a label at its end; dashed where retained.

    The lines of a chart span some time together: one figure alone is a sentence.
    """

    points: Sequence[tuple[datetime, int]]
    label: str
    colour: int = 0
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows: lines, or the sentence that says why there are none.

    `summary` tells the figures in words, `note` what a reader has to know of the lines; `mark` is the label of the
    list whose figures they are. Where the figures are changes, their axis has signs.
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
    """The box of a plot in pixels, and the spans of time and figures that it shows."""

    left: int
    right: int
    first: datetime
    last: datetime
    low: int
    high: int

    def across(self, at: datetime) -> int:
        """Return how far right an instant stands, in a path's units."""
        return self.left * _FINE + round(
            (self.right - self.left) * _FINE * ((at - self.first) / (self.last - self.first)),
        )

    def down(self, value: float) -> int:
        """Return how far down a figure stands, in a path's units."""
        height = (_HEIGHT - _BOTTOM - _TOP) * _FINE
        return (_HEIGHT - _BOTTOM) * _FINE - round(height * (value - self.low) / (self.high - self.low))


def render(chart: Chart, *palettes: Palette) -> tuple[str, ...]:
    """Return the chart in the colours of each palette."""
    size = f'width="{_WIDTH}" height="{_HEIGHT}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-labelledby="title summary">\n<title id="title">{_escaped(chart.title)}</title>\n'
        f'<desc id="summary">{_escaped(chart.summary)}</desc>\n'
    )
    body = "\n".join([*_head(chart), *(_plot(chart) if chart.lines else _sentence(chart.sentence))])
    used = {line.colour for line in chart.lines}
    return tuple(
        f'{head}<style>{_style(palette, used)}</style>\n<rect class="paper" {size} rx="6"/>\n{body}\n</svg>\n'
        for palette in palettes
    )


def _style(palette: Palette, used: Collection[int]) -> str:
    lines = (
        f".s{number}{{stroke:{palette.lines[number]}}}.t{number}{{fill:{palette.lines[number]};font-weight:600}}"
        for number in sorted(used)
    )
    return _STYLE.format(font=FONT, colours=palette) + "".join(lines)


def _escaped(text: str) -> str:
    """Return other people's text as XML has it; nothing else of a chart is theirs."""
    return escape(phrases.plain(text), quote=False)


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{round(x)}" y="{round(y)}">{_escaped(text)}</text>'


def _path(kind: str, steps: str) -> str:
    return f'<path class="{kind}" d="{steps}"/>'


def _head(chart: Chart) -> Iterator[str]:
    chip = len(chart.mark) * _BOLD + 16 if chart.mark else 0
    yield _text("title", _EDGE, 29, phrases.clipped(chart.title, (_WIDTH - 2 * _EDGE - chip) // _LARGE))
    yield _text("end", _WIDTH - _EDGE, _HEIGHT - 12, f"as of {dates.instant(chart.as_of)}")
    if chart.note:
        yield _text("", _EDGE, _HEIGHT - 12, chart.note)
    if chart.mark:
        yield f'<rect class="chip" x="{_WIDTH - _EDGE - chip}" y="14" width="{chip}" height="21" rx="10"/>'
        yield _text("mark", _WIDTH - _EDGE - 9, 29, chart.mark)


def _sentence(sentence: str) -> Iterator[str]:
    for number, line in enumerate(textwrap.wrap(sentence, (_WIDTH - 2 * _EDGE) // _CHARACTER)):
        yield _text("", _EDGE, _TOP + 60 + number * _LINE, line)


def _plot(chart: Chart) -> Iterator[str]:
    ticks = _ticks(chart.lines)
    frame = _frame(chart, ticks)
    yield from _figures(frame, ticks, is_change=chart.is_change)
    yield from _dates(frame)
    yield '<g transform="scale(.1)">'
    for line in chart.lines:
        yield from _line(frame, line)
    yield "</g>"
    yield from _labels(frame, [line for line in chart.lines if line.label])


def _figures(frame: _Frame, ticks: Sequence[int], *, is_change: bool) -> Iterator[str]:
    for tick in ticks:
        y = frame.down(tick) / _FINE
        kind = "axis" if tick == frame.low else "grid"
        yield _path(kind, f"M{frame.left} {round(y)}h{frame.right - frame.left}")
        yield _text(
            "end", frame.left - 8, y + 4, wording_figures.signed(tick) if is_change else wording_figures.number(tick)
        )


def _dates(frame: _Frame) -> Iterator[str]:
    for tick in axes.date_ticks(frame.first, frame.last):
        x = frame.across(tick.at) / _FINE
        yield _path("axis", f"M{round(x)} {_HEIGHT - _BOTTOM}v4")
        yield _text("mid", x, _HEIGHT - _BOTTOM + 18, tick.text)


def _ticks(lines: Sequence[Line]) -> tuple[int, ...]:
    values = [value for line in lines for _, value in line.points]
    low, high = min(values), max(values)
    # From nothing on, unless that would press what happened into the upper half.
    return axes.number_ticks(low if low * 2 > high else min(low, 0), high)


def _frame(chart: Chart, ticks: Sequence[int]) -> _Frame:
    instants = [instant for line in chart.lines for instant, _ in line.points]
    figures = max(len(wording_figures.signed(tick)) for tick in ticks)
    label = max(len(phrases.clipped(line.label, _WIDEST_LABEL)) for line in chart.lines)
    return _Frame(
        left=_EDGE + figures * _CHARACTER + 8,
        right=_WIDTH - _EDGE - label * _BOLD - 14,
        # Counts of one instant alone stand at the right, with a day before them.
        first=min(*instants, max(instants) - DAY),
        last=max(instants),
        low=ticks[0],
        high=ticks[-1],
    )


def _line(frame: _Frame, line: Line) -> Iterator[str]:
    parts = [_thinned(frame, part) for part in _parts(line.points)]
    kind = f"s{line.colour}{' dash' if line.is_dashed else ''}"
    if steps := "".join(_steps(part) for part in parts if len(part) > 1):
        yield _path(f"line {kind}", steps)
    # A count between two gaps has no line to be seen by: round ends make a dot of one without length.
    if dots := "".join(f"M{x} {y}h0" for part in parts if len(part) == 1 for x, y in part):
        yield _path(f"line dot {kind}", dots)


def _steps(points: Sequence[tuple[int, int]]) -> str:
    steps = (f"l{x - x0} {y - y0}" for (x0, y0), (x, y) in pairwise(points))
    return f"M{points[0][0]} {points[0][1]}{''.join(steps)}"


def _parts(points: Sequence[tuple[datetime, int]]) -> Iterator[Sequence[tuple[datetime, int]]]:
    """Yield what lies between gaps."""
    ends = {gap.after for gap in gaps.find_gaps([instant for instant, _ in points])}
    starts = [0, *(place for place, (instant, _) in enumerate(points) if instant in ends), len(points)]
    return (points[a:b] for a, b in pairwise(starts))


def _thinned(frame: _Frame, points: Sequence[tuple[datetime, int]]) -> Sequence[tuple[int, int]]:
    """Return where points stand: the first one, and the last of every three pixels."""
    places = [frame.across(instant) for instant, _ in points]
    last = {x // _NEAREST: (x, value) for x, (_, value) in zip(places[1:], points[1:], strict=True)}
    return [(x, frame.down(value)) for x, value in ((places[0], points[0][1]), *last.values())]


def _labels(frame: _Frame, lines: Sequence[Line]) -> Iterator[str]:
    ends = [frame.down(line.points[-1][1]) / _FINE for line in lines]
    for line, end, y in zip(lines, ends, _spread(ends), strict=True):
        x = frame.across(line.points[-1][0]) / _FINE
        if abs(y - end) > _LINE / 3:
            yield _path("axis", f"M{round(x) + 4} {round(end)}L{frame.right + 9} {round(y)}")
        yield _text(f"t{line.colour}", frame.right + 12, y + 4, phrases.clipped(line.label, _WIDEST_LABEL))


def _spread(ends: Sequence[float]) -> list[float]:
    """Return a height for each label, as near to the end of its line as the others leave room."""
    order = sorted(range(len(ends)), key=lambda place: ends[place])
    heights = [ends[place] for place in order]
    for place in range(1, len(heights)):
        heights[place] = max(heights[place], heights[place - 1] + _LINE)
    lowest = float(_HEIGHT - _BOTTOM)
    for place in range(len(heights) - 1, -1, -1):
        heights[place] = min(heights[place], lowest)
        lowest = heights[place] - _LINE
    found = dict(zip(order, heights, strict=True))
    return [found[place] for place in range(len(ends))]
