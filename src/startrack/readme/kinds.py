"""The kinds of blocks, and the function that renders each."""

from collections.abc import Callable, Mapping
from typing import Final

from startrack.readme import charts, counts, digest, health, movers, sections, tables, updated
from startrack.readme.blocks import COUNT, Block
from startrack.readme.context import Context

__all__ = ["RENDERERS", "render"]


Renderer = Callable[[Mapping[str, str], Context], list[str]]
"""Returns the lines of a block for its attributes. Raises BlockError that names the attribute which is wrong."""

RENDERERS: Final[Mapping[str, Renderer]] = {
    "table": tables.render,
    "movers": movers.render,
    "sections": sections.render,
    "digest": digest.render,
    "health": health.render,
    "chart": charts.render,
    "updated": updated.render,
    COUNT: counts.render,
}
"""The function that renders each kind, by the word in the comment."""


def render(block: Block, context: Context) -> list[str]:
    """Return the lines of a block, or the one text of a figure in a sentence. Raises BlockError."""
    lines = RENDERERS[block.kind](block.attributes, context)
    return lines if block.is_inline else context.ignored_by_linter(lines)
