"""The rows that commands print, and how rows are written as a table, JSON, CSV or Markdown."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from startrack import output
from startrack.model.changes import Change, Unknown, Window
from startrack.model.diagnostics import Check, Diagnosis, State
from startrack.model.lists import List
from startrack.model.report import Project
from startrack.model.runs import Run
from startrack.readme import markdown
from startrack.store import csv_codec
from startrack.trends.ranking import measure
from startrack.wording import dates, figures, reasons
from startrack.workflows.trending import Ranked

__all__ = [
    "Format",
    "Rows",
    "costs",
    "entries",
    "narrow",
    "ranking",
    "write",
    "write_diagnosis",
]


Cell = str | int | float | tuple[str, ...] | None


class Format(StrEnum):
    """An output format."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows with named columns; `None` is an unknown value."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


def write(rows: Rows, form: Format) -> str:
    """Return the rows in a format, without a line break at the end."""
    match form:
        case Format.TABLE:
            return _table(rows)
        case Format.JSON:
            return _json(rows)
        case Format.CSV:
            return _csv(rows)
        case Format.MARKDOWN:
            return _markdown(rows)


def _json(rows: Rows) -> str:
    objects = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
    # ASCII is safe in every encoding. An Actions runner would take `##[` for a command.
    lines = ",\n".join(f"  {json.dumps(row)}".replace("##", r"#\u0023") for row in objects)
    return f"[\n{lines}\n]" if objects else "[]"


def _csv(rows: Rows) -> str:
    cells = (
        [output.escape_line(_text(cell)) if isinstance(cell, str | tuple) else cell for cell in row]
        for row in rows.rows
    )
    return csv_codec.write(rows.columns, cells).rstrip("\n")


def _markdown(rows: Rows) -> str:
    rules = ["--:" if _is_numeric(rows, column) else ":--" for column in range(len(rows.columns))]
    cells = [[markdown.escape(_text(cell)) for cell in row] for row in rows.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in ([*map(markdown.escape, rows.columns)], rules, *cells))


def _table(rows: Rows) -> str:
    cells = [[output.escape_line(_text(cell)) for cell in row] for row in (rows.columns, *rows.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    numeric_columns = [_is_numeric(rows, column) for column in range(len(rows.columns))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, numeric_columns, strict=True)
        ).rstrip()
        for row in cells
    )


def _is_numeric(rows: Rows, column: int) -> bool:
    return any(isinstance(row[column], int | float) for row in rows.rows)


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return "n/a"
        case tuple():
            return " / ".join(cell)
        case float():
            return f"{cell:,.2f}"
        case int():
            return f"{cell:,}"
        case str():
            return cell


_COLUMNS = (
    "rank",
    "repo",
    "stars",
    "gain",
    "gain_per_day",
    "percent",
    "forks_gain",
    "commits_gain",
    "score",
    "baseline_at",
    "as_of",
    "note",
)


_NARROW = ("rank", "repo", "stars", "gain", "percent", "score", "note")


def entries(lists: Iterable[List]) -> Rows:
    """Return the entries of lists, in order, one row each."""
    rows = [
        (listed.name, entry.repo, entry.title, entry.section, entry.url, entry.line)
        for listed in lists
        for entry in listed.entries
    ]
    return Rows(("list", "repo", "title", "section", "url", "line"), rows)


def ranking(ranked: Ranked) -> Rows:
    """Return ranked projects, one row each."""
    window, as_of = ranked.window, ranked.report.as_of.isoformat()
    rows = [
        (
            position,
            *_cells(project, project.changes[window], measure(project, ranked.by, window, ranked.typical)),
            as_of,
            _note(project, window),
        )
        for position, project in enumerate(ranked.projects, start=1)
    ]
    return Rows(_COLUMNS, rows)


def narrow(rows: Rows) -> Rows:
    """Return a ranking with the columns that fit on a terminal."""
    columns = [rows.columns.index(name) for name in _NARROW]
    return Rows(_NARROW, [[row[column] for column in columns] for row in rows.rows])


def costs(run: Run) -> Rows:
    """Return the number of requests of a run, by kind."""
    kinds = (
        ("stars and forks", run.light_requests, run.light_batch),
        ("details", run.details_requests, run.details_batch),
        ("commit totals", run.commits_requests, run.commits_batch),
        ("REST and retries", run.other_requests, None),
    )
    rows = [(name, requests, batch) for name, requests, batch in kinds if requests is not None]
    note = f"{run.points or 0} points, waited {run.waited or 0:.0f} s"
    return Rows(("requests for", "sent", "batch"), [*rows, (f"all ({note})", run.requests, None)])


def _cells(project: Project, change: Change | Unknown, score: float | None) -> tuple[Cell, ...]:
    stars = project.current.stars if project.current else None
    rounded = None if score is None else round(score, 4)
    if not isinstance(change, Change):
        return (project.name, stars, None, None, None, None, None, rounded, None)
    return (
        project.name,
        stars,
        change.gain,
        round(change.per_day, 4),
        None if change.percent is None else round(change.percent, 4),
        change.forks_gain,
        change.commits_gain,
        rounded,
        change.baseline.taken_at.isoformat(),
    )


def _note(project: Project, window: Window) -> str:
    """Return why figures are unknown, and remarks about the known ones."""
    change, retained_gain = project.changes[window], project.retained.get(window)
    notes = [str(change) if isinstance(change, Unknown) else figures.actual_days(window, change.elapsed)]
    if retained_gain:
        notes.append(f"{figures.retained_gain(retained_gain)} retained, {retained_gain.first} to {retained_gain.last}")
    if project.label:
        notes.append(project.label)
    if project.missing:
        since = f", last counted {project.current.taken_at.date()}" if project.current else ""
        notes.append(f"{reasons.short(project.missing.reason)}{since}")
    if project.spike:
        notes.append("spike: more than half of the 30-day gain came on one day")
    if project.repository.is_archived:
        notes.append("archived")
    if project.is_namesake:
        notes.append(f"repository {project.repository.repo_id}: another repository has this name today")
    return "; ".join(filter(None, notes))


_RUN_COLUMNS = (
    "run",
    "status",
    "counted",
    "of",
    "missing",
    "light",
    "details",
    "commits",
    "other",
    "points",
    "waited",
    "batches",
    "late",
)


def write_diagnosis(diagnosis: Diagnosis, form: Format) -> str:
    """Return a diagnosis in a format. Runs have a table of their own; in other formats they are rows like checks."""
    if form is not Format.TABLE:
        rows = [*map(_row, diagnosis.checks), *map(_run_row, diagnosis.runs)]
        return write(Rows(("check", "state", "detail", "remedy"), rows), form)
    tables = [Rows(("check", "state", "detail"), list(_lines(diagnosis.checks)))]
    if diagnosis.runs:
        tables.append(_runs(diagnosis.runs))
    return "\n\n".join(write(table, form) for table in tables)


def _row(check: Check) -> tuple[Cell, ...]:
    return check.name, check.state.value, check.detail, check.remedy


def _lines(checks: Iterable[Check]) -> Iterator[tuple[Cell, ...]]:
    """Yield a line for each check, and below it its remedy: side by side they would be too wide."""
    for check in checks:
        yield check.name, check.state.value, check.detail
        if check.remedy:
            yield "", "", f"→ {check.remedy}"


def _runs(runs: Iterable[Run]) -> Rows:
    return Rows(_RUN_COLUMNS, [_run_cells(run) for run in runs])


def _run_cells(run: Run) -> tuple[Cell, ...]:
    return (
        dates.instant(run.started_at),
        run.status,
        run.counted,
        run.asked,
        run.missing,
        run.light_requests,
        run.details_requests,
        run.commits_requests,
        run.other_requests,
        run.points,
        None if run.waited is None else f"{run.waited:.0f} s",
        _batches(run),
        None if run.late_seconds is None else figures.duration(run.late_seconds),
    )


def _batches(run: Run) -> str | None:
    sizes = (run.light_batch, run.details_batch, run.commits_batch)
    return "/".join("-" if size is None else str(size) for size in sizes) if any(sizes) else None


def _run_row(run: Run) -> tuple[Cell, ...]:
    """Return a run in the form of a check. Its state is `ok`: problems of the last run have a check of their own."""
    cells = zip(_RUN_COLUMNS, _run_cells(run), strict=True)
    detail = ", ".join(f"{name} {cell}" for name, cell in cells if name != "run" and cell is not None)
    return f"run {run.started_at.isoformat()}", State.OK.value, detail, ""
