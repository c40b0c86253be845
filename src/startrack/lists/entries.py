"""Finds the repositories that a document names, and makes one entry of each."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from startrack.lists.document import Block, BlockKind, Image, Inline, Link, Text
from startrack.lists.project_links import (
    GITHUB_URL_IN_TEXT,
    OTHER_HOST_URL_IN_TEXT,
    Badge,
    RepositoryLink,
    parse_badge,
    parse_other_host_link,
    parse_repository_link,
)
from startrack.lists.titles import leading_title, names_project, split_by_project
from startrack.model.lists import Entry
from startrack.model.repository import name_key

__all__ = [
    "Mentions",
    "OtherHostMention",
    "RepositoryMention",
    "build_entries",
    "find_mentions",
]


_MAY_HOLD_ONE = re.compile(r"github\.com|://", re.IGNORECASE)
_BARE = re.compile(f"{GITHUB_URL_IN_TEXT.pattern}|{OTHER_HOST_URL_IN_TEXT.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RepositoryMention:
    """One place that names a repository, by a link or by the badge that is given.

    `counts` is false for a badge in a unit that links to a repository: it belongs to an entry but makes none.
    """

    address: RepositoryLink
    title: str
    section: tuple[str, ...]
    line: int
    badge: Badge | None = None
    counts: bool = True


@dataclass(frozen=True, slots=True)
class OtherHostMention:
    """One place that names a project on another host than GitHub: `project` is its path there."""

    host: str
    project: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mentions:
    """What was read: the places that name a repository, those that name a project elsewhere, and the lines of neither.

    `unread` are the 1-based lines of entries in which no project was found, where the format tells that they are some.
    """

    mentions: Sequence[RepositoryMention]
    strangers: Sequence[OtherHostMention] = ()
    unread: Sequence[int] = ()


def find_mentions(units: Sequence[Block], section: Callable[[Block], tuple[str, ...]]) -> Mentions:
    """Return every mention in `units`, by line."""
    inherited = cache(_inherited)
    places = [place for unit in units for place in _of(unit, section(unit), inherited)]
    found = [place for place in places if isinstance(place, RepositoryMention)]
    strangers = [place for place in places if isinstance(place, OtherHostMention)]
    return Mentions(sorted(found, key=lambda mention: mention.line), strangers)


def _of(
    unit: Block, section: tuple[str, ...], inherited: Callable[[Block | None], str]
) -> Iterator[RepositoryMention | OtherHostMention]:
    pieces = _pieces(unit)
    named = [_named(piece) for piece in pieces]
    if not any(named):
        return
    linked = any(isinstance(name, RepositoryLink) for name in named)
    naming = [isinstance(name, RepositoryLink) if linked else isinstance(name, Badge) for name in named]
    first = ""
    for start, end in split_by_project(pieces, naming):
        leading = leading_title(pieces[start:end], unit.kind)
        first = first or leading
        title = leading or first or inherited(unit.parent)
        yield from _in_segment(pieces[start:end], named[start:end], section, title, linked=linked)


def _in_segment(
    pieces: Sequence[Inline],
    named: Sequence["_Named"],
    section: tuple[str, ...],
    title: str,
    *,
    linked: bool,
) -> Iterator[RepositoryMention | OtherHostMention]:
    is_entry, after_link = True, 0
    for place, (piece, name) in enumerate(zip(pieces, named, strict=True)):
        match piece, name:
            case Link(), RepositoryLink():
                led = title if is_entry or piece.label else _announced(pieces[after_link:place]) or title
                yield RepositoryMention(name, _title(piece.label, led, name), section, piece.line)
                is_entry = False
            case Image(), Badge(address=shown):
                yield RepositoryMention(shown, title or shown.name, section, piece.line, name, counts=not linked)
            # Behind a repository on GitHub it is a mirror, or a page of the same entry.
            case Link(), (str(host), str(project)) if is_entry:
                yield OtherHostMention(host, project, section)
            case _:
                pass
        after_link = place + 1 if isinstance(piece, Link) else after_link


def _announced(pieces: Sequence[Inline]) -> str:
    """Return the words between two bare addresses of one segment, where they end with a colon: `A: …, B: …`."""
    last = pieces[-1] if pieces else None
    is_announced = isinstance(last, Text) and last.text.rstrip().endswith((":", "\uff1a"))
    return leading_title(pieces, BlockKind.ITEM) if is_announced else ""


_Named = RepositoryLink | Badge | tuple[str, str] | None


def _named(piece: Inline) -> _Named:
    match piece:
        case Link(url=url):
            return parse_repository_link(url) or parse_other_host_link(url)
        case Image(url=url):
            return parse_badge(url)
        case _:
            return None


def _title(label: str, led: str, found: RepositoryLink) -> str:
    return label if names_project(label, found.name) else led or found.name


def _inherited(around: Block | None) -> str:
    """Return the title that leads the list item around a unit, or else the one around that."""
    while around:
        title = leading_title(_pieces(around), around.kind)
        if title:
            return title
        around = around.parent
    return ""


# ── Bare addresses ───────────────────────────────────────────────────────────────────────────────────────


def _pieces(unit: Block) -> list[Inline]:
    return [part for piece in unit.pieces for part in _parts(piece)]


def _parts(piece: Inline) -> Iterator[Inline]:
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


def build_entries(mentions: Sequence[RepositoryMention], own: str | None) -> tuple[Entry, ...]:
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


def _by_repo(mentions: Iterable[RepositoryMention]) -> dict[str, list[RepositoryMention]]:
    found: dict[str, list[RepositoryMention]] = {}
    for mention in mentions:
        found.setdefault(name_key(mention.address.repo), []).append(mention)
    return found


def _guess(found: Mapping[str, Sequence[RepositoryMention]]) -> str | None:
    asking: Counter[str] = Counter()
    for repo, places in found.items():
        if all(map(_is_administration, places)) and any(map(_asks, places)):
            asking[repo] = len(places)
    return asking.most_common(1)[0][0] if asking else None


def _is_administration(mention: RepositoryMention, *, known: bool = False) -> bool:
    """Say whether a mention is none of the project itself; of a known own one, a jump to its headings is none."""
    if mention.badge:
        return True
    page = mention.address
    return bool(_ADMINISTRATION.match(page.below)) or (known and page.fragment and not page.below)


def _asks(mention: RepositoryMention) -> bool:
    if mention.badge:
        return mention.counts and not mention.section
    return bool(_ASKS.match(mention.address.below))


def _entry(places: Sequence[RepositoryMention]) -> Entry:
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
