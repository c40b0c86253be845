"""Parses HTML, alone or inside another format, tag by tag.

A pattern that takes linear time finds the tags, and html.parser parses them one at a time, because before CPython
3.11.14 it takes quadratic time for unclosed tags in a whole document. Comments, scripts and styles are skipped. A link
inside `<code>` counts because readers see a link; a URL that is plain text there does not count.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from startrack.lists.document import BlockKind, BreakKind, DocumentBuilder
from startrack.lists.positions import Origin, Place, Range, TextOrigin
from startrack.model.lists import LinkKind

__all__ = [
    "FIGURE_COMMENT",
    "Mark",
    "find_marks",
    "parse",
    "parse_block",
    "parse_inline",
    "parse_tag",
]


# Quotes enclose a value only after "=", as in the HTML standard; a value may contain ">".
_TAG = r"</?[A-Za-z](?:[^<>=]++|=\s*+(?:\"[^\"]*\"|'[^']*'|))*+>"
_SKIPPED = r"<!--(?:-?>|.*?(?:-->|\Z))|<[!?][^<>]*>|<(?P<raw>script|style)\b[^<>]*>.*?(?:</(?P=raw)\s*>|\Z)"
_TOKEN = re.compile(rf"{_SKIPPED}|(?P<tag>{_TAG})", re.DOTALL | re.IGNORECASE)
# The comments around a figure that startrack fills in: see readme/blocks.py. The figure is no text of the list.
FIGURE_COMMENT = re.compile(r"<!--[ \t]*(?:(?P<opening>startrack:count\b)|startrack:end\b|/startrack\b)")
_MAX_TAG_LENGTH = 20_000
_ATTRIBUTE = re.compile(
    r"(?<=[\s/'\"])(?P<name>[^\s/>=][^\s/>=]*+)(?:\s*+=\s*+(?P<value>'[^']*'|\"[^\"]*\"|(?!['\"])[^>\s]*))?"
)
_SOURCE_URL = re.compile(r"([^\s,]\S*[^\s,])(?:\s[^,]*)?,?")
_CHARACTERS = re.compile(r"[^&]++|&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)?")

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
    """A tag, and where in a block it is."""

    name: str
    attributes: Mapping[str, str]
    html: str
    is_end: bool = False
    origin: Origin | None = None
    offset: int = 0

    @property
    def range(self) -> Range | None:
        """The whole tag."""
        return self.origin.range(self.offset, self.offset + len(self.html)) if self.origin else None

    def place(self, kind: LinkKind, attribute: str) -> Place | None:
        """Return the place of the tag and of a URL in it."""
        url = self._value(attribute)
        element = self.range
        return Place(kind, element, url and self._part(*url)) if element else None

    def urls(self, attribute: str) -> Iterator[tuple[str, Range]]:
        """Yield the URLs in an attribute such as `srcset`, which are followed by their width or density."""
        if self.origin and (value := self._value(attribute)):
            for url in _SOURCE_URL.finditer(self.html, *value):
                yield unescape(url[1]), self._part(*url.span(1))

    def _part(self, start: int, end: int) -> Range:
        assert self.origin  # noqa: S101 - only tags with an origin ask
        return self.origin.range(self.offset + start, self.offset + end)

    def _value(self, attribute: str) -> Range | None:
        """Return where in the tag the value of an attribute is, without its quotation marks."""
        for match in _ATTRIBUTE.finditer(self.html[:_MAX_TAG_LENGTH]):
            if match["name"].lower() == attribute and match["value"] is not None:
                is_quoted = match["value"][:1] in {"'", '"'}
                return match.start("value") + is_quoted, match.end("value") - is_quoted
        return None


class _TagReader(HTMLParser):
    """HTML parser that keeps the start tag it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.name = ""
        self.attributes: Mapping[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # If an attribute is given twice, the first one counts.
        self.name, self.attributes = tag, {name: value or "" for name, value in reversed(attrs)}


@dataclass(frozen=True, slots=True)
class Mark:
    """A tag or a comment: its offset in the HTML, the name of a tag (`""` for a comment), and its text."""

    offset: int
    name: str
    is_end: bool
    text: str


def find_marks(html: str) -> Iterator[Mark]:
    """Yield the tags and comments in their order; scripts and styles are skipped."""
    for token in _TOKEN.finditer(html):
        if token["tag"]:
            tag = _parse_tag_text(token["tag"], None, 0)
            yield Mark(token.start(), tag.name, tag.is_end, token[0])
        elif token[0].startswith("<!--"):
            yield Mark(token.start(), "", is_end=False, text=token[0])


def parse(html: str) -> DocumentBuilder:
    """Return the blocks of an HTML document whose lines end with a line feed."""
    builder = DocumentBuilder()
    parse_block(builder, html, 1, Origin())
    return builder


def parse_block(builder: DocumentBuilder, html: str, line: int, origin: Origin | None = None) -> None:
    """Parse an HTML block that begins on `line`; the blocks that it leaves open end with it.

    `origin` leads from the block to the text of the document.
    """
    builder.close_unnested()
    _parse(builder, html, line, origin, block=True)
    builder.close_unnested()


def parse_inline(builder: DocumentBuilder, html: str, line: int) -> None:
    """Parse HTML in running text; it opens no block."""
    _parse(builder, html, line, None, block=False)


def _parse(builder: DocumentBuilder, html: str, line: int, origin: Origin | None, *, block: bool) -> None:
    end, in_figure = 0, False
    for token in _TOKEN.finditer(html):
        if not in_figure:
            _add_text(builder, html[end : token.start()], line, origin, end)
        if comment := FIGURE_COMMENT.match(token[0]):
            in_figure = bool(comment["opening"])
        line += html.count("\n", end, token.start())
        if token["tag"]:
            _apply_tag(builder, _parse_tag_text(token["tag"], origin, token.start()), line, block=block)
        line += token[0].count("\n")
        end = token.end()
    _add_text(builder, html[end:], line, origin, end)


def _add_text(builder: DocumentBuilder, html: str, line: int, origin: Origin | None, offset: int) -> None:
    """Add the text of HTML without tags, which begins at `offset` in its block."""
    if not origin:
        builder.add_text(unescape(html), line)
        return
    text, offsets = _unescape(html, offset)
    builder.add_text(text, line, TextOrigin(origin, offsets))


def _unescape(html: str, offset: int) -> tuple[str, Sequence[int]]:
    """Return a text, and where each of its characters and its end are in the block with the HTML at `offset`."""
    if "&" not in html:
        return html, range(offset, offset + len(html) + 1)
    characters: list[str] = []
    offsets: list[int] = []
    for match in _CHARACTERS.finditer(html):
        piece = unescape(match[0])
        characters.append(piece)
        is_literal = piece == match[0]
        start = offset + match.start()
        offsets.extend(range(start, start + len(piece)) if is_literal else [start] * len(piece))
    return "".join(characters), [*offsets, offset + len(html)]


def parse_tag(builder: DocumentBuilder, html: str, line: int, origin: Origin, offset: int) -> None:
    """Parse one tag in running text, which is at `offset` in its block; it opens no block."""
    if re.fullmatch(_TAG, html):
        _apply_tag(builder, _parse_tag_text(html, origin, offset), line, block=False)


def _parse_tag_text(html: str, origin: Origin | None, offset: int) -> _Tag:
    is_end = html.startswith("</")
    if is_end or len(html) > _MAX_TAG_LENGTH:
        name = re.match(r"</?([A-Za-z][A-Za-z0-9-]*)", html)
        return _Tag(name[1].lower() if name else "", {}, html, is_end, origin, offset)
    reader = _TagReader()
    reader.feed(html)
    return _Tag(reader.name, reader.attributes, html, is_end, origin, offset)


def _apply_tag(builder: DocumentBuilder, tag: _Tag, line: int, *, block: bool) -> None:
    if tag.name == "a":
        _apply_link(builder, tag, line)
    elif tag.name in {"img", "iframe", "picture", "source"}:
        _apply_image(builder, tag, line)
    elif tag.name in _STRONG:
        builder.strong_depth = max(0, builder.strong_depth + (-1 if tag.is_end else 1))
    elif tag.name in _CODE:
        builder.code_depth = max(0, builder.code_depth + (-1 if tag.is_end else 1))
    else:
        _apply_layout_tag(builder, tag, block=block)


def _apply_link(builder: DocumentBuilder, tag: _Tag, line: int) -> None:
    if tag.is_end:
        builder.close_link(tag.range)
    elif "href" in tag.attributes:
        builder.open_link(tag.attributes["href"], line, tag.place(LinkKind.HTML, "href"))


def _apply_image(builder: DocumentBuilder, tag: _Tag, line: int) -> None:
    if tag.name in {"img", "iframe"}:
        if tag.is_end:
            return
        place = tag.place(LinkKind.HTML_IMAGE, "src")
        builder.add_image(tag.attributes.get("src", ""), tag.attributes.get("alt", ""), line, place)
    elif tag.range and tag.name == "picture":
        builder.close_picture(tag.range[1]) if tag.is_end else builder.open_picture(tag.range)
    elif tag.range:
        for url, url_range in tag.urls("srcset"):
            builder.add_picture_source(url, line, Place(LinkKind.HTML_SOURCE, tag.range, url_range))


def _apply_layout_tag(builder: DocumentBuilder, tag: _Tag, *, block: bool) -> None:
    if tag.name in _BREAKS:
        builder.add_break(_BREAKS[tag.name])
    elif tag.name in _HEADINGS and block:
        (builder.close_heading if tag.is_end else builder.open_heading)(_HEADINGS[tag.name])
    elif tag.name in _BLOCK_KINDS and block:
        (builder.close_html_block if tag.is_end else builder.open_html_block)(_BLOCK_KINDS[tag.name])
    elif tag.name in _BLOCK_KINDS:
        builder.add_break(BreakKind.BLOCK)
