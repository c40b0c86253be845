"""The repositories of the world as the nodes of GraphQL: plain values, and calls where work can be spared."""

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
    "by_node",
    "repository",
]


JsonObject = dict[str, object]

_COLORS = {"Python": "#3572A5"}


class FieldError(Exception):
    """A field that GitHub answers with an error of a type of its own."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def repository(world: World, name: str, now: datetime, *, follow: bool = True) -> JsonObject:
    """Return the repository that answers to OWNER/NAME; raises RefusedError where none does."""
    found = world.find(name, now)
    renamed = found is not None and name_key(found.name(now)) != name_key(name)
    if found is None or found.blocked(now) or (renamed and not follow):
        raise FieldError("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    return _node(found, now)


def by_node(world: World, node_id: str, now: datetime) -> JsonObject | FieldError:
    """Return the repository with a node id, or the error that stands at its place."""
    found = world.by_node(node_id, now)
    if found is None or found.blocked(now):
        return FieldError("NOT_FOUND", f"Could not resolve to a node with the global id of '{node_id}'.")
    return _node(found, now)


def _node(hosted: DemoRepository, now: datetime) -> JsonObject:
    return {"__typename": "Repository", **_facts(hosted, now), **_counts(hosted, now)}


def _facts(hosted: DemoRepository, now: datetime) -> JsonObject:
    name = hosted.name(now)
    archived = hosted.archived(now)
    return {
        "id": hosted.node_id,
        "databaseId": hosted.repo_id,
        "name": name.partition("/")[2],
        "nameWithOwner": name,
        "url": f"https://github.com/{name}",
        "visibility": "PUBLIC",
        "description": hosted.description,
        "homepageUrl": hosted.homepage,
        "createdAt": format_instant(hosted.created_at),
        "archivedAt": format_instant(archived),
        "isArchived": archived is not None,
        "isDisabled": hosted.is_disabled,
        "isEmpty": hosted.default_branch is None,
        "isFork": hosted.is_fork,
        "isLocked": hosted.is_locked,
        "isMirror": hosted.is_mirror,
        "isPrivate": False,
        "isTemplate": hosted.is_template,
        "licenseInfo": _license(hosted.license),
        "primaryLanguage": _language(hosted.language),
    }


def _counts(hosted: DemoRepository, now: datetime) -> JsonObject:
    figures = hosted.figures.at(now)
    pushed = format_instant(figures.pushed_at) if hosted.default_branch else None
    return {
        "pushedAt": pushed,
        "updatedAt": pushed or format_instant(hosted.created_at),
        "stargazerCount": figures.stars,
        "forkCount": figures.forks,
        "defaultBranchRef": _branch(hosted, figures, now),
        "watchers": lambda _info, **_asked: {"totalCount": _recorded(figures.watchers)},
        "issues": _by_state({"OPEN": figures.open_issues, "CLOSED": figures.closed_issues}),
        "pullRequests": _by_state({"OPEN": figures.open_prs, "CLOSED": figures.closed_prs}),
        "releases": lambda _info, **_asked: _releases(hosted, now),
        "latestRelease": lambda _info: _latest(hosted, now),
        "repositoryTopics": lambda _info, **asked: _topics(hosted, asked),
    }


def _by_state(counts: Mapping[str, int | None]) -> Callable[..., JsonObject]:
    def count(_info: object, *, states: Collection[str] | None = None, **_asked: object) -> JsonObject:
        return {"totalCount": sum(_recorded(counts.get(state, 0)) for state in states or counts)}

    return count


def _recorded(count: int | None) -> int:
    if count is None:
        raise FieldError("FORBIDDEN", "The record behind this repository does not hold that figure.")
    return count


def _branch(hosted: DemoRepository, figures: Figures, now: datetime) -> JsonObject | None:
    if hosted.default_branch is None:
        return None
    oid = hosted.head(figures)
    commit = {
        "__typename": "Commit",
        "id": f"C_{oid[:16]}",
        "oid": oid,
        "committedDate": format_instant(figures.pushed_at),
        "history": lambda _info, **asked: {"totalCount": _commits(hosted, now, asked)},
    }
    return {"id": f"REF_{hosted.repo_id}", "name": hosted.default_branch, "target": commit}


def _commits(hosted: DemoRepository, now: datetime, asked: Mapping[str, object]) -> int:
    """Count the commits between `since` and `until`, as far as the figures' days tell them apart."""
    until = min(_given(asked.get("until")) or now, now)
    since = _given(asked.get("since"))
    total = hosted.figures.at(until).commits
    return max(total - hosted.figures.at(since).commits, 0) if since else total


def _given(instant: object) -> datetime | None:
    if not isinstance(instant, str):
        return None
    read = datetime.fromisoformat(instant)
    return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read


def _releases(hosted: DemoRepository, now: datetime) -> JsonObject:
    released = hosted.released(now)
    return {"totalCount": len(released), "nodes": [_release(each) for each in reversed(released)]}


def _latest(hosted: DemoRepository, now: datetime) -> JsonObject | None:
    """Return the newest release that is no pre-release, as GitHub chooses it."""
    full = [each for each in hosted.released(now) if not each.is_prerelease]
    return _release(full[-1]) if full else None


def _release(release: Release) -> JsonObject:
    return {
        "id": f"RE_{release.tag}",
        "name": release.tag,
        "tagName": release.tag,
        "publishedAt": format_instant(release.published_at),
        "isPrerelease": release.is_prerelease,
    }


def _topics(hosted: DemoRepository, asked: Mapping[str, object]) -> JsonObject:
    first = asked.get("first")
    shown = hosted.topics[: first if isinstance(first, int) else None]
    nodes = [{"id": f"RT_{each}", "topic": {"id": f"T_{each}", "name": each}} for each in shown]
    return {"totalCount": len(hosted.topics), "nodes": nodes}


def _license(spdx: str | None) -> JsonObject | None:
    return {"id": f"L_{spdx}", "key": spdx.lower(), "name": spdx, "spdxId": spdx} if spdx else None


def _language(name: str | None) -> JsonObject | None:
    return {"id": f"LA_{name}", "name": name, "color": _COLORS.get(name)} if name else None
