"""Metadata files: repositories, lists with their entries, and runs; they change slowly, beside the day files."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Final

from startrack.model.lists import List
from startrack.model.repository import Counted, RepositoryFacts, name_key
from startrack.model.runs import Run
from startrack.store.csv_codec import Codec

__all__ = [
    "ENTRIES",
    "LISTS",
    "REPOSITORIES",
    "RUNS",
    "EntryRow",
    "ListRow",
    "RepositoryRow",
    "add_repositories",
    "merge_repositories",
    "repository_row",
    "sort_entries",
    "update_entries",
]


_LIST_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_LONGEST_HEADING = 500
_LONGEST_MARK = 100
_MOST_SECTIONS = 20


@dataclass(frozen=True, slots=True)
class RepositoryRow(RepositoryFacts):
    """A row of `repositories.csv`: the facts about a repository that seldom change, and some of its details.

    `license_before` is the licence that it had until a run saw another one, or none, at `license_changed_at`.
    `parent` and `parent_id` are as in `Details`.
    """

    topics: tuple[str, ...] = ()
    latest_release: str | None = None
    latest_release_at: datetime | None = None
    license_before: str | None = None
    license_changed_at: datetime | None = None
    parent: str | None = None
    parent_id: int | None = None


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list and the instant of its last read; `elsewhere` is the number of its projects on each other host."""

    list: str
    source: str
    label: str | None
    read_at: datetime
    elsewhere: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry of a list from the day on which it was added to the day on which it was removed.

    An entry that was removed and added again has two rows. `added_on` and `removed_on` are the days of the first runs
    that saw it and did not see it. `listed_on` is the day by the git history of the list; once known it is kept,
    because a later checkout may not have the whole history. `mark` is as in `Entry`.
    """

    repo: str
    repo_id: int | None
    title: str
    section: tuple[str, ...]
    sections: tuple[tuple[str, ...], ...]
    url: str
    line: int
    added_on: date
    removed_on: date | None = None
    listed_on: date | None = None
    mark: str | None = None


def _check_list(fact: ListRow) -> None:
    """Raise ValueError if the name of a list cannot be a file name."""
    if not _LIST_NAME.fullmatch(fact.list):
        raise ValueError(f"{fact.list!a} is not a valid list name")


REPOSITORIES: Final = Codec(RepositoryRow, key=lambda fact: fact.repo_id)
LISTS: Final = Codec(ListRow, key=lambda fact: fact.list, check=_check_list)
ENTRIES: Final = Codec(EntryRow, key=lambda fact: (name_key(fact.repo), fact.added_on))
# Earlier versions could record a negative number of other requests.
RUNS: Final = Codec(Run, key=lambda run: run.run_id, signed=frozenset({"other_requests"}))


_FACTS: Final = tuple(field.name for field in fields(RepositoryFacts))
_DETAILS: Final = ("topics", "latest_release", "latest_release_at", "parent", "parent_id")


def repository_row(counted: Counted, before: RepositoryRow | None, at: datetime) -> RepositoryRow:
    """Return the row of a repository counted at an instant; details that were not fetched stay as they were."""
    row = before or RepositoryRow(repo_id=counted.repository.repo_id, name=counted.repository.name)
    changes = {name: getattr(counted.repository, name) for name in _FACTS}
    if counted.details is not None:
        changes |= {name: getattr(counted.details, name) for name in _DETAILS}
    # A licence where GitHub found none before may have been there all the time, in words that GitHub did not know.
    if row.license is not None and row.license != counted.repository.license:
        changes |= {"license_before": row.license, "license_changed_at": at}
    return replace(row, **changes)


def merge_repositories(
    stored: Iterable[RepositoryRow], counted: Iterable[Counted], at: datetime
) -> list[RepositoryRow]:
    """Return the known repositories updated with those counted by a run that began `at`, by repository id."""
    rows = {fact.repo_id: fact for fact in stored}
    for observation in counted:
        repo_id = observation.repository.repo_id
        rows[repo_id] = repository_row(observation, rows.get(repo_id), observation.taken_at or at)
    return [rows[key] for key in sorted(rows)]


def add_repositories(stored: Iterable[RepositoryRow], others: Iterable[RepositoryFacts]) -> list[RepositoryRow]:
    """Return the stored repositories, and the others that are not stored yet, by repository id."""
    rows = {fact.repo_id: fact for fact in stored}
    for repository in others:
        if repository.repo_id not in rows:
            rows[repository.repo_id] = RepositoryRow(**{name: getattr(repository, name) for name in _FACTS})
    return [rows[key] for key in sorted(rows)]


def update_entries(
    before: Sequence[EntryRow],
    read_list: List,
    ids: Mapping[str, int],
    today: date,
    dates: Mapping[str, date],
) -> list[EntryRow]:
    """Return the rows of a list that was just read: its entries, and the earlier ones with the day of their removal.

    `ids` are repository ids and `dates` the days by git history, both by `name_key`. A day after today comes from a
    wrong clock and becomes today.
    """
    before = [_dated(fact, today) for fact in before]
    # An entry that was removed today and is back was never removed.
    staying = {name_key(fact.repo): fact for fact in before if fact.removed_on in (None, today)}
    first_days = _first_days(before)
    rows = {}
    for entry in read_list.entries:
        key = name_key(entry.repo)
        stored = staying.pop(key, None)
        repo_id = ids.get(key, stored.repo_id if stored else None)
        added_on = stored.added_on if stored else today
        first_day = min(
            (first_days[identity] for identity in (key, repo_id) if identity in first_days), default=added_on
        )
        rows[key] = EntryRow(
            repo=entry.repo,
            repo_id=repo_id,
            title=entry.title if entry.title.strip() else entry.repo,
            section=_clipped(entry.section),
            sections=tuple(map(_clipped, entry.sections[:_MOST_SECTIONS])),
            url=entry.url,
            line=entry.line,
            added_on=added_on,
            listed_on=(stored and stored.listed_on) or _listed_on(dates.get(key), first_day),
            mark=entry.mark[:_LONGEST_MARK] if entry.mark else None,
        )
    removed = [fact if fact.removed_on else replace(fact, removed_on=today) for fact in staying.values()]
    earlier = [fact for fact in before if fact.removed_on not in (None, today)]
    return sort_entries((*rows.values(), *removed, *earlier))


def sort_entries(entries: Iterable[EntryRow]) -> list[EntryRow]:
    """Return rows in the order of the list, removed entries last."""
    return sorted(entries, key=lambda fact: (fact.removed_on is not None, fact.line, fact.repo, fact.added_on))


def _dated(fact: EntryRow, today: date) -> EntryRow:
    removed_on = min(fact.removed_on, today) if fact.removed_on else None
    return replace(fact, added_on=min(fact.added_on, today), removed_on=removed_on)


def _first_days(before: Iterable[EntryRow]) -> dict[str | int, date]:
    """Return the day on which each name and each repository id was first seen in a list."""
    days: dict[str | int, date] = {}
    for fact in before:
        for key in (name_key(fact.repo), fact.repo_id):
            if key is not None:
                days[key] = min(fact.added_on, days.get(key, fact.added_on))
    return days


def _listed_on(git_day: date | None, first_day: date) -> date | None:
    """Return the day by git; `None` if a run saw the entry earlier, as git then has the day of a changed link."""
    return git_day if git_day is not None and git_day <= first_day else None


def _clipped(section: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(heading[:_LONGEST_HEADING] for heading in section)
