"""A list of real projects with snapshots of chosen days, collected from the demo's GitHub."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from conftest import NOW, connect
from startrack.config import Config, ListConfig
from startrack.demo.lists import demo_world
from startrack.demo.server import serving
from startrack.workflows import build, snapshot

__all__ = ["BEST", "replay_list"]

BEST = "best-of-ml-python"


def replay_list(root: Path, days: Iterable[int], *, label: str | None = None, gone: str | None = None) -> Config:
    """Collect a snapshot of the list as of each number of days ago, build the dashboards, and return the configuration.

    `gone` is a project that is deleted one hour before the snapshot of today.
    """
    config = Config(lists=(ListConfig(source=f"{BEST}.md", label=label),), root=root)
    with serving(demo_world()) as github:
        for taken_at in (NOW - timedelta(days=days_ago) for days_ago in days):
            github.clock.set(taken_at)
            (root / f"{BEST}.md").write_text(github.world.list_text(BEST, taken_at), encoding="utf-8")
            if gone and taken_at == NOW:
                github.world.delete(gone, taken_at - timedelta(hours=1))
            with connect(github) as client:
                snapshot.run(config, client, taken_at, github.clock.now, lambda _done, _total: None)
    build.run(config, None)
    return config
