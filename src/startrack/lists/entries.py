"""Finds the repositories that a document names, and makes one entry of each."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from startrack.lists.addresses import BARE, IN_TEXT, Address, Badge, address, badge, other_host
from startrack.lists.document import Image, Kind, Link, Piece, Text, Unit
from startrack.lists.titles import lead, segments, telling
from startrack.model.lists import Entry
from startrack.model.repository import name_key

__all__ = [
    "Mention",
    "Reading",
    "Stranger",
    "entries",
    "mentions",
]


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
    pieces: Sequence[Piece],
    named: Sequence["_Named"],
    section: tuple[str, ...],
    title: str,
    *,
    linked: bool,
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


# Pages of a repository that serve those who keep it, not those who look for a project.
_ADMINISTRATION = re.compile(
    r"(?:pulls?|issues|edit|compare|new|fork|actions|workflows|commits?|graphs|contributors|discussions|stargazers"
    r"|network|watchers|releases|projects|milestones|labels|security|pulse|community|subscription)(?:/|\Z)"
    r"|(?:blob|tree|raw)/.*(?:contribut|code[-_]of[-_]conduct|licen[cs]e|\.(?:md|ya?ml)\Z)",
    re.IGNORECASE | re.DOTALL,
)

# Those of them that ask the reader to take part: a list links to its own, hardly ever to another's.
_ASKS = re.compile(
    r"pulls/?\Z|issues/new|edit/|compare|new/|fork/?\Z|(?:blob|tree)/.*contribut",
    re.IGNORECASE | re.DOTALL,
)


def entries(mentions: Sequence[Mention], own: str | None) -> tuple[Entry, ...]:
    """Return an entry for each repository, in order of its first mention.

    The list's own repository is one only if more of it is linked than its administration. Where `own` is not
    known it is guessed: the repository of which nothing but administration is linked and which asks the reader
    to take part (or shows its badge before the first section); of several, the one most linked.
    """
    found = _by_repo(mentions)
    own = _guess(found) if own is None else name_key(own)
    if own in found and all(_is_administration(mention, known=True) for mention in found[own]):
        del found[own]
    return tuple(_entry(places) for places in found.values() if any(mention.counts for mention in places))


def _by_repo(mentions: Iterable[Mention]) -> dict[str, list[Mention]]:
    found: dict[str, list[Mention]] = {}
    for mention in mentions:
        found.setdefault(name_key(mention.address.repo), []).append(mention)
    return found


def _guess(found: Mapping[str, Sequence[Mention]]) -> str | None:
    asking: Counter[str] = Counter()
    for repo, places in found.items():
        if all(map(_is_administration, places)) and any(map(_asks, places)):
            asking[repo] = len(places)
    return asking.most_common(1)[0][0] if asking else None


def _is_administration(mention: Mention, *, known: bool = False) -> bool:
    """Say whether a mention is none of the project itself; of a known own one, a jump to its headings is none."""
    if mention.badge:
        return True
    page = mention.address
    return bool(_ADMINISTRATION.match(page.below)) or (known and page.fragment and not page.below)


def _asks(mention: Mention) -> bool:
    if mention.badge:
        return mention.counts and not mention.section
    return bool(_ASKS.match(mention.address.below))


def _entry(places: Sequence[Mention]) -> Entry:
    counting = [mention for mention in places if mention.counts]
    first = counting[0]
    badges = [mention.badge.url for mention in places if mention.badge and mention.badge.stars]
    return Entry(
        repo=first.address.repo,
        title=first.title,
        section=first.section,
        url=first.address.url,
        line=first.line,
        sections=tuple(dict.fromkeys(mention.section for mention in counting)),
        badges=tuple(dict.fromkeys(badges)),
    )
