"""The repositories of the world as GraphQL objects; fields that cost work are functions, called only if asked for."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime

from startrack.demo.figures import Figures
from startrack.demo.http import format_instant
from startrack.demo.repository import DemoRepository, Release
from startrack.demo.world import World
from startrack.model.repository import name_key

__all__ = [
    "FieldError",
    "JsonObject",
    "by_name",
    "by_node",
]


JsonObject = dict[str, object]

_COLORS = {"Python": "#3572A5"}


class FieldError(Exception):
    """An error of one field, with GitHub's error type in `kind`."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def by_name(world: World, name: str, now: datetime, *, follow: bool = True) -> JsonObject:
    """Return the repository with OWNER/NAME; a redirect is followed if `follow` is true.

    Raises FieldError if there is no such repository or it is blocked.
    """
    repository = world.find(name, now)
    is_renamed = repository is not None and name_key(repository.name(now)) != name_key(name)
    if repository is None or repository.active_block(now) or (is_renamed and not follow):
        raise FieldError("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    return _repository_object(repository, now)


def by_node(world: World, node_id: str, now: datetime) -> JsonObject | FieldError:
    """Return the repository with a node id, or an error if there is none or it is blocked."""
    repository = world.by_node(node_id, now)
    if repository is None or repository.active_block(now):
        return FieldError("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'.")
    return _repository_object(repository, now)


def _repository_object(repository: DemoRepository, now: datetime) -> JsonObject:
    return {"__typename": "Repository", **_metadata(repository, now), **_counts(repository, now)}


def _metadata(repository: DemoRepository, now: datetime) -> JsonObject:
    name = repository.name(now)
    archived = repository.archive_time(now)
    return {
        "id": repository.node_id,
        "databaseId": repository.repo_id,
        "name": name.partition("/")[2],
        "nameWithOwner": name,
        "url": f"https://github.com/{name}",
        "visibility": "PUBLIC",
        "description": repository.description,
        "homepageUrl": repository.homepage,
        "createdAt": format_instant(repository.created_at),
        "archivedAt": format_instant(archived),
        "isArchived": archived is not None,
        "isDisabled": repository.is_disabled,
        "isEmpty": repository.default_branch is None,
        "isFork": repository.is_fork,
        "isLocked": repository.is_locked,
        "isMirror": repository.is_mirror,
        "isPrivate": False,
        "isTemplate": repository.is_template,
        "licenseInfo": _license(repository.license),
        "primaryLanguage": _language(repository.language),
    }


def _counts(repository: DemoRepository, now: datetime) -> JsonObject:
    figures = repository.figures.at(now)
    pushed = format_instant(figures.pushed_at) if repository.default_branch else None
    return {
        "pushedAt": pushed,
        "updatedAt": pushed or format_instant(repository.created_at),
        "stargazerCount": figures.stars,
        "forkCount": figures.forks,
        "defaultBranchRef": _branch(repository, figures, now),
        "watchers": lambda _info, **_arguments: {"totalCount": _recorded(figures.watchers)},
        "issues": _by_state({"OPEN": figures.open_issues, "CLOSED": figures.closed_issues}),
        "pullRequests": _by_state({"OPEN": figures.open_prs, "CLOSED": figures.closed_prs}),
        "releases": lambda _info, **_arguments: _releases(repository, now),
        "latestRelease": lambda _info: _latest(repository, now),
        "repositoryTopics": lambda _info, **arguments: _topics(repository, arguments),
    }


def _by_state(counts: Mapping[str, int | None]) -> Callable[..., JsonObject]:
    def count(_info: object, *, states: Collection[str] | None = None, **_arguments: object) -> JsonObject:
        return {"totalCount": sum(_recorded(counts.get(state, 0)) for state in states or counts)}

    return count


def _recorded(count: int | None) -> int:
    if count is None:
        raise FieldError("FORBIDDEN", "The record of this repository does not have this figure.")
    return count


def _branch(repository: DemoRepository, figures: Figures, now: datetime) -> JsonObject | None:
    if repository.default_branch is None:
        return None
    oid = repository.head_sha(figures)
    commit = {
        "__typename": "Commit",
        "id": f"C_{oid[:16]}",
        "oid": oid,
        "committedDate": format_instant(figures.pushed_at),
        "history": lambda _info, **arguments: {"totalCount": _commits(repository, now, arguments)},
    }
    return {"id": f"REF_{repository.repo_id}", "name": repository.default_branch, "target": commit}


def _commits(repository: DemoRepository, now: datetime, arguments: Mapping[str, object]) -> int:
    """Return the number of commits between `since` and `until`, to the precision of the figures."""
    until = min(_parse_instant(arguments.get("until")) or now, now)
    since = _parse_instant(arguments.get("since"))
    total = repository.figures.at(until).commits
    return max(total - repository.figures.at(since).commits, 0) if since else total


def _parse_instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    instant = datetime.fromisoformat(value)
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _releases(repository: DemoRepository, now: datetime) -> JsonObject:
    releases = repository.releases_by(now)
    return {"totalCount": len(releases), "nodes": [_release(release) for release in reversed(releases)]}


def _latest(repository: DemoRepository, now: datetime) -> JsonObject | None:
    """Return the newest release that is not a pre-release, as GitHub does."""
    releases = [release for release in repository.releases_by(now) if not release.is_prerelease]
    return _release(releases[-1]) if releases else None


def _release(release: Release) -> JsonObject:
    return {
        "id": f"RE_{release.tag}",
        "name": release.tag,
        "tagName": release.tag,
        "publishedAt": format_instant(release.published_at),
        "isPrerelease": release.is_prerelease,
    }


def _topics(repository: DemoRepository, arguments: Mapping[str, object]) -> JsonObject:
    first = arguments.get("first")
    topics = repository.topics[: first if isinstance(first, int) else None]
    nodes = [{"id": f"RT_{topic}", "topic": {"id": f"T_{topic}", "name": topic}} for topic in topics]
    return {"totalCount": len(repository.topics), "nodes": nodes}


def _license(spdx: str | None) -> JsonObject | None:
    return {"id": f"L_{spdx}", "key": spdx.lower(), "name": spdx, "spdxId": spdx} if spdx else None


def _language(name: str | None) -> JsonObject | None:
    return {"id": f"LA_{name}", "name": name, "color": _COLORS.get(name)} if name else None
