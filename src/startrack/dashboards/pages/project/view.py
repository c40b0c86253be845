"""The page of one project: figures, charts, changes, list entries, state and README snippets."""

from collections.abc import Sequence
from dataclasses import dataclass

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Chip, Fact, Figure, Link, ListLabel, Shell
from startrack.dashboards.pages.project.chart_data import ChartData
from startrack.dashboards.pages.project.history import ProjectHistory, project_history
from startrack.dashboards.pages.project.ranks import ListComparison, RanksByList, compare_with_list
from startrack.dashboards.pages.project.snippets import HINT, Snippet, snippets
from startrack.dashboards.paths import root
from startrack.dashboards.site import RETAINED_NOTE, Site, build_shell, main_windows, project_chips
from startrack.model.changes import Change, Unknown, Window
from startrack.model.count_history import CountHistory
from startrack.model.history import Churn, ImportedCounts
from startrack.model.lists import Entry
from startrack.model.report import Project
from startrack.wording import coverage, dates, figures, phrases, reasons

__all__ = [
    "ListEntry",
    "ProjectPage",
    "WindowRow",
    "project_page",
]


# Other people's words, which may look like a date.
_QUOTED = frozenset({"Default branch", "Latest release", "Earlier names"})


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One row of the table of changes; a single cell with the reason if the change is unknown."""

    window: str
    cells: tuple[Cell, ...]
    since: str


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An entry of a list that links to the project."""

    list: Link
    label: str
    title: str
    sections: tuple[str, ...]
    line: int
    url: Link


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """The page of one project; `coverage` says when it was counted and where counts are missing."""

    shell: Shell
    owner: str
    name: str
    chips: tuple[Chip, ...]
    label: str
    description: str
    topics: tuple[str, ...]
    github: str
    notices: tuple[str, ...]
    namesakes: tuple[Link, ...]
    figures: tuple[Figure, ...]
    windows: tuple[WindowRow, ...]
    retained_csv: str
    coverage: str
    retained: str
    history: ProjectHistory
    comparisons: tuple[ListComparison, ...]
    entries: tuple[ListEntry, ...]
    facts: tuple[Fact, ...]
    snippets: tuple[Snippet, ...]
    snippet_hint: str


def project_page(site: Site, ranks: RanksByList, project: Project, shown: ChartData) -> ProjectPage:
    """Return the page of a project."""
    path = site.page(project)
    owner, _, name = project.name.partition("/")
    repo_id = project.repository.repo_id
    counts = site.report.counts(project)
    slug = site.slug(project)
    return ProjectPage(
        shell=build_shell(site, project.title, path, _labels(site, project)),
        owner=owner if name else "",
        name=name or owner,
        chips=(*project_chips(project), *_namesake_chip(project)),
        label=project.label or "",
        description=phrases.clipped(project.repository.description or "", 500),
        topics=project.details.topics if project.details else (),
        github=phrases.repository_url(project),
        notices=_notices(project),
        namesakes=_namesakes(site, path, project),
        figures=_figures(site, project),
        windows=tuple(_window(project, window) for window in site.report.windows),
        retained_csv=f"{root(path)}data/retained/{slug}.csv" if site.report.retained.get(repo_id) else "",
        coverage=_coverage(counts, site.report.imported.get(repo_id, ())),
        retained=_retained(site, project, shown),
        history=project_history(site, project, shown),
        comparisons=tuple(compare_with_list(site, ranks, project, name) for name in project.list_names),
        entries=tuple(_list_entry(site, path, name, entry) for name, entry in project.places),
        facts=(*_facts(project, site.report.imported.get(repo_id, ())), *_taken_back(site.report.churn.get(repo_id))),
        snippets=snippets(site, project),
        snippet_hint="" if site.report.base_url else HINT,
    )


def _namesake_chip(project: Project) -> tuple[Chip, ...]:
    if not project.is_namesake:
        return ()
    note = "GitHub's id of this repository; another repository has this name now"
    return (Chip(f"repository {project.repository.repo_id}", "quiet", note),)


def _labels(site: Site, project: Project) -> tuple[ListLabel, ...]:
    names = [name for name in project.list_names if project.label and site.label(name)]
    return tuple(ListLabel(name, site.label(name), site.label(name)) for name in names)


def _notices(project: Project) -> tuple[str, ...]:
    sentences = (_namesake(project), _missing(project), _archived(project), _never_counted(project))
    return tuple(sentence for sentence in sentences if sentence)


def _namesake(project: Project) -> str:
    if not project.is_namesake:
        return ""
    repo_id = project.repository.repo_id
    return f"Another repository has this name now. This page shows the earlier one, with GitHub id {repo_id}."


def _namesakes(site: Site, path: str, project: Project) -> tuple[Link, ...]:
    """Return links to the pages of other repositories that have or had the same name."""
    return tuple(site.link(other, root(path)) for other in site.namesakes(project))


def _missing(project: Project) -> str:
    if not project.missing:
        return ""
    kept = f" Its figures are from {dates.day(project.current.taken_at)}." if project.current else ""
    return f"Missing in the last run: {phrases.clipped(reasons.missing(project.missing), 300)}.{kept}"


def _archived(project: Project) -> str:
    if not project.repository.is_archived:
        return ""
    at = project.repository.archived_at
    return f"Archived by its owner on {dates.day(at)}." if at else "Archived by its owner."


def _never_counted(project: Project) -> str:
    return "" if project.current else "Not counted yet: no figures to show."


def _figures(site: Site, project: Project) -> tuple[Figure, ...]:
    gains = (
        Figure(f"Gained in {figures.count(window.days, 'day')}", components.window_gain_cell(project, window))
        for window in sorted(main_windows(site.report.windows))
    )
    return (
        Figure("Stars", components.stars_cell(project), _count_day(project)),
        *gains,
        Figure("Forks", components.forks_cell(project)),
        Figure("Commits", components.commits_cell(project)),
        Figure("Last commit", components.last_commit_cell(project)),
    )


def _count_day(project: Project) -> str:
    return f"on {dates.day(project.current.taken_at)}" if project.current else ""


def _window(project: Project, window: Window) -> WindowRow:
    span = figures.count(window.days, "day")
    match project.changes.get(window, Unknown.NOT_COUNTED):
        case Change() as change:
            return WindowRow(span, _change_cells(change, window), dates.instant(change.baseline.taken_at))
        case Unknown() as reason:
            gain = project.retained.get(window)
            kept = (
                f"; {figures.retained_gain(gain)} retained stars from {dates.day(gain.first)} to {dates.day(gain.last)}"
                if gain
                else ""
            )
            return WindowRow(span, (components.unknown_cell(f"{reason}: {reasons.unknown(reason)}{kept}"),), "")


def _change_cells(change: Change, window: Window) -> tuple[Cell, ...]:
    return (
        components.change_cell(change, window),
        components.daily_gain_cell(change),
        components.percent_cell(change.percent),
        components.gain_cell(change.forks_gain),
        components.gain_cell(change.commits_gain),
    )


def _coverage(counts: CountHistory, imported: Sequence[ImportedCounts]) -> str:
    if not counts:
        return "No history to show yet."
    if len(counts) == 1:
        only = f"One count so far, on {dates.day(counts.first)}. A line needs two."
        return f"{only} {coverage.imported_sentence(imported)}".strip()
    first, last = counts.first, counts.last
    span = f"{figures.count(len(counts), 'count')} from {dates.day(first)} to {dates.day(last)}."
    sentences = (span, coverage.imported_sentence(imported), coverage.gap_sentence(counts.times))
    return " ".join(sentence for sentence in sentences if sentence)


def _retained(site: Site, project: Project, shown: ChartData) -> str:
    if unfit := site.report.retained_problems.get(project.repository.repo_id):
        return f"Retained stars are not drawn: {unfit}."
    return RETAINED_NOTE if shown.retained else ""


def _taken_back(churn: Churn | None) -> tuple[Fact, ...]:
    if churn is None:
        return ()
    text = (
        f"≈ {figures.number(churn.taken_back)} from {dates.day(churn.since)} to {dates.day(churn.until)}: "
        f"{figures.number(churn.retained)} retained stars, minus a gain of {figures.signed(churn.gained)} by the counts"
    )
    return (Fact(Link("Stars taken back"), text),)


def _list_entry(site: Site, path: str, name: str, entry: Entry) -> ListEntry:
    return ListEntry(
        list=Link(name, root(path) + site.list_page(name)),
        label=site.label(name),
        title=phrases.clipped(entry.title, 200),
        sections=tuple(phrases.section_path(section) for section in entry.section_paths),
        line=entry.line,
        url=Link(phrases.clipped(entry.url, 100), _address(entry.url)),
    )


def _address(url: str) -> str:
    """Return the address if it may be linked; other schemes, such as `javascript:`, are shown as text."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def _facts(project: Project, imported: Sequence[ImportedCounts]) -> tuple[Fact, ...]:
    repository, details = project.repository, project.details
    texts = {
        "State": _state(project),
        "Language": repository.language,
        "Licence": phrases.licence(repository.license),
        "Created": dates.day(repository.created_at) if repository.created_at else None,
        "Last commit": phrases.last_commit(project),
        "Default branch": repository.default_branch,
        "Open issues": figures.number(details.open_issues) if details and details.open_issues is not None else None,
        "Open pull requests": figures.number(details.open_prs) if details and details.open_prs is not None else None,
        "Watchers": figures.number(details.watchers) if details and details.watchers is not None else None,
        "Latest release": details.latest_release if details else None,
        "First counted": _first_counted(project, imported),
        "Earlier names": ", ".join(project.old_names) or None,
    }
    return tuple(
        Fact(Link(term), phrases.clipped(text, 200), is_quoted=term in _QUOTED) for term, text in texts.items() if text
    )


def _first_counted(project: Project, imported: Sequence[ImportedCounts]) -> str | None:
    if project.first_seen is None:
        return None
    source = next((part.source for part in imported if part.first_at == project.first_seen), "")
    return dates.day(project.first_seen) + (f", by {source}" if source else "")


def _state(project: Project) -> str:
    repository = project.repository
    flags = {
        "missing": project.missing is not None,
        "archived": repository.is_archived,
        "disabled by GitHub": repository.is_disabled,
        "locked by GitHub": repository.is_locked,
        phrases.fork_of(project.details): repository.is_fork,
        "a mirror": repository.is_mirror,
        "empty": project.is_empty,
    }
    words = [word for word, holds in flags.items() if holds]
    return phrases.joined(words) if words else "active" if project.current else "not counted yet"
