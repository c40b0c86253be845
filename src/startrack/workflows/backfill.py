"""A back-fill: fetch star history and commit activity from GitHub and record them, a few answers at a time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from startrack.config import Config
from startrack.github.client import Client
from startrack.github.history_fetcher import FetchLimits, HistoryFetcher
from startrack.model.durations import WEEK
from startrack.model.history import FetchedHistory, FetchOutcome, RepositoryHistory, Series
from startrack.store import queries, recording, sync
from startrack.store.database import Session
from startrack.workflows import lists

__all__ = ["UPDATE_LIMITS", "BackfillResult", "FetchLimits", "run"]


UPDATE_LIMITS: Final = FetchLimits(pages=None, budget=1_000, reserve=100, age=WEEK)
"""How much an update fetches: what is left of an Actions token's hour (1,000 calls).

The limit also holds for larger tokens, as more calls would take long. A history is fetched again after a week, when
there is a new week in it.
"""


@dataclass(frozen=True, slots=True)
class BackfillResult:
    """What a back-fill fetched and what is left.

    `projects` is the number of projects that have a history to fetch, `unfinished` the number of those with older weeks
    left. `fetched` counts the answers with new data, `calls` the API calls. `problems` name what failed. `stopped` says
    why the pass ended early, `None` if it did not.
    """

    projects: int
    fetched: int
    unchanged: int
    calls: int
    unfinished: int
    stopped: str | None
    problems: tuple[str, ...]


def run(
    config: Config,
    client: Client,
    at: datetime,
    limits: FetchLimits,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> BackfillResult:
    """Fetch the history of every counted repository of the lists, within `limits`, and record it.

    The database is closed during requests. The pass may be killed at any time; the next one continues from the files,
    without the answers of the last batch.
    Raises StartrackErrors of every stage.
    """
    reader, snapshots = lists.open_store_to_read(config)

    def load_histories(session: Session) -> list[RepositoryHistory]:
        sync.sync(session, snapshots)
        return queries.histories(session, lists.list_names(config))

    histories = reader.run(load_histories)
    store, _ = lists.open_store(config)
    recorder = recording.HistoryRecorder(store, snapshots)
    fetcher = HistoryFetcher(client, histories, limits, at)
    fetched, problems = 0, []
    for chunk in recording.batches(fetcher.fetch(), len(histories)):
        client.check_instant(at, is_now=False)
        recorded = recorder.keep(chunk)
        fetched += sum(answer.outcome is FetchOutcome.DONE for answer in recorded)
        problems += [_problem(answer) for answer in recorded if answer.outcome is FetchOutcome.FAILED]
        progress(fetched, fetched + fetcher.remaining)
    if fetcher.has_failed and fetcher.stopped:
        problems.append(fetcher.stopped)
    projects = len({history.repo_id for history in histories})
    return BackfillResult(
        projects, fetched, fetcher.unchanged, fetcher.calls, fetcher.unfinished, fetcher.stopped, tuple(problems)
    )


def _problem(answer: FetchedHistory) -> str:
    series = "star history" if answer.series is Series.STARS else "commit activity"
    return f"{series} of {answer.name}: {answer.detail}"
