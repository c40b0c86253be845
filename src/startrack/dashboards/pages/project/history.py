"""The history part of a project's page: its charts, and the events that are marked in them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from startrack.dashboards.charts import series
from startrack.dashboards.pages.project.charts import Chart, charts
from startrack.dashboards.pages.project.ranks import RanksByList, listing_date
from startrack.dashboards.site import Site
from startrack.model.history import ListingDate
from startrack.model.report import Project
from startrack.trends import windows
from startrack.wording import dates, figures, phrases

__all__ = ["Marker", "ProjectHistory", "markers", "project_history", "weekly_gains"]

_SPIKES_SHOWN = 6


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
    weeks, marked = weekly_gains(site, project), markers(site, project)
    days = [marker.day for marker in marked]
    return ProjectHistory(
        slug=site.slug(project) if is_counted else "",
        charts=tuple(charts(site, ranks, project, weeks, days)) if is_counted else (),
        markers=marked,
        spikes=_spikes_sentence(weeks),
    )


def weekly_gains(site: Site, project: Project) -> tuple[series.WeeklyGain, ...]:
    """Return the stars that a project gained each week, oldest first."""
    return series.weekly_gains(site.report.counts(project))


def markers(site: Site, project: Project) -> tuple[Marker, ...]:
    """Return the events of a project up to the report's day, oldest first."""
    events = [*_release(project), *_renames(site, project), *_archival(project), *_listings(site, project)]
    return tuple(Marker(dates.day(day), text) for day, text in sorted(events) if day <= site.report.as_of.date())


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
