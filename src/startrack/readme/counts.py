"""One figure in a sentence: of one repository, or the total of some lists."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from startrack.errors import BlockError, ConfigError
from startrack.model.changes import Count, Unknown, Window
from startrack.model.report import Project, Report
from startrack.readme import attributes, entry_counts, markdown
from startrack.readme.context import Context
from startrack.wording import coverage, phrases, reasons

__all__ = ["ATTRIBUTES", "FIGURES", "TOTALS", "is_number_of_projects", "render"]


_OF_TOTALS: Final = ("list", "section")
ATTRIBUTES: Final = ("repo", "figure", "window", "figures", *_OF_TOTALS)
"""The attributes of a figure; a list and a section are only for totals."""


_COUNTED: Final[Mapping[str, Callable[[Count], int | None]]] = {
    "stars": lambda count: count.stars,
    "forks": lambda count: count.forks,
    "commits": lambda count: count.commits,
}

FIGURES: Final = (*_COUNTED, "gain", "percent", "last_commit")
"""The figures of one repository."""

_NUMBERS_OF_PROJECTS: Final = ("projects", "counted")
TOTALS: Final = (*_NUMBERS_OF_PROJECTS, *_COUNTED, "gain")
"""The figures of lists: the number of their projects, of those counted, and the sums over the latter."""


def is_number_of_projects(values: Mapping[str, str]) -> bool:
    """Return whether the attributes ask for a number of projects, which has to be right to the last one."""
    return "repo" not in values and values.get("figure", "projects") in _NUMBERS_OF_PROJECTS


def render(values: Mapping[str, str], context: Context) -> list[str]:
    """Return the one text of a figure. Raises BlockError."""
    report = context.report
    if "format" in values:
        attributes.check(values, ("repo", "format", "window", "badge", "figures"))
        return [_behind_entry(values, context)]
    if "repo" in values:
        attributes.check(values, [name for name in ATTRIBUTES if name not in _OF_TOTALS])
        project = context.project(values["repo"])
        return [_of_project(project, values, report) + markdown.label(project.label)]
    attributes.check(values, ATTRIBUTES)
    figure = attributes.choice("figure", values.get("figure", "projects"), TOTALS)
    window = attributes.window(values, report.windows)
    _, projects = attributes.projects(report, attributes.list_name(values, report), values.get("section"))
    total = _total(figure or "", projects, window)
    if isinstance(total, str):
        return [markdown.unknown(total)]
    if figure in _NUMBERS_OF_PROJECTS:
        return [markdown.number(total)]
    text = (markdown.signed if figure == "gain" else markdown.number)(total, is_exact=attributes.is_exact(values))
    labels = sorted({project.label for project in projects if project.label})
    some = "" if all(project.label for project in projects) else "some "
    return [text + markdown.label(f"{some}{phrases.joined(labels)}" if labels else None)]


def _behind_entry(values: Mapping[str, str], context: Context) -> str:
    if "repo" not in values:
        raise BlockError("format without a repository; add repo=OWNER/NAME")
    window = attributes.window(values, context.report.windows)
    try:
        form = entry_counts.check_format(values["format"])
    except ConfigError as error:
        raise BlockError(str(error)) from error
    return entry_counts.text(context.project(values["repo"]), form, window, is_exact=attributes.is_exact(values))


def _of_project(project: Project, values: Mapping[str, str], report: Report) -> str:
    figure = attributes.choice("figure", values.get("figure", "stars"), FIGURES) or ""
    window, is_exact = attributes.window(values, report.windows), attributes.is_exact(values)
    if project.current is None:
        return markdown.unknown(reasons.short(project.missing.reason) if project.missing else "not counted yet")
    if figure in _COUNTED:
        value = _COUNTED[figure](project.current)
        return markdown.unknown("not known") if value is None else markdown.number(value, is_exact=is_exact)
    if figure == "last_commit":
        return phrases.last_commit(project) or markdown.unknown("not known")
    change = project.changes[window]
    if figure == "percent":
        return markdown.percent(change, "")
    if retained := project.retained.get(window):
        return markdown.retained(retained, is_exact=is_exact)
    return markdown.change(change, "", is_exact=is_exact)


def _total(figure: str, projects: Sequence[Project], window: Window) -> int | str:
    """Return a total, or why it is not known."""
    counts = [project.current for project in projects if project.current]
    if figure == "projects":
        return len(projects)
    if figure == "counted":
        return len(counts)
    if figure == "gain":
        changes = coverage.known_changes(projects, window)
        return sum(change.gain for change in changes) if changes else _unknown(projects, window)
    values = [value for count in counts if (value := _COUNTED[figure](count)) is not None]
    return sum(values) if values else "not counted yet"


def _unknown(projects: Sequence[Project], window: Window) -> str:
    kinds = {change for project in projects if isinstance(change := project.changes[window], Unknown)}
    return next((kind for kind in (Unknown.TOO_YOUNG, Unknown.GAP) if kind in kinds), Unknown.NOT_COUNTED)
