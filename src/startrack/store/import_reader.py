"""Reads files of counts that other programs took: CSV in four layouts, and Parquet.

    history/2022-09-01_projects.csv     a best-of list: the day is in the name of the file
    Data/github-ranking-2019-01-02.csv  Github-Ranking: so is its day; a repository may be in several rankings
    Repository,Date,Stars               the export of star-history.com, with the times of JavaScript
    repo,date,stars[,forks,commits]     any other program, and `startrack export`; CSV or Parquet

Nothing is guessed: a cell that can be read in two ways is an error with file and line. A date without a time is 00:00
UTC. A row without stars has no count and is left out; so is one without a GitHub repository in a best-of list.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from startrack.errors import ImportFileError
from startrack.store.csv_codec import unguarded

__all__ = ["IncomingCount", "Kind", "Layout", "RowReader", "read_csv", "table_layout"]


Value = TypeVar("Value")

_FIRST_YEAR: Final = 2008  # GitHub began then
_LARGEST: Final = 2**31 - 1
_LARGEST_ID: Final = 2**63 - 1
_LONGEST_SHOWN: Final = 60

_REPO: Final = re.compile(
    r"(?:(?:https?://)?(?:www\.)?github\.com/)?([A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9_.-]+?)(?:\.git)?/?", re.IGNORECASE
)
# pandas writes whole numbers with one decimal where a column has empty cells.
_NUMBER: Final = re.compile(r"([0-9]{1,19})(\.0)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?( ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?"
)
_JAVASCRIPT: Final = re.compile(
    r"((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [0-9]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}) "
    r"GMT([+-][0-9]{4})( \([^()]*\))?"
)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_IN_NAME: Final = re.compile(r"(?<![0-9])([0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9])")


class Kind(StrEnum):
    """The layouts of files."""

    BEST_OF = "best-of"
    RANKING = "Github-Ranking"
    STAR_HISTORY = "star-history"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class IncomingCount:
    """A count in a file, on the line or row `line`; `ranking` tells apart the rankings that one file may have."""

    line: int
    repo: str
    repo_id: int | None
    taken_at: datetime
    stars: int
    forks: int | None
    commits: int | None
    source: str | None
    ranking: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file has what: the name of the column of each field, as the file spells it.

    `day` is that of the file's name where no column has a time.
    """

    kind: Kind
    columns: Mapping[str, str]
    day: date | None = None


_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "repo": ("repo", "repository"),
    "taken_at": ("date", "taken_at"),
    "stars": ("stars",),
    "forks": ("forks",),
    "commits": ("commits",),
    "repo_id": ("repo_id",),
    "source": ("source",),
}
_BEST_OF: Final = {"repo": "github_id", "stars": "star_count", "forks": "fork_count", "commits": "commit_count"}
_RANKING: Final = {"owner": "username", "repo": "repo_name", "stars": "stars", "forks": "forks", "ranking": "item"}
_STAR_HISTORY: Final = ["repository", "date", "stars"]
_NEEDED: Final = "a file of counts has the columns repo, date and stars"


def _csv_layout(header: Sequence[str], path: Path) -> Layout:
    """Return the layout of a CSV file by its header. Raises ImportFileError."""
    names = [name.strip().lower() for name in header]
    if len(names) == 1 and re.search(r"[;\t|]", names[0]):
        raise ImportFileError(f"{path}, line 1: the columns are not separated by commas; save it with commas")
    if {"github_id", "star_count"} <= set(names):
        known = {key: header[names.index(name)] for key, name in _BEST_OF.items() if name in names}
        return Layout(Kind.BEST_OF, _single(known, names, path), _day_in_name(path))
    if {"username", "repo_name", "item", "stars"} <= set(names):
        known = {key: header[names.index(name)] for key, name in _RANKING.items() if name in names}
        return Layout(Kind.RANKING, _single(known, names, path), _day_in_name(path))
    return table_layout(header, path)


def table_layout(header: Sequence[str], path: Path) -> Layout:
    """Return the layout of a file with the columns `repo`, `date` and `stars`. Raises ImportFileError."""
    names = [name.strip().lower() for name in header]
    columns: dict[str, str] = {}
    for key, spellings in _FIELDS.items():
        present = [name for name in spellings if name in names]
        if len(present) > 1:
            raise ImportFileError(f"{path}, line 1: it has both {present[0]} and {present[1]}; remove one of them")
        if present:
            columns[key] = header[names.index(present[0])]
    if missing := [key for key in ("repo", "taken_at", "stars") if key not in columns]:
        words = ", ".join("date" if key == "taken_at" else key for key in missing)
        shown = _shown(", ".join(header))
        raise ImportFileError(f"{path}: no column {words} in {shown}; {_NEEDED}")
    kind = Kind.STAR_HISTORY if names == _STAR_HISTORY else Kind.PLAIN
    return Layout(kind, _single(columns, names, path))


def _single(columns: dict[str, str], names: Sequence[str], path: Path) -> dict[str, str]:
    """Return the columns, of which none may be there twice."""
    for name in columns.values():
        if names.count(name.strip().lower()) > 1:
            raise ImportFileError(f"{path}, line 1: the column {_shown(name)} is there twice; remove one of them")
    return columns


def _day_in_name(path: Path) -> date:
    days = _DAY_IN_NAME.findall(path.name)
    if len(days) == 1:
        try:
            return date.fromisoformat(days[0])
        except ValueError:
            pass
    raise ImportFileError(f"{path}: its name does not have the day of its counts; name it like 2026-11-23_projects.csv")


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads the rows of one file from the texts of their cells; no count can be after `now`."""

    layout: Layout
    now: datetime

    def count(self, line: int, cells: Mapping[str, str]) -> IncomingCount | None:
        """Return the count of a row, `None` if it has none. Raises ValueError with what is wrong."""
        repo = cells["repo"].strip()
        if self.layout.kind == Kind.RANKING:
            repo = f"{cells['owner'].strip()}/{repo}"
        if not cells["stars"].strip() or (self.layout.kind == Kind.BEST_OF and not repo):
            return None
        return IncomingCount(
            line,
            _repo(repo),
            _optional(_identity, cells, "repo_id"),
            self._taken_at(cells.get("taken_at", "")),
            _figure("stars", cells["stars"]),
            _optional(lambda cell: _figure("forks", cell), cells, "forks"),
            _optional(lambda cell: _figure("commits", cell), cells, "commits"),
            _optional(unguarded, cells, "source"),
            cells.get("ranking", ""),
        )

    def _taken_at(self, cell: str) -> datetime:
        taken_at = datetime.combine(self.layout.day, time()) if self.layout.day else _instant(cell.strip())
        if taken_at.year < _FIRST_YEAR:
            raise ValueError(f"{taken_at:%Y-%m-%d} is before {_FIRST_YEAR}, when GitHub began")
        if taken_at > self.now:
            raise ValueError(f"{taken_at:%Y-%m-%d %H:%M} is in the future")
        return taken_at


def _optional(parse: Callable[[str], Value], cells: Mapping[str, str], name: str) -> Value | None:
    cell = cells.get(name, "").strip()
    return parse(cell) if cell else None


@lru_cache(maxsize=65536)
def _repo(cell: str) -> str:
    match = _REPO.fullmatch(cell)
    if not match:
        raise ValueError(f"{_shown(cell)} is not a repository on GitHub, like OWNER/NAME")
    return match[1]


@lru_cache(maxsize=65536)
def _number(cell: str) -> int | None:
    match = _NUMBER.fullmatch(cell)
    return int(match[1]) if match else None


def _figure(name: str, cell: str) -> int:
    number = _number(cell.strip())
    if number is None or number > _LARGEST:
        hint = "; write it without separators" if re.fullmatch(r"[0-9]{1,3}([.,' _][0-9]{3})+", cell.strip()) else ""
        raise ValueError(f"{name} {_shown(cell)} is not a whole number of 0 or more{hint}")
    return number


def _identity(cell: str) -> int:
    number = _number(cell)
    if not number or number > _LARGEST_ID:
        raise ValueError(f"repo_id {_shown(cell)} is not GitHub's number of a repository")
    return number


@lru_cache(maxsize=65536)
def _instant(cell: str) -> datetime:
    """Return an instant (naive UTC). Raises ValueError for a notation that is not certain."""
    try:
        if _DATE.fullmatch(cell):
            return datetime.combine(date.fromisoformat(cell), time())
        if _INSTANT.fullmatch(cell):
            return _utc(datetime.fromisoformat(cell.replace("UTC", "Z").replace(" Z", "Z").replace(" +", "+")))
        if match := _JAVASCRIPT.fullmatch(cell):
            return _javascript(match[1], match[2])
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{_shown(cell)} is not a day or time that exists") from error
    raise ValueError(f"{_shown(cell)} is not a date like 2026-11-23 or a time like 2026-11-23T03:17:00Z")


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant


def _javascript(text: str, offset: str) -> datetime:
    """Return a time like `Mon Sep 04 2023 08:30:04` at an offset; not by `strptime`, which follows the locale."""
    weekday, month, day, year, clock = text.split()
    number = _MONTHS.index(month) + 1
    instant = datetime.fromisoformat(f"{year}-{number:02}-{day}T{clock}")
    if _WEEKDAYS[instant.weekday()] != weekday:
        raise ValueError("the day of the week is another")
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:]))
    return instant - ahead if offset.startswith("+") else instant + ahead


def read_csv(path: Path, now: datetime) -> tuple[Layout, Iterator[IncomingCount]]:
    """Return the layout of a CSV file and its counts, in the order of the file.

    Raises ImportFileError with file and line, also while the counts are read.
    """
    lines = _lines(path)
    _, header = next(lines, (1, []))
    if not header:
        raise ImportFileError(f"{path} is empty; {_NEEDED}")
    layout = _csv_layout(header, path)
    counts = _counts(lines, header, layout, path, now)
    return layout, _last_rankings(counts, path) if layout.kind == Kind.RANKING else counts


def _counts(
    lines: Iterable[tuple[int, list[str]]], header: Sequence[str], layout: Layout, path: Path, now: datetime
) -> Iterator[IncomingCount]:
    indexes = {key: header.index(name) for key, name in layout.columns.items()}
    reader = RowReader(layout, now)
    for line, cells in lines:
        if len(cells) != len(header):
            raise ImportFileError(f"{path}, line {line}: {len(cells)} cells instead of {len(header)}; correct it")
        try:
            count = reader.count(line, {key: cells[index] for key, index in indexes.items()})
        except ValueError as error:
            raise ImportFileError(f"{path}, line {line}: {error}; correct or remove the line") from error
        if count:
            yield count


def _last_rankings(counts: Iterable[IncomingCount], path: Path) -> Iterator[IncomingCount]:
    """Yield one count of each repository: that of the last ranking, which was read minutes after the first.

    Raises ImportFileError where one ranking has a repository twice with different figures.
    """
    latest: dict[str, IncomingCount] = {}
    for count in counts:
        before = latest.get(count.repo.lower())
        if before and before.ranking == count.ranking and before.stars != count.stars:
            raise ImportFileError(
                f"{path}, line {count.line}: {count.repo} has {count.stars:,} stars here and {before.stars:,} "
                f"on line {before.line}"
            )
        latest[count.repo.lower()] = count
    yield from latest.values()


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row that is not empty, with the number of its first line. Raises ImportFileError."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(_without_nul(file, path), path)
    except UnicodeDecodeError as error:
        raise ImportFileError(f"{path}, line {_undecodable_line(path)}: it is not UTF-8; save it as UTF-8") from error
    except OSError as error:
        raise ImportFileError(f"cannot read {path}: {error.strerror}; check the path and its permissions") from error


def _rows(lines: Iterable[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ImportFileError(f"{path}, line {line}: {error}; correct its quotes") from error
        if cells:
            yield line, cells


def _without_nul(lines: Iterable[str], path: Path) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if "\0" in line:
            raise ImportFileError(f"{path}, line {number}: it has a NUL byte; save it as UTF-8")
        yield line


def _undecodable_line(path: Path) -> int:
    """Return the number of the first line that is not UTF-8."""
    number = 0
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):  # noqa: B007 - the last one, if it is cut off
        try:
            line.decode()
        except UnicodeDecodeError:
            break
    return number


def _shown(text: str) -> str:
    """Return the start of untrusted text with control characters escaped."""
    return ascii(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
