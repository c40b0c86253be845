"""How the sections of a list moved."""

from collections.abc import Iterable, Sequence

from startrack.models import Change, List, Momentum, Project, Window

__all__ = ["momentum"]


def momentum(lists: Iterable[List], projects: Iterable[Project], windows: Sequence[Window]) -> tuple[Momentum, ...]:
    """Return the momentum of every section of every list over each window, in the order of the lists.

    A section is a heading with the entries directly below it. A project that several entries lead to counts
    once in each section that first mentions it.
    """
    members: dict[tuple[str, tuple[str, ...]], list[Project]] = {}
    for project in projects:
        for place in dict.fromkeys((name, entry.section) for name, entry in project.places):
            members.setdefault(place, []).append(project)
    order = [(each.name, section) for each in lists for section in dict.fromkeys(e.section for e in each.entries)]
    return tuple(_momentum(place, window, members[place]) for place in order if place in members for window in windows)


def _momentum(place: tuple[str, tuple[str, ...]], window: Window, projects: Sequence[Project]) -> Momentum:
    known = [change for each in projects if isinstance(change := each.changes[window], Change)]
    return Momentum(
        list_name=place[0],
        section=place[1],
        window=window,
        gain=sum(each.gain for each in known),
        baseline=sum(each.baseline.stars for each in known),
        known=len(known),
        listed=len(projects),
    )
