"""The charts of one project and the events marked in them; `data` has the data that they are drawn from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from startrack.dashboards.charts import series
from startrack.dashboards.pages.project.ranks import RanksByList, listing_date
from startrack.dashboards.site import Site
from startrack.model.durations import WEEK
from startrack.model.history import ListingDate, WeeklyCommits
from startrack.model.report import Project
from startrack.trends import windows
from startrack.trends.peers import Rank
from startrack.wording import dates, figures, phrases

__all__ = ["Chart", "Marker", "ProjectHistory", "markers", "project_history", "ranks_with_line", "weekly_gains"]

_SPIKES_SHOWN = 6
# The name in `project.js`, the title and the Plotly shell of each chart of counts.
_COUNT_CHARTS = (
    ("stars", "Stars", "area"),
    ("weeks", "Stars gained per week", "bars"),
    ("forks", "Forks", "area"),
    ("commits", "Commits", "area"),
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that `project.js` draws: its name there, its shell in `figures.js`, and a sentence about it.

    `number` distinguishes charts of the same name.
    """

    name: str
    title: str
    shell: str
    label: str
    sentence: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Marker:
    """An event of one day: a line across the time axis of a chart, and its text below the charts."""

    day: str
    text: str


@dataclass(frozen=True, slots=True)
class ProjectHistory:
    """The charts of one project and the texts about them.

    `slug` names the data file of the charts; it is empty if nothing was counted.
    """

    slug: str
    charts: tuple[Chart, ...]
    markers: tuple[Marker, ...]
    spikes: str


def project_history(site: Site, ranks: RanksByList, project: Project) -> ProjectHistory:
    """Return the history part of a project's page."""
    is_counted = project.repository.repo_id in site.report.history
    return ProjectHistory(
        slug=site.slug(project) if is_counted else "",
        charts=tuple(_charts(site, ranks, project)) if is_counted else (),
        markers=markers(site, project),
        spikes=_spikes_sentence(weekly_gains(site, project)),
    )


def weekly_gains(site: Site, project: Project) -> tuple[series.WeeklyGain, ...]:
    """Return the stars that a project gained each week, oldest first."""
    return series.weekly_gains(site.report.counts(project))


def ranks_with_line(ranks: RanksByList, project: Project) -> list[tuple[str, tuple[Rank, ...]]]:
    """Return the lists in which a project has at least two ranks, with these ranks."""
    by_list = ((name, ranks.ranks[name].get(project.repository.repo_id, ())) for name in project.list_names)
    return [(name, list_ranks) for name, list_ranks in by_list if len(list_ranks) > 1]


def markers(site: Site, project: Project) -> tuple[Marker, ...]:
    """Return the events of a project up to the report's day, oldest first."""
    events = [*_release(project), *_renames(site, project), *_archival(project), *_listings(site, project)]
    return tuple(Marker(dates.day(day), text) for day, text in sorted(events) if day <= site.report.as_of.date())


def _charts(site: Site, ranks: RanksByList, project: Project) -> Iterator[Chart]:
    label = project.label or ""
    if site.has_line(project):
        yield from (Chart(name, title, shell, label) for name, title, shell in _COUNT_CHARTS)
    if commits := site.report.weekly_commits.get(project.repository.repo_id):
        yield Chart("year", "Commits per week, past year", "bars", label, _commits_sentence(commits))
    for number, (name, _) in enumerate(ranks_with_line(ranks, project)):
        yield Chart("rank", f"Rank by stars in {name}", "area", site.label(name), number=number)


def _commits_sentence(commits: Sequence[WeeklyCommits]) -> str:
    total = figures.count(sum(week.commits for week in commits), "commit")
    end = commits[-1].start + WEEK
    return (
        f"{total} in the {figures.count(len(commits), 'week')} before {dates.day(end)}, not including merges. "
        "From GitHub's statistics, not from the counts."
    )


def _spikes_sentence(weeks: Sequence[series.WeeklyGain]) -> str:
    spikes = [weeks[index] for index in windows.spike_weeks([week.gain for week in weeks])]
    if not spikes:
        return ""
    highest = sorted(spikes, key=lambda week: (-(week.gain or 0), week.end))[:_SPIKES_SHOWN]
    texts = [f"{figures.signed(week.gain or 0)} in the week that ended on {dates.day(week.end)}" for week in highest]
    more = len(spikes) - len(highest)
    listed = phrases.joined([*texts, f"{figures.number(more)} more"] if more else texts)
    return (
        f"{figures.count(len(spikes), 'spike')} ▼ (more stars in a week than in the four weeks before it together): "
        f"{listed}."
    )


def _release(project: Project) -> Iterator[tuple[date, str]]:
    if project.details and project.details.latest_release_at:
        name = phrases.clipped(project.details.latest_release or "", 60)
        yield project.details.latest_release_at.date(), f"Latest release {name}".strip()


def _renames(site: Site, project: Project) -> Iterator[tuple[date, str]]:
    names = site.report.names.get(project.repository.repo_id, ())
    for before, after in pairwise(names):
        old, new = phrases.clipped(before.name, 100), phrases.clipped(after.name, 100)
        yield after.first_seen.date(), f"Renamed from {old} to {new} (day of the first count under the new name)"


def _archival(project: Project) -> Iterator[tuple[date, str]]:
    if project.repository.archived_at:
        yield project.repository.archived_at.date(), "Archived by its owner"


def _listings(site: Site, project: Project) -> Iterator[tuple[date, str]]:
    for name in project.list_names:
        listed = listing_date(site, project, name)
        if isinstance(listed, ListingDate):
            yield listed.day, f"Added to {name}"
