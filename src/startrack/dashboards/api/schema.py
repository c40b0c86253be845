"""The JSON documents of the API, version 1. Their fields are a contract: within a version, fields are only added.

An unknown figure is null, and `notes` or `note` gives the reason. A fact that GitHub does not provide, such as a
licence, is null without a note. Instants are in UTC. Texts are unchanged, as other people wrote them. Paths are
relative to the dashboards folder.
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
    """The fields that every document has."""

    version: Literal["1"]
    """The version of the API, as in the path of its folder."""
    title: str
    """The title of the dashboards."""
    as_of: Instant
    """The instant for which all figures are given; by default that of the last count."""


class Index(Document):
    """The paths of all documents and feeds."""

    base_url: str | None
    """The address at which the dashboards are published; null if it is not configured."""
    documents: dict[str, str]
    """A description of each document, by its file name in this folder."""
    feeds: dict[str, str]
    """The path of each Atom feed, by the name of its list. The feed of all lists has the empty name."""


class Listed(_Model):
    """One list."""

    name: str
    source: str
    """The file, repository or address that it is read from."""
    label: str | None
    """A label to show beside every figure of the list, such as "simulated"."""
    projects: int
    """The number of projects in the list."""
    counted: int
    """The number of these projects that have a count."""
    stars: int | None
    """The total stars of the projects that have a count."""
    notes: dict[str, str]
    """The reason for each field above that is null, by the field's name."""


class Lists(Document):
    """All lists."""

    lists: tuple[Listed, ...]


class Place(_Model):
    """The entry of a project in a list."""

    list: str
    title: str
    section: tuple[str, ...]
    """The headings above the entry, the outermost first."""
    url: str
    """The link of the entry, as written in the list."""
    line: int


class Change(_Model):
    """The change over a window."""

    gain: int | None
    """Stars gained; negative if stars were lost."""
    gain_per_day: float | None
    """Stars gained per day, over the actual time between the two counts."""
    percent: float | None
    """Gain in percent of the baseline; null if the baseline has no stars."""
    forks_gain: int | None
    commits_gain: int | None
    baseline_at: Instant | None
    """When the earlier of the two counts, the baseline, was taken."""
    note: str | None
    """The reason for figures above that are null, and the actual days if they differ from the window's by over 10%."""


class Project(_Model):
    """One project, under its current name at GitHub."""

    repo: str
    repo_id: int | None
    """GitHub's id of the repository, which renames do not change; null if the project was never counted."""
    url: str
    """Its address at GitHub. If `is_namesake`, another repository has that address today."""
    page: str
    """The path of its page."""
    is_namesake: bool
    """Whether another repository has its name today."""
    label: str | None
    """A label to show beside every figure of the project, such as "simulated"."""
    lists: tuple[Place, ...]
    description: str | None
    language: str | None
    license: str | None
    """The SPDX identifier from GitHub. NOASSERTION means a licence that GitHub does not know; pages show "other"."""
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
    """Null if it is not known. Null with a note if the repository has no commits."""
    missing: Reason | None
    """Why the last run could not count it; null if it was counted."""
    changes: dict[str, Change]
    """The change over each window, by the window's name, such as `7d`."""
    acceleration: float | None
    """The daily gain of the last week divided by the usual daily gain."""
    spike: bool
    """Whether one day has more than half of the 30-day gain."""
    notes: dict[str, str]
    """The reason for each figure above that is null, by the figure's name."""


class Projects(Document):
    """All projects of all lists, sorted by name."""

    projects: tuple[Project, ...]


class Moved(_Model):
    """One project in a ranking."""

    rank: int
    repo: str
    repo_id: int
    label: str | None
    stars: int
    gain: int
    percent: float | None
    """Gain in percent of the baseline; null if the baseline has no stars."""
    note: str | None
    """The actual days of the change, if they differ from the window's by over 10%."""


class Ranked(_Model):
    """The top ten of a list over a window."""

    window: str
    """The window's name, such as `7d`."""
    list: str | None
    """The list's name; null for all lists together."""
    known: int
    """The number of projects whose change is known. Only these are ranked."""
    of: int
    """The number of all projects."""
    rising: tuple[Moved, ...]
    """The projects that gained stars, fastest rising first; the formula is on the page counting.html."""
    gained: tuple[Moved, ...]
    """The projects that gained stars, the largest gain first."""
    lost: tuple[Moved, ...]


class Week(_Model):
    """The top ten of a list in a week that has ended."""

    week: str
    """The week in ISO 8601, such as `2026-W47`."""
    first_day: Day
    last_day: Day
    list: str | None
    """The list's name; null for all lists together."""
    known: int
    """The number of projects whose change is known. Only these are ranked."""
    of: int
    """The number of all projects in that week."""
    rising: tuple[Moved, ...]
    lost: tuple[Moved, ...]


class Movers(Document):
    """The projects that gained and lost most, over every window up to now and in each of the latest weeks."""

    windows: tuple[Ranked, ...]
    weeks: tuple[Week, ...]


class Event(_Model):
    """An event of one project. Fields that do not apply to its kind are null."""

    id: str
    """The id of the event, the same as that of its feed entry."""
    kind: Kind
    at: Instant
    """The time of the count that shows the event; of archivals, GitHub's time; of list changes, 00:00 of the day."""
    repo: str
    """The repository's current name."""
    repo_id: int | None
    """Null if the project was never counted."""
    lists: tuple[str, ...]
    label: str | None
    text: str
    """What happened, as the rest of a sentence that starts with the name."""
    detail: str
    """More about the event, in sentences."""
    milestone: int | None
    stars: int | None
    """The stars at the count that reached the milestone."""
    stars_before: int | None
    """The stars at the count before that."""
    section: tuple[str, ...] | None
    """The headings above the entry that was added to a list or removed from it."""
    old_name: str | None
    new_name: str | None
    reason: LossReason | None
    """Why the project could not be counted."""
    quiet_since: Instant | None
    """The first count of the period in which the number of commits did not change."""
    quiet_until: Instant | None
    """The last count of that period."""


class Events(Document):
    """The events of the last 90 days, newest first."""

    events: tuple[Event, ...]


DOCUMENTS: Final[dict[str, type[Document]]] = {
    "index.json": Index,
    "lists.json": Lists,
    "projects.json": Projects,
    "movers.json": Movers,
    "events.json": Events,
}
