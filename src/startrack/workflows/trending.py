"""A ranking of the projects by one measure."""

from dataclasses import dataclass, replace
from datetime import datetime

from startrack.config import Config
from startrack.errors import ConfigError, SourceError, did_you_mean
from startrack.model.changes import RankBy, Window
from startrack.model.report import Project, Report
from startrack.trends import membership
from startrack.trends.ranking import rank, typical_stars
from startrack.workflows import lists
from startrack.workflows.report import create_report

__all__ = ["Ranked", "Ranking", "run"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which projects to rank, and how.

    `None` means the configured order for `by`, and no restriction for the other fields.
    """

    window: Window
    by: RankBy | None = None
    list_name: str | None = None
    section: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """Projects in order, from a report. `typical` is the median number of stars of all projects of the list."""

    projects: tuple[Project, ...]
    by: RankBy
    window: Window
    typical: float
    report: Report


def run(config: Config, ranking: Ranking, as_of: datetime | None, now: datetime = datetime.max) -> Ranked:
    """Return the ranking, by default as of the last run up to `now`.

    Raises ConfigError if there is no such list or section.
    """
    report = create_report(config, as_of, now, extra=(ranking.window,))
    ranking = replace(ranking, list_name=_list_name(config, report, ranking.list_name))
    projects = _in_list(report, ranking.list_name)
    typical = typical_stars(projects)
    if ranking.section is not None:
        projects = membership.in_section(projects, ranking.section, ranking.list_name)
    by = ranking.by or RankBy(config.trends.sort)
    ranked = rank(projects, by, ranking.window, typical)[: ranking.limit]
    return Ranked(tuple(ranked), by, ranking.window, typical, report)


def _list_name(config: Config, report: Report, text: str | None) -> str | None:
    """Return the name of a list that is given by its name or its source."""
    known_names = {entry.name for entry in report.lists}
    if text is None or text in known_names:
        return text
    try:
        (name,) = lists.list_names(lists.select(config, [text]))
    except SourceError:
        return text
    return name if name in known_names else text


def _in_list(report: Report, list_name: str | None) -> list[Project]:
    if list_name is None:
        return list(report.projects)
    known_names = [entry.name for entry in report.lists]
    if list_name not in known_names:
        raise ConfigError(f"unknown list {list_name!r}; {did_you_mean(list_name, known_names)}")
    return membership.in_lists(report.projects, {list_name})
