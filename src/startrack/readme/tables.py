"""The tables in READMEs, as Markdown text without images that is safe on GitHub."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from startrack.model.changes import WEEK_WINDOW, Change, RankBy, Unknown, Window
from startrack.model.count_history import CountHistory
from startrack.model.report import Project, Report
from startrack.model.repository import Missing
from startrack.readme import attributes, markdown
from startrack.trends.ranking import rank, typical_stars
from startrack.wording import figures, phrases, reasons

__all__ = [
    "COLUMNS",
    "Spec",
    "parse_spec",
    "render",
    "sparkline",
    "without_dates",
]


_BARS = "▁▂▃▄▅▆▇█"
_POINTS = 12
_DEFAULT_COLUMNS = ("project", "stars", "gain", "forks", "commits", "last_commit", "trend")
_ATTRIBUTES = ("list", "section", "sort", "window", "limit", "columns")
_DAY = r"\d{4}-\d\d-\d\d"
_DATES = re.compile(rf"(?i)\b(as of|gains since) {_DAY}(?: to {_DAY})?(?: \([\d.]+ (?:days|hours)\))?")


@dataclass(frozen=True, slots=True)
class Spec:
    """The attributes of one block: which projects in which order, how many rows, and which columns."""

    list_name: str | None
    section: str | None
    sort: RankBy
    window: Window
    limit: int | None
    columns: tuple[str, ...]


def parse_spec(values: Mapping[str, str], report: Report, default_sort: RankBy) -> Spec:
    """Parse the attributes of a block. Raises BlockError that names the attribute which is wrong."""
    attributes.check(values, _ATTRIBUTES)
    return Spec(
        list_name=attributes.list_name(values, report),
        section=values.get("section"),
        sort=RankBy(attributes.choice("sort", values.get("sort"), list(RankBy)) or default_sort),
        window=attributes.window(values, report.windows),
        limit=attributes.limit(values),
        columns=_columns(values.get("columns")),
    )


def _columns(value: str | None) -> tuple[str, ...]:
    if value is None:
        return _DEFAULT_COLUMNS
    columns = tuple(value.split(","))
    for column in columns:
        attributes.choice("column", column, list(COLUMNS))
    return columns


def render(report: Report, spec: Spec) -> list[str]:
    """Return the lines of a table. Raises BlockError where the lists have no such section."""
    listed, projects = attributes.projects(report, spec.list_name, spec.section)
    if not any(project.current or project.missing for project in projects):
        return ["_Not counted yet: the first run fills this table._"]
    # The median of the whole list, also for a table of one section: a project then has one *rising* score.
    typical = typical_stars(listed)
    ranked = rank(projects, spec.sort, spec.window, typical)[: spec.limit]
    has_labels = len({project.label for project in ranked}) > 1
    shared_days = _shared_days(ranked, spec.window)
    columns = [COLUMNS[name] for name in spec.columns]
    rows = [_Row(project, report, spec.window, has_labels, shared_days) for project in ranked]
    return [
        _line([column.title.format(window=figures.count(spec.window.days, "day")) for column in columns]),
        _line([column.alignment for column in columns]),
        *(_line([column.cell(row) for column in columns]) for row in rows),
        "",
        _footnote(ranked, spec, shared_days),
    ]


def without_dates(lines: Sequence[str]) -> list[str]:
    """Return a table's lines without the dates in its footnote.

    Two tables that differ in these alone show the same figures, so the README does not have to change.
    """
    return [_DATES.sub(r"\1", line) if line.lstrip().startswith("<sub>") else line for line in lines]


def _shared_days(projects: Sequence[Project], window: Window) -> str:
    """Return the days between the counts if all changes have the same; the footnote then gives them once."""
    days = {figures.actual_days(window, change.elapsed) for change in _known_changes(projects, window)}
    return days.pop() if len(days) == 1 else ""


def _known_changes(projects: Sequence[Project], window: Window) -> list[Change]:
    return [change for project in projects if isinstance(change := project.changes[window], Change)]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _footnote(projects: Sequence[Project], spec: Spec, shared_days: str) -> str:
    text = " · ".join(_footnote_parts(projects, spec, shared_days))
    return f"<sub>{text[:1].upper()}{text[1:]}</sub>"


def _footnote_parts(projects: Sequence[Project], spec: Spec, shared_days: str) -> Iterator[str]:
    some = "" if all(project.label for project in projects) else "some "
    for label in sorted({project.label for project in projects if project.label}):
        yield f"{some}{markdown.escape(label)} figures"
    counted = [project.current for project in projects if project.current]
    if counted:
        yield f"as of {max(count.taken_at for count in counted).date().isoformat()}"
    changes = _known_changes(projects, spec.window)
    if changes and {"gain", "percent"} & {*spec.columns}:
        yield _since(changes) + (f" ({shared_days})" if shared_days else "")
    if spec.sort is not RankBy.STARS:
        yield f"sorted by {spec.sort}"
    if len(counted) < len(projects):
        yield f"{len(counted)} of {len(projects)} projects counted"
    if "gain" in spec.columns and any(spec.window in project.retained for project in projects):
        yield "≈ retained stars: not counted, but given in the window and not taken back since"


def _since(changes: Sequence[Change]) -> str:
    """Return the day of the baseline counts, or the first and the last of these days."""
    first, *others = sorted({change.baseline.taken_at.date().isoformat() for change in changes})
    return f"gains since {first}" + (f" to {others[-1]}" if others else "")


@dataclass(frozen=True, slots=True)
class _Row:
    """What the cells of one project need; `has_labels` says that figures with different labels are in the table."""

    project: Project
    report: Report
    window: Window
    has_labels: bool
    shared_days: str

    @property
    def change(self) -> Change | Unknown:
        return self.project.changes[self.window]

    @property
    def days(self) -> str:
        """The days between the counts, if they differ from the window's and the footnote does not give them."""
        change = self.change
        if self.shared_days or isinstance(change, Unknown):
            return ""
        return figures.actual_days(self.window, change.elapsed)


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    alignment: str
    cell: Callable[[_Row], str]


def _name(row: _Row) -> str:
    project = row.project
    name = markdown.link(project)
    marks = [project.label] if row.has_labels and project.label else []
    marks += ["archived"] if project.repository.is_archived else []
    return f"{name} ({', '.join(markdown.escape(mark) for mark in marks)})" if marks else name


def _stars(row: _Row) -> str:
    project = row.project
    if project.current is None:
        return markdown.unknown(_reason(project.missing))
    stars = figures.number(project.current.stars)
    return f"{stars} ({_reason(project.missing)} since)" if project.missing else stars


def _reason(missing: Missing | None) -> str:
    return reasons.short(missing.reason) if missing else "not counted yet"


def _gain(row: _Row) -> str:
    retained = row.project.retained.get(row.window)
    return figures.retained_gain(retained) if retained else markdown.change(row.change, row.days)


def _commits(row: _Row) -> str:
    current = row.project.current
    if current is None:
        return "n/a"
    return figures.number(current.commits) if current.commits is not None else markdown.unknown("not known")


def _last_commit(row: _Row) -> str:
    return phrases.last_commit(row.project) or markdown.unknown("not known")


def _text(value: str | None) -> str:
    return markdown.escape(value) if value else markdown.unknown("not known")


def _trend(row: _Row) -> str:
    counts = row.report.counts(row.project)
    return sparkline(counts, row.report.as_of)


COLUMNS: Mapping[str, _Column] = {
    "project": _Column("Project", ":--", _name),
    "stars": _Column("Stars", "--:", _stars),
    "gain": _Column("{window}", "--:", _gain),
    "percent": _Column("{window}, %", "--:", lambda row: markdown.percent(row.change, row.days)),
    "forks": _Column("Forks", "--:", lambda row: figures.number(c.forks) if (c := row.project.current) else "n/a"),
    "commits": _Column("Commits", "--:", _commits),
    "last_commit": _Column("Last commit", ":--", _last_commit),
    "trend": _Column("Stars, 12 weeks", ":--", _trend),
    "language": _Column("Language", ":--", lambda row: _text(row.project.repository.language)),
    "license": _Column("Licence", ":--", lambda row: _text(phrases.licence(row.project.repository.license))),
}
"""The columns of a table, by the name in the attribute `columns`."""


def sparkline(counts: CountHistory, as_of: datetime) -> str:
    """Return the stars at the end of each of twelve weeks as bars of text; a dot is a week without a count near it."""
    ends = (as_of - WEEK_WINDOW.span * weeks for weeks in reversed(range(_POINTS)))
    nearest_counts = (counts.nearest(end, WEEK_WINDOW.reach) for end in ends)
    stars = [count.stars if count else None for count in nearest_counts]
    known = [value for value in stars if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - one point does not make a line
        is_old = counts and counts.first <= as_of - WEEK_WINDOW.span * _POINTS
        return markdown.unknown("gap" if is_old else "too young")
    low, high = min(known), max(known)
    bars = "".join("·" if value is None else _bar(value, low, high) for value in stars)
    return bars.lstrip("·")


def _bar(value: int, low: int, high: int) -> str:
    return _BARS[(value - low) * (len(_BARS) - 1) // (high - low)] if high > low else _BARS[0]
