"""Repositories by REST: for runs without a token, and to tell apart what GraphQL calls not found."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from startrack.checkup import Allowance
from startrack.github.answers import NOT_UNDERSTOOD, UnansweredError
from startrack.github.client import MOVED, Client, Reply
from startrack.github.queries import Light, day, instant, plain_text, repository_name, whole
from startrack.models import Details, Missing, Reason, Repository

__all__ = ["allowances", "classify", "commit_total", "repository", "survey"]

_FAR = 2**33  # seconds: the year 2242
_OK, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _BLOCKED = 200, 403, 404, 409, 451
_LAST_PAGE = re.compile(r'<[^<>]*[?&]page=(\d+)[^<>]*>;\s*rel="last"')


def repository(client: Client, name: str) -> tuple[Light, Details] | Missing:
    """Return one repository by a single call, two where it was renamed; its head is not told this way.

    Raises what `Client.get` raises.
    """
    reply = client.get(f"/repos/{name}", follow=True)
    if reply.status != _OK:
        return _missing(name, reply)
    try:
        return _read(json.loads(reply.text))
    except NOT_UNDERSTOOD:
        return Missing(name, Reason.FAILED, "GitHub's answer was not understood")


def classify(client: Client, name: str) -> Missing:
    """Return why GraphQL does not find a repository: gone, blocked by DMCA or terms of service, or moved.

    Raises what `Client.get` raises.
    """
    reply = client.get(f"/repos/{name}")
    if reply.status in MOVED:
        return Missing(name, Reason.MOVED, "moved to where the token cannot see it")
    return _missing(name, reply)


def commit_total(client: Client, name: str) -> tuple[int, str | None, Any]:
    """Return the commit total, the head's oid and its day, by the page number that `Link` calls last.

    Raises what `Client.get` raises, and ValueError where the answer is not understood.
    """
    reply = client.get(f"/repos/{name}/commits?per_page=1")
    if reply.status == _CONFLICT:
        return 0, None, None  # an empty repository
    if reply.status != _OK:
        raise ValueError(f"commits of {name}: {reply.status}")
    (head,) = json.loads(reply.text)
    last = _LAST_PAGE.search(reply.headers.get("link", ""))
    return int(last[1]) if last else 1, head["sha"], day(head["commit"]["committer"]["date"])


def survey(client: Client) -> None:
    """Learn what the tokens have left of this hour's calls, as far as GitHub tells; asking is free.

    Raises what `Client.get` raises.
    """
    for _ in client.tokens.every:  # each goes out with the token of which least is known
        client.get("/rate_limit")


def allowances(client: Client) -> tuple[Allowance, ...]:
    """Return what GitHub says of the hour's budgets, none where this GitHub counts none; asking is free.

    Raises what `Client.get` raises, and UnansweredError where the answer is not understood.
    """
    reply = client.get("/rate_limit")
    if reply.status == _NOT_FOUND:  # an Enterprise server without limits
        return ()
    try:
        resources = json.loads(reply.text)["resources"]
        return tuple(_allowance(name, resources[name]) for name in ("graphql", "core") if name in resources)
    except NOT_UNDERSTOOD as error:
        raise UnansweredError(f"GitHub answered {reply.status} and not what is left; run again later") from error


def _allowance(resource: str, figures: Mapping[str, Any]) -> Allowance:
    reset = datetime.fromtimestamp(whole(figures["reset"], _FAR), UTC).replace(tzinfo=None)
    return Allowance(resource, whole(figures["remaining"]), whole(figures["limit"]), reset)


def _missing(name: str, reply: Reply) -> Missing:
    block = _block_reason(reply.text)
    match reply.status:
        case 404:
            return Missing(name, Reason.NOT_FOUND)
        case 451:
            return Missing(name, Reason.DMCA, block or "")
        case 403 if block == "tos":
            return Missing(name, Reason.TOS)
        case _:
            return Missing(name, Reason.FAILED, f"GitHub answered {reply.status}")


def _block_reason(body: str) -> str | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    block = found.get("block") if isinstance(found, dict) else None
    return block.get("reason") if isinstance(block, dict) else None


def _read(node: Mapping[str, Any]) -> tuple[Light, Details]:
    repository = Repository(
        repo_id=whole(node["id"], 2**63),
        name=repository_name(node["full_name"]),
        node_id=node["node_id"],
        url=node["html_url"],
        description=plain_text(node["description"]),
        language=node["language"],
        license=(node["license"] or {}).get("spdx_id"),
        created_at=instant(node["created_at"]),
        default_branch=node["default_branch"],
        is_archived=bool(node["archived"]),
        is_fork=bool(node["fork"]),
        is_disabled=bool(node["disabled"]),
        is_mirror=bool(node.get("mirror_url")),
    )
    # `open_issues_count` includes pull requests, so neither of the two is known from it.
    details = Details(watchers=whole(node["subscribers_count"]), topics=tuple(node["topics"]))
    return Light(repository, whole(node["stargazers_count"]), whole(node["forks_count"])), details


def with_head(light: Light, oid: str | None, committed_on: Any) -> Light:  # noqa: ANN401
    """Return the repository with its head, which REST tells only beside the commits."""
    return replace(light, repository=replace(light.repository, head_oid=oid, head_committed_on=committed_on))
