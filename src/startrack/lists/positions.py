"""Where pieces of a document are in its text, and where characters of the text are in the file.

A parser sees blocks without the markers of quotes and lists around them. `Origin` leads from such a block back to the
text. `ByteOffsets` leads from the text, which has LF line ends and no byte order mark, to the bytes of the file.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from startrack.model.lists import LinkKind, Span

__all__ = [
    "ByteOffsets",
    "Origin",
    "Place",
    "Range",
    "TextOrigin",
    "cell_origin",
    "line_origin",
    "line_starts",
    "split_lines",
    "with_line_feeds",
]

Range = tuple[int, int]
"""The first character of a piece of the text, counted from 0, and the one after its last."""

# A line may hold thousands of links; a longer one is not encoded for each of them.
_LONG_LINE = 10_000
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")


def split_lines(text: str) -> list[str]:
    """Return the lines of a text with their line ends, which are CR LF, LF or CR as in CommonMark."""
    return _LINE.findall(text)


def with_line_feeds(text: str) -> str:
    """Return a text in which every line end is a line feed."""
    return re.sub(r"\r\n?", "\n", text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link or an image is in the text.

    `url` is `None` if the URL is not there as written. `label` is what a link encloses, and `reference` the name of
    the definition that has its URL.
    """

    kind: LinkKind
    element: Range
    url: Range | None
    label: Range | None = None
    reference: str | None = None

    def closed(self, end_tag: Range) -> "Place":
        """Return the place of an HTML link, of which only the start tag was known."""
        return replace(self, element=(self.element[0], end_tag[1]), label=(self.element[1], end_tag[0]))


@dataclass(frozen=True, slots=True)
class Origin:
    """Maps characters of a block's content to the text: from `starts[i]` on they are `shifts[i]` further on."""

    starts: Sequence[int] = (0,)
    shifts: Sequence[int] = (0,)

    def place(self, offset: int) -> int:
        """Return the position in the text of a character of the block."""
        return offset + self.shifts[bisect_right(self.starts, offset) - 1]

    def range(self, start: int, end: int) -> Range:
        """Return the range in the text of a piece of the block."""
        return self.place(start), self.place(end)


@dataclass(frozen=True, slots=True)
class TextOrigin:
    """Where the characters of a text, and its end, are in a block."""

    origin: Origin
    offsets: Sequence[int]

    def part(self, start: int, end: int) -> "TextOrigin":
        """Return the origin of a part of the text."""
        return TextOrigin(self.origin, self.offsets[start : end + 1])

    def range(self, start: int, end: int) -> Range:
        """Return the range in the text of the document of a part of the text."""
        return self.origin.range(self.offsets[start], self.offsets[end])


def line_starts(lines: Iterable[str]) -> list[int]:
    """Return the position of the first character of each line; each line end is one character."""
    return [0, *accumulate(len(line) + 1 for line in lines)]


def line_origin(content: str, lines: Sequence[str], starts: Sequence[int], first_line: int) -> Origin:
    """Return the origin of a block that consists of the ends of lines, from the 0-based `first_line` on.

    What is missing at the beginning of a line are markers and indentation, and at the end white space.
    """
    offset, offsets, shifts = 0, [], []
    for number, part in enumerate(content.split("\n"), first_line):
        if number == len(lines):
            break
        offsets.append(offset)
        shifts.append(starts[number] + len(lines[number].rstrip()) - len(part.rstrip()) - offset)
        offset += len(part) + 1
    return Origin(offsets, shifts)


def cell_origin(cell: str, line: str, start: int, cursor: int) -> tuple[Origin, int]:
    r"""Return the origin of a table cell, and where in its row the next cell can begin.

    `start` is the position of the row's line, and `cursor` where in it to look for the cell. A `|` in a cell is written
    `\|`. A cell that looks like the marker of a list or quote may be found too early, but it cannot have a link.
    """
    written = cell.replace("|", "\\|")
    first = max(line.find(written, cursor), cursor)
    pipes = [index for index, character in enumerate(cell) if character == "|"]
    shifts = range(start + first, start + first + len(pipes) + 1)
    return Origin([0, *(index + 1 for index in pipes)], shifts), first + len(written)


@dataclass(frozen=True, slots=True)
class ByteOffsets:
    """Maps positions in a text to the bytes of its file, in which line ends may be CR LF or CR."""

    lines: Sequence[str]
    encoding: str
    line_bytes: Sequence[int]
    line_positions: Sequence[int] = field(repr=False)
    _long_lines: dict[int, Sequence[int]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, written: str, encoding: str, mark_size: int) -> "ByteOffsets":
        """Return the offsets of a text as it is in the file, behind a byte order mark of that many bytes."""
        lines = split_lines(written)
        sizes = (len(line.encode(encoding, "surrogateescape")) for line in lines)
        return cls(
            lines,
            encoding,
            list(accumulate(sizes, initial=mark_size)),
            line_starts(line.rstrip("\r\n") for line in lines),
        )

    @property
    def text(self) -> str:
        """The text with LF line ends."""
        return with_line_feeds("".join(self.lines))

    def offset(self, position: int) -> int:
        """Return the offset of the byte at which a character begins."""
        line = min(bisect_right(self.line_positions, position), len(self.lines)) - 1
        column = position - self.line_positions[line]
        if len(self.lines[line]) > _LONG_LINE:
            columns = self._columns(line)
            return self.line_bytes[line] + columns[min(column, len(columns) - 1)]
        return self.line_bytes[line] + self._size(self.lines[line][:column])

    def _size(self, text: str) -> int:
        return len(text.encode(self.encoding, "surrogateescape"))

    def _columns(self, line: int) -> Sequence[int]:
        """Return how many bytes are before each character of a line, and before its end; computed once."""
        if line not in self._long_lines:
            self._long_lines[line] = list(accumulate(map(self._size, self.lines[line]), initial=0))
        return self._long_lines[line]

    def span(self, piece: Range) -> Span:
        """Return the bytes of a piece of the text."""
        return Span(self.offset(piece[0]), self.offset(piece[1]))
