"""Rules of the gate in words: what was asked for, and what a candidate has."""

import math
from datetime import date, timedelta

from startrack.config import CheckConfig
from startrack.errors import did_you_mean
from startrack.model.changes import Change
from startrack.model.checks import Rule
from startrack.model.durations import DAY
from startrack.model.history import Burst, RetainedGain
from startrack.model.licences import GITHUB_LICENCES
from startrack.model.lists import Entry
from startrack.model.repository import Counted, Missing
from startrack.trends.bursts import BURST_DAYS, BurstKind, BurstVerdict
from startrack.trends.gate import Candidate, Fact
from startrack.trends.peers import NotComparable, SameAge
from startrack.wording import dates, figures, phrases, reasons

__all__ = [
    "age",
    "broken",
    "burst",
    "contributors",
    "gain",
    "neighbours",
    "releases",
    "share_at_same_age",
    "unknown",
    "unknown_licences",
]

_MOST_NAMED, _LONGEST_TAG = 60, 40


def broken(rule: Rule, candidate: Candidate, rules: CheckConfig, today: date) -> str:  # noqa: PLR0911 - one for each rule
    """Return why a candidate breaks a rule, with what the rule asks for."""
    match rule, candidate.observation:
        case Rule.EXISTS, Missing() as missing:
            return reasons.missing(missing)
        case Rule.DUPLICATE, _:
            return _duplicates(candidate)
        case Rule.MENTIONED, _ if candidate.addition and candidate.addition.mentioned:
            return f"the list has a link to it already, in line {figures.number(candidate.addition.mentioned)}"
        case Rule.SORTED, _:
            return f"not in alphabetical order: it stands {neighbours(candidate) or 'alone'}"
        case Rule.BURST, _ if candidate.burst:
            return burst(candidate.burst)
        case Rule.MIN_CONTRIBUTORS, _:
            return f"{contributors(candidate)}; at least {figures.number(rules.min_contributors or 0)} are needed"
        case Rule.REQUIRED_DESCRIPTION, _:
            return "no description: say beside the link what the project is" if candidate.addition else "no description"
        case _, Counted() as counted:
            return _of_repository(rule, counted, rules, today)
        case _:
            return "not known"


def _of_repository(rule: Rule, counted: Counted, rules: CheckConfig, today: date) -> str:
    repository = counted.repository
    created_at, committed_on, licence = repository.created_at, repository.head_committed_on, repository.license
    match rule:
        case Rule.MIN_STARS:
            return f"{figures.count(counted.stars, 'star')}; at least {figures.number(rules.min_stars or 0)} are needed"
        case Rule.MIN_AGE if created_at and rules.min_age:
            return f"{_days(today - created_at.date())} old; at least {_days(rules.min_age)} are needed"
        case Rule.MAX_IDLE if committed_on and rules.max_idle:
            idle = _days(today - committed_on)
            return f"last commit {idle} ago, on {dates.day(committed_on)}; at most {_days(rules.max_idle)} are allowed"
        case Rule.MAX_IDLE:
            return "no commit yet"
        case Rule.LICENSES:
            present = f"the licence is {phrases.licence(licence)}" if licence else "GitHub found no licence"
            return f"{present}; allowed are {phrases.joined(list(rules.licenses))}"
        case _:
            since = f" since {dates.day(repository.archived_at.date())}" if repository.archived_at else ""
            return f"archived by its owner{since}"


def unknown_licences(rules: CheckConfig) -> list[str]:
    """Return a sentence about each allowed licence that GitHub gives no repository: no project can have it."""
    return [
        f"check.licenses: GitHub has no licence {licence!r}; {did_you_mean(licence, GITHUB_LICENCES)}"
        for licence in rules.unknown_licences
    ]


def _duplicates(candidate: Candidate) -> str:
    entries = [
        f"{duplicate.entry.repo} in line {figures.number(duplicate.entry.line)}"
        f"{', which is the same repository' if duplicate.other_name else ''}"
        for duplicate in candidate.duplicates
    ]
    return f"listed already: {phrases.joined(entries)}"


def unknown(rule: Rule, candidate: Candidate) -> str:
    """Return why it is not known whether a candidate keeps a rule."""
    fact = {Rule.BURST: Fact.BURST, Rule.MIN_CONTRIBUTORS: Fact.CONTRIBUTORS}.get(rule)
    if fact and fact in candidate.unknown:
        return candidate.unknown[fact]
    if isinstance(candidate.observation, Missing):
        return reasons.missing(candidate.observation)
    return "GitHub does not say"


def age(candidate: Candidate, today: date) -> str | None:
    """Return the age of a repository in days, `None` if it is not known."""
    observation = candidate.observation
    created_at = observation.repository.created_at if isinstance(observation, Counted) else None
    return _days(today - created_at.date()) if created_at else None


def gain(value: Change | RetainedGain | None) -> str | None:
    """Return the stars gained in thirty days; `≈` marks those that were not counted."""
    match value:
        case Change() as change:
            return figures.signed(change.gain)
        case RetainedGain() as retained:
            return figures.retained_gain(retained)
        case None:
            return None


def contributors(candidate: Candidate) -> str:
    """Return the number of contributors of a candidate for which it was asked."""
    if candidate.contributors is None:
        return "more contributors than GitHub counts"
    return figures.count(candidate.contributors, "contributor")


def releases(candidate: Candidate) -> str | None:
    """Return the number of releases of a repository, and the latest one with its day; `None` if these are not known."""
    observation = candidate.observation
    details = observation.details if isinstance(observation, Counted) else None
    if details is None or Fact.RELEASE in candidate.unknown:
        return None
    if details.releases == 0:
        return "none"
    number = "n/a" if details.releases is None else figures.number(details.releases)
    if details.latest_release is None:  # GitHub's latest release is never a pre-release
        return f"{number}, no latest one"
    on = f" ({dates.day(details.latest_release_at)})" if details.latest_release_at else ""
    return f"{number}, latest {phrases.clipped(details.latest_release, _LONGEST_TAG)}{on}"


def share_at_same_age(comparison: SameAge | NotComparable | None) -> str | None:
    """Return which share of the other projects had fewer stars at the same age, `None` if that is not known."""
    if not isinstance(comparison, SameAge):
        return None
    return f"above {figures.number(math.floor(comparison.percent))}% of {figures.number(comparison.others)}"


def burst(verdict: BurstVerdict) -> str:
    """Return the verdict about the fourteen days with the most stars, with its numbers."""
    top = verdict.burst
    if top is None:
        return "no stars to judge"
    before = f"; days before {dates.day(verdict.since)} were not looked at" if verdict.since else ""
    match verdict.kind:
        case BurstKind.NONE:
            most = f"{_sign(top)}{figures.count(top.stars, 'star')} ({figures.number(top.percent)}% of all)"
            return f"no burst: at most {most} in {BURST_DAYS} days{before}"
        case BurstKind.ENDED:
            return f"a burst that ended: {_gained(top)}; {_after(top)} in the {BURST_DAYS} days after that"
        case BurstKind.GOING_ON:
            return f"a burst that may still go on: {_gained(top)}; {_after(top)} since"
        case BurstKind.FOLLOWED:
            return f"a burst, and stars kept coming: {_gained(top)}; {_after(top)} in the {BURST_DAYS} days after that"


def _gained(burst: Burst) -> str:
    share = f"{figures.number(burst.percent)}% of {figures.count(burst.total, 'star')}"
    return (
        f"{_sign(burst)}{figures.signed(burst.stars)} from {dates.day(burst.first)} to {dates.day(burst.last)}, {share}"
    )


def _after(burst: Burst) -> str:
    return f"{_sign(burst)}{figures.signed(burst.after)}"


def _sign(burst: Burst) -> str:
    return "≈ " if burst.retained else ""


def neighbours(candidate: Candidate) -> str | None:
    """Return between which entries of its section a candidate stands, `None` if there are none."""
    if candidate.addition is None:
        return None
    before, after = candidate.addition.before, candidate.addition.after
    parts = (
        f"after {_quoted(before)}" if before else "",
        f"before {_quoted(after)}" if after else "",
    )
    return " and ".join(filter(None, parts)) or None


def _quoted(entry: Entry) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{phrases.clipped(entry.title, _MOST_NAMED)}\N{RIGHT DOUBLE QUOTATION MARK}"


def _days(span: timedelta) -> str:
    return figures.count(span // DAY, "day")
