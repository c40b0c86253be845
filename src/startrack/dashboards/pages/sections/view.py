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

PATH = "sections.html"
_WORDS_SHOWN = 3

_Members = Mapping[tuple[str, ...], Sequence[Project]]
"""The projects directly below each heading, by the path of headings."""


@dataclass(frozen=True, slots=True)
class StatsRow:
    """The statistics of one section; the link opens its line on the comparison page."""

    link: Link
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class ListSections:
    """The sections of one list.

    `commits_title` is the column title of the statistics' commits, with their window. `data` names the data file of the
    charts; it is empty if nothing was counted.
    """

    name: str
    label: str
    anchor: str
    momentum: tuple[MomentumRow, ...]
    commits_title: str
    stats: tuple[StatsRow, ...]
    treemap: Treemap
    quadrants: QuadrantChart
    data: str


@dataclass(frozen=True, slots=True)
class SectionsPage:
    """The sections page; `windows` are those of momentum."""

    shell: Shell
    windows: tuple[str, ...]
    lists: tuple[ListSections, ...]


def sections_page(site: Site) -> SectionsPage:
    """Return the sections page, with a part for each list."""
    report = site.report
    return SectionsPage(
        shell=build_shell(site, "Sections", PATH, list_labels(report.lists)),
        windows=tuple(figures.count(window.days, "day") for window in main_windows(report.windows)),
        lists=tuple(_list_sections(site, listed) for listed in report.lists),
    )


def sections_link(site: Site, lists: Sequence[List], root: str) -> Link:
    """Return a link to the page, or to the part of a list if `lists` is one of several."""
    anchor = f"#{_anchor(site, lists[0])}" if len(lists) == 1 and len(site.report.lists) > 1 else ""
    return Link("All sections: size, age, activity, licences and languages", f"{root}{PATH}{anchor}")


def data_files(site: Site) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of the chart data of each list."""
    for listed in site.report.lists:
        members, projects = _members(site, listed), _projects(site, listed)
        if _is_counted(projects):
            key = _key(site, listed)
            charts = {
                "treemap": treemap.treemap_nodes(site, listed.name, members, _momentum_window(site)),
                "quadrants": quadrant_chart.quadrant_points(site, projects),
            }
            yield f"data/{key}.js", render_script("sections", key, charts)


def _list_sections(site: Site, listed: List) -> ListSections:
    projects, members = _projects(site, listed), _members(site, listed)
    window = activity_window(projects, site.report.windows)
    return ListSections(
        name=listed.name,
        label=listed.label or "",
        anchor=_anchor(site, listed),
        momentum=momentum.momentum_rows(site, listed),
        commits_title=f"Commits, {figures.count(window.days, 'day')}" if window else "Commits",
        stats=tuple(_stats_row(site, (listed.name, path), inside, window) for path, inside in members.items()),
        treemap=treemap.treemap(site, listed, members, _momentum_window(site)),
        quadrants=quadrant_chart.quadrant_chart(site, listed, projects),
        data=_key(site, listed) if _is_counted(projects) else "",
    )


def _anchor(site: Site, listed: List) -> str:
    return f"list-{site.lists[listed.name].replace('/', '-')}"


def _key(site: Site, listed: List) -> str:
    return f"sections/{site.lists[listed.name]}"


def _momentum_window(site: Site) -> Window:
    return main_windows(site.report.windows)[0]


def _projects(site: Site, listed: List) -> list[Project]:
    return membership.in_lists(site.report.projects, {listed.name})


def _is_counted(projects: Sequence[Project]) -> bool:
    return any(project.current for project in projects)


def _members(site: Site, listed: List) -> _Members:
    by_heading = membership.by_section((listed,), site.report.projects)
    return {section: projects for (_, section), projects in by_heading.items()}


def _stats_row(site: Site, heading: Heading, projects: Sequence[Project], window: Window | None) -> StatsRow:
    stats = section_stats.section_stats(projects, window, site.report.as_of)
    key = site.headings.get(heading) if stats.counted else None
    return StatsRow(
        Link(phrases.section_path(heading[1]), f"{COMPARE}#p=@{key}" if key else ""),
        (
            Cell(figures.number(stats.listed)),
            _figure(stats.stars, stats.counted, stats),
            _figure(stats.median_years, stats.age_known, stats, decimals=1),
            _figure(stats.commits, stats.commits_known, stats),
            _active(stats),
            _most_frequent([(phrases.licence(spdx), number) for spdx, number in stats.licenses]),
            _most_frequent(stats.languages),
        ),
    )


def _figure(value: float | None, known: int, stats: SectionStats, *, decimals: int = 0) -> Cell:
    """Return a figure, with the number of projects that it is known for if these are not all."""
    if value is None:
        return components.unknown_cell("none known")
    note = "" if known == stats.listed else f"known for {figures.number(known)} of {figures.number(stats.listed)}"
    return Cell(figures.number(value, decimals), Tone.PLAIN, note)


def _active(stats: SectionStats) -> Cell:
    if not stats.last_commit_known:
        return components.unknown_cell("none known")
    share = f"{figures.number(100 * stats.active / stats.last_commit_known)}%"
    return Cell(share, Tone.PLAIN, f"{figures.number(stats.active)} of {figures.number(stats.last_commit_known)}")


def _most_frequent(counts: Sequence[tuple[str | None, int]]) -> Cell:
    """Return the most frequent words with their counts, then the counts of all other words and of unknown ones.

    All other words are called "more", because "other" is one of GitHub's licences.
    """
    known = [(word, number) for word, number in counts if word is not None]
    unknown = sum(number for word, number in counts if word is None)
    if not known:
        return components.unknown_cell("none known")
    first = [f"{phrases.clipped(word, 40)} ({figures.number(number)})" for word, number in known[:_WORDS_SHOWN]]
    others = sum(number for _, number in known[_WORDS_SHOWN:])
    notes = [f"{figures.number(others)} more"] * bool(others)
    notes += [f"unknown for {figures.number(unknown)}"] * bool(unknown)
    return Cell(", ".join(first), Tone.PLAIN, ", ".join(notes))
