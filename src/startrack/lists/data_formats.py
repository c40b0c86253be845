"""Parses data formats: CSV, JSON, YAML, and plain text with one repository per line."""

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
    "is_yaml_mapping",
    "parse_csv",
    "parse_json",
    "parse_plain",
    "parse_yaml",
]


_MAX_DEPTH = 100
_YAML_NULLS = frozenset({"~", "null", "Null", "NULL"})
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|[{}\[\]]|[^\s{}\[\],:"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Cell:
    """A value and its 1-based line."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class _Row:
    """One item of a list: its fields by lower-case name, and the keys above it, outermost first.

    An item that is a single value has one field, whose name is empty.
    """

    fields: Mapping[str, _Cell]
    path: tuple[str, ...] = ()

    @property
    def top_key(self) -> str:
        """The outermost key above the row, empty if there is none."""
        return self.path[0] if self.path else ""


@dataclass(slots=True)
class _Container:
    """A JSON or YAML mapping or sequence whose end has not been parsed yet."""

    is_mapping: bool
    path: tuple[str, ...]
    fields: dict[str, _Cell] = field(default_factory=dict)
    key: str | None = None


# The repository columns, best first. A column of the second group counts only if it contains a GitHub URL.
_REPOSITORY_COLUMNS = (
    "github_id",
    "repository",
    "repo",
    "full_name",
    "fullname",
    "namewithowner",
    "name_with_owner",
    "github",
)
_URL_COLUMNS = ("github_url", "repo_url", "repository_url", "html_url", "url", "link", "href", "source", "homepage")
_NAME_COLUMNS = (*_REPOSITORY_COLUMNS, "")
# A hyphen without a space after it can be the first character of an owner's name.
_BULLET = re.compile(r"\s*(?:[-*+]+\s|[*+]+)")
_TITLE_COLUMNS = ("name", "title", "project")
_SECTION_COLUMNS = ("section", "category", "group")


def parse_plain(text: str, source: str) -> Mentions:
    """Return the repository at the start of each line of a plain list; lines that begin with `#` are comments."""
    del source  # Every text is a valid plain list, so no error needs to name the source.
    lines = ((number, _strip_bullet(line)) for number, line in enumerate(text.split("\n"), start=1))
    return _mentions_from_rows(
        [_Row({"": _Cell(_first_project(line), number)}) for number, line in lines if line and line[0] != "#"],
    )


def parse_csv(text: str, source: str) -> Mentions:
    """Return the repository of each row; the first row may name the columns.

    Raises SourceError with the line if a row is not valid CSV.
    """
    return _mentions_from_rows(list(_csv_rows(text, source)))


def parse_json(text: str, source: str) -> Mentions:
    """Return the repository of each object or string in the lists of a JSON text, at any depth.

    Raises SourceError if the text is not valid JSON.
    """
    return _mentions_from_rows(_select_projects(list(_json_rows(text, source))))


def parse_yaml(text: str, source: str) -> Mentions:
    """Return the repository of each mapping or string in the lists of a YAML text, such as `projects.yaml` of best-of.

    Raises SourceError if the text is not valid YAML.
    """
    return _mentions_from_rows(_select_projects(list(_yaml_rows(text, source))))


def _json_rows(text: str, source: str) -> Iterator[_Row]:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"{source}, line {error.lineno}: invalid JSON: {error.msg}; correct this line") from None
    except (RecursionError, ValueError):
        raise SourceError(
            f"{source} cannot be parsed as JSON: it is nested too deeply or has a number that is too long; "
            "simplify the file",
        ) from None
    return _rows_from_events(_json_events(text), source)


def _yaml_rows(text: str, source: str) -> Iterator[_Row]:
    try:
        yield from _rows_from_events(_yaml_events(text), source)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SourceError(f"{source}{line}: invalid YAML: {error.problem}; correct it") from None
    except yaml.YAMLError as error:
        raise SourceError(f"{source}: invalid YAML: {' '.join(str(error).split())}; correct it") from None


_Event = str | _Cell
"""A step of parsing JSON or YAML: "{" or "[" begins and "}" or "]" ends a container; a cell is a key or a value."""


def _json_events(text: str) -> Iterator[_Event]:
    line, end = 1, 0
    for match in _JSON_TOKEN.finditer(text):
        line += text.count("\n", end, match.start())
        end = match.start()
        text_part = match[0]
        if text_part[0] == '"':
            yield _Cell(str(json.loads(text_part, strict=False)), line)
        else:
            yield text_part if text_part in "{}[]" else _Cell("" if text_part == "null" else text_part, line)


def _yaml_events(text: str) -> Iterator[_Event]:
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
                yield _Cell("" if is_null else value, _yaml_line(event))
            case yaml.AliasEvent():
                yield _Cell("", _yaml_line(event))
            case _:
                pass


def is_yaml_mapping(text: str) -> bool:
    """Return whether a text is valid YAML that begins with a key."""
    try:
        events = list(_yaml_events(text))
    except (yaml.YAMLError, UnicodeError):
        return False
    return events[:1] == ["{"]


def _yaml_line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _rows_from_events(events: Iterable[_Event], source: str) -> Iterator[_Row]:
    open_containers: list[_Container] = []
    for event in events:
        match event:
            case "{" | "[":
                open_containers.append(_new_container(open_containers, is_mapping=event == "{"))
            case str():
                container = open_containers.pop()
                if container.fields:
                    yield _Row(container.fields, container.path)
            case _Cell():
                yield from _store_cell(open_containers, event)
        if len(open_containers) > _MAX_DEPTH:
            raise SourceError(f"{source} is nested more than {_MAX_DEPTH} levels deep; use a flat list")


def _new_container(open_containers: list[_Container], *, is_mapping: bool) -> _Container:
    if not open_containers:
        return _Container(is_mapping, ())
    outer = open_containers[-1]
    path = outer.path if outer.key is None else (*outer.path, outer.key)
    outer.key = None
    return _Container(is_mapping, path)


def _store_cell(open_containers: list[_Container], cell: _Cell) -> Iterator[_Row]:
    """Store a cell as a key or field of its mapping; in a sequence outside of any row, yield it as a row of its own."""
    if not open_containers:
        return
    inner = open_containers[-1]
    if not inner.is_mapping:
        if not any(part.is_mapping and not outer.is_mapping for outer, part in pairwise(open_containers)):
            yield _Row({"": cell}, inner.path)
    elif inner.key is None:
        inner.key = cell.text.strip().lower()
    else:
        inner.fields.setdefault(inner.key, cell)
        inner.key = None


def _strip_bullet(line: str) -> str:
    bullet = _BULLET.match(line)
    return line[bullet.end() if bullet else 0 :].strip()


def _first_project(line: str) -> str:
    """Return the first word of a line if it names a project, else the first project URL in the line, else nothing."""
    word = line.split(maxsplit=1)[0].rstrip(",;")
    if parse_full_name(word) or parse_repository_link(word) or parse_other_host_link(word):
        return word
    match = GITHUB_URL_IN_TEXT.search(line) or OTHER_HOST_URL_IN_TEXT.search(line)
    return match[0] if match else ""


def _csv_rows(text: str, source: str) -> Iterator[_Row]:
    columns: Sequence[str] | None = None
    for line, values in _csv_lines(text, source):
        is_row = any(map(str.strip, values))
        if is_row and columns is None:
            columns = _column_names(values)
            is_row = not _is_header(values)
        if is_row and columns:
            yield _Row({column: _Cell(value, line) for column, value in zip(columns, values, strict=False)})


def _csv_lines(text: str, source: str) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield the values of each row with its first line; raise SourceError with the line if a row is not valid CSV."""
    lines = io.StringIO(text).readlines()
    delimiter = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=delimiter)
    line = 1
    try:
        for values in reader:
            if reader.line_num > line:
                # Strict mode raises for an unclosed quotation mark, which would add the rows below to its cell.
                next(csv.reader(lines[line - 1 : reader.line_num], delimiter=delimiter, strict=True))
            yield line, values
            line = reader.line_num + 1
    except csv.Error as error:
        raise SourceError(f"{source}, line {line}: invalid CSV: {error}; check the quotation marks there") from None


def _column_names(first_row: Sequence[str]) -> Sequence[str]:
    """Return the names in the first row if it is a header, else numbers; the first column then has an empty name."""
    if _is_header(first_row):
        return [value.strip().lower() for value in first_row]
    return ["", *(str(number) for number in range(2, len(first_row) + 1))]


def _is_header(values: Sequence[str]) -> bool:
    return not {value.strip().lower() for value in values}.isdisjoint({*_REPOSITORY_COLUMNS, *_URL_COLUMNS})


def _select_projects(rows: Sequence[_Row]) -> list[_Row]:
    """Return the rows below the key `projects`, or all rows if there are none.

    Their category ids are replaced by the titles that a best-of list has below `categories`.
    """
    projects = [row for row in rows if row.top_key == "projects"]
    titles = {
        _first_text(row, ("category",)): _first_text(row, ("title",)) for row in rows if row.top_key == "categories"
    }
    return [_with_category_title(row, titles) for row in projects or rows]


def _with_category_title(row: _Row, titles: Mapping[str, str]) -> _Row:
    category = row.fields.get("category")
    title = titles.get(category.text) if category else None
    return _Row({**row.fields, "category": _Cell(title, category.line)}, row.path) if category and title else row


def _mentions_from_rows(rows: Sequence[_Row]) -> Mentions:
    """Return the projects of all rows, and as unread the lines of rows without one that are beside rows with one."""
    mentions = [_row_mention(row) for row in rows]
    project_paths = {row.path for row, mention in zip(rows, mentions, strict=True) if mention}
    unread = {
        _first_line(row)
        for row, mention in zip(rows, mentions, strict=True)
        if not mention and row.path in project_paths
    }
    repositories = [mention for mention in mentions if isinstance(mention, RepositoryMention)]
    return Mentions(
        repositories=sorted(repositories, key=lambda mention: mention.line),
        other_hosts=[mention for mention in mentions if isinstance(mention, OtherHostMention)],
        unread=sorted(unread),
    )


def _row_mention(row: _Row) -> RepositoryMention | OtherHostMention | None:
    title = _first_text(row, _SECTION_COLUMNS)
    section = (title,) if title else ()
    if link_and_line := _row_repository(row):
        link, line = link_and_line
        return RepositoryMention(link, _first_text(row, _TITLE_COLUMNS) or link.name, section, line)
    other_host = next(filter(None, (parse_other_host_link(cell.text) for cell in _cells_by_column(row))), None)
    return OtherHostMention(*other_host, section) if other_host else None


def _first_line(row: _Row) -> int:
    return min(cell.line for cell in row.fields.values())


def _row_repository(row: _Row) -> tuple[RepositoryLink, int] | None:
    """Return the first repository in a row, and its line: name columns first, then URL columns, then the others."""
    name_cells = [row.fields[column] for column in _NAME_COLUMNS if column in row.fields]
    for cell in _cells_by_column(row):
        repo = parse_full_name(cell.text) if cell in name_cells else None
        link = repository_page(repo) if repo else parse_repository_link(cell.text)
        if link:
            return link, cell.line
    return None


def _cells_by_column(row: _Row) -> Iterator[_Cell]:
    """Yield the cells of a row: name columns, URL columns, then all."""
    yield from (row.fields[column] for column in (*_NAME_COLUMNS, *_URL_COLUMNS) if column in row.fields)
    yield from row.fields.values()


def _first_text(row: _Row, columns: Iterable[str]) -> str:
    """Return the first text of these columns that is not empty, with whitespace collapsed."""
    texts = (" ".join(row.fields[column].text.split()) for column in columns if column in row.fields)
    return next(filter(None, texts), "")
