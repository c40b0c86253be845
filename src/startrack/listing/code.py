"""Which lines of a Markdown text are code: what stands there is shown, not meant."""

from markdown_it import MarkdownIt

__all__ = ["code_lines"]

_CODE = ("fence", "code_block")


def code_lines(text: str) -> frozenset[int]:
    """Return the 0-based numbers of the lines in code blocks, fenced or indented, wherever they are nested."""
    blocks = (token for token in MarkdownIt().parse(text) if token.type in _CODE and token.map)
    return frozenset(line for token in blocks for line in range(*token.map))  # type: ignore[misc]
