"""A command that ends at any moment, killed or for want of space, leaves whole files, and the next one finishes."""

import itertools
import re
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import killing
from startrack.config import Config, ListConfig
from startrack.demo.simulation import simulated_world
from startrack.store import queries, sync
from startrack.store.database import Database
from startrack.store.snapshots import Snapshots

FIRST = datetime(2026, 1, 1, 12, 17)
SECOND = FIRST + timedelta(days=8)
MANIFEST = r"dashboards/\.startrack-files"  # names the old and the new pages while they are written
HISTORY = r"snapshots/(history|commits)(/\d+)?\.csv"  # a back-fill writes a page of weeks after the other

Rows = set[object]


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Return a folder whose list was counted; tests work on copies."""
    config = _tracked(tmp_path_factory.mktemp("counted"))
    names = [repository.name(FIRST) for repository in simulated_world(killing.SIZE).repositories]
    (config.root / "list.txt").write_text("\n".join(names), encoding="utf-8")
    readme = "# Mine\n\n<!-- startrack:table -->\n<!-- startrack:end -->\n"
    (config.root / "README.md").write_text(readme, encoding="utf-8")
    killing.count(config, FIRST)
    return config


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, counted: Config) -> Config:
    """Return a folder that has its history and its dashboards too."""
    config = _copy(counted, tmp_path_factory.mktemp("finished") / "copy")
    killing.fill(config, FIRST)
    killing.draw(config, FIRST)
    return config


@pytest.mark.parametrize("stop", [killing.kill, killing.fill_disk])
@pytest.mark.parametrize("command", [killing.count, killing.fill])
def test_a_run_that_stops_anywhere_leaves_whole_files(
    finished: Config, tmp_path: Path, command: killing.Command, stop: killing.Stop
) -> None:
    """At every write, rename and step of a transaction: nothing is lost or made up, and the next run finishes."""
    codes = _stopped_runs(finished, tmp_path, command, stop, "", every=1)
    assert len(codes) > 8
    assert (killing.KILLED if stop is killing.kill else killing.FAILED) in codes


def test_a_first_back_fill_that_is_killed_leaves_whole_files(counted: Config, tmp_path: Path) -> None:
    """It writes in several batches: each project has all of its weeks or none, and the next one fetches the rest."""
    assert len(_stopped_runs(counted, tmp_path, killing.fill, killing.kill, HISTORY, every=3)) > 8


def _stopped_runs(
    start: Config, folder: Path, command: killing.Command, stop: killing.Stop, growing: str, every: int
) -> list[int]:
    """Stop a run at its moments, check what it left, finish it, and return how the stopped runs ended."""
    whole = _copy(start, folder / "whole")
    before, rows_before = _files(whole), _rows(whole)
    command(whole, SECOND)
    after, rows_after = _files(whole), _rows(whole)
    codes = []
    for moment in itertools.count(1, every):
        config = _copy(start, folder / str(moment))
        codes.append(killing.run_until(moment, stop, command, config, SECOND))
        if codes[-1] == killing.NOT_REACHED:
            return codes
        rows = _rows(config)
        assert not _strange(config, before, after, growing)
        assert rows <= rows_before | rows_after
        # Weeks whose line of the index is not yet written do not count, but no count is ever missing.
        assert _counts(rows) >= _counts(rows_before)
        command(config, SECOND)
        assert (_files(config), _rows(config)) == (after, rows_after)
        assert not _drafts(config)
    raise AssertionError


def test_a_build_leaves_whole_files_at_every_moment(finished: Config, tmp_path: Path) -> None:
    """What a kill would leave: each page is the old or the new one."""
    counted, before, after = _outdated(finished, tmp_path)
    strange: list[set[str]] = []
    killing.watch_changes(
        lambda: strange.append(_strange(counted, before, after, MANIFEST)), killing.draw, counted, SECOND
    )
    assert len(strange) > 60
    assert set().union(*strange) == set()
    assert _files(counted) == after


@pytest.mark.parametrize("stop", [killing.kill, killing.fill_disk])
def test_a_build_that_stops_is_finished_by_the_next(finished: Config, tmp_path: Path, stop: killing.Stop) -> None:
    """At moments all over the build: each page is the old or the new one, and no draft is left in the end."""
    counted, before, after = _outdated(finished, tmp_path)
    codes = []
    for moment in itertools.count(1, 8):
        config = _copy(counted, tmp_path / str(moment))
        codes.append(killing.run_until(moment, stop, killing.draw, config, SECOND))
        if codes[-1] == killing.NOT_REACHED:
            break
        assert not _strange(config, before, after, MANIFEST)
        killing.draw(config, SECOND)
        assert _files(config) == after
        assert not _drafts(config)
    assert len(codes) > 8
    assert (killing.KILLED if stop is killing.kill else killing.FAILED) in codes


def _outdated(finished: Config, folder: Path) -> tuple[Config, Mapping[str, bytes], Mapping[str, bytes]]:
    """Return a folder that was counted after its build, with its files before and after the next build."""
    counted = _copy(finished, folder / "counted")
    killing.count(counted, SECOND)
    before = _files(counted)
    whole = _copy(counted, folder / "whole")
    killing.draw(whole, SECOND)
    after = _files(whole)
    assert len(after.items() - before.items()) > 10
    return counted, before, after


def _strange(config: Config, before: Mapping[str, bytes], after: Mapping[str, bytes], growing: str) -> set[str]:
    """Return the files that are neither the old nor the new ones; those named by `growing` may have lines of both."""
    strange = set()
    for name, content in _files(config).items():
        old, new = before.get(name), after.get(name)
        if re.fullmatch(growing, name):
            is_known = _keys(content) <= _keys(old or b"") | _keys(new or b"")
        else:
            is_known = content in (old, new)
        strange |= set() if is_known else {name}
    return strange


def _keys(content: bytes) -> set[bytes]:
    return {line.split(b",")[0] for line in content.splitlines()}


def _tracked(folder: Path) -> Config:
    return Config(lists=(ListConfig(source="list.txt"),), root=folder)


def _copy(config: Config, folder: Path) -> Config:
    shutil.copytree(config.root, folder)
    return _tracked(folder)


def _files(config: Config) -> dict[str, bytes]:
    """Return the files that people see, by path, but for the records of runs, which say what a run cost."""
    found = {path.relative_to(config.root).as_posix(): path for path in config.root.rglob("*") if path.is_file()}
    others = ("duckdb", "lock", "draft", "runs.csv", ".startrack-build.json")
    return {name: path.read_bytes() for name, path in found.items() if not any(part in name for part in others)}


def _drafts(config: Config) -> list[Path]:
    return list(config.root.rglob("*draft"))


def _rows(config: Config) -> Rows:
    """Return what the database says of runs, counts and history, once it follows the files."""
    with Database(config.database).session() as session:
        sync.sync(session, Snapshots(config.snapshots_folder))
        runs = {("run", run.started_at, run.counted) for run in queries.runs(session, SECOND, 10)}
        history = queries.history(session, SECOND)
        counts = {("count", repo_id, each) for repo_id, counts in history.items() for each in counts}
        query = session._connection.execute
        days = query("select 'stars', * exclude fetched_at from star_days").fetchall()
        commits = query("select 'commits', * exclude fetched_at from commit_days").fetchall()
        return runs | counts | {*days, *commits}


def _counts(rows: Rows) -> Rows:
    return {row for row in rows if isinstance(row, tuple) and row[0] in ("run", "count")}
