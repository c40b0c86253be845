"""From what the store saw to dated events of the projects that the lists name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from startrack.happened import Added, Archived, Event, Removed, Seen
from startrack.models import List, Project

__all__ = ["assemble"]


@dataclass(frozen=True, slots=True)
class _Context:
    """What events are told with: the projects of the report, names by number, labels by list."""

    projects: Mapping[int, Project]
    names: Mapping[int, str]
    labels: Mapping[str, str | None]


def assemble(
    seen: Iterable[Seen], lists: Iterable[List], projects: Iterable[Project], names: Mapping[int, str], since: datetime
) -> tuple[Event, ...]:
    """Return the events after an instant of projects that the lists name, or just named, newest first.

    `names` are today's names by repository number. An archival is dated by GitHub; one that GitHub gives no date
    for is left out, as no count tells when it was.
    """
    known = tuple(projects)
    context = _Context(
        {each.repository.repo_id: each for each in known if each.repository.repo_id},
        names,
        {each.name: each.label for each in lists},
    )
    told = (_event(each, context) for each in (*seen, *_archivals(known, since)))
    return tuple(sorted((event for event in told if event), key=_place))


def _archivals(projects: Iterable[Project], since: datetime) -> Iterable[Seen]:
    for project in projects:
        repository = project.repository
        if repository.is_archived and repository.archived_at is not None and repository.archived_at > since:
            yield Seen(repository.archived_at, repository.repo_id, Archived())


def _event(seen: Seen, context: _Context) -> Event | None:
    """Return what was seen with the lists it concerns, `None` where no list of the report is one."""
    match seen.what:
        case Added(entry=entry) | Removed(entry=entry):
            return _of_list(seen, entry, context)
        case _:
            return _of_project(seen, context)


def _of_list(seen: Seen, entry: str, context: _Context) -> Event | None:
    if seen.list_name is None or seen.list_name not in context.labels:
        return None
    name = entry if seen.repo_id is None else context.names.get(seen.repo_id, entry)
    return Event(seen.at, name, seen.repo_id, (seen.list_name,), seen.what, context.labels[seen.list_name])


def _of_project(seen: Seen, context: _Context) -> Event | None:
    project = context.projects.get(seen.repo_id or 0)
    if project is None:
        return None
    lists = tuple(dict.fromkeys(name for name, _ in project.places))
    return Event(seen.at, project.name, seen.repo_id, lists, seen.what, project.label)


def _place(event: Event) -> tuple[float, str, str, tuple[str, ...]]:
    return -(event.at - datetime.min).total_seconds(), event.repo.lower(), event.kind, event.lists
