"""The figures for programs: JSON documents with a published schema, beside the pages."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from startrack.dashboards.api import schema
from startrack.dashboards.api.schema import (
    DOCUMENTS,
    VERSION,
    Document,
    Events,
    Index,
    Listed,
    Lists,
    Moved,
    Movers,
    Place,
    Projects,
    Ranked,
    Week,
)
from startrack.dashboards.feeds.feeds import event_id
from startrack.dashboards.pages.digest.weekly import RANKING_LENGTH, WeeklyDigest, weekly_digest
from startrack.dashboards.site import ALL_FEED, Scope, Site
from startrack.model.changes import WEEK_WINDOW, Change, Unknown, Window
from startrack.model.events import (
    Added,
    Event,
    EventDetail,
    Lost,
    MilestoneReached,
    Removed,
    Renamed,
    Returned,
    Revived,
)
from startrack.model.lists import Entry
from startrack.model.report import Project, SiteReport
from startrack.trends import ranking
from startrack.trends import windows as trends_windows
from startrack.wording import coverage, dates, events, figures, phrases, reasons

__all__ = [
    "FOLDER",
    "event",
    "project",
    "render_documents",
    "rounded",
    "weeks",
    "windows",
]


FOLDER: Final = f"api/v{VERSION}/"
_SCHEMA: Final = "schema.json"


def render_documents(site: Site, parts: Sequence[Scope]) -> dict[str, str]:
    """Return every document, and the schema of them all, by its path."""
    report = site.report
    head = Document(version=VERSION, title=report.title, as_of=dates.iso(report.as_of)).model_dump()
    made: tuple[Document, ...] = (
        Index(**head, base_url=report.base_url, documents=_described(), feeds=_feeds(site, parts)),
        Lists(**head, lists=tuple(_list(part) for part in _of_one_list(parts))),
        Projects(**head, projects=tuple(project(site, each) for each in report.projects)),
        Movers(**head, windows=windows(report, parts), weeks=weeks(report, parts)),
        Events(**head, events=tuple(event(report, each) for each in report.events)),
    )
    texts = {name: _text(document) for name, document in zip(DOCUMENTS, made, strict=True)}
    return {FOLDER + name: text for name, text in {**texts, _SCHEMA: _schema()}.items()}


def _described() -> dict[str, str]:
    told = {name: (kind.__doc__ or "") for name, kind in DOCUMENTS.items()}
    return {**told, _SCHEMA: "The JSON schema of all of them, one definition each."}


def _feeds(site: Site, parts: Sequence[Scope]) -> dict[str, str]:
    of_lists = {part.lists[0].name: site.feed(part.path) for part in _of_one_list(parts)}
    return {"": ALL_FEED, **of_lists}


def _of_one_list(parts: Sequence[Scope]) -> list[Scope]:
    return [part for part in parts if len(part.lists) == 1]


def _list(part: Scope) -> Listed:
    (listed,) = part.lists
    stars = [project.current.stars for project in part.projects if project.current]
    return Listed(
        name=listed.name,
        source=listed.source,
        label=listed.label,
        projects=len(part.projects) + len(part.uncounted),
        counted=len(stars),
        stars=sum(stars) if stars else None,
        notes={} if stars else {"stars": Unknown.NOT_COUNTED.value},
    )


# ── As text ──────────────────────────────────────────────────────────────────────────────────────────────


def _text(document: Document) -> str:
    """Return a document with each item of a list on a line of its own: a day more changes few lines."""
    fields = (f"{json.dumps(name)}: {_value(value)}" for name, value in document.model_dump(mode="json").items())
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _value(value: object) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in value)
    return f"[\n{lines}\n]" if lines else "[]"


def _schema() -> str:
    """Return the schema of all documents as one, with a definition by the name of each."""
    _, definitions = models_json_schema(
        [(kind, "serialization") for kind in DOCUMENTS.values()],
        title="startrack",
        description=schema.__doc__,
    )
    references = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in DOCUMENTS.values()]
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**dialect, **definitions, "anyOf": references}, indent=2) + "\n"


_DECIMALS = 4
_TOO_FEW = "too few weeks are known, or the last brought fewer than five stars"


def project(site: Site, told: Project) -> schema.Project:
    """Return one project with its figures, and the reasons of those that are not known."""
    repository, figures = told.repository, _figures(told)
    committed = None if told.is_empty else repository.head_committed_on
    return schema.Project(
        repo=told.name,
        repo_id=repository.repo_id or None,
        url=repository.url or phrases.github_url(told.name),
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
        last_commit_on=dates.day(committed) if committed else None,
        missing=told.missing.reason if told.missing else None,
        changes={str(window): _change(change, window) for window, change in told.changes.items()},
        spike=told.spike,
        notes={name: _why(told, name) for name, value in figures.items() if value is None} | _no_commit(told),
        **figures,
    )


def _figures(told: Project) -> dict[str, Any]:
    current = told.current
    return {
        "stars": current.stars if current else None,
        "forks": current.forks if current else None,
        "commits": current.commits if current else None,
        "counted_at": _instant(current.taken_at if current else None),
        "first_counted_at": _instant(told.first_seen),
        "acceleration": rounded(told.acceleration),
    }


def _no_commit(told: Project) -> dict[str, str]:
    return {"last_commit_on": "none: the repository is empty"} if told.is_empty else {}


def _why(told: Project, figure: str) -> str:
    if told.current is None:
        return reasons.missing(told.missing) if told.missing else Unknown.NOT_COUNTED
    return _TOO_FEW if figure == "acceleration" else "not known"


def _place(name: str, entry: Entry) -> Place:
    return Place(list=name, title=entry.title, section=entry.section, url=entry.url, line=entry.line)


def _change(change: Change | Unknown, window: Window) -> schema.Change:
    if isinstance(change, Unknown):
        return schema.Change(**dict.fromkeys(schema.Change.model_fields) | {"note": change.value})
    return schema.Change(
        gain=change.gain,
        gain_per_day=rounded(change.per_day),
        percent=rounded(change.percent),
        forks_gain=change.forks_gain,
        commits_gain=change.commits_gain,
        baseline_at=_instant(change.baseline.taken_at),
        note=_note(change, window),
    )


def _note(change: Change, window: Window) -> str | None:
    reasons = {"percent: the baseline has no stars": change.percent, "commits_gain: not known": change.commits_gain}
    missing = (reason for reason, value in reasons.items() if value is None)
    return "; ".join(filter(None, (figures.actual_days(window, change.elapsed), *missing))) or None


def rounded(value: float | None) -> float | None:
    """Return a figure to the decimals that mean anything."""
    return None if value is None else round(value, _DECIMALS)


def _instant(value: datetime | None) -> str | None:
    return dates.iso(value) if value else None


def windows(report: SiteReport, parts: Sequence[Scope]) -> tuple[Ranked, ...]:
    """Return the rankings of all lists, then of each, over every window."""
    return tuple(_ranked(part, window) for part in parts for window in report.windows)


def weeks(report: SiteReport, parts: Sequence[Scope]) -> tuple[Week, ...]:
    """Return the latest weeks of all lists, then of each, newest first."""
    return tuple(
        _week(part, weekly_digest(week, (listed.name for listed in part.lists)))
        for part in parts
        for week in report.weeks[: trends_windows.LATEST_WEEKS]
    )


def _ranked(part: Scope, window: Window) -> Ranked:
    return Ranked(
        window=str(window),
        list=_name(part),
        known=len(coverage.known_changes(part.projects, window)),
        of=len(part.projects),
        rising=_moved(ranking.rising(part.projects, window), window),
        gained=_moved(ranking.gaining(part.projects, window), window),
        lost=_moved(ranking.losing(part.projects, window), window),
    )


def _week(part: Scope, told: WeeklyDigest) -> Week:
    return Week(
        week=told.week.name,
        first_day=dates.day(told.week.monday),
        last_day=dates.day(told.week.sunday),
        list=_name(part),
        known=len(coverage.known_changes(told.projects, WEEK_WINDOW)),
        of=len(told.projects),
        rising=_moved(told.rising, WEEK_WINDOW),
        lost=_moved(told.losing, WEEK_WINDOW),
    )


def _name(part: Scope) -> str | None:
    return None if part.is_all_lists else part.lists[0].name


def _moved(found: Sequence[ranking.ProjectGain], window: Window) -> tuple[Moved, ...]:
    return tuple(_one(place, *each, window) for place, each in enumerate(found[:RANKING_LENGTH], start=1))


def _one(place: int, project: Project, change: Change, window: Window) -> Moved:
    return Moved(
        rank=place,
        repo=project.name,
        repo_id=project.repository.repo_id,
        label=project.label,
        stars=change.current.stars,
        gain=change.gain,
        percent=rounded(change.percent),
        note=figures.actual_days(window, change.elapsed) or None,
    )


_ALWAYS = ("id", "kind", "at", "repo", "repo_id", "lists", "label", "text", "detail")
_SOMETIMES = [name for name in schema.Event.model_fields if name not in _ALWAYS]


def event(report: SiteReport, told: Event) -> schema.Event:
    """Return one event."""
    return schema.Event(
        id=event_id(report, told),
        kind=told.kind,
        at=dates.iso(told.at),
        repo=told.repo,
        repo_id=told.repo_id,
        lists=told.lists,
        label=told.label,
        text=events.predicate(told),
        detail=events.detail(told),
        **dict.fromkeys(_SOMETIMES) | _fields(told.what),
    )


def _fields(what: EventDetail) -> dict[str, Any]:
    match what:
        case MilestoneReached(milestone=milestone, stars=stars, before=before):
            return {"milestone": milestone, "stars": stars, "stars_before": before}
        case Added(section=section) | Removed(section=section):
            return {"section": section}
        case Revived(quiet_since=since, quiet_until=until):
            return {"quiet_since": dates.iso(since), "quiet_until": dates.iso(until)}
        case Renamed(old=old, new=new):
            return {"old_name": old, "new_name": new}
        case Lost(reason=reason) | Returned(reason=reason):
            return {"reason": reason}
        case _:
            return {}
