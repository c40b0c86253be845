"""Builds the projects of a report from the rows of the store."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from startrack.model.changes import MONTH_WINDOW, Change, Count, Unknown, Window
from startrack.model.history import RetainedGain
from startrack.model.lists import Entry, List
from startrack.model.report import Project
from startrack.model.repository import Details, Missing, Repository, name_key
from startrack.trends import windows

__all__ = ["SPIKE_WINDOW", "Recount", "Rows", "assemble", "has_any", "name_holders"]


SPIKE_WINDOW = MONTH_WINDOW


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of the store at one instant. Mappings are by repository id unless said otherwise.

    `lists` are the lists, each with the repository ids of its entries by name. `baselines` are the counts nearest to
    the start of each window. `weeks` are the counts nearest to the starts of the latest weeks, newest first.
    `largest_daily_gains` are those in the spike window. `retained` are gains shown in place of changes that are too
    young. `first_own` are the first counts of startrack itself where there are imported ones too. `holders` are the ids
    of the repositories that have each name today, by name key.
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
    first_own: Mapping[int, datetime] = field(default_factory=dict)
    holders: Mapping[str, int] = field(default_factory=dict)


def name_holders(names: Iterable[tuple[int, str]], currents: Mapping[int, Count]) -> dict[str, int]:
    """Return the id of the repository that has each name today: of several, the one counted last with it.

    `names` are the ids and names of all repositories. Another repository gets a name if its owner deletes or renames
    the first one and creates a new one.
    """
    holders: dict[str, int] = {}
    for repo_id, name in names:
        if repo_id in currents:
            holder = holders.setdefault(name_key(name), repo_id)
            if holder != repo_id and _counted(currents, repo_id) > _counted(currents, holder):
                holders[name_key(name)] = repo_id
    return holders


def _counted(currents: Mapping[int, Count], repo_id: int) -> tuple[datetime, int]:
    return currents[repo_id].taken_at, repo_id


def assemble(rows: Rows) -> tuple[Project, ...]:
    """Return one project for each repository of the lists, sorted by name."""
    missing = _missing(rows)
    names: dict[int | str, tuple[str, int | None]] = {}
    places: dict[int | str, list[tuple[List, Entry]]] = {}
    for listed, ids in rows.lists:
        for entry in listed.entries:
            repo_id = _repository_id(rows.holders, entry, ids)
            key = name_key(entry.repo) if repo_id is None else repo_id
            names.setdefault(key, (entry.repo, repo_id))
            places.setdefault(key, []).append((listed, entry))
    projects = [_project(rows, *names[key], missing, places[key]) for key in names]
    return tuple(sorted(projects, key=lambda project: (project.name.lower(), project.repository.repo_id)))


class Recount:
    """Makes the projects of several instants that have the same lists: only what is counted differs.

    Their rows have nothing else: no earlier weeks, missing repositories or retained stars. The projects share what is
    the same at each instant.
    """

    def __init__(self, rows: Rows) -> None:
        """Take the rows of one of the instants."""
        self._projects = assemble(rows)
        self._facts = rows.repositories
        self._past_repositories: dict[tuple[int, bool, bool], Repository] = {}

    def at(
        self, as_of: datetime, currents: Mapping[int, Count], baselines: Mapping[Window, Mapping[int, Count]]
    ) -> tuple[Project, ...]:
        """Return the projects of an instant. Its counts are as in `Rows`."""
        day = as_of.date()
        return tuple(self._recounted(project, as_of, day, currents, baselines) for project in self._projects)

    def _recounted(
        self,
        project: Project,
        as_of: datetime,
        day: date,
        currents: Mapping[int, Count],
        baselines: Mapping[Window, Mapping[int, Count]],
    ) -> Project:
        repo_id = project.repository.repo_id
        if repo_id not in self._facts:
            return project
        repository, _, first_counted_at = self._facts[repo_id]
        current = currents.get(repo_id)
        return Project(
            repository=self._as_of(repository, as_of, day),
            current=current,
            changes=_changes(baselines, as_of, repo_id, current, first_counted_at),
            places=project.places,
            first_seen=first_counted_at if current else None,
            details=project.details,
            label=project.label,
            is_namesake=project.is_namesake,
        )

    def _as_of(self, repository: Repository, as_of: datetime, day: date) -> Repository:
        later = _happened_later(repository, as_of, day)
        if not any(later):
            return repository
        key = repository.repo_id, *later
        if key not in self._past_repositories:
            self._past_repositories[key] = _without(repository, *later)
        return self._past_repositories[key]


def has_any(
    lists: Iterable[tuple[List, Mapping[str, int]]], holders: Mapping[str, int], repo_ids: Container[int]
) -> bool:
    """Say whether one of the lists has one of these repositories; the parameters are as in `Rows`."""
    return any(_repository_id(holders, entry, ids) in repo_ids for listed, ids in lists for entry in listed.entries)


def _repository_id(holders: Mapping[str, int], entry: Entry, ids: Mapping[str, int]) -> int | None:
    """Return the id of an entry's repository: one never counted may be that which has the name today."""
    repo_id = ids.get(entry.repo)
    return holders.get(name_key(entry.repo)) if repo_id is None else repo_id


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
    entries: Sequence[tuple[List, Entry]],
) -> Project:
    places = tuple((listed.name, entry) for listed, entry in entries)
    label = next((listed.label for listed, _ in entries if listed.label), None)
    if repo_id is None:
        observation = missing.get(name_key(name))
        unknown = dict.fromkeys(rows.baselines, Unknown.NOT_COUNTED)
        # 0 stands for the unknown id of a repository that was never counted; GitHub's ids begin at 1.
        return _with_missing(Project(Repository(0, name), None, unknown, places, label=label), observation)
    current = rows.currents.get(repo_id)
    repository, facts, first_counted_at = rows.repositories.get(repo_id, (Repository(repo_id, name), Details(), None))
    changes = _changes(rows.baselines, rows.as_of, repo_id, current, first_counted_at)
    project = Project(
        repository=_as_of(repository, rows.as_of),
        current=current,
        changes=changes,
        places=places,
        first_seen=first_counted_at if current else None,
        details=_details(facts, rows.details.get(repo_id)),
        acceleration=windows.acceleration([current, *(week.get(repo_id) for week in rows.weeks)])
        if rows.weeks
        else None,
        spike=windows.is_one_day_spike(changes.get(SPIKE_WINDOW, Unknown.GAP), rows.largest_daily_gains.get(repo_id)),
        retained=_retained(rows, repo_id, changes) if rows.retained else {},
        old_names=tuple(dict.fromkeys(old for old in rows.names.get(repo_id, ()) if old != repository.name)),
        label=label,
        is_namesake=rows.holders.get(name_key(repository.name), repo_id) != repo_id,
    )
    if not missing:
        return project
    # An observation by name may have no id. One with another id is about another repository.
    observations = [missing[key] for key in (repo_id, name_key(name)) if key in missing]
    own = [observation for observation in observations if observation[1].repo_id in (None, repo_id)]
    return _with_missing(project, max(own, key=lambda observation: observation[0], default=None))


def _details(facts: Details, figures: Details | None) -> Details:
    """Return the details that seldom change with the figures of an instant, which are unknown if there are none."""
    if figures is None and (facts.open_issues, facts.open_prs, facts.watchers) == (None, None, None):
        return facts
    known = figures or Details()
    return replace(facts, open_issues=known.open_issues, open_prs=known.open_prs, watchers=known.watchers)


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
    return {
        window: gain
        for window, gain in gains.items()
        if gain is not None and _is_older(rows, repo_id, window, changes[window])
    }


def _is_older(rows: Rows, repo_id: int, window: Window, change: Change | Unknown) -> bool:
    """Return whether a window of unknown change begins before the first count, or the first that was not imported."""
    first_own = rows.first_own.get(repo_id)
    if change is Unknown.GAP and first_own:
        return first_own > rows.as_of - window.span
    return change is Unknown.TOO_YOUNG


def _as_of(repository: Repository, as_of: datetime) -> Repository:
    """Return a repository without what happened after `as_of`: that commit and archival become unknown."""
    return _without(repository, *_happened_later(repository, as_of, as_of.date()))


def _happened_later(repository: Repository, as_of: datetime, day: date) -> tuple[bool, bool]:
    """Return whether the last commit is later than the day of `as_of`, and whether the archival is later."""
    committed, archived = repository.head_committed_on, repository.archived_at
    return committed is not None and committed > day, archived is not None and archived > as_of


def _without(repository: Repository, is_commit_later: bool, is_archival_later: bool) -> Repository:  # noqa: FBT001 - a pair of answers
    if is_commit_later:
        repository = replace(repository, head_committed_on=None, head_oid=None)
    if is_archival_later:
        repository = replace(repository, is_archived=False, archived_at=None)
    return repository


def _changes(
    baselines: Mapping[Window, Mapping[int, Count]],
    as_of: datetime,
    repo_id: int,
    current: Count | None,
    first_counted_at: datetime | None,
) -> dict[Window, Change | Unknown]:
    return {
        window: windows.window_change(window, as_of, current, counts.get(repo_id), first_counted_at)
        for window, counts in baselines.items()
    }
