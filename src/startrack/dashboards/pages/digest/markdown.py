"""Digests as Markdown: the job summary of a run, the digest of a week, and the texts of a pull request and an issue."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final

from startrack.model.changes import MONTH_WINDOW, WEEK_WINDOW, Change, Window
from startrack.model.diagnostics import FileProblem
from startrack.model.durations import DAY
from startrack.model.events import Event, Kind, filter_kinds
from startrack.model.report import Project, Report, SiteReport
from startrack.model.runs import Run
from startrack.readme import markdown
from startrack.readme.weekly import RANKING_LENGTH, WeeklyDigest, weekly_digest
from startrack.trends import health, ranking
from startrack.trends.health import Finding, Place
from startrack.trends.ranking import ProjectGain
from startrack.wording import coverage, dates, figures, phrases, reasons
from startrack.wording import findings as wording_findings

__all__ = ["ISSUE_MARKER", "ListFile", "RunNotes", "digest_document", "health_issue", "pull_request", "run_summary"]

ISSUE_MARKER: Final = "<!-- startrack:health-issue -->"
"""The line with which the text of the issue about the health of the lists begins."""

_MAX_BODY_LENGTH = 60_000  # characters; GitHub refuses more than 65,536


@dataclass(frozen=True, slots=True)
class ListFile:
    """The file of a list: its path in the repository, and its page at the commit that was read, if that is known."""

    path: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class RunNotes:
    """What only the run knows: the files of the lists by the lists' names, and when the next run is due.

    `history_requests` are those for star history, and `remarks` are more paragraphs in Markdown. `problems` are about
    blocks of READMEs, each with its file.
    """

    files: Mapping[str, ListFile] = field(default_factory=dict)
    next_due: datetime | None = None
    history_requests: int | None = None
    remarks: tuple[str, ...] = ()
    problems: tuple[tuple[ListFile, FileProblem], ...] = ()


def run_summary(report: SiteReport, notes: RunNotes) -> str:
    """Return the summary of the last run: what it counted and cost, and what has changed in and around the lists."""
    return "\n".join(_summary(report, notes)) + "\n"


def digest_document(digest: WeeklyDigest, title: str) -> str:
    """Return the digest of a week as a document; `title` is that of the dashboards."""
    return "\n".join(_week(digest, title)) + "\n"


def pull_request(report: SiteReport) -> str:
    """Return the text of a pull request: the digest of the last week that has ended, and the health of the lists.

    It notifies nobody. It is cut where GitHub would refuse it, and the cut is said.
    """
    return _fitting(markdown.without_mentions("\n".join(_proposed(report))))


def health_issue(report: SiteReport, files: Mapping[str, ListFile]) -> str:
    """Return the text of the issue about the health of the lists; it notifies nobody and links to no other issue.

    `files` are the files of the lists by the lists' names. The text is cut where GitHub would refuse it, and the cut is
    said.
    """
    return _fitting("\n".join(_issue(report, files)))


def _fitting(text: str) -> str:
    if len(text) <= _MAX_BODY_LENGTH:
        return text
    return text[:_MAX_BODY_LENGTH].rpartition("\n")[0] + "\n\nThe rest is cut: the text is too long for GitHub."


def _issue(report: SiteReport, files: Mapping[str, ListFile]) -> Iterator[str]:
    review = health.review(report)
    sentences = (wording_findings.summary(report.projects, review), *wording_findings.ignored(review))
    yield from (ISSUE_MARKER, "", *map(markdown.silent, sentences))
    for kind, group in groupby(review.findings, key=attrgetter("kind")):
        intro = f"{wording_findings.DESCRIPTIONS[kind]} {wording_findings.general_advice(kind)}"
        yield from ("", f"## {kind.value.capitalize()}", "", intro, "")
        for finding in group:
            places = _places(finding, files, markdown.silent)
            yield f"- {markdown.link(finding.project)} ({places}): {_issue_sentences(finding)}"


def _issue_sentences(finding: Finding) -> str:
    """Return the evidence of a finding, the new links, and the advice if that is not the one of all such findings."""
    links = [markdown.code(link) for link in wording_findings.replacement_links(finding)]
    evidence = markdown.silent(wording_findings.evidence(finding))
    evidence += f"; new link: {phrases.joined(links)}" if links else ""
    advice = wording_findings.advice(finding)
    return (
        evidence
        if advice == wording_findings.general_advice(finding.kind)
        else f"{evidence}. {markdown.silent(advice)}"
    )


def _proposed(report: SiteReport) -> Iterator[str]:
    if report.weeks:
        digest = weekly_digest(report.weeks[0], (listed.name for listed in report.lists))
        yield digest_document(digest, report.title)
    else:
        yield from (f"# {markdown.escape(report.title)}", "", "No week has ended since the first count.", "")
    yield from ("## Health", "", *(_health(report, {}, markdown.silent) or ["No findings."]))


def _health(report: SiteReport, files: Mapping[str, ListFile], escape: Callable[[str], str]) -> list[str]:
    """Return a line for each finding, and a paragraph about the ignored ones."""
    review = health.review(report)
    ignored = [escape(sentence) for sentence in wording_findings.ignored(review)]
    findings = [_finding(finding, files, escape) for finding in review.findings]
    return [*findings, *([""] if findings and ignored else []), *([" ".join(ignored)] if ignored else [])]


def _finding(finding: Finding, files: Mapping[str, ListFile], escape: Callable[[str], str]) -> str:
    sentences = (
        f"{finding.kind.value.capitalize()}: {wording_findings.evidence(finding)}. {wording_findings.advice(finding)}"
    )
    places = _places(finding, files, escape)
    return f"- {markdown.link(finding.project)} ({places}). {escape(sentences)}"


def _places(finding: Finding, files: Mapping[str, ListFile], escape: Callable[[str], str]) -> str:
    return phrases.joined([_place(place, files.get(place.list_name), escape) for place in finding.places])


def _place(place: Place, file: ListFile | None, escape: Callable[[str], str]) -> str:
    """Return the line of an entry, with a link where its file has a page."""
    if file is None:
        return escape(f"{place.list_name}, line {place.entry.line}")
    return _line_of(file, place.entry.line, escape)


def _line_of(file: ListFile, line: int, escape: Callable[[str], str]) -> str:
    """Return a line of a file, with a link where the file has a page."""
    name = escape(f"{file.path}:{line}")
    # Without `plain`, GitHub shows a rendered file, which has no lines.
    return f"[{name}]({file.url}?plain=1#L{line})" if file.url else name


def _summary(report: SiteReport, notes: RunNotes) -> Iterator[str]:
    yield "## startrack"
    if not report.runs:
        yield from ("", "Nothing has been counted yet.")
        return
    for paragraph in (*_run(report.runs[0], notes), *notes.remarks, _coverage(report)):
        yield from ("", paragraph)
    yield from _listed("### Blocks that were not updated", map(_block_problem, notes.problems))
    for window in (MONTH_WINDOW, WEEK_WINDOW):
        if window in report.windows:
            yield from _risers(report, window)
    if losing := ranking.losing(report.projects, WEEK_WINDOW)[:RANKING_LENGTH]:
        yield from _table("### Most lost over 7 days", losing, WEEK_WINDOW, "")
    yield from _list_changes(report)
    yield from _listed("### Health", _health(report, notes.files, markdown.escape))
    yield from _listed("### Not counted", map(_not_counted, filter(attrgetter("missing"), report.projects)))


def _run(run: Run, notes: RunNotes) -> Iterator[str]:
    """Yield what a run counted and cost, how late it began, and when the next one is due."""
    yield f"Counted {run.counted:,} of {run.asked:,} projects at {run.started_at.isoformat(' ')} UTC."
    if run.late_seconds is not None:
        yield f"The run began {figures.duration(run.late_seconds)} after the time of its schedule."
    costs = (
        figures.count(run.requests, "request") if run.requests is not None else "",
        figures.count(run.points, "point") if run.points is not None else "",
        f"waited {figures.number(run.waited)} s" if run.waited is not None else "",
    )
    history = "" if notes.history_requests is None else figures.count(notes.history_requests, "request")
    if any(costs):
        yield f"Cost: {', '.join(filter(None, costs))}{f'; star history: {history}' if history else ''}."
    if notes.next_due:
        yield f"The next run is due at {dates.instant(notes.next_due)}."


def _coverage(report: SiteReport) -> str:
    incomplete = coverage.incomplete_windows(report.projects, report.windows)
    return f"Coverage: the changes over {'; those over '.join(incomplete) or 'all windows are known'}."


def _list_changes(report: SiteReport) -> Iterator[str]:
    """Yield the entries that were added or removed since the run before; days are all that is known of them."""
    if len(report.runs) < 2:  # noqa: PLR2004 - the first run has none before it
        return
    run, before = report.runs[:2]
    since = min(before.started_at.date(), (run.started_at - DAY).date())
    changes = filter_kinds(report.events, Kind.ADDED, Kind.REMOVED)
    recent = [_line(event) for event in changes if event.at.date() > since]
    yield from _listed("### Added and removed", recent or [f"No entry since {dates.day(since)}."])


def _listed(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield lines below a heading, nothing if there are none."""
    lines = list(lines)
    if lines:
        yield from ("", heading, "", *lines)


def _block_problem(located: tuple[ListFile, FileProblem]) -> str:
    file, problem = located
    place = _line_of(file, problem.line, markdown.escape) if problem.line else markdown.escape(file.path)
    return f"- {place}: {markdown.escape(problem.text)}"


def _not_counted(project: Project) -> str:
    return f"- {markdown.link(project)}: {reasons.short(project.missing.reason)}" if project.missing else ""


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
    name = markdown.link(project) + markdown.label(project.label)
    gain = markdown.change(change, figures.actual_days(window, change.elapsed))
    return f"| {name} | {figures.number(change.current.stars)} | {gain} |"


def _line(event: Event) -> str:
    return f"- {markdown.event(event, markdown.link(event))}"
