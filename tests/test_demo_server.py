"""The demo's server: ports, paths, its clock, and how it stops."""

import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta

import httpx
import pytest

from startrack.demo import faults
from startrack.demo.access import Clock
from startrack.demo.faults import FaultRule
from startrack.demo.server import ACTIONS_TOKEN, TOKEN_LIMITS, serving
from startrack.demo.simulation import simulated_world
from startrack.demo.world import World


def test_a_server_stops_during_a_response() -> None:
    """The server stops without waiting for a pending response, and the connection is reset."""
    with serving(World()) as server:
        server.faults.add(FaultRule(faults.delayed(30)))
        client_thread = threading.Thread(target=_expect_reset, args=(server.api_url,))
        client_thread.start()
        while not server.requests:
            time.sleep(0.01)
        started = time.perf_counter()
    client_thread.join(timeout=2)
    assert not client_thread.is_alive()
    assert time.perf_counter() - started < 1


def _expect_reset(url: str) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(url)


def test_two_servers_at_once() -> None:
    """Each server has its own port and its own world."""
    with serving(simulated_world(1)) as one, serving(World()) as other:
        urls = [f"{server.api_url}/repos/o0/r0" for server in (one, other)]
        assert [httpx.get(url).status_code for url in urls] == [200, 404]


def test_a_stopped_server_leaves_no_thread_and_no_port() -> None:
    """After the server stops, no thread runs and the port is closed, even if a connection was open."""
    before = threading.active_count()
    with httpx.Client() as client:
        with serving(simulated_world(1)) as server:
            client.get(f"{server.api_url}/rate_limit")
        assert threading.active_count() == before
        with pytest.raises(httpx.TransportError):
            client.get(f"{server.api_url}/rate_limit")


def test_enterprise_paths() -> None:
    """The paths of an Enterprise server give the same responses, and redirects keep the prefix."""
    with serving(simulated_world(1)) as server:
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
        query = {"query": '{ repository(owner: "o0", name: "r0") { databaseId } }'}
        body = httpx.post(server.enterprise_graphql_url, json=query, headers=headers).json()
        assert body["data"]["repository"]["databaseId"] == 30_000_001
        server.world.rename("o0/r0", "o0/new")
        moved = httpx.get(f"{server.enterprise_api_url}/repos/o0/r0")
        assert moved.headers["location"] == f"{server.enterprise_api_url}/repositories/30000001"
        assert httpx.get(moved.headers["location"]).status_code == 200


def test_the_clock_can_be_set_and_advanced() -> None:
    """Responses are as of the instant of the clock."""
    clock = Clock(datetime(2025, 1, 1))
    with serving(World(), clock=clock) as server:
        server.clock.set(datetime(2025, 2, 1))
        server.clock.advance(timedelta(hours=1))
        assert clock.now() == datetime(2025, 2, 1, 1)
        assert httpx.get(f"{server.api_url}/nothing").headers["date"] == "Sat, 01 Feb 2025 01:00:00 GMT"


def test_limits_can_be_set() -> None:
    """Only the given tokens are valid, with the given limits."""
    with serving(World(), limits={"mine": 7}) as server:
        responses = [
            httpx.get(f"{server.api_url}/rate_limit", headers={"Authorization": f"Bearer {token}"})
            for token in ("mine", *TOKEN_LIMITS)
        ]
    assert [response.status_code for response in responses] == [200, 401, 401]
    assert responses[0].json()["resources"]["core"]["limit"] == 7


def test_the_world_needs_no_extra() -> None:
    """Importing the world imports neither a web server nor GraphQL."""
    heavy = {"starlette", "uvicorn", "graphql"}
    code = f"import sys, startrack.demo.lists as w; w.demo_world(); print({heavy} & {{*sys.modules}})"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout == "set()\n"
