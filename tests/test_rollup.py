"""Months that are rolled up into Parquet files: every answer is as from their day files."""

import random
import re
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import duckdb
import pytest

import killing
from conftest import NOW
from diagnosing import check, examine, warnings
from startrack import files
from startrack.config import Config
from startrack.demo.server import Server
from startrack.errors import DayFileError, StoreError
from startrack.model.durations import DAY, WEEK
from startrack.model.history import FetchedHistory, FetchOutcome, Series, Week
from startrack.store import day_files, merging, month_files, rollup, sync
from startrack.store.database import Database
from startrack.store.day_files import DayRow, Every
from startrack.store.snapshots import Snapshots
from test_sync_changes import World, rebuilt, tables

MONTH = Path("2026/2026-10.parquet")
CLOSED = datetime(2026, 11, 4)


def row(number: int, day: int, stars: int | None = 1, hour: int = 3) -> DayRow:
    """Return the row of a repository on a day of October 2026."""
    at = datetime(2026, 10, day, hour, 17)
    if stars is None:
        return DayRow(None, f"o/r{number}", at, missing="not_found")
    return DayRow(number, f"o/r{number}", at, stars, 2, 3, 4, 5, 6, "0123abcd", date(2026, 9, 1 + day // 2))


def write(folder: Snapshots, *rows: DayRow, every: Every = "day") -> None:
    """Write the day files of some rows."""
    paths = {day_files.path_of(row.taken_at, every) for row in rows}
    for path in paths:
        (folder.folder / path).parent.mkdir(parents=True, exist_ok=True)
        own = [row for row in rows if day_files.path_of(row.taken_at, every) == path]
        (folder.folder / path).write_bytes(day_files.render(own))


@pytest.fixture
def october(tmp_path: Path) -> Snapshots:
    """Return a folder with three days of October and one of November."""
    folder = Snapshots(tmp_path / "snapshots")
    write(folder, row(1, 1), row(2, 1), row(1, 2, 7), row(3, 2, None), row(1, 31, 9))
    november = replace(row(1, 1), taken_at=datetime(2026, 11, 1, 3))
    write(folder, november)
    return folder


def answers(folder: Snapshots, path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the tables of a new database, but for what it notes of files."""
    rows = rebuilt(folder, path)
    return {name: rows[name] for name in rows if name not in ("files", "repos_before")}


def loaded(folder: Snapshots, path: Path) -> list[tuple[object, ...]]:
    """Return repository, time and stars of all counts in a new database."""
    return [(number, at, stars) for number, at, stars, *_ in answers(folder, path)["counts"]]


def live(world: World, twin: World, seed: int) -> None:
    """Let the same happen in two folders for three months, one of which is rolled up now and then."""
    steps = ["count_again", "next_day", "rename", "count_earlier", "write_only", "fetch", "fetch"]
    chance = random.Random(seed)  # noqa: S311 - a course, no secret
    for _ in range(20):
        step, days = chance.choice(steps), chance.choice([0, 1, 12])
        for each in (world, twin):
            each.at += days * DAY
            getattr(each, step)()
        if chance.random() < 0.3:
            rollup.roll_up(world.folder, world.at)


@pytest.mark.parametrize(("seed", "every"), [(1, "day"), (2, "day"), (4, "hour")])
def test_the_answers_are_those_of_the_day_files(tmp_path: Path, seed: int, every: Every) -> None:
    """Counts, missing ones, heads, names and times of runs, whatever came after a month was rolled up."""
    with ExitStack() as stack:
        world, twin = (
            World(
                Snapshots(tmp_path / name, every),
                stack.enter_context(Database(tmp_path / f"{name}.duckdb").session()),
                random.Random(seed),  # noqa: S311 - changes, not secrets
            )
            for name in ("rolled", "plain")
        )
        live(world, twin, seed)
        rolled = [path for path in world.folder.paths() if month_files.is_month_file(path)]
        assert rolled
        assert len(world.days()) < len(twin.days())
        assert answers(world.folder, tmp_path / "a.duckdb") == answers(twin.folder, tmp_path / "b.duckdb")
        sync.sync(world.session, world.folder)
        assert tables(world.session) == rebuilt(world.folder, tmp_path / "c.duckdb")


def test_a_month_is_rolled_up_three_days_after_its_end(october: Snapshots) -> None:
    """Its day files go, those of the next month stay; a second time there is nothing to do."""
    assert rollup.roll_up(october, datetime(2026, 11, 3, 23, 59)).months == ()
    assert rollup.roll_up(october, CLOSED) == rollup.RollUp((MONTH,))
    assert october.paths() == [MONTH, Path("2026/2026-11-01.csv")]
    content = october.files.data(MONTH)
    assert rollup.roll_up(october, CLOSED) == rollup.RollUp()
    assert october.files.data(MONTH) == content
    assert MONTH in october.kept()


def test_the_same_rows_give_the_same_bytes(october: Snapshots, tmp_path: Path) -> None:
    """Rolled up at once or one by one, in any order of the rows."""
    again = Snapshots(tmp_path / "again")
    write(again, row(3, 2, None), row(1, 2, 7))
    rollup.roll_up(again, CLOSED)
    write(again, row(2, 1), row(1, 31, 9), row(1, 1))
    rollup.roll_up(again, CLOSED)
    rollup.roll_up(october, CLOSED)
    assert again.files.data(MONTH) == october.files.data(MONTH)


def test_a_day_file_that_comes_later_is_merged(october: Snapshots, tmp_path: Path) -> None:
    """The later count of each repository stands, before and after the month is rolled up again."""
    rollup.roll_up(october, CLOSED)
    late = [row(1, 1, 5, hour=9), row(2, 1, 8, hour=1), row(4, 1, 4), row(1, 5, 50)]
    write(october, *late)
    expected = {
        (1, datetime(2026, 10, 1, 9, 17), 5),
        (2, datetime(2026, 10, 1, 3, 17), 1),
        (4, datetime(2026, 10, 1, 3, 17), 4),
        (1, datetime(2026, 10, 2, 3, 17), 7),
        (1, datetime(2026, 10, 5, 3, 17), 50),
        (1, datetime(2026, 10, 31, 3, 17), 9),
        (1, datetime(2026, 11, 1, 3), 1),
    }
    found = loaded(october, tmp_path / "a.duckdb")
    assert set(found) == expected
    assert len(found) == len(expected)
    before = answers(october, tmp_path / "a.duckdb")
    assert rollup.roll_up(october, CLOSED).months == (MONTH,)
    assert answers(october, tmp_path / "b.duckdb") == before


def test_hourly_files_are_rolled_up_too(tmp_path: Path) -> None:
    """Each hour stays an observation."""
    folder = Snapshots(tmp_path / "snapshots", "hour")
    write(folder, row(1, 1, 1, 3), row(1, 1, 2, 4), row(1, 2, 3, 4), every="hour")
    before = answers(folder, tmp_path / "a.duckdb")
    assert rollup.roll_up(folder, CLOSED).months == (MONTH,)
    assert folder.paths() == [MONTH]
    assert answers(folder, tmp_path / "b.duckdb") == before
    assert len(before["counts"]) == 3


def test_columns_of_a_newer_startrack_survive(october: Snapshots) -> None:
    """With their cells; also when the month is rolled up again, and when a newer startrack has given them a type."""
    path = october.folder / "2026/2026-10-02.csv"
    head, *lines = path.read_text(encoding="ascii").splitlines()
    path.write_text("\n".join([f"{head},sponsors", *(f"{line},{place}" for place, line in enumerate(lines))]) + "\n")
    rollup.roll_up(october, CLOSED)
    write(october, row(1, 3, 8))
    rollup.roll_up(october, CLOSED)
    with month_files.opened(october.files, MONTH) as month:
        day = month.day(Path("2026/2026-10-02.csv"))
        assert day.columns[-1] == "sponsors"
        assert day.others == {1: ("0",), "o/r3": ("1",)}
        assert [line.stars for line in month.day(Path("2026/2026-10-03.csv")).rows] == [8]
    rewrite("select * replace (sponsors::integer as sponsors) from month", october.folder / MONTH)
    with month_files.opened(october.files, MONTH) as month:
        assert month.day(Path("2026/2026-10-02.csv")).others == {1: ("0",), "o/r3": ("1",)}


def test_a_damaged_day_file_keeps_its_month(october: Snapshots) -> None:
    """The other months are rolled up, and the problem names the line."""
    (october.folder / "2026/2026-10-02.csv").write_text("repo_id,name,taken_at\n1,o/a,yesterday\n", encoding="ascii")
    rolled = rollup.roll_up(october, datetime(2026, 12, 20))
    assert rolled.months == (Path("2026/2026-11.parquet"),)
    (problem,) = rolled.problems
    assert problem.startswith("the day files of 2026-10 stay as they are: ")
    assert "2026-10-02.csv, line 2: taken_at 'yesterday' is not a time" in problem
    assert len([path for path in october.paths() if path.stem.startswith("2026-10-")]) == 3


def test_a_killed_roll_up_loses_nothing(fetched_october: Snapshots, tmp_path: Path) -> None:
    """At every change of the file system: the answers are the same, and the next one finishes."""
    october = fetched_october
    before = answers(october, tmp_path / "a.duckdb")
    contents = {path: october.files.data(path) for path in october.paths()}
    rollup.roll_up(october, CLOSED)
    finished = {path: october.files.data(path) for path in october.paths()}
    assert len(finished) == 6
    for moment in range(1, 99):
        config = Config(root=tmp_path / str(moment))
        folder = Snapshots(config.snapshots_folder)
        for path, content in contents.items():
            (folder.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder.folder / path).write_bytes(content or b"")
        code = killing.run_until(moment, killing.kill, killing.roll_up, config, CLOSED)
        assert answers(folder, tmp_path / "b.duckdb") == before
        rollup.roll_up(folder, CLOSED)
        assert {path: folder.files.data(path) for path in folder.paths()} == finished
        if code == killing.NOT_REACHED:
            break
    assert 5 < moment < 98


def rewrite(query: str, path: Path) -> None:
    """Replace a Parquet file by the result of a query over its rows in the table `month`."""
    with duckdb.connect() as connection:
        connection.execute(f"create table month as from '{path}'")
        connection.execute(f"create table changed as {query}")
        connection.execute(f"copy changed to '{path}' (format parquet)")


def spoil(damage: str | Callable[[bytes], bytes], path: Path) -> None:
    """Change the rows of a Parquet file by a query, or its bytes."""
    if isinstance(damage, str):
        rewrite(f"{damage} from month", path)
    else:
        path.write_bytes(damage(path.read_bytes()))


DAMAGES: dict[str, tuple[str | Callable[[bytes], bytes], str]] = {
    "empty": (lambda _data: b"", " is damaged, or not a Parquet file ("),
    "text": (lambda _data: b"repo_id,name\n" * 9, " is damaged, or not a Parquet file ("),
    "cut": (lambda data: data[:-50], " is damaged, or not a Parquet file ("),
    "half": (lambda data: data[: len(data) // 2], " is damaged, or not a Parquet file ("),
    "middle": (lambda data: data[:99] + bytes(200) + data[299:], " is damaged, or not a Parquet file ("),
    "foreign": ("select 1 as a", ": the column period is missing"),
    "no name": ("select * exclude (name)", ": the columns name are missing"),
    "text as stars": (
        "select * replace ('x' as stars)", ": the column stars is varchar instead of integer",
    ),
    "time zone": (
        "select * replace (taken_at::timestamptz as taken_at)",
        ": the column taken_at is timestamp with time zone instead of timestamp",
    ),
    "newer": ("select *, 1 as format_2", " was written by a newer startrack (format 2; this one reads up to 1); "),
    "negative": (
        "select * replace (-stars as stars)", ", 2026-10-01: stars '-1' is not a whole number of 0 or more",
    ),
    "no stars": (
        "select * replace (null::integer as stars)",
        ", 2026-10-01: repo_id, stars or forks of a counted repository is empty",
    ),
    "nameless": ("select * replace (null::varchar as name)", ", 2026-10-01: name is empty"),
    "no time": ("select * replace (null::timestamp as taken_at)", ", 2026-10-01: taken_at is empty"),
    "infinity": (
        "select * replace ('infinity'::timestamp as taken_at)", ", 2026-10-01: taken_at 'infinity' is not a time",
    ),
    "far day": (
        "select * replace ('12026-10-01'::date as committed_on)",
        ", 2026-10-01: committed_on '12026-10-01' is not a date",
    ),
    "ancient": (
        "select * replace (taken_at - interval 99 year as taken_at)",
        ", 2026-10-01: taken_at 1927-10-01 03:17:00 is not between 2008 and 2999",
    ),
    "nul": ("select * replace ('a' || chr(0) as name)", ", 2026-10-01: it has a NUL byte"),
    "twice": ("from month union all", ", 2026-10-01: o/r1 has two lines"),
    "other month": (
        "select * replace ('2026-09-01' as period)", ": the period '2026-09-01' is not in this month",
    ),
    "no period": ("select * replace (null::varchar as period)", ": the period None is not in this month"),
    "period in a folder": (
        "select * replace ('./' || period as period)", ": the period './2026-10-01' is not in this month",
    ),
    "hostile period": (
        "select * replace ('../../x' as period)", ": the period '../../x' is not in this month",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_month_file_that_cannot_be_read_is_named(october: Snapshots, tmp_path: Path, damage: str) -> None:
    """In one clear line, by every command; the database stays as it was."""
    change, expected = DAMAGES[damage]
    rollup.roll_up(october, CLOSED)
    with Database(tmp_path / "a.duckdb").session() as session:
        sync.sync(session, october)
        before = tables(session)
        spoil(change, october.folder / MONTH)
        with pytest.raises(DayFileError) as caught:
            sync.sync(session, october)
        assert tables(session) == before
    first, *_ = october.faults(MONTH)
    assert str(first) == str(caught.value)
    assert re.match(
        re.escape(f"{october.folder / MONTH}") + re.escape(expected).replace(r"\(\.\*", r"\(.*"), str(first)
    )
    assert "\n" not in str(first)
    write(october, row(1, 5))
    assert not rollup.roll_up(october, CLOSED).months
    assert Path("2026/2026-10-05.csv") in october.paths()


STARS, COMMITS = Path("history.parquet"), Path("activity.parquet")
SUNDAY = date(2026, 9, 6)


def fetched(number: int, day: int, *weeks: tuple[int, int], series: Series = Series.STARS) -> FetchedHistory:
    """Return a fetch of weeks after a Sunday, each with the figure of its days."""
    at = datetime(2026, 10, day, 5)
    found = tuple(Week(SUNDAY + place * WEEK, (figure,) * 7) for place, figure in weeks)
    return FetchedHistory(
        number, f"o/r{number}", series, at, FetchOutcome.DONE, weeks=found, complete=True, is_newest=True
    )


def fetch(folder: Snapshots, *requests: FetchedHistory) -> None:
    """Write what was fetched."""
    drafts = folder.past_drafts(requests, {series: folder.pasts(series).index() for series in Series})
    files.write(drafts.contents, below=folder.folder)


@pytest.fixture
def fetched_october(october: Snapshots) -> Snapshots:
    """Return a folder that has the histories of two repositories too."""
    fetch(october, fetched(1, 1, (0, 5), (1, 6)), fetched(2, 1, (0, 0)), fetched(1, 2, (3, 9), series=Series.COMMITS))
    return october


def stars(folder: Snapshots, path: Path) -> dict[tuple[object, object], object]:
    """Return the retained stars of each repository and week."""
    rows = answers(folder, path)["star_days"]
    return {(number, (day - SUNDAY) // WEEK): figure for number, day, figure, _ in rows if day.weekday() == 6}  # type: ignore[operator, attr-defined]


def test_histories_are_rolled_up_with_a_month(fetched_october: Snapshots, tmp_path: Path) -> None:
    """Into one file a series; the answers stay, and weeks that are fetched later replace those of the archive."""
    folder, before = fetched_october, answers(fetched_october, tmp_path / "a.duckdb")
    assert before["star_days"]
    assert before["commit_days"]
    assert rollup.roll_up(folder, CLOSED) == rollup.RollUp((MONTH,))
    index = [Path("activity.csv"), Path("history.csv")]
    assert folder.paths() == [MONTH, Path("2026/2026-11-01.csv"), index[0], COMMITS, index[1], STARS]
    assert {STARS, COMMITS} < set(folder.kept())
    assert answers(folder, tmp_path / "a.duckdb") == before
    fetch(folder, fetched(1, 9, (1, 4), (2, 7)))
    assert [fact.weeks for fact in folder.pasts(Series.STARS).index().rows] == [3, 1]
    assert len(folder.pasts(Series.STARS).weeks(1).rows) == 2
    expected = {(1, 0): 5, (1, 1): 4, (1, 2): 7, (2, 0): 0}
    assert stars(folder, tmp_path / "a.duckdb") == expected
    fetch(folder, fetched(2, 9, (0, 0)), fetched(1, 9, (0, 5)))
    assert not (folder.folder / "history" / "2.csv").exists()  # the archive has it in the same way
    assert [row.sun for row in folder.pasts(Series.STARS).weeks(1).rows] == [4, 7]
    assert stars(folder, tmp_path / "a.duckdb") == expected
    fetch(folder, fetched(1, 10, (1, 6)))
    assert [row.sun for row in folder.pasts(Series.STARS).weeks(1).rows] == [7]
    assert stars(folder, tmp_path / "a.duckdb") == {**expected, (1, 1): 6}
    fetch(folder, fetched(1, 11, (1, 4)))
    write(folder, row(1, 30))
    assert rollup.roll_up(folder, CLOSED).months
    assert stars(folder, tmp_path / "a.duckdb") == expected
    assert not (folder.folder / "history" / "1.csv").exists()


def test_a_fetch_after_a_roll_up_loads_the_older_weeks_too(fetched_october: Snapshots, tmp_path: Path) -> None:
    """Into a database that follows; also of a repository whose row of the index comes later."""
    rollup.roll_up(fetched_october, CLOSED)
    path = fetched_october.folder / "history.csv"
    index = path.read_bytes()
    path.write_bytes(b"".join(index.splitlines(keepends=True)[:2]))
    with Database(tmp_path / "b.duckdb").session() as session:
        sync.sync(session, fetched_october)
        path.write_bytes(index)
        sync.sync(session, fetched_october)
        drafts = fetched_october.past_drafts(
            [fetched(1, 9, (1, 4))], {Series.STARS: fetched_october.pasts(Series.STARS).index()}
        )
        sync.write_and_load_histories(session, fetched_october, drafts)
        found = tables(session)
    assert found == rebuilt(fetched_october, tmp_path / "a.duckdb")
    assert stars(fetched_october, tmp_path / "a.duckdb") == {(1, 0): 5, (1, 1): 4, (2, 0): 0}


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lambda data: data[:-50], " is damaged, or not a Parquet file ("),
        ("select 1 as a", ": the columns fri, mon, repo_id, sat, sun, thu, tue, wed, week are missing"),
        ("select * replace (sun::varchar as sun)", ": the column sun is varchar instead of integer"),
        ("select * replace (-sun as sun)", ": the week 2026-09-06 of repository 1 is invalid, or there twice"),
        ("select * replace (null::integer as tue)", ": the week 2026-09-06 of repository 1 is invalid, or there twice"),
        ("from month union all", ": the week 2026-09-06 of repository 1 is invalid, or there twice"),
        ("select * replace (null::bigint as repo_id)", ": the week 2026-09-06 of repository None is invalid"),
        ("select * replace ('infinity'::date as week)", ": the week infinity of repository 1 is invalid"),
    ],
)
def test_an_archive_that_cannot_be_read_is_named(
    fetched_october: Snapshots, tmp_path: Path, damage: str | Callable[[bytes], bytes], expected: str
) -> None:
    """In one clear line, and the database stays as it was; nothing is rolled up into it."""
    rollup.roll_up(fetched_october, CLOSED)
    with Database(tmp_path / "a.duckdb").session() as session:
        sync.sync(session, fetched_october)
        before = tables(session)
        spoil(damage, fetched_october.folder / STARS)
        with pytest.raises(StoreError) as caught:
            sync.sync(session, fetched_october)
        assert tables(session) == before
    (fault,) = fetched_october.faults(STARS)
    assert str(fault) == str(caught.value)
    assert str(fault).startswith(f"{fetched_october.folder / STARS}{expected}")
    assert "\n" not in str(fault)


def test_two_archives_are_merged(fetched_october: Snapshots, tmp_path: Path) -> None:
    """A week that differs is as in the version that fetched that repository later."""
    versions = Versions(tmp_path)
    for version, requests in (
        (versions.ours, [fetched(1, 9, (1, 70)), fetched(2, 3, (0, 1))]),
        (versions.theirs, [fetched(1, 5, (1, 60), (2, 61)), fetched(2, 4, (0, 2)), fetched(3, 4, (0, 8))]),
    ):
        shutil.copytree(fetched_october.folder, version.folder)
        fetch(version, *requests)
        rollup.roll_up(version, CLOSED)
    merged = versions.merge()
    assert stars(merged, tmp_path / "a.duckdb") == {(1, 0): 5, (1, 1): 70, (1, 2): 61, (2, 0): 2, (3, 0): 8}


def test_other_parquet_files_are_left_alone(october: Snapshots) -> None:
    """Only a month's name in its year's folder is one of ours."""
    for name in ("2026/data.parquet", "2025/2026-10.parquet", "2026-10.parquet", "2026/2026-13.parquet"):
        (october.folder / name).parent.mkdir(exist_ok=True)
        (october.folder / name).write_bytes(b"mine")
    assert not [path for path in october.paths() if path.suffix == ".parquet"]


class Versions:
    """Three versions of a folder: the common base, ours and theirs."""

    def __init__(self, top: Path) -> None:
        self.base, self.ours, self.theirs = (Snapshots(top / name) for name in ("base", "ours", "theirs"))

    def merge(self) -> Snapshots:
        """Put what ours has changed into theirs."""
        merged = merging.merge(self.base, self.ours, self.theirs, self.ours.paths())
        for path, content in merged.items():
            (self.theirs.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.theirs.folder / path).write_bytes(content)
        return self.theirs


@pytest.mark.parametrize("is_base_rolled_up", [False, True])
def test_two_that_rolled_up_the_same_month_are_merged(tmp_path: Path, is_base_rolled_up: bool) -> None:  # noqa: FBT001 - a parameter of a test
    """Period by period: of each repository the later count stands, and no count of either is lost."""
    versions = Versions(tmp_path)
    common = [row(1, 1), row(2, 1), row(1, 2), row(3, 2, None)]
    mine, other = [row(1, 1, 5, 9), row(4, 1, 4), row(1, 6, 6)], [row(1, 1, 7, 5), row(2, 1, 8, 5), row(1, 7, 70)]
    for version, rows in ((versions.base, []), (versions.ours, mine), (versions.theirs, other)):
        write(version, *common)
        if is_base_rolled_up:
            rollup.roll_up(version, CLOSED)
        write(version, *rows)
        if version is not versions.base:
            rollup.roll_up(version, CLOSED)
    whole = Snapshots(tmp_path / "whole")
    for rows in (common, mine, other):
        write(whole, *rows)
        rollup.roll_up(whole, CLOSED)
    assert answers(versions.merge(), tmp_path / "a.duckdb") == answers(whole, tmp_path / "b.duckdb")
    assert versions.theirs.files.data(MONTH) == whole.files.data(MONTH)


def test_a_day_that_another_run_counted_is_merged_into_a_rolled_up_month(october: Snapshots, tmp_path: Path) -> None:
    """Ours has rolled up, theirs has counted again in that month: both files stand until the next roll-up."""
    versions = Versions(tmp_path)
    for version in (versions.base, versions.ours, versions.theirs):
        for path in october.paths():
            (version.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (version.folder / path).write_bytes(october.files.data(path) or b"")
    rollup.roll_up(versions.ours, CLOSED)
    write(versions.theirs, row(1, 31, 11, 9))
    merged = versions.merge()
    assert (1, datetime(2026, 10, 31, 9, 17), 11) in loaded(merged, tmp_path / "a.duckdb")
    before = answers(merged, tmp_path / "a.duckdb")
    assert rollup.roll_up(merged, CLOSED).months == (MONTH,)
    assert answers(merged, tmp_path / "b.duckdb") == before
    assert len(before["counts"]) == 5


def test_doctor_counts_the_days_of_month_files(tmp_path: Path, github: Server) -> None:
    """A gap in the last thirty days is one wherever the days are; a damaged file is named once."""
    config = Config(root=tmp_path)
    folder = Snapshots(config.snapshots_folder)
    days = [NOW.date() - each * DAY for each in range(45) if each != 12]
    write(folder, *(replace(row(1, 1), taken_at=datetime.combine(day, time(3))) for day in days))
    plain = check(examine(config, github), "day files")
    assert plain.detail.startswith("44 days, ")
    rolled = rollup.roll_up(folder, NOW)
    assert rolled.months
    assert check(examine(config, github), "day files") == plain
    (folder.folder / rolled.months[-1]).write_bytes(b"PAR1")
    found = examine(config, github)
    assert warnings(found).count("file") == 1
    assert "is damaged, or not a Parquet file" in check(found, "file").detail
