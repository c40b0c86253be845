"""A list of real projects, counted on some days of its history by a GitHub on this machine."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from conftest import NOW, connect
from startrack.config import Config, ListConfig
from startrack.demo.lists import demo_world
from startrack.demo.server import serving
from startrack.workflows import build, snapshot

__all__ = ["BEST", "replay_list"]

BEST = "best-of-ml-python"


def replay_list(root: Path, days: Iterable[int], *, label: str | None = None, gone: str | None = None) -> Config:
    """Return a list that was counted so many days ago each, the latest last, and built.

    `gone` is a project that was deleted just before the last of them.
    """
    tracked = Config(lists=(ListConfig(source=f"{BEST}.md", label=label),), root=root)
    with serving(demo_world()) as github:
        for at in (NOW - timedelta(days=each) for each in days):
            github.clock.set(at)
            (root / f"{BEST}.md").write_text(github.world.list_text(BEST, at), encoding="utf-8")
            if gone and at == NOW:
                github.world.delete(gone, _before(at))
            with connect(github) as client:
                snapshot.run(tracked, client, at, github.clock.now, lambda _done, _total: None)
    build.run(tracked, None)
    return tracked


def _before(at: datetime) -> datetime:
    return at - timedelta(hours=1)
