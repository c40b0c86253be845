"""A run and its movers as Markdown, for whoever looks at the job that made it."""

from collections.abc import Iterator

from startrack.models import Change, Project, Report, Window
from startrack.render import markdown, words
from startrack.trends.ranking import By, rank, typical_stars

__all__ = ["summary"]

_SHOWN = 10


def summary(report: Report) -> str:
    """Return the last run's figures and the projects that rise most over a month and a week."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    yield "## startrack"
    yield ""
    if not report.runs:
        yield "Nothing has been counted yet."
        return
    run = report.runs[0]
    yield f"Counted {run.counted:,} of {run.asked:,} projects at {run.started_at.isoformat(' ')} UTC."
    for project in report.projects:
        if project.missing:
            yield f"- {markdown.link(project.name, project.repository.url)}: {words.briefly(project.missing.reason)}"
    for window in (Window(30), Window(7)):
        if window in report.windows:
            yield from _movers(report, window)


def _movers(report: Report, window: Window) -> Iterator[str]:
    typical = typical_stars(report.projects)
    known = [each for each in report.projects if isinstance(each.changes[window], Change)]
    yield ""
    yield f"### Rising over {window.days} days"
    yield ""
    if not known:
        yield "Not known yet: no project has been counted for that long."
        return
    yield "| Project | Stars | Gain |"
    yield "| :-- | --: | --: |"
    for project in rank(known, By.RISING, window, typical)[:_SHOWN]:
        change = project.changes[window]
        if isinstance(change, Change):
            yield _row(project, change)


def _row(project: Project, change: Change) -> str:
    label = f" ({markdown.escape(project.label)})" if project.label else ""
    name = markdown.link(project.name, project.repository.url) + label
    return f"| {name} | {words.number(change.current.stars)} | {words.signed(change.gain)} |"
