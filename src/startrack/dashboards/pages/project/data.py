"""The data files of each project: its chart data as a script, and its retained stars as CSV."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from startrack.dashboards import data_files as tables
from startrack.dashboards.charts import series
from startrack.dashboards.pages.project.chart_data import ChartData
from startrack.dashboards.pages.project.charts import commit_weeks
from startrack.dashboards.site import Site
from startrack.model.durations import WEEK
from startrack.model.history import WeeklyCommits
from startrack.model.report import Project
from startrack.trends.peers import Rank
from startrack.wording import dates

__all__ = ["data_files", "paths"]


def paths(site: Site, project: Project) -> tuple[str, str]:
    """Return the paths of a project's chart data and of its retained stars."""
    slug = site.slug(project)
    return f"data/history/{slug}.js", f"data/retained/{slug}.csv"


def data_files(site: Site, project: Project, shown: ChartData) -> Iterator[tuple[str, str]]:
    """Yield the path and text of a project's data files."""
    slug, (script, retained) = site.slug(project), paths(site, project)
    if levels := site.report.retained.get(project.repository.repo_id):
        yield retained, tables.retained_csv(levels)
    if site.report.counts(project):
        yield script, tables.render_script("data", slug, _chart_data(site, project, shown))


def _chart_data(site: Site, project: Project, shown: ChartData) -> Mapping[str, object]:
    """Return the data of a project's charts."""
    named = [(shown.counts, ("stars", "forks")), (shown.commits, ("commits",)), (shown.retained, ("retained",))]
    return {
        "name": project.title,
        "label": project.label,
        "created": _day(project.repository.created_at),
        "starred": _day(site.report.first_star_days.get(project.repository.repo_id)),
        "tracks": [series.track_data(track, *names) for track, names in named if track],
        "weeks": [[week.end.isoformat(), week.gain] for week in shown.weeks],
        "spikes": shown.spikes,
        "marks": [[marker.day, marker.text] for marker in shown.markers],
        "year": _commit_data(site.report.weekly_commits.get(project.repository.repo_id, ())),
        "ranks": [_rank_data(name, list_ranks) for name, list_ranks in shown.ranks],
    }


def _day(value: date | None) -> str | None:
    return dates.day(value) if value else None


def _commit_data(commits: Sequence[WeeklyCommits]) -> dict[str, object] | None:
    """Return the commits by the number of their week, 0 for the first; `None` if none are known."""
    if not commits:
        return None
    return {"start": commits[0].start.isoformat(), "weeks": commit_weeks(commits)}


def _rank_data(name: str, ranks: Sequence[Rank]) -> dict[str, object]:
    start = ranks[0].end
    return {
        "list": name,
        "start": start.isoformat(),
        "weeks": [[(rank.end - start) // WEEK, rank.place, rank.of] for rank in ranks],
    }
