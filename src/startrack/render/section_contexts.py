"""What the template of the sections page is given, and nothing else."""

from dataclasses import dataclass

from startrack.render.contexts import Cell, Link, Shell
from startrack.render.page_contexts import SectionRow

__all__ = [
    "Area",
    "Group",
    "Key",
    "Level",
    "Member",
    "PortraitRow",
    "Quadrants",
    "Sections",
    "SectionsOf",
    "Tile",
    "Treemap",
]


@dataclass(frozen=True, slots=True)
class PortraitRow:
    """What one section is made of; the link leads to its line."""

    link: Link
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """One colour of the treemap, by its number, and what it stands for."""

    tone: int
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """One heading that the treemap can be narrowed to; `node` names it in the chart."""

    node: str
    path: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One project of the treemap's table."""

    link: Link
    label: str
    stars: Cell
    gain: Cell
    percent: Cell


@dataclass(frozen=True, slots=True)
class Area:
    """One section of the treemap's table."""

    path: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Treemap:
    """Stars by section and project; `sentence` says what the colours speak of, or why they do not."""

    sentence: str
    keys: tuple[Key, ...]
    levels: tuple[Level, ...]
    areas: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class Member:
    """One project of a quadrant with its two figures."""

    link: Link
    label: str
    stars: Cell
    commits: Cell


@dataclass(frozen=True, slots=True)
class Group:
    """One quadrant and its projects."""

    title: str
    below: str
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Quadrants:
    """Interest against work; without groups where nothing is known, and `sentence` says why."""

    sentence: str
    groups: tuple[Group, ...]
    unknown: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SectionsOf:
    """The sections of one list; `data` names the file of its charts, empty where nothing has been counted."""

    name: str
    label: str
    anchor: str
    momentum: tuple[SectionRow, ...]
    work: str
    portraits: tuple[PortraitRow, ...]
    treemap: Treemap
    quadrants: Quadrants
    data: str


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of every list; `windows` are those of momentum."""

    shell: Shell
    windows: tuple[str, ...]
    lists: tuple[SectionsOf, ...]
