"""A checkup as rows for programs, and as two tables for people."""

from collections.abc import Iterable, Iterator

from startrack.checkup import Check, Checkup, State
from startrack.models import Run
from startrack.render import formats, words
from startrack.render.formats import Cell, Format, Rows

__all__ = ["write"]

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
)


def write(found: Checkup, form: Format) -> str:
    """Return a checkup in a format: runs are rows beside the checks, and a table of their own for people."""
    if form is not Format.TABLE:
        rows = [*map(_row, found.checks), *map(_run_row, found.runs)]
        return formats.write(Rows(("check", "state", "detail", "remedy"), rows), form)
    tables = [Rows(("check", "state", "detail"), list(_lines(found.checks)))]
    if found.runs:
        tables.append(_runs(found.runs))
    return "\n\n".join(formats.write(each, form) for each in tables)


def _row(check: Check) -> tuple[Cell, ...]:
    return check.name, check.state.value, check.detail, check.remedy


def _lines(checks: Iterable[Check]) -> Iterator[tuple[Cell, ...]]:
    """Yield a line for each check and, below it, one for what to do: side by side they are too wide to read."""
    for check in checks:
        yield check.name, check.state.value, check.detail
        if check.remedy:
            yield "", "", f"→ {check.remedy}"


def _runs(runs: Iterable[Run]) -> Rows:
    return Rows(_RUN_COLUMNS, [_run_cells(run) for run in runs])


def _run_cells(run: Run) -> tuple[Cell, ...]:
    return (
        words.instant(run.started_at),
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
    )


def _batches(run: Run) -> str | None:
    sizes = (run.light_batch, run.details_batch, run.commits_batch)
    return "/".join("-" if size is None else str(size) for size in sizes) if any(sizes) else None


def _run_row(run: Run) -> tuple[Cell, ...]:
    """Return a run as a check that found all well: what is wrong with the last one has a check of its own."""
    cells = zip(_RUN_COLUMNS, _run_cells(run), strict=True)
    told = ", ".join(f"{name} {cell}" for name, cell in cells if name != "run" and cell is not None)
    return f"run {run.started_at.isoformat()}", State.OK.value, told, ""
