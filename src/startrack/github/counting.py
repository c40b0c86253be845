"""One pass over many repositories: every one of them ends as `Counted` or as `Missing` with its reason.

With a token three tiers of GraphQL: light scalars for all; details for the new, the moved and a seventh of the
rest each day; commit totals only where the head has moved, since otherwise the total has not. Without a token
one REST call each, and what is left of the hour's sixty for commit totals.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from startrack.errors import GitHubError
from startrack.github import queries, rest
from startrack.github.answers import Answer, UnansweredError
from startrack.github.client import Client
from startrack.models import Counted, Details, Known, Missing, Observation, Reason, same_repo

__all__ = ["Progress", "Tally", "count"]

# Half of what was measured to answer well inside GitHub's ten seconds.
LIGHT_BATCH, DETAILS_BATCH, COMMITS_BATCH = 50, 20, 8

Progress = Callable[[int, int], None]
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Tally:
    """What a pass saw, in the order asked; `stopped` says why it ended early, `None` where it did not."""

    seen: tuple[Observation, ...]
    stopped: str | None = None


@dataclass(slots=True)
class _Pass:
    """The state of one pass; it fills up as answers arrive."""

    client: Client
    known: Mapping[int, Known]
    today: date
    light: dict[str, queries.Light] = field(default_factory=dict)
    missing: dict[str, Missing] = field(default_factory=dict)
    details: dict[int, Details] = field(default_factory=dict)
    commits: dict[int, int] = field(default_factory=dict)
    stopped: str | None = None

    def repositories(self) -> list[queries.Light]:
        """Return each repository once, whatever the number of names that led to it."""
        return list({each.repository.repo_id: each for each in self.light.values()}.values())


def count(
    client: Client, names: Sequence[str], known: Iterable[Known], today: date, progress: Progress = lambda *_: None
) -> Tally:
    """Count every repository by its OWNER/NAME.

    A spent budget, a lost network or a refused token ends the pass early: what was not asked by then is `Missing`
    with reason `not_asked`. Raises the GitHubError itself where nothing was counted before it.
    """
    known = tuple(known)
    work = _Pass(client, {each.repo_id: each for each in known}, today)
    steps = _graphql_steps if client.token else _rest_steps
    try:
        steps(work, _longest_unseen_first(names, known), progress)
    except GitHubError as error:
        if not work.light:
            raise
        work.stopped = str(error)
    ids = {same_repo(each.name): each.repo_id for each in known}
    return Tally(tuple(_observation(work, name, ids) for name in names), work.stopped)


def _longest_unseen_first(names: Sequence[str], known: Iterable[Known]) -> list[str]:
    """Order names so that where a budget ends early, the next pass begins with what this one left out."""
    seen = {same_repo(each.name): each.seen_at for each in known}
    return sorted(names, key=lambda name: (when is not None, when) if (when := seen.get(same_repo(name))) else (False,))


def _observation(work: _Pass, name: str, ids: Mapping[str, int]) -> Observation:
    if (light := work.light.get(name)) is None:
        missing = work.missing.get(name) or Missing(name, Reason.NOT_ASKED)
        return Missing(name, missing.reason, missing.detail, ids.get(same_repo(name)))
    repo_id = light.repository.repo_id
    return Counted(
        asked=name,
        repository=light.repository,
        stars=light.stars,
        forks=light.forks,
        commits=work.commits.get(repo_id),
        details=work.details.get(repo_id),
    )


# ── With a token ─────────────────────────────────────────────────────────────────────────────────────────


def _graphql_steps(work: _Pass, names: Sequence[str], progress: Progress) -> None:
    for batch in _batches(names, LIGHT_BATCH):
        _ask_light(work, batch)
        progress(len(work.light) + len(work.missing), len(names))
    _keep_commits(work)
    _ask_nodes(work, _due_for_details(work), DETAILS_BATCH, queries.details, queries.read_details, work.details)
    _ask_nodes(work, _moved(work), COMMITS_BATCH, queries.commits, queries.read_commits, work.commits)
    for name, missing in work.missing.items():
        if missing.reason is Reason.NOT_FOUND:
            work.missing[name] = rest.classify(work.client, name)


def _batches(items: Sequence[Value], size: int) -> Iterator[Sequence[Value]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _ask_light(work: _Pass, names: Sequence[str]) -> None:
    """Ask for a batch, by halves where GitHub gives up on the whole of it."""
    try:
        answer = work.client.graphql(*queries.light(names))
    except UnansweredError as error:
        if len(names) == 1:
            work.missing[names[0]] = Missing(names[0], Reason.FAILED, str(error))
            return
        for half in _halves(names):
            _ask_light(work, half)
        return
    again = [name for place, name in enumerate(names) if not _take_light(work, answer, f"r{place}", name)]
    if len(again) == len(names) == 1:
        work.missing[names[0]] = Missing(names[0], Reason.FAILED, "GitHub's limit for one query was met")
    elif again:
        for half in _halves(again):
            _ask_light(work, half)


def _halves(items: Sequence[Value]) -> list[Sequence[Value]]:
    middle = (len(items) + 1) // 2
    return [half for half in (items[:middle], items[middle:]) if half]


def _take_light(work: _Pass, answer: Answer, alias: str, name: str) -> bool:
    """Take one repository out of an answer; `False` where it has to be asked for again in a smaller batch."""
    node = answer.data.get(alias)
    error = answer.errors.get(alias, {})
    if error.get("type") == "RESOURCE_LIMITS_EXCEEDED":
        return False
    if node is None:
        work.missing[name] = _missing(name, error)
        return True
    try:
        work.light[name] = queries.read_light(node)
    except (KeyError, TypeError, ValueError):
        work.missing[name] = Missing(name, Reason.FAILED, "GitHub's answer was not understood")
    return True


def _missing(name: str, error: Mapping[str, Any]) -> Missing:
    message = queries.plain_text(str(error.get("message", ""))) or ""
    if error.get("type") == "NOT_FOUND":
        return Missing(name, Reason.NOT_FOUND, message)
    if error.get("type") == "FORBIDDEN" and (error.get("extensions") or {}).get("saml_failure"):
        return Missing(name, Reason.SAML, message)
    return Missing(name, Reason.FAILED, message or "GitHub gave no answer for it")


def _keep_commits(work: _Pass) -> None:
    """Carry over the commit totals of heads that have not moved, and that of repositories without a head."""
    for each in work.repositories():
        before = work.known.get(each.repository.repo_id)
        if each.repository.head_oid is None:
            work.commits[each.repository.repo_id] = 0
        elif before and before.commits is not None and _same_head(each, before):
            work.commits[each.repository.repo_id] = before.commits


def _same_head(light: queries.Light, before: Known) -> bool:
    head = light.repository.head_oid
    return bool(head and before.head and head.startswith(before.head))


def _moved(work: _Pass) -> list[queries.Light]:
    return [each for each in work.repositories() if each.repository.repo_id not in work.commits]


def _due_for_details(work: _Pass) -> list[queries.Light]:
    def due(each: queries.Light) -> bool:
        repo_id = each.repository.repo_id
        before = work.known.get(repo_id)
        return not before or not _same_head(each, before) or repo_id % 7 == work.today.toordinal() % 7

    return [each for each in work.repositories() if due(each)]


def _ask_nodes(
    work: _Pass,
    wanted: Sequence[queries.Light],
    size: int,
    query: Callable[[Sequence[str]], tuple[str, dict[str, object]]],
    read: Callable[[Mapping[str, Any]], Value],
    into: dict[int, Value],
) -> None:
    """Ask for one kind of figures of many repositories; what cannot be had stays unknown."""
    for batch in _batches(wanted, size):
        left = _ask_node_batch(work.client, batch, query, read, into)
        if len(batch) > 1:
            for half in _halves(left):
                _ask_nodes(work, half, len(half), query, read, into)


def _ask_node_batch(
    client: Client,
    batch: Sequence[queries.Light],
    query: Callable[[Sequence[str]], tuple[str, dict[str, object]]],
    read: Callable[[Mapping[str, Any]], Value],
    into: dict[int, Value],
) -> list[queries.Light]:
    """Ask once and return what GitHub gave up on, which is all of the batch or a part of it."""
    try:
        answer = client.graphql(*query([each.repository.node_id or "" for each in batch]))
    except UnansweredError:
        return list(batch)
    nodes = answer.data.get("nodes") or [None] * len(batch)
    left = []
    for place, (each, node) in enumerate(zip(batch, nodes, strict=False)):
        if answer.errors.get(f"nodes.{place}", {}).get("type") == "RESOURCE_LIMITS_EXCEEDED":
            left.append(each)
        elif node:
            _take_node(into, each, node, read)
    return left


def _take_node(
    into: dict[int, Value], each: queries.Light, node: Mapping[str, Any], read: Callable[[Mapping[str, Any]], Value]
) -> None:
    try:
        into[each.repository.repo_id] = read(node)
    except (KeyError, TypeError, ValueError):
        return  # stays unknown, which is what it is


# ── Without a token ──────────────────────────────────────────────────────────────────────────────────────


def _rest_steps(work: _Pass, names: Sequence[str], progress: Progress) -> None:
    for name in names:
        seen = rest.repository(work.client, name)
        if isinstance(seen, Missing):
            work.missing[name] = seen
        else:
            work.light[name], work.details[seen[0].repository.repo_id] = seen
        progress(len(work.light) + len(work.missing), len(names))
    for name, light in work.light.items():
        _ask_commits_by_rest(work, name, light)


def _ask_commits_by_rest(work: _Pass, name: str, light: queries.Light) -> None:
    try:
        total, oid, committed_on = rest.commit_total(work.client, light.repository.name)
    except (ValueError, KeyError, TypeError):
        return  # stays unknown
    work.commits[light.repository.repo_id] = total
    work.light[name] = rest.with_head(light, oid, committed_on)
