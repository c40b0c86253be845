"""Builds the site: a report in, every file of the dashboards folder out, as text by path."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib import resources
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from startrack.dashboards import data_files
from startrack.dashboards.api import documents
from startrack.dashboards.charts import images, series
from startrack.dashboards.feeds.feeds import render_feeds
from startrack.dashboards.pages.compare import view
from startrack.dashboards.pages.compare.view import ComparePage
from startrack.dashboards.pages.digest import markdown
from startrack.dashboards.pages.digest import view as digest_view
from startrack.dashboards.pages.digest.view import DigestIndexPage, DigestPage
from startrack.dashboards.pages.health.view import HealthPage, health_page
from startrack.dashboards.pages.methodology.view import MethodologyPage, methodology_page
from startrack.dashboards.pages.overview.view import OverviewPage, overview_page
from startrack.dashboards.pages.project import history
from startrack.dashboards.pages.project.ranks import RanksByList, compute_ranks
from startrack.dashboards.pages.project.view import ProjectPage, project_page
from startrack.dashboards.pages.sections import view as sections_view
from startrack.dashboards.pages.sections.view import SectionsPage
from startrack.dashboards.site import (
    ALL_FEED,
    DIGEST_INDEX,
    FIRST_PAGE,
    MOVERS_FEED,
    Scope,
    Site,
    build_scopes,
    build_site,
)
from startrack.model.changes import Count
from startrack.model.report import Project, SiteReport
from startrack.wording import dates

__all__ = [
    "ALWAYS_WRITTEN",
    "build",
]


_ASSETS: Final = (
    *("icon.svg", "startrack.css", "theme.js", "startrack.js", "charts.js"),
    *("fragment.js", "lines.js", "views.js", "ranges.js", "summaries.js", "controls.js", "exports.js"),
)
_SCRIPTS: Final = (
    *("compare/comparison.js", "compare/compare.js"),
    *("project/project.js", "sections/sections.js", "overview/table.js"),
)

ALWAYS_WRITTEN: Final = (
    *(FIRST_PAGE, view.PATH, sections_view.PATH, "health.html", "counting.html"),
    *(DIGEST_INDEX, ALL_FEED, MOVERS_FEED),
)
"""Files that every build makes, whatever there is to tell."""

Page = (
    OverviewPage
    | ComparePage
    | ProjectPage
    | SectionsPage
    | HealthPage
    | MethodologyPage
    | DigestPage
    | DigestIndexPage
)


def build(report: SiteReport, made: Mapping[str, bytes] = MappingProxyType({})) -> dict[str, str | bytes]:
    """Return every file of the dashboards by its path below their folder; the same report gives the same bytes.

    `made` are files that stand among them and were made elsewhere, such as those that only a database writes.
    """
    place = build_site(report)
    parts, stood = build_scopes(place), compute_ranks(report)
    files: dict[str, str | bytes] = {
        **_assets(),
        **_data(place),
        **_histories(place, stood),
        **view.data_files(place),
        **_pages(place, parts, stood, sorted(made)),
        **_digests(place),
        **dict(images.render_charts(place, parts)),
        **render_feeds(place, parts),
        **documents.render_documents(place, parts),
        **made,
    }
    return dict(sorted(files.items()))


def _digests(site: Site) -> dict[str, str]:
    environment, weeks = _environment(), digest_view.weekly_digests(site)
    pages = {DIGEST_INDEX: _page(environment, "digest/digests", digest_view.digest_index_page(site, weeks))}
    for told in weeks:
        pages[digest_view.digest_path(told)] = _page(
            environment, "digest/digest", digest_view.digest_page(site, told, weeks)
        )
        pages[digest_view.digest_path(told, "md")] = markdown.digest_document(told, site.report.title)
    return pages


def _pages(site: Site, parts: tuple[Scope, ...], stood: RanksByList, made: Sequence[str]) -> dict[str, str]:
    environment = _environment()
    pages = {part.path: _page(environment, "overview/overview", overview_page(site, part)) for part in parts}
    pages[sections_view.PATH] = _page(environment, "sections/sections", sections_view.sections_page(site))
    pages["health.html"] = _page(environment, "health/health", health_page(site))
    pages[view.PATH] = _page(environment, "compare/compare", view.compare_page(site, parts[0]))
    pages["counting.html"] = _page(environment, "methodology/methodology", methodology_page(site, parts, made))
    for project in site.report.projects:
        pages[site.page(project)] = _page(environment, "project/project", project_page(site, stood, project))
    return pages


def _page(environment: Environment, name: str, page: Page) -> str:
    return environment.get_template(f"pages/{name}.html.jinja").render(page=page)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("startrack.dashboards", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["dated"] = dates.marked
    return environment


def _assets() -> dict[str, str]:
    # Plotly takes longer to import than most commands to run: it waits until pages are built.
    from startrack.dashboards.charts import plotly  # noqa: PLC0415

    folder = resources.files("startrack.dashboards")
    sources = [*(f"assets/{name}" for name in _ASSETS), *(f"pages/{path}" for path in _SCRIPTS)]
    written = {f"assets/{PurePosixPath(path).name}": (folder / path).read_text(encoding="utf-8") for path in sources}
    return {**written, "assets/figures.js": plotly.figures_script(), "assets/plotly.min.js": plotly.plotly_script()}


def _data(site: Site) -> dict[str, str]:
    tables = {
        "data/projects.csv": data_files.projects_csv(site.report),
        "data/changes.csv": data_files.changes_csv(site.report),
    }
    return {**tables, **dict(sections_view.data_files(site))}


def _histories(site: Site, stood: RanksByList) -> dict[str, str]:
    return dict(file for project in site.report.projects for file in _history(site, stood, project))


def _history(site: Site, stood: RanksByList, project: Project) -> Iterator[tuple[str, str]]:
    counts = site.report.history.get(project.repository.repo_id, ())
    slug = site.slug(project)
    if levels := site.report.retained.get(project.repository.repo_id):
        yield f"data/retained/{slug}.csv", data_files.retained_csv(levels)
    if counts:
        yield f"data/history/{slug}.csv", data_files.history_csv(counts)
        yield f"data/history/{slug}.js", data_files.render_script("data", slug, _drawn(site, stood, project, counts))


def _drawn(site: Site, stood: RanksByList, project: Project, counts: tuple[Count, ...]) -> Mapping[str, object]:
    """Return what the charts of a project are drawn from; commits apart, as they are not known at every count."""
    instants = [count.taken_at for count in counts]
    figures = series.build_track(instants, [count.stars for count in counts], [count.forks for count in counts])
    known = [(count.taken_at, count.commits) for count in counts if count.commits is not None]
    commits = series.build_track([taken_at for taken_at, _ in known], [number for _, number in known])
    return {
        "name": project.title,
        "label": project.label,
        "created": _day(project.repository.created_at),
        "starred": _day(site.report.first_star_days.get(project.repository.repo_id)),
        "tracks": [
            *_track(figures, "stars", "forks"),
            *_track(commits, "commits"),
            *_track(site.retained(project), "retained"),
        ],
        **history.chart_data(site, stood, project),
    }


def _day(value: date | None) -> str | None:
    return dates.day(value) if value else None


def _track(track: series.Track | None, *names: str) -> list[dict[str, object]]:
    if track is None:
        return []
    return [series.track_data(track, *names)]
