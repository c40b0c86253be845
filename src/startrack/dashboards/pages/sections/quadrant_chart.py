"""Interest against activity: the four quadrants of a list, as lists and as a chart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Link
from startrack.dashboards.site import Site
from startrack.model.changes import Window
from startrack.model.report import Project
from startrack.trends import quadrants
from startrack.trends.quadrants import PREFERRED_WINDOW, Quadrant, QuadrantSplit
from startrack.wording import figures

__all__ = [
    "QuadrantChart",
    "QuadrantGroup",
    "QuadrantMember",
    "quadrant_chart",
    "quadrant_points",
]


@dataclass(frozen=True, slots=True)
class QuadrantMember:
    """One project of a quadrant with its two figures."""

    link: Link
    label: str
    stars: Cell
    commits: Cell


@dataclass(frozen=True, slots=True)
class QuadrantGroup:
    """One quadrant and its projects."""

    title: str
    below: str
    members: tuple[QuadrantMember, ...]


@dataclass(frozen=True, slots=True)
class QuadrantChart:
    """Interest against work; without groups where nothing is known, and `sentence` says why."""

    sentence: str
    groups: tuple[QuadrantGroup, ...]
    unknown: tuple[Link, ...]


_BELOW: Final = {
    Quadrant.BUSY: "more stars and more commits than the median",
    Quadrant.STALE: "more stars, but no more commits than the median",
    Quadrant.QUIET: "more commits, but no more stars than the median",
    Quadrant.STILL: "no more stars and no more commits than the median",
}


def quadrant_chart(site: Site, projects: Sequence[Project]) -> QuadrantChart:
    """Return the four groups of a list."""
    divided = quadrants.split(projects, site.report.windows)
    if divided is None:
        return QuadrantChart(_why_none(projects), (), ())
    groups = tuple(_group(site, which, members, divided.window) for which, members in divided.groups.items())
    unknown = sorted(divided.unknown, key=lambda each: each.name.lower())
    return QuadrantChart(
        _sentence(divided, site.report.windows), groups, tuple(site.link(project) for project in unknown)
    )


def quadrant_points(site: Site, projects: Sequence[Project]) -> Mapping[str, object] | None:
    """Return what the chart is drawn from: the medians, and each group's names, figures and pages."""
    divided = quadrants.split(projects, site.report.windows)
    if divided is None:
        return None
    return {
        "days": divided.window.days,
        "medians": [divided.commits, divided.stars],
        "groups": [_points(site, which, members) for which, members in divided.groups.items()],
    }


def _points(site: Site, which: Quadrant, members: Sequence[quadrants.Member]) -> Mapping[str, object]:
    return {
        "title": which.value,
        "names": [f"{m.project.title} ({m.project.label})" if m.project.label else m.project.title for m in members],
        "stars": [member.stars for member in members],
        "commits": [member.commits for member in members],
        "pages": [site.page(member.project) for member in members],
    }


def _group(site: Site, which: Quadrant, members: Sequence[quadrants.Member], window: Window) -> QuadrantGroup:
    return QuadrantGroup(
        which.value.capitalize(),
        _BELOW[which],
        tuple(
            QuadrantMember(
                site.link(m.project),
                m.project.label or "",
                components.window_gain_cell(m.project, window),
                components.gain_cell(m.commits),
            )
            for m in members
        ),
    )


def _why_none(projects: Sequence[Project]) -> str:
    if not any(project.current for project in projects):
        return "Nothing has been counted yet."
    return "Too early to say: of no project both stars gained and commits are known over any window."


def _sentence(divided: QuadrantSplit, windows: Sequence[Window]) -> str:
    known = sum(map(len, divided.groups.values()))
    span = figures.count(divided.window.days, "day")
    medians = f"{_median(divided.stars)} stars and {_median(divided.commits)} commits"
    return (
        f"Stars gained against commits made in {span}, of {figures.count(known, 'project')}. The lines are the medians "
        f"of the list: {medians}.{_instead(divided, windows)}"
    )


def _median(value: float) -> str:
    return figures.signed(value, 0 if value == int(value) else 1)


def _instead(divided: QuadrantSplit, windows: Sequence[Window]) -> str:
    if divided.window == PREFERRED_WINDOW:
        return ""
    why = "are not known yet" if PREFERRED_WINDOW in windows else "are not among the windows of these pages"
    return f" {figures.count(PREFERRED_WINDOW.days, 'day')} {why}, so this is the longest window that is known."
