"""The calendar's weeks, Monday to Sunday in UTC, by the numbers that ISO 8601 gives them."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from startrack.models import Change, Project
from startrack.trends import windows

__all__ = ["LATEST", "is_known", "monday", "mondays"]

LATEST = 4
"""How many weeks feeds and programs are told of; every other one has its page still."""


def monday(at: datetime) -> date:
    """Return the Monday of an instant's week."""
    return at.date() - timedelta(days=at.weekday())


def mondays(first: datetime, as_of: datetime) -> Iterator[date]:
    """Yield the Mondays of the weeks that had ended by an instant, newest first, back to that of the first one."""
    begun = monday(as_of) - timedelta(weeks=1)
    while begun >= monday(first):
        yield begun
        begun -= timedelta(weeks=1)


def is_known(projects: Sequence[Project]) -> bool:
    """Say whether the week's change is known of any of these projects, as they were at its end."""
    return any(isinstance(project.changes.get(windows.WEEK), Change) for project in projects)
