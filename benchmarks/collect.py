"""Measures the cost of a run: requests, points, time and CPU time, on three kinds of days.

    python benchmarks/collect.py [PROJECTS ...]

Counts 1,000 and 10,000 simulated projects, or the numbers given, at a simulated GitHub in another process, over HTTP.
A response takes 100 ms, plus 30 ms for each light alias, 250 ms for each project's details and 350 ms for each
commit total, and fails after ten seconds, as measured at GitHub. The benchmark waits only a twentieth of these times;
the column `wait` has the full seconds. For comparison it counts the same list with one REST call at a time. Every
figure is compared with the simulated one.
"""

import multiprocessing
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from multiprocessing.connection import Connection

from peak import peak
from startrack.demo import faults
from startrack.demo.access import Clock
from startrack.demo.faults import Fault, FaultRule, ProcessingTime
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.demo.simulation import simulated_world
from startrack.github import collector, rest, tokens
from startrack.github.client import Client, Endpoints
from startrack.model.repository import Counted, KnownRepository, Missing, Observation

NOW = datetime(2026, 1, 1)
SCALE = 0.05
RATE_LIMIT = 10**6
CHANGED_EVERY = 20  # every 20th project has new commits
FAULT_RATE = 0.05

Tiers = tuple[int, int, int]
Pass = Callable[[Client], tuple[Sequence[Observation], Tiers]]

FAULTS: tuple[Callable[[], Fault], ...] = (
    lambda: faults.bad_gateway(502),
    faults.bad_gateway_json,
    faults.went_wrong,
    faults.truncated,
    faults.reset,
)


def serve(size: int, pipe: Connection) -> None:
    """Serve simulated projects until the message "stop". The message "faults" starts faults.

    Answer every other message with the requests since the last one.
    """
    with serving(simulated_world(size), clock=Clock(NOW), limits={USER_TOKEN: RATE_LIMIT}) as server:
        server.faults.add(
            FaultRule(ProcessingTime(scale=SCALE), operation="graphql"),
            FaultRule(faults.delayed(0.1 * SCALE), path="/repos/*"),
        )
        pipe.send((server.api_url, server.graphql_url, _figures(server)))
        while (message := pipe.recv()) != "stop":
            if message == "faults":
                for fault in FAULTS:
                    server.faults.add(FaultRule(fault(), operation="graphql", chance=FAULT_RATE / len(FAULTS)))
            pipe.send([(request.repos, request.aliases, request.totals) for request in server.requests])
            server.requests.clear()


def _figures(server: Server) -> dict[str, tuple[int, int, int]]:
    figures_by_name = {}
    for repository in server.world.repositories:
        figures = repository.figures.at(NOW)
        figures_by_name[repository.name(NOW)] = (figures.stars, figures.forks, figures.commits)
    return figures_by_name


class Measurement:
    """One pass: its observations, its costs, and the requests that the server received."""

    def __init__(self, api: str, graphql: str, pipe: Connection, run: Pass) -> None:
        with Client(Endpoints(api, graphql), tokens.create([USER_TOKEN]), sleep=lambda _seconds: None) as client:
            start, cpu_start = time.perf_counter(), time.process_time()
            self.observations, self.tiers = run(client)
            self.cpu, self.wall = time.process_time() - cpu_start, time.perf_counter() - start
            self.requests, self.points = client.requests, client.points
        pipe.send("requests")
        self.server_requests = pipe.recv()

    def row(self, name: str, figures: dict[str, tuple[int, int, int]]) -> str:
        """Return the measurement as a line of the table."""
        work = ProcessingTime()
        heavy = [(repos, totals) for repos, _, totals in self.server_requests if totals]
        repeated = len(heavy) - len(set(heavy))
        wait = sum(
            min(work.response + aliases * work.alias + totals * work.total, work.limit)
            for _, aliases, totals in self.server_requests
        )
        counted = [observation for observation in self.observations if isinstance(observation, Counted)]
        wrong = sum(_differs(observation, figures[observation.asked]) for observation in counted)
        light, details, commits = self.tiers
        cpu = 1000 * self.cpu / len(self.observations)
        return (
            f"{len(self.observations):>8,}  {name:<10} {self.requests:>8,} {light:>6} {details:>7} {commits:>7}"
            f" {self.points:>7,} {repeated:>6} {wait:>6.0f} s {self.wall:>5.1f} s {cpu:>5.2f} ms"
            f" {len(counted):>8,} {wrong:>6}"
        )


def _differs(observation: Counted, figures: tuple[int, int, int]) -> bool:
    stars, forks, commits = figures
    return (observation.stars, observation.forks) != (stars, forks) or observation.commits not in (None, commits)


def days(size: int) -> Iterable[str]:
    """Yield a line of the table for each kind of day."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(size, theirs))
    server.start()
    api, graphql, figures = ours.recv()
    names = list(figures)

    def measure(known: list[KnownRepository]) -> Measurement:
        return Measurement(api, graphql, ours, lambda client: batched(client, names, known))

    first = measure([])
    yield first.row("first day", figures)
    known = [_known(observation) for observation in first.observations if isinstance(observation, Counted)]
    changed = [
        replace(project, head="changed0") if i % CHANGED_EVERY == 0 else project for i, project in enumerate(known)
    ]
    yield measure(changed).row("usual day", figures)
    ours.send("faults")
    ours.recv()
    yield measure(changed).row("bad day", figures)
    yield Measurement(api, graphql, ours, lambda client: one_by_one(client, names)).row("one by one", figures)
    ours.send("stop")
    server.join()


def _known(observation: Counted) -> KnownRepository:
    repository = observation.repository
    return KnownRepository(
        repository.name, repository.repo_id, (repository.head_oid or "")[:8], observation.commits, NOW
    )


def batched(client: Client, names: list[str], known: list[KnownRepository]) -> tuple[Sequence[Observation], Tiers]:
    """Count in batches, as startrack does."""
    tally = collector.collect(client, names, known, date(2026, 1, 1))
    tiers = tally.batch_sizes
    return tally.observations, (tiers.light.requests, tiers.details.requests, tiers.commits.requests)


def one_by_one(client: Client, names: list[str]) -> tuple[Sequence[Observation], Tiers]:
    """Count with two REST calls per project, as other tools do."""
    observations: list[Observation] = []
    for name in names:
        response = rest.fetch_repository(client, name)
        if isinstance(response, Missing):
            observations.append(response)
            continue
        head = rest.fetch_commit_total(client, name)
        commits = head[0] if head else None
        observations.append(
            Counted(name, response[0].repository, response[0].stars, response[0].forks, commits, response[1])
        )
    return observations, (0, 0, 0)


def main() -> None:
    """Print a table with a line for each size and kind of day."""
    print(
        "projects  day        requests  light details commits  points repeat     wait    wall   cpu/pr  counted  wrong",
    )
    for size in [int(argument) for argument in sys.argv[1:]] or [1_000, 10_000]:
        for line in days(size):
            print(line, flush=True)
    print(f"peak memory of the client: {peak():.0f} MB")


if __name__ == "__main__":
    main()
