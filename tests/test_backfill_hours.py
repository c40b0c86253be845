"""How much history a large list has after each hour, with updates alone and an Actions token."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from backfilled_lists import fill, query, snapshot
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.server import ACTIONS_TOKEN, Server, serving
from startrack.demo.simulation import simulated_world
from startrack.workflows.backfill import UPDATE_LIMITS

SIZE = 500
NOON = datetime(2026, 1, 1, 12, 17)


def asked(github: Server) -> list[str]:
    """Return the paths of the REST requests that cost something since the last call."""
    paths = [each.path for each in github.requests if each.cost and each.path != "/graphql"]
    github.requests.clear()
    return paths


def test_the_first_hour_fetches_seven_months(tmp_path: Path) -> None:
    """Each of five hundred projects has its last thirty weeks within the calls of one hour; later hours continue."""
    with serving(simulated_world(SIZE), clock=Clock(NOON)) as github:
        names = [each.name(NOON) for each in github.world.repositories]
        (tmp_path / "list.txt").write_text("\n".join(names))
        config = Config(lists=(ListConfig(source="list.txt"),), root=tmp_path)
        snapshot(config, github, NOON)
        fill(config, github, UPDATE_LIMITS, NOON, ACTIONS_TOKEN)
        assert len(asked(github)) == 900
        assert github.budgets.state(ACTIONS_TOKEN, "core").remaining == UPDATE_LIMITS.reserve
        # 29 weeks that have ended, and the one that has not.
        reach = (
            "select repo_id, min(created_at), min(day), max(day), count(*) from star_days join repos using (repo_id)"
        )
        for _, created, first, last, days in query(config, f"{reach} group by repo_id"):
            assert isinstance(created, datetime)
            assert str(last) == "2025-12-27"
            assert days == 29 * 7 or str(first) <= str(created.date())
        assert query(config, "select count(distinct repo_id) from star_days") == [(SIZE,)]

        effort = replace(UPDATE_LIMITS, budget=150)
        later = fill(config, github, effort, NOON + timedelta(hours=1), ACTIONS_TOKEN)
        assert (later.calls, later.problems) == (150, ())
        assert len(asked(github)) == 150
