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
    "methodology_page",
    "queries",
]


@dataclass(frozen=True, slots=True)
class TypicalStars:
    """The K of *rising* for one list."""

    name: str
    label: str
    stars: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run: when, how it ended, and what it saw."""

    started: str
    status: str
    counted: str
    missing: str
    requests: str
    points: str
    took: str


@dataclass(frozen=True, slots=True)
class Query:
    """One question in SQL: of the database, or of the files beside the pages."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class MethodologyPage:
    """How the figures come about; `stored` are questions to the database, `filed` to the downloads."""

    shell: Shell
    typical: tuple[TypicalStars, ...]
    windows: tuple[Fact, ...]
    burst: str
    examples: tuple[WorkedExample, ...]
    runs: tuple[RunRow, ...]
    downloads: tuple[Fact, ...]
    stored: tuple[Query, ...]
    filed: tuple[Query, ...]
    gap_factor: int
    spark_days: int


# By the names of their files.
DATABASE_QUERIES: Final = ("gained", "unseen")
FILE_QUERIES: Final = ("momentum", "months", "unknown")


def queries(names: tuple[str, ...]) -> tuple[Query, ...]:
    """Return the texts of some questions."""
    return tuple(Query(name, database.text(f"examples/{name}").rstrip()) for name in names)


_TABLES = {
    "projects": "every project with its last counts, lists and state",
    "changes": "every change over every window, with the two counts it lies between, or why it is unknown",
}


def methodology_page(site: Site, scopes: Sequence[Scope], made: Sequence[str]) -> MethodologyPage:
    """Return what the page on counting shows; `made` are the paths of files made elsewhere."""
    report = site.report
    return MethodologyPage(
        shell=build_shell(site, "How this is counted", "counting.html", list_labels(report.lists)),
        typical=tuple(_typical(scope) for scope in scopes),
        windows=tuple(_window(report, window) for window in report.windows),
        burst=findings.DESCRIPTIONS[Kind.BURST],
        examples=worked_examples.worked_examples(site),
        runs=tuple(_run(run) for run in report.runs),
        downloads=(*_sheets(), *_parquets(made)),
        stored=queries(DATABASE_QUERIES),
        filed=queries(FILE_QUERIES),
        gap_factor=GAP_FACTOR,
        spark_days=sparkline.DAYS,
    )


def _sheets() -> Iterator[Fact]:
    for name, about in _TABLES.items():
        yield Fact(Link(f"{name}.csv", f"data/{name}.csv"), about)


def _parquets(made: Sequence[str]) -> Iterator[Fact]:
    for path in map(PurePosixPath, made):
        if path.suffix == ".parquet":
            about = _TABLES.get(path.stem, f"every count of {path.stem}")
            yield Fact(Link(str(path.relative_to("data")), str(path)), about)


def _typical(scope: Scope) -> TypicalStars:
    is_known = any(project.current for project in scope.projects)
    stars = figures.number(typical_stars(scope.projects)) if is_known else components.NOT_AVAILABLE
    label = (scope.lists[0].label or "") if len(scope.lists) == 1 else ""
    name = scope.name if len(scope.lists) == 1 else "all lists together"
    return TypicalStars(name, label, stars)


def _window(report: SiteReport, window: Window) -> Fact:
    return Fact(Link(figures.count(window.days, "day")), coverage.window_coverage(report.projects, window))


def _run(run: Run) -> RunRow:
    return RunRow(
        started=dates.instant(run.started_at),
        status=run.status,
        counted=f"{figures.number(run.counted)} of {figures.number(run.asked)}",
        missing=figures.number(run.missing),
        requests=_spent(run.requests),
        points=_spent(run.points),
        took=f"{figures.number((run.finished_at - run.started_at).total_seconds())} s",
    )


def _spent(number: int | None) -> str:
    return components.NOT_AVAILABLE if number is None else figures.number(number)
