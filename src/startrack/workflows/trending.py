"""A ranking of the projects by one measure."""

from dataclasses import dataclass, replace
from datetime import datetime

from startrack.config import Config
from startrack.errors import ConfigError, SourceError, did_you_mean
from startrack.model.changes import Window
from startrack.model.report import Project, Report
from startrack.trends import membership
from startrack.trends.ranking import RankBy, rank, typical_stars
from startrack.workflows import lists, report

__all__ = ["Ranked", "Ranking", "run"]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which projects to rank, and how; `None` leaves the choice to the configuration, or everything in."""

    window: Window
    by: RankBy | None = None
    list_name: str | None = None
    section: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """Projects in the order of one measure; `typical` is the median stars of those they were ranked among."""

    projects: tuple[Project, ...]
    by: RankBy
    window: Window
    typical: float
    as_of: datetime


def run(config: Config, asked: Ranking, as_of: datetime | None, now: datetime = datetime.max) -> Ranked:
    """Return the ranking, as of the last run up to `now` by default.

    Raises ConfigError where there is no such list or section.
    """
    drawn = report.report(config, as_of, now, extra=(asked.window,))
    asked = replace(asked, list_name=_name(config, drawn, asked.list_name))
    members = _of_list(drawn, asked.list_name)
    typical = typical_stars(members)
    if asked.section is not None:
        members = membership.in_section(members, asked.section, asked.list_name)
    by = asked.by or RankBy(config.trends.sort)
    ranked = rank(members, by, asked.window, typical)[: asked.limit]
    return Ranked(tuple(ranked), by, asked.window, typical, drawn.as_of)


def _name(config: Config, drawn: Report, text: str | None) -> str | None:
    """Return the name of the list that a text means: it may be the list's source."""
    known = {each.name for each in drawn.lists}
    if text is None or text in known:
        return text
    try:
        (name,) = lists.list_names(lists.select(config, [text]))
    except SourceError:
        return text
    return name if name in known else text


def _of_list(drawn: Report, name: str | None) -> list[Project]:
    if name is not None and name not in (known := [each.name for each in drawn.lists]):
        raise ConfigError(f"there is no list {name!r}; {did_you_mean(name, known)}")
    return list(drawn.projects) if name is None else membership.in_lists(drawn.projects, {name})
