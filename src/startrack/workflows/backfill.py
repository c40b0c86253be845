"""The past fetched and kept: GitHub is asked with the database closed, and every few answers are written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from startrack.config import Config
from startrack.github.client import Client
from startrack.github.history_fetcher import Effort, Pass
from startrack.model.history import WEEK, Fetched, Outcome, Past, Series
from startrack.store import queries, recording, sync
from startrack.store.database import Session
from startrack.workflows import lists

__all__ = ["OF_AN_UPDATE", "Effort", "Filled", "run"]


OF_AN_UPDATE: Final = Effort(pages=None, budget=1_000, reserve=100, age=WEEK)
"""What an update spends: the rest of an Actions token's hour, and no more of a larger one, which would take long.

A week after it was fetched, a history has a week to gain.
"""

_TOGETHER: Final = 20


@dataclass(frozen=True, slots=True)
class Filled:
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
    effort: Effort,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Filled:
    """Fetch the past of every counted repository of the lists, as far as the effort goes, and keep it in files.

    May be killed at any moment: the next pass goes on where the files end. Raises StartrackErrors of every stage.
    """
    store, snapshots = lists.store_of(config)

    def recall(session: Session) -> list[Past]:
        sync.load(session, snapshots)
        return queries.pasts(session, lists.list_names(config))

    pasts = store.run(recall)
    keeper = recording.Keeper(store, snapshots)
    work = Pass(client, pasts, effort, at)
    fetched, problems = 0, []
    for answers in _together(work.fetched()):
        client.check_instant(at, is_now=False)
        some = keeper.keep(answers)
        fetched += sum(each.outcome is Outcome.DONE for each in some)
        problems += [_problem(each) for each in some if each.outcome is Outcome.FAILED]
        progress(fetched, fetched + work.waiting)
    if work.failed and work.stopped:
        problems.append(work.stopped)
    known = len({past.repo_id for past in pasts})
    return Filled(known, fetched, work.unchanged, work.spent, work.begun, work.stopped, tuple(problems))


def _together(fetched: Iterator[Fetched]) -> Iterator[list[Fetched]]:
    while some := list(islice(fetched, _TOGETHER)):
        yield some


def _problem(each: Fetched) -> str:
    what = "star history" if each.series is Series.STARS else "commit activity"
    return f"{what} of {each.name}: {each.detail}"
