"""The lines that a comparison shows at first: their picture, their legend and their summary in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from startrack.dashboards.charts import geometry, pictures, series
from startrack.dashboards.charts.geometry import Line
from startrack.dashboards.charts.pictures import Caption, Size
from startrack.dashboards.site import Site
from startrack.model.report import Project
from startrack.wording import dates, figures

__all__ = ["OVERVIEW", "WITH_SLIDER", "SelectedLine", "Selection", "selection"]

OVERVIEW: Final = Size(400, 1200)
WITH_SLIDER: Final = Size(460, 1200, has_slider=True)
_TITLE: Final = "Stars"


@dataclass(frozen=True, slots=True)
class SelectedLine:
    """One line: its slug, the name and label of its project, its colour in the palette, and its figures in words."""

    slug: str
    name: str
    label: str
    colour: int
    summary: str


@dataclass(frozen=True, slots=True)
class Selection:
    """What a comparison shows at first. `slugs` are those of its lines, separated by spaces; empty without any."""

    slugs: str
    picture: Markup
    lines: tuple[SelectedLine, ...]


def selection(site: Site, projects: Sequence[Project], size: Size) -> Selection:
    """Return the selection of projects that all have a line."""
    slugs = [site.slug(project) for project in projects]
    lines = tuple(_selected(site, project, colour) for colour, project in enumerate(projects))
    return Selection(" ".join(slugs), _picture(site, projects, lines, size) if lines else Markup(), lines)


def _picture(site: Site, projects: Sequence[Project], lines: Sequence[SelectedLine], size: Size) -> Markup:
    tracks = [line for colour, project in enumerate(projects) for line in _lines(site, project, colour)]
    summary = " ".join(f"{_display_name(line)}: {line.summary}." for line in lines)
    return pictures.line_picture(Caption("compare-picture", _TITLE, summary), size, tracks)


def _display_name(line: SelectedLine) -> str:
    return f"{line.name} ({line.label})" if line.label else line.name


def _lines(site: Site, project: Project, colour: int) -> Iterator[Line]:
    counts = site.report.counts(project)
    if track := series.build_track(counts.times, counts.stars):
        yield geometry.track_line(track, colour=colour)
    if retained := site.retained(project):
        yield geometry.track_line(retained, colour=colour, is_dashed=True)


def _selected(site: Site, project: Project, colour: int) -> SelectedLine:
    counts = site.report.counts(project)
    first, last = counts[0], counts[-1]
    end = f"{figures.number(last.stars)} on {dates.day(last.taken_at)}"
    if len(counts) == 1:
        summary = f"{end}, a single point"
    else:
        start = f"{figures.number(first.stars)} on {dates.day(first.taken_at)}"
        summary = f"{start}, {end}: {figures.signed(last.stars - first.stars)}"
    retained = "; before that, dashed: retained stars ≈" if site.retained(project) else ""
    return SelectedLine(site.slug(project), project.title, project.label or "", colour, summary + retained)
