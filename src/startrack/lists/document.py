"""A document as blocks of text, links and images, and the builder that collects them while a format is parsed."""

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from startrack.lists.positions import Place, Range, TextOrigin
from startrack.lists.project_links import parse_badge
from startrack.model.lists import LinkKind

__all__ = [
    "Block",
    "BlockKind",
    "Break",
    "BreakKind",
    "Definition",
    "DocumentBuilder",
    "HeadingPath",
    "Image",
    "Inline",
    "Link",
    "Picture",
    "Text",
    "plain_text",
]


HeadingPath = tuple[tuple[int, str], ...]
"""The headings above a block, outermost first, as pairs of level and text."""


class BlockKind(Enum):
    """The kind of block in the document."""

    ITEM = auto()
    ROW = auto()
    PARAGRAPH = auto()
    HEADING = auto()


class BreakKind(Enum):
    """What separates two pieces of a block: a space, a new line, a new table cell or a new block."""

    SOFT = auto()
    LINE = auto()
    CELL = auto()
    BLOCK = auto()


@dataclass(frozen=True, slots=True)
class Text:
    """Text on one line, and where it is, if that is known. A URL in it is not a link if `code` is true."""

    text: str
    line: int
    strong: bool = False
    code: bool = False
    origin: TextOrigin | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link with its label, which is empty for a bare URL or a badge."""

    url: str
    label: str
    line: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image with its alternative text."""

    url: str
    alt: str
    line: int
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a line, table cell or block within a larger block."""

    kind: BreakKind


Inline = Text | Link | Image | Break


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A list item, table row, paragraph or heading, with the headings above it and the list item around it."""

    kind: BlockKind
    headings: HeadingPath
    parent: "Block | None" = None
    inlines: list[Inline] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition of a reference, as in `[label]: url`; `headings` are those above it."""

    label: str
    url: str
    line: int
    place: Place
    headings: HeadingPath


@dataclass(slots=True)
class Picture:
    """A `<picture>` with its image and the URLs of its sources, and the headings above it."""

    element: Range
    headings: HeadingPath
    images: list[Image] = field(default_factory=list)


@dataclass(slots=True)
class _OpenLink:
    url: str
    line: int
    place: Place | None
    label: list[str] = field(default_factory=list)


def plain_text(inlines: list[Inline]) -> str:
    """Return the text with whitespace collapsed, or the alternative texts of the images if there is no text."""
    text = " ".join("".join(_inline_text(inline) for inline in inlines).split())
    if text:
        return text
    return " ".join(" ".join(inline.alt for inline in inlines if isinstance(inline, Image)).split())


def _inline_text(inline: Inline) -> str:
    match inline:
        case Text(text=text):
            return text
        case Link(label=label):
            return label
        case Break():
            return " "
        case Image():
            return ""


_LIST_TITLE = re.compile(r"(?<![a-z])awesome(?![a-z])|\bbest[ -]of\b", re.IGNORECASE)

# Parts of an image URL that show that the image is a badge, whose alternative text is not a title.
_BADGE_MARKS = ("shields.io/", "badgen.net/", "badge.", "/badge", "badges.")


class DocumentBuilder:
    """Collects the blocks of one document while its source is parsed.

    `open_block` and `close_block` nest, for formats that mark both ends of a block. A paragraph, a heading or an HTML
    element may lack its end, so it is held as the single `_unnested` block and ends where the next one begins.
    """

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.definitions: list[Definition] = []
        self.pictures: list[Picture] = []
        self.strong_depth = 0
        self.code_depth = 0
        self._stack: list[Block] = []
        self._headings: HeadingPath = ()
        self._top_headings: list[str] = []
        self._unnested: Block | None = None
        self._link: _OpenLink | None = None
        self._picture: Picture | None = None

    def open_block(self, kind: BlockKind) -> None:
        """Begin a block inside the one that is open."""
        self.close_unnested()
        self._stack.append(self._new_block(kind))

    def close_block(self) -> None:
        """End the block that was opened last; the one around it continues."""
        self.close_unnested()
        self._stack.pop()

    def start_paragraph(self) -> None:
        """Begin a paragraph: part of the open item, or else a block that ends at the next one."""
        self.close_unnested()
        if self._stack:
            self.add_break(BreakKind.BLOCK)
        else:
            self._unnested = self._new_block(BlockKind.PARAGRAPH)

    def open_html_block(self, kind: BlockKind) -> None:
        """Begin a block at an HTML start tag; a paragraph in an HTML item or row is part of that item or row."""
        if kind is BlockKind.PARAGRAPH and self._unnested and self._unnested.kind in {BlockKind.ITEM, BlockKind.ROW}:
            self.add_break(BreakKind.BLOCK)
            return
        self.close_unnested()
        self._unnested = self._new_block(kind)

    def close_html_block(self, kind: BlockKind) -> None:
        """End the open block at an HTML end tag if it is of this kind."""
        if self._unnested and self._unnested.kind is kind:
            self.close_unnested()
        else:
            self.add_break(BreakKind.BLOCK)

    def close_unnested(self) -> None:
        """End the open paragraph, heading or HTML block, with its link and its bold and code text."""
        self.close_link()
        self._unnested = None
        self.strong_depth = self.code_depth = 0

    def _new_block(self, kind: BlockKind) -> Block:
        parent = self._stack[-1] if self._stack else None
        block = Block(kind, self._headings, parent)
        self.blocks.append(block)
        return block

    @property
    def _current(self) -> Block:
        if self._unnested:
            return self._unnested
        if self._stack:
            return self._stack[-1]
        self._unnested = self._new_block(BlockKind.PARAGRAPH)
        return self._unnested

    def open_heading(self, level: int) -> None:
        """Begin a heading below the open headings of a higher level. In a list item it is a paragraph."""
        self.close_unnested()
        if self._stack:
            self.add_break(BreakKind.BLOCK)
            return
        self._headings = tuple(heading for heading in self._headings if heading[0] < level)
        self._unnested = self._new_block(BlockKind.HEADING)

    def close_heading(self, level: int) -> None:
        """End a heading; the blocks that follow belong to it."""
        if not self._unnested or self._unnested.kind is not BlockKind.HEADING:
            return
        self.close_link()
        text = plain_text(self._unnested.inlines)
        self._headings = (*self._unnested.headings, (level, text))
        if level == 1 and text:
            self._top_headings.append(text)
        self.close_unnested()

    @property
    def title(self) -> str:
        """The first top heading, empty if there is none."""
        return self._top_headings[0] if self._top_headings else ""

    def section_path(self, block: "Block | Definition | Picture") -> tuple[str, ...]:
        """Return the headings above a piece of the document without the title of the document.

        The title is the only H1, or the first of several if it says that the document is a list.
        """
        has_title = len(self._top_headings) == 1 or (self._top_headings and _LIST_TITLE.search(self._top_headings[0]))
        title = (1, self._top_headings[0]) if has_title else None
        return tuple(heading[1] for heading in block.headings if heading != title and heading[1])

    def add_text(self, text: str, line: int, origin: TextOrigin | None = None, *, code: bool = False) -> None:
        """Add text, one piece per line; if a link is open, the text is part of its label."""
        start = 0
        for offset, part in enumerate(text.split("\n")):
            if offset:
                self.add_break(BreakKind.SOFT)
            if part:
                self._add_line(part, line + offset, origin and origin.part(start, start + len(part)), code=code)
            start += len(part) + 1

    def _add_line(self, text: str, line: int, origin: TextOrigin | None, *, code: bool) -> None:
        if self._link:
            self._link.label.append(text)
            return
        is_strong, is_code = self.strong_depth > 0, code or self.code_depth > 0
        self._current.inlines.append(Text(text, line, is_strong, is_code, origin))

    def add_break(self, kind: BreakKind) -> None:
        """Add a break; if a link is open, it is a space in its label."""
        if self._link:
            self._link.label.append(" ")
        else:
            self._current.inlines.append(Break(kind))

    def add_image(self, url: str, alt: str, line: int, place: Place | None = None) -> None:
        """Add an image; in a link, its alternative text is part of the label unless the image is a badge."""
        image = Image(url, alt, line, place)
        self._current.inlines.append(image)
        if self._picture:
            self._picture.images.append(image)
        if self._link and not _is_badge(url):
            self._link.label.append(alt)

    def open_link(self, url: str, line: int, place: Place | None = None) -> None:
        """Begin a link, and end one that is still open; of an HTML link, `place` has only the start tag."""
        self.close_link()
        self._link = _OpenLink(url, line, place)

    def close_link(self, end_tag: Range | None = None) -> None:
        """End the open link, if there is one."""
        if self._link:
            link, self._link = self._link, None
            place = link.place
            if place and end_tag and place.kind is LinkKind.HTML:
                place = place.closed(end_tag)
            self._current.inlines.append(Link(link.url, " ".join("".join(link.label).split()), link.line, place))

    def add_definition(self, label: str, url: str, line: int, place: Place) -> None:
        """Add the definition of a reference, which readers do not see."""
        self.definitions.append(Definition(label, url, line, place, self._headings))

    def open_picture(self, element: Range) -> None:
        """Begin a `<picture>`; `element` is its start tag."""
        self._picture = Picture(element, self._headings)

    def add_picture_source(self, url: str, line: int, place: Place) -> None:
        """Add a URL of a source to the open picture, if there is one."""
        if self._picture:
            self._picture.images.append(Image(url, "", line, place))

    def close_picture(self, end: int) -> None:
        """End the open picture, if there is one."""
        if self._picture:
            self._picture.element = self._picture.element[0], end
            self.pictures.append(self._picture)
            self._picture = None


def _is_badge(url: str) -> bool:
    return any(mark in url for mark in _BADGE_MARKS) or parse_badge(url) is not None
