"""The words of every template: texts, figures and links, ready to be shown."""

from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "Cell",
    "Chip",
    "Fact",
    "Figure",
    "Link",
    "Named",
    "Shell",
    "Tone",
]


class Tone(StrEnum):
    """How a figure is coloured; each tone shows in its text too."""

    PLAIN = ""
    GAIN = "gain"
    LOSS = "loss"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure; `note` says why it is not known, or what it is of, `spoken` what is read out in place of signs.

    `order` is the number that a column is sorted by, where that is not the figure itself.
    """

    text: str
    tone: Tone = Tone.PLAIN
    note: str = ""
    spoken: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A word beside a name; `kind` is a CSS class, `note` a longer text for it."""

    text: str
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A text and where it leads, relative to the page; no link where `href` is empty."""

    text: str
    href: str = ""
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A list whose figures carry a label, and the word for a page on which they stand among others."""

    name: str
    label: str
    mark: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page has: its title, the way to the first folder, navigation, labels to be shown, and feeds."""

    site: str
    title: str
    root: str
    as_of: str
    policy: str
    links: tuple[Link, ...]
    labels: tuple[Named, ...] = ()
    feeds: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure."""

    name: str
    cell: Cell
    below: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and what is known of it; `is_quoted` says that these are other people's words, shown as they are."""

    term: Link
    text: str
    chips: tuple[Chip, ...] = ()
    is_quoted: bool = False
