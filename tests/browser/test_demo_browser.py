"""The demo as a stranger sees it: its pages say what the database says, in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import duckdb
import pytest
from playwright.sync_api import Page, expect

from startrack.demo import replay
from startrack.errors import ConfigError

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1400, 390)
# The figures of the table, worked out by one statement over the database's own tables, windows and all.
TABLE = """
with latest as (select max(taken_at) as taken_at from counts),
spans as (
    select days, taken_at, taken_at - to_days(days) as start, to_minutes((1440 * reach)::int) as reach
    from latest, (values (7, 3.5), (30, 7), (90, 9), (365, 36.5)) as windows (days, reach)
),
current as (select * from counts where taken_at = (select taken_at from latest)),
gains as (
    select current.repo_id, days, current.stars - arg_min(
            before.stars, (abs(epoch(before.taken_at - start)), before.taken_at)) as gain
    from current, spans, counts as before
    where before.repo_id = current.repo_id
        and before.taken_at between start - reach and start + reach
        and before.taken_at < spans.taken_at
    group by current.repo_id, current.stars, days
)
select repos.name, current.stars, current.forks, current.commits,
    max(gain) filter (days = 7), max(gain) filter (days = 30),
    max(gain) filter (days = 90), max(gain) filter (days = 365)
from current join repos using (repo_id) left join gains using (repo_id)
group by all
"""


@pytest.fixture(params=WIDTHS)
def seen(request: pytest.FixtureRequest, page: Page) -> Page:
    """Return a page of one width."""
    page.set_viewport_size({"width": request.param, "height": 900})
    return page


def schemes(page: Page) -> Iterator[str]:
    """Show the page in each colour scheme."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        yield scheme


def looks(page: Page) -> Iterator[str]:
    """Show the page in each width and colour scheme."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in schemes(page):
            yield f"{scheme}, {width} pixels"


def plain(value: int | None, sign: str = "") -> str:
    """Return a figure as the pages write it."""
    if value is None:
        return "n/a"
    return f"{value:{sign},}".replace("-", "\N{MINUS SIGN}") if value or not sign else "0"


def test_every_cell_is_what_the_database_says(demo: Path, page: Page) -> None:
    """Stars, changes over every window, forks and commits of every project, against one direct query.

    What is marked ≈ stands in place of a change that no count tells.
    """
    with duckdb.connect(str(demo / "snapshots" / "startrack.duckdb"), read_only=True) as connection:
        rows = connection.execute(TABLE).fetchall()
    expected = [
        [name, plain(stars), *(plain(gain, "+") for gain in gains), plain(forks), plain(commits)]
        for name, stars, forks, commits, *gains in rows
    ]
    page.goto((demo / "dashboards" / "index.html").as_uri())
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # all rows, as on paper
    for look in looks(page):
        shown = page.evaluate(
            """[...document.querySelectorAll('#table tbody tr')].map(row => [
                row.querySelector('th a').textContent,
                ...[...row.querySelectorAll('td')].toSpliced(3, 1).slice(2, 9).map(
                        cell => cell.firstChild.textContent.trim().replace(/^≈ .*/, 'n/a'))])""",
        )
        assert len(shown) == 85, look
        assert sorted(shown) == sorted(expected), look


def test_simulated_figures_are_labelled_everywhere(demo: Path, page: Page) -> None:
    """On every page, in every row, in the README; the real ones are not."""
    dashboards = demo / "dashboards"
    page.goto((dashboards / "index.html").as_uri())
    expect(page.get_by_text("All figures of mllms-reasoning are")).to_be_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")  # all rows, as on paper
    chips = page.evaluate(
        """[...document.querySelectorAll('#table tbody tr')].map(row =>
            [row.querySelector('th a').textContent, /simulated/.test(row.querySelector('th').textContent)])""",
    )
    simulated = {name for name, labelled in chips if labelled}
    assert (len(simulated), len(chips)) == (23, 85)
    assert {"hiyouga/EasyR1", "om-ai-lab/VLM-R1"} < simulated
    for path in ("lists/mllms-reasoning.html", "projects/hiyouga/EasyR1.html"):
        page.goto((dashboards / path).as_uri())
        for _ in looks(page):
            expect(page.locator("h1")).to_contain_text("simulated")
    page.goto((dashboards / "projects" / "microsoft" / "qlib.html").as_uri())
    expect(page.locator("main")).not_to_contain_text("simulated")
    readme = (demo / "README.md").read_text(encoding="utf-8")
    assert readme.count("Simulated figures · as of 2025-06-26") == 1


@pytest.mark.parametrize(
    "path",
    ["index.html", "lists/mllms-reasoning.html", "projects/microsoft/qlib.html", "counting.html"],
)
def test_pages_fit_their_window(demo: Path, seen: Page, path: str) -> None:
    """Nothing hangs over the side, charts are drawn where there are some, and the page is silent."""
    seen.goto((demo / "dashboards" / path).as_uri())
    for chart in seen.locator(".chart").all():
        chart.scroll_into_view_if_needed()
        expect(chart.locator("svg.main-svg").first).to_be_visible()
    for scheme in schemes(seen):
        assert seen.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), scheme
        expect(seen.locator(".chart:not(:has(svg.main-svg))")).to_have_count(0)


def test_the_demo_replaces_only_what_is_its_own(demo: Path, tmp_path: Path) -> None:
    """A folder with other files is refused and stays unchanged."""
    (tmp_path / "precious").write_text("mine", encoding="ascii")
    with pytest.raises(ConfigError, match="files that are not from the demo"):
        replay.run(tmp_path, lambda _text: None)
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]
    assert (demo / ".startrack-demo").exists()
