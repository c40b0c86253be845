"""The overview page of all lists, or of one list."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Fact, Figure, Link, SectionGroup, Shell
from startrack.dashboards.pages.compare.selection import OVERVIEW, Selection, selection
from startrack.dashboards.pages.overview import project_table, top_lists
from startrack.dashboards.pages.overview.project_table import ProjectTable
from startrack.dashboards.pages.overview.top_lists import TopLists
from startrack.dashboards.pages.sections import momentum
from startrack.dashboards.pages.sections.momentum import MomentumRow
from startrack.dashboards.pages.sections.view import sections_link
from startrack.dashboards.site import RETAINED_NOTE, Scope, Site, build_shell, list_labels, main_windows, project_chips
from startrack.model.changes import Window
from startrack.model.count_history import CountHistory, Times, to_microseconds
from startrack.model.lists import List
from startrack.model.report import Project, SiteReport
from startrack.wording import coverage, dates, figures, phrases, reasons

__all__ = ["OverviewPage", "overview_page"]

_STATUS = {"partial": "stopped early", "recovered": "interrupted before its record was written"}


@dataclass(frozen=True, slots=True)
class OverviewPage:
    """The overview of all lists together, or of one list.

    `selection` is what the chart shows at first; if there is nothing to show, `unplotted` says why.
    """

    shell: Shell
    heading: str
    sources: tuple[Link, ...]
    figures: tuple[Figure, ...]
    notices: tuple[str, ...]
    uncounted: tuple[Fact, ...]
    uncounted_title: str
    top_lists: tuple[TopLists, ...]
    table: ProjectTable
    selection: Selection
    unplotted: str
    retained: str
    taken_back: str
    windows: tuple[str, ...]
    sections: tuple[SectionGroup[MomentumRow], ...]
    all_sections: Link


def overview_page(site: Site, scope: Scope) -> OverviewPage:
    """Return the overview of a scope."""
    days = coverage.counted_days(_histories(site, scope))
    plotted = top_lists.initial_lines(site, scope)
    uncounted = _uncounted(site, scope)
    return OverviewPage(
        shell=build_shell(site, scope.name, scope.path, list_labels(scope.lists)),
        heading=scope.name,
        sources=tuple(_source(site, scope, listed) for listed in scope.lists),
        figures=_figures(site, scope, days),
        notices=_notices(site, scope, days),
        uncounted=uncounted,
        uncounted_title=_uncounted_title(uncounted, days),
        top_lists=top_lists.top_lists(site, scope) if scope.projects else (),
        table=project_table.project_table(site, scope),
        selection=selection(site, plotted, OVERVIEW),
        unplotted=_unplotted(days) if days and not plotted else "",
        retained=RETAINED_NOTE if any(site.retained(project) for project in scope.projects) else "",
        taken_back=_taken_back(site, scope),
        windows=tuple(figures.count(window.days, "day") for window in main_windows(site.report.windows)),
        sections=momentum.top_sections(site, scope),
        all_sections=sections_link(site, scope.lists, scope.root),
    )


def _times(days: Sequence[datetime]) -> Times:
    return Times(map(to_microseconds, days))


def _histories(site: Site, scope: Scope) -> list[CountHistory]:
    return [site.report.counts(project) for project in scope.projects]


def _source(site: Site, scope: Scope, listed: List) -> Link:
    """Return a link to the list's own page, or to its source if this is that page."""
    page = site.list_page(listed.name)
    if page != scope.path:
        return Link(listed.name, scope.root + page)
    is_address = listed.source.startswith(("https://", "http://"))
    return Link(listed.source, listed.source if is_address else "")


def _figures(site: Site, scope: Scope, days: Sequence[datetime]) -> tuple[Figure, ...]:
    windows = sorted(main_windows(site.report.windows))
    return (
        _projects_counted(site, scope, days),
        _stars(scope),
        *(_gained(scope, window) for window in windows),
        _last_count(scope),
        _days(days),
    )


def _projects_counted(site: Site, scope: Scope, days: Sequence[datetime]) -> Figure:
    counted = sum(project.current is not None for project in scope.projects)
    missing = sum(project.missing is not None for project in scope.projects)
    listed = f"of {figures.number(len(scope.projects) + len(scope.uncounted))} listed"
    last_run = f"; {figures.number(missing) if missing else 'none'} missing in the last run" if counted else ""
    return Figure(
        "Projects counted", Cell(figures.number(counted)), listed + _new_projects(site, scope, days) + last_run
    )


def _new_projects(site: Site, scope: Scope, days: Sequence[datetime]) -> str:
    """Return how many projects were first counted in the main window; empty if counts are younger than that."""
    for window in main_windows(site.report.windows)[:1]:
        start = site.report.as_of - window.span
        if days and days[0] <= start:
            new = sum(project.first_seen is not None and project.first_seen > start for project in scope.projects)
            return f"; {figures.number(new) if new else 'none'} new in {figures.count(window.days, 'day')}"
    return ""


def _stars(scope: Scope) -> Figure:
    stars = [project.current.stars for project in scope.projects if project.current]
    if not stars:
        return Figure("Stars", components.unknown_cell(""), "nothing counted yet")
    return Figure("Stars", Cell(figures.number(sum(stars))), f"total of {figures.count(len(stars), 'project')}")


def _gained(scope: Scope, window: Window) -> Figure:
    name = f"Gained in {figures.count(window.days, 'day')}"
    changes = coverage.known_changes(scope.projects, window)
    if not changes:
        return Figure(name, components.unknown_cell(""), _why_none(scope.projects, window))
    gain, baseline = sum(change.gain for change in changes), sum(change.baseline.stars for change in changes)
    share = f"{figures.percent(100 * gain / baseline)}; " if baseline else ""
    return Figure(name, components.gain_cell(gain), share + coverage.window_coverage(scope.projects, window))


def _why_none(projects: Sequence[Project], window: Window) -> str:
    return coverage.window_coverage(projects, window) if projects else "nothing counted yet"


def _last_count(scope: Scope) -> Figure:
    last = max((p.current.taken_at for p in scope.projects if p.current), default=None)
    if last is None:
        return Figure("Last count", components.unknown_cell(""), "nothing counted yet")
    return Figure("Last count", Cell(dates.day(last)), last.strftime("%H:%M UTC"))


def _days(days: Sequence[datetime]) -> Figure:
    if not days:
        return Figure("Days with counts", Cell("0"), "no run yet")
    gaps = coverage.count_gaps(_times(days))
    gap_text = figures.count(gaps, "gap") if gaps else "no gap"
    return Figure("Days with counts", Cell(figures.number(len(days))), f"since {dates.day(days[0])}, {gap_text}")


def _notices(site: Site, scope: Scope, days: Sequence[datetime]) -> tuple[str, ...]:
    sentences = (_no_counts(days), coverage.gap_sentence(_times(days)), _other_hosts(scope), _last_run(site.report))
    return tuple(sentence for sentence in sentences if sentence)


def _no_counts(days: Sequence[datetime]) -> str:
    return "" if days else "Nothing has been counted yet. Figures appear here after the first run."


def _other_hosts(scope: Scope) -> str:
    """Return how many entries are on other hosts than GitHub; empty if none is."""
    hosts: Counter[str] = Counter()
    for listed in scope.lists:
        hosts.update(listed.other_hosts)
    return f"Not counted: {phrases.other_hosts(dict(hosts.most_common()))}." if hosts else ""


def _last_run(report: SiteReport) -> str:
    if not report.runs:
        return ""
    run = report.runs[0]
    spent = f" with {figures.count(run.requests, 'request')}" if run.requests is not None else ""
    asked = figures.count(run.asked, "project") + (" of all lists" if len(report.lists) > 1 else "")
    status = _STATUS.get(run.status, run.status)
    counted = f"{figures.number(run.counted)} of {asked} were counted{spent}"
    return f"Last run {dates.instant(run.started_at)}: {status}. {counted}."


def _uncounted(site: Site, scope: Scope) -> tuple[Fact, ...]:
    """Return the projects without a count in the last run, with the reason and the date of their figures."""
    missing = [project for project in scope.projects if project.missing or not project.current]
    unread = (Fact(Link(entry.repo), "not counted yet") for entry in scope.uncounted)
    by_name = sorted(missing, key=lambda project: project.name.lower())
    return (*(_missing(site, scope, project) for project in by_name), *unread)


def _uncounted_title(uncounted: Sequence[Fact], days: Sequence[datetime]) -> str:
    return f"{figures.count(len(uncounted), 'project')} not counted {'in the last run' if days else 'yet'}"


def _unplotted(days: Sequence[datetime]) -> str:
    return f"A line needs two counts, and no project has two yet. The last count was on {dates.day(days[-1])}."


def _taken_back(site: Site, scope: Scope) -> str:
    churns = [site.report.churn.get(project.repository.repo_id) for project in scope.projects]
    known = [churn for churn in churns if churn]
    if not known:
        return ""
    total = figures.number(sum(churn.taken_back for churn in known))
    projects = figures.count(len(known), "project")
    return f"Stars taken back: ≈ {total}, in {projects} with both counts and retained stars for the same days."


def _missing(site: Site, scope: Scope, project: Project) -> Fact:
    why = reasons.missing(project.missing) if project.missing else "not counted yet"
    kept = f"; figures from {dates.day(project.current.taken_at)}" if project.current else ""
    labels = tuple(chip for chip in project_chips(project) if chip.kind == "label")
    return Fact(site.link(project, scope.root), phrases.clipped(why, 200) + kept, labels)
