"""The block with a chart: a picture for light and one for dark mode, both files of the repository."""

import html
from collections.abc import Mapping
from typing import Final

from startrack.readme import attributes
from startrack.readme.context import ChartSubject, Context
from startrack.wording import phrases

__all__ = ["ATTRIBUTES", "render", "subject"]


ATTRIBUTES: Final = ("of", "list", "repo")
"""The attributes of the block."""


def subject(values: Mapping[str, str], context: Context) -> ChartSubject:
    """Return what the chart of a block shows. Raises BlockError."""
    if "repo" in values:
        attributes.check(values, ("repo",))
        return ChartSubject(project=context.project(values["repo"]))
    attributes.check(values, ATTRIBUTES)
    attributes.choice("of", values.get("of"), ("movers",))
    return ChartSubject(list_name=attributes.list_name(values, context.report))


def render(values: Mapping[str, str], context: Context) -> list[str]:
    """Return the lines of the block. Raises BlockError."""
    shown = subject(values, context)
    address = html.escape(context.chart_address(shown))
    return [
        "<picture>",
        f'  <source media="(prefers-color-scheme: dark)" srcset="{address}-dark.svg">',
        f'  <img alt="{html.escape(_description(shown))}" src="{address}-light.svg">',
        "</picture>",
    ]


def _description(shown: ChartSubject) -> str:
    if shown.project:
        return f"Stars of {phrases.plain(shown.project.title)} over time"
    return "Stars gained by the fastest rising projects" + (f" of {shown.list_name}" if shown.list_name else "")
