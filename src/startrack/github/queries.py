"""The GraphQL queries, each beside the function that reads its answer; JSON stops here.

Commit totals and counts of issues are answers' heavy parts, so they are asked for apart from the light scalars.
Fields and their types are those of GitHub's published schema.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from startrack.github import fields
from startrack.model.repository import Details, Repository

__all__ = ["Light", "commits", "details", "light", "read_commits", "read_details", "read_light"]

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
      repositoryTopics(first: 20) { nodes { topic { name } } }
    }
  }
}
"""

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
    """What a light answer tells of a repository; it has commits when it has a head."""

    repository: Repository
    stars: int
    forks: int


def light(names: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Return the query for the light scalars of OWNER/NAMEs, its aliases `r0` and on, and its variables."""
    variables: dict[str, object] = {}
    for place, name in enumerate(names):
        variables[f"o{place}"], _, variables[f"n{place}"] = name.partition("/")
    return _light_text(len(names)), variables


@cache
def _light_text(size: int) -> str:
    # The names are variables: other people's text never becomes part of a query.
    places = range(size)
    declared = ", ".join(f"$o{place}: String!, $n{place}: String!" for place in places)
    aliases = "\n".join(f"  r{place}: repository(owner: $o{place}, name: $n{place}) {{ ...Light }}" for place in places)
    query = f"query Light({declared}) {{\n  rateLimit {{ cost }}\n{aliases}\n}}\n"
    return f"{query}fragment Light on Repository {{{_LIGHT_FIELDS}}}"


def details(ids: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Return the query for the details of repositories by node id, and its variables."""
    return _DETAILS, {"ids": list(ids)}


def commits(ids: Sequence[str]) -> tuple[str, dict[str, object]]:
    """Return the query for the commit totals of repositories by node id, and its variables."""
    return _COMMITS, {"ids": list(ids)}


def read_light(node: Mapping[str, Any]) -> Light:
    """Return what a light answer says. Raises one of NOT_UNDERSTOOD where it is none."""
    branch = fields.record(node["defaultBranchRef"])
    head = fields.record(branch["target"]) if branch is not None else None
    repository = Repository(
        repo_id=fields.repository_id(node["databaseId"]),
        name=fields.repository_name(node["nameWithOwner"]),
        node_id=fields.node_id(node["id"]),
        url=fields.web_address(node["url"]),
        description=fields.line(node["description"]),
        language=fields.line((fields.record(node["primaryLanguage"]) or {}).get("name")),
        license=fields.line((fields.record(node["licenseInfo"]) or {}).get("spdxId")),
        created_at=fields.instant(node["createdAt"]),
        head_oid=fields.object_id(head["oid"]) if head is not None else None,
        head_committed_on=fields.commit_day(head.get("committedDate")) if head is not None else None,
        default_branch=fields.line(branch["name"]) if branch is not None else None,
        is_archived=fields.flag(node["isArchived"]),
        archived_at=fields.instant(node["archivedAt"]),
        is_fork=fields.flag(node["isFork"]),
        is_disabled=fields.flag(node["isDisabled"]),
        is_locked=fields.flag(node["isLocked"]),
        is_mirror=fields.flag(node["isMirror"]),
    )
    return Light(repository, fields.whole(node["stargazerCount"]), fields.whole(node["forkCount"]))


def read_details(node: Mapping[str, Any]) -> Details:
    """Return the details in an answer. Raises one of NOT_UNDERSTOOD where a part of it is missing."""
    release = fields.record(node["latestRelease"]) or {}
    return Details(
        open_issues=fields.whole(node["issues"]["totalCount"]),
        open_prs=fields.whole(node["pullRequests"]["totalCount"]),
        watchers=fields.whole(node["watchers"]["totalCount"]),
        topics=fields.topics(row["topic"]["name"] for row in node["repositoryTopics"]["nodes"]),
        latest_release=fields.line(release.get("tagName")),
        latest_release_at=fields.instant(release.get("publishedAt")),
    )


def read_commits(node: Mapping[str, Any]) -> int:
    """Return the commit total of a branch with a head. Raises one of NOT_UNDERSTOOD where it is missing."""
    return fields.whole(node["defaultBranchRef"]["target"]["history"]["totalCount"], least=1)
