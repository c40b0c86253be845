"""Markdown as GitHub reads it (CommonMark with tables and strikethrough), walked into a page.

markdown-it-py takes linear time on hostile text from 4.3 on, so nothing here needs to guard against it.
"""

from collections.abc import Callable
from functools import cache

from markdown_it import MarkdownIt, rules_inline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from startrack.lists import html
from startrack.lists.document import BlockKind, BreakKind, DocumentBuilder

__all__ = [
    "code_lines",
    "parse",
]


_Rule = Callable[[StateInline, bool], bool]

# The rules whose tokens need a place; text between them has the place at which the one before ended.
_PLACED: dict[str, _Rule] = {
    "newline": rules_inline.newline,
    "escape": rules_inline.escape,
    "backticks": rules_inline.backtick,
    "link": rules_inline.link,
    "image": rules_inline.image,
    "autolink": rules_inline.autolink,
    "html_inline": rules_inline.html_inline,
}


def parse(text: str) -> DocumentBuilder:
    """Return the units of a Markdown text whose lines end with a line feed."""
    page = DocumentBuilder()
    line, quotes = 1, 0
    for token in _parser().parse(text):
        line = token.map[0] + 1 if token.map else line
        quotes += token.nesting if token.tag == "blockquote" else 0
        _block(page, token, line, quoted=quotes > 0)
    return page


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    # Addresses stay as they are written; what is no link to GitHub is of no interest.
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    for name, rule in _PLACED.items():
        parser.inline.ruler.at(name, _placed(rule))
    return parser


def _placed(rule: _Rule) -> _Rule:
    """Let a rule note in its tokens where in the text they begin and end."""

    def run(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - markdown-it's signature
        start, made = state.pos, len(state.tokens)
        done = rule(state, silent)
        new = state.tokens[made:] if done and not silent else []
        if new and new[0].type == "text":
            new = new[1:]
        if new:
            new[0].meta["start"] = start
            new[-1].meta["end"] = state.pos
        return done

    return run


# ── Blocks ───────────────────────────────────────────────────────────────────────────────────────────────


def _block(page: DocumentBuilder, token: Token, line: int, *, quoted: bool) -> None:
    match token.type:
        case "list_item_open" | "tr_open":
            page.open(BlockKind.ITEM if token.tag == "li" else BlockKind.ROW)
        case "list_item_close" | "tr_close":
            page.close()
        case "paragraph_open":
            page.paragraph()
        case "td_open" | "th_open":
            page.space(BreakKind.CELL)
        case "heading_open" | "heading_close":
            _heading(page, token, quoted=quoted)
        case "html_block":
            html.parse_block(page, token.content, line)
        case "inline":
            _inline(page, token, line)
        case _:
            pass


def _heading(page: DocumentBuilder, token: Token, *, quoted: bool) -> None:
    """Read a heading; a quoted one heads the quotation alone, so it begins no section."""
    level = int(token.tag[1:])
    if token.nesting < 0:
        page.close_heading(level)
    elif quoted:
        page.paragraph()
    else:
        page.open_heading(level)


# ── Inlines ──────────────────────────────────────────────────────────────────────────────────────────────


def _inline(page: DocumentBuilder, block: Token, line: int) -> None:
    at = 0
    for token in block.children or ():
        start, end = token.meta.get("start", at), token.meta.get("end", at)
        line += block.content.count("\n", at, start)
        _span(page, token, line)
        at = max(start, end)
        line += block.content.count("\n", start, at)


def _span(page: DocumentBuilder, token: Token, line: int) -> None:
    match token.type:
        case "text" | "text_special":
            page.text(token.content, line)
        case "code_inline":
            page.text(token.content, line, code=True)
        case "link_open":
            page.link(str(token.attrs["href"]), line)
        case "link_close":
            page.end_link()
        case "image":
            page.image(str(token.attrs["src"]), _description(token), line)
        case "html_inline":
            html.parse_tag(page, token.content, line)
        case "softbreak" | "hardbreak":
            page.space(BreakKind.SOFT if token.type == "softbreak" else BreakKind.LINE)
        case "strong_open" | "strong_close":
            page.strong += token.nesting
        case _:
            pass


def _description(image: Token) -> str:
    return "".join(child.content for child in image.children or () if not child.children)


_CODE = ("fence", "code_block")


def code_lines(text: str) -> frozenset[int]:
    """Return the 0-based numbers of the lines in code blocks, fenced or indented, wherever they are nested."""
    blocks = (token for token in MarkdownIt().parse(text) if token.type in _CODE and token.map)
    return frozenset(line for token in blocks for line in range(*token.map))  # type: ignore[misc]
