"""Names, sections, licences and other short texts as readers see them."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from startrack.model.events import Event
from startrack.model.report import Project
from startrack.wording.dates import day
from startrack.wording.figures import count, number

__all__ = [
    "NO_COMMIT",
    "OTHER_LICENCE",
    "clipped",
    "github_url",
    "joined",
    "last_commit",
    "licence",
    "other_hosts",
    "plain",
    "repository_url",
    "section_path",
    "strip_direction_marks",
    "unread_lines",
]


_MOST_LINES: Final = 10


NO_COMMIT: Final = "none"
OTHER_LICENCE: Final = "other"
# GitHub's word for a licence text that is none of those it knows; on its own pages that is "other" too.
_NO_STANDARD: Final = "NOASSERTION"


# Marks that turn the direction of what follows: in the middle of a sentence they would turn the sentence.
_DIRECTIONS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def clipped(text: str, length: int) -> str:
    """Return a text on one line, cut where it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def plain(text: str) -> str:
    """Return a text without what XML cannot hold and what would turn the direction of the texts around it."""
    return "".join(c for c in strip_direction_marks(text) if c.isprintable() or c == " ")


def joined(parts: Sequence[str], word: str = "and") -> str:
    """Return the parts as a sentence lists them."""
    *first, last = parts
    return f"{', '.join(first)} {word} {last}" if first else last


def licence(spdx: str | None) -> str | None:
    """Return a licence as readers know it; `None` where GitHub found none."""
    return OTHER_LICENCE if spdx == _NO_STANDARD else spdx


def last_commit(project: Project) -> str | None:
    """Return the day of a project's last commit, `None` where that is not known; an empty repository has none."""
    committed = project.repository.head_committed_on
    return NO_COMMIT if project.is_empty else day(committed) if committed else None


def other_hosts(hosts: Mapping[str, int]) -> str:
    """Return how many entries are on other hosts: `16 entries on gitlab.com, 1 on codeberg.org`."""
    (first, projects), *others = hosts.items()
    most = f"{count(projects, 'entry', 'entries')} on {first}"
    return ", ".join([most, *(f"{number(projects)} on {host}" for host, projects in others)])


def unread_lines(lines: Sequence[int]) -> str:
    """Return that no project was found on lines of a list: `no project is named on lines 3, 7 and 9`."""
    more = len(lines) - _MOST_LINES
    named = [str(line) for line in lines[:_MOST_LINES]] + ([f"{number(more)} more"] if more > 0 else [])
    return f"no project is named on {'line' if len(lines) == 1 else 'lines'} {joined(named)}"


def strip_direction_marks(text: str) -> str:
    """Return a text without the marks that would turn the direction of what follows it."""
    return text.translate(_DIRECTIONS)


def github_url(name: str) -> str:
    """Return where GitHub shows a repository; whatever the name holds, it is one path."""
    return f"https://github.com/{quote(name, errors='replace')}"


def repository_url(told: Project | Event) -> str:
    """Return where GitHub shows the repository of a project or an event; empty where it shows another by that name."""
    name = told.name if isinstance(told, Project) else told.repo
    return "" if told.is_namesake else github_url(name)


def section_path(section: tuple[str, ...]) -> str:
    """Return a section as the path of its headings."""
    return " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(section) or "(no section)"
