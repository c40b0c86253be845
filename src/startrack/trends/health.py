"""Findings about the health of a list: at most one for each project and kind, with evidence and date."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from startrack.model.changes import Change, Unknown
from startrack.model.events import DORMANT_AFTER, MAX_EVENT_AGE
from startrack.model.findings import IgnoredFinding, Kind
from startrack.model.history import Burst, ListingDate
from startrack.model.lists import Entry
from startrack.model.report import LicenceChange, NameTakeover, Project, SiteReport
from startrack.model.repository import Reason, name_key
from startrack.trends.projects import SPIKE_WINDOW

__all__ = [
    "INACTIVE_AFTER",
    "MAX_SHARE_AFTER_BURST",
    "MIN_BURST_SHARE",
    "MIN_BURST_STARS",
    "Finding",
    "Kind",
    "Place",
    "Review",
    "burst_reach",
    "findings",
    "is_alive",
    "is_ended_burst",
    "replacement_url",
    "review",
]


# A year without a commit.
INACTIVE_AFTER = timedelta(days=365)

# A burst has at least this share of all stars and at least this many stars. It ended if the days after it had less
# than this share of its stars.
MIN_BURST_SHARE = 0.4
MIN_BURST_STARS = 50
MAX_SHARE_AFTER_BURST = 0.1

# Retained stars are known for ended weeks, and not every project's history is fetched every week.
_HISTORY_DELAY = timedelta(days=28)


_MISSING: Mapping[Reason, Kind] = {
    Reason.NOT_FOUND: Kind.GONE,
    Reason.DMCA: Kind.BLOCKED,
    Reason.TOS: Kind.BLOCKED,
    Reason.SAML: Kind.BLOCKED,
    Reason.MOVED: Kind.MOVED,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A list that has a project, and the project's entry there."""

    list_name: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem of one project that needs attention.

    `places` are the entries it is about, in the order of the lists. `at` is when the problem was observed, or since
    when it exists; `None` if that is not known. `evidence` is the takeover, change or burst that the finding is
    based on, or the entry that the project is a fork of.
    """

    kind: Kind
    project: Project
    places: tuple[Place, ...]
    at: datetime | date | None
    evidence: NameTakeover | LicenceChange | Change | Burst | Place | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """The findings that need attention, and those that the configuration ignores.

    `expired` are the rules whose last day is over, and `unused` the others that ignore nothing.
    """

    findings: tuple[Finding, ...]
    ignored: tuple[Finding, ...] = ()
    expired: tuple[IgnoredFinding, ...] = ()
    unused: tuple[IgnoredFinding, ...] = ()


_Check = Callable[[SiteReport, Project], Finding | None]


def findings(report: SiteReport) -> tuple[Finding, ...]:
    """Return every finding that is not ignored, by kind and then by name."""
    return review(report).findings


def review(report: SiteReport) -> Review:
    """Return the findings, by kind and then by name, and what became of the rules that ignore some of them."""
    every = _every_finding(report)
    expired = tuple(rule for rule in report.ignored if rule.until and rule.until < report.as_of.date())
    valid = [rule for rule in report.ignored if rule not in expired]
    rules = [[rule for rule in valid if _is_about(rule, finding)] for finding in every]
    used = {rule for matching in rules for rule in matching}
    return Review(
        findings=tuple(finding for finding, matching in zip(every, rules, strict=True) if not matching),
        ignored=tuple(finding for finding, matching in zip(every, rules, strict=True) if matching),
        expired=expired,
        unused=tuple(rule for rule in valid if rule not in used),
    )


def _is_about(rule: IgnoredFinding, finding: Finding) -> bool:
    """Return whether a rule names a finding by its kind and by a name of its repository, in the list or today's."""
    names = (finding.project.name, *(place.entry.repo for place in finding.places))
    return rule.kind is finding.kind and name_key(rule.repo) in map(name_key, names)


def _every_finding(report: SiteReport) -> tuple[Finding, ...]:
    # What the store knows of a project that was not counted by then, it learned later.
    counted = [project for project in report.projects if project.is_observed]
    results = (*(check(report, project) for project in counted for check in _CHECKS), *_forks(report, counted))
    order = {kind: position for position, kind in enumerate(Kind)}
    return tuple(
        sorted(
            (finding for finding in results if finding),
            key=lambda finding: (
                order[finding.kind],
                finding.project.name.lower(),
                finding.project.repository.repo_id,
            ),
        ),
    )


def burst_reach(as_of: datetime) -> date:
    """Return the day up to which the retained stars of a project must be known to look for bursts in them."""
    return (as_of - _HISTORY_DELAY).date()


def is_ended_burst(burst: Burst) -> bool:
    """Return whether a burst is large and the next fourteen days had less than a tenth of its stars."""
    is_large = burst.stars >= max(MIN_BURST_STARS, MIN_BURST_SHARE * burst.total)
    return is_large and burst.after < MAX_SHARE_AFTER_BURST * burst.stars


def replacement_url(entry: Entry, name: str) -> str:
    """Return the link of an entry with today's name of the repository; the rest of the link stays."""
    old = re.escape(entry.repo)
    link, changed = re.subn(
        rf"^(https?://(?:www\.)?github\.com/){old}(?=$|[/?#.])",
        lambda match: match[1] + name,
        entry.url,
        count=1,
        flags=re.IGNORECASE,
    )
    return link if changed else f"https://github.com/{name}"


def _places(project: Project) -> tuple[Place, ...]:
    return tuple(Place(name, entry) for name, entry in project.places)


def _counted_at(project: Project) -> datetime | None:
    return project.current.taken_at if project.current else None


def _missing(_report: SiteReport, project: Project) -> Finding | None:
    kind = _missing_kind(project)
    return Finding(kind, project, _places(project), project.missing_at) if kind else None


def _missing_kind(project: Project) -> Kind | None:
    """Return the kind of finding of a project that GitHub does not show; `None` also for a request that failed."""
    return _MISSING.get(project.missing.reason) if project.missing else None


def _flagged(_report: SiteReport, project: Project) -> Finding | None:
    """Find the first flag that GitHub sets for the repository."""
    repository = project.repository
    flags = {
        Kind.DISABLED: repository.is_disabled,
        Kind.LOCKED: repository.is_locked,
        Kind.MIRROR: repository.is_mirror,
    }
    kind = next((kind for kind, is_set in flags.items() if is_set), None)
    return Finding(kind, project, _places(project), _counted_at(project)) if kind else None


def _forks(report: SiteReport, counted: Iterable[Project]) -> Iterator[Finding]:
    """Yield the forks of other entries, where GitHub shows both: of one that is gone, there is nothing to choose.

    A fork of a repository that no list has is none of them.
    """
    by_id = {project.repository.repo_id: project for project in report.projects if project.repository.repo_id}
    never_counted = {
        name_key(entry.repo): project
        for project in report.projects
        if not project.repository.repo_id
        for _, entry in project.places
    }
    for project in counted:
        details = project.details
        if details is None or details.parent is None or not project.repository.is_fork or _missing_kind(project):
            continue
        original = by_id.get(details.parent_id or 0) or never_counted.get(name_key(details.parent))
        if original and not _missing_kind(original):
            yield Finding(Kind.FORK, project, _places(project), _counted_at(project), _original(original, project))


def _original(original: Project, fork: Project) -> Place:
    """Return the entry of an original: that in a list which has the fork too, if there is one."""
    return next((place for place in _places(original) if place.list_name in fork.list_names), _places(original)[0])


def _recreated(report: SiteReport, project: Project) -> Finding | None:
    """Find a name that another repository took over in the last ninety days, while a list had it."""
    takeovers = (takeover for takeover in report.takeovers if takeover.repo_id == project.repository.repo_id)
    recent_takeovers = {
        name_key(takeover.name): takeover for takeover in takeovers if takeover.since > report.as_of - MAX_EVENT_AGE
    }
    places = tuple(
        place
        for place in _places(project)
        if (takeover := recent_takeovers.get(name_key(place.entry.repo)))
        and not _listed_since(report, project, place, takeover)
    )
    if not places:
        return None
    takeover = recent_takeovers[name_key(places[0].entry.repo)]
    return Finding(Kind.RECREATED, project, places, takeover.since, takeover)


def _listed_since(report: SiteReport, project: Project, place: Place, takeover: NameTakeover) -> bool:
    """Return whether the entry was added after the takeover: then the list means the new repository."""
    listing_date = report.listing_dates.get(place.list_name, {}).get(project.repository.repo_id)
    return isinstance(listing_date, ListingDate) and listing_date.day > takeover.since.date()


def _renamed(_report: SiteReport, project: Project) -> Finding | None:
    places = tuple(place for place in _places(project) if name_key(place.entry.repo) != name_key(project.name))
    # If it is missing, or another repository has its name today, its new name is not known.
    if project.missing or project.is_namesake or not places:
        return None
    return Finding(Kind.RENAMED, project, places, _counted_at(project))


def _archived(_report: SiteReport, project: Project) -> Finding | None:
    places = _unmarked(project)
    if not project.repository.is_archived or not places:
        return None
    return Finding(Kind.ARCHIVED, project, places, project.repository.archived_at or _counted_at(project))


def _unmarked(project: Project) -> tuple[Place, ...]:
    """Return the entries of which the list does not say yet that they are archived or unmaintained."""
    return tuple(place for place in _places(project) if not place.entry.mark)


def is_alive(project: Project, as_of: datetime) -> bool:
    """Return whether a repository is not archived and has a commit of the last half year, as GitHub showed it."""
    committed = project.repository.head_committed_on
    if project.repository.is_archived or project.missing or committed is None:
        return False
    return committed > (as_of - DORMANT_AFTER).date()


def _alive(report: SiteReport, project: Project) -> Finding | None:
    """Find entries that the list marks as archived or unmaintained."""
    places = tuple(place for place in _places(project) if place.entry.mark)
    if not places or project.is_namesake or not is_alive(project, report.as_of):
        return None
    return Finding(Kind.ALIVE, project, places, project.repository.head_committed_on)


def _duplicate(_report: SiteReport, project: Project) -> Finding | None:
    places = tuple(_repeated(_places(project)))
    return Finding(Kind.DUPLICATE, project, places, _counted_at(project)) if places else None


def _repeated(places: Iterable[Place]) -> Iterator[Place]:
    """Yield the places in lists that have a project more than once: in several entries, or in several sections."""
    by_list: dict[str, list[Place]] = {}
    for place in places:
        by_list.setdefault(place.list_name, []).append(place)
    for in_list in by_list.values():
        if len(in_list) > 1 or len(in_list[0].entry.sections) > 1:
            yield from in_list


def _empty(_report: SiteReport, project: Project) -> Finding | None:
    if not project.is_empty or project.missing:
        return None
    return Finding(Kind.EMPTY, project, _places(project), _counted_at(project))


def _inactive(report: SiteReport, project: Project) -> Finding | None:
    last_commit = None if project.is_empty else project.repository.head_committed_on
    places = _unmarked(project)
    if (
        last_commit is None
        or not places
        or project.repository.is_archived
        or project.missing
        or last_commit > (report.as_of - INACTIVE_AFTER).date()
    ):
        return None
    return Finding(Kind.INACTIVE, project, places, last_commit)


def _licence(report: SiteReport, project: Project) -> Finding | None:
    change = report.licence_changes.get(project.repository.repo_id)
    return Finding(Kind.LICENCE, project, _places(project), change.seen_at, change) if change else None


def _spiky(_report: SiteReport, project: Project) -> Finding | None:
    change = project.changes.get(SPIKE_WINDOW, Unknown.NOT_COUNTED)
    if not project.spike:
        return None
    evidence = change if isinstance(change, Change) else None
    return Finding(Kind.SPIKY, project, _places(project), _counted_at(project), evidence)


def _burst(report: SiteReport, project: Project) -> Finding | None:
    burst = report.bursts.get(project.repository.repo_id)
    if burst is None or not is_ended_burst(burst):
        return None
    return Finding(Kind.BURST, project, _places(project), burst.last, burst)


_CHECKS: tuple[_Check, ...] = (
    _missing,
    _flagged,
    _recreated,
    _renamed,
    _archived,
    _alive,
    _duplicate,
    _empty,
    _inactive,
    _licence,
    _spiky,
    _burst,
)
