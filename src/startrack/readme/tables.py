"""The tables that stand inside READMEs: text alone, no images, safe in GitHub's Markdown."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from startrack.errors import BlockError, ConfigError, did_you_mean
from startrack.model.changes import MONTH_WINDOW, WEEK_WINDOW, Change, Count, Unknown, Window
from startrack.model.report import Project, Report
from startrack.model.repository import Missing
from startrack.readme import markdown
from startrack.trends import membership
from startrack.trends.ranking import RankBy, rank, typical_stars
from startrack.trends.windows import nearest
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
_KEYS = ("list", "section", "sort", "window", "limit", "columns")
_MOST_ROWS = 1000
_DAY = r"\d{4}-\d\d-\d\d"
_DATED = re.compile(rf"(?i)\b(as of|gains since) {_DAY}(?: to {_DAY})?(?: \([\d.]+ (?:days|hours)\))?")


@dataclass(frozen=True, slots=True)
class Spec:
    """What one block asks for: which projects, in which order, how many, with which columns."""

    list_name: str | None
    section: str | None
    by: RankBy
    window: Window
    limit: int | None
    columns: tuple[str, ...]


def parse_spec(attributes: Mapping[str, str], report: Report, default: RankBy) -> Spec:
    """Return what the attributes of a block ask for. Raises BlockError naming the one that is wrong."""
    if unknown := next((key for key in attributes if key not in _KEYS), None):
        raise BlockError(_unknown("attribute", unknown, _KEYS))
    return Spec(
        list_name=_choice("list", attributes.get("list"), [each.name for each in report.lists]),
        section=attributes.get("section"),
        by=RankBy(_choice("sort", attributes.get("sort"), list(RankBy)) or default),
        window=_window(attributes.get("window"), report.windows),
        limit=_limit(attributes.get("limit")),
        columns=_columns(attributes.get("columns")),
    )


def _choice(key: str, value: str | None, known: Sequence[str]) -> str | None:
    if value is None or value in known:
        return value
    raise BlockError(_unknown(key, value, known))


def _unknown(key: str, value: str, known: Sequence[str]) -> str:
    return f"there is no {key} {value!r}; {did_you_mean(value, known)}"


def _window(value: str | None, known: Sequence[Window]) -> Window:
    if value is None:
        return MONTH_WINDOW if MONTH_WINDOW in known else known[0]
    found = {str(window): window for window in known}
    if value not in found:
        raise BlockError(f"there is no window {value!r}; {did_you_mean(value, found)} ([trends] windows adds others)")
    return found[value]


def _limit(value: str | None) -> int | None:
    if value is None:
        return None
    if not re.fullmatch("[0-9]{1,4}", value) or not 0 < int(value) <= _MOST_ROWS:
        raise BlockError(f"limit={value} is not a number from 1 to {_MOST_ROWS}")
    return int(value)


def _columns(value: str | None) -> tuple[str, ...]:
    if value is None:
        return _DEFAULT_COLUMNS
    columns = tuple(value.split(","))
    for column in columns:
        _choice("column", column, list(COLUMNS))
    return columns


def render(report: Report, spec: Spec) -> list[str]:
    """Return the lines of a table. Raises BlockError where no list has the section."""
    listed = _listed(report, spec)
    projects = _of_section(listed, spec)
    if not any(project.current or project.missing for project in projects):
        return ["_Not counted yet: the first run fills this table._"]
    # The median of the whole list, not only of the section shown.
    typical = typical_stars(listed)
    ranked = rank(projects, spec.by, spec.window, typical)[: spec.limit]
    mixed = len({project.label for project in ranked}) > 1
    shared = _shared_days(ranked, spec.window)
    rows = [
        [COLUMNS[name].cell(_Row(project, report, spec.window, mixed, shared)) for name in spec.columns]
        for project in ranked
    ]
    heads = [COLUMNS[name].head.format(window=_in_words(spec.window)) for name in spec.columns]
    rules = [COLUMNS[name].rule for name in spec.columns]
    return [*(_line(cells) for cells in (heads, rules, *rows)), "", _note(ranked, spec, shared)]


def _shared_days(shown: Sequence[Project], window: Window) -> str:
    """Return the days that all changes are of, where they are not the window's: said once below the table."""
    known = [change for each in shown if isinstance(change := each.changes[window], Change)]
    days = {figures.actual_days(window, change.elapsed) for change in known}
    return days.pop() if len(days) == 1 else ""


def without_dates(lines: Sequence[str]) -> list[str]:
    """Return the lines of a table without the days in its footnote: of two such tables no reader misses either."""
    return [_DATED.sub(r"\1", line) if line.lstrip().startswith("<sub>") else line for line in lines]


def _listed(report: Report, spec: Spec) -> Sequence[Project]:
    return report.projects if spec.list_name is None else membership.in_lists(report.projects, {spec.list_name})


def _of_section(listed: Sequence[Project], spec: Spec) -> Sequence[Project]:
    if spec.section is None or not listed:
        return listed
    try:
        return membership.in_section(listed, spec.section, spec.list_name)
    except ConfigError as error:
        raise BlockError(str(error)) from error


def _in_words(window: Window) -> str:
    return "1 day" if window.days == 1 else f"{window.days} days"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _note(shown: Sequence[Project], spec: Spec, days: str) -> str:
    newest = max((each.current.taken_at for each in shown if each.current), default=None)
    labels = sorted({each.label for each in shown if each.label})
    some = "" if all(each.label for each in shown) else "some "
    parts = [f"{some}{markdown.escape(label)} figures" for label in labels]
    if newest is not None:
        # The day of these figures; a later one is written only with other figures.
        parts.append(f"as of {newest.date().isoformat()}")
    changes = [change for each in shown if isinstance(change := each.changes[spec.window], Change)]
    if changes and {"gain", "percent"} & {*spec.columns}:
        parts.append(_since(changes) + (f" ({days})" if days else ""))
    if spec.by is not RankBy.STARS:
        parts.append(f"by {spec.by}")
    counted = sum(each.current is not None for each in shown)
    if counted < len(shown):
        parts.append(f"{counted} of {len(shown)} projects counted")
    if "gain" in spec.columns and any(spec.window in project.retained for project in shown):
        parts.append("≈ retained stars: not counted, but given then and kept until now")
    text = " · ".join(parts)
    return f"<sub>{text[:1].upper()}{text[1:]}</sub>"


def _since(changes: Sequence[Change]) -> str:
    """Return from when gains are counted: the days of the counts nearest to the window's start."""
    first, *others = sorted({change.baseline.taken_at.date().isoformat() for change in changes})
    return f"gains since {first}" + (f" to {others[-1]}" if others else "")


@dataclass(frozen=True, slots=True)
class _Row:
    project: Project
    report: Report
    window: Window
    mixed: bool
    shared_days: str

    @property
    def change(self) -> Change | Unknown:
        return self.project.changes[self.window]

    @property
    def days(self) -> str:
        """The days the change is of, where that is not said below the table or the same as the window's."""
        change = self.change
        return (
            "" if self.shared_days or isinstance(change, Unknown) else figures.actual_days(self.window, change.elapsed)
        )


@dataclass(frozen=True, slots=True)
class _Column:
    head: str
    rule: str
    cell: Callable[[_Row], str]


def _name(row: _Row) -> str:
    project = row.project
    text = markdown.link(project)
    marks = [project.label] if row.mixed and project.label else []
    marks += ["archived"] if project.repository.is_archived else []
    return f"{text} ({', '.join(markdown.escape(mark) for mark in marks)})" if marks else text


def _stars(row: _Row) -> str:
    project = row.project
    if project.current is None:
        return markdown.unknown(_reason(project.missing))
    stars = figures.number(project.current.stars)
    return f"{stars} ({_reason(project.missing)} since)" if project.missing else stars


def _reason(missing: Missing | None) -> str:
    return reasons.short(missing.reason) if missing else "not counted yet"


def _gain(row: _Row) -> str:
    given = row.project.retained.get(row.window)
    return figures.retained_gain(given) if given else markdown.change(row.change, row.days)


def _commits(row: _Row) -> str:
    current = row.project.current
    if current is None:
        return "n/a"
    return figures.number(current.commits) if current.commits is not None else markdown.unknown("not known")


def _last_commit(row: _Row) -> str:
    return phrases.last_commit(row.project) or markdown.unknown("not known")


def _fact(text: str | None) -> str:
    return markdown.escape(text) if text else markdown.unknown("not known")


def _trend(row: _Row) -> str:
    counts = row.report.history.get(row.project.repository.repo_id, ())
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
    "language": _Column("Language", ":--", lambda row: _fact(row.project.repository.language)),
    "license": _Column("Licence", ":--", lambda row: _fact(phrases.licence(row.project.repository.license))),
}
"""The columns a block may ask for, by name."""


def sparkline(counts: Sequence[Count], as_of: datetime) -> str:
    """Return the stars at the end of each of twelve weeks as bars of text; a week without a count near it is a dot."""
    ends = (as_of - WEEK_WINDOW.span * weeks for weeks in reversed(range(_POINTS)))
    near = (nearest(counts, end, WEEK_WINDOW.reach) for end in ends)
    values = [count.stars if count else None for count in near]
    known = [value for value in values if value is not None]
    if len(known) < 2:  # noqa: PLR2004 - one point is no line
        old = counts and counts[0].taken_at <= as_of - WEEK_WINDOW.span * _POINTS
        return markdown.unknown("gap" if old else "too young")
    low, high = min(known), max(known)
    bars = "".join("·" if value is None else _bar(value, low, high) for value in values)
    return bars.lstrip("·")


def _bar(value: int, low: int, high: int) -> str:
    return _BARS[(value - low) * (len(_BARS) - 1) // (high - low)] if high > low else _BARS[0]
