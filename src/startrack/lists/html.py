"""HTML inside Markdown, tag by tag.

Tags are found by one pattern that takes linear time and read one at a time by html.parser: given a whole
document, it takes quadratic time on tags that never end (CPython before 3.11.14). Comments, scripts and styles are
passed over. A link inside `<code>` is a link as readers see it, so it counts; an address that is mere text there
does not.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from startrack.lists.document import BlockKind, BreakKind, DocumentBuilder

__all__ = [
    "parse_block",
    "parse_inline",
    "parse_tag",
]


# Quotes hold a value only after "=", as in the HTML standard; a value may hold ">".
_TAG = r"</?[A-Za-z](?:[^<>=]++|=\s*+(?:\"[^\"]*\"|'[^']*'|))*+>"
_SILENT = r"<!--(?:-?>|.*?(?:-->|\Z))|<[!?][^<>]*>|<(?P<raw>script|style)\b[^<>]*>.*?(?:</(?P=raw)\s*>|\Z)"
_TOKEN = re.compile(rf"{_SILENT}|(?P<tag>{_TAG})", re.DOTALL | re.IGNORECASE)
_LONGEST_TAG = 20_000

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "details", "div", "dl", "figure",
    "footer", "header", "hr", "main", "nav", "ol", "p", "section", "table", "tbody", "tfoot",
    "thead", "ul",
})  # fmt: skip
_KINDS = {
    **dict.fromkeys(("li", "dt", "dd", "summary"), BlockKind.ITEM),
    "tr": BlockKind.ROW,
    **dict.fromkeys(_BLOCKS, BlockKind.PARAGRAPH),
}
_SPACES = {"br": BreakKind.LINE, "td": BreakKind.CELL, "th": BreakKind.CELL}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_STRONG = frozenset({"b", "strong"})
_CODE = frozenset({"code", "pre", "kbd", "samp", "tt"})


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    attributes: Mapping[str, str]
    ends: bool = False


class _TagReader(HTMLParser):
    """Keeps the start tag that it is fed."""

    def __init__(self) -> None:
        super().__init__()
        self.read: _Tag | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The first of two attributes of one name is the one that counts.
        self.read = _Tag(tag, {name: value or "" for name, value in reversed(attrs)})


def parse_block(page: DocumentBuilder, html: str, line: int) -> None:
    """Read an HTML block that begins on `line`; units that it leaves open end with it."""
    page.end_loose()
    _read(page, html, line, block=True)
    page.end_loose()


def parse_inline(page: DocumentBuilder, html: str, line: int) -> None:
    """Read HTML that stands in running text; it opens no unit."""
    _read(page, html, line, block=False)


def _read(page: DocumentBuilder, html: str, line: int, *, block: bool) -> None:
    end = 0
    for token in _TOKEN.finditer(html):
        page.text(unescape(html[end : token.start()]), line)
        line += html.count("\n", end, token.start())
        if token["tag"]:
            _obey(page, _parsed(token["tag"]), line, block=block)
        line += token[0].count("\n")
        end = token.end()
    page.text(unescape(html[end:]), line)


def parse_tag(page: DocumentBuilder, html: str, line: int) -> None:
    """Read one tag that stands in running text; it opens no unit."""
    if re.fullmatch(_TAG, html):
        _obey(page, _parsed(html), line, block=False)


def _parsed(html: str) -> _Tag:
    if html.startswith("</") or len(html) > _LONGEST_TAG:
        name = re.match(r"</?([A-Za-z][A-Za-z0-9-]*)", html)
        return _Tag(name[1].lower() if name else "", {}, ends=html.startswith("</"))
    reader = _TagReader()
    reader.feed(html)
    return reader.read or _Tag("", {})


def _obey(page: DocumentBuilder, tag: _Tag, line: int, *, block: bool) -> None:
    if tag.name == "a":
        _link(page, tag, line)
    elif tag.name == "img" and not tag.ends:
        page.image(tag.attributes.get("src", ""), tag.attributes.get("alt", ""), line)
    elif tag.name in _STRONG:
        page.strong = max(0, page.strong + (-1 if tag.ends else 1))
    elif tag.name in _CODE:
        page.code = max(0, page.code + (-1 if tag.ends else 1))
    else:
        _lay_out(page, tag, block=block)


def _link(page: DocumentBuilder, tag: _Tag, line: int) -> None:
    if tag.ends:
        page.end_link()
    elif "href" in tag.attributes:
        page.link(tag.attributes["href"], line)


def _lay_out(page: DocumentBuilder, tag: _Tag, *, block: bool) -> None:
    if tag.name in _SPACES:
        page.space(_SPACES[tag.name])
    elif tag.name in _HEADINGS and block:
        (page.close_heading if tag.ends else page.open_heading)(_HEADINGS[tag.name])
    elif tag.name in _KINDS and block:
        (page.close_loose if tag.ends else page.open_loose)(_KINDS[tag.name])
    elif tag.name in _KINDS:
        page.space(BreakKind.BLOCK)
