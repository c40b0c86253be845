"""The documents of the API, version 1: their fields are its contract, and its published schema is made of them.

Within a version fields are only added. A figure that is not known is null, and `notes` or `note` says why; a fact
that GitHub does not tell, such as a licence, is null without a note. Instants are UTC, texts are as others wrote
them. Paths are relative to the folder of the dashboards.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from startrack.model.events import Kind, LossReason
from startrack.model.repository import Reason

__all__ = [
    "DOCUMENTS",
    "VERSION",
    "Change",
    "Document",
    "Event",
    "Events",
    "Index",
    "Listed",
    "Lists",
    "Moved",
    "Movers",
    "Place",
    "Project",
    "Projects",
    "Ranked",
    "Week",
]


VERSION: Final = "1"

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Document(_Model):
    """What every document begins with."""

    version: Literal["1"]
    """The version of the API, that of its folder."""
    title: str
    """The title of the dashboards."""
    as_of: Instant
    """The instant all figures speak for: the last count."""


class Index(Document):
    """Where everything is."""

    base_url: str | None
    """The address of the dashboards' folder; null where none is configured."""
    documents: dict[str, str]
    """What each document holds, by its name in this folder."""
    feeds: dict[str, str]
    """The path of the Atom feed of each list by the list's name, and of all lists by the empty name."""


class Listed(_Model):
    """One list."""

    name: str
    source: str
    """Where it is read from."""
    label: str | None
    """A word that belongs beside every figure of the list, such as "simulated"."""
    projects: int
    """How many projects it names."""
    counted: int
    """How many of them have a count."""
    stars: int | None
    """The stars of those together."""
    notes: dict[str, str]
    """Why a field above is null, by its name."""


class Lists(Document):
    """All lists."""

    lists: tuple[Listed, ...]


class Place(_Model):
    """Where a list names a project."""

    list: str
    title: str
    section: tuple[str, ...]
    """The headings above it, the outermost first."""
    url: str
    """The link as the list has it."""
    line: int


class Change(_Model):
    """What a window brought."""

    gain: int | None
    """Stars gained; negative where stars were lost."""
    gain_per_day: float | None
    """Over the days that really passed between the two counts."""
    percent: float | None
    """Gain in percent of the baseline; null for a baseline of no stars too."""
    forks_gain: int | None
    commits_gain: int | None
    baseline_at: Instant | None
    """When the earlier of the two counts was taken."""
    note: str | None
    """Why figures above are null; and the days they are of, where these differ from the window's by over a tenth."""


class Project(_Model):
    """One project, as GitHub names it today."""

    repo: str
    repo_id: int | None
    """GitHub's number, which stays through renames; null where the project was never counted."""
    url: str
    """Where GitHub showed it; where `is_namesake`, it shows another repository there today."""
    page: str
    """The path of its page."""
    is_namesake: bool
    """Whether another repository has its name today."""
    label: str | None
    """A word that belongs beside every figure of the project, such as "simulated"."""
    lists: tuple[Place, ...]
    description: str | None
    language: str | None
    license: str | None
    """SPDX's identifier as GitHub gives it: NOASSERTION is a licence text that it does not know, "other" on pages."""
    topics: tuple[str, ...]
    created_at: Instant | None
    is_archived: bool
    archived_at: Instant | None
    stars: int | None
    forks: int | None
    commits: int | None
    """Commits on the default branch."""
    counted_at: Instant | None
    first_counted_at: Instant | None
    last_commit_on: Day | None
    """Null where it is not known, and where there is none: `notes` tells that."""
    missing: Reason | None
    """Why the last run could not count it; null where it did."""
    changes: dict[str, Change]
    """By window: `7d` and its like."""
    acceleration: float | None
    """The last week's daily gain over the usual one."""
    spike: bool
    """Whether one day holds more than half of the 30-day gain."""
    notes: dict[str, str]
    """Why a figure above is null, by its name; and where there is no last commit, that there is none."""


class Projects(Document):
    """All projects of all lists, by name."""

    projects: tuple[Project, ...]


class Moved(_Model):
    """One project of a ranking."""

    rank: int
    repo: str
    repo_id: int
    label: str | None
    stars: int
    gain: int
    percent: float | None
    """Null for a baseline of no stars."""
    note: str | None
    """The days the change is of, where these differ from the window's by more than a tenth."""


class Ranked(_Model):
    """The first ten of one list over one window."""

    window: str
    """`7d` and its like."""
    list: str | None
    """The list's name; null for all lists together."""
    known: int
    """Of how many projects the change is known: the others are on no ranking."""
    of: int
    """How many projects there are."""
    rising: tuple[Moved, ...]
    """Gain over the root of size."""
    gained: tuple[Moved, ...]
    lost: tuple[Moved, ...]


class Week(_Model):
    """The first ten of one list in a week that has ended."""

    week: str
    """As ISO 8601 numbers it: `2026-W47`."""
    first_day: Day
    last_day: Day
    list: str | None
    """The list's name; null for all lists together."""
    known: int
    """Of how many projects the change is known: the others are on no ranking."""
    of: int
    """How many projects there were."""
    rising: tuple[Moved, ...]
    lost: tuple[Moved, ...]


class Movers(Document):
    """Who moves, over every window up to now and in the last weeks."""

    windows: tuple[Ranked, ...]
    weeks: tuple[Week, ...]


class Event(_Model):
    """What happened to one project; a field that its kind has no use for is null."""

    id: str
    """The same as that of its entry in the feeds."""
    kind: Kind
    at: Instant
    """When the count that told of it was taken; GitHub's own date for archivals; the day for changes of lists."""
    repo: str
    """Its name today."""
    repo_id: int | None
    """Null where it was never counted."""
    lists: tuple[str, ...]
    label: str | None
    text: str
    """What is said of the project, to follow its name."""
    detail: str
    milestone: int | None
    stars: int | None
    """The count that reached the milestone."""
    stars_before: int | None
    """The count before that."""
    section: tuple[str, ...] | None
    """The headings of the entry that a list added or removed."""
    old_name: str | None
    new_name: str | None
    reason: LossReason | None
    """Why it could not be counted."""
    quiet_since: Instant | None
    """The first count of the commit total that stayed the same until it came back to life."""
    quiet_until: Instant | None
    """The last such count."""


class Events(Document):
    """What happened in the ninety days up to now, newest first."""

    events: tuple[Event, ...]


DOCUMENTS: Final[dict[str, type[Document]]] = {
    "index.json": Index,
    "lists.json": Lists,
    "projects.json": Projects,
    "movers.json": Movers,
    "events.json": Events,
}
