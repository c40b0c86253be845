"""Finds every place where the text of a list links to a repository or shows a badge of one.

Code, comments and the lines of startrack's own blocks have no places.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from startrack.lists import html, markdown
from startrack.lists.document import BlockKind, DocumentBuilder, Image, Link
from startrack.lists.entries import split_inlines
from startrack.lists.parser import byte_offsets, is_markdown
from startrack.lists.positions import ByteOffsets, Place, Range
from startrack.lists.project_links import Badge, RepositoryLink, parse_badge, parse_repository_link, parse_star_chart
from startrack.lists.sources import file_suffix
from startrack.model.lists import LinkKind, LinkPlace, Span

__all__ = ["References", "find_places", "find_references"]

_NESTED_HEADING = re.compile(r"[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*#{1,6}[ \t]")


def find_places(
    data: bytes,
    source: str,
    find_ignored: Callable[[str], frozenset[int]] = lambda _text: frozenset(),
) -> tuple[LinkPlace, ...]:
    """Return the places in a Markdown or HTML file in their order; other formats have none.

    `find_ignored` returns the 0-based numbers of the lines in a text that are not part of the list. Bytes that are not
    UTF-8 are skipped over.
    """
    offsets = byte_offsets(data)
    text = offsets.text
    ignored, suffix = find_ignored(text), file_suffix(source)
    if is_markdown(suffix):
        document = markdown.parse(text, ignored)
    elif suffix in {".html", ".htm"}:
        document = html.parse(text)
    else:
        return ()
    # A block may be inside HTML, which is parsed as a whole.
    places = (place for place in _Finder(document, text, offsets).places() if place.line - 1 not in ignored)
    return tuple(sorted(places, key=lambda place: (place.span.start, -place.span.end, place.url_span.start)))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A link, image or definition of the document; `around` is the `<picture>` that it is in, or the piece itself."""

    url: str
    line: int
    place: Place
    section: tuple[str, ...]
    around: Range
    in_heading: bool = False


class _Finder:
    """Finds the places of one document."""

    def __init__(self, document: DocumentBuilder, text: str, offsets: ByteOffsets) -> None:
        self._text, self._offsets = text, offsets
        self._pieces = list(_pieces(document))
        self._links = {self._stripped(piece.place): piece for piece in self._pieces if piece.place.label}

    def places(self) -> Iterator[LinkPlace]:
        """Yield the places, in no order."""
        for piece in self._pieces:
            target = _target(piece)
            if target and piece.place.url:
                yield self._link_place(piece, piece.place.url, target)

    def _stripped(self, place: Place) -> Range:
        """Return what a link encloses, without white space around it."""
        start, end = place.label or (0, 0)
        label = self._text[start:end]
        return start + len(label) - len(label.lstrip()), start + len(label.rstrip())

    def _is_nested_heading(self, position: int) -> bool:
        """Say whether a piece is in a heading of a list item or quote, which begins no section."""
        line_start = self._text.rfind("\n", 0, position) + 1
        return bool(_NESTED_HEADING.match(self._text, line_start, position))

    def _link_place(self, piece: _Piece, url: Range, target: RepositoryLink | Badge) -> LinkPlace:
        span, place = self._offsets.span, piece.place
        outer = self._links.get(piece.around) if place.kind.is_image else None
        return LinkPlace(
            repo=target.repo,
            url=piece.url,
            kind=place.kind,
            line=piece.line,
            span=span(place.element),
            url_span=span(url),
            outer_span=span(outer.place.element if outer else piece.around),
            inner_span=span(piece.around),
            section=piece.section,
            label_span=span(place.label) if place.label else None,
            reference=place.reference,
            shows_stars=isinstance(target, Badge) and target.shows_stars,
            outer_url=outer.url if outer else None,
            in_heading=piece.in_heading or self._is_nested_heading(place.element[0]),
        )


def _pieces(document: DocumentBuilder) -> Iterator[_Piece]:
    pictures = {
        image.place.element: picture.element for picture in document.pictures for image in picture.images if image.place
    }
    for block in document.blocks:
        section = document.section_path(block)
        for inline in split_inlines(block):
            if isinstance(inline, Link | Image) and inline.place:
                element = inline.place.element
                around, in_heading = pictures.get(element, element), block.kind is BlockKind.HEADING
                yield _Piece(inline.url, inline.line, inline.place, section, around, in_heading)
    for picture in document.pictures:
        for image in picture.images:
            if image.place and image.place.kind is LinkKind.HTML_SOURCE:
                yield _Piece(image.url, image.line, image.place, document.section_path(picture), picture.element)
    for definition in document.definitions:
        section, element = document.section_path(definition), definition.place.element
        yield _Piece(definition.url, definition.line, definition.place, section, element)


def _target(piece: _Piece) -> RepositoryLink | Badge | None:
    """Return what a piece shows or leads to. What a definition is for is not known, so it can be either."""
    badge = parse_badge(piece.url) or parse_star_chart(piece.url)
    if piece.place.kind.is_image:
        return badge
    link = parse_repository_link(piece.url)
    return link or (badge if piece.place.kind is LinkKind.DEFINITION else None)


@dataclass(frozen=True, slots=True)
class References:
    """The names of references that links and images of a file use, and each definition with its bytes."""

    used: frozenset[str]
    definitions: tuple[tuple[str, Span], ...]


def find_references(data: bytes) -> References:
    """Return the references of a Markdown file, wherever they lead."""
    offsets = byte_offsets(data)
    document = markdown.parse(offsets.text)
    used = (piece.place.reference for piece in _pieces(document) if piece.place.kind is not LinkKind.DEFINITION)
    definitions = (definition.place for definition in document.definitions)
    return References(
        frozenset(name for name in used if name),
        tuple((place.reference or "", offsets.span(place.element)) for place in definitions),
    )
