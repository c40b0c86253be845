"""The blocks inside a README: found between their comments, and filled anew."""

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
    "blocks",
    "blocks_of",
    "filled",
    "resolve",
    "rewrite",
    "without_blocks",
]


Fill = Callable[[Mapping[str, str]], list[str]]
"""Returns the lines of the table that the attributes of a block ask for. Raises BlockError."""

_MARK = re.compile(r"^[ \t]*<!--[ \t]*startrack:(?P<word>\S*)(?P<rest>.*?)-->[ \t]*$")
# In UTF-16 and UTF-32, read as if it were UTF-8.
_WIDE = tuple("startrack:".encode(code).decode("latin-1").strip("\0") for code in ("utf-16-le", "utf-32-le"))
# A comment amid other text; after a backtick it is an example.
_INLINE = re.compile(r"(?<!`)<!--[ \t]*startrack:")


@dataclass(frozen=True, slots=True)
class Block:
    """A table block: the 0-based line of its opening comment, that of its end, and what it asks for."""

    start: int
    end: int
    attributes: Mapping[str, str]


def blocks(text: str, name: str) -> list[Block]:
    """Return the table blocks of a README; comments in fenced code are text.

    Raises BlockError with file and line where one is unknown, nested or not closed.
    """
    found: list[Block] = []
    opened: tuple[int, Mapping[str, str]] | None = None
    for place, word, rest in _marks(text, name):
        where = f"{name}:{place + 1}"
        match word, opened:
            case "table", None:
                opened = place, _attributes(rest, where)
            case "table", (start, _):
                raise BlockError(f"{where}: a table begins before the one of line {start + 1} has ended")
            case "end", (start, attributes):
                found.append(Block(start, place, attributes))
                opened = None
            case "end", None:
                raise BlockError(f"{where}: startrack:end without a startrack:table before it")
            case _:
                hint = did_you_mean(word, ("table", "end"))
                raise BlockError(f"{where}: there is no block startrack:{word}; {hint}")
    if opened is not None:
        raise BlockError(f"{name}:{opened[0] + 1}: this table has no <!-- startrack:end --> after it")
    return found


def _marks(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    """Yield the 0-based line, the word and the rest of each of our comments that is not in code."""
    if any(word in text for word in _WIDE):
        raise BlockError(f"{name}: its startrack comments are in UTF-16 or UTF-32; save the file as UTF-8")
    if "startrack:" not in text:
        return
    for place, line in _lines_outside_code(text):
        if mark := _MARK.match(line.removeprefix("\ufeff")):
            yield place, mark["word"], mark["rest"]
        elif _INLINE.search(line):
            raise BlockError(f"{name}:{place + 1}: a startrack comment stands on a line of its own")


def without_blocks(data: bytes, name: str) -> bytes:
    """Return a list's bytes with the lines of its startrack tables emptied: they are no entries of the list.

    Lines keep their numbers. Raises BlockError, and SourceError where the bytes are not text.
    """
    text = parser.decode(data, name)
    if "startrack:table" not in text:
        return data
    lines = text.split("\n")
    for block in blocks(text, name):
        lines[block.start : block.end + 1] = [""] * (block.end + 1 - block.start)
    return "\n".join(lines).encode()


def blocks_of(data: bytes, name: str) -> list[Block]:
    """Return the table blocks of a README's bytes. Raises BlockError."""
    return blocks(_decoded(data), name)


def filled(data: bytes, name: str, fill: Fill) -> bytes:
    """Return a README's bytes with every block filled anew, whatever the other bytes are. Raises BlockError."""
    return _encoded(rewrite(_decoded(data), name, fill))


def _decoded(data: bytes) -> str:
    return data.decode("utf-8", errors="surrogateescape")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogateescape")


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _lines_outside_code(text: str) -> Iterator[tuple[int, str]]:
    """Yield every line that is not in a code block, with its 0-based number."""
    code = markdown.code_lines(text)
    for place, line in enumerate(parser.split_lines(text)):
        if place not in code:
            yield place, line.rstrip("\r\n")


def _attributes(text: str, where: str) -> Mapping[str, str]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BlockError(f"{where}: {error}: close the quotation mark") from error
    found: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not value:
            raise BlockError(f'{where}: {word!r} is not key=value; put values with spaces into "quotation marks"')
        if key in found:
            raise BlockError(f"{where}: {key} is given twice")
        found[key] = value
    return found


def rewrite(text: str, name: str, fill: Fill) -> str:
    """Return the text with every block filled anew, everything outside the blocks untouched.

    A block that would differ in the dates of its footnote alone is left as it stands.
    Raises BlockError with file and line.
    """
    lines = parser.split_lines(text)
    found = blocks(text, name)
    contents = [_fill(block, name, fill) for block in found]
    for block, content in zip(reversed(found), reversed(contents), strict=True):
        table = _table(lines[block.start], content)
        if tables.without_dates(table) != tables.without_dates(lines[block.start + 1 : block.end]):
            lines[block.start + 1 : block.end] = table
    return "".join(lines)


def _table(opening: str, content: Sequence[str]) -> list[str]:
    """Return the lines to stand below an opening comment, ended and indented as it is."""
    ending = _ending(opening)
    # In a list item the table has to stand as far in as its comment.
    indent = opening[: len(opening) - len(opening.lstrip())]
    # A table that follows the comment without an empty line would be part of its HTML block.
    return [f"{indent}{line}{ending}" if line else ending for line in ("", *content, "")]


def _fill(block: Block, name: str, fill: Fill) -> list[str]:
    try:
        return fill(block.attributes)
    except BlockError as error:
        raise BlockError(f"{name}:{block.start + 1}: {error}") from error


def resolve(path: Path, root: Path) -> Path:
    """Return the file that a README's path leads to: through symbolic links only inside the project's folder.

    Raises WriteError where a link leads out of it.
    """
    base = root.resolve()
    place = base / path
    link = files.linked(place, base) if place.is_relative_to(base) else path.is_symlink()
    if not link:
        return path
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(base):
        raise WriteError(f"{path} is a symbolic link to {real}, outside of {base}; name that file in [readme] file")
    return real
