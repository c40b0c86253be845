"""Digests as Markdown: the job summary of a run, and the digest of a week."""

from collections.abc import Iterator, Sequence

from startrack.dashboards.pages.digest.weekly import RANKING_LENGTH, WeeklyDigest, weekly_digest
from startrack.model.changes import MONTH_WINDOW, WEEK_WINDOW, Change, Window
from startrack.model.events import Event
from startrack.model.report import Project, Report, SiteReport
from startrack.readme import markdown
from startrack.trends import health, ranking
from startrack.trends.health import Finding
from startrack.trends.ranking import ProjectGain
from startrack.wording import coverage, dates, events, figures, phrases, reasons
from startrack.wording import findings as wording_findings

__all__ = ["digest_document", "pull_request", "run_summary"]

_MAX_BODY_LENGTH = 60_000  # characters; GitHub refuses more than 65,536


def run_summary(report: Report) -> str:
    """Return the summary of the last run, with the fastest rising projects over a month and a week."""
    return "\n".join(_summary(report)) + "\n"


def digest_document(digest: WeeklyDigest, title: str) -> str:
    """Return the digest of a week as a document; `title` is that of the dashboards."""
    return "\n".join(_week(digest, title)) + "\n"


def pull_request(report: SiteReport) -> str:
    """Return the text of a pull request: the digest of the last week that has ended, and the health of the lists.

    It is cut where GitHub would refuse it, and the cut is said.
    """
    text = "\n".join(_proposed(report))
    if len(text) <= _MAX_BODY_LENGTH:
        return text
    return text[:_MAX_BODY_LENGTH].rpartition("\n")[0] + "\n\nThe rest is cut: the text is too long for GitHub."


def _proposed(report: SiteReport) -> Iterator[str]:
    if report.weeks:
        digest = weekly_digest(report.weeks[0], (listed.name for listed in report.lists))
        yield digest_document(digest, report.title)
    else:
        yield from (f"# {markdown.escape(report.title)}", "", "No week has ended since the first count.", "")
    yield from ("## Health", "")
    found = health.findings(report)
    if not found:
        yield "No findings."
    yield from (_finding(finding) for finding in found)


def _finding(finding: Finding) -> str:
    places = phrases.joined([f"{place.list_name}, line {place.entry.line}" for place in finding.places])
    sentences = (
        f"{finding.kind.value.capitalize()}: {wording_findings.evidence(finding)}. {wording_findings.advice(finding)}"
    )
    return f"- {markdown.link(finding.project)} ({markdown.escape(places)}). {markdown.escape(sentences)}"


def _summary(report: Report) -> Iterator[str]:
    yield "## startrack"
    yield ""
    if not report.runs:
        yield "Nothing has been counted yet."
        return
    run = report.runs[0]
    yield f"Counted {run.counted:,} of {run.asked:,} projects at {run.started_at.isoformat(' ')} UTC."
    for project in report.projects:
        if project.missing:
            yield f"- {markdown.link(project)}: {reasons.short(project.missing.reason)}"
    for window in (MONTH_WINDOW, WEEK_WINDOW):
        if window in report.windows:
            yield from _risers(report, window)


def _risers(report: Report, window: Window) -> Iterator[str]:
    if not coverage.known_changes(report.projects, window):
        yield from ("", f"### Rising over {window.days} days", "")
        yield "Not known yet: no project has been counted for that long."
        return
    rising = ranking.rising(report.projects, window)[:RANKING_LENGTH]
    yield from _table(f"### Rising over {window.days} days", rising, window, "No project gained stars.")


def _week(digest: WeeklyDigest, title: str) -> Iterator[str]:
    yield f"# {markdown.escape(title)}: {digest.title}"
    yield ""
    yield f"{digest.span}, UTC. Stars gained: {figures.signed(digest.gain)}, {digest.known}."
    yield from _table("## Rising", digest.rising, WEEK_WINDOW, "No project gained stars.")
    yield from _table("## Most lost", digest.losing, WEEK_WINDOW, "No project lost stars.")
    for group in digest.groups:
        yield from ("", f"## {group.title}", "")
        yield from (_line(event) for event in group.events)
    if digest.empty_groups:
        yield from ("", f"No {phrases.joined(digest.empty_groups, 'or')}.")


def _table(heading: str, gains: Sequence[ProjectGain], window: Window, if_empty: str) -> Iterator[str]:
    yield from ("", heading, "")
    if not gains:
        yield if_empty
        return
    yield "| Project | Stars | Gain |"
    yield "| :-- | --: | --: |"
    yield from (_row(project, change, window) for project, change in gains)


def _row(project: Project, change: Change, window: Window) -> str:
    name = markdown.link(project) + _label(project.label)
    gain = markdown.change(change, figures.actual_days(window, change.elapsed))
    return f"| {name} | {figures.number(change.current.stars)} | {gain} |"


def _line(event: Event) -> str:
    sentences = markdown.escape(f"{events.predicate(event)}. {events.detail(event)}")
    return f"- {dates.day(event.at)}: {markdown.link(event)}{_label(event.label)} {sentences}"


def _label(label: str | None) -> str:
    return f" ({markdown.escape(label)})" if label else ""
