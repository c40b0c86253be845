"""The GraphQL queries, each beside the function that parses its answer; JSON does not leave this module.

Commit totals and counts of issues are expensive for GitHub, so they are requested separately from the light scalars.
Fields and types are those of GitHub's published schema.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from startrack.github import fields
from startrack.model.repository import Details, Repository

__all__ = [
    "VIEWER",
    "Light",
    "commits_query",
    "details_query",
    "light_query",
    "parse_commits",
    "parse_details",
    "parse_light",
    "parse_viewer",
]

VIEWER = "query Viewer { rateLimit { cost } viewer { login } }"
"""The query for the account that a token belongs to: a user, or the bot of an app."""

_LIGHT_FIELDS = """
  id databaseId nameWithOwner url description createdAt stargazerCount forkCount
  isArchived archivedAt isFork isDisabled isLocked isMirror
  primaryLanguage { name } licenseInfo { spdxId }
  defaultBranchRef { name target { oid ... on Commit { committedDate } } }
"""

_DETAILS = """
query Details($ids: [ID!]!) {
  rateLimit { cost }
  nodes(ids: $ids) {
    ... on Repository {
      watchers { totalCount }
      issues(states: OPEN) { totalCount }
      pullRequests(states: OPEN) { totalCount }
      latestRelease { tagName publishedAt }
      parent { databaseId nameWithOwner }
      repositoryTopics(first: 20) { nodes { topic { name } } }
    }
  }
}
"""

_DETAILS_AND_RELEASES = _DETAILS.replace("latestRelease", "releases { totalCount }\n      latestRelease")

_COMMITS = """
query Commits($ids: [ID!]!) {
  rateLimit { cost }
  nodes(ids: $ids) {
    ... on Repository { defaultBranchRef { target { ... on Commit { history { totalCount } } } } }
  }
}
"""


@dataclass(frozen=True, slots=True)
class Light:
    """The light scalars of a repository; it has commits if `repository` has a head."""

    repository: Repository
    stars: int
    forks: int


def light_query(names: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Return the query for the light scalars of OWNER/NAMEs, with the aliases `r0`, `r1`, …, and its variables."""
    variables: dict[str, object] = {}
    for index, name in enumerate(names):
        variables[f"o{index}"], _, variables[f"n{index}"] = name.partition("/")
    return _light_text(len(names)), variables


@cache
def _light_text(size: int) -> str:
    # The names are variables: text from lists never becomes part of a query.
    indexes = range(size)
    declared = ", ".join(f"$o{index}: String!, $n{index}: String!" for index in indexes)
    aliases = "\n".join(f"  r{i}: repository(owner: $o{i}, name: $n{i}) {{ ...Light }}" for i in indexes)
    query = f"query Light({declared}) {{\n  rateLimit {{ cost }}\n{aliases}\n}}\n"
    return f"{query}fragment Light on Repository {{{_LIGHT_FIELDS}}}"


def details_query(ids: Sequence[str], *, with_releases: bool = False) -> tuple[str, dict[str, object]]:
    """Return the query for the details of repositories by node id, and its variables."""
    return _DETAILS_AND_RELEASES if with_releases else _DETAILS, {"ids": list(ids)}


def commits_query(ids: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Return the query for the commit totals of repositories by node id, and its variables."""
    return _COMMITS, {"ids": list(ids)}


def parse_light(node: Mapping[str, Any]) -> Light:
    """Return the light scalars in a node. Raises one of NOT_UNDERSTOOD if the node has another form."""
    branch = fields.parse_object(node["defaultBranchRef"])
    head = fields.parse_object(branch["target"]) if branch is not None else None
    repository = Repository(
        repo_id=fields.parse_repository_id(node["databaseId"]),
        name=fields.parse_repository_name(node["nameWithOwner"]),
        node_id=fields.parse_node_id(node["id"]),
        url=fields.parse_web_url(node["url"]),
        description=fields.parse_line(node["description"]),
        language=fields.parse_line((fields.parse_object(node["primaryLanguage"]) or {}).get("name")),
        license=fields.parse_line((fields.parse_object(node["licenseInfo"]) or {}).get("spdxId")),
        created_at=fields.parse_instant(node["createdAt"]),
        head_oid=fields.parse_commit_id(head["oid"]) if head is not None else None,
        head_committed_on=fields.parse_commit_day(head.get("committedDate")) if head is not None else None,
        default_branch=fields.parse_line(branch["name"]) if branch is not None else None,
        is_archived=fields.parse_bool(node["isArchived"]),
        archived_at=fields.parse_instant(node["archivedAt"]),
        is_fork=fields.parse_bool(node["isFork"]),
        is_disabled=fields.parse_bool(node["isDisabled"]),
        is_locked=fields.parse_bool(node["isLocked"]),
        is_mirror=fields.parse_bool(node["isMirror"]),
    )
    return Light(repository, fields.parse_count(node["stargazerCount"]), fields.parse_count(node["forkCount"]))


def parse_details(node: Mapping[str, Any]) -> Details:
    """Return the details in a node. Raises one of NOT_UNDERSTOOD if a part is missing."""
    release = fields.parse_object(node["latestRelease"]) or {}
    parent, parent_id = fields.parse_parent(node["parent"], "nameWithOwner", "databaseId")
    return Details(
        open_issues=fields.parse_count(node["issues"]["totalCount"]),
        open_prs=fields.parse_count(node["pullRequests"]["totalCount"]),
        watchers=fields.parse_count(node["watchers"]["totalCount"]),
        topics=fields.parse_topics(row["topic"]["name"] for row in node["repositoryTopics"]["nodes"]),
        latest_release=fields.parse_line(release.get("tagName")),
        latest_release_at=fields.parse_instant(release.get("publishedAt")),
        parent=parent,
        parent_id=parent_id,
        releases=fields.parse_count(node["releases"]["totalCount"]) if "releases" in node else None,
    )


def parse_commits(node: Mapping[str, Any]) -> int:
    """Return the commit total of a branch that has a head. Raises one of NOT_UNDERSTOOD if it is missing."""
    return fields.parse_count(node["defaultBranchRef"]["target"]["history"]["totalCount"], minimum=1)


def parse_viewer(viewer: Mapping[str, Any]) -> str:
    """Return the login of an account. Raises one of NOT_UNDERSTOOD if it is missing."""
    if not (login := fields.parse_line(viewer["login"])):
        raise ValueError("there is no login")
    return login
