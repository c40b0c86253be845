"""How the figures come about: formulas, some of them worked out, runs, downloads, questions to ask of them."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from startrack.models import Report, Run, Window
from startrack.render import cells, coverage, health_words, query_examples, sparklines, words, worked
from startrack.render.contexts import Fact, Link
from startrack.render.page_contexts import Counting, RunRow, Typical
from startrack.render.series import GAP_FACTOR
from startrack.render.site import Scope, Site, labelled, shell
from startrack.trends.health import Kind
from startrack.trends.ranking import typical_stars

__all__ = ["counting"]

_TABLES = {
    "projects": "every project with its last counts, lists and state",
    "changes": "every change over every window, with the two counts it lies between, or why it is unknown",
}


def counting(site: Site, scopes: Sequence[Scope], made: Sequence[str]) -> Counting:
    """Return what the page on counting shows; `made` are the paths of files made elsewhere."""
    report = site.report
    return Counting(
        shell=shell(site, "How this is counted", "counting.html", labelled(report.lists)),
        typical=tuple(_typical(scope) for scope in scopes),
        windows=tuple(_window(report, window) for window in report.windows),
        burst=health_words.ABOUT[Kind.BURST],
        examples=worked.examples(site),
        runs=tuple(_run(run) for run in report.runs),
        downloads=(*_sheets(), *_parquets(made)),
        stored=query_examples.queries(query_examples.STORE),
        filed=query_examples.queries(query_examples.FILES),
        gap_factor=GAP_FACTOR,
        spark_days=sparklines.DAYS,
    )


def _sheets() -> Iterator[Fact]:
    for name, about in _TABLES.items():
        yield Fact(Link(f"{name}.csv", f"data/{name}.csv"), about)


def _parquets(made: Sequence[str]) -> Iterator[Fact]:
    for path in map(PurePosixPath, made):
        if path.suffix == ".parquet":
            about = _TABLES.get(path.stem, f"every count of {path.stem}")
            yield Fact(Link(str(path.relative_to("data")), str(path)), about)


def _typical(scope: Scope) -> Typical:
    is_known = any(project.current for project in scope.projects)
    stars = words.number(typical_stars(scope.projects)) if is_known else cells.NOT_AVAILABLE
    label = (scope.lists[0].label or "") if len(scope.lists) == 1 else ""
    name = scope.name if len(scope.lists) == 1 else "all lists together"
    return Typical(name, label, stars)


def _window(report: Report, window: Window) -> Fact:
    return Fact(Link(words.count(window.days, "day")), coverage.of_window(report.projects, window))


def _run(run: Run) -> RunRow:
    return RunRow(
        started=words.instant(run.started_at),
        status=run.status,
        counted=f"{words.number(run.counted)} of {words.number(run.asked)}",
        missing=words.number(run.missing),
        requests=_spent(run.requests),
        points=_spent(run.points),
        took=f"{words.number((run.finished_at - run.started_at).total_seconds())} s",
    )


def _spent(number: int | None) -> str:
    return cells.NOT_AVAILABLE if number is None else words.number(number)
