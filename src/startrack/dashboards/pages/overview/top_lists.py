"""Top lists of an overview: the first projects of each ranking, and recent events."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Chip, Link
from startrack.dashboards.site import Scope, Site, main_windows, project_chips
from startrack.model.changes import MONTH_WINDOW, WEEK_WINDOW, Change, RankBy, Window
from startrack.model.events import DORMANT_AFTER, Event, Kind, MilestoneReached
from startrack.model.report import Project
from startrack.trends import ranking
from startrack.trends.ranking import rank, typical_stars
from startrack.trends.windows import MIN_EARLIER_WEEKS
from startrack.wording import coverage, dates, events, figures

__all__ = ["TopList", "TopLists", "TopProject", "initial_lines", "top_lists"]


_LENGTH = 6


@dataclass(frozen=True, slots=True)
class TopProject:
    """One project of a top list, with its figure and a note beside it."""

    link: Link
    chips: tuple[Chip, ...]
    figure: Cell
    note: str


@dataclass(frozen=True, slots=True)
class TopList:
    """The first projects of one ranking, or with one kind of recent event."""

    title: str
    projects: tuple[TopProject, ...]


@dataclass(frozen=True, slots=True)
class TopLists:
    """The top lists of one time span.

    `note` states how many changes are known, or since when events are listed. `empty` has a sentence for each list
    that has no projects.
    """

    title: str
    note: str
    lists: tuple[TopList, ...] = ()
    empty: str = ""


_ListOrReason = tuple[Sequence[TopProject], str]
"""The projects of a list, and the sentence to show if there are none."""


def top_lists(site: Site, scope: Scope) -> tuple[TopLists, ...]:
    """Return the top lists of each main window, and the recent events."""
    windows = main_windows(site.report.windows)
    return (*(_window_lists(site, scope, window) for window in windows), _event_lists(site, scope))


def initial_lines(site: Site, scope: Scope) -> tuple[Project, ...]:
    """Return the projects that a comparison shows at first: the fastest rising, or else the largest."""
    typical = typical_stars(scope.projects)
    for window in main_windows(site.report.windows):
        if coverage.known_changes(scope.projects, window):
            return _with_lines(site, rank(scope.projects, RankBy.RISING, window, typical))
    return _with_lines(site, rank(scope.projects, RankBy.STARS, Window(1), typical))


def _with_lines(site: Site, projects: Sequence[Project]) -> tuple[Project, ...]:
    """Return the first projects that have a line to draw."""
    return tuple(islice((project for project in projects if site.has_line(project)), _LENGTH))


def _window_lists(site: Site, scope: Scope, window: Window) -> TopLists:
    title = figures.count(window.days, "day")
    if not coverage.known_changes(scope.projects, window):
        return TopLists(title, coverage.unknown_sentence(scope.projects, window))
    rankings = {
        "Rising": (ranking.rising(scope.projects, window), "No project gained stars."),
        # The projects of "Rising" in another order, so one sentence is enough for both.
        "Most gained": (ranking.gaining(scope.projects, window), ""),
        "Most lost": (ranking.losing(scope.projects, window), "No project lost stars."),
    }
    lists = {
        name: ([_by_gain(site, scope, window, *gain) for gain in gains[:_LENGTH]], if_empty)
        for name, (gains, if_empty) in rankings.items()
    }
    return _assemble(title, coverage.window_coverage(scope.projects, window), lists)


def _event_lists(site: Site, scope: Scope) -> TopLists:
    """Return the accelerating projects, and the milestones, archivals and revivals of the last thirty days."""
    first = min((project.first_seen for project in scope.projects if project.first_seen), default=site.report.as_of)
    since = max(first, site.report.as_of - MONTH_WINDOW.span)
    counted = site.report.as_of - first
    lists = {
        "Accelerating": (_accelerating(site, scope), _none_accelerating(counted)),
        "Milestones reached": (_with_event(site, scope, Kind.MILESTONE, _milestone), "No milestone was reached."),
        "Newly archived": (_with_event(site, scope, Kind.ARCHIVED, _event_date), _none_archived(scope.projects)),
        "Active again": (_with_event(site, scope, Kind.REVIVED, _event_date), _none_revived(counted)),
    }
    note = f"since {dates.day(since)}; acceleration over the last {WEEK_WINDOW.days} days"
    return _assemble("Recent events", note, lists)


def _assemble(title: str, note: str, lists: Mapping[str, _ListOrReason]) -> TopLists:
    """Return the lists that have projects, and the sentences of the others."""
    filled = tuple(TopList(name, tuple(projects)) for name, (projects, _) in lists.items() if projects)
    empty = (if_empty for projects, if_empty in lists.values() if if_empty and not projects)
    return TopLists(title, note, filled, " ".join(empty))


def _by_gain(site: Site, scope: Scope, window: Window, project: Project, change: Change) -> TopProject:
    percent = figures.percent(change.percent) if change.percent is not None else ""
    note = "; ".join(filter(None, (percent, figures.actual_days(window, change.elapsed))))
    chips, gain = project_chips(project, window), components.gain_cell(change.gain)
    return TopProject(site.link(project, scope.root), chips, gain, note)


def _accelerating(site: Site, scope: Scope) -> list[TopProject]:
    return [
        TopProject(
            site.link(project, scope.root),
            project_chips(project),
            Cell(figures.TIMES + figures.number(project.acceleration or 0, 1)),
            components.window_gain_cell(project, WEEK_WINDOW).text if WEEK_WINDOW in project.changes else "",
        )
        for project in ranking.accelerating(scope.projects)[:_LENGTH]
    ]


def _with_event(
    site: Site, scope: Scope, kind: Kind, shown: Callable[[Event], tuple[Cell, str]]
) -> tuple[TopProject, ...]:
    """Return the projects with a recent event of a kind; `shown` gives the figure and the note of an event."""
    since = site.report.as_of - MONTH_WINDOW.span
    by_id = {project.repository.repo_id: project for project in scope.projects}
    projects = (
        TopProject(site.link(by_id[event.repo_id], scope.root), project_chips(by_id[event.repo_id]), *shown(event))
        for event in site.report.events
        if event.kind is kind and event.at > since and event.repo_id in by_id
    )
    return tuple(islice(projects, _LENGTH))


def _milestone(event: Event) -> tuple[Cell, str]:
    stars = figures.number(event.detail.milestone) if isinstance(event.detail, MilestoneReached) else ""
    return Cell(stars), dates.day(event.at)


def _event_date(event: Event) -> tuple[Cell, str]:
    return Cell(""), " ".join(filter(None, (events.quiet_period(event), dates.day(event.at))))


def _none_accelerating(counted: timedelta) -> str:
    weeks = MIN_EARLIER_WEEKS + 1
    if counted >= weeks * WEEK_WINDOW.span:
        return "No project is accelerating."
    return f"Too early to measure acceleration: this needs {weeks} weeks of counts."


def _none_archived(projects: Sequence[Project]) -> str:
    """Return why no archival is listed: there is none, or GitHub gives no date for it."""
    undated = sum(project.repository.is_archived and not project.repository.archived_at for project in projects)
    if not undated:
        return "No project was archived."
    return f"{figures.count(undated, 'project is', 'projects are')} archived, but GitHub gives no date."


def _none_revived(counted: timedelta) -> str:
    if counted >= DORMANT_AFTER:
        return "No project became active again."
    return f"Too early to list projects that are active again: this needs {DORMANT_AFTER.days} days of counts."
