"""The words of the domain as frozen values; every stage speaks in these.

Instants are naive `datetime`s in UTC throughout, as DuckDB keeps them.
A figure that is not known is `None` or a value that says why, never 0.
"""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from startrack import happened
from startrack.happened import Event
from startrack.past import Burst, Chronicle, Churn, Level, Retained

__all__ = [
    "CalendarWeek",
    "Change",
    "Count",
    "Counted",
    "Details",
    "Elsewhere",
    "Entry",
    "Known",
    "List",
    "Missing",
    "Momentum",
    "Observation",
    "Project",
    "Reason",
    "Report",
    "Repository",
    "Run",
    "Takeover",
    "Unknown",
    "Window",
    "same_repo",
]


def same_repo(name: str) -> str:
    """Return the form of OWNER/NAME under which GitHub takes two spellings for one repository."""
    return name.lower()


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """One project as a list mentions it, at its first place.

    `line` is the 1-based line of the link. `sections` holds the section path of every mention, first place
    first, without repeats. `badges` are the addresses of star-badge images that show this project.
    """

    repo: str
    title: str
    section: tuple[str, ...]
    url: str
    line: int
    sections: tuple[tuple[str, ...], ...] = ()
    badges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How many projects of a section are on another host than GitHub, so that they are not counted."""

    host: str
    projects: int
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class List:
    """One README (or other source) and the entries found in it, in order of appearance.

    `label` is a word shown beside every figure of the list, such as "simulated". `elsewhere` are its projects on other
    hosts. `unread` are the 1-based lines of entries in which no project was found; only a list just read has them.
    """

    name: str
    source: str
    entries: tuple[Entry, ...]
    label: str | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    unread: tuple[int, ...] = ()

    @property
    def other_hosts(self) -> dict[str, int]:
        """The number of projects on each other host, the most first."""
        numbers: Counter[str] = Counter()
        for part in self.elsewhere:
            numbers[part.host] += part.projects
        return dict(sorted(numbers.items(), key=lambda host: (-host[1], host[0])))


# ── What a run sees ──────────────────────────────────────────────────────────────────────────────────────


class Reason(StrEnum):
    """Why a repository could not be counted."""

    NOT_FOUND = "not_found"
    DMCA = "dmca"
    TOS = "tos"
    SAML = "saml"
    MOVED = "moved"
    FAILED = "failed"
    NOT_ASKED = "not_asked"

    @classmethod
    def _missing_(cls, value: object) -> "Reason":
        """Take a reason of a later startrack's files for a failure."""
        del value
        return cls.FAILED


@dataclass(frozen=True, slots=True)
class Repository:
    """What GitHub says a repository is, apart from its figures; `repo_id` is GitHub's own number for it."""

    repo_id: int
    name: str
    node_id: str | None = None
    url: str | None = None
    description: str | None = None
    language: str | None = None
    license: str | None = None
    created_at: datetime | None = None
    head_oid: str | None = None
    head_committed_on: date | None = None
    default_branch: str | None = None
    is_archived: bool = False
    archived_at: datetime | None = None
    is_fork: bool = False
    is_disabled: bool = False
    is_locked: bool = False
    is_mirror: bool = False


@dataclass(frozen=True, slots=True)
class Details:
    """The figures and facts that cost GitHub more work, so they are not asked for every day."""

    open_issues: int | None = None
    open_prs: int | None = None
    watchers: int | None = None
    topics: tuple[str, ...] = ()
    latest_release: str | None = None
    latest_release_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A repository that answered. `asked` is the OWNER/NAME it was asked by, which may be an old name.

    `taken_at` is when, where that was not in this run but in one that it goes on from.
    """

    asked: str
    repository: Repository
    stars: int
    forks: int
    commits: int | None = None
    details: Details | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A repository that did not answer, and why; `taken_at` as in `Counted`."""

    asked: str
    reason: Reason
    detail: str = ""
    repo_id: int | None = None
    taken_at: datetime | None = None


Observation = Counted | Missing


@dataclass(frozen=True, slots=True)
class Known:
    """What earlier runs left to go by: a name, the number behind it, the start of its head's oid, its commit total.

    `seen_at` is when it was last counted, `details_at` when its details were last known.
    """

    name: str
    repo_id: int
    head: str | None = None
    commits: int | None = None
    seen_at: datetime | None = None
    details_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """The record of one pass over the lists.

    `run_id` is the second of its start, counted from 1970. `status` is "done", "partial" where the budget
    ended it early, or "recovered" where it was killed before its record was written; what such a run did not
    write down is `None`. `points` are GraphQL's; the requests are told by kind too, with the sizes that batches had
    at the end, which the next run starts from; `waited` is in seconds.
    """

    run_id: int
    started_at: datetime
    finished_at: datetime
    status: str
    asked: int
    counted: int
    missing: int
    requests: int | None
    points: int | None
    version: str | None
    light_requests: int | None = None
    details_requests: int | None = None
    commits_requests: int | None = None
    other_requests: int | None = None
    light_batch: int | None = None
    details_batch: int | None = None
    commits_batch: int | None = None
    waited: float | None = None


# ── What a report says ───────────────────────────────────────────────────────────────────────────────────


_FORTNIGHT = 14


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """A span of days up to the instant of a report; written `30d`."""

    days: int

    def __str__(self) -> str:
        """Return the window as it is written: `30d`."""
        return f"{self.days}d"

    @property
    def span(self) -> timedelta:
        """The length of the window."""
        return timedelta(days=self.days)

    @property
    def reach(self) -> timedelta:
        """How far from the window's start its baseline may lie, on either side.

        Half of a window shorter than a fortnight; else seven days, or a tenth of the window where that is more.
        """
        return self.span / 2 if self.days < _FORTNIGHT else max(timedelta(days=7), self.span / 10)

    def differs(self, elapsed: timedelta) -> bool:
        """Say whether the time that really passed differs from the window by more than a tenth."""
        return 10 * abs(elapsed - self.span) > self.span


@dataclass(frozen=True, slots=True)
class Count:
    """The figures of one repository at the instant they were taken."""

    taken_at: datetime
    stars: int
    forks: int
    commits: int | None = None


class Unknown(StrEnum):
    """Why a change over a window is not known."""

    NOT_COUNTED = "not counted"
    TOO_YOUNG = "too young"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Change:
    """What a window brought: the baseline count, the current one, and what lies between."""

    baseline: Count
    current: Count

    @property
    def gain(self) -> int:
        """Stars gained; negative where stars were lost."""
        return self.current.stars - self.baseline.stars

    @property
    def forks_gain(self) -> int:
        """Forks gained."""
        return self.current.forks - self.baseline.forks

    @property
    def commits_gain(self) -> int | None:
        """Commits added to the default branch, or `None` where either total is not known."""
        if self.current.commits is None or self.baseline.commits is None:
            return None
        return self.current.commits - self.baseline.commits

    @property
    def elapsed(self) -> timedelta:
        """The time that really passed between the two counts."""
        return self.current.taken_at - self.baseline.taken_at

    @property
    def days(self) -> float:
        """The same in days."""
        return self.elapsed / timedelta(days=1)

    @property
    def per_day(self) -> float:
        """Stars gained a day, over the days that really passed."""
        return self.gain / self.days

    @property
    def percent(self) -> float | None:
        """Gain in percent of the baseline, or `None` for a baseline of no stars."""
        return 100 * self.gain / self.baseline.stars if self.baseline.stars else None

    def pace(self, window: Window) -> float:
        """By what a figure of this change is multiplied to be that of the whole window: its days over the real ones.

        Rankings go by figures at this pace, so that nobody is ahead for having been counted over more days.
        """
        return window.days / self.days

    def rising(self, typical: float, window: Window) -> float:
        """Gain at the window's pace over the root of size: fair to every size.

        `typical`, the median stars, calms the tiny ones.
        """
        size = self.baseline.stars + typical
        gain = self.gain * self.pace(window)
        return gain / math.sqrt(size) if size > 0 else gain


@dataclass(frozen=True, slots=True)
class Project:
    """All that a report knows of one repository of the lists at one instant.

    `current` is its last count, `None` where it was never counted; `changes` holds one value for each window;
    `places` are the lists that name it, each with its entry; `missing` says what the last run saw instead of
    a count, and `missing_at` when. `acceleration` is the week's gain over what earlier weeks brought, or `None`
    where too few are known. `label` is that of the list its figures belong to. `retained` stands beside changes
    that are too young, and is never one of them. `is_namesake` says that another repository has its name today, so
    that GitHub shows that one under it.
    """

    repository: Repository
    current: Count | None
    changes: Mapping[Window, Change | Unknown]
    places: tuple[tuple[str, Entry], ...]
    first_seen: datetime | None = None
    missing: Missing | None = None
    missing_at: datetime | None = None
    details: Details | None = None
    acceleration: float | None = None
    spike: bool = False
    label: str | None = None
    old_names: tuple[str, ...] = ()
    retained: Mapping[Window, Retained] = field(default_factory=dict)
    is_namesake: bool = False

    @property
    def name(self) -> str:
        """OWNER/NAME, as GitHub has it today."""
        return self.repository.name

    @property
    def key(self) -> int | str:
        """What no other project has: GitHub's number, or the name of a repository that was never counted."""
        return self.repository.repo_id or same_repo(self.name)

    @property
    def title(self) -> str:
        """Its name, with GitHub's number beside it where another repository has that name today."""
        return happened.titled(self.name, self.repository.repo_id or None) if self.is_namesake else self.name

    @property
    def is_empty(self) -> bool:
        """Whether its repository had no commit when it was last counted, so that there is no last one."""
        return self.current is not None and self.current.commits == 0


@dataclass(frozen=True, slots=True)
class Momentum:
    """How the projects of one section moved over a window: sums over those whose change is known.

    `known` of `listed` projects have both counts, of which between `shortest` and `longest` passed; `percent` is total
    gain over total baseline, `None` where nothing is known.
    """

    list_name: str
    section: tuple[str, ...]
    window: Window
    gain: int
    baseline: int
    known: int
    listed: int
    shortest: timedelta = timedelta()
    longest: timedelta = timedelta()

    @property
    def percent(self) -> float | None:
        """The gain in percent of the baseline."""
        return 100 * self.gain / self.baseline if self.known and self.baseline else None


@dataclass(frozen=True, slots=True)
class CalendarWeek:
    """A week that has ended, Monday to Sunday in UTC, with the projects as they were known at its end.

    Of their changes they have the week's alone. `events` are what happened in it to those that its lists named.
    """

    monday: date
    projects: tuple[Project, ...]
    events: tuple[Event, ...] = ()

    @property
    def name(self) -> str:
        """The week as ISO 8601 numbers it: `2026-W47`."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    @property
    def end(self) -> datetime:
        """The midnight at which it was over."""
        return datetime.combine(self.monday + timedelta(days=7), time())

    def holds(self, instant: datetime) -> bool:
        """Say whether an instant lies in the week."""
        return self.end - timedelta(days=7) <= instant < self.end


@dataclass(frozen=True, slots=True)
class Takeover:
    """A name that led to one repository, and now leads to another one.

    `before` is the name under which the earlier one was last seen.
    """

    name: str
    repo_id: int
    since: datetime
    before: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the pages, tables and rankings of one instant are drawn from.

    `history` holds the counts of each repository id, oldest first. `runs` are the latest, newest first.
    `retained` are the retained stars of each at the end of its weeks, oldest first, `unfit` says why there are
    none of others, and `churn` compares them with counts. `starred` is the day of the first retained star of those
    whose whole history is known. `events` are those of the last ninety days and `weeks` all that have ended since the
    first count, newest first. `bursts` are each repository's best fourteen days where its whole past is known;
    `takeovers` the names that changed hands. `base_url` is the address the pages are published at, `None` where not
    configured.
    """

    as_of: datetime
    title: str
    lists: tuple[List, ...]
    windows: tuple[Window, ...]
    projects: tuple[Project, ...]
    history: Mapping[int, tuple[Count, ...]]
    momentum: tuple[Momentum, ...]
    runs: tuple[Run, ...]
    retained: Mapping[int, tuple[Level, ...]] = field(default_factory=dict)
    unfit: Mapping[int, str] = field(default_factory=dict)
    churn: Mapping[int, Churn] = field(default_factory=dict)
    chronicle: Chronicle = field(default_factory=Chronicle)
    events: tuple[Event, ...] = ()
    weeks: tuple[CalendarWeek, ...] = ()
    bursts: Mapping[int, Burst] = field(default_factory=dict)
    takeovers: tuple[Takeover, ...] = ()
    base_url: str | None = None
    starred: Mapping[int, date] = field(default_factory=dict)
