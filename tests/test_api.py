"""The API: its documents match the report and the published schema."""

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
    """Return the parsed documents of a report by name."""
    files = build.build(report)
    return {path.removeprefix(FOLDER): json.loads(files[path]) for path in files if path.startswith(FOLDER)}


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    """Return the documents of the full report."""
    return documents(reports.full())


@pytest.mark.parametrize("name", ["full", "young", "empty", "filled"])
def test_every_document_matches_its_schema(name: str) -> None:
    """Each document is valid by its own definition, which allows no other fields."""
    files = documents(getattr(reports, name)())
    schema = files.pop("schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert files.keys() == DOCUMENTS.keys()
    for document, model in DOCUMENTS.items():
        validator = jsonschema.Draft202012Validator({**schema, "anyOf": [{"$ref": f"#/$defs/{model.__name__}"}]})
        validator.validate(files[document])
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**files[document], "more": 1})


def test_the_index_has_every_document_and_feed(full: dict[str, Any]) -> None:
    """The movers feed is not in the index, as it belongs to no list."""
    files = build.build(reports.full())
    assert full["index.json"]["documents"].keys() == full.keys()
    assert sorted(full["index.json"]["feeds"].values()) == sorted(
        path for path in files if path.startswith("feeds/") and path != "feeds/movers.xml"
    )


def test_projects_match_the_report(full: dict[str, Any]) -> None:
    """Every project has the report's figures, and its page exists."""
    files = build.build(reports.full())
    documents_by_name = {document["repo"]: document for document in full["projects.json"]["projects"]}
    for project in reports.full().projects:
        document = documents_by_name.pop(project.name)
        assert document["stars"] == (project.current.stars if project.current else None)
        for window, change in project.changes.items():
            gain = change.gain if isinstance(change, Change) else None
            assert document["changes"][str(window)]["gain"] == gain
        assert document["page"] in files
    assert not documents_by_name


def test_unknown_figures_have_a_reason(full: dict[str, Any]) -> None:
    """A figure has a note if and only if it is null."""
    for project in full["projects.json"]["projects"]:
        figures = ("stars", "forks", "commits", "counted_at", "first_counted_at", "acceleration")
        assert {name for name in figures if project[name] is None} == project["notes"].keys()
        for change in project["changes"].values():
            assert (None in {change[name] for name in change if name != "note"}) == (change["note"] is not None)
    notes = {project["repo"]: project["notes"].get("stars") for project in full["projects.json"]["projects"]}
    assert str(notes["never/seen"]).startswith("blocked after a copyright (DMCA) notice")
    assert documents(reports.empty())["lists.json"]["lists"][0]["notes"] == {"stars": "not counted"}


def test_labels_are_beside_figures(full: dict[str, Any]) -> None:
    """Every row of a simulated project has the label."""
    ranked = [
        row
        for window in full["movers.json"]["windows"]
        for name in ("rising", "gained", "lost")
        for row in window[name]
    ]
    rows = [*full["projects.json"]["projects"], *full["events.json"]["events"], *ranked]
    assert {row["label"] for row in rows if row["repo"] == "made/up"} == {"simulated"}
    assert len([row for row in rows if row["repo"] == "made/up"]) > 5


def test_rankings_are_consistent(full: dict[str, Any]) -> None:
    """Gains and losses are sorted, and each list has its own rankings."""
    movers = full["movers.json"]
    assert {window["list"] for window in movers["windows"]} == {None, "first", "second"}
    for window in movers["windows"]:
        gained, lost = ([row["gain"] for row in window[name]] for name in ("gained", "lost"))
        assert gained == sorted(gained, reverse=True)
        assert lost == sorted(lost)
        assert min(gained, default=1) > 0 > max(lost, default=-1)
    assert [week["week"] for week in movers["weeks"]][:4] == ["2026-W47", "2026-W46", "2026-W45", "2026-W44"]


def test_the_schema_is_the_golden_file(full: dict[str, Any]) -> None:
    """Within version 1, fields are only added."""
    assert full["schema.json"] == json.loads((GOLDEN / "api-schema.json").read_text(encoding="utf-8"))


def test_the_events_are_the_golden_file() -> None:
    """Each event has a line of its own, so that a new day changes few lines."""
    text = build.build(reports.full())[f"{FOLDER}events.json"]
    assert text == (GOLDEN / "events.json").read_text(encoding="utf-8")
