"""What counting costs: requests, points, time and the client's own work, on three kinds of days.

    python benchmarks/collect.py [PROJECTS ...]

Counts 1,000 and 10,000 made-up projects (or as many as are named) from a GitHub in a process of its own, over real
HTTP. Each answer takes 100 ms, 30 ms more for each light alias, 250 ms for each project's details and 350 ms for
each commit total, and is cut at ten seconds, as measured at GitHub; to save time all waiting is a twentieth of
that, and the column `wait` tells the seconds in full. Beside it the same list one REST call at a time, as the
usual tools do it. Every figure is compared with the world's.
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
from startrack.demo.fault_rules import FaultRule
from startrack.demo.faults import Fault, ProcessingTime
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.demo.simulation import simulated_world
from startrack.github import collector, rest, tokens
from startrack.github.client import Client, Endpoints
from startrack.model.repository import Counted, KnownRepository, Missing, Observation

NOW = datetime(2026, 1, 1)
SCALE = 0.05
ENOUGH = 10**6
MOVED = 20
FAULTY = 0.05

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
    """Serve a world until told to stop; switch faults on and tell what was asked on request."""
    with serving(simulated_world(size), clock=Clock(NOW), limits={USER_TOKEN: ENOUGH}) as server:
        server.faults.add(
            FaultRule(ProcessingTime(scale=SCALE), operation="graphql"),
            FaultRule(faults.delayed(0.1 * SCALE), path="/repos/*"),
        )
        pipe.send((server.api_url, server.graphql_url, _figures(server)))
        while (asked := pipe.recv()) != "stop":
            if asked == "faults":
                for fault in FAULTS:
                    server.faults.add(FaultRule(fault(), operation="graphql", chance=FAULTY / len(FAULTS)))
            pipe.send([(each.repos, each.aliases, each.totals) for each in server.requests])
            server.requests.clear()


def _figures(server: Server) -> dict[str, tuple[int, int, int]]:
    found = {}
    for hosted in server.world.repositories:
        figures = hosted.figures.at(NOW)
        found[hosted.name(NOW)] = (figures.stars, figures.forks, figures.commits)
    return found


class Measured:
    """One pass: what it saw, what it took, and what the server was asked."""

    def __init__(self, api: str, graphql: str, pipe: Connection, go: Pass) -> None:
        with Client(Endpoints(api, graphql), tokens.create([USER_TOKEN]), sleep=lambda _seconds: None) as client:
            wall, own = time.perf_counter(), time.process_time()
            self.seen, self.tiers = go(client)
            self.own, self.wall = time.process_time() - own, time.perf_counter() - wall
            self.requests, self.points = client.requests, client.points
        pipe.send("asked")
        self.asked = pipe.recv()

    def row(self, name: str, figures: dict[str, tuple[int, int, int]]) -> str:
        """Return the figures as a line of the table."""
        work = ProcessingTime()
        heavy = [(repos, totals) for repos, _, totals in self.asked if totals]
        repeated = len(heavy) - len(set(heavy))
        wait = sum(
            min(work.response + aliases * work.alias + totals * work.total, work.limit)
            for _, aliases, totals in self.asked
        )
        counted = [each for each in self.seen if isinstance(each, Counted)]
        wrong = sum(_differs(each, figures[each.asked]) for each in counted)
        light, details, commits = self.tiers
        own = 1000 * self.own / len(self.seen)
        return (
            f"{len(self.seen):>8,}  {name:<10} {self.requests:>8,} {light:>6} {details:>7} {commits:>7}"
            f" {self.points:>7,} {repeated:>6} {wait:>6.0f} s {self.wall:>5.1f} s {own:>5.2f} ms"
            f" {len(counted):>8,} {wrong:>6}"
        )


def _differs(seen: Counted, figures: tuple[int, int, int]) -> bool:
    stars, forks, commits = figures
    return (seen.stars, seen.forks) != (stars, forks) or seen.commits not in (None, commits)


def days(size: int) -> Iterable[str]:
    """Yield a line for each kind of day."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(size, theirs))
    server.start()
    api, graphql, figures = ours.recv()
    names = list(figures)

    def measured(known: list[KnownRepository]) -> Measured:
        return Measured(api, graphql, ours, lambda client: batched(client, names, known))

    first = measured([])
    yield first.row("first day", figures)
    known = [_known(each) for each in first.seen if isinstance(each, Counted)]
    moved = [replace(each, head="moved000") if place % MOVED == 0 else each for place, each in enumerate(known)]
    yield measured(moved).row("usual day", figures)
    ours.send("faults")
    ours.recv()
    yield measured(moved).row("bad day", figures)
    yield Measured(api, graphql, ours, lambda client: one_by_one(client, names)).row("one by one", figures)
    ours.send("stop")
    server.join()


def _known(seen: Counted) -> KnownRepository:
    repository = seen.repository
    return KnownRepository(repository.name, repository.repo_id, (repository.head_oid or "")[:8], seen.commits, NOW)


def batched(client: Client, names: list[str], known: list[KnownRepository]) -> tuple[Sequence[Observation], Tiers]:
    """Count as startrack does."""
    tally = collector.collect(client, names, known, date(2026, 1, 1))
    tiers = tally.batch_sizes
    return tally.observations, (tiers.light.requests, tiers.details.requests, tiers.commits.requests)


def one_by_one(client: Client, names: list[str]) -> tuple[Sequence[Observation], Tiers]:
    """Count by two REST calls a project, as the usual tools do."""
    seen: list[Observation] = []
    for name in names:
        found = rest.fetch_repository(client, name)
        if isinstance(found, Missing):
            seen.append(found)
            continue
        head = rest.fetch_commit_total(client, name)
        commits = head[0] if head else None
        seen.append(Counted(name, found[0].repository, found[0].stars, found[0].forks, commits, found[1]))
    return seen, (0, 0, 0)


def main() -> None:
    """Print a table of the days of each size."""
    print(
        "projects  day        requests  light details commits  points repeat     wait    wall   own/pr  counted  wrong",
    )
    for size in [int(each) for each in sys.argv[1:]] or [1_000, 10_000]:
        for line in days(size):
            print(line, flush=True)
    print(f"peak memory of the client: {peak():.0f} MB")


if __name__ == "__main__":
    main()
