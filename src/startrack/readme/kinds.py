"""The kinds of blocks, the function that renders each, and what a block may show of two reports."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from startrack.errors import BlockError
from startrack.lists import selection
from startrack.model.cadence import Cadence, MinChange, parse_min_change
from startrack.model.report import Report
from startrack.model.repository import name_key
from startrack.readme import attributes, charts, counts, digest, health, markdown, movers, sections, tables, updated
from startrack.readme.context import Context
from startrack.readme.markers import COUNT, Block, quoted
from startrack.readme.quiet import Candidate, Shown
from startrack.trends import membership

__all__ = ["RENDERERS", "ROUNDED", "Offers", "Settings", "is_unlisted", "render"]


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


ROUNDED: Final = frozenset({"table", "movers", "sections", "digest", COUNT})
"""The kinds that round figures unless their attributes say `figures=exact`."""

_RANKED: Final = frozenset({"table", "movers"})
"""The kinds whose rows are the first ones of a ranking."""


_DIGEST: Final = "digest"
"""The kind whose text is final: it is about a week that has ended."""


@dataclass(frozen=True, slots=True)
class Settings:
    """When a block changes."""

    cadence: Cadence
    min_change: MinChange

    def of(self, block: Block) -> tuple["Settings", Block]:
        """Return the settings of a block, and the block without their attributes. Raises BlockError.

        A digest is weekly where its attributes do not say otherwise and the configuration says monthly.
        """
        values = dict(block.attributes)
        cadence = attributes.choice("cadence", values.pop("cadence", None), list(Cadence))
        if block.kind == _DIGEST and cadence is None and self.cadence is Cadence.MONTHLY:
            cadence = Cadence.WEEKLY
        value = values.pop("min_change", self.min_change)
        try:
            min_change = parse_min_change(value)
        except ValueError as error:
            raise BlockError(f"invalid min_change {value!r}; {error}") from error
        return Settings(Cadence(cadence or self.cadence), min_change), replace(block, attributes=values)


@dataclass(frozen=True, slots=True)
class Offers:
    """Offers the blocks of a file what they may show; `settings` are those of blocks without attributes for it.

    `contexts` returns those of the reports of a cadence, of the period's first run and the newest: the same object
    twice if these are one report.
    """

    contexts: Callable[[Cadence], tuple[Context, Context]]
    settings: Settings

    def of(self, block: Block) -> Candidate:
        """Return what a block may show. Raises BlockError."""
        settings, plain = self.settings.of(block)
        is_number = plain.kind == COUNT and counts.is_number_of_projects(plain.attributes)
        first, newest = self.contexts(settings.cadence)
        if is_unlisted(plain, newest):
            lines = _UNLISTED if plain.is_inline else tuple(newest.ignored_by_linter(_UNLISTED))
            current = period = Shown(lines, lines)
        else:
            current = _shown_now(plain, newest)
            period = current if first is newest else _shown_before(plain, first)
            if plain.kind == _DIGEST and period.lines:
                current = period  # a later week belongs to the next period
        min_change = MinChange(percent=0) if is_number else settings.min_change
        return Candidate(block.content, period, current, settings.cadence, min_change)


_OF_REPOSITORY: Final = frozenset({COUNT, "chart"})
"""The kinds that may show one repository."""

_UNLISTED: Final = (markdown.unknown("not in a list"),)


def is_unlisted(block: Block, context: Context) -> bool:
    """Return whether a figure or chart that was filled before is of a repository that is in no list any more.

    That is no mistake in the comment, so it must not end every later build. A comment with nothing behind it was just
    written; there it is an error.
    """
    if block.kind not in _OF_REPOSITORY or not any(block.content) or not context.report.projects:
        return False
    repo = block.attributes.get("repo")
    return repo is not None and name_key(repo) not in context.projects_by_name


def _shown_now(block: Block, context: Context) -> Shown:
    """Return what the newest report says in a block. Raises BlockError, with the new name of a renamed section."""
    try:
        return _shown(block, context)
    except BlockError as error:
        section = block.attributes.get("section")
        new = _new_section(block, section, context.report) if section else ""
        if not new:
            raise
        advice = f"the projects that it shows are in the section {new!r} now; write section={quoted(new)}"
        raise BlockError(f"unknown section {section!r}; {advice}") from error


_MOST: Final = 0.75
"""The share of the projects of a block that must be in a section now to take it for the one that was renamed."""


def _new_section(block: Block, section: str, report: Report) -> str:
    """Return the section in which the projects of a block are now, empty if its own is there or if that is not clear.

    A heading that contains all sections says nothing.
    """
    list_name = block.attributes.get("list")
    shown = set(markdown.urls("\n".join(block.content)))
    paths_by_project = [
        ({path for name, entry in project.places if list_name in (None, name) for path in entry.section_paths}, project)
        for project in report.projects
    ]
    every_path = {path for paths, _ in paths_by_project for path in paths}
    if any(membership.is_in_section(path, section) for path in every_path):
        return ""
    moved = [paths for paths, project in paths_by_project if paths and markdown.address(project) in shown]
    numbers = Counter(part for paths in moved for part in {part for path in paths for part in _beginnings(path)})
    near = [part for part, number in numbers.items() if number >= _MOST * len(moved)]
    parts = [part for part in near if any(path[: len(part)] != part for path in every_path)]
    return selection.find_selector(max(parts, key=len), every_path, allows=str.isprintable) if parts else ""


def _beginnings(path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return (path[:length] for length in range(1, len(path) + 1))


def _shown_before(block: Block, context: Context) -> Shown:
    """Return what an earlier report says in a block: nothing if it had no such list, section or repository."""
    try:
        return _shown(block, context)
    except BlockError:
        return Shown((), ())


def _shown(block: Block, context: Context) -> Shown:
    lines = exact = tuple(render(block, context))
    if block.kind in ROUNDED and block.attributes.get("figures") != "exact":
        exact = tuple(render(replace(block, attributes={**block.attributes, "figures": "exact"}), context))
    return Shown(lines, exact, _choices(block.attributes, context) if block.kind in _RANKED else frozenset())


def _choices(values: Mapping[str, str], context: Context) -> frozenset[str]:
    """Return the URLs of the projects of the block's list and section."""
    report = context.report
    _, chosen = attributes.projects(report, attributes.list_name(values, report), values.get("section"))
    return frozenset(filter(None, map(markdown.address, chosen)))
