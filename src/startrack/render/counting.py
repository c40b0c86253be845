"""How the figures come about: formulas, one of them worked out, runs, downloads."""

from collections.abc import Sequence

from startrack.models import Change, Project, Report, Run, Window
from startrack.render import cells, coverage, sparklines, words
from startrack.render.contexts import Fact, Link
from startrack.render.movers import main_windows
from startrack.render.page_contexts import Counting, Example, RunRow, Typical
from startrack.render.series import GAP_FACTOR
from startrack.render.site import Scope, Site, labelled, shell
from startrack.trends.ranking import By, rank, typical_stars

__all__ = ["DOWNLOADS", "counting"]

DOWNLOADS = {
    "data/projects.csv": "every project with its last counts, lists and state",
    "data/changes.csv": "every change over every window, with the two counts it lies between, or why it is unknown",
}


def counting(site: Site, scopes: Sequence[Scope]) -> Counting:
    """Return what the page on counting shows."""
    report = site.report
    return Counting(
        shell=shell(site, "How this is counted", "counting.html", labelled(report.lists)),
        typical=tuple(_typical(scope) for scope in scopes),
        windows=tuple(_window(report, window) for window in report.windows),
        example=_example(site),
        runs=tuple(_run(run) for run in report.runs),
        downloads=tuple(Fact(Link(path.removeprefix("data/"), path), text) for path, text in DOWNLOADS.items()),
        gap_factor=GAP_FACTOR,
        spark_days=sparklines.DAYS,
    )


def _typical(scope: Scope) -> Typical:
    is_known = any(project.current for project in scope.projects)
    stars = words.number(typical_stars(scope.projects)) if is_known else cells.NOT_AVAILABLE
    label = (scope.lists[0].label or "") if len(scope.lists) == 1 else ""
    name = scope.name if len(scope.lists) == 1 else "all lists together"
    return Typical(name, label, stars)


def _window(report: Report, window: Window) -> Fact:
    return Fact(Link(words.count(window.days, "day")), coverage.of_window(report.projects, window))


def _example(site: Site) -> Example | None:
    """Work out the change of the project that rises most, over the first window in which one is known."""
    projects = site.report.projects
    typical = typical_stars(projects)
    for window in main_windows(site.report.windows):
        if coverage.changes(projects, window):
            return _worked(site, rank(projects, By.RISING, window, typical)[0], window, typical)
    return None


def _worked(site: Site, project: Project, window: Window, typical: float) -> Example | None:
    change = project.changes[window]
    if not isinstance(change, Change):
        return None
    steps = tuple(Fact(Link(term), text) for term, text in _steps(change, typical))
    return Example(site.link(project), project.label or "", words.count(window.days, "day"), steps)


def _steps(change: Change, typical: float) -> list[tuple[str, str]]:
    a, b, gain = change.baseline, change.current, words.signed(change.gain)
    before, size = words.number(a.stars), f"√({words.number(a.stars)} + {words.number(typical)})"
    steps = [
        ("Current", f"{words.number(b.stars)} stars on {words.instant(b.taken_at)}"),
        ("Baseline", f"{before} stars on {words.instant(a.taken_at)}"),
        ("Gain", f"{words.number(b.stars)} {words.MINUS} {before} = {gain}"),
        ("Per day", f"{gain} ÷ {words.number(change.days, 2)} days = {cells.rate(change).text}"),
    ]
    if change.percent is not None:
        steps.append(("Percent", f"{gain} ÷ {before} = {words.percent(change.percent)}"))
    return [*steps, ("Rising", f"{gain} ÷ {size} = {words.number(change.rising(typical), 2)}")]


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
