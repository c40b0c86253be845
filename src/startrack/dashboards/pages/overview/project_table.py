"""The table of all projects: columns, rows, filters and sections."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from markupsafe import Markup

from startrack.dashboards import components, paths
from startrack.dashboards.charts import sparkline
from startrack.dashboards.components import Cell, Chip, Link, SectionGroup
from startrack.dashboards.paths import Heading
from startrack.dashboards.site import Scope, Site, main_windows, project_chips
from startrack.model.changes import WEEK_WINDOW, Window
from startrack.model.report import Project
from startrack.trends import rank_change
from startrack.trends.ranking import RankBy, rank
from startrack.wording import coverage, figures, phrases

__all__ = [
    "UNKNOWN_VALUE",
    "Column",
    "Filter",
    "FilterChoice",
    "ProjectRow",
    "ProjectTable",
    "SectionOption",
    "filters",
    "language_value",
    "license_value",
    "project_table",
    "states",
]


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """One value that a filter can ask for, and what it says of it."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter by one property; `every` is its choice to see them all, offered beside two others or more."""

    key: str
    title: str
    every: str
    choices: tuple[FilterChoice, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; `sorted` is its `aria-sort` as the page arrives."""

    title: str
    note: str = ""
    sorted: str = "none"


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project of the table.

    `places` are the numbers of the section options it belongs to, `states` the words that filters know it by.
    """

    link: Link
    description: str
    chips: tuple[Chip, ...]
    section: str
    section_path: str
    language: str
    license: str
    states: str
    places: str
    cells: tuple[Cell, ...]
    spark: Markup


@dataclass(frozen=True, slots=True)
class SectionOption:
    """One choice of the section filter; `key` names it in addresses, `depth` counts the headings above it."""

    number: int
    key: str
    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class ProjectTable:
    """The table of all projects."""

    columns: tuple[Column, ...]
    rows: Sequence[ProjectRow] = field(repr=False)
    sections: tuple[SectionGroup[SectionOption], ...]
    filters: tuple[Filter, ...]
    notes: tuple[str, ...]


_DESCRIPTION = 90


def project_table(site: Site, scope: Scope) -> ProjectTable:
    """Return every project of a scope with its figures, and what it can be filtered by."""
    numbers = {heading: i for i, heading in enumerate(paths.ordered_headings(scope.lists, scope.projects))}
    projects = rank(scope.projects, RankBy.STARS, Window(1), 0)
    window = _rank_window(site)
    places = _places(projects, window)
    return ProjectTable(
        _columns(site, window),
        tuple(_row(site, scope, project, place, numbers) for project, place in zip(projects, places, strict=True)),
        _options(site, scope, numbers),
        filters(projects),
        coverage.incomplete_windows(scope.projects, site.report.windows),
    )


def _rank_window(site: Site) -> Window:
    """Return the window over which places are compared: a week, otherwise the window readers ask for first."""
    windows = site.report.windows
    return WEEK_WINDOW if WEEK_WINDOW in windows else next(iter(main_windows(windows)), WEEK_WINDOW)


def _places(projects: Sequence[Project], window: Window) -> list[Cell]:
    found = rank_change.rank_changes(projects, window)
    is_known = any(isinstance(each, rank_change.RankChange) for each in found)
    return [components.rank_change_cell(each, is_known=is_known) for each in found]


def _columns(site: Site, window: Window) -> tuple[Column, ...]:
    changes = (
        Column(str(window), f"stars gained in {figures.count(window.days, 'day')}") for window in site.report.windows
    )
    return (
        Column("Project"),
        Column("Section"),
        Column("Stars", sorted="descending"),
        Column("Rank", f"places by stars won in {figures.count(window.days, 'day')}, among those counted at both ends"),
        *changes,
        Column("Forks"),
        Column("Commits", "on the default branch"),
        Column("Last commit", "on the default branch"),
    )


def _row(site: Site, scope: Scope, project: Project, place: Cell, numbers: Mapping[Heading, int]) -> ProjectRow:
    entry = scope.entry(project)
    section = entry.section if entry else ()
    names = {listed.name for listed in scope.lists}
    return ProjectRow(
        link=site.link(project, scope.root),
        description=phrases.clipped(_about(project), _DESCRIPTION),
        chips=project_chips(project),
        section=section[-1] if section else "",
        section_path=phrases.section_path(section) if len(section) > 1 else "",
        language=project.repository.language or "",
        license=license_value(project),
        states=" ".join(states(project)),
        places=" ".join(map(str, sorted(numbers[heading] for heading in paths.headings_above(project, names)))),
        cells=_cells(site, project, place),
        spark=sparkline.render(site.report.history.get(project.repository.repo_id, ()), site.report.as_of),
    )


def _about(project: Project) -> str:
    return project.repository.description or next((entry.title for _, entry in project.places), "")


def _cells(site: Site, project: Project, place: Cell) -> tuple[Cell, ...]:
    return (
        components.stars_cell(project),
        place,
        *(components.window_gain_cell(project, window) for window in site.report.windows),
        components.forks_cell(project),
        components.commits_cell(project),
        components.last_commit_cell(project),
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


# No language and no licence is named so.
UNKNOWN_VALUE: Final = "?"

_STATES: Final = {
    "active": "active",
    "empty": "empty",
    "archived": "archived",
    "missing": "missing in the last run",
    "disabled": "disabled by GitHub",
    "fork": "fork",
    "spike": "spiky",
    "uncounted": "never counted",
}


def language_value(project: Project) -> str:
    """Return a project's language as the filter names it."""
    return project.repository.language or UNKNOWN_VALUE


def license_value(project: Project) -> str:
    """Return a project's licence as the filter names it."""
    return phrases.licence(project.repository.license) or UNKNOWN_VALUE


def states(project: Project) -> tuple[str, ...]:
    """Return the words for the state a project is in, in the order in which they are offered."""
    repository = project.repository
    is_gone = project.missing is not None or repository.is_archived or repository.is_disabled
    holds = {
        "active": project.current is not None and not project.is_empty and not is_gone,
        "empty": project.is_empty,
        "archived": repository.is_archived,
        "missing": project.missing is not None,
        "disabled": repository.is_disabled,
        "fork": repository.is_fork,
        "spike": project.spike,
        "uncounted": project.current is None,
    }
    return tuple(state for state, is_so in holds.items() if is_so)


def filters(projects: Sequence[Project]) -> tuple[Filter, ...]:
    """Return the filters, each with the choices that any of the projects answers to."""
    found = Counter(state for project in projects for state in states(project))
    return (
        _named("language", "Language", "All languages", map(language_value, projects)),
        _named("license", "Licence", "All licences", map(license_value, projects)),
        Filter(
            "state",
            "State",
            "Any state",
            tuple(_choice(each, _STATES[each], found) for each in _STATES if found[each]),
        ),
    )


def _named(key: str, title: str, every: str, values: Iterable[str]) -> Filter:
    found = Counter(values)
    last = (phrases.OTHER_LICENCE, UNKNOWN_VALUE)
    ordered = sorted(found, key=lambda value: (value in last and last.index(value) + 1, value.lower(), value))
    return Filter(
        key,
        title,
        every,
        tuple(_choice(value, "not known" if value == UNKNOWN_VALUE else value, found) for value in ordered),
    )


def _choice(value: str, text: str, found: Counter[str]) -> FilterChoice:
    return FilterChoice(value, f"{text} ({figures.number(found[value])})")
