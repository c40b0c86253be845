"""Reads startrack's comments in Markdown: where blocks of lines and figures in a line are, and what is wrong with one.

A wrong comment is left out with what belongs to it, and the others count. So one mistake stops nothing else.
"""

import re
import shlex
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from startrack.errors import BlockError, did_you_mean
from startrack.lists import markdown, positions
from startrack.model.diagnostics import FileProblem

__all__ = ["COUNT", "KINDS", "Block", "Markers", "by_line", "quoted", "read"]


KINDS: Final = ("table", "movers", "sections", "digest", "health", "chart", "updated")
"""The kinds of blocks, whose comments are on lines of their own."""

COUNT: Final = "count"
"""The kind of a figure in a sentence: both of its comments are in one line of text."""

_END: Final = "end"
# Tables and HTML break rules of markdownlint; what the file itself asks of it holds again below the block.
_BEFORE: Final = "<!-- markdownlint-capture --><!-- markdownlint-disable -->"
_AFTER: Final = "<!-- markdownlint-restore -->"
_ATTRIBUTES = r"(?P<attributes>(?:(?!-->).)*)"
_OPENING = rf"<!--[ \t]*startrack:(?P<word>(?:(?!-->)\S)*){_ATTRIBUTES}-->"
_COMMENT = re.compile(rf"^[ \t]*{_OPENING}[ \t]*$")
# The marker in UTF-16 and UTF-32, as it looks when it is decoded as UTF-8.
_WIDE_MARKERS = tuple("startrack:".encode(code).decode("latin-1").strip("\0") for code in ("utf-16-le", "utf-32-le"))
# A comment inside a line of text, or what may hide one there: code and escapes. After a backtick it is an example.
# The last one ends a count behind an entry.
_IN_LINE = re.compile(rf"(?P<ticks>`+)|\\.|(?<!`){_OPENING}|(?<!`)<!--[ \t]*(?P<entry_end>/startrack)[ \t]*-->")


@dataclass(frozen=True, slots=True)
class Block:
    """What is between two comments: a block of lines, or a figure in a line.

    `start` and `end` are the 0-based line numbers of the comments, `span` the place between them in the text of the
    file. `content` is what is there now: the lines of a block without indentation and surrounding empty lines, or the
    one text of a figure. The lines of a block have the `indent` and the line `ending` of its first comment. `whole`
    is the place of a figure with its comments. A count behind an entry ends with `<!--/startrack-->` and has the
    attributes `repo` and `format`, also where its comment does not have them.
    """

    kind: str
    attributes: Mapping[str, str]
    start: int
    end: int
    span: tuple[int, int]
    content: tuple[str, ...]
    indent: str = ""
    ending: str = ""
    whole: tuple[int, int] = (0, 0)
    is_entry: bool = False

    @property
    def is_inline(self) -> bool:
        """Whether it is a figure in a line of text."""
        return self.start == self.end

    def framed(self, content: Sequence[str]) -> str:
        """Return the text to write between the comments for some content."""
        if self.is_inline:
            return "".join(content)
        # Without an empty line between them, Markdown takes a table for a part of the comment's HTML block.
        lines = (_BEFORE, "", *content, "", _AFTER)
        return "".join(f"{self.indent}{line}{self.ending}" if line else self.ending for line in lines)


@dataclass(frozen=True, slots=True)
class Markers:
    """The blocks of a text in their order, and what is wrong with its other comments, by line.

    `spoiled` are the 0-based numbers of the lines from wrong comments to their ends. `is_bounded` is false where a
    comment has no end, or an end no comment: then nobody can tell which lines belong to a block.
    """

    blocks: tuple[Block, ...]
    problems: tuple[FileProblem, ...]
    spoiled: frozenset[int] = frozenset()
    is_bounded: bool = True


def by_line(problems: Iterable[FileProblem]) -> tuple[FileProblem, ...]:
    """Return the problems of a file in the order of their lines; those with all of it come first."""
    return tuple(sorted(problems, key=lambda problem: problem.line or 0))


def read(text: str, name: str) -> Markers:
    """Read the comments of a text; `name` is the file's name in messages."""
    if any(marker in text for marker in _WIDE_MARKERS):
        problem = FileProblem(name, None, "the file is UTF-16 or UTF-32; save the file as UTF-8")
        return Markers((), (problem,), is_bounded=False)
    if "startrack:" not in text:
        return Markers((), ())
    return _Reader(text, name).read()


@dataclass(frozen=True, slots=True)
class _Opening:
    """The comment that opens a block, and its 0-based line; without attributes it is wrong, and so is its block."""

    line: int
    kind: str
    attributes: Mapping[str, str] | None


class _Reader:
    """Finds the blocks of one text."""

    def __init__(self, text: str, name: str) -> None:
        self._name = name
        self._lines = positions.split_lines(text)
        self._code = markdown.code_lines(text)
        self._offsets = [0, *accumulate(map(len, self._lines))]
        self._opened: _Opening | None = None
        self._blocks: list[Block] = []
        self._problems: list[FileProblem] = []
        self._spoiled: set[int] = set()
        self._is_bounded = True

    def read(self) -> Markers:
        for number, line in enumerate(self._lines):
            if "startrack:" not in line or number in self._code:
                continue
            comment = _COMMENT.match(line.rstrip("\r\n").removeprefix("\ufeff"))
            if comment and comment["word"] == _END:
                self._close(number)
            elif comment:
                self._open(number, comment)
            elif not self._opened:
                self._read_line(number)
        if self._opened:
            if self._opened.attributes is not None:
                self._report(self._opened.line, _not_closed(self._opened.kind, "below it"))
            self._leave(self._opened, len(self._lines))
        return Markers(tuple(self._blocks), by_line(self._problems), frozenset(self._spoiled), self._is_bounded)

    def _report(self, line: int, text: str) -> None:
        self._problems.append(FileProblem(self._name, line + 1, text))

    def _open(self, line: int, comment: re.Match[str]) -> None:
        """Open a block at a comment on a line of its own."""
        word, outer = comment["word"], self._opened
        if word not in (*KINDS, COUNT):
            self._report(line, _unknown(word))
        elif outer and outer.attributes is not None:
            place = f"{outer.kind} of line {outer.line + 1}"
            self._report(line, f"startrack:{word} inside the {place}; put <!-- startrack:end --> above it")
        elif word == COUNT:
            self._report(line, _not_closed(word, "behind it, in the same line"))
        if outer:
            self._leave(outer, line)
        self._opened = _Opening(line, word, self._attributes(line, comment) if word in KINDS else None)

    def _attributes(self, line: int, comment: re.Match[str]) -> Mapping[str, str] | None:
        try:
            return _parse_attributes(comment["attributes"])
        except BlockError as error:
            self._report(line, str(error))
            return None

    def _leave(self, opened: _Opening, end: int) -> None:
        """Read the lines below a comment whose block has no end: they are the file's own."""
        self._is_bounded = False
        for number in range(opened.line + 1, end):
            if "startrack:" in self._lines[number] and number not in self._code:
                self._read_line(number)

    def _close(self, line: int) -> None:
        opened, self._opened = self._opened, None
        if opened is None:
            self._is_bounded = False
            self._report(line, "startrack:end without a block above it; add the first comment or remove this one")
        elif opened.attributes is not None:
            self._blocks.append(self._block(opened, opened.attributes, line))
        else:
            self._spoiled.update(range(opened.line, line + 1))

    def _block(self, opened: _Opening, attributes: Mapping[str, str], end: int) -> Block:
        comment = self._lines[opened.line]
        # In a list item the block needs the indentation of its comment.
        indent, ending = comment[: len(comment) - len(comment.lstrip())], comment[len(comment.rstrip("\r\n")) :]
        lines = [line.rstrip("\r\n").removeprefix(indent) for line in self._lines[opened.line + 1 : end]]
        span = self._offsets[opened.line + 1], self._offsets[end]
        return Block(opened.kind, attributes, opened.line, end, span, _stripped(lines), indent, ending)

    def _read_line(self, line: int) -> None:
        """Read the figures of a line of text."""
        comments = deque(_comments_in(self._lines[line]))
        while comments:
            opening = comments.popleft()
            word = opening["word"]
            if opening["entry_end"]:
                self._report(line, "/startrack without startrack:count before it; add the first comment")
            elif word in (*KINDS, _END):
                self._is_bounded = False
                self._report(line, "put the startrack comment on a line of its own")
                self._opened = None if word == _END or comments else _Opening(line, word, None)
                return
            elif word != COUNT:
                self._report(line, _unknown(word))
                if comments and _is_end(comments[0]):
                    comments.popleft()
            elif not comments or not _is_end(comments[0]):
                self._report(line, _not_closed(word, "behind it, in the same line"))
            else:
                self._figure(line, opening, comments.popleft())

    def _figure(self, line: int, opening: re.Match[str], closing: re.Match[str]) -> None:
        attributes = self._attributes(line, opening)
        if attributes is None:
            return
        offset, is_entry = self._offsets[line], bool(closing["entry_end"])
        start, end = opening.end(), closing.start()
        span, whole = (offset + start, offset + end), (offset + opening.start(), offset + closing.end())
        text = self._lines[line][start:end]
        self._blocks.append(Block(COUNT, attributes, line, line, span, (text,), whole=whole, is_entry=is_entry))


def _is_end(comment: re.Match[str]) -> bool:
    return bool(comment["entry_end"]) or comment["word"] == _END


def _not_closed(kind: str, place: str) -> str:
    return f"startrack:{kind} without an end; add <!-- startrack:end --> {place}"


def _unknown(word: str) -> str:
    return f"unknown comment startrack:{word}; {did_you_mean(word, (*KINDS, COUNT, _END))}"


def _stripped(lines: Sequence[str]) -> tuple[str, ...]:
    """Return lines without the comments for markdownlint and the empty lines at both ends."""
    filled = [number for number, line in enumerate(lines) if line.strip() and line not in (_BEFORE, _AFTER)]
    return tuple(lines[filled[0] : filled[-1] + 1]) if filled else ()


def _comments_in(line: str) -> Iterator[re.Match[str]]:
    """Yield our comments in a line of text that are not in code."""
    ticks = [(run.end() - run.start(), run.start()) for run in re.finditer("`+", line)]
    ticks.sort()
    position, last = 0, line.rfind("-->") + 3
    while match := _IN_LINE.search(line, position, last):
        position = match.end()
        if run := match["ticks"]:
            # A code span ends at the next run of as many backticks; without one, the backticks are text.
            following = bisect_left(ticks, (len(run), position))
            if following < len(ticks) and ticks[following][0] == len(run):
                position = ticks[following][1] + len(run)
        elif match["word"] is not None or match["entry_end"]:
            yield match


def quoted(value: str) -> str:
    """Return a value as it can stand behind `key=` in a comment."""
    if re.fullmatch(r"[\w.,:/%-]+", value):
        return value
    return f"'{value}'" if '"' in value else f'"{value}"'


def _parse_attributes(text: str) -> Mapping[str, str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BlockError(f"invalid attributes ({error}); close the quotation mark") from error
    attributes: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not value:
            raise BlockError(f'{word!r} is not key=value; put values with spaces in "quotation marks"')
        if key in attributes:
            raise BlockError(f"attribute {key} appears twice; remove one")
        attributes[key] = value
    return attributes
