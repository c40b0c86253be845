"""The health page in a real browser: every finding against the report and the database."""

import duckdb
import pytest
from playwright.sync_api import Page, expect

import page_reports
from list_replay import BEST, replay_list
from startrack.config import Config

# The entries whose repository has another name by now, and those without a commit for a year.
RENAMED = """
select repos.name, entries.line, entries.repo
from entries join repos using (repo_id)
where removed_on is null and lower(entries.repo) <> lower(repos.name) and seen_at = (select max(taken_at) from counts)
"""
INACTIVE = """
select repos.name, entries.line, repos.head_committed_on::varchar
from entries join repos using (repo_id)
where removed_on is null and not is_archived and seen_at = (select max(taken_at) from counts)
    and head_committed_on <= (select max(taken_at) from counts)::date - 365
"""
PLACE = "first, line {} Tools"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of the folder with the pages of the report with findings."""
    return page_reports.write_pages(page_reports.health_report(), tmp_path_factory.mktemp("ailing")).as_uri()


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Count a list of real projects twice; one is gone the second time."""
    return replay_list(tmp_path_factory.mktemp("real"), (30, 0), gone="vega/altair")


def rows(page: Page, kind: str) -> list[list[str]]:
    """Return the cells of the findings of a kind, with ISO dates."""
    page.locator("td time[title]").evaluate_all("times => times.forEach(time => time.textContent = time.title)")
    found: list[list[str]] = page.evaluate(
        """kind => [...document.querySelectorAll(`#${kind} tbody tr`)].map(row =>
            [...row.cells].map(cell => cell.innerText.replace(/\\s+/g, " ").trim()))""",
        kind,
    )
    return found


def tallies(page: Page) -> dict[str, str]:
    """Return the number of each kind as it is read."""
    found: list[tuple[str, str]] = page.evaluate(
        """[...document.querySelectorAll('.figures > div')].map(one =>
            [one.querySelector('dt').innerText, one.querySelector('.value').innerText])""",
    )
    return dict(found)


def test_every_finding_is_told(page: Page, made: str) -> None:
    """Each with the list, the section, the line, what was seen and when, and what to do."""
    page.goto(f"{made}/health.html")
    assert rows(page, "gone") == [
        [
            *("gone/away", PLACE.format(1)),
            "not found: deleted, private or never existed; last counted 2026-11-14",
            *("2026-11-23 03:00 UTC", "Remove the entry, or link to where the project lives now."),
        ],
    ]
    assert [row[:3] for row in rows(page, "blocked")] == [
        ["blocked/one", PLACE.format(2), "blocked after a copyright (DMCA) notice (dmca); never counted"],
        ["closed/one", PLACE.format(3), "hidden from this token by single sign-on (SAML); never counted"],
    ]
    assert "Authorise the token" in rows(page, "blocked")[1][4]
    assert rows(page, "renamed")[0] == [
        *("new/name", PLACE.format(11), "listed as old/name, now new/name", "2026-11-23 03:00 UTC"),
        "Replace the link. https://github.com/new/name/tree/main/docs?x=1#top",
    ]
    assert rows(page, "archived")[0][2:4] == ["archived by its owner on 2026-03-04", "2026-03-04 05:06 UTC"]
    assert rows(page, "duplicate")[0][1:3] == [
        "first, line 12 Tools first, line 40 Papers",
        "two/names and two/old are the same repository",
    ]
    assert rows(page, "inactive")[0][2:4] == ["last commit 2024-02-29", "2024-02-29"]
    assert rows(page, "recreated")[0][3] == "2026-09-09 00:00 UTC"
    assert "went/elsewhere" in rows(page, "recreated")[0][4]
    assert rows(page, "spiky")[0][2] == "+90 stars in 30 days, more than half of them on one day"
    assert ", 60% of the ≈ 1,000 retained stars" in rows(page, "burst")[0][2]
    for kind, name in {"moved": "moved/one", "disabled": "off/switched", "fork": "fork/ed"}.items():
        assert [row[0] for row in rows(page, kind)] == [name]


def test_numbers_are_those_of_the_rows(page: Page, made: str) -> None:
    """At the top, beside each heading, and each leads to its findings with the keyboard.

    The page also says of how many projects a kind could not be told.
    """
    page.goto(f"{made}/health.html")
    numbers = tallies(page)
    assert len(numbers) == 17
    for link in page.locator(".figures a").all():
        anchor = (link.get_attribute("href") or "").removeprefix("#")
        assert numbers[link.inner_text()] == str(len(rows(page, anchor)))
        expect(page.locator(f"#{anchor} h2 .aside")).to_have_text(numbers[link.inner_text()])
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/health.html#{anchor}")
    expect(page.locator(".lede")).to_have_text("19 findings about 18 of 19 projects.")
    limits = page.locator("section", has=page.locator("#limits-title"))
    expect(limits).to_contain_text("Bursts: the full history is unknown for 17 projects.")


def test_links_lead_to_project_and_list(page: Page, made: str) -> None:
    """A project's name to its page, a list's name to that list."""
    page.goto(f"{made}/health.html")
    page.locator("#renamed").get_by_role("link", name="new/name").click()
    page.wait_for_url("**/projects/new/name.html")
    page.go_back()
    page.locator("#gone").get_by_role("link", name="first").click()
    page.wait_for_url("**/index.html")


def test_findings_are_what_the_database_says(page: Page, real: Config) -> None:
    """Renamed, inactive and gone ones among real projects, against direct queries."""
    with duckdb.connect(str(real.database), read_only=True) as connection:
        renamed, inactive = connection.execute(RENAMED).fetchall(), connection.execute(INACTIVE).fetchall()
    page.goto((real.dashboards_folder / "health.html").as_uri())
    assert sorted((row[0], *row[1].split(" ")[:3], row[4]) for row in rows(page, "renamed")) == sorted(
        (name, f"{BEST},", "line", str(line), f"Replace the link. https://github.com/{name}")
        for name, line, _ in renamed
    )
    assert [row[2] for row in rows(page, "renamed")] == [
        f"listed as {old}, now {name}" for name, _, old in sorted(renamed, key=lambda row: row[0].lower())
    ]
    assert sorted((row[0], row[1].split(" ")[2], row[3]) for row in rows(page, "inactive")) == sorted(
        (name, str(line), day) for name, line, day in inactive
    )
    assert [row[0] for row in rows(page, "gone")] == ["vega/altair"]
    assert (len(renamed) > 5, len(inactive) > 5) == (True, True)


@pytest.mark.parametrize(
    ("report", "said", "number"),
    [
        ("young", "No findings: none of 6 projects needs attention.", "0"),
        ("empty", "Nothing has been counted yet, so there are no findings.", "n/a"),
    ],
)
def test_nothing_to_tell_is_told(page: Page, server: str, report: str, said: str, number: str) -> None:
    """No findings and no counts are shown differently."""
    page.goto(f"{server}/some/where/{report}/health.html")
    expect(page.locator(".lede")).to_have_text(said)
    assert set(tallies(page).values()) == {number}


def test_text_needs_no_script(plain_page: Page, made: str) -> None:
    """All of it is text."""
    plain_page.goto(f"{made}/health.html")
    expect(plain_page.locator("#renamed")).to_contain_text("https://github.com/new/name/tree/main/docs?x=1#top")


def test_nothing_sticks_out(page: Page, made: str, server: str) -> None:
    """At no width does the page scroll sideways; its tables do so within themselves."""
    for address in (f"{made}/health.html", f"{server}/some/where/full/health.html"):
        page.goto(address)
        for width in (360, 700, 1300):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (address, width)
