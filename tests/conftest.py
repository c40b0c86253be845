"""What many tests stand on: a GitHub of the demo, and folders of their own."""

import functools
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

import in_process
from shared_folders import SharedFolder, make_once
from startrack.demo import replay
from startrack.demo.access import Clock, unix
from startrack.demo.lists import demo_world
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.github import tokens
from startrack.github.client import Client, Endpoints

# Times are measured in benchmarks, never asserted in tests.
settings.register_profile("startrack", deadline=None)
settings.load_profile("startrack")

NOW = datetime(2025, 6, 26, 23, 17)


# Tests that take long and reach next to nothing that no other test reaches. Those of the action are measured: no others
# run `commit` in this process.
UNMEASURED = frozenset(
    {
        "test_github_mutations",
        "test_hardened",
        "test_installation",
        "test_kills",
        "test_namesakes",
        "test_ninety_days",
        "test_package",
        "test_query_examples",
        "test_quiet",
        "test_resume",
        "test_retained_lines",
        "test_site_report",
    }
)


def pytest_configure() -> None:
    """Measure no coverage in the processes that tests start: commands run in the tests' own process.

    Those that are killed would leave broken files of measures.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        measure_no_processes()


def measure_no_processes() -> None:
    """Take back what coverage sets for the processes that this one starts."""
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Measure no coverage in tests of many examples, of browsers and in `UNMEASURED`, which would take a third longer.

    So coverage is what the other tests reach.
    """
    has_many_examples = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
    with paused() if has_many_examples or is_unmeasured(item.path) else nullcontext():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Iterator[None]:
    """Measure no coverage in fixtures of their files either."""
    with paused() if is_unmeasured(Path(fixturedef.baseid)) else nullcontext():
        return (yield)


def is_unmeasured(path: Path) -> bool:
    """Return whether a test file, or the folder of a conftest.py, is left out of coverage."""
    return path.stem in UNMEASURED or "browser" in path.parts


@contextmanager
def paused() -> Iterator[None]:
    """Measure no coverage inside the block."""
    measured = sys.modules["coverage"].Coverage.current() if "coverage" in sys.modules else None
    if measured is None:
        yield
        return
    measured.stop()
    try:
        yield
    finally:
        measured.start()
        measure_no_processes()  # each start sets it anew


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> SharedFolder:
    """Return a function that makes a folder once for all workers: `shared_folder(name, make)`; tests only read it."""
    return functools.partial(make_once, tmp_path_factory)


@pytest.fixture(scope="session")
def demo(shared_folder: SharedFolder) -> Path:
    """Return the folder of the demo, which is run once for all tests; tests only read it."""
    return shared_folder("demo", run_demo)


def run_demo(folder: Path) -> None:
    """Run the demo into a folder."""
    messages: list[str] = []
    ranked = replay.run(folder, messages.append)
    assert len(ranked.projects) == 10
    assert messages[-1].startswith("built ")


@pytest.fixture
def github() -> Iterator[Server]:
    """Serve the demo's world as of its last recorded day."""
    with serving(demo_world(), clock=Clock(NOW)) as server:
        yield server


@pytest.fixture
def client(github: Server) -> Iterator[Client]:
    """Connect to the demo's GitHub over HTTP with a token; pauses take no time."""
    with connect_over_http(github) as client:
        yield client


def connect(server: Server, *values: str | None, max_wait: float = 900.0, reserve: int = 0) -> Client:
    """Return a client of a demo server, by the names of the client's own arguments; its requests use no network."""
    return _client(server, in_process.of(server), values, max_wait, reserve)


def connect_over_http(server: Server, *values: str | None, max_wait: float = 900.0, reserve: int = 0) -> Client:
    """Return a client like that of `connect` that sends its requests over HTTP."""
    return _client(server, None, values, max_wait, reserve)


def _client(
    server: Server,
    transport: httpx.BaseTransport | None,
    values: tuple[str | None, ...],
    max_wait: float,
    reserve: int,
) -> Client:
    return Client(
        Endpoints(server.api_url, server.graphql_url),
        tokens.create(values or [USER_TOKEN], reserve),
        max_wait=max_wait,
        sleep=lambda _seconds: None,
        clock=lambda: float(unix(server.clock.now())),
        transport=transport,
    )


def set_right(server: Server) -> None:
    """Let the demo's clock say what this machine's does: by that commands count."""
    server.clock.set(datetime.now(UTC).replace(tzinfo=None, microsecond=0))
