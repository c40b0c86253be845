"""The block with the digest of the last week that has ended."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from startrack.model.changes import WEEK_WINDOW
from startrack.readme import attributes, markdown, movers
from startrack.readme.context import Context
from startrack.readme.weekly import WeeklyDigest, weekly_digest
from startrack.trends.ranking import ProjectGain
from startrack.wording import figures

__all__ = ["ATTRIBUTES", "render"]


ATTRIBUTES: Final = ("list", "limit", "figures")
"""The attributes of the block."""

_DEFAULT_LIMIT: Final = 3


def render(values: Mapping[str, str], context: Context) -> list[str]:
    """Return the lines of the block. Raises BlockError."""
    attributes.check(values, ATTRIBUTES)
    report = context.report
    list_name, limit = attributes.list_name(values, report), attributes.limit(values, _DEFAULT_LIMIT)
    if not report.weeks:
        return ["No week has ended since the first count."]
    names = [listed.name for listed in report.lists] if list_name is None else [list_name]
    digest = weekly_digest(report.weeks[0], names)
    lines = _digest(digest, context, limit, is_exact=attributes.is_exact(values))
    projects, _ = attributes.projects(report, list_name, None)
    return [*lines, "", markdown.footnote(*markdown.label_notes(projects), f"{digest.span}, UTC")]


def _digest(digest: WeeklyDigest, context: Context, limit: int | None, *, is_exact: bool) -> Iterator[str]:
    gain = markdown.signed(digest.gain, is_exact=is_exact)
    yield f"<b>{digest.title}</b>: {gain} stars, {digest.known}"
    for title, gains in (("Rising", digest.rising), ("Most lost", digest.losing)):
        yield from _group(title, [_gain(gain, context, is_exact=is_exact) for gain in gains[:limit]])
    for group in digest.groups:
        lines = [markdown.event(event, context.link(event)) for event in group.events[:limit]]
        more = len(group.events) - len(lines)
        yield from _group(group.title, [*lines, f"and {figures.number(more)} more"] if more else lines)


def _gain(project_gain: ProjectGain, context: Context, *, is_exact: bool) -> str:
    return movers.mover(*project_gain, WEEK_WINDOW, context, is_exact=is_exact)


def _group(title: str, lines: Sequence[str]) -> Iterator[str]:
    """Yield lines below a title; nothing without lines."""
    if lines:
        yield ""
        yield from markdown.lines([f"<b>{title}</b>", *lines])
