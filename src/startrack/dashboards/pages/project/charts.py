"""The charts of one project as pictures; `data` has the file of the interactive charts that replace them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from markupsafe import Markup

from startrack.dashboards.charts import axes, geometry, pictures
from startrack.dashboards.charts.geometry import Line
from startrack.dashboards.charts.pictures import Caption, Mark, Size
from startrack.dashboards.charts.series import Track
from startrack.dashboards.pages.project.chart_data import ChartData, Marker
from startrack.dashboards.site import Site
from startrack.model.durations import WEEK
from startrack.model.history import WeeklyCommits
from startrack.model.report import Project
from startrack.trends.peers import Rank
from startrack.wording import dates, figures

__all__ = ["Chart", "charts", "commit_weeks", "rank_line"]

_HEIGHT: Final = 230
_LINES: Final = Size(_HEIGHT, 600)
_MARKED_LINES: Final = Size(_HEIGHT, 600, is_marked=True)
_BARS: Final = Size(_HEIGHT, 2400)
_MARKED_BARS: Final = Size(_HEIGHT, 2400, is_marked=True)
# Weeks between ranks from which on a line breaks: three times the usual distance, as in other charts.
_RANK_GAP: Final = 3


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its picture or, if that is empty, a sentence that says why there is none.

    `name` and `shell` are those of the interactive chart in `project.js` and in `figures.js`; `number` distinguishes
    charts of the same name. `about` is a sentence beside the title.
    """

    name: str
    title: str
    shell: str
    label: str
    picture: Markup
    why_none: str = ""
    about: str = ""
    number: int = 0


def charts(site: Site, project: Project, shown: ChartData) -> Iterator[Chart]:
    """Yield the charts of a project."""
    label, marks = project.label or "", _marks(shown.markers)
    if site.has_line(project):
        yield Chart("stars", "Stars", "area", label, _stars_picture(shown, marks))
        yield _weeks_chart(shown, label, marks)
        yield _line_chart("forks", label, shown.counts, 1)
        yield _line_chart("commits", label, shown.commits, 0)
    if commits := site.report.weekly_commits.get(project.repository.repo_id):
        yield _year_chart(commits, label)
    for number, (name, list_ranks) in enumerate(shown.ranks):
        title = f"Rank by stars in {name}"
        picture = _rank_picture(Caption(f"rank-{number}", title, _rank_sentence(list_ranks)), list_ranks)
        yield Chart("rank", title, "area", site.label(name), picture, number=number)


def _marks(markers: Sequence[Marker]) -> list[Mark]:
    instants = (geometry.seconds_since_1970(datetime.fromisoformat(marker.day)) for marker in markers)
    return [Mark(at, number) for number, at in enumerate(instants, start=1)]


def _stars_picture(shown: ChartData, marks: Sequence[Mark]) -> Markup:
    counted = [geometry.track_line(shown.counts)] if shown.counts else []
    retained = [geometry.track_line(shown.retained, is_dashed=True)] if shown.retained else []
    sentences = [pictures.line_sentence(line, "star") for line in counted]
    sentences += [f"Dashed: retained stars ≈, {pictures.line_sentence(line, 'star')}" for line in retained]
    return pictures.line_picture(
        Caption("stars", "Stars", " ".join(sentences)), _MARKED_LINES, counted + retained, marks
    )


def _line_chart(name: str, label: str, track: Track | None, column: int) -> Chart:
    title = name.capitalize()
    if track is None or not any(value is not None for value in track.values[column]):
        return Chart(name, title, "area", label, Markup(), why_none="n/a: not counted")
    line = geometry.track_line(track, column)
    caption = Caption(name, title, pictures.line_sentence(line, name.removesuffix("s")))
    return Chart(name, title, "area", label, pictures.line_picture(caption, _LINES, [line]))


def _weeks_chart(shown: ChartData, label: str, marks: Sequence[Mark]) -> Chart:
    title, weeks = "Stars gained per week", shown.weeks
    gains = [week.gain for week in weeks]
    known = [gain for gain in gains if gain is not None]
    if not known:
        return Chart("weeks", title, "bars", label, Markup(), why_none="n/a: no two counts a week apart")
    bars = [(geometry.seconds_since_1970(week.end), week.gain) for week in weeks]
    unknown = f", unknown for {len(gains) - len(known)}" if len(known) < len(gains) else ""
    sentence = (
        f"{figures.count(len(weeks), 'week')} up to {dates.day(weeks[-1].end)}{unknown}: between "
        f"{figures.signed(min(known))} and {figures.signed(max(known))} stars a week."
    )
    picture = pictures.bar_picture(Caption("weeks", title, sentence), _MARKED_BARS, bars, shown.spikes, marks)
    return Chart("weeks", title, "bars", label, picture)


def commit_weeks(commits: Sequence[WeeklyCommits]) -> list[tuple[int, int]]:
    """Return the commits by the number of their week, 0 for the first."""
    start = commits[0].start
    return [((week.start - start) // WEEK, week.commits) for week in commits]


def _year_chart(commits: Sequence[WeeklyCommits], label: str) -> Chart:
    title, about = "Commits per week, past year", _commits_sentence(commits)
    start = geometry.seconds_since_1970(datetime.combine(commits[0].start, datetime.min.time()))
    bars = [(start + week * axes.WEEK + axes.WEEK // 2, number) for week, number in commit_weeks(commits)]
    numbers = [week.commits for week in commits]
    sentence = f"Between {figures.number(min(numbers))} and {figures.number(max(numbers))} commits a week."
    picture = pictures.bar_picture(Caption("year", title, sentence), _BARS, bars)
    return Chart("year", title, "bars", label, picture, about=about)


def _commits_sentence(commits: Sequence[WeeklyCommits]) -> str:
    total = figures.count(sum(week.commits for week in commits), "commit")
    end = commits[-1].start + WEEK
    return (
        f"{total} in the {figures.count(len(commits), 'week')} before {dates.day(end)}, not including merges. "
        "From GitHub's statistics, not from the counts."
    )


def _rank_picture(caption: Caption, ranks: Sequence[Rank]) -> Markup:
    line = rank_line(ranks)
    return pictures.line_picture(caption, _LINES, [line], shown=pictures.rank_range(line.values))


def rank_line(ranks: Sequence[Rank]) -> Line:
    """Return the line of ranks, which breaks where weeks without a rank lie between two."""
    ends: list[int] = []
    places: list[int | None] = []
    for rank in ranks:
        end = geometry.seconds_since_1970(rank.end)
        if ends and end > ends[-1] + _RANK_GAP * axes.WEEK:
            ends.append(end - axes.WEEK)
            places.append(None)
        ends.append(end)
        places.append(rank.place)
    return Line(ends, places)


def _rank_sentence(ranks: Sequence[Rank]) -> str:
    first, last = ranks[0], ranks[-1]
    best = min(rank.place for rank in ranks)
    return (
        f"{figures.number(first.place)} of {figures.number(first.of)} on {dates.day(first.end)}, "
        f"{figures.number(last.place)} of {figures.number(last.of)} on {dates.day(last.end)}; "
        f"best rank {figures.number(best)}."
    )
