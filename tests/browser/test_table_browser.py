"""The table of projects in a real browser: filters, ranks, dates, and the page's address."""

import gzip
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

import reports
from browser_page import settle
from page_reports import ProjectSample, build_report, write_pages
from startrack.dashboards import build
from startrack.model.changes import Change, Unknown
from startrack.model.report import Project
from startrack.trends.rank_change import RankChange, rank_changes
from startrack.wording.figures import MINUS


def names(page: Page) -> list[str]:
    """Return the shown projects in their order."""
    return page.locator("#table tbody tr:visible th a").all_inner_texts()


def of(state: str) -> set[str]:
    """Return the projects of the full report that are in a state."""
    return {project.name for project in reports.full().projects if is_in(project, state)}


def is_in(project: Project, state: str) -> bool:
    """Return whether a project is in a state, computed from the report."""
    match state:
        case "archived":
            return project.repository.is_archived
        case "missing":
            return project.missing is not None
        case "spike":
            return project.spike
        case "uncounted":
            return project.current is None
        case _:
            return project.current is not None and not project.missing and not project.repository.is_archived


def address(page: Page, *parts: str) -> None:
    """Wait until the page's address has this fragment."""
    for part in parts:
        page.wait_for_function("part => location.hash.slice(1).split('&').includes(part)", arg=part)


def moved(place: RankChange | Unknown) -> str:
    """Return the expected text of a rank change."""
    if isinstance(place, Unknown):
        return "new" if place is Unknown.TOO_YOUNG else f"n/a {place}"
    won = f"{abs(place.won)} place{'s' if abs(place.won) != 1 else ''}"
    signs = {0: "0 same rank", 1: f"▲{place.won} up {won}", -1: f"▼{-place.won} down {won}"}
    return signs[(place.won > 0) - (place.won < 0)]


def told(project: Project, place: RankChange | Unknown) -> list[str]:
    """Return the expected cells of a project, computed from the report."""
    current = project.current
    changes = [change.gain if isinstance(change, Change) else change for change in project.changes.values()]
    committed = project.repository.head_committed_on
    return [
        f"{current.stars:,}" if current else "n/a not counted",
        moved(place),
        *(f"n/a {gain}" if isinstance(gain, Unknown) else f"{gain:+,}".replace("-", MINUS) for gain in changes),
        f"{current.forks:,}" if current else "n/a not counted",
        f"{current.commits:,}" if current and current.commits else "n/a not counted",
        f"{committed:%b} {committed.day}, {committed.year}" if committed else "n/a not known",
    ]


def test_table_tells_the_report(page: Page, there: str) -> None:
    """Every cell of every row is the figure of the report, or the reason why there is none."""
    page.goto(f"{there}/full/index.html")
    rows = {
        row.locator("th a").inner_text(): [" ".join(cell.split()) for cell in row.locator("td").all_inner_texts()]
        for row in page.locator("#table tbody tr").all()
    }
    projects = reports.full().projects
    for project, place in zip(projects, rank_changes(projects, reports.WINDOWS[1]), strict=True):
        if "evil" not in project.name:
            cells = rows[project.name][2:-1]
            assert cells == [text.replace("+0", "0") if text == "+0" else text for text in told(project, place)], (
                project.name
            )
    assert len(rows) == len(reports.full().projects)


def test_state_filter(page: Page, server: str) -> None:
    """Each state shows the projects that are in it, and no others; active are those without a flaw."""
    page.goto(f"{server}/some/where/full/index.html")
    for state in ("archived", "missing", "spike", "uncounted"):
        page.get_by_label("State").select_option(state)
        assert set(names(page)) == of(state), state
        address(page, f"state={state}")
    page.get_by_label("State").select_option("active")
    assert len(names(page)) == len(of("active"))
    assert not {"old/archived", "gone/away", "never/seen"} & set(names(page))


def test_language_and_license_filters(page: Page, there: str) -> None:
    """The filters show counts, can be combined, and have a choice for unknown values."""
    page.goto(f"{there}/full/index.html")
    count = len(reports.full().projects)
    options = page.locator("#language option").all_inner_texts()
    assert options == ["All languages", f"Python ({count - 1})", "Rust (1)"]
    page.get_by_label("Language").select_option("Rust")
    assert names(page) == ["lost/stars"]
    page.get_by_label("Licence").select_option("MIT")
    assert names(page) == []
    page.get_by_label("Licence").select_option("?")
    assert names(page) == ["lost/stars"]


def test_gains_of_other_days_sort_by_their_pace(page: Page, there: str) -> None:
    """A gain over other days than the window's shows these days, and is sorted by pace."""
    page.goto(f"{there}/uneven/index.html")
    page.get_by_role("button", name="30d", exact=True).click()
    expect(page.locator("#table tbody tr")).to_have_count(3)
    assert names(page) == ["early/one", "even/one", "late/one"]
    cells = page.locator("#table tbody td.gain").all_inner_texts()
    assert cells == ["+60\n24 days", "+70", "+78\n36 days"]
    page.get_by_role("button", name="30d", exact=True).click()
    assert names(page) == ["late/one", "even/one", "early/one"]


def test_rank_column_sorts_by_places(page: Page, there: str) -> None:
    """The largest rank gain comes first; new and unknown ones come last in both directions."""
    page.goto(f"{there}/full/index.html")
    for direction in (-1, 1):
        page.get_by_role("button", name="Rank", exact=True).click()
        cells = page.locator("#table tbody td:nth-child(5) [aria-hidden]").all_inner_texts()
        found = [int(cell.replace("▲", "").replace("▼", "-")) for cell in cells]
        assert found == sorted(found, reverse=direction < 0)
        assert page.locator("#table tbody tr").last.locator("td:nth-child(5).unknown").count() == 1


def test_the_address_brings_it_all_back(page: Page, base: str) -> None:
    """Sort, search and every filter are in the address, and another reader sees the same rows."""
    page.goto(f"{base}/full/lists/first.html")
    page.get_by_label("Search").fill("group project")
    page.locator("#section").select_option(label="  Kind 1")
    section = page.locator("#section option:checked").get_attribute("data-key")
    page.get_by_label("Language").select_option("Python")
    page.get_by_label("State").select_option("active")
    page.get_by_role("button", name="30d", exact=True).click()
    page.get_by_role("button", name="30d", exact=True).click()
    address(page, "q=group%20project", f"section={section}", "language=Python", "sort=30d:ascending")
    seen, link = names(page), page.url
    assert seen == ["group/project-1", "group/project-4", "group/project-7"]
    page.goto("about:blank")
    page.goto(link)
    assert names(page) == seen
    expect(page.get_by_role("columnheader", name="30d")).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("#shown")).to_contain_text("3 of ")


def test_an_address_typed_anew_is_followed(page: Page, server: str) -> None:
    """A changed fragment sets the controls, and resets those that it does not name."""
    page.goto(f"{server}/some/where/full/index.html#q=group")
    assert len(names(page)) == 8
    page.evaluate("location.hash = '#sort=project:descending'")
    expect(page.get_by_role("columnheader", name="Project")).to_have_attribute("aria-sort", "descending")
    expect(page.get_by_label("Search")).to_have_value("")
    page.evaluate("location.hash = '#projects'")
    settle(page)
    expect(page.get_by_role("columnheader", name="Project")).to_have_attribute("aria-sort", "descending")


@pytest.mark.parametrize(
    "fragment",
    [
        "q=%E0%A4%A&sort=__proto__:up&state=constructor",
        "section=../../x&sort=stars:sideways&language=%3Cscript%3E",
        "=&&&==;sort&p&q==%00",
        "sort=" + "a" * 100_000,
    ],
)
def test_a_hostile_address_changes_nothing(page: Page, server: str, fragment: str) -> None:
    """Values that no control has are ignored."""
    page.goto(f"{server}/some/where/full/index.html#{fragment}")
    expect(page.get_by_role("columnheader", name="Stars")).to_have_attribute("aria-sort", "descending")
    assert len(names(page)) == len(reports.full().projects)


def test_dates_are_the_readers(browser: Browser, server: str) -> None:
    """Dates are in the reader's language with the ISO date on hover; without JavaScript in ISO."""
    project = next(project for project in reports.full().projects if project.name == "big/giant")
    committed = project.repository.head_committed_on
    assert committed
    for locale, scripts, text in (
        ("de-DE", True, f"{committed:%d.%m.%Y}"),
        ("en-US", True, f"{committed:%b} {committed.day}, {committed.year}"),
        ("de-DE", False, str(committed)),
    ):
        context = browser.new_context(locale=locale, java_script_enabled=scripts, timezone_id="America/Los_Angeles")
        page = context.new_page()
        page.goto(f"{server}/some/where/full/index.html")
        time = page.locator("#table tbody tr", has_text="big/giant").locator("time")
        expect(time).to_have_text(text)
        expect(time).to_have_attribute("datetime", str(committed))
        if scripts:
            expect(time).to_have_attribute("title", str(committed))
            expect(page.locator("footer time")).to_have_text(
                r"23.11.2026, 03:00 UTC" if locale == "de-DE" else "Nov 23, 2026, 3:00 AM UTC",
            )
        context.close()


def test_print_has_every_row_and_no_control(page: Page, there: str) -> None:
    """A printed page has the whole table, black on white, without controls."""
    page.emulate_media(media="print", color_scheme="dark")
    page.goto(f"{there}/many/index.html")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(names(page)) == 250
    for control in page.locator("nav, .controls, .switch").all():
        expect(control).to_be_hidden()
    colours = page.evaluate("(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))")
    assert colours == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    page.emulate_media(media="screen")  # the rows are laid out by and by on a screen alone
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(page.locator("#table tbody tr").nth(249)).to_have_count(0)


def test_rows_keep_the_focus_while_more_come(page: Page, server: str) -> None:
    """The Tab key reaches rows beyond those shown at first."""
    page.goto(f"{server}/some/where/many/index.html")
    last = page.locator("#table tbody tr:nth-child(50) a")
    last.focus()
    expect(page.locator("#table tbody tr")).to_have_count(100)
    expect(last).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#table tbody tr:nth-child(51) a")).to_be_focused()


def test_headlines_have_their_change(page: Page, server: str) -> None:
    """The headline figures have the gain in stars and percent, the coverage, and the number of new projects."""
    page.goto(f"{server}/some/where/full/index.html")
    changes = [change for project in reports.full().projects if (change := gained(project))]
    gain, baseline = sum(change.gain for change in changes), sum(change.baseline.stars for change in changes)
    figure = page.locator(".figures > div", has_text="Gained in 30 days")
    expect(figure.locator(".value")).to_have_text(f"+{gain:,}")
    expect(figure).to_contain_text(f"+{100 * gain / baseline:.1f}%; known for {len(changes)} of ")
    start = reports.AS_OF - timedelta(days=30)
    new = sum(project.first_seen is not None and project.first_seen > start for project in reports.full().projects)
    expect(page.locator(".figures > div", has_text="Projects counted")).to_contain_text(f"; {new} new in 30 days")


def gained(project: Project) -> Change | None:
    """Return a project's change over 30 days, if known."""
    change = project.changes[reports.WINDOWS[2]]
    return change if isinstance(change, Change) else None


def test_a_thousand_projects_are_light() -> None:
    """The overview of a thousand projects is at most 300 kB compressed, with its scripts and styles."""
    report = reports.make_report(
        [reports.Sample(f"group/project-{i:04}", {day: 2000 - i - day for day in range(90)}) for i in range(1000)],
    )
    files = build.build(report)
    own = [
        files["index.html"],
        *(text for path, text in files.items() if path.startswith("assets/") and "plotly" not in path),
    ]
    assert sum(len(gzip.compress(text if isinstance(text, bytes) else text.encode())) for text in own) < 300_000


def test_no_commit_is_before_any_day(page: Page, tmp_path: Path) -> None:
    """The last commit of an empty repository is none, which sorts before every day; unknown ones come last."""
    made = [
        ProjectSample("has/commits", facts={"license": "NOASSERTION"}).project(1),
        ProjectSample("not/known", facts={"head_committed_on": None}).project(2),
        ProjectSample("is/empty").project(3),
    ]
    assert made[2].current
    made[2] = replace(made[2], current=replace(made[2].current, commits=0))
    page.goto(f"{write_pages(build_report(made), tmp_path).as_uri()}/index.html")
    header = page.get_by_role("button", name="Last commit")
    header.click()
    assert names(page) == ["has/commits", "is/empty", "not/known"]
    header.click()
    assert names(page) == ["is/empty", "has/commits", "not/known"]
    expect(page.locator("tr", has_text="is/empty").locator("td").nth(-2)).to_have_text("none")
    page.locator("#state").select_option("empty")
    assert names(page) == ["is/empty"]
    page.locator("#state").select_option("")
    page.locator("#license").select_option("other")
    assert names(page) == ["has/commits"]
    address(page, "license=other")
