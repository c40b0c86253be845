"""The comparison page: any projects and sections in one chart, and the data files of that chart."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from startrack.dashboards import paths
from startrack.dashboards.charts import series
from startrack.dashboards.components import Shell
from startrack.dashboards.data_files import render_script
from startrack.dashboards.pages.compare import section_totals
from startrack.dashboards.pages.compare.selection import WITH_SLIDER, Selection, selection
from startrack.dashboards.pages.overview import top_lists
from startrack.dashboards.paths import Heading
from startrack.dashboards.site import CONTENT_SECURITY_POLICY, RETAINED_NOTE, Scope, Site, build_shell, list_labels
from startrack.model.count_history import CountHistory, Times
from startrack.model.lists import List
from startrack.model.report import Project
from startrack.wording import phrases

if TYPE_CHECKING:
    from array import array

__all__ = ["PATH", "ComparePage", "compare_page", "data_files"]

PATH: Final = "compare.html"

# Exporting an image turns the chart's SVG into an image with a blob: address.
_POLICY: Final = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' blob:")


@dataclass(frozen=True, slots=True)
class ComparePage:
    """The comparison page; if nothing can be shown at first, `unplotted` says why."""

    shell: Shell
    selection: Selection
    unplotted: str
    retained: str


def compare_page(site: Site, everything: Scope) -> ComparePage:
    """Return the comparison page; `everything` is the scope of all lists."""
    report = site.report
    plotted = top_lists.initial_lines(site, everything)
    return ComparePage(
        shell=replace(build_shell(site, "Compare", PATH, list_labels(report.lists)), policy=_POLICY),
        selection=selection(site, plotted, WITH_SLIDER),
        unplotted="" if plotted else "Nothing to compare yet: a line needs two counts.",
        retained=RETAINED_NOTE if any(site.retained(project) for project in report.projects) else "",
    )


def data_files(site: Site) -> dict[str, str]:
    """Return the catalogue of projects and sections, and a data file for each section.

    The data files of projects are made with their pages.
    """
    lines = dict(_section_lines(site))
    catalogue = {
        "projects": [_project_choice(site, project) for project in site.report.projects if site.report.counts(project)],
        "lists": [_list_choices(listed, lines) for listed in site.report.lists],
    }
    sums = {f"data/sums/{key}.js": render_script("data", f"sums/{key}", line) for (_, key), line in lines.items()}
    return {"data/projects.js": render_script("data", "projects", catalogue), **sums}


def _project_choice(site: Site, project: Project) -> dict[str, str]:
    slug = site.slug(project)
    return {"name": project.title} if slug == project.title else {"name": project.title, "slug": slug}


def _list_choices(listed: List, keyed_headings: Iterable[tuple[Heading, str]]) -> dict[str, object]:
    sections = [
        {"key": key, "path": phrases.section_path(path)} for (name, path), key in keyed_headings if name == listed.name
    ]
    return {"name": listed.name, "sections": sections}


def _section_lines(site: Site) -> Iterator[tuple[tuple[Heading, str], dict[str, object]]]:
    """Yield the heading, the key and the chart data of each section with a count."""
    names = {listed.name for listed in site.report.lists}
    members: dict[Heading, list[Project]] = {}
    for project in site.report.projects:
        for heading in paths.headings_above(project, names):
            members.setdefault(heading, []).append(project)
    for heading, key in site.headings.items():
        projects = members.get(heading, [])
        if any(site.report.counts(project) for project in projects):
            yield (heading, key), _section_line(site, heading, projects)


def _section_line(site: Site, heading: Heading, projects: Sequence[Project]) -> dict[str, object]:
    histories = [site.report.counts(project) for project in projects]
    name, path = heading
    return {
        "name": f"{phrases.section_path(path)}, in {name}",
        "label": _label(projects),
        "tracks": [
            *_stars_and_forks(histories),
            *_track(_known_total(counts.known_commits() for counts in histories), len(projects), "commits"),
        ],
    }


def _stars_and_forks(histories: Sequence[CountHistory]) -> Iterator[dict[str, object]]:
    """Yield the total of stars and forks in one track, or in two where some counts have no forks."""
    listed = len(histories)
    if all(counts.forks.is_known for counts in histories):
        both = ((counts.times, (counts.stars, counts.forks.values)) for counts in histories)
        yield from _track(section_totals.add_up(both), listed, "stars", "forks")
    else:
        yield from _track(_known_total((counts.times, counts.stars) for counts in histories), listed, "stars")
        yield from _track(_known_total(counts.known_forks() for counts in histories), listed, "forks")


def _known_total(figures: "Iterable[tuple[Times, array[int]]]") -> section_totals.SectionTotal | None:
    return section_totals.add_up((times, (totals,)) for times, totals in figures)


def _label(projects: Iterable[Project]) -> str | None:
    """Return the labels of the projects in a total; "some …" if not all of them have one."""
    labels = {project.label for project in projects}
    named = sorted(label for label in labels if label)
    if not named:
        return None
    return f"{'some ' if None in labels else ''}{phrases.joined(named)}"


def _track(total: section_totals.SectionTotal | None, listed: int, *names: str) -> list[dict[str, object]]:
    if total is None:
        return []
    return [{**series.track_data(total.track, *names), "known": total.known, "listed": listed}]
