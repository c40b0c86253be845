"""The kinds of blocks, and the function that renders each."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from startrack.model.changes import RankBy
from startrack.model.report import SiteReport
from startrack.readme import counts, tables, updated
from startrack.readme.blocks import COUNT, Block

__all__ = ["RENDERERS", "Context", "render"]


@dataclass(frozen=True, slots=True)
class Context:
    """What a block shows: a report, and the ranking of the configuration."""

    report: SiteReport
    sort: RankBy


Renderer = Callable[[Mapping[str, str], Context], list[str]]
"""Returns the lines of a block for its attributes. Raises BlockError that names the attribute which is wrong."""


def render(block: Block, context: Context) -> list[str]:
    """Return the lines of a block, or the one text of a figure in a sentence. Raises BlockError."""
    return RENDERERS[block.kind](block.attributes, context)


def _table(attributes: Mapping[str, str], context: Context) -> list[str]:
    return tables.render(context.report, tables.parse_spec(attributes, context.report, context.sort))


RENDERERS: Final[Mapping[str, Renderer]] = {
    "table": _table,
    "updated": lambda attributes, context: updated.render(attributes, context.report),
    COUNT: lambda attributes, context: counts.render(attributes, context.report),
}
"""The function that renders each kind, by the word in the comment."""
