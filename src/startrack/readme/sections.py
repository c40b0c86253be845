"""The block with the momentum of the sections of a list."""

from collections.abc import Mapping
from typing import Final

from startrack.model.report import Momentum
from startrack.readme import attributes, markdown
from startrack.readme.context import NOT_COUNTED, Context
from startrack.trends import section_stats
from startrack.wording import dates, figures, phrases

__all__ = ["ATTRIBUTES", "render"]


ATTRIBUTES: Final = ("list", "window", "limit", "figures")
"""The attributes of the block."""


def render(values: Mapping[str, str], context: Context) -> list[str]:
    """Return the lines of the block. Raises BlockError."""
    attributes.check(values, ATTRIBUTES)
    report, is_exact = context.report, attributes.is_exact(values)
    list_name, limit = attributes.list_name(values, report), attributes.limit(values)
    window = attributes.window(values, report.windows)
    sections = [
        momentum
        for momentum in report.momentum
        if momentum.window == window and list_name in (None, momentum.list_name)
    ]
    projects, _ = attributes.projects(report, list_name, None)
    counted = [project.current.taken_at for project in projects if project.current]
    if not sections or not counted:
        return [NOT_COUNTED]
    ordered = sorted(sections, key=section_stats.momentum_key)[:limit]
    has_lists = len({momentum.list_name for momentum in ordered}) > 1
    span = figures.count(window.days, "day")
    columns = [("Section", ":--"), (span, "--:"), (f"{span}, %", "--:"), ("Known for", "--:")]
    rows = [_row(momentum, has_lists=has_lists, is_exact=is_exact) for momentum in ordered]
    notes = (*markdown.label_notes(projects), f"as of {dates.day(max(counted))}", _explained(ordered))
    return [*context.table(columns, rows), "", markdown.footnote(*notes)]


def _row(momentum: Momentum, *, has_lists: bool, is_exact: bool) -> list[str]:
    name = markdown.escape(phrases.clipped(phrases.section_path(momentum.section), 200))
    if has_lists:
        name += markdown.label(momentum.list_name)
    known = f"{figures.number(momentum.known)} of {figures.number(momentum.listed)}"
    if not momentum.known:
        return [name, markdown.unknown("none known"), markdown.unknown("none known"), known]
    days = figures.actual_days(momentum.window, momentum.shortest, momentum.longest)
    gain = markdown.signed(momentum.gain, is_exact=is_exact) + (f" ({days})" if days else "")
    percent = momentum.percent
    return [name, gain, markdown.unknown("no stars before") if percent is None else figures.percent(percent), known]


def _explained(sections: list[Momentum]) -> str:
    thin = any(section_stats.is_thin(momentum) for momentum in sections)
    order = "stars gained by the projects whose gain is known, the highest percentage first"
    return f"{order}; sections known for less than half of their projects last" if thin else order
