"""The figures behind the pages as CSV, to be checked and worked with elsewhere."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from startrack import sheets
from startrack.models import Change, Count, Project, Report, Unknown
from startrack.past import Level
from startrack.render import words

__all__ = ["changes", "history", "projects", "retained"]

_PROJECTS = (
    *("repo", "list", "section", "label", "stars", "forks", "commits", "counted_at", "last_commit_on"),
    *("created_at", "language", "license", "is_archived", "missing", "spike", "acceleration"),
)
_CHANGES = (
    *("repo", "window_days", "baseline_at", "baseline_stars", "current_at", "current_stars"),
    *("gain", "forks_gain", "commits_gain", "unknown"),
)


def projects(report: Report) -> str:
    """Return a line for each project and each list that names it."""
    ordered = sorted(report.projects, key=lambda project: project.name.lower())
    return sheets.write(_PROJECTS, (line for project in ordered for line in _project(project)))


def changes(report: Report) -> str:
    """Return a line for each project and window, with the two counts that the change lies between."""
    ordered = sorted(report.projects, key=lambda project: project.name.lower())
    return sheets.write(_CHANGES, (line for project in ordered for line in _changes(project)))


def history(counts: Sequence[Count]) -> str:
    """Return a line for each count of one project."""
    lines = ((_instant(c.taken_at), c.stars, c.forks, c.commits) for c in counts)
    return sheets.write(("taken_at", "stars", "forks", "commits"), lines)


def retained(levels: Sequence[Level]) -> str:
    """Return a line for each week of one project's retained stars."""
    return sheets.write(("week_until", "retained_stars"), ((level.day, level.stars) for level in levels))


def _project(project: Project) -> Iterable[tuple[object, ...]]:
    repository, current = project.repository, project.current
    for name, entry in project.places or ((("", None)),):
        yield (
            project.name,
            name,
            words.path(entry.section) if entry else "",
            project.label or "",
            *((current.stars, current.forks, current.commits) if current else ("", "", "")),
            _instant(current.taken_at if current else None),
            repository.head_committed_on or "",
            _instant(repository.created_at),
            repository.language or "",
            repository.license or "",
            repository.is_archived,
            project.missing.reason if project.missing else "",
            project.spike,
            project.acceleration,
        )


def _changes(project: Project) -> Iterable[tuple[object, ...]]:
    for window, change in sorted(project.changes.items()):
        start = (project.name, window.days)
        match change:
            case Change(baseline=a, current=b):
                counts = (_instant(a.taken_at), a.stars, _instant(b.taken_at), b.stars)
                yield (*start, *counts, change.gain, change.forks_gain, change.commits_gain, "")
            case Unknown():
                yield (*start, "", "", "", "", "", "", "", change)


def _instant(value: datetime | None) -> str:
    return words.iso(value) if value else ""
