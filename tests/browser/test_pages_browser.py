"""The pages in a real browser: every control works, and hostile text stays text."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

import reports
from browser_page import settle
from startrack.dashboards import paths
from startrack.wording.figures import MINUS

CHART = "#compare-chart"
LINES = f"{CHART} .scatterlayer .trace"
PAGES = ("index.html", "lists/second.html", "counting.html", "projects/some/gap.html", "projects/made/up.html")


def column(page: Page, number: int) -> list[str]:
    """Return the shown cells of a column of the table."""
    return page.locator(f"#table tbody tr:visible > :nth-child({number})").all_inner_texts()


def names(page: Page) -> list[str]:
    """Return the shown projects in their order."""
    return page.locator("#table tbody tr:visible th a").all_inner_texts()


def charted(page: Page) -> list[str]:
    """Return the projects that the chart's legend names."""
    return page.locator("#compare-legend bdi").all_inner_texts()


def values(page: Page, trace: int = 0) -> list[float | None]:
    """Return the points of a line that Plotly draws."""
    found: list[float | None] = page.evaluate(f"document.querySelector('{CHART}').data[{trace}].y")
    return found


def hold(held: list[Route], route: Route) -> None:
    """Keep a request waiting."""
    held.append(route)


def show_chart(page: Page, lines: int = 6) -> None:
    """Scroll to the chart and wait until it is drawn."""
    page.locator(CHART).scroll_into_view_if_needed()
    expect(page.locator(LINES)).to_have_count(lines)


@pytest.mark.parametrize("path", PAGES)
def test_text_needs_no_script(plain_page: Page, server: str, path: str) -> None:
    """Without JavaScript all text and figures are there, and the charts are pictures."""
    plain_page.goto(f"{server}/some/where/full/{path}")
    expect(plain_page.locator("h1")).to_be_visible()
    if path == "index.html":
        assert len(names(plain_page)) == len(reports.full().projects)
        expect(plain_page.locator(f"{CHART} .picture")).to_be_visible()
        expect(plain_page.get_by_label("Add")).to_be_hidden()


def test_text_comes_before_plotly(page: Page, server: str) -> None:
    """The table can be sorted while Plotly is still loading."""
    held: list[Route] = []
    page.route("**/plotly.min.js", lambda route: hold(held, route))
    page.goto(f"{server}/some/where/full/index.html")
    page.locator(CHART).scroll_into_view_if_needed()
    expect(page.locator("#compare-legend")).to_be_attached()
    page.get_by_role("button", name="Project", exact=True).click()
    assert names(page)[0] == "big/giant"
    settle(page)
    assert len(held) == 1
    held[0].continue_()
    expect(page.locator(LINES)).to_have_count(6)


def test_sort_by_figures(page: Page, there: str) -> None:
    """Figures sort from the largest, then from the smallest; unknown ones come last both times.

    A column can be sorted with the keyboard too.
    """
    page.goto(f"{there}/full/index.html")
    for direction, sign in (("descending", -1), ("ascending", 1)):
        page.get_by_role("button", name="30d", exact=True).click()
        expect(page.get_by_role("columnheader", name="30d")).to_have_attribute("aria-sort", direction)
        cells = column(page, 8)
        known = [int(cell.replace(",", "").replace(MINUS, "-")) for cell in cells if not cell.startswith("n/a")]
        assert known == sorted(known, reverse=sign < 0)
        assert all(cell.startswith("n/a") for cell in cells[len(known) :])
        assert 0 < len(known) < len(cells)
    expect(page.get_by_role("columnheader", name="Stars")).to_have_attribute("aria-sort", "none")
    page.get_by_role("button", name="Project", exact=True).focus()
    page.keyboard.press("Enter")
    assert names(page) == sorted(names(page), key=str.lower)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("columnheader", name="Stars")).to_have_attribute("aria-sort", "descending")


def test_search(page: Page, server: str) -> None:
    """The search matches all of its words and shows the number of results."""
    page.goto(f"{server}/some/where/full/index.html")
    page.get_by_label("Search").fill("PROJECT group 3")
    assert names(page) == ["group/project-3"]
    expect(page.locator("#shown")).to_have_text(f"1 of {len(reports.full().projects)} projects")
    page.get_by_label("Search").fill("")
    assert len(names(page)) == len(reports.full().projects)


def test_section_filter(page: Page, server: str) -> None:
    """A section shows its own projects and those of the sections below it."""
    page.goto(f"{server}/some/where/full/lists/first.html")
    page.locator("#section").select_option(label="Tools")
    assert "group/project-3" in names(page)
    assert not [name for name in names(page) if name.startswith("evil")]
    page.locator("#section").select_option(index=2)
    assert {"big/giant", "group/project-3"} - set(names(page))
    assert all(name.startswith("group/") for name in names(page))


def test_long_table(page: Page, there: str) -> None:
    """A long table shows fifty rows, and more on scrolling; search and sort include all rows."""
    page.goto(f"{there}/many/index.html")
    shown = page.locator("#table tbody tr:visible")
    expect(shown).to_have_count(50)
    page.locator(".scroll:has(#table)").evaluate("box => box.scrollTo(0, box.scrollHeight)")
    expect(shown).to_have_count(100)
    page.get_by_label("Search").fill("project-249")
    assert names(page) == ["group/project-249"]
    page.get_by_label("Search").fill("")
    page.get_by_role("button", name="Stars", exact=True).click()
    assert names(page)[0] == "group/project-249"
    expect(shown).to_have_count(50)


def test_chart_shows_the_rising(page: Page, base: str) -> None:
    """At first the six fastest rising projects are drawn and ticked in the table."""
    page.goto(f"{base}/full/index.html")
    show_chart(page)
    assert charted(page)[:2] == ["big/giant", "made/up"]
    assert page.locator("#compare-legend .chip").all_inner_texts() == ["simulated"]
    assert page.locator("#table tbody input:checked").count() == 6
    history = reports.full().history
    giant = next(p for p in reports.full().projects if p.name == "big/giant")
    assert values(page) == [count.stars for count in history[giant.repository.repo_id]]


def test_tick_and_remove(page: Page, server: str) -> None:
    """A tick in the table or a typed name adds a line; the cross in the legend removes it."""
    page.goto(f"{server}/some/where/full/index.html")
    show_chart(page)
    page.get_by_label("Show some/gap in the chart").check()
    expect(page.locator(LINES)).to_have_count(7)
    assert None in values(page, 6), "the line breaks at the gap"
    page.locator("#compare-add").fill("lost/stars")
    expect(page.locator(LINES)).to_have_count(8)
    expect(page.get_by_label("Show lost/stars in the chart")).to_be_checked()
    page.get_by_label("Remove big/giant from the chart").click()
    expect(page.locator(LINES)).to_have_count(7)
    expect(page.get_by_label("Show big/giant in the chart")).not_to_be_checked()


def test_too_many_lines(page: Page, server: str) -> None:
    """The chart refuses more than its maximum of lines with a message, and the tick is removed."""
    page.goto(f"{server}/some/where/full/index.html")
    boxes = page.locator("#table tbody input")
    assert boxes.count() == 17
    for i in range(17):
        boxes.nth(i).evaluate("box => { if (!box.checked) box.click(); }")
    expect(page.locator("#compare-status")).to_contain_text("at most 16 lines")
    assert page.locator("#table tbody input:checked").count() == 16


def test_gain_and_log(page: Page, there: str) -> None:
    """Gain starts at 0; the log scale is not available for gains."""
    page.goto(f"{there}/full/index.html")
    show_chart(page)
    axis = f"document.querySelector('{CHART}')._fullLayout.yaxis.type"
    page.get_by_role("button", name="Log").click()
    page.wait_for_function(f"{axis} === 'log'")
    page.get_by_role("button", name="Gain since start").click()
    page.wait_for_function(f"{axis} === 'linear'")
    expect(page.get_by_role("button", name="Log")).to_be_disabled()
    drawn = values(page)
    assert drawn[0] == 0
    assert drawn[-1] == 400 * 41


def test_project_charts(page: Page, base: str) -> None:
    """A project's page draws its charts; weeks within a gap have no bar."""
    page.goto(f"{base}/full/projects/some/gap.html")
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg.main-svg").first).to_be_visible()
    weeks: list[int | None] = page.evaluate("document.querySelector('[data-chart=weeks]').data[0].y")
    assert None in weeks
    assert 0 not in weeks


def test_retained_stars_are_dashed(page: Page, there: str) -> None:
    """Retained stars are a dashed line in the project's colour up to the first count; gains have none."""
    page.goto(f"{there}/filled/index.html")
    show_chart(page, 4)
    lines: list[dict[str, str]] = page.evaluate(f"document.querySelector('{CHART}').data.map(({{line}}) => line)")
    assert [line["dash"] for line in lines] == ["solid", "dash"] * 2
    assert lines[0]["color"] == lines[1]["color"] != lines[2]["color"]
    assert (values(page, 0)[-1], values(page, 1)[-1], None in values(page, 1)) == (1005, 997, False)
    page.get_by_role("button", name="Gain since start").click()
    expect(page.locator(LINES)).to_have_count(2)
    page.goto(f"{there}/filled/projects/old/friend.html")
    stars = page.locator("[data-chart=stars]")
    stars.scroll_into_view_if_needed()
    expect(stars.locator("svg.main-svg").first).to_be_visible()
    drawn: list[str] = page.evaluate("document.querySelector('[data-chart=stars]').data.map(({line}) => line.dash)")
    assert drawn[1] == "dash"
    expect(page.get_by_text("Dashed line: retained stars (≈)")).to_be_visible()


def test_theme_switch(page: Page, base: str) -> None:
    """The switch makes page and chart dark, and the next page keeps the choice."""
    page.goto(f"{base}/full/index.html")
    show_chart(page)
    colour = f"document.querySelector('{CHART}')._fullLayout.font.color"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Dark").click()
    page.wait_for_function(f"{colour} !== '{light}'")
    page.goto(f"{base}/full/counting.html")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == "rgb(18, 20, 23)"
    page.get_by_role("button", name="Auto").click()
    page.emulate_media(color_scheme="light")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(252, 252, 250)"


def test_hostile_page_does_nothing(page: Page, there: str) -> None:
    """The page of a project made of hostile text shows it and draws its charts."""
    (slug,) = paths.slugs([f"evil/{reports.HOSTILE}"]).values()
    page.goto(f"{there}/full/projects/{slug}.html")
    expect(page.locator("h1")).to_contain_text(re.compile(r"<script>alert\('1'\)"))
    page.locator("[data-chart]").first.scroll_into_view_if_needed()
    expect(page.locator("svg.main-svg").first).to_be_visible()


def test_hostile_name_in_the_chart(page: Page, server: str) -> None:
    """A hostile name in the chart's legend and hover box stays text."""
    page.goto(f"{server}/some/where/full/index.html")
    show_chart(page)
    page.locator("#table tbody tr", has_text="evil/").locator("input").check()
    expect(page.locator(LINES)).to_have_count(7)
    page.hover(CHART, position={"x": 900, "y": 200})
    expect(page.locator(f"{CHART} .hoverlayer text").first).to_be_attached()
    assert charted(page)[-1].startswith("evil/</script><script>")
