"""Other people's text made safe for GitHub's Markdown, and figures written for readers."""

import html
import re
import unicodedata
from urllib.parse import quote

from startrack.models import Change, Unknown

__all__ = ["change", "escape", "link", "number", "percent", "signed", "unknown"]

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~@:$])")
_MINUS = "\N{MINUS SIGN}"


def escape(text: str) -> str:
    """Return text that GitHub shows as it stands: on one line, nothing in it markup, its direction its own."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    safe = _SPECIAL.sub(r"\\\1", html.escape(flat, quote=False))
    return f"\u2068{safe}\u2069" if any(unicodedata.bidirectional(c) in ("R", "AL") for c in flat) else safe


def link(name: str, url: str | None) -> str:
    """Return a link with a repository's name as its text."""
    address = url if url and re.fullmatch(r"https?://[\w.:/~%+-]+", url) else f"https://github.com/{quote(name)}"
    return f"[{_plain_name(name)}]({address})"


def _plain_name(name: str) -> str:
    # Names of the usual kind need no backslashes, which would only hurt whoever reads the source.
    return name if re.fullmatch(r"[A-Za-z0-9/-]+", name) else escape(name)


def number(value: int | None) -> str:
    """Return a figure with its thousands apart, or `n/a`."""
    return "n/a" if value is None else f"{value:,}".replace("-", _MINUS)


def signed(value: int) -> str:
    """Return a change with its sign; no change is 0."""
    return f"{value:+,}".replace("-", _MINUS) if value else "0"


def percent(value: float | None) -> str:
    """Return a share with its sign, or `n/a`."""
    return "n/a" if value is None else f"{value:+.1f}%".replace("-", _MINUS)


def change(value: Change | Unknown) -> str:
    """Return the stars that a window brought, or why that is not known."""
    return signed(value.gain) if isinstance(value, Change) else unknown(value)


def unknown(reason: Unknown | str) -> str:
    """Return what stands in place of a figure that is not known."""
    return f"n/a ({reason})"
