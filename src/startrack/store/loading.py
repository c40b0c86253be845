"""The database brought in step with the snapshots folder: what changed there is loaded, nothing else.

A run writes its files and then comes here; so does a report that finds newer files after a `git pull`, and a
database that was deleted. There is one way in, so a rebuilt database gives the same answers.
"""

import glob
import json
from collections.abc import Collection
from dataclasses import astuple, fields
from pathlib import Path

from startrack.errors import DayFileError, StoreError
from startrack.models import Run
from startrack.past import Series
from startrack.store import days, facts
from startrack.store.database import Session
from startrack.store.pasts import Pasts
from startrack.store.snapshots import Snapshots

__all__ = ["behind", "load"]

Stamp = tuple[int, int]

_TABLES = {Series.STARS: "star_days", Series.COMMITS: "commit_days"}


def load(session: Session, snapshots: Snapshots) -> int:
    """Load the files that were added or changed, and return how many there were.

    Raises DayFileError or StoreError naming the file that cannot be read; the database then stays as it was.
    """
    found, loaded = _found(snapshots), _loaded(session)
    changed = [path for path, stamp in found.items() if loaded.get(path) != stamp]
    gone = loaded.keys() - found.keys()
    if not changed and not gone:
        return 0
    with session.transaction():
        if _needs_rebuild(changed, gone, loaded):
            session.run("store/clear")
            changed = list(found)
        _load_days(session, snapshots, [path for path in changed if days.is_day_file(Path(path))])
        if not all(_is_past(snapshots, path) for path in changed):
            _load_facts(session, snapshots, found)
        for series in Series:
            _load_past(session, snapshots.pasts(series), changed, found)
        session.run("store/clear_files")
        session.append("files", [(path, *stamp) for path, stamp in found.items()])
    return len(changed)


def behind(session: Session, snapshots: Snapshots) -> list[Path]:
    """Return the files, relative to the folder, that were added, changed or removed since they were last loaded."""
    differing = _found(snapshots).items() ^ _loaded(session).items()
    return sorted({Path(path) for path, _ in differing})


def _found(snapshots: Snapshots) -> dict[str, Stamp]:
    return {path.as_posix(): _stamp(snapshots.folder / path) for path in snapshots.paths()}


def _loaded(session: Session) -> dict[str, Stamp]:
    return {path: (size, modified) for path, size, modified in session.rows("store/files")}


def _stamp(path: Path) -> Stamp:
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _needs_rebuild(changed: Collection[str], gone: Collection[str], loaded: Collection[str]) -> bool:
    """Say whether anything but newer day files came, or weeks went: what was loaded has left its mark elsewhere."""
    newest = max((path for path in loaded if days.is_day_file(Path(path))), default="")
    is_late = any(days.is_day_file(Path(path)) and path <= newest for path in (*changed, *gone))
    return is_late or any(not days.is_day_file(Path(path)) for path in gone)


def _is_past(snapshots: Snapshots, path: str) -> bool:
    return any(snapshots.pasts(series).owns(Path(path)) for series in Series)


def _load_days(session: Session, snapshots: Snapshots, paths: list[str]) -> None:
    if not paths:
        return
    for path in paths:  # DuckDB takes the columns for granted
        snapshots.check_header(Path(path))
    try:
        session.run(
            "store/stage_days",
            paths=_patterns(snapshots.folder, paths),
            skip=len(str(snapshots.folder.resolve())) + 2,
        )
    except StoreError:
        for path in paths:  # DuckDB's message is long; ours names the file and the line
            snapshots.day_lines(Path(path))
        raise
    for path, name in session.rows("store/twice"):
        raise DayFileError(f"{snapshots.folder / path}: {name} stands in it twice; take one of the lines out")
    for name in ("counts", "missing", "takes", "repos", "seen"):
        session.run(f"store/load_{name}")
    for step in ("stage", "forget", "load"):
        session.run(f"store/{step}_names")


def _patterns(folder: Path, paths: Collection[str]) -> list[str]:
    """Return paths so that DuckDB, which takes them for patterns, finds these files and no others."""
    return [f"{glob.escape(str(folder.resolve()))}/{path}" for path in paths]


def _load_past(session: Session, pasts: Pasts, changed: Collection[str], found: Collection[str]) -> None:
    """Load what changed of a series: its index first, which says of what the weeks count."""
    if not any(pasts.owns(Path(path)) for path in changed):
        return
    table, index = _TABLES[pasts.series], pasts.index()
    # Weeks whose pass was killed before it wrote the index were passed over until now.
    new = index.keys() - {repo_id for (repo_id,) in session.rows("store/past_ids", series=pasts.series.value)}
    session.run("store/clear_pasts", series=pasts.series.value)
    session.append("pasts", [(pasts.series.value, *astuple(fact)) for fact in index.values()])
    late = {pasts.weeks_path(repo_id).as_posix() for repo_id in new} & set(found)
    if paths := sorted(late | {path for path in changed if pasts.is_weeks(Path(path))}):
        _stage_weeks(session, pasts, paths)
        session.run(f"store/forget_{table}")
        session.run(f"store/load_{table}")
    session.run(f"store/age_{table}")


def _stage_weeks(session: Session, pasts: Pasts, paths: list[str]) -> None:
    try:
        session.run("store/stage_weeks", paths=_patterns(pasts.folder, paths))
    except StoreError:
        for path in paths:  # DuckDB's message is long; ours names the file and the line
            pasts.weeks(int(Path(path).stem))
        raise


def _load_facts(session: Session, snapshots: Snapshots, paths: Collection[str]) -> None:
    session.run("store/stage_facts")
    session.append("fact", [_row(fact) for fact in snapshots.repositories()])
    session.run("store/load_facts")
    _load_lists(session, snapshots)
    session.run("store/clear_runs")
    runs = [run for path in map(Path, paths) if snapshots.is_runs(path) for run in snapshots.runs(path)]
    session.append("runs", [astuple(run) for run in runs])
    session.run("store/recover_runs")


def _load_lists(session: Session, snapshots: Snapshots) -> None:
    session.run("store/clear_lists")
    session.run("store/clear_entries")
    for each in snapshots.lists():
        session.append("lists", [_row(each)])
        session.append("entries", [(each.list, *_row(entry)) for entry in snapshots.entries(each.list)])


def _row(fact: facts.RepoFact | facts.ListFact | facts.EntryFact | Run) -> tuple[object, ...]:
    values = (getattr(fact, field.name) for field in fields(fact))
    return tuple(json.dumps(value) if isinstance(value, tuple) else value for value in values)
