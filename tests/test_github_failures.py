"""One repository that gets no answer costs nobody else's: by GraphQL, by REST, and in the past."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from backfilled_lists import ACTIVITY, HISTORY, query
from in_process import InProcess
from startrack.config import Config, ListConfig
from startrack.demo import faults
from startrack.demo.access import Clock
from startrack.demo.faults import Fault, FaultRule, repository_names
from startrack.demo.server import USER_TOKEN
from startrack.demo.simulation import simulated_world
from startrack.github import collector
from startrack.model.repository import Counted, Missing, Observation, Reason
from startrack.workflows import backfill
from startrack.workflows import snapshot as workflows_snapshot
from startrack.workflows.backfill import BackfillResult, FetchLimits

NOON = datetime(2026, 1, 1, 12, 17)
DAY = timedelta(days=1)
SIZE = 20
FIRST_PAGES = FetchLimits()

SILENCES: dict[str, Fault] = {
    "never answers": faults.silent(),
    "breaks off after half the body": faults.reset(keep=0.5),
    "is reset": faults.reset(),
    "502": faults.bad_gateway(),
    "a page in place of JSON": faults.html_page(),
}


@pytest.fixture
def github() -> InProcess:
    """Return twenty projects."""
    return InProcess(simulated_world(SIZE), Clock(NOON))


def names(github: InProcess) -> list[str]:
    """Return the names of all projects, in the order of the queue."""
    return sorted(each.name(NOON) for each in github.world.repositories)


def count(github: InProcess, wanted: Sequence[str], token: str | None = None) -> collector.Collection:
    """Count by names."""
    with github.connect(token) as client:
        return collector.collect(client, wanted, (), NOON.date())


def lost(seen: Sequence[Observation]) -> dict[str, Reason]:
    """Return what was not counted, and why."""
    return {each.asked: each.reason for each in seen if isinstance(each, Missing)}


@pytest.mark.parametrize("silence", SILENCES)
def test_without_a_token_one_repository_without_an_answer_is_missing_alone(github: InProcess, silence: str) -> None:
    """Its own response or that of its commits fails: a few attempts, then it is reported; all others are counted."""
    wanted = names(github)[:20]
    github.host.faults.add(
        FaultRule(SILENCES[silence], path=f"/repos/{wanted[3]}"),
        FaultRule(SILENCES[silence], path=f"/repos/{wanted[5]}/commits"),
    )
    tally = count(github, wanted)
    assert tally.stopped is None
    assert lost(tally.observations) == {wanted[3]: Reason.FAILED}
    totals = {each.asked: each.commits for each in tally.observations if isinstance(each, Counted)}
    assert [name for name, commits in totals.items() if commits is None] == [wanted[5]]
    assert all(0 < len(_paths(github, name)) <= 2 * 4 + 1 for name in wanted)


def _paths(github: InProcess, name: str) -> list[str]:
    return [seen.path for seen in github.host.requests if name in seen.repos]


def test_without_a_token_an_outage_ends_the_run(github: InProcess) -> None:
    """After five failures in a row the rest is "not asked", for the next run."""
    wanted = names(github)
    github.host.faults.add(FaultRule(faults.silent(), after=7))
    tally = count(github, wanted)
    assert tally.stopped is not None
    assert "does not answer at present" in tally.stopped
    reasons = [each.reason if isinstance(each, Missing) else None for each in tally.observations]
    assert reasons == [None] * 7 + [Reason.FAILED] * 5 + [Reason.NOT_ASKED] * (SIZE - 12)


def test_four_in_a_row_are_no_outage(github: InProcess) -> None:
    """An answer in between shows that GitHub works."""
    wanted = names(github)
    silent = [name for place, name in enumerate(wanted) if place % 5]
    github.host.faults.add(*(FaultRule(faults.silent(), path=f"/repos/{name}") for name in silent))
    tally = count(github, wanted)
    assert tally.stopped is None
    assert lost(tally.observations) == dict.fromkeys(silent, Reason.FAILED)


@pytest.mark.parametrize("silence", SILENCES)
def test_the_reason_for_not_found_may_stay_unknown(github: InProcess, silence: str) -> None:
    """If REST, which distinguishes deleted from blocked, fails for one of them, the next run asks again."""
    wanted = [*names(github)[:5], "no-such/one", "no-such/two", "no-such/three"]
    github.host.faults.add(FaultRule(SILENCES[silence], path="/repos/no-such/two"))
    tally = count(github, wanted, USER_TOKEN)
    assert tally.stopped is None
    assert lost(tally.observations) == {
        "no-such/one": Reason.NOT_FOUND,
        "no-such/two": Reason.FAILED,
        "no-such/three": Reason.NOT_FOUND,
    }


def test_a_known_reason_is_kept_while_github_does_not_answer(github: InProcess) -> None:
    """A repository blocked yesterday is blocked today if REST fails."""
    memory = collector.PreviousRuns(missing={"no-such/one": Missing("no-such/one", Reason.DMCA)})
    github.host.faults.add(FaultRule(faults.silent(), path="/repos/no-such/one"))
    for day in range(7):
        with github.connect() as client:
            (seen,) = collector.collect(client, ["no-such/one"], (), NOON.date() + day * DAY, memory).observations
        assert isinstance(seen, Missing)
        assert seen.reason is Reason.DMCA
    assert len(_paths(github, "no-such/one")) > 7


def test_totals_that_only_rest_gives_are_no_outage(github: InProcess) -> None:
    """Twenty repositories too heavy for GraphQL even alone: all get their totals by REST."""
    github.host.faults.add(FaultRule(faults.bad_gateway(), operation="graphql", containing="history"))
    tally = count(github, names(github), USER_TOKEN)
    assert tally.stopped is None
    assert all(isinstance(each, Counted) and each.commits is not None for each in tally.observations)


@pytest.mark.parametrize("silence", SILENCES)
def test_a_total_that_github_never_gives_stays_unknown(github: InProcess, silence: str) -> None:
    """GraphQL and REST fail for it: the other totals are known, and the run is done."""
    wanted = names(github)
    github.host.faults.add(
        FaultRule(faults.bad_gateway(), operation="graphql", containing="history", repos=repository_names(wanted[9])),
        FaultRule(SILENCES[silence], path=f"/repos/{wanted[9]}/commits"),
    )
    tally = count(github, wanted, USER_TOKEN)
    assert (tally.stopped, lost(tally.observations)) == (None, {})
    assert [each.asked for each in tally.observations if isinstance(each, Counted) and each.commits is None] == [
        wanted[9]
    ]


def listed(folder: Path, wanted: Sequence[str]) -> Config:
    """Return a list of names in a folder."""
    (folder / "list.txt").write_text("\n".join(wanted))
    return Config(lists=(ListConfig(source="list.txt"),), root=folder)


def snapshot(
    config: Config, github: InProcess, at: datetime, token: str | None = USER_TOKEN
) -> workflows_snapshot.SnapshotResult:
    """Count a list as of an instant."""
    github.clock.set(at)
    with github.connect(token) as client:
        return workflows_snapshot.run(config, client, at, github.clock.now, lambda *_: None)


@pytest.mark.parametrize(("token", "many"), [(USER_TOKEN, 12), (None, 7)])
def test_many_repositories_that_always_fail_do_not_end_every_run(tmp_path: Path, token: str | None, many: int) -> None:
    """So many in a row are an outage once; from then on they come last, and all others are counted."""
    github = InProcess(simulated_world(SIZE), Clock(NOON))
    wanted = names(github)
    silent = frozenset(wanted[:many])
    github.host.faults.add(FaultRule(faults.silent(), operation="graphql", repos=silent))
    github.host.faults.add(*(FaultRule(faults.silent(), path=f"/repos/{name}") for name in silent))
    config = listed(tmp_path, wanted)
    assert snapshot(config, github, NOON, token).run.status == "partial"
    for day in (1, 2, 3):
        taken = snapshot(config, github, NOON + day * DAY, token)
        counted = [each for each in taken.observations if isinstance(each, Counted)]
        if day > 1:  # the two that the outage of the first run left out were new on the first day
            assert taken.run.status == "done"
            assert lost(taken.observations) == dict.fromkeys(silent, Reason.FAILED)
        assert {each.asked for each in counted} == set(wanted) - silent
        assert all(each.commits is not None for each in counted)
        assert day > 1 or all(each.details for each in counted)
    github.host.faults.clear()
    assert snapshot(config, github, NOON + 4 * DAY, token).missing == ()


def test_an_old_reason_is_not_repeated(tmp_path: Path) -> None:
    """Blocked once, counted since, now deleted: it is not found from the first day on."""
    github = InProcess(simulated_world(SIZE), Clock(NOON))
    name = names(github)[0]
    config = listed(tmp_path, [name, *(f"no-such/r{number}" for number in range(6))])
    github.world.block(name, "dmca", NOON)
    whole = github.world.named(name)
    assert lost(snapshot(config, github, NOON).observations)[name] is Reason.DMCA
    github.world.put(replace(whole, block=None))
    assert name not in lost(snapshot(config, github, NOON + DAY).observations)
    github.world.delete(name, NOON + 2 * DAY)
    for day in range(2, 9):
        assert lost(snapshot(config, github, NOON + day * DAY).observations)[name] is Reason.NOT_FOUND


@pytest.fixture
def config(tmp_path: Path, github: InProcess) -> Config:
    """Return a list of all projects that was counted once."""
    config = listed(tmp_path, names(github))
    snapshot(config, github, NOON)
    github.host.requests.clear()
    return config


def fill(config: Config, github: InProcess, at: datetime = NOON, effort: FetchLimits = FIRST_PAGES) -> BackfillResult:
    """Fetch some of the past as of an instant; what was asked before is forgotten."""
    github.clock.set(at)
    github.host.requests.clear()
    with github.connect() as client:
        return backfill.run(config, client, at, effort)


def asked(github: InProcess, ending: str = "/stargazers/history") -> list[str]:
    """Return whose past was asked for, in order."""
    return [seen.repos[0] for seen in github.host.requests if seen.path.endswith(ending)]


@pytest.mark.parametrize(
    ("silence", "path"),
    [
        ("never answers", HISTORY),
        ("never answers", ACTIVITY),
        ("breaks off after half the body", HISTORY),
        ("a page in place of JSON", HISTORY),
        ("502", ACTIVITY),
    ],
)
def test_one_history_that_fails_blocks_no_other(config: Config, github: InProcess, silence: str, path: str) -> None:
    """It is reported, all others are fetched, and in the next pass, also a day later, it comes last."""
    bad = names(github)[0]
    github.host.faults.add(FaultRule(SILENCES[silence], path=path, repos=repository_names(bad)))
    filled = fill(config, github)
    assert len(filled.problems) == 1
    assert f"of {bad}: " in filled.problems[0]
    assert filled.stopped is None
    rows = "select name from pasts where outcome = 'failed'", "select count(*) from pasts where outcome = 'done'"
    assert [query(config, sql) for sql in rows] == [[(bad,)], [(2 * SIZE - 1,)]]
    for later in (timedelta(hours=1), DAY):
        assert len(fill(config, github, NOON + later, FetchLimits(age=timedelta(0))).problems) == 1
        assert github.host.requests[-1].repos == (bad,)
        assert set(asked(github)) >= set(names(github)) - {bad}
    github.host.faults.clear()
    assert fill(config, github, NOON + 2 * DAY).problems == ()
    assert query(config, rows[0]) == []


def test_a_small_budget_goes_to_histories_that_did_not_fail(config: Config, github: InProcess) -> None:
    """No call goes to the one that failed yesterday."""
    bad = names(github)[0]
    github.host.faults.add(FaultRule(faults.silent(), repos=repository_names(bad)))
    fill(config, github)
    fill(config, github, NOON + 30 * DAY, FetchLimits(budget=SIZE))
    assert bad not in asked(github)


def test_failed_attempts_count_as_calls(config: Config, github: InProcess) -> None:
    """GitHub may have counted a request that broke off, so the budget counts it."""
    github.host.faults.add(FaultRule(faults.reset(), repos=repository_names(names(github)[0])))
    filled = fill(config, github, effort=FetchLimits(budget=6))
    assert filled.calls == 6
    assert len(asked(github)) == 6
    assert len(set(asked(github))) == 3


def test_several_failed_histories_in_a_row_are_an_outage(config: Config, github: InProcess) -> None:
    """Five end the pass, which keeps its results; when GitHub works again all are fetched."""
    github.host.faults.add(FaultRule(faults.bad_gateway(), path=HISTORY, after=10))
    filled = fill(config, github)
    assert filled.stopped is not None
    assert "does not answer at present" in filled.stopped
    assert filled.stopped in filled.problems
    assert len(set(asked(github))) == 15
    assert query(config, "select outcome, count(*) from pasts group by outcome order by outcome") == [
        ("done", 10),
        ("failed", 5),
    ]
    github.host.faults.clear()
    assert fill(config, github, NOON + DAY).problems == ()
    assert query(config, "select distinct outcome, count(*) from pasts group by outcome") == [("done", 2 * SIZE)]


def test_histories_that_fail_every_day_are_tried_in_turn(config: Config, github: InProcess) -> None:
    """Ten that never answer end each pass among them; within days each was tried again."""
    bad = names(github)[::3]
    github.host.faults.add(*(FaultRule(faults.silent(), path=HISTORY, repos=repository_names(name)) for name in bad))
    fill(config, github)
    assert query(config, "select count(*) from pasts where outcome = 'failed'") == [(len(bad),)]
    retried: set[str] = set()
    for day in range(1, 8):
        assert fill(config, github, NOON + day * DAY).stopped is None
        in_order = list(dict.fromkeys(asked(github)))
        assert set(in_order[-5:]) <= set(bad)
        assert set(in_order[:-5]).isdisjoint(bad)
        retried |= set(in_order[-5:])
    assert retried == set(bad)
