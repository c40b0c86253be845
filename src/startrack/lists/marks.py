"""Finds the words by which a list itself says that a project is archived or no longer maintained.

A description may talk about archives, or about tools that replace an unmaintained one. So a word counts only where it
stands alone: in brackets, in bold or code, between dashes, before a colon, or as the whole text beside the link.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from startrack.lists.document import Break, BreakKind, Inline, Text

__all__ = ["find_mark", "section_mark"]

_WORDS: Final = (
    r"(?:archived|unmaintained|abandoned|discontinued|inactive|dead"
    r"|(?:no[ -]longer|not)(?: being| actively)? maintained)"
)
# A skull, skull and crossbones, a coffin, a headstone, a derelict house.
_EMOJI: Final = re.compile("[\U0001f480\u2620\u26b0\U0001faa6\U0001f3da]")
_LINK: Final = "\x00"
_NOT_A_WORD: Final = r"[^\w()\[\]{}]{0,4}"
_BRACKETED: Final = re.compile(rf"[(\[{{]{_NOT_A_WORD}(?P<mark>{_WORDS})\b[^()\[\]{{}}]{{0,80}}[)\]}}]", re.IGNORECASE)
_SIDE: Final = r"[\n\u2013\u2014:|\x00]|\s-\s"
_ALONE: Final = re.compile(
    rf"(?:^|{_SIDE}){_NOT_A_WORD}(?P<mark>{_WORDS}){_NOT_A_WORD}(?:$|{_SIDE})",
    re.IGNORECASE,
)
_SECTION: Final = re.compile(
    rf"\W*(?:{_WORDS}|graveyard)(?: (?:projects|repositories|repos|tools|packages|libraries|entries|resources))?\W*",
    re.IGNORECASE,
)
_BREAKS: Final = frozenset({BreakKind.LINE, BreakKind.CELL, BreakKind.BLOCK})


def find_mark(inlines: Iterable[Inline]) -> str | None:
    """Return the mark in the text of an entry as the list spells it, `None` if it has none."""
    text = "".join(map(_piece, inlines))
    if match := _BRACKETED.search(text) or _ALONE.search(text):
        return match["mark"]
    emoji = _EMOJI.search(text)
    return emoji[0] if emoji else None


def _piece(inline: Inline) -> str:
    """Return an inline as text: bold and code in brackets, and `_LINK` for a link or an image."""
    match inline:
        case Text(text=text) if inline.strong or inline.code:
            return f"[{text}]"
        case Text(text=text):
            return text
        case Break(kind=kind):
            return "\n" if kind in _BREAKS else " "
        case _:
            return _LINK


def section_mark(section: Sequence[str]) -> str | None:
    """Return the heading that says so of all entries below it, such as "Archived projects"."""
    return next((heading for heading in section if _SECTION.fullmatch(heading)), None)
