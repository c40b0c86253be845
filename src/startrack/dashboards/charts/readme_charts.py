"""The charts for READMEs, light and dark: the movers of each list, and the stars of each project."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from startrack.dashboards.charts import geometry, series, svg
from startrack.dashboards.charts.geometry import Line
from startrack.dashboards.charts.palette import DARK, LIGHT
from startrack.dashboards.site import Scope, Site, build_scopes, list_labels, main_windows
from startrack.model.changes import Change, RankBy, Window
from startrack.model.count_history import CountHistory
from startrack.model.report import Project
from startrack.readme.context import ChartSubject
from startrack.trends.ranking import rank, typical_stars
from startrack.wording import coverage, dates, figures, phrases

__all__ = [
    "BLOCK_CHARTS",
    "block_chart_path",
    "movers_path",
    "project_path",
    "render_block_charts",
    "render_movers_charts",
    "render_project_chart",
]


BLOCK_CHARTS: Final = "readme/"
"""The folder of the charts of README blocks: they are in git, apart from those that are only published."""

_MOST_MOVERS: Final = 6
_Mover = tuple[Project, Change]


def movers_path(site: Site, list_name: str | None) -> str:
    """Return the path of the movers chart of a list, or of all lists, without `-light.svg` or `-dark.svg`."""
    return f"charts/{site.lists[list_name]}/movers" if list_name is not None else "charts/movers"


def project_path(site: Site, project: Project) -> str:
    """Return the path of a project's chart, without `-light.svg` or `-dark.svg`."""
    return f"charts/projects/{site.slug(project)}"


def render_movers_charts(site: Site, scopes: Sequence[Scope]) -> Iterator[tuple[str, str]]:
    """Yield the path and SVG of the movers of all lists and of each list. `scopes` are those of `build_scopes`."""
    yield from _light_and_dark(movers_path(site, None), _movers_chart(site, scopes[0]))
    for scope in scopes[1:] or scopes:
        for listed in scope.lists:
            chart = _movers_chart(site, replace(scope, name=listed.name))
            yield from _light_and_dark(movers_path(site, listed.name), chart)


def block_chart_path(site: Site, subject: ChartSubject) -> str:
    """Return the path of the chart that a block of a README shows, without `-light.svg` or `-dark.svg`."""
    if subject.project:
        return f"{BLOCK_CHARTS}projects/{site.slug(subject.project)}"
    return (
        f"{BLOCK_CHARTS}{site.lists[subject.list_name]}/movers"
        if subject.list_name is not None
        else f"{BLOCK_CHARTS}movers"
    )


def render_block_charts(site: Site, subjects: Iterable[ChartSubject]) -> Iterator[tuple[str, str]]:
    """Yield the path and SVG of the charts that blocks show, each once."""
    scopes = build_scopes(site)
    charts = {block_chart_path(site, subject): subject for subject in subjects}
    for path, subject in charts.items():
        yield from _light_and_dark(path, _block_chart(site, scopes, subject))


def _block_chart(site: Site, scopes: Sequence[Scope], subject: ChartSubject) -> svg.Chart:
    if subject.project:
        counts = site.report.counts(subject.project)
        counted = series.build_track(counts.times, counts.stars)
        return _project_chart(site, subject.project, counted, site.retained(subject.project))
    if subject.list_name is None:
        return _movers_chart(site, scopes[0])
    scope = next(scope for scope in reversed(scopes) if subject.list_name in {listed.name for listed in scope.lists})
    return _movers_chart(site, replace(scope, name=subject.list_name))


def render_project_chart(
    site: Site, project: Project, counted: series.Track | None, retained: series.Track | None
) -> Iterator[tuple[str, str]]:
    """Yield the path and SVG of a project's chart, light and dark; the first column of both tracks is stars."""
    yield from _light_and_dark(project_path(site, project), _project_chart(site, project, counted, retained))


def _light_and_dark(path: str, chart: svg.Chart) -> Iterator[tuple[str, str]]:
    light, dark = svg.render(chart, LIGHT, DARK)
    yield f"{path}-light.svg", light
    yield f"{path}-dark.svg", dark


def _movers_chart(site: Site, scope: Scope) -> svg.Chart:
    windows = main_windows(site.report.windows)
    window = next((window for window in windows if coverage.known_changes(scope.projects, window)), windows[0])
    movers = list(islice(_movers(scope.projects, window), _MOST_MOVERS))
    sentence = "" if movers else _no_movers_sentence(scope, window)
    labels = list(dict.fromkeys(label.mark for label in list_labels(scope.lists)))
    return svg.Chart(
        title=f"{scope.name}: stars gained in {figures.count(window.days, 'day')}",
        summary=" ".join(_mover_sentence(project, change) for project, change in movers) or sentence,
        as_of=site.report.as_of,
        lines=_mover_lines(site, movers, window),
        sentence=sentence,
        mark=phrases.joined(labels or [""]),
        is_change=True,
    )


def _movers(projects: Sequence[Project], window: Window) -> Iterator[_Mover]:
    """Yield the projects that gained stars over a window, the fastest rising first."""
    for project in rank(projects, RankBy.RISING, window, typical_stars(projects)):
        change = project.changes.get(window)
        if isinstance(change, Change) and change.gain > 0:
            yield project, change


def _no_movers_sentence(scope: Scope, window: Window) -> str:
    if coverage.known_changes(scope.projects, window):
        return f"No project gained stars in {figures.count(window.days, 'day')}."
    return coverage.unknown_sentence(scope.projects, window)


def _mover_sentence(project: Project, change: Change) -> str:
    baseline, current = change.baseline, change.current
    return (
        f"{phrases.clipped(project.title, 100)}{_bracketed(project.label)}: {figures.signed(change.gain)}, from "
        f"{figures.number(baseline.stars)} on {dates.day(baseline.taken_at)} to {figures.number(current.stars)} on "
        f"{dates.day(current.taken_at)}."
    )


def _mover_lines(site: Site, movers: Sequence[_Mover], window: Window) -> tuple[Line, ...]:
    names = _short_names(movers)
    return tuple(
        geometry.track_line(track, label=_line_label(project, change, window, names[project.key]), colour=colour)
        for colour, (project, change) in enumerate(movers)
        if (track := _gains(site, project, change))
    )


def _short_names(movers: Sequence[_Mover]) -> dict[int | str, str]:
    """Return the names beside the lines, by project key: without the owner unless two projects have that name."""
    names = [project.title.rpartition("/")[2] for project, _ in movers]
    return {
        project.key: name if names.count(name) == 1 else project.title
        for (project, _), name in zip(movers, names, strict=True)
    }


def _line_label(project: Project, change: Change, window: Window, name: str) -> str:
    gain = figures.signed(change.gain) + _bracketed(figures.actual_days(window, change.elapsed))
    return f"{phrases.clipped(name, 20)} {gain}{_bracketed(project.label)}"


def _gains(site: Site, project: Project, change: Change) -> series.Track | None:
    """Return the stars gained since the baseline, at each count from the baseline to the current one."""
    baseline, current = change.baseline, change.current
    counts = site.report.history.get(project.repository.repo_id) or CountHistory.of((baseline, current))
    shown = counts.between(baseline.taken_at, current.taken_at)
    return series.build_track(shown.times, [stars - baseline.stars for stars in shown.stars])


def _bracketed(text: str | None) -> str:
    return f" ({text})" if text else ""


def _project_chart(
    site: Site, project: Project, counted: series.Track | None, retained: series.Track | None
) -> svg.Chart:
    counts = site.report.counts(project)
    has_line = site.has_line(project)
    summary = f"{_counts_sentence(counts)} {_retained_sentence(retained)}".strip()
    return svg.Chart(
        title=f"{project.title}: stars",
        summary=summary,
        as_of=site.report.as_of,
        lines=tuple(_project_lines(counted, retained)) if has_line else (),
        sentence=summary,
        note=_note(project, retained) if has_line else "",
        mark=project.label or "",
    )


def _note(project: Project, retained: series.Track | None) -> str:
    dashed = "Dashed: retained stars ≈, not counts" if retained else ""
    missing = f"last counted on {dates.day(project.current.taken_at)}" if project.missing and project.current else ""
    return "; ".join(filter(None, (dashed, missing)))


def _project_lines(counted: series.Track | None, retained: series.Track | None) -> Iterator[Line]:
    if retained:
        yield geometry.track_line(retained, is_dashed=True)
    if counted:
        yield geometry.track_line(counted, label=figures.number(counted.values[0][-1] or 0))


def _counts_sentence(counts: CountHistory) -> str:
    if not counts:
        return "Not counted yet: there are no figures to show."
    first, last = counts[0], counts[-1]
    if len(counts) == 1:
        return f"One count so far: {figures.count(last.stars, 'star')} on {dates.day(last.taken_at)}."
    gaps = coverage.gap_sentence(counts.times)
    return (
        f"From {figures.count(first.stars, 'star')} on {dates.day(first.taken_at)} to {figures.number(last.stars)} "
        f"on {dates.day(last.taken_at)}: {figures.signed(last.stars - first.stars)} "
        f"in {figures.number(len(counts))} counts. "
        f"{gaps}"
    ).strip()


def _retained_sentence(retained: series.Track | None) -> str:
    if not retained:
        return ""
    first, last = retained.values[0][0] or 0, retained.values[0][-1] or 0
    return (
        f"Dashed line: retained stars, from ≈ {figures.number(first)} on {dates.day(retained.start)} to "
        f"≈ {figures.number(last)} on {dates.day(retained.end)}. These are not counts."
    )
