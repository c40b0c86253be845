"""The feeds: one of all lists, one of each, and one of nothing but each week's movers."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from startrack.dashboards import paths
from startrack.dashboards.feeds import atom
from startrack.dashboards.pages.digest.weekly import WeeklyDigest, weekly_digest
from startrack.dashboards.site import MOVERS_FEED, Scope, Site
from startrack.model.changes import WEEK_WINDOW, Change
from startrack.model.events import Added, Event, MilestoneReached, Removed
from startrack.model.report import Project, SiteReport
from startrack.trends import windows
from startrack.wording import dates, events, figures, phrases

__all__ = [
    "event_id",
    "render_feeds",
]


# An id is for ever: it names the year in which this way of making them began.
_YEAR: Final = "2026"
# Who publishes a feed is known by its address; until there is one, nobody else sees the feed.
_NOBODY: Final = "startrack"
_NAMED: Final = 3


def render_feeds(site: Site, parts: Sequence[Scope]) -> dict[str, str]:
    """Return every feed by its path; links are absolute where the pages have an address, else relative."""
    found = {site.feed(part.path): _feed(site, part, site.feed(part.path), with_events=True) for part in parts}
    found[MOVERS_FEED] = _feed(site, parts[0], MOVERS_FEED, with_events=False)
    return {path: atom.render(feed) for path, feed in found.items()}


def event_id(report: SiteReport, event: Event) -> str:
    """Return the id of an event for ever: of the list and its entry, or of the project's number, and the day."""
    day = dates.day(event.at)
    match event.what:
        case Added(entry=entry) | Removed(entry=entry):
            return _id(report, "lists", *event.lists, event.kind, day, entry.lower())
        case MilestoneReached(milestone=milestone):
            return _id(report, "projects", str(event.repo_id), event.kind, str(milestone), day)
        case _:
            return _id(report, "projects", str(event.repo_id), event.kind, day)


def _feed(site: Site, scope: Scope, path: str, *, with_events: bool) -> atom.Feed:
    events = _events(site, scope, path) if with_events else ()
    found = sorted((*events, *_weeks(site, scope, path)), key=lambda entry: entry.updated, reverse=True)
    # Hourly counts may tell of a project that went, came and went within a day: that is one entry, the last.
    unique = {entry.id: entry for entry in reversed(found)}
    entries = tuple(entry for entry in found if unique[entry.id] is entry)
    title = scope.name if with_events else f"{scope.name}: weekly movers"
    return atom.Feed(
        id=_id(site.report, path.removesuffix(".xml")),
        title=title + _labels(scope),
        updated=max((entry.updated for entry in entries), default=_begun(site.report)),
        itself=_address(site, path, path),
        link=_address(site, path, scope.path),
        entries=entries,
    )


def _begun(report: SiteReport) -> datetime:
    """Return the first count: a feed that tells nothing yet has not changed since."""
    return min((counts[0].taken_at for counts in report.history.values() if counts), default=report.as_of)


def _events(site: Site, scope: Scope, path: str) -> Iterable[atom.Entry]:
    names = {listed.name for listed in scope.lists}
    for event in site.report.events:
        if names & set(event.lists):
            yield _event(site, event, path, scope.path)


def _event(site: Site, event: Event, path: str, own: str) -> atom.Entry:
    page, home = site.find_page(event), phrases.repository_url(event)
    return atom.Entry(
        id=event_id(site.report, event),
        title=f"{event.title}{_mark(event.label)} {events.predicate(event)}",
        updated=event.at,
        # What GitHub shows under the name may be another repository: then the feed's own page has to do.
        link=_address(site, path, page or own) if page or not home else home,
        term=event.kind,
        content=atom.Content(events.detail(event)),
    )


def _weeks(site: Site, scope: Scope, path: str) -> Iterable[atom.Entry]:
    """Return an entry for each of the latest weeks; the pages of earlier ones stay, for whoever kept an entry."""
    latest = site.report.weeks[: windows.LATEST_WEEKS]
    told = (weekly_digest(week, (listed.name for listed in scope.lists)) for week in latest)
    return (_week(site, scope, each, path) for each in told if each.rising)


def _week(site: Site, scope: Scope, told: WeeklyDigest, path: str) -> atom.Entry:
    of = ("all",) if scope.is_all_lists else ("lists", scope.lists[0].name)
    first = [project.title for project, _ in told.rising[:_NAMED]]
    more = len(told.rising) - len(first)
    named = phrases.joined([*first, f"{more} more"] if more else first)
    return atom.Entry(
        id=_id(site.report, *of, "movers", told.week.name),
        title=f"Rising in {told.week.name}: {named}",
        updated=told.week.end,
        link=_address(site, path, f"digest/{told.week.name}.html"),
        term="movers",
        content=atom.Content(_ranking(told), is_html=True),
    )


def _ranking(told: WeeklyDigest) -> str:
    """Return the movers as HTML; its links lead to GitHub, as relative ones mean nothing inside a reader."""
    items = (_item(project, change) for project, change in told.rising)
    return Markup("<p>{}</p><ol>{}</ol>").format(f"{told.span}, UTC:", Markup("").join(items))


def _item(project: Project, change: Change) -> Markup:
    name = phrases.strip_direction_marks(project.title)
    home = phrases.repository_url(project)
    named = Markup('<a href="{}">{}</a>').format(home, name) if home else name
    gain = figures.signed(change.gain) + _mark(figures.actual_days(WEEK_WINDOW, change.elapsed))
    return Markup("<li>{}{} {}</li>").format(named, _mark(project.label), gain)


def _mark(label: str | None) -> str:
    return f" ({label})" if label else ""


def _labels(scope: Scope) -> str:
    labels = {listed.label for listed in scope.lists}
    return _mark(labels.pop()) if len(labels) == 1 else ""


def _address(site: Site, path: str, target: str) -> str:
    """Return the address of a file of the dashboards as a feed at a path has to write it."""
    base = site.report.base_url
    return f"{base.rstrip('/')}/{target}" if base else paths.root(path) + target


def _id(report: SiteReport, *parts: str) -> str:
    """Return a tag URI (RFC 4151) under the name of the host that publishes the pages."""
    address = urlsplit(report.base_url or "")
    authority = re.sub(r"[^a-z0-9.-]", "-", address.hostname or _NOBODY)
    folders = [part for part in address.path.split("/") if part]
    return f"tag:{authority},{_YEAR}:" + "/".join(
        quote(part, safe="/", errors="replace") for part in (*folders, *parts)
    )
