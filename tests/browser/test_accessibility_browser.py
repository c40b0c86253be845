"""Accessibility of every kind of page, checked by axe-core."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from tabs import Tabs

AXE = Path(__file__).parents[2] / "build" / "axe" / "axe.min.js"
LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (("light", 1300), ("dark", 390))
EVERYWHERE = ("index.html", "compare.html", "sections.html", "health.html", "counting.html", "digest/index.html")
PAGES = {
    "full": (*EVERYWHERE, "lists/second.html", "digest/2026-W47.html", "projects/big/giant.html"),
    "young": (*EVERYWHERE, "projects/group/project-1.html"),
    "empty": EVERYWHERE,
}
# The policy of the pages lets no script in but their own; what is added before they load stands outside of it.
FOUND = """
async () => (await axe.run({ resultTypes: ["violations"], rules: { "target-size": { enabled: true } } })).violations
  .flatMap(({ id, impact, nodes }) => nodes.map(({ target }) => `${impact} ${id}: ${target}`))
"""


@pytest.fixture
def examined(tabs: Tabs) -> Iterator[Page]:
    """Return a page that carries axe-core."""
    if not AXE.exists():
        pytest.fail("axe-core is missing: run .ci/axe, which fetches it with npm")
    with tabs.use(AXE) as page:
        yield page


@pytest.mark.parametrize(("report", "path"), [(report, path) for report, paths in PAGES.items() for path in paths])
def test_nothing_keeps_readers_out(examined: Page, server: str, report: str, path: str) -> None:
    """axe-core finds no violation, in light and wide as in dark and narrow pages with all charts drawn.

    Nor in pages with charts as they are at first, when these are pictures.
    """
    examined.goto(f"{server}/some/where/{report}/{path}")
    charts = examined.locator(".chart").all()
    if charts:
        assert examined.evaluate(FOUND) == [], "pictures"
    for chart in charts:
        chart.evaluate("chart => chart.scrollIntoView()")
        chart.locator(".main-svg").first.wait_for()
    for scheme, width in LOOKS:
        examined.emulate_media(color_scheme=scheme)
        examined.set_viewport_size({"width": width, "height": 900})
        assert examined.evaluate(FOUND) == [], scheme
