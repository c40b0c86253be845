"""The pictures of charts in a real browser: they need no script, and Plotly takes their place without a jump."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

import history_report
from startrack.dashboards.charts.palette import DARK, LIGHT
from tabs import Tabs

PROJECT: Final = "projects/some/gap.html"
PAGES: Final = ("index.html", "compare.html", "sections.html", PROJECT)
CHARTS: Final = ".chart"
DRAWN: Final = re.compile(r"\bdrawn\b")
PLOTLY: Final = "**/plotly.min.js"
# A browser that never has time: charts become interactive only when they are touched.
BUSY: Final = "window.requestIdleCallback = () => 0;\n"
SHIFTS: Final = """
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) window.shifted = (window.shifted ?? 0) + value;
}).observe({ type: "layout-shift", buffered: true });
"""
LABELS: Final = """
(chart) => ["x", "y"].map((axis) => [...chart.querySelectorAll(`.${axis}tick text`)]
  .filter((text) => text.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .map((text) => text.textContent))
"""
PICTURED: Final = """
(chart) => [".times", ".values"].map((axis) => [...chart.querySelectorAll(`.picture ${axis} text`)]
  .filter((text) => text.getClientRects().length)
  .sort((a, b) => axis === ".times" ? a.getBoundingClientRect().x - b.getBoundingClientRect().x : 0)
  .map((text) => text.textContent))
"""
PLACES: Final = """
(chart) => {
  const [outer, inner] = [chart, chart.querySelector(".picture")].map((element) => element.getBoundingClientRect());
  const { l, t, w, h } = chart._fullLayout._size;
  return [[inner.x - outer.x, inner.y - outer.y, inner.width, inner.height], [l, t, w, h]];
}
"""


@dataclass(frozen=True)
class Visit:
    """A page that never becomes idle, with the requests for Plotly that it sent."""

    page: Page
    requests: list[str]


@pytest.fixture(scope="session")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a script that keeps a page busy and adds up how far its elements move."""
    script = tmp_path_factory.mktemp("busy") / "busy.js"
    script.write_text(BUSY + SHIFTS, encoding="ascii")
    return script


@pytest.fixture
def visit(tabs: Tabs, busy: Path) -> Iterator[Visit]:
    """Return a page that does not become idle."""
    requests: list[str] = []

    def note(request: Request) -> None:
        if "plotly" in request.url:
            requests.append(request.url)

    with tabs.use(busy) as page:
        page.on("request", note)
        yield Visit(page, requests)
        page.remove_listener("request", note)


@pytest.fixture
def full(there: str) -> str:
    """Return the address of the full report."""
    return f"{there}/full"


@pytest.fixture
def story(there: str) -> str:
    """Return the address of a report with every chart that a project can have."""
    return f"{there}/story"


def pictures(page: Page) -> list[Locator]:
    """Return the picture of every chart; there is at least one."""
    found = page.locator(f"{CHARTS} > .picture").all()
    assert len(found) == page.locator(CHARTS).count() > 0
    return found


@pytest.fixture
def scriptless(plain_page: Page) -> Page:
    """Return a page without JavaScript, on a dark phone."""
    plain_page.set_viewport_size({"width": 390, "height": 800})
    plain_page.emulate_media(color_scheme="dark")
    return plain_page


@pytest.mark.parametrize("path", PAGES)
def test_charts_are_there_without_scripts(scriptless: Page, full: str, path: str) -> None:
    """Without JavaScript every chart is a picture with a text, and no control is shown that would do nothing.

    On paper every chart is there, in light colours, even if the reader's theme is dark.
    """
    scriptless.goto(f"{full}/{path}")
    for picture in pictures(scriptless):
        box = picture.bounding_box()
        assert box
        assert box["width"] > 250
        assert box["height"] > 100
        assert picture.locator("desc").text_content()
        expect(picture).to_have_role("img")
    assert scriptless.locator("main :is(button, input, select):enabled:visible").count() == 0
    scriptless.emulate_media(media="print", color_scheme="dark")
    for picture in pictures(scriptless):
        expect(picture).to_be_visible()
    label = scriptless.locator(".picture text:visible").first
    expect(label).to_have_css("fill", "rgb(0, 0, 0)" if path == "sections.html" else rgb(LIGHT.text))
    assert scriptless.locator(".picture :is(.line, .area):visible").count() > 0


def rgb(colour: str) -> str:
    """Return a colour as the browser writes it."""
    return f"rgb({', '.join(str(int(colour[at : at + 2], 16)) for at in (1, 3, 5))})"


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_shows_whole_charts(visit: Visit, full: str, path: str) -> None:
    """On a phone nothing is cut off, and the page does not scroll sideways."""
    visit.page.set_viewport_size({"width": 390, "height": 800})
    visit.page.goto(f"{full}/{path}")
    for picture in pictures(visit.page):
        outside = picture.evaluate(
            """picture => [...picture.querySelectorAll("text")]
                .filter(text => text.checkVisibility() && !text.closest(".treemap"))
                .map(text => [text.textContent, text.getBoundingClientRect()])
                .filter(([, { left, right, width }]) => width && (left < 0 || right > innerWidth))""",
        )
        assert outside == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_plotly_waits_for_a_touch(visit: Visit, full: str) -> None:
    """While the browser is busy, neither seeing a chart nor changing the theme loads Plotly; a touch does."""
    page = visit.page
    page.goto(f"{full}/{PROJECT}")
    chart = page.locator("[data-chart=stars]")
    chart.scroll_into_view_if_needed()
    line = chart.locator(".picture .line").first
    expect(line).to_have_css("stroke", rgb(LIGHT.lines[0]))
    page.get_by_role("button", name="Dark").click()
    expect(line).to_have_css("stroke", rgb(DARK.lines[0]))
    assert visit.requests == []
    chart.hover()
    expect(chart.locator(".main-svg").first).to_be_visible()
    assert len(visit.requests) == 1
    # Only the touched chart becomes interactive.
    expect(page.locator(f"{CHARTS}.drawn")).to_have_count(1)


def test_plotly_comes_with_the_focus(visit: Visit, full: str) -> None:
    """A control of the chart that gets the focus makes it interactive, so that the keyboard does too."""
    visit.page.goto(f"{full}/index.html")
    visit.page.get_by_label("Add").focus()
    expect(visit.page.locator("#compare-chart")).to_have_class(DRAWN)


def test_plotly_comes_when_the_browser_is_idle(page: Page, full: str) -> None:
    """A chart that is in view becomes interactive by itself; one that was never in view does not."""
    page.set_viewport_size({"width": 1300, "height": 500})
    page.goto(f"{full}/{PROJECT}")
    page.locator("[data-chart=stars]").scroll_into_view_if_needed()
    expect(page.locator("[data-chart=stars].drawn")).to_be_visible()
    assert page.locator("[data-chart=rank].drawn").count() == 0


@pytest.mark.parametrize("path", PAGES)
def test_nothing_moves_when_plotly_comes(visit: Visit, full: str, path: str) -> None:
    """Each chart and what is below it keep their places."""
    page = visit.page
    page.goto(f"{full}/{path}")
    footer = page.locator("footer")
    page.evaluate("window.shifted = 0")  # dates have got the reader's format by now
    for chart in page.locator(CHARTS).all():
        chart.scroll_into_view_if_needed()
        before = [chart.bounding_box(), footer.bounding_box()]
        chart.dispatch_event("pointerenter")
        expect(chart).to_have_class(DRAWN)
        assert [chart.bounding_box(), footer.bounding_box()] == before
    assert page.evaluate("window.shifted") == 0


def test_the_picture_stays_while_plotly_is_slow(visit: Visit, full: str) -> None:
    """Until a slow Plotly has arrived the picture is shown."""
    page, held = visit.page, list[Route]()
    page.route(PLOTLY, lambda route: held.append(route))  # noqa: PLW0108 - Playwright takes no built-in method
    page.goto(f"{full}/index.html")
    chart = page.locator("#compare-chart")
    chart.hover()
    page.locator("script[src$='plotly.min.js']").wait_for(state="attached")
    expect(chart.locator(".picture")).to_have_css("opacity", "1")
    held[0].continue_()
    expect(chart.locator(".picture")).to_have_css("opacity", "0")
    expect(chart.locator(".scatterlayer .trace")).to_have_count(6)


@pytest.fixture(scope="module")
def unwatched(tabs: Tabs, busy: Path) -> Iterator[Page]:
    """Return a page that does not become idle, whose requests may fail."""
    page = tabs.add(busy)
    yield page
    page.context.close()


@pytest.mark.parametrize("path", PAGES)
def test_the_picture_stays_if_plotly_fails(unwatched: Page, full: str, path: str) -> None:
    """If Plotly cannot be loaded, the picture stays and a line says why; the next touch tries again."""
    page = unwatched
    page.mouse.move(0, 0)
    page.route(PLOTLY, lambda route: route.abort())
    page.goto(f"{full}/{path}")
    chart = page.locator(CHARTS).first
    chart.hover()
    expect(page.locator(".failed")).to_have_text(
        "The interactive chart could not be drawn: assets/plotly.min.js could not be loaded.",
    )
    expect(chart.locator(".picture")).to_have_css("opacity", "1")
    page.unroute(PLOTLY)
    page.mouse.move(0, 0)
    chart.hover()
    expect(chart.locator(".main-svg").first).to_be_visible()
    assert page.locator(".failed").count() == 0


@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize(
    ("report", "path"),
    [
        *(("full", path) for path in ("index.html", "compare.html", PROJECT, "projects/lost/stars.html")),
        ("uneven", "index.html"),
        ("filled", "projects/old/friend.html"),
    ],
)
def test_pictures_have_the_axes_of_plotly(page: Page, server: str, report: str, path: str, width: int) -> None:
    """The picture and the interactive chart have the same labels, and their plot areas the same place."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{server}/some/where/{report}/{path}")
    _compare(page)


@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize("path", [f"projects/{history_report.HERO}.html", "projects/other/number-4.html"])
def test_pictures_of_a_long_history_have_the_axes_of_plotly(page: Page, story: str, path: str, width: int) -> None:
    """So do those with retained stars, spikes, commits of a year and marked events."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{story}/{path}")
    _compare(page)


def _compare(page: Page) -> None:
    pictured = [chart.evaluate(PICTURED) for chart in page.locator(CHARTS).all()]
    for chart, (times, values) in zip(page.locator(CHARTS).all(), pictured, strict=True):
        chart.scroll_into_view_if_needed()
        expect(chart.locator(".main-svg").first).to_be_visible()
        drawn_times, drawn_values = chart.evaluate(LABELS)
        name = chart.get_attribute("data-chart")
        assert sorted(values) == sorted(drawn_values), name
        # At the edge of the page Plotly drops a label that would not fit.
        assert [text for text in drawn_times if text not in times] == [], name
        assert len(times) - len(drawn_times) in {0, 1}, name
        picture_place, plotly_place = chart.evaluate(PLACES)
        assert picture_place == pytest.approx(plotly_place, abs=3), name


# The boxes of the areas of a treemap: those that Plotly draws, and those of the picture, in pixels below its head.
BOXES: Final = r"""
(chart) => {
  const numbers = (text) => text.match(/-?[\d.]+/g).map(Number);
  const drawn = [...chart.querySelectorAll("g.slice path")].map((path) => path.getAttribute("d"))
    .filter(Boolean).map(numbers).map(([left, top, right, , , bottom]) => [left, top - 24, right, bottom - 24]);
  const pictured = [...chart.querySelectorAll(".wide .area")].flatMap((path) => path.getAttribute("d").match(/M[^z]*/g))
    .map(numbers).map(([left, top, right, bottom]) => [left, top / 2, right, bottom / 2]);
  return [drawn, pictured];
}
"""


@pytest.mark.parametrize("report", ["full", "many", "filled"])
def test_the_picture_of_sections_is_that_of_plotly(page: Page, there: str, report: str) -> None:
    """Areas have the places that Plotly gives them, and points the same axes and groups."""
    page.goto(f"{there}/{report}/sections.html")
    for chart in page.locator("[data-map]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_class(DRAWN)
        drawn, pictured = (sorted(boxes) for boxes in chart.evaluate(BOXES))
        # Plotly leaves areas out that are too small to be seen.
        assert 1 < len(drawn) <= len(pictured)
        _is_near(drawn, pictured)
    for chart in page.locator("[data-quadrants]").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_class(DRAWN)
        assert list(map(sorted, chart.evaluate(PICTURED))) == list(map(sorted, chart.evaluate(LABELS)))
        picture_place, plotly_place = chart.evaluate(PLACES)
        assert picture_place == pytest.approx(plotly_place, abs=3)
        places = chart.evaluate("({ data }) => data.map(({ x, y }) => new Set(x.map((at, i) => `${at} ${y[i]}`)).size)")
        shapes = [len(text or "") for text in chart.locator(".points").all_text_contents()]
        assert sum(shapes) == sum(places)


def _is_near(drawn: list[list[float]], pictured: list[list[float]]) -> None:
    """Check that each box has its counterpart within a pixel and a half."""
    rest = list(pictured)
    for box in drawn:
        near = min(rest, key=lambda other: max(abs(a - b) for a, b in zip(box, other, strict=True)))
        assert near == pytest.approx(box, abs=1.5)
        rest.remove(near)


def test_numbers_of_events_are_in_the_picture(visit: Visit, story: str) -> None:
    """The picture marks the same events as the interactive chart, with the same numbers."""
    page = visit.page
    page.goto(f"{story}/projects/{history_report.HERO}.html")
    for name in ("stars", "weeks"):
        chart = page.locator(f"[data-chart={name}]")
        numbers = chart.locator(".picture :is(.left, .right)").all_text_contents()
        chart.scroll_into_view_if_needed()
        chart.hover()
        expect(chart).to_have_class(DRAWN)
        assert numbers == chart.evaluate("chart => chart.layout.annotations.map(({ text }) => text)")
        assert len(numbers) > 2


def test_what_the_pictures_show_is_printed_with_them(visit: Visit, there: str) -> None:
    """On paper the meaning of dashed lines stands with the charts, which other hints are left out for."""
    visit.page.goto(f"{there}/filled/projects/old/friend.html")
    visit.page.emulate_media(media="print")
    expect(visit.page.get_by_text("Dashed line: retained stars (≈)")).to_be_visible()
    visit.page.goto(f"{there}/filled/index.html")
    expect(visit.page.get_by_text("Dashed line: retained stars (≈)")).to_be_visible()
    expect(visit.page.get_by_text("Each small chart has its own scale")).to_be_hidden()


def test_other_lines_hide_the_picture(visit: Visit, full: str) -> None:
    """With another selection in the address, the picture of the first selection is not shown."""
    visit.page.goto(f"{full}/compare.html#p=lost/stars")
    chart = visit.page.locator("#compare-chart")
    expect(chart.locator(".picture")).to_be_hidden()
    expect(chart).to_have_class(DRAWN)
    expect(visit.page.locator("#compare-legend bdi")).to_have_text("lost/stars")


def test_a_choice_makes_the_chart_interactive(visit: Visit, full: str) -> None:
    """A pressed button and a removed line change the chart, although it was a picture."""
    page = visit.page
    page.goto(f"{full}/index.html")
    page.get_by_label("Remove big/giant from the chart").click()
    expect(page.locator("#compare-chart .scatterlayer .trace")).to_have_count(5)
    page.goto("about:blank")
    page.goto(f"{full}/compare.html")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    assert len(set(Path(download.value.path()).read_text(encoding="utf-8").split("\n"))) > 100
