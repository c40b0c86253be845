"""How long the windows and the events of a large history take, against a full pass over the same table.

    python benchmarks/trends.py [REPOSITORIES] [DAYS ...]

Makes a history of REPOSITORIES (100,000) counted daily over DAYS (100 and 1,000), with repositories that began
late, ended early or were missed on some days, a thousand of them in a list, and measures each step in a process of
its own: wall time, the median and the worst of nine, and peak memory. The figures are made up; only the times mean
something.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from peak import peak
from startrack.model.changes import Window
from startrack.model.repository import Counted, Repository
from startrack.store import database, day_files, queries, sync
from startrack.store.database import Database, Session
from startrack.store.snapshots import Snapshots

BEGINNING = datetime(2024, 1, 1, 3, 17)
WINDOWS = tuple(Window(each) for each in (1, 7, 30, 90, 365))
ROUNDS = 9

# A repository in a thousand ended, one in a hundred began late, one in a thousand on a day of its own, and a few in a
# thousand are missed each day.
MAKE = """
insert into counts
select r, $beginning + to_days(d::int), 100 + r % 5000 + d * (r % 7)::int, r % 999, r % 4000 + d // 3,
    null, null, null, epoch($beginning + to_days(d::int))::bigint
from range($first, $end) as days (d), range($repositories) as repositories (r)
where (r * 7919 + d * 104729) % 1000 > 3
    and not (r % 1000 = 7 and d > $days * 0.4)
    and not (r % 100 = 3 and d < $days * 0.7)
    and not (r % 1000 = 11 and d < r // 1000 * $days // 100)
order by d, r
"""
SUMMARIES = """
insert into takes select taken_at, taken_at::varchar, count(*), 0 from counts group by taken_at order by taken_at;
insert into repos (repo_id, name, is_archived, is_fork, is_disabled, first_seen, seen_at, stars, forks, commits)
select repo_id, 'o/r' || repo_id, false, false, false, min(taken_at), max(taken_at), arg_max(stars, taken_at),
    arg_max(forks, taken_at), arg_max(commits, taken_at)
from counts group by repo_id;
insert into entries (list, repo, repo_id, title, section, sections, url, line, added_on)
select 'l', 'o/r' || r, r, 'r', '[]', '[]', 'https://github.com/o/r' || r, 1, '2024-01-01'
from range(1000) as repositories (r);
"""
WHOLE_TABLE = """
select repo_id, max_by(stars, taken_at) filter (taken_at <= $now) as now,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 1 day) as d1,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 7 day) as d7,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 30 day) as d30,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 90 day) as d90,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 365 day) as d365
from counts group by repo_id
"""


def make(path: Path, repositories: int, count: int) -> None:
    """Fill a database with history, fifty days at a time."""
    with Database(path).session() as session:
        connection = session._connection
        for first in range(0, count, 50):
            values = {"first": first, "end": min(first + 50, count), "days": count, "repositories": repositories}
            connection.execute(MAKE, {**values, "beginning": BEGINNING})
        connection.execute(SUMMARIES)
        connection.execute("checkpoint")


def all_windows(session: Session, now: datetime) -> int:
    """Find the current count and every window's baseline of all repositories, left inside DuckDB."""
    newest = queries.newest(session, now)
    near = session.value("trends/near_take", newest=newest)
    rows = _asked(session, "trends/last_counts", {"newest": newest, "near": near or newest})
    for window in WINDOWS:
        if takes := queries.nearest_count_times(session, now - window.span, window.reach, now):
            rows += _asked(session, "trends/nearest_counts", takes)
    return rows


def _asked(session: Session, name: str, values: Mapping[str, object]) -> int:
    # What is measured is the question, not the making of Python objects from a hundred thousand rows.
    question = f"select count(*), sum(stars), sum(forks), sum(commits) from ({database.text(name)})"
    found: int = session._connection.execute(question, dict(values)).fetchall()[0][0]
    return found


def all_windows_as_values(session: Session, now: datetime) -> int:
    """Do the same, read into Python as the report does."""
    found = (queries.nearest_counts(session, now - window.span, window.reach, now) for window in WINDOWS)
    return len(queries.current_counts(session, now)) + sum(map(len, found))


def events(session: Session, now: datetime) -> int:
    """Find what happened of late to the thousand of them that a list names."""
    return len(queries.events(session, now))


def full_pass(session: Session, now: datetime) -> int:
    """Go over the whole table once, as one would write it first: the yardstick."""
    connection = session._connection
    return len(
        connection.execute(
            f"select count(*), sum(now), sum(d1), sum(d7), sum(d30), sum(d90), sum(d365) from ({WHOLE_TABLE})",
            {"now": now},
        ).fetchall(),
    )


def measured(path: Path, step: Callable[[Session, datetime], int], now: datetime) -> list[float]:
    """Return the milliseconds of each round, on one connection, after one round that is not counted."""
    with Database(path).session() as session:
        session._connection.execute("set threads = 2")
        times = []
        for _ in range(ROUNDS + 1):
            began = time.perf_counter()
            step(session, now)
            times.append((time.perf_counter() - began) * 1000)
    return times[1:]


def append(path: Path, repositories: int, now: datetime) -> list[float]:
    """Return the milliseconds of appending a run to the counts, from its day file, in a transaction."""
    times, types = [], {name: column.sql for name, column in day_files.DAYS.columns.items()}
    with Database(path).session() as session:
        for file in _day_files(path.parent / "appended", repositories, now):
            began = time.perf_counter()
            with session.transaction():
                session.run("store/stage_days")
                session.run("store/read_days", paths=[str(file)], columns=types, names=[file.name], is_ours=True)
                session.run("store/load_counts")
            times.append((time.perf_counter() - began) * 1000)
    return times


def take_in(path: Path, repositories: int, now: datetime) -> list[float]:
    """Return the milliseconds of taking in a run with all that hangs on it: names, heads, first and last counts."""
    snapshots = Snapshots(path.parent / "snapshots")
    times = []
    with Database(path).session() as session:
        for _ in _day_files(snapshots.folder, repositories, now):
            began = time.perf_counter()
            sync.sync(session, snapshots)
            times.append((time.perf_counter() - began) * 1000)
    return times


def _day_files(folder: Path, repositories: int, now: datetime) -> Iterator[Path]:
    for day in range(1, ROUNDS + 1):
        taken_at = now + timedelta(days=day)
        seen = (Counted(f"o/r{each}", Repository(each, f"o/r{each}"), each, each) for each in range(repositories))
        file = folder / day_files.path_of(taken_at, "day")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(day_files.render(day_files.lines(seen, taken_at)))
        yield file


STEPS = {
    "windows": all_windows,
    "windows as values": all_windows_as_values,
    "events of 1,000": events,
    "full pass": full_pass,
}
WRITES = {"append": append, "take in": take_in}


def main() -> None:
    """Make the histories and print a row for each step; as `_step` measure one of them."""
    if sys.argv[1:2] == ["_step"]:
        _one(sys.argv[2], Path(sys.argv[3]), *map(int, sys.argv[4:]))
        return
    repositories, *counts = [int(each) for each in sys.argv[1:]] or [100_000]
    print(f"{'counts':>12}  {'file':>8}  {'step':<18}  {'median':>9}  {'worst':>9}  {'peak':>8}")
    for count in counts or [100, 1_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "startrack.duckdb"
            make(path, repositories, count)
            for name in (*STEPS, *WRITES):
                print(f"{_size(path, repositories * count)}  {_run(name, path, count, repositories)}", flush=True)


def _size(path: Path, counts: int) -> str:
    return f"{counts:>12,}  {path.stat().st_size / 1e6:>5.0f} MB"


def _run(name: str, path: Path, count: int, repositories: int) -> str:
    command = [sys.executable, __file__, "_step", name, str(path), str(count), str(repositories)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _one(name: str, path: Path, count: int, repositories: int) -> None:
    now = BEGINNING + timedelta(days=count - 1)
    times = WRITES[name](path, repositories, now) if name in WRITES else measured(path, STEPS[name], now)
    print(f"{name:<18}  {statistics.median(times):>6.0f} ms  {max(times):>6.0f} ms  {peak():>5.0f} MB")


if __name__ == "__main__":
    main()
