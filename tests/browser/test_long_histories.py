"""Charts of very many counts, and of projects that a logarithmic scale has no place for."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import reports
from comparing import CHART, TRACES, has_lines, press
from page_reports import write_pages
from reports import AS_OF, Sample
from startrack.model.changes import Count
from startrack.model.count_history import CountHistory

# More than any browser takes as arguments of one call.
MANY = 160_000
STEP = timedelta(minutes=5)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the folder of the pages of a project that was counted every five minutes for a year and a half."""
    report = reports.make_report([Sample("very/long", {0: 5, 1: 4}), Sample("quite/short", {0: 3, 1: 2})])
    counts = CountHistory.of(Count(AS_OF - STEP * back, MANY - back, 0, back) for back in range(MANY - 1, -1, -1))
    folder = write_pages(replace(report, history={**report.history, 1: counts}), tmp_path_factory.mktemp("long"))
    return folder.as_uri()


def test_compare_draws_a_long_history(page: Page, long: str) -> None:
    """Every count is drawn, on every scale, over every range."""
    page.goto(f"{long}/compare.html#p=very/long,quite/short")
    has_lines(page, 2)
    assert page.evaluate(f"{TRACES}[0].x.length") == MANY
    assert page.evaluate(f"{TRACES}[0].x.at(-1)") == AS_OF.isoformat(timespec="milliseconds")
    for name in ("1 year", "Log", "Weekly", "Gain since"):
        press(page, name)
        expect(page.locator("#compare-summary li")).to_have_count(2)
    expect(page.locator(CHART)).not_to_have_class("failed")


def test_a_project_draws_a_long_history(page: Page, long: str) -> None:
    """So do the charts of its own page."""
    page.goto(f"{long}/projects/very/long.html")
    for chart in page.locator("[data-chart]").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg.main-svg").first).to_be_visible(timeout=30_000)
    assert page.locator(".failed").count() == 0


@pytest.fixture
def few(tmp_path: Path) -> str:
    """Return the folder of the pages of projects with no star at all, with none at first, and with some."""
    samples = [
        Sample("no/star", {2: 0, 1: 0, 0: 0}),
        Sample("none/first", {3: 0, 2: 0, 1: 4, 0: 9}),
        Sample("on/off", {4: 3, 3: 0, 2: 5, 1: 0, 0: 7}),
        Sample("always/some", {2: 7, 1: 8, 0: 9}),
        Sample("lost/all", {2: 7, 1: 8, 0: 0}),
    ]
    return write_pages(reports.make_report(samples), tmp_path).as_uri()


@pytest.mark.parametrize("start", ["compare.html", "index.html"])
def test_no_place_on_a_logarithmic_scale(page: Page, few: str, start: str) -> None:
    """What a scale without 0 cannot show is said of each project, and is gone with the scale."""
    page.goto(f"{few}/{start}#p=no/star,none/first,on/off,always/some&scale=log")
    has_lines(page, 3)
    expect(page.locator("#compare-status")).to_have_text(
        "no/star: n/a, all counts are 0, and a log scale has no 0. "
        "none/first: counts of 0 are not drawn, because a log scale has no 0. "
        "on/off: counts of 0 are not drawn, because a log scale has no 0.",
    )
    expect(page.locator("#compare-legend li")).to_have_count(4)
    expect(page.locator("#compare-summary li")).to_have_count(3)
    # Alone between two that have no place, a count is a dot.
    assert page.evaluate(f"{TRACES}[1].marker.size") == [6, 0, 6, 0, 6]
    press(page, "Linear")
    has_lines(page, 4)
    expect(page.locator("#compare-status")).to_have_text("")


def test_nothing_has_a_place(page: Page, few: str) -> None:
    """Where no line is left there is no chart of nothing, but the reason."""
    page.goto(f"{few}/compare.html#p=no/star&scale=log")
    expect(page.locator("#compare-status")).to_contain_text("no/star: n/a, all counts are 0")
    expect(page.locator(CHART)).to_be_hidden()
    page.goto(f"{few}/compare.html#p=lost/all&v=rebased&scale=log")
    expect(page.locator("#compare-status")).to_have_text(
        "lost/all: counts of 0 are not drawn, because a log scale has no 0.",
    )
