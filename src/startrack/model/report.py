"""The data of one instant from which pages, tables and rankings are built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from startrack.model import events
from startrack.model.changes import Change, Count, Unknown, Window
from startrack.model.count_history import NO_COUNTS, CountHistory
from startrack.model.durations import DAY, WEEK
from startrack.model.events import Event
from startrack.model.findings import IgnoredFinding
from startrack.model.history import (
    Burst,
    Churn,
    ImportedCounts,
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
    "LicenceChange",
    "Momentum",
    "NameTakeover",
    "Project",
    "Report",
    "SiteReport",
]


@dataclass(frozen=True, slots=True)
class Project:
    """A repository of the lists, with its figures at one instant.

    `current` is its last count, `None` if it was never counted. `changes` has a value for each window. `places` are
    the lists that have it, each with its entry. `missing` is the reason why the last run has no count, and
    `missing_at` the instant of that run. `acceleration` is the daily gain of the last week divided by the usual one,
    `None` if it is not known or too few stars came. `label` is the label of the first of its lists that has one.
    `retained` has the gain in retained stars for windows that begin before the first count, or the first that was not
    imported; their change is unknown.
    `is_namesake` is whether another repository has its name today: GitHub then shows the other one under that name.
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
        """OWNER/NAME at the last count, or as listed if it was never counted."""
        return self.repository.name

    @property
    def key(self) -> int | str:
        """A unique key: GitHub's repository id, or the name of a repository that was never counted."""
        return self.repository.repo_id or name_key(self.name)

    @property
    def title(self) -> str:
        """The name, followed by the repository id if another repository has that name today."""
        return events.title_with_number(self.name, self.repository.repo_id or None) if self.is_namesake else self.name

    @property
    def list_names(self) -> tuple[str, ...]:
        """The names of the lists that have the project, each once, in the order of the lists."""
        return tuple(dict.fromkeys(name for name, _ in self.places))

    @property
    def is_observed(self) -> bool:
        """Whether any run counted it or found it missing."""
        return bool(self.current or self.missing)

    @property
    def is_empty(self) -> bool:
        """Whether the repository had no commit at its last count; it has no date of a last commit then."""
        return self.current is not None and self.current.commits == 0


@dataclass(frozen=True, slots=True)
class Momentum:
    """The gain of one section over a window: sums over the projects whose change is known.

    `known` of the `listed` projects have both counts; the time between the two is from `shortest` to `longest`.
    `percent` is the total gain over the total baseline, `None` if no change is known.
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
    """A week that has ended, Monday to Sunday in UTC, with the projects as of its end.

    The projects have only the change of that week. `events` are the events of the week for projects of the lists.
    """

    monday: date
    projects: tuple[Project, ...]
    events: tuple[Event, ...] = ()

    @property
    def name(self) -> str:
        """The ISO 8601 week: `2026-W47`."""
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def sunday(self) -> date:
        """The last day of the week."""
        return self.monday + 6 * DAY

    @property
    def end(self) -> datetime:
        """The midnight after its last day."""
        return datetime.combine(self.monday + WEEK, time())

    def holds(self, instant: datetime) -> bool:
        """Return whether an instant is in the week."""
        return self.end - WEEK <= instant < self.end


@dataclass(frozen=True, slots=True)
class NameTakeover:
    """A name that belonged to one repository and now belongs to another one, `repo_id`.

    `before` is the name that the earlier repository had when it was last seen.
    """

    name: str
    repo_id: int
    since: datetime
    before: str
    until: datetime


@dataclass(frozen=True, slots=True)
class LicenceChange:
    """A licence, by its SPDX id, and the one that a run saw in its place at `seen_at`, `None` for none."""

    before: str
    after: str | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """The projects of some lists at one instant, with the data for rankings and README tables.

    `history` has the counts by repository id, oldest first; it is empty in a report for rankings only. `runs` are the
    latest runs, newest first. `later_run` is the first run after the report's instant, `None` if there is none.
    """

    as_of: datetime
    title: str
    lists: tuple[List, ...]
    windows: tuple[Window, ...]
    projects: tuple[Project, ...]
    history: Mapping[int, CountHistory]
    momentum: tuple[Momentum, ...]
    runs: tuple[Run, ...]
    later_run: datetime | None = None

    @property
    def is_observed(self) -> bool:
        """Whether any of the projects was counted or found missing."""
        return any(project.is_observed for project in self.projects)

    def counts(self, project: Project) -> CountHistory:
        """Return every count of a project, oldest first."""
        return self.history.get(project.repository.repo_id, NO_COUNTS)


@dataclass(frozen=True, slots=True)
class SiteReport(Report):
    """A report with the data that only pages, feeds and the API show. Mappings are by repository id.

    About stars before the first count: `retained` has the retained stars at the end of each week, oldest first.
    `retained_problems` has the reason why the retained stars of a repository are not known. `whole_histories` are the
    repositories whose retained stars are known from the first star on; `first_star_days` has the days of those first
    stars. `churn` compares retained stars with counts. `bursts` has the fourteen days with the most stars, for each
    repository whose whole history is known.

    About a project: `names` are its names, oldest first. `weekly_commits` are the commits of its last year.
    `listing_dates` has the day on which the project was added to a list, by the name of the list. `stars_around` has
    the retained stars around these days. `takeovers` are the names that now belong to another repository.
    `licence_changes` are those of the last ninety days. `ignored` are the findings that the configuration ignores.

    `imported` are the counts that other programs took.

    `next_due` is when the schedule lets the next count be expected, `None` where nothing was counted
    and in a report for a given instant, which does not get old.

    `events` are the events of the last ninety days, newest first. `weeks` are the weeks that have ended since the
    first count, newest first. `base_url` is the URL where the pages are published, `None` if not configured.
    """

    retained: Mapping[int, Sequence[RetainedStars]] = field(default_factory=dict)
    retained_problems: Mapping[int, str] = field(default_factory=dict)
    whole_histories: frozenset[int] = frozenset()
    first_star_days: Mapping[int, date] = field(default_factory=dict)
    imported: Mapping[int, tuple[ImportedCounts, ...]] = field(default_factory=dict)
    churn: Mapping[int, Churn] = field(default_factory=dict)
    bursts: Mapping[int, Burst] = field(default_factory=dict)
    names: Mapping[int, tuple[NameSince, ...]] = field(default_factory=dict)
    weekly_commits: Mapping[int, tuple[WeeklyCommits, ...]] = field(default_factory=dict)
    listing_dates: Mapping[str, Mapping[int, ListingDate | UnknownListingDate]] = field(default_factory=dict)
    stars_around: Mapping[tuple[int, date], StarsAround] = field(default_factory=dict)
    takeovers: tuple[NameTakeover, ...] = ()
    licence_changes: Mapping[int, LicenceChange] = field(default_factory=dict)
    ignored: tuple[IgnoredFinding, ...] = ()
    next_due: datetime | None = None
    events: tuple[Event, ...] = ()
    weeks: Sequence[CalendarWeek] = ()
    base_url: str | None = None
