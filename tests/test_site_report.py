"""What a site report holds besides counts, from a store that the demo's GitHub filled and from git."""

import os
import shutil
import subprocess
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from conftest import NOW
from pasts import OTHER, counted, fill, query, snapshot
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.lists import demo_world
from startrack.demo.server import Server, serving
from startrack.model.history import (
    ListingDate,
    ListingDateSource,
    NameSince,
    StarsAround,
    UnknownListingDate,
)
from startrack.model.report import SiteReport
from startrack.workflows import build, report

LIST = "list"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a list that was counted once, and whose past was fetched."""
    folder = tmp_path_factory.mktemp("filled")
    with serving(demo_world(), clock=Clock(NOW)) as github:
        fill(counted(folder, github), github)
    return folder


@pytest.fixture
def config(filled: Path, tmp_path: Path) -> Config:
    """Return such a list in a folder of the test's own."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    return Config(lists=(ListConfig(source="list.md"),), root=tmp_path)


def told(config: Config, at: datetime | None = None) -> SiteReport:
    """Return the report of an instant."""
    return report.site_report(config, at)


def number(config: Config, repo: str) -> int:
    """Return the id of a repository."""
    ((found,),) = query(config, f"select distinct repo_id from entries where repo = '{repo}'")  # noqa: S608 - a test's own
    assert isinstance(found, int)
    return found


def commit(config: Config, day: str, *, without: str = "") -> None:
    """Put the list under git as of a day, without the lines that name a repository."""
    file = config.root / "list.md"
    whole = file.read_bytes()
    file.write_bytes(b"\n".join(line for line in whole.split(b"\n") if not without or without.encode() not in line))
    moments = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{day}T12:00:00Z")
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    for arguments in (("init", "--quiet"), ("add", "list.md"), (*who, "commit", "--quiet", "--message=Update")):
        subprocess.run(["git", *arguments], cwd=config.root, env=os.environ | moments, check=True)
    file.write_bytes(whole)


def test_the_first_run_dates_nothing(config: Config) -> None:
    """Everything was there when the list was first read, and no day is made of that."""
    assert set(told(config).listing_dates[LIST].values()) == {UnknownListingDate.FIRST_RUN}


def test_a_later_run_dates_what_it_finds(config: Config, github: Server) -> None:
    """An entry that comes between two runs is dated by the second."""
    file = config.root / "list.md"
    later = NOW + timedelta(days=1)
    repo = "scikit-learn/scikit-learn"
    file.write_bytes(file.read_bytes() + f"\n- [New](https://github.com/{repo})\n".encode())
    snapshot(config, github, later)
    found = told(config).listing_dates[LIST]
    assert found[number(config, repo)] == ListingDate(later.date(), ListingDateSource.RUNS)
    assert found[number(config, OTHER)] is UnknownListingDate.FIRST_RUN


def test_git_dates_what_the_runs_cannot(config: Config, github: Server) -> None:
    """The list's own history goes before the record, and retained stars are told around its days."""
    commit(config, "2025-03-01", without=OTHER)
    commit(config, "2025-04-20")
    snapshot(config, github, NOW)
    found, listed = told(config), date(2025, 4, 20)
    repo_id = number(config, OTHER)
    assert found.listing_dates[LIST][repo_id] == ListingDate(listed, ListingDateSource.GIT)
    others = set(found.listing_dates[LIST].values()) - {found.listing_dates[LIST][repo_id]}
    assert others == {UnknownListingDate.FIRST_RUN}
    ((before, after),) = query(
        config,
        "select sum(retained) filter (day between date '2025-03-21' and date '2025-04-19'), "  # noqa: S608 - a test's own
        "sum(retained) filter (day between date '2025-04-20' and date '2025-05-19') "
        f"from star_days where repo_id = {repo_id}",
    )
    assert found.stars_around == {(repo_id, listed): StarsAround(before, after)}  # type: ignore[arg-type]
    assert before
    assert after


def test_days_that_are_not_known_make_no_sum(config: Config, github: Server) -> None:
    """Where the thirty days after an addition have not all ended, nothing is told of them."""
    commit(config, "2025-03-01", without=OTHER)
    commit(config, "2025-06-10")
    snapshot(config, github, NOW)
    ((_, around),) = told(config).stars_around.items()
    assert around.before is not None
    assert around.after is None


def test_the_depth_of_a_clone_changes_no_page(config: Config, github: Server) -> None:
    """What was built where git has the whole history is up to date where it has one version, and after another run."""
    commit(config, "2025-03-01", without=OTHER)
    commit(config, "2025-04-20")
    snapshot(config, github, NOW)
    build.run(config, None)
    shutil.rmtree(config.root / ".git")
    commit(config, "2025-06-01")
    assert build.run(config, None, check=True).changed == ()
    snapshot(config, github, NOW + timedelta(days=1))
    assert told(config).listing_dates[LIST][number(config, OTHER)] == ListingDate(
        date(2025, 4, 20), ListingDateSource.GIT
    )


def test_a_link_that_was_rewritten_keeps_the_day_of_its_listing(config: Config, github: Server) -> None:
    """The list follows a rename: the project has been in it as long as before, by git as by the runs."""
    commit(config, "2025-03-01", without=OTHER)
    commit(config, "2025-04-20")
    snapshot(config, github, NOW)
    before = told(config).listing_dates[LIST]
    github.world.rename(OTHER, "hiyouga/EasierR1", NOW + timedelta(hours=1))
    file = config.root / "list.md"
    file.write_bytes(file.read_bytes().replace(OTHER.encode(), b"hiyouga/EasierR1"))
    commit(config, "2025-06-28")
    snapshot(config, github, NOW + timedelta(days=3))
    assert told(config).listing_dates[LIST] == before


def test_commit_weeks_are_those_of_the_store(config: Config) -> None:
    """Fifty-one whole weeks of each, from Sunday on, add up to its days; a report has those of its own year."""
    found = told(config).weekly_commits
    sums = [(repo_id, sum(week.commits for week in weeks)) for repo_id, weeks in found.items()]
    assert sums == query(config, "select repo_id, sum(commits) from commit_days group by repo_id order by repo_id")
    weeks = found[number(config, OTHER)]
    assert {week.start.isoweekday() for week in weeks} == {7}
    assert [later.start - week.start for week, later in pairwise(weeks)] == [timedelta(days=7)] * 50
    earlier = told(config, NOW - timedelta(days=7)).weekly_commits
    assert earlier.get(number(config, OTHER), ()) == weeks[:-1]
    later = told(config, NOW + timedelta(days=100)).weekly_commits[number(config, OTHER)]
    assert later == tuple(week for week in weeks if week.start >= date(2024, 9, 29))  # 53 weeks before 4 October 2025


def test_names_are_told_with_their_first_count(config: Config, github: Server) -> None:
    """A renamed repository has both, in order; a report of before knows the first alone."""
    later = NOW + timedelta(days=1)
    github.world.rename(OTHER, "hiyouga/EasierR1", NOW + timedelta(hours=1))
    snapshot(config, github, later)
    repo_id = number(config, OTHER)
    assert told(config).names[repo_id] == (NameSince(OTHER, NOW), NameSince("hiyouga/EasierR1", later))
    assert told(config, NOW).names[repo_id] == (NameSince(OTHER, NOW),)


def test_whole_lines_are_told(config: Config) -> None:
    """Every project of which the whole past was fetched has a whole line."""
    drawn = report.site_report(config, None)
    assert drawn.whole_histories == frozenset(drawn.retained)
    assert drawn.whole_histories
