"""Moves entries of a Markdown list into another section, where that is exact: whole items and rows, nothing else.

An item goes with its nested lines behind the last item of the last list in the section, a row behind the last row of
the last table there. Whatever is less simple is left alone, with the reason.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from startrack.lists import markdown
from startrack.lists.edits import Edit
from startrack.lists.parser import byte_offsets
from startrack.model.lists import LinkPlace, Span
from startrack.model.repository import name_key

__all__ = ["Moved", "move_edits"]

_NESTED = "it is in another item, a quote or an HTML block"
_SHARED = "it is not alone in its item: other projects would be moved too"
_ORDERED = "its list is numbered"
_BLOCKS = "it has comments of startrack inside"
_BULLETS = frozenset("-*+")
_BULLET = re.compile(rb"[ ]{0,3}([-*+])(?=[ \t])")


@dataclass(frozen=True, slots=True)
class Moved:
    """The edits that move links with their items, and why others stay, by link."""

    edits: tuple[Edit, ...]
    moved: tuple[LinkPlace, ...]
    left: tuple[tuple[LinkPlace, str], ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A list item or a table row at the top level: its 0-based lines, without the empty ones behind it.

    `size` is how many items or rows its list or table has, `columns` the number of cells of a row.
    """

    is_row: bool
    start: int
    end: int
    bullet: str
    size: int = 1
    columns: int = 0


def move_edits(data: bytes, places: Sequence[LinkPlace], links: Iterable[LinkPlace], section: str) -> Moved:
    """Return the edits that move the items of some links into the first section with a heading.

    `places` are all links of the file. A link that is there already is neither moved nor left.
    """
    offsets = byte_offsets(data)
    layout = _Layout(markdown.tokens(offsets.text), offsets.text.split("\n"))
    lines = layout.section_lines(section)
    moved: list[tuple[LinkPlace, _Piece]] = []
    left: list[tuple[LinkPlace, str]] = []
    for link in links:
        line = link.line - 1
        if lines and line in lines:
            continue
        found = _find(layout, places, link, lines, section)
        if isinstance(found, _Piece):
            moved.append((link, found))
        else:
            left.append((link, found))
    pieces = dict.fromkeys(piece for _, piece in moved)
    edits = [edit for piece in pieces for edit in layout.edits(data, offsets.line_bytes, piece, lines)]
    return Moved(_joined(edits), tuple(link for link, _ in moved), tuple(left))


def _find(
    layout: "_Layout", places: Sequence[LinkPlace], link: LinkPlace, lines: range | None, section: str
) -> "_Piece | str":
    """Return the item or row of a link if it can be moved, else why not."""
    piece = layout.piece_at(link.line - 1)
    if lines is None:
        return f"there is no heading {section!r}"
    if piece is None:
        return _NESTED
    inside = {name_key(place.repo) for place in places if piece.start <= place.line - 1 < piece.end}
    obstacles = {
        _SHARED: len(inside) > 1,
        _BLOCKS: any("startrack:" in text for text in layout.lines[piece.start : piece.end]),
        _ORDERED: not piece.is_row and piece.bullet not in _BULLETS,
        f"the section {section!r} has no {'table with as many columns' if piece.is_row else 'list'}": (
            layout.target(piece, lines) is None
        ),
    }
    return next((reason for reason, is_there in obstacles.items() if is_there), piece)


def _joined(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits with those that insert at the same byte joined, in their order."""
    inserted: dict[Span, bytes] = {}
    others: list[Edit] = []
    for edit in edits:
        if edit.span.start == edit.span.end:
            inserted[edit.span] = inserted.get(edit.span, b"") + edit.replacement
        else:
            others.append(edit)
    return (*others, *(Edit(span, content) for span, content in inserted.items()))


class _Layout:
    """The items and rows of the top level of a Markdown text, and the lines of its sections."""

    def __init__(self, tokens: Sequence[Token], lines: Sequence[str]) -> None:
        self.lines = lines
        self._tokens = tokens
        self._pieces = list(self._find_pieces())

    def piece_at(self, line: int) -> _Piece | None:
        """Return the item or row with a line."""
        return next((piece for piece in self._pieces if piece.start <= line < piece.end), None)

    def section_lines(self, heading: str) -> range | None:
        """Return the lines below the first heading with a text, up to the next heading of any level."""
        headings = [
            (token, self._tokens[index + 1].content)
            for index, token in enumerate(self._tokens)
            if token.type == "heading_open" and token.level == 0 and token.map
        ]
        for index, (token, text) in enumerate(headings):
            if text.strip().casefold() == heading.strip().casefold() and token.map:
                following = headings[index + 1][0].map if index + 1 < len(headings) else None
                return range(token.map[1], following[0] if following else len(self.lines))
        return None

    def target(self, piece: _Piece, lines: range | None) -> _Piece | None:
        """Return the last item or row of the section behind which a piece can stand."""
        candidates = [
            other
            for other in self._pieces
            if lines
            and other.start in lines
            and other.is_row == piece.is_row
            and other.columns == piece.columns
            and (other.is_row or other.bullet in _BULLETS)
        ]
        return candidates[-1] if candidates else None

    def edits(self, data: bytes, line_bytes: Sequence[int], piece: _Piece, lines: range | None) -> Iterator[Edit]:
        """Yield the edits that take a piece away and put it behind its target."""
        target = self.target(piece, lines)
        if target is None:
            return
        content = Span(line_bytes[piece.start], line_bytes[piece.end]).of(data)
        ending = b"\r\n" if b"\r\n" in data else b"\n"
        if not piece.is_row:
            content = _BULLET.sub(lambda match: match[0][:-1] + target.bullet.encode(), content, count=1)
        at = line_bytes[target.end]
        has_end = data[:at].endswith((b"\n", b"\r"))
        content = content if content.endswith((b"\n", b"\r")) else content + ending
        yield Edit(Span(at, at), content if has_end else ending + content.rstrip(b"\r\n"))
        yield Edit(Span(line_bytes[piece.start], line_bytes[self._end_with_gap(piece)]), b"")

    def _end_with_gap(self, piece: _Piece) -> int:
        """Return the line after a piece, and after the empty line behind it if nothing else is left of its list."""
        is_empty = piece.end < len(self.lines) - 1 and not self.lines[piece.end].strip()
        is_below_empty = piece.start > 0 and not self.lines[piece.start - 1].strip()
        return piece.end + 1 if piece.size == 1 and not piece.is_row and is_empty and is_below_empty else piece.end

    def _find_pieces(self) -> Iterator[_Piece]:
        group: list[_Piece] = []
        is_header = False
        for index, token in enumerate(self._tokens):
            is_header = token.nesting > 0 if token.tag == "thead" else is_header
            if token.map and token.level == _LEVELS.get(token.type) and not is_header:
                group.append(self._piece(index, token, token.map))
            elif token.level == 0 and token.nesting < 0 and group:
                yield from (replace(piece, size=len(group)) for piece in group)
                group = []

    def _piece(self, index: int, token: Token, lines: Sequence[int]) -> _Piece:
        start, end = lines
        while end > start + 1 and not self.lines[end - 1].strip():
            end -= 1
        is_row = token.type == "tr_open"
        return _Piece(is_row, start, end, token.markup, columns=self._columns(index) if is_row else 0)

    def _columns(self, index: int) -> int:
        columns = 0
        for token in self._tokens[index + 1 :]:
            if token.type == "tr_close":
                break
            columns += token.type in ("td_open", "th_open")
        return columns


# A list item is in its list; a row is in the body of its table.
_LEVELS = {"list_item_open": 1, "tr_open": 2}
