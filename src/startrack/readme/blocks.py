"""What startrack fills in Markdown files: blocks of lines between two comments, and figures in a sentence."""

import os
import re
import shlex
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Final, TypeVar

from startrack import files
from startrack.errors import BlockError, WriteError, did_you_mean
from startrack.lists import markdown, parser
from startrack.lists.edits import Edit
from startrack.lists.places import find_places
from startrack.lists.project_links import GITHUB_URL_IN_TEXT
from startrack.model.lists import LinkKind, Span
from startrack.model.repository import name_key
from startrack.readme import quiet, tables
from startrack.readme.quiet import Candidate

__all__ = [
    "COUNT",
    "DEFAULT_FORMAT",
    "KINDS",
    "Block",
    "EntryCount",
    "Fill",
    "Readme",
    "Renamed",
    "block_lines",
    "entries_in_code",
    "entry_counts",
    "parse",
    "rename",
    "resolve",
]


KINDS: Final = ("table", "movers", "sections", "digest", "health", "chart", "updated")
"""The kinds of blocks, whose comments are on lines of their own."""

COUNT: Final = "count"
"""The kind of a figure in a sentence: both of its comments are in one line of text."""

DEFAULT_FORMAT: Final = "\N{BLACK STAR} {stars} \N{MIDDLE DOT} {last_commit}"
"""The format of a count behind an entry, where the comment has no other one."""

_END: Final = "end"
# Tables and HTML break rules of markdownlint; what the file itself asks of it holds again below the block.
_BEFORE: Final = "<!-- markdownlint-capture --><!-- markdownlint-disable -->"
_AFTER: Final = "<!-- markdownlint-restore -->"
_DATE_ONLY: Final = "updated"
_ATTRIBUTES = r"(?P<attributes>(?:(?!-->).)*)"
_OPENING = rf"<!--[ \t]*startrack:(?P<word>(?:(?!-->)\S)*){_ATTRIBUTES}-->"
_COMMENT = re.compile(rf"^[ \t]*{_OPENING}[ \t]*$")
_REPO = re.compile(r"(?<=\s)repo=[\"']?(?P<repo>[\w./-]+?)(?=[\"'\s]|-->)")
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


Content = TypeVar("Content")

Fill = Callable[[Block], Sequence[str]]
"""A function that returns the lines of a block, or the one text of a figure. It may raise BlockError."""


@dataclass(frozen=True, slots=True)
class Readme:
    """A README's bytes and the blocks in them, in their order; `name` is the file's name in messages."""

    name: str
    data: bytes
    blocks: tuple[Block, ...]

    @property
    def is_awesome(self) -> bool:
        """Whether the file has the Awesome badge, which awesome-lint demands of a list."""
        return b"https://awesome.re/badge" in self.data

    def updated(self, data: bytes) -> "Readme":
        """Return the README with the bytes that the file has now, parsed again only if they are others."""
        return self if data == self.data else parse(data, self.name)

    def filled(self, fill: Fill) -> bytes:
        """Return the bytes with every block filled; everything outside the blocks stays as it is.

        A block that would change in the dates of its footnote alone stays too, and so does one that shows nothing but
        a date, unless another block changes. Raises BlockError with file and line.
        """
        text = _decode(self.data)
        new = [block.framed(self._located(block, fill)) for block in self.blocks]
        changes = [
            _without_dates(text[slice(*block.span)]) != _without_dates(new[i]) for i, block in enumerate(self.blocks)
        ]
        others = [changed for changed, block in zip(changes, self.blocks, strict=True) if block.kind != _DATE_ONLY]
        parts: list[str] = []
        position = 0
        for block, changed, content in zip(self.blocks, changes, new, strict=True):
            start, end = block.span
            is_kept = not changed or (block.kind == _DATE_ONLY and others and not any(others))
            parts += text[position:start], text[start:end] if is_kept else content
            position = end
        return _encode("".join((*parts, text[position:])))

    def settled(self, offer: Callable[[Block], Candidate]) -> bytes:
        """Return the bytes with every block filled with what it has to show of what a function offers it.

        Raises BlockError with file and line.
        """
        settled = iter(quiet.settle([self._located(block, offer) for block in self.blocks]))
        return self.filled(lambda _block: next(settled))

    def _located(self, block: Block, fill: Callable[[Block], Content]) -> Content:
        try:
            return fill(block)
        except BlockError as error:
            raise BlockError(f"{self.name}:{block.start + 1}: {error}") from error


def parse(data: bytes, name: str) -> Readme:
    """Parse a README, which may contain bytes that are not UTF-8.

    Raises BlockError with file and line if a startrack comment is malformed, unknown, nested or not closed.
    """
    text = _decode(data)
    found = tuple(_Parser(text, name).blocks())
    if not any(block.is_entry for block in found):
        return Readme(name, data, found)
    repos = {count.block: count.attributes for count in _entry_counts(data, text, found)}
    for index in (index for index, attributes in repos.items() if not attributes["repo"]):
        raise BlockError(
            f"{name}:{found[index].start + 1}: no link to a repository before this startrack:count in its line; "
            "add repo=OWNER/NAME to the comment, or remove the count",
        )
    return Readme(name, data, tuple(replace(b, attributes=repos.get(i, b.attributes)) for i, b in enumerate(found)))


@dataclass(frozen=True, slots=True)
class EntryCount:
    """A count behind an entry: its attributes with the repository and the format, and its bytes with both comments.

    `block` is its index in the blocks of the file.
    """

    attributes: Mapping[str, str]
    span: Span
    block: int


def entry_counts(data: bytes, name: str) -> list[EntryCount]:
    """Return the counts behind entries in their order. Raises BlockError as `parse` does.

    The repository is empty where a count has neither a link before it in its line nor the attribute `repo`.
    """
    text = _decode(data)
    return list(_entry_counts(data, text, list(_Parser(text, name).blocks())))


def _entry_counts(data: bytes, text: str, found: Sequence[Block]) -> Iterator[EntryCount]:
    linked = _LinkedRepositories(data) if any(b.is_entry and "repo" not in b.attributes for b in found) else None
    position = offset = 0
    for index, block in enumerate(found):
        if not block.is_entry:
            continue
        start = offset + len(_encode(text[position : block.whole[0]]))
        position, offset = block.whole[1], start + len(_encode(text[slice(*block.whole)]))
        repo = block.attributes.get("repo") or (linked and linked.before(start)) or ""
        attributes = {"format": DEFAULT_FORMAT, **block.attributes, "repo": repo}
        yield EntryCount(attributes, Span(start, offset), index)


class _LinkedRepositories:
    """The repositories that a file links to, by where the links end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        # Of a badge and the link around it, the link says what the entry is.
        links = sorted(
            (place.outer_span.end, not place.kind.is_image, place.repo)
            for place in find_places(data, ".md")
            if place.kind is not LinkKind.DEFINITION
        )
        self._ends, self._repos = [end for end, _, _ in links], [repo for _, _, repo in links]

    def before(self, start: int) -> str | None:
        """Return the repository of the last link before a byte in the same line."""
        index = bisect_right(self._ends, start) - 1
        if index < 0 or re.search(rb"[\r\n]", self._data[self._ends[index] : start]):
            return None
        return self._repos[index]


@dataclass(frozen=True, slots=True)
class Renamed:
    """The edit that gives a comment the new name of a repository: the 1-based line, the old name and the new one."""

    line: int
    repo: str
    name: str
    edit: Edit


def rename(data: bytes, name: str, names: Mapping[str, str]) -> list[Renamed]:
    """Return the edits of comments with the attribute `repo`; `names` has new names by the `name_key` of old ones.

    Raises BlockError as `parse` does.
    """
    text, renamed = _decode(data), []
    position = offset = 0
    for block in _Parser(text, name).blocks():
        repo = block.attributes.get("repo", "")
        new = names.get(name_key(repo))
        opening = text.rfind("<!--", 0, block.span[0])
        found = [match for match in _REPO.finditer(text, opening, block.span[0]) if match["repo"] == repo]
        if new and len(found) == 1:
            start = offset + len(_encode(text[position : found[0].start("repo")]))
            position, offset = found[0].end("repo"), start + len(_encode(repo))
            renamed.append(Renamed(block.start + 1, repo, new, Edit(Span(start, offset), new.encode())))
    return renamed


def block_lines(text: str, name: str) -> frozenset[int]:
    """Return the 0-based numbers of the lines in blocks, which contain no list entries. Raises BlockError."""
    if "startrack:" not in text:
        return frozenset()
    blocks = (block for block in _Parser(text, name).blocks() if not block.is_inline)
    return frozenset(number for block in blocks for number in range(block.start, block.end + 1))


def entries_in_code(readme: Readme) -> list[int]:
    """Return the 1-based lines with a link to GitHub that Markdown reads as code because of the block above them.

    A block that is less indented than the text of a list item ends the item. A nested entry below it is code then.
    """
    text = _decode(readme.data)
    lines, code = parser.split_lines(text), markdown.code_lines(text)
    blocks = [block for block in readme.blocks if not block.is_inline]
    below = [next((n for n in range(block.end + 1, len(lines)) if lines[n].strip()), len(lines)) for block in blocks]
    entries = [number for number in below if number in code and GITHUB_URL_IN_TEXT.search(lines[number])]
    if not entries:
        return []
    filled = {number for block in blocks for number in range(block.start, block.end + 1)}
    others = [number for number in range(len(lines)) if number not in filled]
    code_without_blocks = markdown.code_lines("".join(lines[number] for number in others))
    return [number + 1 for number in entries if others.index(number) not in code_without_blocks]


def resolve(path: Path, root: Path) -> Path:
    """Return the file that a README's path leads to, through symbolic links only inside the project's folder.

    Raises WriteError where a link leads out of it.
    """
    base = root.resolve()
    absolute = base / path
    link = files.find_symlink(absolute, base) if absolute.is_relative_to(base) else path.is_symlink()
    if not link:
        return path
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(base):
        raise WriteError(f"{path} is a symbolic link to {real}, outside of {base}; set [readme] file to that path")
    return real


def _decode(data: bytes) -> str:
    return data.decode("utf-8", errors="surrogateescape")


def _encode(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


class _Parser:
    """Finds the blocks of one text; messages name the file."""

    def __init__(self, text: str, name: str) -> None:
        self._text, self._name = text, name
        self._lines = parser.split_lines(text)
        self._offsets = [0, *accumulate(map(len, self._lines))]
        self._opened: _Opening | None = None

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks. Raises BlockError."""
        if any(marker in self._text for marker in _WIDE_MARKERS):
            raise BlockError(f"{self._name}: the file is UTF-16 or UTF-32; save the file as UTF-8")
        if "startrack:" not in self._text:
            return
        code = markdown.code_lines(self._text)
        for number, line in enumerate(self._lines):
            if "startrack:" not in line or number in code:
                continue
            if comment := _COMMENT.match(line.rstrip("\r\n").removeprefix("\ufeff")):
                yield from self._own_line(number, comment)
            elif not self._opened:
                yield from self._in_line(number, line)
        if self._opened:
            raise self._error(self._opened.line, _not_closed(self._opened.kind, "below it"))

    def _error(self, line: int, message: str) -> BlockError:
        return BlockError(f"{self._name}:{line + 1}: {message}")

    def _own_line(self, line: int, comment: re.Match[str]) -> Iterator[Block]:
        """Open or close a block at a comment on a line of its own."""
        word, opened = comment["word"], self._opened
        if word == COUNT and not opened:
            raise self._error(line, _not_closed(word, "behind it, in the same line"))
        if word not in (*KINDS, COUNT, _END):
            raise self._error(line, _unknown(word))
        if word != _END and opened:
            outer = f"{opened.kind} of line {opened.line + 1}"
            raise self._error(line, f"startrack:{word} inside the {outer}; put <!-- startrack:end --> above it")
        if word != _END:
            attributes = _parse_attributes(comment["attributes"], f"{self._name}:{line + 1}")
            self._opened = _Opening(line, word, attributes)
        elif not opened:
            raise self._error(line, "startrack:end without a block above it; add the first comment or remove this one")
        else:
            self._opened = None
            yield self._block(opened, line)

    def _block(self, opened: "_Opening", end: int) -> Block:
        comment = self._lines[opened.line]
        # In a list item the block needs the indentation of its comment.
        indent, ending = comment[: len(comment) - len(comment.lstrip())], comment[len(comment.rstrip("\r\n")) :]
        lines = [line.rstrip("\r\n").removeprefix(indent) for line in self._lines[opened.line + 1 : end]]
        span = self._offsets[opened.line + 1], self._offsets[end]
        return Block(opened.kind, opened.attributes, opened.line, end, span, _stripped(lines), indent, ending)

    def _in_line(self, line: int, text: str) -> Iterator[Block]:
        """Yield the figures of a line of text."""
        comments = iter(_comments_in(text))
        for opening in comments:
            word = opening["word"]
            if opening["entry_end"]:
                raise self._error(line, "/startrack without startrack:count before it; add the first comment")
            if word in (*KINDS, _END):
                raise self._error(line, "put the startrack comment on a line of its own")
            if word != COUNT:
                raise self._error(line, _unknown(word))
            closing = next(comments, None)
            is_entry = closing is not None and bool(closing["entry_end"])
            if closing is None or not (is_entry or closing["word"] == _END):
                raise self._error(line, _not_closed(word, "behind it, in the same line"))
            attributes = _parse_attributes(opening["attributes"], f"{self._name}:{line + 1}")
            start, end = opening.end(), closing.start()
            span = self._offsets[line] + start, self._offsets[line] + end
            whole = self._offsets[line] + opening.start(), self._offsets[line] + closing.end()
            yield Block(word, attributes, line, line, span, (text[start:end],), whole=whole, is_entry=is_entry)


@dataclass(frozen=True, slots=True)
class _Opening:
    """The comment that opens a block, and its 0-based line."""

    line: int
    kind: str
    attributes: Mapping[str, str]


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
    while found := _IN_LINE.search(line, position, last):
        position = found.end()
        if run := found["ticks"]:
            # A code span ends at the next run of as many backticks; without one, the backticks are text.
            following = bisect_left(ticks, (len(run), position))
            if following < len(ticks) and ticks[following][0] == len(run):
                position = ticks[following][1] + len(run)
        elif found["word"] is not None or found["entry_end"]:
            yield found


def _parse_attributes(text: str, location: str) -> Mapping[str, str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BlockError(f"{location}: invalid attributes ({error}); close the quotation mark") from error
    attributes: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not value:
            raise BlockError(f'{location}: {word!r} is not key=value; put values with spaces in "quotation marks"')
        if key in attributes:
            raise BlockError(f"{location}: attribute {key} appears twice; remove one")
        attributes[key] = value
    return attributes


def _without_dates(text: str) -> list[str]:
    return tables.without_dates(parser.split_lines(text))
