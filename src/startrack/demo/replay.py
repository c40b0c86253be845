"""The demo: a year of snapshots replayed through the real pipeline, from a GitHub on this machine."""

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
from startrack.model.changes import MONTH_WINDOW
from startrack.trends.ranking import RankBy
from startrack.workflows import backfill, build, lists, snapshot, trending
from startrack.workflows.trending import Ranked

__all__ = ["run"]

_SNAPSHOTS: Final = 70
# After the hour at which the record was taken, on each of its days.
_HOUR: Final = time(23, 17)
# More than two years, so that there is something before the first snapshot.
_PAGES: Final = 4
_MARK: Final = ".startrack-demo"

_CONFIG: Final = f"""\
# The two lists of the demo; everything here was made by `startrack demo`.

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
windows = ["7d", "30d", "90d", "365d"]  # the record is weekly, so a day's change is not known
"""

_README: Final = f"""\
# The demo's tables

Real figures of {demo_lists.BEST_OF}, its projects that rose most over 30 days:

<!-- startrack:table list={demo_lists.BEST_OF} sort=rising window=30d limit=10 -->
<!-- startrack:end -->

Simulated figures for the open-source projects of {demo_lists.MLLMS}:

<!-- startrack:table list={demo_lists.MLLMS} section="Open-Source Projects" sort=stars window=30d -->
<!-- startrack:end -->

On the pages, stars before a project's first snapshot are dashed. They follow the record where it reaches back that far;
what a project had before its first record is spread evenly over the days since its creation.
"""


def run(out: Path, say: Callable[[str], None]) -> Ranked:
    """Replay, build, and return the projects that rise most.

    Raises ConfigError where the folder holds something that is not the demo's, and WriteError.
    """
    _prepare(out)
    config = configuration.load(out / "startrack.toml")
    world = demo_world()
    days = list(_days(world))
    say(f"replaying {len(days)} weekly snapshots, {days[0]} to {days[-1]}, without a network")
    with serving(world, clock=Clock(datetime.combine(days[0], _HOUR))) as server:
        for day in days:
            _snapshot(config, server, datetime.combine(day, _HOUR))
        filled = _backfill(config, server)
    say(f"fetched the past of {filled.known} simulated projects with {filled.calls} calls")
    built = build.run(config, None)
    say(f"built {built.total} files")
    return trending.run(config, trending.Ranking(MONTH_WINDOW, RankBy.RISING, limit=10), None)


def _prepare(out: Path) -> None:
    try:
        is_other = out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / _MARK).exists()))
    except OSError as error:
        raise ConfigError(f"cannot look into {out}: {error.strerror}; name another folder with --out") from error
    if is_other:
        raise ConfigError(f"{out} holds something else; name an empty or new folder with --out")
    for name in ("snapshots", "dashboards", "lists"):
        shutil.rmtree(out / name, ignore_errors=True)
    texts = {_MARK: "", "startrack.toml": _CONFIG, "README.md": _README}
    files.write({out / name: text.encode() for name, text in texts.items()}, below=out)


def _days(world: World) -> Iterator[date]:
    """Yield the latest days of the record, which was taken about weekly."""
    recorded = (each.figures.instants for each in world.repositories if isinstance(each.figures, RecordedHistory))
    yield from sorted({instant.date() for instants in recorded for instant in instants})[-_SNAPSHOTS:]


def _snapshot(config: Config, server: Server, at: datetime) -> None:
    server.clock.set(at)
    texts = {name: server.world.list_text(name, at) for name in (demo_lists.BEST_OF, demo_lists.MLLMS)}
    lists = {config.root / "lists" / f"{name}.md": text.encode() for name, text in texts.items()}
    files.write(lists, below=config.root)
    with Client(Endpoints(server.api_url, server.graphql_url), tokens.of([USER_TOKEN])) as client:
        snapshot.run(config, client, at, server.clock.now, lambda _done, _total: None)


def _backfill(config: Config, server: Server) -> backfill.BackfillResult:
    # Of the real projects the record has no retained stars; what this machine's GitHub would answer is a model.
    config = lists.select(config, [demo_lists.MLLMS])
    with Client(
        Endpoints(server.api_url, server.graphql_url),
        tokens.of([USER_TOKEN]),
        sleep=lambda _seconds: None,
    ) as client:
        return backfill.run(config, client, server.clock.now(), backfill.Effort(pages=_PAGES))
