"""Findings in words: what was seen, and what to do about it."""

from collections.abc import Mapping, Sequence
from typing import Final

from startrack.model.changes import Change
from startrack.model.history import Burst
from startrack.model.lists import Entry
from startrack.model.report import NameTakeover, Project
from startrack.model.repository import Missing, Reason, name_key
from startrack.trends.health import (
    MAX_SHARE_AFTER_BURST,
    MIN_BURST_SHARE,
    MIN_BURST_STARS,
    Finding,
    Kind,
    replacement_url,
)
from startrack.wording import dates, figures, phrases, reasons

__all__ = [
    "DESCRIPTIONS",
    "advice",
    "evidence",
    "replacement_links",
]


DESCRIPTIONS: Final[Mapping[Kind, str]] = {
    Kind.GONE: "GitHub finds no repository under the name: deleted, made private, or never there.",
    Kind.BLOCKED: "GitHub does not show the repository: a copyright (DMCA) notice, a breach of its terms, or single "
    "sign-on that the token has not passed.",
    Kind.MOVED: "The name leads to a repository that the token cannot see.",
    Kind.DISABLED: "GitHub has switched the repository off.",
    Kind.LOCKED: "GitHub keeps the repository locked, as while it is being moved.",
    Kind.RECREATED: "The name now leads to another repository than it did before.",
    Kind.RENAMED: "The list still has an earlier name; GitHub redirects until somebody takes that name.",
    Kind.ARCHIVED: "The owner closed the repository to changes.",
    Kind.DUPLICATE: "Several entries of a list, or several of its sections, lead to one repository.",
    Kind.INACTIVE: "No commit on the default branch for a year; of an empty repository, none since it was created.",
    Kind.FORK: "The repository is a fork of another one.",
    Kind.MIRROR: "The repository mirrors one that is kept elsewhere.",
    Kind.SPIKY: "One day holds more than half of the 30-day gain.",
    Kind.BURST: f"{MIN_BURST_SHARE:.0%} or more of all stars of the whole known history, at least {MIN_BURST_STARS}, "
    f"came within 14 days, and the 14 days after them brought less than {MAX_SHARE_AFTER_BURST:.0%} of that.",
}

_ADVICE: Final[Mapping[Kind, str]] = {
    Kind.GONE: "Remove the entry, or link to where the project lives now.",
    Kind.BLOCKED: "Remove the entry, or link to where the project lives now.",
    Kind.MOVED: "Open the link, see where it leads, and replace it; or remove the entry.",
    Kind.DISABLED: "Remove the entry if it stays switched off.",
    Kind.LOCKED: "Remove the entry if it stays locked.",
    Kind.RECREATED: "Look whether this is still the project that was meant.",
    Kind.RENAMED: "Replace the link.",
    Kind.ARCHIVED: "Remove the entry, or mark it as archived.",
    Kind.INACTIVE: "Look whether it is finished or given up; remove the entry, or mark it as unmaintained.",
    Kind.FORK: "Link to the original, unless the fork is meant.",
    Kind.MIRROR: "Link to the original, unless the mirror is meant: stars and forks may be elsewhere.",
    Kind.SPIKY: "Nothing to change in the list. Look what happened that day before reading the gain as a trend.",
    Kind.BURST: "Nothing to change in the list. Look what is left of the interest before going by the stars.",
}

_SEEN: Final[Mapping[Kind, str]] = {
    Kind.DISABLED: "switched off by GitHub",
    Kind.LOCKED: "locked by GitHub",
    Kind.ARCHIVED: "archived by its owner",
    Kind.INACTIVE: "its last commit",
    Kind.FORK: "a fork",
    Kind.MIRROR: "a mirror",
    Kind.SPIKY: "more than half of the 30-day gain within one day",
}


def evidence(finding: Finding) -> str:
    """Return what was seen, with the figures and days it rests on."""
    project = finding.project
    match finding.evidence:
        case NameTakeover() as takeover:
            return _taken(takeover)
        case Burst() as burst:
            return _burst(burst)
        case Change() as change:
            return f"{figures.signed(change.gain)} stars in 30 days, more than half of them within one day"
        case None:
            return _plain(finding, project)


def advice(finding: Finding) -> str:
    """Return what to do about it."""
    match finding.kind, finding.evidence:
        case Kind.DUPLICATE, _:
            return _keep_one(finding)
        case Kind.RECREATED, NameTakeover() as takeover:
            return f"{_ADVICE[Kind.RECREATED]} The one before was last seen as {takeover.before}."
        case Kind.BLOCKED, _ if finding.project.missing and finding.project.missing.reason is Reason.SAML:
            return "Let the token pass the organisation's single sign-on, or look by hand: readers may see it."
        case kind, _:
            return _ADVICE[kind]


def replacement_links(finding: Finding) -> tuple[str, ...]:
    """Return the links that should stand in the entries of a renamed project, each once."""
    if finding.kind is not Kind.RENAMED:
        return ()
    links = (replacement_url(place.entry, finding.project.name) for place in finding.places)
    return tuple(dict.fromkeys(phrases.clipped(link, 200) for link in links))


def _plain(finding: Finding, project: Project) -> str:
    match finding.kind, project.missing:
        case ((Kind.GONE | Kind.BLOCKED | Kind.MOVED), Missing() as missing):
            last = f"; last counted {dates.day(project.current.taken_at)}" if project.current else "; never counted"
            return phrases.clipped(reasons.missing(missing), 200) + last
        case Kind.RENAMED, _:
            old = dict.fromkeys(place.entry.repo for place in finding.places)
            return f"listed as {phrases.joined(list(old))}, now {project.name}"
        case Kind.DUPLICATE, _:
            return _repeats(finding)
        case Kind.INACTIVE, _ if project.is_empty:
            return "empty: created then, and no commit since"
        case kind, _:
            return _SEEN[kind]


def _taken(takeover: NameTakeover) -> str:
    return (
        f"{takeover.name} led to another repository until {dates.day(takeover.until)}, "
        f"to this one since {dates.day(takeover.since)}"
    )


def _burst(burst: Burst) -> str:
    of = (
        f"the ≈ {figures.number(burst.total)} stars retained"
        if burst.retained
        else f"its {figures.number(burst.total)} stars"
    )
    return (
        f"{dates.day(burst.first)} to {dates.day(burst.last)} brought {figures.number(burst.stars)}, "
        f"{figures.number(burst.percent)}% of {of} up to {dates.day(burst.until)}; the 14 days after it "
        f"{figures.signed(burst.after)}"
    )


def _repeats(finding: Finding) -> str:
    names = list(dict.fromkeys(place.entry.repo for place in finding.places))
    if len(names) > 1:
        return f"{phrases.joined(names)} lead to one repository"
    most = max(len(place.entry.sections) for place in finding.places)
    return f"one link, in {figures.count(most, 'section')}" if most > 1 else "several entries lead to it"


def _keep_one(finding: Finding) -> str:
    """Return which entries to remove: all but the one with the name of today, or else the first of each list."""
    by_list: dict[str, list[Entry]] = {}
    for place in finding.places:
        by_list.setdefault(place.list_name, []).append(place.entry)
    return " ".join(_remove(finding.project, name, entries) for name, entries in by_list.items())


def _remove(project: Project, list_name: str, entries: Sequence[Entry]) -> str:
    kept = next((each for each in entries if name_key(each.repo) == name_key(project.name)), entries[0])
    if len(entries) == 1:
        first, *others = (phrases.clipped(phrases.section_path(section), 100) for section in kept.sections)
        return f"Remove it from {phrases.joined(others)} in {list_name}, and keep it in {first}, unless all are meant."
    extra = [f"{_quoted(each.title)} at line {figures.number(each.line)}" for each in entries if each is not kept]
    return (
        f"Remove {phrases.joined(extra)} of {list_name}, and keep {_quoted(kept.title)} at line "
        f"{figures.number(kept.line)}, unless all are meant."
    )


def _quoted(title: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{phrases.clipped(title, 60)}\N{RIGHT DOUBLE QUOTATION MARK}"
