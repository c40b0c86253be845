"""Reading of pages in a browser."""

from playwright.sync_api import Page, expect

from startrack.wording.figures import MINUS

__all__ = ["figure", "settle", "show", "table"]


def table(page: Page, selector: str) -> dict[str, list[str]]:
    """Return the cells of each row of a table by the row's heading."""
    rows: list[list[str]] = page.evaluate(
        """selector => [...document.querySelectorAll(`${selector} tbody tr`)].map(row =>
            [...row.cells].map(cell => cell.textContent.replace(/\\s+/g, " ").trim()))""",
        selector,
    )
    return {head: cells for head, *cells in rows}


def show(page: Page, selector: str) -> None:
    """Scroll to a chart and wait until it is drawn."""
    page.locator(selector).scroll_into_view_if_needed()
    expect(page.locator(f"{selector} svg.main-svg").first).to_be_visible(timeout=15_000)


def settle(page: Page) -> None:
    """Wait until the page has drawn two frames and has nothing to do, so that what comes by itself has come."""
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestIdleCallback(done))))",
    )


def figure(value: float, decimals: int = 0) -> str:
    """Return a change as the pages write it."""
    return f"{value:+,.{decimals}f}".replace("-", MINUS) if round(value, decimals) else f"{0:.{decimals}f}"
