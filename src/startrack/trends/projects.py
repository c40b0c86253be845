"""Builds the projects of a report from the rows of the store."""

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
    """The rows of the store at one instant. Mappings are by repository id unless said otherwise.

    `lists` are the lists, each with the repository ids of its entries by name. `baselines` are the counts nearest to
    the start of each window. `weeks` are the counts nearest to the starts of the latest weeks, newest first.
    `largest_daily_gains` are those in the spike window. `retained` are gains shown in place of changes that are too
    young. `holders` are the ids of the repositories that have each name today, by name key.
    """

    as_of: datetime
    lists: Sequence[tuple[List, Mapping[str, int]]]
    currents: Mapping[int, Count]
    baselines: Mapping[Window, Mapping[int, Count]]
    weeks: Sequence[Mapping[int, Count]]
    largest_daily_gains: Mapping[int, int]
    names: Mapping[int, tuple[str, ...]]
    repositories: Mapping[int, tuple[Repository, Details, datetime | None]]
    details: Mapping[int, Details]
    missing: Iterable[tuple[datetime, Missing]]
    retained: Mapping[Window, Mapping[int, RetainedGain]] = field(default_factory=dict)
    holders: Mapping[str, int] = field(default_factory=dict)


def name_holders(repositories: Iterable[Repository], currents: Mapping[int, Count]) -> dict[str, int]:
    """Return the id of the repository that has each name today: of several, the one counted last with it.

    Another repository gets a name if its owner deletes or renames the first one and creates a new one.
    """
    holders: dict[str, int] = {}
    for repository in repositories:
        repo_id, key = repository.repo_id, name_key(repository.name)
        if repo_id in currents:
            holder = holders.get(key)
            if holder is None or _counted(currents, repo_id) > _counted(currents, holder):
                holders[key] = repo_id
    return holders


def _counted(currents: Mapping[int, Count], repo_id: int) -> tuple[datetime, int]:
    return currents[repo_id].taken_at, repo_id


def assemble(rows: Rows) -> tuple[Project, ...]:
    """Return one project for each repository of the lists, sorted by name."""
    missing = _missing(rows)
    projects: dict[int | str, Project] = {}
    for listed, ids in rows.lists:
        for entry in listed.entries:
            # An entry that was never counted belongs to the repository that has its name today, if there is one.
            repo_id = ids.get(entry.repo, rows.holders.get(name_key(entry.repo)))
            key = name_key(entry.repo) if repo_id is None else repo_id
            project = projects.get(key) or _project(rows, entry.repo, repo_id, missing)
            projects[key] = _with_place(project, listed, entry)
    return tuple(sorted(projects.values(), key=lambda project: (project.name.lower(), project.repository.repo_id)))


def _with_place(project: Project, listed: List, entry: Entry) -> Project:
    places = (*project.places, (listed.name, entry))
    return replace(project, places=places, label=project.label or listed.label)


def _missing(rows: Rows) -> dict[int | str, tuple[datetime, Missing]]:
    """Return the latest missing observation by repository id and by name key."""
    latest: dict[int | str, tuple[datetime, Missing]] = {}
    for observed_at, missing in sorted(rows.missing, key=lambda row: row[0]):
        if missing.repo_id is not None:
            latest[missing.repo_id] = observed_at, missing
        latest[name_key(missing.asked)] = observed_at, missing
    return latest


def _project(
    rows: Rows,
    name: str,
    repo_id: int | None,
    missing: Mapping[int | str, tuple[datetime, Missing]],
) -> Project:
    if repo_id is None:
        observation = missing.get(name_key(name))
        unknown = dict.fromkeys(rows.baselines, Unknown.NOT_COUNTED)
        # 0 stands for the unknown id of a repository that was never counted; GitHub's ids begin at 1.
        return _with_missing(Project(Repository(0, name), None, unknown, ()), observation)
    current = rows.currents.get(repo_id)
    repository, facts, first_counted_at = rows.repositories.get(repo_id, (Repository(repo_id, name), Details(), None))
    changes = _changes(rows, repo_id, current, first_counted_at)
    figures = rows.details.get(repo_id, Details())
    project = Project(
        repository=_as_of(repository, rows.as_of),
        current=current,
        changes={window: changes[window] for window in rows.baselines},
        places=(),
        first_seen=first_counted_at if current else None,
        details=replace(facts, open_issues=figures.open_issues, open_prs=figures.open_prs, watchers=figures.watchers),
        acceleration=windows.acceleration([current, *(week.get(repo_id) for week in rows.weeks)]),
        spike=windows.is_one_day_spike(changes.get(SPIKE_WINDOW, Unknown.GAP), rows.largest_daily_gains.get(repo_id)),
        retained=_retained(rows, repo_id, changes),
        old_names=tuple(dict.fromkeys(old for old in rows.names.get(repo_id, ()) if old != repository.name)),
        is_namesake=rows.holders.get(name_key(repository.name), repo_id) != repo_id,
    )
    # An observation by name may have no id. One with another id is about another repository.
    observations = [missing[key] for key in (repo_id, name_key(name)) if key in missing]
    own = [observation for observation in observations if observation[1].repo_id in (None, repo_id)]
    return _with_missing(project, max(own, key=lambda observation: observation[0], default=None))


def _with_missing(project: Project, observation: tuple[datetime, Missing] | None) -> Project:
    """Return the project with a missing observation, if that is later than the last count."""
    if observation is None:
        return project
    observed_at, missing = observation
    if project.current and observed_at <= project.current.taken_at:
        return project
    return replace(project, missing=missing, missing_at=observed_at)


def _retained(rows: Rows, repo_id: int, changes: Mapping[Window, Change | Unknown]) -> dict[Window, RetainedGain]:
    gains = {window: by_id.get(repo_id) for window, by_id in rows.retained.items()}
    return {window: gain for window, gain in gains.items() if gain is not None and changes[window] is Unknown.TOO_YOUNG}


def _as_of(repository: Repository, as_of: datetime) -> Repository:
    """Return a repository without what happened after `as_of`: that commit and archival become unknown."""
    committed, archived = repository.head_committed_on, repository.archived_at
    if committed is not None and committed > as_of.date():
        repository = replace(repository, head_committed_on=None, head_oid=None)
    if archived is not None and archived > as_of:
        repository = replace(repository, is_archived=False, archived_at=None)
    return repository


def _changes(
    rows: Rows, repo_id: int, current: Count | None, first_counted_at: datetime | None
) -> dict[Window, Change | Unknown]:
    return {
        window: windows.window_change(window, rows.as_of, current, baselines.get(repo_id), first_counted_at)
        for window, baselines in rows.baselines.items()
    }
