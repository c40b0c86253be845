"""One pass over many repositories: every one of them ends as `Counted` or as `Missing` with its reason.

With a token three tiers of GraphQL: light scalars for all; details for the new, the moved and a seventh of the
rest each day; commit totals only where the head has moved, since otherwise the total has not. Without a token
one REST call each, and what is left of the hour's sixty for commit totals.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, TypeVar
from zlib import crc32

from startrack.errors import GitHubError
from startrack.github import batches, fields, queries, rest
from startrack.github.batches import Batch, OutageError, Streak
from startrack.github.client import Client
from startrack.github.queries import Light
from startrack.github.responses import NOT_UNDERSTOOD, Answer, UnansweredError
from startrack.model.repository import Counted, Details, KnownRepository, Missing, Observation, Reason, name_key
from startrack.model.runs import Run

__all__ = [
    "Collection",
    "Progress",
    "collect",
]


# Half of what was measured to answer well inside GitHub's ten seconds.
LIGHT_BATCH, DETAILS_BATCH, COMMITS_BATCH = 50, 20, 8

Progress = Callable[[int, int], None]
Query = Callable[[Sequence[str]], tuple[str, dict[str, object]]]
Value = TypeVar("Value")

_STAYS = frozenset({Reason.NOT_FOUND, Reason.DMCA, Reason.TOS, Reason.MOVED})
_DETAILS_AGE = timedelta(days=7)
_TOO_HEAVY = "RESOURCE_LIMITS_EXCEEDED"


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of the three tiers, which learn their sizes as answers come."""

    light: Batch
    details: Batch
    commits: Batch


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier runs left beside their counts: the last one's record, and by lower-case name what is missing since.

    `begun` is what earlier runs saw that this one goes on from: none of it is asked for again. A commit total that
    is `None` there, and `details` that are, are still to come.
    """

    last: Run | None = None
    gone: Mapping[str, Missing] = field(default_factory=dict)
    begun: Mapping[str, Observation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Collection:
    """What a pass saw, in the order asked; `stopped` says why it ended early, `None` where it did not."""

    seen: tuple[Observation, ...]
    batches: Batches
    stopped: str | None = None


def batches_after(last: Run | None) -> Batches:
    """Return batches of the sizes that the last run ended with, or of the usual ones."""

    def batch(learned: int | None, usual: int) -> Batch:
        return Batch(min(learned or usual, 2 * usual), 2 * usual)

    return Batches(
        batch(last.light_batch if last else None, LIGHT_BATCH),
        batch(last.details_batch if last else None, DETAILS_BATCH),
        batch(last.commits_batch if last else None, COMMITS_BATCH),
    )


@dataclass(slots=True)
class _Pass:
    """The state of one pass; it fills up as answers arrive."""

    client: Client
    known: Mapping[int, KnownRepository]
    today: date
    batches: Batches
    gone: Mapping[str, Missing]
    light: dict[str, Light] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    details: dict[int, Details] = field(default_factory=dict)
    commits: dict[int, int] = field(default_factory=dict)
    unsure: set[int] = field(default_factory=set)
    streak: Streak = field(default_factory=Streak)
    done: set[int] = field(default_factory=set)
    begun: dict[int, Counted] = field(default_factory=dict)

    @property
    def learned(self) -> int:
        """How much is known so far; it grows with every answer that tells something."""
        return len(self.light) + len(self.missing) + len(self.details) + len(self.commits)

    def go_on_from(self, name: str, seen: Observation) -> None:
        """Take what an earlier run saw of a name for answered."""
        if isinstance(seen, Missing):
            self.missing[name] = replace(seen, asked=name)
            return
        repo_id = seen.repository.repo_id
        self.begun[repo_id] = seen
        self.light[name] = Light(seen.repository, seen.stars, seen.forks)
        if seen.commits is not None:
            self.commits[repo_id] = seen.commits

    def open_of(self, names: Sequence[str]) -> list[str]:
        """Return the names that nothing is known of yet."""
        return [name for name in names if name not in self.light and name not in self.missing]

    def has_failed(self, name: str) -> bool:
        """Say whether a repository got no answer when it was last asked for."""
        before = self.gone.get(name_key(name))
        return before is not None and before.reason is Reason.FAILED

    def repositories(self) -> list[Light]:
        """Return each repository that is not done once, whatever the number of names that led to it."""
        found = {each.repository.repo_id: each for each in self.light.values()}
        return [each for repo_id, each in found.items() if repo_id not in self.done]

    def finish(self) -> None:
        """Ask nothing more of the repositories that have answered so far."""
        self.done |= {each.repository.repo_id for each in self.light.values()}

    def lose(self, name: str, reason: str) -> bool:
        """Tell a repository that GitHub does not answer for, even alone."""
        self.missing[name] = Missing(name, Reason.FAILED, reason)
        return False

    def ask_light(self, names: Sequence[str]) -> list[str]:
        """Ask for the light scalars of some repositories and return those that were left out."""
        answer = self.client.graphql(*queries.light(names), may_repeat=len(names) == 1)
        return [name for place, name in enumerate(names) if not self._take(answer, f"r{place}", name)]

    def _take(self, answer: Answer, alias: str, name: str) -> bool:
        error = answer.errors.get(alias, {})
        if error.get("type") == _TOO_HEAVY:
            return False
        if (node := answer.data.get(alias)) is None:
            self.missing[name] = _missing(name, error)
            return True
        try:
            self.light[name] = queries.read_light(node)
        except NOT_UNDERSTOOD:
            self.lose(name, "GitHub's answer was not understood")
            return True
        if error:  # something below it was refused, so an absent branch is not an empty repository
            self.unsure.add(self.light[name].repository.repo_id)
        return True

    def ask_details(self, wanted: Sequence[Light]) -> list[Light]:
        """Ask for the details of some repositories and return those that were left out."""
        return self._ask_nodes(wanted, queries.details, queries.read_details, self.details)

    def ask_commits(self, wanted: Sequence[Light]) -> list[Light]:
        """Ask for the commit totals of some repositories and return those that were left out."""
        return self._ask_nodes(wanted, queries.commits, queries.read_commits, self.commits)

    def _ask_nodes(
        self,
        wanted: Sequence[Light],
        query: Query,
        read: Callable[[Mapping[str, Any]], Value],
        into: dict[int, Value],
    ) -> list[Light]:
        ids = [each.repository.node_id or "" for each in wanted]
        answer = self.client.graphql(*query(ids), may_repeat=len(ids) == 1)
        nodes = answer.data.get("nodes")
        if not isinstance(nodes, list) or len(nodes) != len(wanted):
            raise UnansweredError("GitHub's answer was not understood")
        left = []
        for place, (each, node) in enumerate(zip(wanted, nodes, strict=True)):
            if answer.errors.get(f"nodes.{place}", {}).get("type") == _TOO_HEAVY:
                left.append(each)
            elif node:
                with suppress(*NOT_UNDERSTOOD):  # what is not understood stays unknown
                    into[each.repository.repo_id] = read(node)
        return left

    def ask_commits_by_rest(self, wanted: Light, _reason: str) -> bool:
        """Ask for a commit total that GraphQL does not give even alone, and say whether REST gave it."""
        with suppress(UnansweredError):
            if head := rest.commit_total(self.client, wanted.repository.name):
                self.commits[wanted.repository.repo_id] = head[0]
        return wanted.repository.repo_id in self.commits


def collect(
    client: Client,
    names: Sequence[str],
    known: Iterable[KnownRepository],
    today: date,
    memory: Memory = Memory(),
    progress: Progress = lambda *_: None,
) -> Collection:
    """Count every repository by its OWNER/NAME, in batches of the sizes that the last run ended with.

    A spent budget, a lost network or a refused token ends the pass early: what was not asked by then is `Missing`
    with reason `not_asked`. Raises the GitHubError itself where nothing was learned before it.
    """
    known = tuple(known)
    work = _Pass(client, {each.repo_id: each for each in known}, today, batches_after(memory.last), memory.gone)
    for name in names:
        if seen := memory.begun.get(name_key(name)):
            work.go_on_from(name, seen)
    before, stopped = work.learned, None
    try:
        _ask_all(work, _longest_unseen_first(work.open_of(names), known), progress)
    except GitHubError as error:
        if work.learned == before:
            raise
        stopped = str(error)
    ids = {name_key(each.name): each.repo_id for each in known}
    return Collection(tuple(_observation(work, name, ids) for name in names), work.batches, stopped)


def _ask_all(work: _Pass, names: Sequence[str], progress: Progress) -> None:
    """Ask for all, and last for those that got no answer in the run before: that they get none now ends nothing.

    Their order is another one every day, so each of them has its turn.
    """
    steps = _graphql_steps if work.client.tokens.authorized else _rest_steps
    again = sorted(filter(work.has_failed, names), key=lambda name: crc32(f"{name} {work.today}".encode()))
    first = [name for name in names if not work.has_failed(name)]
    steps(work, first, lambda done, _: progress(done, len(names)))
    work.finish()
    try:
        steps(work, again, lambda done, _: progress(len(first) + done, len(names)))
    except OutageError:
        for name in work.open_of(again):
            work.lose(name, "it got no answer in the last run, and several like it get none now")


def _longest_unseen_first(names: Sequence[str], known: Iterable[KnownRepository]) -> list[str]:
    """Order names so that where a budget ends early, the next pass begins with what this one left out."""
    seen = {name_key(each.name): each.seen_at for each in known}
    return sorted(names, key=lambda name: (when is not None, when) if (when := seen.get(name_key(name))) else (False,))


def _observation(work: _Pass, name: str, ids: Mapping[str, int]) -> Observation:
    if (light := work.light.get(name)) is None:
        missing = work.missing.get(name) or Missing(name, Reason.NOT_ASKED)
        return replace(missing, repo_id=ids.get(name_key(name)))
    repo_id = light.repository.repo_id
    earlier = work.begun.get(repo_id)
    return Counted(
        asked=name,
        repository=light.repository,
        stars=light.stars,
        forks=light.forks,
        commits=work.commits.get(repo_id),
        details=work.details.get(repo_id),
        taken_at=earlier.taken_at if earlier else None,
    )


# ── With a token ─────────────────────────────────────────────────────────────────────────────────────────


def _graphql_steps(work: _Pass, names: Sequence[str], progress: Progress) -> None:
    tiers, together = work.batches, len(work.client.tokens.every)
    batches.ask(
        names,
        tiers.light,
        work.ask_light,
        work.lose,
        together=together,
        done=lambda done: progress(done, len(names)),
    )
    _keep_commits(work)
    # Details that cannot be had stay unknown.
    batches.ask(_due_for_details(work), tiers.details, work.ask_details, lambda *_: False, together=together)
    batches.ask(_moved(work), tiers.commits, work.ask_commits, work.ask_commits_by_rest, together=together)
    _tell_apart(work, [name for name in names if _is_not_found(work, name)])


def _is_not_found(work: _Pass, name: str) -> bool:
    return name in work.missing and work.missing[name].reason is Reason.NOT_FOUND


def _tell_apart(work: _Pass, names: Sequence[str]) -> None:
    """Tell why GraphQL does not find repositories: by REST where it is news and once a week, else as it was before."""
    due = []
    for place, name in enumerate(names):
        before = work.gone.get(name_key(name))
        if before and before.reason in _STAYS:
            work.missing[name] = before
        else:  # a run that ends before it asks leaves the question to the next one
            work.lose(name, "GitHub does not find it, and has not said why")
        if work.missing[name] is not before or place % 7 == work.today.toordinal() % 7:
            due.append(name)
    for name in due:
        _classify(work, name)


def _classify(work: _Pass, name: str) -> None:
    try:
        work.missing[name] = rest.classify(work.client, name)
    except UnansweredError as error:
        work.streak.lose(name, str(error))
    else:
        work.streak.answered()


def _missing(name: str, error: Mapping[str, Any]) -> Missing:
    message = fields.plain_text(str(error.get("message", ""))) or ""
    extensions = error.get("extensions")
    if error.get("type") == "NOT_FOUND":
        return Missing(name, Reason.NOT_FOUND, message)
    if error.get("type") == "FORBIDDEN" and isinstance(extensions, dict) and extensions.get("saml_failure"):
        return Missing(name, Reason.SAML, message)
    return Missing(name, Reason.FAILED, message or "GitHub gave no answer for it")


def _keep_commits(work: _Pass) -> None:
    """Carry over the commit totals of heads that have not moved, and that of repositories without a head."""
    for each in work.repositories():
        before = work.known.get(each.repository.repo_id)
        if _is_empty(each) and each.repository.repo_id not in work.unsure:
            work.commits[each.repository.repo_id] = 0
        elif before and before.commits is not None and _same_head(each, before):
            work.commits[each.repository.repo_id] = before.commits


def _is_empty(light: Light) -> bool:
    return light.repository.default_branch is None and light.repository.head_oid is None


def _same_head(light: Light, before: KnownRepository) -> bool:
    head = light.repository.head_oid
    return bool(head and before.head and head.startswith(before.head))


def _moved(work: _Pass) -> list[Light]:
    wanted = (each for each in work.repositories() if each.repository.repo_id not in work.commits)
    return [each for each in wanted if each.repository.head_oid is not None]


def _due_for_details(work: _Pass) -> list[Light]:
    def due(each: Light) -> bool:
        repo_id = each.repository.repo_id
        before = work.known.get(repo_id)
        if (earlier := work.begun.get(repo_id)) and before:
            # Its head is known since a few minutes ago: whether it had moved shows in the total that is missing.
            is_new = before.details_at is None or repo_id not in work.commits
            return earlier.details is None and (is_new or _is_turn(work, before))
        return not before or not _same_head(each, before) or _is_turn(work, before)

    return [each for each in work.repositories() if due(each)]


def _is_turn(work: _Pass, before: KnownRepository) -> bool:
    """Say whether the details of a repository that has not moved are asked for today: a seventh of them is."""
    if before.repo_id % 7 == work.today.toordinal() % 7:
        return True
    # Where runs are rarer than daily, some never meet their day.
    return before.details_at is not None and work.today - before.details_at.date() > _DETAILS_AGE


# ── Without a token ──────────────────────────────────────────────────────────────────────────────────────


def _rest_steps(work: _Pass, names: Sequence[str], progress: Progress) -> None:
    for number, name in enumerate(names, 1):
        _ask_by_rest(work, name)
        progress(number, len(names))
    for name, light in work.light.items():
        if light.repository.repo_id not in work.done and light.repository.repo_id not in work.commits:
            _ask_commits_by_rest(work, name, light)


def _ask_by_rest(work: _Pass, name: str) -> None:
    try:
        seen = rest.repository(work.client, name)
    except UnansweredError as error:
        work.lose(name, str(error))
        work.streak.lose(name, str(error))
        return
    work.streak.answered()
    if isinstance(seen, Missing):
        work.missing[name] = seen
    else:
        work.light[name], work.details[seen[0].repository.repo_id] = seen


def _ask_commits_by_rest(work: _Pass, name: str, light: Light) -> None:
    try:
        head = rest.commit_total(work.client, light.repository.name)
    except UnansweredError as error:  # stays unknown
        work.streak.lose(name, str(error))
        return
    work.streak.answered()
    if head is not None:
        total, oid, committed_on = head
        work.commits[light.repository.repo_id] = total
        work.light[name] = rest.with_head(light, oid, committed_on)
