"""The check of proposed additions: look at each, and judge it by the rules of the list. Nothing is recorded."""

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, TypeVar

from startrack.config import Config
from startrack.errors import GitHubError
from startrack.github import collector, rest
from startrack.github.client import Client
from startrack.github.responses import UnansweredError
from startrack.github.star_days import StarDays, fetch_star_days
from startrack.model.changes import MONTH_WINDOW, Change, Count
from startrack.model.count_history import CountHistory
from startrack.model.durations import DAY, MONTH
from startrack.model.history import RetainedGain
from startrack.model.lists import Entry, List
from startrack.model.report import Project, SiteReport
from startrack.model.repository import (
    Counted,
    Details,
    KnownRepository,
    Missing,
    Observation,
    Reason,
    Repository,
    name_key,
)
from startrack.store import queries
from startrack.trends import bursts, gate, peers
from startrack.trends.gate import Candidate, Duplicate, Fact, Judgement
from startrack.trends.peers import StarsByAge
from startrack.wording import figures
from startrack.workflows import candidates, lists
from startrack.workflows.candidates import Everything, Proposed, Wanted
from startrack.workflows.report import create_site_report

__all__ = ["CheckResult", "run"]

Answer = TypeVar("Answer")

# Whoever proposes a change decides how many projects it names. Two hundred cost some forty requests in batches, and one
# more for each that GitHub does not find; what is asked about each one alone costs up to five.
_MOST_ADDITIONS: Final = 200
_MOST_ASKED_ALONE: Final = 50
_ONLY_FIRST: Final = f"asked for only of the first {_MOST_ASKED_ALONE} projects"
# What star history tells.
_OF_HISTORY: Final = frozenset({Fact.GAIN, Fact.BURST})
# Fifty take one request: enough for a list of usual size that was never counted.
_MOST_IDENTIFIED: Final = 5_000


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

    def not_found(self) -> frozenset[str]:
        """Return the lower-case names in the lists under which the last run found nothing: they lead nowhere."""
        projects = self.report.projects if self.report else ()
        gone = (project for project in projects if project.missing and project.missing.reason is Reason.NOT_FOUND)
        return frozenset(name_key(entry.repo) for project in gone for _, entry in project.places)


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
    proposed = candidates.find(config, wanted, client)
    if not proposed.candidates:
        return CheckResult((), proposed.problems, has_history=True, elsewhere=proposed.elsewhere)
    recorded = _load_recorded(config, now)
    is_all = isinstance(wanted, Everything)
    observations, stopped = _observe(client, proposed, recorded, now, progress if is_all else None)
    ids = recorded.ids() | {
        name: observation.repository.repo_id
        for name, observation in observations.items()
        if isinstance(observation, Counted)
    }
    unknown = [] if is_all else _without_id(proposed, ids.keys() | recorded.not_found(), observations)
    named, unnamed = _identify(client, unknown, now)
    looking = _Looking(config, client, recorded, proposed.lists, observations, ids | named, now)
    looked_at = [looking.look(candidate, is_listed=is_all) for candidate in proposed.candidates]
    judgements = tuple(gate.judge(candidate, config.check, now.date()) for candidate in looked_at)
    problems = (*proposed.problems, *stopped, *unnamed, *looking.problems)
    return CheckResult(judgements, problems, recorded.report is not None, proposed.elsewhere)


def _load_recorded(config: Config, now: datetime) -> _Recorded:
    """Return what earlier runs recorded; nothing is written where there is nothing."""
    if not lists.has_records(config):
        return _Recorded()
    store, _ = lists.open_store(config)
    report = create_site_report(config, None, now)
    return _Recorded(report if report.runs else None, store.run(queries.known_repositories))


def _observe(
    client: Client, proposed: Proposed, recorded: _Recorded, now: datetime, progress: collector.Progress | None
) -> tuple[Mapping[str, Observation], tuple[str, ...]]:
    """Count the candidates in batches; return the observations by lower-case name, and why the pass ended early.

    With `progress`, they are the entries of whole lists, whose commit totals earlier runs may know.
    """
    names = list({name_key(candidate.asked): candidate.asked for candidate in proposed.candidates}.values())
    if progress:
        asked, known = names, recorded.known
    else:
        asked, known, progress = names[:_MOST_ADDITIONS], (), lambda *_: None
    collection = collector.collect(client, asked, known, now.date(), progress=progress, with_releases=True)
    observations: dict[str, Observation] = {
        name_key(name): observation for name, observation in zip(asked, collection.observations, strict=True)
    }
    left_out = names[len(asked) :]
    why = f"only the first {_MOST_ADDITIONS} are looked at"
    observations |= {name_key(name): Missing(name, Reason.NOT_ASKED, why) for name in left_out}
    problems = [f"{figures.count(len(left_out), 'project')}: {why}"] if left_out else []
    return observations, (*filter(None, [collection.stopped]), *problems)


def _without_id(proposed: Proposed, looked_up: Container[str], observations: Mapping[str, Observation]) -> list[str]:
    """Return the entries that earlier runs did not look up: a candidate may be one of them under a new name.

    They matter only if there is a candidate that GitHub has found.
    """
    if not any(isinstance(observation, Counted) for observation in observations.values()):
        return []
    entries = {name_key(entry.repo): entry.repo for listed in proposed.lists for entry in listed.entries}
    return [repo for name, repo in entries.items() if name not in looked_up and name not in observations]


def _identify(client: Client, names: Sequence[str], now: datetime) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the ids of repositories by their lower-case names, and a problem if they are not known of all of them."""
    left_out = len(names) - _MOST_IDENTIFIED
    why = f"{left_out:,} entries were never counted; count the list first" if left_out > 0 else None
    ids: dict[str, int] = {}
    if names and not client.tokens.authorized:
        number = figures.count(len(names), "entry was", "entries were")
        why = f"{number} never counted, and there is no token"
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
    next ones would not get either, such as at a rate limit, `_stopped` says why, and no more are sent. The same holds
    once so many projects were asked about alone as is allowed; how many were not is `_not_asked`.
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
        self._entries = {entry_list.name: _by_key(entry_list, ids) for entry_list in listed}
        self._observations = observations
        self._projects = {
            project.repository.repo_id: project for project in (recorded.report.projects if recorded.report else ())
        }
        self._ids = ids
        self._lives: dict[str, dict[int, StarsByAge]] = {}
        self._stopped: str | None = None
        self._asked_alone = self._not_asked = 0

    @property
    def problems(self) -> tuple[str, ...]:
        """What was not looked at, of many projects."""
        if not self._not_asked:
            return ()
        return (f"star history of {figures.count(self._not_asked, 'project')}: {_ONLY_FIRST}",)

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
        candidate = self._with_details(self._with_recorded(candidate, project), observation)
        if not is_listed:
            self._count_asked_alone()
            candidate = self._with_history(candidate, observation)
        candidate = self._with_same_age(candidate, observation)
        return self._with_contributors(candidate, repo_id)

    def _count_asked_alone(self) -> None:
        if self._asked_alone < _MOST_ASKED_ALONE:
            self._asked_alone += 1
        else:
            self._not_asked += 1
            self._stopped = self._stopped or _ONLY_FIRST

    def _duplicates(self, candidate: Candidate) -> Iterator[Duplicate]:
        """Yield the entries of the list that lead to the same repository, by their names or by their ids."""
        own_name = name_key(candidate.addition.entry.repo) if candidate.addition else None
        if candidate.addition and candidate.addition.repeated:
            yield Duplicate(candidate.addition.repeated)
        for list_name, entries in self._entries.items():
            if own_name is None or list_name == candidate.list_name:
                same = [entry for key in self._keys(candidate) for entry in entries.get(key, ())]
                for entry in sorted(set(same), key=lambda entry: (entry.line, entry.repo)):
                    if name_key(entry.repo) != own_name:
                        yield Duplicate(entry, name_key(entry.repo) != name_key(candidate.asked))

    def _keys(self, candidate: Candidate) -> Iterator[int | str]:
        """Yield what an entry for the same repository has in common: a name, or the id."""
        yield from (name_key(candidate.asked), name_key(candidate.name))
        repo_id = self._ids.get(name_key(candidate.asked))
        if repo_id is not None:
            yield repo_id

    def _with_recorded(self, candidate: Candidate, project: Project | None) -> Candidate:
        """Return a candidate with the figures of earlier runs, where there are some."""
        unknown = {Fact.GAIN: "no earlier count", Fact.BURST: "no star history is recorded"}
        if project is None or self._report is None:
            return replace(candidate, unknown=unknown)
        change = project.changes.get(MONTH_WINDOW)
        gain = change if isinstance(change, Change) else project.retained.get(MONTH_WINDOW)
        burst = self._report.bursts.get(project.repository.repo_id)
        verdict = bursts.of_counted(burst) if burst else None
        known = {Fact.GAIN} if gain else set[Fact]()
        known |= {Fact.BURST} if verdict else set[Fact]()
        unknown = {fact: why for fact, why in unknown.items() if fact not in known}
        return replace(candidate, gain=gain, burst=verdict, unknown=unknown)

    def _with_details(self, candidate: Candidate, counted: Counted) -> Candidate:
        """Return a candidate with the entry that it is a fork of, and why its releases are not known."""
        if counted.details is None:
            return candidate.without({Fact.RELEASE: "GitHub gave no details"})
        candidate = replace(candidate, original=self._original(candidate, counted.details))
        if not self._client.tokens.authorized:
            return candidate.without({Fact.RELEASE: "not asked without a token"})
        if counted.details.releases is None:
            return candidate.without({Fact.RELEASE_NUMBER: "asked for only when other details are, once a week"})
        return candidate

    def _original(self, candidate: Candidate, details: Details) -> Entry | None:
        entries = self._entries.get(candidate.list_name or "", {})
        if details.parent is None or details.parent_id is None:
            return None
        of_parent = (*entries.get(details.parent_id, ()), *entries.get(name_key(details.parent), ()))
        return next(iter(of_parent), None)

    def _with_history(self, candidate: Candidate, counted: Counted) -> Candidate:
        """Return a candidate with the burst, and where no gain is counted the gain, by its retained stars."""

        def is_enough(seen: int) -> bool:
            return not bursts.can_hold_burst(counted.stars - seen, counted.stars)

        days = self._ask(lambda: fetch_star_days(self._client, counted.repository.repo_id, self._now.date(), is_enough))
        if isinstance(days, str):
            return candidate.without({fact: days for fact in candidate.unknown if fact in _OF_HISTORY})
        total = sum(days.stars) if days.is_whole else counted.stars
        verdict = bursts.judge(days.first, days.stars, total, is_whole=days.is_whole)
        gain = candidate.gain if isinstance(candidate.gain, Change) else _month_gain(days, self._now.date())
        unknown = {fact: why for fact, why in candidate.unknown.items() if fact not in _OF_HISTORY}
        return replace(candidate, burst=verdict, gain=gain, unknown=unknown)

    def _with_same_age(self, candidate: Candidate, counted: Counted) -> Candidate:
        """Return a candidate compared with the projects of its list at its age."""
        if self._report is None or candidate.list_name is None:
            reason = "nothing has been counted here yet" if candidate.list_name else "no list to compare with"
            return candidate.without({Fact.SAME_AGE: reason})
        if candidate.list_name not in self._lives:
            self._lives[candidate.list_name] = peers.lives(self._report, candidate.list_name)
        created_at, repo_id = counted.repository.created_at, counted.repository.repo_id
        counts = CountHistory.of([Count(self._now, counted.stars, counted.forks)])
        own_stars = StarsByAge(created_at.date() if created_at else None, counts, ())
        compared = peers.same_age({**self._lives[candidate.list_name], repo_id: own_stars})[repo_id]
        return replace(candidate, same_age=compared)

    def _with_contributors(self, candidate: Candidate, repo_id: int) -> Candidate:
        if not gate.needs_contributors(candidate, self._config.check):
            return candidate
        number = self._ask(lambda: rest.fetch_contributors(self._client, repo_id))
        if isinstance(number, str):
            return candidate.without({Fact.CONTRIBUTORS: number})
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


def _by_key(listed: List, ids: Mapping[str, int]) -> Mapping[int | str, Sequence[Entry]]:
    """Return the entries of a list by their lower-case names, and by the ids of their repositories as far as known."""
    entries: dict[int | str, list[Entry]] = {}
    for entry in listed.entries:
        name = name_key(entry.repo)
        entries.setdefault(name, []).append(entry)
        if name in ids:
            entries.setdefault(ids[name], []).append(entry)
    return entries


def _month_gain(days: StarDays, today: date) -> RetainedGain:
    """Return the retained stars of the last thirty days; before a whole history there were none."""
    return RetainedGain(sum(days.stars[-MONTH.days :]), today - MONTH + DAY, today)
