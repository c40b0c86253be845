"""The gate: which rules a project keeps that is proposed for a list, and which it breaks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum, auto

from startrack.config import CheckConfig
from startrack.lists import selection
from startrack.lists.additions import Addition
from startrack.model.changes import Change
from startrack.model.checks import Level, Rule
from startrack.model.history import RetainedGain
from startrack.model.lists import Entry
from startrack.model.repository import Counted, Observation, Reason, Repository
from startrack.trends.bursts import BurstKind, BurstVerdict
from startrack.trends.peers import NotComparable, SameAge

__all__ = [
    "Candidate",
    "Duplicate",
    "Fact",
    "Judgement",
    "State",
    "Verdict",
    "judge",
    "needs_contributors",
]

Contributors = int | None
"""The number of contributors, `None` where GitHub has too many commits to count them."""


class Fact(StrEnum):
    """What may not be known of a candidate; the value is the word for it in notes."""

    GAIN = "gain"
    BURST = "burst"
    SAME_AGE = "same age"
    RELEASE = "releases"
    RELEASE_NUMBER = "number of releases"
    CONTRIBUTORS = "contributors"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """An entry for the same repository; `other_name` is whether it is listed under another name than the candidate."""

    entry: Entry
    other_name: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project that is proposed, or checked, for a list, and what is known of it.

    `asked` is the name as written. `addition` is its entry, `None` for a project that is in no list yet. `source` is
    the list's. `original` is the entry that it is a fork of. `unknown` says why something is not known.
    """

    asked: str
    observation: Observation
    list_name: str | None = None
    source: str | None = None
    addition: Addition | None = None
    duplicates: tuple[Duplicate, ...] = ()
    original: Entry | None = None
    gain: Change | RetainedGain | None = None
    burst: BurstVerdict | None = None
    same_age: SameAge | NotComparable | None = None
    contributors: Contributors = None
    unknown: Mapping[Fact, str] = field(default_factory=dict)

    @property
    def section(self) -> tuple[str, ...]:
        """The section of its entry; empty for a project in no list."""
        return self.addition.entry.section if self.addition else ()

    def without(self, reasons: Mapping[Fact, str]) -> "Candidate":
        """Return the candidate with more reasons why something is not known."""
        return replace(self, unknown={**self.unknown, **reasons})

    @property
    def name(self) -> str:
        """OWNER/NAME as GitHub has it today, as written if GitHub did not say."""
        return self.observation.repository.name if isinstance(self.observation, Counted) else self.asked


class State(Enum):
    """The outcome of one rule."""

    KEPT = auto()
    BROKEN = auto()
    UNKNOWN = auto()
    EXEMPT = auto()


class Verdict(StrEnum):
    """The verdict about a candidate. UNKNOWN: something that a rule needs could not be looked at."""

    PASSES = "passes"
    WARNS = "passes with warnings"
    FAILS = "fails"
    UNKNOWN = "not checked"


@dataclass(frozen=True, slots=True)
class Judgement:
    """A candidate, the outcome of each rule that holds for it, and how serious each is."""

    candidate: Candidate
    states: Mapping[Rule, State]
    levels: Mapping[Rule, Level]

    def rules(self, state: State, level: Level | None = None) -> tuple[Rule, ...]:
        """Return the rules with an outcome, of one level or of both."""
        return tuple(
            rule for rule, outcome in self.states.items() if outcome is state and level in (None, self.levels[rule])
        )

    @property
    def verdict(self) -> Verdict:
        """The verdict by all rules."""
        if self.rules(State.BROKEN, Level.FAIL):
            return Verdict.FAILS
        if self.rules(State.UNKNOWN, Level.FAIL):
            return Verdict.UNKNOWN
        return Verdict.WARNS if self.rules(State.BROKEN) else Verdict.PASSES

    @property
    def is_accepted(self) -> bool:
        """Whether the candidate breaks no rule at level `fail`, and all that these rules need could be looked at."""
        return self.verdict in (Verdict.PASSES, Verdict.WARNS)


def judge(candidate: Candidate, rules: CheckConfig, today: date) -> Judgement:
    """Return the outcome of the rules for a candidate."""
    levels = {rule: Level(getattr(rules.levels, rule)) for rule in Rule}
    exempt = _exempt(candidate, rules)
    states = {rule: State.EXEMPT if rule in exempt else state for rule, state in _outcomes(candidate, rules, today)}
    return Judgement(candidate, {rule: states[rule] for rule in Rule if rule in states}, levels)


def needs_contributors(candidate: Candidate, rules: CheckConfig) -> bool:
    """Return whether a rule asks for the number of contributors of a candidate."""
    is_exempt = Rule.MIN_CONTRIBUTORS in _exempt(candidate, rules)
    return rules.min_contributors is not None and not is_exempt and isinstance(candidate.observation, Counted)


def _sort_key(title: str) -> str:
    """Return what entries are sorted by: the title without regard to case."""
    return " ".join(title.casefold().split())


def _exempt(candidate: Candidate, rules: CheckConfig) -> frozenset[Rule]:
    exemptions = (exempt for exempt in rules.exempt if selection.in_section(candidate.section, exempt.section))
    return frozenset(Rule(name) for exempt in exemptions for name in exempt.rules)


def _outcomes(candidate: Candidate, rules: CheckConfig, today: date) -> Iterator[tuple[Rule, State]]:
    yield Rule.EXISTS, _exists(candidate.observation)
    yield Rule.DUPLICATE, _of(not candidate.duplicates)
    if candidate.addition:
        yield Rule.MENTIONED, _of(candidate.addition.mentioned is None)
    if rules.sorted and candidate.addition:
        yield Rule.SORTED, _of(_is_sorted(candidate.addition))
    if isinstance(candidate.observation, Counted):
        yield from _facts(candidate, candidate.observation, rules, today)


def _facts(candidate: Candidate, counted: Counted, rules: CheckConfig, today: date) -> Iterator[tuple[Rule, State]]:
    repository = counted.repository
    yield Rule.ARCHIVED, _of(not repository.is_archived)
    yield Rule.BURST, _of(_is_steady(candidate.burst))
    if rules.min_stars:
        yield Rule.MIN_STARS, _of(counted.stars >= rules.min_stars)
    if rules.min_age:
        yield Rule.MIN_AGE, _of(_is_old(repository.created_at, rules.min_age, today))
    if rules.max_idle:
        yield Rule.MAX_IDLE, _of(_is_active(counted, rules.max_idle, today))
    if rules.licenses:
        yield Rule.LICENSES, _of(_has_license(repository, rules.licenses))
    if rules.min_contributors:
        yield Rule.MIN_CONTRIBUTORS, _of(_has_contributors(candidate, rules.min_contributors))
    if rules.required_description:
        is_described = candidate.addition.is_described if candidate.addition else None
        yield Rule.REQUIRED_DESCRIPTION, _of(bool(repository.description) if is_described is None else is_described)


def _of(kept: bool | None) -> State:  # noqa: FBT001 - the value to convert
    """Return the state of a rule that is kept, broken, or, with `None`, not known."""
    return State.UNKNOWN if kept is None else State.KEPT if kept else State.BROKEN


def _exists(observation: Observation) -> State:
    if isinstance(observation, Counted):
        return State.KEPT
    could_not_look = observation.reason in (Reason.FAILED, Reason.NOT_ASKED, Reason.SAML)
    return State.UNKNOWN if could_not_look else State.BROKEN


def _is_sorted(addition: Addition) -> bool:
    """Return whether an entry is between its neighbours; where these are not sorted themselves, no place is wrong."""
    before, after = (_sort_key(entry.title) if entry else None for entry in (addition.before, addition.after))
    if before is not None and after is not None and before > after:
        return True
    title = _sort_key(addition.entry.title)
    return (before is None or before <= title) and (after is None or title <= after)


def _is_steady(verdict: BurstVerdict | None) -> bool | None:
    return None if verdict is None else verdict.kind not in (BurstKind.ENDED, BurstKind.GOING_ON)


def _is_old(created_at: datetime | None, age: timedelta, today: date) -> bool | None:
    return None if created_at is None else today - created_at.date() >= age


def _is_active(counted: Counted, idle: timedelta, today: date) -> bool | None:
    committed_on = counted.repository.head_committed_on
    if committed_on is None:
        return False if counted.commits == 0 else None  # an empty repository
    return today - committed_on <= idle


def _has_license(repository: Repository, licenses: Iterable[str]) -> bool:
    return (repository.license or "").casefold() in map(str.casefold, licenses)


def _has_contributors(candidate: Candidate, number: int) -> bool | None:
    if Fact.CONTRIBUTORS in candidate.unknown:
        return None
    return candidate.contributors is None or candidate.contributors >= number
