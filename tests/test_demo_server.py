"""The demo's server: where it listens, how fast it is, and that it leaves nothing behind."""

import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta

import httpx
import pytest

from startrack.demo import faults
from startrack.demo.access import Clock
from startrack.demo.fault_rules import FaultRule
from startrack.demo.server import ACTIONS_TOKEN, TOKEN_LIMITS, serving
from startrack.demo.simulation import simulated_world
from startrack.demo.world import World


def test_a_server_ends_in_the_middle_of_an_answer() -> None:
    """Whoever still waits is cut off, and nobody waits for him."""
    with serving(World()) as server:
        server.faults.add(FaultRule(faults.delayed(30)))
        asker = threading.Thread(target=_cut_off, args=(server.api_url,))
        asker.start()
        while not server.requests:
            time.sleep(0.01)
        begun = time.perf_counter()
    asker.join(timeout=2)
    assert not asker.is_alive()
    assert time.perf_counter() - begun < 1


def _cut_off(url: str) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(url)


def test_two_servers_stand_side_by_side() -> None:
    """Each has a port of its own, and answers for its own world."""
    with serving(simulated_world(1)) as one, serving(World()) as other:
        urls = [f"{each.api_url}/repos/o0/r0" for each in (one, other)]
        assert [httpx.get(url).status_code for url in urls] == [200, 404]


def test_nothing_is_left_behind() -> None:
    """Afterwards no thread runs and nobody listens, even with a connection still open."""
    before = threading.active_count()
    with httpx.Client() as client:
        with serving(simulated_world(1)) as server:
            client.get(f"{server.api_url}/rate_limit")
        assert threading.active_count() == before
        with pytest.raises(httpx.TransportError):
            client.get(f"{server.api_url}/rate_limit")


def test_enterprise_paths_lead_to_the_same_answers() -> None:
    """Links and redirects keep the prefix."""
    with serving(simulated_world(1)) as server:
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
        query = {"query": '{ repository(owner: "o0", name: "r0") { databaseId } }'}
        found = httpx.post(server.enterprise_graphql_url, json=query, headers=headers).json()
        assert found["data"]["repository"]["databaseId"] == 30_000_001
        server.world.rename("o0/r0", "o0/new")
        moved = httpx.get(f"{server.enterprise_api_url}/repos/o0/r0")
        assert moved.headers["location"] == f"{server.enterprise_api_url}/repositories/30000001"
        assert httpx.get(moved.headers["location"]).status_code == 200


def test_the_clock_can_be_given_set_and_advanced() -> None:
    """The server answers as of the clock it was given."""
    clock = Clock(datetime(2025, 1, 1))
    with serving(World(), clock=clock) as server:
        server.clock.set(datetime(2025, 2, 1))
        server.clock.advance(timedelta(hours=1))
        assert clock.now() == datetime(2025, 2, 1, 1)
        assert httpx.get(f"{server.api_url}/nothing").headers["date"] == "Sat, 01 Feb 2025 01:00:00 GMT"


def test_limits_can_be_chosen() -> None:
    """The tokens given are the only good ones."""
    with serving(World(), limits={"mine": 7}) as server:
        answers = [
            httpx.get(f"{server.api_url}/rate_limit", headers={"Authorization": f"Bearer {token}"})
            for token in ("mine", *TOKEN_LIMITS)
        ]
    assert [each.status_code for each in answers] == [200, 401, 401]
    assert answers[0].json()["resources"]["core"]["limit"] == 7


def test_the_world_can_be_had_without_the_extra() -> None:
    """Neither a web server nor GraphQL is imported for the figures."""
    heavy = {"starlette", "uvicorn", "graphql"}
    code = f"import sys, startrack.demo.lists as w; w.demo_world(); print({heavy} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
