"""A list and its entries, as its text has them."""

from collections import Counter
from dataclasses import dataclass

__all__ = [
    "Entry",
    "List",
    "OtherHostProjects",
]


@dataclass(frozen=True, slots=True)
class Entry:
    """One project of a list, with the title, link and section of its first mention.

    `line` is the line of the link, counted from 1. `sections` are the section paths of all mentions in their order,
    without repeats. `badges` are the URLs of star badges of this project.
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
    """The number of projects of a section on a host other than GitHub; they are not counted."""

    host: str
    projects: int
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class List:
    """A README or another source, and its entries in their order.

    `label` is a word that is shown beside every figure of the list, such as "simulated". `elsewhere` are its projects
    on other hosts. `unread` are the lines of entries without a project; only a list that was just read has them.
    """

    name: str
    source: str
    entries: tuple[Entry, ...]
    label: str | None = None
    elsewhere: tuple[OtherHostProjects, ...] = ()
    unread: tuple[int, ...] = ()

    @property
    def other_hosts(self) -> dict[str, int]:
        """The number of projects on each other host, the largest first."""
        numbers: Counter[str] = Counter()
        for group in self.elsewhere:
            numbers[group.host] += group.projects
        return dict(sorted(numbers.items(), key=lambda host: (-host[1], host[0])))
