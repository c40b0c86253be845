"""How a project compares with the others of its list: rank by stars over time, and stars at the same age."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple

from startrack.model.count_history import CountHistory, Times, to_microseconds
from startrack.model.durations import WEEK
from startrack.model.history import RetainedStars
from startrack.model.report import SiteReport
from startrack.trends import membership

__all__ = [
    "MIN_PEERS",
    "NotComparable",
    "Rank",
    "SameAge",
    "StarsByAge",
    "best_rank",
    "lives",
    "ranks",
    "same_age",
]


MIN_PEERS: Final = 5
_MIN_RANKED: Final = 2
_WEEK: Final = WEEK // timedelta(microseconds=1)


class Rank(NamedTuple):
    """The rank of a project around an instant: 1 plus the number of projects with more stars, `of` all counted then."""

    end: datetime
    place: int
    of: int


def ranks(histories: Mapping[int, CountHistory], as_of: datetime) -> dict[int, tuple[Rank, ...]]:
    """Return the weekly ranks by stars of each repository, back from an instant, oldest first.

    A week's ranking has the repositories with a count within half a week of its end, by the count nearest to it. A
    week with fewer than two of them has no ranking.
    """
    weeks: dict[int, dict[int, int]] = {}
    for repo_id, counts in histories.items():
        for back, index in _weekly(counts.times, to_microseconds(as_of)):
            weeks.setdefault(back, {})[repo_id] = counts.stars[index]
    ranks: dict[int, list[Rank]] = {repo_id: [] for repo_id in histories}
    for back in sorted(weeks, reverse=True):
        _add_week(ranks, as_of - back * WEEK, weeks[back])
    return {repo_id: tuple(own) for repo_id, own in ranks.items()}


@lru_cache(maxsize=1024)
def _weekly(times: Times, as_of: int) -> tuple[tuple[int, int], ...]:
    """Return the number of weeks before an instant, and the index of the nearest time, for each week that has one.

    Of two that are equally near, the earlier one.
    """
    nearest: dict[int, int] = {}
    for index, time_taken in enumerate(times):
        back, rest = divmod(as_of - time_taken, _WEEK)
        # A count exactly half a week from both instants may be the nearest of either.
        for weeks in [back] * (2 * rest <= _WEEK) + [back + 1] * (2 * rest >= _WEEK):
            end, before = as_of - weeks * _WEEK, nearest.get(weeks)
            if before is None or abs(time_taken - end) < abs(times[before] - end):
                nearest[weeks] = index
    return tuple(nearest.items())


def _add_week(ranks: Mapping[int, list[Rank]], end: datetime, stars: Mapping[int, int]) -> None:
    if len(stars) < _MIN_RANKED:
        return
    ordered = sorted(stars.values())
    for repo_id, own in stars.items():
        ranks[repo_id].append(Rank(end, len(ordered) - bisect_right(ordered, own) + 1, len(ordered)))


def best_rank(ranks: Iterable[Rank]) -> Rank | None:
    """Return the best rank; of equal ones, the one among more projects, and then the latest."""
    return min(ranks, key=lambda rank: (rank.place, -rank.of, datetime.max - rank.end), default=None)


class NotComparable(StrEnum):
    """Why a project cannot be compared with others at its age."""

    NOT_COUNTED = "not counted"
    NO_BEGINNING = "creation date unknown"
    TOO_FEW = "fewer than five other projects have known stars at that age"


@dataclass(frozen=True, slots=True)
class StarsByAge:
    """The stars of one project over time: counts, and retained stars if they are known from the first one on."""

    created_on: date | None
    counts: CountHistory
    retained: Sequence[RetainedStars]


@dataclass(frozen=True, slots=True)
class SameAge:
    """How many stars a project had in a week of its life, compared with others in the same week of theirs.

    `fewer` of the `others` had fewer stars. For `retained` of them the stars are retained stars, not counts.
    """

    week: int
    stars: int
    fewer: int
    others: int
    retained: int

    @property
    def percent(self) -> float:
        """The percentage of the others that had fewer stars."""
        return 100 * self.fewer / self.others


@dataclass(frozen=True, slots=True)
class _Cohort:
    """The stars of all projects in one week of their lives, lowest first."""

    stars: Sequence[int]
    retained: int


def lives(report: SiteReport, list_name: str) -> dict[int, StarsByAge]:
    """Return the stars over time of the counted projects of a list, by repository id."""
    projects = membership.in_lists(report.projects, {list_name})
    return {
        repository.repo_id: StarsByAge(
            repository.created_at.date() if repository.created_at else None,
            report.history[repository.repo_id],
            report.retained.get(repository.repo_id, ()) if repository.repo_id in report.whole_histories else (),
        )
        for repository in (project.repository for project in projects)
        if repository.repo_id in report.history
    }


def same_age(lives: Mapping[int, StarsByAge]) -> dict[int, SameAge | NotComparable]:
    """Compare each project, in the week of its last count, with the others whose stars at that age are known.

    Weeks of life are counted in steps of seven days from the day of creation. The stars of a week are those of its
    last count, or else the retained stars at its end.
    """
    counted = {repo_id: _counted(life) for repo_id, life in lives.items()}
    retained = {repo_id: _retained(life) for repo_id, life in lives.items()}
    cohorts = _cohorts([(counted[repo_id], retained[repo_id]) for repo_id in lives])
    return {repo_id: _compare(life, counted[repo_id], cohorts) for repo_id, life in lives.items()}


def _cohorts(known: Iterable[tuple[Mapping[int, int], Mapping[int, int]]]) -> dict[int, _Cohort]:
    stars: dict[int, list[int]] = {}
    retained_numbers: dict[int, int] = {}
    for counted, retained in known:
        for week, level in {**retained, **counted}.items():
            stars.setdefault(week, []).append(level)
            retained_numbers[week] = retained_numbers.get(week, 0) + (week not in counted)
    return {week: _Cohort(sorted(levels), retained_numbers[week]) for week, levels in stars.items()}


def _compare(life: StarsByAge, counted: Mapping[int, int], cohorts: Mapping[int, _Cohort]) -> SameAge | NotComparable:
    if life.created_on is None:
        return NotComparable.NO_BEGINNING
    if not counted:
        return NotComparable.NOT_COUNTED
    week = max(counted)
    cohort, own = cohorts[week], counted[week]
    others = len(cohort.stars) - 1
    if others < MIN_PEERS:
        return NotComparable.TOO_FEW
    return SameAge(week, own, bisect_left(cohort.stars, own), others, cohort.retained)


def _counted(life: StarsByAge) -> dict[int, int]:
    """Return the stars of the last count in each week of a life; counts before its start belong to another one."""
    if life.created_on is None:
        return {}
    start = to_microseconds(datetime.combine(life.created_on, time()))
    times = life.counts.times
    since = bisect_left(times, start)
    return {(at - start) // _WEEK: stars for at, stars in zip(times[since:], life.counts.stars[since:], strict=True)}


def _retained(life: StarsByAge) -> dict[int, int]:
    if life.created_on is None:
        return {}
    start = life.created_on
    return {(level.day - start) // WEEK: level.stars for level in life.retained if level.day - start >= timedelta(0)}
