"""What happened to projects, dated by the count, the reading or GitHub's own record that told of it."""

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
    "of_kind",
    "title_with_number",
]


# How far back events are told: as far as somebody who looks at a feed once a quarter would want.
MAX_EVENT_AGE = timedelta(days=90)
# How long a project must have been without a commit to come back to life with one.
DORMANT_AFTER = timedelta(days=180)


class Kind(StrEnum):
    """A word for each kind of event, as feeds and the API write it."""

    MILESTONE = "milestone"
    ADDED = "added"
    REMOVED = "removed"
    ARCHIVED = "archived"
    REVIVED = "revived"
    RENAMED = "renamed"
    LOST = "lost"
    RETURNED = "returned"


LossReason: TypeAlias = Literal[Reason.NOT_FOUND, Reason.DMCA, Reason.TOS, Reason.SAML, Reason.MOVED]
"""The reasons that make a counted project a lost one; the others say that a single run failed."""


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    """The first count at or above a milestone; `before` is the count before it, taken at `since`."""

    milestone: int
    stars: int
    before: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Added:
    """A list names the project now, by this name and below these headings."""

    entry: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """A list names the project no longer; it did by this name and below these headings."""

    entry: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Archived:
    """Its owner closed it to changes."""


@dataclass(frozen=True, slots=True)
class Revived:
    """Commits again, after every count from `quiet_since` to `quiet_until` had the same total."""

    quiet_since: datetime
    quiet_until: datetime


@dataclass(frozen=True, slots=True)
class Renamed:
    """It has a new name."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Lost:
    """GitHub shows it no longer."""

    reason: LossReason


@dataclass(frozen=True, slots=True)
class Returned:
    """It was counted again, after GitHub had not shown it."""

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
    """One happening as the store tells it; the number is not known of what was never counted.

    `list_name` is the list that added or removed it, `None` where it happened to the project itself.
    """

    at: datetime
    repo_id: int | None
    what: EventDetail
    list_name: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One happening of a project of the lists.

    `repo` is its OWNER/NAME today and `repo_id` GitHub's number for it, `None` where it was never counted. `lists`
    are those it concerns: the one that added or removed it, or all that name it. `label` is that of the list whose
    figures it tells. `is_namesake` says that another repository has its name today.
    """

    at: datetime
    repo: str
    repo_id: int | None
    lists: tuple[str, ...]
    what: EventDetail
    label: str | None = None
    is_namesake: bool = False

    @property
    def kind(self) -> Kind:
        """The word for what happened."""
        return _KINDS[type(self.what)]

    @property
    def title(self) -> str:
        """The project's name, with GitHub's number beside it where another repository has that name today."""
        return title_with_number(self.repo, self.repo_id) if self.is_namesake else self.repo


def title_with_number(name: str, repo_id: int | None) -> str:
    """Return what tells a repository from another one that has its name today."""
    return f"{name} (repository {repo_id or 'without a number'})"


def of_kind(events: Iterable[Event], *kinds: Kind) -> tuple[Event, ...]:
    """Return the events of some kinds, in their order."""
    return tuple(event for event in events if event.kind in kinds)
