"""The pictures of charts on pages: ranges and ticks as Plotly's, paths, texts that are safe, and the size of a page."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from colour_contrast import contrast
from startrack.dashboards import build
from startrack.dashboards.charts import areas, axes, pictures, points
from startrack.dashboards.charts.areas import Area
from startrack.dashboards.charts.axes import DAY, WEEK, Range, Tick
from startrack.dashboards.charts.geometry import Line, seconds_since_1970
from startrack.dashboards.charts.palette import DARK, LIGHT
from startrack.dashboards.charts.pictures import Caption, Mark, Size
from startrack.dashboards.charts.points import Group
from startrack.wording.figures import MINUS

START = seconds_since_1970(datetime(2026, 1, 1, 3))
SIZE = Size(230, 600)
CAPTION = Caption("key", "Title", "Summary")
HOSTILE = "</desc></svg><script>alert('1')</script>"


def line(*stars: int | None, days: int = 1) -> Line:
    """Return a line of figures at a distance of `days`."""
    return Line([START + DAY * days * i for i in range(len(stars))], stars)


def drawn(picture: str, css_class: str) -> list[str]:
    """Return the commands of the paths of a picture whose class begins with a text."""
    return re.findall(rf'<path class="{css_class}[^"]*" d="([^"]*)"', picture)


def texts(picture: str) -> list[str]:
    """Return the texts of a picture."""
    return [element.text or "" for element in ET.fromstring(picture).iter("text")]  # noqa: S314 - our own output


# ── Axes: the expected values are those that Plotly chose for the same figures in Chromium ─────────────────────


@pytest.mark.parametrize(
    ("low", "high", "from_zero", "shown", "ticks"),
    [
        (12_789, 25_899, False, (12_060.67, 26_627.33), [15_000, 20_000, 25_000]),
        (28, 50_944, False, (-2_800.67, 53_772.67), [0, 10_000, 20_000, 30_000, 40_000, 50_000]),
        (1_954, 2_028, False, (1_949.89, 2_032.11), [1_960, 1_980, 2_000, 2_020]),
        (0, 3_437, True, (0, 3_617.89), [0, 1_000, 2_000, 3_000]),
        (7, 7, False, (6, 8), [6, 7, 8]),
        (0, 0, True, (0, 1), [0, 1]),
    ],
)
def test_value_axes_are_those_of_plotly(
    low: int, high: int, shown: tuple[float, float], ticks: list[int], *, from_zero: bool
) -> None:
    """The range has 5% of its length free at both ends, except at the 0 of bars; ticks are 2, 5 or 10 times 10^n."""
    found = axes.value_range(low, high, from_zero=from_zero)
    assert found == pytest.approx(shown, abs=0.01)
    assert list(axes.value_ticks(found, low, high)) == ticks


def test_a_long_time_axis_has_months() -> None:
    """Wide charts have a label for each quarter of 19 months, narrow ones for each half-year."""
    first, last = (seconds_since_1970(datetime(*day)) for day in ((2023, 11, 9, 23, 17), (2025, 6, 26, 23, 17)))
    axis = axes.line_axis(Range(first, last), None)
    assert axis.shown == (first, last)
    assert [tick.text for tick in axes.time_ticks(axis, 8)] == [
        *("Jan 2024", "Apr 2024", "Jul 2024", "Oct 2024", "Jan 2025", "Apr 2025"),
    ]
    assert [tick.text for tick in axes.time_ticks(axis, 4)] == ["Jan 2024", "Jul 2024", "Jan 2025"]


def test_a_short_time_axis_has_days() -> None:
    """A few days have a label each, with the year below the first one, and room at both ends."""
    axis = axes.line_axis(Range(START, START + 2 * DAY), None)
    assert axis.shown == (START - 0.9 * DAY, START + 2.9 * DAY)
    assert axes.time_ticks(axis, 8) == (
        Tick(START - 3 * 3600, "Jan 1", "2026"),
        Tick(START + DAY - 3 * 3600, "Jan 2"),
        Tick(START + 2 * DAY - 3 * 3600, "Jan 3"),
        Tick(START + 3 * DAY - 3 * 3600, "Jan 4"),
    )


def test_a_few_bars_have_ticks_at_bars() -> None:
    """Weekly bars of half a year have every fourth one labelled."""
    axis = axes.bar_axis(Range(START, START + 20 * WEEK))
    assert [(tick.at - START) // WEEK for tick in axes.time_ticks(axis, 8)] == [0, 3, 6, 9, 12, 15, 18]


@given(
    st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1)),
    st.timedeltas(timedelta(days=7), timedelta(days=9000)),
    st.sampled_from([4, 8]),
)
def test_time_ticks_are_few_and_at_midnight(first: datetime, span: timedelta, most: int) -> None:
    """They are within the axis, in order and at a distance of about an eighth or a quarter of it."""
    start, end = seconds_since_1970(first), seconds_since_1970(first + span)
    ticks = axes.time_ticks(axes.line_axis(Range(start, end), None), most)
    assert all(start <= tick.at <= end and tick.at % DAY == 0 for tick in ticks)
    assert all(a.at < b.at for a, b in pairwise(ticks))
    assert len(ticks) <= 2 * most + 1


# ── Pictures ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_line_goes_from_corner_to_corner() -> None:
    """In time, the first figure is at the left edge and the last at the right one; the figures have a margin."""
    picture = pictures.line_picture(CAPTION, SIZE, [line(0, 10, 20, 30, days=100)])
    height = (230 - 8 - 30) * 2
    edge = height * 0.05
    (commands,) = drawn(picture, "line c0")
    steps = [int(number) for number in re.findall(r"-?\d+", commands)]
    assert (steps[0], steps[1]) == (0, round(height - edge))
    assert sum(steps[0::2]) == 600
    assert sum(steps[1::2]) == pytest.approx(edge, abs=1)


def test_a_line_breaks_at_gaps() -> None:
    """A gap starts a new part, and a single figure between two gaps is a dot."""
    picture = pictures.line_picture(CAPTION, SIZE, [line(1, 2, None, 3, None, 4, 5, days=5)])
    path, dots = drawn(picture, "line c0")
    assert path.count("M") == 2
    assert re.fullmatch(r"M\d+ \d+h0", dots)


def test_losses_are_bars_below_zero() -> None:
    """Gains and losses have paths of their own from the line of 0; unknown weeks and weeks without gain have no bar."""
    bars = [(START + WEEK * i, gain) for i, gain in enumerate([10, None, 0, -5, 40])]
    picture = pictures.bar_picture(CAPTION, SIZE, bars, spikes=[4], marks=[Mark(START + WEEK, 1)])
    (gained,), (lost,) = drawn(picture, "bar c0"), drawn(picture, "bar c1")
    assert (gained.count("M"), lost.count("M")) == (2, 1)
    zero = re.findall(r"M\d+ (\d+)V", gained + lost)
    assert len(set(zero)) == 1
    assert int(re.findall(r"V(\d+)H", lost)[0]) > int(zero[0]) > int(re.findall(r"V(\d+)H", gained)[0])
    assert texts(picture).count("▼") == 1
    assert drawn(picture, "mark")[0].count("M") == 1


def test_a_long_history_makes_a_small_picture() -> None:
    """Ten years of daily counts have less than 4 kB: a point in every three units."""
    assert len(pictures.line_picture(CAPTION, SIZE, [line(*range(3_650))])) < 4_000


def test_texts_of_other_people_are_escaped() -> None:
    """Names and titles stay text in every kind of picture."""
    caption = Caption("key", HOSTILE, HOSTILE)
    area = Area(HOSTILE, HOSTILE, 1, 5, (Area(HOSTILE, HOSTILE, 2, 5),))
    for picture in (
        pictures.line_picture(caption, Size(460, 1200, has_slider=True), [line(1, 2)]),
        areas.treemap_picture(caption, area),
        points.points_picture(caption, [Group(HOSTILE, [(1, 2)])] * 4, (0, 0)),
    ):
        root = ET.fromstring(picture)  # noqa: S314 - our own output
        assert root.findtext("title") == root.findtext("desc") == HOSTILE
        assert {element.tag for element in root.iter()} <= {
            *("svg", "title", "desc", "g", "path", "line", "text", "tspan"),
        }
        assert HOSTILE in "".join(root.itertext()).replace(HOSTILE, "", 2)


def test_areas_are_proportional_and_do_not_overlap() -> None:
    """In the widest layout every area is a rectangle with its share of the area around it."""
    inner = tuple(Area(f"area {i}", "", 2, value) for i, value in enumerate((60, 20, 10, 6, 4)))
    picture = areas.treemap_picture(CAPTION, Area("all", "", 2, 100, inner))
    paths = [
        [tuple(map(int, found)) for found in re.findall(r"M(\d+) (\d+)H(\d+)V(\d+)H\d+z", commands)]
        for commands in drawn(picture, "area")
    ]
    assert [len(path) for path in paths] == [1, 5, 1, 5], "the outer area is below the inner ones, wide and narrow"
    sizes = [(right - left) * (bottom - top) for left, top, right, bottom in paths[1]]
    total = sum(sizes)
    assert [100 * size / total for size in sizes] == pytest.approx([60, 20, 10, 6, 4], abs=1)
    assert not [(one, other) for i, one in enumerate(paths[1]) for other in paths[1][i + 1 :] if _is_common(one, other)]


def _is_common(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return max(one[0], other[0]) < min(one[2], other[2]) and max(one[1], other[1]) < min(one[3], other[3])


def test_points_are_on_logarithmic_axes() -> None:
    """Axes include 0, and equal points are drawn once."""
    groups = [Group("a", [(999, 99), (999, 99)]), Group("b", [(0, 9)]), Group("c", [(99, -9)]), Group("d", [(0, 0)])]
    picture = points.points_picture(CAPTION, groups, (50, 5))
    shapes = re.findall(r'<text class="points c(\d)" x="([^"]*)" y="([^"]*)">([^<]*)', picture)
    assert [(number, shape) for number, _, _, shape in shapes] == [("0", "●"), ("1", "◆"), ("2", "■"), ("3", "▲")]
    assert texts(picture)[:7] == [f"{MINUS}1", "0", "1", "10", "0", "1", "10"]
    assert points.scaled(-9) == -1


def test_the_pages_have_the_colours_of_both_themes() -> None:
    """The style sheet has each colour of the palettes, for light and dark."""
    css = str(build.build(reports.empty())["assets/startrack.css"])
    for name, light, dark in (
        ("chart-text", LIGHT.text, DARK.text),
        ("line-3", LIGHT.lines[3], DARK.lines[3]),
        ("area-5", LIGHT.areas[5], DARK.areas[5]),
    ):
        assert f"--{name}: light-dark({light}, {dark});" in css


def test_texts_on_areas_have_enough_contrast() -> None:
    """The page's text colours have a contrast of at least 4.5 to 1 on every area, in light and dark."""
    css = (Path(build.__file__).parent / "assets" / "startrack.css").read_text(encoding="utf-8")
    found = re.search(r"--ink: light-dark\((#\w+), (#\w+)\)", css)
    assert found
    for ink, palette in zip(found.groups(), (LIGHT, DARK), strict=True):
        assert min(contrast(ink, area) for area in palette.areas) >= 4.5


def test_ids_are_unique_on_each_page() -> None:
    """Each picture refers to its own title and summary, and no page has inline styles, which its policy forbids."""
    for path, text in build.build(reports.full()).items():
        if path.endswith(".html"):
            page = str(text)
            ids = re.findall(r'\sid="([^"]*)"', page)
            assert len(ids) == len(set(ids)), path
            for reference in re.findall(r'aria-labelledby="([^"]*)"', page):
                assert set(reference.split()) <= set(ids), path
            assert not re.search(r"<style|\sstyle=", page), path
