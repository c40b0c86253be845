"""Parses HTML, alone or inside another format, tag by tag.

A pattern that takes linear time finds the tags, and html.parser parses them one at a time, because before CPython
3.11.14 it takes quadratic time for unclosed tags in a whole document. Comments, scripts and styles are skipped. A link
inside `<code>` counts because readers see a link; a URL that is plain text there does not count.
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


# Quotes enclose a value only after "=", as in the HTML standard; a value may contain ">".
_TAG = r"</?[A-Za-z](?:[^<>=]++|=\s*+(?:\"[^\"]*\"|'[^']*'|))*+>"
_SKIPPED = r"<!--(?:-?>|.*?(?:-->|\Z))|<[!?][^<>]*>|<(?P<raw>script|style)\b[^<>]*>.*?(?:</(?P=raw)\s*>|\Z)"
_TOKEN = re.compile(rf"{_SKIPPED}|(?P<tag>{_TAG})", re.DOTALL | re.IGNORECASE)
_MAX_TAG_LENGTH = 20_000

_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "center", "details", "div", "dl", "figure",
    "footer", "header", "hr", "main", "nav", "ol", "p", "section", "table", "tbody", "tfoot",
    "thead", "ul",
})  # fmt: skip
_BLOCK_KINDS = {
    **dict.fromkeys(("li", "dt", "dd", "summary"), BlockKind.ITEM),
    "tr": BlockKind.ROW,
    **dict.fromkeys(_BLOCKS, BlockKind.PARAGRAPH),
}
_BREAKS = {"br": BreakKind.LINE, "td": BreakKind.CELL, "th": BreakKind.CELL}
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_STRONG = frozenset({"b", "strong"})
_CODE = frozenset({"code", "pre", "kbd", "samp", "tt"})


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    attributes: Mapping[str, str]
    is_end: bool = False


class _TagReader(HTMLParser):
    """HTML parser that keeps the start tag it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.tag: _Tag | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # If an attribute is given twice, the first one counts.
        self.tag = _Tag(tag, {name: value or "" for name, value in reversed(attrs)})


def parse_block(builder: DocumentBuilder, html: str, line: int) -> None:
    """Parse an HTML block that begins on `line`; the blocks that it leaves open end with it."""
    builder.close_unnested()
    _parse(builder, html, line, block=True)
    builder.close_unnested()


def parse_inline(builder: DocumentBuilder, html: str, line: int) -> None:
    """Parse HTML in running text; it opens no block."""
    _parse(builder, html, line, block=False)


def _parse(builder: DocumentBuilder, html: str, line: int, *, block: bool) -> None:
    end = 0
    for token in _TOKEN.finditer(html):
        builder.add_text(unescape(html[end : token.start()]), line)
        line += html.count("\n", end, token.start())
        if token["tag"]:
            _apply_tag(builder, _parse_tag_text(token["tag"]), line, block=block)
        line += token[0].count("\n")
        end = token.end()
    builder.add_text(unescape(html[end:]), line)


def parse_tag(builder: DocumentBuilder, html: str, line: int) -> None:
    """Parse one tag in running text; it opens no block."""
    if re.fullmatch(_TAG, html):
        _apply_tag(builder, _parse_tag_text(html), line, block=False)


def _parse_tag_text(html: str) -> _Tag:
    if html.startswith("</") or len(html) > _MAX_TAG_LENGTH:
        name = re.match(r"</?([A-Za-z][A-Za-z0-9-]*)", html)
        return _Tag(name[1].lower() if name else "", {}, is_end=html.startswith("</"))
    reader = _TagReader()
    reader.feed(html)
    return reader.tag or _Tag("", {})


def _apply_tag(builder: DocumentBuilder, tag: _Tag, line: int, *, block: bool) -> None:
    if tag.name == "a":
        _apply_link(builder, tag, line)
    elif tag.name == "img" and not tag.is_end:
        builder.add_image(tag.attributes.get("src", ""), tag.attributes.get("alt", ""), line)
    elif tag.name in _STRONG:
        builder.strong_depth = max(0, builder.strong_depth + (-1 if tag.is_end else 1))
    elif tag.name in _CODE:
        builder.code_depth = max(0, builder.code_depth + (-1 if tag.is_end else 1))
    else:
        _apply_layout_tag(builder, tag, block=block)


def _apply_link(builder: DocumentBuilder, tag: _Tag, line: int) -> None:
    if tag.is_end:
        builder.close_link()
    elif "href" in tag.attributes:
        builder.open_link(tag.attributes["href"], line)


def _apply_layout_tag(builder: DocumentBuilder, tag: _Tag, *, block: bool) -> None:
    if tag.name in _BREAKS:
        builder.add_break(_BREAKS[tag.name])
    elif tag.name in _HEADINGS and block:
        (builder.close_heading if tag.is_end else builder.open_heading)(_HEADINGS[tag.name])
    elif tag.name in _BLOCK_KINDS and block:
        (builder.close_html_block if tag.is_end else builder.open_html_block)(_BLOCK_KINDS[tag.name])
    elif tag.name in _BLOCK_KINDS:
        builder.add_break(BreakKind.BLOCK)
