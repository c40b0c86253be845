"""A snapshot: read the lists, count their projects, and record the observations as one run."""

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
from startrack.workflows import lists

__all__ = [
    "SnapshotResult",
    "last_run",
    "run",
]


_EPOCH = datetime(1970, 1, 1)
_MOST_RUNS = 1000


@dataclass(frozen=True, slots=True)
class SnapshotResult:
    """The lists as they were read, the record of the run, its observations, and the problems.

    `name_changes` are renamed repositories, names that now belong to another repository, and duplicate entries.
    """

    lists: tuple[List, ...]
    run: Run
    observations: tuple[Observation, ...]
    name_changes: tuple[renames.NameChange | renames.Duplicate, ...]
    problems: tuple[str, ...]

    @property
    def missing(self) -> tuple[Missing, ...]:
        """The repositories that were not counted."""
        return tuple(observation for observation in self.observations if isinstance(observation, Missing))


def run(
    config: Config,
    client: Client,
    taken_at: datetime | None,
    clock: Callable[[], datetime],
    progress: collector.Progress,
    due: datetime | None = None,
) -> SnapshotResult:
    """Count every project of the lists once and record the counts, in the day file and then in the database.

    `taken_at` is the instant of the counts, by default now. `due` is when a schedule had this run begin. The database
    is closed during requests. Raises StartrackErrors of every stage. Raises ClockError and records nothing if GitHub's
    clock shows that the instant is wrong.
    """
    store, snapshots = lists.open_store(config)
    clock_start = clock()
    started_at = taken_at or clock_start
    read_lists, unreadable = lists.read_lists(config, lambda: client)
    snapshots.refuse_obstacles(started_at)

    def load_previous(session: Session) -> tuple[tuple[KnownRepository, ...], collector.PreviousRuns, list[List]]:
        sync.sync(session, snapshots)
        known_repositories = queries.known_repositories(session)
        runs = queries.runs(session, started_at, 1)
        previous = collector.PreviousRuns(
            runs[0] if runs else None,
            _missing_since_count(session, known_repositories, started_at),
            observations_to_resume(session, known_repositories, started_at, snapshots.every),
        )
        return known_repositories, previous, _unread_lists(session, config, read_lists, started_at)

    known_repositories, previous, unread_lists = store.run(load_previous)
    if unreadable and not read_lists and not unread_lists:
        raise unreadable[0]
    all_lists = [*read_lists, *unread_lists]
    client.check_instant(started_at, is_now=taken_at is None)
    collection = collector.collect(client, _names(all_lists), known_repositories, started_at.date(), previous, progress)
    client.check_instant(started_at, is_now=taken_at is None)
    late = None if taken_at or not due else max(0, int((started_at - due).total_seconds()))
    run = _run_record(started_at, started_at + (clock() - clock_start), collection, client, late)
    dated_lists = recording.ListsRead(read_lists, lists.listing_days(config.root, read_lists), clock())
    with snapshots.lock():
        recorded = store.run(
            lambda session: recording.record(session, snapshots, run, collection.observations, dated_lists)
        )
    problems = [*map(str, unreadable), *client.tokens.problems, *_failures(collection), *recorded.problems]
    name_changes = renames.detect(recorded.seen, known_repositories, all_lists)
    return SnapshotResult(tuple(read_lists), recorded.run, recorded.seen, name_changes, tuple(problems))


def _missing_since_count(
    session: Session, known_repositories: Iterable[KnownRepository], at: datetime
) -> dict[str, Missing]:
    """Return by lower-case name the repositories that are missing since their last count."""
    counted_at = {name_key(repository.name): repository.seen_at or datetime.min for repository in known_repositories}
    rows = sorted(queries.missing(session, at), key=lambda row: row[0])
    named_rows = ((name_key(missing.asked), seen_at, missing) for seen_at, missing in rows)
    return {name: missing for name, seen_at, missing in named_rows if seen_at > counted_at.get(name, datetime.min)}


def _failures(collection: collector.Collection) -> list[str]:
    """Return the problems of a run: why it ended early, and the projects for which GitHub failed."""
    missing = (observation for observation in collection.observations if isinstance(observation, Missing))
    failed = [observation.asked for observation in missing if observation.reason is Reason.FAILED]
    unanswered = [f"GitHub gave no answer for {', '.join(failed)}"] if failed else []
    return [*([collection.stopped] if collection.stopped else []), *unanswered]


def _unread_lists(session: Session, config: Config, read_lists: Iterable[List], at: datetime) -> list[List]:
    """Return the lists that could not be read in this run, as they were when last read."""
    names = set(lists.list_names(config)) - {listed.name for listed in read_lists}
    return [stored for stored, _ in queries.lists(session, at.date()) if stored.name in names]


def _names(lists: Iterable[List]) -> list[str]:
    return list({entry.repo.lower(): entry.repo for listed in lists for entry in listed.entries}.values())


def _run_record(
    started_at: datetime, finished_at: datetime, collection: collector.Collection, client: Client, late: int | None
) -> Run:
    counted = sum(isinstance(observation, Counted) for observation in collection.observations)
    return Run(
        run_id=int((started_at - _EPOCH).total_seconds()),
        started_at=started_at,
        finished_at=max(started_at, finished_at),
        status="partial" if collection.stopped else "done",
        asked=len(collection.observations),
        counted=counted,
        missing=len(collection.observations) - counted,
        requests=client.requests,
        points=client.points if client.tokens.authorized else None,
        version=version("startrack"),
        late_seconds=late,
        **_costs(collection.batch_sizes, client),
    )


def _costs(batches: collector.BatchSizes, client: Client) -> dict[str, Any]:
    """Return the requests of a run by kind, and the sizes of its last batches."""
    if not client.tokens.authorized:
        return {"other_requests": client.requests, "waited": client.waited}
    tiers = {"light": batches.light, "details": batches.details, "commits": batches.commits}
    requests = {f"{name}_requests": batch.requests for name, batch in tiers.items()}
    sizes = {f"{name}_batch": batch.size for name, batch in tiers.items()}
    return {**requests, **sizes, "other_requests": client.requests - sum(requests.values()), "waited": client.waited}


def last_run(config: Config, now: datetime = datetime.max, *, is_whole: bool = False) -> Run | None:
    """Return the record of the last run up to now, or of the last whole one; `None` if there is none."""
    store, snapshots = lists.open_store_to_read(config)

    def load_last(session: Session) -> tuple[Run, ...]:
        sync.sync(session, snapshots)
        return queries.runs(session, now, _MOST_RUNS if is_whole else 1)

    return next((run for run in store.run(load_last) if run.is_whole or not is_whole), None)
