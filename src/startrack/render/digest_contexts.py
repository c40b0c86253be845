"""What the templates of the weekly digest are given."""

from dataclasses import dataclass

from startrack.render.contexts import Cell, Chip, Figure, Link, Shell

__all__ = ["Digest", "Digests", "Item", "Moved", "Ranking", "Story", "Week"]


@dataclass(frozen=True, slots=True)
class Moved:
    """One project of a week's ranking."""

    link: Link
    chips: tuple[Chip, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """One ranking of a week, with the sentence that stands in for it where nobody is on it."""

    slug: str
    title: str
    rows: tuple[Moved, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class Item:
    """One event: the day, the project, what is said of it, and the rest."""

    day: str
    link: Link
    label: str
    said: str
    detail: str


@dataclass(frozen=True, slots=True)
class Story:
    """The events of one sort."""

    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """One week; `markdown` is the same as a file."""

    shell: Shell
    heading: str
    name: str
    span: str
    figures: tuple[Figure, ...]
    rankings: tuple[Ranking, ...]
    stories: tuple[Story, ...]
    quiet: str
    others: tuple[Link, ...]
    markdown: str


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the index: where it is told, its days, and what it brought in a few words."""

    link: Link
    span: str
    gain: Cell
    told: str


@dataclass(frozen=True, slots=True)
class Digests:
    """All weeks that are told, newest first."""

    shell: Shell
    weeks: tuple[Week, ...]
