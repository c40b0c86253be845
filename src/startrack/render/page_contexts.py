"""What the template of each page is given, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from markupsafe import Markup

from startrack.render.contexts import Cell, Chip, Fact, Figure, Link, Shell
from startrack.render.story_contexts import Story
from startrack.render.table_contexts import Filter

__all__ = [
    "Bar",
    "Board",
    "Column",
    "Counting",
    "Example",
    "Mover",
    "Movers",
    "Overview",
    "Place",
    "ProjectPage",
    "Query",
    "Row",
    "RunRow",
    "SectionGroup",
    "SectionOption",
    "SectionRow",
    "Table",
    "Typical",
    "WindowRow",
]

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Mover:
    """One project of a board, with what it gained or lost, or what became of it, and a word on that."""

    link: Link
    chips: tuple[Chip, ...]
    figure: Cell
    aside: str


@dataclass(frozen=True, slots=True)
class Board:
    """The first few of one ranking."""

    title: str
    movers: tuple[Mover, ...]


@dataclass(frozen=True, slots=True)
class Movers:
    """Boards that belong together; `coverage` says of what they are, or why there are none.

    `quiet` says in a sentence each what the boards that are left out would have shown.
    """

    title: str
    coverage: str
    boards: tuple[Board, ...] = ()
    quiet: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; `sorted` is its `aria-sort` as the page arrives."""

    title: str
    note: str = ""
    sorted: str = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """One project of the table.

    `places` are the numbers of the section options it belongs to, `states` the words that filters know it by.
    """

    link: Link
    description: str
    chips: tuple[Chip, ...]
    section: str
    section_path: str
    language: str
    license: str
    states: str
    places: str
    cells: tuple[Cell, ...]
    spark: Markup


@dataclass(frozen=True, slots=True)
class SectionOption:
    """One choice of the section filter; `key` names it in addresses, `depth` counts the headings above it."""

    number: int
    key: str
    title: str
    depth: int


@dataclass(frozen=True, slots=True)
class SectionGroup(Generic[Item]):
    """The sections of one list."""

    name: str
    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The table of all projects."""

    columns: tuple[Column, ...]
    rows: Sequence[Row] = field(repr=False)
    sections: tuple[SectionGroup[SectionOption], ...]
    filters: tuple[Filter, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that grows right from `x` for a gain, or left to it for a loss, in hundredths of its box.

    `kind` is its CSS class: "loss", and "thin" where it speaks for less than half of its section.
    """

    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    """How one section moved: its change over each window, and a bar for the first of them."""

    path: str
    cells: tuple[Cell, ...]
    bar: Bar | None
    coverage: str


@dataclass(frozen=True, slots=True)
class Overview:
    """All lists together, or one of them."""

    shell: Shell
    heading: str
    sources: tuple[Link, ...]
    figures: tuple[Figure, ...]
    notices: tuple[str, ...]
    unseen: tuple[Fact, ...]
    unseen_title: str
    movers: tuple[Movers, ...]
    table: Table
    plotted: str
    unplotted: str
    retained: str
    taken_back: str
    windows: tuple[str, ...]
    sections: tuple[SectionGroup[SectionRow], ...]
    all_sections: Link


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One window of a project page; a single cell with the reason where its change is not known."""

    window: str
    cells: tuple[Cell, ...]
    since: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list names the project."""

    list: Link
    label: str
    title: str
    sections: tuple[str, ...]
    line: int
    url: Link


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """One project."""

    shell: Shell
    owner: str
    name: str
    chips: tuple[Chip, ...]
    label: str
    description: str
    topics: tuple[str, ...]
    github: str
    notices: tuple[str, ...]
    namesakes: tuple[Link, ...]
    figures: tuple[Figure, ...]
    windows: tuple[WindowRow, ...]
    csv: str
    retained_csv: str
    history: str
    retained: str
    places: tuple[Place, ...]
    facts: tuple[Fact, ...]
    story: Story


@dataclass(frozen=True, slots=True)
class Typical:
    """The K of *rising* for one list."""

    name: str
    label: str
    stars: str


@dataclass(frozen=True, slots=True)
class Example:
    """One formula worked out step by step, on what `link` leads to, `over` what."""

    link: Link
    label: str
    over: str
    steps: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run: when, how it ended, and what it saw."""

    started: str
    status: str
    counted: str
    missing: str
    requests: str
    points: str
    took: str


@dataclass(frozen=True, slots=True)
class Query:
    """One question in SQL: of the database, or of the files beside the pages."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Counting:
    """How the figures come about; `stored` are questions to the database, `filed` to the downloads."""

    shell: Shell
    typical: tuple[Typical, ...]
    windows: tuple[Fact, ...]
    burst: str
    examples: tuple[Example, ...]
    runs: tuple[RunRow, ...]
    downloads: tuple[Fact, ...]
    stored: tuple[Query, ...]
    filed: tuple[Query, ...]
    gap_factor: int
    spark_days: int
