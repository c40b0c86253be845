"""One repository of the demo: its names over time, its metadata and its figures."""

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
    creation. `default_branch` is `None` for an empty repository. `readme` is the name of the list in the world that is
    its README, and `readme_path` the path of that file.
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
    is_disabled: bool = False
    is_locked: bool = False
    is_mirror: bool = False
    is_template: bool = False
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
