"""Names, sections, licences and other short texts as readers see them."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote

from startrack.model.events import Event
from startrack.model.report import Project
from startrack.model.repository import Details
from startrack.wording.dates import day
from startrack.wording.figures import count, number

__all__ = [
    "NO_COMMIT",
    "OTHER_LICENCE",
    "clipped",
    "fork_of",
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


_MAX_LINES: Final = 10


NO_COMMIT: Final = "none"
OTHER_LICENCE: Final = "other"
# GitHub's SPDX id for a licence text that it does not know; its own pages call that "Other" too.
_UNKNOWN_LICENCE: Final = "NOASSERTION"


# Unicode marks that change the writing direction, and would change it for the rest of a sentence too.
_DIRECTION_MARKS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def clipped(text: str, length: int) -> str:
    """Return a text on one line, with an ellipsis if it is longer than `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def plain(text: str) -> str:
    """Return a text without characters that XML does not allow and without writing direction marks."""
    # None of these characters is printable; a space is.
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def joined(parts: Sequence[str], word: str = "and") -> str:
    """Join parts with commas, and the last two with `word`: `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} {word} {last}" if first else last


def licence(spdx: str | None) -> str | None:
    """Return the name of a licence; `None` if GitHub found no licence."""
    return OTHER_LICENCE if spdx == _UNKNOWN_LICENCE else spdx


def fork_of(details: Details | None) -> str:
    """Return what a fork is, with the repository that it was made from if that is known."""
    return f"a fork of {details.parent}" if details and details.parent else "a fork"


def last_commit(project: Project) -> str | None:
    """Return the day of a project's last commit, `none` for an empty repository, `None` if it is not known."""
    committed = project.repository.head_committed_on
    return NO_COMMIT if project.is_empty else day(committed) if committed else None


def other_hosts(hosts: Mapping[str, int]) -> str:
    """Return how many entries are on other hosts: `16 entries on gitlab.com, 1 on codeberg.org`."""
    (first_host, entries), *others = hosts.items()
    first = f"{count(entries, 'entry', 'entries')} on {first_host}"
    return ", ".join([first, *(f"{number(entries)} on {host}" for host, entries in others)])


def unread_lines(lines: Sequence[int]) -> str:
    """Return on which lines of a list no project was found: `no project found on lines 3, 7 and 9`."""
    more = len(lines) - _MAX_LINES
    named = [str(line) for line in lines[:_MAX_LINES]] + ([f"{number(more)} more"] if more > 0 else [])
    return f"no project found on {'line' if len(lines) == 1 else 'lines'} {joined(named)}"


def strip_direction_marks(text: str) -> str:
    """Return a text without the marks that change the writing direction of what follows."""
    return text.translate(_DIRECTION_MARKS)


def github_url(name: str) -> str:
    """Return the URL of a repository on GitHub; special characters in the name are quoted."""
    return f"https://github.com/{quote(name, errors='replace')}"


def repository_url(subject: Project | Event) -> str:
    """Return the URL of a project or of an event's repository; empty if another repository has that name today."""
    name = subject.name if isinstance(subject, Project) else subject.repo
    return "" if subject.is_namesake else github_url(name)


def section_path(section: tuple[str, ...]) -> str:
    """Return the path of a section: its headings, joined by an angle mark."""
    return " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(section) or "(no section)"
