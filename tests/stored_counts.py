"""The counts that a snapshots folder has, in day files and in months that were rolled up."""

from pathlib import Path

from startrack.store import day_files, month_files
from startrack.store.day_files import DayRow
from startrack.store.snapshots import Snapshots

Counts = dict[tuple[str, int | None], int | None]
"""Stars by day and number of a project."""


def read(folder: Path) -> Counts:
    """Return the stars by day and number of a project."""
    snapshots, found = Snapshots(folder), list[tuple[Path, DayRow]]()
    for path in snapshots.paths():
        if day_files.is_day_file(path):
            found += [(path, row) for row in snapshots.day(path).rows]
        elif month_files.is_month_file(path):
            with month_files.opened(snapshots.files, path) as month:
                found += [(day, row) for day in month.periods() for row in month.day(day).rows]
    found.sort(key=lambda pair: pair[1].taken_at)
    return {(path.stem, row.repo_id): row.stars for path, row in found}
