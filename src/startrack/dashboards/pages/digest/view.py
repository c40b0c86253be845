"""The pages of the weekly digest: one for each week, and an index."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from startrack.dashboards import components, paths
from startrack.dashboards.components import Cell, Chip, Figure, Link, Shell
from startrack.dashboards.pages.digest.weekly import WeeklyDigest, weekly_digest
from startrack.dashboards.site import DIGEST_INDEX, Site, build_shell, list_labels, project_chips
from startrack.model.changes import WEEK_WINDOW, Change
from startrack.model.events import Event
from startrack.model.report import Project
from startrack.trends import ranking
from startrack.wording import coverage, dates, events, figures, phrases

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
    """One project of a week's ranking."""

    link: Link
    chips: tuple[Chip, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """One ranking of a week, with the sentence that stands in for it where nobody is on it."""

    slug: str
    title: str
    rows: tuple[RankingRow, ...]
    nothing: str


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event: the day, the project, what is said of it, and the rest."""

    day: str
    link: Link
    label: str
    said: str
    detail: str


@dataclass(frozen=True, slots=True)
class EventSection:
    """The events of one sort."""

    title: str
    items: tuple[EventRow, ...]


@dataclass(frozen=True, slots=True)
class DigestPage:
    """One week; `markdown` is the same as a file."""

    shell: Shell
    heading: str
    name: str
    span: str
    figures: tuple[Figure, ...]
    rankings: tuple[Ranking, ...]
    stories: tuple[EventSection, ...]
    quiet: str
    others: tuple[Link, ...]
    markdown: str


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One week of the index: where it is told, its days, and what it brought in a few words."""

    link: Link
    span: str
    gain: Cell
    told: str


@dataclass(frozen=True, slots=True)
class DigestIndexPage:
    """All weeks that are told, newest first."""

    shell: Shell
    weeks: tuple[IndexRow, ...]


def weekly_digests(site: Site) -> tuple[WeeklyDigest, ...]:
    """Return the weeks of all lists together, newest first."""
    return tuple(weekly_digest(week, site.lists) for week in site.report.weeks)


def digest_path(told: WeeklyDigest, ending: str = "html") -> str:
    """Return where a week is told."""
    return f"digest/{told.week.name}.{ending}"


def digest_index_page(site: Site, told: Sequence[WeeklyDigest]) -> DigestIndexPage:
    """Return what the list of all weeks shows."""
    return DigestIndexPage(
        build_shell(site, "Week by week", DIGEST_INDEX, list_labels(site.report.lists)),
        tuple(_week(each) for each in told),
    )


def digest_page(site: Site, told: WeeklyDigest, weeks: Sequence[WeeklyDigest]) -> DigestPage:
    """Return what the page of one week shows, with links to those beside it."""
    return DigestPage(
        # A week that has ended stays as it is, so that its page does not change every day.
        shell=replace(
            build_shell(site, told.title, digest_path(told), list_labels(site.report.lists)),
            as_of=dates.instant(told.week.end),
        ),
        heading=told.title,
        name=told.week.name,
        span=told.span,
        figures=_figures(told),
        rankings=(
            _ranking(site, "Rising", told.rising, "No project gained stars.", told),
            _ranking(site, "Most lost", told.losing, "No project lost stars.", told),
        ),
        stories=tuple(
            EventSection(
                chapter.title, tuple(_item(site, event, paths.root(digest_path(told))) for event in chapter.events)
            )
            for chapter in told.chapters
        ),
        quiet=f"No {phrases.joined(told.quiet, 'or')}." if told.quiet else "",
        others=_others(told, weeks),
        markdown=_name(told, "md"),
    )


def _name(told: WeeklyDigest, ending: str) -> str:
    return digest_path(told, ending).partition("/")[2]


def _others(told: WeeklyDigest, weeks: Sequence[WeeklyDigest]) -> tuple[Link, ...]:
    """Return the weeks before and after one, of those that are told."""
    later = [Link(f"{new.title} →", _name(new, "html")) for new, old in pairwise(weeks) if old is told]
    earlier = [Link(f"← {old.title}", _name(old, "html")) for new, old in pairwise(weeks) if new is told]
    return (*earlier, *later)


def _week(told: WeeklyDigest) -> IndexRow:
    parts = [f"{chapter.title.lower()}: {figures.number(len(chapter.events))}" for chapter in told.chapters]
    return IndexRow(
        Link(told.title, _name(told, "html")),
        told.span,
        components.gain_cell(told.gain),
        ", ".join(parts) or "none",
    )


def _figures(told: WeeklyDigest) -> tuple[Figure, ...]:
    known = coverage.known_changes(told.projects, WEEK_WINDOW)
    directions = [figures.sign_of(change.gain) for change in known]
    return (
        Figure("Stars gained", components.gain_cell(told.gain), coverage.window_coverage(told.projects, WEEK_WINDOW)),
        Figure("Projects that gained", Cell(figures.number(directions.count(1)))),
        Figure("Projects that lost", Cell(figures.number(directions.count(-1)))),
        Figure("Unchanged", Cell(figures.number(directions.count(0)))),
    )


def _ranking(site: Site, title: str, moved: Sequence[ranking.ProjectGain], nothing: str, told: WeeklyDigest) -> Ranking:
    root = paths.root(digest_path(told))
    return Ranking(title.lower().replace(" ", "-"), title, tuple(_moved(site, *each, root) for each in moved), nothing)


def _moved(site: Site, project: Project, change: Change, root: str) -> RankingRow:
    figures = (
        components.stars_cell(project),
        components.change_cell(change, WEEK_WINDOW),
        components.percent_cell(change.percent),
    )
    return RankingRow(
        _link(site, project, phrases.repository_url(project), root), project_chips(project, WEEK_WINDOW), figures
    )


def _link(site: Site, told: Project | Event, elsewhere: str, root: str) -> Link:
    """Return a link to a project's page; elsewhere, where no list names it any more."""
    page = site.find_page(told)
    return Link(phrases.strip_direction_marks(told.title), root + page if page else elsewhere)


def _item(site: Site, event: Event, root: str) -> EventRow:
    return EventRow(
        dates.day(event.at),
        _link(site, event, phrases.repository_url(event), root),
        event.label or "",
        phrases.strip_direction_marks(events.predicate(event)),
        phrases.strip_direction_marks(events.detail(event)),
    )
