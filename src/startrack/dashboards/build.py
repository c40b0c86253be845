"""Builds the site: from a report to every file of the dashboards folder."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import PurePosixPath
from typing import Final

from startrack.dashboards import data_files, second_process
from startrack.dashboards.api.documents import render_documents
from startrack.dashboards.charts import pictures, readme_charts
from startrack.dashboards.feeds.feeds import render_feeds
from startrack.dashboards.folder import Output, Staged
from startrack.dashboards.pages.compare import view as compare_view
from startrack.dashboards.pages.digest import markdown
from startrack.dashboards.pages.digest import view as digest_view
from startrack.dashboards.pages.health.view import health_page
from startrack.dashboards.pages.methodology.view import methodology_page
from startrack.dashboards.pages.overview.view import overview_page
from startrack.dashboards.pages.project.files import project_files
from startrack.dashboards.pages.project.ranks import compute_ranks
from startrack.dashboards.pages.sections import view as sections_view
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
from startrack.dashboards.templating import render
from startrack.model.report import SiteReport

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


ExtraFiles = Callable[[], Mapping[str, bytes]]
"""Makes files by their paths; called while a second process is at work."""


def build(report: SiteReport, extra_files: ExtraFiles = dict) -> dict[str, str | bytes]:
    """Return every file of `build_files` by its path, for callers that look at single files."""
    return dict(sorted(file for file in build_files(report, extra_files) if not isinstance(file, Staged)))


def build_files(
    report: SiteReport, extra_files: ExtraFiles = dict, output: Output | None = None
) -> Generator[tuple[str, str | bytes] | Staged, None, None]:
    """Yield every file of the dashboards: its path below their folder, and its content.

    The same report gives the same bytes, made in one process or in two. Files are made one after the other, so that
    they need not be kept. `extra_files` makes files that belong to the folder, such as Parquet files, which
    only a database writes. With an `output`, a second process stages a part of the files there. Raises WorkerError if
    that fails, and WriteError.
    """
    site, ranks = build_site(report), compute_ranks(report)
    if output:
        yield from second_process.make_files(site, ranks, _other_files(site, extra_files), output)
        return
    yield from _other_files(site, extra_files)
    for project in report.projects:
        yield from project_files(site, ranks, project)


def _other_files(site: Site, make_extra_files: ExtraFiles) -> Iterator[tuple[str, str | bytes]]:
    """Yield all files but those of single projects."""
    scopes, extra_files = build_scopes(site), make_extra_files()
    yield from extra_files.items()
    yield from _assets()
    yield from _pages(site, scopes, sorted(extra_files))
    yield from _digests(site)
    yield from _tables(site.report)
    yield from sections_view.data_files(site)
    yield from compare_view.data_files(site).items()
    yield from readme_charts.render_movers_charts(site, scopes)
    yield from render_feeds(site, scopes).items()
    yield from render_documents(site, scopes).items()


def _assets() -> Iterator[tuple[str, str | bytes]]:
    # Importing Plotly takes longer than most commands run. So import it only when pages are built.
    from startrack.dashboards.charts import plotly  # noqa: PLC0415

    package = resources.files("startrack.dashboards")
    for path in (*(f"assets/{name}" for name in _ASSETS), *(f"pages/{path}" for path in _PAGE_SCRIPTS)):
        text = (package / path).read_text(encoding="utf-8")
        yield f"assets/{PurePosixPath(path).name}", text + (pictures.stylesheet() if path == _STYLESHEET else "")
    yield "assets/figures.js", plotly.figures_script()
    yield "assets/plotly.min.js", plotly.plotly_script()


def _pages(site: Site, scopes: Sequence[Scope], extra_paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    for scope in scopes:
        yield scope.path, render("overview/overview", overview_page(site, scope))
    yield compare_view.PATH, render("compare/compare", compare_view.compare_page(site, scopes[0]))
    yield sections_view.PATH, render("sections/sections", sections_view.sections_page(site))
    yield "health.html", render("health/health", health_page(site))
    methodology = methodology_page(site, scopes, extra_paths)
    yield "counting.html", render("methodology/methodology", methodology)


def _digests(site: Site) -> Iterator[tuple[str, str]]:
    digests = digest_view.weekly_digests(site)
    yield DIGEST_INDEX, render("digest/digests", digest_view.digest_index_page(site, digests))
    for digest in digests:
        page = digest_view.digest_page(site, digest, digests)
        yield digest_view.digest_path(digest), render("digest/digest", page)
        yield digest_view.digest_path(digest, "md"), markdown.digest_document(digest, site.report.title)


def _tables(report: SiteReport) -> Iterator[tuple[str, str]]:
    yield "data/projects.csv", data_files.projects_csv(report)
    yield "data/changes.csv", data_files.changes_csv(report)
