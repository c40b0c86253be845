"""The layout of the pages at every width, and their contrast in both themes."""

from typing import Literal

import pytest
from playwright.sync_api import Page

import reports
from startrack.dashboards import paths

PAGES = (
    *("index.html", "lists/second.html", "counting.html", "projects/some/gap.html", "projects/made/up.html"),
    *("digest/index.html", "digest/2026-W47.html", "sections.html", "health.html"),
)
WIDTHS = (360, 700, 1300)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.mark.parametrize("report", ["full", "young", "empty"])
def test_nothing_sticks_out(page: Page, server: str, report: str) -> None:
    """No page scrolls sideways; wide tables scroll within their box."""
    hostile = paths.slugs([f"evil/{reports.HOSTILE}"])
    more = (*PAGES, *(f"projects/{slug}.html" for slug in hostile.values())) if report == "full" else PAGES[::2][:2]
    for path in more:
        page.set_viewport_size({"width": WIDTHS[0], "height": 800})
        page.goto(f"{server}/some/where/{report}/{path}")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


# What an A4 page lays out, in the pixels of a page.
PAPER = 794
MEDIA: tuple[Literal["print", "screen"], ...] = ("print", "screen")
FITS = """
() => [...document.querySelectorAll(".chart:has(.main-svg)")]
  .every((chart) => Math.abs(chart.querySelector(".main-svg").clientWidth - chart.clientWidth) <= 1)
"""


@pytest.mark.parametrize("path", ["index.html", "sections.html", "projects/big/giant.html"])
def test_charts_fit_the_paper(page: Page, server: str, path: str) -> None:
    """Charts fit the width of the paper in print, and that of the screen afterwards."""
    page.set_viewport_size({"width": PAPER, "height": 800})
    page.goto(f"{server}/some/where/full/{path}")
    for chart in page.locator(".chart").all():
        chart.evaluate("chart => chart.scrollIntoView()")
        chart.locator(".main-svg").first.wait_for()
    for media in MEDIA:
        page.emulate_media(media=media)
        page.wait_for_function(FITS)
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER, media


CONTRAST = """
() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  for (const element of document.querySelectorAll("main *, header *, footer *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!hasText || !element.checkVisibility() || element.closest("svg, :disabled, option")) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...low];
}
"""


def test_contrast(page: Page, server: str) -> None:
    """Every text has a contrast of at least 4.5 to 1, light and dark."""
    for path in PAGES:
        page.goto(f"{server}/some/where/full/{path}")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate(CONTRAST) == [], (path, scheme)
