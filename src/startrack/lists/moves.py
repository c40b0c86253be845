"""Moves entries of a Markdown list into another section, where that is exact: whole items and rows, nothing else.

An item goes with its nested lines behind the last item of the last list in the section, a row behind the last row of
the last table there. Whatever is less simple is left alone, with the reason.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from markdown_it.token import Token

from startrack.lists import markdown
from startrack.lists.edits import Edit
from startrack.lists.parser import byte_offsets
from startrack.model.lists import LinkPlace, Span
from startrack.model.repository import name_key

__all__ = ["Moved", "move_edits"]

_NO_ITEM = "it is not in a list item or table row of Markdown, or in a quote"
_SHARED = "it is not alone in its item: other projects would be moved too"
_ORDERED = "its list is numbered"
_UNEVEN = "its lines are not indented alike"
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
    """A list item or a table row: its 0-based lines, without the empty ones behind it.

    `indent` is the number of spaces before an item in another one. `size` is how many items or rows its list or table
    has, `columns` the number of cells of a row.
    """

    is_row: bool
    start: int
    end: int
    bullet: str
    indent: int = 0
    size: int = 1
    columns: int = 0


def move_edits(data: bytes, places: Sequence[LinkPlace], links: Iterable[LinkPlace], section: str) -> Moved:
    """Return the edits that move the items of some links into the first section with a heading.

    `places` are all links of the file. A link that is there already is neither moved nor left.
    """
    offsets = byte_offsets(data)
    layout = _Layout(markdown.tokens(offsets.text), offsets.text.split("\n"))
    lines = layout.section_lines(section)
    targets = _Targets(layout.pieces, lines)
    obstacle = cache(_Obstacles(layout, targets, places, section).find)
    moved: list[tuple[LinkPlace, _Piece]] = []
    left: list[tuple[LinkPlace, str]] = []
    for link in links:
        line = link.line - 1
        if lines and line in lines:
            continue
        piece = layout.piece_at(line)
        if lines is None:
            left.append((link, f"there is no heading {section!r}"))
        elif piece is None:
            left.append((link, _NO_ITEM))
        elif reason := obstacle(piece):
            left.append((link, reason))
        else:
            moved.append((link, piece))
    pieces = dict.fromkeys(piece for _, piece in moved)
    edits = _edits(data, layout, offsets.line_bytes, ((piece, targets.of(piece)) for piece in pieces))
    return Moved(_joined(edits), tuple(link for link, _ in moved), tuple(left))


class _Targets:
    """The last items and rows of a section, behind which others can stand."""

    def __init__(self, pieces: Iterable[_Piece], lines: range | None) -> None:
        self._last = {
            (piece.is_row, piece.columns): piece
            for piece in pieces
            if lines and piece.start in lines and not piece.indent and (piece.is_row or piece.bullet in _BULLETS)
        }

    def of(self, piece: _Piece) -> _Piece | None:
        """Return the item, or the row with as many columns, behind which a piece can stand."""
        return self._last.get((piece.is_row, piece.columns))


class _Obstacles:
    """Finds what prevents that items and rows are moved; `places` are all links of the file."""

    def __init__(self, layout: "_Layout", targets: _Targets, places: Iterable[LinkPlace], section: str) -> None:
        self._layout, self._targets, self._section = layout, targets, section
        self._places = sorted((place.line - 1, name_key(place.repo)) for place in places)

    def find(self, piece: _Piece) -> str | None:
        """Return why a piece cannot be moved, `None` if it can."""
        start, end = (bisect_left(self._places, (line, "")) for line in (piece.start, piece.end))
        obstacles = {
            _SHARED: len({repo for _, repo in self._places[start:end]}) > 1,
            _BLOCKS: any("startrack:" in text for text in self._layout.lines[piece.start : piece.end]),
            _UNEVEN: not self._layout.is_indented(piece),
            _ORDERED: not piece.is_row and piece.bullet not in _BULLETS,
            f"the section {self._section!r} has no {'table with as many columns' if piece.is_row else 'list'}": (
                self._targets.of(piece) is None
            ),
        }
        return next((reason for reason, is_there in obstacles.items() if is_there), None)


def _edits(
    data: bytes, layout: "_Layout", line_bytes: Sequence[int], pieces: Iterable[tuple[_Piece, _Piece | None]]
) -> Iterator[Edit]:
    """Yield the edits that take pieces away and put each behind its target."""
    ending = b"\r\n" if b"\r\n" in data else b"\n"
    for piece, target in pieces:
        if target is None:
            continue
        content = b"".join(
            Span(line_bytes[line], line_bytes[line + 1]).of(data).removeprefix(b" " * piece.indent)
            for line in range(piece.start, piece.end)
        )
        if not piece.is_row:
            content = _with_bullet(content, target.bullet)
        at = line_bytes[target.end]
        has_end = data.endswith((b"\n", b"\r"), 0, at)
        content = content if content.endswith((b"\n", b"\r")) else content + ending
        yield Edit(Span(at, at), content if has_end else ending + content.rstrip(b"\r\n"))
        yield Edit(Span(line_bytes[piece.start], line_bytes[layout.end_with_gap(piece)]), b"")


def _with_bullet(content: bytes, bullet: str) -> bytes:
    return _BULLET.sub(lambda match: match[0][:-1] + bullet.encode(), content, count=1)


def _joined(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits with those that insert at the same byte joined, in their order."""
    inserted: dict[Span, list[bytes]] = {}
    others: list[Edit] = []
    for edit in edits:
        if edit.span.start == edit.span.end:
            inserted.setdefault(edit.span, []).append(edit.replacement)
        else:
            others.append(edit)
    return (*others, *(Edit(span, b"".join(contents)) for span, contents in inserted.items()))


class _Layout:
    """The items and rows of the top level of a Markdown text, and the lines of its sections."""

    def __init__(self, tokens: Sequence[Token], lines: Sequence[str]) -> None:
        self.lines = lines
        self._tokens = tokens
        self.pieces = list(self._find_pieces())
        self._starts = Counter(piece.start for piece in self.pieces)
        self._innermost: dict[int, _Piece] = {}
        for piece in sorted(self.pieces, key=lambda piece: (-piece.start, piece.end)):
            for line in range(piece.start, piece.end):
                self._innermost.setdefault(line, piece)

    def piece_at(self, line: int) -> _Piece | None:
        """Return the innermost item or row with a line."""
        return self._innermost.get(line)

    def is_indented(self, piece: _Piece) -> bool:
        """Return whether a piece has its first line for itself, and every line begins with the spaces that it loses."""
        lines = self.lines[piece.start : piece.end]
        is_alone = self._starts[piece.start] == 1
        return is_alone and all(line.startswith(" " * piece.indent) for line in lines if line.strip())

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

    def end_with_gap(self, piece: _Piece) -> int:
        """Return the line after a piece, and after the empty line behind it if nothing else is left of its list."""
        is_empty = piece.end < len(self.lines) - 1 and not self.lines[piece.end].strip()
        is_below_empty = piece.start > 0 and not self.lines[piece.start - 1].strip()
        return piece.end + 1 if piece.size == 1 and not piece.is_row and is_empty and is_below_empty else piece.end

    def _find_pieces(self) -> Iterator[_Piece]:
        """Yield the items and rows that are not in a quote; a row in an item is no piece of its own."""
        groups: list[list[_Piece]] = []
        quotes, is_header = 0, False
        for index, token in enumerate(self._tokens):
            quotes += token.nesting if token.tag == "blockquote" else 0
            is_header = token.nesting > 0 if token.tag == "thead" else is_header
            if token.type in _GROUPS:
                groups.append([])
            elif token.nesting < 0 and token.type.replace("_close", "_open") in _GROUPS:
                group = groups.pop()
                yield from (replace(piece, size=len(group)) for piece in group)
            elif token.map and not quotes and not is_header and self._is_piece(token):
                groups[-1].append(self._piece(index, token, token.map))

    @staticmethod
    def _is_piece(token: Token) -> bool:
        return token.type == "list_item_open" or (token.type == "tr_open" and token.level == _ROW_LEVEL)

    def _piece(self, index: int, token: Token, lines: Sequence[int]) -> _Piece:
        start, end = lines
        while end > start + 1 and not self.lines[end - 1].strip():
            end -= 1
        if token.type == "tr_open":
            return _Piece(is_row=True, start=start, end=end, bullet="", columns=self._columns(index))
        line = self.lines[start]
        # An item at the top level may have up to three spaces before it.
        indent = len(line) - len(line.lstrip(" ")) if token.level > 1 else 0
        return _Piece(is_row=False, start=start, end=end, bullet=token.markup, indent=indent)

    def _columns(self, index: int) -> int:
        columns = 0
        while (token := self._tokens[index]).type != "tr_close":
            columns += token.type in ("td_open", "th_open")
            index += 1
        return columns


_GROUPS = frozenset({"bullet_list_open", "ordered_list_open", "table_open"})
_ROW_LEVEL = 2  # in the body of a table at the top level
