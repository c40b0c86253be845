"""The page of health: what of the lists asks for a look, and what to do about it."""

from collections.abc import Sequence
from datetime import datetime

from startrack.models import Project
from startrack.render import cells, health_words, words
from startrack.render.contexts import Cell, Link
from startrack.render.health_contexts import FindingRow, Health, KindOf, PlaceOf, Tally
from startrack.render.site import Site, chips, labelled, shell
from startrack.trends import health
from startrack.trends.health import Finding, Kind, Place

__all__ = ["health_page"]

_PATH = "health.html"


def health_page(site: Site) -> Health:
    """Return what the page shows: a figure for every kind, and the findings of those that have any."""
    found = health.findings(site.report)
    by_kind = {kind: [finding for finding in found if finding.kind is kind] for kind in Kind}
    return Health(
        shell=shell(site, "Health", _PATH, labelled(site.report.lists)),
        sentence=_sentence(site.report.projects, found),
        tallies=tuple(_tally(site, kind, findings) for kind, findings in by_kind.items()),
        kinds=tuple(_kind(site, kind, findings) for kind, findings in by_kind.items() if findings),
        limits=_limits(site),
    )


def _sentence(projects: Sequence[Project], found: Sequence[Finding]) -> str:
    if not any(project.current or project.missing for project in projects):
        return "Nothing has been counted yet, so nothing is known of any project's health."
    listed = words.count(len(projects), "project")
    if not found:
        return f"All is well: none of {listed} needs a look."
    touched = {finding.project.key for finding in found}
    return f"{words.count(len(found), 'finding')}, about {words.number(len(touched))} of {listed}."


def _tally(site: Site, kind: Kind, findings: Sequence[Finding]) -> Tally:
    """Return the number of a kind; 0 is one only where something was asked."""
    is_known = any(project.current or project.missing for project in site.report.projects)
    number = Cell(words.number(len(findings))) if is_known else cells.unknown("nothing counted yet")
    return Tally(Link(kind.value.capitalize(), f"#{_anchor(kind)}" if findings else ""), number)


def _anchor(kind: Kind) -> str:
    return kind.name.lower()


def _kind(site: Site, kind: Kind, findings: Sequence[Finding]) -> KindOf:
    return KindOf(
        anchor=_anchor(kind),
        title=kind.value.capitalize(),
        about=health_words.ABOUT[kind],
        rows=tuple(_row(site, finding) for finding in findings),
    )


def _row(site: Site, finding: Finding) -> FindingRow:
    return FindingRow(
        link=site.link(finding.project),
        chips=tuple(chip for chip in chips(finding.project) if chip.kind == "label"),
        places=tuple(_place(site, place) for place in finding.places),
        seen=health_words.seen(finding),
        when=_when(finding),
        advice=health_words.advice(finding),
        instead=health_words.instead(finding),
    )


def _place(site: Site, place: Place) -> PlaceOf:
    sections = place.entry.sections or (place.entry.section,)
    told = "; ".join(words.path(section) for section in sections)
    return PlaceOf(Link(place.list_name, site.list_page(place.list_name)), words.clipped(told, 300), place.entry.line)


def _when(finding: Finding) -> str:
    match finding.at:
        case None:
            return cells.NOT_AVAILABLE
        case datetime() as at:
            return words.instant(at)
        case day:
            return words.day(day)


def _limits(site: Site) -> tuple[str, ...]:
    """Return for how many projects a kind could not be told."""
    projects = site.report.projects
    undated = sum(words.last_commit(project) is None for project in projects)
    short = sum(project.repository.repo_id not in site.report.bursts for project in projects)
    told = {
        "The last commit is not known of {}, so nobody can say whether they are inactive.": undated,
        "The whole history is not known of {}, so a burst in it would not show.": short,
    }
    return tuple(text.format(words.count(number, "project")) for text, number in told.items() if number)
