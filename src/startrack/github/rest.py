"""The REST calls: for runs without a token, for repositories that GraphQL does not find, for lists and budgets."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from startrack.errors import GitHubError, SourceError
from startrack.github import fields
from startrack.github.client import MOVED, Client, Document, Reply, Tier, check_list_size
from startrack.github.queries import Light
from startrack.github.responses import NOT_UNDERSTOOD, UnansweredError
from startrack.model.diagnostics import ApiBudget
from startrack.model.repository import Details, Missing, Reason, Repository

__all__ = [
    "fetch_budgets",
    "fetch_commit_total",
    "fetch_contributors",
    "fetch_diff",
    "fetch_has_pages",
    "fetch_list_file",
    "fetch_missing_reason",
    "fetch_repository",
    "get",
    "refresh_budgets",
    "with_head",
]

_LATEST_RESET = 2**33  # seconds: the year 2242
_OK, _NO_CONTENT, _FORBIDDEN, _NOT_FOUND, _NOT_ACCEPTABLE, _CONFLICT, _SERVER_ERROR = 200, 204, 403, 404, 406, 409, 500


def get(
    client: Client,
    path: str,
    tier: Tier,
    *,
    follow: bool = False,
    etag: str | None = None,
    resource: str = "core",
) -> Reply:
    """Return GitHub's response to a GET, whatever its status.

    Raises what `Client.get` raises, and UnansweredError if the server failed.
    """
    reply = client.get(path, follow=follow, etag=etag, resource=resource, tier=tier)
    if reply.status >= _SERVER_ERROR:
        raise UnansweredError(f"GitHub returned status {reply.status}")
    return reply


def fetch_repository(client: Client, name: str) -> tuple[Light, Details] | Missing:
    """Return one repository with a single call, two if it was renamed. The response does not include the head.

    Raises what `get` raises, and UnansweredError if the response cannot be read.
    """
    reply = get(client, f"/repos/{name}", Tier.LIGHT, follow=True)
    if reply.status != _OK:
        return _missing(name, reply)
    try:
        return _parse_repository(fields.parse_json(reply.text))
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's response could not be read") from error


def fetch_missing_reason(client: Client, name: str) -> Missing:
    """Return why GraphQL does not find a repository: deleted, blocked (DMCA or terms of service), or moved.

    Raises what `get` raises.
    """
    reply = get(client, f"/repos/{name}", Tier.OTHER)
    if reply.status in MOVED:
        return Missing(name, Reason.MOVED, "moved to where the token has no access")
    return _missing(name, reply)


def fetch_commit_total(client: Client, name: str) -> tuple[int, str | None, date | None] | None:
    """Return the commit total, the id of the head and its day; `None` if GitHub refuses.

    The total is the number of the last page in the `Link` header, with one commit a page. Raises what
    `fetch_repository` raises.
    """
    reply = get(client, f"/repos/{name}/commits?per_page=1", Tier.COMMITS)
    if reply.status == _CONFLICT:
        return 0, None, None  # an empty repository
    if reply.status != _OK:
        return None
    try:
        (head,) = fields.parse_json(reply.text)
        committer = fields.parse_object(head["commit"]["committer"]) or {}
        committed_on = fields.parse_commit_day(committer.get("date"))
        total = fields.parse_last_page(reply.headers.get("link", ""))
        return total, fields.parse_commit_id(head["sha"]), committed_on
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's response could not be read") from error


def fetch_contributors(client: Client, repo_id: int) -> int | None:
    """Return the number of contributors, also anonymous ones; `None` where GitHub has too many commits to count them.

    The number is that of the last page in the `Link` header, with one contributor a page. Raises what `get` raises,
    and UnansweredError if GitHub refuses for another reason or the response cannot be read.
    """
    reply = get(client, f"/repositories/{repo_id}/contributors?per_page=1&anon=1", Tier.OTHER)
    if reply.status == _NO_CONTENT:  # an empty repository
        return 0
    if reply.status == _FORBIDDEN and "too large" in reply.text:
        return None
    if reply.status != _OK:
        raise UnansweredError(f"GitHub returned status {reply.status}")
    try:
        people = fields.parse_json(reply.text)
        return fields.parse_last_page(reply.headers.get("link", "")) if len(people) else 0
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's response could not be read") from error


def fetch_diff(client: Client, repository: str, number: int) -> bytes:
    """Return the diff of a pull request of a repository (OWNER/NAME), against the commit that its branch began from.

    Raises SourceError if there is no such pull request or GitHub refuses, and what `Client.get` raises.
    """
    reply = client.get(f"/repos/{repository}/pulls/{number}", accept="application/vnd.github.diff")
    if reply.status == _NOT_ACCEPTABLE:
        raise SourceError(
            f"the diff of pull request {number} is too large for GitHub's API; "
            "check it in a clone with `startrack check --base REV`",
        )
    if reply.status != _OK:
        raise SourceError(
            f"{repository} has no readable pull request {number} (status {reply.status}); "
            "check the number, and give the job `permissions: pull-requests: read`",
        )
    return reply.content


def fetch_has_pages(client: Client, name: str) -> bool | None:
    """Return whether a repository has GitHub Pages enabled, `None` if GitHub does not say. Raises no GitHubError."""
    try:
        reply = get(client, f"/repos/{name}", Tier.OTHER, follow=True)
        return fields.parse_json(reply.text)["has_pages"] is True if reply.status == _OK else None
    except (GitHubError, *NOT_UNDERSTOOD):
        return None


def fetch_list_file(client: Client, repo: str, path: str | None) -> Document:
    """Return a file of a repository on GitHub (OWNER/NAME), its README if no path is given.

    Raises SourceError if it cannot be read, and what `Client.get` raises.
    """
    return _fetch_file(client, repo, path) if path else _fetch_readme(client, repo)


def _fetch_readme(client: Client, repo: str) -> Document:
    # As JSON: the raw response lacks the file name, by which a README in reStructuredText is recognized.
    reply = _check_found(client.get(f"/repos/{repo}/readme", follow=True), repo, "README")
    try:
        path, content = fields.parse_readme(reply.text)
    except NOT_UNDERSTOOD as error:
        raise SourceError(f"GitHub's response for the README of {repo} could not be read; try again later") from error
    return _fetch_file(client, repo, path) if content is None else Document(check_list_size(content, repo), path)


def _fetch_file(client: Client, repo: str, path: str) -> Document:
    api_path = f"/repos/{repo}/contents/{quote(path, errors='replace')}"
    reply = _check_found(client.get(api_path, accept="application/vnd.github.raw+json", follow=True), repo, path)
    if reply.headers.get("content-type", "").startswith("application/json"):
        raise SourceError(f"{path} of {repo} is a folder; name the list's file, for example {repo}:{path}/README.md")
    return Document(check_list_size(reply.content, repo), path)


def _check_found(reply: Reply, repo: str, file: str) -> Reply:
    if reply.status != _OK:
        raise SourceError(f"{repo} has no readable {file} (status {reply.status}); check the spelling")
    return reply


def refresh_budgets(client: Client) -> None:
    """Ask GitHub what is left of each token's hourly budget, which is free; failures of the request are ignored.

    Raises what else `Client.get` raises.
    """
    for _ in client.tokens.every:  # each request uses the token of which least is known
        with suppress(UnansweredError):
            client.get("/rate_limit")


def fetch_budgets(client: Client) -> tuple[ApiBudget, ...]:
    """Return the hourly budgets as GitHub reports them, which is free; none if this server has no limits.

    Raises what `Client.get` raises, and UnansweredError if the response cannot be read.
    """
    reply = client.get("/rate_limit")
    if reply.status == _NOT_FOUND:  # an Enterprise server without limits
        return ()
    try:
        resources = fields.parse_object(fields.parse_json(reply.text)["resources"]) or {}
        return tuple(_parse_budget(name, resources[name]) for name in ("graphql", "core") if name in resources)
    except NOT_UNDERSTOOD as error:
        raise UnansweredError(
            f"GitHub's response on rate limits (status {reply.status}) could not be read; try again later",
        ) from error


def _parse_budget(resource: str, values: Mapping[str, Any]) -> ApiBudget:
    reset = datetime.fromtimestamp(fields.parse_count(values["reset"], _LATEST_RESET), UTC).replace(tzinfo=None)
    return ApiBudget(resource, fields.parse_count(values["remaining"]), fields.parse_count(values["limit"]), reset)


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
            return Missing(name, Reason.FAILED, f"GitHub returned status {reply.status}")


def _block_reason(body: str) -> str | None:
    try:
        return fields.parse_line(fields.parse_json(body)["block"]["reason"])
    except NOT_UNDERSTOOD:
        return None


def _parse_repository(node: Mapping[str, Any]) -> tuple[Light, Details]:
    repository = Repository(
        repo_id=fields.parse_repository_id(node["id"]),
        name=fields.parse_repository_name(node["full_name"]),
        node_id=fields.parse_node_id(node["node_id"]),
        url=fields.parse_web_url(node["html_url"]),
        description=fields.parse_line(node["description"]),
        language=fields.parse_line(node["language"]),
        license=fields.parse_line((fields.parse_object(node["license"]) or {}).get("spdx_id")),
        created_at=fields.parse_instant(node["created_at"]),
        default_branch=fields.parse_line(node["default_branch"]),
        is_archived=fields.parse_bool(node["archived"]),
        is_fork=fields.parse_bool(node["fork"]),
        is_disabled=fields.parse_bool(node["disabled"]),
        is_mirror=fields.parse_line(node.get("mirror_url")) is not None,
    )
    parent, parent_id = fields.parse_parent(node.get("parent"), "full_name", "id")  # only forks have the field
    # `open_issues_count` includes pull requests, so neither number is known from it.
    details = Details(
        watchers=fields.parse_count(node["subscribers_count"]),
        topics=fields.parse_topics(node["topics"]),
        parent=parent,
        parent_id=parent_id,
    )
    stars, forks = fields.parse_count(node["stargazers_count"]), fields.parse_count(node["forks_count"])
    return Light(repository, stars, forks), details


def with_head(light: Light, oid: str | None, committed_on: date | None) -> Light:
    """Return the repository with its head, which REST gives only with the commits."""
    return replace(light, repository=replace(light.repository, head_oid=oid, head_committed_on=committed_on))
