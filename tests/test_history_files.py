"""The past as it is kept: files that lead the database, whatever is lost or cut short."""

from pathlib import Path

import pytest

from backfilled_lists import SIZE, counted, counted_copy, fill, star_days
from shared_folders import SharedFolder
from startrack.config import Config
from startrack.demo.server import Server
from startrack.errors import StoreError
from startrack.store import sync
from startrack.store.database import Database
from startrack.store.snapshots import Snapshots
from startrack.workflows import build, snapshot


@pytest.fixture
def config(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a list that was counted once."""
    return counted_copy(shared_folder, tmp_path)


@pytest.mark.parametrize("line", ["2024-02-18,0,5", "2024-02-18,0,5,2,2,2,1,x", "someday,0,5,2,2,2,1,1"])
def test_a_broken_file_is_named(config: Config, github: Server, line: str) -> None:
    """File, line and what to do; the database stays as it was."""
    fill(config, github)
    before = star_days(config)
    path = config.snapshots_folder / "history" / "20000001.csv"
    path.write_text(f"week,sun,mon,tue,wed,thu,fri,sat\n{line}\n", encoding="ascii")
    with pytest.raises(StoreError, match=r"history/20000001\.csv, line 2: .*restore it with"):
        snapshot.last_run(config)
    assert star_days(config) == before


def test_a_removed_file_is_forgotten(config: Config, github: Server) -> None:
    """The database follows the folder, and the next pass fetches what is lacking."""
    fill(config, github)
    before = star_days(config)
    (config.snapshots_folder / "history" / "20000001.csv").unlink()
    (config.snapshots_folder / "history.csv").unlink()
    snapshot.last_run(config)
    assert star_days(config) == []
    fill(config, github)
    assert star_days(config) == before


def test_a_past_whose_counts_are_lost_makes_no_line(config: Config, github: Server) -> None:
    """Day files that were removed, or lost their lines, take nothing along: the rest is shown, and said not counted."""
    fill(config, github)
    for path in config.snapshots_folder.glob("*/*-*-*.csv"):
        path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    drawn = build.run(config, None).report
    assert drawn
    assert len(drawn.projects) == SIZE
    assert {each.current for each in drawn.projects} == {None}
    assert star_days(config)


def test_a_line_that_the_index_lost_takes_its_days_along(config: Config, github: Server) -> None:
    """In a database that knew them as in one that is built anew."""
    fill(config, github)
    index = config.snapshots_folder / "history.csv"
    lines = index.read_bytes().splitlines(keepends=True)
    for left in (lines[:-1], lines[:1]):
        index.write_bytes(b"".join(left))
        build.run(config, None)
        assert len({repo_id for repo_id, *_ in star_days(config)}) == len(left) - 1


def test_weeks_without_their_index_are_taken_up(config: Config, github: Server) -> None:
    """A pass killed between the two leaves weeks that do not count, until the next pass has written the index."""
    fill(config, github)
    before = star_days(config)
    index = config.snapshots_folder / "history.csv"
    index.unlink()
    snapshot.last_run(config)
    assert star_days(config) == []
    fill(config, github)
    assert star_days(config) == before
    with Database(config.database).session() as session:
        assert sync.sync(session, Snapshots(config.snapshots_folder)) == 0


def test_a_folder_whose_name_is_a_pattern_is_a_folder(tmp_path: Path, github: Server) -> None:
    """Weeks are read from the folder itself, and none of a neighbour's."""
    for name in ("p1", "p[1]"):
        (tmp_path / name).mkdir()
    neighbour = counted(tmp_path / "p1", github)
    fill(neighbour, github)
    files = list(neighbour.snapshots_folder.glob("history/*.csv"))
    for file in files:
        file.write_text("".join(file.read_text(encoding="ascii").splitlines(keepends=True)[:2]), encoding="ascii")
    config = counted(tmp_path / "p[1]", github)
    fill(config, github)
    assert len(star_days(config)) > 7 * len(files)
