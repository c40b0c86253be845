"""Star history at the start of a week, with clocks that differ, and with budgets that GitHub does not report."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from backfilled_lists import query
from in_process import InProcess, edited
from startrack.config import Config, ListConfig
from startrack.demo import faults
from startrack.demo.access import Clock, unix
from startrack.demo.faults import FaultRule
from startrack.demo.figures import SteadyHistory
from startrack.demo.http import Request, Response
from startrack.demo.server import USER_TOKEN
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, World
from startrack.errors import LimitError
from startrack.github.tokens import HISTORY, Token
from startrack.workflows import backfill, snapshot
from startrack.workflows.backfill import BackfillResult, FetchLimits

SATURDAY = datetime(2026, 1, 3, 23, 59)
SUNDAY = datetime(2026, 1, 4, 0, 1)
WEEK = timedelta(weeks=1)
CREATED = date(2023, 6, 11)  # a Sunday, 134 weeks before
ALL = FetchLimits(pages=None, reserve=0)
SIZE = 12


def world(size: int) -> World:
    """Return projects of the same age, which gain a star a day."""
    begun = datetime.combine(CREATED, time())
    return World(
        DemoRepository(
            number,
            (DatedName(ALWAYS, f"o/r{number}"),),
            begun,
            SteadyHistory(CREATED, stars=0, stars_per_day=1, commits=9),
            begun,
        )
        for number in range(1, size + 1)
    )


def github(size: int = 1) -> InProcess:
    """Return a GitHub one minute before Sunday."""
    return InProcess(world(size), Clock(SATURDAY))


def counted(folder: Path, there: InProcess) -> Config:
    """Return the configuration of a list of all projects that was counted once."""
    (folder / "list.txt").write_text("\n".join(each.name(SATURDAY) for each in there.world.repositories))
    config = Config(lists=(ListConfig(source="list.txt"),), root=folder)
    with there.connect() as client:
        snapshot.run(config, client, SATURDAY, there.clock.now, lambda *_: None)
    there.host.requests.clear()
    return config


def fill(config: Config, there: InProcess, at: datetime, effort: FetchLimits = ALL) -> BackfillResult:
    """Fetch history with a local clock; the server's clock stays."""
    with there.connect() as client:
        return backfill.run(config, client, at, effort)


def asked(there: InProcess) -> list[str]:
    """Return the requests for star history, by repository."""
    return [seen.path for seen in there.host.requests if seen.path.endswith("/stargazers/history")]


def known(config: Config) -> list[tuple[object, ...]]:
    """Return the first and the last stored day, their number, and the sum of their stars."""
    return query(config, "select min(day), max(day), count(*), sum(retained), any_value(complete) from star_days join "
                         "pasts on pasts.repo_id = star_days.repo_id and series = 'history'")  # fmt: skip


def after_page(number: int, action: Callable[[], None]) -> Callable[[Request, Response], Response]:
    """Run an action after a page of star history was sent."""

    def change(asked: Request, answer: Response) -> Response:
        if asked.path.endswith("/stargazers/history") and asked.query["page"] == str(number):
            action()
        return answer

    return change


# All weeks that had ended by Saturday: every day is there once, and a star a day from the second on.
LAST = date(2025, 12, 27)
DAYS = (LAST - CREATED).days + 1
WHOLE = [(CREATED, LAST, DAYS, DAYS - 1, True)]


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_a_week_that_starts_during_the_requests(tmp_path: Path, page: int) -> None:
    """Pages shift by a week after any page: all days are stored once, each page is requested once, in one pass."""
    there = github()
    config = counted(tmp_path, there)
    there.change = after_page(page, lambda: there.clock.set(SUNDAY))
    filled = fill(config, there, SATURDAY)
    assert (filled.unfinished, filled.problems) == (0, ())
    assert known(config) == WHOLE
    assert len(asked(there)) == 5


def test_a_week_on_two_pages_is_stored_once(tmp_path: Path) -> None:
    """The second copy, which may have lost stars since, changes nothing."""
    there = github()
    config = counted(tmp_path, there)
    boundary = date(2025, 6, 8)

    def change(asked: Request, answer: Response) -> Response:
        if not asked.path.endswith("/stargazers/history"):
            return answer
        there.clock.set(SUNDAY)
        return answer if asked.query["page"] == "1" else edited(answer, without_stars)

    def without_stars(rows: Any) -> Any:  # noqa: ANN401 - JSON
        taken_back = unix(datetime.combine(boundary, time()))
        return [{**row, "days": [0] * 7} if row["week"] == taken_back else row for row in rows]

    there.change = change
    fill(config, there, SATURDAY)
    lines = (config.snapshots_folder / "history" / "1.csv").read_text(encoding="ascii").splitlines()
    assert [line for line in lines if line.startswith(str(boundary))] == [f"{boundary}," + ",".join("1" * 7)]
    assert known(config) == WHOLE


@pytest.mark.parametrize(("ours", "theirs"), [(SUNDAY, SATURDAY), (SATURDAY, SUNDAY)])
def test_clocks_on_different_sides_of_a_sunday(tmp_path: Path, ours: datetime, theirs: datetime) -> None:
    """A week that is not over by either clock is not stored; its stars are in the figure of the current week."""
    there = github()
    config = counted(tmp_path, there)
    there.clock.set(theirs)
    fill(config, there, ours)
    assert known(config) == WHOLE
    stars = there.world.named("o/r1").figures.at(theirs).stars
    assert query(config, "select current from pasts where series = 'history'") == [(stars - DAYS + 1,)]
    there.clock.set(SUNDAY + WEEK)
    fill(config, there, SUNDAY + WEEK)
    later = DAYS + 14
    assert known(config) == [(CREATED, LAST + 2 * WEEK, later, later - 1, True)]


def test_an_unchanged_answer_ends_a_failure(tmp_path: Path) -> None:
    """A refresh that failed and then finds nothing new is no longer a failure, and loses nothing."""
    there = github()
    config = counted(tmp_path, there)
    fill(config, there, SATURDAY)
    before = query(config, "select * from pasts order by all"), query(config, "select * from star_days order by all")
    there.host.faults.add(FaultRule(faults.silent(), path="*/stargazers/history"))
    anew = FetchLimits(reserve=0, age=timedelta(0))
    assert len(fill(config, there, SATURDAY, anew).problems) == 1
    assert query(config, "select outcome from pasts where series = 'history'") == [("failed",)]
    there.host.faults.clear()
    filled = fill(config, there, SATURDAY, anew)
    assert (filled.problems, filled.calls, filled.unchanged) == ((), 0, 1)
    after = query(config, "select * from pasts order by all"), query(config, "select * from star_days order by all")
    assert after == before


def test_the_reserve_of_the_history_budget(tmp_path: Path) -> None:
    """Its responses report it: the pass stops there, while `core` has thousands of calls left."""
    there = github(SIZE)
    config = counted(tmp_path, there)
    there.host.budgets.history_limit = 10
    filled = fill(config, there, SATURDAY, FetchLimits(reserve=3))
    assert filled.stopped == "3 calls are left of this hour, and 3 are kept in reserve"
    assert (filled.calls, filled.problems) == (7, ())
    assert there.host.budgets.state(USER_TOKEN, "history").remaining == 3
    assert there.host.budgets.state(USER_TOKEN, "core").remaining > 4_000


def test_the_reserve_of_the_core_budget(tmp_path: Path) -> None:
    """If both budgets are reported, the smaller one counts."""
    there = github(SIZE)
    config = counted(tmp_path, there)
    there.host.budgets.history_limit = 1_000
    there.host.budgets.set_remaining(USER_TOKEN, "core", 2)
    assert fill(config, there, SATURDAY, FetchLimits(reserve=2)).calls == 0


def test_an_unreported_budget_that_ends(tmp_path: Path) -> None:
    """Headers and `/rate_limit` report only `core`, and then history answers 403; what was fetched is kept."""
    there = github(SIZE)
    config = counted(tmp_path, there)
    there.host.budgets.history_limit = 7

    def change(_asked: Request, answer: Response) -> Response:
        told = {"x-ratelimit-remaining": "4922", "x-ratelimit-limit": "5000"}
        return answer if answer.status == 403 else replace(answer, headers={**answer.headers, **told})

    there.change = change
    filled = fill(config, there, SATURDAY)
    assert filled.stopped is not None
    assert "try again in" in filled.stopped
    assert (filled.fetched, len(asked(there))) == (7, 8)
    assert query(config, "select distinct outcome, count(*) from pasts group by outcome") == [("done", 7)]
    with pytest.raises(LimitError):
        fill(config, there, SATURDAY)
    there.clock.advance(timedelta(hours=1))
    fill(config, there, there.clock.now(), FetchLimits(reserve=0))
    assert query(config, "select count(*) from pasts where series = 'history'") == [(SIZE,)]


def test_the_history_budget_is_separate() -> None:
    """Its headers say `core`; other responses correct the budget of `core`, and a call needs both."""
    token = Token("t" * 20)
    told = {"x-ratelimit-reset": "1000", "x-ratelimit-resource": "core"}
    token.update_budget(HISTORY, {**told, "x-ratelimit-remaining": "0"})
    assert (token.remaining(HISTORY), token.remaining("core")) == (0, 0)
    token.update_budget("core", {**told, "x-ratelimit-remaining": "4922"})
    assert (token.remaining(HISTORY), token.remaining("core")) == (0, 4922)
    assert (token.seconds_until_usable(HISTORY, 0, 400.0), token.seconds_until_usable("core", 0, 400.0)) == (601.0, 0.0)
    token.forget_limits(HISTORY)
    assert token.remaining(HISTORY) == float("inf")
