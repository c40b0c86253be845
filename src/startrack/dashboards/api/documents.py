"""Fills the API's documents from a report, and renders them and their schema as JSON."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from startrack.dashboards.api import schema
from startrack.dashboards.api.schema import DOCUMENTS, VERSION, Document
from startrack.dashboards.feeds.feeds import event_id
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
from startrack.readme.weekly import RANKING_LENGTH, WeeklyDigest, weekly_digest
from startrack.trends import ranking, windows
from startrack.wording import coverage, dates, events, figures, phrases, reasons

__all__ = [
    "FOLDER",
    "render_documents",
]


FOLDER: Final = f"api/v{VERSION}/"

_SCHEMA_NAME: Final = "schema.json"
_SCHEMA_DESCRIPTION: Final = "The JSON schema of all documents, with a definition for each."
_DECIMALS: Final = 4
_NO_ACCELERATION: Final = "too few weeks are known, or the last week gained fewer than five stars"


def render_documents(site: Site, scopes: Sequence[Scope]) -> dict[str, str]:
    """Return every document and their schema, by path."""
    report = site.report
    head = Document(version=VERSION, title=report.title, as_of=dates.iso(report.as_of)).model_dump()
    documents: tuple[Document, ...] = (
        schema.Index(**head, base_url=report.base_url, documents=_descriptions(), feeds=_feed_paths(site, scopes)),
        schema.Lists(**head, lists=tuple(_list(scope) for scope in _list_scopes(scopes))),
        schema.Projects(**head, projects=tuple(_project(site, project) for project in report.projects)),
        schema.Movers(**head, windows=tuple(_rankings(report, scopes)), weeks=tuple(_weeks(report, scopes))),
        schema.Events(**head, events=tuple(_event(report, event) for event in report.events)),
    )
    texts = {name: _render(document) for name, document in zip(DOCUMENTS, documents, strict=True)}
    return {FOLDER + name: text for name, text in {**texts, _SCHEMA_NAME: _render_schema()}.items()}


def _render(document: Document) -> str:
    """Return a document as JSON with a line for each item of a list, so that a new day changes few lines."""
    fields = (f"{json.dumps(name)}: {_render_value(value)}" for name, value in document.model_dump(mode="json").items())
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _render_value(value: object) -> str:
    if not isinstance(value, list):
        return json.dumps(value)
    lines = ",\n".join(json.dumps(item, separators=(",", ":")) for item in value)
    return f"[\n{lines}\n]" if lines else "[]"


@cache
def _render_schema() -> str:
    """Return one JSON schema that accepts each document, with a definition by the name of its class."""
    _, definitions = models_json_schema(
        [(model, "serialization") for model in DOCUMENTS.values()],
        title="startrack",
        description=schema.__doc__,
    )
    references = [{"$ref": f"#/$defs/{model.__name__}"} for model in DOCUMENTS.values()]
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**dialect, **definitions, "anyOf": references}, indent=2) + "\n"


def _descriptions() -> dict[str, str]:
    return {**{name: model.__doc__ or "" for name, model in DOCUMENTS.items()}, _SCHEMA_NAME: _SCHEMA_DESCRIPTION}


def _feed_paths(site: Site, scopes: Sequence[Scope]) -> dict[str, str]:
    return {"": ALL_FEED, **{scope.lists[0].name: site.feed(scope.path) for scope in _list_scopes(scopes)}}


def _list_scopes(scopes: Sequence[Scope]) -> list[Scope]:
    return [scope for scope in scopes if len(scope.lists) == 1]


def _list(scope: Scope) -> schema.Listed:
    (listed,) = scope.lists
    stars = [project.current.stars for project in scope.projects if project.current]
    return schema.Listed(
        name=listed.name,
        source=listed.source,
        label=listed.label,
        projects=len(scope.projects) + len(scope.uncounted),
        counted=len(stars),
        stars=sum(stars) if stars else None,
        notes={} if stars else {"stars": Unknown.NOT_COUNTED.value},
    )


def _project(site: Site, project: Project) -> schema.Project:
    repository, figures = project.repository, _project_figures(project)
    last_commit = None if project.is_empty else repository.head_committed_on
    return schema.Project(
        repo=project.name,
        repo_id=repository.repo_id or None,
        url=repository.url or phrases.github_url(project.name),
        page=site.page(project),
        is_namesake=project.is_namesake,
        label=project.label,
        lists=tuple(_place(list_name, entry) for list_name, entry in project.places),
        description=repository.description,
        language=repository.language,
        license=repository.license,
        topics=project.details.topics if project.details else (),
        created_at=_instant(repository.created_at),
        is_archived=repository.is_archived,
        archived_at=_instant(repository.archived_at),
        last_commit_on=dates.day(last_commit) if last_commit else None,
        missing=project.missing.reason if project.missing else None,
        changes={str(window): _change(change, window) for window, change in project.changes.items()},
        spike=project.spike,
        notes=_project_notes(project, figures),
        **figures,
    )


def _project_figures(project: Project) -> dict[str, Any]:
    current = project.current
    return {
        "stars": current.stars if current else None,
        "forks": current.forks if current else None,
        "commits": current.commits if current else None,
        "counted_at": _instant(current.taken_at if current else None),
        "first_counted_at": _instant(project.first_seen),
        "acceleration": _rounded(project.acceleration),
    }


def _project_notes(project: Project, figures: dict[str, Any]) -> dict[str, str]:
    notes = {name: _why_unknown(project, name) for name, value in figures.items() if value is None}
    return {**notes, "last_commit_on": "none: the repository is empty"} if project.is_empty else notes


def _why_unknown(project: Project, figure: str) -> str:
    if project.current is None:
        return reasons.missing(project.missing) if project.missing else Unknown.NOT_COUNTED
    return _NO_ACCELERATION if figure == "acceleration" else "not known"


def _place(list_name: str, entry: Entry) -> schema.Place:
    return schema.Place(list=list_name, title=entry.title, section=entry.section, url=entry.url, line=entry.line)


def _change(change: Change | Unknown, window: Window) -> schema.Change:
    if isinstance(change, Unknown):
        return schema.Change(**dict.fromkeys(schema.Change.model_fields) | {"note": change.value})
    return schema.Change(
        gain=change.gain,
        gain_per_day=_rounded(change.per_day),
        percent=_rounded(change.percent),
        forks_gain=change.forks_gain,
        commits_gain=change.commits_gain,
        baseline_at=_instant(change.baseline.taken_at),
        note=_change_note(change, window),
    )


def _change_note(change: Change, window: Window) -> str | None:
    values = {"percent: the baseline has no stars": change.percent, "commits_gain: not known": change.commits_gain}
    missing = (reason for reason, value in values.items() if value is None)
    return "; ".join(filter(None, (figures.actual_days(window, change.elapsed), *missing))) or None


def _rankings(report: SiteReport, scopes: Sequence[Scope]) -> Iterator[schema.Ranked]:
    """Yield the rankings of all lists, then of each list, over every window."""
    for scope in scopes:
        for window in report.windows:
            yield schema.Ranked(
                window=str(window),
                list=_list_name(scope),
                known=len(coverage.known_changes(scope.projects, window)),
                of=len(scope.projects),
                rising=_ranking(ranking.rising(scope.projects, window), window),
                gained=_ranking(ranking.gaining(scope.projects, window), window),
                lost=_ranking(ranking.losing(scope.projects, window), window),
            )


def _weeks(report: SiteReport, scopes: Sequence[Scope]) -> Iterator[schema.Week]:
    """Yield the latest weeks of all lists, then of each list, newest first."""
    for scope in scopes:
        for week in report.weeks[: windows.LATEST_WEEKS]:
            yield _week(scope, weekly_digest(week, (listed.name for listed in scope.lists)))


def _week(scope: Scope, digest: WeeklyDigest) -> schema.Week:
    return schema.Week(
        week=digest.week.name,
        first_day=dates.day(digest.week.monday),
        last_day=dates.day(digest.week.sunday),
        list=_list_name(scope),
        known=len(digest.gains),
        of=digest.listed,
        rising=_ranking(digest.rising, WEEK_WINDOW),
        lost=_ranking(digest.losing, WEEK_WINDOW),
    )


def _list_name(scope: Scope) -> str | None:
    return None if scope.is_all_lists else scope.lists[0].name


def _ranking(gains: Sequence[ranking.ProjectGain], window: Window) -> tuple[schema.Moved, ...]:
    top = enumerate(gains[:RANKING_LENGTH], start=1)
    return tuple(_ranked_project(rank, project, change, window) for rank, (project, change) in top)


def _ranked_project(rank: int, project: Project, change: Change, window: Window) -> schema.Moved:
    return schema.Moved(
        rank=rank,
        repo=project.name,
        repo_id=project.repository.repo_id,
        label=project.label,
        stars=change.current.stars,
        gain=change.gain,
        percent=_rounded(change.percent),
        note=figures.actual_days(window, change.elapsed) or None,
    )


_COMMON_FIELDS: Final = ("id", "kind", "at", "repo", "repo_id", "lists", "label", "text", "detail")
_FIELDS_BY_KIND: Final = [name for name in schema.Event.model_fields if name not in _COMMON_FIELDS]


def _event(report: SiteReport, event: Event) -> schema.Event:
    return schema.Event(
        id=event_id(report, event),
        kind=event.kind,
        at=dates.iso(event.at),
        repo=event.repo,
        repo_id=event.repo_id,
        lists=event.lists,
        label=event.label,
        text=events.predicate(event),
        detail=events.detail(event),
        **dict.fromkeys(_FIELDS_BY_KIND) | _event_fields(event.detail),
    )


def _event_fields(detail: EventDetail) -> dict[str, Any]:
    """Return the fields that only events of this kind have."""
    match detail:
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


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


def _instant(value: datetime | None) -> str | None:
    return dates.iso(value) if value else None
