"""The places at which a document names a repository."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from startrack.listing.pieces import Image, Link, Piece, Text, Unit
from startrack.listing.repositories import BARE, Address, Badge, address, badge
from startrack.listing.titles import lead, segments, telling

__all__ = ["Mention", "mentions"]


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that names a repository, by a link or by the badge that is given.

    `counts` is false for a badge in a unit that links to a repository: it belongs to an entry but makes none.
    """

    address: Address
    title: str
    section: tuple[str, ...]
    line: int
    badge: Badge | None = None
    counts: bool = True


def mentions(units: Sequence[Unit], section: Callable[[Unit], tuple[str, ...]]) -> list[Mention]:
    """Return every mention in `units`, by line."""
    inherited = cache(_inherited)
    found = [mention for unit in units for mention in _of(unit, section(unit), inherited)]
    return sorted(found, key=lambda mention: mention.line)


def _of(unit: Unit, section: tuple[str, ...], inherited: Callable[[Unit | None], str]) -> Iterator[Mention]:
    pieces = _pieces(unit)
    named = [_named(piece) for piece in pieces]
    if not any(named):
        return
    linked = any(isinstance(name, Address) for name in named)
    naming = [isinstance(name, Address) if linked else name is not None for name in named]
    first = ""
    for start, end in segments(pieces, naming):
        leading = lead(pieces[start:end], unit.kind)
        first = first or leading
        title = leading or first or inherited(unit.parent)
        for piece, name in zip(pieces[start:end], named[start:end], strict=True):
            match piece, name:
                case Link(), Address():
                    yield Mention(name, _title(piece.label, title, name), section, piece.line)
                case Image(), Badge(address=shown):
                    yield Mention(shown, title or shown.name, section, piece.line, name, counts=not linked)
                case _:
                    pass


def _named(piece: Piece) -> Address | Badge | None:
    match piece:
        case Link(url=url):
            return address(url)
        case Image(url=url):
            return badge(url)
        case _:
            return None


def _title(label: str, led: str, found: Address) -> str:
    return label if telling(label, found.name) else led or found.name


def _inherited(around: Unit | None) -> str:
    """Return the title that leads the list item around a unit, or else the one around that."""
    while around:
        title = lead(_pieces(around), around.kind)
        if title:
            return title
        around = around.parent
    return ""


# ── Bare addresses ───────────────────────────────────────────────────────────────────────────────────────


def _pieces(unit: Unit) -> list[Piece]:
    return [part for piece in unit.pieces for part in _parts(piece)]


def _parts(piece: Piece) -> Iterator[Piece]:
    """Cut the addresses out of a text as links of their own."""
    if not isinstance(piece, Text) or piece.code or "github.com" not in piece.text.lower():
        yield piece
        return
    end = 0
    for found in BARE.finditer(piece.text):
        yield Text(piece.text[end : found.start()], piece.line, strong=piece.strong)
        yield Link(found[0].rstrip(".,;:!?*_~"), "", piece.line)
        end = found.end()
    yield Text(piece.text[end:], piece.line, strong=piece.strong)
