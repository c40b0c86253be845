"""Figures of sections, the quadrants of a list, and the areas of the treemap."""

import json
from datetime import datetime, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from page_reports import ProjectSample, build_report, sections_report
from startrack.dashboards import build
from startrack.model.changes import Window
from startrack.model.report import Project, SiteReport
from startrack.trends import membership, quadrants, section_stats
from startrack.trends.quadrants import Quadrant
from startrack.wording import figures

MINUS = figures.MINUS
QUARTER = Window(90)


def drawn(files: dict[str, str | bytes], name: str) -> dict[str, dict[str, list[object]]]:
    """Return what the charts of a list are drawn from."""
    arguments = str(files[f"data/sections/{name}.js"]).removeprefix("startrack.sections(").removesuffix(");\n")
    return json.loads(f"[{arguments}]")[1]  # type: ignore[no-any-return]


def test_section_figures_have_their_coverage() -> None:
    """Sums, medians and shares are over the projects they are known for, and have their number."""
    made = build_report(
        [
            ProjectSample(
                "a/a", stars=10, commits=5, facts={"license": "MIT", "created_at": datetime(2016, 11, 23)}
            ).project(1),
            ProjectSample("b/b", stars=20, commits=None, facts={"license": "MIT", "head_committed_on": None}).project(
                2
            ),
            ProjectSample("c/c", stars=None, facts={"license": "ISC", "created_at": None, "language": "C"}).project(3),
        ],
    )
    found = section_stats.section_stats(made.projects, QUARTER, made.as_of)
    assert (found.listed, found.counted, found.stars) == (3, 2, 30)
    assert (found.commits_known, found.commits, found.last_commit_known, found.active) == (1, 5, 2, 2)
    assert (found.age_known, round(found.median_years or 0, 2)) == (2, round((10.0 + 6.893) / 2, 2))
    assert found.licenses == (("MIT", 2), ("ISC", 1))
    assert found.languages == (("C", 1), (None, 2))


def test_unknown_figures_are_not_0() -> None:
    """Projects that were never counted have no figures."""
    found = section_stats.section_stats(
        [ProjectSample("a/b", stars=None, facts={"created_at": None}).project(1)], None, reports.AS_OF
    )
    assert (found.stars, found.median_years, found.commits) == (None, None, None)


@pytest.mark.parametrize(("days", "active"), [(90, 1), (91, 0)])
def test_active_project_has_a_commit_in_ninety_days(days: int, active: int) -> None:
    """A commit 90 days ago counts, one 91 days ago does not."""
    last = (reports.AS_OF - timedelta(days=days)).date()
    project = ProjectSample("a/b", facts={"head_committed_on": last}).project(1)
    assert section_stats.section_stats([project], None, reports.AS_OF).active == active


def test_section_has_the_entries_directly_below_its_heading() -> None:
    """Sections are in the order of the list; headings without entries are no sections."""
    made = sections_report()
    found = membership.by_section(made.lists, made.projects)
    assert {place: [each.name for each in inside] for place, inside in found.items()} == {
        ("first", ("Tools",)): ["busy/one", "busy/two", "starred/only"],
        ("first", ("Tools", "Deep")): ["quiet/worker", "lost/stars", "rewrote/history"],
        ("first", ("Papers",)): ["too/young", "never/seen", "no/commits"],
        ("second", ("Else",)): ["made/up", "made/over"],
    }


FIGURES = st.lists(st.tuples(st.integers(-500, 500), st.integers(-50, 500)), min_size=1, max_size=30)


def gained(figures: list[tuple[int, int]]) -> list[Project]:
    """Return projects with these stars gained and commits in 90 days."""
    made = (ProjectSample(f"o/p{n}", quarter=stars, commits=commits) for n, (stars, commits) in enumerate(figures))
    return [one.project(number) for number, one in enumerate(made, start=1)]


@given(FIGURES)
def test_every_project_is_in_one_quadrant(figures: list[tuple[int, int]]) -> None:
    """By the medians of all projects: above them or not."""
    divided = quadrants.split(gained(figures), reports.WINDOWS)
    assert divided is not None
    stars, commits = (median(column) for column in zip(*figures, strict=True))
    assert (divided.stars, divided.commits, divided.window, divided.unknown) == (stars, commits, QUARTER, ())
    told = {each.project.name: which for which, members in divided.groups.items() for each in members}
    assert len(told) == sum(map(len, divided.groups.values())) == len(figures)
    names = {
        (True, True): Quadrant.BUSY,
        (True, False): Quadrant.STALE,
        (False, True): Quadrant.QUIET,
        (False, False): Quadrant.STILL,
    }
    assert told == {f"o/p{n}": names[a > stars, b > commits] for n, (a, b) in enumerate(figures)}


def test_longest_known_window_replaces_90_days() -> None:
    """If 90 days are not configured or not known; there are no quadrants if no window is known."""
    windows = tuple(Window(days) for days in (1, 7, 30))
    projects = gained([(4, 5)])
    assert quadrants.activity_window(projects, reports.WINDOWS) == QUARTER
    assert quadrants.activity_window(projects, windows) == Window(30)
    assert quadrants.split([ProjectSample("a/b", gain=None).project(1)], reports.WINDOWS) is None
    assert quadrants.split([ProjectSample("a/b", commits=None).project(1)], reports.WINDOWS) is None


def test_the_page_says_which_window_stands_in() -> None:
    """And why."""
    windows = tuple(Window(days) for days in (1, 7, 30))
    text = str(build.build(build_report(gained([(4, 5)]), windows=windows))["sections.html"])
    assert "Vertical axis: stars gained in 30 days; horizontal axis: commits in 30 days; both logarithmic." in text
    assert "A window of 90 days is not configured, so the longest known window is shown." in text


def test_areas_are_stars_below_their_headings() -> None:
    """Every project with a star once below its section, coloured by its change; the never counted has no area."""
    areas = drawn(build.build(sections_report()), "first")["treemap"]
    rows = dict(
        zip(areas["labels"], zip(*(areas[key] for key in ("values", "texts", "tones")), strict=True), strict=True),
    )
    assert rows["busy/one"] == (1_000, "+25.0%", 4)
    assert rows["lost/stars"] == (1_000, f"{MINUS}9.1%", 1)
    assert rows["rewrote/history"] == (1_000, "0.00%", 2)
    assert rows["too/young"] == (1_000, "n/a", 5)
    assert rows["Deep"] == (0, f"{MINUS}3.2%", 2)
    assert "never/seen" not in rows
    parents = dict(zip(areas["ids"], areas["parents"], strict=True))
    names = dict(zip(areas["ids"], areas["labels"], strict=True))
    (leaf,) = [node for node, name in names.items() if name == "quiet/worker"]
    assert [names.get(node) for node in (parents[leaf], parents[parents[leaf]])] == ["Deep", "Tools"]
    assert parents["list"] == ""


def test_simulated_figures_are_labelled() -> None:
    """In the data of the charts, beside the list's headings, and in the table."""
    files = build.build(sections_report())
    assert "made/up (simulated)" in drawn(files, "second")["treemap"]["labels"]
    text = str(files["sections.html"])
    assert text.count("simulated") > 10
    assert "simulated" not in str(files["data/sections/first.js"])


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (reports.empty(), "No run has read this list yet."),
        (reports.young(), "There are no colours yet, because no change over 30 days is known."),
        (reports.young(), "Too early: for no project are stars gained and commits both known over the same window."),
    ],
    ids=["empty", "young", "young"],
)
def test_early_days_say_what_is_missing(report: SiteReport, said: str) -> None:
    """Instead of charts of nothing."""
    assert said in str(build.build(report)["sections.html"])


def test_nothing_counted_is_said() -> None:
    """A list whose projects were never counted has no file of charts, and no figure that is 0."""
    files = build.build(build_report([ProjectSample("never/seen", stars=None).project(1)]))
    assert "data/sections/first.js" not in files
    assert "Nothing has been counted yet." in str(files["sections.html"])


def test_hostile_headings_stay_text() -> None:
    """In the page and in the data of its charts."""
    files = build.build(reports.full())
    labels = drawn(files, "first")["treemap"]["labels"]
    assert labels.count(reports.HOSTILE) == 2
    assert not set("<>&\u2028") & set(str(files["data/sections/first.js"]))
    assert "<script>alert" not in str(files["sections.html"])
