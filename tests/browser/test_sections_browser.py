"""The sections page in a real browser: tables, treemap and quadrants against the report."""

import math
from collections.abc import Mapping
from statistics import median

import pytest
from playwright.sync_api import Locator, Page, expect

import page_reports
import reports
from browser_page import figure, settle, show, table
from startrack.model.changes import Change, Window
from startrack.model.report import Project, SiteReport
from startrack.wording import phrases
from startrack.wording.figures import MINUS

MAP, DOTS = "#list-first [data-map]", "#list-first [data-quadrants]"
DEEP = phrases.section_path(("Tools", "Deep"))
MONTH, QUARTER = Window(30), Window(90)
TITLES = (
    "starred and active",
    "starred, less active",
    "active, less starred",
    "less starred, less active",
)


@pytest.fixture
def made(there: str) -> str:
    """Return the address of the pages of the report of sections."""
    return f"{there}/varied"


def listed(report: SiteReport, name: str = "first") -> list[Project]:
    """Return the projects of a list."""
    return [each for each in report.projects if each.places[0][0] == name]


def worked(report: SiteReport) -> dict[str, tuple[int, int]]:
    """Return the stars gained and commits made in 90 days, of projects with both known."""
    changes = ((each.name, each.changes[QUARTER]) for each in listed(report))
    known = {name: change for name, change in changes if isinstance(change, Change)}
    return {name: (each.gain, each.commits_gain) for name, each in known.items() if each.commits_gain is not None}


def areas(page: Page) -> Mapping[str, tuple[float, str, str]]:
    """Return the size, text and colour of each area that Plotly draws, by name."""
    found: list[tuple[str, float, str, str]] = page.evaluate(
        f"""(() => {{ const [one] = document.querySelector('{MAP}').data;
            return one.labels.map((label, i) => [label, one.values[i], one.text[i], one.marker.colors[i]]); }})()""",
    )
    return {name: (value, text, colour) for name, value, text, colour in found}


def test_sections_tell_the_report(page: Page, made: str) -> None:
    """The tables show the statistics and the momentum of each section."""
    page.goto(f"{made}/sections.html")
    assert table(page, "#list-first .portraits") == {
        "Tools": [
            "3",
            "3,000",
            "6.9",
            "160",
            "67% 2 of 3",
            "MIT (2), Apache-2.0 (1)",
            "Python (1), Rust (1) unknown for 1",
        ],
        DEEP: [
            *("3", "3,000", "6.9", "293", "100% 3 of 3"),
            *("BSD-3-Clause (1), other (1) unknown for 1", "Go (1) unknown for 2"),
        ],
        "Papers": [
            "3",
            "1,007 known for 2 of 3",
            "3.5 known for 2 of 3",
            "n/a none known",
            "100% 2 of 2",
            *["n/a none known"] * 2,
        ],
    }
    moved = table(page, "#list-first .sections")
    assert list(moved) == ["Tools", DEEP, "Papers"], "the one known for a third stands last"
    assert moved["Tools"][1:3] == ["+260", "+9.5%"]
    assert moved[DEEP][1:3] == [f"{MINUS}100", f"{MINUS}3.2%"]
    assert moved["Papers"][-1] == "1 of 3"


def test_areas_tell_the_report(page: Page, made: str) -> None:
    """Each area has a project's stars and change, as in the table below, which also names uncounted projects."""
    page.goto(f"{made}/sections.html")
    show(page, MAP)
    drawn = areas(page)
    told = table(page, "#list-first .areas")
    for project in listed(page_reports.sections_report()):
        cells = told[project.name]
        if project.current is None:
            assert project.name not in drawn
            assert cells == ["n/a not counted"] * 3
            continue
        change = project.changes[MONTH]
        percent = f"{figure(change.percent or 0, _decimals(change))}%" if isinstance(change, Change) else "n/a"
        assert drawn[project.name][:2] == (project.current.stars, percent)
        assert cells[0] == f"{project.current.stars:,}"
        assert cells[2].startswith(percent)


def _decimals(change: Change) -> int:
    size = abs(change.percent or 0)
    return 0 if size >= 100 else 1 if size >= 1 else 2


def test_colours_are_those_of_the_keys(page: Page, made: str) -> None:
    """Areas have the colours of the legend, in both themes."""
    page.goto(f"{made}/sections.html")
    show(page, MAP)
    seen = set()
    light: str = page.evaluate(f"document.querySelector('{MAP}').data[0].marker.colors.join()")
    for theme in ("Light", "Dark"):
        page.get_by_role("button", name=theme).click()
        if theme == "Dark":
            colours = f"document.querySelector('{MAP}').data[0].marker.colors.join()"
            page.wait_for_function(f"light => {colours} !== light", arg=light)
        keys = page.evaluate(
            """Object.fromEntries([...document.querySelectorAll('#list-first .keys li')].map(item =>
                [item.innerText.trim(), getComputedStyle(item.querySelector('.tone')).backgroundColor]))""",
        )
        drawn = areas(page)
        expected = {
            "busy/one": "gained more than 20%",
            "starred/only": "gained 4% to 20%",
            "busy/two": "changed by at most 4%",
            "lost/stars": "lost 4% to 20%",
            "too/young": "unknown",
        }
        assert {name: _rgb(drawn[name][2]) for name in expected} == {name: keys[key] for name, key in expected.items()}
        seen |= {colour for _, _, colour in drawn.values()}
    assert len(seen) >= 10


def _rgb(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def level(page: Page) -> str:
    """Return the name of the area that the treemap is zoomed to."""
    found: str = page.evaluate(
        f"""(() => {{ const [one] = document.querySelector('{MAP}').data;
            return one.labels[one.ids.indexOf(one.level)]; }})()""",
    )
    return found


def surface(page: Page, kind: str, name: str) -> Locator:
    """Return the clickable surface of an area, or of a step in the path bar."""
    areas = page.locator(f"{MAP} g.{kind}", has=page.locator("text", has_text=name))
    return areas.first.locator("path.surface")


def test_a_section_is_chosen(page: Page, made: str) -> None:
    """A section can be selected with the keyboard; the chart then shows only its areas.

    A click on a section zooms in, on the path bar zooms out, and on a project opens its page.
    """
    page.goto(f"{made}/sections.html")
    show(page, MAP)
    choice = page.locator("#list-first [data-level]")
    choice.focus()
    choice.press("ArrowDown")
    choice.press("ArrowDown")
    expect(page.locator(f"{MAP} g.slice", has_text="busy/one")).to_have_count(0)
    assert level(page) == "Deep"
    expect(page.locator(f"{MAP} g.slice", has_text="quiet/worker")).to_be_visible()
    choice.select_option(label="All sections")
    expect(page.locator(f"{MAP} g.slice", has_text="busy/one")).to_be_visible()
    surface(page, "slice", "Papers").click(position={"x": 6, "y": 6})
    expect(choice.locator("option:checked")).to_have_text("Papers")
    assert level(page) == "Papers"
    surface(page, "pathbar", "first").click(position={"x": 6, "y": 6})
    expect(choice).to_have_value("list")
    surface(page, "slice", "first").click(position={"x": 200, "y": 6})
    expect(choice).to_have_value("list")
    surface(page, "slice", "busy/one").click(position={"x": 6, "y": 6})
    page.wait_for_url("**/projects/busy/one.html")


def test_areas_are_drawn_when_they_are_seen(page: Page, made: str) -> None:
    """Charts are drawn only when they come into view."""
    page.set_viewport_size({"width": 1300, "height": 300})
    page.goto(f"{made}/sections.html")
    settle(page)
    assert page.evaluate("typeof Plotly") == "undefined"


def test_quadrants_tell_the_report(page: Page, made: str) -> None:
    """Points are at the logarithms of their figures, losses below 0, and lines at the medians.

    A click on a point opens its project.
    """
    report = page_reports.sections_report()
    figures = worked(report)
    page.goto(f"{made}/sections.html")
    show(page, DOTS)
    drawn = page.evaluate(
        f"""document.querySelector('{DOTS}').data.flatMap(group =>
            group.text.map((name, j) => [name, group.x[j], group.y[j]]))""",
    )
    assert {name: (x, y) for name, x, y in drawn} == {
        name: (pytest.approx(_place(commits)), pytest.approx(_place(stars)))
        for name, (stars, commits) in figures.items()
    }
    stars, commits = (median(column) for column in zip(*figures.values(), strict=True))
    lines = page.evaluate(f"document.querySelector('{DOTS}').layout.shapes.map(one => [one.x0, one.y0])")
    assert lines[0][0] == pytest.approx(_place(commits))
    assert lines[1][1] == pytest.approx(_place(stars))
    expect(page.locator("#list-first")).to_contain_text(f"{figure(stars, 1)} stars and {figure(commits, 1)} commits")
    corners = page.evaluate(f"document.querySelector('{DOTS}').layout.annotations.map(one => one.text.slice(2))")
    assert tuple(corners) == TITLES
    page.locator(f"{DOTS} .scatterlayer .trace").nth(1).locator("path.point").click(force=True)
    page.wait_for_url("**/projects/starred/only.html")


def _place(value: float) -> float:
    return math.copysign(math.log10(1 + abs(value)), value)


def test_the_groups_are_lists_too(page: Page, made: str) -> None:
    """The groups are lists that the keyboard reaches; projects with unknown figures are apart."""
    page.goto(f"{made}/sections.html")
    boards = page.locator("#list-first .quadrants .board")
    shown = {
        board.locator("ol").get_attribute("aria-label"): board.locator("a").all_inner_texts() for board in boards.all()
    }
    assert shown == {
        "Starred and active": ["busy/one", "busy/two"],
        "Starred, less active": ["starred/only"],
        "Active, less starred": ["quiet/worker"],
        "Less starred, less active": ["rewrote/history", "lost/stars"],
    }
    expect(boards.last).to_contain_text(f"{MINUS}150")
    apart = page.locator("#list-first details", has_text="Projects with unknown figures: 3")
    apart.locator("summary").focus()
    page.keyboard.press("Enter")
    assert apart.locator("a").all_inner_texts() == ["never/seen", "no/commits", "too/young"]
    boards.first.locator("a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/busy/one.html")


def test_the_overview_leads_here(page: Page, made: str) -> None:
    """The overview of a list links to the list's part of the page, with its label."""
    page.goto(f"{made}/lists/second.html")
    page.get_by_role("link", name="All sections: size").click()
    page.wait_for_url("**/sections.html#list-second")
    expect(page.locator("#list-second h2 .chip")).to_have_text("simulated")
    assert page.locator("#list-second h3 .chip.label").all_inner_texts() == ["simulated"] * 4
    page.locator(".jumps").get_by_role("link", name="first").click()
    page.wait_for_url("**/sections.html#list-first")


def test_text_needs_no_script(plain_page: Page, made: str) -> None:
    """Without JavaScript every figure is there, and the charts are pictures."""
    plain_page.goto(f"{made}/sections.html")
    assert plain_page.locator(".chart > .picture:visible").count() == 4
    assert plain_page.locator(".quadrants li").count() == 8
    plain_page.locator("#list-first summary").first.click()
    expect(plain_page.locator("#list-first .areas")).to_contain_text("busy/one")


@pytest.mark.parametrize("report", ["full", "young", "empty", "filled"])
def test_nothing_sticks_out(page: Page, server: str, report: str) -> None:
    """The page never scrolls sideways, with charts or without."""
    for width in (360, 700, 1300):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{server}/some/where/{report}/sections.html")
        for chart in page.locator(".chart").all():
            chart.scroll_into_view_if_needed()
            expect(chart.locator("svg.main-svg").first).to_be_visible(timeout=15_000)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width


def test_hostile_headings_do_nothing(page: Page, server: str) -> None:
    """Hostile headings stay text in the chart and its controls."""
    page.goto(f"{server}/some/where/full/sections.html")
    show(page, MAP)
    show(page, DOTS)
    page.locator("#list-first [data-level]").select_option(
        index=page.locator("#list-first [data-level] option").count() - 1,
    )
    settle(page)
    assert reports.HOSTILE[:9] in (page.locator(MAP).text_content() or "")


def test_a_section_leads_to_its_line(page: Page, there: str) -> None:
    """The link of a section opens the comparison with that section."""
    page.goto(f"{there}/full/sections.html")
    link = page.locator(".portraits th a").first
    name = link.inner_text()
    link.click()
    expect(page.locator(".legend bdi")).to_have_count(1)
    expect(page.locator(".legend bdi")).to_contain_text(f"{name}, in ")
