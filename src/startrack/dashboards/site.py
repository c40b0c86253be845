"""What all pages share: paths, scopes, the page shell, and the chips beside a project's name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from startrack.dashboards import paths
from startrack.dashboards.charts import series
from startrack.dashboards.components import Chip, Link, ListLabel, Shell
from startrack.dashboards.paths import Heading
from startrack.model.changes import MONTH_WINDOW, WEEK_WINDOW, Window
from startrack.model.durations import DAY
from startrack.model.events import Event
from startrack.model.lists import Entry, List
from startrack.model.report import Project, SiteReport
from startrack.model.repository import name_key
from startrack.trends import membership
from startrack.wording import dates, reasons

__all__ = [
    "ALL_FEED",
    "CONTENT_SECURITY_POLICY",
    "DIGEST_INDEX",
    "FIRST_PAGE",
    "MOVERS_FEED",
    "RETAINED_NOTE",
    "Scope",
    "Site",
    "build_scopes",
    "build_shell",
    "build_site",
    "list_labels",
    "main_windows",
    "project_chips",
]


# Plotly adds an empty style element and then inserts its rules. This hash, of an empty text, allows that element only.
_EMPTY_STYLE: Final = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
CONTENT_SECURITY_POLICY: Final = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {_EMPTY_STYLE}; img-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)

FIRST_PAGE: Final = "index.html"
ALL_FEED: Final = "feeds/all.xml"
MOVERS_FEED: Final = "feeds/movers.xml"
DIGEST_INDEX: Final = "digest/index.html"

_MAIN_WINDOWS: Final = (MONTH_WINDOW, WEEK_WINDOW)

# Schedules of GitHub Actions often start hours late, and sometimes miss a run.
_TOLERANCE: Final = DAY

RETAINED_NOTE: Final = (
    "Dashed line: retained stars (≈). These are the stars that a project still has today, by the day on which they "
    "were given. They are not counts. The line ends where the counts begin."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an overview page covers: all lists or one list.

    `uncounted` are the entries of projects that no run has counted yet.
    """

    name: str
    path: str
    lists: tuple[List, ...]
    projects: tuple[Project, ...]
    uncounted: tuple[Entry, ...]

    @property
    def root(self) -> str:
        """The relative path from this page to the dashboards folder."""
        return paths.root(self.path)

    @property
    def is_all_lists(self) -> bool:
        """Whether this scope covers all lists."""
        return self.path == FIRST_PAGE

    def entry(self, project: Project) -> Entry | None:
        """Return the project's first entry in the lists of this scope."""
        names = {listed.name for listed in self.lists}
        return next((entry for name, entry in project.places if name in names), None)


@dataclass(frozen=True, slots=True)
class Site:
    """A report, with the slug of each project and list and the key of each heading.

    `projects` has slugs by a project's key, as two projects may have the same name; `lists` by the list's name.
    """

    report: SiteReport
    projects: Mapping[int | str, str]
    lists: Mapping[str, str]
    headings: Mapping[Heading, str]
    _by_name: Mapping[str, tuple[Project, ...]]

    def namesakes(self, project: Project) -> tuple[Project, ...]:
        """Return the other projects that have or had the name of a project."""
        return tuple(other for other in self._by_name[name_key(project.name)] if other.key != project.key)

    def slug(self, project: Project) -> str:
        """Return the slug of a project: the path of its page and data below their folders, without suffix."""
        return self.projects[project.key]

    def page(self, project: Project) -> str:
        """Return the path of a project's page."""
        return f"projects/{self.slug(project)}.html"

    def list_page(self, name: str) -> str:
        """Return the path of a list's page, which is the first page if there is only one list."""
        return f"lists/{self.lists[name]}.html" if len(self.lists) > 1 else FIRST_PAGE

    def feed(self, page: str) -> str:
        """Return the path of the feed for a page: for a list's page that of the list, otherwise that of all lists."""
        is_list_page = len(self.lists) > 1 and page in {self.list_page(name) for name in self.lists}
        return f"feeds/{page.removesuffix('.html')}.xml" if is_list_page else ALL_FEED

    def find_page(self, subject: Project | Event) -> str | None:
        """Return the path of the page of a project or of an event's project, `None` if no list names it any more."""
        key = subject.key if isinstance(subject, Project) else subject.repo_id or name_key(subject.repo)
        return f"projects/{self.projects[key]}.html" if key in self.projects else None

    def retained(self, project: Project) -> series.Track | None:
        """Return the track of a project's retained stars before its first count, `None` if there is none."""
        levels = self.report.retained.get(project.repository.repo_id, ())
        return series.retained_track(levels, self.report.counts(project))

    def has_line(self, project: Project) -> bool:
        """Return whether a line can be drawn: from two counts, or from one count and retained stars before it."""
        counts = self.report.counts(project)
        return len(counts) > 1 or (len(counts) == 1 and self.retained(project) is not None)

    def label(self, name: str) -> str:
        """Return the label of a list, empty if it has none."""
        return next((listed.label or "" for listed in self.report.lists if listed.name == name), "")

    def link(self, project: Project, root: str = "") -> Link:
        """Return a link to a project's page."""
        return Link(project.title, root + self.page(project))


def build_site(report: SiteReport) -> Site:
    """Return the site of a report."""
    return Site(
        report,
        paths.project_slugs(report.projects),
        paths.slugs({listed.name for listed in report.lists}),
        paths.heading_keys(paths.ordered_headings(report.lists, report.projects)),
        {name: tuple(projects) for name, projects in _grouped_by_name(report.projects).items()},
    )


def _grouped_by_name(projects: Sequence[Project]) -> dict[str, list[Project]]:
    by_name: dict[str, list[Project]] = {}
    for project in projects:
        by_name.setdefault(name_key(project.name), []).append(project)
    return by_name


def build_scopes(site: Site) -> tuple[Scope, ...]:
    """Return the scope of all lists and, if there are several, of each list."""
    all_lists = _build_scope(site, site.report.title, FIRST_PAGE, site.report.lists)
    if len(site.report.lists) < 2:  # noqa: PLR2004 - one list is all lists
        return (all_lists,)
    single_lists = (
        _build_scope(site, listed.name, site.list_page(listed.name), (listed,)) for listed in site.report.lists
    )
    return (all_lists, *single_lists)


def build_shell(site: Site, title: str, page: str, labels: tuple[ListLabel, ...] = ()) -> Shell:
    """Return the parts of the page at a path that all pages have: title, navigation, labels and feeds."""
    report, root = site.report, paths.root(page)
    targets = [("Overview", FIRST_PAGE)]
    if len(report.lists) > 1:
        targets += [(listed.name, site.list_page(listed.name)) for listed in report.lists]
    targets += [("Compare", "compare.html"), ("Sections", "sections.html"), ("Health", "health.html")]
    targets += [("Weekly digests", DIGEST_INDEX), ("Methodology", "counting.html")]
    links = tuple(Link(text, root + target, is_here=target == page) for text, target in targets)
    as_of, feeds = dates.instant(report.as_of), _feeds(site, title, page)
    shell = Shell(report.title, title, root, as_of, CONTENT_SECURITY_POLICY, links, labels, feeds)
    # Labelled figures, for example simulated ones, are examples: nobody counts them every day.
    if labels or not report.next_due:
        return shell
    return replace(shell, due=dates.instant(report.next_due), overdue_from=dates.iso(report.next_due + _TOLERANCE))


def _feeds(site: Site, title: str, page: str) -> tuple[Link, ...]:
    """Return links to the feeds of a page: that of its list or of all lists, and that of the weekly movers."""
    root, feed = paths.root(page), site.feed(page)
    text = "all updates" if feed == ALL_FEED else f"updates of {title}"
    return Link(text, root + feed), Link("weekly movers", root + MOVERS_FEED)


def list_labels(lists: tuple[List, ...]) -> tuple[ListLabel, ...]:
    """Return the label of each list that has one, preceded by "some" in `mark` if other lists have none."""
    prefix = "" if all(listed.label for listed in lists) else "some "
    return tuple(ListLabel(listed.name, listed.label, prefix + listed.label) for listed in lists if listed.label)


def project_chips(project: Project, window: Window | None = None) -> tuple[Chip, ...]:
    """Return the chips beside a project's name: its label, its state, and whether its gain is a spike."""
    is_spike = project.spike and (window is None or window.days >= 30)  # noqa: PLR2004 - spikes are of 30 days
    chips = (
        Chip(project.label, "label", "label of the list that these figures are from") if project.label else None,
        Chip("missing", "warn", reasons.missing(project.missing)) if project.missing else None,
        Chip("archived", "quiet") if project.repository.is_archived else None,
        Chip("disabled", "warn") if project.repository.is_disabled else None,
        Chip("locked", "warn") if project.repository.is_locked else None,
        Chip("fork", "quiet") if project.repository.is_fork else None,
        Chip("mirror", "quiet") if project.repository.is_mirror else None,
        Chip("empty", "quiet", "it has no commits yet") if project.is_empty else None,
        Chip("spike", "quiet", "more than half of the 30-day gain came on one day") if is_spike else None,
    )
    return tuple(chip for chip in chips if chip)


def _build_scope(site: Site, name: str, path: str, lists: tuple[List, ...]) -> Scope:
    names = {listed.name for listed in lists}
    projects = tuple(membership.in_lists(site.report.projects, names))
    counted = {(list_name, name_key(entry.repo)) for project in projects for list_name, entry in project.places}
    uncounted = {
        name_key(entry.repo): entry
        for listed in lists
        for entry in listed.entries
        if (listed.name, name_key(entry.repo)) not in counted
    }
    return Scope(name, path, lists, projects, tuple(uncounted[repo] for repo in sorted(uncounted)))


def main_windows(windows: Sequence[Window]) -> tuple[Window, ...]:
    """Return 30 and 7 days as far as the report has them, otherwise its two longest windows."""
    main = tuple(window for window in _MAIN_WINDOWS if window in windows)
    return main or tuple(sorted(windows, reverse=True)[:2])
