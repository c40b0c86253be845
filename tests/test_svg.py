"""The SVG charts for READMEs: their lines, their texts, and that they are safe."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import history_report
import reports
from colour_contrast import contrast
from startrack.dashboards import build, paths
from startrack.dashboards.charts import axes, geometry, series, svg
from startrack.dashboards.charts.geometry import Line
from startrack.dashboards.charts.palette import DARK, LIGHT
from startrack.model.changes import Change
from startrack.model.count_history import Times, to_microseconds
from startrack.model.report import SiteReport
from startrack.trends.ranking import typical_stars
from startrack.wording import phrases

GOLDEN = Path(__file__).parent / "golden"
SPACE = "{http://www.w3.org/2000/svg}"
MOST = 20_000
START = datetime(2026, 1, 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)

Files = dict[str, str | bytes]


@pytest.fixture(scope="module")
def files() -> Files:
    """Return the files of the full report."""
    return build.build(reports.full())


def charts(files: Files) -> dict[str, str]:
    """Return only the charts."""
    return {path: str(text) for path, text in files.items() if path.endswith(".svg") and path.startswith("charts/")}


def parse(text: str | bytes) -> ET.Element:
    """Return a chart as XML."""
    return ET.fromstring(text)  # noqa: S314 - our own output


def texts(root: ET.Element, kind: str = "") -> list[str]:
    """Return the texts of a chart whose class matches."""
    elements = root.iter(f"{SPACE}text")
    return [element.text or "" for element in elements if re.match(kind, element.get("class") or "")]


def lines(root: ET.Element) -> list[str]:
    """Return the paths of the lines of a chart."""
    paths = root.iter(f"{SPACE}path")
    return [path.get("d") or "" for path in paths if (path.get("class") or "").startswith("line")]


def render(chart: svg.Chart) -> ET.Element:
    """Return a chart in light colours as XML."""
    return parse(svg.render(chart, LIGHT)[0])


def line(*stars: int, label: str = "", days: float = 1) -> Line:
    """Return a line of figures at a distance of `days`."""
    instants = (START + timedelta(days=days * i) for i in range(len(stars)))
    track = series.build_track(Times(map(to_microseconds, instants)), stars)
    assert track
    return geometry.track_line(track, label=label)


def chart(*chart_lines: Line) -> svg.Chart:
    """Return a chart with these lines."""
    return svg.Chart("Title", "Summary", START, chart_lines)


@pytest.mark.parametrize("path", ["charts/movers-light.svg", "charts/projects/some/gap-dark.svg"])
def test_charts_are_the_golden_files(files: Files, path: str) -> None:
    """The bytes of a chart change only on purpose."""
    assert files[path] == (GOLDEN / Path(path).name).read_text(encoding="utf-8")


def test_each_list_and_project_has_two_charts(files: Files) -> None:
    """There is a light and a dark chart of all lists, of each list and of each project."""
    names = ["movers", "first/movers", "second/movers"]
    slugs = paths.slugs({project.name for project in reports.full().projects}).values()
    expected = [*names, *(f"projects/{slug}" for slug in slugs)]
    assert set(charts(files)) == {f"charts/{name}-{shade}.svg" for name in expected for shade in ("light", "dark")}


def test_the_documented_charts_exist(files: Files) -> None:
    """Every path in docs/readme-tables.md is that of a chart."""
    text = (Path(__file__).parents[1] / "docs" / "readme-tables.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"charts/[\w/-]+\.svg", text))
    assert len(documented) == 6
    for path in documented:
        assert path.replace("LIST", "first").replace("OWNER/NAME", "big/giant") in files


@pytest.mark.parametrize("report", [reports.full(), reports.young(), reports.empty(), reports.filled()])
def test_every_chart_is_small_and_static(report: SiteReport) -> None:
    """Charts have at most 20 kB, a title and a summary. They have no scripts and load nothing."""
    for path, text in charts(build.build(report)).items():
        root = parse(text)
        assert len(text.encode()) <= MOST, path
        assert {element.tag.removeprefix(SPACE) for element in root.iter()} <= {
            *("svg", "title", "desc", "style", "rect", "text", "path", "g"),
        }
        assert not re.search(r"href|url\(|@import|on\w+=", re.sub(r">[^<]*<", "><", text)), path
        assert all(
            (root.find(f"{SPACE}{part}") or root.find(f"{SPACE}{part}")) is not None for part in ("title", "desc")
        )
        assert root.find(f"{SPACE}desc").text  # type: ignore[union-attr]


def test_light_and_dark_differ_only_in_colours(files: Files) -> None:
    """Texts and shapes are the same."""
    for path, text in charts(files).items():
        other = str(files[path.replace("-light", "-dark")])
        assert re.sub(r"<style>.*</style>", "", text) == re.sub(r"<style>.*</style>", "", other)


def test_hostile_text_is_text(files: Files) -> None:
    """Markup in a name is shown as text, on one line, without direction marks."""
    (slug,) = paths.slugs([f"evil/{reports.HOSTILE}"]).values()
    root = parse(files[f"charts/projects/{slug}-light.svg"])
    (title,) = texts(root, "title")
    assert title.startswith("evil/</script><script>alert('1')")
    assert "\u202e" not in str(files[f"charts/projects/{slug}-light.svg"])


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_can_be_in_a_chart(title: str, label: str, mark: str) -> None:
    """With any title, label or sentence, the chart is valid XML and shows the text."""
    chip = len(mark) * 8 + 16 if mark else 0
    root = render(svg.Chart(title, title, START, (line(1, 2, label=label),), mark=mark))
    assert texts(root, "title") == [phrases.plain(phrases.clipped(title, (760 - 32 - chip) // 10))]
    sentence = render(svg.Chart(title, title, START, sentence=label))
    assert "".join("".join(texts(sentence, "$")).split()) in "".join(phrases.plain(label).split())


def test_movers_are_the_six_fastest_rising_projects() -> None:
    """Their gains are at the ends of the lines, and their counts in the summary."""
    report = reports.full()
    window = reports.WINDOWS[2]
    changes = {
        project.name: change for project in report.projects if isinstance(change := project.changes[window], Change)
    }
    typical = typical_stars(report.projects)
    ranked = sorted(
        (name for name, change in changes.items() if change.gain > 0),
        key=lambda name: -changes[name].gain / (changes[name].baseline.stars + typical) ** 0.5,
    )[:6]
    root = parse(build.build(report)["charts/movers-light.svg"])
    labels = texts(root, r"t\d")
    assert len(lines(root)) == len(labels) == 6
    assert [text.split()[1] for text in labels] == [f"+{changes[name].gain:,}" for name in ranked]
    summary = root.findtext(f"{SPACE}desc") or ""
    # A label follows the name made/up.
    for name in (name for name in ranked if name != "made/up"):
        before, after = changes[name].baseline.stars, changes[name].current.stars
        assert f"{name}: +{after - before:,}, from {before:,} on 2026-10-24 to {after:,} on 2026-11-23." in summary


def test_simulated_figures_are_labelled(files: Files) -> None:
    """The label is on the list's chart, on the project's chart, and beside its line among unlabelled ones."""
    assert "simulated" in texts(parse(files["charts/second/movers-light.svg"]), "mark")
    assert "simulated" in texts(parse(files["charts/projects/made/up-dark.svg"]), "mark")
    all_lists = parse(files["charts/movers-light.svg"])
    assert texts(all_lists, "mark") == ["some simulated"]
    assert "up +210 (simulated)" in texts(all_lists, r"t\d")
    assert "simulated" not in str(files["charts/first/movers-light.svg"])


def test_a_line_breaks_at_a_gap(files: Files) -> None:
    """The line has two parts, and the summary has the days of the gap."""
    root = parse(files["charts/projects/some/gap-light.svg"])
    assert [path.count("M") for path in lines(root)] == [2]
    assert "1 gap between counts: 2026-07-25 to 2026-11-04." in (root.findtext(f"{SPACE}desc") or "")


def test_retained_stars_are_dashed() -> None:
    """Retained stars are a line of their own, and the texts say so."""
    files = build.build(history_report.history_report())
    text = str(files[f"charts/projects/{history_report.HERO}-light.svg"])
    root = parse(text)
    assert re.findall(r'class="(line[^"]*)"', text) == ["line s0 dash", "line s0"]
    assert "Dashed: retained stars ≈, not counts" in texts(root)
    assert "≈ 794 on 2026-05-02. These are not counts" in (root.findtext(f"{SPACE}desc") or "")
    assert "Dashed" not in str(files["charts/projects/other/number-3-light.svg"])


def test_a_chart_without_lines_says_why() -> None:
    """Every chart exists on the first day, with a sentence instead of lines."""
    young, empty = build.build(reports.young()), build.build(reports.empty())
    assert "Too early: a change over" in texts(parse(young["charts/movers-light.svg"]), "$")[0]
    assert texts(parse(young["charts/projects/group/project-1-light.svg"]), "$") == [
        "One count so far: 100 stars on 2026-11-23.",
    ]
    assert "No project has been counted yet" in texts(parse(empty["charts/first/movers-light.svg"]), "$")[0]
    full = build.build(reports.full())
    assert texts(parse(full["charts/projects/never/seen-light.svg"]), "$")[0].startswith("Not counted yet")


def test_projects_that_lost_stars_are_not_movers() -> None:
    """If no project gained stars, the chart says so."""
    files = build.build(reports.make_report([reports.Sample("lost/stars", {day: 50 + day for day in range(100)})]))
    assert texts(parse(files["charts/first/movers-light.svg"]), "$") == ["No project gained stars in 30 days."]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6))
def test_labels_do_not_overlap(ends: list[int]) -> None:
    """Labels stay in the chart and in the order of their lines."""
    root = render(chart(*(line(0, end, label=f"line {end}") for end in ends)))
    labels = [element for element in root.iter(f"{SPACE}text") if re.match(r"t\d", element.get("class") or "")]
    heights = [int(label.get("y") or "") for label in labels]
    assert all(b - a >= 16 for a, b in pairwise(sorted(heights)))
    assert min(heights) >= 50
    assert max(heights) <= 270
    pairs = sorted(zip(ends, heights, strict=True))
    assert all(low[1] > high[1] for low, high in pairwise(pairs) if low[0] < high[0])


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_number_ticks_are_round_and_cover_the_range(low: int, span: int) -> None:
    """Their distance is 1, 2 or 5 times a power of ten."""
    ticks = axes.number_ticks(low, low + span)
    steps = {b - a for a, b in pairwise(ticks)}
    assert len(steps) == 1
    assert re.fullmatch("[125]0*", str(steps.pop()))
    assert 2 <= len(ticks) <= 6
    assert ticks[0] <= low
    assert ticks[-1] >= low + span


@given(
    st.datetimes(datetime(2008, 1, 1), datetime(2030, 1, 1)),
    st.timedeltas(timedelta(hours=1), timedelta(days=9000)),
)
def test_date_ticks_are_few_and_at_midnight(first: datetime, span: timedelta) -> None:
    """There are at most six, in order, within the range, with different texts."""
    start, end = (geometry.seconds_since_1970(instant) for instant in (first, first + span))
    ticks = axes.date_ticks(start, end)
    assert len(ticks) <= 6
    assert len(ticks) >= 1 or span < timedelta(days=1)
    assert [tick.at for tick in ticks] == sorted({tick.at for tick in ticks})
    assert all(start <= tick.at <= end and tick.at % axes.DAY == 0 for tick in ticks)
    assert len({tick.text for tick in ticks}) == len(ticks)


def test_a_line_goes_from_corner_to_corner() -> None:
    """The first and last points are at the edges, the lowest and highest at their ticks."""
    root = render(chart(line(0, 100, days=10)))
    grid_paths = [path.get("d") or "" for path in root.iter(f"{SPACE}path") if path.get("class") in ("grid", "axis")]
    matches = [match for path in grid_paths if (match := re.fullmatch(r"M(\d+) (\d+)h(\d+)", path))]
    left, width = int(matches[0][1]), int(matches[0][3])
    bottom, top = max(int(match[2]) for match in matches), min(int(match[2]) for match in matches)
    assert lines(root) == [f"M{left}0 {bottom}0l{width}0{top * 10 - bottom * 10}"]


def test_a_long_history_makes_a_small_chart() -> None:
    """Ten years of daily counts have less than 10 kB. A single count between gaps is a dot."""
    long = line(*range(3_650), label="3,649")
    (text,) = svg.render(chart(long), LIGHT)
    assert len(text) < 10_000
    gone = [*range(100, 200), *range(201, 300)]
    single = replace(long, values=[None if i in gone else value for i, value in enumerate(long.values)])
    classes = [path.get("class") for path in render(chart(single)).iter(f"{SPACE}path")]
    assert "line dot s0" in classes


def test_texts_have_enoughcontrast() -> None:
    """Every text colour has a contrast of at least 4.5 to 1."""
    for palette in (LIGHT, DARK):
        for colour in (palette.heading, palette.text, *palette.lines[:6]):
            assert contrast(colour, palette.background) >= 4.5, colour
        assert contrast(palette.chip_text, palette.chip_background) >= 4.5
