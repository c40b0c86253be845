"""Merges two versions of the snapshots folder after two runs at the same time; no count of either is lost.

A file that only one version has changed is taken from that version. Where both have changed a file, its rows are merged
by key; of a row that both have changed the later one wins: the later count, read of a list, or fetch. Month files that
both have changed are merged period by period. Of a file of imported counts that both have changed ours is taken.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from startrack.model.history import Series
from startrack.model.repository import name_key
from startrack.model.runs import Run
from startrack.store import day_files, history_archive, history_files, import_files, metadata_files, month_files
from startrack.store.csv_codec import Codec
from startrack.store.database import in_memory
from startrack.store.snapshots import Snapshots

__all__ = ["merge"]

Row = TypeVar("Row")
Choice: TypeAlias = Callable[[Row | None, Row, Row], Row]
"""Makes one row from the rows of the common base, of our version and of their version."""


def merge(base: Snapshots, ours: Snapshots, theirs: Snapshots, paths: Iterable[Path]) -> dict[Path, bytes]:
    """Return the merged contents of the files that our version has changed, by paths relative to the folder.

    `base` is the common base. Files of weeks come before their index.
    Raises StoreError with file and line where a version of a file cannot be read.
    """
    merger = _Merger(base, ours, theirs, {})
    indexes = {ours.pasts(series).index_path for series in Series}
    for path in sorted(paths, key=lambda path: (path in indexes, path)):
        merger.merge(path)
    return merger.merged


@dataclass(frozen=True, slots=True)
class _Merger:
    base: Snapshots
    ours: Snapshots
    theirs: Snapshots
    merged: dict[Path, bytes]

    def merge(self, path: Path) -> None:
        """Merge one file."""
        before, mine, other = (version.files.data(path) for version in (self.base, self.ours, self.theirs))
        if mine is None or mine == other:
            return
        if other in (None, before):
            self.merged[path] = mine
        elif month_files.is_month_file(path):
            self.merged[path] = self._joined_month(path)
        elif import_files.is_import(path):  # an import is whole: the other one stays in the history of git
            self.merged[path] = mine
        elif series := history_archive.series_of(path):
            self.merged[path] = self._joined_archive(series)
        elif codec := self.ours.codec(path):  # other files than tables are left as they are
            self.merged[path] = self._joined(path, codec)

    def _joined(self, path: Path, codec: Codec[Any]) -> bytes:
        """Return the rows of both versions, with the columns of both."""
        mine, other = (version.files.table(codec, path) for version in (self.ours, self.theirs))
        if codec is day_files.DAYS:
            joined = day_files.join(other, mine)
            return day_files.render(joined.rows, joined)
        columns = codec.with_columns(dict.fromkeys((*other.columns, *mine.columns)), other, mine)
        if codec is metadata_files.ENTRIES:
            return codec.render(self._entries(path), columns)
        return codec.render(self._rows(path, codec, self._choice(path, codec)), columns)

    def _joined_month(self, path: Path) -> bytes:
        """Return the month file of both versions."""
        with month_files.opened(self.ours.files, path) as mine, month_files.opened(self.theirs.files, path) as other:
            ours, theirs = set(mine.periods()), set(other.periods())
            days = (
                (day, day_files.join(*(month.day(day) for month, own in ((other, theirs), (mine, ours)) if day in own)))
                for day in sorted(ours | theirs)
            )
            return month_files.render(days, dict.fromkeys((*other.columns(), *mine.columns())))

    def _joined_archive(self, series: Series) -> bytes:
        """Return the archive of both versions; a week that differs is as in the version that was fetched later."""
        fetched = [
            {fact.repo_id: fact.fetched_at for fact in version.pasts(series).index().rows}
            for version in (self.ours, self.theirs)
        ]
        newer_ids = [repo_id for repo_id, at in fetched[0].items() if at >= fetched[1].get(repo_id, datetime.min)]
        with in_memory() as session:
            mine, other = (
                history_archive.HistoryArchive(session, version.files, series) for version in (self.ours, self.theirs)
            )
            session.run("store/stage_weeks")
            mine.stage(newer_ids)
            other.stage()
            mine.stage()
            return history_archive.render(session, series)

    def _rows(self, path: Path, codec: Codec[Row], choose: Choice[Row]) -> list[Row]:
        """Return the merged rows; a row that only one version has changed, added or removed is as in that version."""
        before, mine, other = (
            {codec.key(row): row for row in version.files.table(codec, path).rows}
            for version in (self.base, self.ours, self.theirs)
        )
        rows: dict[Any, Row] = {}
        for key in {**other, **mine}:
            one, two, was = mine.get(key), other.get(key), before.get(key)
            if one is not None and two is not None:
                rows[key] = two if one == was else one if two in (was, one) else choose(was, one, two)
            elif (only := one if two is None else two) is not None and only != was:
                rows[key] = only
        return [rows[key] for key in sorted(rows)]

    def _choice(self, path: Path, codec: Codec[Any]) -> Choice[Any]:
        """Return how a row is chosen that both versions have changed."""
        if codec is history_files.INDEX:
            return lambda _before, mine, other: self._fetched(Series(path.stem), mine, other)
        if codec is history_files.WEEKS:
            is_newer = self._fetched_at(self.ours, path) >= self._fetched_at(self.theirs, path)
            return lambda _before, mine, other: mine if is_newer else other
        return _fact if codec is metadata_files.REPOSITORIES else _listed if codec is metadata_files.LISTS else _run

    def _entries(self, path: Path) -> list[metadata_files.EntryRow]:
        """Return the entries of a list by its later read; entries that it does not have are removed."""
        later = max(self.ours, self.theirs, key=lambda version: self._read_at(version, path.stem))

        def choose(
            _before: metadata_files.EntryRow | None, mine: metadata_files.EntryRow, other: metadata_files.EntryRow
        ) -> metadata_files.EntryRow:
            return _entry(mine, other) if later is self.ours else _entry(other, mine)

        known = later.entries(path.stem).rows
        keys, day = {metadata_files.ENTRIES.key(fact) for fact in known}, self._read_at(later, path.stem).date()
        staying = {name_key(fact.repo) for fact in known if fact.removed_on is None}
        first: dict[str, metadata_files.EntryRow] = {}
        rows = []
        for row in self._rows(path, metadata_files.ENTRIES, choose):
            if row.removed_on or metadata_files.ENTRIES.key(row) in keys:
                rows.append(row)
            elif name_key(row.repo) in staying:  # one entry that the two saw first on different days
                first[name_key(row.repo)] = row
            else:
                rows.append(replace(row, removed_on=day))
        return metadata_files.sort_entries(
            _entry(row, first[name]) if row.removed_on is None and (name := name_key(row.repo)) in first else row
            for row in rows
        )

    def _read_at(self, version: Snapshots, name: str) -> datetime:
        return next((fact.read_at for fact in version.lists().rows if fact.list == name), datetime.min)

    def _fetched(
        self, series: Series, mine: history_files.HistoryIndexRow, other: history_files.HistoryIndexRow
    ) -> history_files.HistoryIndexRow:
        """Return the later fetch of a repository, with the number of weeks of both versions."""
        newer = mine if mine.fetched_at >= other.fetched_at else other
        path = self.ours.pasts(series).weeks_path(mine.repo_id)
        weeks = history_files.WEEKS.parse(self.merged.get(path) or self.theirs.files.data(path), path).rows
        # Older weeks may be in the archive.
        return replace(newer, weeks=max(newer.weeks, len(weeks)), complete=mine.complete or other.complete)

    def _fetched_at(self, version: Snapshots, path: Path) -> datetime:
        index = version.pasts(Series(path.parent.name)).index().rows
        return next((fact.fetched_at for fact in index if str(fact.repo_id) == path.stem), datetime.min)


def _fact(
    before: metadata_files.RepositoryRow | None, mine: metadata_files.RepositoryRow, other: metadata_files.RepositoryRow
) -> metadata_files.RepositoryRow:
    """Return a repository's row with each cell from the version that changed it; ours where both did."""
    names = [field.name for field in fields(metadata_files.RepositoryRow)]
    theirs = [name for name in names if before is not None and getattr(mine, name) == getattr(before, name)]
    return replace(mine, **{name: getattr(other, name) for name in theirs})


def _listed(
    _before: metadata_files.ListRow | None, mine: metadata_files.ListRow, other: metadata_files.ListRow
) -> metadata_files.ListRow:
    """Return the later read of a list."""
    return max(mine, other, key=lambda fact: fact.read_at)


def _run(_before: Run | None, mine: Run, other: Run) -> Run:
    """Return the one of two runs of the same second that counted more."""
    return max(mine, other, key=lambda run: run.counted)


def _entry(later: metadata_files.EntryRow, earlier: metadata_files.EntryRow) -> metadata_files.EntryRow:
    """Return an entry by the later read, with the earlier of the two listing days."""
    return replace(
        later,
        added_on=min(later.added_on, earlier.added_on),
        listed_on=later.listed_on or earlier.listed_on,
        repo_id=later.repo_id or earlier.repo_id,
    )
