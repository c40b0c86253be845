"""The tables in READMEs, as Markdown text without images that is safe on GitHub."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from startrack.model.changes import WEEK_WINDOW, Change, RankBy, Unknown, Window
from startrack.model.durations import WEEK
from startrack.model.history import ListingDate
from startrack.model.report import Project, SiteReport
from startrack.model.repository import Missing
from startrack.readme import attributes, markdown
from startrack.readme.context import NOT_COUNTED, Context
from startrack.trends import membership
from startrack.trends.ranking import rank, typical_stars
from startrack.wording import coverage, figures, phrases, reasons

__all__ = [
    "ATTRIBUTES",
    "COLUMNS",
    "render",
    "weekly_bars",
    "without_dates",
]


_BARS: Final = "▁▂▃▄▅▆▇█"
_LOSS: Final = "▾"
_UNKNOWN_WEEK: Final = "·"
_WEEKS: Final = 12
_DEFAULT_COLUMNS: Final = ("project", "stars", "gain", "forks", "commits", "last_commit", "trend")
ATTRIBUTES: Final = ("list", "section", "per", "since", "sort", "window", "limit", "columns", "figures")
"""The attributes of a table."""

_LAST_COMMIT: Final = "last_commit"
_DAY = r"\d{4}-\d\d-\d\d"
_DATES = re.compile(rf"(?i)\b(as of|gains since) {_DAY}(?: to {_DAY})?(?: \([\d.]+ (?:days|hours)\))?")


@dataclass(frozen=True, slots=True)
class _Spec:
    """The attributes of one block: which projects in which order, how many rows, and which columns.

    `days` limits the projects to those that were added in so many days. `per_section` asks for a table for each
    section, `is_exact` for figures that are not rounded.
    """

    list_name: str | None
    section: str | None
    per_section: bool
    days: int | None
    sort: str
    window: Window
    limit: int | None
    columns: tuple[str, ...]
    is_exact: bool


def _parse(values: Mapping[str, str], context: Context) -> _Spec:
    """Parse the attributes of a block. Raises BlockError that names the attribute which is wrong."""
    report = context.report
    attributes.check(values, ATTRIBUTES)
    return _Spec(
        list_name=attributes.list_name(values, report),
        section=values.get("section"),
        per_section=attributes.choice("per", values.get("per"), ("section",)) is not None,
        days=attributes.days(values, "since"),
        sort=attributes.choice("sort", values.get("sort"), (*RankBy, _LAST_COMMIT)) or context.sort,
        window=attributes.window(values, report.windows),
        limit=attributes.limit(values),
        columns=_columns(values.get("columns")),
        is_exact=attributes.is_exact(values),
    )


def _columns(value: str | None) -> tuple[str, ...]:
    if value is None:
        return _DEFAULT_COLUMNS
    columns = tuple(value.split(","))
    for column in columns:
        attributes.choice("column", column, list(COLUMNS))
    return columns


def render(values: Mapping[str, str], context: Context) -> list[str]:
    """Return the lines of a table, or of one for each section. Raises BlockError."""
    spec = _parse(values, context)
    listed, members = attributes.projects(context.report, spec.list_name, spec.section)
    if not any(project.current or project.missing for project in members):
        return [NOT_COUNTED]
    projects = members if spec.days is None else _added(members, spec, context.report)
    if not projects:
        return [f"No project was added in {figures.count(spec.days or 0, 'day')}."]
    # The median of the whole list, also for a table of one section: a project then has one *rising* score.
    typical = typical_stars(listed)
    groups = _sections(projects, spec, context.report) if spec.per_section else {(): projects}
    tables = {path: _rank(group, spec, typical)[: spec.limit] for path, group in groups.items()}
    shown = list({project.key: project for ranked in tables.values() for project in ranked}.values())
    shared_days = _shared_days(shown, spec.window)
    lines: list[str] = []
    for path, ranked in tables.items():
        lines += [f"<b>{markdown.escape(phrases.section_path(path))}</b>", ""] if spec.per_section else []
        lines += [*_table(ranked, spec, context, shared_days), ""]
    return [*lines, _footnote(shown, spec, shared_days, _explained_marks(lines))]


def _added(projects: Sequence[Project], spec: _Spec, report: SiteReport) -> list[Project]:
    """Return the projects that were added to a list in the last days; not those whose listing date is not known."""
    first = report.as_of.date() - timedelta(days=spec.days or 0)
    return [project for project in projects if (day := _listed_on(project, spec, report)) and day > first]


def _listed_on(project: Project, spec: _Spec, report: SiteReport) -> date | None:
    """Return the first day on which the project was added to one of the lists, `None` if that is not known."""
    names = (name for name in project.list_names if spec.list_name in (None, name))
    dates = [report.listing_dates.get(name, {}).get(project.repository.repo_id) for name in names]
    return min((listed.day for listed in dates if isinstance(listed, ListingDate)), default=None)


def _sections(projects: Sequence[Project], spec: _Spec, report: SiteReport) -> dict[tuple[str, ...], Sequence[Project]]:
    """Return the projects of each section in the order of the lists, of the sections that were asked for."""
    lists = [listed for listed in report.lists if spec.list_name in (None, listed.name)]
    groups: dict[tuple[str, ...], dict[int | str, Project]] = {}
    # Projects of several lists share a table if their sections have the same name.
    for (_, path), members in membership.by_section(lists, projects).items():
        if spec.section is None or membership.is_in_section(path, spec.section):
            groups.setdefault(path, {}).update({project.key: project for project in members})
    return {path: list(members.values()) for path, members in groups.items()}


def _rank(projects: Sequence[Project], spec: _Spec, typical: float) -> list[Project]:
    if spec.sort != _LAST_COMMIT:
        return rank(projects, RankBy(spec.sort), spec.window, typical)
    by_stars = rank(projects, RankBy.STARS, spec.window, typical)
    return sorted(by_stars, key=lambda project: project.repository.head_committed_on or date.min, reverse=True)


def _table(projects: Sequence[Project], spec: _Spec, context: Context, shared_days: str) -> list[str]:
    has_labels = len({project.label for project in projects}) > 1
    columns = [COLUMNS[name] for name in spec.columns]
    rows = [_Row(project, context, spec, has_labels, shared_days) for project in projects]
    titles = [
        (column.title.format(window=figures.count(spec.window.days, "day")), column.alignment) for column in columns
    ]
    return context.table(titles, ([column.cell(row) for column in columns] for row in rows))


def without_dates(lines: Sequence[str]) -> list[str]:
    """Return a table's lines without the dates in its footnote.

    Two tables that differ in these alone show the same figures, so the README does not have to change.
    """
    return [_DATES.sub(r"\1", line) if line.lstrip().startswith("<sub>") else line for line in lines]


def _shared_days(projects: Sequence[Project], window: Window) -> str:
    """Return the days between the counts if all changes have the same; the footnote then gives them once."""
    days = {figures.actual_days(window, change.elapsed) for change in coverage.known_changes(projects, window)}
    return days.pop() if len(days) == 1 else ""


def _footnote(projects: Sequence[Project], spec: _Spec, shared_days: str, marks: Sequence[str]) -> str:
    return markdown.footnote(*markdown.label_notes(projects), *_footnote_parts(projects, spec, shared_days), *marks)


def _footnote_parts(projects: Sequence[Project], spec: _Spec, shared_days: str) -> Iterator[str]:
    counted = [project.current for project in projects if project.current]
    if counted:
        yield f"as of {max(count.taken_at for count in counted).date().isoformat()}"
    changes = coverage.known_changes(projects, spec.window)
    if changes and {"gain", "percent"} & {*spec.columns}:
        yield _since(changes) + (f" ({shared_days})" if shared_days else "")
    if spec.sort != RankBy.STARS:
        yield f"sorted by {spec.sort.replace('_', ' ')}"
    if len(counted) < len(projects):
        yield f"{len(counted)} of {len(projects)} projects counted"
    if "gain" in spec.columns and any(spec.window in project.retained for project in projects):
        yield "≈ retained stars: not counted, but given in the window and not taken back since"


def _explained_marks(lines: Sequence[str]) -> list[str]:
    """Return what the marks in the bars of the tables mean, of those that are there."""
    marks = {_LOSS: "a week with a loss", _UNKNOWN_WEEK: "a week without a count"}
    return [f"`{mark}` {meaning}" for mark, meaning in marks.items() if any(mark in line for line in lines)]


def _since(changes: Sequence[Change]) -> str:
    """Return the day of the baseline counts, or the first and the last of these days."""
    first, *others = sorted({change.baseline.taken_at.date().isoformat() for change in changes})
    return f"gains since {first}" + (f" to {others[-1]}" if others else "")


@dataclass(frozen=True, slots=True)
class _Row:
    """What the cells of one project need; `has_labels` says that figures with different labels are in the table."""

    project: Project
    context: Context
    spec: _Spec
    has_labels: bool
    shared_days: str

    @property
    def change(self) -> Change | Unknown:
        return self.project.changes[self.spec.window]

    @property
    def days(self) -> str:
        """The days between the counts, if they differ from the window's and the footnote does not give them."""
        change = self.change
        if self.shared_days or isinstance(change, Unknown):
            return ""
        return figures.actual_days(self.spec.window, change.elapsed)

    def number(self, value: int | None) -> str:
        """Return a figure, or `n/a`."""
        return markdown.unknown("not known") if value is None else markdown.number(value, is_exact=self.spec.is_exact)


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    alignment: str
    cell: Callable[[_Row], str]


def _name(row: _Row) -> str:
    return row.context.link(row.project) + _marks(row)


def _title(row: _Row) -> str:
    """Return the text of the entry in the list that is asked for, or else in the first one."""
    places = [entry for name, entry in row.project.places if row.spec.list_name in (None, name)]
    return row.context.link(row.project, phrases.clipped(places[0].title, 200)) + _marks(row)


def _marks(row: _Row) -> str:
    project = row.project
    marks = [project.label] if row.has_labels and project.label else []
    marks += ["archived"] if project.repository.is_archived else []
    return f" ({', '.join(markdown.escape(mark) for mark in marks)})" if marks else ""


def _stars(row: _Row) -> str:
    project = row.project
    if project.current is None:
        return markdown.unknown(_reason(project.missing))
    stars = row.number(project.current.stars)
    return f"{stars} ({_reason(project.missing)} since)" if project.missing else stars


def _reason(missing: Missing | None) -> str:
    return reasons.short(missing.reason) if missing else "not counted yet"


def _gain(row: _Row) -> str:
    retained = row.project.retained.get(row.spec.window)
    if retained:
        return markdown.retained(retained, is_exact=row.spec.is_exact)
    return markdown.change(row.change, row.days, is_exact=row.spec.is_exact)


def _forks(row: _Row) -> str:
    return row.number(current.forks) if (current := row.project.current) else "n/a"


def _commits(row: _Row) -> str:
    return row.number(current.commits) if (current := row.project.current) else "n/a"


def _last_commit(row: _Row) -> str:
    return phrases.last_commit(row.project) or markdown.unknown("not known")


def _text(value: str | None) -> str:
    return markdown.escape(value) if value else markdown.unknown("not known")


def _trend(row: _Row) -> str:
    return weekly_bars(row.project, row.context.report)


COLUMNS: Mapping[str, _Column] = {
    "project": _Column("Project", ":--", _name),
    "title": _Column("Title", ":--", _title),
    "stars": _Column("Stars", "--:", _stars),
    "gain": _Column("{window}", "--:", _gain),
    "percent": _Column("{window}, %", "--:", lambda row: markdown.percent(row.change, row.days)),
    "forks": _Column("Forks", "--:", _forks),
    "commits": _Column("Commits", "--:", _commits),
    "last_commit": _Column("Last commit", ":--", _last_commit),
    "trend": _Column(f"Gain a week, {_WEEKS} weeks", ":--", _trend),
    "language": _Column("Language", ":--", lambda row: _text(row.project.repository.language)),
    "license": _Column("Licence", ":--", lambda row: _text(phrases.licence(row.project.repository.license))),
}
"""The columns of a table, by the name in the attribute `columns`."""


def weekly_bars(project: Project, report: SiteReport) -> str:
    """Return the stars gained in each of twelve weeks up to the report's instant as bars of text, oldest first.

    The lowest bar is a week without a gain, and the highest one the largest gain. A week with a loss and a week whose
    gain is not known have marks of their own. Weeks before the first count are left out.
    """
    counts, as_of = report.counts(project), report.as_of
    ends = [counts.nearest(as_of - WEEK * weeks, WEEK_WINDOW.reach) for weeks in range(_WEEKS, -1, -1)]
    gains = [
        (end.stars - start.stars) * (WEEK / (end.taken_at - start.taken_at))
        if start and end and end.taken_at > start.taken_at
        else None
        for start, end in pairwise(ends)
    ]
    is_old = bool(counts) and counts.first <= as_of - WEEK * _WEEKS
    if sum(gain is not None for gain in gains) < 2:  # noqa: PLR2004 - a single bar has nothing to compare it with
        return markdown.unknown(Unknown.GAP if is_old else Unknown.TOO_YOUNG if counts else Unknown.NOT_COUNTED)
    largest = max((gain for gain in gains if gain is not None), default=0)
    bars = "".join(_bar(gain, largest) for gain in gains)
    return bars if is_old else bars.lstrip(_UNKNOWN_WEEK)


def _bar(gain: float | None, largest: float) -> str:
    if gain is None:
        return _UNKNOWN_WEEK
    if round(gain) <= 0:
        return _LOSS if round(gain) < 0 else _BARS[0]
    return _BARS[max(1, round(gain / largest * (len(_BARS) - 1)))]
