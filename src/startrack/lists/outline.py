"""A Markdown file as the blocks of its top level and the sections they make: where something can stand between them."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from startrack.lists import html, markdown
from startrack.lists.document import BlockKind, DocumentBuilder, HeadingPath

__all__ = [
    "Outline",
    "TopBlock",
    "read",
    "skeleton",
]

# Comments with which programs mark the text that they write: `ALL-CONTRIBUTORS-LIST:START`, `START doctoc`, `toc`.
_BEGIN = re.compile(
    r"<!--\s*(?:(?:start|begin)\b|toc\s*-->|startrack:(?!end\b)|.*(?:[:_-]|\s)(?:start|begin)\s*-->"
    r"|\S*[:_-](?:start|begin)\b)",
    re.IGNORECASE | re.DOTALL,
)
_END = re.compile(
    r"<!--\s*(?:(?:end|stop)\b|tocstop\s*-->|startrack:end\b|.*(?:[:_-]|\s)(?:end|stop)\s*-->"
    r"|\S*[:_-](?:end|stop)\b)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class TopBlock:
    """A block that is in no other: its kind as markdown-it names it, its 0-based lines, and its Markdown if it is text.

    `end` is the line after the last one. `level` is that of a heading, else 0.
    """

    kind: str
    start: int
    end: int
    text: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True)
class Outline:
    """What a text consists of, by 0-based lines.

    `title` is its first top heading as plain text. `headings` has the line of the first heading of each section path.
    `closed` are the first and last lines of what must stay whole: HTML elements, texts of other programs, front matter.
    """

    title: str
    blocks: tuple[TopBlock, ...]
    headings: Mapping[tuple[str, ...], int]
    closed: tuple[tuple[int, int], ...]

    def is_between(self, line: int) -> bool:
        """Return whether new lines before this one would stand between two blocks of the top level."""
        in_block = any(block.start < line < block.end for block in self.blocks)
        return not in_block and not any(first < line <= last for first, last in self.closed)

    def block_at(self, line: int) -> TopBlock | None:
        """Return the block that has this line, `None` for a line between blocks."""
        return next((block for block in self.blocks if block.start <= line < block.end), None)

    def before(self, block: TopBlock) -> TopBlock | None:
        """Return the block before one, `None` before the first one."""
        return next((other for other in reversed(self.blocks) if other.end <= block.start), None)

    def after(self, block: TopBlock) -> TopBlock | None:
        """Return the next block, `None` after the last one."""
        return next((other for other in self.blocks if other.start >= block.end), None)


def read(text: str, ignored: frozenset[int] = frozenset()) -> Outline:
    """Return the outline of a Markdown text whose lines end with a line feed.

    `ignored` are the 0-based numbers of lines whose headings are none.
    """
    tokens = markdown.tokens(text)
    front_matter = markdown.front_matter_lines(text)
    closed = (*([(0, front_matter - 1)] if front_matter else ()), *_elements(tokens))
    builder = markdown.parse(text, ignored)
    return Outline(builder.title, tuple(_blocks(tokens)), _headings(builder), closed)


def skeleton(text: str, left_out: Sequence[str]) -> list[tuple[str, str, str, int]]:
    """Return what Markdown makes of a text, to be compared, without HTML blocks that are one of `left_out`."""
    return [
        (token.type, token.tag, token.content.rstrip("\n"), token.level)
        for token in markdown.tokens(text)
        if token.type != "html_block" or token.content.strip() not in left_out
    ]


def _blocks(tokens: Sequence[Token]) -> Iterator[TopBlock]:
    for index, token in enumerate(tokens):
        if token.level == 0 and token.map and token.nesting >= 0:
            kind = token.type.removesuffix("_open")
            text = tokens[index + 1].content if kind in {"heading", "paragraph"} else ""
            yield TopBlock(kind, token.map[0], token.map[1], text, int(token.tag[1:]) if kind == "heading" else 0)


def _headings(builder: DocumentBuilder) -> dict[tuple[str, ...], int]:
    """Return the line of the heading at which each section begins."""
    lines: dict[tuple[str, ...], int] = {}
    heading_line: int | None = None
    seen: HeadingPath = ()
    for block in builder.blocks:
        path = builder.section_path(block)
        if heading_line is not None and block.headings != seen and path:
            lines.setdefault(path, heading_line)
        seen = block.headings
        if block.kind is BlockKind.HEADING:
            heading_line = next((inline.line - 1 for inline in block.inlines if hasattr(inline, "line")), None)
    return lines


def _elements(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Yield the first and last lines of HTML elements that have an end tag, and of regions between two comments."""
    opened: list[tuple[str, int]] = []
    open_names: Counter[str] = Counter()  # so that an end without a start costs no search
    for line, mark in _marks(tokens):
        if mark.is_end or (not mark.name and _END.match(mark.text)):
            while open_names[mark.name]:
                name, start = opened.pop()
                open_names[name] -= 1
                if name == mark.name:
                    yield start, line
                    break
        elif mark.name or _BEGIN.match(mark.text):
            opened.append((mark.name, line))
            open_names[mark.name] += 1


def _marks(tokens: Sequence[Token]) -> Iterator[tuple[int, html.Mark]]:
    """Yield the line of each tag and comment, and the mark."""
    for token in tokens:
        if token.type == "html_block" and token.map:
            for mark in html.find_marks(token.content):
                yield token.map[0] + token.content.count("\n", 0, mark.offset), mark
        for child in token.children or ():
            if child.type == "html_inline" and token.map:
                start = markdown.first_line(token) + token.content.count("\n", 0, child.meta.get("start", 0))
                for mark in html.find_marks(child.content):
                    yield start + child.content.count("\n", 0, mark.offset), mark
