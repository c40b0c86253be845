"""A list and its entries, as its text names them."""

from collections import Counter
from dataclasses import dataclass

__all__ = [
    "Entry",
    "List",
    "OtherHostProjects",
]


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Entry:
    """One project as a list mentions it, at its first place.

    `line` is the 1-based line of the link. `sections` holds the section path of every mention, first place
    first, without repeats. `badges` are the addresses of star-badge images that show this project.
    """

    repo: str
    title: str
    section: tuple[str, ...]
    url: str
    line: int
    sections: tuple[tuple[str, ...], ...] = ()
    badges: tuple[str, ...] = ()

    @property
    def section_paths(self) -> tuple[tuple[str, ...], ...]:
        """The section path of every mention; the empty path stands for a list without sections."""
        return self.sections or (self.section,)


@dataclass(frozen=True, slots=True)
class OtherHostProjects:
    """How many projects of a section are on another host than GitHub, so that they are not counted."""

    host: str
    projects: int
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class List:
    """One README (or other source) and the entries found in it, in order of appearance.

    `label` is a word shown beside every figure of the list, such as "simulated". `elsewhere` are its projects on other
    hosts. `unread` are the 1-based lines of entries in which no project was found; only a list just read has them.
    """

    name: str
    source: str
    entries: tuple[Entry, ...]
    label: str | None = None
    elsewhere: tuple[OtherHostProjects, ...] = ()
    unread: tuple[int, ...] = ()

    @property
    def other_hosts(self) -> dict[str, int]:
        """The number of projects on each other host, the most first."""
        numbers: Counter[str] = Counter()
        for part in self.elsewhere:
            numbers[part.host] += part.projects
        return dict(sorted(numbers.items(), key=lambda host: (-host[1], host[0])))
