"""README snippets of one project: a line of Markdown, and a chart as HTML that GitHub shows."""

from dataclasses import dataclass
from html import escape

from startrack.dashboards.charts import readme_charts
from startrack.dashboards.site import Site, main_windows
from startrack.model.changes import Change
from startrack.model.report import Project
from startrack.readme import markdown
from startrack.wording import dates, figures, phrases

__all__ = ["HINT", "Snippet", "snippets"]

_ADDRESS = "https://ADDRESS"

HINT = (
    f"Replace {_ADDRESS} with the address of your published pages, or set base_url under [dashboards] in the "
    "configuration."
)
"""Shown with the snippets if the configuration has no address."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to copy into a README."""

    title: str
    text: str


def snippets(site: Site, project: Project) -> tuple[Snippet, ...]:
    """Return the snippets of a project: a text, and a chart for light and dark themes."""
    base = (site.report.base_url or _ADDRESS).rstrip("/")
    page = f"{base}/{site.page(project)}"
    return (Snippet("Text", _text(site, project, page)), Snippet("Chart", _chart(site, project, base, page)))


def _text(site: Site, project: Project, page: str) -> str:
    name = f"[{markdown.escape(phrases.plain(project.title))}]({page})"
    if project.current is None:
        return f"{name}: not counted yet"
    stars = figures.count(project.current.stars, "star") + _gain(site, project)
    label = f", {project.label}" if project.label else ""
    return f"{name}: {stars} ({dates.day(project.current.taken_at)}{label})"


def _gain(site: Site, project: Project) -> str:
    window = main_windows(site.report.windows)[0]
    change = project.changes.get(window)
    if not isinstance(change, Change):
        return ""
    days = figures.actual_days(window, change.elapsed) or figures.count(window.days, "day")
    return f", {figures.signed(change.gain)} in {days}"


def _chart(site: Site, project: Project, base: str, page: str) -> str:
    chart = f"{base}/{readme_charts.project_path(site, project)}"
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
