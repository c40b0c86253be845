"""A week of some lists: who rose, who lost, and what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from startrack.model.changes import WEEK_WINDOW
from startrack.model.events import Event, Kind, of_kind
from startrack.model.report import CalendarWeek, Project
from startrack.trends import membership, ranking
from startrack.trends.ranking import ProjectGain
from startrack.wording import coverage, dates

__all__ = ["RANKING_LENGTH", "EventGroup", "WeeklyDigest", "weekly_digest"]


RANKING_LENGTH: Final = 10

_CHAPTERS: Final = {
    "Milestones": (Kind.MILESTONE,),
    "Additions": (Kind.ADDED,),
    "Archivals": (Kind.ARCHIVED,),
    "Losses": (Kind.REMOVED, Kind.LOST),
    "Returns": (Kind.REVIVED, Kind.RETURNED),
    "Renames": (Kind.RENAMED,),
}


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Events of one sort, oldest first."""

    title: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class WeeklyDigest:
    """A week as it is told: `projects` as they were at its end, the first few that rose and that lost most stars.

    `chapters` has those in which something happened, `quiet` the titles of the others.
    """

    week: CalendarWeek
    projects: tuple[Project, ...]
    rising: tuple[ProjectGain, ...]
    losing: tuple[ProjectGain, ...]
    chapters: tuple[EventGroup, ...]
    quiet: tuple[str, ...]

    @property
    def title(self) -> str:
        """The week in words."""
        year, number, _ = self.week.monday.isocalendar()
        return f"Week {number} of {year}"

    @property
    def span(self) -> str:
        """Its first and its last day."""
        return f"Monday {dates.day(self.week.monday)} to Sunday {dates.day(self.week.sunday)}"

    @property
    def gain(self) -> int:
        """The stars that those whose change is known gained together."""
        return sum(change.gain for change in coverage.known_changes(self.projects, WEEK_WINDOW))


def weekly_digest(week: CalendarWeek, lists: Iterable[str]) -> WeeklyDigest:
    """Return what a week brought to some of the lists."""
    names = set(lists)
    projects = tuple(membership.in_lists(week.projects, names))
    told = sorted((event for event in week.events if names & set(event.lists)), key=lambda event: event.at)
    chapters = [EventGroup(title, of_kind(told, *kinds)) for title, kinds in _CHAPTERS.items()]
    return WeeklyDigest(
        week,
        projects,
        rising=tuple(ranking.rising(projects, WEEK_WINDOW)[:RANKING_LENGTH]),
        losing=tuple(ranking.losing(projects, WEEK_WINDOW)[:RANKING_LENGTH]),
        chapters=tuple(chapter for chapter in chapters if chapter.events),
        quiet=tuple(chapter.title.lower() for chapter in chapters if not chapter.events),
    )
