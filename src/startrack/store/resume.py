"""Observations that are reused when a run resumes an unfinished run."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import takewhile

from startrack.model.repository import Counted, Details, KnownRepository, Observation, Reason, name_key
from startrack.store import day_files, queries
from startrack.store.database import Session

__all__ = [
    "observations_to_resume",
]


_MOST_RUNS = 100
# Repositories with these reasons are requested again.
_OPEN = frozenset({Reason.NOT_ASKED, Reason.FAILED})


def observations_to_resume(
    session: Session, known_repositories: tuple[KnownRepository, ...], at: datetime, every: day_files.Every
) -> Mapping[str, Observation]:
    """Return the observations of the partial runs just before an instant in its period, by `name_key`.

    The result is empty if the last run was complete or was in an earlier period. `details` is an empty `Details` if
    they need not be requested again; `commits` is `None` if commits were not counted yet.
    """
    starts = _starts(session, at, every)
    if not starts:
        return {}
    return {**dict(_missing(session, min(starts), at)), **dict(_counted(session, known_repositories, starts, at))}


def _starts(session: Session, at: datetime, every: day_files.Every) -> frozenset[datetime]:
    """Return when the partial runs just before an instant in its period began."""
    period = day_files.path_of(at, every)
    partial_runs = takewhile(
        lambda run: run.status == "partial" and day_files.path_of(run.started_at, every) == period,
        queries.runs(session, at, _MOST_RUNS),
    )
    return frozenset(run.started_at for run in partial_runs)


def _missing(session: Session, since: datetime, at: datetime) -> Iterator[tuple[str, Observation]]:
    for seen_at, missing in queries.missing(session, at):
        if seen_at >= since and missing.reason not in _OPEN:
            yield name_key(missing.asked), replace(missing, taken_at=seen_at)


def _counted(
    session: Session,
    known_repositories: tuple[KnownRepository, ...],
    starts: frozenset[datetime],
    at: datetime,
) -> Iterator[tuple[str, Observation]]:
    since = min(starts)
    repositories, counts = queries.repositories(session, is_listed=False), queries.current_counts(session, at)
    for repository in known_repositories:
        # A wrong clock may have dated the last count in the future, so only counts up to now are used. A count at
        # another instant was imported.
        count = counts.get(repository.repo_id)
        if count is not None and count.taken_at in starts and count.forks is not None:
            is_detailed = repository.details_at is not None and since <= repository.details_at <= at
            yield (
                name_key(repository.name),
                Counted(
                    asked=repository.name,
                    repository=repositories[repository.repo_id][0],
                    stars=count.stars,
                    forks=count.forks,
                    commits=count.commits,
                    details=Details() if is_detailed else None,
                    taken_at=count.taken_at,
                ),
            )
