"""The history part of a project's page: its charts, and the events that are marked in them."""

from dataclasses import dataclass

from startrack.dashboards.pages.project.chart_data import ChartData, Marker
from startrack.dashboards.pages.project.charts import Chart, charts
from startrack.dashboards.site import Site
from startrack.model.report import Project
from startrack.wording import dates, figures, phrases

__all__ = ["ProjectHistory", "project_history"]

_SPIKES_SHOWN = 6


@dataclass(frozen=True, slots=True)
class ProjectHistory:
    """The charts of one project and the texts about them.

    `slug` names the data file of the charts; it is empty if nothing was counted.
    """

    slug: str
    charts: tuple[Chart, ...]
    markers: tuple[Marker, ...]
    spikes: str


def project_history(site: Site, project: Project, shown: ChartData) -> ProjectHistory:
    """Return the history part of a project's page."""
    is_counted = project.repository.repo_id in site.report.history
    return ProjectHistory(
        slug=site.slug(project) if is_counted else "",
        charts=tuple(charts(site, project, shown)) if is_counted else (),
        markers=shown.markers,
        spikes=_spikes_sentence(shown),
    )


def _spikes_sentence(shown: ChartData) -> str:
    spikes = [shown.weeks[index] for index in shown.spikes]
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
