"""The check of proposed additions: find them, look at each, and judge it by the rules. Nothing is recorded."""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final, Self, TypeVar

from startrack import git
from startrack.config import Config, ListConfig
from startrack.errors import BlockError, ConfigError, GitHubError, PushError, SourceError
from startrack.github import collector, rest
from startrack.github.client import Client, Document
from startrack.github.responses import UnansweredError
from startrack.github.star_days import StarDays, fetch_star_days
from startrack.lists import additions, diffs, project_links
from startrack.lists.additions import Addition, Version
from startrack.lists.sources import FileSource
from startrack.model.changes import MONTH_WINDOW, Change, Count
from startrack.model.count_history import CountHistory
from startrack.model.durations import DAY, MONTH
from startrack.model.history import RetainedGain
from startrack.model.lists import List
from startrack.model.report import Project, SiteReport
from startrack.model.repository import Counted, KnownRepository, Missing, Observation, Reason, Repository, name_key
from startrack.store import queries
from startrack.trends import bursts, gate, peers
from startrack.trends.gate import Candidate, Duplicate, Judgement, Known
from startrack.trends.peers import StarsByAge
from startrack.workflows import lists
from startrack.workflows.report import create_site_report

__all__ = ["CheckResult", "Everything", "InDiff", "InPullRequest", "Names", "SinceRevision", "Wanted", "run"]

Answer = TypeVar("Answer")

# Whoever proposes a change decides how many projects it names; each costs up to six requests.
_MOST_ADDITIONS: Final = 50
# What star history tells.
_OF_HISTORY: Final = frozenset({Known.GAIN, Known.BURST})
# Fifty take one request: enough for a list of usual size that was never counted.
_MOST_IDENTIFIED: Final = 5_000


@dataclass(frozen=True, slots=True)
class Names:
    """Repositories by OWNER/NAME or URL, as if they were added to the first list."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SinceRevision:
    """What the files of the lists have and do not have at a revision of git."""

    revision: str


@dataclass(frozen=True, slots=True)
class InDiff:
    """What a unified diff adds to the files of the lists, which are the versions before it."""

    diff: bytes


@dataclass(frozen=True, slots=True)
class InPullRequest:
    """What a pull request of a repository (OWNER/NAME) adds, by its diff from GitHub's API."""

    repository: str
    number: int


@dataclass(frozen=True, slots=True)
class Everything:
    """Every entry of the lists."""


Wanted = Names | SinceRevision | InDiff | InPullRequest | Everything


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The judgements in the order of the lists; `problems` are what could not be looked at at all.

    `has_history` is whether there are counts of earlier runs to compare with. `elsewhere` are the entries on each other
    host, which are not looked at.
    """

    judgements: tuple[Judgement, ...]
    problems: tuple[str, ...]
    has_history: bool
    elsewhere: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Found:
    """The candidates before anything is known of them, and the lists that they are for, as they would be."""

    candidates: tuple[Candidate, ...]
    lists: tuple[List, ...]
    problems: tuple[str, ...] = ()
    elsewhere: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What earlier runs recorded: the last report, and the repositories by each of their names."""

    report: SiteReport | None = None
    known: tuple[KnownRepository, ...] = ()

    def ids(self) -> dict[str, int]:
        """Return the id of each repository by the lower-case names that it had at counts and has in the lists."""
        projects = self.report.projects if self.report else ()
        listed = {name_key(entry.repo): project for project in projects for _, entry in project.places}
        by_entry = {name: project.repository.repo_id for name, project in listed.items() if project.repository.repo_id}
        return by_entry | {name_key(known.name): known.repo_id for known in self.known}


def run(
    config: Config,
    wanted: Wanted,
    client: Client,
    now: datetime,
    progress: collector.Progress = lambda *_: None,
) -> CheckResult:
    """Look at every project that is wanted, and judge it by `[check]`.

    Raises ConfigError for a name or revision that does not exist, SourceError if a list or the diff cannot be read, and
    the errors of a client if GitHub gives no answer at all.
    """
    found = _find(config, wanted, client)
    if not found.candidates:
        return CheckResult((), found.problems, has_history=True, elsewhere=found.elsewhere)
    recorded = _load_recorded(config, now)
    is_all = isinstance(wanted, Everything)
    observations, stopped = _observe(client, found, recorded, now, progress if is_all else None)
    ids = recorded.ids() | {
        name: observation.repository.repo_id
        for name, observation in observations.items()
        if isinstance(observation, Counted)
    }
    unknown = [] if is_all else _without_id(found, ids, observations)
    named, unnamed = _identify(client, unknown, now)
    looking = _Looking(config, client, recorded, found.lists, observations, ids | named, now)
    candidates = [looking.look(candidate, is_listed=is_all) for candidate in found.candidates]
    judgements = tuple(gate.judge(candidate, config.check, now.date()) for candidate in candidates)
    problems = (*found.problems, *stopped, *unnamed)
    return CheckResult(judgements, problems, recorded.report is not None, found.elsewhere)


def _find(config: Config, wanted: Wanted, client: Client) -> _Found:
    match wanted:
        case Names(names=names):
            read, problems = lists.read_lists(config, lambda: client)
            asked = dict.fromkeys(map(_repository_name, names))
            candidates = [_candidate(name, read[0] if read else None) for name in asked]
            return _Found(tuple(candidates), tuple(read), tuple(map(str, problems)))
        case Everything():
            versions = [_read_version(config, list_config, lambda: client) for list_config in config.lists]
            added = [_Added(version.listed, tuple(additions.every_entry(version))) for version in versions]
            return _found(added)
        case SinceRevision(revision=revision):
            return _since_revision(config, revision)
        case InDiff(diff=diff):
            return _in_diff(config, diff)
        case InPullRequest(repository=repository, number=number):
            try:
                return _in_diff(config, rest.fetch_diff(client, repository, number))
            except SourceError as error:  # the comment of an earlier run must not keep an earlier verdict
                return _Found((), (), (str(error),))


def _repository_name(text: str) -> str:
    link = project_links.parse_repository_link(text) if "://" in text else None
    name = link.repo if link else project_links.parse_full_name(text)
    if name is None:
        raise ConfigError(f"invalid project {text!r}; use OWNER/NAME or the address of a repository on GitHub")
    return name


def _candidate(name: str, listed: List | None, addition: Addition | None = None) -> Candidate:
    not_asked = Missing(name, Reason.NOT_ASKED)
    return Candidate(name, not_asked, listed.name if listed else None, listed.source if listed else None, addition)


@dataclass(frozen=True, slots=True)
class _Added:
    """A list after a change, what was added to it, and the list before, `None` if all of it is new."""

    listed: List
    additions: tuple[Addition, ...]
    before: List | None = None

    @classmethod
    def between(cls, old: Version | None, new: Version) -> Self:
        """Return what was added between two versions."""
        return cls(new.listed, additions.find(old, new), old.listed if old else None)

    def elsewhere(self) -> Counter[str]:
        """Return how many more entries there are on each other host."""
        before = Counter(self.before.other_hosts if self.before else {})
        return Counter(self.listed.other_hosts) - before


def _found(added: Sequence[_Added], problems: Iterable[str] = ()) -> _Found:
    candidates = [_candidate(addition.entry.repo, own.listed, addition) for own in added for addition in own.additions]
    elsewhere = sum((own.elsewhere() for own in added), Counter[str]())
    return _Found(tuple(candidates), tuple(own.listed for own in added), tuple(problems), elsewhere)


def _read_version(config: Config, list_config: ListConfig, connect: Callable[[], Client]) -> Version:
    return lists.parse_version(config, list_config, lists.fetch_list(config, list_config, connect))


def _old_version(config: Config, list_config: ListConfig, document: Document) -> Version | None:
    """Return the list before a change, `None` if it was none: then every entry is new, and is looked at."""
    with suppress(SourceError, BlockError):
        return lists.parse_version(config, list_config, document)
    return None


def _files(config: Config) -> list[tuple[ListConfig, str]]:
    """Return the lists that are files here, with their paths below the folder of the configuration."""
    located = ((list_config, lists.locate(config, list_config)) for list_config in config.lists)
    files = [(list_config, source.path) for list_config, source in located if isinstance(source, FileSource)]
    if not files:
        raise ConfigError("no list is a file of this checkout; name one with --list, or add it to [[lists]]")
    return files


def _since_revision(config: Config, revision: str) -> _Found:
    try:
        repository = git.open_repository(config.root)
        commit = repository.find_commit(revision)
        if commit is None:
            raise ConfigError(f"--base: there is no revision {revision!r} here; fetch it first, or correct it")
        added = []
        for list_config, path in _files(config):
            new = _read_version(config, list_config, _no_client)
            git_path = repository.git_path(config.root / path)
            before = repository.read_file(commit, git_path) if git_path else None
            old = _old_version(config, list_config, Document(before, path)) if before is not None else None
            added.append(_Added.between(old, new))
    except PushError as error:
        raise ConfigError(f"--base needs a checkout of a git repository: {error}") from error
    return _found(added)


def _no_client() -> Client:
    raise AssertionError("a file needs no client")


def _in_diff(config: Config, data: bytes) -> _Found:
    changes = diffs.parse(data)
    added, problems = [], []
    for list_config, path in _files(config):
        name = _name_in_git(config, path)
        own = [change for change in changes if name in (change.old, change.new)]
        problems += [problem for change in own if (problem := _problem(change, name))]
        if not own or any(_problem(change, name) for change in own):
            continue
        try:
            added.append(_added_by(config, list_config, path, own))
        except (SourceError, BlockError) as error:
            problems.append(str(error))
    return _found(added, problems)


def _added_by(config: Config, list_config: ListConfig, path: str, changes: Sequence[diffs.FileDiff]) -> _Added:
    """Return what the changes of a list's file add to it. Raises SourceError and BlockError."""
    is_new = changes[0].old is None
    document = Document(b"", path) if is_new else lists.fetch_list(config, list_config, _no_client)
    content = document.content
    for change in changes:
        content = diffs.apply(content, change, path)
    new = lists.parse_version(config, list_config, replace(document, content=content))
    return _Added.between(_old_version(config, list_config, document), new)


def _name_in_git(config: Config, path: str) -> str:
    """Return a path as the diff of the repository has it."""
    with suppress(PushError):
        if name := git.open_repository(config.root).git_path(config.root / path):
            return os.fsdecode(name)
    return path


def _problem(change: diffs.FileDiff, name: str) -> str | None:
    """Return why the change of a list cannot be looked at, `None` if it can."""
    if change.new is None:
        return f"the change removes the list {name}"
    if change.is_binary:
        return f"the change makes the list {name} a binary file, which cannot be read"
    if change.old not in (name, None):
        return f"the change replaces the list {name} by the file {change.old}, which is not looked at"
    return None


def _load_recorded(config: Config, now: datetime) -> _Recorded:
    """Return what earlier runs recorded; nothing is written where there is nothing."""
    store, snapshots = lists.open_store(config)
    if not config.database.exists() and not any(snapshots.paths()):
        return _Recorded()
    report = create_site_report(config, None, now)
    return _Recorded(report if report.runs else None, store.run(queries.known_repositories))


def _observe(
    client: Client, found: _Found, recorded: _Recorded, now: datetime, progress: collector.Progress | None
) -> tuple[Mapping[str, Observation], tuple[str, ...]]:
    """Count the candidates in batches; return the observations by lower-case name, and why the pass ended early.

    With `progress`, they are the entries of whole lists, whose commit totals earlier runs may know.
    """
    names = list({name_key(candidate.asked): candidate.asked for candidate in found.candidates}.values())
    if progress:
        asked, known = names, recorded.known
    else:
        asked, known, progress = names[:_MOST_ADDITIONS], (), lambda *_: None
    collection = collector.collect(client, asked, known, now.date(), progress=progress)
    observations: dict[str, Observation] = {
        name_key(name): observation for name, observation in zip(asked, collection.observations, strict=True)
    }
    left_out = f"only the first {_MOST_ADDITIONS} additions of a change are looked at"
    for name in names[len(asked) :]:
        observations[name_key(name)] = Missing(name, Reason.NOT_ASKED, left_out)
    return observations, (collection.stopped,) if collection.stopped else ()


def _without_id(found: _Found, ids: Mapping[str, int], observations: Mapping[str, Observation]) -> list[str]:
    """Return the entries whose repositories earlier runs did not see: a candidate may be one of them under a new name.

    They matter only if there is a candidate that GitHub has found.
    """
    if not any(isinstance(observation, Counted) for observation in observations.values()):
        return []
    entries = {name_key(entry.repo): entry.repo for listed in found.lists for entry in listed.entries}
    return [repo for name, repo in entries.items() if name not in ids and name not in observations]


def _identify(client: Client, names: Sequence[str], now: datetime) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the ids of repositories by their lower-case names, and a problem if they are not known of all of them."""
    left_out = len(names) - _MOST_IDENTIFIED
    why = f"{left_out:,} entries were never counted; count the list first" if left_out > 0 else None
    ids: dict[str, int] = {}
    if names and not client.tokens.authorized:
        why = "the list was never counted, and there is no token"
    else:
        try:
            answers = collector.identify(client, names[:_MOST_IDENTIFIED], now.date())
            ids = {name_key(name): answer.repo_id for name, answer in answers.items() if isinstance(answer, Repository)}
        except GitHubError as error:
            why = str(error)
    return ids, (f"duplicates under other names: {why}",) if why else ()


class _Looking:
    """What is found out about one candidate after another.

    `ids` are the repository ids by each lower-case name that is known for them. Once a request got no answer that the
    next ones would not get either, such as at a rate limit, `_stopped` says why, and no more are sent.
    """

    def __init__(
        self,
        config: Config,
        client: Client,
        recorded: _Recorded,
        listed: Sequence[List],
        observations: Mapping[str, Observation],
        ids: Mapping[str, int],
        now: datetime,
    ) -> None:
        self._config, self._client, self._report, self._now = config, client, recorded.report, now
        self._lists = {each.name: each for each in listed}
        self._observations = observations
        self._projects = {
            project.repository.repo_id: project for project in (recorded.report.projects if recorded.report else ())
        }
        self._ids = ids
        self._lives: dict[str, dict[int, StarsByAge]] = {}
        self._stopped: str | None = None

    def look(self, candidate: Candidate, *, is_listed: bool) -> Candidate:
        """Return a candidate with what is known of it; for one that is listed, star history is only that recorded."""
        observation = self._observations[name_key(candidate.asked)]
        candidate = replace(candidate, observation=observation)
        candidate = replace(candidate, duplicates=tuple(self._duplicates(candidate)))
        if not isinstance(observation, Counted):
            return candidate
        repo_id = observation.repository.repo_id
        project = self._projects.get(repo_id)
        if observation.details is None and project:
            observation = replace(observation, details=project.details)
            candidate = replace(candidate, observation=observation)
        candidate = self._with_recorded(candidate, project)
        if observation.details is None or not self._client.tokens.authorized:
            why = "GitHub gave no details" if self._client.tokens.authorized else "not asked without a token"
            candidate = candidate.without({Known.RELEASE: why})
        if not is_listed:
            candidate = self._with_history(candidate, observation)
        candidate = self._with_same_age(candidate, observation)
        return self._with_contributors(candidate, repo_id)

    def _duplicates(self, candidate: Candidate) -> Iterator[Duplicate]:
        """Yield the entries of the list that lead to the same repository, by their names or by their ids."""
        own = candidate.addition.entry if candidate.addition else None
        keys = {name_key(candidate.asked), name_key(candidate.name)}
        repo_id = self._ids.get(name_key(candidate.asked))
        if candidate.addition and candidate.addition.repeated:
            yield Duplicate(candidate.addition.repeated)
        for listed in self._lists.values():
            for entry in listed.entries if own is None or listed.name == candidate.list_name else ():
                key = name_key(entry.repo)
                is_same = key in keys or (repo_id is not None and self._ids.get(key) == repo_id)
                if is_same and (own is None or key != name_key(own.repo)):
                    yield Duplicate(entry, key != name_key(candidate.asked))

    def _with_recorded(self, candidate: Candidate, project: Project | None) -> Candidate:
        """Return a candidate with the figures of earlier runs, where there are some."""
        unknown = {Known.GAIN: "no earlier count", Known.BURST: "no star history is recorded"}
        if project is None or self._report is None:
            return replace(candidate, unknown=unknown)
        change = project.changes.get(MONTH_WINDOW)
        gain = change if isinstance(change, Change) else project.retained.get(MONTH_WINDOW)
        burst = self._report.bursts.get(project.repository.repo_id)
        verdict = bursts.of_counted(burst) if burst else None
        known = {Known.GAIN} if gain else set[Known]()
        known |= {Known.BURST} if verdict else set[Known]()
        unknown = {what: why for what, why in unknown.items() if what not in known}
        return replace(candidate, gain=gain, burst=verdict, unknown=unknown)

    def _with_history(self, candidate: Candidate, counted: Counted) -> Candidate:
        """Return a candidate with the burst, and where no gain is counted the gain, by its retained stars."""

        def is_enough(known: int) -> bool:
            return not bursts.can_hold_burst(counted.stars - known, counted.stars)

        days = self._ask(lambda: fetch_star_days(self._client, counted.repository.repo_id, self._now.date(), is_enough))
        if isinstance(days, str):
            return candidate.without({what: days for what in candidate.unknown if what in _OF_HISTORY})
        total = sum(days.stars) if days.is_whole else counted.stars
        verdict = bursts.judge(days.first, days.stars, total, is_whole=days.is_whole)
        gain = candidate.gain if isinstance(candidate.gain, Change) else _month_gain(days, self._now.date())
        unknown = {what: why for what, why in candidate.unknown.items() if what not in _OF_HISTORY}
        return replace(candidate, burst=verdict, gain=gain, unknown=unknown)

    def _with_same_age(self, candidate: Candidate, counted: Counted) -> Candidate:
        """Return a candidate compared with the projects of its list at its age."""
        if self._report is None or candidate.list_name is None:
            reason = "nothing has been counted here yet" if candidate.list_name else "no list to compare with"
            return candidate.without({Known.SAME_AGE: reason})
        if candidate.list_name not in self._lives:
            self._lives[candidate.list_name] = peers.lives(self._report, candidate.list_name)
        created_at, repo_id = counted.repository.created_at, counted.repository.repo_id
        counts = CountHistory.of([Count(self._now, counted.stars, counted.forks)])
        own = StarsByAge(created_at.date() if created_at else None, counts, ())
        compared = peers.same_age({**self._lives[candidate.list_name], repo_id: own})[repo_id]
        return replace(candidate, same_age=compared)

    def _with_contributors(self, candidate: Candidate, repo_id: int) -> Candidate:
        if not gate.needs_contributors(candidate, self._config.check):
            return candidate
        number = self._ask(lambda: rest.fetch_contributors(self._client, repo_id))
        if isinstance(number, str):
            return candidate.without({Known.CONTRIBUTORS: number})
        return replace(candidate, contributors=number)

    def _ask(self, request: Callable[[], Answer]) -> Answer | str:
        """Return the answer of GitHub, or why there is none."""
        if self._stopped:
            return self._stopped
        try:
            return request()
        except UnansweredError as error:
            return str(error)
        except GitHubError as error:
            self._stopped = str(error)
            return self._stopped


def _month_gain(days: StarDays, today: date) -> RetainedGain:
    """Return the retained stars of the last thirty days; before a whole history there were none."""
    return RetainedGain(sum(days.stars[-MONTH.days :]), today - MONTH + DAY, today)
