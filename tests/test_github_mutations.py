"""Every field of every kind of answer replaced in turn: it costs its project at most, and never reaches the files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from inprocess import ASKER, InProcess, edited
from pasts import query
from startrack import backfill, pipeline
from startrack.backfill import Effort
from startrack.config import Config, ListConfig
from startrack.demo.clock import Clock
from startrack.demo.hosted import Release
from startrack.demo.server import USER_TOKEN
from startrack.demo.simulation import simulated_world
from startrack.demo.wire import Answer, Asked
from startrack.demo.world import World
from startrack.models import Counted, Missing, Observation, Reason, Window

NOON = datetime(2026, 1, 1, 12, 17)
DAY = timedelta(days=1)
REMOVED = object()
SURROGATE = "\ud800"
LONG = "x" * 140_000

VALUES: tuple[object, ...] = (
    REMOVED,
    None,
    "text",
    "",
    SURROGATE,
    LONG,
    -1,
    0,
    2**31 - 1,
    2**31,
    10**12,
    2**63,
    10**30,
    1.5,
    float("nan"),
    float("inf"),
    True,
    [],
    [SURROGATE],
    ["topic"] * 1000,
    {},
    {"name": [1]},
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "99999-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
)
Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Mutation:
    """A value in place of what stands at a place of one kind of answer."""

    kind: str
    steps: Steps
    value: object

    def of(self, body: Any) -> Any:  # noqa: ANN401 - JSON
        """Return a body in which the place holds the value."""
        if not self.steps:
            return None if self.value is REMOVED else self.value
        *way, last = self.steps
        place = body
        for step in way:
            place = place[step]
        if self.value is REMOVED:
            del place[last]
        else:
            place[last] = self.value
        return body

    def __str__(self) -> str:
        """Return it on one line."""
        return f"{self.kind} {'.'.join(map(str, self.steps))} = {self.value!r:.30}"


def places(body: object, steps: Steps = ()) -> Iterator[Steps]:
    """Yield the way to every place of an answer, objects and lists included; of a list, to its first item."""
    yield steps
    below = body.items() if isinstance(body, dict) else enumerate(body[:1]) if isinstance(body, list) else ()
    for step, value in below:
        yield from places(value, (*steps, step))


def rich_world(size: int) -> World:
    """Return a world in which every field of an answer holds something."""
    made = simulated_world(size)
    for each in made.repositories:
        archived = each.created_at + DAY
        releases = (Release("v1", each.created_at),)
        made.put(replace(each, topics=("one", "two"), archived_at=archived, releases=releases))
    return made


class Mutated:
    """A GitHub whose answers are changed, for each repository by its own mutation; it keeps one answer of each kind."""

    def __init__(self, size: int) -> None:
        self.plan: dict[str, tuple[Mutation, ...]] = {}
        self.samples: dict[str, object] = {}
        limits = {USER_TOKEN: 10**6, ASKER: 10**6}
        self.github = InProcess(rich_world(size), Clock(NOON), limits, self.change)
        repositories = self.github.world.repositories
        self.names = [each.name(NOON) for each in repositories]
        self._by_node = {each.node_id: each.name(NOON) for each in repositories}
        self._by_number = {str(each.repo_id): each.name(NOON) for each in repositories}

    def change(self, asked: Asked, answer: Answer) -> Answer:
        """Change what an answer says of repositories that have a mutation of its kind."""
        if answer.status != 200 or not asked.path.startswith(("/graphql", "/repos")):
            return answer
        return edited(answer, self._graphql(asked) if asked.is_graphql else self._rest(asked))

    def _graphql(self, asked: Asked) -> Any:  # noqa: ANN401 - JSON in, JSON out
        request = json.loads(asked.body)
        given = request["variables"]
        if "ids" not in given:
            names = {f"r{place}": f"{given[f'o{place}']}/{given[f'n{place}']}" for place in range(len(given) // 2)}
            return lambda body: {**body, "data": self._all(body["data"], names, "light")}
        kind = "totals" if "Commits(" in request["query"] else "details"
        ids = {place: self._by_node.get(node_id, "") for place, node_id in enumerate(given["ids"])}
        return lambda body: {**body, "data": {**body["data"], "nodes": self._all(body["data"]["nodes"], ids, kind)}}

    def _all(self, rows: Any, names: Mapping[Any, str], kind: str) -> Any:  # noqa: ANN401 - JSON
        for key, name in names.items():
            rows[key] = self._mutated(rows[key], name, kind)
        return rows

    def _rest(self, asked: Asked) -> Any:  # noqa: ANN401 - JSON in, JSON out
        _, _, *parts = asked.path.split("/")
        if asked.path.startswith("/repositories/"):
            name, kind = self._by_number.get(parts[0], ""), "/".join(parts[1:])
        else:
            name, kind = "/".join(parts[:2]), "/".join(parts[2:])
        return lambda body: self._mutated(body, name, kind or "repository")

    def _mutated(self, body: Any, name: str, kind: str) -> Any:  # noqa: ANN401 - JSON
        self.samples.setdefault(kind, body)
        for mutation in self.plan.get(name, ()):
            body = mutation.of(body) if mutation.kind == kind else body
        return body

    def mutations(self, *kinds: str) -> list[Mutation]:
        """Return every mutation of the answers of some kinds, as far as one was seen."""
        return [
            Mutation(kind, steps, value) for kind in kinds for steps in places(self.samples[kind]) for value in VALUES
        ]

    # ── What is run ──────────────────────────────────────────────────────────────────────────────────────

    def config(self, folder: Path) -> Config:
        """Return a list of all repositories in a folder of its own."""
        folder.mkdir()
        (folder / "list.txt").write_text("\n".join(self.names))
        return Config(lists=(ListConfig(source="list.txt"),), root=folder)

    def count(self, config: Config, at: datetime, token: str | None = USER_TOKEN) -> pipeline.Taken:
        """Count as of an instant, write it down, load it, and rank by it."""
        self.github.clock.set(at)
        with self.github.connect(token) as client:
            taken = pipeline.snapshot(config, client, at, self.github.clock.now, lambda *_: None)
        assert (taken.run.status, taken.run.asked) == ("done", len(self.names))
        counted = [each for each in taken.seen if isinstance(each, Counted)]
        assert (at, len(counted)) in query(config, "select taken_at, count(*) from counts group by taken_at")
        assert pipeline.trending(config, pipeline.Ranking(Window(30)), None).rows
        return taken

    def fill(self, config: Config, at: datetime) -> backfill.Filled:
        """Fetch the newest page of every past."""
        self.github.clock.set(at)
        with self.github.connect() as client:
            return backfill.run(config, client, at, Effort(reserve=0))


def agree(github: InProcess, plan: Mapping[str, tuple[Mutation, ...]], seen: Sequence[Observation]) -> None:
    """Check that who has no mutation is counted, and that no figure is anything but the world's or the mutation's."""
    for each in seen:
        (mutation,) = plan.get(each.asked, (None,))
        if isinstance(each, Missing):
            assert mutation, each
            assert each.reason is Reason.FAILED, (each, str(mutation))
            continue
        hosted = github.world.find(each.asked, github.clock.now())
        assert hosted is not None
        figures = hosted.figures.at(github.clock.now())
        expected = {figures.stars, figures.forks, figures.commits, None}
        assert {each.stars, each.forks, each.commits} <= expected | _allowed(mutation), (each, str(mutation))


def _allowed(mutation: Mutation | None) -> set[int]:
    """Return the figure that a mutation makes of an answer that GitHub might give."""
    if mutation is None:
        return set()
    if mutation.steps[-1:] == ("defaultBranchRef",) and mutation.value is None:
        return {0}  # which is how an empty repository is told
    is_count = type(mutation.value) is int and 0 <= mutation.value < 2**31
    return {mutation.value} if is_count else set()


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Mutated:
    """Return a GitHub that has shown one answer of every kind."""
    made = Mutated(2)
    config = made.config(tmp_path_factory.mktemp("samples") / "token")
    made.count(config, NOON)
    made.fill(config, NOON)
    made.count(made.config(config.root.parent / "none"), NOON, None)
    return made


def test_a_count_bears_any_answer_of_graphql(tmp_path: Path, samples: Mutated) -> None:
    """Every figure and text of the three queries: its project alone is lost, and counted the day after."""
    mutations = samples.mutations("light", "details", "totals")
    github = Mutated(len(mutations) * 4 // 3)
    of_three = [name for place, name in enumerate(github.names) if place % 4]
    github.plan = dict(zip(of_three, zip(mutations), strict=False))
    bears(github, tmp_path, USER_TOKEN)


def test_a_count_bears_any_answer_of_rest(tmp_path: Path, samples: Mutated) -> None:
    """Without a token: the same of the repository's own answer and of its commits."""
    mutations = samples.mutations("repository", "commits")
    github = Mutated(2 * len(mutations))
    github.plan = dict(zip(github.names[1::2], zip(mutations), strict=True))
    bears(github, tmp_path, None)


def bears(github: Mutated, folder: Path, token: str | None) -> None:
    """Check that a day of mutated answers harms nothing but what they are about, and that the next day is as ever."""
    config, plan = github.config(folder / "counted"), github.plan
    agree(github.github, plan, github.count(config, NOON, token).seen)
    github.plan = {}
    taken = github.count(config, NOON + DAY, token)
    assert taken.missing == ()
    # A total that GitHub might have given is kept as long as the head does not move.
    agree(github.github, plan, taken.seen)


def test_a_back_fill_bears_any_answer(tmp_path: Path, samples: Mutated) -> None:
    """Star history and commit activity: their project alone is told, and has its past the day after."""
    stars, commits = samples.mutations("stargazers/history"), samples.mutations("stats/commit_activity")
    github = Mutated(len(stars) * 4 // 3)
    config = github.config(tmp_path / "filled")
    github.count(config, NOON)
    of_three = [name for place, name in enumerate(sorted(github.names)) if place % 4]
    github.plan = dict(zip(of_three, zip(stars, commits, strict=True), strict=True))
    filled = github.fill(config, NOON)
    assert filled.stopped is None
    failed = query(config, "select name, series from pasts where outcome = 'failed'")
    assert {name for name, _ in failed} <= set(github.plan)
    assert len(failed) == len(filled.problems) > len(stars)
    assert query(config, "select count(*) from pasts") == [(2 * len(github.names),)]
    github.plan = {}
    github.count(config, NOON + DAY)
    assert github.fill(config, NOON + DAY).problems == ()
    assert query(config, "select distinct outcome from pasts") == [("done",)]
