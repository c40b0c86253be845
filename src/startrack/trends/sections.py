"""How the sections of a list moved."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from startrack.models import Change, List, Momentum, Project, Window
from startrack.trends.portraits import Section, members

__all__ = ["momentum"]


def momentum(lists: Iterable[List], projects: Iterable[Project], windows: Sequence[Window]) -> tuple[Momentum, ...]:
    """Return the momentum of every section of every list over each window, in the order of the lists."""
    found = members(lists, projects)
    return tuple(_momentum(place, window, inside) for place, inside in found.items() for window in windows)


def _momentum(place: Section, window: Window, projects: Sequence[Project]) -> Momentum:
    known = [change for each in projects if isinstance(change := each.changes[window], Change)]
    return Momentum(
        list_name=place[0],
        section=place[1],
        window=window,
        gain=sum(each.gain for each in known),
        baseline=sum(each.baseline.stars for each in known),
        known=len(known),
        listed=len(projects),
        shortest=min((each.elapsed for each in known), default=timedelta()),
        longest=max((each.elapsed for each in known), default=timedelta()),
    )
