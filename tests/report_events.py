"""Events and weeks for sample reports, computed from their counts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import islice

from startrack.model.changes import WEEK_WINDOW
from startrack.model.count_history import CountHistory
from startrack.model.events import (
    Added,
    Archived,
    Event,
    EventDetail,
    Lost,
    MilestoneReached,
    Removed,
    Renamed,
    Returned,
    Revived,
)
from startrack.model.report import CalendarWeek, Project, SiteReport
from startrack.model.repository import Reason
from startrack.trends import windows

__all__ = ["WEEKS", "with_events"]

WEEKS = 6


def with_events(report: SiteReport) -> SiteReport:
    """Return the report with an event of each kind, the last six weeks, and an accelerating project."""
    quick = tuple(replace(each, acceleration=5.8) if each.name == "big/giant" else each for each in report.projects)
    events = _events(report)
    mondays = islice(windows.mondays(report.as_of - timedelta(weeks=9), report.as_of), WEEKS)
    weeks = tuple(_week(report, CalendarWeek(monday, ()), events) for monday in mondays)
    return replace(report, projects=quick, events=events, weeks=weeks)


def _week(report: SiteReport, week: CalendarWeek, events: Sequence[Event]) -> CalendarWeek:
    projects = (_as_of(project, report.counts(project), week) for project in report.projects)
    return replace(week, projects=tuple(projects), events=tuple(each for each in events if week.holds(each.at)))


def _as_of(project: Project, counts: CountHistory, week: CalendarWeek) -> Project:
    start, end = (counts.nearest(at, WEEK_WINDOW.reach) for at in (week.end - WEEK_WINDOW.span, week.end))
    change = windows.window_change(WEEK_WINDOW, week.end, end, start, counts[0].taken_at if counts else None)
    return replace(project, changes={WEEK_WINDOW: change}, current=end, acceleration=None, spike=False)


def _events(report: SiteReport) -> tuple[Event, ...]:
    days = [report.as_of - timedelta(days=day) for day in range(90)]
    happened: list[tuple[datetime, str, EventDetail]] = [
        (days[0], "gone/away", Lost(Reason.NOT_FOUND)),
        (days[2], "old/archived", Archived()),
        (days[3], "made/up", Revived(days[3] - timedelta(days=290), days[4])),
        (days[4], "group/project-1", Renamed("group/old-name", "group/project-1")),
        (days[5], "some/gap", Returned(Reason.SAML)),
        (days[7], _hostile(report), MilestoneReached(100, 100, 99, days[8])),
        (days[9], "big/giant", MilestoneReached(100_000, 100_031, 99_990, days[10])),
        (days[66], "group/project-8", MilestoneReached(10_000, 10_004, 9_998, days[67])),
    ]
    midnights = [datetime.combine(day, time()) for day in days]
    of_lists: list[tuple[datetime, str, str, EventDetail]] = [
        (midnights[1], "just/started", "first", Added("just/started", ("Tools", "Kind 1"))),
        (midnights[2], _hostile(report), "first", Added(_hostile(report), (_hostile(report),))),
        (midnights[2], "left/list", "second", Removed("left/list", ("Papers",))),
    ]
    found = [_event(report, at, name, what) for at, name, what in happened]
    found += [_event(report, at, name, what, list_name) for at, name, list_name, what in of_lists]
    return tuple(sorted(found, key=lambda event: (event.at, event.repo), reverse=True))


def _hostile(report: SiteReport) -> str:
    return next(project.name for project in report.projects if project.name.startswith("evil/"))


def _event(report: SiteReport, at: datetime, name: str, what: EventDetail, list_name: str | None = None) -> Event:
    project = next((each for each in report.projects if each.name == name), None)
    labels = {listed.name: listed.label for listed in report.lists}
    lists = project.list_names if project else ()
    label = labels[list_name] if list_name else project.label if project else None
    number = project.repository.repo_id if project else None
    return Event(at, name, number, (list_name,) if list_name else lists, what, label)
