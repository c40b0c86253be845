"""Where a project stands among those of its list: by stars over time, and at the same age."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from startrack.model.changes import Count
from startrack.model.durations import WEEK
from startrack.model.history import RetainedStars

__all__ = [
    "MIN_PEERS",
    "NotComparable",
    "Rank",
    "SameAge",
    "StarsByAge",
    "best_rank",
    "ranks",
    "same_age",
]


MIN_PEERS: Final = 5
_PAIR: Final = 2


# ── By stars, over time ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Rank:
    """The place of one project at an instant: one more than have more stars, of all counted around then."""

    end: datetime
    place: int
    of: int


def ranks(histories: Mapping[int, Sequence[Count]], as_of: datetime) -> dict[int, tuple[Rank, ...]]:
    """Return the ranks of each repository by its stars, a week apart back from an instant, oldest first.

    Each is one of the projects that were counted around it, each by its count nearest to it, half a week away at
    most; it takes two of them.
    """
    weeks: dict[int, dict[int, int]] = {}
    for repo_id, counts in histories.items():
        for back, count in _weekly(counts, as_of).items():
            weeks.setdefault(back, {})[repo_id] = count.stars
    found: dict[int, list[Rank]] = {repo_id: [] for repo_id in histories}
    for back in sorted(weeks, reverse=True):
        _add_week(found, as_of - back * WEEK, weeks[back])
    return {repo_id: tuple(each) for repo_id, each in found.items()}


def _weekly(counts: Sequence[Count], as_of: datetime) -> dict[int, Count]:
    """Return the count nearest to each instant so many weeks before another one, of two equally near the earlier."""
    found: dict[int, Count] = {}
    for count in counts:
        back, rest = divmod(as_of - count.taken_at, WEEK)
        # Half a week away from both, a count may stand for either.
        for weeks in [back] * (rest <= WEEK / 2) + [back + 1] * (rest >= WEEK / 2):
            end, before = as_of - weeks * WEEK, found.get(weeks)
            if before is None or abs(count.taken_at - end) < abs(before.taken_at - end):
                found[weeks] = count
    return found


def _add_week(found: Mapping[int, list[Rank]], end: datetime, stars: Mapping[int, int]) -> None:
    ordered = sorted(stars.values())
    if len(ordered) < _PAIR:
        return
    for repo_id, own in stars.items():
        found[repo_id].append(Rank(end, len(ordered) - bisect_right(ordered, own) + 1, len(ordered)))


def best_rank(found: Iterable[Rank]) -> Rank | None:
    """Return the best rank, the latest of several."""
    return min(found, key=lambda each: (each.place, -each.of, datetime.max - each.end), default=None)


# ── At the same age ──────────────────────────────────────────────────────────────────────────────────────


class NotComparable(StrEnum):
    """Why a project cannot be compared with others at its age."""

    NOT_COUNTED = "not counted"
    NO_BEGINNING = "when it was created is not known"
    TOO_FEW = "the stars of fewer than five others are known at that age"


@dataclass(frozen=True, slots=True)
class StarsByAge:
    """What is known of one project's stars: counts, and retained ones where they are known from the first on."""

    created_on: date | None
    counts: Sequence[Count]
    retained: Sequence[RetainedStars]


@dataclass(frozen=True, slots=True)
class SameAge:
    """How a project stood, in a week of its life, among others in the same week of theirs.

    `fewer` of `others` had fewer stars then; of `retained` of them that is known by retained stars, not by counts.
    """

    week: int
    stars: int
    fewer: int
    others: int
    retained: int

    @property
    def percent(self) -> float:
        """Of how many in a hundred it was ahead."""
        return 100 * self.fewer / self.others


@dataclass(frozen=True, slots=True)
class _Cohort:
    """Stars of every project that is known in one week of its life, lowest first."""

    stars: Sequence[int]
    retained: int


def same_age(lives: Mapping[int, StarsByAge]) -> dict[int, SameAge | NotComparable]:
    """Return how each project stood when it was last counted, among those of which that week of life is known.

    A week of life runs from a multiple of seven days after the day of creation. Its stars are those of the last count
    in it, else what was retained by the end of the last day in it.
    """
    counted = {repo_id: _counted(life) for repo_id, life in lives.items()}
    retained = {repo_id: _retained(life) for repo_id, life in lives.items()}
    cohorts = _cohorts([(counted[repo_id], retained[repo_id]) for repo_id in lives])
    return {repo_id: _compared(life, counted[repo_id], cohorts) for repo_id, life in lives.items()}


def _cohorts(known: Iterable[tuple[Mapping[int, int], Mapping[int, int]]]) -> dict[int, _Cohort]:
    stars: dict[int, list[int]] = {}
    given: dict[int, int] = {}
    for counted, retained in known:
        for week, level in {**retained, **counted}.items():
            stars.setdefault(week, []).append(level)
            given[week] = given.get(week, 0) + (week not in counted)
    return {week: _Cohort(sorted(levels), given[week]) for week, levels in stars.items()}


def _compared(life: StarsByAge, counted: Mapping[int, int], cohorts: Mapping[int, _Cohort]) -> SameAge | NotComparable:
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
    """Return the last count in each week of a life; what was counted before it began is another life's."""
    if life.created_on is None:
        return {}
    start = datetime.combine(life.created_on, time())
    return {(count.taken_at - start) // WEEK: count.stars for count in life.counts if count.taken_at >= start}


def _retained(life: StarsByAge) -> dict[int, int]:
    if life.created_on is None:
        return {}
    start = life.created_on
    return {(level.day - start) // WEEK: level.stars for level in life.retained if level.day - start >= timedelta(0)}
