"""Measures the queries for windows and events on a large history, compared with a full scan of the same table.

    python benchmarks/trends.py [REPOSITORIES] [DAYS ...]

Creates a history of REPOSITORIES (100,000), counted daily on DAYS (100 and 1,000). Some repositories begin late, end
early or have missing days, and a list has a thousand of them. Each step runs in a process of its own; the table has
the median and the maximum of nine rounds, and the peak memory.
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
from startrack.model.changes import Count, Window
from startrack.model.repository import Counted, Repository
from startrack.store import database, day_files, queries, sync
from startrack.store.database import Database, Session
from startrack.store.snapshots import Snapshots

BEGINNING = datetime(2024, 1, 1, 3, 17)
WINDOWS = tuple(Window(days) for days in (1, 7, 30, 90, 365))
ROUNDS = 9
LISTED = 1_000

# One in a thousand repositories ends early, one in a hundred begins late, one in a thousand begins on a day of its own,
# and a few in a thousand are missing on each day.
CREATE_COUNTS = """
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
CREATE_SUMMARIES = """
insert into takes select taken_at, taken_at::varchar, count(*), 0 from counts group by taken_at order by taken_at;
insert into repos (repo_id, name, is_archived, is_fork, is_disabled, first_seen, seen_at, stars, forks, commits)
select repo_id, 'o/r' || repo_id, false, false, false, min(taken_at), max(taken_at), arg_max(stars, taken_at),
    arg_max(forks, taken_at), arg_max(commits, taken_at)
from counts group by repo_id;
insert into entries (list, repo, repo_id, title, section, sections, url, line, added_on)
select 'l', 'o/r' || r, r, 'r', '[]', '[]', 'https://github.com/o/r' || r, 1, '2024-01-01'
from range($listed) as repositories (r);
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
    """Fill a database with history, fifty days at a time."""
    with Database(path).session() as session:
        connection = session._connection
        for first in range(0, days, 50):
            values = {"first": first, "end": min(first + 50, days), "days": days, "repositories": repositories}
            connection.execute(CREATE_COUNTS, {**values, "beginning": BEGINNING})
        connection.execute(CREATE_SUMMARIES, {"listed": LISTED})
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


def append(path: Path, repositories: int, now: datetime) -> list[float]:
    """Return the milliseconds to append the counts of a day file, in a transaction."""
    times, types = [], {name: column.sql for name, column in day_files.DAYS.columns.items()}
    with Database(path).session() as session:
        for file in _day_files(path.parent / "appended", repositories, now):
            start = time.perf_counter()
            with session.transaction():
                session.run("store/stage_days")
                session.run("store/read_days", paths=[str(file)], columns=types, names=[file.name], is_ours=True)
                session.run("store/load_counts")
            times.append((time.perf_counter() - start) * 1000)
    return times


def sync_day(path: Path, repositories: int, now: datetime) -> list[float]:
    """Return the milliseconds to sync a day file: counts, names, heads, first and last counts."""
    snapshots = Snapshots(path.parent / "snapshots")
    times = []
    with Database(path).session() as session:
        for _ in _day_files(snapshots.folder, repositories, now):
            start = time.perf_counter()
            sync.sync(session, snapshots)
            times.append((time.perf_counter() - start) * 1000)
    return times


def _day_files(folder: Path, repositories: int, now: datetime) -> Iterator[Path]:
    for day in range(1, ROUNDS + 1):
        taken_at = now + timedelta(days=day)
        observations = (Counted(f"o/r{i}", Repository(i, f"o/r{i}"), i, i) for i in range(repositories))
        file = folder / day_files.path_of(taken_at, "day")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(day_files.render(day_files.build_rows(observations, taken_at)))
        yield file


STEPS = {
    "windows": all_windows,
    "windows as values": all_windows_as_values,
    "every value": every_value,
    "events of 1,000": events,
    "full scan": full_scan,
}
WRITES = {"append": append, "sync": sync_day}


def main() -> None:
    """Create the histories and print a row for each step, or measure one step with `_step`."""
    if sys.argv[1:2] == ["_step"]:
        _one(sys.argv[2], Path(sys.argv[3]), *map(int, sys.argv[4:]))
        return
    repositories, *day_counts = [int(argument) for argument in sys.argv[1:]] or [100_000]
    print(f"{'counts':>12}  {'file':>8}  {'step':<18}  {'median':>9}  {'worst':>9}  {'peak':>8}")
    for days in day_counts or [100, 1_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "startrack.duckdb"
            create_history(path, repositories, days)
            for name in (*STEPS, *WRITES):
                print(f"{_size(path, repositories * days)}  {_run(name, path, days, repositories)}", flush=True)


def _size(path: Path, counts: int) -> str:
    return f"{counts:>12,}  {path.stat().st_size / 1e6:>5.0f} MB"


def _run(name: str, path: Path, days: int, repositories: int) -> str:
    command = [sys.executable, __file__, "_step", name, str(path), str(days), str(repositories)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _one(name: str, path: Path, days: int, repositories: int) -> None:
    now = BEGINNING + timedelta(days=days - 1)
    times = WRITES[name](path, repositories, now) if name in WRITES else measure(path, STEPS[name], now)
    print(f"{name:<18}  {statistics.median(times):>6.0f} ms  {max(times):>6.0f} ms  {peak():>5.0f} MB")


if __name__ == "__main__":
    main()
