"""What the database knows, as values; each function runs one statement from `sql/`."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import get_args

from startrack.model.changes import Count
from startrack.model.diagnostics import FailingRepository
from startrack.model.durations import MONTH, WEEK
from startrack.model.events import (
    DORMANT_AFTER,
    MAX_EVENT_AGE,
    Added,
    LossReason,
    Lost,
    MilestoneReached,
    Removed,
    Renamed,
    Returned,
    Revived,
    StoredEvent,
)
from startrack.model.history import (
    Burst,
    Churn,
    DateRange,
    EntrySighting,
    FetchOutcome,
    NameSince,
    RepositoryHistory,
    RetainedGain,
    Series,
    StarsAround,
    WeeklyCommits,
)
from startrack.model.lists import Entry, List, OtherHostProjects
from startrack.model.report import NameTakeover
from startrack.model.repository import Details, KnownRepository, Missing, Reason, Repository, name_key
from startrack.model.runs import Run
from startrack.store.database import Session

__all__ = [
    "bursts",
    "churn",
    "commits",
    "current_counts",
    "details",
    "entry_sightings",
    "events",
    "failing",
    "first_stars",
    "histories",
    "history",
    "known_repositories",
    "largest_daily_gains",
    "last_count_at",
    "list_days",
    "lists",
    "missing",
    "names",
    "nearest_count_times",
    "nearest_counts",
    "newest",
    "repositories",
    "repository_names",
    "retained",
    "retained_anchors",
    "retained_gains",
    "runs",
    "stars_around",
    "takeovers",
]


# How many of the instants next nearest to a window's start are looked at before the whole span around it is.
_NEXT_NEAREST = 3


def newest(session: Session, until: datetime) -> datetime | None:
    """Return the last instant at or before `until` at which anything was counted."""
    ((found,),) = session.rows("trends/last_take", until=until)
    return found  # type: ignore[no-any-return]


def last_count_at(session: Session, now: datetime) -> datetime | None:
    """Return the instant of the last run up to now, whether it counted anything or not."""
    ((found,),) = session.rows("trends/last_run", now=now)
    return found  # type: ignore[no-any-return]


def current_counts(session: Session, until: datetime) -> dict[int, Count]:
    """Return the last count of each repository at or before `until`."""
    last = newest(session, until)
    if last is None:
        return {}
    ((near,),) = session.rows("trends/near_take", newest=last)
    return _counts(session.rows("trends/last_counts", newest=last, near=near or last))


def nearest_counts(session: Session, target: datetime, reach: timedelta, until: datetime) -> dict[int, Count]:
    """Return the count of each repository nearest to an instant; of two equally near the earlier.

    Of those no further from it than `reach`, and not after `until`.
    """
    values = nearest_count_times(session, target, reach, until)
    return _counts(session.rows("trends/nearest_counts", **values)) if values else {}


def nearest_count_times(session: Session, target: datetime, reach: timedelta, until: datetime) -> dict[str, datetime]:
    """Return the instants that `trends/nearest_counts` reads by; none where nothing was counted in reach."""
    found = session.rows("trends/nearest_takes", target=target, first=target - reach, last=min(target + reach, until))
    takes = [taken_at for (taken_at,) in found]
    if not takes:
        return {}
    near = takes[: _NEXT_NEAREST + 1]
    return {
        "target": target,
        "nearest": takes[0],
        "near_first": min(near),
        "near_last": max(near),
        "first": min(takes),
        "last": max(takes),
    }


def _counts(rows: list[tuple[int, datetime, int, int, int | None]]) -> dict[int, Count]:
    return {row[0]: Count(row[1], row[2], row[3], row[4]) for row in rows}


def history(session: Session, until: datetime) -> dict[int, tuple[Count, ...]]:
    """Return every count of each listed repository up to an instant, oldest first."""
    found: dict[int, list[Count]] = {}
    for repo_id, *figures in session.rows("trends/history", until=until):
        found.setdefault(repo_id, []).append(Count(*figures))
    return {repo_id: tuple(counts) for repo_id, counts in found.items()}


def largest_daily_gains(session: Session, target: datetime, reach: timedelta, until: datetime) -> dict[int, int]:
    """Return the most stars each listed repository gained within one day, since its count nearest to an instant.

    That count is one of those no further from `target` than `reach`; only where days were counted.
    """
    values = {"target": target, "first": target - reach, "last": min(target + reach, until), "until": until}
    return dict(session.rows("trends/leaps", **values))


def names(session: Session, until: datetime) -> dict[int, tuple[str, ...]]:
    """Return the names each repository was seen under, oldest first."""
    found: dict[int, list[str]] = {}
    for repo_id, name in session.rows("trends/names", until=until):
        found.setdefault(repo_id, []).append(name)
    return {repo_id: tuple(each) for repo_id, each in found.items()}


def lists(session: Session, day: date) -> list[tuple[List, dict[str, int]]]:
    """Return every list as it stood on a day, each with the numbers of the repositories its entries lead to."""
    found: dict[str, tuple[List, list[Entry], dict[str, int]]] = {}
    for name, source, label, elsewhere in session.rows("trends/lists"):
        parts = tuple(OtherHostProjects(host, projects) for host, projects in json.loads(elsewhere))
        found[name] = List(name, source, (), label, parts), [], {}
    for name, repo, repo_id, title, section, sections, url, line in session.rows("trends/entries", day=day):
        entry = Entry(repo, title, _path(section), url, line, tuple(map(tuple, json.loads(sections))))
        found[name][1].append(entry)
        if repo_id is not None:
            found[name][2][repo] = repo_id
    return [(replace(listed, entries=tuple(entries)), ids) for listed, entries, ids in found.values()]


def list_days(session: Session) -> list[date]:
    """Return the days on which a list changed, in order: between two of them all lists stay as they are."""
    return [day for (day,) in session.rows("trends/list_days")]


def _path(section: str) -> tuple[str, ...]:
    return tuple(json.loads(section))


def repositories(session: Session) -> dict[int, tuple[Repository, Details, datetime | None]]:
    """Return what each repository is, those of its details that seldom change, and when it was first counted."""
    found = {}
    for *facts, topics, release, released_at, born in session.rows("trends/repositories"):
        repository = Repository(*facts)
        details = Details(
            topics=tuple(json.loads(topics or "[]")),
            latest_release=release,
            latest_release_at=released_at,
        )
        found[repository.repo_id] = (repository, details, born)
    return found


def details(session: Session, after: datetime, until: datetime) -> dict[int, Details]:
    """Return the newest open issues, open pull requests and watchers of each repository in a span."""
    rows = session.rows("trends/details", after=after, until=until)
    return {repo_id: Details(*figures) for repo_id, *figures in rows}


def missing(session: Session, until: datetime) -> list[tuple[datetime, Missing]]:
    """Return what each repository answered instead of a count, and when last it did."""
    rows = session.rows("trends/missing", until=until)
    return [(seen, Missing(repo, Reason(reason), repo_id=repo_id)) for repo, repo_id, seen, reason in rows]


def runs(session: Session, until: datetime, limit: int) -> tuple[Run, ...]:
    """Return the latest runs, newest first."""
    return tuple(Run(*row) for row in session.rows("trends/runs", until=until, limit=limit))


def retained(session: Session) -> dict[int, list[tuple[date, int]]]:
    """Return the retained stars of each listed repository's weeks, by their last days, oldest first."""
    found: dict[int, list[tuple[date, int]]] = {}
    for repo_id, last_day, stars in session.rows("trends/retained"):
        found.setdefault(repo_id, []).append((last_day, stars))
    return found


def retained_anchors(session: Session) -> dict[int, tuple[bool, int, int | None]]:
    """Return of each history whether its beginning is known, and how far from its end which count lies."""
    return {repo_id: (complete, current, stars) for repo_id, complete, current, stars in session.rows("trends/anchors")}


def retained_gains(session: Session, days: int, since: date, until: date) -> dict[int, RetainedGain]:
    """Return what was retained of so many days, all of them known, that end in a span; its end is not part of it."""
    rows = session.rows("trends/retained_gains", days=days, since=since, until=until)
    return {repo_id: RetainedGain(gain, first, last) for repo_id, gain, first, last in rows}


def first_stars(session: Session) -> dict[int, date]:
    """Return the day of each repository's first retained star, where every day since its creation is known."""
    return {
        repo_id: first_star
        for repo_id, first, last, days, first_star in session.rows("trends/first_stars")
        if days == (last - first).days + 1 and first_star is not None
    }


def churn(session: Session, until: date) -> dict[int, Churn]:
    """Return what counts and retained stars say of the days that both know, at least a week of them."""
    rows = session.rows("trends/churn", until=until)
    return {
        repo_id: Churn(since, end, gained, retained)
        for repo_id, since, end, gained, retained, days in rows
        if days == (end - since).days >= WEEK.days
    }


def bursts(session: Session, since: date, until: datetime) -> dict[int, Burst]:
    """Return the best fourteen days of each repository whose whole past is known, where fourteen more followed.

    By retained stars where they are known up to `since` at least, otherwise by counts from the creation on.
    """
    counted = _bursts(session.rows("trends/counted_bursts", until=until), retained=False)
    kept = _bursts(session.rows("trends/retained_bursts", since=since, until=until.date()), retained=True)
    return counted | kept


def _bursts(rows: list[tuple[int, date, date, int, int, int, date]], *, retained: bool) -> dict[int, Burst]:
    return {row[0]: Burst(row[1], row[2], row[3], row[4], row[5], row[6], retained) for row in rows}


def takeovers(session: Session, until: datetime) -> tuple[NameTakeover, ...]:
    """Return the names that led to one repository and, up to an instant, came to lead to another one."""
    return tuple(NameTakeover(*row) for row in session.rows("trends/takeovers", until=until))


def known_repositories(session: Session) -> tuple[KnownRepository, ...]:
    """Return what a run can go by: one value for each name that a repository had."""
    return tuple(KnownRepository(*row) for row in session.rows("store/known"))


def histories(session: Session, lists: Sequence[str]) -> list[RepositoryHistory]:
    """Return what is known of the past of every repository of these lists that was counted when last asked for."""
    stretches: dict[tuple[str, int], list[DateRange]] = {}
    for series, repo_id, first, last in session.rows("store/stretches"):
        stretches.setdefault((series, repo_id), []).append(DateRange(first, last))
    rows = session.rows("store/pasts", lists=list(lists), series=[each.value for each in Series])
    return [
        RepositoryHistory(
            repo_id,
            name,
            Series(series),
            etag,
            complete,
            fetched_at,
            tuple(stretches.get((series, repo_id), ())),
            FetchOutcome(outcome) if outcome else None,
        )
        for repo_id, name, series, etag, complete, fetched_at, outcome in rows
    ]


# GitHub tells a year of them; what was kept longer is another year's.
_YEAR = 53 * WEEK


def repository_names(session: Session, until: datetime) -> dict[int, tuple[NameSince, ...]]:
    """Return the names of each listed repository by an instant, oldest first."""
    found: dict[int, list[NameSince]] = {}
    for repo_id, name, first_seen in session.rows("trends/namings", until=until):
        found.setdefault(repo_id, []).append(NameSince(name, first_seen))
    return {repo_id: tuple(each) for repo_id, each in found.items()}


def commits(session: Session, until: date) -> dict[int, tuple[WeeklyCommits, ...]]:
    """Return the commits of each listed repository's weeks in the year before a day, oldest first."""
    found: dict[int, list[WeeklyCommits]] = {}
    for repo_id, start, total in session.rows("trends/commit_weeks", since=until - _YEAR, until=until):
        found.setdefault(repo_id, []).append(WeeklyCommits(start, total))
    return {repo_id: tuple(each) for repo_id, each in found.items()}


def entry_sightings(session: Session, day: date) -> dict[str, list[EntrySighting]]:
    """Return the entries of each list on a day, those that lead to a repository."""
    found: dict[str, list[EntrySighting]] = {}
    for name, *seen in session.rows("trends/sightings", day=day):
        found.setdefault(name, []).append(EntrySighting(*seen))
    return found


def stars_around(
    session: Session, additions: Collection[tuple[int, date]], until: date
) -> dict[tuple[int, date], StarsAround]:
    """Return what is known, before a day, of retained stars around each of some days; nothing where none is."""
    session.run("store/stage_additions")
    session.append("addition", sorted(additions))
    return {
        (repo_id, day): StarsAround(
            before if known == MONTH.days else None, after if known_after == MONTH.days else None
        )
        for repo_id, day, before, known, after, known_after in session.rows(
            "trends/around",
            days=MONTH.days,
            until=until,
        )
    }


def failing(session: Session, times: int, lists: Collection[str]) -> tuple[FailingRepository, ...]:
    """Return what these lists name and the last runs missed, `times` or more in a row; by name, each once."""
    rows = session.rows("trends/failing", times=times)
    found = {
        name_key(repo): FailingRepository(repo, Reason(reason), missed, since, counted_at)
        for name, repo, reason, missed, since, counted_at in rows
        if name in lists
    }
    return tuple(found.values())


# How long before it a milestone must not have been reached (as in milestones.sql), or a lost project been seen.
_BEFORE = timedelta(days=90)
# Counts are seldom exactly as far apart as they should be: the first of a quiet stretch may be a month older.
_SLACK = timedelta(days=30)


def events(session: Session, until: datetime) -> list[StoredEvent]:
    """Return what happened in the ninety days up to an instant, archivals aside, which are no rows of their own."""
    since = until - MAX_EVENT_AGE
    return [
        *_milestones(session, since, until),
        *_revivals(session, since, until),
        *_losses(session, since, until),
        *_renames(session, since, until),
        *_list_changes(session, since.date(), until.date()),
    ]


def _milestones(session: Session, since: datetime, until: datetime) -> Iterator[StoredEvent]:
    for repo_id, at, *crossed in session.rows("trends/milestones", before=since - _BEFORE, since=since, until=until):
        yield StoredEvent(at, repo_id, MilestoneReached(*crossed))


def _revivals(session: Session, since: datetime, until: datetime) -> Iterator[StoredEvent]:
    before, quiet = since - DORMANT_AFTER - _SLACK, until - DORMANT_AFTER
    for repo_id, at, *stretch in session.rows("trends/revivals", before=before, quiet=quiet, since=since, until=until):
        yield StoredEvent(at, repo_id, Revived(*stretch))


_LOSS_REASONS: Mapping[str, LossReason] = {reason.value: reason for reason in get_args(LossReason)}


def _losses(session: Session, since: datetime, until: datetime) -> Iterator[StoredEvent]:
    span = {"before": since - _BEFORE, "since": since, "until": until}
    for repo_id, at, reason, before in session.rows("trends/losses", **span, reasons=list(_LOSS_REASONS)):
        event = Lost(_LOSS_REASONS[reason]) if reason else Returned(_LOSS_REASONS[before])
        yield StoredEvent(at, repo_id, event)


def _renames(session: Session, since: datetime, until: datetime) -> Iterator[StoredEvent]:
    for repo_id, at, old, new in session.rows("trends/renames", since=since, until=until):
        yield StoredEvent(at, repo_id, Renamed(old, new))


def _list_changes(session: Session, since: date, until: date) -> Iterator[StoredEvent]:
    rows = session.rows("trends/list_changes", since=since, until=until)
    for list_name, repo, repo_id, section, day, is_added in rows:
        change = (Added if is_added else Removed)(repo, tuple(json.loads(section)))
        yield StoredEvent(datetime.combine(day, time()), repo_id, change, list_name)
