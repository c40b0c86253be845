"""Worked examples: formulas applied step by step to figures of the report."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from startrack.dashboards import components
from startrack.dashboards.components import Fact, Link
from startrack.dashboards.site import Site, main_windows
from startrack.model.changes import Change, RankBy, Window
from startrack.model.history import Burst
from startrack.model.report import Momentum, Project
from startrack.trends.health import MAX_SHARE_AFTER_BURST, MIN_BURST_SHARE, MIN_BURST_STARS, is_ended_burst
from startrack.trends.ranking import rank, rising_score, typical_stars
from startrack.wording import coverage, dates, figures, phrases

__all__ = ["WorkedExample", "worked_examples"]


@dataclass(frozen=True, slots=True)
class WorkedExample:
    """One formula applied step by step; `link` leads to the example, `span` says over which time."""

    link: Link
    label: str
    span: str
    steps: tuple[Fact, ...]


def worked_examples(site: Site) -> tuple[WorkedExample, ...]:
    """Return an example of a change, of a section's momentum and of a burst, as far as the report has them."""
    return (*_change(site), *_momentum(site), *_burst(site))


def _change(site: Site) -> Iterator[WorkedExample]:
    """Yield the change of the fastest rising project, over the first main window with a known change."""
    projects = site.report.projects
    typical = typical_stars(projects)
    for window in main_windows(site.report.windows):
        if coverage.known_changes(projects, window):
            project = rank(projects, RankBy.RISING, window, typical)[0]
            change = project.changes[window]
            if isinstance(change, Change):
                yield _example(site, project, _span(window), _change_steps(change, typical, window))
            return


def _example(site: Site, project: Project, span: str, steps: Sequence[tuple[str, str]]) -> WorkedExample:
    facts = tuple(Fact(Link(term), text) for term, text in steps)
    return WorkedExample(site.link(project), project.label or "", span, facts)


def _span(window: Window) -> str:
    return f"over {figures.count(window.days, 'day')}"


def _change_steps(change: Change, typical: float, window: Window) -> list[tuple[str, str]]:
    baseline, current, gain = change.baseline, change.current, figures.signed(change.gain)
    pace = figures.signed(change.gain * change.pace(window), 2)
    before, size = figures.number(baseline.stars), f"√({figures.number(baseline.stars)} + {figures.number(typical)})"
    steps = [
        ("Current", f"{figures.number(current.stars)} stars on {dates.instant(current.taken_at)}"),
        ("Baseline", f"{before} stars on {dates.instant(baseline.taken_at)}"),
        ("Gain", f"{figures.number(current.stars)} {figures.MINUS} {before} = {gain}"),
        ("Per day", f"{gain} ÷ {figures.number(change.days, 2)} days = {components.daily_gain_cell(change).text}"),
    ]
    if change.percent is not None:
        steps.append(("Percent", f"{gain} ÷ {before} = {figures.percent(change.percent)}"))
    return [
        *steps,
        ("Pace", f"{gain} ÷ {figures.number(change.days, 2)} days {figures.TIMES} {window.days} days = {pace}"),
        ("Rising", f"{pace} ÷ {size} = {figures.number(rising_score(change, typical, window), 2)}"),
    ]


def _momentum(site: Site) -> Iterator[WorkedExample]:
    """Yield the momentum of the section with the most known projects."""
    window = main_windows(site.report.windows)[0]
    known = [entry for entry in site.report.momentum if entry.window == window and entry.percent is not None]
    if known:
        most = max(known, key=lambda entry: entry.known)
        steps = tuple(Fact(Link(term), text) for term, text in _momentum_steps(most))
        name = f"{phrases.section_path(most.section)} of {most.list_name}"
        yield WorkedExample(Link(name, "sections.html"), site.label(most.list_name), _span(window), steps)


def _momentum_steps(momentum: Momentum) -> list[tuple[str, str]]:
    gain, baseline = figures.signed(momentum.gain), figures.number(momentum.baseline)
    return [
        ("Sum of gains", gain),
        ("Sum of baselines", f"{baseline} stars"),
        ("Momentum", f"{gain} ÷ {baseline} = {figures.percent(momentum.percent or 0)}"),
        ("Known", f"{figures.number(momentum.known)} of {figures.number(momentum.listed)} projects"),
    ]


def _burst(site: Site) -> Iterator[WorkedExample]:
    """Yield the fourteen days with the largest share of a project's stars, if possible of a burst that ended."""
    bursts = site.report.bursts
    candidates = [
        (is_ended_burst(burst), burst.percent, project, burst)
        for project in site.report.projects
        if (burst := bursts.get(project.repository.repo_id)) and burst.stars >= MIN_BURST_STARS
    ]
    if candidates:
        _, _, project, burst = max(candidates, key=lambda candidate: candidate[:2])
        yield _example(site, project, "in its best 14 days", _burst_steps(burst))


def _burst_steps(burst: Burst) -> list[tuple[str, str]]:
    stars, total = figures.number(burst.stars), figures.number(burst.total)
    gained = f"≈ {stars} retained stars" if burst.retained else f"{stars} stars by the counts"
    min_share, max_after = f"{MIN_BURST_SHARE * 100:.0f}%", f"{MAX_SHARE_AFTER_BURST * 100:.0f}%"
    return [
        ("Best 14 days", f"{gained} from {dates.day(burst.first)} to {dates.day(burst.last)}"),
        ("Share", f"{stars} ÷ {total} = {figures.number(burst.percent, 1)}%; a burst needs at least {min_share}"),
        (
            "Afterwards",
            f"{figures.signed(burst.after)} in the next 14 days; a burst ended if this is below {max_after} of {stars}",
        ),
        ("Result", "a burst that ended" if is_ended_burst(burst) else "not a burst that ended"),
    ]
