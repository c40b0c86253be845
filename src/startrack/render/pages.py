"""A report as a folder of pages: texts by path, to be written by `publish`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib import resources
from types import MappingProxyType
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from startrack.models import Count, Project, Report
from startrack.render import (
    api,
    compare,
    digest,
    digest_pages,
    downloads,
    pictures,
    scripts,
    sections_page,
    series,
    story,
    times,
    words,
)
from startrack.render.compare_contexts import Compare
from startrack.render.counting import counting
from startrack.render.digest_contexts import Digest, Digests
from startrack.render.feeds import feeds
from startrack.render.health_contexts import Health
from startrack.render.health_page import health_page
from startrack.render.overview import overview
from startrack.render.page_contexts import Counting, Overview, ProjectPage
from startrack.render.project import project_page
from startrack.render.section_contexts import Sections
from startrack.render.site import ALL_FEED, DIGESTS, FIRST_PAGE, MOVERS_FEED, Scope, Site, scopes, site
from startrack.render.standings import Standings, standings

__all__ = ["ALWAYS", "build"]

_STATIC: Final = (
    *("icon.svg", "startrack.css", "theme.js", "startrack.js", "charts.js"),
    *("fragment.js", "lines.js", "views.js", "ranges.js", "summaries.js", "comparison.js", "controls.js", "exports.js"),
    *("compare.js", "project.js", "sections.js", "table.js"),
)

ALWAYS: Final = (
    *(FIRST_PAGE, compare.PATH, sections_page.PATH, "health.html", "counting.html"),
    *(DIGESTS, ALL_FEED, MOVERS_FEED),
)
"""Files that every build makes, whatever there is to tell."""

Page = Overview | Compare | ProjectPage | Sections | Health | Counting | Digest | Digests


def build(report: Report, made: Mapping[str, bytes] = MappingProxyType({})) -> dict[str, str | bytes]:
    """Return every file of the dashboards by its path below their folder; the same report gives the same bytes.

    `made` are files that stand among them and were made elsewhere, such as those that only a database writes.
    """
    place = site(report)
    parts, stood = scopes(place), standings(report)
    files: dict[str, str | bytes] = {
        **_assets(),
        **_data(place),
        **_histories(place, stood),
        **compare.files(place),
        **_pages(place, parts, stood, sorted(made)),
        **_digests(place),
        **dict(pictures.files(place, parts)),
        **feeds(place, parts),
        **api.documents(place, parts),
        **made,
    }
    return dict(sorted(files.items()))


def _digests(site: Site) -> dict[str, str]:
    environment, weeks = _environment(), digest_pages.weeklies(site)
    pages = {DIGESTS: _page(environment, "digests", digest_pages.digests(site, weeks))}
    for told in weeks:
        pages[digest_pages.path(told)] = _page(environment, "digest", digest_pages.digest(site, told, weeks))
        pages[digest_pages.path(told, "md")] = digest.week(told, site.report.title)
    return pages


def _pages(site: Site, parts: tuple[Scope, ...], stood: Standings, made: Sequence[str]) -> dict[str, str]:
    environment = _environment()
    pages = {part.path: _page(environment, "overview", overview(site, part)) for part in parts}
    pages[sections_page.PATH] = _page(environment, "sections", sections_page.sections_page(site))
    pages["health.html"] = _page(environment, "health", health_page(site))
    pages[compare.PATH] = _page(environment, "compare", compare.compare(site, parts[0]))
    pages["counting.html"] = _page(environment, "counting", counting(site, parts, made))
    for project in site.report.projects:
        pages[site.page(project)] = _page(environment, "project", project_page(site, stood, project))
    return pages


def _page(environment: Environment, name: str, page: Page) -> str:
    return environment.get_template(f"{name}.html.jinja").render(page=page)


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("startrack.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["dated"] = times.marked
    return environment


def _assets() -> dict[str, str]:
    # Plotly takes longer to import than most commands to run: it waits until pages are built.
    from startrack.render import figures  # noqa: PLC0415

    folder = resources.files("startrack.render") / "static"
    written = {f"assets/{name}": (folder / name).read_text(encoding="utf-8") for name in _STATIC}
    return {**written, "assets/figures.js": figures.definitions(), "assets/plotly.min.js": figures.library()}


def _data(site: Site) -> dict[str, str]:
    tables = {"data/projects.csv": downloads.projects(site.report), "data/changes.csv": downloads.changes(site.report)}
    return {**tables, **dict(sections_page.data(site))}


def _histories(site: Site, stood: Standings) -> dict[str, str]:
    return dict(file for project in site.report.projects for file in _history(site, stood, project))


def _history(site: Site, stood: Standings, project: Project) -> Iterator[tuple[str, str]]:
    counts = site.report.history.get(project.repository.repo_id, ())
    slug = site.slug(project)
    if levels := site.report.retained.get(project.repository.repo_id):
        yield f"data/retained/{slug}.csv", downloads.retained(levels)
    if counts:
        yield f"data/history/{slug}.csv", downloads.history(counts)
        yield f"data/history/{slug}.js", scripts.call("data", slug, _drawn(site, stood, project, counts))


def _drawn(site: Site, stood: Standings, project: Project, counts: tuple[Count, ...]) -> Mapping[str, object]:
    """Return what the charts of a project are drawn from; commits apart, as they are not known at every count."""
    instants = [count.taken_at for count in counts]
    figures = series.track(instants, [count.stars for count in counts], [count.forks for count in counts])
    known = [(count.taken_at, count.commits) for count in counts if count.commits is not None]
    commits = series.track([taken_at for taken_at, _ in known], [number for _, number in known])
    return {
        "name": project.title,
        "label": project.label,
        "created": _day(project.repository.created_at),
        "starred": _day(site.report.starred.get(project.repository.repo_id)),
        "tracks": [
            *_track(figures, "stars", "forks"),
            *_track(commits, "commits"),
            *_track(site.retained(project), "retained"),
        ],
        **story.drawn(site, stood, project),
    }


def _day(value: date | None) -> str | None:
    return words.day(value) if value else None


def _track(track: series.Track | None, *names: str) -> list[dict[str, object]]:
    if track is None:
        return []
    return [series.drawn(track, *names)]
