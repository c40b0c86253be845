"""The table of all projects: a row each, most stars first."""

from collections.abc import Mapping, Sequence

from startrack.models import Project, Window
from startrack.render import cells, coverage, filters, headings, sparklines, words
from startrack.render.contexts import Cell
from startrack.render.headings import Heading
from startrack.render.movers import main_windows
from startrack.render.page_contexts import Column, Row, SectionGroup, SectionOption, Table
from startrack.render.site import Scope, Site, chips
from startrack.trends import places as won
from startrack.trends.ranking import By, rank

__all__ = ["table"]

_DESCRIPTION = 90
_WEEK = Window(7)


def table(site: Site, scope: Scope) -> Table:
    """Return every project of a scope with its figures, and what it can be filtered by."""
    numbers = {heading: i for i, heading in enumerate(headings.ordered(scope.lists, scope.projects))}
    projects = rank(scope.projects, By.STARS, Window(1), 0)
    window = _rank_window(site)
    places = _places(projects, window)
    return Table(
        _columns(site, window),
        tuple(_row(site, scope, project, place, numbers) for project, place in zip(projects, places, strict=True)),
        _options(site, scope, numbers),
        filters.filters(projects),
        coverage.of_windows(scope.projects, site.report.windows),
    )


def _rank_window(site: Site) -> Window:
    """Return the window over which places are compared: a week, otherwise the window readers ask for first."""
    windows = site.report.windows
    return _WEEK if _WEEK in windows else next(iter(main_windows(windows)), _WEEK)


def _places(projects: Sequence[Project], window: Window) -> list[Cell]:
    found = won.places(projects, window)
    is_known = any(isinstance(each, won.Places) for each in found)
    return [cells.places(each, is_known=is_known) for each in found]


def _columns(site: Site, window: Window) -> tuple[Column, ...]:
    changes = (
        Column(str(window), f"stars gained in {words.count(window.days, 'day')}") for window in site.report.windows
    )
    return (
        Column("Project"),
        Column("Section"),
        Column("Stars", sorted="descending"),
        Column("Rank", f"places by stars won in {words.count(window.days, 'day')}, among those counted at both ends"),
        *changes,
        Column("Forks"),
        Column("Commits", "on the default branch"),
        Column("Last commit", "on the default branch"),
    )


def _row(site: Site, scope: Scope, project: Project, place: Cell, numbers: Mapping[Heading, int]) -> Row:
    entry = scope.entry(project)
    section = entry.section if entry else ()
    names = {listed.name for listed in scope.lists}
    return Row(
        link=site.link(project, scope.root),
        description=words.clipped(_about(project), _DESCRIPTION),
        chips=chips(project),
        section=section[-1] if section else "",
        section_path=words.path(section) if len(section) > 1 else "",
        language=project.repository.language or "",
        license=filters.license_(project),
        states=" ".join(filters.states(project)),
        places=" ".join(map(str, sorted(numbers[heading] for heading in headings.above(project, names)))),
        cells=_cells(site, project, place),
        spark=sparklines.draw(site.report.history.get(project.repository.repo_id, ()), site.report.as_of),
    )


def _about(project: Project) -> str:
    return project.repository.description or next((entry.title for _, entry in project.places), "")


def _cells(site: Site, project: Project, place: Cell) -> tuple[Cell, ...]:
    return (
        cells.stars(project),
        place,
        *(cells.over(project, window) for window in site.report.windows),
        cells.forks(project),
        cells.commits(project),
        cells.last_commit(project),
    )


def _options(site: Site, scope: Scope, numbers: Mapping[Heading, int]) -> tuple[SectionGroup[SectionOption], ...]:
    keys = site.headings
    return tuple(
        SectionGroup(
            listed.name,
            listed.label or "",
            tuple(
                SectionOption(number, keys[heading], heading[1][-1], len(heading[1]) - 1)
                for heading, number in numbers.items()
                if heading[0] == listed.name
            ),
        )
        for listed in scope.lists
    )
