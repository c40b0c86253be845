"""Days and instants in our own sentences, marked so that a script can show them as the reader writes dates."""

import re
from typing import Final

from markupsafe import Markup, escape

__all__ = ["marked"]

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
