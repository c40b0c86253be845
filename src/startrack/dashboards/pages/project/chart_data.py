"""What the charts of one project show: its tracks, weeks, ranks and marked events."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from startrack.dashboards.charts import series
from startrack.dashboards.charts.series import Track, WeeklyGain
from startrack.dashboards.pages.project.ranks import RanksByList, listing_date
from startrack.dashboards.site import Site
from startrack.model.history import ListingDate
from startrack.model.report import Project
from startrack.trends import windows
from startrack.trends.peers import Rank
from startrack.wording import dates, phrases

__all__ = ["ChartData", "Marker", "chart_data"]


@dataclass(frozen=True, slots=True)
class Marker:
    """An event of one day: a line across the time axis of a chart, and its text below the charts."""

    day: str
    text: str


@dataclass(frozen=True, slots=True)
class ChartData:
    """The figures and events of one project's charts. It is made once for the files of the project.

    `counts` has stars and forks. Commits have a track of their own: some counts have none. `spikes` are indexes of
    `weeks`, which are oldest first, as are `markers`. `ranks` has the lists in which the project has at least two.
    """

    counts: Track | None
    commits: Track | None
    retained: Track | None
    weeks: tuple[WeeklyGain, ...]
    spikes: tuple[int, ...]
    ranks: tuple[tuple[str, tuple[Rank, ...]], ...]
    markers: tuple[Marker, ...]


def chart_data(site: Site, ranks: RanksByList, project: Project) -> ChartData:
    """Return what the charts of a project show."""
    counts = site.report.counts(project)
    weeks = series.weekly_gains(counts)
    return ChartData(
        series.build_track(counts.times, counts.stars, counts.forks),
        series.build_track(*counts.known_commits()),
        site.retained(project),
        weeks,
        windows.spike_weeks([week.gain for week in weeks]),
        tuple(_ranks_with_line(ranks, project)),
        _markers(site, project),
    )


def _ranks_with_line(ranks: RanksByList, project: Project) -> Iterator[tuple[str, tuple[Rank, ...]]]:
    for name in project.list_names:
        list_ranks = ranks.ranks[name].get(project.repository.repo_id, ())
        if len(list_ranks) > 1:
            yield name, list_ranks


def _markers(site: Site, project: Project) -> tuple[Marker, ...]:
    """Return the events of a project up to the report's day, oldest first."""
    events = [*_release(project), *_renames(site, project), *_archival(project), *_listings(site, project)]
    return tuple(Marker(dates.day(day), text) for day, text in sorted(events) if day <= site.report.as_of.date())


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
