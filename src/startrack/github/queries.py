"""The GraphQL queries, each beside the function that reads its answer; JSON stops here.

Commit totals and counts of issues are answers' heavy parts, so they are asked for apart from the light scalars.
Fields and their types are those of GitHub's published schema.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from startrack.models import Details, Repository

__all__ = [
    "Light",
    "commits",
    "day",
    "details",
    "instant",
    "light",
    "plain_text",
    "read_commits",
    "read_details",
    "read_light",
]

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


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}/[A-Za-z0-9._-]{1,100}")
# GitHub's own descriptions are shorter; whatever is longer is no description.
_LONGEST_TEXT = 20_000


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
    """Return what a light answer says. Raises KeyError or ValueError where it is not one."""
    branch = node["defaultBranchRef"]
    head = branch["target"] if branch else None
    repository = Repository(
        repo_id=whole(node["databaseId"], 2**63),
        name=repository_name(node["nameWithOwner"]),
        node_id=node["id"],
        url=node["url"],
        description=plain_text(node["description"]),
        language=(node["primaryLanguage"] or {}).get("name"),
        license=(node["licenseInfo"] or {}).get("spdxId"),
        created_at=instant(node["createdAt"]),
        head_oid=head["oid"] if head else None,
        head_committed_on=day(head.get("committedDate")) if head else None,
        default_branch=branch["name"] if branch else None,
        is_archived=bool(node["isArchived"]),
        archived_at=instant(node["archivedAt"]),
        is_fork=bool(node["isFork"]),
        is_disabled=bool(node["isDisabled"]),
        is_locked=bool(node["isLocked"]),
        is_mirror=bool(node["isMirror"]),
    )
    return Light(repository, whole(node["stargazerCount"]), whole(node["forkCount"]))


def read_details(node: Mapping[str, Any]) -> Details:
    """Return the details in an answer. Raises KeyError or TypeError where a part of it is missing."""
    release = node["latestRelease"] or {}
    return Details(
        open_issues=whole(node["issues"]["totalCount"]),
        open_prs=whole(node["pullRequests"]["totalCount"]),
        watchers=whole(node["watchers"]["totalCount"]),
        topics=tuple(each["topic"]["name"] for each in node["repositoryTopics"]["nodes"]),
        latest_release=plain_text(release.get("tagName")),
        latest_release_at=instant(release.get("publishedAt")),
    )


def read_commits(node: Mapping[str, Any]) -> int:
    """Return the commit total of the default branch. Raises KeyError or TypeError where it is missing."""
    return whole(node["defaultBranchRef"]["target"]["history"]["totalCount"])


def whole(value: object, above: int = 2**31) -> int:
    """Return a count as it is. Raises ValueError for what is no whole number from 0 to what the store holds."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < above:
        raise ValueError(f"{value!r} is no count")
    return value


def repository_name(value: object) -> str:
    """Return OWNER/NAME as it is. Raises ValueError for what GitHub does not allow as one."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is no repository's name")
    return value


def plain_text(text: str | None) -> str | None:
    """Return other people's text on one line, without control characters; `None` where nothing is left."""
    if text is None:
        return None
    flat = " ".join("".join(c if c.isprintable() or c in _DIRECTIONS else " " for c in text).split())
    return flat[:_LONGEST_TEXT] or None


# Joiners and direction marks are no printable characters, but scripts need them.
_DIRECTIONS = frozenset("\u200c\u200d\u200e\u200f")


def instant(text: str | None) -> datetime | None:
    """Return GitHub's instant as naive UTC. Raises ValueError where it is none."""
    if text is None:
        return None
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def day(text: str | None) -> date | None:
    """Return the UTC day of GitHub's instant. Raises ValueError where it is none."""
    found = instant(text)
    return found.date() if found else None
