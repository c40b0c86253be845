"""The block with the projects that rise fastest, or that lost the most stars: one short line for each."""

from collections.abc import Mapping
from typing import Final

from startrack.model.changes import Change, Window
from startrack.model.report import Project
from startrack.readme import attributes, markdown
from startrack.readme.context import NOT_COUNTED, Context
from startrack.trends import ranking
from startrack.trends.ranking import ProjectGain
from startrack.wording import coverage, dates, figures

__all__ = ["ATTRIBUTES", "mover", "render"]


ATTRIBUTES: Final = ("list", "section", "direction", "window", "limit", "figures")
"""The attributes of the block."""

_DEFAULT_LIMIT: Final = 5


def render(values: Mapping[str, str], context: Context) -> list[str]:
    """Return the lines of the block. Raises BlockError."""
    attributes.check(values, ATTRIBUTES)
    window = attributes.window(values, context.report.windows)
    limit, is_exact = attributes.limit(values, _DEFAULT_LIMIT), attributes.is_exact(values)
    is_down = attributes.choice("direction", values.get("direction"), ("up", "down")) == "down"
    _, projects = attributes.projects(
        context.report, attributes.list_name(values, context.report), values.get("section")
    )
    span = figures.count(window.days, "day")
    if not any(project.current for project in projects):
        return [NOT_COUNTED]
    if not coverage.known_changes(projects, window):
        return [f"Not known yet: no project has been counted for {span}."]
    movers = (ranking.losing if is_down else ranking.rising)(projects, window)[:limit]
    if not movers:
        return [f"No project {'lost' if is_down else 'gained'} stars in {span}."]
    items = [mover(*project_gain, window, context, is_exact=is_exact) for project_gain in movers]
    return [*markdown.lines(items), "", _footnote(movers, span, is_down=is_down)]


def mover(project: Project, change: Change, window: Window, context: Context, *, is_exact: bool) -> str:
    """Return the gain of a project, its name and its stars as one line of text."""
    gain = markdown.change(change, figures.actual_days(window, change.elapsed), is_exact=is_exact)
    name = context.link(project) + markdown.label(project.label)
    return f"{gain} · {name} · {markdown.number(change.current.stars, is_exact=is_exact)} stars"


def _footnote(movers: list[ProjectGain], span: str, *, is_down: bool) -> str:
    last = max(change.current.taken_at for _, change in movers)
    order = "most stars lost" if is_down else "fastest rising"
    return markdown.footnote(f"as of {dates.day(last)}", f"{order} over {span}")
