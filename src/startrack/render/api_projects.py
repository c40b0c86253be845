"""Projects as the API tells them."""

from datetime import datetime
from typing import Any

from startrack import models
from startrack.models import Entry, Unknown, Window
from startrack.render import words
from startrack.render.api_documents import Change, Place, Project
from startrack.render.site import Site

__all__ = ["project", "rounded"]

_DECIMALS = 4
_TOO_FEW = "too few weeks are known, or the last brought fewer than five stars"


def project(site: Site, told: models.Project) -> Project:
    """Return one project with its figures, and the reasons of those that are not known."""
    repository, figures = told.repository, _figures(told)
    committed = None if told.is_empty else repository.head_committed_on
    return Project(
        repo=told.name,
        repo_id=repository.repo_id or None,
        url=repository.url or words.address(told.name),
        page=site.page(told),
        is_namesake=told.is_namesake,
        label=told.label,
        lists=tuple(_place(name, entry) for name, entry in told.places),
        description=repository.description,
        language=repository.language,
        license=repository.license,
        topics=told.details.topics if told.details else (),
        created_at=_instant(repository.created_at),
        is_archived=repository.is_archived,
        archived_at=_instant(repository.archived_at),
        last_commit_on=words.day(committed) if committed else None,
        missing=told.missing.reason if told.missing else None,
        changes={str(window): _change(change, window) for window, change in told.changes.items()},
        spike=told.spike,
        notes={name: _why(told, name) for name, value in figures.items() if value is None} | _no_commit(told),
        **figures,
    )


def _figures(told: models.Project) -> dict[str, Any]:
    current = told.current
    return {
        "stars": current.stars if current else None,
        "forks": current.forks if current else None,
        "commits": current.commits if current else None,
        "counted_at": _instant(current.taken_at if current else None),
        "first_counted_at": _instant(told.first_seen),
        "acceleration": rounded(told.acceleration),
    }


def _no_commit(told: models.Project) -> dict[str, str]:
    return {"last_commit_on": "none: the repository is empty"} if told.is_empty else {}


def _why(told: models.Project, figure: str) -> str:
    if told.current is None:
        return words.missing(told.missing) if told.missing else Unknown.NOT_COUNTED
    return _TOO_FEW if figure == "acceleration" else "not known"


def _place(name: str, entry: Entry) -> Place:
    return Place(list=name, title=entry.title, section=entry.section, url=entry.url, line=entry.line)


def _change(change: models.Change | Unknown, window: Window) -> Change:
    if isinstance(change, Unknown):
        return Change(**dict.fromkeys(Change.model_fields) | {"note": change.value})
    return Change(
        gain=change.gain,
        gain_per_day=rounded(change.per_day),
        percent=rounded(change.percent),
        forks_gain=change.forks_gain,
        commits_gain=change.commits_gain,
        baseline_at=_instant(change.baseline.taken_at),
        note=_note(change, window),
    )


def _note(change: models.Change, window: Window) -> str | None:
    reasons = {"percent: the baseline has no stars": change.percent, "commits_gain: not known": change.commits_gain}
    missing = (reason for reason, value in reasons.items() if value is None)
    return "; ".join(filter(None, (words.over(window, change.elapsed), *missing))) or None


def rounded(value: float | None) -> float | None:
    """Return a figure to the decimals that mean anything."""
    return None if value is None else round(value, _DECIMALS)


def _instant(value: datetime | None) -> str | None:
    return words.iso(value) if value else None
