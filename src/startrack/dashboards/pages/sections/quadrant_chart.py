"""Interest and activity: the projects of a list in four quadrants, as lists and as chart data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from startrack.dashboards import components
from startrack.dashboards.charts.pictures import Caption
from startrack.dashboards.charts.points import Group, points_picture
from startrack.dashboards.components import Cell, Link
from startrack.dashboards.site import Site
from startrack.model.changes import Window
from startrack.model.lists import List
from startrack.model.report import Project
from startrack.trends import quadrants
from startrack.trends.quadrants import PREFERRED_WINDOW, Quadrant, QuadrantSplit
from startrack.wording import figures

__all__ = ["QuadrantChart", "QuadrantGroup", "QuadrantMember", "quadrant_chart", "quadrant_points"]

_EXPLANATIONS: Final = {
    Quadrant.BUSY: "more stars gained and more commits than the median",
    Quadrant.STALE: "more stars gained than the median, but not more commits",
    Quadrant.QUIET: "more commits than the median, but not more stars gained",
    Quadrant.STILL: "neither more stars gained nor more commits than the median",
}


@dataclass(frozen=True, slots=True)
class QuadrantMember:
    """One project of a quadrant: the stars it gained and the commits made."""

    link: Link
    label: str
    stars: Cell
    commits: Cell


@dataclass(frozen=True, slots=True)
class QuadrantGroup:
    """One quadrant and its projects."""

    title: str
    explanation: str
    members: tuple[QuadrantMember, ...]


@dataclass(frozen=True, slots=True)
class QuadrantChart:
    """The four groups of a list and their picture; if nothing is known there are none, and `sentence` says why.

    `unknown` are the projects of which a figure is unknown.
    """

    picture: Markup
    sentence: str
    groups: tuple[QuadrantGroup, ...]
    unknown: tuple[Link, ...]


def quadrant_chart(site: Site, listed: List, projects: Sequence[Project]) -> QuadrantChart:
    """Return the four groups of a list."""
    split = quadrants.split(projects, site.report.windows)
    if split is None:
        return QuadrantChart(Markup(), _why_none(projects), (), ())
    groups = tuple(_group(site, quadrant, members, split.window) for quadrant, members in split.groups.items())
    unknown = sorted(split.unknown, key=lambda project: project.name.lower())
    sentence = _sentence(split, site.report.windows)
    key = f"work-{site.lists[listed.name]}".replace("/", "-")
    picture = points_picture(
        Caption(key, f"Interest and activity in {listed.name}", sentence),
        [
            Group(quadrant.value, [(member.commits, member.stars) for member in members])
            for quadrant, members in split.groups.items()
        ],
        (split.commits, split.stars),
    )
    return QuadrantChart(picture, sentence, groups, tuple(site.link(project) for project in unknown))


def quadrant_points(site: Site, projects: Sequence[Project]) -> Mapping[str, object] | None:
    """Return the chart data: the medians, and the names, figures and pages of each group; `None` if unknown."""
    split = quadrants.split(projects, site.report.windows)
    if split is None:
        return None
    return {
        "days": split.window.days,
        "medians": [split.commits, split.stars],
        "groups": [_group_points(site, quadrant, members) for quadrant, members in split.groups.items()],
    }


def _name(project: Project) -> str:
    return f"{project.title} ({project.label})" if project.label else project.title


def _group_points(site: Site, quadrant: Quadrant, members: Sequence[quadrants.Member]) -> Mapping[str, object]:
    return {
        "title": quadrant.value,
        "names": [_name(member.project) for member in members],
        "stars": [member.stars for member in members],
        "commits": [member.commits for member in members],
        "pages": [site.page(member.project) for member in members],
    }


def _group(site: Site, quadrant: Quadrant, members: Sequence[quadrants.Member], window: Window) -> QuadrantGroup:
    return QuadrantGroup(
        quadrant.value.capitalize(),
        _EXPLANATIONS[quadrant],
        tuple(
            QuadrantMember(
                site.link(member.project),
                member.project.label or "",
                components.window_gain_cell(member.project, window),
                components.gain_cell(member.commits),
            )
            for member in members
        ),
    )


def _why_none(projects: Sequence[Project]) -> str:
    if not any(project.current for project in projects):
        return "Nothing has been counted yet."
    return "Too early: for no project are stars gained and commits both known over the same window."


def _sentence(split: QuadrantSplit, windows: Sequence[Window]) -> str:
    span = figures.count(split.window.days, "day")
    projects = figures.count(sum(map(len, split.groups.values())), "project")
    medians = f"{_median(split.stars)} stars and {_median(split.commits)} commits"
    return (
        f"Vertical axis: stars gained in {span}; horizontal axis: commits in {span}; both logarithmic. The "
        f"dashed lines are the medians of {projects}: {medians}.{_replaced_window(split, windows)}"
    )


def _median(value: float) -> str:
    return figures.signed(value, 0 if value == int(value) else 1)


def _replaced_window(split: QuadrantSplit, windows: Sequence[Window]) -> str:
    """Return why the chart is not of the preferred window; empty if it is."""
    if split.window == PREFERRED_WINDOW:
        return ""
    why = "Changes over {} are not known yet" if PREFERRED_WINDOW in windows else "A window of {} is not configured"
    return f" {why.format(figures.count(PREFERRED_WINDOW.days, 'day'))}, so the longest known window is shown."
