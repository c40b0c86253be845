"""The Atom format (RFC 4287): feeds and entries as values, and a feed as XML."""

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
# Characters that XML 1.0 does not allow, even escaped.
_INVALID_CHARACTERS: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Content:
    """The content of an entry: plain text or HTML."""

    text: str
    is_html: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry. `id` is a permanent absolute IRI, `link` a page with details, and `term` a category for filters."""

    id: str
    title: str
    updated: datetime
    link: str
    term: str
    content: Content


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed. `self_link` is its own URL, `page_link` that of its page. The ids of its entries are unique."""

    id: str
    title: str
    updated: datetime
    self_link: str
    page_link: str
    entries: Sequence[Entry]


def render(feed: Feed) -> str:
    """Return a feed as an XML document. Invalid characters are removed, and white space is collapsed."""
    root = Element("feed", {"xmlns": _NAMESPACE})
    _add_text(root, "id", feed.id)
    _add_text(root, "title", feed.title)
    _add_text(root, "updated", dates.iso(feed.updated))
    _add_text(SubElement(root, "author"), "name", _AUTHOR)
    SubElement(root, "link", {"rel": "self", "type": MEDIA_TYPE, "href": feed.self_link})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.page_link})
    for entry in feed.entries:
        _fill_entry(SubElement(root, "entry"), entry)
    indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _fill_entry(element: Element, entry: Entry) -> None:
    _add_text(element, "id", entry.id)
    _add_text(element, "title", entry.title)
    _add_text(element, "updated", dates.iso(entry.updated))
    SubElement(element, "link", {"rel": "alternate", "type": "text/html", "href": entry.link})
    SubElement(element, "category", {"term": entry.term})
    content = _add_text(element, "content", entry.content.text)
    content.set("type", "html" if entry.content.is_html else "text")


def _add_text(parent: Element, name: str, text: str) -> Element:
    element = SubElement(parent, name)
    element.text = " ".join(_INVALID_CHARACTERS.sub("", phrases.strip_direction_marks(text)).split())
    return element
