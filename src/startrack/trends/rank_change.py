"""Rank changes: the order by stars now, compared with the order at the start of a window."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from startrack.model.changes import Change, Unknown, Window
from startrack.model.report import Project

__all__ = [
    "RankChange",
    "rank_changes",
]


@dataclass(frozen=True, slots=True)
class RankChange:
    """The rank of a project now and at the start of the window; 1 has the most stars."""

    now: int
    before: int

    @property
    def won(self) -> int:
        """Places won; negative where places were lost."""
        return self.before - self.now


def rank_changes(projects: Sequence[Project], window: Window) -> tuple[RankChange | Unknown, ...]:
    """Return the rank change of each project, or why it is not known.

    Only projects counted at both ends of the window are compared, so that a new project in the list moves nobody
    down. A rank is 1 plus the number of projects with more stars; projects with equal stars share it.
    """
    changes = [project.changes.get(window, Unknown.NOT_COUNTED) for project in projects]
    known = [change for change in changes if isinstance(change, Change)]
    now = sorted(-change.current.stars for change in known)
    before = sorted(-change.baseline.stars for change in known)
    return tuple(
        RankChange(_rank(now, change.current.stars), _rank(before, change.baseline.stars))
        if isinstance(change, Change)
        else change
        for change in changes
    )


def _rank(negated_stars: Sequence[int], stars: int) -> int:
    """Return 1 plus the number of projects with more stars; `negated_stars` ascend."""
    return bisect_right(negated_stars, -stars - 1) + 1
