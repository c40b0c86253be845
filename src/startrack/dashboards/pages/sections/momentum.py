"""Momentum of the sections of each list, as table rows with bars."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from startrack.dashboards import components
from startrack.dashboards.components import Cell, SectionGroup
from startrack.dashboards.site import Scope, Site, main_windows
from startrack.model.changes import Window
from startrack.model.lists import List
from startrack.model.report import Momentum
from startrack.wording import figures, phrases

__all__ = [
    "Bar",
    "MomentumRow",
    "momentum_rows",
    "top_sections",
]


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar that grows right from `x` for a gain, or left to it for a loss, in hundredths of its box.

    `kind` is its CSS class: "loss", and "thin" where it speaks for less than half of its section.
    """

    x: float
    width: float
    kind: str


@dataclass(frozen=True, slots=True)
class MomentumRow:
    """How one section moved: its change over each window, and a bar for the first of them."""

    path: str
    cells: tuple[Cell, ...]
    bar: Bar | None
    coverage: str


_SHOWN = 5

_ByWindow = Mapping[Window, Momentum]


def top_sections(site: Site, scope: Scope) -> tuple[SectionGroup[MomentumRow], ...]:
    """Return the few sections of each list with most momentum."""
    found = ((listed, momentum_rows(site, listed)[:_SHOWN]) for listed in scope.lists)
    return tuple(SectionGroup(listed.name, listed.label or "", shown) for listed, shown in found if shown)


def momentum_rows(site: Site, listed: List) -> tuple[MomentumRow, ...]:
    """Return the sections of a list, the one with most momentum first, the unknown ones last."""
    windows = main_windows(site.report.windows)
    sections = _of(site.report.momentum, listed)
    if not windows:
        return ()
    largest = _largest(sections, windows[0])
    ordered = sorted(sections, key=lambda section: _place(section, windows[0]))
    return tuple(_row(section, windows, largest) for section in ordered)


def _of(momentum: Iterable[Momentum], listed: List) -> list[_ByWindow]:
    sections: dict[tuple[str, ...], dict[Window, Momentum]] = {}
    for one in momentum:
        if one.list_name == listed.name:
            sections.setdefault(one.section, {})[one.window] = one
    return list(sections.values())


def _largest(sections: list[_ByWindow], window: Window) -> float:
    """Return the change that fills a bar; a thin one only where all are thin."""
    shares = {
        is_thin: [abs(_percent(s, window) or 0) for s in sections if _thin(s, window) is is_thin]
        for is_thin in (False, True)
    }
    return max(shares[False], default=0) or max(shares[True], default=0)


def _place(section: _ByWindow, window: Window) -> tuple[bool, bool, float, str]:
    percent = _percent(section, window)
    return percent is None, _thin(section, window), -(percent or 0), _path(section)


def _thin(section: _ByWindow, window: Window) -> bool:
    """Whether a section's change is known for less than half of it."""
    momentum = section.get(window)
    return momentum is None or 2 * momentum.known < momentum.listed


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
    """Return a bar from the middle: all sections share one scale."""
    percent = _percent(section, window)
    if percent is None:
        return None
    width = min(50, round(50 * abs(percent) / largest, 1)) if largest else 0
    kinds = ["loss"] * (percent < 0) + ["thin"] * _thin(section, window)
    return Bar(50 - width if percent < 0 else 50, width, " ".join(kinds))
