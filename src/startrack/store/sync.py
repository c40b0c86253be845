"""Loads changed files of the snapshots folder into the database.

Runs, reports after a `git pull` and the rebuild of a deleted database all load files here, so a rebuilt database gives
the same answers.

Files are read into temporary tables before the transaction that changes other tables: a failed statement would abort
it. A file that DuckDB cannot read is read again line by line, to report the line.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from startrack import files
from startrack.errors import StoreError
from startrack.model.history import Series
from startrack.store import day_files as store_day_files
from startrack.store import history_archive, history_files, import_files, month_files
from startrack.store.csv_codec import Codec, Folder
from startrack.store.database import Rows, Session
from startrack.store.history_files import HistoryIndexRow
from startrack.store.snapshots import HistoryDrafts, Snapshots

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = [
    "Stamp",
    "changed_files",
    "stage_weeks",
    "stamp",
    "sync",
    "write_and_load",
    "write_and_load_histories",
]


Stamp = tuple[int, int]
Stamps = Mapping[Path, Stamp]
_Rows = tuple[tuple[str, ...], list[tuple[object, ...]]]

_UNREADABLE: Final = (-1, -1)
_PARTS: Final = 8
_TABLES: Final = {Series.STARS: "star_days", Series.COMMITS: "commit_days"}


@dataclass(frozen=True, slots=True)
class _Histories:
    """Rows of an index, and the ids of the repositories whose weeks are staged."""

    index: Sequence[HistoryIndexRow]
    week_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Staged:
    """Rows that were read from changed files and are not yet in the tables.

    Rows of day files, month files (`counts`), imports and weeks are in temporary tables; `rows` has those of other
    tables.
    """

    counts: Sequence[Path]
    has_imports: bool
    rows: Mapping[str, _Rows]
    histories: Mapping[Series, _Histories]


def sync(session: Session, snapshots: Snapshots) -> int:
    """Load the files that were added or changed, and return their number.

    Raises DayFileError or StoreError with the file that cannot be read; the database is unchanged then.
    """
    with _load_changes(session, snapshots) as count:
        return count


def write_and_load(session: Session, snapshots: Snapshots, contents: Mapping[Path, bytes]) -> None:
    """Write files of the folder, by absolute path, and load them: from their drafts, before any file is replaced.

    Raises StoreError where a draft cannot be read back, and WriteError; files and database are unchanged then.
    """
    with ExitStack() as transaction:

        def check(drafts: Mapping[Path, Path]) -> None:
            transaction.enter_context(_load_changes(session, _with_drafts(snapshots, drafts)))

        files.write(contents, below=snapshots.folder, durable=True, check=check)


def write_and_load_histories(session: Session, snapshots: Snapshots, drafts: HistoryDrafts) -> None:
    """Write and load history files like `write_and_load`, but do not check other files. Raises the same errors."""
    names = [path.relative_to(snapshots.folder).as_posix() for path in drafts.contents]
    loaded = _stamps(session.rows("store/stamps", paths=names))
    # Another process, for example `git pull`, has changed the files since they were loaded.
    if any(loaded.get(Path(name), _UNREADABLE) != stamp(snapshots.folder / name) for name in names):
        sync(session, snapshots)
    with ExitStack() as transaction:

        def check(draft_paths: Mapping[Path, Path]) -> None:
            with_drafts = _with_drafts(snapshots, draft_paths)
            staged = _stage_histories(session, with_drafts, drafts)
            transaction.enter_context(session.transaction())
            for series, histories in staged.items():
                _load_histories(session, series, histories)
            session.run("store/forget_files", paths=names)
            session.append("files", [(name, *stamp(with_drafts.files.place(Path(name)))) for name in names])

        files.write(drafts.contents, below=snapshots.folder, durable=True, check=check)


def _with_drafts(snapshots: Snapshots, drafts: Mapping[Path, Path]) -> Snapshots:
    """Return the snapshots folder with drafts that are read instead of its files."""
    return replace(snapshots, drafted={path.relative_to(snapshots.folder): draft for path, draft in drafts.items()})


@contextmanager
def _load_changes(session: Session, snapshots: Snapshots) -> Iterator[int]:
    """Load the files that were added or changed, and commit when the block ends. Yields their number."""
    stamps, loaded = _file_stamps(snapshots), _loaded_stamps(session)
    changed = [path for path, file_stamp in stamps.items() if loaded.get(path) != file_stamp]
    removed = loaded.keys() - stamps.keys()
    if not changed and not removed:
        yield 0
        return
    newest = max(_count_files(loaded), key=_order, default=None)
    again = newest if newest in changed else None
    is_rebuild = bool(removed) or _is_rebuild_due(session, snapshots, changed, newest)
    staged = None if is_rebuild else _stage(session, snapshots, changed, stamps)
    if staged is None or (staged.counts and not _follow_loaded(session, again)):
        is_rebuild, changed = True, list(stamps)
        staged = _stage(session, snapshots, changed, stamps)
    with session.transaction():
        if is_rebuild:
            session.run("store/clear")
        elif again is not None:
            _take_back(session, again)
        _load(session, staged)
        session.run("store/clear_files")
        session.append("files", [(path.as_posix(), *file_stamp) for path, file_stamp in stamps.items()])
        yield len(changed)


def changed_files(session: Session, snapshots: Snapshots) -> list[Path]:
    """Return the files, relative to the folder, that were added, changed or removed since the last load."""
    differing = _file_stamps(snapshots).items() ^ _loaded_stamps(session).items()
    return sorted({path for path, _ in differing})


def _file_stamps(snapshots: Snapshots) -> dict[Path, Stamp]:
    return {path: stamp(snapshots.files.place(path)) for path in snapshots.paths()}


def _loaded_stamps(session: Session) -> dict[Path, Stamp]:
    return _stamps(session.rows("store/files"))


def _stamps(rows: Rows) -> dict[Path, Stamp]:
    return {Path(path): (size, modified) for path, size, modified in rows.columns("path", "size", "modified")}


def stamp(path: Path) -> Stamp:
    """Return the size of a file and its modification time in nanoseconds since 1970; they detect changes."""
    try:
        status = path.stat()
    except OSError:  # reading it will report why, for example a broken link
        return _UNREADABLE
    return status.st_size, status.st_mtime_ns


def _count_files(paths: Iterable[Path]) -> list[Path]:
    """Return the day files and month files."""
    return [path for path in paths if store_day_files.is_day_file(path) or month_files.is_month_file(path)]


def _order(path: Path) -> str:
    """Return a key that sorts day files by period, and a month file after the day files of its month."""
    return f"{path.stem}~" if month_files.is_month_file(path) else path.stem


def _is_rebuild_due(session: Session, snapshots: Snapshots, changed: Sequence[Path], newest: Path | None) -> bool:
    """Return whether the tables must be rebuilt because of what changed; `newest` is the newest loaded file of counts.

    A change of an older day file has effects on later days. The newest one can be taken back, if it was loaded after
    all others. A month file may have the periods of any loaded file, an archive the weeks of any repository, an import
    the counts of any day. Raises StoreError.
    """
    counts = _count_files(changed) if newest else []
    is_archive = any(map(history_archive.series_of, changed))
    is_import = any(map(import_files.is_import, changed))
    is_late = newest is not None and any(_order(path) < _order(newest) for path in counts)
    is_stuck = newest in changed and not session.value("store/has_before")
    return (
        is_late
        or is_stuck
        or is_archive
        or is_import
        or any(map(month_files.is_month_file, counts))
        or _has_lost_rows(session, snapshots, changed)
    )


def _follow_loaded(session: Session, again: Path | None) -> bool:
    """Return whether all staged counts are later than the loaded ones, except those of a file that is taken back."""
    return bool(session.value("store/follows", path=again.as_posix() if again else ""))


def _take_back(session: Session, path: Path) -> None:
    """Restore the tables as they were before the newest day file was loaded."""
    since = session.value("store/first_take", path=path.as_posix())
    for name in ("names", "last_seen", "seen", "counts", "missing", "takes"):
        session.run(f"store/take_back_{name}", since=since)
    for name in ("repos", "texts"):
        session.run(f"store/take_back_{name}")


def _has_lost_rows(session: Session, snapshots: Snapshots, changed: Collection[Path]) -> bool:
    """Return whether an index has lost rows: the days of these repositories must be deleted. Raises StoreError."""
    for series in Series:
        if (history := snapshots.pasts(series)).index_path in changed:
            index_ids = {fact.repo_id for fact in history.index().rows}
            if not _indexed(session, series) <= index_ids:
                return True
    return False


def _indexed(session: Session, series: Series) -> set[int]:
    """Return the ids of the repositories that the index of a series had when it was last loaded."""
    return set(session.rows("store/past_ids", series=series.value).column("repo_id"))


def _stage(session: Session, snapshots: Snapshots, changed: Sequence[Path], existing: Collection[Path]) -> _Staged:
    """Read files into temporary tables and rows. Raises DayFileError or StoreError with file and line."""
    counts, imports = _count_files(changed), list(filter(import_files.is_import, changed))
    if counts or imports:
        _stage_counts(session, snapshots.files, counts)
    if imports:
        import_files.stage(session, snapshots.files, imports)
    is_history = {path: _is_history_file(snapshots, path) for path in changed}
    rows = _rows(snapshots, existing) if not all(is_history.values()) else {}
    session.run("store/stage_weeks")
    histories = {}
    for series in Series:
        history = snapshots.pasts(series)
        paths = [path for path in changed if history.owns(path) or history_archive.series_of(path) is series]
        if paths:
            index = history.index().rows
            # Weeks that were not loaded because a back-fill was killed before it wrote the index.
            new_ids = {fact.repo_id for fact in index} - _indexed(session, series)
            late = {path for path in map(history.weeks_path, new_ids) if path in existing}
            weeks = sorted({*filter(history.is_weeks, paths), *late})
            archived = None if history_archive.path_of(series) in changed else {*_ids(weeks), *new_ids}
            stage_weeks(session, snapshots.files, series, weeks, archived)
            histories[series] = _Histories(index, list({*_ids(weeks), *(archived or ())}))
    return _Staged(counts, bool(imports), rows, histories)


def _stage_histories(session: Session, snapshots: Snapshots, drafts: HistoryDrafts) -> dict[Series, _Histories]:
    """Read the weeks of some repositories, and return their rows of the indexes."""
    session.run("store/stage_weeks")
    histories = {}
    for series, index in drafts.indexes.items():
        ids = sorted(repo_id for changed, repo_id in drafts.repositories if changed is series)
        paths = map(snapshots.pasts(series).weeks_path, ids)
        weeks = [path for path in paths if snapshots.folder / path in drafts.contents]
        stage_weeks(session, snapshots.files, series, weeks, _ids(weeks))
        histories[series] = _Histories([fact for fact in index.rows if fact.repo_id in set(ids)], _ids(weeks))
    return histories


def _ids(weeks: Iterable[Path]) -> list[int]:
    """Return the ids of the repositories that some files of weeks belong to."""
    return [int(path.stem) for path in weeks]


def _is_history_file(snapshots: Snapshots, path: Path) -> bool:
    return history_archive.series_of(path) is not None or any(snapshots.pasts(series).owns(path) for series in Series)


def _stage_counts(session: Session, folder: Folder, paths: Sequence[Path]) -> None:
    """Read day files and month files; the rows of a month file get the path that the day file of their period has."""
    session.run("store/stage_days")
    months = [path for path in paths if month_files.is_month_file(path)]
    for path in months:
        month_files.MonthFile(session, folder, path).stage()
    staged = set[str](session.rows("store/staged_paths").column("path") if months else ())
    if any(_unsound_days(session, staged)):
        for path in months:
            _check_month(folder, path)
    twice = [path for path in paths if path.as_posix() in staged]
    others = set(paths) - set(twice) - set(months)
    _stage_days(session, folder, sorted(others))
    for path in twice:
        with month_files.opened(folder, month_files.path_of(path)) as month:
            joined = store_day_files.join(month.day(path), folder.table(store_day_files.DAYS, path))
        session.run("store/unstage_day", path=path.as_posix())
        _append_day(session, path, joined.rows)


def _check_month(folder: Folder, path: Path) -> None:
    """Raise DayFileError for the first row of a month file that cannot be read."""
    with month_files.opened(folder, path) as month:
        for error in month.faults():
            raise error


def _stage_days(session: Session, folder: Folder, paths: Sequence[Path]) -> None:
    for group in _groups(folder, store_day_files.DAYS, paths):
        names = [path.as_posix() for path in group.files]
        try:
            session.run("store/read_days", **group.source, names=names, is_ours=group.are_ours)
        except StoreError:
            # DuckDB's message is long and does not always name the line, so the file is read again line by line.
            for path in group.files:
                _append_day(session, path, folder.table(store_day_files.DAYS, path).rows)
    for name in _unsound_days(session, (path.as_posix() for path in paths)):
        folder.table(store_day_files.DAYS, Path(name))


def _unsound_days(session: Session, paths: Iterable[str]) -> Iterator[str]:
    """Yield the staged day files that must be read line by line. A few files at a time need less memory than all."""
    names = sorted(paths)
    size = -(-len(names) // _PARTS) or 1
    for start in range(0, len(names), size):
        part = names[start : start + size]
        yield from session.rows("store/unsound_days", first=part[0], last=part[-1]).column("path")


def _append_day(session: Session, path: Path, rows: Sequence[store_day_files.DayRow]) -> None:
    columns, lines = _values(rows, path=path.as_posix(), sound=True)
    session.append("day", lines, columns)


def stage_weeks(
    session: Session, folder: Folder, series: Series, paths: Sequence[Path], archived: Collection[int] | None
) -> None:
    """Read files of weeks, and the other weeks that the archive has of some repositories, or of all."""
    for group in _groups(folder, history_files.WEEKS, paths):
        ids = _ids(group.files)
        try:
            session.run("store/read_weeks", **group.source, series=series.value, ids=ids, is_ours=group.are_ours)
        except StoreError:
            for path in group.files:
                lines = folder.table(history_files.WEEKS, path).rows
                names, values = _values(lines, series=series.value, repo_id=int(path.stem), sound=True)
                session.append("week", values, names)
    for name, repo_id in session.rows("store/unsound_weeks").columns("series", "repo_id"):
        folder.table(history_files.WEEKS, Path(name, f"{repo_id}.csv"))
    history_archive.HistoryArchive(session, folder, series).stage(archived)


@dataclass(frozen=True, slots=True)
class _Group:
    """Files that one statement reads; `source` has its parameters: their paths and columns.

    Files that `are_ours` are drafts that were just written, so their cells need no check.
    """

    files: Sequence[Path]
    source: Mapping[str, object]
    are_ours: bool


def _groups(folder: Folder, codec: Codec[Any], paths: Iterable[Path]) -> list[_Group]:
    """Return files in groups that one statement can read. Raises StoreError for an invalid header."""
    groups: dict[tuple[tuple[str, ...], bool], list[Path]] = {}
    for path in paths:
        groups.setdefault((folder.header(codec, path), path in folder.drafts), []).append(path)
    return [_group(folder, codec, columns, files, are_ours) for (columns, are_ours), files in groups.items()]


def _group(folder: Folder, codec: Codec[Any], columns: Iterable[str], files: Sequence[Path], are_ours: bool) -> _Group:  # noqa: FBT001 - as in the value
    known_columns = codec.columns if are_ours else {}
    types = {name: known_columns[name].sql if name in known_columns else "varchar" for name in columns}
    return _Group(files, {"paths": folder.patterns(files), "columns": types}, are_ours)


def _rows(snapshots: Snapshots, paths: Iterable[Path]) -> dict[str, _Rows]:
    """Return the rows of the tables that are replaced as a whole."""
    lists = snapshots.lists().rows
    entries = [_values(rows, list=fact.list) for fact in lists if (rows := snapshots.entries(fact.list).rows)]
    runs = [run for path in paths if snapshots.is_runs(path) for run in snapshots.runs(path).rows]
    return {
        "fact": _values(snapshots.repositories().rows),
        "lists": _values(lists),
        "entries": (entries[0][0] if entries else (), [row for _, rows in entries for row in rows]),
        "runs": _values(runs),
    }


def _values(values: "Sequence[DataclassInstance]", **constants: object) -> _Rows:
    """Return the column names, and a row for each value; `more` are constant columns."""
    names = [column.name for column in fields(values[0])] if values else []
    rows = [(*constants.values(), *(_cell(getattr(value, name)) for name in names)) for value in values]
    return (*constants, *names), rows


def _cell(value: object) -> object:
    return json.dumps(value) if isinstance(value, tuple) else value


def _load(session: Session, staged: _Staged) -> None:
    if staged.has_imports:
        session.run("store/load_imports")
    if staged.counts:
        _load_days_and_keep(session, staged.counts, has_others=staged.has_imports or len(staged.counts) > 1)
    elif staged.has_imports:
        _load_days(session)
    if staged.rows:
        _load_rows(session, staged.rows)
    for series, histories in staged.histories.items():
        session.run("store/clear_pasts", series=series.value)
        _load_histories(session, series, histories)


def _load_days_and_keep(session: Session, paths: Sequence[Path], *, has_others: bool) -> None:
    """Load the staged days; a day file that is the newest file of counts comes last, so that it can be taken back.

    `has_others` says that counts of other files are staged too.
    """
    session.run("store/forget_before")
    newest = max(paths, key=_order)
    if month_files.is_month_file(newest):
        _load_days(session)
        return
    if has_others:
        session.run("store/stage_newest_day", path=newest.as_posix())
        session.run("store/unstage_newest_day")
        _load_days(session)
        session.run("store/restage_newest_day")
    session.run("store/keep_before")
    _load_days(session)


def _load_days(session: Session) -> None:
    # Names go first: `repos` still has the previous name of each repository.
    for step in ("extend", "stage", "forget", "load"):
        session.run(f"store/{step}_names")
    for name in ("counts", "missing", "takes", "repos", "seen"):
        session.run(f"store/load_{name}")


def _load_rows(session: Session, rows: Mapping[str, _Rows]) -> None:
    session.run("store/stage_facts")
    for name in ("lists", "entries", "runs"):
        session.run(f"store/clear_{name}")
    for name, (columns, values) in rows.items():
        session.append(name, values, columns)
    session.run("store/load_facts")
    session.run("store/recover_runs")


def _load_histories(session: Session, series: Series, histories: _Histories) -> None:
    """Load rows of an index, then the weeks of its repositories."""
    table, ids = _TABLES[series], [fact.repo_id for fact in histories.index]
    columns, rows = _values(histories.index, series=series.value)
    session.run("store/forget_pasts", series=series.value, ids=ids)
    session.append("pasts", rows, columns)
    session.run(f"store/forget_{table}", ids=histories.week_ids)
    session.run(f"store/load_{table}")
    session.run(f"store/age_{table}", ids=ids)
