"""Readers in any time zone see the same instants, in UTC, in charts, texts and files."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import history_report
import reports
from comparing import CHART, TRACES, counts, drawn, lines, millis, open_page, press, says, since, titled, totals
from tabs import Tabs

# Close to the last and to the first zone of a day: Adak is ten hours behind UTC and changes its clock within the year
# that is drawn, Kiritimati is fourteen hours ahead. Most other tests are in UTC.
ZONES = ("America/Adak", "Pacific/Kiritimati")


@pytest.fixture(params=ZONES)
def page(request: pytest.FixtureRequest, tabs: Tabs) -> Iterator[Page]:
    """Return a page of a reader in a time zone."""
    with tabs.use(timezone_id=request.param, locale="en-US") as page:
        assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == request.param
        yield page


@pytest.fixture
def story(there: str) -> str:
    """Return the address of a project's page with all kinds of charts."""
    return f"{there}/story/projects/{history_report.HERO}.html"


def ends(page: Page, chart: str) -> list[datetime]:
    """Return the range of a chart's time axis."""
    found: list[str] = page.evaluate(f"document.querySelector('{chart}')._fullLayout.xaxis.range")
    return [datetime.fromisoformat(end) for end in found]


def drawn_chart(page: Page, name: str) -> str:
    """Wait until a chart of a project is drawn, and return a script expression for it."""
    chart = f"[data-chart={name}]"
    page.locator(chart).first.scroll_into_view_if_needed()
    page.wait_for_function(f"() => document.querySelector('{chart}')._fullLayout")
    return chart


def points(page: Page, chart: str, trace: int = 0) -> list[datetime]:
    """Return the instants of a chart's points."""
    found: list[str] = page.evaluate(f"document.querySelector('{chart}').data[{trace}].x")
    return [datetime.fromisoformat(at) for at in found]


def positions(page: Page, chart: str) -> list[float]:
    """Return the positions of the points of a chart's first line, in milliseconds since 1970."""
    return page.evaluate(  # type: ignore[no-any-return]
        f"(() => {{ const {{ calcdata }} = document.querySelector('{chart}'); "
        "return calcdata[0].map(({ x }) => x); })()",
    )


def test_a_line_ends_at_the_last_count(page: Page, there: str) -> None:
    """The line, axis and points are at the instants of the counts in UTC, and hovering shows the UTC day."""
    page.goto(f"{there}/full/projects/big/giant.html")
    chart = drawn_chart(page, "stars")
    taken = [count.taken_at for count in counts("big/giant")]
    assert ends(page, chart) == [taken[0], taken[-1]]
    assert points(page, chart) == taken
    assert positions(page, chart) == [millis(at) for at in taken]
    box = page.locator(chart).bounding_box()
    assert box
    page.locator(chart).hover(position={"x": box["width"] - 14, "y": box["height"] / 2})
    page.wait_for_selector(f"{chart} .hoverlayer text")
    days = {f"{count.taken_at.date()}{count.stars:,}" for count in counts("big/giant")}
    assert page.locator(f"{chart} .hoverlayer").text_content() in days


def test_a_young_line_has_its_days_marked(page: Page, there: str) -> None:
    """An axis with a tick for each day has the same margins in every time zone."""
    page.goto(f"{there}/filled/projects/other/one.html")
    chart = drawn_chart(page, "forks")
    edge = 0.9 * timedelta(days=1)
    first, last = (count.taken_at for count in counts("other/one", "filled"))
    assert ends(page, chart) == [first - edge, last + edge]


def test_weeks_and_marks(page: Page, story: str) -> None:
    """Weekly bars are at the ends of weeks, and a marker is at the midnight before its day."""
    page.goto(story)
    chart = drawn_chart(page, "weeks")
    drawn_weeks = page.evaluate("startrack.loadHistory(document.querySelector('[data-project]').dataset.project)")
    assert points(page, chart) == [datetime.fromisoformat(end) for end, _ in drawn_weeks["weeks"]]
    marks = {datetime.fromisoformat(day) for day, _ in drawn_weeks["marks"]}
    shapes: list[str] = page.evaluate(f"document.querySelector('{chart}').layout.shapes.map(({{ x0 }}) => x0)")
    assert shapes
    assert {datetime.fromisoformat(at) for at in shapes} <= marks
    notes: list[str] = page.evaluate(f"document.querySelector('{chart}').layout.annotations.map(({{ x }}) => x)")
    assert notes == shapes
    year = drawn_chart(page, "year")
    start = datetime.fromisoformat(drawn_weeks["year"]["start"])
    halves = [start + timedelta(weeks=week + 0.5) for week, _ in drawn_weeks["year"]["weeks"]]
    assert points(page, year) == halves


def test_ranks(page: Page, story: str) -> None:
    """Ranks are at the ends of weeks, counted back from the report."""
    page.goto(story.replace(history_report.HERO, "other/number-4"))
    chart = drawn_chart(page, "rank")
    assert points(page, chart) == [reports.AS_OF - timedelta(weeks=1), reports.AS_OF]


def test_words_are_those_of_the_counts(page: Page, there: str) -> None:
    """Dates in the reader's format are UTC days, with the ISO date on hover."""
    page.goto(f"{there}/full/projects/lost/stars.html")
    written = page.locator("main time[datetime='2026-11-23']").first
    expect(written).to_have_text("Nov 23, 2026")
    expect(written).to_have_attribute("title", "2026-11-23")
    page.goto(f"{there}/full/counting.html")
    started = page.locator("time[datetime='2026-11-23T03:00Z']").first
    assert re.sub(r"\s", " ", started.inner_text()) == "Nov 23, 2026, 3:00 AM UTC"


def test_compare(page: Page, there: str) -> None:
    """The comparison's range, address, summary and exports are in UTC."""
    open_page(page, there, "p=lost/stars")
    assert drawn(page, "lost/stars") == {"lost/stars": totals("lost/stars")}
    assert ends(page, CHART)[1] == reports.AS_OF
    press(page, "30 days")
    page.wait_for_function(f"() => !document.querySelector('{CHART}')._fullLayout.yaxis.autorange")
    assert ends(page, CHART) == [reports.AS_OF - timedelta(days=30), reports.AS_OF]
    expect(page.locator("#compare-summary li")).to_contain_text("on Oct 24, 2026")
    expect(page.locator("#compare-summary li")).to_contain_text("on Nov 23, 2026")
    with page.expect_download() as download:
        press(page, "Download CSV")
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))[1:]
    inside = [c for c in counts("lost/stars") if c.taken_at >= reports.AS_OF - timedelta(days=30)]
    assert [row[1] for row in rows] == [f"{c.taken_at.isoformat()}.000Z" for c in inside]


def test_compare_from_one_day_to_another(page: Page, there: str) -> None:
    """Days in the address are UTC days, and stay the same after Plotly reports its range."""
    open_page(page, there, "p=lost/stars&range=2026-03-01_2026-04-02")
    start, end = ends(page, CHART)
    assert start == datetime(2026, 3, 1)
    assert datetime(2026, 4, 2) < end < datetime(2026, 4, 3)
    page.evaluate(
        f"Plotly.relayout('{CHART.removeprefix('#')}', {{'xaxis.range': ['2026-03-05', '2026-03-20 12:30']}})",
    )
    says(page, "range=2026-03-05_2026-03-20")


def test_gain_since_a_day(page: Page, there: str) -> None:
    """A typed day is a UTC day."""
    open_page(page, there, "p=lost/stars&v=gain&since=2026-03-29")
    titled(page, "Stars gained since 2026-03-29")
    expect(page.locator("#compare-since")).to_have_value("2026-03-29")
    assert lines(page)["lost/stars"] == since("lost/stars", datetime(2026, 3, 29).date())


def test_by_age(page: Page, there: str) -> None:
    """Ages are counted from the UTC day of creation."""
    open_page(page, there, "p=big/giant&v=age")
    days = (reports.AS_OF - datetime(2020, 1, 2)) / timedelta(days=1)
    assert page.evaluate(f"{TRACES}[0].x.at(-1)") == pytest.approx(days)
