"""Day files: the observations of one day (or hour), one row per repository. Everything else is built from them.

Plain CSV, sorted by name. Of the head commit only eight hex digits and the date are stored: enough to notice a new
commit. Together with the order of the columns this keeps a packed git repository below fifteen bytes per project and
day.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final, Literal

from startrack.errors import DayFileError
from startrack.model.repository import Counted, Missing, Observation, name_key
from startrack.store.csv_codec import Codec, Table

__all__ = [
    "DAYS",
    "DayRow",
    "Every",
    "build_rows",
    "day_of",
    "is_day_file",
    "join",
    "merge",
    "path_of",
    "render",
    "short_oid",
]


Every = Literal["day", "hour"]

_NAME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2})?")
# The same years as for --taken-at; GitHub began in 2008.
_YEARS = range(2008, 3000)


@dataclass(frozen=True, slots=True)
class DayRow:
    """The row of one repository. Unknown figures are empty; without a count all are, and `missing` is the reason."""

    repo_id: int | None
    name: str
    taken_at: datetime
    stars: int | None = None
    forks: int | None = None
    commits: int | None = None
    open_issues: int | None = None
    open_prs: int | None = None
    watchers: int | None = None
    head: str | None = None
    committed_on: date | None = None
    missing: str | None = None


def path_of(taken_at: datetime, every: Every) -> Path:
    """Return the path of the file for a period below the snapshots folder: `2026/2026-11-23.csv`."""
    stem = taken_at.strftime("%Y-%m-%d" if every == "day" else "%Y-%m-%dT%H")
    return Path(stem[:4]) / f"{stem}.csv"


def is_day_file(path: Path) -> bool:
    """Return whether a path below the snapshots folder is a day file, by its name and its folder."""
    # The entries of a list that is named like a day have such a file name too.
    return path.suffix == ".csv" and _NAME.fullmatch(path.stem) is not None and path.parent.name == path.stem[:4]


def day_of(path: Path) -> date | None:
    """Return the day of a day file, `None` for other files."""
    try:
        return date.fromisoformat(path.stem[:10]) if is_day_file(path) else None
    except ValueError:  # a name like 2026-02-30
        return None


def short_oid(oid: str | None) -> str | None:
    """Return the first eight hex digits of a commit id."""
    return oid[:8] if oid else None


def build_rows(observations: Iterable[Observation], taken_at: datetime) -> list[DayRow]:
    """Return the observations of a run as rows; two names of one repository become one row."""
    return merge((), (_row(observation, observation.taken_at or taken_at) for observation in observations))


def _row(observation: Observation, taken_at: datetime) -> DayRow:
    if isinstance(observation, Missing):
        return DayRow(
            repo_id=observation.repo_id, name=observation.asked, taken_at=taken_at, missing=observation.reason.value
        )
    return _counted(observation, taken_at)


def _counted(counted: Counted, taken_at: datetime) -> DayRow:
    repository, details = counted.repository, counted.details
    return DayRow(
        repo_id=repository.repo_id,
        name=repository.name,
        taken_at=taken_at,
        stars=counted.stars,
        forks=counted.forks,
        commits=counted.commits,
        open_issues=details.open_issues if details else None,
        open_prs=details.open_prs if details else None,
        watchers=details.watchers if details else None,
        head=short_oid(repository.head_oid),
        committed_on=repository.head_committed_on,
    )


def merge(earlier: Iterable[DayRow], later: Iterable[DayRow]) -> list[DayRow]:
    """Return one row per repository: the later count, or the earlier one if the later run has no count."""
    merged = {_key(row): row for row in earlier}
    keys = {name_key(row.name): key for key, row in merged.items()}
    for row in later:
        key = _key(row)
        if key not in merged:
            key = _unidentified(row, merged, keys.get(name_key(row.name))) or key
        before = merged.pop(key, None)
        after = _better(before, row) if before else row
        merged[_key(after)] = after
    return list(merged.values())


def join(*versions: Table[DayRow]) -> Table[DayRow]:
    """Return the merged rows of versions of one period, with all columns; of a cell that differs the last one wins."""
    rows: list[DayRow] = []
    for version in versions:
        rows = merge(rows, version.rows) if rows else list(version.rows)
    columns = DAYS.with_columns(dict.fromkeys(name for version in versions for name in version.columns), *versions)
    return replace(columns, rows=tuple(rows))


def _unidentified(row: DayRow, merged: dict[int | str, DayRow], key: int | str | None) -> int | str | None:
    """Return the key of the earlier row with the same name, where one of the two has no repository id."""
    if key is None or key not in merged:
        return None
    return key if row.repo_id is None or merged[key].repo_id is None else None


def _better(before: DayRow, row: DayRow) -> DayRow:
    if row.taken_at < before.taken_at:  # a run with --taken-at
        before, row = row, before
    if row.missing is not None:
        return before if before.missing is None else row
    names = ["open_issues", "open_prs", "watchers"]
    if before.head == row.head:  # with another head the total differs
        names.append("commits")
    return replace(row, **{name: getattr(before, name) for name in names if getattr(row, name) is None})


def _key(row: DayRow) -> int | str:
    return name_key(row.name) if row.repo_id is None else row.repo_id


def _check(row: DayRow) -> None:
    """Raise ValueError for an invalid row."""
    if not row.missing and (row.repo_id is None or row.stars is None or row.forks is None):
        raise ValueError("repo_id, stars or forks of a counted repository is empty")
    if row.taken_at.year not in _YEARS:
        raise ValueError(f"taken_at {row.taken_at} is not between 2008 and 2999")


DAYS: Final = Codec(DayRow, key=_key, check=_check, guarded=False, error=DayFileError)


def render(rows: Iterable[DayRow], before: Table[DayRow] | None = None) -> bytes:
    """Return the bytes of a day file; unknown columns are copied from the contents `before`."""
    return DAYS.render(sorted(rows, key=lambda row: (name_key(row.name), row.repo_id or 0)), before)
