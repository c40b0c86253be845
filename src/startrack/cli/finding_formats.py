"""How findings are written: as rows, in SARIF for code scanning, and as annotations of GitHub Actions."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from startrack import output
from startrack.cli import formats
from startrack.cli.formats import Cell, Rows
from startrack.model.findings import Kind
from startrack.trends.health import Finding, Place
from startrack.wording import findings as wording
from startrack.wording import phrases
from startrack.workflows.health import HealthResult

__all__ = ["FindingFormat", "annotations", "write"]

_COLUMNS: Final = (
    "finding",
    "repo",
    "list",
    "file",
    "line",
    "title",
    "section",
    "url",
    "evidence",
    "since",
    "advice",
    "new_url",
)
_BROKEN: Final = frozenset({Kind.GONE, Kind.BLOCKED, Kind.MOVED})
_ONLY_FIGURES: Final = frozenset({Kind.SPIKY, Kind.BURST})
# GitHub shows ten annotations of a kind for a step.
_MOST_ANNOTATIONS: Final = 9
_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_FINGERPRINT: Final = "startrackFinding/v1"


class FindingFormat(StrEnum):
    """An output format of findings."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    ANNOTATIONS = "annotations"


def write(result: HealthResult, form: FindingFormat) -> str:
    """Return the findings in a format, without a line break at the end; annotations have a function of their own."""
    match form:
        case FindingFormat.TABLE:
            return formats.write(
                Rows(("finding", "repo", "where", "evidence"), list(_lines(result))), formats.Format.TABLE
            )
        case FindingFormat.MARKDOWN:
            columns = ("finding", "repo", "where", "evidence", "advice")
            return formats.write(Rows(columns, list(_short_rows(result))), formats.Format.MARKDOWN)
        case FindingFormat.SARIF:
            return _sarif(result)
        case _:
            return formats.write(Rows(_COLUMNS, list(_rows(result))), formats.Format(form))


def _rows(result: HealthResult) -> Iterator[tuple[Cell, ...]]:
    """Yield a row for each entry that a finding is about."""
    for finding in result.review.findings:
        for place in finding.places:
            yield (
                finding.kind.value,
                finding.project.title,
                place.list_name,
                result.files.get(place.list_name),
                place.entry.line,
                place.entry.title,
                place.entry.section,
                place.entry.url,
                wording.evidence(finding),
                finding.at.isoformat() if finding.at else None,
                wording.advice(finding),
                wording.replacement_link(finding, place),
            )


def _short_rows(result: HealthResult) -> Iterator[tuple[Cell, ...]]:
    for finding in result.review.findings:
        yield (*_cells(finding, result.files), _advice(finding))


def _lines(result: HealthResult) -> Iterator[tuple[Cell, ...]]:
    """Yield a line for each finding, and below it what to do; findings that ask for the same have it once."""
    findings = result.review.findings
    for finding, after in zip(findings, (*findings, None)[1:], strict=True):
        yield _cells(finding, result.files)
        if after is None or (finding.kind, _advice(finding)) != (after.kind, _advice(after)):
            yield "", "", "", f"→ {_advice(finding)}"


def _cells(finding: Finding, files: Mapping[str, str]) -> tuple[Cell, ...]:
    where = (f"{files.get(place.list_name, place.list_name)}:{place.entry.line}" for place in finding.places)
    return finding.kind.value, finding.project.title, ", ".join(where), wording.evidence(finding)


def _advice(finding: Finding) -> str:
    return " ".join((wording.advice(finding), *wording.replacement_links(finding)))


def annotations(result: HealthResult) -> Iterator[str]:
    """Yield an Actions command for each of the first findings, and one with the number of the others."""
    findings = result.review.findings
    for finding in findings[:_MOST_ANNOTATIONS]:
        place = next((place for place in finding.places if place.list_name in result.files), None)
        yield output.annotation(
            "notice" if finding.kind in _ONLY_FIGURES else "warning",
            finding.kind.value.capitalize(),
            _sentences(finding),
            file=result.files[place.list_name] if place else None,
            line=place.entry.line if place else None,
        )
    if more := len(findings[_MOST_ANNOTATIONS:]):
        yield output.annotation("notice", "startrack", f"{more:,} more findings; `startrack health` has all of them")


def _sentences(finding: Finding) -> str:
    return f"{finding.project.title}: {wording.evidence(finding)}. {_advice(finding)}"


def _sarif(result: HealthResult) -> str:
    """Return the findings in SARIF 2.1.0, with a rule for each kind."""
    rules = [_rule(kind) for kind in Kind]
    driver = {"name": "startrack", "version": version("startrack"), "rules": rules}
    results = [_result(finding, place, result) for finding in result.review.findings for place in finding.places]
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    # ASCII is safe in every encoding. An Actions runner would take `##[` for a command.
    text = json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)
    return text.replace("##", r"#\u0023")


def _rule(kind: Kind) -> dict[str, Any]:
    description, help_text = wording.DESCRIPTIONS[kind], wording.general_advice(kind)
    return {
        "id": _rule_id(kind),
        "name": "".join(word.capitalize() for word in _rule_id(kind).split("-")),
        "shortDescription": {"text": kind.value.capitalize()},
        "fullDescription": {"text": description},
        "help": {"text": f"{description} {help_text}"},
        "defaultConfiguration": {"level": _level(kind)},
    }


def _rule_id(kind: Kind) -> str:
    return kind.value.replace(" ", "-")


def _level(kind: Kind) -> str:
    return "error" if kind in _BROKEN else "note" if kind in _ONLY_FIGURES else "warning"


def _result(finding: Finding, place: Place, result: HealthResult) -> dict[str, Any]:
    key = f"{_rule_id(finding.kind)} {finding.project.key} {place.list_name} {place.entry.repo.lower()}"
    return {
        "ruleId": _rule_id(finding.kind),
        "ruleIndex": list(Kind).index(finding.kind),
        "level": _level(finding.kind),
        "message": {"text": _message(_sentences(finding))},
        "locations": [_location(place, result)],
        "partialFingerprints": {_FINGERPRINT: key},
    }


def _message(text: str) -> str:
    """Return a message that is no link: in SARIF, `[text](address)` is one."""
    return re.sub(r"([\\\[\]])", r"\\\1", text)


def _location(place: Place, result: HealthResult) -> dict[str, Any]:
    """Return where an entry is; one in a list that is not a file has only the list and the section."""
    path: Sequence[str] = (place.list_name, *place.entry.section)
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": phrases.section_path(tuple(path))}]}
    file, entry = result.files.get(place.list_name), place.entry
    if file is not None:
        artifact = {"uri": quote(file, errors="replace"), "uriBaseId": "%SRCROOT%"}
        region = {"startLine": entry.line}
        if entry.span:
            region |= {"byteOffset": entry.span.start, "byteLength": entry.span.end - entry.span.start}
        location["physicalLocation"] = {"artifactLocation": artifact, "region": region}
    return location
