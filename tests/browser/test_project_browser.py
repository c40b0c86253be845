"""A project's page in a real browser: charts, markers and snippets."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import history_report
import reports
from page_reports import write_pages

PAGE = "projects/hero/of-it.html"
AS_OF = reports.AS_OF


@pytest.fixture
def hero(there: str) -> str:
    """Return the address of the page of a project with a long history."""
    return f"{there}/story/{PAGE}"


def shown(page: Page, chart: str) -> str:
    """Scroll to a chart, wait until it is drawn, and return a script expression for it."""
    place = f"[data-chart={chart}]"
    page.locator(place).scroll_into_view_if_needed()
    expect(page.locator(f"{place} svg.main-svg").first).to_be_visible(timeout=15_000)
    return f"document.querySelector('{place}')"


def written_at(at: datetime) -> str:
    """Return an instant in the format of the chart data, in UTC."""
    return at.isoformat(timespec="milliseconds")


def test_stars_are_counted_and_retained(page: Page, hero: str) -> None:
    """Counts are a solid line, retained stars before them a dashed line, each at its instant."""
    page.goto(hero)
    chart = shown(page, "stars")
    solid, dashed = page.evaluate(f"{chart}.data.map(({{x, y, line}}) => [x, y, line.dash ?? 'solid'])")
    counts = history_report.history_report().history[1]
    assert solid == [[written_at(each.taken_at) for each in counts], [each.stars for each in counts], "solid"]
    assert dashed[2] == "dash"
    # Retained by the ends of days 206, 213, … before the report, up to the first count.
    assert dashed[1] == [1_000 - day for day in range(423, 205, -7) if day < 430]
    assert max(dashed[0]) < min(solid[0])


def test_weeks_and_their_spike(page: Page, hero: str) -> None:
    """Every week has a bar with its gain, and the spike has a triangle."""
    page.goto(hero)
    chart = shown(page, "weeks")
    gained, lost, spike = page.evaluate(f"{chart}.data.map(({{x, y}}) => [x, y])")
    stars = {each.taken_at: each.stars for each in history_report.history_report().history[1]}
    ends = [AS_OF - timedelta(weeks=back) for back in range(27, -1, -1)]
    wanted = [stars[end] - stars[end - timedelta(weeks=1)] for end in ends]
    assert gained == [[written_at(end) for end in ends], wanted]
    assert set(lost[1]) == {None}
    burst = max(range(28), key=lambda place: wanted[place])
    assert spike == [[written_at(ends[burst])], [414]]
    told_of = page.get_by_text("1 spike ▼ (more stars in a week")
    expect(told_of).to_contain_text("+414 in the week that ended on")
    expect(told_of.locator("time")).to_have_attribute("datetime", f"{ends[burst].date()}")


def test_few_weeks_are_marked_one_by_one(page: Page, tmp_path: Path) -> None:
    """A single week has a bar too, and no tick shows hours."""
    weeks = {f"few/weeks-{last}": {7 * week: 1_000 - 90 * week for week in range(last + 1)} for last in (1, 3)}
    write_pages(reports.make_report([reports.Sample(name, stars) for name, stars in weeks.items()]), tmp_path)
    wanted = {1: ["Nov 232026"], 3: ["Nov 92026", "Nov 16", "Nov 23"]}
    for last, ticks in wanted.items():
        page.goto(f"{tmp_path.as_uri()}/projects/few/weeks-{last}.html")
        chart = shown(page, "weeks")
        width = page.evaluate(f"{chart}.querySelector('.bars path').getBBox().width")
        assert width > 20
        assert [text for text in page.locator("[data-chart=weeks] .xtick").all_text_contents() if text] == ticks


def test_marks_stand_in_the_chart_and_below_it(page: Page, hero: str) -> None:
    """Every marker is in the list with its day, and is a numbered line in each chart that includes the day."""
    page.goto(hero)
    assert page.locator(".marks li").all_inner_texts() == [
        "Mar 1, 2026 Added to second",
        "Jul 1, 2026 Renamed from old/name to hero/of-it (day of the first count under the new name)",
        "Sep 1, 2026 Added to first",
        "Oct 1, 2026 Latest release v2.0 <b>",
        "Nov 20, 2026 Archived by its owner",
    ]
    written = page.locator(".marks time").evaluate_all("times => times.map((time) => time.dateTime)")
    days = [written_at(datetime.fromisoformat(day)) for day in written]
    for chart, first in (("stars", 1), ("weeks", 2)):  # counts begin in May, retained stars before
        place = shown(page, chart)
        assert page.evaluate(f"{place}.layout.shapes.map(({{x0, x1}}) => [x0, x1])") == [
            [d, d] for d in days[first - 1 :]
        ]
        numbers = page.evaluate(f"{place}.layout.annotations.map(({{text}}) => text)")
        assert numbers == [str(number) for number in range(first, 6)]


def test_commits_of_the_year_stand_apart(page: Page, hero: str) -> None:
    """The past year's commits have a bar for each week and a total in words, apart from the counted totals."""
    page.goto(hero)
    chart = shown(page, "year")
    assert page.evaluate(f"{chart}.data[0].y") == list(history_report.COMMITS)
    expect(
        page.get_by_text(
            f"{sum(history_report.COMMITS)} commits in the 52 weeks before Nov 15, 2026, not including merges."
        )
    ).to_be_visible()
    expect(page.get_by_text("From GitHub's statistics, not from the counts.")).to_be_visible()
    totals = shown(page, "commits")
    assert page.evaluate(f"{totals}.data[0].y.at(-1)") == history_report.history_report().history[1][-1].commits


@pytest.mark.parametrize(("report", "name"), [("story", "hero/of-it"), ("full", "some/gap"), ("full", "just/started")])
def test_counts_as_csv(page: Page, there: str, report: str, name: str) -> None:
    """The page makes it of its data: a row for each count and none for gaps; unknown commits are empty."""
    shown = history_report.history_report() if report == "story" else reports.full()
    page.goto(f"{there}/{report}/projects/{name}.html")
    with page.expect_download() as download:
        page.get_by_role("button", name="Counts as CSV").click()
    assert download.value.suggested_filename == f"{name.replace('/', '-')}.csv"
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8"))))
    counts = next(shown.counts(project) for project in shown.projects if project.name == name)
    assert rows[0] == ["taken_at", "stars", "forks", "commits"]
    assert rows[1:] == [
        [f"{c.taken_at.isoformat()}Z", str(c.stars), str(c.forks), "" if c.commits is None else str(c.commits)]
        for c in counts
    ]


def test_ranks_go_up_to_the_first(page: Page, hero: str) -> None:
    """The rank chart has rank 1 at the top; a project alone in its list has no rank."""
    address = hero.replace("hero/of-it", "other/number-4")
    page.goto(address)
    chart = shown(page, "rank")
    # Of ten, the hero and five others have more stars, this week as the last.
    assert page.evaluate(f"{chart}.data[0].y") == [7, 7]
    assert page.evaluate(f"{chart}.data[0].text") == ["7 of 10", "7 of 10"]
    low, high = page.evaluate(f"{chart}.layout.yaxis.range")
    assert low > high
    page.goto(address.replace("other/number-4", "alone/counted"))
    expect(page.get_by_text("n/a: no other project of the list was counted")).to_be_visible()
    assert page.locator("[data-chart=rank]").count() == 0


def told(page: Page, name: str) -> dict[str, str]:
    """Return the facts about the project in a list."""
    place = page.locator("#rank-title ~ .pair > div", has=page.get_by_role("link", name=name))
    facts = zip(place.locator("dt").all_inner_texts(), place.locator("dd").all_inner_texts(), strict=True)
    return dict(facts)


def test_standing(page: Page, hero: str) -> None:
    """Rank, same-age comparison and listing effect match values computed by hand."""
    page.goto(hero)
    assert told(page, "first") == {
        "Rank by stars": "1 of 10 around Nov 23, 2026, its best rank so far",
        "At the same age": (
            "1,700 stars at 14 months; 100% of the 9 other projects with known stars at that age had fewer"
        ),
        "Listed": "Sep 1, 2026, from the list's git history",
        # 60 stars in the 30 days before, 460 in the 30 after.
        "Effect of listing": "+2.0 stars a day in the 30 days before, +15.3 in the 30 days after",
    }
    assert told(page, "second") == {
        "Rank by stars": "n/a: no other project of the list was counted in the same weeks",
        "At the same age": "n/a: fewer than five other projects have known stars at that age",
        "Listed": "Mar 1, 2026, from the runs that read the list",
        # 45 and 93 stars retained of thirty days each.
        "Effect of listing": "≈ +1.5 stars a day in the 30 days before, +3.1 in the 30 days after, from retained stars",
    }
    page.goto(hero.replace("hero/of-it", "other/number-4"))
    # Of the nine others, three have fewer stars.
    assert "; 33% of the 9 other projects" in told(page, "first")["At the same age"]
    assert told(page, "first")["Listed"] == "n/a: not recorded"


def test_copy(own_page: Page, hero: str) -> None:
    """The button copies its snippet, by mouse and by keyboard."""
    page = own_page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(hero)
    for number, done in enumerate(("Copied.", "Copied.")):
        snippet = page.locator(".snippet").nth(number)
        snippet.get_by_role("button", name="Copy").press("Enter")
        expect(snippet.locator("output")).to_have_text(done)
        assert page.evaluate("navigator.clipboard.readText()") == snippet.locator("code").inner_text()
    assert page.locator(".snippet code").first.inner_text() == (
        "[hero/of-it](https://ADDRESS/projects/hero/of-it.html): 1,700 stars, +60 in 30 days (2026-11-23)"
    )


def test_copy_without_a_clipboard(own_page: Page, hero: str) -> None:
    """Without access to the clipboard the snippet is selected."""
    page = own_page
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    page.goto(hero)
    snippet = page.locator(".snippet").nth(1)
    snippet.get_by_role("button", name="Copy").click()
    expect(snippet.locator("output")).to_contain_text("Selected")
    assert page.evaluate("getSelection().toString().trim()") == snippet.locator("code").inner_text().strip()


def test_the_snippet_shows_the_chart(page: Page, hero: str, tmp_path: Path) -> None:
    """The snippet shows the light or the dark chart, as the reader's theme is."""
    page.goto(hero)
    markup = page.locator(".snippet code").nth(1).inner_text().replace("https://ADDRESS", hero.removesuffix(f"/{PAGE}"))
    readme = tmp_path / "readme.html"
    readme.write_text(f"<!doctype html><title>README</title>{markup}", encoding="utf-8")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(readme.as_uri())
        picture = page.get_by_alt_text("Stars of hero/of-it over time")
        expect(picture).to_be_visible()
        assert str(picture.evaluate("image => image.currentSrc")).endswith(f"of-it-{scheme}.svg")
        assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [760, 320]


def test_it_tells_all_without_scripts(plain_page: Page, hero: str) -> None:
    """Without JavaScript all texts are there, and no control that needs it."""
    plain_page.goto(hero)
    for text in (
        "Added to first",
        "1 spike",
        "; 100% of",
        "450 commits in the 52 weeks",
        "<picture>",
    ):
        expect(plain_page.get_by_text(text).first).to_be_visible()
    assert plain_page.get_by_role("button", name="Copy").count() == 0
    assert plain_page.locator("figure .picture:visible").count() == 6


def test_it_fits_every_width(page: Page, hero: str) -> None:
    """The page never scrolls sideways; long snippets scroll within their box."""
    widths = (360, 700, 1300)
    page.set_viewport_size({"width": widths[0], "height": 800})
    page.goto(hero)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
