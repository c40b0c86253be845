"""What a README may show of one project: a line of text, and its chart."""

from html import escape

from startrack.models import Change, Project
from startrack.render import markdown, pictures, words
from startrack.render.movers import main_windows
from startrack.render.site import Site
from startrack.render.story_contexts import Snippet

__all__ = ["HINT", "snippets"]

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
    name = f"[{markdown.escape(words.plain(project.title))}]({page})"
    if project.current is None:
        return f"{name}: not counted yet"
    figures = words.count(project.current.stars, "star") + _gained(site, project)
    label = f", {project.label}" if project.label else ""
    return f"{name}: {figures} ({words.day(project.current.taken_at)}{label})"


def _gained(site: Site, project: Project) -> str:
    window = main_windows(site.report.windows)[0]
    change = project.changes.get(window)
    if not isinstance(change, Change):
        return ""
    days = words.over(window, change.elapsed) or words.count(window.days, "day")
    return f", {words.signed(change.gain)} in {days}"


def _chart(site: Site, project: Project, base: str, page: str) -> str:
    chart = f"{base}/{pictures.project_path(site, project)}"
    return "\n".join(
        [
            f'<a href="{escape(page)}">',
            "  <picture>",
            f'    <source media="(prefers-color-scheme: dark)" srcset="{escape(chart)}-dark.svg">',
            f'    <img alt="Stars of {escape(words.plain(project.title))} over time" src="{escape(chart)}-light.svg">',
            "  </picture>",
            "</a>",
        ]
    )
