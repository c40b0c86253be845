"""The sections page: momentum, statistics, treemap and quadrants."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Link, Shell, Tone
from startrack.dashboards.data_files import render_script
from startrack.dashboards.pages.compare.view import PATH as COMPARE
from startrack.dashboards.pages.sections import momentum, quadrant_chart, treemap
from startrack.dashboards.pages.sections.momentum import MomentumRow
from startrack.dashboards.pages.sections.quadrant_chart import QuadrantChart
from startrack.dashboards.pages.sections.treemap import Treemap
from startrack.dashboards.paths import Heading
from startrack.dashboards.site import Site, build_shell, list_labels, main_windows
from startrack.model.changes import Window
from startrack.model.lists import List
from startrack.model.report import Project
from startrack.trends import membership, section_stats
from startrack.trends.quadrants import activity_window
from startrack.trends.section_stats import SectionStats
from startrack.wording import figures, phrases

__all__ = ["PATH", "ListSections", "SectionsPage", "StatsRow", "data_files", "sections_link", "sections_page"]


@dataclass(frozen=True, slots=True)
class StatsRow:
    """What one section is made of; the link leads to its line."""

    link: Link
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ListSections:
    """The sections of one list; `data` names the file of its charts, empty where nothing has been counted."""

    name: str
    label: str
    anchor: str
    momentum: tuple[MomentumRow, ...]
    work: str
    portraits: tuple[StatsRow, ...]
    treemap: Treemap
    quadrants: QuadrantChart
    data: str


@dataclass(frozen=True, slots=True)
class SectionsPage:
    """The sections of every list; `windows` are those of momentum."""

    shell: Shell
    windows: tuple[str, ...]
    lists: tuple[ListSections, ...]


PATH = "sections.html"
_SHOWN = 3

_Members = Mapping[tuple[str, ...], Sequence[Project]]


def sections_page(site: Site) -> SectionsPage:
    """Return what the page shows: every list in a part of its own."""
    report = site.report
    return SectionsPage(
        shell=build_shell(site, "Sections", PATH, list_labels(report.lists)),
        windows=tuple(figures.count(window.days, "day") for window in main_windows(report.windows)),
        lists=tuple(_of(site, listed) for listed in report.lists),
    )


def sections_link(site: Site, listed: Sequence[List], root: str) -> Link:
    """Return the way to the page from another one, to the part of its list where that speaks of one."""
    place = f"#{_anchor(site, listed[0])}" if len(listed) == 1 and len(site.report.lists) > 1 else ""
    return Link("Size, age, activity, licences and languages of all sections", f"{root}{PATH}{place}")


def data_files(site: Site) -> Iterator[tuple[str, str]]:
    """Yield the file of each list's charts by its path."""
    for listed in site.report.lists:
        members, projects = _members(site, listed), _projects(site, listed)
        if _is_counted(projects):
            key = _key(site, listed)
            drawn = {
                "treemap": treemap.treemap_nodes(site, listed.name, members, _moving(site)),
                "quadrants": quadrant_chart.quadrant_points(site, projects),
            }
            yield f"data/{key}.js", render_script("sections", key, drawn)


def _of(site: Site, listed: List) -> ListSections:
    projects, members = _projects(site, listed), _members(site, listed)
    work = activity_window(projects, site.report.windows)
    return ListSections(
        name=listed.name,
        label=listed.label or "",
        anchor=_anchor(site, listed),
        momentum=momentum.momentum_rows(site, listed),
        work=f"Commits, {figures.count(work.days, 'day')}" if work else "Commits",
        portraits=tuple(_row(site, (listed.name, path), inside, work) for path, inside in members.items()),
        treemap=treemap.treemap(site, members, _moving(site)),
        quadrants=quadrant_chart.quadrant_chart(site, projects),
        data=_key(site, listed) if _is_counted(projects) else "",
    )


def _anchor(site: Site, listed: List) -> str:
    return f"list-{site.lists[listed.name].replace('/', '-')}"


def _key(site: Site, listed: List) -> str:
    return f"sections/{site.lists[listed.name]}"


def _moving(site: Site) -> Window:
    return main_windows(site.report.windows)[0]


def _projects(site: Site, listed: List) -> list[Project]:
    return membership.in_lists(site.report.projects, {listed.name})


def _is_counted(projects: Sequence[Project]) -> bool:
    return any(project.current for project in projects)


def _members(site: Site, listed: List) -> _Members:
    found = membership.by_section((listed,), site.report.projects)
    return {section: inside for (_, section), inside in found.items()}


def _row(site: Site, heading: Heading, projects: Sequence[Project], work: Window | None) -> StatsRow:
    found = section_stats.section_stats(projects, work, site.report.as_of)
    key = site.headings.get(heading) if found.counted else None
    return StatsRow(
        Link(phrases.section_path(heading[1]), f"{COMPARE}#p=@{key}" if key else ""),
        (
            Cell(figures.number(found.listed)),
            _known(None if found.stars is None else figures.number(found.stars), found.counted, found),
            _known(None if found.years is None else figures.number(found.years, 1), found.aged, found),
            _known(None if found.commits is None else figures.number(found.commits), found.worked, found),
            _active(found),
            _top([(phrases.licence(spdx), number) for spdx, number in found.licenses]),
            _top(found.languages),
        ),
    )


def _known(text: str | None, known: int, of: SectionStats) -> Cell:
    """Return a figure, with how many it is of where these are not all."""
    if text is None:
        return components.unknown_cell("none known")
    partial = f"of {figures.number(known)} of {figures.number(of.listed)}"
    return Cell(text, Tone.PLAIN, "" if known == of.listed else partial)


def _active(found: SectionStats) -> Cell:
    if not found.dated:
        return components.unknown_cell("none known")
    share = f"{figures.number(100 * found.active / found.dated)}%"
    return Cell(share, Tone.PLAIN, f"{figures.number(found.active)} of {figures.number(found.dated)}")


def _top(counted: Sequence[tuple[str | None, int]]) -> Cell:
    """Return the most frequent words with their numbers, then how many have one of the rest, and how many none known.

    "Other" is a licence to GitHub, so the rest is not called that.
    """
    named = [(word, number) for word, number in counted if word is not None]
    unknown = sum(number for word, number in counted if word is None)
    if not named:
        return components.unknown_cell("none known")
    shown = ", ".join(f"{phrases.clipped(word, 40)} ({figures.number(number)})" for word, number in named[:_SHOWN])
    rest = sum(number for _, number in named[_SHOWN:])
    more = [f"{figures.number(rest)} more"] * bool(rest) + [f"n/a for {figures.number(unknown)}"] * bool(unknown)
    return Cell(shown, Tone.PLAIN, ", ".join(more))
