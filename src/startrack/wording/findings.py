"""Health findings as sentences: the problem, its evidence, and the advice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from startrack.model.changes import Change
from startrack.model.findings import IgnoredFinding
from startrack.model.history import Burst
from startrack.model.lists import Entry
from startrack.model.report import LicenceChange, NameTakeover, Project, SiteReport
from startrack.model.repository import Missing, Reason, name_key
from startrack.trends.health import (
    MAX_SHARE_AFTER_BURST,
    MIN_BURST_SHARE,
    MIN_BURST_STARS,
    Finding,
    Kind,
    Place,
    Review,
    replacement_url,
)
from startrack.wording import dates, figures, phrases, reasons

__all__ = [
    "DESCRIPTIONS",
    "advice",
    "evidence",
    "general_advice",
    "ignored",
    "left_out",
    "limits",
    "replacement_link",
    "replacement_links",
    "summary",
    "when",
]


DESCRIPTIONS: Final[Mapping[Kind, str]] = {
    Kind.GONE: "GitHub finds no repository of this name: deleted, made private, or never existed.",
    Kind.BLOCKED: "GitHub does not show the repository, because of a copyright (DMCA) notice or a violation of its "
    "terms, or because the token is not authorised for single sign-on.",
    Kind.MOVED: "The name leads to a repository that the token cannot see.",
    Kind.DISABLED: "GitHub has disabled the repository.",
    Kind.LOCKED: "GitHub has locked the repository, for example while it is being moved.",
    Kind.RECREATED: "The name now belongs to a different repository than before.",
    Kind.RENAMED: "The list still has an earlier name. GitHub redirects it until somebody takes that name.",
    Kind.ARCHIVED: "The owner made the repository read-only, and the list does not say so.",
    Kind.ALIVE: "The list marks the entry as archived or unmaintained, but the repository is not archived and has a "
    "commit of the last half year.",
    Kind.DUPLICATE: "Several entries of a list, or several of its sections, have the same repository.",
    Kind.EMPTY: "The repository has no commit.",
    Kind.INACTIVE: "No commit on the default branch for a year, and the list does not say so.",
    Kind.LICENCE: "In the last 90 days, a run saw another licence than the run before, or none. Earlier changes are "
    "unknown.",
    Kind.FORK: "The repository is a fork of one that has an entry of its own.",
    Kind.MIRROR: "The repository is a mirror of one that is hosted elsewhere.",
    Kind.SPIKY: "More than half of the 30-day gain came on one day.",
    Kind.BURST: f"At least {MIN_BURST_SHARE:.0%} of all stars, and at least {MIN_BURST_STARS} stars, came within 14 "
    f"days. The 14 days after that brought less than {MAX_SHARE_AFTER_BURST:.0%} of that number.",
}

_ADVICE: Final[Mapping[Kind, str]] = {
    Kind.GONE: "Remove the entry, or link to where the project lives now.",
    Kind.BLOCKED: "Remove the entry, or link to where the project lives now.",
    Kind.MOVED: "Open the link to see where it leads, and replace it; or remove the entry.",
    Kind.DISABLED: "Remove the entry if the repository stays disabled.",
    Kind.LOCKED: "Remove the entry if the repository stays locked.",
    Kind.RECREATED: "Check that this is still the project you mean.",
    Kind.RENAMED: "Replace the link.",
    Kind.ARCHIVED: "Remove the entry, or mark it as archived.",
    Kind.ALIVE: "Remove the mark from the entry.",
    Kind.EMPTY: "Remove the entry, unless the project is about to begin.",
    Kind.INACTIVE: "Check whether the project is finished or abandoned. Remove the entry, or mark it as unmaintained.",
    Kind.LICENCE: "Check that the project still fits the list, and what the entry says of its licence.",
    Kind.FORK: "Keep one of the two entries, unless you want to keep both.",
    Kind.MIRROR: "Link to the original, unless you mean the mirror. The original may have other stars and forks.",
    Kind.SPIKY: "Nothing to change in the list. Check what happened that day before you read the gain as a trend.",
    Kind.BURST: "Nothing to change in the list. Check the recent gains before you rely on the number of stars.",
}

_EVIDENCE: Final[Mapping[Kind, str]] = {
    Kind.DISABLED: "disabled by GitHub",
    Kind.LOCKED: "locked by GitHub",
    Kind.ARCHIVED: "archived by its owner",
    Kind.EMPTY: "no commit",
    Kind.MIRROR: "a mirror",
    Kind.SPIKY: "more than half of the 30-day gain on one day",
}


def summary(projects: Sequence[Project], review: Review) -> str:
    """Return in a sentence how many findings there are, about how many of the projects."""
    if not any(project.is_observed for project in projects):
        return "Nothing has been counted yet, so there are no findings."
    listed = figures.count(len(projects), "project")
    if not review.findings:
        return f"No findings: none of {listed} needs attention."
    with_findings = {finding.project.key for finding in review.findings}
    return f"{figures.count(len(review.findings), 'finding')} about {figures.number(len(with_findings))} of {listed}."


def ignored(review: Review) -> tuple[str, ...]:
    """Return sentences about the rules of `[[health.ignore]]`: what they leave out, and which can be removed."""
    return (
        *([left_out(len(review.ignored))] if review.ignored else []),
        *(
            f"{_rule(rule)} ended on {dates.day(rule.until)}: remove it, or set a later day."
            for rule in review.expired
            if rule.until
        ),
        *(f"{_rule(rule)} ignores nothing: remove it." for rule in review.unused),
    )


def left_out(number: int) -> str:
    """Return in a sentence how many findings are ignored."""
    return f"{figures.count(number, 'ignored finding')} {'is' if number == 1 else 'are'} left out."


def _rule(rule: IgnoredFinding) -> str:
    return f"The rule that ignores “{rule.kind}” of {rule.repo}"


def limits(report: SiteReport) -> tuple[str, ...]:
    """Return for how many projects a check has no data."""
    without_commit = sum(phrases.last_commit(project) is None for project in report.projects)
    without_history = sum(project.repository.repo_id not in report.bursts for project in report.projects)
    sentences = {
        "Inactivity: the last commit is unknown for {}.": without_commit,
        "Bursts: the full history is unknown for {}.": without_history,
    }
    return tuple(text.format(figures.count(number, "project")) for text, number in sentences.items() if number)


def when(finding: Finding) -> str | None:
    """Return when a problem was observed, or since when it exists; `None` if that is not known."""
    match finding.at:
        case None:
            return None
        case datetime() as at:
            return dates.instant(at)
        case day:
            return dates.day(day)


def evidence(finding: Finding) -> str:
    """Return the evidence of a finding, with figures and days."""
    project = finding.project
    match finding.evidence:
        case NameTakeover() as takeover:
            return _takeover(takeover)
        case LicenceChange() as licences:
            return f"{phrases.licence(licences.before)} before, {phrases.licence(licences.after) or 'no licence'} now"
        case Burst() as burst:
            return _burst(burst)
        case Change() as change:
            return f"{figures.signed(change.gain)} stars in 30 days, more than half of them on one day"
        case Place() as original:
            return _fork(original)
        case None:
            return _without_evidence(finding, project)


def advice(finding: Finding) -> str:
    """Return the advice for the maintainer of the list."""
    match finding.kind, finding.evidence:
        case Kind.DUPLICATE, _:
            return _keep_one(finding)
        case Kind.RECREATED, NameTakeover() as takeover:
            return f"{_ADVICE[Kind.RECREATED]} The earlier repository was last seen under the name {takeover.before}."
        case Kind.BLOCKED, _ if finding.project.missing and finding.project.missing.reason is Reason.SAML:
            return "Authorise the token for the organisation's single sign-on, or open the link: readers may see it."
        case kind, _:
            return _ADVICE[kind]


def general_advice(kind: Kind) -> str:
    """Return the advice about all findings of a kind."""
    return _ADVICE.get(kind, "Keep one of the entries, unless you want to keep all.")


def replacement_link(finding: Finding, place: Place) -> str | None:
    """Return the new link for an entry of a renamed project, `None` for other findings."""
    if finding.kind is not Kind.RENAMED:
        return None
    return phrases.clipped(replacement_url(place.entry, finding.project.name), 200)


def replacement_links(finding: Finding) -> tuple[str, ...]:
    """Return the new links for the entries of a renamed project, each once; empty for other findings."""
    links = (replacement_link(finding, place) for place in finding.places)
    return tuple(dict.fromkeys(link for link in links if link))


def _without_evidence(finding: Finding, project: Project) -> str:
    match finding.kind, project.missing:
        case ((Kind.GONE | Kind.BLOCKED | Kind.MOVED), Missing() as missing):
            last = f"; last counted {dates.day(project.current.taken_at)}" if project.current else "; never counted"
            return phrases.clipped(reasons.missing(missing), 200) + last
        case Kind.RENAMED, _:
            old_names = dict.fromkeys(place.entry.repo for place in finding.places)
            return f"listed as {phrases.joined(list(old_names))}, now {project.name}"
        case Kind.DUPLICATE, _:
            return _repetition(finding)
        case Kind.ALIVE, _:
            marks = dict.fromkeys(_quoted(place.entry.mark or "") for place in finding.places)
            return f"the list marks it as {phrases.joined(list(marks))}; last commit {phrases.last_commit(project)}"
        case kind, _:
            return _state(kind, project)


def _state(kind: Kind, project: Project) -> str:
    if kind is Kind.INACTIVE:
        return f"last commit {phrases.last_commit(project)}"
    archived_at = project.repository.archived_at if kind is Kind.ARCHIVED else None
    return f"{_EVIDENCE[kind]} on {dates.day(archived_at)}" if archived_at else _EVIDENCE[kind]


def _fork(original: Place) -> str:
    entry = original.entry
    title = "" if name_key(entry.title) == name_key(entry.repo) else f"{_quoted(entry.title)} "
    return f"a fork of {entry.repo}, which is {title}at line {figures.number(entry.line)} of {original.list_name}"


def _takeover(takeover: NameTakeover) -> str:
    return (
        f"{takeover.name} was another repository until {dates.day(takeover.until)}, "
        f"and has been this one since {dates.day(takeover.since)}"
    )


def _burst(burst: Burst) -> str:
    total = figures.number(burst.total)
    all_stars = f"the ≈ {total} retained stars" if burst.retained else f"its {total} stars"
    return (
        f"{figures.signed(burst.stars)} from {dates.day(burst.first)} to {dates.day(burst.last)}, "
        f"{figures.number(burst.percent)}% of {all_stars} up to {dates.day(burst.until)}; "
        f"{figures.signed(burst.after)} in the 14 days after that"
    )


def _repetition(finding: Finding) -> str:
    names = list(dict.fromkeys(place.entry.repo for place in finding.places))
    if len(names) > 1:
        return f"{phrases.joined(names)} are the same repository"
    section_count = max(len(place.entry.sections) for place in finding.places)
    return (
        f"listed in {figures.count(section_count, 'section')}"
        if section_count > 1
        else "several entries have the same link"
    )


def _keep_one(finding: Finding) -> str:
    """Return which entries to remove in each list: all except the one with today's name, or else the first."""
    by_list: dict[str, list[Entry]] = {}
    for place in finding.places:
        by_list.setdefault(place.list_name, []).append(place.entry)
    return " ".join(_remove(finding.project, name, entries) for name, entries in by_list.items())


def _remove(project: Project, list_name: str, entries: Sequence[Entry]) -> str:
    kept = next((entry for entry in entries if name_key(entry.repo) == name_key(project.name)), entries[0])
    if len(entries) == 1:
        first, *others = (phrases.clipped(phrases.section_path(section), 100) for section in kept.sections)
        removed = phrases.joined(others)
        return f"Keep it in {first} of {list_name}, and remove it from {removed}, unless you want to keep all."
    extra = [f"{_quoted(entry.title)} at line {figures.number(entry.line)}" for entry in entries if entry is not kept]
    return (
        f"Keep {_quoted(kept.title)} at line {figures.number(kept.line)} of {list_name}, and remove "
        f"{phrases.joined(extra)}, unless you want to keep all."
    )


def _quoted(title: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{phrases.clipped(title, 60)}\N{RIGHT DOUBLE QUOTATION MARK}"
