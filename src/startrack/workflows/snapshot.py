"""A run: the lists are read, their projects counted, and what was seen is recorded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from startrack.config import Config
from startrack.github import collector
from startrack.github.client import Client
from startrack.model.lists import List
from startrack.model.repository import Counted, KnownRepository, Missing, Observation, Reason, name_key
from startrack.model.runs import Run
from startrack.store import queries, recording, sync
from startrack.store.database import Session
from startrack.store.resume import observations_to_resume
from startrack.trends import renames
from startrack.workflows import lists, report

__all__ = [
    "SnapshotResult",
    "last_run",
    "run",
]


_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class SnapshotResult:
    """What a snapshot brought: the lists as read, its record, what it saw, and what went wrong on the way."""

    lists: tuple[List, ...]
    run: Run
    seen: tuple[Observation, ...]
    news: tuple[renames.NameChange | renames.Duplicate, ...]
    problems: tuple[str, ...]

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The repositories that were not counted."""
        return tuple(each for each in self.seen if isinstance(each, Missing))


# ── Snapshot ─────────────────────────────────────────────────────────────────────────────────────────────


def run(
    config: Config,
    client: Client,
    taken_at: datetime | None,
    clock: Callable[[], datetime],
    progress: collector.Progress,
) -> SnapshotResult:
    """Count every project of the lists once and record it: in the day file, then in the database.

    It is recorded as taken at an instant, now unless one is given. The database is closed while GitHub is asked.
    Raises StartrackErrors of every stage; ClockError, with nothing recorded, where GitHub's clock says that the instant
    cannot be right.
    """
    store, snapshots = lists.open_store(config)
    began = clock()
    started_at = taken_at or began
    found, unreadable = lists.read_lists(config, lambda: client)
    snapshots.refuse_obstacles(started_at)

    def recall(session: Session) -> tuple[tuple[KnownRepository, ...], collector.PreviousRuns, list[List]]:
        sync.sync(session, snapshots)
        known = queries.known_repositories(session)
        last = queries.runs(session, started_at, 1)
        gone, begun_before = (
            _gone(session, known, started_at),
            observations_to_resume(session, known, started_at, snapshots.every),
        )
        memory = collector.PreviousRuns(last[0] if last else None, gone, begun_before)
        return known, memory, _unread(session, config, found, started_at)

    known, memory, unread = store.run(recall)
    if unreadable and not found and not unread:
        raise unreadable[0]
    client.check_instant(started_at, is_now=taken_at is None)
    names = _names([*found, *unread])
    tally = collector.collect(client, names, known, started_at.date(), memory, progress)
    client.check_instant(started_at, is_now=taken_at is None)
    dates = report.listing_days(config.root, found)
    problems = [*map(str, unreadable), *client.tokens.problems, *_failures(tally)]
    run = _run(started_at, started_at + (clock() - began), tally, client)
    listed = recording.ListsRead(found, dates, clock())
    with snapshots.lock():
        kept = store.run(lambda session: recording.record(session, snapshots, run, tally.observations, listed))
    problems += kept.problems
    return SnapshotResult(
        tuple(found), kept.run, kept.seen, renames.detect(kept.seen, known, [*found, *unread]), tuple(problems)
    )


def _gone(session: Session, known: Iterable[KnownRepository], at: datetime) -> dict[str, Missing]:
    """Return by lower-case name what is missing since it was last counted."""
    counted = {name_key(each.name): each.seen_at or datetime.min for each in known}
    rows = sorted(queries.missing(session, at), key=lambda row: row[0])
    missing = ((name_key(each.asked), seen_at, each) for seen_at, each in rows)
    return {name: each for name, seen_at, each in missing if seen_at > counted.get(name, datetime.min)}


def _failures(tally: collector.Collection) -> list[str]:
    """Return what of a pass is worth a look: that it ended early, and which projects GitHub failed on."""
    failed = [each.asked for each in tally.observations if isinstance(each, Missing) and each.reason is Reason.FAILED]
    told = [f"GitHub gave no answer for {', '.join(failed)}"] if failed else []
    return [*([tally.stopped] if tally.stopped else []), *told]


def _unread(session: Session, config: Config, found: Iterable[List], at: datetime) -> list[List]:
    """Return the lists that could not be read this time, as they stood when they last could."""
    read = {each.name for each in found}
    wanted = set(lists.list_names(config)) - read
    return [each for each, _ in queries.lists(session, at.date()) if each.name in wanted]


def _names(lists: Iterable[List]) -> list[str]:
    return list({entry.repo.lower(): entry.repo for each in lists for entry in each.entries}.values())


def _run(started_at: datetime, finished_at: datetime, tally: collector.Collection, client: Client) -> Run:
    counted = sum(isinstance(each, Counted) for each in tally.observations)
    return Run(
        run_id=int((started_at - _EPOCH).total_seconds()),
        started_at=started_at,
        finished_at=max(started_at, finished_at),
        status="partial" if tally.stopped else "done",
        asked=len(tally.observations),
        counted=counted,
        missing=len(tally.observations) - counted,
        requests=client.requests,
        points=client.points if client.tokens.authorized else None,
        version=version("startrack"),
        **_costs(tally.batch_sizes, client),
    )


def _costs(batches: collector.BatchSizes, client: Client) -> dict[str, Any]:
    """Return what a run cost by kind of request, and the sizes its batches ended with."""
    if not client.tokens.authorized:
        return {"other_requests": client.requests, "waited": client.waited}
    tiers = {"light": batches.light, "details": batches.details, "commits": batches.commits}
    requests = {f"{name}_requests": batch.requests for name, batch in tiers.items()}
    sizes = {f"{name}_batch": batch.size for name, batch in tiers.items()}
    return {**requests, **sizes, "other_requests": client.requests - sum(requests.values()), "waited": client.waited}


def last_run(config: Config, now: datetime = datetime.max) -> Run | None:
    """Return the record of the last run up to now, `None` where there is none."""
    store, snapshots = lists.open_store(config)

    def last(session: Session) -> tuple[Run, ...]:
        sync.sync(session, snapshots)
        return queries.runs(session, now, 1)

    found = store.run(last)
    return found[0] if found else None
