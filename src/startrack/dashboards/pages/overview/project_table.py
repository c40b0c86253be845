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
from startrack.model.changes import WEEK_WINDOW, RankBy, Window
from startrack.model.report import Project
from startrack.trends import rank_change
from startrack.trends.ranking import rank
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

_DESCRIPTION_LENGTH = 90

UNKNOWN_VALUE: Final = "?"
"""The filter value of a project without a known language or licence."""

_STATES: Final = {
    "active": "active",
    "empty": "empty",
    "archived": "archived",
    "missing": "missing in the last run",
    "disabled": "disabled by GitHub",
    "fork": "fork",
    "spike": "spike",
    "uncounted": "never counted",
}
"""The state filter's values and texts, in the order of its menu."""


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """One choice of a filter: its value and its text."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter by one property; `every` is the text of the choice that shows all projects."""

    key: str
    title: str
    every: str
    choices: tuple[FilterChoice, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; `sorted` is its initial `aria-sort`, `note` its tooltip."""

    title: str
    note: str = ""
    sorted: str = "none"


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project of the table.

    `sections` are the numbers of its section options, and `states` its values of the state filter, both separated by
    spaces for the script.
    """

    link: Link
    description: str
    chips: tuple[Chip, ...]
    section: str
    section_path: str
    language: str
    license: str
    states: str
    sections: str
    cells: tuple[Cell, ...]
    spark: Markup


@dataclass(frozen=True, slots=True)
class SectionOption:
    """One choice of the section filter; `key` is its name in addresses, `depth` the number of headings above it."""

    number: int
    key: str
    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class ProjectTable:
    """The table of all projects; `notes` state the coverage of windows that are not known for all."""

    columns: tuple[Column, ...]
    rows: Sequence[ProjectRow] = field(repr=False)
    sections: tuple[SectionGroup[SectionOption], ...]
    filters: tuple[Filter, ...]
    notes: tuple[str, ...]


def project_table(site: Site, scope: Scope) -> ProjectTable:
    """Return the table of a scope, the projects with most stars first."""
    section_numbers = {heading: i for i, heading in enumerate(paths.ordered_headings(scope.lists, scope.projects))}
    projects = rank(scope.projects, RankBy.STARS, Window(1), 0)
    window = _rank_window(site)
    changes = _rank_changes(projects, window)
    return ProjectTable(
        _columns(site, window),
        tuple(
            _row(site, scope, project, change, section_numbers)
            for project, change in zip(projects, changes, strict=True)
        ),
        _section_options(site, scope, section_numbers),
        filters(projects),
        coverage.incomplete_windows(scope.projects, site.report.windows),
    )


def _rank_window(site: Site) -> Window:
    """Return the window of rank changes: a week, or else the first main window."""
    windows = site.report.windows
    return WEEK_WINDOW if WEEK_WINDOW in windows else next(iter(main_windows(windows)), WEEK_WINDOW)


def _rank_changes(projects: Sequence[Project], window: Window) -> list[Cell]:
    changes = rank_change.rank_changes(projects, window)
    is_known = any(isinstance(change, rank_change.RankChange) for change in changes)
    return [components.rank_change_cell(change, is_known=is_known) for change in changes]


def _columns(site: Site, window: Window) -> tuple[Column, ...]:
    gains = (
        Column(str(window), f"stars gained in {figures.count(window.days, 'day')}") for window in site.report.windows
    )
    rank_note = (
        f"change of rank by stars in {figures.count(window.days, 'day')}, among projects counted at start and end"
    )
    return (
        Column("Project"),
        Column("Section"),
        Column("Stars", sorted="descending"),
        Column("Rank", rank_note),
        *gains,
        Column("Forks"),
        Column("Commits", "on the default branch"),
        Column("Last commit", "on the default branch"),
    )


def _row(
    site: Site, scope: Scope, project: Project, rank_cell: Cell, section_numbers: Mapping[Heading, int]
) -> ProjectRow:
    entry = scope.entry(project)
    section = entry.section if entry else ()
    names = {listed.name for listed in scope.lists}
    return ProjectRow(
        link=site.link(project, scope.root),
        description=phrases.clipped(_about(project), _DESCRIPTION_LENGTH),
        chips=project_chips(project),
        section=section[-1] if section else "",
        section_path=phrases.section_path(section) if len(section) > 1 else "",
        language=project.repository.language or "",
        license=license_value(project),
        states=" ".join(states(project)),
        sections=" ".join(
            map(str, sorted(section_numbers[heading] for heading in paths.headings_above(project, names)))
        ),
        cells=_cells(site, project, rank_cell),
        spark=sparkline.render(site.report.counts(project), site.report.as_of),
    )


def _about(project: Project) -> str:
    return project.repository.description or next((entry.title for _, entry in project.places), "")


def _cells(site: Site, project: Project, rank_cell: Cell) -> tuple[Cell, ...]:
    return (
        components.stars_cell(project),
        rank_cell,
        *(components.window_gain_cell(project, window) for window in site.report.windows),
        components.forks_cell(project),
        components.commits_cell(project),
        components.last_commit_cell(project),
    )


def _section_options(
    site: Site, scope: Scope, section_numbers: Mapping[Heading, int]
) -> tuple[SectionGroup[SectionOption], ...]:
    keys = site.headings
    return tuple(
        SectionGroup(
            listed.name,
            listed.label or "",
            tuple(
                SectionOption(number, keys[heading], heading[1][-1], len(heading[1]) - 1)
                for heading, number in section_numbers.items()
                if heading[0] == listed.name
            ),
        )
        for listed in scope.lists
    )


def language_value(project: Project) -> str:
    """Return a project's value of the language filter."""
    return project.repository.language or UNKNOWN_VALUE


def license_value(project: Project) -> str:
    """Return a project's value of the licence filter."""
    return phrases.licence(project.repository.license) or UNKNOWN_VALUE


def states(project: Project) -> tuple[str, ...]:
    """Return a project's values of the state filter."""
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
    """Return the filters, each with the choices that match at least one project."""
    state_counts = Counter(state for project in projects for state in states(project))
    state_choices = (_choice(state, text, state_counts) for state, text in _STATES.items() if state_counts[state])
    return (
        _value_filter("language", "Language", "All languages", map(language_value, projects)),
        _value_filter("license", "Licence", "All licences", map(license_value, projects)),
        Filter("state", "State", "Any state", tuple(state_choices)),
    )


def _value_filter(key: str, title: str, every: str, values: Iterable[str]) -> Filter:
    """Return a filter with a choice for each value, by name; "other" and unknown come last."""
    counts = Counter(values)
    last = (phrases.OTHER_LICENCE, UNKNOWN_VALUE)
    ordered = sorted(counts, key=lambda value: (value in last and last.index(value) + 1, value.lower(), value))
    choices = (_choice(value, "unknown" if value == UNKNOWN_VALUE else value, counts) for value in ordered)
    return Filter(key, title, every, tuple(choices))


def _choice(value: str, text: str, counts: Counter[str]) -> FilterChoice:
    return FilterChoice(value, f"{text} ({figures.number(counts[value])})")
