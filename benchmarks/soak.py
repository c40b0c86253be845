"""Runs the schedule thousands of times by a clock that is moved on, with faults, and checks that nothing is lost.

    python benchmarks/soak.py [RUNS] [SEED]

A process runs the real scheduler and service against the demo's GitHub over HTTP; its clock is moved to each next run.
This process chooses the faults: the other one is killed or asked to end at a random moment, its files may not grow (as
on a full disk), GitHub is down, refuses the token or never answers, and clocks jump. The time zone has summer time.
After each life of the process, every count that it reported must be in the day files. At the end, the database must
equal one that is built from the files alone, and no draft or temporary file may be left.
"""

import logging
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing import util
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any, Final

import time_machine

from startrack import output
from startrack.cli.options import Settings
from startrack.cli.service import Service
from startrack.config import Config, ListConfig, ScheduleConfig
from startrack.cron import trigger
from startrack.demo import faults
from startrack.demo.access import Clock
from startrack.demo.faults import FaultRule
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.demo.simulation import simulated_world
from startrack.model.repository import Counted
from startrack.scheduler import Scheduler
from startrack.store import day_files
from startrack.store.snapshots import Snapshots
from startrack.workflows import lists, snapshot
from startrack.workflows.attempts import Attempt

SIZE: Final = 3
START: Final = datetime(2026, 1, 2, 3, tzinfo=UTC)
SCHEDULE: Final = ScheduleConfig(cron="30 2,14 * * *", timezone="Europe/Berlin")
LONG_LIFE: Final = 500  # runs of one process without kills, for memory and handles
DAY: Final = timedelta(days=1)

Counts = dict[int, tuple[datetime, int]]


@dataclass(frozen=True, slots=True)
class Order:
    """What the process is to do next: the time that its clock shows, and the largest size of files in bytes."""

    now: datetime
    largest_file: int | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ended: its result, the counts that it reported, and what the process used after it."""

    result: str
    counts: Counts
    memory: float
    handles: int
    threads: int


@dataclass(slots=True)
class Reporting(Service):
    """A service that keeps its last run."""

    last: Attempt | None = None

    def _update(self, config: Config) -> Attempt:
        # A dataclass with slots is made anew, so `super()` without arguments would not find it.
        self.last = Service._update(self, config)
        return self.last


def configuration(folder: Path) -> Config:
    """Return the configuration of the soak."""
    return Config(lists=(ListConfig(source="list.md"),), root=folder, schedule=SCHEDULE)


def live(folder: Path, api_url: str, start: Order, orders: Connection) -> None:
    """Run the scheduler as a process of its own does; the clock is moved by a thread as `orders` say."""
    os.environ.update(GITHUB_API_URL=api_url, GITHUB_GRAPHQL_URL=f"{api_url}/graphql", GITHUB_TOKEN=USER_TOKEN)
    output.install()
    logging.getLogger("apscheduler.executors.default").addHandler(_Crashes(orders))
    with time_machine.travel(start.now, tick=False) as clock:
        limit_files(start.largest_file)
        config = configuration(folder)
        service = Reporting(Settings(None, quiet=True, verbose=False), config)
        last = snapshot.last_run(config, start.now.replace(tzinfo=None), is_whole=True)
        runs = Scheduler(SCHEDULE, service, service.stop, service.settings.say, last.started_at if last else None)
        driver = threading.Thread(target=drive, args=(runs, service, clock, orders), daemon=True)
        driver.start()
        runs.run()


def drive(runs: Scheduler, service: Reporting, clock: Any, orders: Connection) -> None:  # noqa: ANN401 - a traveller
    """Move the clock to one run after another."""
    while not runs._background.running:
        time.sleep(0.002)
    done = sum(service.totals.runs.values())
    is_due = runs.next_run is not None and runs.next_run <= datetime.now(UTC)
    while True:
        if is_due:
            while sum(service.totals.runs.values()) == done or is_running(runs):
                time.sleep(0.002)
            done += 1
            limit_files(None)
            orders.send(ended(service.last))
        orders.send(runs.next_run)
        order: Order = orders.recv()
        limit_files(order.largest_file)
        clock.move_to(order.now)
        runs.follow_clock(order.now)
        is_due = (runs.next_run is not None and runs.next_run <= order.now) or is_running(runs)


def is_running(runs: Scheduler) -> bool:
    """Return whether the scheduler has a run in progress, or has not yet planned the next one."""
    return any(runs._background._lookup_executor("default")._instances.values())


def limit_files(size: int | None) -> None:
    """Let no file grow beyond a size: writing more fails, as on a full disk."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if size is None else size, hard))


def ended(attempt: Attempt | None) -> Ended:
    """Return what a run reported."""
    if attempt is None:
        raise AssertionError("no run was reported")
    counts: Counts = {}
    if attempt.counts:
        for observation in attempt.counts.observations:
            if isinstance(observation, Counted):
                taken_at = observation.taken_at or attempt.counts.run.started_at
                counts[observation.repository.repo_id] = taken_at, observation.stars
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    memory = pages * resource.getpagesize() / 1e6
    handles = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - names are enough
    return Ended(str(attempt.result), counts, memory, handles, threading.active_count())


class _Crashes(logging.Handler):
    """Tells of errors that the service does not expect."""

    def __init__(self, orders: Connection) -> None:
        super().__init__(logging.ERROR)
        self._orders = orders

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of one."""
        self._orders.send(f"crash: {self.format(record)}")


@dataclass(slots=True)
class Soak:
    """The state of the whole soak: where the time is, what was reported, and what was seen."""

    folder: Path
    server: Server
    chance: random.Random
    now: datetime = START
    reported: dict[date, Counts] = field(default_factory=dict)
    results: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    ends: list[float] = field(default_factory=list)
    crashes: list[str] = field(default_factory=list)
    long_life: list[Ended] = field(default_factory=list)
    in_time: int = 0

    @property
    def runs(self) -> int:
        """How many runs ended or were killed."""
        return sum(self.results.values())

    def live(self, runs: int, *, is_killed: bool) -> None:
        """Let a process live for some runs, and then be killed, asked to end, or asked while GitHub never answers."""
        ours, theirs = PROCESSES.Pipe()
        order = self._order()
        self.server.clock.set(order.now.replace(tzinfo=None))
        process = PROCESSES.Process(target=live, args=(self.folder, self.server.api_url, order, theirs))
        process.start()
        theirs.close()
        left, timer = runs, None
        try:
            while True:
                match ours.recv():
                    case Ended() as end:
                        self._take(end)
                        left -= 1
                        if not is_killed:
                            self.long_life.append(end)
                    case str() as crash:
                        self.crashes.append(crash)
                    case datetime() as next_run:
                        if not left:
                            break
                        order = self._order(next_run, may_jump=is_killed)
                        if left == 1 and is_killed and timer is None:
                            timer = self._end_later(process.pid or 0)
                        ours.send(order)
                    case _:  # it is about to end, and plans nothing more
                        break
        except (EOFError, OSError):  # it was killed, maybe in the middle of a message
            pass
        self._end(process, timer)
        self._check_reported()

    def _order(self, next_run: datetime | None = None, *, may_jump: bool = True) -> Order:
        """Choose the faults of the next run, and return when it is by the clock of the process."""
        self.server.faults.clear()
        if next_run is not None:
            self.now = max(self.now, next_run) + timedelta(seconds=self.chance.randrange(30))
        fault = self.chance.choices(
            ("none", "down", "refused", "cut off", "full disk", "forward", "back", "wrong clock"),
            (70, 5, 3, 4, 8, 3 * may_jump, 3 * may_jump, 3 * may_jump),
        )[0]
        self.faults[fault] += 1
        largest = None
        if fault == "down":
            self.server.faults.add(FaultRule(faults.bad_gateway(), operation="graphql"))
        elif fault == "refused":
            self.server.faults.add(FaultRule(faults.bad_credentials(), after=self.chance.randrange(3)))
        elif fault == "cut off":
            self.server.faults.add(
                FaultRule(faults.truncated(0.5), operation="graphql", after=self.chance.randrange(2))
            )
        elif fault == "full disk":
            largest = self.chance.choice((0, 100, 2_000, 20_000, 100_000))
        elif fault in ("forward", "back"):
            days = self.chance.choice((0.1, 1, 3))
            self.now += days * DAY if fault == "forward" else -days * DAY
        self.server.clock.set(self.now.replace(tzinfo=None))
        wrong = self.chance.choice((-40, 40)) * DAY if fault == "wrong clock" else timedelta()
        return Order(self.now + wrong, largest)

    def _take(self, end: Ended) -> None:
        self.results[end.result] += 1
        for repo_id, (taken_at, stars) in end.counts.items():
            day = self.reported.setdefault(taken_at.date(), {})
            if repo_id not in day or day[repo_id][0] <= taken_at:
                day[repo_id] = taken_at, stars

    def _end_later(self, process_id: int) -> threading.Timer:
        """End the process at a random moment of its next run."""
        kind = self.chance.choices(("kill", "term", "silent"), (80, 18, 2))[0]
        self.faults[kind] += 1
        if kind == "silent":
            self.server.faults.add(FaultRule(faults.silent(), after=self.chance.randrange(4)))

        def end() -> None:
            os.kill(process_id, signal.SIGKILL if kind == "kill" else signal.SIGTERM)

        timer = threading.Timer(self.chance.random() * 1.5, end)
        timer.start()
        return timer

    def _end(self, process: Any, timer: threading.Timer | None) -> None:  # noqa: ANN401 - of a context
        if timer:
            timer.join()
        else:
            os.kill(process.pid, signal.SIGTERM)
        began = time.monotonic()
        process.join()
        if process.exitcode == 0:
            self.ends.append(time.monotonic() - began)
        else:
            self.results["killed"] += 1
        if process.exitcode not in (0, -signal.SIGKILL):
            self.crashes.append(f"exit code {process.exitcode}")
        process.close()

    def _check_reported(self) -> None:
        """Check that the reported counts of the last days are in the day files: these, or later ones of their days."""
        for day in sorted(self.reported)[-50:]:
            self._check_day(day)

    def _check_day(self, day: date) -> None:
        path = day_files.path_of(datetime.combine(day, datetime.min.time()), "day")
        rows = {row.repo_id: row for row in Snapshots(self.folder / "snapshots").day(path).rows}
        for repo_id, (taken_at, stars) in self.reported[day].items():
            row = rows.get(repo_id)
            is_there = row is not None and (row.taken_at > taken_at or (row.taken_at, row.stars) == (taken_at, stars))
            if not is_there or row is None or row.missing:
                raise AssertionError(f"lost: {repo_id} of {taken_at}: {row}")

    def check_all(self) -> int:
        """Check all that was reported, and that the database equals one built from the files; return its counts."""
        for day in self.reported:
            self._check_day(day)
        config = configuration(self.folder)
        rebuilt = config.model_copy(
            update={"snapshots": config.snapshots.model_copy(update={"database": Path("rebuilt.duckdb")})}
        )
        kept, again = counts(config), counts(rebuilt)
        if kept != again:
            raise AssertionError("the database differs from one that is built from the files")
        stored = {(repo_id, taken_at): stars for repo_id, taken_at, stars in kept}
        for day, day_counts in self.reported.items():
            for repo_id in day_counts:
                if not any(key[0] == repo_id and key[1].date() == day for key in stored):
                    raise AssertionError(f"lost in the database: {repo_id} on {day}")
        return len(stored)


def counts(config: Config) -> list[tuple[Any, ...]]:
    """Return every count of a database, after it was brought up to date."""
    snapshot.last_run(config)
    store, _ = lists.open_store(config)
    statement = "select repo_id, taken_at, stars from counts order by all"
    return store.run(lambda session: session._connection.execute(statement).fetchall())


@contextmanager
def world() -> Iterator[Soak]:
    """Make the folder of the soak and a GitHub."""
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    clock = Clock(START.replace(tzinfo=None))
    with tempfile.TemporaryDirectory(prefix="soak-") as name, serving(simulated_world(SIZE), clock=clock) as server:
        folder = Path(name, "project")
        util.get_temp_dir()  # that of multiprocessing itself, elsewhere
        os.environ["TMPDIR"] = tempfile.tempdir = str(Path(name, "temporary"))
        Path(tempfile.tempdir).mkdir()
        folder.mkdir()
        text = "".join(f"- [R{number}](https://github.com/o{number // 10}/r{number})\n" for number in range(SIZE))
        (folder / "list.md").write_text(text, encoding="utf-8")
        yield Soak(folder, server, random.Random(seed))  # noqa: S311 - chooses faults


def main() -> None:
    """Soak, and print what was seen. Raises AssertionError where something was lost."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    began = time.monotonic()
    with world() as soak:
        soak.live(min(LONG_LIFE, wanted // 4), is_killed=False)
        lives = 1
        while soak.runs < wanted:
            soak.live(soak.chance.randrange(1, 12), is_killed=True)
            lives += 1
        soak.server.faults.clear()
        soak.live(3, is_killed=False)
        stored = soak.check_all()
        report(soak, lives + 1, stored, time.monotonic() - began)
        if soak.crashes or leftovers(soak.folder):
            raise SystemExit(1)


def leftovers(folder: Path) -> list[Path]:
    """Return the drafts and temporary files that are left."""
    names = [path for path in folder.rglob("*") if path.name.endswith((".draft", ".wal"))]
    return names + list(Path(tempfile.gettempdir()).iterdir())


def report(soak: Soak, lives: int, stored: int, seconds: float) -> None:
    """Print the figures."""
    days = (soak.now - START).days
    due = sum(1 for _ in takewhile_before(soak.now))
    print(f"{soak.runs:,} runs of {lives:,} processes in {days:,} days of the clock ({due:,} due), {seconds:,.0f} s")
    print("results:", ", ".join(f"{name} {number:,}" for name, number in soak.results.most_common()))
    print("faults:", ", ".join(f"{name} {number:,}" for name, number in soak.faults.most_common()))
    print(f"days with counts: {len(soak.reported):,}; counts in the store: {stored:,}; reported and lost: 0")
    print(f"end after SIGTERM: median {median(soak.ends):.2f} s, longest {max(soak.ends):.2f} s of {len(soak.ends):,}")
    for number in (10, len(soak.long_life) // 2, len(soak.long_life) - 4):
        end = soak.long_life[number]
        print(
            f"one process after {number + 1:,} runs: {end.memory:.0f} MB, {end.handles} handles, {end.threads} threads"
        )
    print(f"drafts and temporary files left: {len(leftovers(soak.folder))}; unexpected errors: {len(soak.crashes)}")
    for text in [*map(str, leftovers(soak.folder)), *soak.crashes][:10]:
        print(text)


def takewhile_before(end: datetime) -> Iterator[datetime]:
    """Yield the times of the schedule from the start to an instant."""
    for run in trigger(SCHEDULE).runs(START):
        if run.astimezone(UTC) > end:
            return
        yield run


PROCESSES = multiprocessing.get_context("forkserver")

if __name__ == "__main__":
    PROCESSES.set_forkserver_preload(["startrack.cli.service", "startrack.workflows.full_build", "time_machine"])
    if not shutil.which("git"):
        raise SystemExit("git is needed")
    main()
