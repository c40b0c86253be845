"""The block with what needs attention in the lists: how many findings of each kind, and the first of them."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from startrack.readme import attributes, markdown
from startrack.readme.context import NOT_COUNTED, Context
from startrack.trends import health
from startrack.trends.health import Finding
from startrack.wording import dates, figures, phrases
from startrack.wording import findings as wording_findings

__all__ = ["ATTRIBUTES", "render"]


ATTRIBUTES: Final = ("list", "limit")
"""The attributes of the block."""

_DEFAULT_LIMIT: Final = 10


def render(values: Mapping[str, str], context: Context) -> list[str]:
    """Return the lines of the block; findings that break a link come first. Raises BlockError."""
    attributes.check(values, ATTRIBUTES)
    report = context.report
    list_name, limit = attributes.list_name(values, report), attributes.limit(values, _DEFAULT_LIMIT)
    _, projects = attributes.projects(report, list_name, None)
    counted = [project.current.taken_at for project in projects if project.current]
    if not counted and not any(project.missing for project in projects):
        return [NOT_COUNTED]
    review = health.review(report)
    findings = [finding for finding in review.findings if _lists(finding, list_name)]
    ignored = sum(bool(_lists(finding, list_name)) for finding in review.ignored)
    left_out = f" {wording_findings.left_out(ignored)}" if ignored else ""
    footnote = markdown.footnote(f"as of {dates.day(max(counted, default=report.as_of))}")
    listed = figures.count(len(projects), "project")
    if not findings:
        return [f"No findings: none of {listed} needs attention.{left_out}", "", footnote]
    numbers = Counter(finding.kind for finding in findings)
    kinds = ", ".join(f"{figures.number(number)} {kind}" for kind, number in numbers.items())
    has_lists = list_name is None and len(report.lists) > 1
    shown = [_finding(finding, context, has_lists=has_lists) for finding in findings[:limit]]
    if more := len(findings) - len(shown):
        shown.append(f"and {figures.number(more)} more")
    sentence = f"{figures.count(len(findings), 'finding')} about {listed}: {kinds}.{left_out}"
    return [sentence, "", *markdown.lines(shown), "", footnote]


def _lists(finding: Finding, list_name: str | None) -> list[str]:
    """Return the lists whose entries a finding is about, of those that are asked for."""
    names = dict.fromkeys(place.list_name for place in finding.places)
    return [name for name in names if list_name in (None, name)]


def _finding(finding: Finding, context: Context, *, has_lists: bool) -> str:
    """Return a finding as one line. It has no line numbers, because filling the blocks of a list changes these."""
    lists = f" ({markdown.escape(phrases.joined(_lists(finding, None)))})" if has_lists else ""
    text = markdown.escape(f"{finding.kind.value}: {wording_findings.evidence(finding)}")
    return f"{context.link(finding.project)}{lists} · {text}"
