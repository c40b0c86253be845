"""The page of one project: its figures over time, its places in the lists, its state."""

from collections.abc import Sequence

from startrack.models import Change, Count, Entry, Project, Unknown, Window, same_repo
from startrack.past import Churn
from startrack.render import cells, coverage, words
from startrack.render.contexts import Cell, Chip, Fact, Figure, Link, Named
from startrack.render.movers import main_windows
from startrack.render.page_contexts import Place, ProjectPage, WindowRow
from startrack.render.paths import root
from startrack.render.site import RETAINED, Site, chips, shell
from startrack.render.standings import Standings
from startrack.render.story import story

__all__ = ["project_page"]

# What others may have named after a day.
_QUOTED = frozenset({"Default branch", "Latest release", "Earlier names"})


def project_page(site: Site, stood: Standings, project: Project) -> ProjectPage:
    """Return what a project's page shows."""
    path = site.page(project)
    owner, _, name = project.name.partition("/")
    repo_id = project.repository.repo_id
    history = site.report.history.get(repo_id, ())
    slug = site.slug(project)
    return ProjectPage(
        shell=shell(site, project.title, path, _labels(site, project)),
        owner=owner if name else "",
        name=name or owner,
        chips=(*chips(project), *_number(project)),
        label=project.label or "",
        description=words.clipped(project.repository.description or "", 500),
        topics=project.details.topics if project.details else (),
        github=words.home(project),
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
        story=story(site, stood, project),
    )


def _number(project: Project) -> tuple[Chip, ...]:
    number = f"repository {project.repository.repo_id}"
    return (Chip(number, "quiet", "GitHub's number: another repository has this name today"),) * project.is_namesake


def _labels(site: Site, project: Project) -> tuple[Named, ...]:
    names = dict.fromkeys(name for name, _ in project.places if project.label and site.label(name))
    return tuple(Named(name, site.label(name), site.label(name)) for name in names)


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
    same = (each for each in site.report.projects if same_repo(each.name) == same_repo(project.name))
    return tuple(site.link(each, root(path)) for each in same if each.key != project.key)


def _missing(project: Project) -> str:
    if not project.missing:
        return ""
    kept = f" Its figures are of {words.day(project.current.taken_at)}." if project.current else ""
    return f"Missing in the last run: {words.clipped(words.missing(project.missing), 300)}.{kept}"


def _archived(project: Project) -> str:
    if not project.repository.is_archived:
        return ""
    at = project.repository.archived_at
    return f"Archived by its owner on {words.day(at)}." if at else "Archived by its owner."


def _never(project: Project) -> str:
    return "" if project.current else "Never counted yet: there are no figures to show."


def _figures(site: Site, project: Project) -> tuple[Figure, ...]:
    gains = (
        Figure(f"Gained in {words.count(window.days, 'day')}", cells.over(project, window))
        for window in sorted(main_windows(site.report.windows))
    )
    return (
        Figure("Stars", cells.stars(project), _taken(project)),
        *gains,
        Figure("Forks", cells.forks(project)),
        Figure("Commits", cells.commits(project)),
        Figure("Last commit", cells.last_commit(project)),
    )


def _taken(project: Project) -> str:
    return f"on {words.day(project.current.taken_at)}" if project.current else ""


def _window(project: Project, window: Window) -> WindowRow:
    span = words.count(window.days, "day")
    match project.changes.get(window, Unknown.NOT_COUNTED):
        case Change() as change:
            return WindowRow(span, _changed(change, window), words.instant(change.baseline.taken_at))
        case Unknown() as reason:
            given = project.retained.get(window)
            kept = (
                f"; {words.retained(given)} retained {words.day(given.first)} to {words.day(given.last)}"
                if given
                else ""
            )
            return WindowRow(span, (cells.unknown(f"{reason}: {words.why(reason)}{kept}"),), "")


def _changed(change: Change, window: Window) -> tuple[Cell, ...]:
    return (
        cells.moved(change, window),
        cells.rate(change),
        cells.share(change.percent),
        cells.gain(change.forks_gain),
        cells.gain(change.commits_gain),
    )


def _history(counts: Sequence[Count]) -> str:
    if not counts:
        return "There is no history to draw yet."
    if len(counts) == 1:
        return f"One count so far, on {words.day(counts[0].taken_at)}: a line needs a second one."
    first, last = counts[0].taken_at, counts[-1].taken_at
    span = f"{words.count(len(counts), 'count')} from {words.day(first)} to {words.day(last)}."
    return f"{span} {coverage.gap_sentence([count.taken_at for count in counts])}".strip()


def _retained(site: Site, project: Project) -> str:
    if unfit := site.report.unfit.get(project.repository.repo_id):
        return f"Retained stars are not drawn: {unfit}."
    return RETAINED if site.retained(project) else ""


def _taken_back(churn: Churn | None) -> tuple[Fact, ...]:
    if churn is None:
        return ()
    found = (
        f"≈ {words.number(churn.taken_back)} from {words.day(churn.since)} to {words.day(churn.until)}: "
        f"{words.number(churn.retained)} given then were retained, and the count moved by {words.signed(churn.gained)}"
    )
    return (Fact(Link("Stars taken back"), found),)


def _place(site: Site, path: str, name: str, entry: Entry) -> Place:
    return Place(
        list=Link(name, root(path) + site.list_page(name)),
        label=site.label(name),
        title=words.clipped(entry.title, 200),
        sections=tuple(words.path(section) for section in entry.sections or (entry.section,)),
        line=entry.line,
        url=Link(words.clipped(entry.url, 100), _address(entry.url)),
    )


def _address(url: str) -> str:
    """Return an address that may be linked; other schemes, such as `javascript:`, stay text."""
    return url if url.lower().startswith(("https://", "http://")) else ""


def _facts(project: Project) -> tuple[Fact, ...]:
    repository, details = project.repository, project.details
    found = {
        "State": _state(project),
        "Language": repository.language,
        "Licence": words.licence(repository.license),
        "Created": words.day(repository.created_at) if repository.created_at else None,
        "Last commit": words.last_commit(project),
        "Default branch": repository.default_branch,
        "Open issues": words.number(details.open_issues) if details and details.open_issues is not None else None,
        "Open pull requests": words.number(details.open_prs) if details and details.open_prs is not None else None,
        "Watchers": words.number(details.watchers) if details and details.watchers is not None else None,
        "Latest release": details.latest_release if details else None,
        "First counted": words.day(project.first_seen) if project.first_seen else None,
        "Earlier names": ", ".join(project.old_names) or None,
    }
    return tuple(
        Fact(Link(term), words.clipped(text, 200), is_quoted=term in _QUOTED) for term, text in found.items() if text
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
    return words.joined(named) if named else "active" if project.current else "not counted yet"
