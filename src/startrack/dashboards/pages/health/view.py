"""The health page: what needs attention in the lists, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Chip, Link, Shell
from startrack.dashboards.site import Site, build_shell, list_labels, project_chips
from startrack.model.report import Project
from startrack.trends import health
from startrack.trends.health import Finding, Kind, Place
from startrack.wording import dates, figures, phrases
from startrack.wording import findings as wording_findings

__all__ = [
    "EntryLocation",
    "FindingGroup",
    "FindingRow",
    "HealthPage",
    "KindCount",
    "health_page",
]


@dataclass(frozen=True, slots=True)
class EntryLocation:
    """Where a list names the project: the list's page, the section, the line."""

    list: Link
    section: str
    line: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; `instead` are the links that should stand in its entries, where these are known."""

    link: Link
    chips: tuple[Chip, ...]
    places: tuple[EntryLocation, ...]
    seen: str
    when: str
    advice: str
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many findings of a kind there are, with a link to them where there are any."""

    link: Link
    number: Cell


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Every finding of one kind."""

    anchor: str
    title: str
    about: str
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class HealthPage:
    """What of the lists asks for a look; `sentence` sums it up, and `limits` says what nobody knows."""

    shell: Shell
    sentence: str
    tallies: tuple[KindCount, ...]
    kinds: tuple[FindingGroup, ...]
    limits: tuple[str, ...]


_PATH = "health.html"


def health_page(site: Site) -> HealthPage:
    """Return what the page shows: a figure for every kind, and the findings of those that have any."""
    found = health.findings(site.report)
    by_kind = {kind: [finding for finding in found if finding.kind is kind] for kind in Kind}
    return HealthPage(
        shell=build_shell(site, "Health", _PATH, list_labels(site.report.lists)),
        sentence=_sentence(site.report.projects, found),
        tallies=tuple(_tally(site, kind, findings) for kind, findings in by_kind.items()),
        kinds=tuple(_kind(site, kind, findings) for kind, findings in by_kind.items() if findings),
        limits=_limits(site),
    )


def _sentence(projects: Sequence[Project], found: Sequence[Finding]) -> str:
    if not any(project.current or project.missing for project in projects):
        return "Nothing has been counted yet, so nothing is known of any project's health."
    listed = figures.count(len(projects), "project")
    if not found:
        return f"All is well: none of {listed} needs a look."
    touched = {finding.project.key for finding in found}
    return f"{figures.count(len(found), 'finding')}, about {figures.number(len(touched))} of {listed}."


def _tally(site: Site, kind: Kind, findings: Sequence[Finding]) -> KindCount:
    """Return the number of a kind; 0 is one only where something was asked."""
    is_known = any(project.current or project.missing for project in site.report.projects)
    number = Cell(figures.number(len(findings))) if is_known else components.unknown_cell("nothing counted yet")
    return KindCount(Link(kind.value.capitalize(), f"#{_anchor(kind)}" if findings else ""), number)


def _anchor(kind: Kind) -> str:
    return kind.name.lower()


def _kind(site: Site, kind: Kind, findings: Sequence[Finding]) -> FindingGroup:
    return FindingGroup(
        anchor=_anchor(kind),
        title=kind.value.capitalize(),
        about=wording_findings.DESCRIPTIONS[kind],
        rows=tuple(_row(site, finding) for finding in findings),
    )


def _row(site: Site, finding: Finding) -> FindingRow:
    return FindingRow(
        link=site.link(finding.project),
        chips=tuple(chip for chip in project_chips(finding.project) if chip.kind == "label"),
        places=tuple(_place(site, place) for place in finding.places),
        seen=wording_findings.evidence(finding),
        when=_when(finding),
        advice=wording_findings.advice(finding),
        instead=wording_findings.replacement_links(finding),
    )


def _place(site: Site, place: Place) -> EntryLocation:
    sections = place.entry.section_paths
    told = "; ".join(phrases.section_path(section) for section in sections)
    return EntryLocation(
        Link(place.list_name, site.list_page(place.list_name)), phrases.clipped(told, 300), place.entry.line
    )


def _when(finding: Finding) -> str:
    match finding.at:
        case None:
            return components.NOT_AVAILABLE
        case datetime() as at:
            return dates.instant(at)
        case day:
            return dates.day(day)


def _limits(site: Site) -> tuple[str, ...]:
    """Return for how many projects a kind could not be told."""
    projects = site.report.projects
    undated = sum(phrases.last_commit(project) is None for project in projects)
    short = sum(project.repository.repo_id not in site.report.bursts for project in projects)
    told = {
        "The last commit is not known of {}, so nobody can say whether they are inactive.": undated,
        "The whole history is not known of {}, so a burst in it would not show.": short,
    }
    return tuple(text.format(figures.count(number, "project")) for text, number in told.items() if number)
