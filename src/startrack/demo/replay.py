"""Runs `startrack demo`: collects weekly snapshots from the demo's GitHub and builds the dashboards from them."""

import shutil
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

from startrack import config as configuration
from startrack import files
from startrack.config import Config
from startrack.demo import lists as demo_lists
from startrack.demo.access import Clock
from startrack.demo.figures import RecordedHistory
from startrack.demo.lists import demo_world
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.demo.world import World
from startrack.errors import ConfigError
from startrack.github import tokens
from startrack.github.client import Client, Endpoints
from startrack.model.changes import MONTH_WINDOW, RankBy
from startrack.workflows import backfill, build, lists, snapshot, trending
from startrack.workflows.trending import Ranked

__all__ = ["run"]

_SNAPSHOTS: Final = 70
# Later than the time at which the record was taken on each of its days.
_SNAPSHOT_TIME: Final = time(23, 17)
# Pages of star history. They cover more than two years, so the history begins before the first snapshot.
_HISTORY_PAGES: Final = 4
_MARKER: Final = ".startrack-demo"

_CONFIG: Final = f"""\
# The two lists of the demo. `startrack demo` created every file in this folder.

[[lists]]
name = "{demo_lists.BEST_OF}"
source = "lists/{demo_lists.BEST_OF}.md"

[[lists]]
name = "{demo_lists.MLLMS}"
source = "lists/{demo_lists.MLLMS}.md"
label = "simulated"

[dashboards]
title = "startrack demo"

[trends]
windows = ["7d", "30d", "90d", "365d"]  # no 1d, because the counts are about a week apart
"""

_README: Final = f"""\
# The tables of the demo

{demo_lists.BEST_OF} has <!-- startrack:count list={demo_lists.BEST_OF} figure=projects --><!-- startrack:end -->
projects with <!-- startrack:count list={demo_lists.BEST_OF} figure=stars --><!-- startrack:end --> stars together.

The ten fastest rising projects of {demo_lists.BEST_OF} over 30 days, with recorded figures:

<!-- startrack:table list={demo_lists.BEST_OF} sort=rising window=30d limit=10 -->
<!-- startrack:end -->

The open-source projects of {demo_lists.MLLMS}, with simulated figures:

<!-- startrack:table list={demo_lists.MLLMS} section="Open-Source Projects" sort=stars window=30d -->
<!-- startrack:end -->

The week of {demo_lists.BEST_OF}, its sections, and what needs attention:

<!-- startrack:digest list={demo_lists.BEST_OF} -->
<!-- startrack:end -->

<!-- startrack:chart list={demo_lists.BEST_OF} -->
<!-- startrack:end -->

<!-- startrack:sections list={demo_lists.BEST_OF} limit=5 -->
<!-- startrack:end -->

<!-- startrack:health list={demo_lists.BEST_OF} limit=5 -->
<!-- startrack:end -->

On the dashboards of the simulated list, a dashed line shows the retained stars of a project before its first snapshot.
These are simulated, too.
"""


def run(out: Path, say: Callable[[str], None]) -> Ranked:
    """Write the demo to a folder and return the projects that rise most.

    Raises ConfigError if the folder has other content, and WriteError.
    """
    _prepare(out)
    config = configuration.load(out / "startrack.toml")
    world = demo_world()
    days = list(_snapshot_days(world))
    say(f"replaying {len(days)} weekly snapshots, {days[0]} to {days[-1]}, without a network")
    with serving(world, clock=Clock(datetime.combine(days[0], _SNAPSHOT_TIME))) as server:
        for day in days:
            _snapshot(config, server, datetime.combine(day, _SNAPSHOT_TIME))
        backfilled = _backfill(config, server)
    say(f"back-filled the star history of {backfilled.projects} simulated projects with {backfilled.calls} API calls")
    # For a given instant, so that no page says that the next count is overdue.
    built = build.run(config, datetime.combine(days[-1], _SNAPSHOT_TIME))
    say(f"built {built.total} files")
    return trending.run(config, trending.Ranking(MONTH_WINDOW, RankBy.RISING, limit=10), None)


def _prepare(out: Path) -> None:
    try:
        has_other_content = out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / _MARKER).exists()))
    except OSError as error:
        raise ConfigError(f"cannot read {out}: {error.strerror}; choose another folder with --out") from error
    if has_other_content:
        raise ConfigError(f"{out} has files that are not from the demo; choose an empty or new folder with --out")
    for name in ("snapshots", "dashboards", "lists"):
        shutil.rmtree(out / name, ignore_errors=True)
    texts = {_MARKER: "", "startrack.toml": _CONFIG, "README.md": _README}
    files.write({out / name: text.encode() for name, text in texts.items()}, below=out)


def _snapshot_days(world: World) -> Iterator[date]:
    """Yield the latest days of the record, which are about a week apart."""
    histories = [repository.figures for repository in world.repositories]
    recorded = [history.instants for history in histories if isinstance(history, RecordedHistory)]
    yield from sorted({instant.date() for instants in recorded for instant in instants})[-_SNAPSHOTS:]


def _snapshot(config: Config, server: Server, at: datetime) -> None:
    server.clock.set(at)
    texts = {name: server.world.list_text(name, at) for name in (demo_lists.BEST_OF, demo_lists.MLLMS)}
    lists = {config.root / "lists" / f"{name}.md": text.encode() for name, text in texts.items()}
    files.write(lists, below=config.root)
    with Client(Endpoints(server.api_url, server.graphql_url), tokens.create([USER_TOKEN])) as client:
        snapshot.run(config, client, at, server.clock.now, lambda _done, _total: None)


def _backfill(config: Config, server: Server) -> backfill.BackfillResult:
    # Only the simulated list: the record has no retained stars, so the demo's GitHub would return modeled ones.
    config = lists.select(config, [demo_lists.MLLMS])
    with Client(
        Endpoints(server.api_url, server.graphql_url),
        tokens.create([USER_TOKEN]),
        sleep=lambda _seconds: None,
    ) as client:
        return backfill.run(config, client, server.clock.now(), backfill.FetchLimits(pages=_HISTORY_PAGES))
