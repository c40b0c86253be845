"""One pass that counts many repositories; each ends as `Counted`, or as `Missing` with a reason.

With a token there are three tiers of GraphQL queries: light scalars for all repositories; details for new and changed
ones, and for a seventh of the others each day; commit totals only if the head has changed, because otherwise the total
has not. Without a token it is one REST call each; what is left of the hour's sixty calls goes to commit totals.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from typing import Any, TypeVar
from zlib import crc32

from startrack.errors import GitHubError
from startrack.github import fields, queries, rest
from startrack.github.batches import BatchSize, FailureStreak, OutageError, run_batches
from startrack.github.client import Client, Tier
from startrack.github.queries import Light
from startrack.github.responses import NOT_UNDERSTOOD, Answer, UnansweredError
from startrack.model.repository import (
    Counted,
    Details,
    KnownRepository,
    Missing,
    Observation,
    Reason,
    Repository,
    name_key,
)
from startrack.model.runs import Run

__all__ = [
    "BatchSizes",
    "Collection",
    "PreviousRuns",
    "Progress",
    "collect",
    "identify",
]

_logger = logging.getLogger(__name__)

# Half of the largest batches that GitHub answered well within its limit of ten seconds.
LIGHT_BATCH, DETAILS_BATCH, COMMITS_BATCH = 50, 20, 8

Progress = Callable[[int, int], None]
Query = Callable[[Sequence[str]], tuple[str, dict[str, object]]]
Value = TypeVar("Value")

_LASTING_REASONS = frozenset({Reason.NOT_FOUND, Reason.DMCA, Reason.TOS, Reason.MOVED})
_MAX_DETAILS_AGE = timedelta(days=7)
_TOO_HEAVY = "RESOURCE_LIMITS_EXCEEDED"


@dataclass(frozen=True, slots=True)
class BatchSizes:
    """The batch sizes of the three tiers; they adapt during the pass."""

    light: BatchSize
    details: BatchSize
    commits: BatchSize


@dataclass(frozen=True, slots=True)
class PreviousRuns:
    """The results of earlier runs that a pass uses, besides their counts.

    `last` is the record of the last run. `missing` has the repositories that are missing since their last count, by
    lower-case name. `resumed` has the observations of an unfinished run of the same period; only their commit totals
    and details that are `None` are requested again.
    """

    last: Run | None = None
    missing: Mapping[str, Missing] = field(default_factory=dict)
    resumed: Mapping[str, Observation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collection:
    """The result of a pass, in the order requested; `stopped` says why it ended early, `None` if it did not."""

    observations: tuple[Observation, ...]
    batch_sizes: BatchSizes
    stopped: str | None = None


def _initial_sizes(last: Run | None) -> BatchSizes:
    """Return the batch sizes that the last run ended with, else the defaults."""

    def size(learned: int | None, default: int) -> BatchSize:
        return BatchSize(min(learned or default, 2 * default), 2 * default)

    return BatchSizes(
        size(last.light_batch if last else None, LIGHT_BATCH),
        size(last.details_batch if last else None, DETAILS_BATCH),
        size(last.commits_batch if last else None, COMMITS_BATCH),
    )


@dataclass(slots=True)
class _Pass:
    """The state of one pass, filled as answers arrive.

    `previous` is keyed by repository id, `missing_before`, `light` and `missing` by name. `done` holds the ids that
    need no further request.
    """

    client: Client
    previous: Mapping[int, KnownRepository]
    today: date
    batch_sizes: BatchSizes
    missing_before: Mapping[str, Missing]
    with_releases: bool = False
    light: dict[str, Light] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    details: dict[int, Details] = field(default_factory=dict)
    commits: dict[int, int] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    streak: FailureStreak = field(default_factory=FailureStreak)
    done: set[int] = field(default_factory=set)
    resumed: dict[int, Counted] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """How many values are known so far; it grows with every useful answer."""
        return len(self.light) + len(self.missing) + len(self.details) + len(self.commits)

    def resume(self, name: str, observation: Observation) -> None:
        """Reuse an observation of an unfinished run."""
        if isinstance(observation, Missing):
            self.missing[name] = replace(observation, asked=name)
            return
        repo_id = observation.repository.repo_id
        self.resumed[repo_id] = observation
        self.light[name] = Light(observation.repository, observation.stars, observation.forks)
        if observation.commits is not None:
            self.commits[repo_id] = observation.commits

    def unanswered(self, names: Sequence[str]) -> list[str]:
        """Return the names without an answer so far."""
        return [name for name in names if name not in self.light and name not in self.missing]

    def has_failed(self, name: str) -> bool:
        """Return whether the last run that requested a repository got no answer."""
        before = self.missing_before.get(name_key(name))
        return before is not None and before.reason is Reason.FAILED

    def repositories(self) -> list[Light]:
        """Return the repositories that are not done, each once even if several names lead to it."""
        by_id = {light.repository.repo_id: light for light in self.light.values()}
        return [light for repo_id, light in by_id.items() if repo_id not in self.done]

    def finish(self) -> None:
        """Mark the repositories answered so far as done."""
        self.done |= {light.repository.repo_id for light in self.light.values()}

    def fail(self, name: str, reason: str) -> bool:
        """Record a repository without an answer, even when it was the only one in a request."""
        self.missing[name] = Missing(name, Reason.FAILED, reason)
        return False

    def request_light(self, names: Sequence[str]) -> list[str]:
        """Request the light scalars of repositories and return the names left out of the answer."""
        query, variables = queries.light_query(names)
        answer = self.client.graphql(query, variables, may_repeat=len(names) == 1, tier=Tier.LIGHT)
        return [name for index, name in enumerate(names) if not self._store_light(answer, f"r{index}", name)]

    def _store_light(self, answer: Answer, alias: str, name: str) -> bool:
        error = answer.errors.get(alias, {})
        if error.get("type") == _TOO_HEAVY:
            return False
        if (node := answer.data.get(alias)) is None:
            self.missing[name] = _missing(name, error)
            return True
        try:
            self.light[name] = queries.parse_light(node)
        except NOT_UNDERSTOOD:
            self.fail(name, "GitHub's response could not be read")
            return True
        if error:  # a field below was refused, so a missing branch does not mean an empty repository
            self.unsure.add(self.light[name].repository.repo_id)
        return True

    def request_details(self, repositories: Sequence[Light]) -> list[Light]:
        """Request the details of repositories and return those left out of the answer."""
        query = partial(queries.details_query, with_releases=self.with_releases)
        return self._request_nodes(repositories, query, queries.parse_details, self.details, Tier.DETAILS)

    def request_commits(self, repositories: Sequence[Light]) -> list[Light]:
        """Request the commit totals of repositories and return those left out of the answer."""
        return self._request_nodes(
            repositories, queries.commits_query, queries.parse_commits, self.commits, Tier.COMMITS
        )

    def _request_nodes(
        self,
        repositories: Sequence[Light],
        query: Query,
        parse: Callable[[Mapping[str, Any]], Value],
        values: dict[int, Value],
        tier: Tier,
    ) -> list[Light]:
        ids = [light.repository.node_id or "" for light in repositories]
        answer = self.client.graphql(*query(ids), may_repeat=len(ids) == 1, tier=tier)
        nodes = answer.data.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(repositories):
            raise UnansweredError("GitHub's response could not be read")
        left_out = []
        for index, (light, node) in enumerate(zip(repositories, nodes, strict=True)):
            if answer.errors.get(f"nodes.{index}", {}).get("type") == _TOO_HEAVY:
                left_out.append(light)
            elif node:
                with suppress(*NOT_UNDERSTOOD):  # a value that cannot be read stays unknown
                    values[light.repository.repo_id] = parse(node)
        return left_out

    def request_commits_by_rest(self, light: Light, _reason: str) -> bool:
        """Request by REST a commit total that GraphQL does not give, and return whether REST gave it."""
        with suppress(UnansweredError):
            if head := rest.fetch_commit_total(self.client, light.repository.name):
                self.commits[light.repository.repo_id] = head[0]
        return light.repository.repo_id in self.commits


def collect(
    client: Client,
    names: Sequence[str],
    known_repositories: Iterable[KnownRepository],
    today: date,
    previous_runs: PreviousRuns = PreviousRuns(),
    progress: Progress = lambda *_: None,
    *,
    with_releases: bool = False,
) -> Collection:
    """Count every repository by its OWNER/NAME, starting with the batch sizes that the last run ended with.

    The details have the number of releases only if `with_releases` asks for it: nothing that is recorded needs it.
    A spent budget, a lost network or a refused token ends the pass early: repositories not requested by then are
    `Missing` with reason `not_asked`. Raises the GitHubError itself if there was no answer before it.
    """
    known_repositories = tuple(known_repositories)
    work = _Pass(
        client,
        {repository.repo_id: repository for repository in known_repositories},
        today,
        _initial_sizes(previous_runs.last),
        previous_runs.missing,
        with_releases,
    )
    for name in names:
        if observation := previous_runs.resumed.get(name_key(name)):
            work.resume(name, observation)
    answers_before, stopped = work.answers, None
    try:
        with client.log_totals("Counting pass"):
            _request_all(work, _longest_unseen_first(work.unanswered(names), known_repositories), progress)
    except GitHubError as error:
        if work.answers == answers_before:
            raise
        stopped = str(error)
        _logger.info("The pass ended early: %s", stopped)
    ids = {name_key(repository.name): repository.repo_id for repository in known_repositories}
    return Collection(tuple(_observation(work, name, ids) for name in names), work.batch_sizes, stopped)


def identify(
    client: Client, names: Sequence[str], today: date, progress: Progress = lambda *_: None
) -> dict[str, Repository | Missing]:
    """Return the repository that GitHub shows under each OWNER/NAME, or why it shows none; counts are not kept.

    A name that redirects gives the repository that it leads to. Only light scalars are requested, in batches; this
    needs a token. Raises GitHubError.
    """
    work = _Pass(client, {}, today, _initial_sizes(None), {})
    run_batches(
        names,
        work.batch_sizes.light,
        work.request_light,
        work.fail,
        workers=len(client.tokens.every),
        on_progress=lambda done: progress(done, len(names)),
    )
    repositories = {name: light.repository for name, light in work.light.items()}
    return {name: repositories.get(name) or work.missing.get(name) or Missing(name, Reason.NOT_ASKED) for name in names}


def _request_all(work: _Pass, names: Sequence[str], progress: Progress) -> None:
    """Request all repositories, last those that failed in the last run: their failures must not end the pass early.

    The order of these differs every day, so each of them is requested some day.
    """
    count = _count_with_graphql if work.client.tokens.authorized else _count_with_rest
    failed = sorted(filter(work.has_failed, names), key=lambda name: crc32(f"{name} {work.today}".encode()))
    others = [name for name in names if not work.has_failed(name)]
    count(work, others, lambda done, _: progress(done, len(names)))
    work.finish()
    try:
        count(work, failed, lambda done, _: progress(len(others) + done, len(names)))
    except OutageError:
        for name in work.unanswered(failed):
            work.fail(name, "it failed in the last run, and several others that failed then fail again")


def _longest_unseen_first(names: Sequence[str], known_repositories: Iterable[KnownRepository]) -> list[str]:
    """Order names so that the pass after one that ended early begins with the repositories it left out."""
    seen_at = {name_key(repository.name): repository.seen_at for repository in known_repositories}

    def key(name: str) -> tuple[object, ...]:
        last_seen = seen_at.get(name_key(name))
        return (True, last_seen) if last_seen else (False,)

    return sorted(names, key=key)


def _observation(work: _Pass, name: str, ids: Mapping[str, int]) -> Observation:
    if (light := work.light.get(name)) is None:
        missing = work.missing.get(name) or Missing(name, Reason.NOT_ASKED)
        return replace(missing, repo_id=ids.get(name_key(name)))
    repo_id = light.repository.repo_id
    resumed = work.resumed.get(repo_id)
    return Counted(
        asked=name,
        repository=light.repository,
        stars=light.stars,
        forks=light.forks,
        commits=work.commits.get(repo_id),
        details=work.details.get(repo_id),
        taken_at=resumed.taken_at if resumed else None,
    )


def _count_with_graphql(work: _Pass, names: Sequence[str], progress: Progress) -> None:
    """Count repositories with a token, tier by tier."""
    sizes, workers = work.batch_sizes, len(work.client.tokens.every)
    run_batches(
        names,
        sizes.light,
        work.request_light,
        work.fail,
        workers=workers,
        on_progress=lambda done: progress(done, len(names)),
    )
    _keep_commits(work)
    # Details that GitHub does not give stay unknown.
    run_batches(_due_for_details(work), sizes.details, work.request_details, lambda *_: False, workers=workers)
    run_batches(
        _due_for_commits(work), sizes.commits, work.request_commits, work.request_commits_by_rest, workers=workers
    )
    _classify_not_found(work, [name for name in names if _is_not_found(work, name)])


def _is_not_found(work: _Pass, name: str) -> bool:
    return name in work.missing and work.missing[name].reason is Reason.NOT_FOUND


def _classify_not_found(work: _Pass, names: Sequence[str]) -> None:
    """Set why GraphQL does not find repositories: REST is asked at first and once a week, else the reason is kept."""
    due = []
    for index, name in enumerate(names):
        before = work.missing_before.get(name_key(name))
        if before and before.reason in _LASTING_REASONS:
            work.missing[name] = before
        else:  # if the run ends before the REST call, the next run asks again
            work.fail(name, "GitHub does not find it; the reason is not known yet")
        if work.missing[name] is not before or index % 7 == work.today.toordinal() % 7:
            due.append(name)
    for name in due:
        _classify(work, name)


def _classify(work: _Pass, name: str) -> None:
    try:
        work.missing[name] = rest.fetch_missing_reason(work.client, name)
    except UnansweredError as error:
        work.streak.add(name, str(error))
    else:
        work.streak.reset()


def _missing(name: str, error: Mapping[str, Any]) -> Missing:
    message = fields.clean_text(str(error.get("message", ""))) or ""
    extensions = error.get("extensions")
    if error.get("type") == "NOT_FOUND":
        return Missing(name, Reason.NOT_FOUND, message)
    if error.get("type") == "FORBIDDEN" and isinstance(extensions, dict) and extensions.get("saml_failure"):
        return Missing(name, Reason.SAML, message)
    return Missing(name, Reason.FAILED, message or "GitHub gave no answer for it")


def _keep_commits(work: _Pass) -> None:
    """Keep the commit totals of repositories whose head has not changed; empty repositories have 0."""
    for light in work.repositories():
        repo_id = light.repository.repo_id
        before = work.previous.get(repo_id)
        if _is_empty(light) and repo_id not in work.unsure:
            work.commits[repo_id] = 0
        elif before and before.commits is not None and _has_same_head(light, before):
            work.commits[repo_id] = before.commits


def _is_empty(light: Light) -> bool:
    return light.repository.default_branch is None and light.repository.head_oid is None


def _has_same_head(light: Light, before: KnownRepository) -> bool:
    head = light.repository.head_oid
    return bool(head and before.head and head.startswith(before.head))


def _due_for_commits(work: _Pass) -> list[Light]:
    """Return the repositories with a head whose commit total is not known."""
    unknown = (light for light in work.repositories() if light.repository.repo_id not in work.commits)
    return [light for light in unknown if light.repository.head_oid is not None]


def _due_for_details(work: _Pass) -> list[Light]:
    def is_due(light: Light) -> bool:
        repo_id = light.repository.repo_id
        before = work.previous.get(repo_id)
        if (resumed := work.resumed.get(repo_id)) and before:
            # The unfinished run already stored the head, so a changed head shows only in a missing commit total.
            is_new = before.details_at is None or repo_id not in work.commits
            return resumed.details is None and (is_new or _is_details_day(work, before))
        return not before or not _has_same_head(light, before) or _is_details_day(work, before)

    return [light for light in work.repositories() if is_due(light)]


def _is_details_day(work: _Pass, before: KnownRepository) -> bool:
    """Return whether the details of an unchanged repository are requested today: each day those of a seventh."""
    if before.repo_id % 7 == work.today.toordinal() % 7:
        return True
    # If runs are less frequent than daily, there may be no run on the day of a repository.
    return before.details_at is not None and work.today - before.details_at.date() > _MAX_DETAILS_AGE


def _count_with_rest(work: _Pass, names: Sequence[str], progress: Progress) -> None:
    """Count repositories without a token, one call each."""
    for number, name in enumerate(names, 1):
        _request_by_rest(work, name)
        progress(number, len(names))
    for name, light in work.light.items():
        if light.repository.repo_id not in work.done and light.repository.repo_id not in work.commits:
            _request_head_by_rest(work, name, light)


def _request_by_rest(work: _Pass, name: str) -> None:
    try:
        answer = rest.fetch_repository(work.client, name)
    except UnansweredError as error:
        work.fail(name, str(error))
        work.streak.add(name, str(error))
        return
    work.streak.reset()
    if isinstance(answer, Missing):
        work.missing[name] = answer
    else:
        work.light[name], work.details[answer[0].repository.repo_id] = answer


def _request_head_by_rest(work: _Pass, name: str, light: Light) -> None:
    try:
        head = rest.fetch_commit_total(work.client, light.repository.name)
    except UnansweredError as error:  # the total stays unknown
        work.streak.add(name, str(error))
        return
    work.streak.reset()
    if head is not None:
        total, oid, committed_on = head
        work.commits[light.repository.repo_id] = total
        work.light[name] = rest.with_head(light, oid, committed_on)
