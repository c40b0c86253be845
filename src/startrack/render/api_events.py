"""Events as the API tells them: one shape for all kinds, with the fields of the others null."""

from typing import Any

from startrack.happened import Added, Crossed, Event, Happening, Lost, Removed, Renamed, Returned, Revived
from startrack.models import Report
from startrack.render import api_documents, happenings, words
from startrack.render.feeds import event_id

__all__ = ["event"]

_ALWAYS = ("id", "kind", "at", "repo", "repo_id", "lists", "label", "text", "detail")
_SOMETIMES = [name for name in api_documents.Event.model_fields if name not in _ALWAYS]


def event(report: Report, told: Event) -> api_documents.Event:
    """Return one event."""
    return api_documents.Event(
        id=event_id(report, told),
        kind=told.kind,
        at=words.iso(told.at),
        repo=told.repo,
        repo_id=told.repo_id,
        lists=told.lists,
        label=told.label,
        text=happenings.predicate(told),
        detail=happenings.detail(told),
        **dict.fromkeys(_SOMETIMES) | _fields(told.what),
    )


def _fields(what: Happening) -> dict[str, Any]:
    match what:
        case Crossed(milestone=milestone, stars=stars, before=before):
            return {"milestone": milestone, "stars": stars, "stars_before": before}
        case Added(section=section) | Removed(section=section):
            return {"section": section}
        case Revived(quiet_since=since, quiet_until=until):
            return {"quiet_since": words.iso(since), "quiet_until": words.iso(until)}
        case Renamed(old=old, new=new):
            return {"old_name": old, "new_name": new}
        case Lost(reason=reason) | Returned(reason=reason):
            return {"reason": reason}
        case _:
            return {}
