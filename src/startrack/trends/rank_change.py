"""Places won and lost: the order by stars now against the order at the start of a window."""

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
    """Where a project stands among the others, and where it stood; 1 is the one with most stars."""

    now: int
    before: int

    @property
    def won(self) -> int:
        """Places won; negative where places were lost."""
        return self.before - self.now


def rank_changes(projects: Sequence[Project], window: Window) -> tuple[RankChange | Unknown, ...]:
    """Return the places of each project, or why they are not known.

    Only those counted at both ends of the window are compared, so nobody loses a place because a list grew. A
    place is one more than the number of projects with more stars: equals share it.
    """
    changes = [project.changes.get(window, Unknown.NOT_COUNTED) for project in projects]
    known = [change for change in changes if isinstance(change, Change)]
    now = sorted(-change.current.stars for change in known)
    before = sorted(-change.baseline.stars for change in known)
    return tuple(
        RankChange(_place(now, change.current.stars), _place(before, change.baseline.stars))
        if isinstance(change, Change)
        else change
        for change in changes
    )


def _place(fewer: Sequence[int], stars: int) -> int:
    """Return one more than how many of the negated, ascending totals belong to more stars."""
    return bisect_right(fewer, -stars - 1) + 1
