"""Files below `data/`: tables as CSV to download, and scripts that carry data to the pages."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from startrack.model.changes import Change, Count, Unknown
from startrack.model.history import RetainedStars
from startrack.model.report import Project, SiteReport
from startrack.store import csv_codec
from startrack.wording import dates, phrases

__all__ = [
    "changes_csv",
    "history_csv",
    "projects_csv",
    "render_script",
    "retained_csv",
    "table_rows",
]


_PROJECTS = (
    *("repo", "repo_id", "list", "section", "label", "stars", "forks", "commits", "counted_at", "last_commit_on"),
    *("created_at", "language", "license", "is_archived", "missing", "spike", "acceleration"),
)
_CHANGES = (
    *("repo", "repo_id", "label", "window_days", "baseline_at", "baseline_stars", "current_at", "current_stars"),
    *("gain", "forks_gain", "commits_gain", "unknown"),
)

_Row = tuple[object, ...]


def projects_csv(report: SiteReport) -> str:
    """Return a line for each project and each list that names it."""
    return _sheet(_PROJECTS, _projects(report))


def changes_csv(report: SiteReport) -> str:
    """Return a line for each project and window, with the two counts that the change lies between."""
    return _sheet(_CHANGES, _changes(report))


def table_rows(report: SiteReport) -> dict[str, Iterable[_Row]]:
    """Return the rows of both, and those of every count, by the name of their table."""
    return {"projects": _projects(report), "changes": _changes(report), "counts": _counts(report)}


def history_csv(counts: Sequence[Count]) -> str:
    """Return a line for each count of one project."""
    lines = ((_instant(c.taken_at), c.stars, c.forks, c.commits) for c in counts)
    return csv_codec.write(("taken_at", "stars", "forks", "commits"), lines)


def retained_csv(levels: Sequence[RetainedStars]) -> str:
    """Return a line for each week of one project's retained stars."""
    return csv_codec.write(("week_until", "retained_stars"), ((level.day, level.stars) for level in levels))


def _sheet(columns: Sequence[str], rows: Iterable[_Row]) -> str:
    return csv_codec.write(columns, ([_instant(c) if isinstance(c, datetime) else c for c in row] for row in rows))


def _projects(report: SiteReport) -> Iterator[_Row]:
    return (row for project in _by_name(report) for row in _project(project))


def _changes(report: SiteReport) -> Iterator[_Row]:
    return (row for project in _by_name(report) for row in _changed(project))


def _counts(report: SiteReport) -> Iterator[_Row]:
    for project in _by_name(report):
        for count in report.history.get(project.repository.repo_id, ()):
            yield (*_named(project), project.label, count.taken_at, count.stars, count.forks, count.commits)


def _named(project: Project) -> tuple[str, int | None]:
    """Return a project's name, which another one may have too, and its number, which none has."""
    return project.name, project.repository.repo_id or None


def _by_name(report: SiteReport) -> list[Project]:
    return sorted(report.projects, key=lambda project: project.name.lower())


def _project(project: Project) -> Iterator[_Row]:
    repository, current = project.repository, project.current
    for name, entry in project.places or ((None, None),):
        yield (
            *_named(project),
            name,
            phrases.path(entry.section) if entry else None,
            project.label,
            *((current.stars, current.forks, current.commits) if current else (None, None, None)),
            current.taken_at if current else None,
            None if project.is_empty else repository.head_committed_on,
            repository.created_at,
            repository.language,
            repository.license,
            repository.is_archived,
            project.missing.reason.value if project.missing else None,
            project.spike,
            project.acceleration,
        )


def _changed(project: Project) -> Iterator[_Row]:
    for window, change in sorted(project.changes.items()):
        start = (*_named(project), project.label, window.days)
        match change:
            case Change(baseline=a, current=b):
                counts = (a.taken_at, a.stars, b.taken_at, b.stars)
                yield (*start, *counts, change.gain, change.forks_gain, change.commits_gain, None)
            case Unknown():
                yield (*start, *(None,) * 7, change.value)


def _instant(value: datetime) -> str:
    return dates.iso(value)


# Escaped by `json` already: everything beyond ASCII, so U+2028 and U+2029 too.
_ESCAPES: Final = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})


def render_script(function: str, *arguments: object) -> str:
    """Return a script that calls `startrack.FUNCTION` with the arguments.

    A script and not plain JSON: pages opened from `file://` may load scripts but fetch nothing.
    """
    written = ",".join(json.dumps(argument, separators=(",", ":"), sort_keys=True) for argument in arguments)
    return f"startrack.{function}({written.translate(_ESCAPES)});\n"
