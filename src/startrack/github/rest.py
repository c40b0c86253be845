"""Repositories by REST: for runs without a token, and to tell apart what GraphQL calls not found."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from startrack.errors import SourceError
from startrack.github import fields
from startrack.github.client import MOVED, Client, Document, Reply, bearable
from startrack.github.queries import Light
from startrack.github.responses import NOT_UNDERSTOOD, UnansweredError
from startrack.model.diagnostics import ApiBudget
from startrack.model.repository import Details, Missing, Reason, Repository

__all__ = ["allowances", "ask", "classify", "commit_total", "read_list", "repository", "survey"]

_FAR = 2**33  # seconds: the year 2242
_OK, _NOT_FOUND, _CONFLICT, _SERVER_ERROR = 200, 404, 409, 500


def ask(client: Client, path: str, *, follow: bool = False, etag: str | None = None, resource: str = "core") -> Reply:
    """Return an answer that GitHub itself gave, whatever it says.

    Raises what `Client.get` raises, and UnansweredError where the server failed.
    """
    reply = client.get(path, follow=follow, etag=etag, resource=resource)
    if reply.status >= _SERVER_ERROR:
        raise UnansweredError(f"GitHub answered {reply.status}")
    return reply


def repository(client: Client, name: str) -> tuple[Light, Details] | Missing:
    """Return one repository by a single call, two where it was renamed; its head is not told this way.

    Raises what `ask` raises, and UnansweredError where the answer is not understood.
    """
    reply = ask(client, f"/repos/{name}", follow=True)
    if reply.status != _OK:
        return _missing(name, reply)
    try:
        return _read(fields.parse(reply.text))
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's answer was not understood") from error


def classify(client: Client, name: str) -> Missing:
    """Return why GraphQL does not find a repository: gone, blocked by DMCA or terms of service, or moved.

    Raises what `ask` raises.
    """
    reply = ask(client, f"/repos/{name}")
    if reply.status in MOVED:
        return Missing(name, Reason.MOVED, "moved to where the token cannot see it")
    return _missing(name, reply)


def commit_total(client: Client, name: str) -> tuple[int, str | None, date | None] | None:
    """Return the commit total, the head's oid and its day, by the page number that `Link` calls last.

    `None` where GitHub refuses to tell. Raises what `repository` raises.
    """
    reply = ask(client, f"/repos/{name}/commits?per_page=1")
    if reply.status == _CONFLICT:
        return 0, None, None  # an empty repository
    if reply.status != _OK:
        return None
    try:
        (head,) = fields.parse(reply.text)
        committer = fields.record(head["commit"]["committer"]) or {}
        committed_on = fields.commit_day(committer.get("date"))
        return fields.last_page(reply.headers.get("link", "")), fields.object_id(head["sha"]), committed_on
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's answer was not understood") from error


def read_list(client: Client, repo: str, path: str | None) -> Document:
    """Return a file of a repository on GitHub (OWNER/NAME), its README where no path is given.

    Raises SourceError where there is none, and what `Client.get` raises.
    """
    return _file(client, repo, path) if path else _readme(client, repo)


def _readme(client: Client, repo: str) -> Document:
    # As JSON: the raw text does not tell the file's name, by which a README in reStructuredText is known.
    reply = _found(client.get(f"/repos/{repo}/readme", follow=True), repo, "README")
    try:
        path, content = fields.readme(reply.text)
    except NOT_UNDERSTOOD as error:
        raise SourceError(f"GitHub's answer on the README of {repo} is not understood; run again later") from error
    return _file(client, repo, path) if content is None else Document(bearable(content, repo), path)


def _file(client: Client, repo: str, path: str) -> Document:
    where = f"/repos/{repo}/contents/{quote(path, errors='replace')}"
    reply = _found(client.get(where, accept="application/vnd.github.raw+json", follow=True), repo, path)
    if reply.headers.get("content-type", "").startswith("application/json"):
        raise SourceError(f"{path} of {repo} is a folder; name the list's file in it, as in {repo}:{path}/README.md")
    return Document(bearable(reply.content, repo), path)


def _found(reply: Reply, repo: str, file: str) -> Reply:
    if reply.status != _OK:
        raise SourceError(f"{repo} has no {file} that can be read ({reply.status}); check its spelling")
    return reply


def survey(client: Client) -> None:
    """Learn what the tokens have left of this hour's calls, as far as GitHub tells; asking is free.

    Raises what `Client.get` raises; that this one request gets no answer says nothing of others.
    """
    for _ in client.tokens.every:  # each goes out with the token of which least is known
        with suppress(UnansweredError):
            client.get("/rate_limit")


def allowances(client: Client) -> tuple[ApiBudget, ...]:
    """Return what GitHub says of the hour's budgets, none where this GitHub counts none; asking is free.

    Raises what `Client.get` raises, and UnansweredError where the answer is not understood.
    """
    reply = client.get("/rate_limit")
    if reply.status == _NOT_FOUND:  # an Enterprise server without limits
        return ()
    try:
        resources = fields.record(fields.parse(reply.text)["resources"]) or {}
        return tuple(_allowance(name, resources[name]) for name in ("graphql", "core") if name in resources)
    except NOT_UNDERSTOOD as error:
        raise UnansweredError(f"GitHub answered {reply.status} and not what is left; run again later") from error


def _allowance(resource: str, figures: Mapping[str, Any]) -> ApiBudget:
    reset = datetime.fromtimestamp(fields.whole(figures["reset"], _FAR), UTC).replace(tzinfo=None)
    return ApiBudget(resource, fields.whole(figures["remaining"]), fields.whole(figures["limit"]), reset)


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
        return fields.line(fields.parse(body)["block"]["reason"])
    except NOT_UNDERSTOOD:
        return None


def _read(node: Mapping[str, Any]) -> tuple[Light, Details]:
    repository = Repository(
        repo_id=fields.repository_id(node["id"]),
        name=fields.repository_name(node["full_name"]),
        node_id=fields.node_id(node["node_id"]),
        url=fields.web_address(node["html_url"]),
        description=fields.line(node["description"]),
        language=fields.line(node["language"]),
        license=fields.line((fields.record(node["license"]) or {}).get("spdx_id")),
        created_at=fields.instant(node["created_at"]),
        default_branch=fields.line(node["default_branch"]),
        is_archived=fields.flag(node["archived"]),
        is_fork=fields.flag(node["fork"]),
        is_disabled=fields.flag(node["disabled"]),
        is_mirror=fields.line(node.get("mirror_url")) is not None,
    )
    # `open_issues_count` includes pull requests, so neither of the two is known from it.
    details = Details(watchers=fields.whole(node["subscribers_count"]), topics=fields.topics(node["topics"]))
    stars, forks = fields.whole(node["stargazers_count"]), fields.whole(node["forks_count"])
    return Light(repository, stars, forks), details


def with_head(light: Light, oid: str | None, committed_on: date | None) -> Light:
    """Return the repository with its head, which REST tells only beside the commits."""
    return replace(light, repository=replace(light.repository, head_oid=oid, head_committed_on=committed_on))
