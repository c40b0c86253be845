"""A run that ends early, and the one that goes on from it."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from conftest import connect
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.demo.simulation import simulated_world
from startrack.model.repository import Counted, Reason
from startrack.store import day_files
from startrack.workflows import snapshot

SIZE = 300
NOON = datetime(2026, 1, 1, 12, 17)
HOUR = timedelta(hours=1)


@pytest.fixture
def github() -> Iterator[Server]:
    """Serve three hundred projects, all of them new."""
    with serving(simulated_world(SIZE), clock=Clock(NOON)) as server:
        yield server


def prepared(folder: Path, github: Server) -> Config:
    """Return the configuration of a list of all projects and one that is none."""
    folder.mkdir()
    names = [each.name(NOON) for each in github.world.repositories]
    (folder / "list.txt").write_text("\n".join([*names, "no-such/repository"]))
    return Config(lists=(ListConfig(source="list.txt"),), root=folder)


def run(config: Config, github: Server, at: datetime, token: str | None = USER_TOKEN) -> snapshot.SnapshotResult:
    """Count at an instant; a spent budget is not waited for."""
    github.clock.set(at)
    with connect(github, token, max_wait=0) as client:
        return snapshot.run(config, client, at, github.clock.now, lambda *_: None)


def asked(github: Server) -> Counter[tuple[str, str]]:
    """Return how often each repository was asked for, by the kind of request."""
    kinds = Counter[tuple[str, str]]()
    for each in github.requests:
        if each.status == 200 and each.cost:
            kind = "commits" if each.totals else "details" if each.details else each.path
            kinds.update((kind, name) for name in each.repos)
    github.requests.clear()
    return kinds


def lines(config: Config) -> list[day_files.DayRow]:
    """Return the lines of the day."""
    path = config.snapshots_folder / "2026" / "2026-01-01.csv"
    return list(day_files.DAYS.parse(path.read_bytes(), path).rows)


@pytest.mark.parametrize("percent", [10, 40, 70, 95])
def test_what_is_left_is_asked_for_and_nothing_twice(tmp_path: Path, github: Server, percent: int) -> None:
    """Cut off in any tier, the next run finishes it: the same figures as in one go, every question asked once."""
    whole = prepared(tmp_path / "whole", github)
    points = run(whole, github, NOON).run.points
    assert points is not None
    expected = asked(github)

    config = prepared(tmp_path / "cut", github)
    github.budgets.set_remaining(USER_TOKEN, "graphql", points * percent // 100)
    first = run(config, github, NOON)
    assert first.run.status == "partial"
    assert first.problems
    second = run(config, github, NOON + HOUR)
    assert (second.run.status, second.problems) == ("done", ())
    assert (second.run.counted, second.run.missing) == (SIZE, 1)
    found = asked(github)
    assert found == expected
    assert set(found.values()) == {1}

    figures = [(each.name, each.stars, each.forks, each.commits, each.watchers) for each in lines(config)]
    assert figures == [(each.name, each.stars, each.forks, each.commits, each.watchers) for each in lines(whole)]


def test_a_count_keeps_its_hour(tmp_path: Path, github: Server) -> None:
    """What was counted before the cut is not said to have been counted after it."""
    config = prepared(tmp_path / "cut", github)
    github.budgets.set_remaining(USER_TOKEN, "graphql", 3)
    first = run(config, github, NOON)
    counted = sum(isinstance(each, Counted) for each in first.observations)
    assert 0 < counted < SIZE
    run(config, github, NOON + HOUR)
    taken = Counter(each.taken_at for each in lines(config) if each.missing is None)
    assert taken == {NOON: counted, NOON + HOUR: SIZE - counted}


def test_it_may_take_many_runs(tmp_path: Path, github: Server) -> None:
    """Ten points an hour: each run adds some, and the sum of them asks every question once."""
    config = prepared(tmp_path / "cut", github)
    at = NOON - 10 * HOUR
    statuses: list[str] = []
    while not statuses or statuses[-1] == "partial":
        github.clock.set(at)
        github.budgets.set_remaining(USER_TOKEN, "graphql", 10)
        statuses.append(run(config, github, at).run.status)
        at += HOUR
    assert 2 < len(statuses) < 12
    assert set(asked(github).values()) == {1}


def test_the_next_day_begins_anew(tmp_path: Path, github: Server) -> None:
    """A run of another period goes on from nothing: every project is counted."""
    config = prepared(tmp_path / "cut", github)
    github.budgets.set_remaining(USER_TOKEN, "graphql", 3)
    run(config, github, NOON)
    later = run(config, github, NOON + 24 * HOUR)
    assert all(each.taken_at is None for each in later.observations)
    assert later.run.counted == SIZE


def test_without_a_token_it_goes_on_too(tmp_path: Path, github: Server) -> None:
    """Sixty calls an hour: what the first hour counted, the second does not count again."""
    config = prepared(tmp_path / "cut", github)
    first, second = run(config, github, NOON, None), run(config, github, NOON + HOUR, None)
    assert [first.run.counted, second.run.counted] == [60, 120]
    assert sum(each.reason is Reason.NOT_ASKED for each in second.missing) == SIZE + 1 - 120
    assert max(asked(github).values()) == 1
