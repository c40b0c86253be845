"""Which feeds there are and what their entries say: one of all lists, one of each list, and one of weekly movers."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from startrack.dashboards import paths
from startrack.dashboards.feeds import atom
from startrack.dashboards.site import MOVERS_FEED, Scope, Site
from startrack.model.changes import WEEK_WINDOW, Change
from startrack.model.events import Added, Event, MilestoneReached, Removed
from startrack.model.report import Project, SiteReport
from startrack.readme.weekly import WeeklyDigest, weekly_digest
from startrack.trends import windows
from startrack.wording import dates, events, figures, phrases

__all__ = [
    "event_id",
    "render_feeds",
]


# Ids must never change, so the year of the tag URIs is fixed.
_TAG_YEAR: Final = "2026"
# The authority of ids while no base_url is configured.
_NO_HOST: Final = "startrack"
_NAMES_IN_TITLE: Final = 3


def render_feeds(site: Site, scopes: Sequence[Scope]) -> dict[str, str]:
    """Return every feed by its path. Links are absolute if `base_url` is configured, otherwise relative."""
    feeds = {site.feed(scope.path): _feed(site, scope, site.feed(scope.path), with_events=True) for scope in scopes}
    feeds[MOVERS_FEED] = _feed(site, scopes[0], MOVERS_FEED, with_events=False)
    return {path: atom.render(feed) for path, feed in feeds.items()}


def event_id(report: SiteReport, event: Event) -> str:
    """Return the permanent id of an event: from its day and either its list and entry or the repository's id."""
    day = dates.day(event.at)
    match event.detail:
        case Added(entry=entry) | Removed(entry=entry):
            return _tag_uri(report, "lists", *event.lists, event.kind, day, entry.lower())
        case MilestoneReached(milestone=milestone):
            return _tag_uri(report, "projects", str(event.repo_id), event.kind, str(milestone), day)
        case _:
            return _tag_uri(report, "projects", str(event.repo_id), event.kind, day)


def _feed(site: Site, scope: Scope, path: str, *, with_events: bool) -> atom.Feed:
    event_entries = _event_entries(site, scope, path) if with_events else ()
    newest_first = sorted(
        (*event_entries, *_week_entries(site, scope, path)), key=lambda entry: entry.updated, reverse=True
    )
    # With hourly counts a project can be lost twice on one day. Both events have the same id; keep the later one.
    latest_by_id = {entry.id: entry for entry in reversed(newest_first)}
    entries = tuple(entry for entry in newest_first if latest_by_id[entry.id] is entry)
    title = scope.name if with_events else f"{scope.name}: weekly movers"
    return atom.Feed(
        id=_tag_uri(site.report, path.removesuffix(".xml")),
        title=title + _scope_label(scope),
        updated=max((entry.updated for entry in entries), default=_first_count(site.report)),
        self_link=_file_url(site, path, path),
        page_link=_file_url(site, path, scope.path),
        entries=entries,
    )


def _first_count(report: SiteReport) -> datetime:
    """Return when the first count was taken: the last change of a feed without entries."""
    return min((counts.first for counts in report.history.values() if counts), default=report.as_of)


def _event_entries(site: Site, scope: Scope, path: str) -> Iterator[atom.Entry]:
    names = {listed.name for listed in scope.lists}
    for event in site.report.events:
        if names & set(event.lists):
            yield _event_entry(site, event, path, scope.path)


def _event_entry(site: Site, event: Event, path: str, scope_page: str) -> atom.Entry:
    page, github_url = site.find_page(event), phrases.repository_url(event)
    return atom.Entry(
        id=event_id(site.report, event),
        title=f"{event.title}{_bracketed(event.label)} {events.predicate(event)}",
        updated=event.at,
        # Without a page, and if GitHub shows another repository under the name, link to the page of the scope.
        link=_file_url(site, path, page or scope_page) if page or not github_url else github_url,
        term=event.kind,
        content=atom.Content(events.detail(event)),
    )


def _week_entries(site: Site, scope: Scope, path: str) -> Iterable[atom.Entry]:
    """Return an entry for each of the latest weeks. The pages of earlier weeks remain, so old entries keep working."""
    latest_weeks = site.report.weeks[: windows.LATEST_WEEKS]
    digests = (weekly_digest(week, (listed.name for listed in scope.lists)) for week in latest_weeks)
    return (_week_entry(site, scope, digest, path) for digest in digests if digest.rising)


def _week_entry(site: Site, scope: Scope, digest: WeeklyDigest, path: str) -> atom.Entry:
    id_parts = ("all",) if scope.is_all_lists else ("lists", scope.lists[0].name)
    names = [project.title for project, _ in digest.rising[:_NAMES_IN_TITLE]]
    more = len(digest.rising) - len(names)
    return atom.Entry(
        id=_tag_uri(site.report, *id_parts, "movers", digest.week.name),
        title=f"Rising in {digest.week.name}: {phrases.joined([*names, f'{more} more'] if more else names)}",
        updated=digest.week.end,
        link=_file_url(site, path, f"digest/{digest.week.name}.html"),
        term="movers",
        content=atom.Content(_ranking_html(digest), is_html=True),
    )


def _ranking_html(digest: WeeklyDigest) -> str:
    """Return the movers as HTML. Links lead to GitHub, because relative links do not work in feed readers."""
    items = (_ranking_item(project, change) for project, change in digest.rising)
    return Markup("<p>{}</p><ol>{}</ol>").format(f"{digest.span}, UTC:", Markup("").join(items))


def _ranking_item(project: Project, change: Change) -> Markup:
    title = phrases.strip_direction_marks(project.title)
    github_url = phrases.repository_url(project)
    name = Markup('<a href="{}">{}</a>').format(github_url, title) if github_url else title
    gain = figures.signed(change.gain) + _bracketed(figures.actual_days(WEEK_WINDOW, change.elapsed))
    return Markup("<li>{}{} {}</li>").format(name, _bracketed(project.label), gain)


def _bracketed(text: str | None) -> str:
    return f" ({text})" if text else ""


def _scope_label(scope: Scope) -> str:
    labels = {listed.label for listed in scope.lists}
    return _bracketed(labels.pop()) if len(labels) == 1 else ""


def _file_url(site: Site, path: str, target: str) -> str:
    """Return the URL of a file of the dashboards, for a link in the feed at `path`."""
    base = site.report.base_url
    return f"{base.rstrip('/')}/{target}" if base else paths.root(path) + target


def _tag_uri(report: SiteReport, *parts: str) -> str:
    """Return a tag URI (RFC 4151) whose authority is the host of the published pages."""
    base = urlsplit(report.base_url or "")
    authority = re.sub(r"[^a-z0-9.-]", "-", base.hostname or _NO_HOST)
    folders = [part for part in base.path.split("/") if part]
    return f"tag:{authority},{_TAG_YEAR}:" + "/".join(
        quote(part, safe="/", errors="replace") for part in (*folders, *parts)
    )
