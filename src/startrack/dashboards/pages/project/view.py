"""The page of one project: figures over time, its places in the lists, its state."""

from collections.abc import Sequence
from dataclasses import dataclass

from startrack.dashboards import components
from startrack.dashboards.components import Cell, Chip, Fact, Figure, Link, ListLabel, Shell
from startrack.dashboards.pages.project.history import ProjectHistory, project_history
from startrack.dashboards.pages.project.ranks import RanksByList
from startrack.dashboards.paths import root
from startrack.dashboards.site import RETAINED_NOTE, Site, build_shell, main_windows, project_chips
from startrack.model.changes import Change, Count, Unknown, Window
from startrack.model.history import Churn
from startrack.model.lists import Entry
from startrack.model.report import Project
from startrack.model.repository import name_key
from startrack.wording import coverage, dates, figures, phrases, reasons

__all__ = [
    "ListEntry",
    "ProjectPage",
    "WindowRow",
    "project_page",
]


@dataclass(frozen=True, slots=True)
class WindowRow:
    """One window of a project page; a single cell with the reason where its change is not known."""

    window: str
    cells: tuple[Cell, ...]
    since: str


@dataclass(frozen=True, slots=True)
class ListEntry:
    """Where a list names the project."""

    list: Link
    label: str
    title: str
    sections: tuple[str, ...]
    line: int
    url: Link


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """One project."""

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
    csv: str
    retained_csv: str
    history: str
    retained: str
    places: tuple[ListEntry, ...]
    facts: tuple[Fact, ...]
    story: ProjectHistory


# What others may have named after a day.
_QUOTED = frozenset({"Default branch", "Latest release", "Earlier names"})


def project_page(site: Site, stood: RanksByList, project: Project) -> ProjectPage:
    """Return what a project's page shows."""
    path = site.page(project)
    owner, _, name = project.name.partition("/")
    repo_id = project.repository.repo_id
    history = site.report.history.get(repo_id, ())
    slug = site.slug(project)
    return ProjectPage(
        shell=build_shell(site, project.title, path, _labels(site, project)),
        owner=owner if name else "",
        name=name or owner,
        chips=(*project_chips(project), *_number(project)),
        label=project.label or "",
        description=phrases.clipped(project.repository.description or "", 500),
        topics=project.details.topics if project.details else (),
        github=phrases.repository_url(project),
        notices=_notices(project),
        namesakes=_namesakes(site, path, project),
        figures=_figures(site, project),
        windows=tuple(_window(project, window) for window in site.report.windows),
        csv=f"{root(path)}data/history/{slug}.csv" if history else "",
        retained_csv=f"{root(path)}data/retained/{slug}.csv" if site.report.retained.get(repo_id) else "",
        history=_history(history),
        retained=_retained(site, project),
        places=tuple(_place(site, path, name, entry) for name, entry in project.places),
        facts=(*_facts(project), *_taken_back(site.report.churn.get(repo_id))),
        story=project_history(site, stood, project),
    )


def _number(project: Project) -> tuple[Chip, ...]:
    number = f"repository {project.repository.repo_id}"
    return (Chip(number, "quiet", "GitHub's number: another repository has this name today"),) * project.is_namesake


def _labels(site: Site, project: Project) -> tuple[ListLabel, ...]:
    names = [name for name in project.list_names if project.label and site.label(name)]
    return tuple(ListLabel(name, site.label(name), site.label(name)) for name in names)


def _notices(project: Project) -> tuple[str, ...]:
    found = (_namesake(project), _missing(project), _archived(project), _never(project))
    return tuple(sentence for sentence in found if sentence)


def _namesake(project: Project) -> str:
    if not project.is_namesake:
        return ""
    number = project.repository.repo_id
    return f"Another repository has this name today. This page is of the one before it, number {number} to GitHub."


def _namesakes(site: Site, path: str, project: Project) -> tuple[Link, ...]:
    """Return links to the pages of other repositories that have, or had, the same name."""
    same = (each for each in site.report.projects if name_key(each.name) == name_key(project.name))
    return tuple(site.link(each, root(path)) for each in same if each.key != project.key)


def _missing(project: Project) -> str:
    if not project.missing:
        return ""
    kept = f" Its figures are of {dates.day(project.current.taken_at)}." if project.current else ""
    return f"Missing in the last run: {phrases.clipped(reasons.missing(project.missing), 300)}.{kept}"


def _archived(project: Project) -> str:
    if not project.repository.is_archived:
        return ""
    at = project.repository.archived_at
    return f"Archived by its owner on {dates.day(at)}." if at else "Archived by its owner."


def _never(project: Project) -> str:
    return "" if project.current else "Never counted yet: there are no figures to show."


def _figures(site: Site, project: Project) -> tuple[Figure, ...]:
    gains = (
        Figure(f"Gained in {figures.count(window.days, 'day')}", components.window_gain_cell(project, window))
        for window in sorted(main_windows(site.report.windows))
    )
    return (
        Figure("Stars", components.stars_cell(project), _taken(project)),
        *gains,
        Figure("Forks", components.forks_cell(project)),
        Figure("Commits", components.commits_cell(project)),
        Figure("Last commit", components.last_commit_cell(project)),
    )


def _taken(project: Project) -> str:
    return f"on {dates.day(project.current.taken_at)}" if project.current else ""


def _window(project: Project, window: Window) -> WindowRow:
    span = figures.count(window.days, "day")
    match project.changes.get(window, Unknown.NOT_COUNTED):
        case Change() as change:
            return WindowRow(span, _changed(change, window), dates.instant(change.baseline.taken_at))
        case Unknown() as reason:
            given = project.retained.get(window)
            kept = (
                f"; {figures.retained_gain(given)} retained {dates.day(given.first)} to {dates.day(given.last)}"
                if given
                else ""
            )
            return WindowRow(span, (components.unknown_cell(f"{reason}: {reasons.unknown(reason)}{kept}"),), "")


def _changed(change: Change, window: Window) -> tuple[Cell, ...]:
    return (
        components.change_cell(change, window),
        components.daily_gain_cell(change),
        components.percent_cell(change.percent),
        components.gain_cell(change.forks_gain),
        components.gain_cell(change.commits_gain),
    )


def _history(counts: Sequence[Count]) -> str:
    if not counts:
        return "There is no history to draw yet."
    if len(counts) == 1:
        return f"One count so far, on {dates.day(counts[0].taken_at)}: a line needs a second one."
    first, last = counts[0].taken_at, counts[-1].taken_at
    span = f"{figures.count(len(counts), 'count')} from {dates.day(first)} to {dates.day(last)}."
    return f"{span} {coverage.gap_sentence([count.taken_at for count in counts])}".strip()


def _retained(site: Site, project: Project) -> str:
    if unfit := site.report.retained_problems.get(project.repository.repo_id):
        return f"Retained stars are not drawn: {unfit}."
    return RETAINED_NOTE if site.retained(project) else ""


def _taken_back(churn: Churn | None) -> tuple[Fact, ...]:
    if churn is None:
        return ()
    found = (
        f"≈ {figures.number(churn.taken_back)} from {dates.day(churn.since)} to {dates.day(churn.until)}: "
        f"{figures.number(churn.retained)} given then were retained, "
        f"and the count moved by {figures.signed(churn.gained)}"
    )
    return (Fact(Link("Stars taken back"), found),)


def _place(site: Site, path: str, name: str, entry: Entry) -> ListEntry:
    return ListEntry(
        list=Link(name, root(path) + site.list_page(name)),
        label=site.label(name),
        title=phrases.clipped(entry.title, 200),
        sections=tuple(phrases.section_path(section) for section in entry.section_paths),
        line=entry.line,
        url=Link(phrases.clipped(entry.url, 100), _address(entry.url)),
    )


def _address(url: str) -> str:
    """Return an address that may be linked; other schemes, such as `javascript:`, stay text."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def _facts(project: Project) -> tuple[Fact, ...]:
    repository, details = project.repository, project.details
    found = {
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
        "First counted": dates.day(project.first_seen) if project.first_seen else None,
        "Earlier names": ", ".join(project.old_names) or None,
    }
    return tuple(
        Fact(Link(term), phrases.clipped(text, 200), is_quoted=term in _QUOTED) for term, text in found.items() if text
    )


def _state(project: Project) -> str:
    repository = project.repository
    flags = {
        "missing": project.missing is not None,
        "archived": repository.is_archived,
        "disabled by GitHub": repository.is_disabled,
        "locked by GitHub": repository.is_locked,
        "a fork": repository.is_fork,
        "a mirror": repository.is_mirror,
        "empty": project.is_empty,
    }
    named = [word for word, holds in flags.items() if holds]
    return phrases.joined(named) if named else "active" if project.current else "not counted yet"
