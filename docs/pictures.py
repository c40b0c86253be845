"""Take the pictures of README and docs from the pages of the demo: `make pictures`."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import FloatRect, Page, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
WIDTH = 1280
# As wide as a README shows them.
SCALE = 0.75
MARGIN = 16
IMAGES = Path(__file__).parent / "images"


@dataclass(frozen=True)
class Picture:
    """A page of the demo from the top of one element to the end of another."""

    name: str
    page: str
    until: str
    since: str = "body"


PICTURES = (
    Picture("overview", "index.html", "#compare"),
    Picture("compare", "compare.html#v=rebased&since=2024-10-03", "#compare-summary"),
    Picture("project", "projects/comet-ml/opik.html", ".charts"),
    Picture("sections", "sections.html", "[data-quadrants]", since="[id$=-map]"),
)


def main() -> None:
    """Open each page in the system's Chromium, in light mode, and save the part to show."""
    dashboards = (Path(sys.argv[1]) / "dashboards").resolve()
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(
            viewport={"width": WIDTH, "height": 900},
            device_scale_factor=SCALE,
            color_scheme="light",
            reduced_motion="reduce",
        )
        for picture in PICTURES:
            page.goto(f"{dashboards.as_uri()}/{picture.page}")
            page.screenshot(path=IMAGES / f"{picture.name}.png", full_page=True, clip=_clip(page, picture))
        browser.close()


def _clip(page: Page, picture: Picture) -> FloatRect:
    """Return the part of the page to show, once every chart on the page is drawn."""
    since, until = page.locator(picture.since).first, page.locator(picture.until).first
    for chart in page.locator(".chart").all():
        if chart.is_visible():
            chart.scroll_into_view_if_needed()
            chart.locator("svg.main-svg").first.wait_for()
    page.evaluate("window.scrollTo(0, 0)")
    top = max(since.evaluate("element => element.getBoundingClientRect().top") - MARGIN, 0)
    bottom = until.evaluate("element => element.getBoundingClientRect().bottom") + MARGIN
    return {"x": 0, "y": top, "width": WIDTH, "height": bottom - top}


if __name__ == "__main__":
    main()
