"""Atom feeds (RFC 4287) as text: any text in them is made fit for XML 1.0."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from startrack.wording import dates, phrases

__all__ = ["MEDIA_TYPE", "Content", "Entry", "Feed", "render"]


MEDIA_TYPE: Final = "application/atom+xml"
_NAMESPACE: Final = "http://www.w3.org/2005/Atom"
_AUTHOR: Final = "startrack"
# All that XML 1.0 has no character for, escaped or not.
_NO_CHARACTERS: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry says: plain text, or HTML as a text of its own."""

    text: str
    is_html: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry; `id` is an absolute IRI for ever, `link` a page that says more, `term` a word to filter by."""

    id: str
    title: str
    updated: datetime
    link: str
    term: str
    content: Content


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed; `itself` is where it stands and `link` the page it speaks for; it has no entry twice."""

    id: str
    title: str
    updated: datetime
    itself: str
    link: str
    entries: Sequence[Entry]


def render(feed: Feed) -> str:
    """Return a feed as an XML document."""
    root = Element("feed", {"xmlns": _NAMESPACE})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    _text(root, "updated", dates.iso(feed.updated))
    _text(SubElement(root, "author"), "name", _AUTHOR)
    SubElement(root, "link", {"rel": "self", "type": MEDIA_TYPE, "href": feed.itself})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.link})
    for entry in feed.entries:
        _entry(SubElement(root, "entry"), entry)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _entry(element: Element, entry: Entry) -> None:
    _text(element, "id", entry.id)
    _text(element, "title", entry.title)
    _text(element, "updated", dates.iso(entry.updated))
    SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": entry.link})
    SubElement(element, "category", {"term": entry.term})
    content = _text(element, "content", entry.content.text)
    content.set("type", "html" if entry.content.is_html else "text")


def _text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = " ".join(_NO_CHARACTERS.sub("", phrases.strip_direction_marks(text)).split())
    return element
