"""What a document is made of once its markup is read: units of text, links, images and breaks.

A unit is one list item, table row, paragraph or heading: the stretch in which a title belongs to a link.
"""

from dataclasses import dataclass, field
from enum import Enum, auto

__all__ = ["Break", "Image", "Kind", "Link", "Piece", "Space", "Text", "Trail", "Unit", "plain"]

Trail = tuple[tuple[int, str], ...]
"""The headings above a place, outermost first: level and text."""


class Kind(Enum):
    """What a unit was in the document."""

    ITEM = auto()
    ROW = auto()
    PARAGRAPH = auto()
    HEADING = auto()


class Space(Enum):
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

    space: Space


Piece = Text | Link | Image | Break


@dataclass(frozen=True, slots=True, eq=False)
class Unit:
    """One unit, the headings above it, and the list item around it."""

    kind: Kind
    trail: Trail
    parent: "Unit | None" = None
    pieces: list[Piece] = field(default_factory=list)


def plain(pieces: list[Piece]) -> str:
    """Return the words of a unit, whitespace collapsed; the descriptions of its images where it has none."""
    words = " ".join("".join(_words(piece) for piece in pieces).split())
    if words:
        return words
    return " ".join(" ".join(piece.alt for piece in pieces if isinstance(piece, Image)).split())


def _words(piece: Piece) -> str:
    match piece:
        case Text(text=text):
            return text
        case Link(label=label):
            return label
        case Break():
            return " "
        case Image():
            return ""
