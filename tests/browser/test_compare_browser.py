"""The values of the comparison chart in a real browser, against the report."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

import reports
from comparing import (
    CHART,
    DAY,
    PLAIN,
    TRACES,
    counts,
    drawn,
    has_lines,
    lines,
    millis,
    open_page,
    press,
    rolling,
    says,
    since,
    titled,
    totals,
    weekly,
)
from startrack.dashboards import paths
from startrack.wording import phrases


def test_it_begins_with_the_rising(page: Page, base: str) -> None:
    """Without a selection the comparison shows the overview's lines, and the overview links to it.

    The log scale is drawn and is in the address.
    """
    page.goto(f"{base}/full/index.html")
    page.locator("nav").get_by_role("link", name="Compare").click()
    has_lines(page, 6)
    assert list(lines(page))[:2] == ["big/giant", "made/up (simulated)"]
    assert lines(page)["big/giant"] == totals("big/giant")
    assert "#" not in page.url
    press(page, "Log")
    page.wait_for_function(f"() => document.querySelector('{CHART}')._fullLayout.yaxis.type === 'log'")
    says(page, "scale=log")


def test_figures(page: Page, there: str) -> None:
    """Stars, forks and commits are those of every count."""
    open_page(page, there, "p=" + ",".join(PLAIN))
    for of in ("forks", "commits", "stars"):
        press(page, of.title())
        titled(page, of.title())
        assert drawn(page, *PLAIN) == {name: totals(name, of) for name in PLAIN}, of


def test_a_figure_that_is_not_known_is_named(page: Page, there: str) -> None:
    """A project without the figure is left out of the chart and named with the reason, but stays selected."""
    open_page(page, there, "p=big/giant,just/started&of=commits")
    drawn(page, "big/giant")
    expect(page.locator("#compare-status")).to_have_text("just/started: n/a, commits not counted.")
    press(page, "Stars")
    drawn(page, "big/giant", "just/started")
    expect(page.locator("#compare-status")).to_have_text("")


def test_weekly_and_rolling(page: Page, there: str) -> None:
    """Weekly points are the last counts of weeks; 28-day gains need a count that old, and break at gaps."""
    open_page(page, there, "p=" + ",".join(PLAIN))
    press(page, "Weekly")
    says(page, "every=weekly")
    page.wait_for_function(f"() => {TRACES}[0].x.length < 100")
    assert drawn(page, *PLAIN) == {name: weekly(name) for name in PLAIN}
    press(page, "28-day gain")
    titled(page, "Stars gained in 28 days")
    assert drawn(page, *PLAIN) == {name: rolling(name) for name in PLAIN}
    for name in ("Gain since", "Rebased to 100", "Log"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()


def test_gain_since_a_day(page: Page, there: str) -> None:
    """Gains start on the first common day or a chosen day; projects without a count there are named."""
    names = ("big/giant", "lost/stars", "evil")
    evil = next(p for p in reports.full().projects if "evil" in p.name)
    slug = paths.slugs([evil.name])[evil.name]
    open_page(page, there, f"p=big/giant,lost/stars,{slug}&v=gain")
    first = counts(evil.name)[0].taken_at.date()
    titled(page, f"Stars gained since {first}")
    found = lines(page)
    assert [found[name] for name in names[:2]] == [since(name, first) for name in names[:2]]
    chosen = first - 30 * DAY
    page.locator("#compare-since").fill(str(chosen))
    titled(page, f"Stars gained since {chosen}")
    assert drawn(page, *names[:2]) == {name: since(name, chosen) for name in names[:2]}
    expect(page.locator("#compare-status")).to_contain_text(f"n/a, first counted on {first}.")
    says(page, f"since={chosen}", "v=gain")
    expect(page.get_by_role("button", name="Log", exact=True)).to_be_disabled()


def test_a_day_within_a_gap_is_no_start(page: Page, there: str) -> None:
    """A day in a gap is no start."""
    open_page(page, there, "p=big/giant,some/gap&v=gain&since=2026-09-01")
    drawn(page, "big/giant")
    expect(page.locator("#compare-status")).to_have_text("some/gap: n/a, no count near 2026-09-01.")


def test_rebased(page: Page, there: str) -> None:
    """Every rebased line starts at 100 on the day, without retained stars."""
    open_page(page, there, "p=big/giant,lost/stars")
    press(page, "Rebased to 100")
    start = counts("big/giant")[0].taken_at.date()
    titled(page, f"Stars, {start} = 100")
    for name, line in drawn(page, "big/giant", "lost/stars").items():
        first = counts(name)[0].stars
        assert [y for _, y in line] == pytest.approx([100 * c.stars / first for c in counts(name)])
    open_page(page, there, "p=lost/stars&v=rebased&every=weekly&since=2026-03-04")
    base = next(c.stars for c in counts("lost/stars") if str(c.taken_at.date()) == "2026-03-04")
    after = [y for at, y in weekly("lost/stars") if at > millis(datetime(2026, 3, 4))]
    assert [y for _, y in lines(page)["lost/stars"]] == pytest.approx([100 * y / base for y in after])
    open_page(page, there, "p=old/friend,other/one&v=rebased", "filled")
    drawn(page, "old/friend", "other/one")


def test_by_age(page: Page, there: str) -> None:
    """Ages are days since creation if a first star is unknown, and the axis says so."""
    open_page(page, there, "p=big/giant")
    press(page, "By age")
    page.wait_for_function(
        f"() => document.querySelector('{CHART}').layout.xaxis.title?.text === 'days since creation'",
    )
    created = millis(datetime(2020, 1, 2))
    expected = [((at - created) / 86_400_000, y) for at, y in totals("big/giant")]
    found = lines(page)["big/giant"]
    assert [x for x, _ in found] == pytest.approx([x for x, _ in expected])
    assert [y for _, y in found] == [y for _, y in expected]


def test_by_age_from_the_first_star(page: Page, there: str) -> None:
    """Ages are days since the first star if all histories are full, with dashed retained stars."""
    open_page(page, there, "p=old/friend,other/one&v=age", "filled")
    axis = f"document.querySelector('{CHART}').layout.xaxis.title.text"
    assert page.evaluate(axis) == "days since the first retained star ≈"
    x = page.evaluate(f"{TRACES}[0].x.at(-1)")
    start = datetime.combine((reports.AS_OF - timedelta(days=405)).date(), datetime.min.time())
    assert x == pytest.approx((reports.AS_OF - start) / DAY)
    dashes: list[str] = page.evaluate(f"{TRACES}.map(({{line}}) => line.dash)")
    assert dashes == ["solid", "dash"] * 2
    assert page.evaluate(f"{TRACES}[1].x.at(-1)") < x
    page.locator("#compare-add").fill("plain/one")
    page.wait_for_function(f"() => {axis} === 'days since creation'")


def test_a_section_is_a_sum(page: Page, there: str) -> None:
    """A section is the total of its projects, with their number and the label."""
    open_page(page, there, "p=-")
    kind = phrases.section_path(("Tools", "Kind 1"))
    page.locator("#compare-section").select_option(label=kind)
    names = [f"group/project-{i}" for i in (1, 4, 7)]
    found = drawn(page, f"{kind}, in first")[f"{kind}, in first"]
    assert [y for _, y in found] == [
        sum(each) for each in zip(*([y for _, y in totals(n)] for n in names), strict=True)
    ]
    expect(page.locator("#compare-legend")).to_contain_text("sum of 3 of 3 projects")
    page.locator("#compare-section").select_option(label="Papers")
    expect(page.locator("#compare-legend .chip.label")).to_have_text("simulated")
    press(page, "By age")
    expect(page.locator("#compare-status")).to_contain_text("Papers, in second (simulated): n/a, a section has no age.")


def test_pick_and_remove(page: Page, there: str) -> None:
    """A typed name adds a line, its cross removes it, one button removes all, and the address changes."""
    open_page(page, there, "p=big/giant")
    page.locator("#compare-add").fill("some/gap")
    drawn(page, "big/giant", "some/gap")
    says(page, "p=big/giant,some/gap")
    page.get_by_label("Remove big/giant from the chart").click()
    drawn(page, "some/gap")
    says(page, "p=some/gap")
    press(page, "Remove all")
    expect(page.locator("#compare-summary")).to_have_text("Nothing to show.")
    expect(page.locator(CHART)).to_be_hidden()
    says(page, "p=-")
    press(page, "Download CSV")
    expect(page.locator("#compare-status")).to_have_text("Nothing to export.")


def test_the_overview_hands_over_what_it_shows(page: Page, base: str) -> None:
    """Links from the overview and from a project's page keep the selection."""
    page.goto(f"{base}/full/lists/first.html")
    page.get_by_label("Show some/gap in the chart").check()
    page.locator(CHART).scroll_into_view_if_needed()
    press(page, "Gain since start")
    page.get_by_role("link", name="open this selection in Compare").click()
    has_lines(page, 7)
    assert "some/gap" in lines(page)
    expect(page.get_by_role("button", name="Gain since", exact=True)).to_have_attribute("aria-pressed", "true")
    page.goto(f"{base}/full/projects/lost/stars.html")
    page.get_by_role("link", name="Compare with others").click()
    expect(page.locator(f"{CHART} svg.main-svg").first).to_be_visible()
    drawn(page, "lost/stars")


def test_the_overview_remembers_its_chart(page: Page, there: str) -> None:
    """The selection and values of the overview's chart are in its address."""
    page.goto(f"{there}/full/index.html#p=lost/stars,some/gap&v=gain&q=o")
    page.locator(CHART).scroll_into_view_if_needed()
    has_lines(page, 2)
    assert lines(page)["lost/stars"] == since("lost/stars", counts("some/gap")[0].taken_at.date())
    expect(page.get_by_label("Show lost/stars in the chart")).to_be_checked()
    page.get_by_label("Show lost/stars in the chart").uncheck()
    says(page, "p=some/gap", "v=gain", "q=o")
