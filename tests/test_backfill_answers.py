"""Whatever GitHub answers for one project is kept to that project, named, and made up for."""

from datetime import timedelta
from pathlib import Path

import pytest

from conftest import NOW, connect
from pasts import ACTIVITY, HISTORY, OTHER, SIZE, asked, commit_days, counted, fill, query, star_days
from startrack import backfill
from startrack.backfill import Effort
from startrack.config import Config
from startrack.demo import faults
from startrack.demo.faults import Reply
from startrack.demo.server import Server
from startrack.demo.switchboard import Rule, only

ELSEWHERE = Reply(301, "{}", headers={"location": "http://127.0.0.1:9/repositories/1/stargazers/history"})


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Return a list that was counted once."""
    return counted(tmp_path, github)


@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        (Reply(422, "{}"), "GitHub answered 422"),
        (Reply(502, "<html>", content_type="text/html"), "GitHub answered 502"),
        (Reply(200, "<html>", content_type="text/html"), "not understood"),
        (Reply(200, '[{"week": 1'), "not understood"),
        (Reply(200, "{}"), "not understood"),
        (Reply(200, '[{"week": 1750550400, "days": [1, 2]}]'), "not understood"),
        (Reply(200, '[{"week": 1750636800, "days": [1, 2, 3, 4, 5, 6, 7]}]'), "not understood"),
        (Reply(200, '[{"week": 1e30, "days": [1, 2, 3, 4, 5, 6, 7]}]'), "not understood"),
        (Reply(200, '[{"week": 1750550400, "days": [1, 2, 3, 4, 5, 6, -7]}]'), "not understood"),
        (Reply(451, "{}"), "GitHub answered 451"),
        (ELSEWHERE, "GitHub sends to another host"),
    ],
)
def test_a_failure_is_named_and_stops_nothing(config: Config, github: Server, fault: Reply, detail: str) -> None:
    """The one project is named, all others are fetched, and the next pass makes up for it."""
    github.faults.add(Rule(fault, path=HISTORY, repos=only(OTHER)))
    filled = fill(config, github)
    (problem,) = filled.problems
    assert problem.startswith(f"star history of {OTHER}: ")
    assert detail in problem
    assert query(config, "select count(distinct repo_id) from star_days") == [(SIZE - 1,)]
    assert query(config, "select name, weeks, complete from pasts where outcome = 'failed'") == [(OTHER, 0, False)]
    github.faults.clear()
    assert fill(config, github).problems == ()
    assert query(config, "select count(distinct repo_id) from star_days") == [(SIZE,)]


def test_a_failure_later_keeps_what_is_known(config: Config, github: Server) -> None:
    """A refused older page leaves the newer ones, and the time they were fetched."""
    fill(config, github, Effort())
    before = star_days(config)
    github.faults.add(Rule(Reply(500, "{}"), path=HISTORY))
    later = NOW + timedelta(hours=1)
    assert len(fill(config, github, at=later).problems) > 0
    assert star_days(config) == before
    assert query(config, "select distinct fetched_at from pasts where series = 'history'") == [(NOW,)]


def test_not_offered_is_not_no_stars(config: Config, github: Server) -> None:
    """GHES: the repository is there and its history is not, which is no failure."""
    github.faults.add(Rule(faults.not_offered(), path=HISTORY))
    filled = fill(config, github)
    assert filled.problems == ()
    assert star_days(config) == []
    assert query(config, "select distinct outcome, weeks from pasts where series = 'history'") == [("not offered", 0)]
    github.requests.clear()
    assert fill(config, github).calls == 0


def test_gone_is_a_failure(config: Config, github: Server) -> None:
    """A repository that is gone since it was counted is named."""
    github.world.delete(OTHER, NOW)
    assert fill(config, github).problems == (
        f"star history of {OTHER}: GitHub does not find it",
        f"commit activity of {OTHER}: GitHub does not find it",
    )


def test_a_renamed_project_is_followed(config: Config, github: Server) -> None:
    """By GitHub's redirect to its number, once a pass and not once a page."""
    github.world.rename("cambrian-mllm/cambrian", "new/cambrian", NOW)
    assert fill(config, github).problems == ()
    moved = [seen for seen in github.requests if seen.status == 301]
    assert [seen.path for seen in moved] == [
        "/repos/cambrian-mllm/cambrian/stargazers/history",
        "/repos/cambrian-mllm/cambrian/stats/commit_activity",
    ]
    assert query(config, "select count(distinct repo_id) from star_days") == [(SIZE,)]


def test_from_place_to_place_is_a_failure(config: Config, github: Server) -> None:
    """Redirects are followed once."""
    there = {"location": f"{github.api_url}/repositories/20000001/stargazers/history"}
    github.faults.add(Rule(Reply(301, "{}", headers=there), path=HISTORY))
    filled = fill(config, github)
    assert len(filled.problems) == SIZE
    assert "from one place to another" in filled.problems[0]


def test_statistics_that_are_computed_are_waited_for(config: Config, github: Server) -> None:
    """Each is asked again after all others were; one that never comes is left to the next pass."""
    pauses: list[float] = []
    with connect(github) as client:
        client.sleep = pauses.append
        backfill.run(config, client, NOW, Effort())
    assert len(asked(github, "/commit_activity")) == 2 * SIZE
    assert 0 < sum(pauses) <= 10 * SIZE
    assert {seen.status for seen in github.requests[: 2 * SIZE] if "stats" in seen.path} == {202}


def test_statistics_that_never_come_are_not_waited_for(config: Config, github: Server) -> None:
    """Asked four times, then left to the next pass; the others are there."""
    github.faults.add(Rule(Reply(202, "{}"), path=ACTIVITY, repos=only(OTHER)))
    filled = fill(config, github)
    assert filled.problems == ()
    assert asked(github, "/commit_activity").count(OTHER) == 4
    assert query(config, "select count(distinct repo_id) from commit_days") == [(SIZE - 1,)]
    github.faults.clear()
    fill(config, github)
    assert query(config, "select count(distinct repo_id) from commit_days") == [(SIZE,)]


def test_a_project_without_commits_has_none(config: Config, github: Server) -> None:
    """204: nothing was ever committed, which is known."""
    github.faults.add(Rule(Reply(204, ""), path=ACTIVITY))
    assert fill(config, github).problems == ()
    assert commit_days(config) == []
    assert query(config, "select distinct outcome from pasts where series = 'activity'") == [("done",)]
