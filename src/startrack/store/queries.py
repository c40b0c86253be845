"""Questions to the database; each function runs a statement of `sql/` and returns values."""

import json
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar, get_args

from startrack.model.changes import Count, Counts
from startrack.model.count_history import CountHistory, Times
from startrack.model.diagnostics import FailingRepository
from startrack.model.durations import MONTH, WEEK
from startrack.model.events import (
    DORMANT_AFTER,
    MAX_EVENT_AGE,
    Added,
    EventDetail,
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
    EntryDates,
    FetchOutcome,
    ImportedCounts,
    NameSince,
    RepositoryHistory,
    RetainedGain,
    Series,
    StarsAround,
    WeeklyCommits,
)
from startrack.model.lists import Entry, List, OtherHostProjects
from startrack.model.report import LicenceChange, NameTakeover
from startrack.model.repository import Details, KnownRepository, Missing, Reason, Repository, name_key
from startrack.model.runs import Run
from startrack.store.database import Rows, Session

__all__ = [
    "bursts",
    "churn",
    "commits",
    "current_counts",
    "current_names",
    "details",
    "entry_dates",
    "events",
    "failing",
    "first_own_counts",
    "first_stars",
    "histories",
    "history",
    "imported",
    "known_repositories",
    "largest_daily_gains",
    "last_counted_at",
    "last_run_at",
    "licence_changes",
    "list_days",
    "lists",
    "missing",
    "names",
    "nearest_count_times",
    "nearest_counts",
    "next_run_at",
    "period_run_at",
    "repositories",
    "repository_names",
    "retained",
    "retained_anchors",
    "retained_gains",
    "runs",
    "stars_around",
    "takeovers",
]


Key = TypeVar("Key")
Value = TypeVar("Value")

# Nearly every repository has a count at one of this many instants; only for the others a longer span is read.
_NEAREST_TIMES = 4
# GitHub's commit statistics cover 52 weeks; older ones that are still stored are not shown.
_COMMITS_AGE = 53 * WEEK
# Counts older than the events are read too: a milestone must not have been reached in this time before (the statement
# has the same number), and a lost project must have been counted in it.
_LOOK_BACK = timedelta(days=90)
# The first count of a dormant period may be this much older than the period has to be long.
_DORMANT_SLACK = timedelta(days=30)


def _grouped(keys: Iterable[Key], values: Iterable[Value]) -> dict[Key, tuple[Value, ...]]:
    """Return the values of each key, in their order."""
    groups: dict[Key, list[Value]] = {}
    for key, value in zip(keys, values, strict=True):
        groups.setdefault(key, []).append(value)
    return {key: tuple(group) for key, group in groups.items()}


def _by_repository(rows: Rows, values: Iterable[Value]) -> dict[int, Value]:
    """Return one value per repository id."""
    return dict(zip(rows.column("repo_id"), values, strict=True))


def _path(section: str) -> tuple[str, ...]:
    """Return the headings of a section path that is stored as JSON."""
    return tuple(json.loads(section))


def _paths(sections: str) -> tuple[tuple[str, ...], ...]:
    return tuple(map(tuple, json.loads(sections)))


def last_counted_at(session: Session, until: datetime) -> datetime | None:
    """Return the last instant up to `until` at which any repository was counted."""
    return session.value("trends/last_take", until=until)  # type: ignore[no-any-return]


def last_run_at(session: Session, now: datetime) -> datetime | None:
    """Return the instant of the last run up to now, whether or not it counted anything."""
    return session.value("trends/last_run", now=now)  # type: ignore[no-any-return]


def next_run_at(session: Session, after: datetime) -> datetime | None:
    """Return the instant of the first run after another instant, whether or not it counted anything."""
    return session.value("trends/next_run", after=after)  # type: ignore[no-any-return]


def period_run_at(session: Session, start: datetime, until: datetime, every: str) -> datetime | None:
    """Return the instant of the first run from `start` to `until` whose counts are kept.

    `every` is the period of a day file, whose later runs replace the counts of earlier ones: it is then the last of
    the first ones. `None` if nothing was counted.
    """
    return session.value("trends/period_run", start=start, until=until, every=every)  # type: ignore[no-any-return]


def current_counts(session: Session, until: datetime) -> Mapping[int, Count]:
    """Return the last count of each repository up to `until`."""
    last = last_counted_at(session, until)
    if last is None:
        return {}
    near = session.value("trends/near_take", newest=last)
    return Counts(session.columns("trends/last_counts", newest=last, near=near or last))


def nearest_counts(session: Session, target: datetime, reach: timedelta, until: datetime) -> Mapping[int, Count]:
    """Return the count of each repository nearest to an instant; of two equally near ones the earlier.

    A count further away than `reach`, or later than `until`, does not qualify.
    """
    times = nearest_count_times(session, target, reach, until)
    return Counts(session.columns("trends/nearest_counts", **times)) if times else {}


def nearest_count_times(session: Session, target: datetime, reach: timedelta, until: datetime) -> dict[str, datetime]:
    """Return the parameters of `trends/nearest_counts`; empty where nothing was counted within reach."""
    rows = session.rows("trends/nearest_takes", target=target, first=target - reach, last=min(target + reach, until))
    times = list(rows.column("taken_at"))
    if not times:
        return {}
    nearest = times[:_NEAREST_TIMES]
    return {
        "target": target,
        "nearest": times[0],
        "near_first": min(nearest),
        "near_last": max(nearest),
        "first": min(times),
        "last": max(times),
    }


def history(session: Session, until: datetime) -> dict[int, CountHistory]:
    """Return every count of each listed repository up to an instant. Equal `times` are one object."""
    columns = session.columns("trends/history", until=until)
    repo_ids, times = columns["repo_id"].values, columns["taken_at"].values
    history: dict[int, CountHistory] = {}
    shared: dict[Times, Times] = {}
    start = 0
    while start < len(repo_ids):
        rows = slice(start, bisect_right(repo_ids, repo_ids[start], start))
        own_times = Times(times[rows])
        history[repo_ids[start]] = CountHistory(
            shared.setdefault(own_times, own_times),
            columns["stars"].values[rows],
            columns["forks"][rows],
            columns["commits"][rows],
        )
        start = rows.stop
    return history


def imported(session: Session, until: datetime, *, is_listed: bool = True) -> dict[int, tuple[ImportedCounts, ...]]:
    """Return the imported counts of each repository up to an instant, by source.

    Only repositories that a list has or had, unless `is_listed` is false.
    """
    rows = session.rows("trends/imported", until=until, is_listed=is_listed)
    return _grouped(rows.column("repo_id"), rows.values(ImportedCounts))


def largest_daily_gains(session: Session, target: datetime, reach: timedelta, until: datetime) -> dict[int, int]:
    """Return the most stars that each listed repository gained from one day to the next, up to `until`.

    The days begin with the repository's count nearest to `target`, within `reach`. A gain is known only where both
    days were counted.
    """
    span = {"target": target, "first": target - reach, "last": min(target + reach, until), "until": until}
    rows = session.rows("trends/leaps", **span)
    return _by_repository(rows, rows.column("gain"))


def names(session: Session, until: datetime) -> dict[int, tuple[str, ...]]:
    """Return the names under which each repository was counted, oldest first."""
    rows = session.rows("trends/names", until=until)
    return _grouped(rows.column("repo_id"), rows.column("name"))


def lists(session: Session, day: date) -> list[tuple[List, dict[str, int]]]:
    """Return every list as it was on a day, each with the repository ids of its entries by the entries' names."""
    rows = session.rows("trends/entries", day=day)
    entries = _grouped(rows.column("list"), rows.values(Entry, section=_path, sections=_paths))
    numbers = _grouped(rows.column("list"), rows.columns("repo", "repo_id"))
    return [
        (
            List(name, source, entries.get(name, ()), label, _other_hosts(elsewhere)),
            {repo: repo_id for repo, repo_id in numbers.get(name, ()) if repo_id is not None},
        )
        for name, source, label, elsewhere in session.rows("trends/lists").columns(
            "list", "source", "label", "elsewhere"
        )
    ]


def _other_hosts(elsewhere: str) -> tuple[OtherHostProjects, ...]:
    return tuple(OtherHostProjects(host, projects) for host, projects in json.loads(elsewhere))


def list_days(session: Session) -> list[date]:
    """Return the days on which any list changed, in order."""
    return list(session.rows("trends/list_days").column("day"))


def repositories(session: Session, *, is_listed: bool = True) -> dict[int, tuple[Repository, Details, datetime | None]]:
    """Return each repository, its details that seldom change, and the instant of its first count.

    Only repositories that a list has or had, unless `is_listed` is false.
    """
    rows = session.rows("trends/repositories", is_listed=is_listed)
    facts = zip(rows.values(Repository), rows.values(Details, topics=_topics), rows.column("first_seen"), strict=True)
    return _by_repository(rows, facts)


def current_names(session: Session) -> Iterator[tuple[int, str]]:
    """Return the id of each repository and its name at its last count."""
    return session.rows("trends/current_names").columns("repo_id", "name")


def _topics(topics: str | None) -> tuple[str, ...]:
    return tuple(json.loads(topics or "[]"))


def details(session: Session, after: datetime, until: datetime) -> dict[int, Details]:
    """Return the newest open issues, open pull requests and watchers of each listed repository in a span."""
    rows = session.rows("trends/details", after=after, until=until)
    return _by_repository(rows, rows.values(Details))


def missing(session: Session, until: datetime) -> list[tuple[datetime, Missing]]:
    """Return the last failure to count each repository, with its instant."""
    rows = session.rows("trends/missing", until=until)
    return list(zip(rows.column("missing_at"), rows.values(Missing, reason=Reason), strict=True))


def runs(session: Session, until: datetime, limit: int) -> tuple[Run, ...]:
    """Return the latest runs, newest first."""
    return tuple(session.rows("trends/runs", until=until, limit=limit).values(Run))


def retained(session: Session) -> dict[int, tuple[tuple[date, int], ...]]:
    """Return the retained stars of each listed repository's weeks, with the weeks' last days, oldest first."""
    rows = session.rows("trends/retained")
    return _grouped(rows.column("repo_id"), rows.columns("last_day", "retained"))


def retained_anchors(session: Session) -> dict[int, tuple[bool, int, int | None]]:
    """Return, for each star history, whether its beginning is known, and the count that its line is anchored to.

    The anchor is two figures: the stars retained from the end of the history to the count (negative where the history
    goes on beyond it), and the stars counted.
    """
    rows = session.rows("trends/anchors")
    return _by_repository(rows, rows.columns("complete", "current", "stars"))


def retained_gains(session: Session, days: int, since: date, until: date) -> dict[int, RetainedGain]:
    """Return the retained stars of the last `days` days known of each repository, where none of them is missing.

    The last day lies from `since` up to, but not including, `until`.
    """
    rows = session.rows("trends/retained_gains", days=days, since=since, until=until)
    return _by_repository(rows, rows.values(RetainedGain))


def first_own_counts(session: Session) -> dict[int, datetime]:
    """Return the instant of the first count that startrack took of each repository that has imported ones, too."""
    return dict(session.rows("trends/first_own_counts").columns("repo_id", "first_counted_at"))


def first_stars(session: Session) -> dict[int, date]:
    """Return the day of each repository's first retained star, where every day since its creation is known."""
    rows = session.rows("trends/first_stars").columns("repo_id", "first_day", "last_day", "days", "first_star")
    return {
        repo_id: first_star
        for repo_id, first_day, last_day, days, first_star in rows
        if days == (last_day - first_day).days + 1 and first_star is not None
    }


def churn(session: Session, until: date) -> dict[int, Churn]:
    """Return the stars counted and the stars retained of the days that have both, where these are a week or more."""
    rows = session.rows("trends/churn", until=until)
    return {
        repo_id: churn
        for repo_id, days, churn in zip(rows.column("repo_id"), rows.column("days"), rows.values(Churn), strict=True)
        if days == (churn.until - churn.since).days >= WEEK.days
    }


def bursts(session: Session, since: date, until: datetime) -> dict[int, Burst]:
    """Return the best fourteen days of each repository whose whole history is known, where fourteen more followed.

    They come from retained stars where these are known up to `since` or later, otherwise from counts that begin with
    the creation of the repository.
    """
    counted = session.rows("trends/counted_bursts", until=until)
    retained = session.rows("trends/retained_bursts", since=since, until=until.date())
    return _by_repository(counted, counted.values(Burst)) | _by_repository(retained, retained.values(Burst))


def takeovers(session: Session, until: datetime) -> tuple[NameTakeover, ...]:
    """Return the names that another repository has taken over up to an instant."""
    return tuple(session.rows("trends/takeovers", until=until).values(NameTakeover))


def licence_changes(session: Session, after: datetime, until: datetime) -> dict[int, LicenceChange]:
    """Return the last change of the licence of each repository in a span."""
    rows = session.rows("trends/license_changes", after=after, until=until)
    return _by_repository(rows, rows.values(LicenceChange))


def known_repositories(session: Session) -> tuple[KnownRepository, ...]:
    """Return what earlier runs recorded of each repository: one value for each name that it had."""
    return tuple(session.rows("store/known").values(KnownRepository))


def histories(session: Session, lists: Sequence[str]) -> list[RepositoryHistory]:
    """Return both histories of every repository in these lists, except repositories that were missing last time."""
    ranges = session.rows("store/stretches")
    known_ranges = _grouped(ranges.columns("series", "repo_id"), ranges.values(DateRange))
    rows = session.rows("store/pasts", lists=list(lists), series=[series.value for series in Series])
    return [
        replace(history, ranges=known_ranges.get((history.series, history.repo_id), ()))
        for history in rows.values(RepositoryHistory, series=Series, outcome=_outcome)
    ]


def _outcome(outcome: str | None) -> FetchOutcome | None:
    return FetchOutcome(outcome) if outcome else None


def repository_names(session: Session, until: datetime) -> dict[int, tuple[NameSince, ...]]:
    """Return the names of each listed repository up to an instant, oldest first."""
    rows = session.rows("trends/namings", until=until)
    return _grouped(rows.column("repo_id"), rows.values(NameSince))


def commits(session: Session, until: date) -> dict[int, tuple[WeeklyCommits, ...]]:
    """Return the commits of each listed repository's weeks in the year before a day, oldest first."""
    rows = session.rows("trends/commit_weeks", since=until - _COMMITS_AGE, until=until)
    return _grouped(rows.column("repo_id"), rows.values(WeeklyCommits))


def entry_dates(session: Session, day: date) -> dict[str, tuple[EntryDates, ...]]:
    """Return, for each list, when its repositories of a day were first seen in it."""
    rows = session.rows("trends/sightings", day=day)
    return _grouped(rows.column("list"), rows.values(EntryDates))


def stars_around(
    session: Session, additions: Collection[tuple[int, date]], until: date
) -> dict[tuple[int, date], StarsAround]:
    """Return the retained stars of the 30 days before each of these days and of the 30 days from it on.

    Days from `until` on are not known. A day without any known day around it is left out.
    """
    session.run("store/stage_additions")
    session.append("addition", sorted(additions))
    rows = session.rows("trends/around", days=MONTH.days, until=until)
    return dict(zip(rows.columns("repo_id", "day"), rows.values(StarsAround), strict=True))


def failing(session: Session, times: int, lists: Collection[str]) -> tuple[FailingRepository, ...]:
    """Return the repositories of these lists that the last `times` runs or more could not count, each once, by name."""
    rows = session.rows("trends/failing", times=times)
    repositories = {
        name_key(repository.repo): repository
        for name, repository in zip(rows.column("list"), rows.values(FailingRepository, reason=Reason), strict=True)
        if name in lists
    }
    return tuple(repositories.values())


def events(session: Session, until: datetime) -> list[StoredEvent]:
    """Return the events of the ninety days up to an instant, except archivals, which have no rows of their own."""
    since = until - MAX_EVENT_AGE
    return [
        *_milestones(session, since, until),
        *_revivals(session, since, until),
        *_losses(session, since, until),
        *_renames(session, since, until),
        *_list_changes(session, since.date(), until.date()),
    ]


def _of_repositories(rows: Rows, details: Iterable[EventDetail]) -> Iterator[StoredEvent]:
    return map(StoredEvent, rows.column("taken_at"), rows.column("repo_id"), details)


def _milestones(session: Session, since: datetime, until: datetime) -> Iterator[StoredEvent]:
    rows = session.rows("trends/milestones", before=since - _LOOK_BACK, since=since, until=until)
    return _of_repositories(rows, rows.values(MilestoneReached))


def _revivals(session: Session, since: datetime, until: datetime) -> Iterator[StoredEvent]:
    before, quiet = since - DORMANT_AFTER - _DORMANT_SLACK, until - DORMANT_AFTER
    rows = session.rows("trends/revivals", before=before, quiet=quiet, since=since, until=until)
    return _of_repositories(rows, rows.values(Revived))


_LOSS_REASONS: Mapping[str, LossReason] = {reason.value: reason for reason in get_args(LossReason)}


def _losses(session: Session, since: datetime, until: datetime) -> Iterator[StoredEvent]:
    span: dict[str, Any] = {"before": since - _LOOK_BACK, "since": since, "until": until}
    rows = session.rows("trends/losses", **span, reasons=list(_LOSS_REASONS))
    details = (
        Lost(_LOSS_REASONS[reason]) if reason else Returned(_LOSS_REASONS[before])
        for reason, before in rows.columns("reason", "before")
    )
    return _of_repositories(rows, details)


def _renames(session: Session, since: datetime, until: datetime) -> Iterator[StoredEvent]:
    rows = session.rows("trends/renames", since=since, until=until)
    return _of_repositories(rows, rows.values(Renamed))


def _list_changes(session: Session, since: date, until: date) -> Iterator[StoredEvent]:
    rows = session.rows("trends/list_changes", since=since, until=until)
    columns = rows.columns("list", "repo", "repo_id", "section", "day", "is_added")
    for list_name, repo, repo_id, section, day, is_added in columns:
        detail = (Added if is_added else Removed)(repo, _path(section))
        yield StoredEvent(datetime.combine(day, time()), repo_id, detail, list_name)
