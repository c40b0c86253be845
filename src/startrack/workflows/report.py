"""Creates reports from the store: everything known at one instant. All output is made from a report."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import TypeVar, overload

from startrack import cron
from startrack.config import Config
from startrack.errors import ClockError
from startrack.model import changes
from startrack.model.cadence import Cadence
from startrack.model.changes import Count, Window
from startrack.model.count_history import CountHistory, nearest_index, to_microseconds
from startrack.model.durations import DAY, WEEK
from startrack.model.events import MAX_EVENT_AGE, Event, StoredEvent
from startrack.model.findings import IgnoredFinding
from startrack.model.history import ListingDate, RetainedGain, RetainedLine, UnknownListingDate
from startrack.model.lists import List
from startrack.model.report import CalendarWeek, Project, Report, SiteReport
from startrack.store import queries, sync
from startrack.store.database import Session
from startrack.store.snapshots import Snapshots
from startrack.trends import events, health, listing_dates, projects, retained, section_stats, windows
from startrack.workflows import lists

__all__ = [
    "create_period_reports",
    "create_report",
    "create_site_report",
]


_RUNS_SHOWN = 30
# Details of every repository are requested at least once a week; a second week allows for missed runs.
_DETAILS_AGE = timedelta(days=14)
_EPOCH = datetime(1970, 1, 1)
_WEEK_REACH = changes.WEEK_WINDOW.reach // timedelta(microseconds=1)

AnyReport = TypeVar("AnyReport", bound=Report)


def create_report(
    config: Config,
    as_of: datetime | None,
    now: datetime = datetime.max,
    *,
    extra: Sequence[Window] = (),
) -> Report:
    """Return the report for rankings at an instant, by default at the last run up to `now` (1970 if there is none).

    It has the lists of the configuration, or every list that was ever read if none is configured. `extra` windows are
    added to the configured ones. Raises ClockError if every run is later than `now`.
    """
    return _from_store(config, as_of, now, extra, lambda session, rows: _report(session, config, rows, {}))


def create_site_report(config: Config, as_of: datetime | None, now: datetime = datetime.max) -> SiteReport:
    """Return the report for a build: that of `create_report` with counts, star history, events and weeks.

    Raises ClockError as `create_report` does.
    """
    return _from_store(config, as_of, now, (), lambda session, rows: _site_report(session, config, rows, as_of))


def create_period_reports(config: Config, newest: SiteReport, cadence: Cadence) -> tuple[SiteReport, SiteReport]:
    """Return the report of the first run of the period in which the newest report is, and that one.

    Both are the same object at the first run itself. `next_due` is when the first count of the next period is due.
    """
    store, snapshots = lists.open_store_to_read(config)

    def load(session: Session) -> SiteReport | None:
        last = queries.last_counted_at(session, newest.as_of)
        start = cadence.start(last or newest.as_of)
        at = queries.period_run_at(session, start, newest.as_of, config.snapshots.every)
        if at is None or at == newest.as_of:
            return None
        return _site_report(session, config, _rows(session, config, at, ()), at)

    report = store.run(load)
    due = _due_after(config, newest, cadence.end(newest.as_of))
    newest = replace(_with_last_commits(newest, snapshots) if newest.later_run else newest, next_due=due)
    return newest if report is None else replace(_with_last_commits(report, snapshots), next_due=due), newest


def _due_after(config: Config, newest: SiteReport, end: datetime) -> datetime | None:
    """Return when the first count is due after the end of a period, `None` where the report has no next count."""
    if newest.next_due is None or newest.next_due >= end:
        return newest.next_due
    return _next_due(config, end - timedelta(seconds=1))


def _with_last_commits(report: SiteReport, snapshots: Snapshots) -> SiteReport:
    """Return a report with the last commit of each project as of its instant; the store has only the newest."""
    days = {row.repo_id: row.committed_on for row in snapshots.period(report.as_of) if row.committed_on}
    projects = (
        replace(project, repository=replace(project.repository, head_committed_on=days[repo_id]))
        if (repo_id := project.repository.repo_id) in days
        else project
        for project in report.projects
    )
    return replace(report, projects=tuple(projects))


def _from_store(
    config: Config,
    as_of: datetime | None,
    now: datetime,
    extra: Sequence[Window],
    assemble: Callable[[Session, projects.Rows], AnyReport],
) -> AnyReport:
    """Sync the database, read the rows of an instant and assemble a report from them."""
    store, snapshots = lists.open_store_to_read(config)

    def load(session: Session) -> AnyReport:
        sync.sync(session, snapshots)
        at = as_of or _last_count_at(session, now)
        return assemble(session, _rows(session, config, at, extra))

    return store.run(load)


def _last_count_at(session: Session, now: datetime) -> datetime:
    """Return the instant of the last run up to now, 1970 if there was never one.

    Raises ClockError if every run is later: a build as of 1970 would remove every page and table.
    """
    last, latest = queries.last_run_at(session, now), queries.last_run_at(session, datetime.max)
    if last is None and latest is not None:
        raise ClockError(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, but all counts are later, up to "
            f"{latest:%Y-%m-%d %H:%M}; correct the clock, or run `startrack update` if the clock is right",
        )
    return last or _EPOCH


def _report(session: Session, config: Config, rows: projects.Rows, history: Mapping[int, CountHistory]) -> Report:
    listed, assembled = tuple(entry for entry, _ in rows.lists), projects.assemble(rows)
    return Report(
        as_of=rows.as_of,
        title=config.dashboards.title,
        lists=listed,
        windows=tuple(rows.baselines),
        projects=assembled,
        history=history,
        momentum=section_stats.momentum(listed, assembled, tuple(rows.baselines)),
        runs=queries.runs(session, rows.as_of, _RUNS_SHOWN),
        later_run=queries.next_run_at(session, rows.as_of),
    )


def _site_report(session: Session, config: Config, rows: projects.Rows, as_of: datetime | None) -> SiteReport:
    at, day = rows.as_of, rows.as_of.date()
    history = queries.history(session, at)
    base = _report(session, config, rows, history)
    retained_lines, retained_problems, whole_histories = _retained_lines(session, at)
    listing_dates = _listing_dates(session, base.lists, day)
    return SiteReport(
        **{field.name: getattr(base, field.name) for field in fields(base)},
        retained=retained_lines,
        retained_problems=retained_problems,
        whole_histories=whole_histories,
        first_star_days=queries.first_stars(session),
        imported=queries.imported(session, at),
        churn=queries.churn(session, day),
        bursts=queries.bursts(session, health.burst_reach(at), at),
        names=queries.repository_names(session, at),
        weekly_commits=queries.commits(session, day),
        listing_dates=listing_dates,
        stars_around=queries.stars_around(session, _known_days(listing_dates.values()), day),
        takeovers=queries.takeovers(session, at),
        licence_changes=queries.licence_changes(session, at - MAX_EVENT_AGE, at),
        ignored=tuple(
            IgnoredFinding(rule.repo, rule.finding, rule.reason, rule.until) for rule in config.health.ignore
        ),
        next_due=None if as_of or not base.runs else _next_due(config, at),
        events=_events(queries.events(session, at), rows, base.projects),
        weeks=_weeks(session, config, rows, history),
        base_url=config.dashboards.base_url,
    )


def _next_due(config: Config, last: datetime) -> datetime | None:
    """Return when the schedule has the next count after the last one, a day later if no schedule is configured."""
    if not config.schedule.model_fields_set & {"cron", "timezone"}:
        return last + DAY
    return cron.next_due(cron.trigger(config.schedule), last)


def _events(stored: Iterable[StoredEvent], rows: projects.Rows, assembled: Iterable[Project]) -> tuple[Event, ...]:
    listed = (entry for entry, _ in rows.lists)
    return events.assemble(stored, listed, assembled, _names(rows), rows.as_of - MAX_EVENT_AGE)


def _names(rows: projects.Rows) -> events.Names:
    names = {repo_id: repository.name for repo_id, (repository, _, _) in rows.repositories.items()}
    return events.Names(names, rows.holders)


def _weeks(session: Session, config: Config, rows: projects.Rows, history: Mapping[int, CountHistory]) -> "_Weeks":
    """Return every week since the first count in which anything is known to have changed, newest first.

    Old weeks are made again from the counts, because digests are linked to long after their week, and the page may have
    been deleted.
    """
    first = min((counts.first for counts in history.values()), default=rows.as_of)
    lists_by_day = _ListsByDay(session, config)
    counted = _Nearest(history)
    weeks = (
        (_Week(week.end, lists_by_day.on(week.sunday)), changed)
        for week in (CalendarWeek(monday, ()) for monday in windows.mondays(first, rows.as_of))
        if (changed := counted.changed(week.end))  # skips the empty weeks next to a count with a wrong year
    )
    weeks_with_changes = [week for week, changed in weeks if projects.has_any(week.lists, rows.holders, changed)]
    return _Weeks(weeks_with_changes, counted, rows, _events_by_week(session, first, rows.as_of, history))


@dataclass(frozen=True, slots=True)
class _Week:
    """The end of a week, and the lists on its last day as in `projects.Rows`."""

    end: datetime
    lists: Sequence[tuple[List, Mapping[str, int]]]


class _Weeks(Sequence[CalendarWeek]):
    """The weeks of a report. The projects of a week are made when it is asked for; those of a year fill memory."""

    def __init__(
        self,
        weeks: Sequence[_Week],
        counted: "_Nearest",
        rows: projects.Rows,
        stored: Mapping[date, Sequence[StoredEvent]],
    ) -> None:
        self._weeks, self._counted, self._rows, self._stored = weeks, counted, rows, stored
        self._names = _names(rows)
        self._recounts: dict[int, projects.Recount] = {}
        # Feeds and the API show the latest weeks of each list.
        self._week = lru_cache(windows.LATEST_WEEKS)(self._make)

    def __len__(self) -> int:
        """Return the number of weeks."""
        return len(self._weeks)

    @overload
    def __getitem__(self, index: int) -> CalendarWeek: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[CalendarWeek]: ...
    def __getitem__(self, index: int | slice) -> CalendarWeek | Sequence[CalendarWeek]:
        """Return a week, or the weeks of a slice."""
        if isinstance(index, slice):
            return [self._week(number) for number in range(len(self._weeks))[index]]
        return self._week(range(len(self._weeks))[index])

    def _make(self, number: int) -> CalendarWeek:
        """Return a week with its events and the projects in the lists on its last day."""
        listed_week = self._weeks[number]
        end = listed_week.end
        week = CalendarWeek((end - WEEK).date(), self._projects(listed_week))
        listed = (entry for entry, _ in listed_week.lists)
        stored = self._stored.get(week.monday, ())
        recent = events.assemble(stored, listed, week.projects, self._names, end - timedelta(days=8))
        return replace(week, events=tuple(event for event in recent if week.holds(event.at)))

    def _projects(self, week: _Week) -> tuple[Project, ...]:
        currents = self._counted.to(week.end)
        baselines = {changes.WEEK_WINDOW: self._counted.to(week.end - changes.WEEK_WINDOW.span)}
        # Most weeks have the same lists.
        key = id(week.lists)
        if key not in self._recounts:
            rows = _week_rows(self._rows, week, currents, baselines)
            self._recounts = {key: projects.Recount(rows)}
        return self._recounts[key].at(week.end, currents, baselines)


class _Nearest:
    """The counts nearest to midnights. Repositories that are counted at the same instants share their `times`."""

    def __init__(self, history: Mapping[int, CountHistory]) -> None:
        self._history = history
        self._times = {id(counts.times): counts.times for counts in history.values()}
        # A week begins where the week before, which is asked for next, ends.
        self.to = lru_cache(2)(self._to)

    def _to(self, instant: datetime) -> dict[int, Count]:
        """Return the count of each repository nearest to an instant."""
        rows = self._rows(instant)
        return {
            repo_id: counts[row]
            for repo_id, counts in self._history.items()
            if (row := rows[id(counts.times)]) is not None
        }

    def changed(self, end: datetime) -> set[int]:
        """Return the repositories with a count near the start of a week, and a later one near its end."""
        starts, ends = self._rows(end - changes.WEEK_WINDOW.span), self._rows(end)
        changed = {
            times for times in self._times if None not in (starts[times], ends[times]) and starts[times] != ends[times]
        }
        return (
            {repo_id for repo_id, counts in self._history.items() if id(counts.times) in changed} if changed else set()
        )

    def _rows(self, instant: datetime) -> dict[int, int | None]:
        """Return the row of the nearest count for each `times`, by its `id`."""
        at = to_microseconds(instant)
        return {key: nearest_index(times, at, _WEEK_REACH) for key, times in self._times.items()}


class _ListsByDay:
    """The lists on any day; days between two changes of a list need only one query."""

    def __init__(self, session: Session, config: Config) -> None:
        self._session, self._config = session, config
        self._days = queries.list_days(session)
        self._cache: dict[int, list[tuple[List, dict[str, int]]]] = {}

    def on(self, day: date) -> list[tuple[List, dict[str, int]]]:
        position = bisect_right(self._days, day)
        if position not in self._cache:
            self._cache[position] = _shown_lists(self._session, self._config, day)
        return self._cache[position]


def _events_by_week(
    session: Session,
    first: datetime,
    as_of: datetime,
    history: Mapping[int, CountHistory],
) -> dict[date, list[StoredEvent]]:
    """Return the events since the first count, by the Monday of their week."""
    by_monday: dict[date, list[StoredEvent]] = {}
    until = as_of
    while until >= first:
        if _has_counts(history, until - MAX_EVENT_AGE, until):
            for event in queries.events(session, until):
                by_monday.setdefault(windows.monday(event.at), []).append(event)
        until -= MAX_EVENT_AGE
    return by_monday


def _has_counts(history: Mapping[int, CountHistory], after: datetime, until: datetime) -> bool:
    ends = to_microseconds(after), to_microseconds(until)
    spans = ([bisect_right(counts.times, end) for end in ends] for counts in history.values())
    return any(start < end for start, end in spans)


def _week_rows(
    rows: projects.Rows,
    week: _Week,
    currents: Mapping[int, Count],
    baselines: Mapping[Window, Mapping[int, Count]],
) -> projects.Rows:
    return projects.Rows(
        as_of=week.end,
        lists=week.lists,
        currents=currents,
        baselines=baselines,
        weeks=(),
        largest_daily_gains={},
        names={},
        repositories=rows.repositories,
        details={},
        missing=(),
        holders=rows.holders,
    )


def _retained_lines(session: Session, at: datetime) -> tuple[dict[int, RetainedLine], dict[int, str], frozenset[int]]:
    """Return the retained stars that can be drawn, why others cannot, and the repositories with a complete history."""
    anchors, levels, problems, complete = queries.retained_anchors(session), {}, {}, set[int]()
    for repo_id, weeks in queries.retained(session).items():
        line = retained.weekly_levels(weeks, anchors[repo_id], at.date())
        if isinstance(line, retained.NoLine):
            problems[repo_id] = str(line)
        else:
            levels[repo_id] = line
            if retained.is_whole(weeks, anchors[repo_id]):
                complete.add(repo_id)
    return levels, problems, frozenset(complete)


def _retained_gains(session: Session, spans: Iterable[Window], at: datetime) -> dict[Window, dict[int, RetainedGain]]:
    days = ((window, retained.stand_in_days(window, at)) for window in spans)
    return {window: queries.retained_gains(session, window.days, *span) for window, span in days if span}


def _rows(session: Session, config: Config, at: datetime, extra: Sequence[Window]) -> projects.Rows:
    spans = sorted({*config.trends.windows, *extra})
    currents = queries.current_counts(session, at)
    return projects.Rows(
        as_of=at,
        lists=_shown_lists(session, config, at.date()),
        currents=currents,
        baselines=_baselines(session, spans, at),
        weeks=[
            queries.nearest_counts(session, start, changes.WEEK_WINDOW.reach, at) for start in windows.week_starts(at)
        ],
        largest_daily_gains=queries.largest_daily_gains(
            session, at - projects.SPIKE_WINDOW.span, projects.SPIKE_WINDOW.reach, at
        ),
        names=queries.names(session, at),
        repositories=queries.repositories(session),
        details=queries.details(session, at - _DETAILS_AGE, at),
        missing=queries.missing(session, at),
        retained=_retained_gains(session, spans, at),
        first_own=queries.first_own_counts(session),
        holders=projects.name_holders(queries.current_names(session), currents),
    )


def _baselines(session: Session, spans: Iterable[Window], at: datetime) -> dict[Window, Mapping[int, Count]]:
    """Return the counts nearest to the start of each window that ends at an instant."""
    return {window: queries.nearest_counts(session, at - window.span, window.reach, at) for window in spans}


def _shown_lists(session: Session, config: Config, day: date) -> list[tuple[List, dict[str, int]]]:
    """Return the configured lists, empty if not read yet; every list that was read if none is configured."""
    stored = {entry.name: (entry, ids) for entry, ids in queries.lists(session, day)}
    if not config.lists:
        return list(stored.values())
    named_configs = ((lists.name_of(config, list_config), list_config) for list_config in config.lists)
    return [
        (replace(listed, label=list_config.label), ids)
        for name, list_config in named_configs
        for listed, ids in [stored.get(name, (List(name, list_config.source, ()), {}))]
    ]


def _listing_dates(
    session: Session, listed: Iterable[List], day: date
) -> dict[str, dict[int, ListingDate | UnknownListingDate]]:
    """Return when each repository was added to each list, by the list's name."""
    entry_dates = queries.entry_dates(session, day)
    return {entry.name: listing_dates.find_listing_dates(entry_dates.get(entry.name, ()), day) for entry in listed}


def _known_days(
    listing_dates: Iterable[Mapping[int, ListingDate | UnknownListingDate]],
) -> set[tuple[int, date]]:
    return {
        (repo_id, listing.day)
        for by_repository in listing_dates
        for repo_id, listing in by_repository.items()
        if isinstance(listing, ListingDate)
    }
