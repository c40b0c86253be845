"""The health page: what needs attention in the lists, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Chip, Link, Shell
from startrack.dashboards.site import Site, build_shell, list_labels, project_chips
from startrack.trends import health
from startrack.trends.health import Finding, Kind, Place
from startrack.wording import figures, phrases
from startrack.wording import findings as wording_findings

__all__ = ["EntryLocation", "FindingGroup", "FindingRow", "HealthPage", "KindCount", "health_page"]

_PATH = "health.html"


@dataclass(frozen=True, slots=True)
class EntryLocation:
    """The location of a list entry: the list's page, the section and the line."""

    list: Link
    section: str
    line: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; `replacements` are the links that its entries should have, if known."""

    link: Link
    chips: tuple[Chip, ...]
    locations: tuple[EntryLocation, ...]
    evidence: str
    when: str
    advice: str
    replacements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindCount:
    """The number of findings of a kind, with a link to them if there are any."""

    link: Link
    number: Cell


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """The findings of one kind."""

    anchor: str
    title: str
    description: str
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class HealthPage:
    """The health page: `sentence` sums up the findings, `limits` names the checks that some projects lack data for.

    `ignored` says what the configuration leaves out.
    """

    shell: Shell
    sentence: str
    ignored: tuple[str, ...]
    kind_counts: tuple[KindCount, ...]
    groups: tuple[FindingGroup, ...]
    limits: tuple[str, ...]


def health_page(site: Site) -> HealthPage:
    """Return the health page: the number of findings of every kind, then the findings."""
    review = health.review(site.report)
    by_kind = {kind: [finding for finding in review.findings if finding.kind is kind] for kind in Kind}
    return HealthPage(
        shell=build_shell(site, "Health", _PATH, list_labels(site.report.lists)),
        sentence=wording_findings.summary(site.report.projects, review),
        ignored=wording_findings.ignored(review),
        kind_counts=tuple(_kind_count(site, kind, of_kind) for kind, of_kind in by_kind.items()),
        groups=tuple(_group(site, kind, of_kind) for kind, of_kind in by_kind.items() if of_kind),
        limits=wording_findings.limits(site.report),
    )


def _kind_count(site: Site, kind: Kind, findings: Sequence[Finding]) -> KindCount:
    """Return the number of findings of a kind, which is unknown before the first count."""
    is_known = any(project.current or project.missing for project in site.report.projects)
    number = Cell(figures.number(len(findings))) if is_known else components.unknown_cell("nothing counted yet")
    return KindCount(Link(kind.value.capitalize(), f"#{_anchor(kind)}" if findings else ""), number)


def _anchor(kind: Kind) -> str:
    return kind.name.lower()


def _group(site: Site, kind: Kind, findings: Sequence[Finding]) -> FindingGroup:
    return FindingGroup(
        anchor=_anchor(kind),
        title=kind.value.capitalize(),
        description=wording_findings.DESCRIPTIONS[kind],
        rows=tuple(_row(site, finding) for finding in findings),
    )


def _row(site: Site, finding: Finding) -> FindingRow:
    return FindingRow(
        link=site.link(finding.project),
        chips=tuple(chip for chip in project_chips(finding.project) if chip.kind == "label"),
        locations=tuple(_location(site, place) for place in finding.places),
        evidence=wording_findings.evidence(finding),
        when=wording_findings.when(finding) or components.NOT_AVAILABLE,
        advice=wording_findings.advice(finding),
        replacements=wording_findings.replacement_links(finding),
    )


def _location(site: Site, place: Place) -> EntryLocation:
    sections = "; ".join(phrases.section_path(section) for section in place.entry.section_paths)
    link = Link(place.list_name, site.list_page(place.list_name))
    return EntryLocation(link, phrases.clipped(sections, 300), place.entry.line)
