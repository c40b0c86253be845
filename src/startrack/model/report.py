"""All that is known at one instant: what pages, tables and rankings are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from startrack.model import events
from startrack.model.changes import Change, Count, Unknown, Window
from startrack.model.durations import DAY, WEEK
from startrack.model.events import Event
from startrack.model.history import (
    Burst,
    Churn,
    ListingDate,
    NameSince,
    RetainedGain,
    RetainedStars,
    StarsAround,
    UnknownListingDate,
    WeeklyCommits,
)
from startrack.model.lists import Entry, List
from startrack.model.repository import Details, Missing, Repository, name_key
from startrack.model.runs import Run

__all__ = [
    "CalendarWeek",
    "Momentum",
    "NameTakeover",
    "Project",
    "Report",
    "SiteReport",
]


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
    retained: Mapping[Window, RetainedGain] = field(default_factory=dict)
    is_namesake: bool = False

    @property
    def name(self) -> str:
        """OWNER/NAME, as GitHub has it today."""
        return self.repository.name

    @property
    def key(self) -> int | str:
        """What no other project has: GitHub's number, or the name of a repository that was never counted."""
        return self.repository.repo_id or name_key(self.name)

    @property
    def title(self) -> str:
        """Its name, with GitHub's number beside it where another repository has that name today."""
        return events.title_with_number(self.name, self.repository.repo_id or None) if self.is_namesake else self.name

    @property
    def list_names(self) -> tuple[str, ...]:
        """The names of the lists that have the project, in their order."""
        return tuple(dict.fromkeys(name for name, _ in self.places))

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
        return self.monday + 6 * DAY

    @property
    def end(self) -> datetime:
        """The midnight at which it was over."""
        return datetime.combine(self.monday + WEEK, time())

    def holds(self, instant: datetime) -> bool:
        """Say whether an instant lies in the week."""
        return self.end - WEEK <= instant < self.end


@dataclass(frozen=True, slots=True)
class NameTakeover:
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
    """The projects of some lists at one instant, with what rankings and README tables are made from.

    `history` holds the counts of each repository id, oldest first; it is empty in a report for rankings only. `runs`
    are the latest, newest first.
    """

    as_of: datetime
    title: str
    lists: tuple[List, ...]
    windows: tuple[Window, ...]
    projects: tuple[Project, ...]
    history: Mapping[int, tuple[Count, ...]]
    momentum: tuple[Momentum, ...]
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class SiteReport(Report):
    """A report with everything that only pages, feeds and the API show. Mappings are by repository id.

    About stars before the first count: `retained` are retained stars at the end of each week, oldest first.
    `retained_problems` says why there are none of a repository that has some. `whole_histories` are the repositories
    whose retained stars are known from the first one on, and `first_star_days` the days of those first stars.
    `churn` compares retained stars with counts. `bursts` are the best fourteen days of each repository whose whole
    past is known.

    About a project: `names` are the names it had, oldest first. `weekly_commits` are those of its last year.
    `listing_dates` has, for each list by name, the day on which the project was added to it. `stars_around` has the
    retained stars around these days. `takeovers` are the names that lead to another repository now.

    `events` are those of the last ninety days, newest first. `weeks` are all that have ended since the first count,
    newest first. `base_url` is the address the pages are published at, `None` where not configured.
    """

    retained: Mapping[int, tuple[RetainedStars, ...]] = field(default_factory=dict)
    retained_problems: Mapping[int, str] = field(default_factory=dict)
    whole_histories: frozenset[int] = frozenset()
    first_star_days: Mapping[int, date] = field(default_factory=dict)
    churn: Mapping[int, Churn] = field(default_factory=dict)
    bursts: Mapping[int, Burst] = field(default_factory=dict)
    names: Mapping[int, tuple[NameSince, ...]] = field(default_factory=dict)
    weekly_commits: Mapping[int, tuple[WeeklyCommits, ...]] = field(default_factory=dict)
    listing_dates: Mapping[str, Mapping[int, ListingDate | UnknownListingDate]] = field(default_factory=dict)
    stars_around: Mapping[tuple[int, date], StarsAround] = field(default_factory=dict)
    takeovers: tuple[NameTakeover, ...] = ()
    events: tuple[Event, ...] = ()
    weeks: tuple[CalendarWeek, ...] = ()
    base_url: str | None = None
