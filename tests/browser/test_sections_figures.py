"""The sections page on real projects, against the database."""

import duckdb
import pytest
from playwright.sync_api import Page

from browser_page import figure, show, table
from list_replay import replay_list
from startrack.config import Config

# The last counts, and those of 90 and of 30 days before them.
COUNTS = """
with latest as (select max(taken_at) as taken_at from counts),
current as (select * from counts where taken_at = (select taken_at from latest)),
spans as (
    select repo_id, days, arg_max(commits, counts.taken_at) as commits, arg_max(stars, counts.taken_at) as stars
    from counts, latest, (values (30), (90)) as windows (days)
    where counts.taken_at <= latest.taken_at - to_days(days)
        and counts.taken_at > latest.taken_at - to_hours((36 * days)::int)
    group by repo_id, days
),
before as (from spans where days = 90),
month as (from spans where days = 30)
"""
# What every section is made of, by one statement over the database's own tables.
MADE_OF = f"""{COUNTS}
select
    section[3:-3] as section, count(*) as projects, sum(current.stars) as stars,
    median(epoch(latest.taken_at - created_at)) / 86400 / 365.2425 as years,
    sum(current.commits - before.commits) as commits,
    count(*) filter (head_committed_on >= latest.taken_at::date - 90) as active, count(head_committed_on) as dated,
    sum(current.stars - month.stars) as gain, sum(month.stars) filter (current.stars is not null) as baseline
from latest, entries join repos using (repo_id)
left join current using (repo_id) left join before using (repo_id) left join month using (repo_id)
where removed_on is null
group by section
"""  # noqa: S608 - texts of ours
WORK = f"""{COUNTS},
gains as (
    select name, current.stars - before.stars as stars, current.commits - before.commits as commits
    from current join before using (repo_id) join repos using (repo_id)
    where current.commits is not null and before.commits is not null
)
select name, stars, commits, stars > (select median(stars) from gains), commits > (select median(commits) from gains)
from gains
"""  # noqa: S608 - texts of ours


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Count a list of real projects on several days."""
    return replay_list(tmp_path_factory.mktemp("real"), (400, 97, 30, 7, 0))


def test_sections_tell_the_database(page: Page, real: Config) -> None:
    """Size, age, activity and momentum of real projects, against one direct query."""
    with duckdb.connect(str(real.database), read_only=True) as connection:
        rows = connection.execute(MADE_OF).fetchall()
    page.goto((real.dashboards_folder / "sections.html").as_uri())
    told = table(page, ".portraits")
    assert {
        name: [cell.partition(" known for ")[0].partition(" of ")[0] for cell in cells[:5]]
        for name, cells in told.items()
    } == {
        section: [
            *(f"{projects:,}", f"{stars:,}", f"{years:,.1f}"),
            f"{commits:,}" if commits is not None else "n/a none known",
            f"{100 * active / dated:.0f}% {active}",
        ]
        for section, projects, stars, years, commits, active, dated, _, _ in rows
    }
    moved = table(page, ".sections")
    assert {name: cells[1] for name, cells in moved.items()} == {
        section: figure(gain) if baseline else "n/a none known" for section, *_, gain, baseline in rows
    }
    assert len(rows) > 15


def test_quadrants_tell_the_database(page: Page, real: Config) -> None:
    """The groups and the points of the chart match a direct query."""
    with duckdb.connect(str(real.database), read_only=True) as connection:
        rows = connection.execute(WORK).fetchall()
    groups = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}
    expected = {(name, groups[starred, active], stars, commits) for name, stars, commits, starred, active in rows}
    page.goto((real.dashboards_folder / "sections.html").as_uri())
    shown = page.evaluate(
        """[...document.querySelectorAll('.quadrants .board')].flatMap((board, i) =>
            [...board.querySelectorAll('li')].map(item => [item.querySelector('a').innerText, i,
                item.querySelector('b').innerText, item.querySelector('.share').innerText]))""",
    )
    assert {tuple(each) for each in shown} == {
        (name, group, figure(stars), f"{figure(commits)} commits") for name, group, stars, commits in expected
    }
    show(page, "[data-quadrants]")
    drawn = page.evaluate(
        """document.querySelector('[data-quadrants]').data.flatMap((group, i) =>
            group.text.map((name, j) => [name, i, ...group.customdata[j]]))""",
    )
    assert {tuple(each) for each in drawn} == expected
    assert len(expected) > 50
