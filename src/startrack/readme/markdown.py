"""Other people's text made safe for GitHub's Markdown."""

import html
import re
import unicodedata

from startrack.model.changes import Change, Unknown
from startrack.model.events import Event
from startrack.model.report import Project
from startrack.wording import figures, phrases

__all__ = [
    "change",
    "escape",
    "link",
    "percent",
    "unknown",
]


_SPECIAL = re.compile(r"([\\`*_\[\]#!|~@$])")


def escape(text: str) -> str:
    """Return text that GitHub shows as it stands: on one line, nothing in it markup, its direction its own."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    safe = _SPECIAL.sub(r"\\\1", html.escape(flat, quote=False))
    return f"\u2068{safe}\u2069" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in flat) else safe


def link(told: Project | Event) -> str:
    """Return the name of a project, or of an event's; as a link, unless GitHub shows another repository under it."""
    name, home = _plain_name(told.title), phrases.repository_url(told)
    url = told.repository.url if isinstance(told, Project) else None
    address = url if url and re.fullmatch(r"https?://[\w.:/~%+-]+", url) else home
    return f"[{name}]({address})" if home else name


def _plain_name(name: str) -> str:
    # Names of the usual kind need no backslashes, which would only hurt whoever reads the source.
    return name if re.fullmatch(r"[A-Za-z0-9/-]+", name) else escape(name)


def change(value: Change | Unknown, days: str) -> str:
    """Return the stars that a window brought, with the days they are of where any are given, or why it is unknown."""
    return _of(days, figures.signed(value.gain)) if isinstance(value, Change) else unknown(value)


def percent(value: Change | Unknown, days: str) -> str:
    """Return the same in percent of the baseline."""
    if not isinstance(value, Change):
        return unknown(value)
    return unknown("no stars before") if value.percent is None else _of(days, figures.percent(value.percent))


def _of(days: str, figure: str) -> str:
    return f"{figure} ({days})" if days else figure


def unknown(reason: Unknown | str) -> str:
    """Return what stands in place of a figure that is not known."""
    return f"n/a ({reason})"
