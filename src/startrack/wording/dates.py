"""Days and instants as readers see them."""

import re
from datetime import date, datetime
from typing import Final

from markupsafe import Markup, escape

__all__ = [
    "day",
    "instant",
    "iso",
    "marked",
]


def day(value: date) -> str:
    """Return a day, or the day of an instant, in ISO 8601: `2026-11-23`."""
    return date.isoformat(value)


def instant(value: datetime) -> str:
    """Return an instant to the minute: `2026-11-23 03:00 UTC`."""
    return f"{value.isoformat(' ', 'minutes')} UTC"


def iso(value: datetime) -> str:
    """Return an instant in ISO 8601 to the second, for programs: `2026-11-23T03:00:00Z`."""
    return f"{value.isoformat(timespec='seconds')}Z"


_TIME: Final = re.compile(r"(?<![\w-])(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d) UTC)?(?![\w-])")


def marked(text: str) -> Markup:
    """Return a text as HTML with a `time` element around each day and each instant in UTC."""
    escaped = escape(text)
    if "-" not in text:
        return escaped
    # An escaped text has the same days, because an escape begins with & and ends with a semicolon.
    return Markup(_TIME.sub(_time_element, str(escaped)))  # noqa: S704 - escaped


def _time_element(match: re.Match[str]) -> str:
    day, clock = match.groups()
    return f'<time datetime="{day}T{clock}Z">{match[0]}</time>' if clock else f'<time datetime="{day}">{day}</time>'
