"""Builds a report: everything known at an instant, from the store."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from startrack.config import Config
from startrack.errors import ClockError
from startrack.lists import git_history, sources
from startrack.model import changes
from startrack.model.changes import Count, Window
from startrack.model.events import MAX_EVENT_AGE, Event, StoredEvent
from startrack.model.history import ListingDate, RetainedGain, RetainedStars, UnknownListingDate
from startrack.model.lists import List
from startrack.model.report import CalendarWeek, Project, Report, SiteReport
from startrack.store import queries, sync
from startrack.store.database import Session
from startrack.trends import events, health, listing_dates, projects, retained, section_stats, windows
from startrack.workflows import lists

__all__ = [
    "listing_days",
    "report",
    "site_report",
]


_RUNS_SHOWN = 30
# Every repository's details are asked for at least once a week; one more week makes up for lost runs.
_DETAILS_AGE = timedelta(days=14)
_EPOCH = datetime(1970, 1, 1)

Made = TypeVar("Made", bound=Report)


def report(
    config: Config,
    as_of: datetime | None,
    now: datetime = datetime.max,
    *,
    extra: Sequence[Window] = (),
) -> Report:
    """Return the report for rankings at an instant, by default at the last run up to `now` (1970 where there is none).

    Lists are those of the configuration, and all that were ever read where it names none. `extra` windows are added
    to the configured ones. Raises ClockError where every run is later than `now`.
    """
    return _from_store(config, as_of, now, extra, lambda session, rows: _report(session, config, rows, {}))


def site_report(config: Config, as_of: datetime | None, now: datetime = datetime.max) -> SiteReport:
    """Return the report for a build: that of `report` with counts, star history, events and weeks.

    Raises ClockError as `report` does.
    """
    return _from_store(config, as_of, now, (), lambda session, rows: _site_report(session, config, rows))


def _from_store(
    config: Config,
    as_of: datetime | None,
    now: datetime,
    extra: Sequence[Window],
    assemble: Callable[[Session, projects.Rows], Made],
) -> Made:
    """Sync the database, read the rows of an instant and assemble a report from them."""
    store, snapshots = lists.open_store(config)

    def work(session: Session) -> Made:
        sync.sync(session, snapshots)
        at = as_of or _last_take(session, now)
        return assemble(session, _rows(session, config, at, extra))

    return store.run(work)


def _last_take(session: Session, now: datetime) -> datetime:
    """Return the instant of the last run up to now, 1970 where there was never any.

    Raises ClockError where all of them are later: a build as of 1970 would take every page and table away.
    """
    last, whenever = queries.last_run_at(session, now), queries.last_run_at(session, datetime.max)
    if last is None and whenever is not None:
        raise ClockError(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, and all counts are later, up to "
            f"{whenever:%Y-%m-%d %H:%M}; set the clock right; if it is right, run `startrack update`",
        )
    return last or _EPOCH


def _report(session: Session, config: Config, rows: projects.Rows, history: Mapping[int, tuple[Count, ...]]) -> Report:
    listed, assembled = tuple(each for each, _ in rows.lists), projects.assemble(rows)
    return Report(
        as_of=rows.as_of,
        title=config.dashboards.title,
        lists=listed,
        windows=tuple(rows.baselines),
        projects=assembled,
        history=history,
        momentum=section_stats.momentum(listed, assembled, tuple(rows.baselines)),
        runs=queries.runs(session, rows.as_of, _RUNS_SHOWN),
    )


def _site_report(session: Session, config: Config, rows: projects.Rows) -> SiteReport:
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
        churn=queries.churn(session, day),
        bursts=queries.bursts(session, health.burst_reach(at), at),
        names=queries.repository_names(session, at),
        weekly_commits=queries.commits(session, day),
        listing_dates=listing_dates,
        stars_around=queries.stars_around(session, _dated(listing_dates.values()), day),
        takeovers=queries.takeovers(session, at),
        events=_events(queries.events(session, at), rows, base.projects),
        weeks=tuple(_weeks(session, config, rows, history)),
        base_url=config.dashboards.base_url,
    )


def _events(seen: Iterable[StoredEvent], rows: projects.Rows, assembled: Iterable[Project]) -> tuple[Event, ...]:
    lists = (each for each, _ in rows.lists)
    return events.assemble(seen, lists, assembled, _names(rows), rows.as_of - MAX_EVENT_AGE)


def _names(rows: projects.Rows) -> events.Names:
    return events.Names({repo_id: each.name for repo_id, (each, _, _) in rows.repositories.items()}, rows.holders)


def _weeks(
    session: Session,
    config: Config,
    rows: projects.Rows,
    history: Mapping[int, Sequence[Count]],
) -> Iterator[CalendarWeek]:
    """Yield every week since the first count in which anything is known to have changed, newest first.

    All of them, from the counts: a digest is linked to long after its week, and its page may be gone from the disk.
    """
    first = min((counts[0].taken_at for counts in history.values()), default=rows.as_of)
    listed, names = _Listed(session, config), _names(rows)
    seen = _seen_by_week(session, first, rows.as_of, history)
    currents: Mapping[int, Count] | None = None
    for monday in windows.mondays(first, rows.as_of):
        week = CalendarWeek(monday, ())
        baselines = _nearest(history, week.end - changes.WEEK_WINDOW.span)
        currents = _nearest(history, week.end) if currents is None else currents
        if currents and baselines:  # one count of a wrong year must not make work of all weeks in between
            week_rows = _of_week(rows, week, listed.on(week.sunday), currents, baselines)
            yield from _told(week, week_rows, seen.get(monday, ()), names)
        currents = baselines


def _nearest(history: Mapping[int, Sequence[Count]], instant: datetime) -> dict[int, Count]:
    """Return the count of each repository nearest to a midnight, which the weeks before and after it share."""
    found = (
        (repo_id, windows.nearest(counts, instant, changes.WEEK_WINDOW.reach)) for repo_id, counts in history.items()
    )
    return {repo_id: count for repo_id, count in found if count is not None}


class _Listed:
    """The lists on one day after another, read anew only where one of them changed in between."""

    def __init__(self, session: Session, config: Config) -> None:
        self._session, self._config = session, config
        self._days = queries.list_days(session)
        self._read: dict[int, list[tuple[List, dict[str, int]]]] = {}

    def on(self, day: date) -> list[tuple[List, dict[str, int]]]:
        place = bisect_right(self._days, day)
        if place not in self._read:
            self._read[place] = _reported(self._session, self._config, day)
        return self._read[place]


def _seen_by_week(
    session: Session,
    first: datetime,
    as_of: datetime,
    history: Mapping[int, Sequence[Count]],
) -> dict[date, list[StoredEvent]]:
    """Return what happened since the first count, by the Monday of its week."""
    found: dict[date, list[StoredEvent]] = {}
    until = as_of
    while until >= first:
        if _is_counted(history, until - MAX_EVENT_AGE, until):
            for each in queries.events(session, until):
                found.setdefault(windows.monday(each.at), []).append(each)
        until -= MAX_EVENT_AGE
    return found


def _is_counted(history: Mapping[int, Sequence[Count]], after: datetime, until: datetime) -> bool:
    """Say whether anything was counted in a span."""
    spans = ([bisect_right(counts, at, key=_taken_at) for at in (after, until)] for counts in history.values())
    return any(start < end for start, end in spans)


def _taken_at(count: Count) -> datetime:
    return count.taken_at


def _of_week(
    rows: projects.Rows,
    week: CalendarWeek,
    lists: Sequence[tuple[List, Mapping[str, int]]],
    currents: Mapping[int, Count],
    baselines: Mapping[int, Count],
) -> projects.Rows:
    return projects.Rows(
        as_of=week.end,
        lists=lists,
        currents=currents,
        baselines={changes.WEEK_WINDOW: baselines},
        weeks=(),
        largest_daily_gains={},
        names={},
        repositories=rows.repositories,
        details={},
        missing=(),
        holders=rows.holders,
    )


def _told(
    week: CalendarWeek, rows: projects.Rows, seen: Iterable[StoredEvent], names: events.Names
) -> Iterator[CalendarWeek]:
    """Yield a week with the projects as their lists named them on its last day, unless nothing is known of it."""
    assembled = projects.assemble(rows)
    if windows.has_known_week(assembled):
        lists = (each for each, _ in rows.lists)
        happened = events.assemble(seen, lists, assembled, names, week.end - timedelta(days=8))
        yield replace(week, projects=assembled, events=tuple(each for each in happened if week.holds(each.at)))


def _retained_lines(
    session: Session, at: datetime
) -> tuple[dict[int, tuple[RetainedStars, ...]], dict[int, str], frozenset[int]]:
    """Return the retained stars that make a line, why others make none, and which lines are whole."""
    anchors, levels, unfit, whole = queries.retained_anchors(session), {}, {}, set[int]()
    for repo_id, weeks in queries.retained(session).items():
        line = retained.weekly_levels(weeks, anchors[repo_id], at.date())
        if isinstance(line, retained.NoLine):
            unfit[repo_id] = str(line)
        else:
            levels[repo_id] = line
            if retained.is_whole(weeks, anchors[repo_id]):
                whole.add(repo_id)
    return levels, unfit, frozenset(whole)


def _retained_gains(session: Session, spans: Iterable[Window], at: datetime) -> dict[Window, dict[int, RetainedGain]]:
    ends = ((window, retained.stand_in_days(window, at)) for window in spans)
    return {window: queries.retained_gains(session, window.days, *span) for window, span in ends if span}


def _rows(session: Session, config: Config, at: datetime, extra: Sequence[Window]) -> projects.Rows:
    spans = sorted({*config.trends.windows, *extra})
    currents, repositories = queries.current_counts(session, at), queries.repositories(session)
    return projects.Rows(
        as_of=at,
        lists=_reported(session, config, at.date()),
        currents=currents,
        baselines=_baselines(session, spans, at),
        weeks=[
            queries.nearest_counts(session, start, changes.WEEK_WINDOW.reach, at) for start in windows.week_starts(at)
        ],
        largest_daily_gains=queries.largest_daily_gains(
            session, at - projects.SPIKE_WINDOW.span, projects.SPIKE_WINDOW.reach, at
        ),
        names=queries.names(session, at),
        repositories=repositories,
        details=queries.details(session, at - _DETAILS_AGE, at),
        missing=queries.missing(session, at),
        retained=_retained_gains(session, spans, at),
        holders=projects.name_holders((each for each, _, _ in repositories.values()), currents),
    )


def _baselines(session: Session, spans: Iterable[Window], at: datetime) -> dict[Window, dict[int, Count]]:
    """Return the counts nearest to where each window starts that ends at an instant."""
    return {window: queries.nearest_counts(session, at - window.span, window.reach, at) for window in spans}


def _reported(session: Session, config: Config, day: date) -> list[tuple[List, dict[str, int]]]:
    """Return the lists of the configuration, empty those not read yet; where it names none, all that were read."""
    found = {pair[0].name: pair for pair in queries.lists(session, day)}
    if not config.lists:
        return list(found.values())
    wanted = ((lists.name_of(config, each), each) for each in config.lists)
    return [
        (replace(listed, label=each.label), ids)
        for name, each in wanted
        for listed, ids in [found.get(name, (List(name, each.source, ()), {}))]
    ]


def _listing_dates(
    session: Session, listed: Iterable[List], day: date
) -> dict[str, dict[int, ListingDate | UnknownListingDate]]:
    """Return when each repository was added to each list, by the list's name."""
    sightings = queries.entry_dates(session, day)
    return {each.name: listing_dates.find_listing_dates(sightings.get(each.name, ()), day) for each in listed}


def _dated(added: Iterable[Mapping[int, ListingDate | UnknownListingDate]]) -> set[tuple[int, date]]:
    return {(repo_id, when.day) for each in added for repo_id, when in each.items() if isinstance(when, ListingDate)}


def listing_days(root: Path, lists: Iterable[List]) -> dict[str, Mapping[str, date]]:
    """Return when each list took its projects in, by name, as git tells it of lists that are files below `root`.

    It may take seconds.
    """
    return {each.name: _history(root, each) for each in lists}


def _history(root: Path, listed: List) -> Mapping[str, date]:
    source = sources.parse_source(listed.source, exists=lambda path: (root / path).is_file())
    return git_history.added_days(root / source.path) if isinstance(source, sources.FileSource) else {}
