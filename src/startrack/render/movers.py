"""Who moves most: a few boards for each of the windows that readers ask for first."""

from collections.abc import Sequence
from itertools import islice

from startrack.models import Change, Project, Window
from startrack.render import cells, coverage, words
from startrack.render.page_contexts import Board, Mover, Movers
from startrack.render.site import Scope, Site, chips
from startrack.trends.ranking import By, rank, typical_stars

__all__ = ["boards", "main_windows", "plotted"]

_LENGTH = 6
_ASKED_FOR = (Window(30), Window(7))


def main_windows(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return the 30 and 7 days where the report has them, otherwise its two longest windows."""
    usual = tuple(window for window in _ASKED_FOR if window in windows)
    return usual or tuple(sorted(windows, reverse=True)[:2])


def boards(site: Site, scope: Scope) -> tuple[Movers, ...]:
    """Return the movers of each main window."""
    return tuple(_movers(site, scope, window) for window in main_windows(site.report.windows))


def plotted(site: Site, scope: Scope) -> tuple[Project, ...]:
    """Return the projects whose lines are drawn at first: those rising most, or the largest ones."""
    windows = main_windows(site.report.windows)
    typical = typical_stars(scope.projects)
    for window in windows:
        if coverage.changes(scope.projects, window):
            return _drawable(site, rank(scope.projects, By.RISING, window, typical))
    return _drawable(site, rank(scope.projects, By.STARS, Window(1), typical))


def _drawable(site: Site, projects: Sequence[Project]) -> tuple[Project, ...]:
    """Keep the first few that have a line."""
    return tuple(islice((project for project in projects if site.has_line(project)), _LENGTH))


def _movers(site: Site, scope: Scope, window: Window) -> Movers:
    title = words.count(window.days, "day")
    known = [p for p in scope.projects if isinstance(p.changes.get(window), Change)]
    if not known:
        return Movers(title, coverage.unknown_sentence(scope.projects, window), ())
    typical = typical_stars(scope.projects)
    gained = rank(known, By.GAIN, window, typical)
    rankings = {
        "Rising": _moved(rank(known, By.RISING, window, typical), window, 1),
        "Most gained": _moved(gained, window, 1),
        "Most lost": _moved(gained[::-1], window, -1),
    }
    found = (
        _board(name, tuple(_mover(site, project, window, scope.root) for project in projects[:_LENGTH]))
        for name, projects in rankings.items()
    )
    return Movers(title, coverage.of_window(scope.projects, window), tuple(found))


def _moved(projects: Sequence[Project], window: Window, direction: int) -> list[Project]:
    changes = ((project, project.changes[window]) for project in projects)
    return [p for p, change in changes if isinstance(change, Change) and change.gain * direction > 0]


def _board(title: str, movers: tuple[Mover, ...]) -> Board:
    lost = title == "Most lost"
    return Board(title, movers, "" if movers else f"No project {'lost' if lost else 'gained'} stars.")


def _mover(site: Site, project: Project, window: Window, root: str) -> Mover:
    change = project.changes[window]
    percent = change.percent if isinstance(change, Change) else None
    return Mover(
        site.link(project, root),
        chips(project, window),
        cells.over(project, window),
        words.percent(percent) if percent is not None else "",
    )
