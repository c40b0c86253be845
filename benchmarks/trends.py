"""Measures the queries for windows and events on a large history, compared with a full scan of the same table.

    python benchmarks/trends.py [REPOSITORIES] [DAYS ...]

Creates a history of REPOSITORIES (100,000), counted daily on DAYS (100 and 1,000). Some repositories begin late, end
early or have missing days, and a list has a thousand of them. Each step runs in a process of its own; the table has
the median and the maximum of nine rounds, and the peak memory.

A billion counts are `1000000 1000`: 5 GB in the folder of TMPDIR, 1.3 GB of memory to create, and about half an hour.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from peak import peak
from startrack.model.changes import Count, Window
from startrack.store import database, day_files, queries, sync
from startrack.store.database import Database, Session
from startrack.store.snapshots import Snapshots

BEGINNING = datetime(2024, 1, 1, 3, 17)
WINDOWS = tuple(Window(days) for days in (1, 7, 30, 90, 365))
ROUNDS = 9
LISTED = 1_000
CHUNK = 2_000_000  # counts that are created at once
CREATION_MEMORY = "1GB"

# One in a thousand repositories ends early, one in a hundred begins late, one in a thousand begins on a day of its own,
# and a few in a thousand are missing on each day.
CREATE_COUNTS = """
insert into counts
select r, $beginning + to_days(d::int), 100 + r % 5000 + d * (r % 7)::int, r % 999, r % 4000 + d // 3,
    null, null, null, epoch($beginning + to_days(d::int))::bigint, null
from range($first, $end) as days (d), range($repositories) as repositories (r)
where (r * 7919 + d * 104729) % 1000 > 3
    and not (r % 1000 = 7 and d > $days * 0.4)
    and not (r % 100 = 3 and d < $days * 0.7)
    and not (r % 1000 = 11 and d < r // 1000 % 100 * $days // 100)
order by d, r
"""
CREATE_TAKES = """
insert into takes select taken_at, taken_at::varchar, count(*), 0 from counts group by taken_at order by taken_at
"""
CREATE_REPOSITORIES = """
insert into repos (repo_id, name, is_archived, is_fork, is_disabled, first_seen, seen_at, stars, forks, commits)
select repo_id, 'o/r' || repo_id, false, false, false, min(taken_at), max(taken_at), arg_max(stars, taken_at),
    arg_max(forks, taken_at), arg_max(commits, taken_at)
from counts group by repo_id
"""
CREATE_ENTRIES = """
insert into entries (list, repo, repo_id, title, section, sections, url, line, added_on)
select 'l', 'o/r' || r, r, 'r', '[]', '[]', 'https://github.com/o/r' || r, 1, '2024-01-01'
from range($listed) as repositories (r)
"""
CREATE_DAY_FILE = """
copy (
    select r as repo_id, 'o/r' || r as name, $taken_at as taken_at, r as stars, r as forks, null as commits,
        null as open_issues, null as open_prs, null as watchers, null as head, null as committed_on, null as missing
    from range($repositories) as repositories (r)
    order by name
) to $path (format csv, header true)
"""
FULL_SCAN = """
select repo_id, max_by(stars, taken_at) filter (taken_at <= $now) as now,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 1 day) as d1,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 7 day) as d7,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 30 day) as d30,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 90 day) as d90,
    max_by(stars, taken_at) filter (taken_at <= $now - interval 365 day) as d365
from counts group by repo_id
"""


def create_history(path: Path, repositories: int, days: int) -> None:
    """Fill a database with history, in the order of time and a few million counts at a time."""
    with Database(path).session() as session:
        connection = session._connection
        connection.execute(f"set memory_limit = '{CREATION_MEMORY}'")
        step = max(1, CHUNK // repositories)
        for first in range(0, days, step):
            values = {"first": first, "end": min(first + step, days), "days": days, "repositories": repositories}
            connection.execute(CREATE_COUNTS, {**values, "beginning": BEGINNING})
        connection.execute(CREATE_TAKES)
        connection.execute(CREATE_REPOSITORIES)
        connection.execute(CREATE_ENTRIES, {"listed": LISTED})
        connection.execute("checkpoint")


def all_windows(session: Session, now: datetime) -> int:
    """Query the current count and the baseline of every window for all repositories, without fetching the rows."""
    newest = queries.last_counted_at(session, now)
    near = session.value("trends/near_take", newest=newest)
    rows = _count_rows(session, "trends/last_counts", {"newest": newest, "near": near or newest})
    for window in WINDOWS:
        if takes := queries.nearest_count_times(session, now - window.span, window.reach, now):
            rows += _count_rows(session, "trends/nearest_counts", takes)
    return rows


def _count_rows(session: Session, name: str, values: Mapping[str, object]) -> int:
    # This measures the query alone, without creating Python objects for a hundred thousand rows.
    query = f"select count(*), sum(stars), sum(forks), sum(commits) from ({database.text(name)})"
    rows: int = session._connection.execute(query, dict(values)).fetchall()[0][0]
    return rows


def all_windows_as_values(session: Session, now: datetime) -> int:
    """Query the same, and look up the counts of the thousand repositories in the list, as the report does."""
    return _values(session, now, LISTED)


def every_value(session: Session, now: datetime) -> int:
    """Query the same, and look up every count: what a report would do if the list had every repository."""
    return _values(session, now, None)


def _values(session: Session, now: datetime, repositories: int | None) -> int:
    baselines = (queries.nearest_counts(session, now - window.span, window.reach, now) for window in WINDOWS)
    counts = (queries.current_counts(session, now), *baselines)
    return sum(_known(each, len(each) if repositories is None else repositories) for each in counts)


def _known(counts: Mapping[int, Count], repositories: int) -> int:
    return sum(counts.get(repo_id) is not None for repo_id in range(repositories))


def events(session: Session, now: datetime) -> int:
    """Query the recent events of the thousand repositories in the list."""
    return len(queries.events(session, now))


def full_scan(session: Session, now: datetime) -> int:
    """Scan the whole table once, with the most obvious query, for comparison."""
    connection = session._connection
    return len(
        connection.execute(
            f"select count(*), sum(now), sum(d1), sum(d7), sum(d30), sum(d90), sum(d365) from ({FULL_SCAN})",
            {"now": now},
        ).fetchall(),
    )


def measure(path: Path, step: Callable[[Session, datetime], int], now: datetime) -> list[float]:
    """Return the milliseconds of each round, on one connection, after one round to warm up."""
    with Database(path).session() as session:
        session._connection.execute("set threads = 2")
        times = []
        for _ in range(ROUNDS + 1):
            start = time.perf_counter()
            step(session, now)
            times.append((time.perf_counter() - start) * 1000)
    return times[1:]


def append(path: Path, now: datetime) -> list[float]:
    """Return the milliseconds to append the counts of a day file, in a transaction."""
    times, types = [], {name: column.sql for name, column in day_files.DAYS.columns.items()}
    with Database(path).session() as session:
        for file in day_file_paths(path, now):
            start = time.perf_counter()
            with session.transaction():
                session.run("store/stage_days")
                session.run("store/read_days", paths=[str(file)], columns=types, names=[file.name], is_ours=True)
                session.run("store/load_counts")
            times.append((time.perf_counter() - start) * 1000)
    return times


def sync_new_day(path: Path, now: datetime) -> list[float]:
    """Return the milliseconds to sync a day file: counts, names, heads, first and last counts."""
    return _sync(path, list(day_file_paths(path, now)))


def sync_same_day(path: Path, now: datetime) -> list[float]:
    """Return the milliseconds to sync the day file of a day that was counted again."""
    *_, newest = day_file_paths(path, now)
    return _sync(path, [newest] * ROUNDS)


def _sync(path: Path, sources: Sequence[Path]) -> list[float]:
    """Sync a folder after each of some day files was copied into it."""
    times, snapshots = [], Snapshots(path.parent / "snapshots")
    with Database(path).session() as session:
        for source in sources:
            file = snapshots.folder / source.name[:4] / source.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(source.read_bytes())
            start = time.perf_counter()
            sync.sync(session, snapshots)
            times.append((time.perf_counter() - start) * 1000)
    return times


def day_file_paths(database_path: Path, now: datetime) -> Iterator[Path]:
    """Yield the paths of the day files of the days after the history."""
    for day in range(1, ROUNDS + 1):
        yield database_path.parent / "days" / day_files.path_of(now + timedelta(days=day), "day").name


def create_day_files(database_path: Path, repositories: int, now: datetime) -> None:
    """Write these day files."""
    (database_path.parent / "days").mkdir()
    for day, path in enumerate(day_file_paths(database_path, now), start=1):
        taken_at = (now + timedelta(days=day)).isoformat()
        with database.in_memory() as session:
            session._connection.execute(f"set memory_limit = '{CREATION_MEMORY}'")
            values = {"taken_at": taken_at, "repositories": repositories, "path": str(path)}
            session._connection.execute(CREATE_DAY_FILE, values)


STEPS = {
    "windows": all_windows,
    "windows as values": all_windows_as_values,
    "every value": every_value,
    "events of 1,000": events,
    "full scan": full_scan,
}
WRITES = {"append": append, "sync a new day": sync_new_day, "sync it again": sync_same_day}


def main() -> None:
    """Create the histories and print a row for each step, or measure one step with `_step`."""
    if sys.argv[1:2] == ["_step"]:
        _one(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
        return
    repositories, *day_counts = [int(argument) for argument in sys.argv[1:]] or [100_000]
    print(f"{'counts':>12}  {'file':>8}  {'step':<18}  {'median':>9}  {'worst':>9}  {'peak':>8}")
    for days in day_counts or [100, 1_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "startrack.duckdb"
            create_history(path, repositories, days)
            create_day_files(path, repositories, BEGINNING + timedelta(days=days - 1))
            for name in (*STEPS, *WRITES):
                print(f"{_size(path, repositories * days)}  {_run(name, path, days)}", flush=True)


def _size(path: Path, counts: int) -> str:
    return f"{counts:>12,}  {path.stat().st_size / 1e6:>5.0f} MB"


def _run(name: str, path: Path, days: int) -> str:
    command = [sys.executable, __file__, "_step", name, str(path), str(days)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _one(name: str, path: Path, days: int) -> None:
    now = BEGINNING + timedelta(days=days - 1)
    times = WRITES[name](path, now) if name in WRITES else measure(path, STEPS[name], now)
    print(f"{name:<18}  {statistics.median(times):>6.0f} ms  {max(times):>6.0f} ms  {peak():>5.0f} MB")


if __name__ == "__main__":
    main()
