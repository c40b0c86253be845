"""The top lists and the weekly digest in a real browser."""

from playwright.sync_api import Page, expect

import reports
from startrack.model.changes import Change, Window
from startrack.model.events import Kind, filter_kinds
from startrack.wording.figures import MINUS, TIMES

DIGEST = "digest/2026-W47.html"
WIDTHS = (360, 700, 1400)


def board(page: Page, title: str, group: int = 0) -> list[list[str]]:
    """Return the words of each row of a top list, with ISO dates."""
    page.locator("li time[title]").evaluate_all("times => times.forEach(time => time.textContent = time.title)")
    found = page.locator(".board", has=page.get_by_role("heading", name=title, exact=True)).nth(group)
    return [row.inner_text().split() for row in found.locator("li").all()]


def test_boards_tell_the_report(page: Page, there: str) -> None:
    """The top lists show the gains, losses and acceleration of the report, and overflow their column at no width."""
    page.goto(f"{there}/full/index.html")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("[...document.querySelectorAll('.board')].every((b) => b.scrollWidth <= b.clientWidth)")
    changes = {each.name: each.changes[Window(30)] for each in reports.full().projects}
    gains = {name: change.gain for name, change in changes.items() if isinstance(change, Change)}
    gained = sorted((gain for gain in gains.values() if gain > 0), reverse=True)[:6]
    assert [row[-2] for row in board(page, "Most gained")] == [f"+{gain:,}" for gain in gained]
    assert [row[:2] for row in board(page, "Most lost")] == [
        ["lost/stars", f"{MINUS}90"],
        ["group/project-1", f"{MINUS}30"],
    ]
    assert [row[0] for row in board(page, "Accelerating")] == ["big/giant"]
    assert f"{TIMES}5.8" in board(page, "Accelerating")[0]


def test_turns_are_the_events_of_thirty_days(page: Page, there: str) -> None:
    """Recent events are those of the last thirty days, newest first; the keyboard opens their projects."""
    page.goto(f"{there}/full/index.html")
    milestones = filter_kinds(reports.full().events, Kind.MILESTONE)
    shown = board(page, "Milestones reached")
    assert len(milestones) == len(shown) + 1
    assert [row[-1] for row in shown] == [str(event.at.date()) for event in milestones[:2]]
    assert "old/archived" in board(page, "Newly archived")[0]
    assert board(page, "Active again") == [["made/up", "simulated", "after", "9", "months", "2026-11-20"]]
    page.locator(".board", has_text="Newly archived").get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("archived")


def test_each_list_has_boards_of_its_own(page: Page, there: str) -> None:
    """The page of a list shows only its own projects; an empty top list is a sentence."""
    page.goto(f"{there}/full/lists/second.html")
    movers = page.locator("#movers")
    expect(movers).not_to_contain_text("big/giant")
    expect(movers).to_contain_text("No milestone was reached.")
    expect(movers.get_by_role("heading", name="Milestones reached")).to_have_count(0)
    expect(movers.get_by_role("heading", name="Active again")).to_have_count(1)


def test_a_young_report_says_what_it_takes(page: Page, there: str) -> None:
    """On the first day there is no empty top list, and the page says what is not known yet."""
    page.goto(f"{there}/young/index.html")
    expect(page.locator(".board")).to_have_count(0)
    expect(page.locator("#movers")).to_contain_text("this needs 4 weeks of counts")
    expect(page.locator("#movers")).to_contain_text("this needs 180 days of counts")


def test_the_digest_is_found_and_read(page: Page, base: str) -> None:
    """The digest is reached from the navigation, and links to the week before and to the index."""
    page.goto(f"{base}/full/index.html")
    page.get_by_role("link", name="Weekly digests").click()
    expect(page.locator("tbody th a")).to_have_text([f"Week {number} of 2026" for number in range(47, 41, -1)])
    page.get_by_role("link", name="Week 47 of 2026").click()
    expect(page.locator(".week").first.locator("tbody tr")).to_have_count(10)
    report = reports.full()
    expect(page.locator(".events li")).to_have_count(sum(report.weeks[0].holds(each.at) for each in report.events))
    page.get_by_role("link", name="← Week 46 of 2026").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Week 46 of 2026")
    expect(page.get_by_role("link", name="Week 47 of 2026 →")).to_be_visible()
    page.get_by_role("link", name="All weeks").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Weekly digests")


def test_the_weeks_fit_a_phone(page: Page, server: str) -> None:
    """On a phone no column of the index is too narrow for its words."""
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{server}/some/where/full/digest/index.html")
    heights = page.evaluate("[...document.querySelectorAll('.weeks tbody tr')].map((row) => row.offsetHeight)")
    assert max(heights) < 200, heights


def test_the_digest_needs_no_script(plain_page: Page, server: str) -> None:
    """The digest needs no JavaScript."""
    plain_page.goto(f"{server}/some/where/full/{DIGEST}")
    expect(plain_page.get_by_text("left/list")).to_be_visible()
    expect(plain_page.get_by_text("It was listed under Papers.")).to_be_visible()
