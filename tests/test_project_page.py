"""What a project's page tells of the past in words, and hands to its charts."""

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
    """Return what the charts of a project are drawn from."""
    script = str(build.build(report)[f"data/history/{slug}.js"])
    arguments = script.removeprefix("startrack.data(").removesuffix(");\n")
    found = json.loads(f"[{arguments}]")[1]
    assert isinstance(found, dict)
    return found


def snippets(page: str) -> list[str]:
    """Return the texts to copy, as a reader sees them."""
    return [unescape(each) for each in re.findall(r"<pre [^>]*><code>(.*?)</code></pre>", page, re.DOTALL)]


# ── Snippets ─────────────────────────────────────────────────────────────────────────────────────────────


def test_snippets_lead_to_where_the_pages_are() -> None:
    """The configured address stands in both, and nobody is asked to put one in."""
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
    """No change where there is none, no star where none was counted, and the label of a list."""
    full = reports.full()
    told = {
        slug: snippets(built(full, f"projects/{slug}.html"))[0] for slug in ("just/started", "never/seen", "made/up")
    }
    assert told["just/started"].endswith(": 12 stars (2026-11-23)")
    assert told["never/seen"].endswith(": not counted yet")
    assert told["made/up"].endswith(": 3,300 stars, +210 in 30 days (2026-11-23, simulated)")


def test_hostile_names_stay_text_in_snippets() -> None:
    """What is copied into a README has no markup of a project's own making."""
    (slug,) = paths.slugs([f"evil/{reports.HOSTILE}"]).values()
    text, chart = snippets(built(reports.full(), f"projects/{slug}.html"))
    assert "\n" not in text
    assert "<script" not in text.replace("\\<", "").replace("&lt;", "")
    assert len(re.findall("<", chart)) == 6


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("week", "told"),
    [(0, "0 weeks"), (1, "1 week"), (13, "13 weeks"), (14, "3 months"), (62, "14 months"), (250, "4.8 years")],
)
def test_ages(week: int, told: str) -> None:
    """In weeks while it is young, then in whole months that have passed, then in years."""
    assert ranks.age_text(week) == told


def test_shares_are_never_rounded_up() -> None:
    """Only who is ahead of all is ahead of 100%; what rests on retained stars is marked."""
    for fewer, others, share in ((7, 8, "87%"), (999, 1000, "99.9%"), (9999, 10_000, "99.9%"), (9, 9, "100%")):
        assert f"ahead of {share} of" in ranks.same_age_text(SameAge(62, 5, fewer, others, 0))
    assert ranks.same_age_text(SameAge(62, 5, 1, 8, 3)).endswith("(≈: 3 of them by retained stars)")
    assert ranks.same_age_text(NotComparable.TOO_FEW).startswith("n/a: ")


def test_ranks_tell_now_and_the_best() -> None:
    """A better one of earlier is told with its week; what was not counted has none."""
    early, late = Rank(datetime(2026, 1, 5), 2, 9), Rank(datetime(2026, 1, 12), 4, 10)
    assert ranks.rank_text((early, late)) == "4 of 10 around 2026-01-12; best 2 of 9 around 2026-01-05"
    assert ranks.rank_text((late,)) == "4 of 10 around 2026-01-12, its best"
    assert ranks.rank_text(None) == "n/a: not counted"


# ── What happened ────────────────────────────────────────────────────────────────────────────────────────


def test_marks_of_later_are_not_told_before() -> None:
    """A report of an earlier day shows no release, rename or listing that came after it."""
    report = history_report.history_report()
    first, *rest = report.projects
    later = Details(latest_release="v3", latest_release_at=reports.AS_OF + timedelta(days=3))
    marks = data(replace(report, projects=(replace(first, details=later), *rest)))["marks"]
    assert isinstance(marks, list)
    assert [text for _, text in marks if "release" in text] == []
    assert len(marks) == 4


def test_charts_are_those_there_is_something_for() -> None:
    """On the first day only the past year's commits can be drawn; without them nothing is promised."""
    young = reports.young()
    weeks = tuple(WeeklyCommits(date(2026, 11, 1) + timedelta(weeks=n), n) for n in (0, 1, 3))
    filled = replace(young, weekly_commits={1: weeks})
    page = built(filled, "projects/group/project-1.html")
    assert re.findall(r'data-chart="(\w+)"', page) == ["year"]
    assert "4 commits in 3 weeks before 2026-11-29, without merges." in re.sub("</?time[^>]*>", "", page)
    assert data(filled, "group/project-1")["year"] == {"start": "2026-11-01", "weeks": [[0, 0], [1, 1], [3, 3]]}
    assert "data-chart" not in built(filled, "projects/group/project-2.html")


def test_the_commits_of_the_year_are_no_totals() -> None:
    """They are in no table, sum or download of what was counted."""
    files = build.build(history_report.history_report())
    assert f"{sum(history_report.COMMITS)} commits" in str(files[PAGE])
    others = [str(text) for path, text in files.items() if path.endswith((".csv", ".html")) and path != PAGE]
    assert not [text for text in others if f"{sum(history_report.COMMITS)} commits" in text]


def test_a_label_stands_beside_every_chart_and_standing() -> None:
    """Of a list whose figures are made up."""
    page = built(reports.full(), "projects/made/up.html")
    chips = re.findall(r"<figcaption>.*?</figcaption>", page)
    assert len(chips) == 5
    assert all("simulated" in chip for chip in chips)
    assert re.search(r"<h3>In .*simulated.*</h3>", page)
