"""Every field of every kind of answer replaced in turn: it costs its project at most, and never reaches the files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from backfilled_lists import query
from in_process import ASKER, InProcess, edited
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.faults import FaultRule, Reply
from startrack.demo.figures import SteadyHistory
from startrack.demo.http import Request, Response
from startrack.demo.server import USER_TOKEN
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, Release, World
from startrack.errors import SourceError, StartrackError
from startrack.github import collector, rest
from startrack.github.history_fetcher import HistoryFetcher
from startrack.github.responses import UnansweredError
from startrack.model.changes import Window
from startrack.model.history import RepositoryHistory, Series
from startrack.model.repository import Counted, Missing, Observation, Reason
from startrack.workflows import backfill, build, snapshot, trending
from startrack.workflows.backfill import FetchLimits

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
    """Return projects of forty weeks, of which every field of an answer holds something."""
    created = NOON - 280 * DAY
    return World(
        DemoRepository(
            repo_id=30_000_001 + number,
            names=(DatedName(ALWAYS, f"o{number // 10}/r{number}"),),
            created_at=created,
            figures=SteadyHistory(created.date(), stars=100 + number, stars_per_day=number % 3, commits=20 + number),
            archived_at=created + DAY,
            description="Made-up figures.",
            language="Python",
            license="MIT",
            topics=("one", "two"),
            releases=(Release("v1", created),),
        )
        for number in range(size)
    )


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

    def change(self, asked: Request, answer: Response) -> Response:
        """Change what an answer says of repositories that have a mutation of its kind."""
        if answer.status != 200 or not asked.path.startswith(("/graphql", "/repos")):
            return answer
        return edited(answer, self._graphql(asked) if asked.is_graphql else self._rest(asked))

    def _graphql(self, asked: Request) -> Any:  # noqa: ANN401 - JSON in, JSON out
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

    def _rest(self, asked: Request) -> Any:  # noqa: ANN401 - JSON in, JSON out
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

    def count(self, config: Config, at: datetime, token: str | None = USER_TOKEN) -> snapshot.SnapshotResult:
        """Count as of an instant, write it down, load it, and rank by it."""
        self.github.clock.set(at)
        with self.github.connect(token) as client:
            taken = snapshot.run(config, client, at, self.github.clock.now, lambda *_: None)
        assert (taken.run.status, taken.run.asked) == ("done", len(self.names))
        counted = [each for each in taken.observations if isinstance(each, Counted)]
        assert (at, len(counted)) in query(config, "select taken_at, count(*) from counts group by taken_at")
        assert trending.run(config, trending.Ranking(Window(30)), None).projects
        return taken

    def fill(self, config: Config, at: datetime) -> backfill.BackfillResult:
        """Fetch the newest page of every past."""
        self.github.clock.set(at)
        with self.github.connect() as client:
            return backfill.run(config, client, at, FetchLimits(reserve=0))


def agree(github: InProcess, plan: Mapping[str, tuple[Mutation | None, ...]], seen: Sequence[Observation]) -> None:
    """Check that who has no mutation is counted, and that no figure is anything but the world's or the mutation's."""
    for each in seen:
        (mutation,) = plan.get(each.asked, (None,))
        if isinstance(each, Missing):
            assert each.asked in plan, each
            assert each.reason in (Reason.FAILED, Reason.NOT_ASKED), (each, str(mutation))
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
    match mutation.value:
        case int() as value if type(value) is int and 0 <= value < 2**31:
            return {value}
        case _:
            return set()


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
    agree(github.github, plan, github.count(config, NOON, token).observations)
    github.plan = {}
    taken = github.count(config, NOON + DAY, token)
    assert taken.missing == ()
    # A total that GitHub might have given is kept as long as the head does not move.
    agree(github.github, plan, taken.observations)


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


SIZE = 5
HEADERS = (
    "date",
    "link",
    "etag",
    "location",
    "content-type",
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-used",
    "x-ratelimit-reset",
    "x-ratelimit-resource",
)
HEADER_VALUES = (
    "",
    "x",
    "0",
    "-1",
    "9" * 5_000,
    "\u00b2",
    "nan",
    "1e309",
    'W/"\u00e9"',
    '"' + "e" * 90_000 + '"',
    "Sun, 99 Feb 99999 99:99:99 GMT",
    '<http://github.invalid/x?page=99999999999999>; rel="last"',
    f'<http://github.invalid/x?page={"9" * 5_000}>; rel="last"',
    '<http://github.invalid/x?page=\u00b2>; rel="last"',
    '<http://[::1/x?page=2>; rel="last"',
    '<http://github.invalid/x?page=2&page=3>; rel="last"',
    "<" + "?page=1" * 10_000 + '; rel="last"',
)


def seen(github: InProcess, token: str | None = USER_TOKEN) -> None:
    """Count and fetch without a store; whatever comes is a figure within bounds, a reason, or an error of ours."""
    count_anything(github, token)
    pasts = [
        RepositoryHistory(each.repo_id, each.name(NOON), series)
        for each in github.world.repositories
        for series in Series
    ]
    with suppress(StartrackError), github.connect(token) as client:
        for fetched in HistoryFetcher(client, pasts, FetchLimits(), NOON).fetch():
            assert fetched.etag is None or (fetched.etag.isascii() and len(fetched.etag) < 300)
            assert fetched.current is None or 0 <= fetched.current < 2**31


def count_anything(github: InProcess, token: str | None) -> None:
    """Count without a store; whoever is counted has the world's figures."""
    names = [each.name(NOON) for each in github.world.repositories]
    with suppress(StartrackError), github.connect(token) as client:
        agree(github, dict.fromkeys(names, (None,)), collector.collect(client, names, (), NOON.date()).observations)


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("token", [USER_TOKEN, None])
def test_no_header_is_a_traceback_or_a_figure(name: str, token: str | None) -> None:
    """Each in turn holds what no header should, in every answer."""
    github = InProcess(rich_world(SIZE), Clock(NOON), {USER_TOKEN: 10**6, ASKER: 10**6})
    for value in HEADER_VALUES if name != "link" else HEADER_VALUES[1:]:  # none is how a single commit is told

        def change(_asked: Request, answer: Response, value: str = value) -> Response:
            return replace(answer, headers={**answer.headers, name: value})

        github.change = change
        seen(github, token)
        github.change = lambda _asked, answer: answer
        with github.connect(token) as client:
            names = [each.name(NOON) for each in github.world.repositories]
            assert all(
                isinstance(each, Counted) for each in collector.collect(client, names, (), NOON.date()).observations
            )


AROUND: tuple[Steps, ...] = (
    (),
    ("data",),
    ("errors",),
    ("data", "nodes"),
    ("data", "rateLimit"),
    ("data", "rateLimit", "cost"),
)
ERROR: tuple[Steps, ...] = ((), ("type",), ("path",), ("path", 0), ("message",), ("locations",), ("extensions",))


def test_no_frame_of_graphql_is_a_traceback_or_a_figure() -> None:
    """What stands around the repositories, in every answer and in the first of each query alone."""
    github = InProcess(rich_world(SIZE), Clock(NOON), {USER_TOKEN: 10**6})
    for mutation in [Mutation("around", steps, value) for steps in AROUND for value in VALUES]:
        for times in (1, 1_000):
            left = {"light": times, "nodes": times}

            def change(
                asked: Request,
                answer: Response,
                left: dict[str, int] = left,
                mutation: Mutation = mutation,
            ) -> Response:
                query = "nodes" if b'"ids"' in asked.body else "light"
                left[query] -= 1
                is_meant = asked.is_graphql and left[query] >= 0
                return edited(answer, lambda body: mutated_around(mutation, body)) if is_meant else answer

            github.change = change
            count_anything(github, USER_TOKEN)


def mutated_around(mutation: Mutation, body: Any) -> Any:  # noqa: ANN401 - JSON
    """Return an answer with the mutation, where it has such a place."""
    body.setdefault("errors", [])
    is_there = mutation.steps != ("data", "nodes") or "nodes" in body["data"]
    return mutation.of(body) if is_there else body


def test_an_error_of_any_shape_is_that_of_its_repository_alone() -> None:
    """One of several is not found, and GitHub's words for it are garbled: the others are counted."""
    github = InProcess(rich_world(SIZE), Clock(NOON), {USER_TOKEN: 10**6})
    names = [each.name(NOON) for each in github.world.repositories]
    for mutation in [Mutation("error", steps, value) for steps in ERROR for value in VALUES]:

        def change(asked: Request, answer: Response, mutation: Mutation = mutation) -> Response:
            if not asked.is_graphql or b'"errors"' not in answer.body:
                return answer
            return edited(answer, lambda body: garbled(mutation, body))

        github.change = change
        with github.connect() as client:
            *found, missing = collector.collect(client, [*names, "no-such/repository"], (), NOON.date()).observations
        agree(github, {}, found)
        assert isinstance(missing, Missing), str(mutation)
        assert missing.reason in (Reason.NOT_FOUND, Reason.FAILED)


def garbled(mutation: Mutation, body: Any) -> Any:  # noqa: ANN401 - JSON
    """Return an answer with the mutation in each of its errors."""
    errors = [mutation.of({"extensions": {}, **row}) for row in body["errors"]]
    return {**body, "errors": errors}


def test_why_something_is_blocked_may_be_anything() -> None:
    """The block of a 451 and of a 403 in any shape: blocked, or failed, and never an error."""
    reasons: list[object] = [{"block": {"reason": value}} for value in VALUES if value is not REMOVED]
    github = InProcess(rich_world(1), Clock(NOON), {ASKER: 10**6})
    for status in (451, 403):
        for body in [*reasons, {"block": 5}, {"block": None}, [], None, 5, "text"]:
            github.host.faults.clear()
            github.host.faults.add(FaultRule(Reply(status, json.dumps(body)), path="/repos/*"))
            with github.connect(None) as client:
                (missing,) = collector.collect(client, ["o0/r0"], (), NOON.date()).observations
            assert isinstance(missing, Missing)
            assert missing.reason is (Reason.DMCA if status == 451 else Reason.FAILED)
            assert len(missing.detail) <= 20_000


def test_what_is_left_may_be_anything() -> None:
    """`/rate_limit` in any shape: read, or one error of ours; passes go on without it."""
    github = InProcess(rich_world(1), Clock(NOON))
    with github.connect() as client:
        sample = json.loads(client.get("/rate_limit").text)
    for mutation in [Mutation("rate_limit", steps, value) for steps in places(sample) for value in VALUES]:

        def change(asked: Request, answer: Response, mutation: Mutation = mutation) -> Response:
            return edited(answer, mutation.of) if asked.path == "/rate_limit" else answer

        github.change = change
        with github.connect() as client:
            rest.refresh_budgets(client)
            with suppress(UnansweredError):
                assert all(0 <= each.remaining < 2**31 for each in rest.fetch_budgets(client))


@pytest.mark.parametrize("path", ["\ud800.json", "a\udc80b/list.md", "../../user", "?x#y", "\x00"])
def test_a_list_of_any_path_is_a_list_or_an_error_of_ours(path: str) -> None:
    """The path comes from a person or a configuration, and may hold what no address can."""
    with InProcess(rich_world(1), Clock(NOON)).connect() as client, pytest.raises(SourceError):
        rest.fetch_list_file(client, "o0/r0", path)


MOST = 2**31 - 1
EXTREMES = (
    Mutation("light", ("stargazerCount",), MOST),
    Mutation("light", ("forkCount",), MOST),
    Mutation("light", ("databaseId",), 2**63 - 1),
    Mutation("light", ("description",), LONG),
    Mutation("light", ("createdAt",), "2099-12-31T23:59:59Z"),
    Mutation("light", ("createdAt",), "1970-01-01T00:00:00Z"),
    Mutation("light", ("defaultBranchRef", "target", "committedDate"), "2099-12-31T23:59:59Z"),
    Mutation("light", ("defaultBranchRef", "target", "committedDate"), "9999-12-31T23:59:59-14:00"),
    Mutation("details", ("issues", "totalCount"), MOST),
    Mutation("details", ("watchers", "totalCount"), MOST),
    Mutation("details", ("repositoryTopics", "nodes"), [{"topic": {"name": LONG}}] * 20),
    Mutation("details", ("repositoryTopics", "nodes"), [{"topic": {"name": "topic"}}] * 10_000),
    Mutation("details", ("latestRelease", "tagName"), SURROGATE + LONG),
    Mutation("totals", ("defaultBranchRef", "target", "history", "totalCount"), MOST),
)


def test_the_largest_figures_are_written_loaded_and_drawn(tmp_path: Path) -> None:
    """A day of extremes between two days as ever: files, database, pages and tables bear all of them."""
    github = Mutated(len(EXTREMES) + 4)
    config = github.config(tmp_path / "extremes")
    github.count(config, NOON)
    github.plan = {name: (mutation, *most_days()) for name, mutation in zip(github.names, EXTREMES, strict=False)}
    for day in (1, 8):
        assert github.count(config, NOON + day * DAY).missing == ()
    assert github.fill(config, NOON + 8 * DAY).problems == ()
    build.run(config, None)
    github.plan = {}
    github.count(config, NOON + 9 * DAY)
    github.fill(config, NOON + 16 * DAY)
    build.run(config, None)


def most_days() -> Iterator[Mutation]:
    """Yield the largest figures that a past may have, in its newest week and in one that has ended."""
    for kind in ("stargazers/history", "stats/commit_activity"):
        for row, day in ((0, 6), (1, 0), (3, 3)):
            yield Mutation(kind, (row, "days", day), 2**29)
