"""What the tests of the page of comparisons share: what must be shown, from the report alone, and what is shown."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from playwright.sync_api import Page, expect

import reports
from startrack.model.changes import Count

__all__ = [
    "CHART",
    "DAY",
    "PLAIN",
    "TRACES",
    "counts",
    "drawn",
    "has_lines",
    "lines",
    "millis",
    "open_page",
    "place",
    "press",
    "rolling",
    "says",
    "since",
    "titled",
    "totals",
    "weekly",
]

CHART = "#compare-chart"
TRACES = f"document.querySelector('{CHART}')?.data"
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1)
PLAIN = ("big/giant", "some/gap", "lost/stars")

Line = list[tuple[float, float]]


# ── What must be shown, from the report alone ────────────────────────────────────────────────────────────


def counts(name: str, report: str = "full") -> tuple[Count, ...]:
    """Return the counts of a project of a report."""
    found = getattr(reports, report)()
    return found.history[next(p.repository.repo_id for p in found.projects if p.name == name)]  # type: ignore[no-any-return]


def millis(at: datetime) -> float:
    """Return an instant in milliseconds since 1970."""
    return (at - EPOCH) / timedelta(milliseconds=1)


def totals(name: str, of: str = "stars") -> Line:
    """Return every count of a figure that is known."""
    return [(millis(c.taken_at), value) for c in counts(name) if (value := getattr(c, of)) is not None]


def weekly(name: str) -> Line:
    """Return the last count of each week from Monday to Sunday."""
    last = {c.taken_at.isocalendar()[:2]: (millis(c.taken_at), c.stars) for c in counts(name)}
    return [(at, float(stars)) for at, stars in last.values()]


def rolling(name: str) -> Line:
    """Return each count less the one nearest to 28 days before it, at most seven days off."""
    found = []
    for c in counts(name):
        off = {b: abs(c.taken_at - b.taken_at - timedelta(days=28)) for b in counts(name)}
        near = min(off, key=lambda b: (off[b], b.taken_at))
        if off[near] <= timedelta(days=7):
            found.append((millis(c.taken_at), float(c.stars - near.stars)))
    return found


def since(name: str, day: date) -> Line:
    """Return what was gained since the last count of a day."""
    shown = [c for c in counts(name) if c.taken_at.date() >= day]
    return [(millis(c.taken_at), float(c.stars - shown[0].stars)) for c in shown]


# ── What is shown ────────────────────────────────────────────────────────────────────────────────────────


def open_page(page: Page, base: str, fragment: str = "", report: str = "full") -> None:
    """Open the page of comparisons and wait until it shows what it is asked for."""
    page.goto("about:blank")
    page.goto(f"{base}/{report}/compare.html#{fragment}")
    expect(page.locator(f"{CHART}.drawn")).to_be_attached()


def lines(page: Page) -> dict[str, Line]:
    """Return what Plotly draws, by name, without the places where lines break."""
    found: list[tuple[str, list[float | str], list[float | None]]] = page.evaluate(
        f"{TRACES}.map(({{name, x, y}}) => [name, x, y])",
    )
    return {name: [(place(at), y) for at, y in zip(x, ys, strict=True) if y is not None] for name, x, ys in found}


def place(x: float | str) -> float:
    """Return where a point stands: an instant in milliseconds, or an age in days."""
    return millis(datetime.fromisoformat(x)) if isinstance(x, str) else x


def has_lines(page: Page, number: int) -> None:
    """Wait until so many lines are drawn."""
    page.wait_for_function(f"number => {TRACES}?.length === number", arg=number)


def drawn(page: Page, *names: str) -> dict[str, Line]:
    """Wait until these lines are in the chart, and return them."""
    page.wait_for_function(f"names => JSON.stringify({TRACES}?.map(trace => trace.name)) === names", arg=json_of(names))
    return lines(page)


def json_of(names: Sequence[str]) -> str:
    """Return names as the page writes them."""
    quoted = ",".join(f'"{name}"' for name in names)
    return f"[{quoted}]"


def press(page: Page, name: str) -> None:
    """Press a button of the page's controls."""
    page.get_by_role("button", name=name, exact=True).click()


def titled(page: Page, text: str) -> None:
    """Wait until the chart is of this."""
    page.wait_for_function(f"text => document.querySelector('{CHART}').layout.yaxis.title.text === text", arg=text)


def says(page: Page, *parts: str) -> None:
    """Wait until the page's address says so."""
    for part in parts:
        page.wait_for_function("part => location.hash.slice(1).split('&').includes(part)", arg=part)
