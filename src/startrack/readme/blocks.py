"""The table blocks of a README: parsed from their comments, and filled with new tables."""

import os
import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from startrack import files
from startrack.errors import BlockError, WriteError, did_you_mean
from startrack.lists import markdown, parser
from startrack.readme import tables

__all__ = [
    "Block",
    "Fill",
    "Readme",
    "block_lines",
    "parse",
    "resolve",
]


Fill = Callable[[Mapping[str, str]], list[str]]
"""A function that returns the lines of the table for a block's attributes. It may raise BlockError."""

_COMMENT = re.compile(r"^[ \t]*<!--[ \t]*startrack:(?P<word>\S*)(?P<attributes>.*?)-->[ \t]*$")
# The marker in UTF-16 and UTF-32, as it looks when it is decoded as UTF-8.
_WIDE_MARKERS = tuple("startrack:".encode(code).decode("latin-1").strip("\0") for code in ("utf-16-le", "utf-32-le"))
# A comment inside a line of text; after a backtick it is an example.
_INLINE_COMMENT = re.compile(r"(?<!`)<!--[ \t]*startrack:")


@dataclass(frozen=True, slots=True)
class Block:
    """A table block: the 0-based line numbers of its first and last comment, and its attributes."""

    start: int
    end: int
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Readme:
    """A README's bytes and the table blocks in them; `name` is the file's name in messages."""

    name: str
    data: bytes
    blocks: tuple[Block, ...]

    def updated(self, data: bytes) -> "Readme":
        """Return the README with the bytes that the file has now, parsed again only if they are others."""
        return self if data == self.data else parse(data, self.name)

    def filled(self, fill: Fill) -> bytes:
        """Return the bytes with every block filled with its table; everything outside the blocks stays as it is.

        A block that would change in the dates of its footnote alone stays too. Raises BlockError with file and line.
        """
        lines = parser.split_lines(_decode(self.data))
        tables_of_blocks = [self._table(block, fill) for block in self.blocks]
        for block, content in zip(reversed(self.blocks), reversed(tables_of_blocks), strict=True):
            table = _table_lines(lines[block.start], content)
            if tables.without_dates(table) != tables.without_dates(lines[block.start + 1 : block.end]):
                lines[block.start + 1 : block.end] = table
        return "".join(lines).encode("utf-8", errors="surrogateescape")

    def _table(self, block: Block, fill: Fill) -> list[str]:
        try:
            return fill(block.attributes)
        except BlockError as error:
            raise BlockError(f"{self.name}:{block.start + 1}: {error}") from error


def parse(data: bytes, name: str) -> Readme:
    """Parse a README, which may contain bytes that are not UTF-8.

    Raises BlockError with file and line if a startrack comment is malformed, unknown, nested or not closed.
    """
    return Readme(name, data, tuple(_blocks(_decode(data), name)))


def block_lines(text: str, name: str) -> frozenset[int]:
    """Return the 0-based numbers of the lines in table blocks, which contain no list entries. Raises BlockError."""
    if "startrack:table" not in text:
        return frozenset()
    return frozenset(number for block in _blocks(text, name) for number in range(block.start, block.end + 1))


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


def _blocks(text: str, name: str) -> list[Block]:
    blocks: list[Block] = []
    opened: tuple[int, Mapping[str, str]] | None = None
    for line_number, word, attributes in _comments(text, name):
        location = f"{name}:{line_number + 1}"
        match word, opened:
            case "table", None:
                opened = line_number, _parse_attributes(attributes, location)
            case "table", (start, _):
                raise BlockError(
                    f"{location}: startrack:table inside the table of line {start + 1}; "
                    "put <!-- startrack:end --> above it",
                )
            case "end", (start, table_attributes):
                blocks.append(Block(start, line_number, table_attributes))
                opened = None
            case "end", None:
                raise BlockError(f"{location}: startrack:end without startrack:table above it; add that or remove this")
            case _:
                hint = did_you_mean(word, ("table", "end"))
                raise BlockError(f"{location}: unknown comment startrack:{word}; {hint}")
    if opened is not None:
        raise BlockError(f"{name}:{opened[0] + 1}: startrack:table without an end; add <!-- startrack:end --> below it")
    return blocks


def _comments(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    """Yield the 0-based line number, the word and the attributes of each of our comments that is not in code."""
    if any(marker in text for marker in _WIDE_MARKERS):
        raise BlockError(f"{name}: the file is UTF-16 or UTF-32; save the file as UTF-8")
    if "startrack:" not in text:
        return
    for line_number, line in _lines_outside_code(text):
        if comment := _COMMENT.match(line.removeprefix("\ufeff")):
            yield line_number, comment["word"], comment["attributes"]
        elif _INLINE_COMMENT.search(line):
            raise BlockError(f"{name}:{line_number + 1}: put the startrack comment on a line of its own")


def _lines_outside_code(text: str) -> Iterator[tuple[int, str]]:
    code = markdown.code_lines(text)
    for line_number, line in enumerate(parser.split_lines(text)):
        if line_number not in code:
            yield line_number, line.rstrip("\r\n")


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


def _table_lines(opening: str, content: Sequence[str]) -> list[str]:
    """Return the lines below an opening comment, with its line ending and its indentation."""
    ending = opening[len(opening.rstrip("\r\n")) :]
    # In a list item the table needs the indentation of its comment.
    indent = opening[: len(opening) - len(opening.lstrip())]
    # Without an empty line between them, Markdown takes the table for a part of the comment's HTML block.
    return [f"{indent}{line}{ending}" if line else ending for line in ("", *content, "")]
