"""The past fetched over real HTTP: in order, within budgets, whatever GitHub answers, and never twice."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from conftest import NOW
from pasts import HISTORY, OTHER, PAGES, SIZE, asked, commit_days, counted, fill, query, snapshot, star_days
from startrack.config import Config
from startrack.demo import faults
from startrack.demo.fault_rules import FaultRule
from startrack.demo.faults import Reply
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import GitHubError, LimitError, TokenError
from startrack.workflows import snapshot as workflows_snapshot
from startrack.workflows.backfill import FetchLimits


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Return a list that was counted once."""
    return counted(tmp_path, github)


# ── What is fetched ──────────────────────────────────────────────────────────────────────────────────────


def test_all_of_it_is_what_the_world_knows(config: Config, github: Server) -> None:
    """Every day of every week that has ended, none of the current one, and the sums are today's stars."""
    filled = fill(config, github)
    assert (filled.known, filled.problems, filled.stopped, filled.begun) == (SIZE, (), None, 0)
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


def test_files_tell_it_all_again(config: Config, github: Server) -> None:
    """A rebuilt database has the same days, fetched at the same instants."""
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


def test_one_page_each_comes_first(config: Config, github: Server) -> None:
    """Thirty weeks of every project before older ones of any; each later pass goes on where the last one ended."""
    first = fill(config, github, FetchLimits())
    assert len(asked(github)) == len(set(asked(github))) == SIZE
    assert query(config, "select max(weeks) from pasts where series = 'history'") == [(29,)]
    assert first.begun > 0
    github.requests.clear()
    second = fill(config, github, FetchLimits())
    assert second.begun < first.begun
    assert len(asked(github)) == len(set(asked(github))) == first.begun
    while fill(config, github, FetchLimits()).begun:
        pass
    stepwise = star_days(config)
    whole = counted(config.root / "whole", github)
    fill(whole, github)
    assert star_days(whole) == stepwise


def test_new_projects_come_before_older_weeks_and_those_before_refreshes(config: Config, github: Server) -> None:
    """Never fetched first, then begun ones, then the oldest answers."""
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


def test_what_has_not_changed_is_free(config: Config, github: Server) -> None:
    """The kept ETag turns a second look into a 304, which spends nothing and changes no file."""
    fill(config, github)
    files = {path: path.read_bytes() for path in config.snapshots_folder.rglob("*.csv")}
    again = fill(config, github, FetchLimits(age=timedelta(0)), NOW)
    assert (again.calls, again.unchanged, again.fetched) == (0, SIZE, 0)
    assert files == {path: path.read_bytes() for path in config.snapshots_folder.rglob("*.csv")}


def test_a_week_later_one_page_brings_the_rest(config: Config, github: Server) -> None:
    """One call each, and the series is what it would be if all were fetched then."""
    fill(config, github)
    later = NOW + timedelta(weeks=1)
    github.requests.clear()
    filled = fill(config, github, at=later)
    assert (filled.calls, len(asked(github))) == (SIZE, SIZE)
    assert query(config, "select distinct max(day) from star_days group by repo_id") == [(date(2025, 6, 28),)]


def test_after_a_long_pause_the_hole_is_filled(config: Config, github: Server) -> None:
    """More than thirty weeks later the newest page does not join what is kept: older ones are asked until it does."""
    fill(config, github)
    later = NOW + timedelta(weeks=45)
    filled = fill(config, github, at=later)
    assert filled.begun == 0
    holes = "select max(day) - min(day) + 1 - count(*) from star_days group by repo_id"
    assert {hole for (hole,) in query(config, holes)} == {0}
    assert len(asked(github)) == PAGES + 2 * SIZE


def test_only_what_is_counted_and_listed_is_asked_for(config: Config, github: Server) -> None:
    """Not the missing, since their names may be another's by now, nor what left the lists; before counts, nothing."""
    github.world.delete(OTHER, NOW + timedelta(hours=1))
    snapshot(config, github, NOW + timedelta(days=1))
    github.requests.clear()
    assert fill(config, github, at=NOW + timedelta(days=1)).known == SIZE - 1
    assert OTHER not in asked(github)
    empty = config.model_copy(update={"root": config.root / "empty"})
    empty.root.mkdir()
    assert fill(empty, github).known == 0


# ── Budgets ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_budget_is_kept_and_nothing_asked_twice(config: Config, github: Server) -> None:
    """Passes of seven calls end with the same days and the same number of calls as one without a budget."""
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


def test_the_reserve_is_left_untouched(config: Config, github: Server) -> None:
    """What GitHub says to be left of the hour decides, to the call, before the first one too."""
    github.budgets.set_remaining(USER_TOKEN, "core", 130)
    filled = fill(config, github, FetchLimits(pages=None, reserve=100))
    assert filled.calls == 30
    assert filled.stopped == "100 calls are left of this hour, and 100 are kept in reserve"
    assert github.budgets.state(USER_TOKEN, "core").remaining == 100
    assert fill(config, github).calls == 0
    github.clock.advance(timedelta(hours=1))
    assert fill(config, github, at=github.clock.now()).stopped is None
    assert len(asked(github)) == PAGES


def test_without_a_token_the_sixty_are_enough_for_a_start(config: Config, github: Server) -> None:
    """No token is needed; the pass ends with the last call and not with an error."""
    filled = fill(config, github, FetchLimits(pages=None, reserve=0), token=None)
    assert (filled.calls, filled.problems) == (60, ())
    assert filled.stopped == "0 calls are left of this hour, and 0 are kept in reserve"


@pytest.mark.parametrize(
    ("fault", "error"),
    [(faults.bad_credentials(), TokenError), (faults.secondary_limit(), LimitError)],
)
def test_what_ends_a_pass_leaves_what_was_fetched(
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
