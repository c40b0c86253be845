"""`startrack health`: the findings of the health page on the terminal and in each format, from the counts alone."""

import csv
import io
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from html import unescape
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import commands
import health_world
from page_reports import health_report
from shared_folders import SharedFolder
from startrack.cli import finding_formats
from startrack.config import Config, load
from startrack.dashboards.pages.digest import markdown as digests
from startrack.demo.server import Server
from startrack.errors import ConfigError
from startrack.model.findings import Kind
from startrack.readme import markdown
from startrack.trends import health
from startrack.wording import findings as wording
from startrack.workflows.health import HealthResult
from startrack.workflows.report import create_site_report

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[1]
FORMATS = {
    "table": "txt",
    "json": "json",
    "csv": "csv",
    "markdown": "md",
    "sarif": "sarif",
    "annotations": "annotations",
}
FINDINGS = {
    "gone": "o/gone",
    "renamed": "o/after",
    "archived": "o/archived",
    "alive again": "o/alive",
    "duplicate": "o/after",
    "empty": "o/empty",
    "licence changed": "o/licence",
    "fork": "o/fork",
}
IGNORING = "".join(
    f'[[health.ignore]]\nrepo = "{repo}"\nfinding = "{kind}"\nreason = "known"\n' for kind, repo in FINDINGS.items()
)


@pytest.fixture(scope="module")
def sarif() -> Any:  # noqa: ANN401 - JSON
    """Return the schema of SARIF 2.1.0; `make test` has fetched it already."""
    subprocess.run(["sh", ".ci/sarif"], cwd=ROOT, check=True)
    return json.loads((ROOT / "build" / "sarif" / "schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def counted(shared_folder: SharedFolder) -> Path:
    """Return the folder of the list, counted twice; tests only read it."""
    return shared_folder("health", health_world.make)


@pytest.mark.parametrize(("form", "suffix"), FORMATS.items())
def test_findings_in_each_format(counted: Path, form: str, suffix: str) -> None:
    """As in the golden files, with nothing of the list that a terminal, a runner or a spreadsheet would obey."""
    done = health_world.health(counted, "--format", form)
    assert done.returncode == 1
    assert done.stderr.startswith("8 findings about 7 of 9 projects.\n")
    output = done.stdout.replace(f'"version": "{version("startrack")}"', '"version": "VERSION"')
    assert output == (GOLDEN / f"health.{suffix}").read_text(encoding="utf-8")


def test_the_page_says_the_same(counted: Path, tmp_path: Path) -> None:
    """Each row of the command is on the health page, with its evidence, line and advice, and the page has no more."""
    folder = tmp_path / "built"
    shutil.copytree(counted, folder)
    commands.startrack(folder, "build", variables={})
    page = (folder / "dashboards" / "health.html").read_text(encoding="utf-8").replace("<wbr>", "")
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())
    rows = json.loads(health_world.health(counted, "--format", "json").stdout)
    for row in rows:
        for part in (row["repo"], row["evidence"], row["advice"].replace("\\x23", "#"), f"line {row['line']}"):
            assert " ".join(part.split()) in text
    assert "8 findings about 7 of 9 projects." in text


def test_sarif_is_what_code_scanning_reads(counted: Path, sarif: Any) -> None:  # noqa: ANN401 - JSON
    """It follows the schema; each result has a rule with help, and a line of a file of the repository."""
    log = json.loads(health_world.health(counted, "--format", "sarif").stdout)
    jsonschema.validate(log, sarif)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules)) == len(Kind)
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in run["tool"]["driver"]["rules"])
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    texts = [result["message"]["text"] for result in run["results"]]
    assert sum(r"##\[x\]" in text for text in texts) == 2  # in brackets it would be a link
    fingerprints = [result["partialFingerprints"]["startrackFinding/v1"] for result in run["results"]]
    assert len(set(fingerprints)) == len(fingerprints)
    data = (counted / "README.md").read_bytes()
    for result in run["results"]:
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "README.md"
        region = result["locations"][0]["physicalLocation"]["region"]
        start, length = region["byteOffset"], region["byteLength"]
        assert data[start : start + length].startswith(b"https://github.com/o/")
        assert (data[start - 2 : start], data[start + length : start + length + 1]) == (b"](", b")")
        assert data[:start].count(b"\n") == region["startLine"] - 1


def test_lines_are_those_of_the_file_now(counted: Path, tmp_path: Path) -> None:
    """A list that was changed after the count; an entry that is no longer there keeps its line of then."""
    folder = tmp_path / "list"
    shutil.copytree(counted, folder)
    text = health_world.LIST.replace("# A list\n", "# A list\n\nMore.\n")
    (folder / "README.md").write_text(
        text.replace("https://github.com/o/gone", "https://example.org"), encoding="utf-8"
    )
    (run,) = json.loads(health_world.health(folder, "--format", "sarif").stdout)["runs"]
    regions = {result["ruleId"]: result["locations"][0]["physicalLocation"]["region"] for result in run["results"]}
    assert regions["gone"] == {"startLine": 9}
    assert regions["archived"]["startLine"] == 10
    annotations = health_world.health(folder, "--format", "annotations").stdout
    assert "file=README.md,line=10,title=Archived::" in annotations
    table = health_world.health(folder).stdout
    assert re.search(r"^archived +o/archived +README\.md:10 ", table, re.MULTILINE)
    assert re.search(r"^duplicate +o/after +README\.md:8, README\.md:9 ", table, re.MULTILINE)
    assert "at line 9" in table
    assert "(README.md:10): archived" in health_world.health(folder, "--issue").stdout


def test_csv_has_a_row_for_each_entry(counted: Path) -> None:
    """A duplicate has two."""
    rows = list(csv.DictReader(io.StringIO(health_world.health(counted, "--format", "csv").stdout)))
    assert [row["line"] for row in rows if row["finding"] == "duplicate"] == ["6", "7"]


def test_a_healthy_list_exits_with_0(counted: Path, tmp_path: Path, sarif: Any) -> None:  # noqa: ANN401 - JSON
    """Also where every finding is ignored; an empty result is valid in each format."""
    config = tmp_path / "startrack.toml"
    config.write_text(f'[snapshots]\nfolder = "{counted.as_posix()}/snapshots"\n{IGNORING}', encoding="utf-8")
    for form in FORMATS:
        done = commands.startrack(counted, "--config", str(config), "health", "--format", form, variables={})
        assert done.returncode == 0
        assert "8 ignored findings are left out.\n" in done.stderr
        if form == "json":
            assert json.loads(done.stdout) == []
        if form == "sarif":
            jsonschema.validate(json.loads(done.stdout), sarif)


@pytest.mark.parametrize("command", ["health", "trending"])
def test_before_the_first_count_nothing_is_reported(counted: Path, command: str) -> None:
    """What later runs learned is not known then: names, flags and last commits; the day to use is named."""
    first = min(path.stem for path in (counted / "snapshots").glob("20*/20*.csv"))
    done = commands.startrack(counted, command, "--as-of", "2020-02-02", "--format", "json", variables={})
    assert (done.returncode, [row for row in json.loads(done.stdout) if row.get("note") != "not counted"]) == (1, [])
    assert done.stderr == (
        f"startrack: nothing had been counted by 2020-02-02 23:59 UTC; use --as-of {first} or later\n"
    )


def test_a_list_that_does_not_exist_is_an_error(counted: Path) -> None:
    """A wrong name must not look like a healthy list."""
    done = commands.startrack(counted, "health", "READEM.md", variables={})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("startrack: file ")
    assert "READEM.md does not exist; check the path" in done.stderr


def test_an_unknown_format_is_named(tmp_path: Path) -> None:
    """With the nearest one."""
    done = commands.startrack(tmp_path, "health", "--format", "sariff", variables={})
    assert (done.returncode, done.stderr) == (2, "startrack: unknown format 'sariff'; did you mean 'sarif'?\n")


def test_the_text_of_the_issue(counted: Path) -> None:
    """As in the golden file: it begins with the marker, and names nobody and no issue in a way that GitHub reads."""
    done = health_world.health(counted, "--issue")
    assert done.returncode == 1
    assert done.stdout == (GOLDEN / "health-issue.md").read_text(encoding="utf-8")
    assert done.stdout.startswith("<!-- startrack:health-issue -->\n\n8 findings about 7 of 9 projects.\n")
    assert not PING.search(unescape(re.sub(r"`[^`]*`|\]\([^)]*\)", "", done.stdout)))
    assert health_world.health(counted, "--issue", "--format", "json").returncode == 2


PING = re.compile(r"[@#]\w|\bgh-\d|\w://|www\.", re.IGNORECASE)


@pytest.mark.parametrize(
    "text",
    ["@octocat", "a@b.example", "#1", "o/r#1", "GH-7", "gh-7", "https://github.com/o/r/issues/1", "www.github.com/o"],
)
def test_silent_text_notifies_nobody(text: str) -> None:
    """What GitHub looks for is broken by a space without width, and reads as before."""
    assert markdown.silent(text).replace("&#8203;", "") == markdown.escape(text)
    assert "&#8203;" in markdown.silent(text)
    assert not PING.search(unescape(markdown.silent(text)))


def test_a_pull_request_mentions_nobody() -> None:
    """Its links stay as they are."""
    text = digests.pull_request(replace(health_report(), title="@octocat and #1"))
    assert text.startswith("# \\@&#8203;octocat and \\#&#8203;1")
    assert "](https://github.com/gone/away)" in text


@pytest.mark.parametrize(("text", "code"), [("a b", "`a b`"), ("a`b", "`` a`b ``"), ("``\n|", "``` `` | ```")])
def test_code_holds_any_text(text: str, code: str) -> None:
    """Between more backticks than it has, on one line."""
    assert markdown.code(text) == code


def test_the_issue_follows_the_findings(counted: Path, tmp_path: Path, github: Server) -> None:
    """Made, left as it is, and closed when everything is ignored; in a pull request or a fork nothing is written."""
    folder = tmp_path / "list"
    shutil.copytree(counted, folder)
    job = commands.environment(github) | {"GITHUB_REPOSITORY": "o/list", "GITHUB_ACTIONS": "true"}
    pull = commands.startrack(
        folder, "health", "--update-issue", variables=job | {"GITHUB_EVENT_NAME": "pull_request_target"}
    )
    assert (pull.returncode, pull.stdout) == (0, "")
    assert "nothing is written to the repository: this run is for a pull request" in pull.stderr
    assert not github.requests
    for _ in range(2):
        done = commands.startrack(folder, "health", "--update-issue", variables=job)
        assert (done.returncode, done.stdout) == (0, "https://github.com/o/list/issues/1\n")
    (issue,) = github.issues.by_repository["o/list"]
    assert f"{issue['body']}\n" == (GOLDEN / "health-issue.md").read_text(encoding="utf-8")
    assert [request.method for request in github.requests].count("PATCH") == 0
    (folder / "startrack.toml").write_text(IGNORING, encoding="utf-8")
    done = commands.startrack(folder, "health", "--update-issue", variables=job)
    assert (done.returncode, done.stdout) == (0, "")
    assert issue["state"] == "closed"


def test_an_issue_stays_open_while_nothing_is_counted(tmp_path: Path, github: Server) -> None:
    """A missing history is no healthy list."""
    issue = github.issues.add("o/list", "Health", f"{digests.ISSUE_MARKER}\n", github.account.login)
    job = commands.environment(github) | {"GITHUB_REPOSITORY": "o/list"}
    assert commands.startrack(tmp_path, "health", "--update-issue", variables=job).returncode == 0
    assert issue["state"] == "open"


def test_a_refused_issue_is_a_warning(counted: Path, github: Server) -> None:
    """It says which permission or setting is missing; the run has worked otherwise."""
    job = commands.environment(github) | {"GITHUB_REPOSITORY": "o/list", "GITHUB_ACTIONS": "true"}
    github.issues.may_write = False
    done = commands.startrack(counted, "health", "--update-issue", variables=job)
    assert (done.returncode, done.stdout) == (1, "")
    assert "give the job `permissions: issues: write`. GitHub says: Resource not accessible" in done.stderr
    assert "::warning title=startrack::the issue about the findings was not updated" in done.stderr
    github.issues.is_enabled = False
    done = commands.startrack(counted, "health", "--update-issue", variables=job)
    assert "issues are disabled in the repository's settings" in done.stderr
    del job["GITHUB_REPOSITORY"]
    assert commands.startrack(counted, "health", "--update-issue", variables=job).returncode == 2


RULE: Mapping[str, Any] = {"repo": "o/n", "finding": "gone", "reason": "x"}


def configured(path: Path, **changes: Any) -> Config:  # noqa: ANN401 - TOML
    """Load a configuration with one rule; a value of `None` leaves its key out."""
    values = {key: value for key, value in {**RULE, **changes}.items() if value is not None}
    lines = [f"{key} = {value if key == 'until' else json.dumps(value)}" for key, value in values.items()]
    file = path / "startrack.toml"
    file.write_text("\n".join(["[[health.ignore]]", *lines]), encoding="utf-8")
    return load(file)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"repos": "o/n"}, "health.ignore[1].repos: unknown key; did you mean 'repo'?"),
        ({"finding": "renamd"}, "health.ignore[1].finding: unknown value 'renamd'; did you mean 'renamed'?"),
        ({"finding": "license changed"}, "unknown value 'license changed'; did you mean 'licence changed'?"),
        ({"reason": None}, "health.ignore[1].reason: is missing"),
        ({"repo": "name"}, "health.ignore[1].repo: use OWNER/NAME, not 'name'"),
        ({"until": '"soon"'}, "health.ignore[1].until: use a day, for example 2027-03-31, not 'soon'"),
        ({"until": "2027"}, "health.ignore[1].until: use a day, for example 2027-03-31, not 2027"),
    ],
)
def test_mistakes_in_rules_are_named(tmp_path: Path, changes: Mapping[str, Any], message: str) -> None:
    """With the number of the rule, the key, and the nearest spelling."""
    with pytest.raises(ConfigError) as error:
        configured(tmp_path, **changes)
    assert message in str(error.value)


@pytest.mark.parametrize("until", ["2027-03-31", '"2027-03-31"'])
def test_a_last_day_may_have_quotation_marks(tmp_path: Path, until: str) -> None:
    """TOML has days of its own."""
    (rule,) = configured(tmp_path, until=until).health.ignore
    assert str(rule.until) == "2027-03-31"


def test_rules_reach_page_and_command_alike(counted: Path) -> None:
    """The report has them, so that everything made from it leaves the same out."""
    rule = {"repo": "O/Gone", "finding": "gone", "reason": "it comes back"}
    config = Config.model_validate({"root": counted, "health": {"ignore": [rule]}})
    review = health.review(create_site_report(config, None))
    assert [finding.kind for finding in review.ignored] == [Kind.GONE]
    assert wording.ignored(review) == ("1 ignored finding is left out.",)


def test_only_the_first_findings_are_annotations() -> None:
    """GitHub shows ten of a step; one says how many more there are. A list without a file has no lines there."""
    report = health_report()
    result = HealthResult(report, health.review(report), {})
    *first, last = finding_formats.annotations(result)
    assert len(first) == 9
    assert first[0].startswith("::warning title=Gone::gone/away: not found: ")
    more = len(result.review.findings) - 9
    assert last == f"::notice title=startrack::{more} more findings; `startrack health` has all of them"
