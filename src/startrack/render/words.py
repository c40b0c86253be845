"""Figures and reasons as readers see them; what is not known is said, never shown as 0."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote

from startrack.happened import Event
from startrack.models import Missing, Project, Reason, Unknown, Window
from startrack.past import Retained

__all__ = [
    "MINUS",
    "NO_COMMIT",
    "OTHER_LICENCE",
    "TIMES",
    "address",
    "briefly",
    "clipped",
    "count",
    "day",
    "elsewhere",
    "home",
    "instant",
    "iso",
    "joined",
    "last_commit",
    "licence",
    "missing",
    "number",
    "over",
    "path",
    "percent",
    "plain",
    "reason",
    "retained",
    "sign_of",
    "signed",
    "undirected",
    "unread",
    "why",
]

MINUS: Final = "\N{MINUS SIGN}"
_MOST_LINES: Final = 10
TIMES: Final = "\N{MULTIPLICATION SIGN}"

NO_COMMIT: Final = "none"
OTHER_LICENCE: Final = "other"
# GitHub's word for a licence text that is none of those it knows; on its own pages that is "other" too.
_NO_STANDARD: Final = "NOASSERTION"

_REASONS: Final = {
    Reason.NOT_FOUND: "not found: deleted, private or never there",
    Reason.DMCA: "blocked after a copyright (DMCA) notice",
    Reason.TOS: "blocked for a breach of GitHub's terms",
    Reason.SAML: "closed to this token by single sign-on",
    Reason.MOVED: "moved to another repository",
    Reason.FAILED: "GitHub did not answer for it",
    Reason.NOT_ASKED: "not asked for in the last run",
}

_BRIEFLY: Final = {
    Reason.NOT_FOUND: "not found",
    Reason.DMCA: "blocked: DMCA",
    Reason.TOS: "blocked: terms of service",
    Reason.SAML: "needs SAML",
    Reason.MOVED: "moved",
    Reason.FAILED: "no answer",
    Reason.NOT_ASKED: "not asked yet",
}

# Marks that turn the direction of what follows: in the middle of a sentence they would turn the sentence.
_DIRECTIONS: Final = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])

_UNKNOWNS: Final = {
    Unknown.NOT_COUNTED: "it has never been counted",
    Unknown.TOO_YOUNG: "the first count is younger than the window",
    Unknown.GAP: "no count was taken near the start of the window, other than the last one",
}


def number(value: float, decimals: int = 0) -> str:
    """Return a figure with thousands apart and a true minus."""
    return f"{value:,.{decimals}f}".replace("-", MINUS)


def signed(value: float, decimals: int = 0) -> str:
    """Return a change with its sign; no change has none."""
    text = number(value, decimals)
    return f"+{text}" if sign_of(value, decimals) > 0 else text


def sign_of(value: float, decimals: int = 0) -> int:
    """Return 1, -1 or 0: the sign of the figure as it is shown."""
    shown = round(value, decimals)
    return (shown > 0) - (shown < 0)


def percent(value: float) -> str:
    """Return a change in percent, finer where it is small."""
    return f"{signed(value, 0 if abs(value) >= 100 else 1 if abs(value) >= 1 else 2)} %"  # noqa: PLR2004 - steps of precision


def day(value: date) -> str:
    """Return a day, or the day of an instant, as ISO 8601 writes it."""
    return value.strftime("%Y-%m-%d")


def instant(value: datetime) -> str:
    """Return an instant to the minute."""
    return value.strftime("%Y-%m-%d %H:%M UTC")


def iso(value: datetime) -> str:
    """Return an instant for programs, to the second."""
    return f"{value.isoformat(timespec='seconds')}Z"


def count(value: int, one: str, many: str | None = None) -> str:
    """Return a number of things: `1 gap`, `2 gaps`."""
    return f"{number(value)} {one if value == 1 else many or f'{one}s'}"


def over(window: Window, *elapsed: timedelta) -> str:
    """Return of how many days changes over a window really are; nothing where all are of about as many as it has."""
    if not any(window.differs(time) for time in elapsed):
        return ""
    shortest, longest = _elapsed(min(elapsed)), _elapsed(max(elapsed))
    if shortest == longest:
        return shortest
    return f"{shortest.removesuffix(' days')} to {longest}" if longest.endswith(" days") else f"{shortest} to {longest}"


def _elapsed(time: timedelta) -> str:
    """Return some days, as fine as tells them apart: `15 hours`, `6.3 days`, `31 days`."""
    days = time / timedelta(days=1)
    if days < 2:  # noqa: PLR2004 - steps of precision, as below
        return count(round(days * 24), "hour")
    return f"{number(days, 1 if days < 10 else 0).removesuffix('.0')} days"  # noqa: PLR2004


def retained(value: Retained) -> str:
    """Return what stands in for a change, marked as what it is not: counted."""
    return f"≈ {signed(value.gain)}"


def clipped(text: str, length: int) -> str:
    """Return a text on one line, cut where it is longer."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1].rstrip()}…"


def plain(text: str) -> str:
    """Return a text without what XML cannot hold and what would turn the direction of the texts around it."""
    return "".join(c for c in undirected(text) if c.isprintable() or c == " ")


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


def elsewhere(hosts: Mapping[str, int]) -> str:
    """Return how many entries are on other hosts: `16 entries on gitlab.com, 1 on codeberg.org`."""
    (first, projects), *others = hosts.items()
    most = f"{count(projects, 'entry', 'entries')} on {first}"
    return ", ".join([most, *(f"{number(projects)} on {host}" for host, projects in others)])


def unread(lines: Sequence[int]) -> str:
    """Return that no project was found on lines of a list: `no project is named on lines 3, 7 and 9`."""
    more = len(lines) - _MOST_LINES
    named = [str(line) for line in lines[:_MOST_LINES]] + ([f"{number(more)} more"] if more > 0 else [])
    return f"no project is named on {'line' if len(lines) == 1 else 'lines'} {joined(named)}"


def undirected(text: str) -> str:
    """Return a text without the marks that would turn the direction of what follows it."""
    return text.translate(_DIRECTIONS)


def address(name: str) -> str:
    """Return where GitHub shows a repository; whatever the name holds, it is one path."""
    return f"https://github.com/{quote(name, errors='replace')}"


def home(told: Project | Event) -> str:
    """Return where GitHub shows the repository of a project or an event; empty where it shows another by that name."""
    name = told.name if isinstance(told, Project) else told.repo
    return "" if told.is_namesake else address(name)


def path(section: tuple[str, ...]) -> str:
    """Return a section as the path of its headings."""
    return " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} ".join(section) or "(no section)"


def missing(seen: Missing) -> str:
    """Return why a repository could not be counted."""
    detail = undirected(seen.detail)
    return f"{reason(seen.reason)} ({detail})" if detail else reason(seen.reason)


def reason(value: Reason) -> str:
    """Return why a repository could not be counted, in a sentence's words."""
    return _REASONS[value]


def briefly(value: Reason) -> str:
    """Return why a repository could not be counted, in as few words as a table's cell has room for."""
    return _BRIEFLY[value]


def why(unknown: Unknown) -> str:
    """Return what stands behind an unknown change."""
    return _UNKNOWNS[unknown]
