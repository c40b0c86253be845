"""What is kept of runs and passes: nothing that could not be read again, and no more work than there is to keep."""

import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from startrack.errors import StoreError, WriteError
from startrack.model.durations import DAY, WEEK
from startrack.model.history import FetchedHistory, FetchOutcome, Series, Week
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Details, Missing, Observation, Reason, Repository
from startrack.model.runs import Run
from startrack.store import queries, recording, sync
from startrack.store.database import Database
from startrack.store.snapshots import Snapshots

AT = datetime(2026, 11, 23, 3, 17)
SUNDAY = date(2026, 11, 15)


def counted(number: int, stars: int = 7, **facts: object) -> Counted:
    """Return what was counted of a project."""
    return Counted(f"o/{number}", Repository(number, f"o/{number}", **facts), stars, 1)  # type: ignore[arg-type]


def run_of(seen: list[Observation], at: datetime = AT) -> Run:
    """Return the record of a run that saw so much."""
    return Run(int(at.timestamp()), at, at, "done", len(seen), len(seen), 0, 1, 1, "0")


def listed(*numbers: int) -> recording.ListsRead:
    """Return a list of projects."""
    entries = (Entry(f"o/{each}", f"{each}", (), f"https://github.com/o/{each}", each) for each in numbers)
    return recording.ListsRead([List("l", "l.md", tuple(entries))])


def contents(folder: Snapshots) -> dict[str, bytes]:
    """Return what all files of the folder hold."""
    return {path.as_posix(): (folder.folder / path).read_bytes() for path in folder.paths()}


# ── Runs ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (counted(2, stars=10**12), "stars '1000000000000' is not a whole number"),
        (counted(2, stars=-1), "stars '-1' is not a whole number"),
        (replace(counted(2), commits=2**31), "commits '2147483648' is not a whole number"),
        (replace(counted(2), details=Details(watchers=-5)), "watchers '-5' is not a whole number"),
        (replace(counted(2), repository=Repository(2**70, "o/2")), "repo_id '1180591620717411303424' is not a whole"),
        (replace(counted(2), repository=Repository(2, "")), "name is empty"),
        (replace(counted(2), repository=Repository(2, "\n")), "name is empty"),
        (replace(counted(2), details=Details(topics=("x" * 140_000,))), "field larger than field limit"),
        (
            replace(counted(2), taken_at=datetime(9999, 1, 1)),
            "taken_at 9999-01-01 00:00:00 is not between 2008 and 2999",
        ),
    ],
)
def test_what_cannot_be_read_again_is_missing_alone(tmp_path: Path, bad: Counted, told: str) -> None:
    """The project is named, all others are kept, and later runs and a database built anew read every file."""
    folder, store = Snapshots(tmp_path / "snapshots"), Database(tmp_path / "a.duckdb")
    seen: list[Observation] = [counted(1), bad, counted(3)]
    with store.session() as session:
        kept = recording.record(session, folder, run_of(seen), seen, listed(1, 2, 3))
        assert [each.stars for each in queries.current_counts(session, AT).values()] == [7, 7]
    (problem,) = kept.problems
    assert problem.startswith(f"GitHub returned an invalid value for o/2: {told}")
    assert (kept.run.asked, kept.run.counted, kept.run.missing) == (3, 2, 1)
    assert [isinstance(each, Missing) and each.reason is Reason.FAILED for each in kept.seen] == [False, True, False]
    with Database(tmp_path / "b.duckdb").session() as session:
        sync.sync(session, folder)
        assert [each.asked for _, each in queries.missing(session, AT)] == ["o/2"]
        again: list[Observation] = [counted(1), counted(2), counted(3)]
        later = AT + timedelta(hours=1)
        assert not recording.record(session, folder, run_of(again, later), again, listed(1, 2, 3)).problems
        assert len(queries.current_counts(session, later)) == 3


def test_half_a_character_is_written_as_a_question_mark(tmp_path: Path) -> None:
    """It cannot stand in a file; the project's figures can."""
    folder = Snapshots(tmp_path / "snapshots")
    seen: list[Observation] = [counted(1, description="a\ud800b", language="\0")]
    with Database(tmp_path / "a.duckdb").session() as session:
        assert not recording.record(session, folder, run_of(seen), seen, listed(1)).problems
        ((repository, _, _),) = queries.repositories(session).values()
    assert (repository.description, repository.language) == ("a?b", " ")


def test_nothing_changes_where_a_file_is_broken_already(tmp_path: Path) -> None:
    """A run does not write over what it cannot read, and blames no project for it."""
    folder = Snapshots(tmp_path / "snapshots")
    seen: list[Observation] = [counted(1)]
    with Database(tmp_path / "a.duckdb").session() as session:
        recording.record(session, folder, run_of(seen), seen, listed(1))
        (folder.folder / "repositories.csv").write_text("<<<<<<< HEAD\n", encoding="ascii")
        before = contents(folder)
        with pytest.raises(StoreError, match=r"repositories\.csv, line 1: it is a conflict marker of git"):
            recording.record(session, folder, run_of(seen, AT + DAY), seen, listed(1))
        assert contents(folder) == before


def test_a_check_that_fails_leaves_files_and_database(tmp_path: Path) -> None:
    """Neither has a part of what was to be written, and no draft is left."""
    folder = Snapshots(tmp_path / "snapshots")
    seen: list[Observation] = [counted(1)]
    with Database(tmp_path / "a.duckdb").session() as session:
        recording.record(session, folder, run_of(seen), seen, listed(1))
        before = contents(folder), queries.runs(session, datetime.max, 9)
        day = folder.folder / "2026" / "2026-11-24.csv"
        with pytest.raises(StoreError, match=r"2026-11-24\.csv, line 1: "):
            sync.write_and_load(session, folder, {day: b"no day\n", folder.folder / "lists.csv": b"no list\n"})
        assert (contents(folder), queries.runs(session, datetime.max, 9)) == before
        assert not [path for path in folder.folder.rglob("*") if path.name.endswith(".draft")]
        # What cannot be put into place counts no more than what cannot be read.
        day.mkdir()
        good = (folder.folder / "2026" / "2026-11-23.csv").read_bytes().replace(b"2026-11-23", b"2026-11-24")
        with pytest.raises((StoreError, WriteError), match=r"2026-11-24\.csv"):
            sync.write_and_load(session, folder, {day: good})
        day.rmdir()
        assert sync.sync(session, folder) == 0


def test_a_run_removes_the_drafts_of_killed_runs(tmp_path: Path) -> None:
    """Also of another day, whose file no later run writes. What only looks like one is left alone."""
    folder = Snapshots(tmp_path / "snapshots")
    year = folder.folder / "2026"
    year.mkdir(parents=True)
    (year / ".2026-11-20.csv.startrack.draft").write_bytes(b"half")
    for name in (".other.draft", "2026.startrack.draft"):
        (year / name).write_bytes(b"mine")
    (year / ".a.startrack.draft").mkdir()
    seen: list[Observation] = [counted(1)]
    with Database(tmp_path / "a.duckdb").session() as session:
        recording.record(session, folder, run_of(seen), seen, listed(1))
    left = {path.name for path in year.iterdir() if "draft" in path.name}
    assert left == {".other.draft", "2026.startrack.draft", ".a.startrack.draft"}


def test_a_run_that_is_kept_needs_no_loading(tmp_path: Path) -> None:
    """It was loaded from its drafts: the files in place are those that the database knows."""
    folder = Snapshots(tmp_path / "snapshots")
    with Database(tmp_path / "a.duckdb").session() as session:
        for number in range(3):
            seen: list[Observation] = [counted(1, stars=number)]
            recording.record(session, folder, run_of(seen, AT + number * timedelta(hours=1)), seen, listed(1))
            assert sync.sync(session, folder) == 0
            assert [each.stars for each in queries.current_counts(session, datetime(2030, 1, 1)).values()] == [number]


# ── Passes over the past ─────────────────────────────────────────────────────────────────────────────────


def fetched(number: int, stars: int = 5, weeks: int = 3, series: Series = Series.STARS) -> FetchedHistory:
    """Return an answer that holds some weeks."""
    kept = tuple(Week(SUNDAY - each * WEEK, (stars, 0, 0, 0, 0, 0, 0)) for each in range(weeks))
    return FetchedHistory(
        number, f"o/{number}", series, AT, FetchOutcome.DONE, weeks=kept, complete=True, is_newest=True
    )


def test_an_answer_that_cannot_be_kept_fails_alone(tmp_path: Path) -> None:
    """One impossible figure in one history: the others of the same step are kept, and every file can be read."""
    folder, store = Snapshots(tmp_path / "snapshots"), Database(tmp_path / "a.duckdb")
    keeper = recording.HistoryRecorder(store, folder)
    kept = keeper.keep([fetched(1), fetched(2, stars=10**12), fetched(3)])
    assert [each.outcome for each in kept] == [FetchOutcome.DONE, FetchOutcome.FAILED, FetchOutcome.DONE]
    assert kept[1].detail == (
        "GitHub returned an invalid value: sun '1000000000000' is not a whole number of 0 or more "
        "(Input should be less than 2147483648)"
    )
    assert not keeper.keep([fetched(2)])[0].detail
    with Database(tmp_path / "b.duckdb").session() as session:
        assert sync.sync(session, folder) == 4
        rows = session._connection.execute("select repo_id, sum(retained) from star_days group by all order by all")
        assert rows.fetchall() == [(1, 15), (2, 15), (3, 15)]


def test_steps_give_what_loading_all_gives(tmp_path: Path) -> None:
    """Both series, repositories asked for again, with weeks that came and none: as a database built anew has it."""
    folder, store = Snapshots(tmp_path / "snapshots"), Database(tmp_path / "a.duckdb")
    keeper = recording.HistoryRecorder(store, folder)
    keeper.keep([fetched(1), fetched(2), fetched(1, series=Series.COMMITS)])
    keeper.keep([fetched(3, weeks=0), replace(fetched(2, stars=6, weeks=1), at=AT + DAY)])
    keeper.keep([replace(fetched(1, weeks=5), at=AT + 2 * DAY), fetched(4)])
    keeper.keep([FetchedHistory(4, "o/4", Series.STARS, AT + DAY, FetchOutcome.FAILED, "GitHub does not find it")])
    tables = ("star_days", "commit_days", "pasts", "files")
    with store.session() as session, Database(tmp_path / "b.duckdb").session() as anew:
        assert sync.sync(session, folder) == 0
        sync.sync(anew, folder)
        for table in tables:
            question = f"from {table} order by all"
            rows = session._connection.execute(question).fetchall()
            assert rows == anew._connection.execute(question).fetchall()
            assert rows


def test_what_somebody_else_writes_meanwhile_is_kept(tmp_path: Path) -> None:
    """Another pass between two steps of this one: neither loses a line of the index, in files or database."""
    folder, store = Snapshots(tmp_path / "snapshots"), Database(tmp_path / "a.duckdb")
    mine, others = recording.HistoryRecorder(store, folder), recording.HistoryRecorder(store, folder)
    mine.keep([fetched(1)])
    others.keep([fetched(2)])
    mine.keep([fetched(3)])
    # As `git pull` does, which loads nothing.
    index = folder.folder / "history.csv"
    index.write_text(index.read_text(encoding="utf-8").replace("o/1", "o/renamed"), encoding="utf-8")
    mine.keep([fetched(4)])
    with store.session() as session:
        assert sync.sync(session, folder) == 0
        rows = session._connection.execute("select repo_id, name from pasts order by all").fetchall()
    assert rows == [(1, "o/renamed"), (2, "o/2"), (3, "o/3"), (4, "o/4")]
    assert [fact.name for fact in folder.pasts(Series.STARS).index().rows] == ["o/renamed", "o/2", "o/3", "o/4"]


def test_each_step_looks_at_what_it_writes_and_nothing_else(tmp_path: Path) -> None:
    """However much was kept before: as many files are opened, no folder is listed, and as many rows are loaded."""
    folder, store = Snapshots(tmp_path / "snapshots"), Database(tmp_path / "a.duckdb")
    keeper = recording.HistoryRecorder(store, folder)
    costs = []
    with looked_at(tmp_path) as looks:
        for step in range(12):
            looks.clear()
            keeper.keep([fetched(10 * step + each) for each in range(10)])
            costs.append((len(looks["open"]), len(looks["os.listdir"]) + len(looks["os.scandir"])))
            if step == 6:
                # Whatever becomes of a file that nobody writes now, no step looks at it.
                (folder.folder / "history" / "3.csv").write_text("no weeks\n", encoding="ascii")
    assert len(set(costs[2:])) == 1
    assert costs[-1][1] == 0
    with store.session() as session, pytest.raises(StoreError, match=r"history/3\.csv, line 1: "):
        sync.sync(session, folder)


@contextmanager
def looked_at(folder: Path) -> Iterator[dict[str, list[str]]]:
    """Tell which files below a folder Python opens, and which folders it lists."""
    looks: dict[str, list[str]] = defaultdict(list)
    is_on = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if is_on and event in {"open", "os.listdir", "os.scandir"} and str(arguments[0]).startswith(str(folder)):
            looks[event].append(str(arguments[0]))

    sys.addaudithook(hook)
    yield looks
    is_on = False


def test_a_pass_writes_its_index_no_more_often_for_more_projects(tmp_path: Path) -> None:
    """Each batch writes the whole index, so twice as many projects are twice as many rows, not four times as many."""
    written = []
    for size in (1000, 2000):
        snapshots = Snapshots(tmp_path / f"{size}" / "snapshots")
        recorder = recording.HistoryRecorder(Database(tmp_path / f"{size}" / "a.duckdb"), snapshots)
        rows = []
        for batch in recording.batches((fetched(number, weeks=0) for number in range(size)), size):
            recorder.keep(batch)
            rows.append((snapshots.folder / "history.csv").read_bytes().count(b"\n") - 1)
        assert rows[-1] == size
        written.append(sum(rows))
    assert written[1] == 2 * written[0]


def test_small_passes_are_saved_twenty_answers_at_a_time() -> None:
    """A killed pass over a thousand projects or fewer loses no more."""
    assert [len(batch) for batch in recording.batches(map(fetched, range(45)), 45)] == [20, 20, 5]
    assert [len(batch) for batch in recording.batches(map(fetched, range(45)), 1000)] == [20, 20, 5]
    assert [len(batch) for batch in recording.batches(map(fetched, range(45)), 1500)] == [30, 15]


def test_a_file_of_weeks_is_looked_at_a_few_times(tmp_path: Path) -> None:
    """However many there are: the state of a folder on the way to them is asked for once a batch."""
    recorder = recording.HistoryRecorder(Database(tmp_path / "a.duckdb"), Snapshots(tmp_path / "a" / "b" / "snapshots"))
    recorder.keep([fetched(0)])
    with stat_calls() as few:
        recorder.keep(list(map(fetched, range(1, 21))))
    with stat_calls() as many:
        recorder.keep(list(map(fetched, range(21, 101))))
    assert (len(many) - len(few)) / 60 <= 14


@contextmanager
def stat_calls() -> Iterator[list[object]]:
    """Collect the calls that ask for the state of a file."""
    calls: list[object] = []

    def collect(_frame: object, event: str, function: object) -> None:
        if event == "c_call" and function in {os.stat, os.lstat}:
            calls.append(function)

    sys.setprofile(collect)
    yield calls
    sys.setprofile(None)
