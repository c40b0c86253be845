"""The job summary of a run, and warnings at the lines of lists: complete, escaped, and never too large."""

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import reports
from action_runner import LIST, PROJECTS, Runner
from gitting import git
from page_reports import ProjectSample, build_report
from startrack import runner
from startrack.dashboards.pages.digest import markdown
from startrack.dashboards.pages.digest.markdown import ListFile, RunNotes
from startrack.demo.server import Server

GOLDEN = Path(__file__).parent / "golden"
FILE = ListFile("docs/my list.md", "https://github.com/o/r/blob/abc/docs/my%20list.md")
NOTES = RunNotes({"first": FILE}, datetime(2026, 11, 24, 5, 17), 35, ("A remark.",))
LIMIT = 1024 * 1024
COUNT = "Count and build"


def summary(runs: int = 3) -> str:
    """Return the summary of the full report, whose last run began late."""
    report = reports.full()
    late, *earlier = report.runs[:runs]
    return markdown.run_summary(replace(report, runs=(replace(late, late_seconds=20_580, waited=7.0), *earlier)), NOTES)


def test_a_summary_is_as_agreed() -> None:
    """The Markdown is byte for byte the golden file."""
    assert summary() == (GOLDEN / "job-summary.md").read_text(encoding="utf-8")


def test_hostile_text_stays_text() -> None:
    """Names, titles and messages of others are never markup."""
    html = MarkdownIt("commonmark").enable("table").render(summary())
    tags = {"h2", "h3", "p", "table", "thead", "tbody", "tr", "th", "td", "a", "ul", "li"}
    assert set(re.findall(r"<(\w+)", html)) == tags
    assert {link.partition("/blob/")[0] for link in re.findall(r'href="([^"]*my%20list[^"]*)"', html)} == {
        "https://github.com/o/r"
    }


def test_a_first_run_has_no_changes_of_the_list() -> None:
    """There is no run before it to compare with; an unknown cost is left out."""
    assert "### Added and removed" in summary()
    assert "### Added and removed" not in summary(runs=1)
    report = reports.full()
    killed = replace(report.runs[0], requests=None, points=None, waited=None)
    text = markdown.run_summary(replace(report, runs=(killed,)), RunNotes())
    assert "Cost" not in text
    assert "due" not in text
    assert "(first, line 20)" in text
    assert (
        markdown.run_summary(replace(report, runs=()), RunNotes()) == "## startrack\n\nNothing has been counted yet.\n"
    )


def test_the_largest_summary_is_cut_at_a_line(tmp_path: Path) -> None:
    """Thousands of hostile names make more than 1 MiB; bytes count, not characters, and what is cut is said."""
    hostile = "\u05d0\u202e|`]](x)<b>$(rm)\U0001f600" * 9
    missing = next(each.missing for each in reports.full().projects if each.missing)
    samples = (ProjectSample(f"{hostile}/{number}", stars=None).project(number) for number in range(1, 4_001))
    report = build_report([replace(each, missing=missing) for each in samples])
    text = markdown.run_summary(report, RunNotes())
    assert len(text.encode()) > 2 * LIMIT
    file = tmp_path / "summary"
    job = runner.Runner(summary=file)
    job.add_summary("first")
    job.add_summary(text)
    data = file.read_bytes()
    assert LIMIT - 2_000 < len(data) <= LIMIT
    assert data.endswith(b"\n\nThe rest is cut: GitHub shows 1 MiB of a job summary.\n")
    kept = data.decode().removesuffix("\n\nThe rest is cut: GitHub shows 1 MiB of a job summary.\n")
    assert f"\nfirst\n\n{text}".startswith(kept + "\n")
    job.add_summary("more")
    assert len(file.read_bytes()) <= LIMIT


@pytest.fixture
def counting(tmp_path: Path, github: Server) -> Runner:
    """Return a runner whose list is a file of the repository o/r."""
    made = Runner(tmp_path, github)
    made.environment |= {
        "GITHUB_WORKSPACE": str(made.checkout),
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_SHA": git(made.checkout, "rev-parse", "HEAD"),
    }
    return made


def test_findings_have_their_lines(counting: Runner) -> None:
    """In the summary with a link to the commit, and as warnings, with what has a meaning for the runner escaped."""
    folder = counting.checkout / "a b, c: 100%"
    folder.mkdir()
    (folder / "list.md").write_bytes(LIST + b"- [gone](https://github.com/no/where)\n")
    done = counting.run(COUNT, sources="a b, c: 100%/list.md")
    line = len(LIST.splitlines()) + 1
    warnings = re.findall(r"^::warning (.*?)::(.*)$", done.stderr, re.MULTILINE)
    assert [properties for properties, _ in warnings] == [f"file=a b%2C c%3A 100%25/list.md,line={line},title=Gone"]
    assert warnings[0][1].startswith("no/where: not found")
    text = (counting.top / "summary").read_text(encoding="utf-8")
    address = f"https://github.com/o/r/blob/{counting.environment['GITHUB_SHA']}/a%20b%2C%20c%3A%20100%25/list.md"
    assert f"[a b, c: 100%/list.md:{line}]({address}?plain=1#L{line})" in text


def test_a_block_that_was_not_updated_has_its_line(counting: Runner) -> None:
    """A warning and the summary name it; the job goes on, and the other blocks of the file are committed."""
    name = "<b>`x`"
    wrong = f"<!-- startrack:table list={name} -->\nmine\n<!-- startrack:end -->\n"
    readme = counting.checkout / "README.md"
    text = f"{wrong}We list <!-- startrack:count --><!-- startrack:end --> projects.\n\n"
    readme.write_bytes(text.encode() + LIST)
    done = counting.run(COUNT, sources="README.md")
    title, *_ = re.findall(r"^::warning (.*?)::(.*)$", done.stderr, re.MULTILINE)
    assert title[0] == "file=README.md,line=1,title=Block not updated"
    assert title[1].startswith(f"unknown list '{name}'; ")
    assert f"startrack: {readme.name}:1: unknown list '{name}'; " in done.stderr
    assert counting.outputs()["status"] == "1"
    summary = (counting.top / "summary").read_text(encoding="utf-8")
    address = f"https://github.com/o/r/blob/{counting.environment['GITHUB_SHA']}/README.md?plain=1#L1"
    assert f"### Blocks that were not updated\n\n- [README.md:1]({address}): unknown list '&lt;b&gt;\\`x\\`'" in summary
    assert counting.run("Commit what changed", sources="README.md").returncode == 0
    committed = git(counting.checkout, "show", "HEAD:README.md")
    assert committed.startswith(wrong)
    assert re.search(r"-->\d+<!-- startrack:end --> projects", committed)


def test_only_the_first_findings_are_warnings(counting: Runner) -> None:
    """GitHub shows ten of a step; the number of the others is said once."""
    gone = "".join(f"- https://github.com/no/where{number}\n" for number in range(30))
    (counting.checkout / "README.md").write_text(LIST.decode() + gone, encoding="utf-8")
    done = counting.run(COUNT, sources="README.md")
    assert done.stderr.count("::warning file=README.md,line=") == 9
    notices = re.findall(r"^::notice title=startrack::(.*)$", done.stderr, re.MULTILINE)
    assert notices == ["21 more findings in the lists; the job summary has all of them"]


@pytest.mark.parametrize("change", [{"GITHUB_ACTIONS": "false"}, {"GITHUB_WORKSPACE": "/"}], ids=["local", "elsewhere"])
def test_other_runs_have_no_warnings(counting: Runner, change: dict[str, str]) -> None:
    """Outside of Actions, and for lists that are no files of the repository."""
    (counting.checkout / "README.md").write_bytes(LIST + b"- [gone](https://github.com/no/where)\n")
    counting.environment |= change
    done = counting.run(COUNT, sources="README.md")
    assert f"counted {len(PROJECTS)} of {len(PROJECTS) + 1} projects" in done.stderr
    assert "::warning file" not in done.stderr
