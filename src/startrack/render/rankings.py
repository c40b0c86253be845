"""Rankings, entries and costs as rows; what is not known is `None`, and the note says why."""

from collections.abc import Iterable, Sequence

from startrack.models import Change, List, Project, Report, Run, Unknown, Window
from startrack.render import words
from startrack.render.formats import Cell, Rows
from startrack.trends.ranking import By, measure

__all__ = ["costs", "entries", "narrow", "ranking"]

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
    """Return the entries of lists, in their order."""
    rows = [
        (each.name, entry.repo, entry.title, entry.section, entry.url, entry.line)
        for each in lists
        for entry in each.entries
    ]
    return Rows(("list", "repo", "title", "section", "url", "line"), rows)


def ranking(report: Report, ranked: Sequence[Project], by: By, window: Window, typical: float) -> Rows:
    """Return ranked projects over a window, one row each."""
    as_of = report.as_of.isoformat()
    rows = [
        (
            place,
            *_cells(project, project.changes[window], measure(project, by, window, typical)),
            as_of,
            _note(project, window),
        )
        for place, project in enumerate(ranked, start=1)
    ]
    return Rows(_COLUMNS, rows)


def narrow(rows: Rows) -> Rows:
    """Return the columns of a ranking that a person reads, without the parts that say the same in every row."""
    places = [rows.columns.index(name) for name in _NARROW]
    return Rows(_NARROW, [[row[place] for place in places] for row in rows.rows])


def costs(run: Run) -> Rows:
    """Return what a run spent, by kind of request."""
    kinds = (
        ("light scalars", run.light_requests, run.light_batch),
        ("details", run.details_requests, run.details_batch),
        ("commit totals", run.commits_requests, run.commits_batch),
        ("REST and repeats", run.other_requests, None),
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
    """Return why figures are not known, and what to bear in mind about those that are."""
    change, given = project.changes[window], project.retained.get(window)
    notes = [str(change) if isinstance(change, Unknown) else words.over(window, change.elapsed)]
    if given:
        notes.append(f"{words.retained(given)} retained, {given.first} to {given.last}")
    if project.label:
        notes.append(project.label)
    if project.missing:
        since = f", last counted {project.current.taken_at.date()}" if project.current else ""
        notes.append(f"{words.briefly(project.missing.reason)}{since}")
    if project.spike:
        notes.append("spike: one day holds more than half of the 30-day gain")
    if project.repository.is_archived:
        notes.append("archived")
    if project.is_namesake:
        notes.append(f"repository {project.repository.repo_id}: another has this name today")
    return "; ".join(filter(None, notes))
