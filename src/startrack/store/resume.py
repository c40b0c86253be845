"""What a run goes on from: where the last ones of its period ended early, all that they saw."""

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
# What was not asked for, or failed, is what is left to do.
_OPEN = frozenset({Reason.NOT_ASKED, Reason.FAILED})


def observations_to_resume(
    session: Session, known: tuple[KnownRepository, ...], at: datetime, every: day_files.Every
) -> Mapping[str, Observation]:
    """Return what the partial runs just before an instant saw in its period, by lower-case name.

    Empty where the last run was whole, or of an earlier period. `details` are there, though empty, where they need
    not be asked for again; a commit total is `None` where it is still to come.
    """
    since = _since(session, at, every)
    if since is None:
        return {}
    return {**dict(_missing(session, since, at)), **dict(_counted(session, known, since, at))}


def _since(session: Session, at: datetime, every: day_files.Every) -> datetime | None:
    period = day_files.path_of(at, every)
    last = takewhile(
        lambda run: run.status == "partial" and day_files.path_of(run.started_at, every) == period,
        queries.runs(session, at, _MOST_RUNS),
    )
    return min((run.started_at for run in last), default=None)


def _missing(session: Session, since: datetime, at: datetime) -> Iterator[tuple[str, Observation]]:
    for seen_at, missing in queries.missing(session, at):
        if seen_at >= since and missing.reason not in _OPEN:
            yield name_key(missing.asked), replace(missing, taken_at=seen_at)


def _counted(
    session: Session,
    known: tuple[KnownRepository, ...],
    since: datetime,
    at: datetime,
) -> Iterator[tuple[str, Observation]]:
    repositories, counts = queries.repositories(session), queries.current_counts(session, at)
    for each in known:
        # What was seen last may be dated ahead by a clock that was wrong, so the counts up to now are asked.
        count = counts.get(each.repo_id)
        if count is not None and since <= count.taken_at:
            is_detailed = each.details_at is not None and since <= each.details_at <= at
            yield (
                name_key(each.name),
                Counted(
                    asked=each.name,
                    repository=repositories[each.repo_id][0],
                    stars=count.stars,
                    forks=count.forks,
                    commits=count.commits,
                    details=Details() if is_detailed else None,
                    taken_at=count.taken_at,
                ),
            )
