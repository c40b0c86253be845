"""The weekly digest, as a page and as Markdown."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from markdown_it import MarkdownIt

import reports
from startrack.dashboards import build
from startrack.dashboards.pages.digest import markdown as digest_markdown
from startrack.dashboards.pages.digest.weekly import weekly_digest
from startrack.model.report import SiteReport

GOLDEN = Path(__file__).parent / "golden"


def markdown(report: SiteReport, place: int = 0) -> str:
    """Return a week of a report as Markdown."""
    return digest_markdown.digest_document(
        weekly_digest(report.weeks[place], [each.name for each in report.lists]), report.title
    )


def test_every_week_is_told() -> None:
    """Every week has a page and a Markdown file, and the index lists them, newest first."""
    files = build.build(reports.full())
    told = [path for path in files if path.startswith("digest/")]
    names = [f"2026-W{number}" for number in range(42, 48)]
    assert told == sorted(
        [*(f"digest/{name}.{ending}" for name in names for ending in ("html", "md")), "digest/index.html"],
    )
    assert re.findall(r'href="(2026-W\d\d)\.html"', str(files["digest/index.html"])) == names[::-1]


def test_before_a_week_has_ended() -> None:
    """Before the first full week there is only an index, which says so."""
    files = build.build(reports.young())
    assert [path for path in files if path.startswith("digest/")] == ["digest/index.html"]
    assert "No digest yet" in str(files["digest/index.html"])


def test_a_quiet_week_takes_one_line() -> None:
    """A week without events has one line for all kinds of events."""
    text = markdown(reports.full(), 3)
    assert text.endswith(
        "\nNo milestones, additions, archivals, removed or missing projects, returning projects or renames.\n"
    )
    assert "## Milestones" not in text


def test_a_week_without_gains_says_so() -> None:
    """A week without changes has sentences instead of tables."""
    still = replace(reports.full().weeks[0], projects=())
    text = markdown(replace(reports.full(), weeks=(still,)))
    assert "## Rising\n\nNo project gained stars.\n" in text
    assert "## Most lost\n\nNo project lost stars.\n" in text


def test_events_belong_to_their_week() -> None:
    """The first instant of Monday belongs to the week; that of the next Monday does not."""
    report = reports.full()
    week, before = report.weeks[:2]
    assert [week.holds(at) for at in (before.end, week.end - timedelta(microseconds=1), week.end)] == [
        True,
        True,
        False,
    ]
    assert [each.at for each in week.events] == [each.at for each in report.events if before.end <= each.at < week.end]
    assert sum(len(group.events) for group in weekly_digest(week, ["first", "second"]).groups) == len(week.events)


def test_hostile_text_stays_text() -> None:
    """Names of projects and lists are never markup in the Markdown."""
    html = MarkdownIt("commonmark").enable("table").render(markdown(reports.full()))
    assert "<script" not in html
    assert "<b>" not in html
    assert set(re.findall(r"<(\w+)", html)) == {
        "h1",
        "h2",
        "p",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "a",
        "ul",
        "li",
    }


def test_a_digest_is_as_agreed() -> None:
    """The Markdown is byte for byte the golden file."""
    assert markdown(reports.full()) == (GOLDEN / "digest.md").read_text(encoding="utf-8")
