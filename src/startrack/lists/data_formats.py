"""Lists that are data: CSV, JSON, YAML, and plain text with one repository a line."""

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import yaml

from startrack.errors import SourceError
from startrack.lists.entries import Mentions, OtherHostMention, RepositoryMention
from startrack.lists.project_links import (
    GITHUB_URL_IN_TEXT,
    OTHER_HOST_URL_IN_TEXT,
    RepositoryLink,
    parse_full_name,
    parse_other_host_link,
    parse_repository_link,
    repository_page,
)

__all__ = [
    "Cell",
    "Row",
    "json_rows",
    "parse_csv",
    "parse_json",
    "parse_plain",
    "parse_yaml",
    "yaml_rows",
]


_DEEPEST = 100
_YAML_NULLS = frozenset({"~", "null", "Null", "NULL"})
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]]|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and its 1-based line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a list: its fields by lower-case name, and the keys that it stands under, outermost first.

    An item that is a text alone has one field, with no name.
    """

    fields: Mapping[str, Cell]
    path: tuple[str, ...] = ()

    @property
    def under(self) -> str:
        """The outermost key."""
        return self.path[0] if self.path else ""


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that has not ended yet."""

    is_mapping: bool
    path: tuple[str, ...]
    fields: dict[str, Cell] = field(default_factory=dict)
    key: str | None = None


def json_rows(text: str, source: str) -> Iterator[Row]:
    """Return the rows of a JSON text; raises SourceError where it is not JSON."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"{source} is not JSON: {error.msg}, line {error.lineno}") from None
    except (RecursionError, ValueError):
        raise SourceError(f"{source} cannot be read as JSON: it is nested too deep, or has a number too long") from None
    return _rows(_json_marks(text), source)


def yaml_rows(text: str, source: str) -> Iterator[Row]:
    """Return the rows of a YAML text; raises SourceError where it is not YAML."""
    try:
        yield from _rows(_yaml_marks(text), source)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SourceError(f"{source} is not YAML: {error.problem}{line}") from None
    except yaml.YAMLError as error:
        raise SourceError(f"{source} is not YAML: {' '.join(str(error).split())}") from None


# ── Marks ────────────────────────────────────────────────────────────────────────────────────────────────
# "{", "[" begin, "}" and "]" end a mapping and a sequence; a cell is a key or a value.


def _json_marks(text: str) -> Iterator[str | Cell]:
    line, end = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", end, token.start())
        end = token.start()
        found = token[0]
        if found[0] == '"':
            yield Cell(str(json.loads(found, strict=False)), line)
        else:
            yield found if found in "{}[]" else Cell("" if found == "null" else found, line)


def _yaml_marks(text: str) -> Iterator[str | Cell]:
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    for event in yaml.parse(text, Loader=loader):
        match event:
            case yaml.MappingStartEvent():
                yield "{"
            case yaml.SequenceStartEvent():
                yield "["
            case yaml.MappingEndEvent():
                yield "}"
            case yaml.SequenceEndEvent():
                yield "]"
            case yaml.ScalarEvent(value=value):
                is_null = event.implicit[0] and value in _YAML_NULLS
                yield Cell("" if is_null else value, _line_of(event))
            case yaml.AliasEvent():
                yield Cell("", _line_of(event))
            case _:
                pass


def _line_of(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _rows(marks: Iterable[str | Cell], source: str) -> Iterator[Row]:
    around: list[_Open] = []
    for mark in marks:
        match mark:
            case "{" | "[":
                around.append(_begun(around, is_mapping=mark == "{"))
            case str():
                done = around.pop()
                if done.fields:
                    yield Row(done.fields, done.path)
            case Cell():
                yield from _kept(around, mark)
        if len(around) > _DEEPEST:
            raise SourceError(f"{source} is nested more than {_DEEPEST} deep; startrack reads flat lists")


def _begun(around: list[_Open], *, is_mapping: bool) -> _Open:
    if not around:
        return _Open(is_mapping, ())
    outer = around[-1]
    path = outer.path if outer.key is None else (*outer.path, outer.key)
    outer.key = None
    return _Open(is_mapping, path)


def _kept(around: list[_Open], cell: Cell) -> Iterator[Row]:
    """Keep a cell as a field of its mapping; in a sequence that is no part of a row it is a row of its own."""
    if not around:
        return
    inner = around[-1]
    if not inner.is_mapping:
        if not any(part.is_mapping and not outer.is_mapping for outer, part in pairwise(around)):
            yield Row({"": cell}, inner.path)
    elif inner.key is None:
        inner.key = cell.text.strip().lower()
    else:
        inner.fields.setdefault(inner.key, cell)
        inner.key = None


# Columns that may hold the repository, best first; the second lot counts only where it holds a GitHub address.
_REPOSITORY = ("github_id", "repository", "repo", "full_name", "fullname", "namewithowner", "name_with_owner", "github")
_ADDRESS = ("github_url", "repo_url", "repository_url", "html_url", "url", "link", "href", "source", "homepage")
_NAMED = (*_REPOSITORY, "")
# Without a space behind it a hyphen may begin an owner's name.
_BULLET = re.compile(r"\s*(?:[-*+]+\s|[*+]+)")
_TITLE = ("name", "title", "project")
_SECTION = ("section", "category", "group")


def parse_plain(text: str, source: str) -> Mentions:
    """Return the repository that each line of a plain list begins with; `#` begins a comment."""
    del source  # A plain list has no way to be wrong.
    lines = ((number, _without_bullet(line)) for number, line in enumerate(text.split("\n"), start=1))
    return _reading([Row({"": Cell(_first(line), number)}) for number, line in lines if line and line[0] != "#"])


def parse_csv(text: str, source: str) -> Mentions:
    """Return the repository of each row; the first row may name the columns."""
    return _reading(list(_csv_rows(text, source)))


def parse_json(text: str, source: str) -> Mentions:
    """Return the repository of each object or string of a JSON list, wherever in the file it stands."""
    return _reading(_projects(list(json_rows(text, source))))


def parse_yaml(text: str, source: str) -> Mentions:
    """Return the repository of each mapping or string of a YAML list; a best-of `projects.yaml` is one."""
    return _reading(_projects(list(yaml_rows(text, source))))


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────


def _without_bullet(line: str) -> str:
    bullet = _BULLET.match(line)
    return line[bullet.end() if bullet else 0 :].strip()


def _first(line: str) -> str:
    """Return the first word of a line, or the first address in it."""
    word = line.split(maxsplit=1)[0].rstrip(",;")
    if parse_full_name(word) or parse_repository_link(word) or parse_other_host_link(word):
        return word
    found = GITHUB_URL_IN_TEXT.search(line) or OTHER_HOST_URL_IN_TEXT.search(line)
    return found[0] if found else ""


def _csv_rows(text: str, source: str) -> Iterator[Row]:
    names: Sequence[str] | None = None
    for line, cells in _numbered(text, source):
        is_row = any(map(str.strip, cells))
        if is_row and names is None:
            names = _columns(cells)
            is_row = not _is_head(cells)
        if is_row and names:
            yield Row({name: Cell(cell, line) for name, cell in zip(names, cells, strict=False)})


def _numbered(text: str, source: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the cells of each row with its first line. Raises SourceError, which names the line."""
    lines = io.StringIO(text).readlines()
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            if reader.line_num > line:
                # A quotation mark that is not closed would take the rows below into its cell.
                next(csv.reader(lines[line - 1 : reader.line_num], delimiter=delimiter, strict=True))
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(
            f"{source}, line {line}: it cannot be read as CSV: {error}; see to the quotation marks there",
        ) from None


def _columns(cells: Sequence[str]) -> Sequence[str]:
    """Return the names of the columns: the cells, if one is such a name, else numbers but for the first."""
    if _is_head(cells):
        return [cell.strip().lower() for cell in cells]
    return ["", *(str(number) for number in range(2, len(cells) + 1))]


def _is_head(cells: Sequence[str]) -> bool:
    return not {cell.strip().lower() for cell in cells}.isdisjoint({*_REPOSITORY, *_ADDRESS})


def _projects(rows: Sequence[Row]) -> list[Row]:
    """Return the rows under `projects` where there are some, else all; categories under their titles."""
    projects = [row for row in rows if row.under == "projects"]
    titles = {_text(row, ("category",)): _text(row, ("title",)) for row in rows if row.under == "categories"}
    return [_titled(row, titles) for row in projects or rows]


def _titled(row: Row, titles: Mapping[str, str]) -> Row:
    category = row.fields.get("category")
    title = titles.get(category.text) if category else None
    return Row({**row.fields, "category": Cell(title, category.line)}, row.path) if category and title else row


def _reading(rows: Sequence[Row]) -> Mentions:
    """Return what rows name; of those that name no project the line, where they stand among some that do."""
    found = [_project(row) for row in rows]
    places = {row.path for row, project in zip(rows, found, strict=True) if project}
    unread = {_line(row) for row, project in zip(rows, found, strict=True) if not project and row.path in places}
    return Mentions(
        mentions=sorted(
            (place for place in found if isinstance(place, RepositoryMention)), key=lambda mention: mention.line
        ),
        strangers=[place for place in found if isinstance(place, OtherHostMention)],
        unread=sorted(unread),
    )


def _project(row: Row) -> RepositoryMention | OtherHostMention | None:
    if named := _repository(row):
        return _mention(row, *named)
    section = _text(row, _SECTION)
    elsewhere = next(filter(None, (parse_other_host_link(cell.text) for cell in _cells(row))), None)
    return OtherHostMention(*elsewhere, (section,) if section else ()) if elsewhere else None


def _line(row: Row) -> int:
    return min(cell.line for cell in row.fields.values())


def _mention(row: Row, found: RepositoryLink, line: int) -> RepositoryMention:
    section = _text(row, _SECTION)
    return RepositoryMention(found, _text(row, _TITLE) or found.name, (section,) if section else (), line)


def _repository(row: Row) -> tuple[RepositoryLink, int] | None:
    """Return the repository of a row and its line: from the best column that holds one."""
    named = [row.fields[key] for key in _NAMED if key in row.fields]
    for cell in _cells(row):
        repo = parse_full_name(cell.text) if cell in named else None
        found = repository_page(repo) if repo else parse_repository_link(cell.text)
        if found:
            return found, cell.line
    return None


def _cells(row: Row) -> Iterator[Cell]:
    """Yield the cells of a row, those of the best columns first."""
    yield from (row.fields[key] for key in (*_NAMED, *_ADDRESS) if key in row.fields)
    yield from row.fields.values()


def _text(row: Row, keys: Iterable[str]) -> str:
    texts = (" ".join(row.fields[key].text.split()) for key in keys if key in row.fields)
    return next(filter(None, texts), "")
