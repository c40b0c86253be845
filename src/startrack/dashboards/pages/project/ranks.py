"""The rank of every project in its lists, computed once for all pages, and in words."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from startrack.model.durations import AVERAGE_MONTH, AVERAGE_YEAR, WEEK
from startrack.model.lists import List
from startrack.model.report import SiteReport
from startrack.trends import membership, peers
from startrack.trends.peers import NotComparable, Rank, SameAge, StarsByAge
from startrack.wording import dates, figures

__all__ = [
    "RanksByList",
    "age_text",
    "compute_ranks",
    "rank_text",
    "same_age_text",
]


@dataclass(frozen=True, slots=True)
class RanksByList:
    """By list and repository id: the ranks of each week, and the comparison at the same age."""

    ranks: Mapping[str, Mapping[int, tuple[Rank, ...]]]
    ages: Mapping[str, Mapping[int, SameAge | NotComparable]]


def compute_ranks(report: SiteReport) -> RanksByList:
    """Return where the projects of each list stand in it."""
    members = {listed.name: _members(report, listed) for listed in report.lists}
    return RanksByList(
        {
            name: peers.ranks({repo_id: life.counts for repo_id, life in lives.items()}, report.as_of)
            for name, lives in members.items()
        },
        {name: peers.same_age(lives) for name, lives in members.items()},
    )


def _members(report: SiteReport, listed: List) -> dict[int, StarsByAge]:
    inside = membership.in_lists(report.projects, {listed.name})
    return {
        repository.repo_id: StarsByAge(
            repository.created_at.date() if repository.created_at else None,
            report.history.get(repository.repo_id, ()),
            report.retained.get(repository.repo_id, ()) if repository.repo_id in report.whole_histories else (),
        )
        for repository in (project.repository for project in inside)
        if repository.repo_id in report.history
    }


def rank_text(found: tuple[Rank, ...] | None) -> str:
    """Return the latest and the best rank; `None` is of a project that was not counted."""
    if found is None:
        return f"n/a: {NotComparable.NOT_COUNTED}"
    best = peers.best_rank(found)
    if best is None:
        return "n/a: no other project of the list was counted around any day that it was"
    now = found[-1]
    told = f"{_place(now)} around {dates.day(now.end)}"
    return (
        f"{told}, its best" if best.place == now.place else f"{told}; best {_place(best)} around {dates.day(best.end)}"
    )


def _place(found: Rank) -> str:
    return f"{figures.number(found.place)} of {figures.number(found.of)}"


def same_age_text(found: SameAge | NotComparable) -> str:
    """Return how a project stands among others at its age."""
    if isinstance(found, NotComparable):
        return f"n/a: {found}"
    told = (
        f"at {age_text(found.week)}, with {figures.count(found.stars, 'star')}, ahead of {_share(found.percent)} "
        f"of the {figures.number(found.others)} others known at that age"
    )
    return (
        f"{told}; ≈, as {figures.number(found.retained)} of them are known by retained stars"
        if found.retained
        else told
    )


def _share(percent: float) -> str:
    """Return a share that is never rounded up: only who is ahead of all is ahead of 100%."""
    decimals = 1 if percent > 99 else 0  # noqa: PLR2004 - a step of precision
    return f"{figures.number(math.floor(percent * 10**decimals) / 10**decimals, decimals).removesuffix('.0')}%"


def age_text(week: int) -> str:
    """Return an age, given in weeks, in weeks, months or years."""
    age = week * WEEK
    if age < 3 * AVERAGE_MONTH:
        return figures.count(week, "week")
    if age < 3 * AVERAGE_YEAR:
        return figures.count(age // AVERAGE_MONTH, "month")
    return f"{figures.number(age / AVERAGE_YEAR, 1)} years"
