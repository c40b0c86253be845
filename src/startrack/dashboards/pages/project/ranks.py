"""A project among the others of its lists: its rank, its stars at the same age, and the effect of being listed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from startrack.dashboards.components import Fact, Link
from startrack.dashboards.paths import root
from startrack.dashboards.site import Site
from startrack.model.durations import AVERAGE_MONTH, AVERAGE_YEAR, WEEK
from startrack.model.history import ListingDate, StarsAround, UnknownListingDate
from startrack.model.report import Project, SiteReport
from startrack.trends import listing_effect, peers
from startrack.trends.listing_effect import Effect, NoEffect
from startrack.trends.peers import NotComparable, Rank, SameAge
from startrack.wording import dates, figures

__all__ = [
    "ListComparison",
    "RanksByList",
    "age_text",
    "compare_with_list",
    "compute_ranks",
    "listing_date",
    "rank_text",
    "same_age_text",
]


@dataclass(frozen=True, slots=True)
class RanksByList:
    """By list and repository id: the ranks of each week, and the comparison at the same age."""

    ranks: Mapping[str, Mapping[int, tuple[Rank, ...]]]
    ages: Mapping[str, Mapping[int, SameAge | NotComparable]]


@dataclass(frozen=True, slots=True)
class ListComparison:
    """The rank and listing facts of a project in one list."""

    list: Link
    label: str
    facts: tuple[Fact, ...]


def compute_ranks(report: SiteReport) -> RanksByList:
    """Return the ranks and same-age comparisons of all projects; computed once for all project pages."""
    members = {listed.name: peers.lives(report, listed.name) for listed in report.lists}
    return RanksByList(
        {
            name: peers.ranks({repo_id: stars.counts for repo_id, stars in by_id.items()}, report.as_of)
            for name, by_id in members.items()
        },
        {name: peers.same_age(by_id) for name, by_id in members.items()},
    )


def compare_with_list(site: Site, ranks: RanksByList, project: Project, name: str) -> ListComparison:
    """Return the facts about a project in the list of a name."""
    repo_id, listed = project.repository.repo_id, listing_date(site, project, name)
    texts = {
        "Rank by stars": rank_text(ranks.ranks[name].get(repo_id)),
        "At the same age": same_age_text(ranks.ages[name].get(repo_id, NotComparable.NOT_COUNTED)),
        "Listed": _listed_text(listed),
        "Effect of listing": _effect_text(site, project, listed),
    }
    link = Link(name, root(site.page(project)) + site.list_page(name))
    return ListComparison(link, site.label(name), tuple(Fact(Link(term), text) for term, text in texts.items()))


def listing_date(site: Site, project: Project, name: str) -> ListingDate | UnknownListingDate | None:
    """Return when a project was added to a list; `None` if nothing is recorded about it."""
    return site.report.listing_dates.get(name, {}).get(project.repository.repo_id)


def rank_text(ranks: tuple[Rank, ...] | None) -> str:
    """Return the latest and the best rank in words; `ranks` is `None` for a project that was not counted."""
    if ranks is None:
        return f"n/a: {NotComparable.NOT_COUNTED}"
    best = peers.best_rank(ranks)
    if best is None:
        return "n/a: no other project of the list was counted in the same weeks"
    latest = ranks[-1]
    text = f"{_place_text(latest)} around {dates.day(latest.end)}"
    if best.place == latest.place:
        return f"{text}, its best rank so far"
    return f"{text}; its best rank was {_place_text(best)}, around {dates.day(best.end)}"


def same_age_text(comparison: SameAge | NotComparable) -> str:
    """Return in words how a project's stars compare with those of others at the same age."""
    if isinstance(comparison, NotComparable):
        return f"n/a: {comparison}"
    share = f"{_percent_rounded_down(comparison.percent)} of the {figures.number(comparison.others)} other projects"
    stars, age = figures.count(comparison.stars, "star"), age_text(comparison.week)
    text = f"{stars} at {age}; {share} with known stars at that age had fewer"
    if comparison.retained:
        return f"{text} (≈: {figures.number(comparison.retained)} of these known from retained stars)"
    return text


def age_text(week: int) -> str:
    """Return an age in weeks, in months from three months on, or in years from three years on."""
    age = week * WEEK
    if age < 3 * AVERAGE_MONTH:
        return figures.count(week, "week")
    if age < 3 * AVERAGE_YEAR:
        return figures.count(age // AVERAGE_MONTH, "month")
    return f"{figures.number(age / AVERAGE_YEAR, 1)} years"


def _place_text(rank: Rank) -> str:
    return f"{figures.number(rank.place)} of {figures.number(rank.of)}"


def _percent_rounded_down(percent: float) -> str:
    """Return a percentage that shows 100% only for 100%."""
    decimals = 1 if percent > 99 else 0  # noqa: PLR2004 - a step of precision
    return f"{figures.number(math.floor(percent * 10**decimals) / 10**decimals, decimals).removesuffix('.0')}%"


def _listed_text(listed: ListingDate | UnknownListingDate | None) -> str:
    match listed:
        case ListingDate(day=day, origin=origin):
            return f"{dates.day(day)}, from {origin}"
        case UnknownListingDate() as reason:
            return f"n/a: {reason}"
        case None:
            return "n/a: not recorded"


def _effect_text(site: Site, project: Project, listed: ListingDate | UnknownListingDate | None) -> str:
    if not isinstance(listed, ListingDate):
        return "n/a: listing date unknown"
    repo_id = project.repository.repo_id
    around = site.report.stars_around.get((repo_id, listed.day), StarsAround(None, None))
    effect = listing_effect.effect(listed.day, site.report.as_of, site.report.counts(project), around)
    match effect:
        case NoEffect() as reason:
            return f"n/a: {reason}"
        case Effect(before=before, after=after, is_retained=is_retained):
            text = f"{_daily_gain(before)} stars a day in the 30 days before, {_daily_gain(after)} in the 30 days after"
            return f"≈ {text}, from retained stars" if is_retained else text


def _daily_gain(value: float) -> str:
    return figures.signed(value, 0 if abs(value) >= 100 else 1)  # noqa: PLR2004 - a step of precision
