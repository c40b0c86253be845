"""The digest of one week of some lists: top gains, losses and events."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from startrack.model.changes import WEEK_WINDOW
from startrack.model.events import Event, Kind, filter_kinds
from startrack.model.report import CalendarWeek
from startrack.trends import membership, ranking
from startrack.trends.ranking import ProjectGain
from startrack.wording import coverage, dates

__all__ = ["RANKING_LENGTH", "EventGroup", "WeeklyDigest", "weekly_digest"]

RANKING_LENGTH: Final = 10

_EVENT_GROUPS: Final = {
    "Milestones": (Kind.MILESTONE,),
    "Additions": (Kind.ADDED,),
    "Archivals": (Kind.ARCHIVED,),
    "Removed or missing projects": (Kind.REMOVED, Kind.LOST),
    "Returning projects": (Kind.REVIVED, Kind.RETURNED),
    "Renames": (Kind.RENAMED,),
}


@dataclass(frozen=True, slots=True)
class EventGroup:
    """The events of one group, oldest first."""

    title: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class WeeklyDigest:
    """The digest of a week: the first of the projects that rose and that lost stars, and sums over all projects.

    `gains` are the stars that each project gained whose change is known, of `listed` projects; `known` says so in
    words. `groups` are the event groups that are not empty, `empty_groups` the titles of the others, in lower case.
    """

    week: CalendarWeek
    listed: int
    gains: tuple[int, ...]
    known: str
    rising: tuple[ProjectGain, ...]
    losing: tuple[ProjectGain, ...]
    groups: tuple[EventGroup, ...]
    empty_groups: tuple[str, ...]

    @property
    def title(self) -> str:
        """The week by its number and year, such as `Week 47 of 2026`."""
        year, number, _ = self.week.monday.isocalendar()
        return f"Week {number} of {year}"

    @property
    def span(self) -> str:
        """The first and the last day of the week."""
        return f"Monday {dates.day(self.week.monday)} to Sunday {dates.day(self.week.sunday)}"

    @property
    def gain(self) -> int:
        """The stars gained by all projects whose change is known."""
        return sum(self.gains)


def weekly_digest(week: CalendarWeek, lists: Iterable[str]) -> WeeklyDigest:
    """Return the digest of a week for the lists of these names. It keeps the week without its projects."""
    names = set(lists)
    projects = tuple(membership.in_lists(week.projects, names))
    events = sorted((event for event in week.events if names & set(event.lists)), key=lambda event: event.at)
    groups = [EventGroup(title, filter_kinds(events, *kinds)) for title, kinds in _EVENT_GROUPS.items()]
    return WeeklyDigest(
        CalendarWeek(week.monday, ()),
        len(projects),
        tuple(change.gain for change in coverage.known_changes(projects, WEEK_WINDOW)),
        coverage.window_coverage(projects, WEEK_WINDOW),
        rising=tuple(ranking.rising(projects, WEEK_WINDOW)[:RANKING_LENGTH]),
        losing=tuple(ranking.losing(projects, WEEK_WINDOW)[:RANKING_LENGTH]),
        groups=tuple(group for group in groups if group.events),
        empty_groups=tuple(group.title.lower() for group in groups if not group.events),
    )
