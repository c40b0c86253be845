"""The world of the demo's GitHub: repositories with their names, metadata and figures over time, and files of lists."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from startrack.demo.figures import FigureHistory, Figures, SteadyHistory
from startrack.model.repository import name_key

__all__ = [
    "ALWAYS",
    "AccessBlock",
    "DatedName",
    "DemoRepository",
    "Release",
    "World",
]


ALWAYS = datetime.min
"""The instant for changes that have always been in force."""


@dataclass(frozen=True, slots=True)
class DatedName:
    """A name, and the instant from which a repository has it."""

    since: datetime
    name: str


@dataclass(frozen=True, slots=True)
class AccessBlock:
    """Why and since when GitHub blocks access to a repository: a DMCA notice, or its terms of service."""

    reason: Literal["dmca", "tos"]
    since: datetime = ALWAYS


@dataclass(frozen=True, slots=True)
class Release:
    """A release and the instant of its publication."""

    tag: str
    published_at: datetime
    is_prerelease: bool = False


@dataclass(frozen=True, slots=True)
class DemoRepository:
    """A repository as the demo's GitHub knows it.

    Requests before `visible_from` find nothing: for a recorded project this is the first entry of the record, not its
    creation. `default_branch` is `None` for an empty repository. `contributors` is `None` where there are too many
    commits to count them. `parent_id` is the id of the repository that a fork was made from, `None` where GitHub does
    not show that one. `readme` is the name of the list in the world that is its README, and `readme_path` the path of
    that file.
    """

    repo_id: int
    names: tuple[DatedName, ...]
    created_at: datetime
    figures: FigureHistory
    visible_from: datetime = ALWAYS
    deleted_at: datetime | None = None
    archived_at: datetime | None = None
    block: AccessBlock | None = None
    description: str | None = None
    homepage: str | None = None
    language: str | None = None
    license: str | None = None
    topics: tuple[str, ...] = ()
    default_branch: str | None = "main"
    releases: tuple[Release, ...] = field(default=(), repr=False)
    is_fork: bool = False
    parent_id: int | None = None
    is_disabled: bool = False
    is_locked: bool = False
    is_mirror: bool = False
    is_template: bool = False
    contributors: int | None = 1
    readme: str | None = None
    readme_path: str = "README.md"

    @property
    def node_id(self) -> str:
        """The id of the repository in GraphQL."""
        number = base64.urlsafe_b64encode(self.repo_id.to_bytes(6, "big")).decode()
        return f"R_kgDO{number}"

    def name(self, instant: datetime) -> str:
        """Return OWNER/NAME at `instant`; before the first name, the first name."""
        names = [dated.name for dated in self.names if dated.since <= instant]
        return names[-1] if names else self.names[0].name

    def exists(self, instant: datetime) -> bool:
        """Return whether the repository exists at `instant`; a blocked repository exists."""
        return self.visible_from <= instant and (self.deleted_at is None or instant < self.deleted_at)

    def active_block(self, instant: datetime) -> AccessBlock | None:
        """Return the block in force at `instant`."""
        return self.block if self.block and self.block.since <= instant else None

    def archive_time(self, instant: datetime) -> datetime | None:
        """Return when the repository was archived, or `None` if it was not archived by `instant`."""
        return self.archived_at if self.archived_at and self.archived_at <= instant else None

    def head_sha(self, figures: Figures) -> str:
        """Return the SHA of the head commit; it changes only when the number or the time of commits changes."""
        text = f"{self.repo_id}:{figures.commits}:{figures.pushed_at}"
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def releases_by(self, instant: datetime) -> Sequence[Release]:
        """Return the releases published by `instant`, oldest first."""
        return [release for release in self.releases if release.published_at <= instant]


_LINK = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)")


class World:
    """Repositories and list texts, which tests can change: rename, delete, archive or block a repository.

    A change is in force from the instant `at`, by default always.
    """

    def __init__(self, repositories: Iterable[DemoRepository] = (), lists: Mapping[str, str] | None = None) -> None:
        self._by_id: dict[int, DemoRepository] = {}
        self._by_name: dict[str, tuple[int, ...]] = {}
        self._by_node: dict[str, int] = {}
        self._lists = dict(lists or {})
        for repository in repositories:
            self.put(repository)

    @property
    def repositories(self) -> tuple[DemoRepository, ...]:
        """Every repository, also deleted ones, in the order in which they were added."""
        return tuple(self._by_id.values())

    def put(self, repository: DemoRepository) -> None:
        """Add a repository, or replace the one with the same id."""
        self._by_id[repository.repo_id] = repository
        self._by_node[repository.node_id] = repository.repo_id
        for dated in repository.names:
            ids = self._by_name.get(name_key(dated.name), ())
            if repository.repo_id not in ids:
                self._by_name[name_key(dated.name)] = (*ids, repository.repo_id)

    def find(self, name: str, at: datetime) -> DemoRepository | None:
        """Return the repository with the name OWNER/NAME at `at`, or else the last one that had this name before."""
        candidates = [self._by_id[repo_id] for repo_id in self._by_name.get(name_key(name), ())]
        existing = [
            repository for repository in candidates if repository.exists(at) and _had_name(repository, name, at)
        ]
        current = [repository for repository in existing if name_key(repository.name(at)) == name_key(name)]
        matches = current or existing
        return matches[-1] if matches else None

    def by_id(self, repo_id: int, at: datetime) -> DemoRepository | None:
        """Return the repository with GitHub's id `repo_id` if it exists at `at`."""
        repository = self._by_id.get(repo_id)
        return repository if repository and repository.exists(at) else None

    def parent(self, repository: DemoRepository, at: datetime) -> DemoRepository | None:
        """Return the repository that another one was forked from if GitHub shows it at `at`."""
        parent = self.by_id(repository.parent_id, at) if repository.parent_id else None
        return parent if parent and not parent.active_block(at) else None

    def by_node(self, node_id: str, at: datetime) -> DemoRepository | None:
        """Return the repository with GraphQL's `node_id` if it exists at `at`."""
        return self.by_id(self._by_node.get(node_id, -1), at)

    def list_text(self, name: str, at: datetime | None = None) -> str:
        """Return the Markdown of a list; with `at`, only with the projects that are visible at that instant."""
        text = self._lists[name]
        if at is None:
            return text
        return "".join(line for line in text.splitlines(keepends=True) if self._is_visible(line, at))

    def put_list(self, name: str, text: str) -> None:
        """Add a list, or replace its text."""
        self._lists[name] = text

    def _is_visible(self, line: str, at: datetime) -> bool:
        """Return whether a line is not the bullet of a project that only becomes visible after `at`."""
        ids = [repo_id for name in _LINK.findall(line) for repo_id in self._by_name.get(name_key(name), ())]
        is_bullet = line.startswith(("-", "*"))
        return not is_bullet or not ids or any(self._by_id[repo_id].visible_from <= at for repo_id in ids)

    def named(self, name: str) -> DemoRepository:
        """Return the last repository with OWNER/NAME at any time. Raises KeyError if there is none."""
        return self._by_id[self._by_name[name_key(name)][-1]]

    def rename(self, name: str, new: str, at: datetime = ALWAYS) -> None:
        """Rename a repository; the old name redirects to it."""
        repository = self.named(name)
        self.put(replace(repository, names=(*repository.names, DatedName(at, new))))

    def delete(self, name: str, at: datetime = ALWAYS) -> None:
        """Delete a repository."""
        self.put(replace(self.named(name), deleted_at=at))

    def recreate(self, name: str, *, repo_id: int, at: datetime, stars: int = 0) -> None:
        """Create a new repository with the id `repo_id` under the former name of another one."""
        figures = SteadyHistory(created=at.date(), stars=stars, stars_per_day=1, commits=1)
        self.put(DemoRepository(repo_id, (DatedName(at, name),), created_at=at, figures=figures, visible_from=at))

    def archive(self, name: str, at: datetime = ALWAYS) -> None:
        """Archive a repository."""
        repository = self.named(name)
        self.put(replace(repository, archived_at=max(at, repository.created_at)))

    def block(self, name: str, reason: Literal["dmca", "tos"], at: datetime = ALWAYS) -> None:
        """Block a repository because of a DMCA notice or of GitHub's terms of service."""
        self.put(replace(self.named(name), block=AccessBlock(reason, at)))

    def describe(self, name: str, description: str | None) -> None:
        """Change the description of a repository."""
        self.put(replace(self.named(name), description=description))

    def empty(self, name: str) -> None:
        """Remove all commits of a repository, and so its default branch."""
        self.put(replace(self.named(name), default_branch=None))


def _had_name(repository: DemoRepository, name: str, at: datetime) -> bool:
    """Return whether `name` is the first name of a repository, or one that it had by `at`."""
    first, *later = repository.names
    names = [first.name, *(dated.name for dated in later if dated.since <= at)]
    return name_key(name) in map(name_key, names)
