"""The comparison page: any projects and sections in one chart, and the files it is drawn from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from startrack.dashboards import paths
from startrack.dashboards.charts import series
from startrack.dashboards.components import Shell
from startrack.dashboards.data_files import render_script
from startrack.dashboards.pages.compare import section_totals
from startrack.dashboards.pages.overview import top_lists
from startrack.dashboards.paths import Heading
from startrack.dashboards.site import CONTENT_SECURITY_POLICY, RETAINED_NOTE, Scope, Site, build_shell, list_labels
from startrack.model.changes import Count
from startrack.model.lists import List
from startrack.model.report import Project
from startrack.wording import phrases

__all__ = ["PATH", "ComparePage", "compare_page", "data_files"]


@dataclass(frozen=True, slots=True)
class ComparePage:
    """The page of comparisons; `plotted` are the slugs shown at first, none where there is no line to draw."""

    shell: Shell
    plotted: str
    nothing: str
    retained: str


PATH: Final = "compare.html"

# A picture is painted from the chart's own SVG, which a page can only do by way of an image, made there and then.
_POLICY: Final = CONTENT_SECURITY_POLICY.replace("img-src 'self'", "img-src 'self' blob:")


def compare_page(site: Site, everything: Scope) -> ComparePage:
    """Return what the page of comparisons shows."""
    report = site.report
    plotted = top_lists.initial_lines(site, everything)
    return ComparePage(
        shell=replace(build_shell(site, "Compare", PATH, list_labels(report.lists)), policy=_POLICY),
        plotted=" ".join(site.slug(project) for project in plotted),
        nothing="" if plotted else "There is nothing to compare yet: a line needs two counts.",
        retained=RETAINED_NOTE if any(site.retained(project) for project in report.projects) else "",
    )


def data_files(site: Site) -> dict[str, str]:
    """Return the list of what can be compared, and a file for each section; projects have theirs already."""
    found = dict(_sums(site))
    catalogue = {
        "projects": [_named(site, project) for project in site.report.projects if _counts(site, project)],
        "lists": [_listed(listed, found) for listed in site.report.lists],
    }
    written = {f"data/sums/{key}.js": render_script("data", f"sums/{key}", drawn) for (_, key), drawn in found.items()}
    return {"data/projects.js": render_script("data", "projects", catalogue), **written}


def _counts(site: Site, project: Project) -> tuple[Count, ...]:
    return site.report.history.get(project.repository.repo_id, ())


def _named(site: Site, project: Project) -> dict[str, str]:
    slug = site.slug(project)
    return {"name": project.title} if slug == project.title else {"name": project.title, "slug": slug}


def _listed(listed: List, found: Iterable[tuple[Heading, str]]) -> dict[str, object]:
    sections = [{"key": key, "path": phrases.section_path(path)} for (name, path), key in found if name == listed.name]
    return {"name": listed.name, "sections": sections}


def _sums(site: Site) -> Iterator[tuple[tuple[Heading, str], dict[str, object]]]:
    """Yield each section in which anything was counted, with its key and what its line is drawn from."""
    names = {listed.name for listed in site.report.lists}
    members: dict[Heading, list[Project]] = {}
    for project in site.report.projects:
        for heading in paths.headings_above(project, names):
            members.setdefault(heading, []).append(project)
    for heading, key in site.headings.items():
        inside = members.get(heading, [])
        if any(_counts(site, project) for project in inside):
            yield (heading, key), _drawn(site, heading, inside)


def _drawn(site: Site, heading: Heading, members: Iterable[Project]) -> dict[str, object]:
    members = list(members)
    histories = [_counts(site, project) for project in members]
    figures = [[(count.taken_at, (count.stars, count.forks)) for count in counts] for counts in histories]
    commits = [
        [(count.taken_at, (count.commits,)) for count in counts if count.commits is not None] for counts in histories
    ]
    name, path = heading
    return {
        "name": f"{phrases.section_path(path)}, in {name}",
        "label": _label(members),
        "tracks": [
            *_track(section_totals.add_up(figures), len(members), "stars", "forks"),
            *_track(section_totals.add_up(commits), len(members), "commits"),
        ],
    }


def _label(members: Iterable[Project]) -> str | None:
    """Return the labels of the figures that are added up, which may be those of some projects only."""
    labels = {project.label for project in members}
    named = sorted(label for label in labels if label)
    if not named:
        return None
    return f"{'some ' if None in labels else ''}{phrases.joined(named)}"


def _track(found: section_totals.SectionTotal | None, listed: int, *names: str) -> list[dict[str, object]]:
    if found is None:
        return []
    return [{**series.track_data(found.track, *names), "known": found.known, "listed": listed}]
