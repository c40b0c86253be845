"""The database follows the snapshots folder: incremental or rebuilt, alone or beside others, it says the same."""

import itertools
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import duckdb
import pytest

import commands
import killing
from conftest import NOW, connect
from shared_folders import SharedFolder
from startrack import files
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.lists import demo_world
from startrack.demo.server import Server, serving
from startrack.errors import DayFileError, StoreBusyError, StoreError
from startrack.model.changes import Window
from startrack.model.repository import Counted, Missing, Observation, Reason, Repository
from startrack.model.runs import Run
from startrack.store import queries, sync
from startrack.store.database import Database, Session
from startrack.store.snapshots import Snapshots
from startrack.workflows import snapshot, trending

BEST = "best-of-ml-python"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Track the real projects of the demo in a folder of the test's own."""
    return _tracked(tmp_path)


def _tracked(folder: Path) -> Config:
    return Config(lists=(ListConfig(source=f"{BEST}.md"),), root=folder)


def snapshots(config: Config, github: Server, *instants: datetime) -> None:
    """Take a snapshot at each instant of the demo's clock."""
    for at in instants:
        github.clock.set(at)
        text = github.world.list_text(BEST, at)
        (config.root / f"{BEST}.md").write_text(text, encoding="utf-8")
        with connect(github) as client:
            snapshot.run(config, client, at, github.clock.now, lambda _done, _total: None)


def weeks(count: int, apart: int = 1) -> list[datetime]:
    """Return the ends of the last weeks of the demo's record, oldest first, some weeks apart."""
    return [NOW - timedelta(weeks=each * apart) for each in reversed(range(count))]


@pytest.fixture
def two_weeks(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a copy of a folder with snapshots of two weeks, which is made once for all tests."""
    shutil.copytree(shared_folder("two weeks", _count_two_weeks), tmp_path, dirs_exist_ok=True)
    return _tracked(tmp_path)


def _count_two_weeks(folder: Path) -> None:
    with serving(demo_world(), clock=Clock(NOW)) as github:
        snapshots(_tracked(folder), github, *weeks(2))


@contextmanager
def opened(config: Config) -> Iterator[Session]:
    """Open the database of a configuration, in step with its folder."""
    with Database(config.database).session() as session:
        sync.sync(session, Snapshots(config.snapshots_folder))
        yield session


def everything(session: Session) -> list[object]:
    """Return all that reports are made of."""
    until = datetime(2100, 1, 1)
    return [
        sorted(queries.current_counts(session, until).items()),
        sorted(queries.history(session, until).items()),
        sorted(queries.repositories(session, is_listed=False).items()),
        sorted(queries.names(session, until).items()),
        sorted((each.name, each) for each in queries.known_repositories(session)),
        sorted(queries.missing(session, until), key=str),
        queries.lists(session, until.date()),
        queries.runs(session, until, 1000),
    ]


def test_a_rebuilt_database_says_the_same(config: Config, github: Server) -> None:
    """Real history, renames in it, taken in thirty weeks: deleting the database changes no answer."""
    snapshots(config, github, *weeks(11, apart=3))
    with opened(config) as session:
        before = everything(session)
    config.database.unlink()
    with opened(config) as session:
        assert everything(session) == before
    assert len({name for names in dict(before[3]).values() for name in names}) > 62  # type: ignore[call-overload]


def test_day_files_alone_rebuild_the_ranking(config: Config, github: Server, tmp_path: Path) -> None:
    """Without the lists and all other files, the same projects have the same figures."""
    snapshots(config, github, *weeks(8))
    asked = trending.Ranking(Window(30))
    rows = trending.run(config, asked, None)
    alone = tmp_path / "alone"
    shutil.copytree(config.snapshots_folder, alone / "snapshots", ignore=shutil.ignore_patterns("*.duckdb"))
    rebuilt = config.model_copy(update={"root": alone})
    shutil.copy(config.root / f"{BEST}.md", alone)
    assert trending.run(rebuilt, asked, None) == rows


def test_files_that_come_late_are_put_in_order(config: Config, github: Server) -> None:
    """A day file that `git pull` brings for a day before the newest is loaded at its place."""
    instants = weeks(4)
    snapshots(config, github, *instants)
    with opened(config) as session:
        before = everything(session)
    hidden = next(config.snapshots_folder.glob(f"*/{instants[1].date()}.csv"))
    away = hidden.rename(config.root / "away.csv")
    with opened(config) as session:
        assert everything(session) != before
    away.rename(hidden)
    with opened(config) as session:
        assert everything(session) == before
        rows = session._connection.execute("select taken_at from counts").fetchall()
    assert rows == sorted(rows)


def recorded(folder: Snapshots, at: datetime, **stars: int) -> None:
    """Write the files of a run that counted some projects; -1 stands for one that is gone."""
    seen: list[Observation] = [
        Counted(f"o/{name}", Repository(ord(name), f"o/{name}"), count, 0)
        if count >= 0
        else Missing(f"o/{name}", Reason.NOT_FOUND, repo_id=ord(name))
        for name, count in stars.items()
    ]
    run = Run(int(at.timestamp()), at, at, "done", len(seen), len(seen), 0, 1, 1, "0")
    files.write(folder.drafts(run, seen, []), below=folder.folder)


def test_a_reverted_file_takes_its_counts_along(tmp_path: Path) -> None:
    """What `git checkout` undid is in no answer, as if it had never been; a rebuilt database says the same."""
    folder = Snapshots(tmp_path / "snapshots")
    first, second = datetime(2026, 1, 1, 5), datetime(2026, 1, 2, 5)
    recorded(folder, first, a=10)
    recorded(folder, second, a=-1)
    file = folder.folder / "2026" / "2026-01-02.csv"
    reverted = file.read_bytes()
    with Database(tmp_path / "a.duckdb").session() as session:
        sync.sync(session, folder)
        recorded(folder, second + timedelta(hours=1), a=999, b=5)
        sync.sync(session, folder)
        file.write_bytes(reverted)
        recorded(folder, second + timedelta(days=1), a=-1)
        sync.sync(session, folder)
        told = everything(session)
    with Database(tmp_path / "b.duckdb").session() as session:
        sync.sync(session, folder)
        assert everything(session) == told
        assert [count.stars for count in queries.current_counts(session, datetime(2026, 2, 1)).values()] == [10]


@pytest.mark.parametrize("name", ["p[1]", "p*", "p?", "it's", "with space"])
def test_any_folder_will_do(tmp_path: Path, name: str) -> None:
    """No name is a pattern, and no neighbour's figures are read."""
    for number, (each, stars) in enumerate((("p1", 111), (name, 999))):
        folder = Snapshots(tmp_path / each)
        recorded(folder, datetime(2026, 1, 1, 5), a=stars)
        with Database(tmp_path / f"{number}.duckdb").session() as session:
            sync.sync(session, folder)
            assert [count.stars for count in queries.current_counts(session, datetime(2026, 2, 1)).values()] == [stars]


def test_the_working_folder_may_be_the_snapshots_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.` is a folder as any other: two runs of a day are one observation."""
    monkeypatch.chdir(tmp_path)
    folder = Snapshots(Path())
    with Database(Path("startrack.duckdb")).session() as session:
        for hour in (5, 6):
            recorded(folder, datetime(2026, 1, 1, hour), a=hour)
            sync.sync(session, folder)
        assert session._connection.execute("select stars from counts").fetchall() == [(6,)]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("name", ["md:x.duckdb", "s3:x.duckdb", ":memory:x.duckdb", "a?b.duckdb", "a'b;c.duckdb"])
def test_any_name_is_the_name_of_a_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """It is no address and no database in memory; the log of a deleted database is not applied to a new one."""
    monkeypatch.chdir(tmp_path)
    database = Database(Path(name))
    with database.session() as session:
        session._connection.execute("pragma disable_checkpoint_on_shutdown")
        session._connection.execute("create table made as select 1")
    assert len(list(tmp_path.iterdir())) == 2
    Path(name).unlink()
    with database.session() as session:
        assert "made" not in {row[0] for row in session._connection.execute("show tables").fetchall()}


def test_a_folder_with_a_question_mark_is_refused(tmp_path: Path) -> None:
    """DuckDB would put its log into another folder."""
    with (
        pytest.raises(StoreError, match=r"set another path in \[snapshots\] database"),
        Database(tmp_path / "what?" / "a.duckdb").session(),
    ):
        pass
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("broken", ["", "stars,forks\n1,2\n", "TWICE"])
def test_columns_are_not_taken_for_granted(tmp_path: Path, broken: str) -> None:
    """An empty file, other columns or a repository that stands twice are named, not loaded."""
    folder = Snapshots(tmp_path / "snapshots")
    recorded(folder, datetime(2026, 1, 1, 5), a=7)
    file = folder.folder / "2026" / "2026-01-01.csv"
    text = file.read_text(encoding="ascii")
    twice = text + text.splitlines()[1].replace(",7,", ",8,") + "\n"
    file.write_text({"TWICE": twice}.get(broken, broken), encoding="ascii")
    with (
        Database(tmp_path / "a.duckdb").session() as session,
        pytest.raises(DayFileError, match=r"2026-01-01\.csv, line [13]: "),
    ):
        sync.sync(session, folder)


def test_every_one_of_many_files_is_checked(tmp_path: Path) -> None:
    """Only a few files are checked at once, and no file is left out."""
    folder = Snapshots(tmp_path / "snapshots")
    for day in range(1, 20):
        recorded(folder, datetime(2026, 1, day, 5), a=day)
    day_files = sorted((folder.folder / "2026").glob("2026-*-*.csv"))
    assert len(day_files) == 19
    with Database(tmp_path / "a.duckdb").session() as session:
        for file in day_files:
            text = file.read_text(encoding="ascii")
            file.write_text(text + text.splitlines()[1] + "\n", encoding="ascii")
            with pytest.raises(DayFileError, match=file.name):
                sync.sync(session, folder)
            file.write_text(text, encoding="ascii")
        assert sync.sync(session, folder)


def test_a_spike_is_told_whatever_the_period(tmp_path: Path) -> None:
    """The best day's gain is that of a day, counted hourly too."""
    folder = Snapshots(tmp_path / "snapshots", "hour")
    for hour in range(30):
        recorded(folder, datetime(2026, 1, 1) + timedelta(hours=hour), a=100 * hour)
    with Database(tmp_path / "a.duckdb").session() as session:
        sync.sync(session, folder)
        assert _leaps(session, datetime(2026, 1, 1)) == {ord("a"): 600}


def test_a_spike_lies_between_the_counts_of_its_window(tmp_path: Path) -> None:
    """A day before the baseline is not of the window, nor is one left out that comes before the window's start."""
    folder = Snapshots(tmp_path / "snapshots", "day")
    for day, stars in enumerate([0, 900, 910, 1010, 1020, 1030]):
        recorded(folder, datetime(2026, 1, 1 + day, 3), a=stars)
    with Database(tmp_path / "a.duckdb").session() as session:
        sync.sync(session, folder)
        assert _leaps(session, datetime(2026, 1, 3)) == {ord("a"): 100}
        assert _leaps(session, datetime(2026, 1, 1, 20)) == {ord("a"): 100}
        assert _leaps(session, datetime(2026, 1, 1, 14)) == {ord("a"): 900}


def _leaps(session: Session, start: datetime) -> dict[int, int]:
    columns = ("list", "repo", "repo_id", "title", "section", "sections", "url", "line", "added_on")
    entry = ("l", "o/a", ord("a"), "a", "[]", "[]", "https://github.com/o/a", 1, date(2026, 1, 1))
    session.append("entries", [entry], columns)
    return queries.largest_daily_gains(session, start, timedelta(days=7), datetime(2026, 1, 30))


def test_two_runs_of_a_day_are_one(config: Config, github: Server) -> None:
    """One observation a repository and day, in file and database alike; both runs are on record."""
    snapshots(config, github, NOW - timedelta(hours=9), NOW)
    with opened(config) as session:
        history = queries.history(session, NOW)
        runs = queries.runs(session, NOW, 10)
    assert {len(counts) for counts in history.values()} == {1}
    assert {counts[0].taken_at for counts in history.values()} == {NOW}
    assert [run.started_at for run in runs] == [NOW, NOW - timedelta(hours=9)]


def test_nothing_is_loaded_twice(config: Config, github: Server) -> None:
    """A second look at an unchanged folder reads no file."""
    snapshots(config, github, NOW)
    with Database(config.database).session() as session:
        assert sync.sync(session, Snapshots(config.snapshots_folder)) == 0


def test_a_broken_day_file_leaves_the_database_as_it_was(two_weeks: Config) -> None:
    """The error names file and line, and the last whole state stays readable."""
    config = two_weeks
    with opened(config) as session:
        before = everything(session)
    broken = config.snapshots_folder / "2025" / f"{NOW.date()}.csv"
    text = broken.read_text(encoding="ascii")
    broken.write_text(text.replace(",2025-06-26T23:17:00,", ",2025-06-26T23:17:00,many", 1), encoding="ascii")
    with pytest.raises(DayFileError, match=rf"{NOW.date()}\.csv, line 2: "), opened(config):
        pass
    with Database(config.database).session() as session:
        assert everything(session) == before


def test_a_second_process_waits_and_then_says_who_holds_the_store(tmp_path: Path) -> None:
    """The error names the process and what to do."""
    path = tmp_path / "startrack.duckdb"
    code = f"import duckdb, time; c = duckdb.connect({str(path)!r}); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        expected = pytest.raises(StoreBusyError, match=rf"in use by process {holder.pid} .*wait for that process")
        with expected, Database(path, patience=0.3).session():
            pass
        holder.kill()


def test_a_second_process_gets_its_turn(tmp_path: Path) -> None:
    """Whoever waits goes on as soon as the holder has closed."""
    path = tmp_path / "startrack.duckdb"
    code = f"import duckdb, time; c = duckdb.connect({str(path)!r}); print('held', flush=True); time.sleep(0.5)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with Database(path).session() as session:
            assert session.rows("trends/lists").rows == []


def _garbage(path: Path) -> None:
    path.write_text("no database\n" * 1000, encoding="ascii")


def _zeros(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _cut_at(size: float) -> Callable[[Path], None]:
    return lambda path: os.truncate(path, int(path.stat().st_size * size) if size < 1 else int(size))


def _overwritten(path: Path) -> None:
    """Spoil every block of the file, not its headers: it opens, and cannot be read."""
    data = bytearray(path.read_bytes())
    for place in range(12288 + 4096, len(data), 4096):
        data[place : place + 8] = b"startrac"
    path.write_bytes(data)


def _newer_schema(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("insert into migrations values (999, 'schema/0999_later')")


def _newer_storage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[12] = 255
    path.write_bytes(data)


def _with_a_log(path: Path) -> None:
    _garbage(path)
    path.with_name(f"{path.name}.wal").write_bytes(b"no log" * 100)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        _cut_at(1),
        _cut_at(5000),
        _cut_at(12288),
        _cut_at(0.5),
        _cut_at(0.95),
        _garbage,
        _zeros,
        _overwritten,
        _newer_schema,
        _newer_storage,
        _with_a_log,
    ],
)
def test_an_unusable_database_is_set_aside_and_built_anew(
    two_weeks: Config,
    spoil: Callable[[Path], object],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With one line that says so; every answer is as before, and of several such files one is kept."""
    config = two_weeks
    before = trending.run(config, trending.Ranking(Window(7)), None)
    run = snapshot.last_run(config)
    for _ in range(2):
        caplog.clear()
        spoil(config.database)
        spoilt = config.database.read_bytes()
        assert (snapshot.last_run(config), trending.run(config, trending.Ranking(Window(7)), None)) == (
            run,
            before,
        )
        (told,) = caplog.messages
        assert told.startswith(f"startrack: the database {config.database} cannot be used (")
        assert "\n" not in told
        assert config.database.with_name("startrack.broken.duckdb").read_bytes()[:100] == spoilt[:100]
        assert set(config.database.parent.glob("*.broken*")) <= {
            config.database.with_name(f"startrack.broken.duckdb{ending}") for ending in ("", ".wal")
        }


def test_damage_that_a_run_finds_at_its_end_costs_nothing(config: Config, github: Server) -> None:
    """What was counted is kept, though the database was spoilt while GitHub was asked."""
    first, second = weeks(2)
    snapshots(config, github, first)
    github.clock.set(second)

    def progress(done: int, total: int) -> None:
        if done == total:
            _overwritten(config.database)

    with connect(github) as client:
        taken = snapshot.run(config, client, second, github.clock.now, progress)
    assert snapshot.last_run(config) == taken.run
    with opened(config) as session:
        assert len(queries.current_counts(session, second)) == taken.run.counted


def test_somebody_elses_file_is_not_set_aside(tmp_path: Path) -> None:
    """A configuration may name a file by mistake: it stays where it is, and the error says what to change."""
    notes = tmp_path / "notes.txt"
    notes.write_text("mine\n" * 5000, encoding="ascii")
    with pytest.raises(StoreError, match=r"notes\.txt is not a database; set a path"), Database(notes).session():
        pass
    assert notes.read_text(encoding="ascii") == "mine\n" * 5000
    mine = tmp_path / "mine.duckdb"
    with duckdb.connect(str(mine)) as connection:
        connection.execute("create table counts as select 1 as one")
    with pytest.raises(StoreError, match="tables that are not startrack's"), Database(mine).session():
        pass
    with duckdb.connect(str(mine)) as connection:
        assert connection.execute("select * from counts").fetchall() == [(1,)]


def test_a_folder_in_the_databases_place_is_named(tmp_path: Path) -> None:
    """And stays where it is."""
    path = tmp_path / "startrack.duckdb"
    path.mkdir()
    with pytest.raises(StoreError, match=r"cannot open the database .*: Is a directory"), Database(path).session():
        pass
    assert path.is_dir()


def test_a_log_without_its_database_is_not_used(two_weeks: Config) -> None:
    """Somebody deleted the database after a kill, and left the log of its last changes."""
    config = two_weeks
    run = snapshot.last_run(config)
    code = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1])\n"
        "c.execute('create table later (n integer)'); c.execute('delete from runs'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, config.database], check=False)
    assert config.database.with_name("startrack.duckdb.wal").exists()
    config.database.unlink()
    assert snapshot.last_run(config) == run
    with opened(config) as session:
        assert not session._connection.execute("from duckdb_tables() where table_name = 'later'").fetchall()


def test_several_that_find_it_unusable_build_one(two_weeks: Config) -> None:
    """Four processes at once: one sets it aside, each has the right answer."""
    _garbage(two_weeks.database)
    told = killing.last_runs(two_weeks, 4)
    assert [started_at for started_at, _ in told] == [NOW] * 4
    assert sum("it was renamed to" in warning for _, warnings in told for warning in warnings) == 1


def test_people_can_open_the_file_with_an_older_duckdb(tmp_path: Path) -> None:
    """The file has the storage version that DuckDB 1.5 reads."""
    path = tmp_path / "startrack.duckdb"
    with Database(path).session():
        pass
    with duckdb.connect(str(path)) as connection:
        rows = connection.execute("select tags from duckdb_databases() where not internal").fetchall()
    assert [tags["storage_version"] for (tags,) in rows] == ["v1.5.0+"]


def test_hours_have_files_of_their_own(tmp_path: Path) -> None:
    """With a file an hour, two runs of a day are two observations."""
    folder = Snapshots(tmp_path / "snapshots", "hour")
    for hour in (3, 4):
        at = datetime(2026, 11, 23, hour, 17)
        run = Run(hour, at, at, "done", 1, 1, 0, 1, 1, "0")
        files.write(folder.drafts(run, [Counted("o/a", Repository(1, "o/a"), hour, 0)], []), below=folder.folder)
    with Database(tmp_path / "startrack.duckdb").session() as session:
        sync.sync(session, folder)
        assert [
            (at.hour, stars)
            for at, stars in session._connection.execute("select taken_at, stars from counts").fetchall()
        ] == [(3, 3), (4, 4)]


def test_a_killed_run_leaves_the_last_whole_state(config: Config, github: Server) -> None:
    """Kill -9 at each request of a run: the store opens, holds whole runs alone, and the next run succeeds.

    test_kills.py stops runs at every write.
    """
    repos = [each for each in github.world.list_text(BEST, NOW).splitlines() if each.startswith("- [")][:12]
    (config.root / f"{BEST}.md").write_text("# List\n\n## Some\n\n" + "\n".join(repos) + "\n", encoding="utf-8")
    for requests in itertools.count(1):
        github.requests.clear()
        with _snapshot(config, github, NOW - timedelta(days=9)) as process:
            while process.is_alive() and len(github.requests) < requests:
                time.sleep(0.002)
            process.kill()
            process.join()
            if process.exitcode == 0:
                break
        _holds_whole_runs(config, len(repos), [])
    assert requests > 2
    with _snapshot(config, github, NOW) as process:
        process.join()
        assert process.exitcode == 0
    _holds_whole_runs(config, len(repos), [NOW - timedelta(days=9), NOW])


@contextmanager
def _snapshot(config: Config, github: Server, at: datetime) -> Iterator[BaseProcess]:
    github.clock.set(at)
    variables = commands.environment(github)
    process = killing.start(config.root, variables, "--quiet", "snapshot", f"{BEST}.md", "--taken-at", at.isoformat())
    yield process
    process.close()


def _holds_whole_runs(config: Config, size: int, finished: list[datetime]) -> None:
    with opened(config) as session:
        taken = session._connection.execute("select taken_at, counted + missing from takes").fetchall()
        counted = session._connection.execute("select taken_at, count(*) from counts group by all").fetchall()
        recorded = {run.started_at for run in queries.runs(session, NOW, 1000)}
    assert {number for _, number in taken} <= {size}
    assert dict(counted).keys() <= dict(taken).keys() == recorded
    assert set(finished) <= recorded


def test_a_run_that_lost_its_record_is_told_as_recovered(config: Config, github: Server) -> None:
    """Killed between day file and record, a run is known from its day file, without what it did not write down."""
    snapshots(config, github, NOW)
    with opened(config) as session:
        (run,) = queries.runs(session, NOW, 1)
    (config.snapshots_folder / "2025" / "runs.csv").unlink()
    with opened(config) as session:
        (recovered,) = queries.runs(session, NOW, 1)
    told = (run.run_id, run.started_at, run.started_at, "recovered", run.asked, run.counted, run.missing)
    assert recovered == Run(*told, None, None, None)
