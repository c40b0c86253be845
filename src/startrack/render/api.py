"""The figures for programs: JSON documents with a published schema, beside the pages."""

import json
from collections.abc import Sequence
from typing import Final

from pydantic.json_schema import models_json_schema

from startrack.models import Unknown
from startrack.render import api_documents, api_events, api_movers, api_projects, words
from startrack.render.api_documents import DOCUMENTS, VERSION, Document, Events, Index, Listed, Lists, Movers, Projects
from startrack.render.site import ALL_FEED, Scope, Site

__all__ = ["FOLDER", "documents"]

FOLDER: Final = f"api/v{VERSION}/"
_SCHEMA: Final = "schema.json"


def documents(site: Site, parts: Sequence[Scope]) -> dict[str, str]:
    """Return every document, and the schema of them all, by its path."""
    report = site.report
    head = Document(version=VERSION, title=report.title, as_of=words.iso(report.as_of)).model_dump()
    made: tuple[Document, ...] = (
        Index(**head, base_url=report.base_url, documents=_described(), feeds=_feeds(site, parts)),
        Lists(**head, lists=tuple(_list(part) for part in _of_one_list(parts))),
        Projects(**head, projects=tuple(api_projects.project(site, each) for each in report.projects)),
        Movers(**head, windows=api_movers.windows(report, parts), weeks=api_movers.weeks(report, parts)),
        Events(**head, events=tuple(api_events.event(report, each) for each in report.events)),
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
        projects=len(part.projects) + len(part.unread),
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
        [(kind, "serialization") for kind in DOCUMENTS.values()], title="startrack", description=api_documents.__doc__
    )
    references = [{"$ref": f"#/$defs/{kind.__name__}"} for kind in DOCUMENTS.values()]
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps({**dialect, **definitions, "anyOf": references}, indent=2) + "\n"
