"""The table of all projects: a row each, most stars first."""

from collections.abc import Mapping

from startrack.models import Project, Window
from startrack.render import cells, coverage, sparklines, words
from startrack.render.contexts import Cell
from startrack.render.page_contexts import Column, Row, SectionGroup, SectionOption, Table
from startrack.render.site import Scope, Site, chips
from startrack.trends.ranking import By, rank

__all__ = ["table"]

_DESCRIPTION = 90

# A list, and a path of headings in it.
_Section = tuple[str, tuple[str, ...]]


def table(site: Site, scope: Scope) -> Table:
    """Return every project of a scope with its figures, and the sections it can be filtered by."""
    numbers = _numbers(scope)
    projects = rank(scope.projects, By.STARS, Window(1), 0)
    return Table(
        _columns(site),
        tuple(_row(site, scope, project, numbers) for project in projects),
        _options(scope, numbers),
        coverage.of_windows(scope.projects, site.report.windows),
    )


def _columns(site: Site) -> tuple[Column, ...]:
    changes = (
        Column(str(window), f"stars gained in {words.count(window.days, 'day')}") for window in site.report.windows
    )
    return (
        Column("Project"),
        Column("Section"),
        Column("Stars", sorted="descending"),
        *changes,
        Column("Forks"),
        Column("Commits", "on the default branch"),
        Column("Last commit", "on the default branch"),
    )


def _row(site: Site, scope: Scope, project: Project, numbers: Mapping[_Section, int]) -> Row:
    entry = scope.entry(project)
    section = entry.section if entry else ()
    return Row(
        link=site.link(project, scope.root),
        description=words.clipped(_about(project), _DESCRIPTION),
        chips=chips(project),
        section=section[-1] if section else "",
        section_path=words.path(section) if len(section) > 1 else "",
        language=project.repository.language or "",
        places=" ".join(map(str, sorted({numbers[place] for place in _places(scope, project)}))),
        cells=_cells(site, project),
        spark=sparklines.draw(site.report.history.get(project.repository.repo_id, ()), site.report.as_of),
    )


def _about(project: Project) -> str:
    return project.repository.description or next((entry.title for _, entry in project.places), "")


def _cells(site: Site, project: Project) -> tuple[Cell, ...]:
    return (
        cells.stars(project),
        *(cells.over(project, window) for window in site.report.windows),
        cells.forks(project),
        cells.commits(project),
        cells.day(project.repository.head_committed_on),
    )


def _places(scope: Scope, project: Project) -> set[_Section]:
    names = {listed.name for listed in scope.lists}
    return {
        (name, section[:depth])
        for name, entry in project.places
        if name in names
        for section in (entry.section, *entry.sections)
        for depth in range(1, len(section) + 1)
    }


def _numbers(scope: Scope) -> Mapping[_Section, int]:
    found: dict[_Section, int] = {}
    for listed in scope.lists:
        places = [section for entry in listed.entries for section in (entry.section, *entry.sections)]
        for section in places:
            for depth in range(1, len(section) + 1):
                found.setdefault((listed.name, section[:depth]), len(found))
    for project in scope.projects:
        for place in sorted(_places(scope, project)):
            found.setdefault(place, len(found))
    return found


def _options(scope: Scope, numbers: Mapping[_Section, int]) -> tuple[SectionGroup[SectionOption], ...]:
    return tuple(
        SectionGroup(
            listed.name,
            listed.label or "",
            tuple(
                SectionOption(number, section[-1], len(section) - 1)
                for (name, section), number in numbers.items()
                if name == listed.name
            ),
        )
        for listed in scope.lists
    )
