"""Results on disk: pages and README tables, all of them written or none."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from startrack import files, listing
from startrack.errors import BlockError, WriteError

__all__ = ["Block", "blocks", "place", "read_text", "rewrite", "without_blocks"]

Fill = Callable[[Mapping[str, str]], list[str]]

_MARK = re.compile(r"^[ \t]*<!--[ \t]*startrack:(?P<word>\S*)(?P<rest>.*?)-->[ \t]*$")
# A comment amid other text; after a backtick it is an example.
_INLINE = re.compile(r"(?<!`)<!--[ \t]*startrack:")


@dataclass(frozen=True, slots=True)
class Block:
    """A table block: the 0-based line of its opening comment, that of its end, and what it asks for."""

    start: int
    end: int
    attributes: Mapping[str, str]


def read_text(path: Path) -> str:
    """Return a file's text so that writing it back gives the same bytes, whatever they are. Raises WriteError."""
    try:
        return path.read_bytes().decode("utf-8", errors="surrogateescape")
    except OSError as error:
        raise WriteError(f"cannot read {path}: {error.strerror}; name the README in [readme] file") from error


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
                known = "startrack:table, startrack:end"
                raise BlockError(f"{where}: there is no block startrack:{word}; known are {known}")
    if opened is not None:
        raise BlockError(f"{name}:{opened[0] + 1}: this table has no <!-- startrack:end --> after it")
    return found


def _marks(text: str, name: str) -> Iterator[tuple[int, str, str]]:
    """Yield the 0-based line, the word and the rest of each of our comments that is not in code."""
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
    text = listing.decode(data, name)
    if "startrack:table" not in text:
        return data
    lines = text.split("\n")
    for block in blocks(text, name):
        lines[block.start : block.end + 1] = [""] * (block.end + 1 - block.start)
    return "\n".join(lines).encode()


def _lines_outside_code(text: str) -> Iterator[tuple[int, str]]:
    """Yield every line that is not in a code block, with its 0-based number."""
    code = listing.code_lines(text)
    for place, line in enumerate(text.split("\n")):
        if place not in code:
            yield place, line.rstrip("\r")


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

    Raises BlockError with file and line.
    """
    lines = text.split("\n")
    found = blocks(text, name)
    contents = [_fill(block, name, fill) for block in found]
    for block, content in zip(reversed(found), reversed(contents), strict=True):
        opening = lines[block.start]
        # In a list item the table has to stand as far in as its comment.
        indent = opening[: len(opening) - len(opening.lstrip())]
        ending = "\r" if opening.endswith("\r") else ""
        # A table that follows the comment without an empty line would be part of its HTML block.
        table = [f"{indent}{line}" if line else "" for line in ("", *content, "")]
        lines[block.start + 1 : block.end] = [line + ending for line in table]
    return "\n".join(lines)


def _fill(block: Block, name: str, fill: Fill) -> list[str]:
    try:
        return fill(block.attributes)
    except BlockError as error:
        raise BlockError(f"{name}:{block.start + 1}: {error}") from error


def place(contents: Mapping[Path, bytes], manifest: Path, *, check: bool) -> list[Path]:
    """Bring the disk in step with what was rendered and return what changed; `check` changes nothing.

    `manifest` lists the files below its folder that the last build made: of these, and of no others, those that
    were not rendered this time are removed. Raises WriteError.
    """
    folder = manifest.parent
    ours = sorted(path.relative_to(folder).as_posix() for path in contents if path.is_relative_to(folder))
    contents = {**contents, manifest: "".join(f"{name}\n" for name in ours).encode()}
    gone = [path for path in _made_before(manifest) if path.is_file() and path not in contents]
    if check:
        return [path for path, content in sorted(contents.items()) if files.stale(path, content)] + gone
    changed = files.write(contents)
    for path in gone:
        path.unlink(missing_ok=True)
    return changed + gone


def _made_before(manifest: Path) -> list[Path]:
    try:
        names = manifest.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    # Whatever somebody wrote into it, nothing outside the folder is ours.
    return [manifest.parent / name for name in names if name and ".." not in name.split("/") and name[0] != "/"]
