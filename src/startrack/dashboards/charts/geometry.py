"""Lines as SVG paths, for the charts of READMEs and the pictures on pages. Instants are seconds since 1970, in UTC."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from html import escape
from itertools import accumulate, pairwise
from operator import sub
from typing import Final

from startrack.dashboards.charts.series import Track
from startrack.wording import phrases

__all__ = [
    "Line",
    "Paths",
    "Scale",
    "escape_text",
    "instant",
    "line_paths",
    "seconds_since_1970",
    "track_line",
]


_EPOCH: Final = datetime(1970, 1, 1)
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Line:
    """Figures over time. A gap has an instant of its own without a figure: the line breaks there.

    `label` is the text at the end of the line, and `colour` the index of a line colour in the palette. Retained stars
    are dashed.
    """

    instants: Sequence[int]
    values: Sequence[int | None]
    label: str = ""
    colour: int = 0
    is_dashed: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """From a value on an axis to a coordinate: `low` is at `start`, and `high` at `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the coordinate of a value."""
        return self.start + (value - self.low) * self.factor

    @property
    def factor(self) -> float:
        """Coordinate units per unit of the axis."""
        return (self.end - self.start) / (self.high - self.low)


@dataclass(frozen=True, slots=True)
class Paths:
    """The commands of two paths: `line` connects figures, and `dots` has the single figures between two gaps."""

    line: str
    dots: str


def seconds_since_1970(instant: datetime) -> int:
    """Return the whole seconds from the start of 1970 to an instant."""
    return (instant - _EPOCH) // _SECOND


def instant(seconds: int) -> datetime:
    """Return the instant at a number of seconds since 1970."""
    return _EPOCH + timedelta(seconds=seconds)


def track_line(track: Track, column: int = 0, *, label: str = "", colour: int = 0, is_dashed: bool = False) -> Line:
    """Return the line of one column of a track."""
    instants = _instants(seconds_since_1970(track.start), track.steps)
    return Line(instants, track.values[column], label, colour, is_dashed)


# Most projects of a list are counted at the same instants, so these and their places are worked out once.
@lru_cache(maxsize=256)
def _instants(start: int, steps: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(accumulate(steps, initial=start))


def line_paths(line: Line, x: Scale, y: Scale, distance: int) -> Paths:
    """Return the paths of a line: the first point of each part, and its last point in every `distance` units."""
    instants, values = tuple(line.instants), line.values
    start, low, factor = y.start, y.low, y.factor
    lines: list[str] = []
    dots: list[str] = []
    for part in _parts(values):
        shown, path = _outline(instants, part.start, part.stop, x, distance)
        # A part has no gap, so it has no figure that is `None`.
        ys = [round(start + (values[i] - low) * factor) for i in shown]  # type: ignore[operator]
        (dots if len(ys) == 1 else lines).append(path % (ys[0], *map(sub, ys[1:], ys)))
    return Paths("".join(lines).replace(" -", "-"), "".join(dots))


# Most lines of a list have the same instants, so all but the heights of their points is worked out once.
@lru_cache(maxsize=256)
def _outline(instants: tuple[int, ...], start: int, stop: int, x: Scale, distance: int) -> tuple[tuple[int, ...], str]:
    """Return the indexes of the points that a part of a line shows, and its path with `%d` for each of their heights.

    The first height is a place, and each of the others is relative to the one before.
    """
    points = _thin([round(x.at(instants[i])) for i in range(start, stop)], distance)
    (x0, _), *_ = points
    steps = " ".join([f"{x2 - x1} %d" for (x1, _), (x2, _) in pairwise(points)])
    return tuple([start + i for _, i in points]), f"M{x0} %dl{steps}" if steps else f"M{x0} %dh0"


def _parts(values: Sequence[int | None]) -> Iterator[range]:
    """Yield the indexes of each part of a line between two gaps."""
    if None not in values:
        yield range(len(values))
        return
    gaps = [-1, *(i for i, value in enumerate(values) if value is None), len(values)]
    yield from (range(before + 1, after) for before, after in pairwise(gaps) if after > before + 1)


def _thin(xs: Sequence[int], distance: int) -> tuple[tuple[int, int], ...]:
    """Return the first place, and the last one in every `distance` units, each with its index."""
    last_places = {at // distance: (at, i) for i, at in enumerate(xs[1:], start=1)}
    return ((xs[0], 0), *last_places.values())


def escape_text(text: str) -> str:
    """Return a text escaped for XML and HTML. Texts may come from other people; all other parts of charts do not."""
    return escape(phrases.plain(text), quote=False)
