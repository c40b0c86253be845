"""The history part of a project page: charts, marked events, rank and README snippets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import pairwise

from startrack.dashboards.charts import images, series
from startrack.dashboards.components import Fact, Link
from startrack.dashboards.pages.project.ranks import RanksByList, rank_text, same_age_text
from startrack.dashboards.paths import root
from startrack.dashboards.site import Site, main_windows
from startrack.model.changes import Change
from startrack.model.durations import WEEK
from startrack.model.history import ListingDate, StarsAround, UnknownListingDate, WeeklyCommits
from startrack.model.report import Project
from startrack.readme import markdown
from startrack.trends import listing_effect, windows
from startrack.trends.listing_effect import Effect, NoEffect
from startrack.trends.peers import NotComparable, Rank
from startrack.wording import dates, phrases
from startrack.wording import figures as wording_figures

__all__ = [
    "HINT",
    "Chart",
    "ListComparison",
    "Marker",
    "ProjectHistory",
    "Snippet",
    "chart_data",
    "project_history",
    "snippets",
]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart to be drawn by `project.js`: its name there, its shell in `figures.js`, and a sentence about it.

    `number` tells charts of one name apart.
    """

    name: str
    title: str
    shell: str
    label: str
    sentence: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened on a day: a line across the time axis, and its text below the chart."""

    day: str
    text: str


@dataclass(frozen=True, slots=True)
class ListComparison:
    """Where the project stands in one list, and what it brought to be listed there."""

    list: Link
    label: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to copy into a README."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class ProjectHistory:
    """The past of one project; `slug` names its data, empty where there is none."""

    slug: str
    charts: tuple[Chart, ...]
    marks: tuple[Marker, ...]
    spikes: str
    standings: tuple[ListComparison, ...]
    snippets: tuple[Snippet, ...]
    snippet_hint: str


_MOST_SPIKES = 6
_COUNTED = (
    ("stars", "Stars", "area"),
    ("weeks", "Stars gained per week", "bars"),
    ("forks", "Forks", "area"),
    ("commits", "Commits", "area"),
)
_LEFT_OUT = "merges left out, from GitHub's statistics: they are kept apart from the totals that are counted"


def project_history(site: Site, standings: RanksByList, project: Project) -> ProjectHistory:
    """Return what a project's page tells of its past."""
    has_data = project.repository.repo_id in site.report.history
    return ProjectHistory(
        slug=site.slug(project) if has_data else "",
        charts=tuple(_charts(site, standings, project)) if has_data else (),
        marks=_marks(site, project),
        spikes=_spikes(_weeks(site, project)),
        standings=tuple(_standing(site, standings, project, name) for name in project.list_names),
        snippets=snippets(site, project),
        snippet_hint="" if site.report.base_url else HINT,
    )


def chart_data(site: Site, standings: RanksByList, project: Project) -> Mapping[str, object]:
    """Return what the charts of a project are drawn from, beside its figures over time."""
    weeks = _weeks(site, project)
    commits = site.report.weekly_commits.get(project.repository.repo_id, ())
    return {
        "weeks": [[week.end.isoformat(), week.gain] for week in weeks],
        "spikes": windows.spike_weeks([week.gain for week in weeks]),
        "marks": [[mark.day, mark.text] for mark in _marks(site, project)],
        "year": _weekly(commits),
        "ranks": [_ranks(name, found) for name, found in _ranked(standings, project)],
    }


def _weeks(site: Site, project: Project) -> tuple[series.WeeklyGain, ...]:
    return series.weekly_gains(site.report.history.get(project.repository.repo_id, ()))


# ── Charts ───────────────────────────────────────────────────────────────────────────────────────────────


def _charts(site: Site, standings: RanksByList, project: Project) -> Iterator[Chart]:
    label = project.label or ""
    if site.has_line(project):
        yield from (Chart(name, title, shell, label) for name, title, shell in _COUNTED)
    if commits := site.report.weekly_commits.get(project.repository.repo_id):
        yield Chart("year", "Commits of the past year, per week", "bars", label, _year(commits))
    for number, (name, _) in enumerate(_ranked(standings, project)):
        yield Chart("rank", f"Rank by stars in {name}", "area", site.label(name), number=number)


def _year(commits: Sequence[WeeklyCommits]) -> str:
    total = wording_figures.count(sum(week.commits for week in commits), "commit")
    last = commits[-1].start + WEEK
    return f"{total} in {wording_figures.count(len(commits), 'week')} before {dates.day(last)}; {_LEFT_OUT}."


def _weekly(commits: Sequence[WeeklyCommits]) -> dict[str, object] | None:
    """Return the commits of weeks by their number from the first of them on; `None` where none is known."""
    if not commits:
        return None
    start = commits[0].start
    return {"start": start.isoformat(), "weeks": [[(week.start - start) // WEEK, week.commits] for week in commits]}


def _ranked(standings: RanksByList, project: Project) -> list[tuple[str, tuple[Rank, ...]]]:
    """Return the lists in which a project has ranks enough for a line."""
    found = ((name, standings.ranks[name].get(project.repository.repo_id, ())) for name in project.list_names)
    return [(name, ranks) for name, ranks in found if len(ranks) > 1]


def _ranks(name: str, found: Sequence[Rank]) -> dict[str, object]:
    start = found[0].end
    return {
        "list": name,
        "start": start.isoformat(),
        "weeks": [[(each.end - start) // WEEK, each.place, each.of] for each in found],
    }


def _spikes(weeks: Sequence[series.WeeklyGain]) -> str:
    found = [weeks[place] for place in windows.spike_weeks([week.gain for week in weeks])]
    if not found:
        return ""
    highest = sorted(found, key=lambda week: (-(week.gain or 0), week.end))[:_MOST_SPIKES]
    told = [f"{wording_figures.signed(week.gain or 0)} up to {dates.day(week.end)}" for week in highest]
    more = len(found) - len(highest)
    listed = phrases.joined([*told, f"{wording_figures.number(more)} more"] if more else told)
    spikes = wording_figures.count(len(found), "spike")
    return f"{spikes}, weeks that brought more than the four before them together: {listed}."


# ── Marks ────────────────────────────────────────────────────────────────────────────────────────────────


def _marks(site: Site, project: Project) -> tuple[Marker, ...]:
    """Return what happened to a project by the report's day, in order."""
    found = [*_released(project), *_renamed(site, project), *_archived(project), *_listed(site, project)]
    return tuple(Marker(dates.day(day), text) for day, text in sorted(found) if day <= site.report.as_of.date())


def _released(project: Project) -> Iterator[tuple[date, str]]:
    if project.details and project.details.latest_release_at:
        name = phrases.clipped(project.details.latest_release or "", 60)
        yield project.details.latest_release_at.date(), f"Latest release {name}".strip()


def _renamed(site: Site, project: Project) -> Iterator[tuple[date, str]]:
    names = site.report.names.get(project.repository.repo_id, ())
    for before, after in pairwise(names):
        old, new = phrases.clipped(before.name, 100), phrases.clipped(after.name, 100)
        told = f"Renamed: first counted as {new}, before that {old}"
        yield after.first_seen.date(), told


def _archived(project: Project) -> Iterator[tuple[date, str]]:
    if project.repository.archived_at:
        yield project.repository.archived_at.date(), "Archived by its owner"


def _listed(site: Site, project: Project) -> Iterator[tuple[date, str]]:
    for name in project.list_names:
        added = _added(site, project, name)
        if isinstance(added, ListingDate):
            yield added.day, f"Listed in {name}"


def _added(site: Site, project: Project, name: str) -> ListingDate | UnknownListingDate | None:
    return site.report.listing_dates.get(name, {}).get(project.repository.repo_id)


# ── Standing ─────────────────────────────────────────────────────────────────────────────────────────────


def _standing(site: Site, standings: RanksByList, project: Project, name: str) -> ListComparison:
    repo_id, added = project.repository.repo_id, _added(site, project, name)
    told = {
        "Rank by stars": rank_text(standings.ranks[name].get(repo_id)),
        "At the same age": same_age_text(standings.ages[name].get(repo_id, NotComparable.NOT_COUNTED)),
        "Listed": _since(added),
        "What listing brought": _brought(site, project, added),
    }
    link = Link(name, root(site.page(project)) + site.list_page(name))
    return ListComparison(link, site.label(name), tuple(Fact(Link(term), text) for term, text in told.items()))


def _since(added: ListingDate | UnknownListingDate | None) -> str:
    match added:
        case ListingDate(day=day, origin=origin):
            return f"{dates.day(day)}, by {origin}"
        case UnknownListingDate() as reason:
            return f"n/a: {reason}"
        case None:
            return "n/a: not told"


def _brought(site: Site, project: Project, added: ListingDate | UnknownListingDate | None) -> str:
    if not isinstance(added, ListingDate):
        return "n/a: it takes the day it was listed"
    repo_id = project.repository.repo_id
    around = site.report.stars_around.get((repo_id, added.day), StarsAround(None, None))
    found = listing_effect.effect(added.day, site.report.as_of, site.report.history.get(repo_id, ()), around)
    match found:
        case NoEffect() as reason:
            return f"n/a: {reason}"
        case Effect(before=before, after=after, is_retained=is_retained):
            told = f"{_rate(before)} stars a day in the 30 days before, {_rate(after)} in the 30 after"
            return f"≈ {told}, by retained stars" if is_retained else told


def _rate(value: float) -> str:
    return wording_figures.signed(value, 0 if abs(value) >= 100 else 1)  # noqa: PLR2004 - a step of precision


_ADDRESS = "https://ADDRESS"
HINT = (
    f"Put the address at which these pages are published in place of {_ADDRESS}; base_url under [dashboards] in the "
    "configuration does so for every project."
)


def snippets(site: Site, project: Project) -> tuple[Snippet, ...]:
    """Return the snippets of a project: Markdown, and the light and the dark chart as HTML that GitHub shows."""
    base = (site.report.base_url or _ADDRESS).rstrip("/")
    page = f"{base}/{site.page(project)}"
    return (Snippet("Text", _text(site, project, page)), Snippet("Chart", _chart(site, project, base, page)))


def _text(site: Site, project: Project, page: str) -> str:
    name = f"[{markdown.escape(phrases.plain(project.title))}]({page})"
    if project.current is None:
        return f"{name}: not counted yet"
    figures = wording_figures.count(project.current.stars, "star") + _gained(site, project)
    label = f", {project.label}" if project.label else ""
    return f"{name}: {figures} ({dates.day(project.current.taken_at)}{label})"


def _gained(site: Site, project: Project) -> str:
    window = main_windows(site.report.windows)[0]
    change = project.changes.get(window)
    if not isinstance(change, Change):
        return ""
    days = wording_figures.actual_days(window, change.elapsed) or wording_figures.count(window.days, "day")
    return f", {wording_figures.signed(change.gain)} in {days}"


def _chart(site: Site, project: Project, base: str, page: str) -> str:
    chart = f"{base}/{images.project_path(site, project)}"
    title = escape(phrases.plain(project.title))
    return "\n".join(
        [
            f'<a href="{escape(page)}">',
            "  <picture>",
            f'    <source media="(prefers-color-scheme: dark)" srcset="{escape(chart)}-dark.svg">',
            f'    <img alt="Stars of {title} over time" src="{escape(chart)}-light.svg">',
            "  </picture>",
            "</a>",
        ],
    )
