"""The block that says of which day the figures are, and when the next are due."""

from collections.abc import Mapping

from startrack.model.report import SiteReport
from startrack.readme import attributes, markdown
from startrack.wording import dates

__all__ = ["render"]


def render(values: Mapping[str, str], report: SiteReport) -> list[str]:
    """Return the line of the block. Raises BlockError."""
    attributes.check(values, ("list",))
    projects, _ = attributes.projects(report, attributes.list_name(values, report), None)
    counted = [project.current.taken_at for project in projects if project.current]
    if not counted:
        return ["Not counted yet."]
    labels = sorted({project.label for project in projects if project.label})
    kind = f"{markdown.escape(' and '.join(labels))} figures" if labels else "Figures"
    due = f" The next are due on {dates.day(report.next_due)}." if report.next_due else ""
    return [f"{kind[:1].upper()}{kind[1:]} of {dates.day(max(counted))}.{due}"]
