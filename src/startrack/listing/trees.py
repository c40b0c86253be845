"""JSON and YAML as rows of text with their lines.

Both are read as a stream of marks, so neither depth, nor aliases, nor typed values can make them grow or fail.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import yaml

from startrack.errors import SourceError

__all__ = ["Cell", "Row", "json_rows", "yaml_rows"]

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
                yield Cell("" if is_null else value, _line(event))
            case yaml.AliasEvent():
                yield Cell("", _line(event))
            case _:
                pass


def _line(event: yaml.Event) -> int:
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
