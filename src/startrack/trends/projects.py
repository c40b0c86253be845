"""From rows to projects: all that a report knows of each repository of its lists."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from startrack.model.changes import MONTH_WINDOW, Change, Count, Unknown, Window
from startrack.model.history import RetainedGain
from startrack.model.lists import Entry, List
from startrack.model.report import Project
from startrack.model.repository import Details, Missing, Repository, name_key
from startrack.trends import windows

__all__ = ["SPIKE_WINDOW", "Rows", "assemble", "name_holders"]


SPIKE_WINDOW = MONTH_WINDOW


@dataclass(frozen=True, slots=True)
class Rows:
    """What the store holds at one instant, by repository number.

    `lists` come each with the numbers that its entries' names lead to; `baselines` are the counts nearest to where
    each window starts, `weeks` those nearest to where the latest weeks began, newest first; `leaps` the best single
    day of the spike window; `retained` what may stand in for changes that are too young. `holders` are the numbers of
    those that have each name today.
    """

    as_of: datetime
    lists: Sequence[tuple[List, Mapping[str, int]]]
    currents: Mapping[int, Count]
    baselines: Mapping[Window, Mapping[int, Count]]
    weeks: Sequence[Mapping[int, Count]]
    leaps: Mapping[int, int]
    names: Mapping[int, tuple[str, ...]]
    repositories: Mapping[int, tuple[Repository, Details, datetime | None]]
    details: Mapping[int, Details]
    missing: Iterable[tuple[datetime, Missing]]
    retained: Mapping[Window, Mapping[int, RetainedGain]] = field(default_factory=dict)
    holders: Mapping[str, int] = field(default_factory=dict)


def name_holders(repositories: Iterable[Repository], currents: Mapping[int, Count]) -> dict[str, int]:
    """Return the number of the repository that has each name today: of several, the one counted last under it.

    A name passes to another repository where its owner deletes or renames the first one and makes it anew.
    """
    counted = (
        (currents[each.repo_id].taken_at, each.repo_id, each) for each in repositories if each.repo_id in currents
    )
    return {name_key(each.name): repo_id for _, repo_id, each in sorted(counted, key=lambda seen: seen[:2])}


def assemble(rows: Rows) -> tuple[Project, ...]:
    """Return one project for each repository that the lists name, by name."""
    missing = _missing(rows)
    found: dict[int | str, Project] = {}
    for each, ids in rows.lists:
        for entry in each.entries:
            # An entry that no run could count yet leads to whoever has its name, where that was counted elsewhere.
            repo_id = ids.get(entry.repo, rows.holders.get(name_key(entry.repo)))
            key = name_key(entry.repo) if repo_id is None else repo_id
            before = found.get(key) or _project(rows, entry.repo, repo_id, missing)
            found[key] = _placed(before, each, entry)
    return tuple(sorted(found.values(), key=lambda project: (project.name.lower(), project.repository.repo_id)))


def _placed(project: Project, found_in: List, entry: Entry) -> Project:
    places = (*project.places, (found_in.name, entry))
    return replace(project, places=places, label=project.label or found_in.label)


def _missing(rows: Rows) -> dict[int | str, tuple[datetime, Missing]]:
    """Return the latest of what was seen instead of a count, by number and by name."""
    found: dict[int | str, tuple[datetime, Missing]] = {}
    for seen_at, missing in sorted(rows.missing, key=lambda each: each[0]):
        if missing.repo_id is not None:
            found[missing.repo_id] = seen_at, missing
        found[name_key(missing.asked)] = seen_at, missing
    return found


def _project(
    rows: Rows,
    name: str,
    repo_id: int | None,
    missing: Mapping[int | str, tuple[datetime, Missing]],
) -> Project:
    if repo_id is None:
        seen = missing.get(name_key(name))
        unknown = dict.fromkeys(rows.baselines, Unknown.NOT_COUNTED)
        # No number is known of a repository that never answered; GitHub's begin at 1.
        return _seen(Project(Repository(0, name), None, unknown, ()), seen)
    current = rows.currents.get(repo_id)
    repository, facts, born = rows.repositories.get(repo_id, (Repository(repo_id, name), Details(), None))
    changes = _changes(rows, repo_id, current, born)
    figures = rows.details.get(repo_id, Details())
    project = Project(
        repository=_as_of(repository, rows.as_of),
        current=current,
        changes={window: changes[window] for window in rows.baselines},
        places=(),
        first_seen=born if current else None,
        details=replace(facts, open_issues=figures.open_issues, open_prs=figures.open_prs, watchers=figures.watchers),
        acceleration=windows.acceleration([current, *(week.get(repo_id) for week in rows.weeks)]),
        spike=windows.is_one_day_spike(changes.get(SPIKE_WINDOW, Unknown.GAP), rows.leaps.get(repo_id)),
        retained=_retained(rows, repo_id, changes),
        old_names=tuple(dict.fromkeys(old for old in rows.names.get(repo_id, ()) if old != repository.name)),
        is_namesake=rows.holders.get(name_key(repository.name), repo_id) != repo_id,
    )
    # Under a name that the repository no longer has, no run knows its number; another's number is another's.
    told = [missing[key] for key in (repo_id, name_key(name)) if key in missing]
    own = [each for each in told if each[1].repo_id in (None, repo_id)]
    return _seen(project, max(own, key=lambda each: each[0], default=None))


def _seen(project: Project, seen: tuple[datetime, Missing] | None) -> Project:
    """Return a project with what was seen instead of a count, where that is later than its last one."""
    if seen is None or (project.current and seen[0] <= project.current.taken_at):
        return project
    return replace(project, missing=seen[1], missing_at=seen[0])


def _retained(rows: Rows, repo_id: int, changes: Mapping[Window, Change | Unknown]) -> dict[Window, RetainedGain]:
    found = {window: gains.get(repo_id) for window, gains in rows.retained.items()}
    return {window: gain for window, gain in found.items() if gain is not None and changes[window] is Unknown.TOO_YOUNG}


def _as_of(repository: Repository, as_of: datetime) -> Repository:
    """Return a repository without what became true of it only later; what it was instead is not known."""
    committed, archived = repository.head_committed_on, repository.archived_at
    if committed is not None and committed > as_of.date():
        repository = replace(repository, head_committed_on=None, head_oid=None)
    if archived is not None and archived > as_of:
        repository = replace(repository, is_archived=False, archived_at=None)
    return repository


def _changes(rows: Rows, repo_id: int, current: Count | None, born: datetime | None) -> dict[Window, Change | Unknown]:
    return {
        window: windows.window_change(window, rows.as_of, current, baselines.get(repo_id), born)
        for window, baselines in rows.baselines.items()
    }
