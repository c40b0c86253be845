"""A parsed document: units of text, links and images, and the builder that collects them while markup is read."""

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from startrack.lists.project_links import parse_badge

__all__ = [
    "Block",
    "BlockKind",
    "Break",
    "BreakKind",
    "DocumentBuilder",
    "HeadingPath",
    "Image",
    "Inline",
    "Link",
    "Text",
    "plain_text",
]


HeadingPath = tuple[tuple[int, str], ...]
"""The headings above a place, outermost first: level and text."""


class BlockKind(Enum):
    """What a unit was in the document."""

    ITEM = auto()
    ROW = auto()
    PARAGRAPH = auto()
    HEADING = auto()


class BreakKind(Enum):
    """How far two pieces stand apart."""

    SOFT = auto()
    LINE = auto()
    CELL = auto()
    BLOCK = auto()


@dataclass(frozen=True, slots=True)
class Text:
    """Words on one line; `code` where they are shown as code, in which no address counts."""

    text: str
    line: int
    strong: bool = False
    code: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A link and the text it is shown as, empty for a bare address or a badge."""

    url: str
    label: str
    line: int


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its address."""

    url: str
    alt: str
    line: int


@dataclass(frozen=True, slots=True)
class Break:
    """The end of a line, table cell or block within a unit."""

    space: BreakKind


Inline = Text | Link | Image | Break


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One unit, the headings above it, and the list item around it."""

    kind: BlockKind
    trail: HeadingPath
    parent: "Block | None" = None
    pieces: list[Inline] = field(default_factory=list)


def plain_text(pieces: list[Inline]) -> str:
    """Return the words of a unit, whitespace collapsed; the descriptions of its images where it has none."""
    words = " ".join("".join(_words(piece) for piece in pieces).split())
    if words:
        return words
    return " ".join(" ".join(piece.alt for piece in pieces if isinstance(piece, Image)).split())


def _words(piece: Inline) -> str:
    match piece:
        case Text(text=text):
            return text
        case Link(label=label):
            return label
        case Break():
            return " "
        case Image():
            return ""


_LIST = re.compile(r"(?<![a-z])awesome(?![a-z])|\bbest[ -]of\b", re.IGNORECASE)

# Words in an image's address that mark it as a badge, whose description is no title.
_BADGE_MARKS = ("shields.io/", "badgen.net/", "badge.", "/badge", "badges.")


class DocumentBuilder:
    """Collects the units of one document; the only thing here that changes."""

    def __init__(self) -> None:
        self.units: list[Block] = []
        self.strong = 0
        self.code = 0
        self._stack: list[Block] = []
        self._trail: HeadingPath = ()
        self._tops: list[str] = []
        self._loose: Block | None = None
        self._link: tuple[str, int, list[str]] | None = None

    # ── Units ────────────────────────────────────────────────────────────────────────────────────────────

    def open(self, kind: BlockKind) -> None:
        """Begin a unit inside the one that is open."""
        self.end_loose()
        self._stack.append(self._new(kind))

    def close(self) -> None:
        """End the unit that was opened last; the one around it goes on."""
        self.end_loose()
        self._stack.pop()

    def paragraph(self) -> None:
        """Begin a paragraph: of the open item, or a unit of its own that ends with the next one."""
        self.end_loose()
        if self._stack:
            self.space(BreakKind.BLOCK)
        else:
            self._loose = self._new(BlockKind.PARAGRAPH)

    def open_loose(self, kind: BlockKind) -> None:
        """Begin a unit that HTML marks; paragraphs inside an HTML item or row are a part of it."""
        if kind is BlockKind.PARAGRAPH and self._loose and self._loose.kind in {BlockKind.ITEM, BlockKind.ROW}:
            self.space(BreakKind.BLOCK)
            return
        self.end_loose()
        self._loose = self._new(kind)

    def close_loose(self, kind: BlockKind) -> None:
        """End the HTML unit of this kind if it is the open one."""
        if self._loose and self._loose.kind is kind:
            self.end_loose()
        else:
            self.space(BreakKind.BLOCK)

    def end_loose(self) -> None:
        """End whatever HTML or a paragraph left open."""
        self.end_link()
        self._loose = None
        self.strong = self.code = 0

    def _new(self, kind: BlockKind) -> Block:
        around = self._stack[-1] if self._stack else None
        unit = Block(kind, self._trail, around)
        self.units.append(unit)
        return unit

    @property
    def _unit(self) -> Block:
        if self._loose:
            return self._loose
        if self._stack:
            return self._stack[-1]
        self._loose = self._new(BlockKind.PARAGRAPH)
        return self._loose

    # ── Headings ─────────────────────────────────────────────────────────────────────────────────────────

    def open_heading(self, level: int) -> None:
        """Begin a heading; it stands under the headings above its own level. In an item it is a paragraph."""
        self.end_loose()
        if self._stack:
            self.space(BreakKind.BLOCK)
            return
        self._trail = tuple(step for step in self._trail if step[0] < level)
        self._loose = self._new(BlockKind.HEADING)

    def close_heading(self, level: int) -> None:
        """End a heading; what follows stands under it."""
        if not self._loose or self._loose.kind is not BlockKind.HEADING:
            return
        self.end_link()
        text = plain_text(self._loose.pieces)
        self._trail = (*self._loose.trail, (level, text))
        if level == 1 and text:
            self._tops.append(text)
        self.end_loose()

    def section(self, unit: Block) -> tuple[str, ...]:
        """Return the section path of a unit: its headings, without the document's title.

        That is its only H1, or the first of several where it calls the document a list.
        """
        titled = len(self._tops) == 1 or (self._tops and _LIST.search(self._tops[0]))
        title = (1, self._tops[0]) if titled else None
        return tuple(step[1] for step in unit.trail if step != title and step[1])

    # ── Pieces ───────────────────────────────────────────────────────────────────────────────────────────

    def text(self, text: str, line: int, *, code: bool = False) -> None:
        """Add words; where a link is open they are its label. Each line is a piece of its own."""
        for offset, part in enumerate(text.split("\n")):
            if offset:
                self.space(BreakKind.SOFT)
            if part:
                self._words(part, line + offset, code=code)

    def _words(self, text: str, line: int, *, code: bool) -> None:
        if self._link:
            self._link[2].append(text)
            return
        pieces = self._unit.pieces
        piece = Text(text, line, strong=self.strong > 0, code=code or self.code > 0)
        pieces.append(piece)

    def space(self, space: BreakKind) -> None:
        """Add a break; inside a link it is a space of its label."""
        if self._link:
            self._link[2].append(" ")
        else:
            self._unit.pieces.append(Break(space))

    def image(self, url: str, alt: str, line: int) -> None:
        """Add an image; in a link its description is a part of the label, unless it is a badge."""
        self._unit.pieces.append(Image(url, alt, line))
        if self._link and not _is_badge(url):
            self._link[2].append(alt)

    def link(self, url: str, line: int) -> None:
        """Begin a link; one that is still open ends here."""
        self.end_link()
        self._link = (url, line, [])

    def end_link(self) -> None:
        """End the open link, if there is one."""
        if self._link:
            url, line, label = self._link
            self._link = None
            self._unit.pieces.append(Link(url, " ".join("".join(label).split()), line))


def _is_badge(url: str) -> bool:
    return any(mark in url for mark in _BADGE_MARKS) or parse_badge(url) is not None
