"""Stars by section and project as a treemap coloured by momentum, and the same as a table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Link
from startrack.dashboards.site import Site
from startrack.model.changes import Change, Unknown, Window
from startrack.model.report import Project
from startrack.wording import figures, phrases

__all__ = [
    "Area",
    "ColourKey",
    "Level",
    "Tile",
    "Treemap",
    "treemap",
    "treemap_nodes",
]


@dataclass(frozen=True, slots=True)
class ColourKey:
    """One colour of the treemap, by its number, and what it stands for."""

    tone: int
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """One heading that the treemap can be narrowed to; `node` names it in the chart."""

    node: str
    path: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One project of the treemap's table."""

    link: Link
    label: str
    stars: Cell
    gain: Cell
    percent: Cell


@dataclass(frozen=True, slots=True)
class Area:
    """One section of the treemap's table."""

    path: str
    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Treemap:
    """Stars by section and project; `sentence` says what the colours speak of, or why they do not."""

    sentence: str
    keys: tuple[ColourKey, ...]
    levels: tuple[Level, ...]
    areas: tuple[Area, ...]


# Tones from 0 on: lost much, lost, still, gained, gained much; this one is not known.
_UNKNOWN: Final = 5
# A small change is a fifth of a large one.
_FINE: Final = 5
_STEPS: Final = (1, 2, 5)

_Path = tuple[str, ...]
_Members = Mapping[_Path, Sequence[Project]]


@dataclass(frozen=True, slots=True)
class _Node:
    """One area: `stars` are its own, 0 for a section, whose size is that of what it holds."""

    node: str
    parent: str
    name: str
    stars: int
    text: str
    tone: int
    href: str = ""


def treemap(site: Site, sections: _Members, window: Window) -> Treemap:
    """Return the treemap of a list's sections as a table, the largest projects first, with its colours."""
    limit = _limit(_all(sections), window)
    headed = _headed(sections)
    areas = (
        Area(phrases.section_path(path), tuple(_tile(site, each, window) for each in _by_stars(sections[path])))
        for path in headed
        if path in sections
    )
    levels = tuple(Level(node, phrases.section_path(path)) for path, node in headed.items())
    return Treemap(_sentence(limit, window), _keys(limit), levels, tuple(areas))


def treemap_nodes(site: Site, name: str, sections: _Members, window: Window) -> Mapping[str, object]:
    """Return the areas as Plotly draws them: the list, its headings, and every project with a star."""
    limit = _limit(_all(sections), window)
    found = [_Node("list", "", name, 0, *_moved(_all(sections), window, limit))]
    found += _headings(sections, window, limit)
    found += _projects(site, sections, window, limit)
    return {
        "ids": [each.node for each in found],
        "parents": [each.parent for each in found],
        "labels": [each.name for each in found],
        "values": [each.stars for each in found],
        "texts": [each.text for each in found],
        "tones": [each.tone for each in found],
        "pages": [each.href for each in found],
    }


def _headed(sections: _Members) -> dict[_Path, str]:
    """Return a node for every path of headings that is needed, the outer ones before those below them."""
    paths = (path for section in sections for path in accumulate((heading,) for heading in section))
    found = dict.fromkeys([*(() for section in sections if not section), *paths])
    return {path: f"s{number}" for number, path in enumerate(found)}


def _headings(sections: _Members, window: Window, limit: float) -> Iterator[_Node]:
    headed = _headed(sections)
    for path, node in headed.items():
        inside = _all({section: members for section, members in sections.items() if _is_below(section, path)})
        parent = headed[path[:-1]] if len(path) > 1 else "list"
        yield _Node(node, parent, path[-1] if path else phrases.section_path(path), 0, *_moved(inside, window, limit))


def _is_below(section: _Path, path: _Path) -> bool:
    return section[: len(path)] == path if path else not section


def _projects(site: Site, sections: _Members, window: Window, limit: float) -> Iterator[_Node]:
    headed = _headed(sections)
    for path, members in sections.items():
        for project in _by_stars(members):
            if project.current and project.current.stars:
                node = f"{headed[path]}/{project.repository.repo_id}"
                name = f"{project.title} ({project.label})" if project.label else project.title
                told = _moved([project], window, limit)
                yield _Node(node, headed[path], name, project.current.stars, *told, site.page(project))


def _all(sections: _Members) -> list[Project]:
    return [project for members in sections.values() for project in members]


def _by_stars(projects: Iterable[Project]) -> list[Project]:
    return sorted(projects, key=lambda each: (-(each.current.stars if each.current else -1), each.name.lower()))


def _tile(site: Site, project: Project, window: Window) -> Tile:
    change = project.changes.get(window, Unknown.NOT_COUNTED)
    return Tile(
        link=site.link(project),
        label=project.label or "",
        stars=components.stars_cell(project),
        gain=components.window_gain_cell(project, window),
        percent=components.percent_cell(change.percent)
        if isinstance(change, Change)
        else components.unknown_cell(change),
    )


def _moved(projects: Iterable[Project], window: Window, limit: float) -> tuple[str, int]:
    """Return the momentum of some projects together, as text and as a tone."""
    known = [change for each in projects if isinstance(change := each.changes.get(window), Change)]
    baseline = sum(change.baseline.stars for change in known)
    if not baseline:
        return components.NOT_AVAILABLE, _UNKNOWN
    percent = 100 * sum(change.gain for change in known) / baseline
    return figures.percent(percent), _tone(percent, limit)


def _tone(percent: float, limit: float) -> int:
    fine = limit / _FINE
    return sum(percent >= edge if edge <= 0 else percent > edge for edge in (-limit, -fine, fine, limit))


def _limit(projects: Iterable[Project], window: Window) -> float:
    """Return a large change, 0 if none is known: the round number that three in four of those that moved keep below."""
    changes = [change for each in projects if isinstance(change := each.changes.get(window), Change)]
    moved = sorted(abs(change.percent) for change in changes if change.percent)
    usual = moved[3 * (len(moved) - 1) // 4] if moved else 0
    return _round(usual) if changes else 0


def _round(value: float) -> float:
    steps = (step * 10.0**power for power in range(-1, 9) for step in _STEPS)
    return next((step for step in steps if step >= value), 10.0**9)


def _keys(limit: float) -> tuple[ColourKey, ...]:
    if not limit:
        return (ColourKey(_UNKNOWN, "not known"),)
    large, small = f"{figures.number(limit, 1 if limit < 1 else 0)}%", f"{limit / _FINE:g}%"
    return (
        ColourKey(0, f"lost more than {large}"),
        ColourKey(1, f"lost {small} to {large}"),
        ColourKey(2, f"within {small}"),
        ColourKey(3, f"gained {small} to {large}"),
        ColourKey(4, f"gained more than {large}"),
        ColourKey(_UNKNOWN, "not known"),
    )


def _sentence(limit: float, window: Window) -> str:
    span = figures.count(window.days, "day")
    if not limit:
        return f"Areas are stars. No change over {span} is known yet that could colour them."
    return f"Areas are stars, colours the change over {span}. A section has the colour of its projects together."
