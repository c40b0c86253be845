"""Formulas worked out step by step on the report's own figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from startrack.dashboards import components
from startrack.dashboards.components import Fact, Link
from startrack.dashboards.site import Site, main_windows
from startrack.model.changes import Change, Window
from startrack.model.history import Burst
from startrack.model.report import Momentum, Project
from startrack.trends.health import MAX_SHARE_AFTER_BURST, MIN_BURST_SHARE, MIN_BURST_STARS, is_ended_burst
from startrack.trends.ranking import RankBy, rank, typical_stars
from startrack.wording import coverage, dates, figures, phrases

__all__ = [
    "WorkedExample",
    "worked_examples",
]


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One formula worked out step by step, on what `link` leads to, `over` what."""

    link: Link
    label: str
    over: str
    steps: tuple[Fact, ...]


def worked_examples(site: Site) -> tuple[WorkedExample, ...]:
    """Return a change, the momentum of a section and a burst, each where the report has one to work out."""
    return (*_change(site), *_momentum(site), *_burst(site))


def _change(site: Site) -> Iterator[WorkedExample]:
    """Work out the change of the project that rises most, over the first window in which one is known."""
    projects = site.report.projects
    typical = typical_stars(projects)
    for window in main_windows(site.report.windows):
        if coverage.known_changes(projects, window):
            project = rank(projects, RankBy.RISING, window, typical)[0]
            change = project.changes[window]
            if isinstance(change, Change):
                yield _example(site, project, _over(window), _change_steps(change, typical, window))
            return


def _example(site: Site, project: Project, over: str, steps: Sequence[tuple[str, str]]) -> WorkedExample:
    facts = tuple(Fact(Link(term), text) for term, text in steps)
    return WorkedExample(site.link(project), project.label or "", over, facts)


def _over(window: Window) -> str:
    return f"over {figures.count(window.days, 'day')}"


def _change_steps(change: Change, typical: float, window: Window) -> list[tuple[str, str]]:
    a, b, gain = change.baseline, change.current, figures.signed(change.gain)
    pace = figures.signed(change.gain * change.pace(window), 2)
    before, size = figures.number(a.stars), f"√({figures.number(a.stars)} + {figures.number(typical)})"
    steps = [
        ("Current", f"{figures.number(b.stars)} stars on {dates.instant(b.taken_at)}"),
        ("Baseline", f"{before} stars on {dates.instant(a.taken_at)}"),
        ("Gain", f"{figures.number(b.stars)} {figures.MINUS} {before} = {gain}"),
        ("Per day", f"{gain} ÷ {figures.number(change.days, 2)} days = {components.daily_gain_cell(change).text}"),
    ]
    if change.percent is not None:
        steps.append(("Percent", f"{gain} ÷ {before} = {figures.percent(change.percent)}"))
    return [
        *steps,
        ("At this pace", f"{gain} ÷ {figures.number(change.days, 2)} days {figures.TIMES} {window.days} days = {pace}"),
        ("Rising", f"{pace} ÷ {size} = {figures.number(change.rising(typical, window), 2)}"),
    ]


def _momentum(site: Site) -> Iterator[WorkedExample]:
    """Work out the section whose momentum is known of most projects."""
    window = main_windows(site.report.windows)[0]
    known = [each for each in site.report.momentum if each.window == window and each.percent is not None]
    if known:
        most = max(known, key=lambda each: (each.known, -known.index(each)))
        steps = tuple(Fact(Link(term), text) for term, text in _momentum_steps(most))
        name = f"{phrases.section_path(most.section)} of {most.list_name}"
        yield WorkedExample(Link(name, "sections.html"), site.label(most.list_name), _over(window), steps)


def _momentum_steps(momentum: Momentum) -> list[tuple[str, str]]:
    gain, baseline = figures.signed(momentum.gain), figures.number(momentum.baseline)
    return [
        ("Sum of gains", gain),
        ("Sum of baselines", f"{baseline} stars"),
        ("Momentum", f"{gain} ÷ {baseline} = {figures.percent(momentum.percent or 0)}"),
        ("Known", f"{figures.number(momentum.known)} of {figures.number(momentum.listed)} projects"),
    ]


def _burst(site: Site) -> Iterator[WorkedExample]:
    """Work out the best fourteen days that hold most of a project's stars, one that ended where there is one."""
    bursts = site.report.bursts
    found = [
        (is_ended_burst(burst), burst.percent, project, burst)
        for project in site.report.projects
        if (burst := bursts.get(project.repository.repo_id)) and burst.stars >= MIN_BURST_STARS
    ]
    if found:
        _, _, project, burst = max(found, key=lambda each: each[:2])
        yield _example(site, project, "in its best fourteen days", _burst_steps(burst))


def _burst_steps(burst: Burst) -> list[tuple[str, str]]:
    stars, total = figures.number(burst.stars), figures.number(burst.total)
    kept = f"≈ {stars} retained stars" if burst.retained else f"{stars} stars by the counts"
    least, most = f"{MIN_BURST_SHARE * 100:.0f}%", f"{MAX_SHARE_AFTER_BURST * 100:.0f}%"
    return [
        ("Best fourteen days", f"{kept} from {dates.day(burst.first)} to {dates.day(burst.last)}"),
        ("Share", f"{stars} ÷ {total} = {figures.number(burst.percent, 1)}%, where {least} make a burst"),
        ("Afterwards", f"{figures.signed(burst.after)} in fourteen days, where less than {most} of {stars} is an end"),
        ("So", "a burst that ended" if is_ended_burst(burst) else "no burst that ended"),
    ]
