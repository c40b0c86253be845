"""Figures as cells: what is not known says so and why."""

from dataclasses import replace

from startrack.models import Change, Project, Unknown, Window
from startrack.past import Retained
from startrack.render import words
from startrack.render.contexts import Cell, Tone
from startrack.trends.places import Places

__all__ = [
    "NOT_AVAILABLE",
    "commits",
    "forks",
    "gain",
    "last_commit",
    "moved",
    "over",
    "places",
    "rate",
    "retained",
    "share",
    "stars",
    "unknown",
]

NOT_AVAILABLE = "n/a"


def unknown(why: str) -> Cell:
    """Return a figure that is not known."""
    return Cell(NOT_AVAILABLE, Tone.UNKNOWN, why)


def stars(project: Project) -> Cell:
    """Return the stars a project has."""
    return Cell(words.number(project.current.stars)) if project.current else unknown(Unknown.NOT_COUNTED)


def forks(project: Project) -> Cell:
    """Return the forks a project has."""
    return Cell(words.number(project.current.forks)) if project.current else unknown(Unknown.NOT_COUNTED)


def commits(project: Project) -> Cell:
    """Return the commits on a project's default branch."""
    if not project.current or project.current.commits is None:
        return unknown(Unknown.NOT_COUNTED)
    return Cell(words.number(project.current.commits))


def last_commit(project: Project) -> Cell:
    """Return the day of the last commit on a project's default branch; that of an empty repository is none."""
    text = words.last_commit(project)
    return Cell(text) if text else unknown("not known")


def gain(value: int | None) -> Cell:
    """Return a change in its colour and with its sign."""
    return unknown(Unknown.NOT_COUNTED) if value is None else Cell(words.signed(value), _tone(value))


def moved(change: Change, window: Window) -> Cell:
    """Return the stars that a window brought, with the days they are of where these are not the window's."""
    shown, note = gain(change.gain), words.over(window, change.elapsed)
    # Among others, it stands where the same pace would have brought it over the whole window.
    return replace(shown, note=note, order=f"{change.gain * change.pace(window):.4f}") if note else shown


def over(project: Project, window: Window) -> Cell:
    """Return the stars gained over a window."""
    match project.changes.get(window, Unknown.NOT_COUNTED):
        case Change() as change:
            return moved(change, window)
        case Unknown() as reason:
            given = project.retained.get(window)
            # The days it is of would make the column as wide as the page; the project's own page has them.
            return Cell(words.retained(given), Tone.UNKNOWN, "retained") if given else unknown(reason)


def retained(given: Retained) -> Cell:
    """Return retained stars in place of a change: as unknown as that is, and with the days they are of."""
    note = f"retained stars given {words.day(given.first)} to {words.day(given.last)}, not a count"
    return Cell(words.retained(given), Tone.UNKNOWN, note)


def places(found: Places | Unknown, *, is_known: bool) -> Cell:
    """Return the places won or lost; new is who came later than the places that `is_known` says are known."""
    match found:
        case Places(won=0):
            return Cell("0", spoken="the same place")
        case Places(won=won) if won > 0:
            return Cell(f"▲{words.number(won)}", Tone.GAIN, spoken=f"up {words.count(won, 'place')}")
        case Places(won=won):
            return Cell(f"▼{words.number(-won)}", Tone.LOSS, spoken=f"down {words.count(-won, 'place')}")
        case Unknown.TOO_YOUNG if is_known:
            return Cell("new", Tone.UNKNOWN)
        case Unknown() as reason:
            return unknown(reason)


def share(percent: float | None) -> Cell:
    """Return a change in percent."""
    if percent is None:
        return unknown("baseline of 0")
    return Cell(words.percent(percent), _tone(percent, 2))


def rate(change: Change) -> Cell:
    """Return the stars gained a day."""
    if not change.days:
        return unknown("no time between the counts")
    per_day = change.per_day
    decimals = 0 if abs(per_day) >= 100 else 1 if abs(per_day) >= 1 else 2  # noqa: PLR2004 - steps of precision
    return Cell(words.signed(per_day, decimals), _tone(per_day, decimals))


def _tone(value: float, decimals: int = 0) -> Tone:
    return (Tone.PLAIN, Tone.GAIN, Tone.LOSS)[words.sign_of(value, decimals)]
