"""Rankings of projects by one of several measures, and the formula of each measure."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Final

from startrack.model.changes import WEEK_WINDOW, Change, RankBy, Window
from startrack.model.report import Project

__all__ = [
    "ProjectGain",
    "accelerating",
    "gaining",
    "losing",
    "measure",
    "rank",
    "rising",
    "rising_score",
    "typical_stars",
]


# A project and its change over a window.
ProjectGain = tuple[Project, Change]


def typical_stars(projects: Iterable[Project]) -> float:
    """Return the median stars of the counted projects: the K of *rising*; 0 where none is counted."""
    stars = [project.current.stars for project in projects if project.current]
    return median(stars) if stars else 0.0


def rank(projects: Sequence[Project], by: RankBy, window: Window, typical: float) -> list[Project]:
    """Return the projects with the highest measure first.

    Projects with an unknown measure come last. They and ties are sorted by stars and then by name.
    """

    def sort_key(project: Project) -> tuple[bool, float, int, str]:
        value = measure(project, by, window, typical)
        stars = project.current.stars if project.current else -1
        return value is None, -(value or 0.0), -stars, project.name.lower()

    return sorted(projects, key=sort_key)


def rising(projects: Sequence[Project], window: Window) -> list[ProjectGain]:
    """Return the projects that gained stars, the highest *rising* score first."""
    return _changes(rank(_moved(projects, window, 1), RankBy.RISING, window, typical_stars(projects)), window)


def gaining(projects: Sequence[Project], window: Window) -> list[ProjectGain]:
    """Return the projects that gained stars, the largest gain first."""
    return _changes(rank(_moved(projects, window, 1), RankBy.GAIN, window, 0), window)


def losing(projects: Sequence[Project], window: Window) -> list[ProjectGain]:
    """Return the projects that lost stars, the largest loss first."""
    return _changes(rank(_moved(projects, window, -1), RankBy.GAIN, window, 0)[::-1], window)


def accelerating(projects: Sequence[Project]) -> list[Project]:
    """Return the projects with a last week above their usual week, the highest acceleration first."""
    faster = [project for project in projects if project.acceleration is not None and project.acceleration > 1]
    return rank(faster, RankBy.ACCELERATING, WEEK_WINDOW, 0)


def _moved(projects: Iterable[Project], window: Window, direction: int) -> list[Project]:
    return [project for project, change in _changes(projects, window) if change.gain * direction > 0]


def _changes(projects: Iterable[Project], window: Window) -> list[ProjectGain]:
    changes = ((project, project.changes.get(window)) for project in projects)
    return [(project, change) for project, change in changes if isinstance(change, Change)]


def measure(project: Project, by: RankBy, window: Window, typical: float) -> float | None:
    """Return the measure that the project is ranked by, `None` if it is not known.

    Changes are taken at the window's pace: divided by the days between the counts, times the days of the window.
    """
    if by is RankBy.STARS:
        return project.current.stars if project.current else None
    if by is RankBy.ACCELERATING:
        return project.acceleration
    change = project.changes.get(window)
    return _of_change(change, by, window, typical) if isinstance(change, Change) else None


def rising_score(change: Change, typical: float, window: Window) -> float:
    """Return the gain at the window's pace over the square root of the baseline: a measure that is fair to every size.

    `typical` (the median stars of the list) is added to the baseline, so that very small projects do not win by chance.
    """
    size = change.baseline.stars + typical
    gain = change.gain * change.pace(window)
    return gain / math.sqrt(size) if size > 0 else gain


def _of_change(change: Change, by: RankBy, window: Window, typical: float) -> float | None:
    if by is RankBy.RISING:
        return rising_score(change, typical, window)
    figure = _MEASURES[by](change)
    return None if figure is None else figure * change.pace(window)


_MEASURES: Final[Mapping[RankBy, Callable[[Change], float | None]]] = {
    RankBy.GAIN: lambda change: change.gain,
    RankBy.PERCENT: lambda change: change.percent,
    RankBy.FORKS: lambda change: change.forks_gain,
    RankBy.COMMITS: lambda change: change.commits_gain,
}
