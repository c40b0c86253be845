"""The calendar's weeks, Monday to Sunday in UTC, by the numbers that ISO 8601 gives them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from startrack.models import Change, Project
from startrack.trends import windows

__all__ = ["is_known", "last_weeks"]

_KEPT = 4


def last_weeks(as_of: datetime) -> tuple[date, ...]:
    """Return the Mondays of the last four weeks that had ended by an instant, newest first."""
    this = as_of.date() - timedelta(days=as_of.weekday())
    return tuple(this - timedelta(weeks=back) for back in range(1, _KEPT + 1))


def is_known(projects: Sequence[Project]) -> bool:
    """Say whether the week's change is known of any of these projects, as they were at its end."""
    return any(isinstance(project.changes.get(windows.WEEK), Change) for project in projects)
