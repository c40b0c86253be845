"""Names that did not lead where they did before: renamed, taken over by another repository, or two for one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, KnownRepository, Observation, Repository, name_key

__all__ = [
    "Duplicate",
    "Kind",
    "NameChange",
    "detect",
]


class Kind(StrEnum):
    """What became of a name."""

    RENAMED = "renamed"
    RECREATED = "re-created"


@dataclass(frozen=True, slots=True)
class NameChange:
    """What became of a name that a list has; `now` is that of the repository which answers to it."""

    kind: Kind
    asked: str
    now: str

    def __str__(self) -> str:
        """Return it as a sentence that says what to do."""
        match self.kind:
            case Kind.RENAMED:
                return f"{self.asked} is now {self.now}: its series goes on; use the new name in the list"
            case Kind.RECREATED:
                return f"warning: {self.asked} is another repository than before: a new series begins; check the entry"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two entries of a list that lead to the repository `now`: the one to remove, and the one to keep."""

    list_name: str
    extra: Entry
    kept: Entry
    now: str

    def __str__(self) -> str:
        """Return it as a sentence that says which entry to remove."""
        return (
            f"{self.list_name}, line {self.extra.line}: {self.extra.repo} is a duplicate of {self.kept.repo} in line "
            f"{self.kept.line} (both are {self.now}); remove the entry in line {self.extra.line}"
        )


def detect(
    seen: Sequence[Observation], known: Iterable[KnownRepository], lists: Iterable[List]
) -> tuple[NameChange | Duplicate, ...]:
    """Return what a run learned of the names in some lists, in their order; `known` is what was known before it.

    A repository goes by its number: GitHub sends an old name to where it went, until somebody takes the name.
    """
    ids = {name_key(each.name): each.repo_id for each in known}
    counted = [each for each in seen if isinstance(each, Counted)]
    leads = {name_key(each.asked): each.repository for each in counted}
    return (*_news(counted, ids), *(each for listed in lists for each in _duplicates(listed, leads)))


def _duplicates(listed: List, leads: Mapping[str, Repository]) -> Iterator[Duplicate]:
    """Yield the entries of a list to remove: of several, the one with the name of today is kept, else the first."""
    kept: dict[int, Entry] = {}
    for entry in listed.entries:
        repository = leads.get(name_key(entry.repo))
        if repository is None:
            continue
        first = kept.setdefault(repository.repo_id, entry)
        if first is not entry:
            is_current = name_key(entry.repo) == name_key(repository.name)
            kept[repository.repo_id] = entry if is_current else first
            yield Duplicate(listed.name, *((first, entry) if is_current else (entry, first)), repository.name)


def _news(counted: Iterable[Counted], ids: Mapping[str, int]) -> Iterator[NameChange]:
    for each in counted:
        repository, before = each.repository, ids.get(name_key(each.asked))
        if name_key(each.asked) != name_key(repository.name):
            yield NameChange(Kind.RENAMED, each.asked, repository.name)
        elif before is not None and before != repository.repo_id:
            yield NameChange(Kind.RECREATED, each.asked, repository.name)
