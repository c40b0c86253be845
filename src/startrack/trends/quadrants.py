"""The four quadrants of a list: its projects by stars gained and by commits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import median

from startrack.model.changes import Change, Window
from startrack.model.report import Project

__all__ = ["PREFERRED_WINDOW", "Member", "Quadrant", "QuadrantSplit", "activity_window", "split"]


PREFERRED_WINDOW = Window(90)


class Quadrant(StrEnum):
    """A group of projects, above the median or not in stars gained and in commits."""

    BUSY = "starred and active"
    STALE = "starred, less active"
    QUIET = "active, less starred"
    STILL = "less starred, less active"


@dataclass(frozen=True, slots=True)
class Member:
    """A project with its stars gained and its commits; both may be negative."""

    project: Project
    stars: int
    commits: int


@dataclass(frozen=True, slots=True)
class QuadrantSplit:
    """The projects whose stars gained and commits are known, in four groups, most stars gained first.

    `stars` and `commits` are the medians; a project at a median is not above it. `unknown` are all other projects.
    """

    window: Window
    stars: float
    commits: float
    groups: Mapping[Quadrant, tuple[Member, ...]]
    unknown: tuple[Project, ...]


def activity_window(projects: Iterable[Project], windows: Iterable[Window]) -> Window | None:
    """Return the window of 90 days if any project has both figures over it, or else the longest such window."""
    known = {
        window
        for project in projects
        for window in windows
        if isinstance(change := project.changes.get(window), Change) and change.commits_gain is not None
    }
    return PREFERRED_WINDOW if PREFERRED_WINDOW in known else max(known, default=None)


def split(projects: Sequence[Project], windows: Sequence[Window]) -> QuadrantSplit | None:
    """Split the projects of a list into four groups; `None` if no project has both figures."""
    window = activity_window(projects, windows)
    if window is None:
        return None
    members = [member for project in projects if (member := _member(project, window))]
    stars, commits = median(member.stars for member in members), median(member.commits for member in members)
    ordered = sorted(members, key=lambda member: (-member.stars, -member.commits, member.project.name.lower()))
    groups = {
        quadrant: tuple(member for member in ordered if _quadrant(member, stars, commits) is quadrant)
        for quadrant in Quadrant
    }
    known_ids = {member.project.repository.repo_id for member in members}
    unknown = tuple(project for project in projects if project.repository.repo_id not in known_ids)
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
