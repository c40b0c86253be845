"""An update: the lists counted, some of the past fetched, the pages built; by one client, and with one report."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime

from startrack.config import Config
from startrack.errors import GitHubError
from startrack.github import collector
from startrack.github.client import Client
from startrack.workflows import backfill, build, lists, snapshot

__all__ = [
    "BackfillSkipped",
    "Stage",
    "UpdateResult",
    "run",
]


@dataclass(frozen=True, slots=True)
class BackfillSkipped:
    """That none of the past was fetched: for want of a token, or for the reason that `problems` name."""

    problems: tuple[str, ...] = ()


Stage = snapshot.SnapshotResult | backfill.BackfillResult | BackfillSkipped | build.BuildResult


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """What each stage of an update brought."""

    taken: snapshot.SnapshotResult
    filled: backfill.BackfillResult | BackfillSkipped
    built: build.BuildResult


def run(
    config: Config,
    counted: Config,
    client: Client,
    taken_at: datetime | None,
    clock: Callable[[], datetime],
    progress: AbstractContextManager[collector.Progress],
    tell: Callable[[Stage], None],
) -> UpdateResult:
    """Count the lists of `counted`, and build what `config` and those name.

    `progress` is shown while counting; `tell` is given each stage at its end. The client's longest wait holds for all
    of it, and what it learned of limits and tokens too. Whatever goes wrong with the past, the pages are built all the
    same. Raises StartrackErrors of the other stages.
    """
    with progress as show:
        taken = snapshot.run(counted, client, taken_at, clock, show)
    tell(taken)
    filled = _filled(counted, client, taken_at or clock())
    tell(filled)
    built = build.run(lists.lists_to_publish(config, counted), None, clock())
    tell(built)
    return UpdateResult(taken, filled, built)


def _filled(config: Config, client: Client, at: datetime) -> backfill.BackfillResult | BackfillSkipped:
    """Spend what a snapshot has left on the past."""
    if not client.tokens.authorized:
        return BackfillSkipped()
    try:
        return backfill.run(config, client, at, backfill.UPDATE_EFFORT)
    except GitHubError as error:
        return BackfillSkipped((f"the past was not fetched: {error}",))
