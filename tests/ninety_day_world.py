"""A real list that is counted for ninety days at irregular times: the GitHub of the demo and the runs."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from startrack.config import Config, DashboardsConfig, ListConfig, ReadmeConfig, TrendsConfig
from startrack.demo import faults
from startrack.demo.access import Clock, unix
from startrack.demo.app import DemoGitHub
from startrack.demo.faults import FaultRule, Reply, repository_names
from startrack.demo.http import Request
from startrack.demo.lists import demo_world
from startrack.demo.server import TOKEN_LIMITS, USER_TOKEN
from startrack.github import tokens
from startrack.github.client import Client, Endpoints
from startrack.workflows import build, snapshot

__all__ = ["ADDED", "EMPTY", "FAILING", "NEW_NAME", "REMOVED", "RENAMED", "START", "WINDOWS", "Ninety", "lived"]

LIST = "mllms-reasoning"
WINDOWS = (1, 7, 30, 90, 365)
START = datetime(2026, 1, 5)
DAYS = 90
FAILING = "hiyouga/EasyR1"
RENAMED, NEW_NAME = "ModalMinds/MM-EUREKA", "ModalMinds/Eureka"
EMPTY = "PzySeere/MetaSpatial"
ADDED = "om-ai-lab/VLM-R1"
REMOVED = "Liuziyu77/Visual-RFT"
_BASE = "http://github.test"
_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Ninety:
    """The folder of the runs, the instants they were started at, and those on which one project failed."""

    config: Config
    runs: tuple[datetime, ...]
    failed: tuple[datetime, ...]


def instants(chance: random.Random) -> Iterator[datetime]:
    """Yield when runs start: a few long before, then mostly daily, late by minutes or by hours, twice or never."""
    yield from (START - timedelta(days=days) for days in (310, 282, 270.4, 9))
    for day in range(DAYS):
        first = START + timedelta(days=day) + 3.3 * _HOUR + timedelta(minutes=chance.uniform(-95, 95))
        kind = chance.random()
        if 40 <= day < 47 or (kind < 0.1 and day < DAYS - 1):
            continue
        # Schedules come hours late when many others run.
        yield (first + chance.uniform(2, 9) * _HOUR if 0.1 <= kind < 0.25 else first).replace(microsecond=0)
        if kind > 0.8:
            yield (first + chance.uniform(10, 18) * _HOUR).replace(microsecond=0)


def lived(root: Path) -> Ninety:
    """Count the list on each of these days, and build its pages after the last."""
    chance = random.Random(9)  # noqa: S311 - a course, no secret
    github = DemoGitHub(demo_world(), Clock(START), TOKEN_LIMITS)
    github.world.rename(RENAMED, NEW_NAME, START + timedelta(days=33))
    github.world.empty(EMPTY)
    blocks = "\n".join(
        f"<!-- startrack:table window={days}d columns={_COLUMNS} figures=exact -->\n{_END}\n" for days in WINDOWS
    )
    (root / "README.md").write_text(f"# Trends\n\n{blocks}", encoding="utf-8")
    config = Config(
        lists=(ListConfig(source=f"{LIST}.md"),),
        readme=ReadmeConfig.model_validate({"file": "README.md", "cadence": "daily"}),
        trends=TrendsConfig.model_validate({"windows": [f"{days}d" for days in WINDOWS]}),
        dashboards=DashboardsConfig(title="Ninety days"),
        root=root,
    )
    runs, failed = tuple(sorted(instants(chance))), []
    with _client(github) as client:
        for started_at in runs:
            github.clock.set(started_at)
            (root / f"{LIST}.md").write_text(_text(github, started_at), encoding="utf-8")
            github.faults.clear()
            if chance.random() < 0.3 or started_at == runs[-1]:
                failed.append(started_at)
                github.faults.add(FaultRule(faults.not_found(FAILING)))
                github.faults.add(FaultRule(Reply(500, "{}"), operation="rest", repos=repository_names(FAILING)))
            snapshot.run(config, client, started_at, github.clock.now, lambda _done, _total: None)
    build.run(config, None)
    return Ninety(config, runs, tuple(failed))


_COLUMNS = "project,stars,gain,percent"
_END = "<!-- startrack:end -->"


def _text(github: DemoGitHub, at: datetime) -> str:
    """Return the list as it stood: one project was added midway, another removed."""
    absent = {ADDED: at < START + timedelta(days=45), REMOVED: at >= START + timedelta(days=60)}
    lines = github.world.list_text(LIST, at).splitlines(keepends=True)
    return "".join(line for line in lines if not any(name in line and gone for name, gone in absent.items()))


def _client(github: DemoGitHub) -> Client:
    """Return a client whose requests are answered in this process."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = Request(
            request.method,
            request.url.path,
            dict(request.url.params),
            dict(request.headers),
            request.content,
            base=_BASE,
        )
        told, _ = github.respond(asked)
        return httpx.Response(told.status, headers=dict(told.headers), content=told.body)

    return Client(
        Endpoints(_BASE, f"{_BASE}/graphql"),
        tokens.create([USER_TOKEN], 0),
        transport=httpx.MockTransport(answer),
        sleep=lambda _seconds: None,
        clock=lambda: float(unix(github.clock.now())),
    )
