"""An update: take a snapshot, fetch some star history, build the pages. All stages share one client and one report."""

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
    "Listener",
    "StageResult",
    "UpdateResult",
    "run",
]


@dataclass(frozen=True, slots=True)
class BackfillSkipped:
    """No history was fetched: there is no token, or GitHub failed in the way that `problems` describes."""

    problems: tuple[str, ...] = ()


StageResult = snapshot.SnapshotResult | backfill.BackfillResult | BackfillSkipped | build.BuildResult


@dataclass(frozen=True, slots=True)
class Listener:
    """How an update reports while it runs: `progress` is entered while counting, `on_stage` gets each stage's result.

    A caller learns of the finished stages even if a later one fails.
    """

    progress: AbstractContextManager[collector.Progress]
    on_stage: Callable[[StageResult], None]


@dataclass(frozen=True, slots=True)
class UpdateResult:
    """The results of the three stages."""

    snapshot: snapshot.SnapshotResult
    backfill: backfill.BackfillResult | BackfillSkipped
    build: build.BuildResult


def run(
    config: Config,
    counted: Config,
    client: Client,
    taken_at: datetime | None,
    clock: Callable[[], datetime],
    listener: Listener,
    due: datetime | None = None,
) -> UpdateResult:
    """Count the lists of `counted`, then build the pages for the lists of both configurations.

    The stages share the client: its maximum wait covers the whole update, and it remembers budgets and refused tokens.
    `due` is when a schedule had this run begin. A GitHub error during the back-fill does not prevent the build. Raises
    StartrackErrors of the other stages.
    """
    with listener.progress as progress:
        counts = snapshot.run(counted, client, taken_at, clock, progress, due)
    listener.on_stage(counts)
    history = _fetch_history(counted, client, taken_at or clock())
    listener.on_stage(history)
    pages = build.run(lists.lists_to_publish(config, counted), None, clock())
    listener.on_stage(pages)
    return UpdateResult(counts, history, pages)


def _fetch_history(config: Config, client: Client, at: datetime) -> backfill.BackfillResult | BackfillSkipped:
    """Fetch history with the API calls that the snapshot has left."""
    if not client.tokens.authorized:
        return BackfillSkipped()
    try:
        return backfill.run(config, client, at, backfill.UPDATE_LIMITS)
    except GitHubError as error:
        return BackfillSkipped((f"the back-fill failed: {error}",))
