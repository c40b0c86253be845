"""The values that templates show, such as links, cells and chips, and the functions that make cells from figures."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Generic, TypeVar

from startrack.model.changes import Change, Unknown, Window
from startrack.model.history import RetainedGain
from startrack.model.report import Project
from startrack.trends.rank_change import RankChange
from startrack.wording import dates, figures, phrases

__all__ = [
    "NOT_AVAILABLE",
    "Cell",
    "Chip",
    "Fact",
    "Figure",
    "Link",
    "ListLabel",
    "SectionGroup",
    "Shell",
    "Tone",
    "change_cell",
    "commits_cell",
    "daily_gain_cell",
    "forks_cell",
    "gain_cell",
    "last_commit_cell",
    "percent_cell",
    "rank_change_cell",
    "retained_cell",
    "stars_cell",
    "unknown_cell",
    "window_gain_cell",
]


class Tone(StrEnum):
    """The colour of a figure, as a CSS class. The text alone says the same, for readers who see no colours."""

    PLAIN = ""
    GAIN = "gain"
    LOSS = "loss"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as text.

    `note` is a second line: why the figure is not known, or which days it covers. `spoken` replaces `text` for screen
    readers. `order` is the number by which a column is sorted, if it differs from the figure.
    """

    text: str
    tone: Tone = Tone.PLAIN
    note: str = ""
    spoken: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A short text beside a name; `kind` is a CSS class, and `note` the text of the tooltip."""

    text: str
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A text and its URL relative to the page. It is plain text if `href` is empty."""

    text: str
    href: str = ""
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class ListLabel:
    """The label of a list's figures; `mark` is the label for figures of several lists, such as "some simulated"."""

    name: str
    label: str
    mark: str


@dataclass(frozen=True, slots=True)
class Shell:
    """The parts that every page has; `root` is the relative path to the dashboards folder.

    A page whose figures get old says so from the instant `overdue_from` on, as the next count was then due at `due`.
    """

    site: str
    title: str
    root: str
    as_of: str
    policy: str
    links: tuple[Link, ...]
    labels: tuple[ListLabel, ...] = ()
    feeds: tuple[Link, ...] = ()
    due: str | None = None
    overdue_from: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline figure, with its name above and a note below."""

    name: str
    cell: Cell
    below: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and its text. `is_quoted` marks text by other people, which is shown unchanged."""

    term: Link
    text: str
    chips: tuple[Chip, ...] = ()
    is_quoted: bool = False


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class SectionGroup(Generic[Item]):
    """The sections of one list, with the list's name and label."""

    name: str
    label: str
    items: tuple[Item, ...]


NOT_AVAILABLE: Final = "n/a"


def unknown_cell(reason: str) -> Cell:
    """Return the cell of an unknown figure, with the reason as its note."""
    return Cell(NOT_AVAILABLE, Tone.UNKNOWN, reason)


def stars_cell(project: Project) -> Cell:
    """Return the stars of a project."""
    return Cell(figures.number(project.current.stars)) if project.current else unknown_cell(Unknown.NOT_COUNTED)


def forks_cell(project: Project) -> Cell:
    """Return the forks of a project."""
    if not project.current or project.current.forks is None:
        return unknown_cell(Unknown.NOT_COUNTED)
    return Cell(figures.number(project.current.forks))


def commits_cell(project: Project) -> Cell:
    """Return the number of commits on a project's default branch."""
    if not project.current or project.current.commits is None:
        return unknown_cell(Unknown.NOT_COUNTED)
    return Cell(figures.number(project.current.commits))


def last_commit_cell(project: Project) -> Cell:
    """Return the day of the last commit on a project's default branch, or "none" for an empty repository."""
    text = phrases.last_commit(project)
    return Cell(text) if text else unknown_cell("not known")


def gain_cell(value: int | None) -> Cell:
    """Return a gain with its sign and its colour."""
    return unknown_cell(Unknown.NOT_COUNTED) if value is None else Cell(figures.signed(value), _tone(value))


def change_cell(change: Change, window: Window) -> Cell:
    """Return the stars gained over a window, with the actual days if they differ from the window's."""
    cell, note = gain_cell(change.gain), figures.actual_days(window, change.elapsed)
    # Columns are sorted by the gain over the whole window at the same pace.
    return replace(cell, note=note, order=f"{change.gain * change.pace(window):.4f}") if note else cell


def window_gain_cell(project: Project, window: Window) -> Cell:
    """Return the stars gained over a window. If these are unknown, return retained stars or the reason."""
    match project.changes.get(window, Unknown.NOT_COUNTED):
        case Change() as change:
            return change_cell(change, window)
        case Unknown() as reason:
            retained = project.retained.get(window)
            # The column has no room for the days. The project's own page shows them.
            return Cell(figures.retained_gain(retained), Tone.UNKNOWN, "retained") if retained else unknown_cell(reason)


def retained_cell(gain: RetainedGain) -> Cell:
    """Return retained stars, shown in place of an unknown gain, with their days."""
    note = f"retained stars given {dates.day(gain.first)} to {dates.day(gain.last)}, not a count"
    return Cell(figures.retained_gain(gain), Tone.UNKNOWN, note)


def rank_change_cell(change: RankChange | Unknown, *, is_known: bool) -> Cell:
    """Return the places won or lost, or "new" for a project that was first counted later.

    `is_known` says whether the earlier ranks of other projects are known.
    """
    match change:
        case RankChange(won=0):
            return Cell("0", spoken="same rank")
        case RankChange(won=won) if won > 0:
            return Cell(f"▲{figures.number(won)}", Tone.GAIN, spoken=f"up {figures.count(won, 'place')}")
        case RankChange(won=won):
            return Cell(f"▼{figures.number(-won)}", Tone.LOSS, spoken=f"down {figures.count(-won, 'place')}")
        case Unknown.TOO_YOUNG if is_known:
            return Cell("new", Tone.UNKNOWN)
        case Unknown() as reason:
            return unknown_cell(reason)


def percent_cell(percent: float | None) -> Cell:
    """Return a change in percent, `None` for a baseline of no stars."""
    if percent is None:
        return unknown_cell("baseline of 0")
    return Cell(figures.percent(percent), _tone(percent, 2))


def daily_gain_cell(change: Change) -> Cell:
    """Return the stars gained per day."""
    if not change.days:
        return unknown_cell("no time between the counts")
    per_day = change.per_day
    decimals = 0 if abs(per_day) >= 100 else 1 if abs(per_day) >= 1 else 2  # noqa: PLR2004 - steps of precision
    return Cell(figures.signed(per_day, decimals), _tone(per_day, decimals))


def _tone(value: float, decimals: int = 0) -> Tone:
    return (Tone.PLAIN, Tone.GAIN, Tone.LOSS)[figures.sign_of(value, decimals)]
