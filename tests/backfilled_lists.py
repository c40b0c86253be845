"""Helpers for back-fill tests: a list that was counted, back-fills of it, and queries to its database."""

import shutil
from datetime import datetime
from pathlib import Path

import duckdb

from conftest import NOW, connect
from shared_folders import SharedFolder
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.lists import MLLMS, demo_world
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.workflows import backfill
from startrack.workflows import snapshot as workflows_snapshot
from startrack.workflows.backfill import BackfillResult, FetchLimits

SIZE = 23
PAGES = 27  # of stars alone: every project's, back to its creation
OTHER = "hiyouga/EasyR1"
HISTORY, ACTIVITY = "*/stargazers/history", "*/stats/commit_activity"
ALL = FetchLimits(pages=None)


def counted(folder: Path, github: Server) -> Config:
    """Count the owner's list once, in a folder of its own."""
    folder.mkdir(exist_ok=True)
    (folder / "list.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
    config = _tracked(folder)
    snapshot(config, github, NOW)
    github.requests.clear()
    return config


def counted_copy(shared_folder: SharedFolder, folder: Path) -> Config:
    """Return a copy of the owner's list as it is after one count, which is taken once for all tests."""
    return folder_copy(shared_folder("counted list", _count), folder)


def filled_copy(shared_folder: SharedFolder, folder: Path) -> Config:
    """Return a copy of the owner's list that was counted and has its whole history."""
    return folder_copy(shared_folder("filled list", _count_and_fill), folder)


def _count(folder: Path) -> None:
    with serving(demo_world(), clock=Clock(NOW)) as github:
        counted(folder, github)


def _count_and_fill(folder: Path) -> None:
    with serving(demo_world(), clock=Clock(NOW)) as github:
        fill(counted(folder, github), github)


def folder_copy(made: Path, folder: Path) -> Config:
    """Return a copy of a folder with the owner's list."""
    shutil.copytree(made, folder, dirs_exist_ok=True)  # with the times of the files, by which the database knows them
    return _tracked(folder)


def _tracked(folder: Path) -> Config:
    return Config(lists=(ListConfig(source="list.md"),), root=folder)


def snapshot(config: Config, github: Server, at: datetime) -> None:
    """Count the lists as of an instant of the demo's clock."""
    github.clock.set(at)
    with connect(github) as client:
        workflows_snapshot.run(config, client, at, github.clock.now, lambda _done, _total: None)


def fill(
    config: Config,
    github: Server,
    effort: FetchLimits = ALL,
    at: datetime = NOW,
    token: str | None = USER_TOKEN,
) -> BackfillResult:
    """Fetch the past as of an instant of the demo's clock."""
    github.clock.set(at)
    with connect(github, token, max_wait=0) as client:
        return backfill.run(config, client, at, effort)


def query(config: Config, sql: str) -> list[tuple[object, ...]]:
    """Ask the database directly."""
    with duckdb.connect(str(config.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def star_days(config: Config) -> list[tuple[object, ...]]:
    """Return the retained stars that are kept."""
    return query(config, "select repo_id, day, retained from star_days order by all")


def commit_days(config: Config) -> list[tuple[object, ...]]:
    """Return the commits of the past that are kept."""
    return query(config, "select repo_id, day, commits from commit_days order by all")


def asked(github: Server, ending: str = "/stargazers/history") -> list[str]:
    """Return the repositories of the requests that GitHub counts, in order."""
    return [seen.repos[0] for seen in github.requests if seen.path.endswith(ending) and seen.status != 304]
