"""The pages of the weekly digests: one for each week, and an index."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from startrack.dashboards import components, paths
from startrack.dashboards.components import Cell, Chip, Figure, Link, Shell
from startrack.dashboards.site import DIGEST_INDEX, Site, build_shell, list_labels, project_chips
from startrack.model.changes import WEEK_WINDOW, Change
from startrack.model.events import Event
from startrack.model.report import Project
from startrack.readme.weekly import WeeklyDigest, weekly_digest
from startrack.trends import ranking
from startrack.wording import dates, events, figures, phrases

__all__ = [
    "DigestIndexPage",
    "DigestPage",
    "EventRow",
    "EventSection",
    "IndexRow",
    "Ranking",
    "RankingRow",
    "digest_index_page",
    "digest_page",
    "digest_path",
    "weekly_digests",
]


@dataclass(frozen=True, slots=True)
class RankingRow:
    """One project of a ranking."""

    link: Link
    chips: tuple[Chip, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """One ranking of a week; `if_empty` is shown if it has no rows."""

    slug: str
    title: str
    rows: tuple[RankingRow, ...]
    if_empty: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event: its day and project, the predicate of a sentence about the project, and details."""

    day: str
    link: Link
    label: str
    predicate: str
    detail: str


@dataclass(frozen=True, slots=True)
class EventSection:
    """The events of one group."""

    title: str
    rows: tuple[EventRow, ...]


@dataclass(frozen=True, slots=True)
class DigestPage:
    """The digest of one week.

    `name` is the week in ISO 8601, `no_events` a sentence about the empty event groups, `others` are links to the
    weeks before and after, and `markdown` is the path of the same digest as Markdown.
    """

    shell: Shell
    heading: str
    name: str
    span: str
    figures: tuple[Figure, ...]
    rankings: tuple[Ranking, ...]
    events: tuple[EventSection, ...]
    no_events: str
    others: tuple[Link, ...]
    markdown: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One week of the index: a link to its digest, its days, the stars gained, and the number of events by group."""

    link: Link
    span: str
    gain: Cell
    events: str


@dataclass(frozen=True, slots=True)
class DigestIndexPage:
    """The index of all digests, newest first."""

    shell: Shell
    weeks: tuple[IndexRow, ...]


def weekly_digests(site: Site) -> tuple[WeeklyDigest, ...]:
    """Return the digests of all lists together, newest first."""
    return tuple(weekly_digest(week, site.lists) for week in site.report.weeks)


def digest_path(digest: WeeklyDigest, suffix: str = "html") -> str:
    """Return the path of a digest's file."""
    return f"digest/{digest.week.name}.{suffix}"


def digest_index_page(site: Site, digests: Sequence[WeeklyDigest]) -> DigestIndexPage:
    """Return the index page of the digests."""
    shell = build_shell(site, "Weekly digests", DIGEST_INDEX, list_labels(site.report.lists))
    return DigestIndexPage(shell, tuple(_index_row(digest) for digest in digests))


def digest_page(site: Site, digest: WeeklyDigest, digests: Sequence[WeeklyDigest]) -> DigestPage:
    """Return the page of one digest, with links to the weeks before and after it."""
    path = digest_path(digest)
    root = paths.root(path)
    shell = build_shell(site, digest.title, path, list_labels(site.report.lists))
    return DigestPage(
        # The end of the week, and no time of the next count, so that the page of a past week does not change every day.
        shell=replace(shell, as_of=dates.instant(digest.week.end), due=None, overdue_from=None),
        heading=digest.title,
        name=digest.week.name,
        span=digest.span,
        figures=_figures(digest),
        rankings=(
            _ranking(site, "Rising", digest.rising, "No project gained stars.", root),
            _ranking(site, "Most lost", digest.losing, "No project lost stars.", root),
        ),
        events=tuple(
            EventSection(group.title, tuple(_event_row(site, event, root) for event in group.events))
            for group in digest.groups
        ),
        no_events=f"No {phrases.joined(digest.empty_groups, 'or')}." if digest.empty_groups else "",
        others=_others(digest, digests),
        markdown=_file_name(digest, "md"),
    )


def _file_name(digest: WeeklyDigest, suffix: str) -> str:
    return digest_path(digest, suffix).partition("/")[2]


def _others(digest: WeeklyDigest, digests: Sequence[WeeklyDigest]) -> tuple[Link, ...]:
    """Return links to the digests before and after one, of those that exist."""
    later = [Link(f"{new.title} →", _file_name(new, "html")) for new, old in pairwise(digests) if old is digest]
    earlier = [Link(f"← {old.title}", _file_name(old, "html")) for new, old in pairwise(digests) if new is digest]
    return (*earlier, *later)


def _index_row(digest: WeeklyDigest) -> IndexRow:
    counts = [f"{group.title.lower()}: {figures.number(len(group.events))}" for group in digest.groups]
    link = Link(digest.title, _file_name(digest, "html"))
    return IndexRow(link, digest.span, components.gain_cell(digest.gain), ", ".join(counts) or "none")


def _figures(digest: WeeklyDigest) -> tuple[Figure, ...]:
    signs = [figures.sign_of(gain) for gain in digest.gains]
    return (
        Figure("Stars gained", components.gain_cell(digest.gain), digest.known),
        Figure("Projects that gained", Cell(figures.number(signs.count(1)))),
        Figure("Projects that lost", Cell(figures.number(signs.count(-1)))),
        Figure("Unchanged", Cell(figures.number(signs.count(0)))),
    )


def _ranking(site: Site, title: str, gains: Sequence[ranking.ProjectGain], if_empty: str, root: str) -> Ranking:
    rows = tuple(_ranking_row(site, *gain, root) for gain in gains)
    return Ranking(title.lower().replace(" ", "-"), title, rows, if_empty)


def _ranking_row(site: Site, project: Project, change: Change, root: str) -> RankingRow:
    cells = (
        components.stars_cell(project),
        components.change_cell(change, WEEK_WINDOW),
        components.percent_cell(change.percent),
    )
    return RankingRow(_link(site, project, root), project_chips(project, WEEK_WINDOW), cells)


def _link(site: Site, subject: Project | Event, root: str) -> Link:
    """Return a link to a project's page, or to GitHub if no list contains the project any more."""
    page = site.find_page(subject)
    address = root + page if page else phrases.repository_url(subject)
    return Link(phrases.strip_direction_marks(subject.title), address)


def _event_row(site: Site, event: Event, root: str) -> EventRow:
    return EventRow(
        dates.day(event.at),
        _link(site, event, root),
        event.label or "",
        phrases.strip_direction_marks(events.predicate(event)),
        phrases.strip_direction_marks(events.detail(event)),
    )
