"""What all pages of a report share: their places, their scopes, and how they speak of a project."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from startrack.dashboards import paths
from startrack.dashboards.charts import series
from startrack.dashboards.components import Chip, Link, Named, Shell
from startrack.dashboards.paths import Heading
from startrack.model.changes import Window
from startrack.model.events import Event
from startrack.model.lists import Entry, List
from startrack.model.report import Project, SiteReport
from startrack.model.repository import name_key
from startrack.trends import membership
from startrack.wording import dates, reasons

__all__ = [
    "ALL_FEED",
    "DIGESTS",
    "FIRST_PAGE",
    "MOVERS_FEED",
    "POLICY",
    "RETAINED",
    "Scope",
    "Site",
    "chips",
    "labelled",
    "main_windows",
    "scopes",
    "shell",
    "site",
]


# Plotly writes its rules into a style element that it adds empty: only an empty one is let in, by its hash.
_EMPTY_STYLE: Final = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
POLICY: Final = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {_EMPTY_STYLE}; img-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)

FIRST_PAGE: Final = "index.html"
ALL_FEED: Final = "feeds/all.xml"
MOVERS_FEED: Final = "feeds/movers.xml"
DIGESTS: Final = "digest/index.html"

RETAINED: Final = (
    "Dashed: retained stars ≈, GitHub's record of today's stars by the day they were given. They are no counts, "
    "and end where the counts begin."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What one overview speaks of: all lists, or one; `unread` are entries that no project stands for yet."""

    name: str
    path: str
    lists: tuple[List, ...]
    projects: tuple[Project, ...]
    unread: tuple[Entry, ...]

    @property
    def root(self) -> str:
        """The way from this page back to the first folder."""
        return paths.root(self.path)

    @property
    def is_whole(self) -> bool:
        """Whether it speaks of everything there is."""
        return self.path == FIRST_PAGE

    def entry(self, project: Project) -> Entry | None:
        """Return the project's first entry in the lists of this scope."""
        names = {listed.name for listed in self.lists}
        return next((entry for name, entry in project.places if name in names), None)


@dataclass(frozen=True, slots=True)
class Site:
    """A report, where each of its projects and lists has its page, and the key of each heading in addresses.

    Projects are found by their keys: two may have one name.
    """

    report: SiteReport
    projects: Mapping[int | str, str]
    lists: Mapping[str, str]
    headings: Mapping[Heading, str]

    def slug(self, project: Project) -> str:
        """Return the path of a project's page and data below their folders, without an ending."""
        return self.projects[project.key]

    def page(self, project: Project) -> str:
        """Return the path of a project's page."""
        return f"projects/{self.slug(project)}.html"

    def list_page(self, name: str) -> str:
        """Return the path of a list's page: the first page where there is no other list."""
        return f"lists/{self.lists[name]}.html" if len(self.lists) > 1 else FIRST_PAGE

    def feed(self, page: str) -> str:
        """Return the path of the feed of what a page speaks of: that of its list, or of all lists."""
        of_list = len(self.lists) > 1 and page in {self.list_page(name) for name in self.lists}
        return f"feeds/{page.removesuffix('.html')}.xml" if of_list else ALL_FEED

    def page_of(self, told: Project | Event) -> str | None:
        """Return the path of the page of a project, or of an event's, `None` where no list names it any more."""
        key = told.key if isinstance(told, Project) else told.repo_id or name_key(told.repo)
        return f"projects/{self.projects[key]}.html" if key in self.projects else None

    def retained(self, project: Project) -> series.Track | None:
        """Return the line of a project's retained stars before its first count."""
        repo_id = project.repository.repo_id
        return series.retained(self.report.retained.get(repo_id, ()), self.report.history.get(repo_id, ()))

    def has_line(self, project: Project) -> bool:
        """Say whether there is anything to draw: two counts, or one that retained stars lead to."""
        counts = self.report.history.get(project.repository.repo_id, ())
        return len(counts) > 1 or (len(counts) == 1 and self.retained(project) is not None)

    def label(self, name: str) -> str:
        """Return the label of a list, empty where it has none."""
        return next((listed.label or "" for listed in self.report.lists if listed.name == name), "")

    def link(self, project: Project, root: str = "") -> Link:
        """Return a link to a project's page."""
        return Link(project.title, root + self.page(project))


def site(report: SiteReport) -> Site:
    """Return the report with a place for everything."""
    return Site(
        report,
        paths.of_projects(report.projects),
        paths.slugs({listed.name for listed in report.lists}),
        paths.keys(paths.ordered(report.lists, report.projects)),
    )


def scopes(site: Site) -> tuple[Scope, ...]:
    """Return all lists together and, where there are several, each of them."""
    everything = _scope(site, site.report.title, FIRST_PAGE, site.report.lists)
    if len(site.report.lists) < 2:  # noqa: PLR2004 - one list is all lists
        return (everything,)
    each = (_scope(site, listed.name, site.list_page(listed.name), (listed,)) for listed in site.report.lists)
    return (everything, *each)


def shell(site: Site, title: str, page: str, labels: tuple[Named, ...] = ()) -> Shell:
    """Return what the page at a path shares with all others."""
    report, root = site.report, paths.root(page)
    targets = [("Overview", FIRST_PAGE)]
    if len(report.lists) > 1:
        targets += [(listed.name, site.list_page(listed.name)) for listed in report.lists]
    targets += [("Compare", "compare.html"), ("Sections", "sections.html"), ("Health", "health.html")]
    targets += [("By week", DIGESTS), ("How this is counted", "counting.html")]
    links = tuple(Link(text, root + target, is_here=target == page) for text, target in targets)
    as_of, feeds = dates.instant(report.as_of), _feeds(site, title, page)
    return Shell(report.title, title, root, as_of, POLICY, links, labels, feeds)


def _feeds(site: Site, title: str, page: str) -> tuple[Link, ...]:
    """Return the feeds that a page offers: of its list or of all, and of nothing but each week's movers."""
    root, feed = paths.root(page), site.feed(page)
    everything = "everything new" if feed == ALL_FEED else f"everything new of {title}"
    return Link(everything, root + feed), Link("the movers of each week", root + MOVERS_FEED)


def labelled(lists: tuple[List, ...]) -> tuple[Named, ...]:
    """Return the lists whose figures carry a label; beside lists that carry none, it holds for some figures only."""
    part = "" if all(listed.label for listed in lists) else "some "
    return tuple(Named(listed.name, listed.label, part + listed.label) for listed in lists if listed.label)


def chips(project: Project, window: Window | None = None) -> tuple[Chip, ...]:
    """Return the words that stand beside a project's name wherever its figures do."""
    is_spike = project.spike and (window is None or window.days >= 30)  # noqa: PLR2004 - spikes are of 30 days
    found = (
        Chip(project.label, "label", "figures of a list with this label") if project.label else None,
        Chip("missing", "warn", reasons.missing(project.missing)) if project.missing else None,
        Chip("archived", "quiet") if project.repository.is_archived else None,
        Chip("disabled", "warn") if project.repository.is_disabled else None,
        Chip("locked", "warn") if project.repository.is_locked else None,
        Chip("fork", "quiet") if project.repository.is_fork else None,
        Chip("mirror", "quiet") if project.repository.is_mirror else None,
        Chip("empty", "quiet", "it has no commit yet") if project.is_empty else None,
        Chip("spike", "quiet", "one day holds more than half of the 30-day gain") if is_spike else None,
    )
    return tuple(chip for chip in found if chip)


def _scope(site: Site, name: str, path: str, lists: tuple[List, ...]) -> Scope:
    names = {listed.name for listed in lists}
    inside = tuple(membership.in_lists(site.report.projects, names))
    known = {(place, name_key(entry.repo)) for project in inside for place, entry in project.places}
    unread = {
        name_key(entry.repo): entry
        for listed in lists
        for entry in listed.entries
        if (listed.name, name_key(entry.repo)) not in known
    }
    return Scope(name, path, lists, inside, tuple(unread[repo] for repo in sorted(unread)))


_ASKED_FOR = (Window(30), Window(7))


def main_windows(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return the 30 and 7 days where the report has them, otherwise its two longest windows."""
    usual = tuple(window for window in _ASKED_FOR if window in windows)
    return usual or tuple(sorted(windows, reverse=True)[:2])
