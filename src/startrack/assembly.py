"""All that is known at an instant, from the store: rows in, a report out."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from startrack import chronicle, tracked
from startrack.config import Config
from startrack.happened import HORIZON, Event, Seen
from startrack.models import CalendarWeek, Count, List, Project, Report, Window
from startrack.past import Chronicle, Level, Retained
from startrack.store import happenings, loading, reading
from startrack.store.database import Session
from startrack.trends import calendar, events, health, projects, retained, sections, windows

__all__ = ["report"]

_RUNS_SHOWN = 30
# Every repository's details are asked for at least once a week; one more week makes up for lost runs.
_DETAILS_AGE = timedelta(days=14)
_EPOCH = datetime(1970, 1, 1)


def report(config: Config, as_of: datetime | None, *, with_history: bool, extra: Sequence[Window] = ()) -> Report:
    """Return all that is known at an instant, by default at the last count (1970 where there is none).

    Lists are those of the configuration, and all that were ever read where it names none. History is left
    out unless asked for; `extra` windows are added to the configured ones.
    """
    store, snapshots = tracked.store_of(config)
    with store.session() as session:
        loading.load(session, snapshots)
        at = as_of or reading.last_take(session) or _EPOCH
        rows = _rows(session, config, at, extra)
        history = reading.history(session, rows.as_of) if with_history else {}
        levels, unfit, whole = _lines(session, rows.as_of) if with_history else ({}, {}, frozenset[int]())
        churn = reading.churn(session, rows.as_of.date()) if with_history else {}
        bursts = reading.bursts(session, health.reach(rows.as_of), rows.as_of) if with_history else {}
        takeovers = reading.takeovers(session, rows.as_of)
        starred = reading.first_stars(session) if with_history else {}
        runs = reading.runs(session, rows.as_of, _RUNS_SHOWN)
        weeks = _weeks(session, config, rows) if with_history else ()
        seen = happenings.seen(session, rows.as_of) if with_history else None
    lists = tuple(each for each, _ in rows.lists)
    assembled = projects.assemble(rows)
    return Report(
        as_of=rows.as_of,
        title=config.dashboards.title,
        lists=lists,
        windows=tuple(rows.baselines),
        projects=assembled,
        history=history,
        momentum=sections.momentum(lists, assembled, tuple(rows.baselines)),
        runs=runs,
        retained=levels,
        unfit=unfit,
        churn=churn,
        chronicle=chronicle.gather(store, config.root, lists, rows.as_of, whole) if with_history else Chronicle(),
        events=_events(seen, rows, assembled) if seen is not None else (),
        weeks=weeks,
        bursts=bursts,
        takeovers=takeovers,
        base_url=config.dashboards.base_url,
        starred=starred,
    )


def _events(seen: Iterable[Seen], rows: projects.Rows, assembled: Iterable[Project]) -> tuple[Event, ...]:
    names = {repo_id: each.name for repo_id, (each, _, _) in rows.repositories.items()}
    lists = (each for each, _ in rows.lists)
    return events.assemble(seen, lists, assembled, events.Names(names, rows.holders), rows.as_of - HORIZON)


def _weeks(session: Session, config: Config, rows: projects.Rows) -> tuple[CalendarWeek, ...]:
    """Return the last weeks in which anything is known to have changed."""
    found = (CalendarWeek(monday, ()) for monday in calendar.last_weeks(rows.as_of))
    told = (replace(week, projects=_projects_of(session, config, week, rows)) for week in found)
    return tuple(week for week in told if calendar.is_known(week.projects))


def _projects_of(session: Session, config: Config, week: CalendarWeek, rows: projects.Rows) -> tuple[Project, ...]:
    """Return the projects as their lists named them on a week's last day, each with the week's change."""
    return projects.assemble(
        projects.Rows(
            as_of=week.end,
            lists=_reported(session, config, week.end - timedelta(days=1)),
            # Weeks that follow each other share the count between them, wherever around midnight it was taken.
            currents=reading.nearest(session, week.end, windows.WEEK.reach, rows.as_of),
            baselines=_baselines(session, [windows.WEEK], week.end),
            weeks=(),
            leaps={},
            names={},
            repositories=rows.repositories,
            details={},
            missing=(),
            holders=rows.holders,
        )
    )


def _lines(session: Session, at: datetime) -> tuple[dict[int, tuple[Level, ...]], dict[int, str], frozenset[int]]:
    """Return the retained stars that make a line, why others make none, and which lines are whole."""
    anchors, levels, unfit, whole = reading.anchors(session), {}, {}, set[int]()
    for repo_id, weeks in reading.retained(session).items():
        line = retained.line(weeks, anchors[repo_id], at.date())
        if isinstance(line, retained.Unfit):
            unfit[repo_id] = str(line)
        else:
            levels[repo_id] = line
            if retained.is_whole(weeks, anchors[repo_id]):
                whole.add(repo_id)
    return levels, unfit, frozenset(whole)


def _retained_gains(session: Session, spans: Iterable[Window], at: datetime) -> dict[Window, dict[int, Retained]]:
    ends = ((window, retained.span(window, at)) for window in spans)
    return {window: reading.retained_gains(session, window.days, *span) for window, span in ends if span}


def _rows(session: Session, config: Config, at: datetime, extra: Sequence[Window]) -> projects.Rows:
    spans = sorted({*config.trends.windows, *extra})
    currents, repositories = reading.currents(session, at), reading.repositories(session)
    return projects.Rows(
        as_of=at,
        lists=_reported(session, config, at),
        currents=currents,
        baselines=_baselines(session, spans, at),
        weeks=[reading.nearest(session, start, windows.WEEK.reach, at) for start in windows.week_starts(at)],
        leaps=reading.leaps(session, at - projects.SPIKE_WINDOW.span, projects.SPIKE_WINDOW.reach, at),
        names=reading.names(session, at),
        repositories=repositories,
        details=reading.details(session, at - _DETAILS_AGE, at),
        missing=reading.missing(session, at),
        retained=_retained_gains(session, spans, at),
        holders=projects.holders((each for each, _, _ in repositories.values()), currents),
    )


def _baselines(session: Session, spans: Iterable[Window], at: datetime) -> dict[Window, dict[int, Count]]:
    """Return the counts nearest to where each window starts that ends at an instant."""
    return {window: reading.nearest(session, at - window.span, window.reach, at) for window in spans}


def _reported(session: Session, config: Config, at: datetime) -> list[tuple[List, dict[str, int]]]:
    """Return the lists of the configuration, empty those not read yet; where it names none, all that were read."""
    found = {pair[0].name: pair for pair in reading.lists(session, at.date())}
    if not config.lists:
        return list(found.values())
    wanted = ((tracked.name_of(config, each), each) for each in config.lists)
    return [
        (replace(listed, label=each.label), ids)
        for name, each in wanted
        for listed, ids in [found.get(name, (List(name, each.source, ()), {}))]
    ]
