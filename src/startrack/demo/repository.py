"""One repository of the demo's world: its names through time, its facts and the course of its figures."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from startrack.demo.figures import FigureHistory, Figures

__all__ = [
    "ALWAYS",
    "AccessBlock",
    "DatedName",
    "DemoRepository",
    "Release",
]


ALWAYS = datetime.min
"""The instant from which on something has been so for ever."""


@dataclass(frozen=True, slots=True)
class DatedName:
    """A name, and the instant from which a repository has had it."""

    since: datetime
    name: str


@dataclass(frozen=True, slots=True)
class AccessBlock:
    """Why GitHub shows nothing of a repository, and since when."""

    reason: Literal["dmca", "tos"]
    since: datetime = ALWAYS


@dataclass(frozen=True, slots=True)
class Release:
    """A release and the instant at which it came out."""

    tag: str
    published_at: datetime
    is_prerelease: bool = False


@dataclass(frozen=True, slots=True)
class DemoRepository:
    """A repository as the server knows it.

    `opened_at` is the first instant at which it answers: for a project of a record that is its first entry,
    however old the project. `default_branch` is `None` for an empty repository. `readme` names the list
    text of the world that is its README, and `readme_path` the file.
    """

    repo_id: int
    names: tuple[DatedName, ...]
    created_at: datetime
    figures: FigureHistory
    opened_at: datetime = ALWAYS
    gone_at: datetime | None = None
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
    is_disabled: bool = False
    is_locked: bool = False
    is_mirror: bool = False
    is_template: bool = False
    readme: str | None = None
    readme_path: str = "README.md"

    @property
    def node_id(self) -> str:
        """The id by which GraphQL's `nodes` finds it."""
        number = base64.urlsafe_b64encode(self.repo_id.to_bytes(6, "big")).decode()
        return f"R_kgDO{number}"

    def name(self, instant: datetime) -> str:
        """Return OWNER/NAME as it stood at `instant`; before the first name, the first one."""
        held = [each.name for each in self.names if each.since <= instant]
        return held[-1] if held else self.names[0].name

    def exists(self, instant: datetime) -> bool:
        """Tell whether the repository is there at `instant`, blocked or not."""
        return self.opened_at <= instant and (self.gone_at is None or instant < self.gone_at)

    def blocked(self, instant: datetime) -> AccessBlock | None:
        """Return the block in force at `instant`."""
        return self.block if self.block and self.block.since <= instant else None

    def archived(self, instant: datetime) -> datetime | None:
        """Return when it was archived, if it was by `instant`."""
        return self.archived_at if self.archived_at and self.archived_at <= instant else None

    def head(self, figures: Figures) -> str:
        """Return the head commit's id, which moves when a commit does and not otherwise."""
        text = f"{self.repo_id}:{figures.commits}:{figures.pushed_at}"
        return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def released(self, instant: datetime) -> Sequence[Release]:
        """Return the releases that were out by `instant`, oldest first."""
        return [release for release in self.releases if release.published_at <= instant]
