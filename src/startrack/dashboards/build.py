"""Builds the site: from a report to every file of the dashboards folder."""

from collections.abc import Mapping, Sequence
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
from startrack.model.report import SiteReport
from startrack.wording import dates

__all__ = [
    "ALWAYS_WRITTEN",
    "build",
]


_ASSETS: Final = (
    *("icon.svg", "startrack.css", "theme.js", "startrack.js", "charts.js"),
    *("fragment.js", "lines.js", "views.js", "ranges.js", "summaries.js", "controls.js", "exports.js"),
)
_PAGE_SCRIPTS: Final = (
    *("compare/comparison.js", "compare/compare.js"),
    *("project/project.js", "sections/sections.js", "overview/table.js"),
)

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
    """Return every file of the dashboards by its path below their folder. The same report gives the same bytes.

    `extra_files` were built elsewhere and belong to the folder, such as Parquet files, which only a database writes.
    """
    site = build_site(report)
    scopes, ranks = build_scopes(site), compute_ranks(report)
    files: dict[str, str | bytes] = {
        **_assets(),
        **_pages(site, scopes, ranks, sorted(extra_files)),
        **_digests(site),
        **_tables(report),
        **dict(project_data.data_files(site, ranks)),
        **dict(sections_view.data_files(site)),
        **compare_view.data_files(site),
        **dict(readme_charts.render_charts(site, scopes)),
        **render_feeds(site, scopes),
        **render_documents(site, scopes),
        **extra_files,
    }
    return dict(sorted(files.items()))


def _assets() -> dict[str, str]:
    # Importing Plotly takes longer than most commands run. So import it only when pages are built.
    from startrack.dashboards.charts import plotly  # noqa: PLC0415

    package = resources.files("startrack.dashboards")
    paths = [*(f"assets/{name}" for name in _ASSETS), *(f"pages/{path}" for path in _PAGE_SCRIPTS)]
    texts = {f"assets/{PurePosixPath(path).name}": (package / path).read_text(encoding="utf-8") for path in paths}
    texts["assets/startrack.css"] += pictures.stylesheet()
    return {**texts, "assets/figures.js": plotly.figures_script(), "assets/plotly.min.js": plotly.plotly_script()}


def _pages(site: Site, scopes: Sequence[Scope], ranks: RanksByList, extra_paths: Sequence[str]) -> dict[str, str]:
    environment = _environment()
    pages = {scope.path: _render(environment, "overview/overview", overview_page(site, scope)) for scope in scopes}
    pages[compare_view.PATH] = _render(environment, "compare/compare", compare_view.compare_page(site, scopes[0]))
    pages[sections_view.PATH] = _render(environment, "sections/sections", sections_view.sections_page(site))
    pages["health.html"] = _render(environment, "health/health", health_page(site))
    methodology = methodology_page(site, scopes, extra_paths)
    pages["counting.html"] = _render(environment, "methodology/methodology", methodology)
    for project in site.report.projects:
        pages[site.page(project)] = _render(environment, "project/project", project_page(site, ranks, project))
    return pages


def _digests(site: Site) -> dict[str, str]:
    environment, digests = _environment(), digest_view.weekly_digests(site)
    files = {DIGEST_INDEX: _render(environment, "digest/digests", digest_view.digest_index_page(site, digests))}
    for digest in digests:
        page = digest_view.digest_page(site, digest, digests)
        files[digest_view.digest_path(digest)] = _render(environment, "digest/digest", page)
        files[digest_view.digest_path(digest, "md")] = markdown.digest_document(digest, site.report.title)
    return files


def _render(environment: Environment, template: str, page: Page) -> str:
    return environment.get_template(f"pages/{template}.html.jinja").render(page=page)


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


def _tables(report: SiteReport) -> dict[str, str]:
    return {"data/projects.csv": data_files.projects_csv(report), "data/changes.csv": data_files.changes_csv(report)}
