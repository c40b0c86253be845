"""Boards of an overview: the top of each ranking, and recent events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Chip, Link
from startrack.dashboards.site import Scope, Site, main_windows, project_chips
from startrack.model.changes import MONTH_WINDOW, WEEK_WINDOW, Change, Window
from startrack.model.events import DORMANT_AFTER, Event, Kind, MilestoneReached
from startrack.model.report import Project
from startrack.trends import ranking
from startrack.trends.ranking import RankBy, rank, typical_stars
from startrack.trends.windows import MIN_EARLIER_WEEKS
from startrack.wording import coverage, dates, events, figures

__all__ = [
    "TopList",
    "TopLists",
    "TopProject",
    "initial_lines",
    "top_lists",
]


@dataclass(frozen=True, slots=True)
class TopProject:
    """One project of a board, with what it gained or lost, or what became of it, and a word on that."""

    link: Link
    chips: tuple[Chip, ...]
    figure: Cell
    aside: str


@dataclass(frozen=True, slots=True)
class TopList:
    """The first few of one ranking."""

    title: str
    movers: tuple[TopProject, ...]


@dataclass(frozen=True, slots=True)
class TopLists:
    """Boards that belong together; `coverage` says of what they are, or why there are none.

    `quiet` says in a sentence each what the boards that are left out would have shown.
    """

    title: str
    coverage: str
    boards: tuple[TopList, ...] = ()
    quiet: str = ""


_LENGTH = 6


_LATELY = MONTH_WINDOW


def top_lists(site: Site, scope: Scope) -> tuple[TopLists, ...]:
    """Return the movers of each main window, and what turned of late."""
    windows = main_windows(site.report.windows)
    return (*(_movers(site, scope, window) for window in windows), _turns(site, scope))


def initial_lines(site: Site, scope: Scope) -> tuple[Project, ...]:
    """Return the projects whose lines are drawn at first: those rising most, or the largest ones."""
    windows = main_windows(site.report.windows)
    typical = typical_stars(scope.projects)
    for window in windows:
        if coverage.known_changes(scope.projects, window):
            return _drawable(site, rank(scope.projects, RankBy.RISING, window, typical))
    return _drawable(site, rank(scope.projects, RankBy.STARS, Window(1), typical))


def _drawable(site: Site, projects: Sequence[Project]) -> tuple[Project, ...]:
    """Keep the first few that have a line."""
    return tuple(islice((project for project in projects if site.has_line(project)), _LENGTH))


# ── Over a window ────────────────────────────────────────────────────────────────────────────────────────


def _movers(site: Site, scope: Scope, window: Window) -> TopLists:
    title = figures.count(window.days, "day")
    if not coverage.known_changes(scope.projects, window):
        return TopLists(title, coverage.unknown_sentence(scope.projects, window))
    rankings = {
        "Rising": (ranking.rising(scope.projects, window), "No project gained stars."),
        "Most gained": (ranking.gaining(scope.projects, window), ""),  # the same that rise, in another order
        "Most lost": (ranking.losing(scope.projects, window), "No project lost stars."),
    }
    found = {
        name: (tuple(_mover(site, scope, window, *each) for each in moved[:_LENGTH]), nothing)
        for name, (moved, nothing) in rankings.items()
    }
    return _grouped(title, coverage.window_coverage(scope.projects, window), found)


def _grouped(title: str, aside: str, found: dict[str, tuple[tuple[TopProject, ...], str]]) -> TopLists:
    """Return the boards that have anything on them; the others are a sentence each."""
    full = tuple(TopList(name, movers) for name, (movers, _) in found.items() if movers)
    quiet = (nothing for movers, nothing in found.values() if nothing and not movers)
    return TopLists(title, aside, full, " ".join(quiet))


def _mover(site: Site, scope: Scope, window: Window, project: Project, change: Change) -> TopProject:
    percent = figures.percent(change.percent) if change.percent is not None else ""
    aside = "; ".join(filter(None, (percent, figures.actual_days(window, change.elapsed))))
    return TopProject(
        site.link(project, scope.root), project_chips(project, window), components.gain_cell(change.gain), aside
    )


# ── Turns ────────────────────────────────────────────────────────────────────────────────────────────────


def _turns(site: Site, scope: Scope) -> TopLists:
    """Return who speeds up, and the milestones, archivals and revivals of the last thirty days."""
    first = min((project.first_seen for project in scope.projects if project.first_seen), default=site.report.as_of)
    since = max(first, site.report.as_of - _LATELY.span)
    found = {
        "Accelerating": (_accelerating(site, scope), _steady(site.report.as_of - first)),
        "Milestones crossed": (_happened(site, scope, Kind.MILESTONE, _crossed), "No milestone was crossed."),
        "Newly archived": (_happened(site, scope, Kind.ARCHIVED, _dated), _open(scope.projects)),
        "Back to life": (_happened(site, scope, Kind.REVIVED, _dated), _dormant(site.report.as_of - first)),
    }
    return _grouped("Turns", f"since {dates.day(since)}; acceleration of the last {WEEK_WINDOW.days} days", found)


def _accelerating(site: Site, scope: Scope) -> tuple[TopProject, ...]:
    return tuple(
        TopProject(
            site.link(project, scope.root),
            project_chips(project),
            Cell(figures.TIMES + figures.number(project.acceleration or 0, 1)),
            components.window_gain_cell(project, WEEK_WINDOW).text if WEEK_WINDOW in project.changes else "",
        )
        for project in ranking.accelerating(scope.projects)[:_LENGTH]
    )


def _steady(counted: timedelta) -> str:
    """Return why no project accelerates: none does, or nobody can know yet."""
    weeks = MIN_EARLIER_WEEKS + 1
    if counted >= weeks * WEEK_WINDOW.span:
        return "No project is accelerating."
    return f"Too early to say what is accelerating: that takes {weeks} weeks of counts."


def _open(projects: Sequence[Project]) -> str:
    """Return why no archival is told: there is none, or GitHub gave no date for it."""
    undated = sum(each.repository.is_archived and not each.repository.archived_at for each in projects)
    if not undated:
        return "None was archived."
    return f"{figures.count(undated, 'project is', 'projects are')} archived, and GitHub gave no date."


def _dormant(counted: timedelta) -> str:
    """Return why no project came back to life."""
    if counted >= DORMANT_AFTER:
        return "None came back to life."
    return f"Too early to say what came back to life: that takes {DORMANT_AFTER.days} days of counts."


def _happened(
    site: Site, scope: Scope, kind: Kind, shown: Callable[[Event], tuple[Cell, str]]
) -> tuple[TopProject, ...]:
    since = site.report.as_of - _LATELY.span
    known = {project.repository.repo_id: project for project in scope.projects}
    found = (
        TopProject(site.link(known[event.repo_id], scope.root), project_chips(known[event.repo_id]), *shown(event))
        for event in site.report.events
        if event.kind is kind and event.at > since and event.repo_id in known
    )
    return tuple(islice(found, _LENGTH))


def _crossed(event: Event) -> tuple[Cell, str]:
    stars = figures.number(event.what.milestone) if isinstance(event.what, MilestoneReached) else ""
    return Cell(stars), dates.day(event.at)


def _dated(event: Event) -> tuple[Cell, str]:
    return Cell(""), " ".join(filter(None, (events.quiet_period(event), dates.day(event.at))))
