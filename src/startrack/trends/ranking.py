"""Which projects move most, by one of several measures."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from statistics import median

from startrack.model.changes import WEEK_WINDOW, Change, Window
from startrack.model.report import Project

__all__ = [
    "ProjectGain",
    "RankBy",
    "accelerating",
    "gaining",
    "losing",
    "measure",
    "rank",
    "rising",
    "typical_stars",
]


# A project, and what a window brought to it.
ProjectGain = tuple[Project, Change]


class RankBy(StrEnum):
    """What a ranking goes by."""

    RISING = "rising"
    GAIN = "gain"
    PERCENT = "percent"
    STARS = "stars"
    FORKS = "forks"
    COMMITS = "commits"
    ACCELERATING = "accelerating"


def typical_stars(projects: Iterable[Project]) -> float:
    """Return the median stars of the counted projects: the K of *rising*; 0 where none is counted."""
    stars = [project.current.stars for project in projects if project.current]
    return median(stars) if stars else 0.0


def rank(projects: Sequence[Project], by: RankBy, window: Window, typical: float) -> list[Project]:
    """Return the projects with the highest measure first.

    Those whose measure is not known come last, and these, as well as ties, by their stars and then by name.
    """

    def place(project: Project) -> tuple[bool, float, int, str]:
        value = measure(project, by, window, typical)
        stars = project.current.stars if project.current else -1
        return value is None, -(value or 0.0), -stars, project.name.lower()

    return sorted(projects, key=place)


def rising(projects: Sequence[Project], window: Window) -> list[ProjectGain]:
    """Return the projects that gained stars, those that rise most first."""
    return _moved(rank(projects, RankBy.RISING, window, typical_stars(projects)), window, 1)


def gaining(projects: Sequence[Project], window: Window) -> list[ProjectGain]:
    """Return the projects that gained stars, the most first."""
    return _moved(rank(projects, RankBy.GAIN, window, 0), window, 1)


def losing(projects: Sequence[Project], window: Window) -> list[ProjectGain]:
    """Return the projects that lost stars, the most first."""
    return _moved(rank(projects, RankBy.GAIN, window, 0)[::-1], window, -1)


def accelerating(projects: Sequence[Project]) -> list[Project]:
    """Return the projects whose last week brought more than their usual one, those that speed up most first."""
    known = [each for each in projects if each.acceleration is not None and each.acceleration > 1]
    return rank(known, RankBy.ACCELERATING, WEEK_WINDOW, 0)


def _moved(projects: Iterable[Project], window: Window, direction: int) -> list[ProjectGain]:
    changes = ((each, each.changes.get(window)) for each in projects)
    return [(each, change) for each, change in changes if isinstance(change, Change) and change.gain * direction > 0]


def measure(project: Project, by: RankBy, window: Window, typical: float) -> float | None:
    """Return what the project is ranked by, or `None` where that is not known.

    What a window brought counts at the window's pace: a day's share of it, times the days of the window.
    """
    if by is RankBy.STARS:
        return project.current.stars if project.current else None
    if by is RankBy.ACCELERATING:
        return project.acceleration
    change = project.changes.get(window)
    return _of_change(change, by, window, typical) if isinstance(change, Change) else None


def _of_change(change: Change, by: RankBy, window: Window, typical: float) -> float | None:
    if by is RankBy.RISING:
        return change.rising(typical, window)
    measures = {
        RankBy.GAIN: change.gain,
        RankBy.PERCENT: change.percent,
        RankBy.FORKS: change.forks_gain,
        RankBy.COMMITS: change.commits_gain,
    }
    figure = measures[by]
    return None if figure is None else figure * change.pace(window)
