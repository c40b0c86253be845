"""The charts for READMEs: what they draw, what they say, that nothing in them does harm."""

import re
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import history_report
import reports
from startrack.dashboards import build, paths
from startrack.dashboards.charts import axes, svg
from startrack.dashboards.charts.palette import DARK, LIGHT
from startrack.model.changes import Change
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
    """Return the pages of a report with everything in it."""
    return build.build(reports.full())


def charts(files: Files) -> dict[str, str]:
    """Return the charts alone."""
    return {path: str(text) for path, text in files.items() if path.endswith(".svg") and path.startswith("charts/")}


def read(text: str | bytes) -> ET.Element:
    """Return a chart as XML."""
    return ET.fromstring(text)  # noqa: S314 - our own output


def texts(root: ET.Element, kind: str = "") -> list[str]:
    """Return what is written in a chart, of one class or all."""
    found = root.iter(f"{SPACE}text")
    return [each.text or "" for each in found if re.match(kind, each.get("class") or "")]


def lines(root: ET.Element) -> list[str]:
    """Return the paths of the lines of a chart."""
    return [each.get("d") or "" for each in root.iter(f"{SPACE}path") if (each.get("class") or "").startswith("line")]


def drawn(chart: svg.Chart) -> ET.Element:
    """Return a chart in light colours."""
    return read(svg.render(chart, LIGHT)[0])


def line(*stars: int, label: str = "", days: float = 1) -> svg.Line:
    """Return a line of figures so many days apart."""
    return svg.Line([(START + timedelta(days=days * place), each) for place, each in enumerate(stars)], label)


def chart(*drawn_lines: svg.Line) -> svg.Chart:
    """Return a chart of some lines."""
    return svg.Chart("Title", "Summary", START, drawn_lines)


# ── The files ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["charts/movers-light.svg", "charts/projects/some/gap-dark.svg"])
def test_golden(files: Files, path: str) -> None:
    """The bytes are what was looked at and kept."""
    assert files[path] == (GOLDEN / Path(path).name).read_text(encoding="utf-8")


def test_each_list_and_project_has_its_pair(files: Files) -> None:
    """Light and dark, below the movers of all."""
    names = ["movers", "first/movers", "second/movers"]
    slugs = paths.slugs({project.name for project in reports.full().projects}).values()
    wanted = [*names, *(f"projects/{slug}" for slug in slugs)]
    assert set(charts(files)) == {f"charts/{name}-{shade}.svg" for name in wanted for shade in ("light", "dark")}


def test_the_documented_files_are_there(files: Files) -> None:
    """Every path that the documentation names is that of a chart."""
    text = (Path(__file__).parents[1] / "docs" / "charts.md").read_text(encoding="utf-8")
    named = set(re.findall(r"charts/[\w/-]+\.svg", text))
    assert len(named) == 6
    for path in named:
        assert path.replace("LIST", "first").replace("OWNER/NAME", "big/giant") in files


@pytest.mark.parametrize("report", [reports.full(), reports.young(), reports.empty(), reports.filled()])
def test_every_chart_is_small_and_still(report: SiteReport) -> None:
    """Well-formed, below 20 kB, with a title and a summary, without a script or an address to load."""
    for path, text in charts(build.build(report)).items():
        root = read(text)
        assert len(text.encode()) <= MOST, path
        assert {each.tag.removeprefix(SPACE) for each in root.iter()} <= {
            *("svg", "title", "desc", "style", "rect", "text", "path", "g"),
        }
        assert not re.search(r"href|url\(|@import|on\w+=", re.sub(r">[^<]*<", "><", text)), path
        assert all(
            (root.find(f"{SPACE}{part}") or root.find(f"{SPACE}{part}")) is not None for part in ("title", "desc")
        )
        assert root.find(f"{SPACE}desc").text  # type: ignore[union-attr]


def test_light_and_dark_differ_in_colours_alone(files: Files) -> None:
    """Their texts and shapes are the same."""
    for path, text in charts(files).items():
        other = str(files[path.replace("-light", "-dark")])
        assert re.sub(r"<style>.*</style>", "", text) == re.sub(r"<style>.*</style>", "", other)


def test_hostile_text_is_text(files: Files) -> None:
    """A name with markup in it is written out, on one line and in one direction."""
    (slug,) = paths.slugs([f"evil/{reports.HOSTILE}"]).values()
    root = read(files[f"charts/projects/{slug}-light.svg"])
    (title,) = texts(root, "title")
    assert title.startswith("evil/</script><script>alert('1')")
    assert "\u202e" not in str(files[f"charts/projects/{slug}-light.svg"])


@given(TEXTS, TEXTS, TEXTS)
def test_any_text_makes_a_chart(title: str, label: str, mark: str) -> None:
    """Whatever a title, a label or a sentence holds, the file stays XML and shows it."""
    chip = len(mark) * 8 + 16 if mark else 0
    root = drawn(svg.Chart(title, title, START, (line(1, 2, label=label),), mark=mark))
    assert texts(root, "title") == [phrases.plain(phrases.clipped(title, (760 - 32 - chip) // 10))]
    sentence = drawn(svg.Chart(title, title, START, sentence=label))
    assert "".join("".join(texts(sentence, "$")).split()) in "".join(phrases.plain(label).split())


# ── What they show ───────────────────────────────────────────────────────────────────────────────────────


def test_movers_are_the_six_that_rise_most() -> None:
    """Their gains stand at the ends of their lines, and their counts in the summary, worked out from the report."""
    report = reports.full()
    window = reports.WINDOWS[2]
    known = {each.name: each.changes[window] for each in report.projects}
    changes = {name: change for name, change in known.items() if isinstance(change, Change)}
    typical = typical_stars(report.projects)
    ranked = sorted(
        (name for name, change in changes.items() if change.gain > 0),
        key=lambda name: -changes[name].gain / (changes[name].baseline.stars + typical) ** 0.5,
    )[:6]
    root = read(build.build(report)["charts/movers-light.svg"])
    labels = texts(root, r"t\d")
    assert len(lines(root)) == len(labels) == 6
    assert [text.split()[1] for text in labels] == [f"+{changes[name].gain:,}" for name in ranked]
    summary = root.findtext(f"{SPACE}desc") or ""
    # Beside a list's label its name goes on.
    for name in (each for each in ranked if each != "made/up"):
        before, after = changes[name].baseline.stars, changes[name].current.stars
        assert f"{name}: +{after - before:,}, from {before:,} on 2026-10-24 to {after:,} on 2026-11-23." in summary


def test_simulated_figures_are_labelled(files: Files) -> None:
    """On the list's chart, on the project's, and beside its line where it stands among others."""
    assert "simulated" in texts(read(files["charts/second/movers-light.svg"]), "mark")
    assert "simulated" in texts(read(files["charts/projects/made/up-dark.svg"]), "mark")
    every = read(files["charts/movers-light.svg"])
    assert texts(every, "mark") == ["some simulated"]
    assert "up +210 (simulated)" in texts(every, r"t\d")
    assert "simulated" not in str(files["charts/first/movers-light.svg"])


def test_a_line_breaks_at_a_gap(files: Files) -> None:
    """It is in two parts, and the summary says between which days nothing was counted."""
    root = read(files["charts/projects/some/gap-light.svg"])
    assert [path.count("M") for path in lines(root)] == [2]
    assert "1 gap without a count: 2026-07-25 to 2026-11-04." in (root.findtext(f"{SPACE}desc") or "")


def test_retained_stars_are_dashed_and_marked() -> None:
    """A line of their own, which ends before the counts; both are told apart in words too."""
    made = build.build(history_report.history_report())
    text = str(made[f"charts/projects/{history_report.HERO}-light.svg"])
    root = read(text)
    assert re.findall(r'class="(line[^"]*)"', text) == ["line s0 dash", "line s0"]
    assert "Dashed: retained stars ≈, not counts" in texts(root)
    assert "≈ 794 by 2026-05-02; these are not counts" in (root.findtext(f"{SPACE}desc") or "")
    assert "Dashed" not in str(made["charts/projects/other/number-3-light.svg"])


def test_what_cannot_be_drawn_says_why() -> None:
    """A chart that a README shows is there on the first day too."""
    young, empty = build.build(reports.young()), build.build(reports.empty())
    assert "Too early to say" in texts(read(young["charts/movers-light.svg"]), "$")[0]
    assert texts(read(young["charts/projects/group/project-1-light.svg"]), "$") == [
        "One count so far: 100 stars on 2026-11-23.",
    ]
    assert "No project has been counted yet" in texts(read(empty["charts/first/movers-light.svg"]), "$")[0]
    full = build.build(reports.full())
    assert texts(read(full["charts/projects/never/seen-light.svg"]), "$")[0].startswith("Not counted yet")


def test_a_list_that_only_lost() -> None:
    """Nobody is shown as a mover who lost stars."""
    made = build.build(reports.make_report([reports.Sample("lost/stars", {day: 50 + day for day in range(100)})]))
    assert texts(read(made["charts/first/movers-light.svg"]), "$") == ["No project gained stars in 30 days."]


# ── How they are drawn ───────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6))
def test_labels_keep_apart_and_in_order(ends: list[int]) -> None:
    """No two touch, none leaves the chart, and the higher line has the higher label."""
    root = drawn(chart(*(line(0, end, label=f"line {end}") for end in ends)))
    labels = [each for each in root.iter(f"{SPACE}text") if re.match(r"t\d", each.get("class") or "")]
    heights = [int(each.get("y") or "") for each in labels]
    assert all(b - a >= 16 for a, b in pairwise(sorted(heights)))
    assert min(heights) >= 50
    assert max(heights) <= 270
    pairs = sorted(zip(ends, heights, strict=True))
    assert all(low[1] > high[1] for low, high in pairwise(pairs) if low[0] < high[0])


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**9))
def test_ticks_are_round_and_hold_all(low: int, span: int) -> None:
    """A few of them, evenly apart by one, two or five times a power of ten, around all figures."""
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
def test_dates_are_whole_and_few(first: datetime, span: timedelta) -> None:
    """At most six, in order, within what is drawn, at the beginnings of days, and a month or more says its year."""
    ticks = axes.date_ticks(first, first + span)
    assert len(ticks) <= 6
    assert len(ticks) >= 1 or span < timedelta(days=1)
    assert [each.at for each in ticks] == sorted({each.at for each in ticks})
    assert all(first <= each.at <= first + span and each.at.time() == datetime.min.time() for each in ticks)
    assert len({each.text for each in ticks}) == len(ticks)


def test_points_stand_where_they_must() -> None:
    """The first and the last at the edges of the plot, the lowest and the highest at their ticks."""
    root = drawn(chart(line(0, 100, days=10)))
    rules = [each.get("d") or "" for each in root.iter(f"{SPACE}path") if each.get("class") in ("grid", "axis")]
    found = [match for rule in rules if (match := re.fullmatch(r"M(\d+) (\d+)h(\d+)", rule))]
    left, width = int(found[0][1]), int(found[0][3])
    bottom, top = max(int(each[2]) for each in found), min(int(each[2]) for each in found)
    assert lines(root) == [f"M{left}0 {bottom}0l{width}0 {top * 10 - bottom * 10}"]


def test_a_long_history_keeps_its_ends_and_its_size() -> None:
    """Ten years of days are drawn small; the last count is where it is, and a lone one is a dot."""
    long = line(*range(3_650), label="3,649")
    (text,) = svg.render(chart(long), LIGHT)
    assert len(text) < 10_000
    lone = svg.Line([*long.points[:100], long.points[200], *long.points[300:]], "")
    paths_of = [each.get("class") for each in drawn(chart(lone)).iter(f"{SPACE}path")]
    assert "line dot s0" in paths_of


def test_texts_stand_out_from_the_paper() -> None:
    """Every colour that texts have is told from the paper by 4.5 to 1."""
    for palette in (LIGHT, DARK):
        for colour in (palette.heading, palette.text, *palette.lines[:6]):
            assert _contrast(colour, palette.background) >= 4.5, colour
        assert _contrast(palette.chip_text, palette.chip_background) >= 4.5


def _contrast(one: str, other: str) -> float:
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
    return sum(share * each for share, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
