"""What the template of the health page is given, and nothing else."""

from dataclasses import dataclass

from startrack.render.contexts import Cell, Chip, Link, Shell

__all__ = ["FindingRow", "Health", "KindOf", "PlaceOf", "Tally"]


@dataclass(frozen=True, slots=True)
class PlaceOf:
    """Where a list names the project: the list's page, the section, the line."""

    list: Link
    section: str
    line: int


@dataclass(frozen=True, slots=True)
class FindingRow:
    """One finding; `instead` are the links that should stand in its entries, where these are known."""

    link: Link
    chips: tuple[Chip, ...]
    places: tuple[PlaceOf, ...]
    seen: str
    when: str
    advice: str
    instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings of a kind there are, with a link to them where there are any."""

    link: Link
    number: Cell


@dataclass(frozen=True, slots=True)
class KindOf:
    """Every finding of one kind."""

    anchor: str
    title: str
    about: str
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class Health:
    """What of the lists asks for a look; `sentence` sums it up, and `limits` says what nobody knows."""

    shell: Shell
    sentence: str
    tallies: tuple[Tally, ...]
    kinds: tuple[KindOf, ...]
    limits: tuple[str, ...]
