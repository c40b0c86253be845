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
    "is_thin",
    "momentum",
    "momentum_key",
    "section_stats",
]


ACTIVE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class SectionStats:
    """Figures of one section at one instant, each with the number of projects it is known for.

    A figure that is known for no project is `None`. `stars` are the sum of the `counted` projects, `median_years` is
    the median age, and `commits` are the sum over a window. `active` projects had a commit in the last 90 days;
    `last_commit_known` includes empty repositories. `licenses` and `languages` have the number of projects, the
    largest first; `None` stands for projects without a known one.
    """

    listed: int
    counted: int
    stars: int | None
    age_known: int
    median_years: float | None
    commits_known: int
    commits: int | None
    last_commit_known: int
    active: int
    licenses: tuple[tuple[str | None, int], ...]
    languages: tuple[tuple[str | None, int], ...]


def section_stats(projects: Sequence[Project], window: Window | None, as_of: datetime) -> SectionStats:
    """Return the figures of some projects; commits are not known without a window."""
    stars = [project.current.stars for project in projects if project.current]
    ages = [as_of - created_at for project in projects if (created_at := project.repository.created_at)]
    commits = _commits(projects, window)
    empty = sum(project.is_empty for project in projects)
    last_commits = [
        day for project in projects if (day := project.repository.head_committed_on) and not project.is_empty
    ]
    return SectionStats(
        listed=len(projects),
        counted=len(stars),
        stars=sum(stars) if stars else None,
        age_known=len(ages),
        median_years=median(age / AVERAGE_YEAR for age in ages) if ages else None,
        commits_known=len(commits),
        commits=sum(commits) if commits else None,
        last_commit_known=len(last_commits) + empty,
        active=sum(day >= (as_of - ACTIVE).date() for day in last_commits),
        licenses=_most_common(project.repository.license for project in projects),
        languages=_most_common(project.repository.language for project in projects),
    )


def _commits(projects: Iterable[Project], window: Window | None) -> list[int]:
    changes = (project.changes.get(window) for project in projects) if window else ()
    gains = (change.commits_gain for change in changes if isinstance(change, Change))
    return [gain for gain in gains if gain is not None]


def _most_common(names: Iterable[str | None]) -> tuple[tuple[str | None, int], ...]:
    return tuple(sorted(Counter(names).items(), key=lambda item: (item[0] is None, -item[1], item[0] or "")))


def momentum(lists: Iterable[List], projects: Iterable[Project], windows: Sequence[Window]) -> tuple[Momentum, ...]:
    """Return the momentum of every section of every list over each window, in the order of the lists."""
    sections = membership.by_section(lists, projects)
    return tuple(_momentum(section, window, members) for section, members in sections.items() for window in windows)


def momentum_key(momentum: Momentum) -> tuple[bool, bool, float, tuple[str, ...]]:
    """Return the key to sort sections by: the highest gain in percent first.

    Sections whose change is known for less than half of their projects come last, and then those without a known one.
    """
    percent = momentum.percent
    return percent is None, is_thin(momentum), -(percent or 0), momentum.section


def is_thin(momentum: Momentum) -> bool:
    """Return whether the change is known for less than half of the projects."""
    return 2 * momentum.known < momentum.listed


def _momentum(section: Section, window: Window, projects: Sequence[Project]) -> Momentum:
    known = [change for project in projects if isinstance(change := project.changes[window], Change)]
    return Momentum(
        list_name=section[0],
        section=section[1],
        window=window,
        gain=sum(change.gain for change in known),
        baseline=sum(change.baseline.stars for change in known),
        known=len(known),
        listed=len(projects),
        shortest=min((change.elapsed for change in known), default=timedelta()),
        longest=max((change.elapsed for change in known), default=timedelta()),
    )
