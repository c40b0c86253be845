"""Stars by section and project: a treemap coloured by momentum, and the same as a table."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from markupsafe import Markup

from startrack.dashboards import components
from startrack.dashboards.charts.areas import Area as ChartArea
from startrack.dashboards.charts.areas import treemap_picture
from startrack.dashboards.charts.pictures import Caption
from startrack.dashboards.components import Cell, Link
from startrack.dashboards.site import Site
from startrack.model.changes import Change, Unknown, Window
from startrack.model.lists import List
from startrack.model.report import Project
from startrack.wording import figures, phrases

__all__ = ["Area", "ColourKey", "Level", "Tile", "Treemap", "treemap", "treemap_nodes"]

# Tones from 0 on: lost much, lost, little change, gained, gained much; and this one for unknown.
_UNKNOWN: Final = 5
# A little change is at most a fifth of a large one.
_FINE: Final = 5
_STEPS: Final = (1, 2, 5)

_Path = tuple[str, ...]
_Members = Mapping[_Path, Sequence[Project]]


@dataclass(frozen=True, slots=True)
class ColourKey:
    """One colour of the treemap, by its number, and its meaning."""

    tone: int
    text: str


@dataclass(frozen=True, slots=True)
class Level:
    """One heading that the treemap can zoom to; `node` is its id in the chart."""

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
    """The treemap of a list; `sentence` explains the colours, or why there are none. `picture` is its first picture."""

    picture: Markup
    sentence: str
    keys: tuple[ColourKey, ...]
    levels: tuple[Level, ...]
    areas: tuple[Area, ...]


@dataclass(frozen=True, slots=True)
class _Node:
    """One area of the chart; `stars` is 0 for a section, because Plotly adds up the projects in it."""

    node: str
    parent: str
    name: str
    stars: int
    text: str
    tone: int
    href: str = ""


def treemap(site: Site, listed: List, sections: _Members, window: Window) -> Treemap:
    """Return the picture, the table and the colours of a list's treemap, the largest projects first."""
    limit = _limit(_all(sections), window)
    ids = _heading_ids(sections)
    areas = (
        Area(phrases.section_path(path), tuple(_tile(site, project, window) for project in _by_stars(sections[path])))
        for path in ids
        if path in sections
    )
    levels = tuple(Level(node, phrases.section_path(path)) for path, node in ids.items())
    sentence = _sentence(limit, window)
    caption = Caption(
        f"map-{site.lists[listed.name]}".replace("/", "-"), f"Stars by section in {listed.name}", sentence
    )
    picture = _picture(caption, _nodes(site, listed.name, sections, window))
    return Treemap(picture, sentence, _keys(limit), levels, tuple(areas))


def _picture(caption: Caption, nodes: Sequence[_Node]) -> Markup:
    """Return the picture of the areas, which is empty if no project has stars."""
    inside: dict[str, list[_Node]] = defaultdict(list)
    for node in nodes[1:]:
        inside[node.parent].append(node)
    area = _area(nodes[0], inside)
    return treemap_picture(caption, area) if area.value else Markup()


def _area(node: _Node, inside: Mapping[str, Sequence[_Node]]) -> ChartArea:
    areas = tuple(_area(inner, inside) for inner in inside.get(node.node, ()))
    return ChartArea(node.name, node.text, node.tone, node.stars + sum(area.value for area in areas), areas)


def treemap_nodes(site: Site, name: str, sections: _Members, window: Window) -> Mapping[str, object]:
    """Return the areas in Plotly's columns: the list, its headings, and every project with stars."""
    nodes = _nodes(site, name, sections, window)
    return {
        "ids": [node.node for node in nodes],
        "parents": [node.parent for node in nodes],
        "labels": [node.name for node in nodes],
        "values": [node.stars for node in nodes],
        "texts": [node.text for node in nodes],
        "tones": [node.tone for node in nodes],
        "pages": [node.href for node in nodes],
    }


def _nodes(site: Site, name: str, sections: _Members, window: Window) -> list[_Node]:
    limit = _limit(_all(sections), window)
    nodes = [_Node("list", "", name, 0, *_momentum(_all(sections), window, limit))]
    nodes += _heading_nodes(sections, window, limit)
    nodes += _project_nodes(site, sections, window, limit)
    return nodes


def _heading_ids(sections: _Members) -> dict[_Path, str]:
    """Return a node id for each heading on the path of a section, outer headings before those below them."""
    paths = (path for section in sections for path in accumulate((heading,) for heading in section))
    unique = dict.fromkeys([*(() for section in sections if not section), *paths])
    return {path: f"s{number}" for number, path in enumerate(unique)}


def _heading_nodes(sections: _Members, window: Window, limit: float) -> Iterator[_Node]:
    ids = _heading_ids(sections)
    for path, node in ids.items():
        inside = _all({section: members for section, members in sections.items() if _is_below(section, path)})
        parent = ids[path[:-1]] if len(path) > 1 else "list"
        yield _Node(
            node, parent, path[-1] if path else phrases.section_path(path), 0, *_momentum(inside, window, limit)
        )


def _is_below(section: _Path, path: _Path) -> bool:
    return section[: len(path)] == path if path else not section


def _project_nodes(site: Site, sections: _Members, window: Window, limit: float) -> Iterator[_Node]:
    ids = _heading_ids(sections)
    for path, members in sections.items():
        for project in _by_stars(members):
            if project.current and project.current.stars:
                node = f"{ids[path]}/{project.repository.repo_id}"
                name = f"{project.title} ({project.label})" if project.label else project.title
                momentum = _momentum([project], window, limit)
                yield _Node(node, ids[path], name, project.current.stars, *momentum, site.page(project))


def _all(sections: _Members) -> list[Project]:
    return [project for members in sections.values() for project in members]


def _by_stars(projects: Iterable[Project]) -> list[Project]:
    return sorted(projects, key=_largest_first)


def _largest_first(project: Project) -> tuple[int, str]:
    return -(project.current.stars if project.current else -1), project.name.lower()


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


def _momentum(projects: Iterable[Project], window: Window, limit: float) -> tuple[str, int]:
    """Return the momentum of projects together, as text and as a tone."""
    known = [change for project in projects if isinstance(change := project.changes.get(window), Change)]
    baseline = sum(change.baseline.stars for change in known)
    if not baseline:
        return components.NOT_AVAILABLE, _UNKNOWN
    percent = 100 * sum(change.gain for change in known) / baseline
    return figures.percent(percent), _tone(percent, limit)


def _tone(percent: float, limit: float) -> int:
    fine = limit / _FINE
    return sum(percent >= edge if edge <= 0 else percent > edge for edge in (-limit, -fine, fine, limit))


def _limit(projects: Iterable[Project], window: Window) -> float:
    """Return what counts as a large change, in percent; 0 if no change is known.

    It is the upper quartile of all changes other than 0, rounded up to 1, 2 or 5 times a power of ten.
    """
    changes = [change for project in projects if isinstance(change := project.changes.get(window), Change)]
    percents = sorted(abs(change.percent) for change in changes if change.percent)
    quartile = percents[3 * (len(percents) - 1) // 4] if percents else 0
    return _round_up(quartile) if changes else 0


def _round_up(value: float) -> float:
    steps = (step * 10.0**power for power in range(-1, 9) for step in _STEPS)
    return next((step for step in steps if step >= value), 10.0**9)


def _keys(limit: float) -> tuple[ColourKey, ...]:
    if not limit:
        return (ColourKey(_UNKNOWN, "unknown"),)
    large, small = f"{figures.number(limit, 1 if limit < 1 else 0)}%", f"{limit / _FINE:g}%"
    return (
        ColourKey(0, f"lost more than {large}"),
        ColourKey(1, f"lost {small} to {large}"),
        ColourKey(2, f"changed by at most {small}"),
        ColourKey(3, f"gained {small} to {large}"),
        ColourKey(4, f"gained more than {large}"),
        ColourKey(_UNKNOWN, "unknown"),
    )


def _sentence(limit: float, window: Window) -> str:
    span = figures.count(window.days, "day")
    if not limit:
        return f"The size of an area shows stars. There are no colours yet, because no change over {span} is known."
    return (
        f"The size of an area shows stars, its colour the change in stars over {span}. The colour of a section is the "
        "change of all its projects together."
    )
