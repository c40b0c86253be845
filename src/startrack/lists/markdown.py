"""Parses Markdown as GitHub does: CommonMark with tables and strikethrough.

From version 4.3 on, markdown-it-py takes linear time for hostile text, so there are no limits on the text here.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, lru_cache

from markdown_it import MarkdownIt, rules_inline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from startrack.lists import html
from startrack.lists.document import BlockKind, BreakKind, DocumentBuilder

__all__ = [
    "code_lines",
    "parse",
    "tokens",
]


_Rule = Callable[[StateInline, bool], bool]

# Inline rules whose tokens need a position; text between two of them begins where the first one ends.
_RULES_WITH_POSITION: dict[str, _Rule] = {
    "newline": rules_inline.newline,
    "escape": rules_inline.escape,
    "backticks": rules_inline.backtick,
    "link": rules_inline.link,
    "image": rules_inline.image,
    "autolink": rules_inline.autolink,
    "html_inline": rules_inline.html_inline,
}


def parse(text: str, ignored: frozenset[int] = frozenset()) -> DocumentBuilder:
    """Return the blocks of a Markdown text whose lines end with a line feed.

    `ignored` are the 0-based numbers of lines to leave out.
    """
    builder = DocumentBuilder()
    line, quote_depth = 1, 0
    for token in _without_lines(tokens(text), ignored):
        line = token.map[0] + 1 if token.map else line
        quote_depth += token.nesting if token.tag == "blockquote" else 0
        _add_block(builder, token, line, quoted=quote_depth > 0)
    return builder


@lru_cache(maxsize=4)
def tokens(text: str) -> Sequence[Token]:
    """Return the tokens of a text; cached, so that a README that is also a list is parsed only once."""
    return _parser().parse(text)


def _without_lines(tokens: Sequence[Token], ignored: frozenset[int]) -> Iterator[Token]:
    """Yield the tokens, except those of blocks that consist only of ignored lines."""
    depth = 0  # of open blocks that are left out
    for token in tokens:
        if depth or (token.map and token.map[0] in ignored and ignored.issuperset(range(*token.map))):
            depth += token.nesting
        else:
            yield token


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # Keep URLs as they are written, because entries and error messages show them.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    for name, rule in _RULES_WITH_POSITION.items():
        parser.inline.ruler.at(name, _record_position(rule))
    return parser


def _record_position(rule: _Rule) -> _Rule:
    """Return a rule that also stores in its tokens where they begin and end in the text."""

    def run(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
        start, token_count = state.pos, len(state.tokens)
        matched = rule(state, silent)
        new_tokens = state.tokens[token_count:] if matched and not silent else []
        if new_tokens and new_tokens[0].type == "text":
            new_tokens = new_tokens[1:]
        if new_tokens:
            new_tokens[0].meta["start"] = start
            new_tokens[-1].meta["end"] = state.pos
        return matched

    return run


def _add_block(builder: DocumentBuilder, token: Token, line: int, *, quoted: bool) -> None:
    match token.type:
        case "list_item_open" | "tr_open":
            builder.open_block(BlockKind.ITEM if token.tag == "li" else BlockKind.ROW)
        case "list_item_close" | "tr_close":
            builder.close_block()
        case "paragraph_open":
            builder.start_paragraph()
        case "td_open" | "th_open":
            builder.add_break(BreakKind.CELL)
        case "heading_open" | "heading_close":
            _add_heading(builder, token, quoted=quoted)
        case "html_block":
            html.parse_block(builder, token.content, line)
        case "inline":
            _add_inlines(builder, token, line)
        case _:
            pass


def _add_heading(builder: DocumentBuilder, token: Token, *, quoted: bool) -> None:
    """Add a heading; one in a block quote begins no section."""
    level = int(token.tag[1:])
    if token.nesting < 0:
        builder.close_heading(level)
    elif quoted:
        builder.start_paragraph()
    else:
        builder.open_heading(level)


# The comments around a figure that startrack fills in: see readme/blocks.py. The figure is no text of the list.
_FIGURE = re.compile(r"<!--[ \t]*(?:(?P<opening>startrack:count\b)|startrack:end\b|/startrack\b)")


def _add_inlines(builder: DocumentBuilder, block: Token, line: int) -> None:
    position, in_figure = 0, False
    for token in block.children or ():
        start, end = token.meta.get("start", position), token.meta.get("end", position)
        line += block.content.count("\n", position, start)
        if token.type == "html_inline" and (comment := _FIGURE.match(token.content)):
            in_figure = bool(comment["opening"])
        elif not in_figure:
            _add_inline(builder, token, line)
        position = max(start, end)
        line += block.content.count("\n", start, position)


def _add_inline(builder: DocumentBuilder, token: Token, line: int) -> None:
    match token.type:
        case "text" | "text_special":
            builder.add_text(token.content, line)
        case "code_inline":
            builder.add_text(token.content, line, code=True)
        case "link_open":
            builder.open_link(str(token.attrs["href"]), line)
        case "link_close":
            builder.close_link()
        case "image":
            builder.add_image(str(token.attrs["src"]), _description(token), line)
        case "html_inline":
            html.parse_tag(builder, token.content, line)
        case "softbreak" | "hardbreak":
            builder.add_break(BreakKind.SOFT if token.type == "softbreak" else BreakKind.LINE)
        case "strong_open" | "strong_close":
            builder.strong_depth += token.nesting
        case _:
            pass


def _description(image: Token) -> str:
    return "".join(child.content for child in image.children or () if not child.children)


_CODE_TOKENS = ("fence", "code_block")


def code_lines(text: str) -> frozenset[int]:
    """Return the 0-based numbers of the lines in fenced and indented code blocks, at any nesting depth."""
    plain = re.sub(r"\r\n?", "\n", text.removeprefix("\ufeff"))
    blocks = (token for token in tokens(plain) if token.type in _CODE_TOKENS and token.map)
    return frozenset(line for token in blocks for line in range(*token.map))  # type: ignore[misc]
