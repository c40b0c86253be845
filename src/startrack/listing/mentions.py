"""The places at which a document names a repository, or a project on another host."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from startrack.listing.other_hosts import IN_TEXT, other_host
from startrack.listing.pieces import Image, Kind, Link, Piece, Text, Unit
from startrack.listing.repositories import BARE, Address, Badge, address, badge
from startrack.listing.titles import lead, segments, telling

__all__ = ["Mention", "Reading", "Stranger", "mentions"]

_MAY_HOLD_ONE = re.compile(r"github\.com|://", re.IGNORECASE)
_BARE = re.compile(f"{BARE.pattern}|{IN_TEXT.pattern}", re.IGNORECASE)


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


@dataclass(frozen=True, slots=True)
class Stranger:
    """One place that names a project on another host than GitHub: `project` is its path there."""

    host: str
    project: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the places that name a repository, those that name a project elsewhere, and the lines of neither.

    `unread` are the 1-based lines of entries in which no project was found, where the format tells that they are some.
    """

    mentions: Sequence[Mention]
    strangers: Sequence[Stranger] = ()
    unread: Sequence[int] = ()


def mentions(units: Sequence[Unit], section: Callable[[Unit], tuple[str, ...]]) -> Reading:
    """Return every mention in `units`, by line."""
    inherited = cache(_inherited)
    places = [place for unit in units for place in _of(unit, section(unit), inherited)]
    found = [place for place in places if isinstance(place, Mention)]
    strangers = [place for place in places if isinstance(place, Stranger)]
    return Reading(sorted(found, key=lambda mention: mention.line), strangers)


def _of(unit: Unit, section: tuple[str, ...], inherited: Callable[[Unit | None], str]) -> Iterator[Mention | Stranger]:
    pieces = _pieces(unit)
    named = [_named(piece) for piece in pieces]
    if not any(named):
        return
    linked = any(isinstance(name, Address) for name in named)
    naming = [isinstance(name, Address) if linked else isinstance(name, Badge) for name in named]
    first = ""
    for start, end in segments(pieces, naming):
        leading = lead(pieces[start:end], unit.kind)
        first = first or leading
        title = leading or first or inherited(unit.parent)
        yield from _in_segment(pieces[start:end], named[start:end], section, title, linked=linked)


def _in_segment(
    pieces: Sequence[Piece], named: Sequence["_Named"], section: tuple[str, ...], title: str, *, linked: bool
) -> Iterator[Mention | Stranger]:
    is_entry, after_link = True, 0
    for place, (piece, name) in enumerate(zip(pieces, named, strict=True)):
        match piece, name:
            case Link(), Address():
                led = title if is_entry or piece.label else _announced(pieces[after_link:place]) or title
                yield Mention(name, _title(piece.label, led, name), section, piece.line)
                is_entry = False
            case Image(), Badge(address=shown):
                yield Mention(shown, title or shown.name, section, piece.line, name, counts=not linked)
            # Behind a repository on GitHub it is a mirror, or a page of the same entry.
            case Link(), (str(host), str(project)) if is_entry:
                yield Stranger(host, project, section)
            case _:
                pass
        after_link = place + 1 if isinstance(piece, Link) else after_link


def _announced(pieces: Sequence[Piece]) -> str:
    """Return the words between two bare addresses of one segment, where they end with a colon: `A: …, B: …`."""
    last = pieces[-1] if pieces else None
    is_announced = isinstance(last, Text) and last.text.rstrip().endswith((":", "\uff1a"))
    return lead(pieces, Kind.ITEM) if is_announced else ""


_Named = Address | Badge | tuple[str, str] | None


def _named(piece: Piece) -> _Named:
    match piece:
        case Link(url=url):
            return address(url) or other_host(url)
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
    if not isinstance(piece, Text) or piece.code or not _MAY_HOLD_ONE.search(piece.text):
        yield piece
        return
    end = 0
    for found in _BARE.finditer(piece.text):
        yield Text(piece.text[end : found.start()], piece.line, strong=piece.strong)
        yield Link(found[0].rstrip(".,;:!?*_~"), "", piece.line)
        end = found.end()
    yield Text(piece.text[end:], piece.line, strong=piece.strong)
