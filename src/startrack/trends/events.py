"""From what the store saw to dated events of the projects that the lists name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from startrack.model.events import Added, Archived, Event, Removed, StoredEvent
from startrack.model.lists import List
from startrack.model.report import Project
from startrack.model.repository import name_key

__all__ = ["Names", "assemble"]


@dataclass(frozen=True, slots=True)
class Names:
    """Today's names by repository number, and the number of the repository that has each name."""

    by_number: Mapping[int, str]
    holders: Mapping[str, int]

    def seen_as(self, repo_id: int | None, entry: str) -> tuple[str, int | None, bool]:
        """Return the name and number of what an entry leads to, and whether another repository has that name."""
        repo_id = repo_id or self.holders.get(name_key(entry))
        name = self.by_number.get(repo_id or 0, entry)
        return name, repo_id, self.holders.get(name_key(name), repo_id) != repo_id


@dataclass(frozen=True, slots=True)
class _Context:
    """What events are told with: the projects of the report, names, labels by list."""

    projects: Mapping[int, Project]
    names: Names
    labels: Mapping[str, str | None]


def assemble(
    seen: Iterable[StoredEvent],
    lists: Iterable[List],
    projects: Iterable[Project],
    names: Names,
    since: datetime,
) -> tuple[Event, ...]:
    """Return the events after an instant of projects that the lists name, or just named, newest first.

    An archival is dated by GitHub; one that GitHub gives no date for is left out, as no count tells when it was.
    """
    known = tuple(projects)
    context = _Context(
        {each.repository.repo_id: each for each in known if each.repository.repo_id},
        names,
        {each.name: each.label for each in lists},
    )
    told = (_event(each, context) for each in (*seen, *_archivals(known, since)))
    return tuple(sorted((event for event in told if event), key=_place))


def _archivals(projects: Iterable[Project], since: datetime) -> Iterable[StoredEvent]:
    for project in projects:
        repository = project.repository
        if repository.is_archived and repository.archived_at is not None and repository.archived_at > since:
            yield StoredEvent(repository.archived_at, repository.repo_id, Archived())


def _event(seen: StoredEvent, context: _Context) -> Event | None:
    """Return what was seen with the lists it concerns, `None` where no list of the report is one."""
    match seen.what:
        case Added(entry=entry) | Removed(entry=entry):
            return _of_list(seen, entry, context)
        case _:
            return _of_project(seen, context)


def _of_list(seen: StoredEvent, entry: str, context: _Context) -> Event | None:
    if seen.list_name is None or seen.list_name not in context.labels:
        return None
    name, repo_id, is_namesake = context.names.seen_as(seen.repo_id, entry)
    return Event(seen.at, name, repo_id, (seen.list_name,), seen.what, context.labels[seen.list_name], is_namesake)


def _of_project(seen: StoredEvent, context: _Context) -> Event | None:
    project = context.projects.get(seen.repo_id or 0)
    if project is None:
        return None
    return Event(seen.at, project.name, seen.repo_id, project.list_names, seen.what, project.label, project.is_namesake)


def _place(event: Event) -> tuple[float, str, str, tuple[str, ...]]:
    return -(event.at - datetime.min).total_seconds(), event.repo.lower(), event.kind, event.lists
