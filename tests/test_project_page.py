"""The history part of a project's page: texts, chart data and snippets."""

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from html import unescape

import pytest

import history_report
import reports
from startrack.dashboards import build, paths
from startrack.dashboards.pages.project import ranks
from startrack.model.history import WeeklyCommits
from startrack.model.report import SiteReport
from startrack.model.repository import Details
from startrack.trends.peers import NotComparable, Rank, SameAge

PAGE = "projects/hero/of-it.html"


def built(report: SiteReport, path: str = PAGE) -> str:
    """Return a page as text."""
    return str(build.build(report)[path])


def data(report: SiteReport, slug: str = history_report.HERO) -> dict[str, object]:
    """Return the chart data of a project."""
    script = str(build.build(report)[f"data/history/{slug}.js"])
    arguments = script.removeprefix("startrack.data(").removesuffix(");\n")
    found = json.loads(f"[{arguments}]")[1]
    assert isinstance(found, dict)
    return found


def snippets(page: str) -> list[str]:
    """Return the snippets as a reader sees them."""
    return [unescape(each) for each in re.findall(r"<pre [^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]


def test_snippets_lead_to_where_the_pages_are() -> None:
    """Snippets have the configured address; without one they have a placeholder."""
    page = built(history_report.history_report("https://example.org/stars/"))
    text, chart = snippets(page)
    assert (
        text
        == "[hero/of-it](https://example.org/stars/projects/hero/of-it.html): 1,700 stars, +60 in 30 days (2026-11-23)"
    )
    address = "https://example.org/stars/charts/projects/hero/of-it"
    assert f'<source media="(prefers-color-scheme: dark)" srcset="{address}-dark.svg">' in chart
    assert f'<img alt="Stars of hero/of-it over time" src="{address}-light.svg">' in chart
    assert "ADDRESS" not in page
    assert "https://ADDRESS" in built(history_report.history_report())


def test_snippets_name_only_what_is_known() -> None:
    """Snippets leave out unknown figures, and have the label of the list."""
    full = reports.full()
    told = {
        slug: snippets(built(full, f"projects/{slug}.html"))[0] for slug in ("just/started", "never/seen", "made/up")
    }
    assert told["just/started"].endswith(": 12 stars (2026-11-23)")
    assert told["never/seen"].endswith(": not counted yet")
    assert told["made/up"].endswith(": 3,300 stars, +210 in 30 days (2026-11-23, simulated)")


def test_hostile_names_stay_text_in_snippets() -> None:
    """A hostile project name adds no markup to a snippet."""
    (slug,) = paths.slugs([f"evil/{reports.HOSTILE}"]).values()
    text, chart = snippets(built(reports.full(), f"projects/{slug}.html"))
    assert "\n" not in text
    assert "<script" not in text.replace("\\<", "").replace("&lt;", "")
    assert len(re.findall("<", chart)) == 6


@pytest.mark.parametrize(
    ("week", "told"),
    [(0, "0 weeks"), (1, "1 week"), (13, "13 weeks"), (14, "3 months"), (62, "14 months"), (250, "4.8 years")],
)
def test_ages(week: int, told: str) -> None:
    """Ages are shown in weeks, then in full months, then in years."""
    assert ranks.age_text(week) == told


def test_shares_are_never_rounded_up() -> None:
    """Only a project ahead of all others is ahead of 100%; values from retained stars are marked."""
    for fewer, others, share in ((7, 8, "87%"), (999, 1000, "99.9%"), (9999, 10_000, "99.9%"), (9, 9, "100%")):
        assert f"; {share} of" in ranks.same_age_text(SameAge(62, 5, fewer, others, 0))
    assert ranks.same_age_text(SameAge(62, 5, 1, 8, 3)).endswith("(≈: 3 of these known from retained stars)")
    assert ranks.same_age_text(NotComparable.TOO_FEW).startswith("n/a: ")


def test_ranks_tell_now_and_the_best() -> None:
    """The best rank is shown with its week; a project without counts has no rank."""
    early, late = Rank(datetime(2026, 1, 5), 2, 9), Rank(datetime(2026, 1, 12), 4, 10)
    assert ranks.rank_text((early, late)) == "4 of 10 around 2026-01-12; its best rank was 2 of 9, around 2026-01-05"
    assert ranks.rank_text((late,)) == "4 of 10 around 2026-01-12, its best rank so far"
    assert ranks.rank_text(None) == "n/a: not counted"


def test_marks_of_later_are_not_told_before() -> None:
    """A report of an earlier day has no markers of later events."""
    report = history_report.history_report()
    first, *rest = report.projects
    later = Details(latest_release="v3", latest_release_at=reports.AS_OF + timedelta(days=3))
    marks = data(replace(report, projects=(replace(first, details=later), *rest)))["marks"]
    assert isinstance(marks, list)
    assert [text for _, text in marks if "release" in text] == []
    assert len(marks) == 4


def test_charts_are_those_there_is_something_for() -> None:
    """On the first day only the chart of the past year's commits exists; without such commits there is none."""
    young = reports.young()
    weeks = tuple(WeeklyCommits(date(2026, 11, 1) + timedelta(weeks=n), n) for n in (0, 1, 3))
    filled = replace(young, weekly_commits={1: weeks})
    page = built(filled, "projects/group/project-1.html")
    assert re.findall(r'data-chart="(\w+)"', page) == ["year"]
    assert "4 commits in the 3 weeks before 2026-11-29, not including merges." in re.sub("</?time[^>]*>", "", page)
    assert data(filled, "group/project-1")["year"] == {"start": "2026-11-01", "weeks": [[0, 0], [1, 1], [3, 3]]}
    assert "data-chart" not in built(filled, "projects/group/project-2.html")


def test_the_commits_of_the_year_are_no_totals() -> None:
    """The commits of the past year appear in no table, total or download."""
    files = build.build(history_report.history_report())
    assert f"{sum(history_report.COMMITS)} commits" in str(files[PAGE])
    others = [str(text) for path, text in files.items() if path.endswith((".csv", ".html")) and path != PAGE]
    assert not [text for text in others if f"{sum(history_report.COMMITS)} commits" in text]


def test_a_label_stands_beside_every_chart_and_standing() -> None:
    """The label of a list is shown with its charts and its comparison."""
    page = built(reports.full(), "projects/made/up.html")
    chips = re.findall(r"<figcaption>.*?</figcaption>", page)
    assert len(chips) == 5
    assert all("simulated" in chip for chip in chips)
    assert re.search(r"<h3>In .*simulated.*</h3>", page)
