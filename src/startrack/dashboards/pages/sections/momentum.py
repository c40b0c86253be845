"""The momentum of the sections of a list, as table rows with bars."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from startrack.dashboards import components
from startrack.dashboards.components import Cell, SectionGroup
from startrack.dashboards.site import Scope, Site, main_windows
from startrack.model.changes import Window
from startrack.model.lists import List
from startrack.model.report import Momentum
from startrack.trends import section_stats
from startrack.wording import figures, phrases

__all__ = ["Bar", "MomentumRow", "momentum_rows", "top_sections"]

_TOP_SECTIONS = 5

_ByWindow = Mapping[Window, Momentum]
"""The momentum of one section."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar from `x` to the right, in hundredths of its box; the middle is at 50, and a loss ends there.

    `kind` has its CSS classes: "loss", and "thin" if the change is known for less than half of the projects.
    """

    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class MomentumRow:
    """One section: its change over each window, a bar for the first window, and how many changes are known."""

    path: str
    cells: tuple[Cell, ...]
    bar: Bar | None
    coverage: str


def top_sections(site: Site, scope: Scope) -> tuple[SectionGroup[MomentumRow], ...]:
    """Return the sections with the highest momentum of each list."""
    top_rows = ((listed, momentum_rows(site, listed)[:_TOP_SECTIONS]) for listed in scope.lists)
    return tuple(SectionGroup(listed.name, listed.label or "", rows) for listed, rows in top_rows if rows)


def momentum_rows(site: Site, listed: List) -> tuple[MomentumRow, ...]:
    """Return the sections of a list, the highest momentum first and unknown ones last."""
    windows = main_windows(site.report.windows)
    sections = _by_section(site.report.momentum, listed)
    if not windows:
        return ()
    largest = _largest(sections, windows[0])
    ordered = sorted(sections, key=lambda section: _sort_key(section, windows[0]))
    return tuple(_row(section, windows, largest) for section in ordered)


def _by_section(momentum: Iterable[Momentum], listed: List) -> list[_ByWindow]:
    sections: dict[tuple[str, ...], dict[Window, Momentum]] = {}
    for change in momentum:
        if change.list_name == listed.name:
            sections.setdefault(change.section, {})[change.window] = change
    return list(sections.values())


def _largest(sections: list[_ByWindow], window: Window) -> float:
    """Return the largest change in percent, which fills half of a bar; of thin bars only if all bars are thin."""
    percents = {
        is_thin: [abs(_percent(section, window) or 0) for section in sections if _is_thin(section, window) is is_thin]
        for is_thin in (False, True)
    }
    return max(percents[False], default=0) or max(percents[True], default=0)


def _sort_key(section: _ByWindow, window: Window) -> tuple[bool, bool, float, str]:
    percent = _percent(section, window)
    return percent is None, _is_thin(section, window), -(percent or 0), _path(section)


def _is_thin(section: _ByWindow, window: Window) -> bool:
    """Whether the change is known for less than half of the projects."""
    momentum = section.get(window)
    return momentum is None or section_stats.is_thin(momentum)


def _percent(section: _ByWindow, window: Window) -> float | None:
    return section[window].percent if window in section else None


def _path(section: _ByWindow) -> str:
    return phrases.section_path(next(iter(section.values())).section)


def _row(section: _ByWindow, windows: Sequence[Window], largest: float) -> MomentumRow:
    return MomentumRow(
        path=_path(section),
        cells=tuple(cell for window in windows for cell in _cells(section.get(window))),
        bar=_bar(section, windows[0], largest),
        coverage=_coverage(section.get(windows[0])),
    )


def _cells(momentum: Momentum | None) -> tuple[Cell, Cell]:
    if momentum is None or not momentum.known:
        return components.unknown_cell("none known"), components.unknown_cell("none known")
    days = figures.actual_days(momentum.window, momentum.shortest, momentum.longest)
    return replace(components.gain_cell(momentum.gain), note=days), components.percent_cell(momentum.percent)


def _coverage(momentum: Momentum | None) -> str:
    return (
        f"{figures.number(momentum.known)} of {figures.number(momentum.listed)}"
        if momentum
        else components.NOT_AVAILABLE
    )


def _bar(section: _ByWindow, window: Window, largest: float) -> Bar | None:
    """Return the bar of a section; all sections of a list share one scale."""
    percent = _percent(section, window)
    if percent is None:
        return None
    width = min(50, round(50 * abs(percent) / largest, 1)) if largest else 0
    kinds = ["loss"] * (percent < 0) + ["thin"] * _is_thin(section, window)
    return Bar(50 - width if percent < 0 else 50, width, " ".join(kinds))
