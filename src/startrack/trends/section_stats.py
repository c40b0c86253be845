"""Statistics of sections: size, age, activity, licences, languages and momentum."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from startrack.model.changes import Change, Window
from startrack.model.durations import AVERAGE_YEAR
from startrack.model.lists import List
from startrack.model.report import Momentum, Project
from startrack.trends import membership
from startrack.trends.membership import Section

__all__ = [
    "ACTIVE",
    "SectionStats",
    "momentum",
    "section_stats",
]


ACTIVE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SectionStats:
    """Figures of one section at one instant, each with the number of projects it is known for.

    A figure that is known for no project is `None`. `stars` are the sum of `counted` projects, `years` is the median
    age of `aged` projects, and `commits` are the sum over a window of `worked` projects. `active` of `dated` projects
    had a commit in the last 90 days; `dated` are those whose last commit is known, and empty repositories. `licenses`
    and `languages` have the number of projects, the largest first; `None` stands for projects without a known one.
    """

    listed: int
    counted: int
    stars: int | None
    aged: int
    years: float | None
    worked: int
    commits: int | None
    dated: int
    active: int
    licenses: tuple[tuple[str | None, int], ...]
    languages: tuple[tuple[str | None, int], ...]


def section_stats(projects: Sequence[Project], window: Window | None, as_of: datetime) -> SectionStats:
    """Return the figures of some projects; commits are not known without a window."""
    stars = [each.current.stars for each in projects if each.current]
    born = [each.repository.created_at for each in projects if each.repository.created_at]
    commits = _commits(projects, window)
    empty = sum(each.is_empty for each in projects)
    dates = [day for each in projects if (day := each.repository.head_committed_on) and not each.is_empty]
    return SectionStats(
        listed=len(projects),
        counted=len(stars),
        stars=sum(stars) if stars else None,
        aged=len(born),
        years=median((as_of - each) / AVERAGE_YEAR for each in born) if born else None,
        worked=len(commits),
        commits=sum(commits) if commits else None,
        dated=len(dates) + empty,
        active=sum(each >= (as_of - ACTIVE).date() for each in dates),
        licenses=_most(each.repository.license for each in projects),
        languages=_most(each.repository.language for each in projects),
    )


def _commits(projects: Iterable[Project], window: Window | None) -> list[int]:
    changes = (each.changes.get(window) for each in projects) if window else ()
    gains = (change.commits_gain for change in changes if isinstance(change, Change))
    return [gain for gain in gains if gain is not None]


def _most(words: Iterable[str | None]) -> tuple[tuple[str | None, int], ...]:
    return tuple(sorted(Counter(words).items(), key=lambda each: (each[0] is None, -each[1], each[0] or "")))


def momentum(lists: Iterable[List], projects: Iterable[Project], windows: Sequence[Window]) -> tuple[Momentum, ...]:
    """Return the momentum of every section of every list over each window, in the order of the lists."""
    sections = membership.by_section(lists, projects)
    return tuple(_momentum(section, window, members) for section, members in sections.items() for window in windows)


def _momentum(section: Section, window: Window, projects: Sequence[Project]) -> Momentum:
    known = [change for each in projects if isinstance(change := each.changes[window], Change)]
    return Momentum(
        list_name=section[0],
        section=section[1],
        window=window,
        gain=sum(each.gain for each in known),
        baseline=sum(each.baseline.stars for each in known),
        known=len(known),
        listed=len(projects),
        shortest=min((each.elapsed for each in known), default=timedelta()),
        longest=max((each.elapsed for each in known), default=timedelta()),
    )
