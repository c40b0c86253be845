"""Names in the lists that were renamed, taken over by another repository, or listed twice."""

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
    """What happened to a name."""

    RENAMED = "renamed"
    RECREATED = "re-created"


@dataclass(frozen=True, slots=True)
class NameChange:
    """What happened to a name in a list; `now` is today's name of the repository that GitHub returns for it."""

    kind: Kind
    asked: str
    now: str

    def __str__(self) -> str:
        """Return a sentence that says what happened and what to do."""
        match self.kind:
            case Kind.RENAMED:
                return f"{self.asked} was renamed to {self.now} (its history continues); use the new name in the list"
            case Kind.RECREATED:
                return (
                    f"warning: {self.asked} is now a different repository (its history starts again); check the entry"
                )


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two entries of a list for one repository, named `now` today: the one to remove and the one to keep."""

    list_name: str
    extra: Entry
    kept: Entry
    now: str

    def __str__(self) -> str:
        """Return a sentence that says which entry to remove."""
        return (
            f"{self.list_name}, line {self.extra.line}: {self.extra.repo} is a duplicate of {self.kept.repo} in line "
            f"{self.kept.line} (both are {self.now}); remove the entry in line {self.extra.line}"
        )


def detect(
    observations: Sequence[Observation], known: Iterable[KnownRepository], lists: Iterable[List]
) -> tuple[NameChange | Duplicate, ...]:
    """Return the name changes and duplicates that a run found in some lists; `known` is from before the run.

    Repositories are told apart by their ids: GitHub redirects an old name until another repository takes it.
    """
    known_ids = {name_key(repository.name): repository.repo_id for repository in known}
    counted = [observation for observation in observations if isinstance(observation, Counted)]
    repositories = {name_key(observation.asked): observation.repository for observation in counted}
    duplicates = (duplicate for listed in lists for duplicate in _duplicates(listed, repositories))
    return (*_name_changes(counted, known_ids), *duplicates)


def _duplicates(listed: List, repositories: Mapping[str, Repository]) -> Iterator[Duplicate]:
    """Yield the entries of a list to remove; the entry with today's name is kept, or else the first one."""
    kept: dict[int, Entry] = {}
    for entry in listed.entries:
        repository = repositories.get(name_key(entry.repo))
        if repository is None:
            continue
        first = kept.setdefault(repository.repo_id, entry)
        if first is not entry:
            is_current = name_key(entry.repo) == name_key(repository.name)
            kept[repository.repo_id] = entry if is_current else first
            yield Duplicate(listed.name, *((first, entry) if is_current else (entry, first)), repository.name)


def _name_changes(counted: Iterable[Counted], known_ids: Mapping[str, int]) -> Iterator[NameChange]:
    for observation in counted:
        name, repository = observation.asked, observation.repository
        known_id = known_ids.get(name_key(name))
        if name_key(name) != name_key(repository.name):
            yield NameChange(Kind.RENAMED, name, repository.name)
        elif known_id is not None and known_id != repository.repo_id:
            yield NameChange(Kind.RECREATED, name, repository.name)
