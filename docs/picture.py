"""Take the picture of the README anew: `make picture` after `make run`."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH = 1280


def main() -> None:
    """Open the demo's overview in the system's Chromium and keep what a reader sees first."""
    page_file = Path(sys.argv[1]) / "dashboards" / "index.html"
    picture = Path(__file__).parent / "images" / "overview.png"
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 900}, color_scheme="light", reduced_motion="reduce")
        page.goto(page_file.resolve().as_uri())
        page.locator("#compare").scroll_into_view_if_needed()
        page.locator("#compare-chart svg.main-svg").first.wait_for()
        page.evaluate("window.scrollTo(0, 0)")
        height = page.locator("#compare").evaluate("element => element.getBoundingClientRect().bottom")
        page.screenshot(path=picture, full_page=True, clip={"x": 0, "y": 0, "width": WIDTH, "height": height})
        browser.close()


if __name__ == "__main__":
    main()
