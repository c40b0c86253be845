"""The past fetched and kept: GitHub is asked with the database closed, and every few answers are written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from startrack.config import Config
from startrack.github.client import Client
from startrack.github.history_fetcher import FetchLimits, HistoryFetcher
from startrack.model.durations import WEEK
from startrack.model.history import FetchedHistory, FetchOutcome, RepositoryHistory, Series
from startrack.store import queries, recording, sync
from startrack.store.database import Session
from startrack.workflows import lists

__all__ = ["UPDATE_EFFORT", "BackfillResult", "FetchLimits", "run"]


UPDATE_EFFORT: Final = FetchLimits(pages=None, budget=1_000, reserve=100, age=WEEK)
"""What an update spends: the rest of an Actions token's hour, and no more of a larger one, which would take long.

A week after it was fetched, a history has a week to gain.
"""

_TOGETHER: Final = 20


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """What a pass brought: how many answers held figures, what the calls were, and what is left.

    `known` is the number of repositories there were to ask for, `begun` that of those with older weeks to come.
    `problems` name what failed; `stopped` says why the pass ended before all was done, where it did.
    """

    known: int
    fetched: int
    unchanged: int
    calls: int
    begun: int
    stopped: str | None
    problems: tuple[str, ...]


def run(
    config: Config,
    client: Client,
    at: datetime,
    effort: FetchLimits,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> BackfillResult:
    """Fetch the past of every counted repository of the lists, as far as the effort goes, and keep it in files.

    May be killed at any moment: the next pass goes on where the files end. Raises StartrackErrors of every stage.
    """
    store, snapshots = lists.open_store(config)

    def recall(session: Session) -> list[RepositoryHistory]:
        sync.sync(session, snapshots)
        return queries.histories(session, lists.list_names(config))

    pasts = store.run(recall)
    keeper = recording.HistoryRecorder(store, snapshots)
    work = HistoryFetcher(client, pasts, effort, at)
    fetched, problems = 0, []
    for answers in _together(work.fetch()):
        client.check_instant(at, is_now=False)
        some = keeper.keep(answers)
        fetched += sum(each.outcome is FetchOutcome.DONE for each in some)
        problems += [_problem(each) for each in some if each.outcome is FetchOutcome.FAILED]
        progress(fetched, fetched + work.remaining)
    if work.has_failed and work.stopped:
        problems.append(work.stopped)
    known = len({past.repo_id for past in pasts})
    return BackfillResult(known, fetched, work.unchanged, work.calls, work.unfinished, work.stopped, tuple(problems))


def _together(fetched: Iterator[FetchedHistory]) -> Iterator[list[FetchedHistory]]:
    while some := list(islice(fetched, _TOGETHER)):
        yield some


def _problem(each: FetchedHistory) -> str:
    what = "star history" if each.series is Series.STARS else "commit activity"
    return f"{what} of {each.name}: {each.detail}"
