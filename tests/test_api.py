"""The documents for programs: what they say is what the report knows, in the shape that their schema promises."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import reports
from startrack.dashboards import build
from startrack.dashboards.api.schema import DOCUMENTS
from startrack.model.changes import Change
from startrack.model.report import SiteReport

GOLDEN = Path(__file__).parent / "golden"
FOLDER = "api/v1/"


def documents(report: SiteReport) -> dict[str, Any]:
    """Return the documents of a report by name, read."""
    files = build.build(report)
    return {path.removeprefix(FOLDER): json.loads(files[path]) for path in files if path.startswith(FOLDER)}


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    """Return the documents of a report with everything in it."""
    return documents(reports.full())


@pytest.mark.parametrize("name", ["full", "young", "empty", "filled"])
def test_every_document_keeps_to_its_schema(name: str) -> None:
    """Each by its own definition, with nothing in it that is not described."""
    found = documents(getattr(reports, name)())
    schema = found.pop("schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert found.keys() == DOCUMENTS.keys()
    for document, kind in DOCUMENTS.items():
        validator = jsonschema.Draft202012Validator({**schema, "anyOf": [{"$ref": f"#/$defs/{kind.__name__}"}]})
        validator.validate(found[document])
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**found[document], "more": 1})


def test_the_index_names_what_there_is(full: dict[str, Any]) -> None:
    """Every document and every feed."""
    files = build.build(reports.full())
    assert full["index.json"]["documents"].keys() == full.keys()
    assert sorted(full["index.json"]["feeds"].values()) == sorted(
        path for path in files if path.startswith("feeds/") and path != "feeds/movers.xml"
    )


def test_projects_are_those_of_the_report(full: dict[str, Any]) -> None:
    """All of them, with their figures, and pages that are there."""
    files, told = build.build(reports.full()), {each["repo"]: each for each in full["projects.json"]["projects"]}
    for project in reports.full().projects:
        found = told.pop(project.name)
        assert found["stars"] == (project.current.stars if project.current else None)
        for window, change in project.changes.items():
            gain = change.gain if isinstance(change, Change) else None
            assert found["changes"][str(window)]["gain"] == gain
        assert found["page"] in files
    assert not told


def test_what_is_not_known_says_why(full: dict[str, Any]) -> None:
    """No figure is null without a reason, and none has a reason beside it."""
    for project in full["projects.json"]["projects"]:
        figures = ("stars", "forks", "commits", "counted_at", "first_counted_at", "acceleration")
        assert {name for name in figures if project[name] is None} == project["notes"].keys()
        for change in project["changes"].values():
            assert (None in {change[name] for name in change if name != "note"}) == (change["note"] is not None)
    notes = {each["repo"]: each["notes"].get("stars") for each in full["projects.json"]["projects"]}
    assert str(notes["never/seen"]).startswith("blocked after a copyright (DMCA) notice")
    assert documents(reports.empty())["lists.json"]["lists"][0]["notes"] == {"stars": "not counted"}


def test_labels_stand_beside_figures(full: dict[str, Any]) -> None:
    """Whoever reads one row alone still knows that it is simulated."""
    ranked = [
        row
        for window in full["movers.json"]["windows"]
        for name in ("rising", "gained", "lost")
        for row in window[name]
    ]
    rows = [*full["projects.json"]["projects"], *full["events.json"]["events"], *ranked]
    assert {row["label"] for row in rows if row["repo"] == "made/up"} == {"simulated"}
    assert len([row for row in rows if row["repo"] == "made/up"]) > 5


def test_rankings_hold_together(full: dict[str, Any]) -> None:
    """Gains fall, losses rise, and nobody who lost has gained; each list has rankings of its own."""
    movers = full["movers.json"]
    assert {each["list"] for each in movers["windows"]} == {None, "first", "second"}
    for each in movers["windows"]:
        gained, lost = ([row["gain"] for row in each[name]] for name in ("gained", "lost"))
        assert gained == sorted(gained, reverse=True)
        assert lost == sorted(lost)
        assert min(gained, default=1) > 0 > max(lost, default=-1)
    assert [each["week"] for each in movers["weeks"]][:4] == ["2026-W47", "2026-W46", "2026-W45", "2026-W44"]


def test_the_schema_is_as_agreed(full: dict[str, Any]) -> None:
    """What version 1 promises; within it, fields are only added."""
    assert full["schema.json"] == json.loads((GOLDEN / "api-schema.json").read_text(encoding="utf-8"))


def test_a_document_is_as_agreed() -> None:
    """The bytes of the events: a line each, so that a day more changes few lines."""
    text = build.build(reports.full())[f"{FOLDER}events.json"]
    assert text == (GOLDEN / "events.json").read_text(encoding="utf-8")
