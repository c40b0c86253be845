"""Puts the markers of new blocks into a Markdown file, at places where they change nothing else."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from startrack.errors import BlockError
from startrack.lists import edits, outline, positions
from startrack.lists.outline import Outline, TopBlock
from startrack.readme import blocks, markers

__all__ = [
    "END",
    "Place",
    "Text",
    "above_projects",
    "above_sections",
    "below_heading",
    "insert",
    "open_text",
    "opening",
]

END = "<!-- startrack:end -->"
"""The closing marker of every block."""

_CONTENTS = re.compile(r"\W*(?:table of contents|contents|index|toc|categories|menu)\W*", re.IGNORECASE)
_LINE_LENGTH = 80
_BLANK = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Text:
    """A Markdown file: its name in messages, its bytes, and its outline."""

    name: str
    data: bytes
    outline: Outline


@dataclass(frozen=True, slots=True)
class Place:
    """The 0-based line before which the markers of a block stand, and the opening marker."""

    line: int
    opening: str


def open_text(data: bytes, name: str) -> Text:
    """Read a Markdown file.

    Raises BlockError if it has malformed markers, and WriteError if it is no UTF-8 or has a merge conflict.
    """
    edits.check_editable(data, name)
    blocks.parse(data, name)
    text = _plain(data)
    return Text(name, data, outline.read(text, blocks.block_lines(text, name)))


def opening(kind: str, attributes: Mapping[str, str]) -> str | None:
    """Return the opening marker of a block, `None` if a value cannot stand in a marker."""
    words = [f"{key}={markers.quoted(value)}" for key, value in attributes.items()]
    marker = f"<!-- startrack:{' '.join((kind, *words))}"
    # markdownlint accepts a longer line if it has no blank after this length.
    marker += " -->" if len(marker) + len(" -->") <= _LINE_LENGTH else "-->"
    try:
        (block,) = blocks.parse(f"{marker}\n{END}\n".encode(), "").blocks
    except (BlockError, ValueError):
        return None
    return marker if marker.isprintable() and dict(block.attributes) == dict(attributes) else None


def below_heading(text: Text, path: tuple[str, ...], first_project: int) -> int | None:
    """Return the line below the heading of a section, and below its description if that names no project.

    `first_project` is the 0-based line of the first project in it. The result is `None` if there is no safe place.
    """
    line = text.outline.headings.get(path)
    heading = text.outline.block_at(line) if line is not None else None
    if heading is None:
        return None
    candidates = [heading.end, *_below_description(text.outline, heading, first_project)]
    return next((line for line in reversed(candidates) if text.outline.is_between(line)), None)


def _below_description(read: Outline, heading: TopBlock, first_project: int) -> Iterator[int]:
    """Yield the ends of the paragraphs below a heading; one that ends with a colon belongs to what follows."""
    block = read.after(heading)
    while block and block.kind == "paragraph" and not block.text.endswith(":"):
        # A description in italics may link to other lists.
        if block.end > first_project and not re.fullmatch(r"([_*])(?![_*]).*\1", block.text, re.DOTALL):
            return
        yield block.end
        block = read.after(block)


def above_projects(text: Text, first_project: int) -> int | None:
    """Return the line above the first section with projects, or above the projects of a list without sections."""
    blocks_before = [block for block in text.outline.blocks if block.start <= first_project]
    if not blocks_before:
        return None
    above = [blocks_before[-1]]
    if sections := [block for block in blocks_before if _is_section(block)]:
        # A heading that only has sections below it goes with the first of them.
        above = [*_headings_above(text.outline, sections[-1]), *above]
    lines = (_start(text.outline, block) for block in above)
    return next((line for line in lines if line and text.outline.is_between(line)), None)


def _start(read: Outline, block: TopBlock) -> int:
    """Return the line at which a block begins, with comments and anchors directly above it."""
    before = read.before(block)
    if before and before.end == block.start and (before.kind == "html_block" or before.text.startswith("<")):
        return _start(read, before)
    return block.start


def _headings_above(read: Outline, section: TopBlock) -> Sequence[TopBlock]:
    """Return a heading and those directly above it, the outermost first."""
    before = read.before(section)
    return [*(_headings_above(read, before) if before and _is_section(before) else ()), section]


def _is_section(block: TopBlock) -> bool:
    return block.kind == "heading" and block.level > 1


def above_sections(text: Text) -> int:
    """Return the line above the first section that is no table of contents, or the end of the file."""
    sections = (block for block in text.outline.blocks if _is_section(block) and not _CONTENTS.fullmatch(block.text))
    lines = (_start(text.outline, block) for block in sections)
    end = len(positions.split_lines(_plain(text.data)))
    return next((line for line in lines if line and text.outline.is_between(line)), end)


def insert(text: Text, places: Sequence[Place]) -> bytes:
    """Return the bytes of a file with markers at these places, each with an empty line around it.

    All other bytes stay. Raises BlockError if Markdown would read anything else in the file in another way.
    """
    lines = positions.split_lines(_decode(text.data))
    for place in sorted(places, key=lambda place: place.line, reverse=True):
        lines[place.line : place.line] = _marker_lines(lines, place)
    data = "".join(lines).encode("utf-8", errors="surrogateescape")
    left_out = [END, *(place.opening for place in places)]
    if outline.skeleton(_plain(text.data), left_out) != outline.skeleton(_plain(data), left_out):
        raise BlockError(f"{text.name} would read differently with markers; put them in by hand")
    return data


def _marker_lines(lines: list[str], place: Place) -> Iterator[str]:
    """Yield what to insert: the two markers, and empty lines where there are none yet."""
    before, after = lines[: place.line], lines[place.line :]
    ending = next((_ending(line) for line in (*reversed(before[-1:]), *lines) if _ending(line)), "\n")
    if before and not _ending(before[-1]):
        yield ending
    if before and before[-1].removeprefix("\ufeff").strip(_BLANK):
        yield ending
    yield place.opening + ending
    if after:
        yield END + ending
        if after[0].strip(_BLANK):
            yield ending
    else:
        yield END + (ending if before and _ending(before[-1]) else "")


def _ending(line: str) -> str:
    return line[len(line.rstrip("\r\n")) :]


def _decode(data: bytes) -> str:
    return data.decode("utf-8", errors="surrogateescape")


def _plain(data: bytes) -> str:
    """Return the text as Markdown is parsed: without a byte order mark, its lines end with a line feed."""
    return positions.with_line_feeds(_decode(data).removeprefix("\ufeff"))
