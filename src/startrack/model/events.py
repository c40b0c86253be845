"""Events of projects: milestones, renames, losses, changes of lists. Each has the instant at which it was observed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from startrack.model.repository import Reason

__all__ = [
    "DORMANT_AFTER",
    "MAX_EVENT_AGE",
    "Added",
    "Archived",
    "Event",
    "EventDetail",
    "Kind",
    "LossReason",
    "Lost",
    "MilestoneReached",
    "Removed",
    "Renamed",
    "Returned",
    "Revived",
    "StoredEvent",
    "filter_kinds",
    "title_with_number",
]


# Events are shown for this long: enough for a reader who looks at a feed once a quarter.
MAX_EVENT_AGE = timedelta(days=90)
# A project counts as dormant after this time without a commit; only then can it be revived.
DORMANT_AFTER = timedelta(days=180)


class Kind(StrEnum):
    """The kinds of events, as feeds and the API write them."""

    MILESTONE = "milestone"
    ADDED = "added"
    REMOVED = "removed"
    ARCHIVED = "archived"
    REVIVED = "revived"
    RENAMED = "renamed"
    LOST = "lost"
    RETURNED = "returned"


LossReason: TypeAlias = Literal[Reason.NOT_FOUND, Reason.DMCA, Reason.TOS, Reason.SAML, Reason.MOVED]
"""The reasons for which a counted project is lost; the other reasons say that a single run failed."""


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    """The first count at or above a milestone; `before` is the previous count, taken at `since`."""

    milestone: int
    stars: int
    before: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """A list has a new entry for the project; `entry` is its name there and `section` its section path."""

    entry: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """A list no longer has its entry for the project; `entry` was its name there and `section` its section path."""

    entry: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Archived:
    """The owner archived the repository."""


@dataclass(frozen=True, slots=True)
class Revived:
    """New commits after a dormant period: every count from `quiet_since` to `quiet_until` had the same total."""

    quiet_since: datetime
    quiet_until: datetime


@dataclass(frozen=True, slots=True)
class Renamed:
    """The repository has a new name."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Lost:
    """GitHub no longer shows the repository."""

    reason: LossReason


@dataclass(frozen=True, slots=True)
class Returned:
    """The repository was counted again after it was lost; `reason` is the reason of the loss."""

    reason: LossReason


EventDetail = MilestoneReached | Added | Removed | Archived | Revived | Renamed | Lost | Returned

_KINDS: dict[type[EventDetail], Kind] = {
    MilestoneReached: Kind.MILESTONE,
    Added: Kind.ADDED,
    Removed: Kind.REMOVED,
    Archived: Kind.ARCHIVED,
    Revived: Kind.REVIVED,
    Renamed: Kind.RENAMED,
    Lost: Kind.LOST,
    Returned: Kind.RETURNED,
}


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the database has it.

    `repo_id` is `None` where the repository was never counted. `list_name` is the list that added or removed the
    project, and `None` for every other event.
    """

    at: datetime
    repo_id: int | None
    detail: EventDetail
    list_name: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """An event of a project of the lists.

    `repo` is its OWNER/NAME today and `repo_id` GitHub's number for it, `None` where it was never counted. `lists` are
    the list that added or removed it, or all lists that have it. `label` is that of the list its figures belong to.
    `is_namesake` says that another repository has this name today.
    """

    at: datetime
    repo: str
    repo_id: int | None
    lists: tuple[str, ...]
    detail: EventDetail
    label: str | None = None
    is_namesake: bool = False

    @property
    def kind(self) -> Kind:
        """The kind of the event."""
        return _KINDS[type(self.detail)]

    @property
    def title(self) -> str:
        """The project's name, with GitHub's number where another repository has that name today."""
        return title_with_number(self.repo, self.repo_id) if self.is_namesake else self.repo


def title_with_number(name: str, repo_id: int | None) -> str:
    """Return a title that differs from that of another repository with the same name."""
    return f"{name} (repository {repo_id or 'without a number'})"


def filter_kinds(events: Iterable[Event], *kinds: Kind) -> tuple[Event, ...]:
    """Return the events of some kinds, in their order."""
    return tuple(event for event in events if event.kind in kinds)
