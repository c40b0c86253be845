"""Parses Markdown as GitHub does: CommonMark with tables and strikethrough, below front matter.

From version 4.3 on, markdown-it-py takes linear time for hostile text, so there are no limits on the text here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from markdown_it import MarkdownIt, helpers, rules_block, rules_inline
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from startrack.lists import data_formats, html
from startrack.lists.document import BlockKind, BreakKind, DocumentBuilder
from startrack.lists.positions import (
    Origin,
    Place,
    Range,
    TextOrigin,
    cell_origin,
    line_origin,
    line_starts,
    with_line_feeds,
)
from startrack.model.lists import LinkKind

__all__ = [
    "code_lines",
    "first_line",
    "front_matter_lines",
    "parse",
    "tokens",
]


_Rule = Callable[[StateInline, bool], bool]
_BlockRule = Callable[[StateBlock, int, int, bool], bool]

# Inline rules whose tokens need a position; text between two of them begins where the first one ends.
_RULES_WITH_POSITION: dict[str, _Rule] = {
    "newline": rules_inline.newline,
    "escape": rules_inline.escape,
    "backticks": rules_inline.backtick,
    "link": rules_inline.link,
    "image": rules_inline.image,
    "autolink": rules_inline.autolink,
    "html_inline": rules_inline.html_inline,
    "entity": rules_inline.entity,
}
_RULES_WITH_TEXT: dict[str, _BlockRule] = {"lheading": rules_block.lheading, "paragraph": rules_block.paragraph}


def parse(text: str, ignored: frozenset[int] = frozenset()) -> DocumentBuilder:
    """Return the blocks of a Markdown text whose lines end with a line feed.

    `ignored` are the 0-based numbers of lines to leave out.
    """
    reader = _Reader(text, tokens(text))
    for token in _without_lines(tokens(text), ignored):
        reader.add(token)
    reader.builder.close_unnested()
    return reader.builder


@lru_cache(maxsize=4)
def tokens(text: str) -> Sequence[Token]:
    """Return the tokens of a text; cached, so that a README that is also a list is parsed only once."""
    skipped = front_matter_lines(text)
    return _parser().parse("\n" * skipped + "\n".join(text.split("\n")[skipped:]))


_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>[\w-]+[ \t]*:(?:.*\n)*?)(?:---|\.\.\.)[ \t]*(?:\n|\Z)")


def front_matter_lines(text: str) -> int:
    """Return how many lines the front matter has: YAML at the beginning, which GitHub shows beside the text.

    What is no mapping in YAML is text between two thematic breaks.
    """
    match = _FRONT_MATTER.match(text)
    if match is None or not data_formats.is_yaml_mapping(match["yaml"]):
        return 0
    return match[0].removesuffix("\n").count("\n") + 1


def first_line(token: Token) -> int:
    """Return the 0-based line on which the content of a block begins, 0 if that is not known."""
    return (token.map[0] if token.map else 0) + int(token.meta.get("skipped", 0))


def _without_lines(tokens: Sequence[Token], ignored: frozenset[int]) -> Iterator[Token]:
    """Yield the tokens, except those of blocks that consist only of ignored lines."""
    depth = 0  # of open blocks that are left out
    for token in tokens:
        if depth or (token.map and token.map[0] in ignored and ignored.issuperset(range(*token.map))):
            depth += token.nesting
        else:
            yield token


def _parser() -> MarkdownIt:
    """Return a parser for one text: it keeps notes of where the destinations of links are."""
    options = {"store_labels": True, "inline_definitions": True}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    # Escaped characters stay tokens of their own, because they are longer in the text.
    parser.disable("text_join")
    # Keep URLs as they are written, because entries and error messages show them.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    notes = _Notes()
    parser.helpers = notes  # type: ignore[assignment]
    for name, rule in _RULES_WITH_POSITION.items():
        noted = _record_note(rule, notes) if name in {"link", "image"} else rule
        parser.inline.ruler.at(name, _record_position(noted))
    parser.block.ruler.at("reference", _record_definition(notes))
    for name, block_rule in _RULES_WITH_TEXT.items():
        parser.block.ruler.at(name, _record_skipped_lines(block_rule))
    return parser


@dataclass(slots=True)
class _Note:
    """What a rule for links has read: where its label and its destination are, and the text with the destination."""

    label: Range | None = None
    destination: Range | None = None
    text: str = ""


class _Notes:
    """The helpers of the parser, which keep a note for each rule that is running; rules run inside each other."""

    def __init__(self) -> None:
        self.parseLinkTitle = helpers.parseLinkTitle
        self.open: list[_Note] = []

    def parseLinkLabel(self, state: StateInline, start: int, disableNested: bool = False) -> int:  # noqa: FBT001, FBT002, N802, N803 - markdown-it's signature
        end = helpers.parseLinkLabel(state, start, disableNested)
        # The second label of a rule is the name of a reference.
        self.open[-1].label = self.open[-1].label or (start + 1, end)
        return end

    def parseLinkDestination(self, text: str, start: int, maximum: int) -> Any:  # noqa: ANN401, N802 - as above
        destination = helpers.parseLinkDestination(text, start, maximum)
        if destination.ok:
            has_brackets = text[start] == "<"
            note = self.open[-1]
            note.text, note.destination = text, (start + has_brackets, destination.pos - has_brackets)
        return destination


def _record_position(rule: _Rule) -> _Rule:
    """Return a rule that also stores in its tokens where they begin and end in the text."""

    def run(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
        start, token_count = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent and (new_tokens := _new_tokens(state, token_count)):
            new_tokens[0].meta |= {"start": start, "whole": (start, state.pos)}
            new_tokens[-1].meta["end"] = state.pos
        return True

    return run


def _record_note(rule: _Rule, notes: _Notes) -> _Rule:
    """Return a rule for links or images, which also stores in its token what it has read."""

    def run(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - as above
        token_count = len(state.tokens)
        notes.open.append(_Note())
        matched = rule(state, silent)
        note = notes.open.pop()
        if matched and not silent:
            _new_tokens(state, token_count)[0].meta["note"] = note
        return matched

    return run


def _new_tokens(state: StateInline, token_count: int) -> list[Token]:
    """Return the tokens of a rule without the text before them, which it has added too."""
    tokens = state.tokens[token_count:]
    return tokens[1:] if tokens and tokens[0].type == "text" else tokens


def _record_skipped_lines(rule: _BlockRule) -> _BlockRule:
    """Return a rule for text, which also stores in its token how many lines at its beginning are not in its content.

    A line of no-break spaces or form feeds is not blank in Markdown, but markdown-it strips it from the content.
    """

    def run(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - as above
        if not rule(state, start_line, end_line, silent):
            return False
        if not silent:
            written = state.getLines(start_line, state.line, state.blkIndent, keepLastLF=False)
            block = state.tokens[-2]
            block.meta["skipped"] = written.count("\n", 0, written.find(block.content))
        return True

    return run


def _record_definition(notes: _Notes) -> _BlockRule:
    """Return the rule for definitions of references, which also stores in its token what it has read."""

    def run(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:  # noqa: FBT001 - as above
        notes.open.append(_Note())
        matched = rules_block.reference(state, start_line, end_line, silent)
        note = notes.open.pop()
        if matched and not silent:
            state.tokens[-1].meta["note"] = note
        return matched

    return run


class _Reader:
    """Adds the tokens of a text to a builder, with their lines and places."""

    def __init__(self, text: str, all_tokens: Sequence[Token]) -> None:
        self.builder = DocumentBuilder()
        self._lines = text.split("\n")
        self._starts = line_starts(self._lines)
        self._line, self._quote_depth = 1, 0
        self._heading_markup = ""
        self._cell_cursor: int | None = None
        self._definitions: dict[str, Range | None] = {}
        for token in all_tokens:
            if token.type == "definition":
                self._definitions.setdefault(token.meta["id"], self._definition_place(token).url)

    def add(self, token: Token) -> None:
        """Add one token of the text."""
        self._line = first_line(token) + 1 if token.map else self._line
        self._quote_depth += token.nesting if token.tag == "blockquote" else 0
        match token.type:
            case "list_item_open" | "tr_open":
                self.builder.open_block(BlockKind.ITEM if token.tag == "li" else BlockKind.ROW)
            case "list_item_close" | "tr_close":
                self.builder.close_block()
            case "paragraph_open":
                self.builder.start_paragraph()
            case "td_open" | "th_open":
                self.builder.add_break(BreakKind.CELL)
            case "heading_open" | "heading_close":
                _add_heading(self.builder, token, quoted=self._quote_depth > 0)
            case "html_block":
                html.parse_block(self.builder, token.content, self._line, self._origin(token))
            case "inline":
                _InlineReader(self.builder, token, self._origin(token), self._definitions).read(self._line)
            case "definition":
                place = self._definition_place(token)
                self.builder.add_definition(token.meta["label"], token.meta["url"], self._line, place)
            case _:
                pass
        self._follow(token)

    def _follow(self, token: Token) -> None:
        """Remember what the next text is in: a row of a table, or a heading."""
        if token.type in {"tr_open", "tr_close"}:
            self._cell_cursor = 0 if token.nesting > 0 else None
        elif token.type == "heading_open":
            self._heading_markup = token.markup
        elif token.type == "heading_close":
            self._heading_markup = ""

    def _origin(self, token: Token) -> Origin:
        number = self._line - 1
        line, start = self._lines[number], self._starts[number]
        if self._cell_cursor is not None:
            origin, self._cell_cursor = cell_origin(token.content, line, start, self._cell_cursor)
            return origin
        if self._heading_markup.startswith("#"):
            # Behind the heading there can be only `#` and white space.
            return Origin((0,), (start + line.rfind(token.content),))
        return line_origin(token.content, self._lines, self._starts, number)

    def _definition_place(self, token: Token) -> Place:
        """Return where a definition is: from its bracket to the end of its last line."""
        first, end = token.map or (0, 0)
        note: _Note = token.meta["note"]
        origin = line_origin(note.text, self._lines, self._starts, first)
        element = origin.place(0), self._starts[end - 1] + len(self._lines[end - 1].rstrip())
        url = origin.range(*note.destination) if note.destination else None
        return Place(LinkKind.DEFINITION, element, url, reference=token.meta["id"])


def _add_heading(builder: DocumentBuilder, token: Token, *, quoted: bool) -> None:
    """Add a heading; one in a block quote begins no section."""
    level = int(token.tag[1:])
    if token.nesting < 0:
        builder.close_heading(level)
    elif quoted:
        builder.start_paragraph()
    else:
        builder.open_heading(level)


class _InlineReader:
    """Adds the text, links and images of one block to a builder."""

    def __init__(
        self, builder: DocumentBuilder, block: Token, origin: Origin, definitions: Mapping[str, Range | None]
    ) -> None:
        self._builder, self._block, self._origin, self._definitions = builder, block, origin, definitions
        self._pieces: list[tuple[str, int, int]] = []  # of the text that is not added yet: text, start and end
        self._text_line = 0

    def read(self, line: int) -> None:
        """Add the block, which begins on a line counted from 1."""
        content, offset, in_figure = self._block.content, 0, False
        for token in self._block.children or ():
            start = token.meta.get("start", offset)
            end = token.meta.get("end", start + _width(token))
            line += content.count("\n", offset, start)
            if token.type == "html_inline" and (comment := html.FIGURE_COMMENT.match(token.content)):
                in_figure = bool(comment["opening"])
            elif in_figure:
                pass
            elif token.type in {"text", "text_special"}:
                self._text_line = self._text_line if self._pieces else line
                self._pieces.append((token.content, start, end))
            else:
                self._add_text()
                self._add(token, line, start)
            line += content.count("\n", start, end)
            offset = end
        self._add_text()

    def _add_text(self) -> None:
        """Add the text that was collected. Escaped characters are longer where it was written."""
        if not self._pieces:
            return
        if len(self._pieces) == 1 and len(self._pieces[0][0]) == self._pieces[0][2] - self._pieces[0][1]:
            offsets: Sequence[int] = range(self._pieces[0][1], self._pieces[0][2] + 1)
        else:
            places = [
                range(start, end) if len(text) == end - start else [start] * len(text)
                for text, start, end in self._pieces
            ]
            offsets = [*chain.from_iterable(places), self._pieces[-1][2]]
        text = "".join(text for text, _, _ in self._pieces)
        self._builder.add_text(text, self._text_line, TextOrigin(self._origin, offsets))
        self._pieces.clear()

    def _add(self, token: Token, line: int, start: int) -> None:
        builder = self._builder
        match token.type:
            case "code_inline":
                builder.add_text(token.content, line, code=True)
            case "link_open":
                builder.open_link(str(token.attrs["href"]), line, self._place(token))
            case "link_close":
                builder.close_link()
            case "image":
                builder.add_image(str(token.attrs["src"]), _description(token), line, self._place(token))
            case "html_inline":
                html.parse_tag(builder, token.content, line, self._origin, start)
            case "softbreak" | "hardbreak":
                builder.add_break(BreakKind.SOFT if token.type == "softbreak" else BreakKind.LINE)
            case "strong_open" | "strong_close":
                builder.strong_depth += token.nesting
            case _:
                pass

    def _place(self, token: Token) -> Place:
        """Return the place of a link or an image."""
        start, end = token.meta["whole"]
        element = self._origin.range(start, end)
        if token.markup == "autolink":
            url = self._origin.range(start + 1, end - 1)
            return Place(LinkKind.AUTOLINK, element, url, url)
        note: _Note = token.meta["note"]
        label = self._origin.range(*note.label) if note.label else None
        is_image = token.type == "image"
        if reference := token.meta.get("label"):
            kind = LinkKind.REFERENCE_IMAGE if is_image else LinkKind.REFERENCE
            return Place(kind, element, self._definitions.get(reference), label, reference)
        destination = self._origin.range(*note.destination) if note.destination else None
        return Place(LinkKind.IMAGE if is_image else LinkKind.INLINE, element, destination, label)


_DELIMITERS = frozenset(f"{name}_{side}" for name in ("em", "strong", "s") for side in ("open", "close"))


def _width(token: Token) -> int:
    """Return the number of characters of a token whose end is not recorded; of a link it is the opening bracket."""
    if token.type == "link_open":
        return 1
    return len(token.markup if token.type in _DELIMITERS else token.content)


def _description(image: Token) -> str:
    return "".join(child.content for child in image.children or () if not child.children)


_CODE_TOKENS = ("fence", "code_block")


def code_lines(text: str) -> frozenset[int]:
    """Return the 0-based numbers of the lines in fenced and indented code blocks, at any nesting depth."""
    plain = with_line_feeds(text.removeprefix("\ufeff"))
    blocks = (token for token in tokens(plain) if token.type in _CODE_TOKENS and token.map)
    return frozenset(line for token in blocks for line in range(*token.map))  # type: ignore[misc]
