"""Whether the next count is overdue, by the clock of a real browser."""

from datetime import datetime

import pytest
from playwright.sync_api import Page, expect

from page_reports import ProjectSample, build_report, write_pages

DUE = datetime(2026, 11, 24, 5, 17)
PAGES = ("index.html", "health.html", "compare.html", "counting.html", "projects/o/one.html")
# The elements that moved after they were painted. Were the line shown late, the heading below it would move.
MOVED = """
() => new Promise((resolve) => {
  const moved = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) moved.push(...entry.sources.map(({ node }) => node?.nodeName));
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(moved), 100);
})
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of pages whose next count is due at 05:17 on 24 November."""
    folder = tmp_path_factory.mktemp("overdue")
    return write_pages(build_report([ProjectSample("o/one").project(1)], next_due=DUE), folder).as_uri()


@pytest.mark.parametrize(("now", "is_overdue"), [("2026-11-25T05:16:59Z", False), ("2026-11-25T05:17:00Z", True)])
def test_an_overdue_count_is_said(own_page: Page, address: str, now: str, *, is_overdue: bool) -> None:
    """From a day after it was due, on every page, as its first line and in plain words; nothing moves."""
    own_page.clock.set_fixed_time(now)
    for name in PAGES:
        own_page.goto(f"{address}/{name}")
        line = own_page.locator("main > p.overdue")
        expect(line).to_be_visible(visible=is_overdue)
        assert line.evaluate("line => line === line.parentElement.firstElementChild")
        assert line.evaluate("line => line.offsetHeight") == 0 or is_overdue
        assert "H1" not in own_page.evaluate(MOVED)
    expect(line).to_contain_text("The next one was due at ")
    assert line.locator("time").last.get_attribute("datetime") == "2026-11-24T05:17Z"


def test_no_script_no_line(plain_page: Page, address: str) -> None:
    """Without a script nobody knows the time."""
    plain_page.goto(f"{address}/index.html")
    expect(plain_page.locator(".overdue")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_line_fits_a_small_screen(own_page: Page, address: str, theme: str) -> None:
    """It wraps, and looks like the texts beside it in both themes."""
    own_page.clock.set_fixed_time("2026-12-24T00:00:00Z")
    own_page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    own_page.set_viewport_size({"width": 390, "height": 800})
    own_page.goto(f"{address}/index.html")
    line, footer = own_page.locator(".overdue"), own_page.locator("footer p").first
    assert own_page.evaluate("document.documentElement.scrollWidth") <= 390
    colour = "element => getComputedStyle(element).color"
    assert line.evaluate(colour) == footer.evaluate(colour)
