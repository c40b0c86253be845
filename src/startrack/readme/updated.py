"""The block that says of which day the figures are, and when the next are due."""

from collections.abc import Mapping
from typing import Final

from startrack.readme import attributes, markdown
from startrack.readme.context import NOT_COUNTED, Context
from startrack.wording import dates, phrases

__all__ = ["ATTRIBUTES", "render"]


ATTRIBUTES: Final = ("list",)
"""The attributes of the block."""


def render(values: Mapping[str, str], context: Context) -> list[str]:
    """Return the line of the block. Raises BlockError."""
    attributes.check(values, ATTRIBUTES)
    report = context.report
    projects, _ = attributes.projects(report, attributes.list_name(values, report), None)
    counted = [project.current.taken_at for project in projects if project.current]
    if not counted:
        return [NOT_COUNTED]
    labels = markdown.label_notes(projects)
    note = f" ({phrases.joined(labels)})" if labels else ""
    due = f" The next are due on {dates.day(report.next_due)}." if report.next_due else ""
    return [f"Figures of {dates.day(max(counted))}{note}.{due}"]
