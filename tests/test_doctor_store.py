"""`doctor` checks files, database and runs: every problem is named with a remedy, and hides no other problem."""

import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from backfilled_lists import HISTORY, OTHER, SIZE, counted_copy, fill, query, snapshot
from conftest import NOW
from diagnosing import check, examine, warnings
from shared_folders import SharedFolder
from startrack.config import Config, ListConfig
from startrack.demo import faults
from startrack.demo.faults import FaultRule, Reply, repository_names
from startrack.demo.lists import MLLMS
from startrack.demo.server import Server
from startrack.errors import StartrackError
from startrack.model.diagnostics import State
from startrack.workflows.backfill import FetchLimits

DAY = timedelta(days=1)


@pytest.fixture
def config(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a configuration whose list was counted once."""
    return counted_copy(shared_folder, tmp_path)


def test_before_the_first_run(tmp_path: Path, github: Server) -> None:
    """There is one warning, and no file is made."""
    found = examine(Config(root=tmp_path), github)
    assert warnings(found) == ["day files"]
    assert check(found, "day files").remedy.startswith("run `startrack update`")
    assert list(tmp_path.iterdir()) == []


def test_removed_files_are_not_counted(config: Config, github: Server) -> None:
    """The numbers of files include only those that exist."""
    fill(config, github)
    examine(config, github)
    folder = config.snapshots_folder
    for path in (folder / "history").rglob("*.csv"):
        path.unlink()
    number = len([path for path in folder.rglob("*.csv") if path.parent.name != "history"])
    assert check(examine(config, github), "database").detail.endswith(f"up to date with {number} files")
    (folder / "repositories.csv").unlink()
    (folder / "2025" / "2025-06-26.csv").write_text("repo,stars\n", encoding="ascii")
    assert check(examine(config, github), "database").detail.endswith(f"1 file of {number - 1} not loaded")


OF_BUILDS = (".startrack-build.lock", ".startrack-build.json")


@pytest.mark.parametrize("is_link", [True, False])
@pytest.mark.parametrize(
    "name",
    ["2025", "2025/2025-06-26.csv", "lists.csv", ".gitignore", ".startrack.lock", *OF_BUILDS],
)
def test_obstacles_are_reported_before_counting(
    config: Config,
    github: Server,
    name: str,
    *,
    is_link: bool,
) -> None:
    """`doctor` reports them, and a run does so before its first request."""
    path = config.snapshots_folder / name
    if is_link:
        path.replace(config.root / "moved") if path.is_dir() else (config.root / "moved").touch()
        path.unlink(missing_ok=True)
        path.symlink_to(config.root / "moved")
    else:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        os.mkfifo(path)
    assert str(path) in "".join(each.detail for each in examine(config, github).warnings)
    github.requests.clear()
    if name in OF_BUILDS:  # which are in the way of builds, and of no count
        snapshot(config, github, NOW)
        return
    with pytest.raises(StartrackError, match=re.escape(str(path))):
        snapshot(config, github, NOW)
    assert github.requests == []


@pytest.mark.parametrize("name", [".gitignore", "lists"])
def test_a_linked_file_that_is_not_written_is_no_obstacle(config: Config, github: Server, name: str) -> None:
    """`doctor` reports it, because a later run may write it."""
    path = config.snapshots_folder / name
    path.replace(config.root / "moved")
    path.symlink_to(config.root / "moved")
    assert "is a symbolic link" in "".join(each.detail for each in examine(config, github).warnings)
    snapshot(config, github, NOW)


def test_every_damaged_file_is_named(config: Config, github: Server) -> None:
    """With line and remedy; what was loaded before is still reported."""
    folder = config.snapshots_folder
    (folder / "2025" / "2025-06-26.csv").write_text("repo,stars\n", encoding="ascii")
    (folder / "2025" / "2025-06-25.csv").write_text("", encoding="ascii")
    (folder / "repositories.csv").write_text("\n", encoding="ascii")
    (folder / "lists" / "list.csv").write_text("\n", encoding="ascii")
    (folder / "history.csv").write_text("\n", encoding="ascii")
    (folder / "history").mkdir()
    (folder / "history" / "7.csv").write_text("week\n", encoding="ascii")
    (folder / "2025" / "runs.csv").write_text("\n", encoding="ascii")
    (folder / "lists.csv").write_text("\n", encoding="ascii")
    found = examine(config, github)
    broken = [each for each in found.checks if each.name == "file"]
    told = {Path(each.detail.partition(", line 1: ")[0]).relative_to(folder).as_posix() for each in broken}
    assert told == {
        "2025/2025-06-25.csv",
        "2025/2025-06-26.csv",
        "2025/runs.csv",
        "history.csv",
        "history/7.csv",
        "lists.csv",
        "lists/list.csv",
        "repositories.csv",
    }
    assert len(broken) == len(told)
    assert all(each.remedy.startswith("restore it with `git -C ") for each in broken)
    assert warnings(found) == ["database", *["file"] * len(broken)]
    assert check(found, "database").detail.endswith("8 files of 8 not loaded")
    assert len(found.runs) == 1


@pytest.mark.parametrize("name", ["runs", "2025-06-26", "history"])
def test_a_list_can_have_the_name_of_a_store_file(tmp_path: Path, github: Server, name: str) -> None:
    """Its entries are not taken for anything else."""
    (tmp_path / "list.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
    config = Config(lists=(ListConfig(source="list.md", name=name),), root=tmp_path)
    snapshot(config, github, NOW)
    found = examine(config, github)
    assert warnings(found) == []
    assert check(found, "last run").detail.endswith(f"{SIZE} of {SIZE} counted")
    (config.snapshots_folder / "lists" / f"{name}.csv").write_text("\n", encoding="ascii")
    found = examine(config, github)
    assert warnings(found) == ["database", "file"]
    assert check(found, "file").detail.endswith(f"lists/{name}.csv, line 1: it is empty")


def test_a_duplicate_row_is_reported(config: Config, github: Server) -> None:
    """It is found when the file is loaded."""
    path = config.snapshots_folder / "2025" / "2025-06-26.csv"
    lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]), encoding="ascii")
    told = check(examine(config, github), "file")
    assert told.detail.endswith("has two lines")
    assert told.remedy == "remove one of them"


def test_newer_files_are_loaded_and_reported(config: Config, github: Server) -> None:
    """As after a `git pull`, or if the database was deleted."""
    config.database.unlink()
    found = examine(config, github)
    assert warnings(found) == []
    assert check(found, "database").detail.endswith("up to date with 5 files, 5 of them loaded just now")
    assert check(examine(config, github), "database").detail.endswith("up to date with 5 files")


def test_a_damaged_database_hides_no_damaged_file(config: Config, github: Server) -> None:
    """The database is rebuilt, and all files are checked."""
    config.database.write_bytes(b"no database" * 1000)
    (config.snapshots_folder / "2025" / "2025-06-26.csv").write_text("x\n", encoding="ascii")
    found = examine(config, github)
    assert warnings(found) == ["database", "file", "history"][: len(warnings(found))]
    assert check(found, "file").detail.endswith("name, taken_at are missing")


def test_an_unreadable_folder(tmp_path: Path, github: Server) -> None:
    """A link to itself is an error before the first request."""
    (tmp_path / "list.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
    (tmp_path / "snapshots").symlink_to("snapshots")
    config = Config(root=tmp_path, lists=(ListConfig(source="list.md"),))
    assert check(examine(config, github), "day files").detail.endswith("Too many levels of symbolic links")
    github.requests.clear()
    with pytest.raises(StartrackError, match="snapshots"):
        snapshot(config, github, NOW)
    assert github.requests == []


def test_a_damaged_database_that_cannot_be_moved(config: Config, github: Server) -> None:
    """As in a folder that is not writable: here the lock file cannot be written."""
    config.database.write_bytes(b"no database" * 1000)
    config.database.with_name(f".{config.database.name}.lock").mkdir()
    assert check(examine(config, github), "database").detail.startswith("cannot write")


def test_a_file_in_place_of_the_folder(tmp_path: Path, github: Server) -> None:
    """No other check of the store is possible."""
    (tmp_path / "snapshots").write_text("in the way", encoding="ascii")
    found = examine(Config(root=tmp_path), github)
    assert check(found, "day files").remedy == "set another path in [snapshots] folder"


def test_only_recent_gaps_are_reported(config: Config, github: Server) -> None:
    """Gaps of the last thirty days, including one until today."""
    for days in (40, 80, 81):
        snapshot(config, github, NOW + days * DAY)
    told = check(examine(config, github), "day files")
    assert told.detail == "4 days, 2025-06-26 to 2025-09-15; no count on 2025-08-06 to 2025-09-13"
    github.clock.set(NOW + 130 * DAY)
    told = check(examine(config, github), "day files")
    assert told.detail.endswith("no count on 2025-09-16 to 2025-11-02")


def test_history_is_counted_by_state(config: Config, github: Server) -> None:
    """Complete, incomplete, not fetched, not offered, failed; only failures are warnings."""
    github.faults.add(
        FaultRule(faults.not_offered(), path=HISTORY, repos=repository_names("Aurora-slz/MM-Verify")),
        FaultRule(Reply(422, "{}"), path=HISTORY, repos=repository_names("Deep-Agent/R1-V")),
    )
    fill(config, github, FetchLimits(budget=21))
    told = check(examine(config, github), "history")
    assert told.detail == (
        f"star history of {SIZE} projects: 15 complete, 3 incomplete, 3 not fetched yet, 1 not offered, 1 failed "
        "(Deep-Agent/R1-V)"
    )
    assert told.remedy == "run `startrack backfill`, which fetches it again"


def test_a_repository_that_keeps_failing_is_named_after_three_runs(config: Config, github: Server) -> None:
    """With its reason and since when; a new count ends the warning."""
    rule = FaultRule(faults.not_found(OTHER))
    github.faults.add(rule, FaultRule(faults.not_offered(), path=f"/repos/{OTHER}"))
    for days in (1, 2):
        snapshot(config, github, NOW + days * DAY)
    assert warnings(examine(config, github)) == []
    snapshot(config, github, NOW + 3 * DAY)
    found = examine(config, github)
    assert warnings(found) == [f"missing {OTHER}"]
    told = check(found, f"missing {OTHER}")
    assert told.detail == "not found in each of the last 3 runs, since 2025-06-27; last counted 2025-06-26"
    assert told.remedy == "correct or remove its line in the list, or add it to the list's `exclude`"
    github.faults.clear()
    snapshot(config, github, NOW + 4 * DAY)
    assert warnings(examine(config, github)) == []


def test_removed_entries_do_not_fail(config: Config, github: Server) -> None:
    """A repository that left the list is not reported."""
    (config.root / "list.md").write_text(
        f"- [x](https://github.com/{OTHER})\n- [y](https://github.com/not/there)\n",
        encoding="ascii",
    )
    for days in (1, 2, 3):
        snapshot(config, github, NOW + days * DAY)
    told = check(examine(config, github), "missing not/there")
    assert told.detail == "not found in each of the last 3 runs, since 2025-06-27; never counted"
    (config.root / "list.md").write_text(f"- [x](https://github.com/{OTHER})\n", encoding="ascii")
    snapshot(config, github, NOW + 4 * DAY)
    assert warnings(examine(config, github)) == []


def test_an_incomplete_run_has_a_remedy(config: Config, github: Server) -> None:
    """Only the last run counts: a later complete run ends the warning."""
    github.faults.add(FaultRule(faults.bad_credentials(), after=1))
    snapshot(config, github, NOW + DAY)
    told = check(examine(config, github), "last run")
    assert (told.state, ": partial, " in told.detail) == (State.WARNING, True)
    github.faults.clear()
    snapshot(config, github, NOW + 2 * DAY)
    found = examine(config, github)
    assert warnings(found) == []
    assert [run.status for run in found.runs] == ["done", "partial", "done"]


def test_a_killed_run_is_reported(config: Config, github: Server) -> None:
    """Its day file exists, its record does not."""
    (config.snapshots_folder / "2025" / "runs.csv").unlink()
    told = check(examine(config, github), "last run")
    assert (told.state, ": recovered, " in told.detail) == (State.WARNING, True)


def test_ten_runs_are_shown(config: Config, github: Server) -> None:
    """Newest first."""
    for hours in range(1, 11):
        snapshot(config, github, NOW + timedelta(hours=hours))
    found = examine(config, github)
    assert query(config, "select count(*) from runs") == [(11,)]
    assert [run.started_at for run in found.runs] == [NOW + timedelta(hours=hours) for hours in range(10, 0, -1)]
