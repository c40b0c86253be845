"""The pages of the weekly digest: one for each week, and the list of them."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from startrack.happened import Event
from startrack.models import Change, Project
from startrack.render import cells, coverage, happenings, paths, words
from startrack.render.contexts import Cell, Figure, Link
from startrack.render.digest_contexts import Digest, Digests, Item, Moved, Ranking, Story, Week
from startrack.render.site import DIGESTS, Site, chips, labelled, shell
from startrack.render.weekly import Weekly, weekly
from startrack.trends import ranking
from startrack.trends.windows import WEEK

__all__ = ["digest", "digests", "path", "weeklies"]


def weeklies(site: Site) -> tuple[Weekly, ...]:
    """Return the weeks of all lists together, newest first."""
    return tuple(weekly(week, site.lists) for week in site.report.weeks)


def path(told: Weekly, ending: str = "html") -> str:
    """Return where a week is told."""
    return f"digest/{told.week.name}.{ending}"


def digests(site: Site, told: Sequence[Weekly]) -> Digests:
    """Return what the list of all weeks shows."""
    return Digests(
        shell(site, "Week by week", DIGESTS, labelled(site.report.lists)), tuple(_week(each) for each in told)
    )


def digest(site: Site, told: Weekly, weeks: Sequence[Weekly]) -> Digest:
    """Return what the page of one week shows, with links to those beside it."""
    return Digest(
        # A week that has ended stays as it is, so that its page does not change every day.
        shell=replace(
            shell(site, told.title, path(told), labelled(site.report.lists)), as_of=words.instant(told.week.end)
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
            Story(chapter.title, tuple(_item(site, event, paths.root(path(told))) for event in chapter.events))
            for chapter in told.chapters
        ),
        quiet=f"No {words.joined(told.quiet, 'or')}." if told.quiet else "",
        others=_others(told, weeks),
        markdown=_name(told, "md"),
    )


def _name(told: Weekly, ending: str) -> str:
    return path(told, ending).partition("/")[2]


def _others(told: Weekly, weeks: Sequence[Weekly]) -> tuple[Link, ...]:
    """Return the weeks before and after one, of those that are told."""
    later = [Link(f"{new.title} →", _name(new, "html")) for new, old in pairwise(weeks) if old is told]
    earlier = [Link(f"← {old.title}", _name(old, "html")) for new, old in pairwise(weeks) if new is told]
    return (*earlier, *later)


def _week(told: Weekly) -> Week:
    parts = [f"{chapter.title.lower()}: {words.number(len(chapter.events))}" for chapter in told.chapters]
    return Week(
        Link(told.title, _name(told, "html")),
        told.span,
        cells.gain(told.gain),
        ", ".join(parts) or "none",
    )


def _figures(told: Weekly) -> tuple[Figure, ...]:
    known = coverage.changes(told.projects, WEEK)
    directions = [words.sign_of(change.gain) for change in known]
    return (
        Figure("Stars gained", cells.gain(told.gain), coverage.of_window(told.projects, WEEK)),
        Figure("Projects that gained", Cell(words.number(directions.count(1)))),
        Figure("Projects that lost", Cell(words.number(directions.count(-1)))),
        Figure("Unchanged", Cell(words.number(directions.count(0)))),
    )


def _ranking(site: Site, title: str, moved: Sequence[ranking.Moved], nothing: str, told: Weekly) -> Ranking:
    root = paths.root(path(told))
    return Ranking(title.lower().replace(" ", "-"), title, tuple(_moved(site, *each, root) for each in moved), nothing)


def _moved(site: Site, project: Project, change: Change, root: str) -> Moved:
    figures = (cells.stars(project), cells.moved(change, WEEK), cells.share(change.percent))
    return Moved(_link(site, project, words.home(project), root), chips(project, WEEK), figures)


def _link(site: Site, told: Project | Event, elsewhere: str, root: str) -> Link:
    """Return a link to a project's page; elsewhere, where no list names it any more."""
    page = site.page_of(told)
    return Link(words.undirected(told.title), root + page if page else elsewhere)


def _item(site: Site, event: Event, root: str) -> Item:
    return Item(
        words.day(event.at),
        _link(site, event, words.home(event), root),
        event.label or "",
        words.undirected(happenings.predicate(event)),
        words.undirected(happenings.detail(event)),
    )
