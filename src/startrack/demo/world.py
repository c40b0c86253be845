"""The world that the demo's GitHub shows: repositories found by name or number as of any instant, and lists."""

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
    """Repositories and list texts; mutable, so that a test can rename, delete, archive or block.

    A change holds from the instant `at` on; without one it has always been so.
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
        """Every repository that ever was, in the order in which it was put here."""
        return tuple(self._by_id.values())

    def put(self, repository: DemoRepository) -> None:
        """Add a repository, or replace the one with its number; `dataclasses.replace` makes the new value."""
        self._by_id[repository.repo_id] = repository
        self._by_node[repository.node_id] = repository.repo_id
        for held in repository.names:
            ids = self._by_name.get(name_key(held.name), ())
            if repository.repo_id not in ids:
                self._by_name[name_key(held.name)] = (*ids, repository.repo_id)

    def find(self, name: str, at: datetime) -> DemoRepository | None:
        """Return the repository that answers to OWNER/NAME at `at`: its holder, else one renamed from it."""
        known = [self._by_id[each] for each in self._by_name.get(name_key(name), ())]
        there = [each for each in known if each.exists(at) and _had(each, name, at)]
        holders = [each for each in there if name_key(each.name(at)) == name_key(name)]
        found = holders or there
        return found[-1] if found else None

    def by_id(self, repo_id: int, at: datetime) -> DemoRepository | None:
        """Return the repository with GitHub's number `repo_id`, if it is there at `at`."""
        found = self._by_id.get(repo_id)
        return found if found and found.exists(at) else None

    def by_node(self, node_id: str, at: datetime) -> DemoRepository | None:
        """Return the repository with GraphQL's `node_id`, if it is there at `at`."""
        return self.by_id(self._by_node.get(node_id, -1), at)

    def list_text(self, name: str, at: datetime | None = None) -> str:
        """Return a list's Markdown; with `at`, without the bullets of projects that had not begun."""
        text = self._lists[name]
        if at is None:
            return text
        return "".join(line for line in text.splitlines(keepends=True) if self._begun(line, at))

    def put_list(self, name: str, text: str) -> None:
        """Add a list text, or replace it."""
        self._lists[name] = text

    def _begun(self, line: str, at: datetime) -> bool:
        ids = [each for name in _LINK.findall(line) for each in self._by_name.get(name_key(name), ())]
        return not line.startswith(("-", "*")) or not ids or any(self._by_id[each].opened_at <= at for each in ids)

    # ── What happens to repositories ─────────────────────────────────────────────────────────────────────

    def named(self, name: str) -> DemoRepository:
        """Return the repository that holds OWNER/NAME last of all; raises KeyError where none ever did."""
        return self._by_id[self._by_name[name_key(name)][-1]]

    def rename(self, name: str, new: str, at: datetime = ALWAYS) -> None:
        """Give a repository a new name; the old one goes on leading to it."""
        found = self.named(name)
        self.put(replace(found, names=(*found.names, DatedName(at, new))))

    def delete(self, name: str, at: datetime = ALWAYS) -> None:
        """Take a repository away."""
        self.put(replace(self.named(name), gone_at=at))

    def recreate(self, name: str, *, repo_id: int, at: datetime, stars: int = 0) -> None:
        """Let somebody else make a new repository under a name that was freed; its number is `repo_id`."""
        figures = SteadyHistory(created=at.date(), stars=stars, daily=1, commits=1)
        self.put(DemoRepository(repo_id, (DatedName(at, name),), created_at=at, figures=figures, opened_at=at))

    def archive(self, name: str, at: datetime = ALWAYS) -> None:
        """Archive a repository."""
        found = self.named(name)
        self.put(replace(found, archived_at=max(at, found.created_at)))

    def block(self, name: str, reason: Literal["dmca", "tos"], at: datetime = ALWAYS) -> None:
        """Block a repository for a takedown notice or for breaking the terms of service."""
        self.put(replace(self.named(name), block=AccessBlock(reason, at)))

    def describe(self, name: str, description: str | None) -> None:
        """Give a repository another description, however hostile."""
        self.put(replace(self.named(name), description=description))

    def empty(self, name: str) -> None:
        """Make a repository one without a commit, and so without a default branch."""
        self.put(replace(self.named(name), default_branch=None))


def _had(repository: DemoRepository, name: str, at: datetime) -> bool:
    """Tell whether a repository had `name` by `at`, or has it as its first."""
    first, *later = repository.names
    held = [first.name, *(each.name for each in later if each.since <= at)]
    return name_key(name) in map(name_key, held)
