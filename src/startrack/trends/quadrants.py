"""Interest against work: the projects of a list in four groups, by stars gained and commits made."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from startrack.model.changes import Change, Window
from startrack.model.report import Project

__all__ = ["PREFERRED_WINDOW", "Member", "Quadrant", "QuadrantSplit", "activity_window", "split"]


PREFERRED_WINDOW = Window(90)


class Quadrant(StrEnum):
    """A group, by whether its projects lie above the median of stars gained, and of commits made."""

    BUSY = "starred and active"
    STALE = "starred but stale"
    QUIET = "quiet but active"
    STILL = "quiet and still"


@dataclass(frozen=True, slots=True)
class Member:
    """One project with both of its figures; either may be below nothing."""

    project: Project
    stars: int
    commits: int


@dataclass(frozen=True, slots=True)
class QuadrantSplit:
    """The projects of which both figures are known, in four groups, each with the most stars gained first.

    `stars` and `commits` are the medians that part them: at a median is not above it. `unknown` are the others.
    """

    window: Window
    stars: float
    commits: float
    groups: Mapping[Quadrant, tuple[Member, ...]]
    unknown: tuple[Project, ...]


def activity_window(projects: Iterable[Project], windows: Iterable[Window]) -> Window | None:
    """Return the 90 days where both figures are known over them, else the longest window of which that is true."""
    known = {
        window
        for project in projects
        for window in windows
        if isinstance(change := project.changes.get(window), Change) and change.commits_gain is not None
    }
    return PREFERRED_WINDOW if PREFERRED_WINDOW in known else max(known, default=None)


def split(projects: Sequence[Project], windows: Sequence[Window]) -> QuadrantSplit | None:
    """Return the projects of a list in four groups, or `None` where both figures are known of none."""
    window = activity_window(projects, windows)
    if window is None:
        return None
    found = [member for project in projects if (member := _member(project, window))]
    stars, commits = median(each.stars for each in found), median(each.commits for each in found)
    ordered = sorted(found, key=lambda each: (-each.stars, -each.commits, each.project.name.lower()))
    groups = {
        quadrant: tuple(each for each in ordered if _quadrant(each, stars, commits) is quadrant)
        for quadrant in Quadrant
    }
    known = {each.project.repository.repo_id for each in found}
    unknown = tuple(each for each in projects if each.repository.repo_id not in known)
    return QuadrantSplit(window, stars, commits, groups, unknown)


def _member(project: Project, window: Window) -> Member | None:
    change = project.changes.get(window)
    if not isinstance(change, Change) or change.commits_gain is None:
        return None
    return Member(project, change.gain, change.commits_gain)


def _quadrant(member: Member, stars: float, commits: float) -> Quadrant:
    is_starred, is_active = member.stars > stars, member.commits > commits
    if is_starred:
        return Quadrant.BUSY if is_active else Quadrant.STALE
    return Quadrant.QUIET if is_active else Quadrant.STILL
