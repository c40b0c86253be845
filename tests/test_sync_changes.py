"""Whatever changes in the snapshots folder, a database that follows it equals one that is rebuilt from all files.

A later run of the newest day is loaded alone; what cannot be is loaded with everything else.
"""

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from startrack.model.durations import DAY, WEEK
from startrack.model.history import FetchedHistory, FetchOutcome, Series, Week
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Details, Missing, Observation, Reason, Repository
from startrack.model.runs import Run
from startrack.store import day_files, recording, rollup, sync
from startrack.store.database import Database, Session
from startrack.store.snapshots import Snapshots

START = datetime(2026, 11, 1, 3, 17)
EPOCH = datetime(1970, 1, 1)
SUNDAY = date(2026, 10, 25)
TABLES = (
    "counts",
    "missing",
    "takes",
    "repos",
    "repos_before",
    "repo_names",
    "lists",
    "entries",
    "runs",
    "star_days",
    "commit_days",
    "pasts",
    "files",
)


def tables(session: Session) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows of every table that is loaded from files."""
    return {name: session._connection.execute(f"from {name} order by all").fetchall() for name in TABLES}


def rebuilt(folder: Snapshots, path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return the tables of a new database."""
    path.unlink(missing_ok=True)
    with Database(path).session() as session:
        sync.sync(session, folder)
        return tables(session)


def run_of(at: datetime, seen: Sequence[Observation]) -> Run:
    """Return the record of a run."""
    counted = sum(isinstance(observation, Counted) for observation in seen)
    run_id = int((at - EPOCH).total_seconds())
    return Run(run_id, at, at, "done", len(seen), counted, len(seen) - counted, 1, 1, "0")


def listed(*names: str) -> recording.ListsRead:
    """Return a list of projects."""
    entries = (Entry(name, name, (), f"https://github.com/{name}", line) for line, name in enumerate(names))
    return recording.ListsRead([List("l", "l.md", tuple(entries))])


@dataclass(slots=True)
class World:
    """A folder that all sorts of things happen to; `at` is the instant of its last run."""

    folder: Snapshots
    session: Session
    chance: random.Random
    at: datetime = START
    names: dict[int, str] = field(default_factory=lambda: {number: f"o/{number}" for number in range(1, 7)})
    earlier: dict[Path, bytes] = field(default_factory=dict)

    def steps(self) -> list[Callable[[], None]]:
        """Return what may happen; what happens more often is there more than once."""
        return [
            *[self.count_again, self.next_day] * 4,
            *[self.rename, self.edit_newest, self.revert] * 2,
            self.count_earlier,
            self.write_only,
            self.edit_older,
            self.empty_newest,
            self.remove,
            self.roll_up,
            self.change_facts,
            self.fetch,
            self.edit_history,
        ]

    def observations(self) -> list[Observation]:
        """Return what a run sees: not every project, some without details or head, some missing."""
        return [self._observation(number, name) for number, name in self.names.items() if self.chance.random() < 0.8]

    def _observation(self, number: int, name: str) -> Observation:
        if self.chance.random() < 0.2:
            return Missing(name, Reason.NOT_FOUND, repo_id=number if self.chance.random() < 0.7 else None)
        has_head, has_details = self.chance.random() < 0.8, self.chance.random() < 0.3
        repository = Repository(
            number,
            name,
            description=self.chance.choice(["a", "b"]),
            head_oid=f"{self.chance.randrange(4):08x}" if has_head else None,
            head_committed_on=self.at.date() - self.chance.randrange(3) * DAY if has_head else None,
        )
        details = Details(open_issues=self.chance.randrange(9), watchers=2) if has_details else None
        commits = self.chance.randrange(99) if self.chance.random() < 0.7 else None
        return Counted(name, repository, self.chance.randrange(999), 1, commits, details)

    def _record(self, at: datetime) -> None:
        seen = self.observations()
        listing = listed(*self.chance.sample(sorted(self.names.values()), 4))
        recording.record(self.session, self.folder, run_of(at, seen), seen, listing)

    def count_again(self) -> None:
        """Count again on the same day."""
        self.at += timedelta(minutes=self.chance.choice([7, 200]))
        self._record(self.at)

    def next_day(self) -> None:
        """Count for the first time on the next day."""
        self.at = datetime.combine(self.at.date() + DAY, START.time())
        self._record(self.at)

    def count_earlier(self) -> None:
        """Count with --taken-at, some hours or days ago."""
        self._record(self.at - timedelta(hours=self.chance.choice([1, 30, 60])))

    def write_only(self) -> None:
        """Bring the files of another runner, which counted again on our newest day and on the next."""
        for hours in (1, 24):
            self.at += timedelta(hours=hours)
            seen = self.observations()
            for path, content in self.folder.drafts(run_of(self.at, seen), seen, listed("o/1").lists).items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def rename(self) -> None:
        """Give a project another name, or again one that it had, and count."""
        number = self.chance.choice(sorted(self.names))
        self.names[number] = self.chance.choice([f"o/{number}", f"o/new{number}", f"p/{number}"])
        self.count_again()

    def days(self) -> list[Path]:
        """Return the day files."""
        return [path for path in self.folder.paths() if day_files.is_day_file(path)]

    def _edit(self, path: Path) -> None:
        """Change, delete or move a line, as people and `git merge` do."""
        rows = list(self.folder.day(path).rows)
        self.earlier[path] = (self.folder.folder / path).read_bytes()
        if rows:
            row = rows.pop(self.chance.randrange(len(rows)))
            if (kind := self.chance.randrange(3)) == 1 and row.missing is None:
                rows.append(replace(row, stars=self.chance.randrange(999), head="feedbeef"))
            elif kind == 2:
                rows.append(replace(row, taken_at=row.taken_at - timedelta(hours=self.chance.choice([1, 30]))))
        (self.folder.folder / path).write_bytes(day_files.render(rows))

    def edit_newest(self) -> None:
        """Edit the newest day file."""
        if days := self.days():
            self._edit(days[-1])

    def edit_older(self) -> None:
        """Edit any day file."""
        if days := self.days():
            self._edit(self.chance.choice(days))

    def empty_newest(self) -> None:
        """Remove all rows of the newest day file."""
        if days := self.days():
            (self.folder.folder / days[-1]).write_bytes(day_files.render([]))

    def revert(self) -> None:
        """Restore an earlier version of a file, as `git checkout` does."""
        if self.earlier:
            path, content = self.chance.choice(sorted(self.earlier.items()))
            (self.folder.folder / path).write_bytes(content)

    def remove(self) -> None:
        """Remove any file."""
        if paths := self.folder.paths():
            (self.folder.folder / self.chance.choice(paths)).unlink()

    def roll_up(self) -> None:
        """Roll all day files up; more of them may come for the same periods."""
        rollup.roll_up(self.folder, self.at + 40 * DAY)

    def change_facts(self) -> None:
        """Remove a line of `repositories.csv`."""
        path = self.folder.folder / "repositories.csv"
        if path.exists() and len(lines := path.read_text(encoding="utf-8").splitlines(keepends=True)) > 1:
            del lines[self.chance.randrange(1, len(lines))]
            path.write_text("".join(lines), encoding="utf-8")

    def fetch(self) -> None:
        """Fetch the history of some projects."""
        sync.sync(self.session, self.folder)
        index = {series: self.folder.pasts(series).index() for series in Series}
        weeks = tuple(Week(SUNDAY - each * WEEK, (self.chance.randrange(9),) * 7) for each in range(3))
        fetched = [
            FetchedHistory(
                number, self.names[number], self.chance.choice(list(Series)), self.at, FetchOutcome.DONE, weeks=weeks,
                complete=True, is_newest=True,
            )
            for number in self.chance.sample(sorted(self.names), 3)
        ]  # fmt: skip
        sync.write_and_load_histories(self.session, self.folder, self.folder.past_drafts(fetched, index))

    def edit_history(self) -> None:
        """Remove lines of a file of weeks or of an index."""
        if paths := [
            path for path in self.folder.paths() if any(self.folder.pasts(each).owns(path) for each in Series)
        ]:
            path = self.folder.folder / self.chance.choice(paths)
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            path.write_text("".join(lines[: self.chance.randrange(1, len(lines) + 1)]), encoding="utf-8")


@pytest.mark.parametrize("seed", range(6))
def test_a_database_that_follows_equals_a_rebuilt_one(tmp_path: Path, seed: int) -> None:
    """After each of twelve changes of any kind."""
    folder, chance = Snapshots(tmp_path / "snapshots"), random.Random(seed)  # noqa: S311 - changes, not secrets
    with Database(tmp_path / "a.duckdb").session() as session:
        world = World(folder, session, chance)
        for _ in range(12):
            step = chance.choice(world.steps())
            step()
            sync.sync(session, folder)
            assert (step.__name__, tables(session)) == (step.__name__, rebuilt(folder, tmp_path / "b.duckdb"))


DAYS = 10


@pytest.fixture
def month(tmp_path: Path) -> Iterator[World]:
    """Return a world that was counted on ten days and has some history, all of it in its database."""
    folder = Snapshots(tmp_path / "snapshots")
    with Database(tmp_path / "a.duckdb").session() as session:
        world = World(folder, session, random.Random(1))  # noqa: S311 - changes, not secrets
        for _ in range(DAYS):
            world.next_day()
        world.fetch()
        yield world


def count_with_changes(world: World) -> None:
    """Another run of the day, with a new name, a new project, and one that was taken off the list."""
    del world.names[1]
    world.names |= {2: "o/renamed", 99: "o/new"}
    world.count_again()


def _edit_newest(world: World) -> None:
    path = world.days()[-1]
    _, row, *rows = world.folder.day(path).rows
    (world.folder.folder / path).write_bytes(day_files.render([replace(row, name="o/other"), *rows]))


@pytest.mark.parametrize(
    ("change", "days"), [(World.count_again, 1), (count_with_changes, 1), (_edit_newest, 1), (World.write_only, 2)]
)
def test_a_day_that_is_counted_again_is_loaded_alone(
    month: World, tmp_path: Path, change: Callable[[World], None], days: int
) -> None:
    """One of ten day files is read, two where the next day has come with it; no other row is written again."""
    midnight = datetime.combine(month.at.date(), time())
    before = {table: _rows_by_number(month.session, table) for table in ("counts", "missing", "takes", "star_days")}
    with _files_read(tmp_path / "snapshots") as names:
        change(month)
        sync.sync(month.session, month.folder)
    assert len([name for name in names if name.startswith("2026-")]) == days
    assert not [name for name in names if name.split(".")[0].isdigit()]
    for table, rows in before.items():
        after = _rows_by_number(month.session, table)
        untouched = {number for number, row in rows.items() if table == "star_days" or _instant(row) < midnight}
        assert after.keys() & rows.keys() == untouched
        assert all(after[number] == rows[number] for number in untouched)
    assert tables(month.session) == rebuilt(month.folder, tmp_path / "b.duckdb")


def _rows_by_number(session: Session, table: str) -> dict[int, tuple[object, ...]]:
    """Return the rows of a table by DuckDB's number of each, which a row that is inserted again does not keep."""
    query = f"select rowid, * from {table}"  # noqa: S608 - the name of a table
    return {number: tuple(row) for number, *row in session._connection.execute(query).fetchall()}


def _instant(row: Sequence[object]) -> datetime:
    return next(cell for cell in row if isinstance(cell, datetime))


@contextmanager
def _files_read(folder: Path) -> Iterator[set[str]]:
    """Collect the names of the files, without drafts, that are opened; before DuckDB reads a file, Python opens it."""
    names: set[str] = set()
    is_on = True

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if is_on and event == "open" and str(arguments[0]).startswith(str(folder)):
            names.add(Path(str(arguments[0])).name.removeprefix(".").removesuffix(".startrack.draft"))

    sys.addaudithook(hook)
    yield names
    is_on = False


def _edit_first(world: World) -> None:
    path = world.days()[0]
    row, *rows = world.folder.day(path).rows
    (world.folder.folder / path).write_bytes(day_files.render([replace(row, name="o/other"), *rows]))


def _move_newest(world: World) -> None:
    path = world.days()[-1]
    row, *rows = world.folder.day(path).rows
    moved = replace(row, taken_at=row.taken_at - 3 * DAY)
    (world.folder.folder / path).write_bytes(day_files.render([moved, *rows]))


def _remove_newest(world: World) -> None:
    (world.folder.folder / world.days()[-1]).unlink()


def test_what_cannot_be_taken_back_is_rebuilt(month: World, tmp_path: Path) -> None:
    """An older day, a row of the newest day that is older than another day's, a removed file: all files are read."""
    for change in (_edit_first, _move_newest, World.count_again, _remove_newest):
        with _files_read(tmp_path / "snapshots") as names:
            change(month)
            sync.sync(month.session, month.folder)
        assert len([name for name in names if name.startswith("2026-")]) == len(month.days())
        assert tables(month.session) == rebuilt(month.folder, tmp_path / "b.duckdb")


def test_a_second_run_of_the_first_day_is_loaded_alone(tmp_path: Path) -> None:
    """All its repositories are new: they are taken back too."""
    folder = Snapshots(tmp_path / "snapshots")
    with Database(tmp_path / "a.duckdb").session() as session:
        world = World(folder, session, random.Random(2))  # noqa: S311 - changes, not secrets
        world.next_day()
        world.fetch()
        before = _rows_by_number(session, "star_days")
        count_with_changes(world)
        assert _rows_by_number(session, "star_days") == before
        assert tables(session) == rebuilt(folder, tmp_path / "b.duckdb")


def test_a_file_that_lost_all_its_weeks_takes_its_days_along(month: World, tmp_path: Path) -> None:
    """Not only one that was removed."""
    month.fetch()
    for path in [path for path in month.folder.paths() if month.folder.pasts(Series.STARS).is_weeks(path)]:
        (month.folder.folder / path).write_text("week,sun,mon,tue,wed,thu,fri,sat\n", encoding="ascii")
    assert tables(month.session)["star_days"]
    sync.sync(month.session, month.folder)
    assert not tables(month.session)["star_days"]
    assert tables(month.session) == rebuilt(month.folder, tmp_path / "b.duckdb")
