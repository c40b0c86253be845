"""The weekly digest, as a page and as Markdown."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from markdown_it import MarkdownIt

import reports
from startrack.dashboards import build
from startrack.dashboards.pages.digest import markdown as digest_markdown
from startrack.model.report import SiteReport
from startrack.readme.weekly import weekly_digest
from startrack.trends import health

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


def test_a_pull_request_has_the_digest_and_the_health_report() -> None:
    """The last week that has ended, and a line for each finding with its place; names of others are only text."""
    report = reports.full()
    text = digest_markdown.pull_request(report)
    assert text.startswith(markdown(report))
    findings = health.findings(report)
    lines = text.partition("## Health\n\n")[2].splitlines()
    assert len(lines) == len(findings) > 2
    assert all(f"line {finding.places[0].entry.line}" in line for finding, line in zip(findings, lines, strict=True))
    assert "<script" not in MarkdownIt().enable("table").render(text)


def test_the_pull_request_of_the_first_week() -> None:
    """There is no digest yet, and it says so."""
    text = digest_markdown.pull_request(reports.young())
    assert "No week has ended since the first count." in text
    assert "## Health" in text


def test_a_pull_request_is_cut_with_a_word() -> None:
    """GitHub refuses longer ones; the last line is whole."""
    samples = [reports.Sample(f"o/r{number}", is_archived=True, stars={0: 1}) for number in range(900)]
    text = digest_markdown.pull_request(reports.make_report(samples))
    assert 50_000 < len(text) <= 65_536
    *_, last, _, cut = text.splitlines()
    assert last.startswith("- [")
    assert last.endswith(".")
    assert cut.startswith("The rest is cut")
