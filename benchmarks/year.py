"""Measures what a year of daily runs leaves in git, and what a run costs.

    python benchmarks/year.py [PROJECTS [DAYS [EVERY]]]

Counts a list of 500 projects on 365 days, pushes the data branch after each run, and commits what a reader sees to the
main branch of a bare repository on this machine. GitHub is a simulated one in another process, over HTTP, whose clock
is moved from day to day. The figures are drawn so that their sizes, and the share of them that changes on a day, are
like those of real projects: stars, forks, commits, open issues and pull requests, watchers, heads, retained stars that
are taken back later, commits of a year.

On one day in EVERY (30) the run is whole: a fresh checkout, the history fetched, the database built from it, the pages
built, as the Action does; and each answer of GitHub comes 100 ms late, because the server waits before it answers. The
seconds of the steps are those of these days. On the other days the same counts, histories and README come from a
checkout that is kept, and no pages are built: these are not in git. Sizes are those of a clone of one branch alone,
packed by `git gc`, on the last day of each month and on the day after its day files were rolled up.
"""

import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median

from startrack import files
from startrack.config import Config, DashboardsConfig, ListConfig
from startrack.demo import faults
from startrack.demo.access import Clock, unix
from startrack.demo.faults import FaultRule
from startrack.demo.figures import FigureChange, Figures
from startrack.demo.server import USER_TOKEN, serving
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, Release, World
from startrack.github import tokens
from startrack.github.client import Client, Endpoints
from startrack.workflows import backfill, build, commit, data_branch, readmes, snapshot, update
from startrack.workflows.report import create_site_report

DAY = timedelta(days=1)
BEGINNING = datetime(2026, 1, 5, 4, 41)
RATE_LIMIT = 1_000  # calls an hour of the token of Actions
DELAY = 0.1  # seconds
BRANCH = data_branch.DEFAULT_BRANCH
_WORDS = (
    "fast", "small", "typed", "async", "neural", "vector", "graph", "stream", "cloud", "query", "cache", "model",
    "agent", "token", "parser", "tool",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Course:
    """The figures of a made-up project on each day from its creation to the end of the year.

    `gained` are the stars given on each day; `losses` the days on which a star was taken back, each with the day on
    which it had been given. The rest are totals by day.
    """

    created: date
    gained: Sequence[int]
    losses: Sequence[tuple[int, int]]
    stars: Sequence[int]
    forks: Sequence[int]
    commits: Sequence[int]
    pushed: Sequence[int]
    issues: Sequence[int]
    prs: Sequence[int]
    watchers: Sequence[int]

    def at(self, instant: datetime) -> Figures:
        """Return the figures on a day."""
        day = self._day(instant)
        pushed = self.created + self.pushed[day] * DAY
        return Figures(
            stars=self.stars[day],
            forks=self.forks[day],
            commits=self.commits[day],
            pushed_at=datetime(pushed.year, pushed.month, pushed.day, 3),
            open_issues=self.issues[day],
            closed_issues=self.issues[day] * 4,
            open_prs=self.prs[day],
            closed_prs=self.prs[day] * 9,
            watchers=self.watchers[day],
        )

    def changes(self, instant: datetime) -> list[FigureChange]:
        """Return the stars of each day that are still there, and its commits."""
        today = self._day(instant)
        lost = Counter(given for on, given in self.losses[: bisect_right(self.losses, (today, today))])
        commits = self.commits
        changes = []
        for day in range(today + 1):
            stars, added = self.gained[day] - lost[day], commits[day] - (commits[day - 1] if day else 0)
            if stars or added:
                when = self.created + day * DAY
                changes.append(FigureChange(when, when, stars, added))
        return changes

    def _day(self, instant: datetime) -> int:
        return min(max((instant.date() - self.created).days, 0), len(self.stars) - 1)


def course(chance: random.Random, days: int) -> Course:
    """Draw a project: in the middle 2,100 stars, seven years and 840 commits; a tenth has less than a fifth of it."""
    age = int(min(max(chance.lognormvariate(7.8, 0.45), 200), 5_500))
    length = age + days + 1
    created = BEGINNING.date() - age * DAY
    gained = list(_gained(chance, length, min(chance.lognormvariate(7.66, 1.35), 250_000) / age))
    given = [day for day, number in enumerate(gained) for _ in range(number)]
    losses = _losses(chance, gained, given)
    lost = Counter(on for on, _ in losses)
    stars = list(accumulate(number - lost[day] for day, number in enumerate(gained)))
    commits, pushed = _commits(chance, length, chance.lognormvariate(6.7, 1.4) / age)
    return Course(
        created,
        gained,
        losses,
        stars,
        list(accumulate(sum(chance.random() < 0.16 for _ in range(min(number, 400))) for number in gained)),
        commits,
        pushed,
        _walk(chance, length, chance.lognormvariate(4.0, 1.4), 0.16),
        _walk(chance, length, chance.lognormvariate(2.0, 1.2), 0.12),
        [count // 55 + 3 for count in stars],
    )


def _gained(chance: random.Random, length: int, mean: float) -> Iterator[int]:
    """Yield the new stars of each day: more at the start, uneven, sometimes a spike."""
    spike = 0.0
    for day in range(length):
        spike = spike * 0.6 + (mean * chance.uniform(5, 60) if chance.random() < 0.003 else 0)
        rate = (mean * (0.75 + 2 * math.exp(-day / 200)) + spike) * chance.gammavariate(3, 1 / 3)
        yield _poisson(chance, rate)


def _poisson(chance: random.Random, mean: float) -> int:
    if mean > 30:
        return max(int(chance.gauss(mean, math.sqrt(mean)) + 0.5), 0)
    limit, product, number = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number


def _losses(chance: random.Random, gained: Sequence[int], given: Sequence[int]) -> list[tuple[int, int]]:
    """Draw one lost star for each 25 new ones: half of them given in the last weeks, the others at any time."""
    losses, total, taken = [], 0, set[int]()
    for day, number in enumerate(gained):
        total += number
        for _ in range(_poisson(chance, number * 0.06 + total * 0.00004)):
            recent = chance.random() < 0.5
            place = max(total - 1 - int(chance.expovariate(1 / 40)), 0) if recent else chance.randrange(max(total, 1))
            if place < total and place not in taken:
                taken.add(place)
                losses.append((day, given[place]))
    return sorted(losses)


def _commits(chance: random.Random, length: int, mean: float) -> tuple[list[int], list[int]]:
    """Return the commits by day and the last day with one; most projects rest for weeks and months."""
    totals, pushed, total, last, is_busy = [], [], 1, 0, True
    for day in range(length):
        is_busy = chance.random() < (0.97 if is_busy else 0.02)
        added = _poisson(chance, mean * 2.5 * (1.3 if day % 7 < 5 else 0.3)) if is_busy else 0
        total, last = total + added, day if added else last
        totals.append(total)
        pushed.append(last)
    return totals, pushed


def _walk(chance: random.Random, length: int, end: float, daily: float) -> list[int]:
    """Return a figure by day that rises to about `end`, and changes on a part of the days."""
    figure, figures = 0, []
    for day in range(length):
        target = end * min(day / (0.7 * length), 1)
        if figure < target - 5:
            figure += 1
        elif chance.random() < daily:
            is_rising = chance.random() < (0.6 if figure < target else 0.4)
            figure = max(figure + (1 if is_rising else -1), 0)
        figures.append(figure)
    return figures


def simulated(projects: int, days: int) -> World:
    """Return the world of the projects."""
    chance = random.Random(12)  # noqa: S311 - a course, no secret
    repositories = []
    for number in range(projects):
        figures = course(chance, days)
        created = datetime(figures.created.year, figures.created.month, figures.created.day, 12)
        name = (
            f"{chance.choice(_WORDS)}-{chance.randrange(999)}/{chance.choice(_WORDS)}-{chance.choice(_WORDS)}-{number}"
        )
        repositories.append(
            DemoRepository(
                repo_id=chance.randrange(10**6, 9 * 10**8),
                names=(DatedName(ALWAYS, name),),
                created_at=created,
                figures=figures,
                visible_from=created,
                description=" ".join(chance.choice(_WORDS) for _ in range(9)).capitalize(),
                language=chance.choice(["Python", "Go", "Rust", "TypeScript", "C++", None]),
                license=chance.choice(["MIT", "Apache-2.0", "BSD-3-Clause", None]),
                topics=tuple(chance.sample(_WORDS, 4)),
                releases=tuple(
                    Release(f"v1.{number}", created + chance.uniform(0.3, 1) * (BEGINNING + days * DAY - created))
                    for number in range(chance.randrange(12))
                ),
            )
        )
    return World(repositories)


def serve(world: tuple[int, int], pipe: Connection) -> None:
    """Serve the projects; each message is an instant and how late answers are, each reply the number of requests."""
    clock = Clock(BEGINNING)
    with serving(simulated(*world), clock=clock, limits={USER_TOKEN: RATE_LIMIT}) as server:
        names = [repository.name(BEGINNING) for repository in server.world.repositories]
        pipe.send((server.api_url, server.graphql_url, names))
        while message := pipe.recv():
            now, delay = message
            pipe.send(len(server.requests))
            server.requests.clear()
            server.faults.clear()
            clock.set(now)
            if delay:
                server.faults.add(FaultRule(faults.delayed(delay)))


@dataclass
class Steps:
    """The seconds and the seconds of processor time of each step of a run, git included."""

    seconds: dict[str, float] = field(default_factory=dict)
    cpu: dict[str, float] = field(default_factory=dict)
    _last: tuple[float, float] = field(default_factory=lambda: (time.perf_counter(), _cpu()))

    def end(self, name: str) -> None:
        """End a step that began when the one before ended."""
        now = time.perf_counter(), _cpu()
        self.seconds[name], self.cpu[name] = now[0] - self._last[0], now[1] - self._last[1]
        self._last = now


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)  # noqa: S607
    return done.stdout.strip()


@dataclass
class Year:
    """The remote, the simulated GitHub, and the runs so far: their requests, and the steps of those that were whole."""

    top: Path
    pipe: Connection
    endpoints: Endpoints
    names: Sequence[str]
    whole: list[Steps] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)

    @property
    def remote(self) -> Path:
        """The bare repository."""
        return self.top / "remote.git"

    @property
    def kept(self) -> Path:
        """The checkout that is kept."""
        return self.top / "kept"

    def begin(self) -> None:
        """Push the list to the main branch."""
        git(self.top, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        git(self.top, "clone", "--quiet", self.remote.as_uri(), str(self.kept))
        lines = ["# Awesome", "", "<!-- startrack:table -->", "<!-- startrack:end -->"]
        for number, name in enumerate(self.names):
            if number % 25 == 0:
                lines += ["", f"## Section {number // 25 + 1}", ""]
            lines.append(f"- [{name.partition('/')[2]}](https://github.com/{name}) - A made-up project.")
        (self.kept / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (self.kept / ".gitignore").write_text("dashboards/\n", encoding="utf-8")
        git(self.kept, "add", "--all")
        git(self.kept, "commit", "--quiet", "--message", "List")
        git(self.kept, "push", "--quiet", "--set-upstream", "origin", "HEAD:main")
        data_branch.fetch(_config(self.kept), BRANCH, time.sleep)

    def run(self, number: int, *, is_whole: bool) -> None:
        """Run on a day, at an uneven time."""
        now = BEGINNING + number * DAY + timedelta(minutes=random.Random(number).randrange(300))  # noqa: S311
        self.pipe.send((now, DELAY if is_whole else 0))
        self.pipe.recv()
        if is_whole:
            self._run_as_the_action(now)
        else:
            self._run_for_git(now)
        self.pipe.send((now, 0))
        self.requests.append(self.pipe.recv())

    def _run_as_the_action(self, now: datetime) -> None:
        steps, checkout = Steps(), self.top / "checkout"
        git(self.top, "clone", "--quiet", "--single-branch", self.remote.as_uri(), str(checkout))
        steps.end("checkout")
        config = _config(checkout)
        data_branch.fetch(config, BRANCH, time.sleep)
        steps.end("history fetch")

        def on_stage(result: update.StageResult) -> None:
            if result.problems:
                raise RuntimeError(result.problems)
            stages = {snapshot.SnapshotResult: "update: count", build.BuildResult: "update: build"}
            steps.end(stages.get(type(result), "update: back-fill"))

        listener = update.Listener(nullcontext(lambda *_: None), on_stage)
        with self._client(now) as client:
            update.run(config, config, client, None, lambda: now, listener)
        self._publish(config, now, steps)
        self.whole.append(steps)
        shutil.rmtree(checkout)
        data_branch.fetch(_config(self.kept), BRANCH, time.sleep)
        git(self.kept, "pull", "--quiet", "--ff-only")

    def _run_for_git(self, now: datetime) -> None:
        config = _config(self.kept)
        with self._client(now) as client:
            snapshot.run(config, client, None, lambda: now, lambda *_: None)
            backfill.run(config, client, now, backfill.UPDATE_LIMITS)
        report = create_site_report(config, None, now)
        changes = readmes.open_readmes(readmes.ReadmeReports(config, report)).changes
        files.write({path: change(files.read(path)) for path, change in changes.items()}, below=config.root)
        self._publish(config, now, Steps())

    def _publish(self, config: Config, now: datetime, steps: Steps) -> None:
        data_branch.push(config, BRANCH, "Count stars", now, time.sleep)
        steps.end("history push")
        commit.run(config, "Update star trends", now, time.sleep)
        steps.end("commit")

    def _client(self, now: datetime) -> Client:
        known = tokens.create([USER_TOKEN])
        return Client(self.endpoints, known, sleep=lambda _seconds: None, clock=lambda: float(unix(now)))


def _config(checkout: Path) -> Config:
    lists = (ListConfig(source="README.md", name="awesome"),)
    return Config(lists=lists, dashboards=DashboardsConfig(title="A year"), root=checkout)


@contextmanager
def beginning(projects: int, days: int) -> Iterator[Year]:
    """Start the simulated GitHub, and push the list."""
    ours, theirs = Pipe()
    server = get_context("spawn").Process(target=serve, args=((projects, days), theirs))
    server.start()
    try:
        api, graphql, names = ours.recv()
        with tempfile.TemporaryDirectory() as top:
            year = Year(Path(top), ours, Endpoints(api, graphql), names)
            year.begin()
            yield year
    finally:
        ours.send(None)
        server.join()


_KINDS = (
    (re.compile(r"\d{4}/.*\.parquet"), "month files"),
    (re.compile(r"\d{4}/runs\.csv"), "runs"),
    (re.compile(r"\d{4}/.*"), "day files"),
    (re.compile(r"(history|activity)\.parquet"), "history archives"),
    (re.compile(r"history/.*"), "star histories"),
    (re.compile(r"activity/.*"), "commit histories"),
    (re.compile(r"(history|activity)\.csv"), "indexes"),
    (re.compile(r"lists.*"), "lists"),
    (re.compile(r"repositories\.csv"), "repositories"),
)


def _kind(path: str) -> str:
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(path)), "trees and commits")


def packed(remote: Path, branch: str) -> tuple[int, Counter[str]]:
    """Return the bytes of a branch alone, packed by `git gc`, index of the pack included; and by what is in it."""
    with tempfile.TemporaryDirectory() as top:
        git(Path(top), "clone", "--quiet", "--bare", "--single-branch", "--branch", branch, remote.as_uri(), "copy")
        copy = Path(top) / "copy"
        git(copy, "gc", "--quiet", "--prune=now")
        paths = dict(line.partition(" ")[::2] for line in git(copy, "rev-list", "--objects", "HEAD").splitlines())
        kinds: Counter[str] = Counter()
        check = "--batch-check=%(objectname) %(objecttype) %(objectsize:disk)"
        for line in git(copy, "cat-file", "--batch-all-objects", check).splitlines():
            name, kind, size = line.split()
            kinds[_kind(paths.get(name, "")) if kind == "blob" else "trees and commits"] += int(size)
        total = sum(path.stat().st_size for path in (copy / "objects" / "pack").iterdir())
    return total, kinds


def sizes(year: Year, projects: int, day: int) -> Counter[str]:
    """Print the sizes of the branches; return the bytes of the data branch by what is in it."""
    size, kinds = packed(year.remote, BRANCH)
    main_size, _ = packed(year.remote, "main")
    commits = [git(year.remote, "rev-list", "--count", branch) for branch in (BRANCH, "main")]
    print(
        f"{day:>5} {size / 1e6:>9.2f} MB {size / projects / day:>18.1f} {main_size / 1e6:>9.2f} MB "
        f"{commits[0]:>13} {commits[1]:>6}",
        flush=True,
    )
    return kinds


def costs(year: Year) -> None:
    """Print the seconds of whole runs by step, and the requests."""
    print("\nstep                seconds (median, most)   processor seconds (median, most)")
    for step in year.whole[0].seconds:
        _print_cost(step, [run.seconds[step] for run in year.whole], [run.cpu[step] for run in year.whole])
    totals = [(sum(run.seconds.values()), sum(run.cpu.values())) for run in year.whole]
    _print_cost("a whole run", [seconds for seconds, _ in totals], [cpu for _, cpu in totals])
    print(f"\nrequests a run: {median(year.requests):.0f} in the middle, {max(year.requests)} at most")


def _print_cost(step: str, seconds: Sequence[float], cpu: Sequence[float]) -> None:
    print(f"{step:<18} {median(seconds):>8.1f} {max(seconds):>8.1f} {median(cpu):>18.1f} {max(cpu):>8.1f}")


def main() -> None:
    """Print the sizes at the end of each month, then what takes the space, the seconds and the requests."""
    given = [int(argument) for argument in sys.argv[1:]]
    projects, days, every = (*given, *(500, 365, 30)[len(given) :])
    somebody = {f"GIT_{who}_{what}": "x@x.invalid" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    os.environ.update(somebody)
    with beginning(projects, days) as year:
        print("  day  data branch  bytes/project/day         main  commits: data   main", flush=True)
        for number in range(days):
            year.run(number, is_whole=number % every == every // 2)
            if (BEGINNING + (number + 1) * DAY).day in (1, 5) or number + 1 == days:
                kinds = sizes(year, projects, number + 1)
        print("\nbytes a project and day at the end, by what takes them")
        for kind, size in kinds.most_common():
            print(f"{kind:<18} {size / projects / days:>6.2f}")
        costs(year)


if __name__ == "__main__":
    main()
