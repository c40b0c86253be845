"""The past fetched over real HTTP: in order, within budgets, whatever GitHub answers, and never twice."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from conftest import NOW, connect
from startrack import backfill, pipeline
from startrack.backfill import Effort, Filled
from startrack.config import Config, ListConfig
from startrack.demo import faults
from startrack.demo.faults import Reply
from startrack.demo.mllms import NAME
from startrack.demo.server import USER_TOKEN, Server
from startrack.demo.switchboard import Rule, only
from startrack.errors import GitHubError, LimitError, StoreError, TokenError
from startrack.models import Window
from startrack.past import Series
from startrack.store import loading
from startrack.store.database import Database
from startrack.store.snapshots import Snapshots

SIZE = 23
PAGES = 27  # of stars alone: every project's, back to its creation
OTHER = "hiyouga/EasyR1"
HISTORY, ACTIVITY = "*/stargazers/history", "*/stats/commit_activity"
ALL = Effort(pages=None)
ELSEWHERE = Reply(301, "{}", headers={"location": "http://127.0.0.1:9/repositories/1/stargazers/history"})


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Count the owner's list once."""
    (tmp_path / "list.md").write_text(github.world.list_text(NAME, NOW), encoding="utf-8")
    tracked = Config(lists=(ListConfig(source="list.md"),), root=tmp_path)
    snapshot(tracked, github, NOW)
    github.requests.clear()
    return tracked


def snapshot(config: Config, github: Server, at: datetime) -> None:
    """Count the lists as of an instant of the demo's clock."""
    github.clock.set(at)
    with connect(github) as client:
        pipeline.snapshot(config, client, at, github.clock.now, lambda _done, _total: None)


def fill(
    config: Config, github: Server, effort: Effort = ALL, at: datetime = NOW, token: str | None = USER_TOKEN
) -> Filled:
    """Fetch the past as of an instant of the demo's clock."""
    github.clock.set(at)
    with connect(github, token, max_wait=0) as client:
        return backfill.run(config, client, at, effort)


def query(config: Config, sql: str) -> list[tuple[object, ...]]:
    """Ask the database directly."""
    with duckdb.connect(str(config.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def star_days(config: Config) -> list[tuple[object, ...]]:
    """Return the retained stars that are kept."""
    return query(config, "select repo_id, day, retained from star_days order by all")


def commit_days(config: Config) -> list[tuple[object, ...]]:
    """Return the commits of the past that are kept."""
    return query(config, "select repo_id, day, commits from commit_days order by all")


def asked(github: Server, ending: str = "/stargazers/history") -> list[str]:
    """Return the repositories of the requests that GitHub counts, in order."""
    return [seen.repos[0] for seen in github.requests if seen.path.endswith(ending) and seen.status != 304]


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
        (SIZE, date(2024, 6, 30), date(2025, 6, 21))
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
    pipeline.last_run(config)
    assert [query(config, sql) for sql in everything] == before
    lines = (config.snapshots_folder / "history" / "20000001.csv").read_text(encoding="ascii").splitlines()
    assert lines[:2] == ["week,sun,mon,tue,wed,thu,fri,sat", "2024-02-18,0,5,2,2,2,1,1"]


def test_one_page_each_comes_first(config: Config, github: Server) -> None:
    """Thirty weeks of every project before older ones of any; each later pass goes on where the last one ended."""
    first = fill(config, github, Effort())
    assert len(asked(github)) == len(set(asked(github))) == SIZE
    assert query(config, "select max(weeks) from pasts where series = 'history'") == [(29,)]
    assert first.begun > 0
    github.requests.clear()
    second = fill(config, github, Effort())
    assert second.begun < first.begun
    assert len(asked(github)) == len(set(asked(github))) == first.begun
    while fill(config, github, Effort()).begun:
        pass
    stepwise = star_days(config)
    whole = config.model_copy(update={"root": config.root / "whole"})
    whole.root.mkdir()
    (whole.root / "list.md").write_bytes((config.root / "list.md").read_bytes())
    snapshot(whole, github, NOW)
    fill(whole, github)
    assert star_days(whole) == stepwise


def test_new_projects_come_before_older_weeks_and_those_before_refreshes(config: Config, github: Server) -> None:
    """Never fetched first, then begun ones, then the oldest answers."""
    fill(config, github, Effort())
    older = {name for (name,) in query(config, "select name from pasts where not complete")}
    with (config.root / "list.md").open("a", encoding="utf-8") as readme:
        readme.write("\n* [new](https://github.com/vega/altair)\n")
    later = NOW + timedelta(days=8)
    snapshot(config, github, later)
    github.requests.clear()
    fill(config, github, Effort(), later)
    names = asked(github)
    assert names[0] == "vega/altair"
    assert set(names[1 : len(older) + 1]) == older
    assert set(names[len(older) + 1 :]).isdisjoint(older)
    assert len(names) == SIZE + 1


def test_what_has_not_changed_is_free(config: Config, github: Server) -> None:
    """The kept ETag turns a second look into a 304, which spends nothing and changes no file."""
    fill(config, github)
    files = {path: path.read_bytes() for path in config.snapshots_folder.rglob("*.csv")}
    again = fill(config, github, Effort(age=timedelta(0)), NOW)
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
    while (filled := fill(config, github, Effort(pages=None, budget=7))).stopped:
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
    assert fill(config, github, Effort(budget=0, age=timedelta(0))).calls == 0


def test_the_reserve_is_left_untouched(config: Config, github: Server) -> None:
    """What GitHub says to be left of the hour decides, to the call, before the first one too."""
    github.budgets.leave(USER_TOKEN, "core", 130)
    filled = fill(config, github, Effort(pages=None, reserve=100))
    assert filled.calls == 30
    assert filled.stopped == "100 calls are left of this hour, and 100 are kept in reserve"
    assert github.budgets.standing(USER_TOKEN, "core").remaining == 100
    assert fill(config, github).calls == 0
    github.clock.advance(timedelta(hours=1))
    assert fill(config, github, at=github.clock.now()).stopped is None
    assert len(asked(github)) == PAGES


def test_without_a_token_the_sixty_are_enough_for_a_start(config: Config, github: Server) -> None:
    """No token is needed; the pass ends with the last call and not with an error."""
    filled = fill(config, github, Effort(pages=None, reserve=0), token=None)
    assert (filled.calls, filled.problems) == (60, ())
    assert filled.stopped == "0 calls are left of this hour, and 0 are kept in reserve"


@pytest.mark.parametrize(
    ("fault", "error"), [(faults.bad_credentials(), TokenError), (faults.secondary_limit(), LimitError)]
)
def test_what_ends_a_pass_leaves_what_was_fetched(
    config: Config, github: Server, fault: Reply, error: type[GitHubError]
) -> None:
    """A refused token or a limit ends the pass, which says so; at the first call it is an error."""
    github.faults.add(Rule(fault, path=HISTORY, after=25))
    filled = fill(config, github)
    assert filled.stopped in filled.problems
    kept = len(star_days(config))
    assert kept > 0
    github.faults.clear()
    fill(config, github)
    assert len(star_days(config)) > kept
    assert len(asked(github)) == PAGES + 1
    github.faults.add(Rule(fault, path="*"))
    with pytest.raises(error):
        fill(config, github, Effort(age=timedelta(0)))


# ── Whatever GitHub answers ──────────────────────────────────────────────────────────────────────────────


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


# ── What is made of it ───────────────────────────────────────────────────────────────────────────────────


def test_lines_lead_to_the_count(config: Config, github: Server) -> None:
    """Each ends where the count is, less what the unfinished week brought; nothing of it is history."""
    fill(config, github)
    report = pipeline.report(config, None, with_history=True)
    found = query(config, "select repo_id, current from pasts where series = 'history'")
    current = {repo_id: int(str(stars)) for repo_id, stars in found}
    assert len(report.retained) == SIZE
    for project in report.projects:
        repo_id = project.repository.repo_id
        assert project.current is not None
        assert report.retained[repo_id][-1].stars == project.current.stars - current[repo_id]
        assert report.retained[repo_id][-1].day == date(2025, 6, 21)
        assert len(report.history[repo_id]) == 1
    assert (report.unfit, report.churn) == ({}, {})


def test_what_is_taken_back_later_moves_no_line(config: Config, github: Server) -> None:
    """Months later each still leads to the first count, however many stars of before were taken back since."""
    fill(config, github)
    counted = pipeline.report(config, None, with_history=True).history
    for weeks in (1, 40):
        snapshot(config, github, NOW + timedelta(weeks=weeks))
        fill(config, github, at=github.clock.now())
        report = pipeline.report(config, None, with_history=True)
        assert report.unfit == {}
        rows = query(
            config,
            "select repo_id, sum(retained)::integer from star_days "
            "where day between '2025-06-22' and '2025-06-26' group by all",
        )
        since = {repo_id: given for repo_id, given in rows if isinstance(given, int)}
        for repo_id, levels in report.retained.items():
            (before,) = [level.stars for level in levels if level.day == date(2025, 6, 21)]
            assert abs(before + since[repo_id] - counted[repo_id][0].stars) <= 2


def test_a_line_that_does_not_fit_is_left_out_with_its_reason(config: Config, github: Server) -> None:
    """More was retained than counted: told, not drawn."""
    week = '[{"week": 1749945600, "total": 100000, "days": [100000, 0, 0, 0, 0, 0, 0]}]'
    github.faults.add(Rule(Reply(200, week), path=HISTORY, repos=only(OTHER)))
    fill(config, github)
    report = pipeline.report(config, None, with_history=True)
    (other,) = [each.repository.repo_id for each in report.projects if each.name == OTHER]
    assert report.unfit == {other: "they add up to more stars than were counted"}
    assert len(report.retained) == SIZE - 1


def test_a_hole_and_what_is_before_it_are_not_drawn(config: Config, github: Server) -> None:
    """A line begins after the last week that lacks, and is set back from the count."""
    fill(config, github)
    path = config.snapshots_folder / "history" / "20000001.csv"
    lines = path.read_text(encoding="ascii").splitlines()
    path.write_text("\n".join([*lines[:40], *lines[42:], ""]), encoding="ascii")
    report = pipeline.report(config, None, with_history=True)
    assert len(report.retained[20000001]) == len(lines) - 42
    (project,) = [each for each in report.projects if each.repository.repo_id == 20000001]
    assert project.current is not None
    assert report.retained[20000001][-1].stars == project.current.stars


def test_a_young_change_has_retained_stars_beside_it(config: Config, github: Server) -> None:
    """Of as many whole days, with their dates; gain and rank stay unknown. A counted change has none."""
    fill(config, github)
    rows = pipeline.trending(config, pipeline.Ranking(Window(30)), None)
    notes = [str(row[-1]) for row in rows.rows]
    assert {row[rows.columns.index("gain")] for row in rows.rows} == {None}
    pattern = r"too young; ≈ (0|\+\d+) retained, 2025-05-23 to 2025-06-21"
    assert sum(bool(re.fullmatch(pattern, note)) for note in notes) > SIZE / 2
    day = pipeline.trending(config, pipeline.Ranking(Window(1)), None)
    assert {row[-1] for row in day.rows} == {"too young"}
    snapshot(config, github, NOW + timedelta(days=30))
    rows = pipeline.trending(config, pipeline.Ranking(Window(30)), None)
    assert {row[-1] for row in rows.rows} == {""}


def test_a_table_marks_what_was_not_counted(config: Config, github: Server) -> None:
    """In the README, with the sentence that says what the mark means."""
    fill(config, github)
    readme = config.root / "README.md"
    readme.write_text("<!-- startrack:table list=list window=30d -->\n<!-- startrack:end -->\n", encoding="utf-8")
    pipeline.build(config, None)
    table = readme.read_text(encoding="utf-8")
    assert "| ≈ +" in table
    assert "≈ retained stars: not counted, but given then and kept until now" in table


def test_what_was_taken_back_is_the_difference(config: Config, github: Server) -> None:
    """Between the first and the last midnight that counts and retained stars both know."""
    fill(config, github)
    assert pipeline.report(config, None, with_history=True).churn == {}
    for days in (7, 24):
        snapshot(config, github, NOW + timedelta(days=days))
    fill(config, github, at=github.clock.now())
    report = pipeline.report(config, None, with_history=True)
    churn = report.churn[20000001]
    first, later, _ = report.history[20000001]
    assert (churn.since, churn.until) == (date(2025, 6, 27), date(2025, 7, 4))
    assert churn.gained == later.stars - first.stars
    ((given,),) = query(
        config,
        "select sum(retained) from star_days where repo_id = 20000001 and day >= '2025-06-27' and day < '2025-07-04'",
    )
    assert churn.taken_back == max(int(str(given)) - churn.gained, 0)


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("line", ["2024-02-18,0,5", "2024-02-18,0,5,2,2,2,1,x", "someday,0,5,2,2,2,1,1"])
def test_a_broken_file_is_named(config: Config, github: Server, line: str) -> None:
    """File, line and what to do; the database stays as it was."""
    fill(config, github)
    before = star_days(config)
    path = config.snapshots_folder / "history" / "20000001.csv"
    path.write_text(f"week,sun,mon,tue,wed,thu,fri,sat\n{line}\n", encoding="ascii")
    with pytest.raises(StoreError, match=r"history/20000001\.csv, line 2: .*restore it with"):
        pipeline.last_run(config)
    assert star_days(config) == before


def test_a_removed_file_is_forgotten(config: Config, github: Server) -> None:
    """The database follows the folder, and the next pass fetches what is lacking."""
    fill(config, github)
    before = star_days(config)
    (config.snapshots_folder / "history" / "20000001.csv").unlink()
    (config.snapshots_folder / "history.csv").unlink()
    pipeline.last_run(config)
    assert star_days(config) == []
    fill(config, github)
    assert star_days(config) == before


def test_weeks_without_their_index_are_taken_up(config: Config, github: Server) -> None:
    """A pass killed between the two leaves weeks that do not count, until the next pass has written the index."""
    fill(config, github)
    before = star_days(config)
    index = config.snapshots_folder / "history.csv"
    index.unlink()
    pipeline.last_run(config)
    assert star_days(config) == []
    fill(config, github)
    assert star_days(config) == before
    with Database(config.database).session() as session:
        assert loading.load(session, Snapshots(config.snapshots_folder)) == 0


def test_a_killed_pass_ends_as_an_undisturbed_one(config: Config, github: Server, tmp_path: Path) -> None:
    """Kill -9 at thirty random moments: what is kept loads each time, and the end is that of one whole pass."""
    chance = random.Random(20261124)  # noqa: S311 - moments, not secrets
    seen = {0}
    with _passes(config, github) as (begin, ended):
        for _ in range(30):
            pid = begin()
            time.sleep(chance.uniform(0.0, 0.3))
            os.kill(pid, signal.SIGKILL)
            ended()
            seen.add(len(_loaded(config)))
    fill(config, github)
    undisturbed = config.model_copy(update={"root": tmp_path / "undisturbed"})
    undisturbed.root.mkdir()
    (undisturbed.root / "list.md").write_bytes((config.root / "list.md").read_bytes())
    snapshot(undisturbed, github, NOW)
    fill(undisturbed, github)
    assert (_loaded(config), commit_days(config)) == (star_days(undisturbed), commit_days(undisturbed))
    assert len(seen) > 2
    for series in Series:
        mine, others = (Snapshots(each.snapshots_folder).pasts(series).index() for each in (config, undisturbed))
        assert mine == others


@contextmanager
def _passes(config: Config, github: Server) -> Iterator[tuple[Callable[[], int], Callable[[], str]]]:
    """Start passes over everything, each in a process of its own, which is begun and reaped one at a time."""
    code = (
        "import os, signal, sys; from datetime import datetime; from pathlib import Path\n"
        "from startrack import backfill; from startrack.config import Config, ListConfig\n"
        "from startrack.github.client import Client, Endpoints\n"
        f"config = Config(lists=(ListConfig(source='list.md'),), root=Path({str(config.root)!r}))\n"
        f"at = datetime.fromisoformat({NOW.isoformat()!r})\n"
        "while sys.stdin.readline():\n"
        "    if not (pid := os.fork()):\n"
        f"        client = Client(Endpoints({github.api_url!r}, {github.graphql_url!r}), {USER_TOKEN!r})\n"
        "        client.sleep = lambda _seconds: None\n"
        "        backfill.run(config, client, at, backfill.Effort(pages=None))\n"
        "        signal.pause()\n"  # done before its moment came
        "    print(pid, flush=True)\n"
        "    print(os.waitpid(pid, 0), flush=True)\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told, heard = process.stdin, process.stdout

        def begin() -> int:
            told.write("\n")
            return int(heard.readline())

        yield begin, heard.readline
        told.close()


def _loaded(config: Config) -> list[tuple[object, ...]]:
    pipeline.last_run(config)
    return star_days(config)
