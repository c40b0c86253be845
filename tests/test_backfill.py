"""Fetching history over HTTP: order, budgets, and no request twice."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from backfilled_lists import (
    HISTORY,
    OTHER,
    PAGES,
    SIZE,
    asked,
    commit_days,
    counted,
    counted_copy,
    fill,
    query,
    snapshot,
    star_days,
)
from conftest import NOW
from shared_folders import SharedFolder
from startrack.config import Config
from startrack.demo import faults
from startrack.demo.faults import FaultRule, Reply
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import GitHubError, LimitError, TokenError
from startrack.workflows import snapshot as workflows_snapshot
from startrack.workflows.backfill import FetchLimits


@pytest.fixture
def config(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a configuration whose list was counted once."""
    return counted_copy(shared_folder, tmp_path)


def test_the_complete_history(config: Config, github: Server) -> None:
    """Every day of every week that is over, no day of the current week, and sums equal to today's stars."""
    filled = fill(config, github)
    assert (filled.projects, filled.problems, filled.stopped, filled.unfinished) == (SIZE, (), None, 0)
    assert filled.fetched == PAGES + SIZE
    assert query(config, "select max(day), count(distinct repo_id) from star_days") == [(date(2025, 6, 21), SIZE)]
    sums = query(
        config,
        "select sum(retained) + any_value(current) = any_value(stars) from star_days "
        "join pasts on pasts.repo_id = star_days.repo_id and series = 'history' "
        "join repos on repos.repo_id = star_days.repo_id group by star_days.repo_id",
    )
    assert sums == [(True,)] * SIZE
    assert query(config, "select count(distinct repo_id), min(day), max(day) from commit_days") == [
        (SIZE, date(2024, 6, 30), date(2025, 6, 21)),
    ]
    assert query(config, "select count(*) from counts") == [(SIZE,)]


def test_a_rebuilt_database_is_equal(config: Config, github: Server) -> None:
    """It has the same days, fetched at the same instants."""
    fill(config, github)
    everything = (
        "select * from star_days order by all",
        "select * from commit_days order by all",
        "from pasts order by all",
    )
    before = [query(config, sql) for sql in everything]
    config.database.unlink()
    workflows_snapshot.last_run(config)
    assert [query(config, sql) for sql in everything] == before
    lines = (config.snapshots_folder / "history" / "20000001.csv").read_text(encoding="ascii").splitlines()
    assert lines[:2] == ["week,sun,mon,tue,wed,thu,fri,sat", "2024-02-18,0,5,2,2,2,1,1"]


def test_every_project_gets_one_page_first(config: Config, github: Server) -> None:
    """Thirty weeks of every project before older weeks of any; each pass continues where the last one ended."""
    first = fill(config, github, FetchLimits())
    assert len(asked(github)) == len(set(asked(github))) == SIZE
    assert query(config, "select max(weeks) from pasts where series = 'history'") == [(29,)]
    assert first.unfinished > 0
    github.requests.clear()
    second = fill(config, github, FetchLimits())
    assert second.unfinished < first.unfinished
    assert len(asked(github)) == len(set(asked(github))) == first.unfinished
    while fill(config, github, FetchLimits()).unfinished:
        pass
    stepwise = star_days(config)
    whole = counted(config.root / "whole", github)
    fill(whole, github)
    assert star_days(whole) == stepwise


def test_order_of_requests(config: Config, github: Server) -> None:
    """Projects without history first, then those with older weeks left, then those fetched longest ago."""
    fill(config, github, FetchLimits())
    older = {name for (name,) in query(config, "select name from pasts where not complete")}
    with (config.root / "list.md").open("a", encoding="utf-8") as readme:
        readme.write("\n* [new](https://github.com/vega/altair)\n")
    later = NOW + timedelta(days=8)
    snapshot(config, github, later)
    github.requests.clear()
    fill(config, github, FetchLimits(), later)
    names = asked(github)
    assert names[0] == "vega/altair"
    assert set(names[1 : len(older) + 1]) == older
    assert set(names[len(older) + 1 :]).isdisjoint(older)
    assert len(names) == SIZE + 1


def test_unchanged_history_is_free(config: Config, github: Server) -> None:
    """With the stored ETag, GitHub answers 304, which costs nothing and changes no file."""
    fill(config, github)
    files = {path: path.read_bytes() for path in config.snapshots_folder.rglob("*.csv")}
    again = fill(config, github, FetchLimits(age=timedelta(0)), NOW)
    assert (again.calls, again.unchanged, again.fetched) == (0, SIZE, 0)
    assert files == {path: path.read_bytes() for path in config.snapshots_folder.rglob("*.csv")}


def test_a_week_later_one_page_is_enough(config: Config, github: Server) -> None:
    """One call each, and the series equals one that is fetched completely then."""
    fill(config, github)
    later = NOW + timedelta(weeks=1)
    github.requests.clear()
    filled = fill(config, github, at=later)
    assert (filled.calls, len(asked(github))) == (SIZE, SIZE)
    assert query(config, "select distinct max(day) from star_days group by repo_id") == [(date(2025, 6, 28),)]


def test_a_gap_after_a_long_pause_is_filled(config: Config, github: Server) -> None:
    """After more than thirty weeks, older pages are fetched until they join the stored weeks."""
    fill(config, github)
    later = NOW + timedelta(weeks=45)
    filled = fill(config, github, at=later)
    assert filled.unfinished == 0
    holes = "select max(day) - min(day) + 1 - count(*) from star_days group by repo_id"
    assert {hole for (hole,) in query(config, holes)} == {0}
    assert len(asked(github)) == PAGES + 2 * SIZE


def test_only_counted_and_listed_projects_are_fetched(config: Config, github: Server) -> None:
    """Neither missing projects, whose names may belong to others, nor those that left the lists."""
    github.world.delete(OTHER, NOW + timedelta(hours=1))
    snapshot(config, github, NOW + timedelta(days=1))
    github.requests.clear()
    assert fill(config, github, at=NOW + timedelta(days=1)).projects == SIZE - 1
    assert OTHER not in asked(github)
    empty = config.model_copy(update={"root": config.root / "empty"})
    empty.root.mkdir()
    assert fill(empty, github).projects == 0


def test_a_budget_is_respected(config: Config, github: Server) -> None:
    """Passes of seven calls give the same days with the same number of calls as one without a budget."""
    calls = 0
    while (filled := fill(config, github, FetchLimits(pages=None, budget=7))).stopped:
        assert "the budget of 7 calls is spent" in filled.stopped
        assert filled.calls == 7
        calls += filled.calls
    calls += filled.calls
    assert len(asked(github)) == PAGES
    assert len(asked(github, "/commit_activity")) + PAGES == calls
    days = star_days(config), commit_days(config)
    github.requests.clear()
    assert fill(config, github).calls == 0
    assert (star_days(config), commit_days(config)) == days
    assert fill(config, github, FetchLimits(budget=0, age=timedelta(0))).calls == 0


def test_the_reserve_is_not_spent(config: Config, github: Server) -> None:
    """The number of calls left, as GitHub reports it, decides, before the first call too."""
    github.budgets.set_remaining(USER_TOKEN, "core", 130)
    filled = fill(config, github, FetchLimits(pages=None, reserve=100))
    assert filled.calls == 30
    assert filled.stopped == "100 calls are left of this hour, and 100 are kept in reserve"
    assert github.budgets.state(USER_TOKEN, "core").remaining == 100
    assert fill(config, github).calls == 0
    github.clock.advance(timedelta(hours=1))
    assert fill(config, github, at=github.clock.now()).stopped is None
    assert len(asked(github)) == PAGES


def test_without_a_token_sixty_calls_are_used(config: Config, github: Server) -> None:
    """The pass ends with the last call, without an error."""
    filled = fill(config, github, FetchLimits(pages=None, reserve=0), token=None)
    assert (filled.calls, filled.problems) == (60, ())
    assert filled.stopped == "0 calls are left of this hour, and 0 are kept in reserve"


@pytest.mark.parametrize(
    ("fault", "error"),
    [(faults.bad_credentials(), TokenError), (faults.secondary_limit(), LimitError)],
)
def test_a_pass_that_is_ended_keeps_its_answers(
    config: Config,
    github: Server,
    fault: Reply,
    error: type[GitHubError],
) -> None:
    """A refused token or a limit ends the pass, which says so; at the first call it is an error."""
    github.faults.add(FaultRule(fault, path=HISTORY, after=25))
    filled = fill(config, github)
    assert filled.stopped in filled.problems
    kept = len(star_days(config))
    assert kept > 0
    github.faults.clear()
    fill(config, github)
    assert len(star_days(config)) > kept
    assert len(asked(github)) == PAGES + 1
    github.faults.add(FaultRule(fault, path="*"))
    with pytest.raises(error):
        fill(config, github, FetchLimits(age=timedelta(0)))
