"""Unusual answers about one project's history affect only that project, are reported, and are made up for later."""

from datetime import timedelta
from pathlib import Path

import pytest

from backfilled_lists import (
    ACTIVITY,
    HISTORY,
    OTHER,
    SIZE,
    asked,
    commit_days,
    counted_copy,
    fill,
    query,
    star_days,
)
from conftest import NOW, connect
from shared_folders import SharedFolder
from startrack.config import Config
from startrack.demo import faults
from startrack.demo.faults import FaultRule, Reply, repository_names
from startrack.demo.server import Server
from startrack.workflows import backfill
from startrack.workflows.backfill import FetchLimits

ELSEWHERE = Reply(301, "{}", headers={"location": "http://127.0.0.1:9/repositories/1/stargazers/history"})


@pytest.fixture
def config(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a configuration whose list was counted once."""
    return counted_copy(shared_folder, tmp_path)


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (Reply(422, "{}"), "GitHub returned status 422"),
        (Reply(502, "<html>", content_type="text/html"), "GitHub returned status 502"),
        (Reply(200, "<html>", content_type="text/html"), "could not be read"),
        (Reply(200, '[{"week": 1'), "could not be read"),
        (Reply(200, "{}"), "could not be read"),
        (Reply(200, '[{"week": 1750550400, "days": [1, 2]}]'), "could not be read"),
        (Reply(200, '[{"week": 1750636800, "days": [1, 2, 3, 4, 5, 6, 7]}]'), "could not be read"),
        (Reply(200, '[{"week": 1e30, "days": [1, 2, 3, 4, 5, 6, 7]}]'), "could not be read"),
        (Reply(200, '[{"week": 1750550400, "days": [1, 2, 3, 4, 5, 6, -7]}]'), "could not be read"),
        (ELSEWHERE, "GitHub returned status 301"),
    ],
)
def test_a_failure_affects_one_project(config: Config, github: Server, fault: Reply, detail: str) -> None:
    """That project is named, all others are fetched, and the next pass fetches it."""
    github.faults.add(FaultRule(fault, path=HISTORY, repos=repository_names(OTHER)))
    filled = fill(config, github)
    (problem,) = filled.problems
    assert problem.startswith(f"star history of {OTHER}: ")
    assert detail in problem
    assert query(config, "select count(distinct repo_id) from star_days") == [(SIZE - 1,)]
    assert query(config, "select name, weeks, complete from pasts where outcome = 'failed'") == [(OTHER, 0, False)]
    github.faults.clear()
    assert fill(config, github).problems == ()
    assert query(config, "select count(distinct repo_id) from star_days") == [(SIZE,)]


def test_a_failure_of_an_older_page_keeps_newer_ones(config: Config, github: Server) -> None:
    """The newer weeks stay, and the time they were fetched."""
    fill(config, github, FetchLimits())
    before = star_days(config)
    github.faults.add(FaultRule(Reply(500, "{}"), path=HISTORY))
    later = NOW + timedelta(hours=1)
    assert len(fill(config, github, at=later).problems) > 0
    assert star_days(config) == before
    assert query(config, "select distinct fetched_at from pasts where series = 'history'") == [(NOW,)]


def test_history_that_is_not_offered(config: Config, github: Server) -> None:
    """GitHub Enterprise Server has the repository but not its history, which is not a failure."""
    github.faults.add(FaultRule(faults.not_offered(), path=HISTORY))
    filled = fill(config, github)
    assert filled.problems == ()
    assert star_days(config) == []
    assert query(config, "select distinct outcome, weeks from pasts where series = 'history'") == [("not offered", 0)]
    github.requests.clear()
    assert fill(config, github).calls == 0


@pytest.mark.parametrize("status", [404, 451])
def test_a_repository_that_is_gone_is_not_requested_again(config: Config, github: Server, status: int) -> None:
    """Deleted or blocked since the count: this is neither a failure nor an outage."""
    if status == 404:
        github.world.delete(OTHER, NOW)
    else:
        github.world.block(OTHER, "dmca", NOW)
    assert fill(config, github).problems == ()
    gone = "select name, series, outcome, weeks, fetched_at from pasts where outcome <> 'done' order by series"
    assert query(config, gone) == [(OTHER, "activity", "gone", 0, NOW), (OTHER, "history", "gone", 0, NOW)]
    github.requests.clear()
    assert fill(config, github, at=NOW + timedelta(hours=1)).calls == 0
    path = f"/repositories/{github.world.named(OTHER).repo_id}/stargazers/history"
    fill(config, github, at=NOW + timedelta(days=2))
    assert path in [seen.path for seen in github.requests]


def test_a_repository_that_is_gone_keeps_its_days(config: Config, github: Server) -> None:
    """The stored days stay, with the figure of the current week."""
    fill(config, github)
    kept = f"select series, etag, current, weeks, complete from pasts where name = '{OTHER}' order by series"  # noqa: S608
    figures = query(config, kept)
    days = star_days(config)
    github.world.delete(OTHER, NOW)
    fill(config, github, FetchLimits(age=timedelta(0)), NOW + timedelta(hours=1))
    assert query(config, kept) == figures
    assert query(config, "select distinct name from pasts where outcome = 'gone'") == [(OTHER,)]
    repo_id = github.world.named(OTHER).repo_id
    assert [row for row in star_days(config) if row[0] == repo_id] == [row for row in days if row[0] == repo_id]


def test_many_repositories_that_are_gone_are_no_outage(config: Config, github: Server) -> None:
    """GitHub answers for each of them, so the pass continues."""
    github.faults.add(FaultRule(Reply(451, "{}"), path=HISTORY))
    filled = fill(config, github)
    assert (filled.problems, filled.stopped) == ((), None)
    assert query(config, "select count(*) from pasts where outcome = 'gone'") == [(SIZE,)]


def test_a_renamed_project_is_requested_by_its_id(config: Config, github: Server) -> None:
    """There is no second request and no redirect."""
    github.world.rename("cambrian-mllm/cambrian", "new/cambrian", NOW)
    assert fill(config, github).problems == ()
    assert not [seen for seen in github.requests if seen.status == 301 or seen.path.startswith("/repos/")]
    assert query(config, "select count(distinct repo_id) from star_days") == [(SIZE,)]


def test_a_redirect_is_not_followed(config: Config, github: Server) -> None:
    """An id is never redirected; each such project is reported, and there is no outage."""
    there = {"location": f"{github.api_url}/repositories/20000001/stargazers/history"}
    github.faults.add(FaultRule(Reply(301, "{}", headers=there), path=HISTORY))
    filled = fill(config, github)
    assert len(filled.problems) == SIZE
    assert filled.problems[0].endswith(": GitHub returned status 301")
    assert filled.stopped is None


def test_statistics_that_are_being_computed(config: Config, github: Server) -> None:
    """They are requested again after all others; those that never come are left for the next pass."""
    pauses: list[float] = []
    with connect(github) as client:
        client.sleep = pauses.append
        backfill.run(config, client, NOW, FetchLimits())
    assert len(asked(github, "/commit_activity")) == 2 * SIZE
    assert 0 < sum(pauses) <= 10 * SIZE
    assert {seen.status for seen in github.requests[: 2 * SIZE] if "stats" in seen.path} == {202}


def test_statistics_that_never_come(config: Config, github: Server) -> None:
    """They are requested four times, then left for the next pass; the others are stored."""
    github.faults.add(FaultRule(Reply(202, "{}"), path=ACTIVITY, repos=repository_names(OTHER)))
    filled = fill(config, github)
    assert filled.problems == ()
    assert asked(github, "/commit_activity").count(OTHER) == 4
    assert query(config, "select count(distinct repo_id) from commit_days") == [(SIZE - 1,)]
    github.faults.clear()
    fill(config, github)
    assert query(config, "select count(distinct repo_id) from commit_days") == [(SIZE,)]


def test_a_project_without_commits_has_none(config: Config, github: Server) -> None:
    """204 means that there never was a commit."""
    github.faults.add(FaultRule(Reply(204, ""), path=ACTIVITY))
    assert fill(config, github).problems == ()
    assert commit_days(config) == []
    assert query(config, "select distinct outcome from pasts where series = 'activity'") == [("done",)]
