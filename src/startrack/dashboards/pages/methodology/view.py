"""The methodology page: formulas, worked examples, runs, downloads and SQL examples."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from startrack.dashboards import components
from startrack.dashboards.charts import sparkline
from startrack.dashboards.components import Fact, Link, Shell
from startrack.dashboards.pages.methodology import worked_examples
from startrack.dashboards.pages.methodology.worked_examples import WorkedExample
from startrack.dashboards.site import Scope, Site, build_shell, list_labels
from startrack.model.changes import Window
from startrack.model.report import SiteReport
from startrack.model.runs import Run
from startrack.store import database
from startrack.trends.gaps import GAP_FACTOR
from startrack.trends.health import Kind
from startrack.trends.ranking import typical_stars
from startrack.wording import coverage, dates, figures, findings

__all__ = [
    "DATABASE_QUERIES",
    "FILE_QUERIES",
    "MethodologyPage",
    "Query",
    "RunRow",
    "TypicalStars",
    "load_queries",
    "methodology_page",
]

_PATH: Final = "counting.html"

# Names of files in sql/examples.
DATABASE_QUERIES: Final = ("gained", "unseen")
FILE_QUERIES: Final = ("momentum", "months", "unknown")

_TABLES: Final = {
    "projects": "every project with its last counts, lists and state",
    "changes": "every change over every window with its two counts, or the reason why it is unknown",
}


@dataclass(frozen=True, slots=True)
class TypicalStars:
    """The K in the formula of *rising* for one list."""

    name: str
    label: str
    stars: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run in the table of runs."""

    started: str
    status: str
    counted: str
    missing: str
    requests: str
    points: str
    duration: str


@dataclass(frozen=True, slots=True)
class Query:
    """One example query in SQL; `name` is the name of its file."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class MethodologyPage:
    """The methodology page: formulas, worked examples, runs, downloads and example queries."""

    shell: Shell
    typical: tuple[TypicalStars, ...]
    windows: tuple[Fact, ...]
    burst: str
    examples: tuple[WorkedExample, ...]
    runs: tuple[RunRow, ...]
    imports: tuple[Fact, ...]
    downloads: tuple[Fact, ...]
    database_queries: tuple[Query, ...]
    file_queries: tuple[Query, ...]
    gap_factor: int
    spark_days: int


def methodology_page(site: Site, scopes: Sequence[Scope], extra_files: Sequence[str]) -> MethodologyPage:
    """Return the methodology page; `extra_files` are the paths of files that are not built with the pages."""
    report = site.report
    return MethodologyPage(
        shell=build_shell(site, "Methodology", _PATH, list_labels(report.lists)),
        typical=tuple(_typical_stars(scope) for scope in scopes),
        windows=tuple(_window(report, window) for window in report.windows),
        burst=findings.DESCRIPTIONS[Kind.BURST],
        examples=worked_examples.worked_examples(site),
        runs=tuple(_run(run) for run in report.runs),
        imports=tuple(
            Fact(Link(source), total) for source, total in coverage.imported_totals(report.imported.values()).items()
        ),
        downloads=(*_csv_files(), *_parquet_files(extra_files)),
        database_queries=load_queries(DATABASE_QUERIES),
        file_queries=load_queries(FILE_QUERIES),
        gap_factor=GAP_FACTOR,
        spark_days=sparkline.DAYS,
    )


def load_queries(names: tuple[str, ...]) -> tuple[Query, ...]:
    """Return the example queries of these names."""
    return tuple(Query(name, database.text(f"examples/{name}").rstrip()) for name in names)


def _typical_stars(scope: Scope) -> TypicalStars:
    is_known = any(project.current for project in scope.projects)
    stars = figures.number(typical_stars(scope.projects)) if is_known else components.NOT_AVAILABLE
    if len(scope.lists) == 1:
        return TypicalStars(scope.name, scope.lists[0].label or "", stars)
    return TypicalStars("all lists together", "", stars)


def _window(report: SiteReport, window: Window) -> Fact:
    return Fact(Link(figures.count(window.days, "day")), coverage.window_coverage(report.projects, window))


def _run(run: Run) -> RunRow:
    return RunRow(
        started=dates.instant(run.started_at),
        status=run.status,
        counted=f"{figures.number(run.counted)} of {figures.number(run.asked)}",
        missing=figures.number(run.missing),
        requests=_optional_number(run.requests),
        points=_optional_number(run.points),
        duration=f"{figures.number((run.finished_at - run.started_at).total_seconds())} s",
    )


def _optional_number(number: int | None) -> str:
    return components.NOT_AVAILABLE if number is None else figures.number(number)


def _csv_files() -> Iterator[Fact]:
    for name, about in _TABLES.items():
        yield Fact(Link(f"{name}.csv", f"data/{name}.csv"), about)


def _parquet_files(files: Sequence[str]) -> Iterator[Fact]:
    for path in map(PurePosixPath, files):
        if path.suffix == ".parquet":
            about = _TABLES.get(path.stem, f"every count of {path.stem}")
            yield Fact(Link(str(path.relative_to("data")), str(path)), about)
