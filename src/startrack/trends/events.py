"""Events of listed projects, made from the events in the store and from GitHub's dates of archival."""

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
    """Today's name of each repository id, and the id of the repository that has each name today."""

    by_id: Mapping[int, str]
    holders: Mapping[str, int]

    def resolve(self, repo_id: int | None, entry: str) -> tuple[str, int | None, bool]:
        """Return the name and id of an entry's repository, and whether another repository has that name today."""
        repo_id = repo_id or self.holders.get(name_key(entry))
        name = self.by_id.get(repo_id or 0, entry)
        return name, repo_id, self.holders.get(name_key(name), repo_id) != repo_id


@dataclass(frozen=True, slots=True)
class _Context:
    """What events are made with: projects by repository id, names, and the label of each list."""

    projects: Mapping[int, Project]
    names: Names
    labels: Mapping[str, str | None]


def assemble(
    stored: Iterable[StoredEvent],
    lists: Iterable[List],
    projects: Iterable[Project],
    names: Names,
    since: datetime,
) -> tuple[Event, ...]:
    """Return the events of projects that the lists have or had, newest first.

    Archivals after `since` are added. GitHub gives their dates; an archival without one is left out.
    """
    projects = tuple(projects)
    context = _Context(
        {project.repository.repo_id: project for project in projects if project.repository.repo_id},
        names,
        {listed.name: listed.label for listed in lists},
    )
    events = (_event(event, context) for event in (*stored, *_archivals(projects, since)))
    return tuple(sorted((event for event in events if event), key=_newest_first))


def _archivals(projects: Iterable[Project], since: datetime) -> Iterable[StoredEvent]:
    for project in projects:
        repository = project.repository
        if repository.is_archived and repository.archived_at is not None and repository.archived_at > since:
            yield StoredEvent(repository.archived_at, repository.repo_id, Archived())


def _event(stored: StoredEvent, context: _Context) -> Event | None:
    """Return the event with the lists it is about, `None` if none of them is in the report."""
    match stored.detail:
        case Added(entry=entry) | Removed(entry=entry):
            return _list_event(stored, entry, context)
        case _:
            return _project_event(stored, context)


def _list_event(stored: StoredEvent, entry: str, context: _Context) -> Event | None:
    if stored.list_name is None or stored.list_name not in context.labels:
        return None
    name, repo_id, is_namesake = context.names.resolve(stored.repo_id, entry)
    return Event(
        stored.at, name, repo_id, (stored.list_name,), stored.detail, context.labels[stored.list_name], is_namesake
    )


def _project_event(stored: StoredEvent, context: _Context) -> Event | None:
    project = context.projects.get(stored.repo_id or 0)
    if project is None:
        return None
    return Event(
        stored.at, project.name, stored.repo_id, project.list_names, stored.detail, project.label, project.is_namesake
    )


def _newest_first(event: Event) -> tuple[float, str, str, tuple[str, ...]]:
    return -(event.at - datetime.min).total_seconds(), event.repo.lower(), event.kind, event.lists
