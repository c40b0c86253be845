"""Rankings as the API tells them: of every window up to now, and of the last weeks."""

from collections.abc import Sequence

from startrack.models import Change, Project, Report, Window
from startrack.render import coverage, words
from startrack.render.api_documents import Moved, Ranked, Week
from startrack.render.api_projects import rounded
from startrack.render.site import Scope
from startrack.render.weekly import SHOWN, Weekly, weekly
from startrack.trends import calendar, ranking
from startrack.trends.windows import WEEK

__all__ = ["weeks", "windows"]


def windows(report: Report, parts: Sequence[Scope]) -> tuple[Ranked, ...]:
    """Return the rankings of all lists, then of each, over every window."""
    return tuple(_ranked(part, window) for part in parts for window in report.windows)


def weeks(report: Report, parts: Sequence[Scope]) -> tuple[Week, ...]:
    """Return the latest weeks of all lists, then of each, newest first."""
    return tuple(
        _week(part, weekly(week, (listed.name for listed in part.lists)))
        for part in parts
        for week in report.weeks[: calendar.LATEST]
    )


def _ranked(part: Scope, window: Window) -> Ranked:
    return Ranked(
        window=str(window),
        list=_name(part),
        known=len(coverage.changes(part.projects, window)),
        of=len(part.projects),
        rising=_moved(ranking.rising(part.projects, window), window),
        gained=_moved(ranking.gaining(part.projects, window), window),
        lost=_moved(ranking.losing(part.projects, window), window),
    )


def _week(part: Scope, told: Weekly) -> Week:
    return Week(
        week=told.week.name,
        first_day=words.day(told.week.monday),
        last_day=words.day(told.week.sunday),
        list=_name(part),
        known=len(coverage.changes(told.projects, WEEK)),
        of=len(told.projects),
        rising=_moved(told.rising, WEEK),
        lost=_moved(told.losing, WEEK),
    )


def _name(part: Scope) -> str | None:
    return None if part.is_whole else part.lists[0].name


def _moved(found: Sequence[ranking.Moved], window: Window) -> tuple[Moved, ...]:
    return tuple(_one(place, *each, window) for place, each in enumerate(found[:SHOWN], start=1))


def _one(place: int, project: Project, change: Change, window: Window) -> Moved:
    return Moved(
        rank=place,
        repo=project.name,
        repo_id=project.repository.repo_id,
        label=project.label,
        stars=change.current.stars,
        gain=change.gain,
        percent=rounded(change.percent),
        note=words.over(window, change.elapsed) or None,
    )
