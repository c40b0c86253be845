"""Files below `data/`: tables as CSV for downloads, and data as scripts for the pages."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from startrack.model.changes import Change, Unknown
from startrack.model.history import RetainedStars
from startrack.model.report import Project, SiteReport
from startrack.store import csv_codec
from startrack.wording import dates, phrases

__all__ = [
    "changes_csv",
    "projects_csv",
    "render_script",
    "retained_csv",
    "table_rows",
]


_PROJECT_COLUMNS: Final = (
    *("repo", "repo_id", "list", "section", "label", "stars", "forks", "commits", "counted_at", "last_commit_on"),
    *("created_at", "language", "license", "is_archived", "missing", "spike", "acceleration"),
)
_CHANGE_COLUMNS: Final = (
    *("repo", "repo_id", "label", "window_days", "baseline_at", "baseline_stars", "current_at", "current_stars"),
    *("gain", "forks_gain", "commits_gain", "unknown"),
)

# `json` itself escapes everything beyond ASCII, including U+2028 and U+2029.
_SCRIPT_ESCAPES: Final = str.maketrans({"<": r"\u003c", ">": r"\u003e", "&": r"\u0026"})

_Row = tuple[object, ...]


def projects_csv(report: SiteReport) -> str:
    """Return a row for each project and list that has it."""
    return _render_csv(_PROJECT_COLUMNS, _project_rows(report))


def changes_csv(report: SiteReport) -> str:
    """Return a row for each project and window, with the two counts of the change."""
    return _render_csv(_CHANGE_COLUMNS, _change_rows(report))


def retained_csv(levels: Sequence[RetainedStars]) -> str:
    """Return a row for each week of one project's retained stars."""
    return csv_codec.write(("week_until", "retained_stars"), ((level.day, level.stars) for level in levels))


def table_rows(report: SiteReport) -> dict[str, Iterable[_Row]]:
    """Return the rows of the tables `projects`, `changes` and `histories`, which has the counts of each project."""
    return {"projects": _project_rows(report), "changes": _change_rows(report), "histories": _history_rows(report)}


def render_script(function: str, *arguments: object) -> str:
    """Return a script that calls `startrack.FUNCTION` with the arguments as JSON.

    It is safe in HTML for any arguments. Data are scripts instead of plain JSON because pages
    opened from `file://` may load scripts, but may not fetch files.
    """
    texts = ",".join(json.dumps(argument, separators=(",", ":"), sort_keys=True) for argument in arguments)
    return f"startrack.{function}({texts.translate(_SCRIPT_ESCAPES)});\n"


def _render_csv(columns: Sequence[str], rows: Iterable[_Row]) -> str:
    texts = ([dates.iso(cell) if isinstance(cell, datetime) else cell for cell in row] for row in rows)
    return csv_codec.write(columns, texts)


def _project_rows(report: SiteReport) -> Iterator[_Row]:
    for project in _sorted_by_name(report):
        repository, current = project.repository, project.current
        for list_name, entry in project.places or ((None, None),):
            yield (
                *_identity(project),
                list_name,
                phrases.section_path(entry.section) if entry else None,
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


def _change_rows(report: SiteReport) -> Iterator[_Row]:
    for project in _sorted_by_name(report):
        for window, change in sorted(project.changes.items()):
            start = (*_identity(project), project.label, window.days)
            match change:
                case Change(baseline=baseline, current=current):
                    counts = (baseline.taken_at, baseline.stars, current.taken_at, current.stars)
                    yield (*start, *counts, change.gain, change.forks_gain, change.commits_gain, None)
                case Unknown():
                    yield (*start, *(None,) * 7, change.value)


def _history_rows(report: SiteReport) -> Iterator[_Row]:
    for project in _sorted_by_name(report):
        if counts := report.counts(project):
            figures = (counts.stars.tolist(), list(counts.forks), list(counts.commits))
            yield (*_identity(project), project.label, counts.times, *figures)


def _sorted_by_name(report: SiteReport) -> list[Project]:
    return sorted(report.projects, key=lambda project: project.name.lower())


def _identity(project: Project) -> tuple[str, int | None]:
    """Return a project's name and id. Only the id is unique."""
    return project.name, project.repository.repo_id or None
