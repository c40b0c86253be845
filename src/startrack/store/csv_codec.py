"""Reads and writes the CSV files of the snapshots folder by column name; no cell is a formula for a spreadsheet."""

import csv
import errno
import glob
import io
import json
import re
import stat
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Annotated, Any, BinaryIO, Generic, TypeVar, get_args, get_origin, get_type_hints

from pydantic import Field as Bounds
from pydantic import TypeAdapter, ValidationError

from startrack.errors import StoreError

__all__ = ["FORMAT", "Codec", "Folder", "Table", "guarded", "restoring", "unguarded", "write"]


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def guarded(text: str) -> str:
    """Return a text with an apostrophe before it where a spreadsheet would read it as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def restoring(path: Path) -> str:
    """Return how to restore a file from git, for messages.

    The command begins in the folder of the file: the snapshots folder may be a working copy of its own.
    """
    return f"restore it with `git -C {path.parent} checkout -- {path.name}`"


def unguarded(cell: str) -> str:
    """Return the text of a guarded cell."""
    return cell.removeprefix("'")


def write(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return CSV with a header; every text is guarded and `None` is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()


FORMAT = 1
"""The newest version of the file format that this version can read."""

Row = TypeVar("Row")

_FORMAT = re.compile(r"format_([0-9]{1,9})")
# After a conflict marker git writes a space and a name, or nothing.
_CONFLICT = re.compile(r"(<{7}|\|{7}|={7}|>{7})( |$)")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Python's CSV reader refuses cells of more than 131,072 characters; longer texts are truncated to this.
_LONGEST_TEXT = 20_000
_LONGEST_SHOWN = 40

# The accepted notations. pydantic alone would also accept ` 5`, `1_000`, `on` and seconds since 1970.
_SHAPES: Mapping[type, re.Pattern[str]] = {
    bool: re.compile(r"true|false"),
    int: re.compile(r"[0-9]{1,19}"),
    float: re.compile(r"[0-9]{1,15}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?"),
    date: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    datetime: re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?"),
}
_SIGNED = re.compile(r"-?[0-9]{1,19}")
_ANY = re.compile(r".*", re.DOTALL)
_SQL: Mapping[type, str] = {
    bool: "boolean",
    int: "integer",
    float: "double",
    date: "date",
    datetime: "timestamp",
}
_Integer = Annotated[int, Bounds(ge=-(2**31), lt=2**31)]
_Bigint = Annotated[int, Bounds(lt=2**63)]
_BOUNDED: Mapping[str, object] = {"integer": _Integer, "bigint": _Bigint}
_MEANINGS: Mapping[type, str] = {
    bool: "is not true or false",
    int: "is not a whole number of 0 or more",
    float: "is not a number of 0 or more",
    date: "is not a date like 2026-11-23",
    datetime: "is not a time like 2026-11-23T03:17:00",
}


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """The rows of a file, its columns in order, and the cells of unknown columns by the key of their row."""

    rows: tuple[Row, ...] = ()
    columns: tuple[str, ...] = ()
    others: Mapping[Hashable, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Column:
    """How the cells of a column are read.

    `otherwise` is the value of an empty cell and of a file without the column; `MISSING` where these are errors. `sql`
    is the type of the column in a table.
    """

    read: Callable[[str], object]
    otherwise: object
    sql: str


@dataclass(frozen=True, slots=True)
class _Line(Generic[Row]):
    """A line that was read: its row, the key of the row, and the cells of unknown columns."""

    row: Row
    key: Hashable
    others: tuple[str, ...]


class _LineError(ValueError):
    """A problem with a line of a file; `remedy` is what to do, if it is not to restore the file."""

    def __init__(self, line: int, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.line = line
        self.remedy = remedy


@dataclass(frozen=True)
class Codec(Generic[Row]):
    """How files of one kind are read and written: a column for each field of `kind`.

    `key` must be unique among the rows of a file. `check` raises ValueError for an invalid row. Texts are `guarded`
    where people may open the file in a spreadsheet. `error` is raised for a file that cannot be read. Only columns in
    `signed` may have numbers below 0.
    """

    kind: type[Row]
    key: Callable[[Row], Hashable]
    check: Callable[[Row], None] = lambda _row: None
    guarded: bool = True
    error: type[StoreError] = StoreError
    signed: frozenset[str] = frozenset()

    @cached_property
    def columns(self) -> Mapping[str, _Column]:
        """The known columns, in the order of a new file."""
        hints = get_type_hints(self.kind)
        columns: dict[str, _Column] = {}
        for attribute in fields(self.kind):  # type: ignore[arg-type]
            shape = _SIGNED if attribute.name in self.signed else None
            columns[attribute.name] = _column(attribute, hints[attribute.name], shape, guarded=self.guarded)
        return MappingProxyType(columns)

    def parse(self, data: bytes | None, path: Path) -> Table[Row]:
        """Return the rows of a file; none where there is no file.

        Raises `error` with file, line and what to do.
        """
        if data is None:
            return Table()
        rows, others = [], {}
        try:
            lines = _lines(data)
            columns = self._header(lines)
            for line in self._read(lines, columns):
                if isinstance(line, _LineError):
                    raise line
                rows.append(line.row)
                if line.others:
                    others[line.key] = line.others
        except _LineError as fault:
            raise self._named(fault, path) from fault
        return Table(tuple(rows), columns, others)

    def header(self, line: bytes, path: Path) -> tuple[str, ...]:
        """Return the columns in the first line of a file. Raises `error`."""
        try:
            return self._header(_lines(line))
        except _LineError as fault:
            raise self._named(fault, path) from fault

    def faults(self, data: bytes, path: Path) -> Iterator[StoreError]:
        """Yield an error for each line that cannot be read."""
        try:
            lines = _lines(data)
            for line in self._read(lines, self._header(lines)):
                if isinstance(line, _LineError):
                    yield self._named(line, path)
        except _LineError as fault:
            yield self._named(fault, path)

    def with_columns(self, columns: Iterable[str], *tables: Table[Row]) -> Table[Row]:
        """Return a table without rows for `render`: columns, and their unknown cells in some tables; the last one wins.

        The columns need not be those of the tables.
        """
        names, cells = tuple(columns), dict[Hashable, dict[str, str]]()
        for table in tables:
            unknown = [name for name in table.columns if name not in self.columns]
            for key, others in table.others.items():
                cells.setdefault(key, {}).update(zip(unknown, others, strict=True))
        wanted = [name for name in names if name not in self.columns]
        return Table((), names, {key: tuple(known.get(name, "") for name in wanted) for key, known in cells.items()})

    def fault(self, row: Row) -> str | None:
        """Return why a row could not be read back after writing, `None` where it could."""
        error = next(self.faults(self.render([row]), Path()), None)
        return str(error.__cause__) if error else None

    def _named(self, fault: "_LineError", path: Path) -> StoreError:
        remedy = fault.remedy or restoring(path)
        error = self.error(
            f"{path}, line {fault.line}: {fault}; {remedy}" if fault.line else f"{path} {fault}; {remedy}",
        )
        error.__cause__ = fault
        return error

    def _header(self, lines: Iterator[tuple[int, list[str]]]) -> tuple[str, ...]:
        number, columns = next(lines, (1, []))
        if not columns:
            raise _LineError(1, "it is empty")
        newest = max((int(match[1]) for name in columns if (match := _FORMAT.fullmatch(name))), default=FORMAT)
        if newest > FORMAT:
            problem = f"was written by a newer startrack (format {newest}; this one reads up to {FORMAT})"
            raise _LineError(0, problem, "upgrade startrack")
        if duplicates := [name for name in columns if columns.count(name) > 1]:
            raise _LineError(number, f"the column {_shown(duplicates[0])} is there twice")
        required = [name for name, column in self.columns.items() if column.otherwise is MISSING]
        if absent := [name for name in required if name not in columns]:
            raise _LineError(number, f"the columns {', '.join(absent)} are missing")
        return tuple(columns)

    def _read(
        self,
        lines: Iterator[tuple[int, list[str]]],
        columns: Sequence[str],
    ) -> Iterator["_Line[Row] | _LineError"]:
        """Yield the lines below the header. Raises _LineError if the rest of the file cannot be read."""
        known_columns = [
            (index, name, self.columns[name]) for index, name in enumerate(columns) if name in self.columns
        ]
        unknown_indexes = [index for index, name in enumerate(columns) if name not in self.columns]
        absent = {name: column.otherwise for name, column in self.columns.items() if name not in columns}
        keys = set[Hashable]()
        for number, cells in lines:
            try:
                if len(cells) != len(columns):
                    raise ValueError(f"it has {len(cells)} cells instead of {len(columns)}")
                row = self.kind(
                    **absent, **{name: _value(cells[index], name, column) for index, name, column in known_columns}
                )
                self.check(row)
            except ValueError as error:
                yield _LineError(number, str(error))
                continue
            key = self.key(row)
            if key in keys:
                yield _LineError(number, f"{getattr(row, 'name', key)} has two lines", "remove one of them")
            keys.add(key)
            yield _Line(row, key, tuple(cells[index] for index in unknown_indexes))

    def render(self, rows: Iterable[Row], before: Table[Row] | None = None) -> bytes:
        """Return the bytes of a file; unknown columns are copied from the contents `before`."""
        table: Table[Row] = before or Table()
        columns = (*table.columns, *(name for name in self.columns if name not in table.columns))
        unknown = [name for name in table.columns if name not in self.columns]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        empty_cells = [""] * len(unknown)
        for row in rows:
            others = dict(zip(unknown, table.others.get(self.key(row), empty_cells), strict=True)) if unknown else {}
            writer.writerow([others[name] if name in others else self._cell(getattr(row, name)) for name in columns])
        # A lone surrogate cannot be encoded; names and figures never have one.
        return text.getvalue().encode(errors="replace")

    def _cell(self, value: object) -> object:
        match value:
            case bool():
                return str(value).lower()
            case date():
                return value.isoformat()
            case tuple():
                return json.dumps(value, ensure_ascii=False, default=_written)
            case str():
                # Each row is one line of the file, so that diffs in git are readable.
                text = " ".join(value[:_LONGEST_TEXT].replace("\0", " ").splitlines())
                return guarded(text) if self.guarded else text
            case _:
                return value


def _written(value: date) -> str:
    return value.isoformat()


def _lines(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of every non-empty row with the number of the line on which it begins."""
    if data.startswith(_BYTE_ORDER_MARK):
        raise _LineError(1, "it begins with a byte order mark", "save it as UTF-8 without one")
    if b"\0" in data:
        raise _LineError(_line_of(data, data.index(b"\0")), "it has a NUL byte")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise _LineError(_line_of(data, error.start), "it is not UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _LineError(number, str(error)) from error
        if cells and _CONFLICT.match(cells[0]) and (len(cells) == 1 or " " in cells[0]):
            raise _LineError(
                number,
                "it is a conflict marker of git",
                "resolve the conflict: keep one line per project and remove the markers",
            )
        if cells:
            yield number, cells


def _line_of(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def _value(cell: str, name: str, column: _Column) -> object:
    if cell:
        try:
            return column.read(cell)
        except ValueError as error:
            raise ValueError(f"{name} {_shown(cell)} {error}") from error
    if column.otherwise is MISSING:
        raise ValueError(f"{name} is empty")
    return column.otherwise


def _shown(text: str) -> str:
    """Return the start of untrusted text with control characters escaped."""
    return ascii(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")


def _column(attribute: Field[Any], hint: Any, shape: re.Pattern[str] | None, *, guarded: bool) -> _Column:  # noqa: ANN401 - a type hint has no better type
    """Return how a field is read; the default of an optional field is `None`, that of a tuple `()`."""
    kinds = [kind for kind in get_args(hint) if kind is not NoneType] if NoneType in get_args(hint) else [hint]
    is_optional = NoneType in get_args(hint)
    default = attribute.default
    if default is MISSING and is_optional:
        otherwise: object = None
    elif default is MISSING and get_origin(kinds[0]) is tuple:
        otherwise = ()
    else:
        otherwise = default
    read = _reader(attribute.name, kinds[0], shape or _SHAPES.get(kinds[0], _ANY), guarded=guarded)
    return _Column(read, otherwise, _sql(attribute.name, kinds[0]))


def _sql(name: str, kind: Any) -> str:  # noqa: ANN401 - as above
    # Ids of repositories and runs may need 64 bits.
    return "bigint" if kind is int and name.endswith("_id") else _SQL.get(kind, "varchar")


def _reader(name: str, kind: Any, shape: re.Pattern[str], *, guarded: bool) -> Callable[[str], object]:  # noqa: ANN401 - as above
    if kind is str:
        return unguarded if guarded else str
    if get_origin(kind) is tuple:
        return _validated(TypeAdapter(kind).validate_json, "is not valid in this column")
    meaning = _MEANINGS[kind]
    if kind is int:
        kind = _BOUNDED[_sql(name, kind)]
    validated = _validated(TypeAdapter(kind).validate_strings, meaning)

    # Most cells of a column repeat.
    @lru_cache(maxsize=1024)
    def value(cell: str) -> object:
        if not shape.fullmatch(cell):
            raise ValueError(meaning)
        return validated(cell)

    return value


def _validated(validate: Callable[[str], object], meaning: str) -> Callable[[str], object]:
    def value(cell: str) -> object:
        try:
            return validate(cell)
        except ValidationError as error:
            raise ValueError(f"{meaning} ({error.errors()[0]['msg']})") from error

    return value


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of files. A file that has an entry in `drafts` is read from that path instead.

    Paths of files are relative to the folder.
    """

    path: Path
    drafts: Mapping[Path, Path] = field(default_factory=dict)

    def place(self, path: Path) -> Path:
        """Return the path that a file is read from."""
        return self.drafts.get(path, self.path / path)

    def table(self, codec: Codec[Row], path: Path) -> Table[Row]:
        """Return the rows of a file; none where there is no file. Raises StoreError with file and line."""
        return codec.parse(self.data(path), self.path / path)

    def faults(self, codec: Codec[Row], path: Path) -> Iterator[StoreError]:
        """Yield the errors in a file."""
        try:
            data = self.data(path)
        except StoreError as error:
            yield error
        else:
            yield from codec.faults(data or b"", self.path / path)

    def patterns(self, paths: Iterable[Path]) -> list[str]:
        """Return patterns for DuckDB, each of which matches only the place of one of these files."""
        places = [self.place(path) for path in paths]
        folders = {folder: glob.escape(str(folder.resolve())) for folder in {place.parent for place in places}}
        return [f"{folders[place.parent]}/{place.name}" for place in places]

    def require_file(self, path: Path) -> None:
        """Raise StoreError if there is no regular file that can be opened."""
        try:
            self._open(path).close()
        except OSError as error:
            raise self._unreadable(path, error) from error

    def header(self, codec: Codec[Row], path: Path) -> tuple[str, ...]:
        """Return the columns in the header of a file. Raises StoreError."""
        try:
            with self._open(path) as file:
                line = file.readline()
        except OSError as error:
            raise self._unreadable(path, error) from error
        return codec.header(line, self.path / path)

    def data(self, path: Path) -> bytes | None:
        """Return the bytes of a file, `None` where there is none. Raises StoreError."""
        try:
            with self._open(path) as file:
                return file.read()
        except FileNotFoundError as error:
            if self.place(path).is_symlink():
                raise self._unreadable(path, error) from error
            return None
        except OSError as error:
            raise self._unreadable(path, error) from error

    def _open(self, path: Path) -> BinaryIO:
        """Open a regular file; reading a pipe or a device might never end. Raises OSError."""
        source = self.place(path)
        if not stat.S_ISREG(source.stat().st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return source.open("rb")

    def _unreadable(self, path: Path, error: OSError) -> StoreError:
        name = self.path / path
        if _is_broken_link(name):
            return StoreError(f"{name} is a broken symbolic link; {restoring(name)}")
        return StoreError(f"cannot read {name}: {error.strerror}; restore the file, or check its permissions")


def _is_broken_link(path: Path) -> bool:
    try:
        return path.is_symlink() and not path.exists()
    except OSError:  # the name is too long, or the folder cannot be read
        return False
