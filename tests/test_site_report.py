"""What a report has beside counts: listing dates, names, commits and star history, from the store and from git."""

import os
import shutil
import subprocess
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from backfilled_lists import OTHER, counted, fill, query, snapshot
from conftest import NOW
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
from startrack.workflows import build
from startrack.workflows.report import create_site_report

LIST = "list"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a list that was counted and back-filled once."""
    folder = tmp_path_factory.mktemp("filled")
    with serving(demo_world(), clock=Clock(NOW)) as github:
        fill(counted(folder, github), github)
    return folder


@pytest.fixture
def config(filled: Path, tmp_path: Path) -> Config:
    """Return a copy of that folder with its configuration."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    return Config(lists=(ListConfig(source="list.md"),), root=tmp_path)


def site_report(config: Config, at: datetime | None = None) -> SiteReport:
    """Return the report of a build."""
    return create_site_report(config, at)


def find_repo_id(config: Config, repo: str) -> int:
    """Return the id of a repository."""
    ((found,),) = query(config, f"select distinct repo_id from entries where repo = '{repo}'")  # noqa: S608 - a test's own
    assert isinstance(found, int)
    return found


def commit(config: Config, day: str, *, without: str = "") -> None:
    """Commit the list as of a day, without the lines that name a repository."""
    file = config.root / "list.md"
    whole = file.read_bytes()
    file.write_bytes(b"\n".join(line for line in whole.split(b"\n") if not without or without.encode() not in line))
    moments = dict.fromkeys(("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"), f"{day}T12:00:00Z")
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    for arguments in (("init", "--quiet"), ("add", "list.md"), (*who, "commit", "--quiet", "--message=Update")):
        subprocess.run(["git", *arguments], cwd=config.root, env=os.environ | moments, check=True)
    file.write_bytes(whole)


def test_entries_of_the_first_run_have_no_listing_date(config: Config) -> None:
    """They were in the list before it was first read."""
    assert set(site_report(config).listing_dates[LIST].values()) == {UnknownListingDate.FIRST_RUN}


def test_a_later_run_dates_new_entries(config: Config, github: Server) -> None:
    """An entry that is added between two runs gets the date of the second run."""
    file = config.root / "list.md"
    later = NOW + timedelta(days=1)
    repo = "scikit-learn/scikit-learn"
    file.write_bytes(file.read_bytes() + f"\n- [New](https://github.com/{repo})\n".encode())
    snapshot(config, github, later)
    found = site_report(config).listing_dates[LIST]
    assert found[find_repo_id(config, repo)] == ListingDate(later.date(), ListingDateSource.RUNS)
    assert found[find_repo_id(config, OTHER)] is UnknownListingDate.FIRST_RUN


def test_git_dates_entries_of_the_first_run(config: Config, github: Server) -> None:
    """Dates from git have priority, and stars around these dates are loaded."""
    commit(config, "2025-03-01", without=OTHER)
    commit(config, "2025-04-20")
    snapshot(config, github, NOW)
    found, listed = site_report(config), date(2025, 4, 20)
    repo_id = find_repo_id(config, OTHER)
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


def test_incomplete_spans_have_no_sum(config: Config, github: Server) -> None:
    """If the thirty days after a listing are not over, there is no sum for them."""
    commit(config, "2025-03-01", without=OTHER)
    commit(config, "2025-06-10")
    snapshot(config, github, NOW)
    ((_, around),) = site_report(config).stars_around.items()
    assert around.before is not None
    assert around.after is None


def test_the_depth_of_a_clone_changes_no_page(config: Config, github: Server) -> None:
    """Pages built with the full git history are up to date with a shallow clone too."""
    commit(config, "2025-03-01", without=OTHER)
    commit(config, "2025-04-20")
    snapshot(config, github, NOW)
    build.run(config, None)
    shutil.rmtree(config.root / ".git")
    commit(config, "2025-06-01")
    assert build.run(config, None, check=True).changed == ()
    snapshot(config, github, NOW + timedelta(days=1))
    assert site_report(config).listing_dates[LIST][find_repo_id(config, OTHER)] == ListingDate(
        date(2025, 4, 20), ListingDateSource.GIT
    )


def test_a_rewritten_link_keeps_its_listing_date(config: Config, github: Server) -> None:
    """If the list follows a rename, the project keeps its date, from git and from runs."""
    commit(config, "2025-03-01", without=OTHER)
    commit(config, "2025-04-20")
    snapshot(config, github, NOW)
    before = site_report(config).listing_dates[LIST]
    github.world.rename(OTHER, "hiyouga/EasierR1", NOW + timedelta(hours=1))
    file = config.root / "list.md"
    file.write_bytes(file.read_bytes().replace(OTHER.encode(), b"hiyouga/EasierR1"))
    commit(config, "2025-06-28")
    snapshot(config, github, NOW + timedelta(days=3))
    assert site_report(config).listing_dates[LIST] == before


def test_commit_weeks_match_the_store(config: Config) -> None:
    """Fifty-one complete weeks add up to the stored days; a report has the weeks of the year before it."""
    found = site_report(config).weekly_commits
    sums = [(repo_id, sum(week.commits for week in weeks)) for repo_id, weeks in found.items()]
    assert sums == query(config, "select repo_id, sum(commits) from commit_days group by repo_id order by repo_id")
    weeks = found[find_repo_id(config, OTHER)]
    assert {week.start.isoweekday() for week in weeks} == {7}
    assert [later.start - week.start for week, later in pairwise(weeks)] == [timedelta(days=7)] * 50
    earlier = site_report(config, NOW - timedelta(days=7)).weekly_commits
    assert earlier.get(find_repo_id(config, OTHER), ()) == weeks[:-1]
    later = site_report(config, NOW + timedelta(days=100)).weekly_commits[find_repo_id(config, OTHER)]
    assert later == tuple(week for week in weeks if week.start >= date(2024, 9, 29))  # 53 weeks before 4 October 2025


def test_names_have_the_date_of_their_first_count(config: Config, github: Server) -> None:
    """A renamed repository has both names in order; an earlier report has only the first."""
    later = NOW + timedelta(days=1)
    github.world.rename(OTHER, "hiyouga/EasierR1", NOW + timedelta(hours=1))
    snapshot(config, github, later)
    repo_id = find_repo_id(config, OTHER)
    assert site_report(config).names[repo_id] == (NameSince(OTHER, NOW), NameSince("hiyouga/EasierR1", later))
    assert site_report(config, NOW).names[repo_id] == (NameSince(OTHER, NOW),)


def test_complete_histories_are_marked(config: Config) -> None:
    """Every project whose history was fetched completely is marked."""
    drawn = create_site_report(config, None)
    assert drawn.whole_histories == frozenset(drawn.retained)
    assert drawn.whole_histories
