"""The slow-changing files beside the day files: repositories, lists with their entries, and the runs."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from startrack import sheets
from startrack.errors import StoreError
from startrack.models import Counted, List, same_repo

__all__ = ["EntryFact", "ListFact", "RepoFact", "join", "list_entries", "parse", "read", "render"]

Fact = TypeVar("Fact")

# Python's reader of CSV refuses cells beyond 131,072 characters; whatever is longer than this is no title.
_LONGEST_TEXT = 20_000
_LONGEST_HEADING = 500
_MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class RepoFact:
    """What changes seldom about a repository."""

    repo_id: int
    name: str
    node_id: str | None = None
    url: str | None = None
    description: str | None = None
    language: str | None = None
    license: str | None = None
    topics: tuple[Any, ...] = ()
    created_at: datetime | None = None
    default_branch: str | None = None
    is_archived: bool = False
    archived_at: datetime | None = None
    is_fork: bool = False
    is_disabled: bool = False
    is_locked: bool = False
    is_mirror: bool = False
    latest_release: str | None = None
    latest_release_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListFact:
    """A list that was read, and when last."""

    list: str
    source: str
    label: str | None
    read_at: datetime


@dataclass(frozen=True, slots=True)
class EntryFact:
    """An entry of a list, with the days on which it was first and no longer seen."""

    repo: str
    repo_id: int | None
    title: str
    section: tuple[Any, ...]
    sections: tuple[Any, ...]
    url: str
    line: int
    added_on: date
    removed_on: date | None = None


def repo_fact(seen: Counted, before: RepoFact | None) -> RepoFact:
    """Return what is known of a counted repository; details that were not asked for stay as they were."""
    facts = {name: getattr(seen.repository, name) for name in _SHARED}
    kept = before or RepoFact(repo_id=seen.repository.repo_id, name=seen.repository.name)
    if seen.details is not None:
        facts |= {name: getattr(seen.details, name) for name in _DETAILED}
    return replace(kept, **facts)


_DETAILED = ("topics", "latest_release", "latest_release_at")
_SHARED = tuple(field.name for field in fields(RepoFact) if field.name not in _DETAILED)


def join(known: Iterable[RepoFact], counted: Iterable[Counted]) -> list[RepoFact]:
    """Return the known repositories with what a run has learned of them, in the order of their numbers."""
    facts = {fact.repo_id: fact for fact in known}
    for seen in counted:
        facts[seen.repository.repo_id] = repo_fact(seen, facts.get(seen.repository.repo_id))
    return [facts[key] for key in sorted(facts)]


def list_entries(before: Sequence[EntryFact], found: List, ids: dict[str, int], today: date) -> list[EntryFact]:
    """Return the entries of a list that was just read, those it no longer has marked as removed.

    `ids` are repositories' numbers by name.
    """
    earlier = {same_repo(fact.repo): fact for fact in before}
    facts = {}
    for entry in found.entries:
        key = same_repo(entry.repo)
        known = earlier.get(key)
        facts[key] = EntryFact(
            repo=entry.repo,
            repo_id=ids.get(key, known.repo_id if known else None),
            title=entry.title or entry.repo,
            section=_clipped(entry.section),
            sections=tuple(map(_clipped, entry.sections[:_MOST_PLACES])),
            url=entry.url,
            line=entry.line,
            added_on=known.added_on if known else today,
        )
    for key, known in earlier.items():
        if key not in facts:
            facts[key] = known if known.removed_on else replace(known, removed_on=today)
    return sorted(facts.values(), key=lambda fact: (fact.removed_on is not None, fact.line, fact.repo))


def _clipped(section: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(heading[:_LONGEST_HEADING] for heading in section)


def read(path: Path) -> bytes | None:
    """Return what a file holds, `None` where there is none. Raises StoreError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}; check its permissions") from error


def render(facts: Iterable[object], kind: type) -> bytes:
    """Return facts of one kind as CSV."""
    names = [field.name for field in fields(kind)]
    return sheets.write(names, ([_cell(getattr(fact, name)) for name in names] for fact in facts)).encode()


def _cell(value: object) -> object:
    match value:
        case bool():
            return str(value).lower()
        case date():
            return value.isoformat()
        case tuple():
            return json.dumps(value, ensure_ascii=False)
        case str():
            return " ".join(
                value[:_LONGEST_TEXT].splitlines()
            )  # a line of the file is a fact, so that git's diffs read well
        case _:
            return value


def parse(data: bytes, kind: type[Fact], path: Path) -> list[Fact]:
    """Return the facts of one kind from CSV. Raises StoreError naming the file and the line."""
    hints = {name: _bare(hint) for name, hint in get_type_hints(kind).items()}
    rows = csv.DictReader(io.StringIO(data.decode(errors="replace"), newline=""), strict=True)
    try:
        if rows.fieldnames != list(hints):
            raise ValueError(f"the columns are not {','.join(hints)}")
        return [kind(**{name: _value(row[name], hint) for name, hint in hints.items()}) for row in rows]
    except (ValueError, TypeError, csv.Error) as error:
        raise StoreError(
            f"{path}, line {max(rows.line_num, 1)}: {error}; restore it with `git checkout -- {path}`"
        ) from error


def _bare(hint: Any) -> Any:  # noqa: ANN401 - a type hint has no better type
    """Return the type behind `T | None`, and the container behind `tuple[T, ...]`."""
    if isinstance(hint, UnionType):
        hint = next(each for each in get_args(hint) if each is not type(None))
    return getattr(hint, "__origin__", hint)


def _value(cell: str, kind: type) -> object:
    if cell == "":
        return () if kind is tuple else None
    if kind is str:
        return sheets.bare(cell)
    return _READERS[kind](cell)


def _tuples(value: object) -> object:
    return tuple(_tuples(each) for each in value) if isinstance(value, list) else value


_READERS: dict[type, Any] = {
    int: int,
    float: float,
    bool: lambda cell: cell == "true",
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    tuple: lambda cell: _tuples(json.loads(cell)),
}
