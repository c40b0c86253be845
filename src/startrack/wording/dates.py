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
    """Return a day, or the day of an instant, as ISO 8601 writes it."""
    return value.strftime("%Y-%m-%d")


def instant(value: datetime) -> str:
    """Return an instant to the minute."""
    return value.strftime("%Y-%m-%d %H:%M UTC")


def iso(value: datetime) -> str:
    """Return an instant for programs, to the second."""
    return f"{value.isoformat(timespec='seconds')}Z"


_TIME: Final = re.compile(r"(?<![\w-])(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d) UTC)?(?![\w-])")


def marked(text: str) -> Markup:
    """Return a text as HTML with each day, and each instant in UTC, as a time element; the text itself stays."""
    found, end = Markup(), 0
    for match in _TIME.finditer(text):
        day, clock = match.groups()
        found += escape(text[end : match.start()])
        found += Markup('<time datetime="{}">{}</time>').format(f"{day}T{clock}Z" if clock else day, match[0])
        end = match.end()
    return found + escape(text[end:])
