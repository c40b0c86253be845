"""What all templates are given: links, cells and figures, ready to show."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, TypeVar

from startrack.model.changes import Change, Unknown, Window
from startrack.model.history import RetainedGain
from startrack.model.report import Project
from startrack.trends.rank_change import RankChanges
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
    """How a figure is coloured; each tone shows in its text too."""

    PLAIN = ""
    GAIN = "gain"
    LOSS = "loss"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure; `note` says why it is not known, or what it is of, `spoken` what is read out in place of signs.

    `order` is the number that a column is sorted by, where that is not the figure itself.
    """

    text: str
    tone: Tone = Tone.PLAIN
    note: str = ""
    spoken: str = ""
    order: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A word beside a name; `kind` is a CSS class, `note` a longer text for it."""

    text: str
    kind: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A text and where it leads, relative to the page; no link where `href` is empty."""

    text: str
    href: str = ""
    is_here: bool = False


@dataclass(frozen=True, slots=True)
class ListLabel:
    """A list whose figures carry a label, and the word for a page on which they stand among others."""

    name: str
    label: str
    mark: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What every page has: its title, the way to the first folder, navigation, labels to be shown, and feeds."""

    site: str
    title: str
    root: str
    as_of: str
    policy: str
    links: tuple[Link, ...]
    labels: tuple[ListLabel, ...] = ()
    feeds: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One headline figure."""

    name: str
    cell: Cell
    below: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and what is known of it; `is_quoted` says that these are other people's words, shown as they are."""

    term: Link
    text: str
    chips: tuple[Chip, ...] = ()
    is_quoted: bool = False


NOT_AVAILABLE = "n/a"


def unknown_cell(why: str) -> Cell:
    """Return a figure that is not known."""
    return Cell(NOT_AVAILABLE, Tone.UNKNOWN, why)


def stars_cell(project: Project) -> Cell:
    """Return the stars a project has."""
    return Cell(figures.number(project.current.stars)) if project.current else unknown_cell(Unknown.NOT_COUNTED)


def forks_cell(project: Project) -> Cell:
    """Return the forks a project has."""
    return Cell(figures.number(project.current.forks)) if project.current else unknown_cell(Unknown.NOT_COUNTED)


def commits_cell(project: Project) -> Cell:
    """Return the commits on a project's default branch."""
    if not project.current or project.current.commits is None:
        return unknown_cell(Unknown.NOT_COUNTED)
    return Cell(figures.number(project.current.commits))


def last_commit_cell(project: Project) -> Cell:
    """Return the day of the last commit on a project's default branch; that of an empty repository is none."""
    text = phrases.last_commit(project)
    return Cell(text) if text else unknown_cell("not known")


def gain_cell(value: int | None) -> Cell:
    """Return a change in its colour and with its sign."""
    return unknown_cell(Unknown.NOT_COUNTED) if value is None else Cell(figures.signed(value), _tone(value))


def change_cell(change: Change, window: Window) -> Cell:
    """Return the stars that a window brought, with the days they are of where these are not the window's."""
    shown, note = gain_cell(change.gain), figures.over(window, change.elapsed)
    # Among others, it stands where the same pace would have brought it over the whole window.
    return replace(shown, note=note, order=f"{change.gain * change.pace(window):.4f}") if note else shown


def window_gain_cell(project: Project, window: Window) -> Cell:
    """Return the stars gained over a window."""
    match project.changes.get(window, Unknown.NOT_COUNTED):
        case Change() as change:
            return change_cell(change, window)
        case Unknown() as reason:
            given = project.retained.get(window)
            # The days it is of would make the column as wide as the page; the project's own page has them.
            return Cell(figures.retained(given), Tone.UNKNOWN, "retained") if given else unknown_cell(reason)


def retained_cell(given: RetainedGain) -> Cell:
    """Return retained stars in place of a change: as unknown as that is, and with the days they are of."""
    note = f"retained stars given {dates.day(given.first)} to {dates.day(given.last)}, not a count"
    return Cell(figures.retained(given), Tone.UNKNOWN, note)


def rank_change_cell(found: RankChanges | Unknown, *, is_known: bool) -> Cell:
    """Return the places won or lost; new is who came later than the places that `is_known` says are known."""
    match found:
        case RankChanges(won=0):
            return Cell("0", spoken="the same place")
        case RankChanges(won=won) if won > 0:
            return Cell(f"▲{figures.number(won)}", Tone.GAIN, spoken=f"up {figures.count(won, 'place')}")
        case RankChanges(won=won):
            return Cell(f"▼{figures.number(-won)}", Tone.LOSS, spoken=f"down {figures.count(-won, 'place')}")
        case Unknown.TOO_YOUNG if is_known:
            return Cell("new", Tone.UNKNOWN)
        case Unknown() as reason:
            return unknown_cell(reason)


def percent_cell(percent: float | None) -> Cell:
    """Return a change in percent."""
    if percent is None:
        return unknown_cell("baseline of 0")
    return Cell(figures.percent(percent), _tone(percent, 2))


def daily_gain_cell(change: Change) -> Cell:
    """Return the stars gained a day."""
    if not change.days:
        return unknown_cell("no time between the counts")
    per_day = change.per_day
    decimals = 0 if abs(per_day) >= 100 else 1 if abs(per_day) >= 1 else 2  # noqa: PLR2004 - steps of precision
    return Cell(figures.signed(per_day, decimals), _tone(per_day, decimals))


def _tone(value: float, decimals: int = 0) -> Tone:
    return (Tone.PLAIN, Tone.GAIN, Tone.LOSS)[figures.sign_of(value, decimals)]


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class SectionGroup(Generic[Item]):
    """The sections of one list."""

    name: str
    label: str
    items: tuple[Item, ...]
