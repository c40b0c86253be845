"""Coverage as sentences: for how many projects a change is known, and when nothing was counted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, time

from startrack.model.changes import Change, Unknown, Window, to_instant
from startrack.model.count_history import CountHistory, Times
from startrack.model.history import ImportedCounts
from startrack.model.report import Project
from startrack.trends import gaps
from startrack.wording import dates, figures, phrases, reasons

__all__ = [
    "count_gaps",
    "counted_days",
    "gap_sentence",
    "imported_sentence",
    "imported_totals",
    "incomplete_windows",
    "known_changes",
    "unknown_sentence",
    "window_coverage",
]


_SHOWN_GAPS = 3
_KINDS = {
    Unknown.NOT_COUNTED: "not counted",
    Unknown.TOO_YOUNG: "too young",
    Unknown.GAP: "with a gap",
}


def known_changes(projects: Iterable[Project], window: Window) -> list[Change]:
    """Return the changes over a window that are known."""
    changes = (project.changes.get(window) for project in projects)
    return [change for change in changes if isinstance(change, Change)]


def window_coverage(projects: Sequence[Project], window: Window) -> str:
    """Return for how many projects the change is known, over how many days, and why not for the others."""
    if not projects:
        return "no project counted yet"
    known, listed = known_changes(projects, window), figures.count(len(projects), "project")
    days = figures.actual_days(window, *(change.elapsed for change in known))
    over = f", measured over {days}" if days else ""
    if len(known) == len(projects):
        return f"known for {'all ' if len(projects) > 1 else ''}{listed}{over}"
    return f"known for {figures.number(len(known))} of {listed} ({_reasons(projects, window)}){over}"


def incomplete_windows(projects: Sequence[Project], windows: Iterable[Window]) -> tuple[str, ...]:
    """Return the coverage of each incomplete window; windows with the same coverage share one sentence.

    A window is incomplete if the change over it is not known for all projects.
    """
    by_coverage: dict[str, list[str]] = {}
    for window in windows:
        if len(known_changes(projects, window)) < len(projects):
            by_coverage.setdefault(window_coverage(projects, window), []).append(str(window))
    return tuple(f"{phrases.joined(names)} are {coverage}" for coverage, names in by_coverage.items())


def unknown_sentence(projects: Sequence[Project], window: Window) -> str:
    """Return why the change over a window is not known for any project."""
    span = figures.count(window.days, "day")
    if not projects:
        return f"No project has been counted yet, so there is no change over {span} to show."
    kinds = _kinds(projects, window)
    if set(kinds) <= {Unknown.TOO_YOUNG, Unknown.NOT_COUNTED} and kinds[Unknown.TOO_YOUNG]:
        return f"Too early: a change over {span} needs a count from about {span} ago. {_sentence(kinds)}"
    return f"No change over {span} is known. {_sentence(kinds)}"


def counted_days(histories: Iterable[CountHistory]) -> list[datetime]:
    """Return the days on which something was counted, in order."""
    instants = {instant for counts in histories for instant in counts.times}
    days = {to_instant(instant).date() for instant in instants}
    return [datetime.combine(day, time()) for day in sorted(days)]


def count_gaps(times: Times) -> int:
    """Return the number of gaps between counts."""
    return len(gaps.find_gaps(times))


def gap_sentence(times: Times) -> str:
    """Return the days around the gaps, the latest gap first; empty if there is none."""
    latest_first = gaps.find_gaps(times)[::-1]
    if not latest_first:
        return ""
    shown = [f"{dates.day(gap.before)} to {dates.day(gap.after)}" for gap in latest_first[:_SHOWN_GAPS]]
    more = len(latest_first) - len(shown)
    listed = phrases.joined([*shown, f"{figures.number(more)} more"] if more else shown)
    return f"{figures.count(len(latest_first), 'gap')} between counts: {listed}. Chart lines break there."


def imported_sentence(imported: Iterable[ImportedCounts]) -> str:
    """Return which counts were imported, source by source; empty if none was."""
    sources = [
        f"{figures.number(part.counts)} from {part.source} ({dates.day(part.first_at)} to {dates.day(part.last_at)})"
        for part in imported
    ]
    return f"Imported counts: {phrases.joined(sources)}." if sources else ""


def imported_totals(imported: Iterable[Iterable[ImportedCounts]]) -> dict[str, str]:
    """Return by source what was imported, from the imported counts of each project."""
    by_source: dict[str, list[ImportedCounts]] = {}
    for parts in imported:
        for part in parts:
            by_source.setdefault(part.source, []).append(part)
    return {source: _imported_total(by_source[source]) for source in sorted(by_source)}


def _imported_total(parts: Sequence[ImportedCounts]) -> str:
    counts = figures.count(sum(part.counts for part in parts), "count")
    first, last = min(part.first_at for part in parts), max(part.last_at for part in parts)
    return f"{counts} of {figures.count(len(parts), 'project')}, {dates.day(first)} to {dates.day(last)}"


def _kinds(projects: Sequence[Project], window: Window) -> Counter[Unknown]:
    changes = (project.changes.get(window, Unknown.NOT_COUNTED) for project in projects)
    return Counter(change for change in changes if isinstance(change, Unknown))


def _reasons(projects: Sequence[Project], window: Window) -> str:
    kinds = _kinds(projects, window)
    return ", ".join(f"{figures.number(kinds[kind])} {_KINDS[kind]}" for kind in Unknown if kinds[kind])


def _sentence(kinds: Counter[Unknown]) -> str:
    parts = [f"{figures.count(kinds[kind], 'project')}: {reasons.unknown(kind)}" for kind in Unknown if kinds[kind]]
    return f"{'; '.join(parts)}."
