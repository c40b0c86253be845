"""The charts for READMEs: the movers of each list, and the stars of each project, light and dark."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from startrack.dashboards.charts import series, svg
from startrack.dashboards.charts.palette import DARK, LIGHT
from startrack.dashboards.site import Scope, Site, list_labels, main_windows
from startrack.model.changes import Change, Count, Window
from startrack.model.report import Project
from startrack.trends.ranking import RankBy, rank, typical_stars
from startrack.wording import coverage, dates, figures, phrases

__all__ = [
    "movers_path",
    "project_path",
    "render_charts",
]


_MOST = 6
_Moved = tuple[Project, Change]


def movers_path(site: Site, list_name: str | None) -> str:
    """Return the path of a list's chart of movers, or of all lists together, without `-light.svg` or `-dark.svg`."""
    return f"charts/{site.lists[list_name]}/movers" if list_name is not None else "charts/movers"


def project_path(site: Site, project: Project) -> str:
    """Return the path of a project's chart, without `-light.svg` or `-dark.svg`."""
    return f"charts/projects/{site.slug(project)}"


def render_charts(site: Site, scopes: Sequence[Scope]) -> Iterator[tuple[str, str]]:
    """Yield every chart with its path; `scopes` are all lists together and, where there are several, each of them."""
    yield from _pair(movers_path(site, None), _movers(site, scopes[0]))
    for scope in scopes[1:] or scopes:
        for listed in scope.lists:
            yield from _pair(movers_path(site, listed.name), _movers(site, replace(scope, name=listed.name)))
    for project in site.report.projects:
        yield from _pair(project_path(site, project), _project(site, project))


def _pair(path: str, chart: svg.Chart) -> Iterator[tuple[str, str]]:
    light, dark = svg.render(chart, LIGHT, DARK)
    yield f"{path}-light.svg", light
    yield f"{path}-dark.svg", dark


# ── Movers ───────────────────────────────────────────────────────────────────────────────────────────────


def _movers(site: Site, scope: Scope) -> svg.Chart:
    windows = main_windows(site.report.windows)
    window = next((each for each in windows if coverage.known_changes(scope.projects, each)), windows[0])
    moved = list(islice(_gained(scope.projects, window), _MOST))
    title = f"{scope.name}: stars gained in {figures.count(window.days, 'day')}"
    sentence = "" if moved else _unmoved(scope, window)
    return svg.Chart(
        title=title,
        summary=" ".join(_told(project, change) for project, change in moved) or sentence,
        as_of=site.report.as_of,
        lines=_gains(site, moved, window),
        sentence=sentence,
        mark=phrases.joined(list(dict.fromkeys(each.mark for each in list_labels(scope.lists))) or [""]),
        is_change=True,
    )


def _gained(projects: Sequence[Project], window: Window) -> Iterator[_Moved]:
    """Yield those that gained stars over a window, those rising most first."""
    for project in rank(projects, RankBy.RISING, window, typical_stars(projects)):
        change = project.changes.get(window)
        if isinstance(change, Change) and change.gain > 0:
            yield project, change


def _unmoved(scope: Scope, window: Window) -> str:
    if coverage.known_changes(scope.projects, window):
        return f"No project gained stars in {figures.count(window.days, 'day')}."
    return coverage.unknown_sentence(scope.projects, window)


def _short(moved: Sequence[_Moved]) -> dict[int | str, str]:
    """Return what each name is called beside its line: without its owner, where that is nobody else's."""
    tails = [project.title.rpartition("/")[2] for project, _ in moved]
    return {
        project.key: tail if tails.count(tail) == 1 else project.title
        for (project, _), tail in zip(moved, tails, strict=True)
    }


def _gains(site: Site, moved: Sequence[_Moved], window: Window) -> tuple[svg.Line, ...]:
    short = _short(moved)
    return tuple(
        replace(_gain(site, project, change, _label(project, change, window, short[project.key])), colour=colour)
        for colour, (project, change) in enumerate(moved)
    )


def _label(project: Project, change: Change, window: Window, name: str) -> str:
    gain = figures.signed(change.gain) + _bracketed(figures.actual_days(window, change.elapsed))
    return f"{phrases.clipped(name, 20)} {gain}{_bracketed(project.label)}"


def _gain(site: Site, project: Project, change: Change, label: str) -> svg.Line:
    counts = site.report.history.get(project.repository.repo_id, (change.baseline, change.current))
    inside = [each for each in counts if change.baseline.taken_at <= each.taken_at <= change.current.taken_at]
    return svg.Line([(each.taken_at, each.stars - change.baseline.stars) for each in inside], label)


def _bracketed(text: str | None) -> str:
    return f" ({text})" if text else ""


def _told(project: Project, change: Change) -> str:
    before, after = change.baseline, change.current
    return (
        f"{phrases.clipped(project.title, 100)}{_bracketed(project.label)}: {figures.signed(change.gain)}, from "
        f"{figures.number(before.stars)} on {dates.day(before.taken_at)} to {figures.number(after.stars)} on "
        f"{dates.day(after.taken_at)}."
    )


# ── One project ──────────────────────────────────────────────────────────────────────────────────────────


def _project(site: Site, project: Project) -> svg.Chart:
    counts = site.report.history.get(project.repository.repo_id, ())
    levels = series.retained_before_counts(site.report.retained.get(project.repository.repo_id, ()), counts)
    has_line = site.has_line(project)
    summary = f"{_counted(counts)} {_retained(levels)}".strip()
    return svg.Chart(
        title=f"{project.title}: stars",
        summary=summary,
        as_of=site.report.as_of,
        lines=_lines(counts, levels) if has_line else (),
        sentence=summary,
        note=_note(project, levels) if has_line else "",
        mark=project.label or "",
    )


def _note(project: Project, levels: Sequence[tuple[datetime, int]]) -> str:
    dashed = "Dashed: ≈ retained stars, no counts" if len(levels) > 1 else ""
    missing = f"last counted on {dates.day(project.current.taken_at)}" if project.missing and project.current else ""
    return "; ".join(filter(None, (dashed, missing)))


def _lines(counts: Sequence[Count], levels: Sequence[tuple[datetime, int]]) -> tuple[svg.Line, ...]:
    counted = svg.Line([(each.taken_at, each.stars) for each in counts], figures.number(counts[-1].stars))
    before = svg.Line(levels, "", is_dashed=True)
    return (before, counted) if len(levels) > 1 else (counted,)


def _counted(counts: Sequence[Count]) -> str:
    if not counts:
        return "Never counted yet: there are no figures to show."
    first, last = counts[0], counts[-1]
    if len(counts) == 1:
        return f"One count so far: {figures.count(last.stars, 'star')} on {dates.day(last.taken_at)}."
    gaps = coverage.gap_sentence([each.taken_at for each in counts])
    return (
        f"{figures.count(last.stars, 'star')} on {dates.day(last.taken_at)}, {figures.number(first.stars)} on "
        f"{dates.day(first.taken_at)}: {figures.signed(last.stars - first.stars)} "
        f"by {figures.number(len(counts))} counts. "
        f"{gaps}"
    ).strip()


def _retained(levels: Sequence[tuple[datetime, int]]) -> str:
    if len(levels) < 2:  # noqa: PLR2004 - a line has two ends
        return ""
    (start, few), (end, many) = levels[0], levels[-1]
    return (
        f"Dashed: retained stars, ≈ {figures.number(few)} by {dates.day(start)} and ≈ {figures.number(many)} by "
        f"{dates.day(end)}; they are no counts."
    )
