"""All files of one project: its page, the data of its charts, and its charts for READMEs."""

from collections.abc import Iterator

from startrack.dashboards import templating
from startrack.dashboards.charts import readme_charts
from startrack.dashboards.pages.project import data
from startrack.dashboards.pages.project.chart_data import chart_data
from startrack.dashboards.pages.project.ranks import RanksByList
from startrack.dashboards.pages.project.view import project_page
from startrack.dashboards.site import Site
from startrack.model.report import Project

__all__ = ["project_files", "project_paths"]


def project_files(site: Site, ranks: RanksByList, project: Project) -> Iterator[tuple[str, str]]:
    """Yield the path and text of every file of a project."""
    shown = chart_data(site, ranks, project)
    yield site.page(project), templating.render("project/project", project_page(site, ranks, project, shown))
    yield from data.data_files(site, project, shown)
    yield from readme_charts.render_project_chart(site, project, shown.counts, shown.retained)


def project_paths(site: Site, project: Project) -> tuple[str, ...]:
    """Return the path of every file that a project may have."""
    chart = readme_charts.project_path(site, project)
    return site.page(project), *data.paths(site, project), f"{chart}-light.svg", f"{chart}-dark.svg"
