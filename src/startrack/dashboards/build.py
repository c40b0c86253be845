"""Builds the site: from a report to every file of the dashboards folder."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from startrack.dashboards import data_files
from startrack.dashboards.api.documents import render_documents
from startrack.dashboards.charts import pictures, readme_charts
from startrack.dashboards.feeds.feeds import render_feeds
from startrack.dashboards.pages.compare import view as compare_view
from startrack.dashboards.pages.compare.view import ComparePage
from startrack.dashboards.pages.digest import markdown
from startrack.dashboards.pages.digest import view as digest_view
from startrack.dashboards.pages.digest.view import DigestIndexPage, DigestPage
from startrack.dashboards.pages.health.view import HealthPage, health_page
from startrack.dashboards.pages.methodology.view import MethodologyPage, methodology_page
from startrack.dashboards.pages.overview.view import OverviewPage, overview_page
from startrack.dashboards.pages.project import data as project_data
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
from startrack.model.report import Project, SiteReport
from startrack.wording import dates

__all__ = [
    "ALWAYS_WRITTEN",
    "build",
    "build_files",
]


_ASSETS: Final = (
    *("icon.svg", "startrack.css", "theme.js", "startrack.js", "charts.js"),
    *("fragment.js", "lines.js", "views.js", "ranges.js", "summaries.js", "controls.js", "exports.js"),
)
_PAGE_SCRIPTS: Final = (
    *("compare/comparison.js", "compare/compare.js"),
    *("project/project.js", "sections/sections.js", "overview/table.js"),
)

_STYLESHEET: Final = "assets/startrack.css"

ALWAYS_WRITTEN: Final = (
    *(FIRST_PAGE, compare_view.PATH, sections_view.PATH, "health.html", "counting.html"),
    *(DIGEST_INDEX, ALL_FEED, MOVERS_FEED),
)
"""Files that every build writes, even if nothing has been counted."""

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


def build(report: SiteReport, extra_files: Mapping[str, bytes] = MappingProxyType({})) -> dict[str, str | bytes]:
    """Return every file of `build_files` by its path, for callers that look at single files."""
    return dict(sorted(build_files(report, extra_files)))


def build_files(
    report: SiteReport, extra_files: Mapping[str, bytes] = MappingProxyType({})
) -> Iterator[tuple[str, str | bytes]]:
    """Yield every file of the dashboards: its path below their folder, and its content.

    The same report gives the same bytes. Files are made one after the other, so that they need not be kept.
    `extra_files` were built elsewhere and belong to the folder, such as Parquet files, which only a database writes.
    """
    site = build_site(report)
    scopes = build_scopes(site)
    environment = _environment()
    yield from extra_files.items()
    yield from _assets()
    yield from _pages(environment, site, scopes, sorted(extra_files))
    yield from _digests(environment, site)
    yield from _tables(report)
    yield from sections_view.data_files(site)
    yield from compare_view.data_files(site).items()
    yield from readme_charts.render_movers_charts(site, scopes)
    yield from render_feeds(site, scopes).items()
    yield from render_documents(site, scopes).items()
    ranks = compute_ranks(report)
    for project in report.projects:
        yield from _project_files(environment, site, ranks, project)


def _project_files(
    environment: Environment, site: Site, ranks: RanksByList, project: Project
) -> Iterator[tuple[str, str]]:
    """Yield the page of a project, the data of its charts, and its charts for READMEs."""
    yield site.page(project), _render(environment, "project/project", project_page(site, ranks, project))
    yield from project_data.data_files(site, ranks, project)
    yield from readme_charts.render_project_chart(site, project)


def _assets() -> Iterator[tuple[str, str]]:
    # Importing Plotly takes longer than most commands run. So import it only when pages are built.
    from startrack.dashboards.charts import plotly  # noqa: PLC0415

    package = resources.files("startrack.dashboards")
    for path in (*(f"assets/{name}" for name in _ASSETS), *(f"pages/{path}" for path in _PAGE_SCRIPTS)):
        text = (package / path).read_text(encoding="utf-8")
        yield f"assets/{PurePosixPath(path).name}", text + (pictures.stylesheet() if path == _STYLESHEET else "")
    yield "assets/figures.js", plotly.figures_script()
    yield "assets/plotly.min.js", plotly.plotly_script()


def _pages(
    environment: Environment, site: Site, scopes: Sequence[Scope], extra_paths: Sequence[str]
) -> Iterator[tuple[str, str]]:
    for scope in scopes:
        yield scope.path, _render(environment, "overview/overview", overview_page(site, scope))
    yield compare_view.PATH, _render(environment, "compare/compare", compare_view.compare_page(site, scopes[0]))
    yield sections_view.PATH, _render(environment, "sections/sections", sections_view.sections_page(site))
    yield "health.html", _render(environment, "health/health", health_page(site))
    methodology = methodology_page(site, scopes, extra_paths)
    yield "counting.html", _render(environment, "methodology/methodology", methodology)


def _digests(environment: Environment, site: Site) -> Iterator[tuple[str, str]]:
    digests = digest_view.weekly_digests(site)
    yield DIGEST_INDEX, _render(environment, "digest/digests", digest_view.digest_index_page(site, digests))
    for digest in digests:
        page = digest_view.digest_page(site, digest, digests)
        yield digest_view.digest_path(digest), _render(environment, "digest/digest", page)
        yield digest_view.digest_path(digest, "md"), markdown.digest_document(digest, site.report.title)


def _render(environment: Environment, template: str, page: Page) -> str:
    return environment.get_template(f"pages/{template}.html.jinja").render(page=page)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("startrack.dashboards", ""),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["dated"] = dates.marked
    return environment


def _tables(report: SiteReport) -> Iterator[tuple[str, str]]:
    yield "data/projects.csv", data_files.projects_csv(report)
    yield "data/changes.csv", data_files.changes_csv(report)
