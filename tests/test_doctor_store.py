"""Files, database and past runs looked over: what is broken is named with what to do, and hides nothing else."""

import os
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import NOW
from examining import check, examine, looks
from pasts import HISTORY, OTHER, SIZE, counted, fill, query, snapshot
from startrack.config import Config, ListConfig
from startrack.demo import faults
from startrack.demo.fault_rules import FaultRule, repository_names
from startrack.demo.faults import Reply
from startrack.demo.lists import MLLMS
from startrack.demo.server import Server
from startrack.errors import StartrackError
from startrack.model.diagnostics import State
from startrack.workflows.backfill import FetchLimits

DAY = timedelta(days=1)


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Return a list that was counted once."""
    return counted(tmp_path, github)


# ── Files and database ───────────────────────────────────────────────────────────────────────────────────


def test_never_run_before_is_one_finding(tmp_path: Path, github: Server) -> None:
    """And looking leaves no file behind."""
    found = examine(Config(root=tmp_path), github)
    assert looks(found) == ["day files"]
    assert check(found, "day files").remedy.startswith("run `startrack update`")
    assert list(tmp_path.iterdir()) == []


def test_removed_files_are_not_counted_among_those_there(config: Config, github: Server) -> None:
    """Of the files that are left none was loaded just now, or one alone is not loaded."""
    fill(config, github)
    examine(config, github)
    folder = config.snapshots_folder
    for path in (folder / "history").rglob("*.csv"):
        path.unlink()
    number = len([path for path in folder.rglob("*.csv") if path.parent.name != "history"])
    assert check(examine(config, github), "database").detail.endswith(f"in step with {number} files")
    (folder / "repositories.csv").unlink()
    (folder / "2025" / "2025-06-26.csv").write_text("repo,stars\n", encoding="ascii")
    assert check(examine(config, github), "database").detail.endswith(f"1 file of {number - 1} not loaded")


@pytest.mark.parametrize("is_link", [True, False])
@pytest.mark.parametrize(
    "name",
    ["2025", "2025/2025-06-26.csv", "lists.csv", ".gitignore", ".startrack.lock", ".startrack-build.lock"],
)
def test_what_is_in_the_way_of_writing_is_told_before_counting(
    config: Config,
    github: Server,
    name: str,
    *,
    is_link: bool,
) -> None:
    """By `doctor`, and by the run: not after it has asked GitHub for everything, whose answers would be lost."""
    path = config.snapshots_folder / name
    if is_link:
        path.replace(config.root / "moved") if path.is_dir() else (config.root / "moved").touch()
        path.unlink(missing_ok=True)
        path.symlink_to(config.root / "moved")
    else:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        os.mkfifo(path)
    assert str(path) in "".join(each.detail for each in examine(config, github).looks)
    github.requests.clear()
    if name == ".startrack-build.lock":  # which is in the way of builds, and of no count
        snapshot(config, github, NOW)
        return
    with pytest.raises(StartrackError, match=re.escape(str(path))):
        snapshot(config, github, NOW)
    assert github.requests == []


@pytest.mark.parametrize("name", [".gitignore", "lists"])
def test_a_link_to_what_needs_no_writing_is_in_nobodys_way(config: Config, github: Server, name: str) -> None:
    """`doctor` tells it all the same: one day it will be."""
    path = config.snapshots_folder / name
    path.replace(config.root / "moved")
    path.symlink_to(config.root / "moved")
    assert "is a symbolic link" in "".join(each.detail for each in examine(config, github).looks)
    snapshot(config, github, NOW)


def test_every_broken_file_is_named(config: Config, github: Server) -> None:
    """With the line and how to mend it; what was loaded before is still told."""
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
    assert all(each.remedy.startswith("restore it with `git checkout -- ") for each in broken)
    assert looks(found) == ["database", *["file"] * len(broken)]
    assert check(found, "database").detail.endswith("8 files of 8 not loaded")
    assert len(found.runs) == 1


@pytest.mark.parametrize("name", ["runs", "2025-06-26", "history"])
def test_a_list_may_be_named_like_a_file_of_ours(tmp_path: Path, github: Server, name: str) -> None:
    """Its entries are taken for nothing else."""
    (tmp_path / "list.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
    config = Config(lists=(ListConfig(source="list.md", name=name),), root=tmp_path)
    snapshot(config, github, NOW)
    found = examine(config, github)
    assert looks(found) == []
    assert check(found, "last run").detail.endswith(f"{SIZE} of {SIZE} counted")
    (config.snapshots_folder / "lists" / f"{name}.csv").write_text("\n", encoding="ascii")
    found = examine(config, github)
    assert looks(found) == ["database", "file"]
    assert check(found, "file").detail.endswith(f"lists/{name}.csv, line 1: it is empty")


def test_a_project_that_stands_twice_in_a_file_is_told(config: Config, github: Server) -> None:
    """What no single line shows is found when the file is loaded."""
    path = config.snapshots_folder / "2025" / "2025-06-26.csv"
    lines = path.read_text(encoding="ascii").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]), encoding="ascii")
    told = check(examine(config, github), "file")
    assert told.detail.endswith("has two lines")
    assert told.remedy == "remove one of them"


def test_newer_files_are_loaded_and_told(config: Config, github: Server) -> None:
    """As after a `git pull`, or with the database deleted."""
    config.database.unlink()
    found = examine(config, github)
    assert looks(found) == []
    assert check(found, "database").detail.endswith("in step with 5 files, 5 of them loaded just now")
    assert check(examine(config, github), "database").detail.endswith("in step with 5 files")


def test_a_broken_database_hides_no_file(config: Config, github: Server) -> None:
    """It is built anew; files are read to their ends all the same."""
    config.database.write_bytes(b"no database" * 1000)
    (config.snapshots_folder / "2025" / "2025-06-26.csv").write_text("x\n", encoding="ascii")
    found = examine(config, github)
    assert looks(found) == ["database", "file", "past"][: len(looks(found))]
    assert check(found, "file").detail.endswith("name, taken_at are missing")


def test_a_folder_that_cannot_be_looked_into_is_told(tmp_path: Path, github: Server) -> None:
    """Here a link to itself; the commands end in an error of ours, before they ask GitHub for anything."""
    (tmp_path / "list.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
    (tmp_path / "snapshots").symlink_to("snapshots")
    config = Config(root=tmp_path, lists=(ListConfig(source="list.md"),))
    assert check(examine(config, github), "day files").detail.endswith("Too many levels of symbolic links")
    github.requests.clear()
    with pytest.raises(StartrackError, match="snapshots"):
        snapshot(config, github, NOW)
    assert github.requests == []


def test_a_broken_database_that_cannot_be_set_aside_is_told(config: Config, github: Server) -> None:
    """As in a folder that may not be written: here something is in the way of the lock that doing so takes."""
    config.database.write_bytes(b"no database" * 1000)
    config.database.with_name(f".{config.database.name}.lock").mkdir()
    assert check(examine(config, github), "database").detail.startswith("cannot write")


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path, github: Server) -> None:
    """Nothing else can be checked then."""
    (tmp_path / "snapshots").write_text("in the way", encoding="ascii")
    found = examine(Config(root=tmp_path), github)
    assert check(found, "day files").remedy == "set another path in [snapshots] folder"


def test_a_gap_of_long_ago_is_none_but_a_long_silence_is(config: Config, github: Server) -> None:
    """Only the last thirty days are looked at, to their end."""
    for days in (40, 80, 81):
        snapshot(config, github, NOW + days * DAY)
    told = check(examine(config, github), "day files")
    assert told.detail == "4 days, 2025-06-26 to 2025-09-15; no count on 2025-08-06 to 2025-09-13"
    github.clock.set(NOW + 130 * DAY)
    told = check(examine(config, github), "day files")
    assert told.detail.endswith("no count on 2025-09-16 to 2025-11-02")


# ── What runs left ───────────────────────────────────────────────────────────────────────────────────────


def test_what_is_known_of_the_past_is_counted_by_kind(config: Config, github: Server) -> None:
    """Whole, begun, never, not offered, failed, by their projects; only failures are worth a look."""
    github.faults.add(
        FaultRule(faults.not_offered(), path=HISTORY, repos=repository_names("Aurora-slz/MM-Verify")),
        FaultRule(Reply(422, "{}"), path=HISTORY, repos=repository_names("Deep-Agent/R1-V")),
    )
    fill(config, github, FetchLimits(budget=21))
    told = check(examine(config, github), "past")
    assert told.detail == (
        f"star history of {SIZE} projects: 15 whole, 3 begun, 3 never asked for, 1 not offered, 1 failed "
        "(Deep-Agent/R1-V)"
    )
    assert told.remedy == "run `startrack backfill`: it asks for them again"


def test_what_keeps_failing_is_named_from_the_third_time_on(config: Config, github: Server) -> None:
    """With its reason and since when; once it is counted again it is forgotten."""
    rule = FaultRule(faults.not_found(OTHER))
    github.faults.add(rule, FaultRule(faults.not_offered(), path=f"/repos/{OTHER}"))
    for days in (1, 2):
        snapshot(config, github, NOW + days * DAY)
    assert looks(examine(config, github)) == []
    snapshot(config, github, NOW + 3 * DAY)
    found = examine(config, github)
    assert looks(found) == [f"missing {OTHER}"]
    told = check(found, f"missing {OTHER}")
    assert told.detail == "not found in each of the last 3 counts, since 2025-06-27; last counted 2025-06-26"
    assert told.remedy == "correct or remove its line in the list, or name it in the list's `exclude`"
    github.faults.clear()
    snapshot(config, github, NOW + 4 * DAY)
    assert looks(examine(config, github)) == []


def test_what_a_list_no_longer_names_does_not_fail(config: Config, github: Server) -> None:
    """Nobody asks for it."""
    (config.root / "list.md").write_text(
        f"- [x](https://github.com/{OTHER})\n- [y](https://github.com/not/there)\n",
        encoding="ascii",
    )
    for days in (1, 2, 3):
        snapshot(config, github, NOW + days * DAY)
    told = check(examine(config, github), "missing not/there")
    assert told.detail == "not found in each of the last 3 counts, since 2025-06-27; never counted"
    (config.root / "list.md").write_text(f"- [x](https://github.com/{OTHER})\n", encoding="ascii")
    snapshot(config, github, NOW + 4 * DAY)
    assert looks(examine(config, github)) == []


def test_a_run_cut_short_says_how_to_go_on(config: Config, github: Server) -> None:
    """The last one alone: what a later run has made up for is no trouble."""
    github.faults.add(FaultRule(faults.bad_credentials(), after=1))
    snapshot(config, github, NOW + DAY)
    told = check(examine(config, github), "last run")
    assert (told.state, ": partial, " in told.detail) == (State.LOOK, True)
    github.faults.clear()
    snapshot(config, github, NOW + 2 * DAY)
    found = examine(config, github)
    assert looks(found) == []
    assert [run.status for run in found.runs] == ["done", "partial", "done"]


def test_a_run_that_was_killed_is_told(config: Config, github: Server) -> None:
    """Its day file is there and its record is not."""
    (config.snapshots_folder / "2025" / "runs.csv").unlink()
    told = check(examine(config, github), "last run")
    assert (told.state, ": recovered, " in told.detail) == (State.LOOK, True)


def test_ten_runs_are_shown(config: Config, github: Server) -> None:
    """The newest first, as a table for people and as rows for programs."""
    for hours in range(1, 11):
        snapshot(config, github, NOW + timedelta(hours=hours))
    found = examine(config, github)
    assert query(config, "select count(*) from runs") == [(11,)]
    assert [run.started_at for run in found.runs] == [NOW + timedelta(hours=hours) for hours in range(10, 0, -1)]
