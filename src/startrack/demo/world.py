"""The repositories and lists of the demo's GitHub, at any instant."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from startrack.demo.figures import SteadyHistory
from startrack.demo.repository import ALWAYS, AccessBlock, DatedName, DemoRepository
from startrack.model.repository import name_key

__all__ = ["World"]

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
