"""The weekly digest: what each week brought, told as a page and as Markdown from the same week."""

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
    """Each as a page and as Markdown, and the index names them, newest first."""
    files = build.build(reports.full())
    told = [path for path in files if path.startswith("digest/")]
    names = [f"2026-W{number}" for number in range(42, 48)]
    assert told == sorted(
        [*(f"digest/{name}.{ending}" for name in names for ending in ("html", "md")), "digest/index.html"],
    )
    assert re.findall(r'href="(2026-W\d\d)\.html"', str(files["digest/index.html"])) == names[::-1]


def test_before_a_week_has_ended() -> None:
    """The index says what is missing, and there is no page of a week."""
    files = build.build(reports.young())
    assert [path for path in files if path.startswith("digest/")] == ["digest/index.html"]
    assert "No digest yet" in str(files["digest/index.html"])


def test_a_quiet_week_takes_one_line() -> None:
    """What did not happen is said at once and takes no space."""
    text = markdown(reports.full(), 3)
    assert text.endswith("\nNo milestones, additions, archivals, losses, returns or renames.\n")
    assert "## Milestones" not in text


def test_a_week_without_gains_says_so() -> None:
    """Where everything stood still there is no table."""
    still = replace(reports.full().weeks[0], projects=())
    text = markdown(replace(reports.full(), weeks=(still,)))
    assert "## Rising\n\nNo project gained stars.\n" in text
    assert "## Most lost\n\nNo project lost stars.\n" in text


def test_events_belong_to_their_week() -> None:
    """Monday's first instant is in, next Monday's is not."""
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
    """Nothing that a project or a list is called becomes markup in the Markdown."""
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
    """The bytes that readers get."""
    assert markdown(reports.full()) == (GOLDEN / "digest.md").read_text(encoding="utf-8")
