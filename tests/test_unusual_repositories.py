"""Unusual repositories: licences that GitHub does not know, empty repositories, duplicates."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

import reports
from conftest import connect
from page_reports import ProjectSample, build_report
from startrack.config import Config, ListConfig
from startrack.dashboards import build, components
from startrack.dashboards.components import Cell, Tone
from startrack.dashboards.pages.overview import project_table
from startrack.demo.access import Clock
from startrack.demo.lists import demo_world
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.model.changes import RankBy
from startrack.model.lists import Entry, List
from startrack.model.report import Project
from startrack.model.repository import Counted, Repository
from startrack.readme import tables
from startrack.readme.context import Context
from startrack.trends import health, renames, section_stats
from startrack.trends.health import Kind
from startrack.wording import findings, phrases
from startrack.workflows import snapshot
from startrack.workflows.report import create_report, create_site_report

MONDAY = datetime(2025, 6, 23, 5, 17)
EMPTY = "om-ai-lab/VLM-R1"


def licensed(*licences: str | None) -> list[Project]:
    """Return a project with each licence."""
    return [
        ProjectSample(f"a/n{i}", facts={"license": licence}).project(i) for i, licence in enumerate(licences, start=1)
    ]


def test_an_unknown_licence_is_other() -> None:
    """Pages show "other", as GitHub does. Without a licence, they show that it is not known."""
    projects = licensed("NOASSERTION", "MIT", None)
    built = build.build(build_report(projects))
    assert "<dt>Licence</dt><dd><bdi>other</bdi></dd>" in str(built["projects/a/n1.html"])
    assert "Licence" not in str(built["projects/a/n3.html"])
    paths = [
        path
        for path, content in built.items()
        if path.endswith((".html", ".svg", ".js")) and "NOASSERTION" in str(content)
    ]
    assert paths == []
    assert [project_table.license_value(project) for project in projects] == ["other", "MIT", "?"]
    (license_filter,) = [item for item in project_table.filters(projects) if item.key == "license"]
    assert [choice.text for choice in license_filter.choices] == ["MIT (1)", "other (1)", "unknown (1)"]
    context = Context(build_report(projects), RankBy.STARS)
    rows = tables.render({"columns": "project,license"}, context)
    assert [row.split("|")[2].strip() for row in rows[2:5]] == ["other", "MIT", "n/a (not known)"]


def test_further_licences_are_not_other() -> None:
    """The three most frequent licences are shown, "other" may be one of them. Further ones are "N more"."""
    licences = ["MIT"] * 4 + ["NOASSERTION"] * 3 + ["ISC"] * 2 + ["0BSD", "Zlib", None]
    page = str(build.build(build_report(licensed(*licences)))["sections.html"])
    assert "MIT (4), other (3), ISC (2) <small>2 more, unknown for 1</small>" in page


def test_data_files_have_the_spdx_identifier() -> None:
    """The API and the downloads have the identifier from GitHub."""
    built = build.build(build_report(licensed("NOASSERTION", None)))
    documents = json.loads(built["api/v1/projects.json"])["projects"]
    assert [document["license"] for document in documents] == ["NOASSERTION", None]
    rows = csv.DictReader(io.StringIO(str(built["data/projects.csv"])))
    assert [row["license"] for row in rows] == ["NOASSERTION", ""]


def empty(**facts: object) -> Project:
    """Return a project whose repository has no commits."""
    project = ProjectSample("no/commit", facts=facts).project(1)
    assert project.current
    return replace(project, current=replace(project.current, commits=0))


def test_the_last_commit_of_an_empty_repository_is_none() -> None:
    """That differs from an unknown last commit."""
    unknown = ProjectSample("not/known", facts={"head_committed_on": None}).project(2)
    for project in (empty(), empty(head_committed_on=None)):
        assert components.last_commit_cell(project) == Cell("none")
        assert components.commits_cell(project) == Cell("0")
        assert phrases.last_commit(project) == "none"
        assert project_table.states(project) == ("empty",)
    assert components.last_commit_cell(unknown).tone is Tone.UNKNOWN
    assert phrases.last_commit(unknown) is None
    built = build.build(build_report([empty(head_committed_on=None), unknown]))
    assert "<dt>Last commit</dt><dd><bdi>none</bdi></dd>" in str(built["projects/no/commit.html"])
    assert "<dt>State</dt><dd><bdi>empty</bdi></dd>" in str(built["projects/no/commit.html"])
    document, other = json.loads(built["api/v1/projects.json"])["projects"]
    assert (document["commits"], document["last_commit_on"]) == (0, None)
    assert document["notes"]["last_commit_on"] == "none: the repository is empty"
    assert "last_commit_on" not in other["notes"]
    context = Context(build_report([empty()]), RankBy.STARS)
    rows = tables.render({"columns": "project,commits,last_commit"}, context)
    assert rows[2].endswith("| 0 | none |")


def test_an_empty_repository_is_inactive() -> None:
    """Its activity is known: it is not active."""
    busy = ProjectSample("is/busy", facts={"head_committed_on": reports.AS_OF.date()}).project(2)
    unknown = ProjectSample("not/known", facts={"head_committed_on": None}).project(3)
    stats = section_stats.section_stats([empty(), busy, unknown], None, reports.AS_OF)
    assert (stats.active, stats.last_commit_known) == (1, 2)
    page = str(build.build(build_report([empty(head_committed_on=None), unknown]))["health.html"])
    assert "Inactivity: the last commit is unknown for 1 project." in page


def test_an_empty_repository_is_a_finding() -> None:
    """Of any age, with the day of the count; it is not inactive too, whatever commits it had before."""
    (finding,) = health.findings(build_report([empty(head_committed_on=date(2020, 1, 1))]))
    assert (finding.kind, finding.at) == (Kind.EMPTY, reports.AS_OF)
    assert findings.evidence(finding) == "no commit"


@pytest.fixture
def github() -> Iterator[Server]:
    """Serve the demo's repositories."""
    with serving(demo_world(), clock=Clock(MONDAY)) as server:
        yield server


@pytest.mark.parametrize("token", [None, USER_TOKEN])
def test_an_empty_repository_is_counted_as_empty(github: Server, tmp_path: Path, token: str | None) -> None:
    """This holds with and without a token, although REST returns a default branch that does not exist."""
    github.world.empty(EMPTY)
    (tmp_path / "list.md").write_text(f"## Tools\n\n- [Empty](https://github.com/{EMPTY})\n")
    config = Config(lists=(ListConfig(source="list.md"),), root=tmp_path)
    with connect(github, token) as client:
        snapshot.run(config, client, MONDAY, github.clock.now, lambda _done, _total: None)
    (project,) = create_report(config, None).projects
    assert project.is_empty
    assert components.last_commit_cell(project).text == "none"


@pytest.mark.parametrize("token", [None, USER_TOKEN])
def test_a_fork_of_another_entry_is_found(github: Server, tmp_path: Path, token: str | None) -> None:
    """With and without a token, and by a database that is built anew; a fork of an unlisted repository is none."""
    names = ["Wang-Xiaodong1899/Open-R1-Video", "EvolvingLMMs-Lab/open-r1-multimodal"]
    (tmp_path / "list.md").write_text("## Tools\n\n" + "".join(f"- [A](https://github.com/{name})\n" for name in names))
    config = Config(lists=(ListConfig(source="list.md"),), root=tmp_path)
    with connect(github, token) as client:
        snapshot.run(config, client, MONDAY, github.clock.now, lambda _done, _total: None)
    for is_new in (False, True):
        if is_new:
            config.database.unlink()
        report = create_site_report(config, None)
        parents = [(project.name, project.details.parent) for project in report.projects if project.details]
        assert parents == [(names[1], "huggingface/open-r1"), (names[0], names[1])]
        (finding,) = [finding for finding in health.findings(report) if finding.kind is Kind.FORK]
        assert findings.evidence(finding) == f"a fork of {names[1]}, which is “A” at line 4 of list"


def entry(repo: str, line: int) -> Entry:
    """Return an entry of a list."""
    return Entry(repo, repo.upper(), ("Tools",), f"https://github.com/{repo}", line, (("Tools",),))


def counted(asked: str, now: str, repo_id: int = 5) -> Counted:
    """Return the observation of a name."""
    return Counted(asked, Repository(repo_id, now), 1, 0)


@pytest.mark.parametrize(("current", "extra", "kept"), [("old", 4, 9), ("new", 9, 4), ("third", 9, 4)])
def test_a_duplicate_names_the_entry_to_remove(current: str, extra: int, kept: int) -> None:
    """The entry with the current name stays. If neither has it, the first entry stays."""
    now = {"old": "x/new", "new": "x/old", "third": "x/third"}[current]
    listed = List("tools", "README.md", (entry("x/old", 4), entry("x/new", 9), entry("q/else", 11)))
    observations = [counted("x/old", now), counted("x/new", now), counted("q/else", "q/else", 6)]
    found_renames = renames.detect(observations, (), [listed])
    duplicates = [rename for rename in found_renames if isinstance(rename, renames.Duplicate)]
    assert [(duplicate.extra.line, duplicate.kept.line) for duplicate in duplicates] == [(extra, kept)]
    assert str(duplicates[0]).endswith(f"(both are {now}); remove the entry in line {extra}")
    assert str(duplicates[0]).startswith(f"tools, line {extra}: ")


def test_entries_of_two_lists_are_not_duplicates() -> None:
    """Each list may have a project once, under any of its names."""
    lists = [List(name, name, (entry(f"x/{name}", 4),)) for name in ("old", "new")]
    observations = [counted("x/old", "x/new"), counted("x/new", "x/new")]
    assert [str(rename) for rename in renames.detect(observations, (), lists)] == [
        "x/old was renamed to x/new (its history continues); use the new name in the list",
    ]


def test_the_health_page_names_the_entry_to_remove() -> None:
    """It has the title and line of each entry, or the sections of an entry that is in several."""
    project = ProjectSample("x/new").project(4)
    places = tuple(("tools", listed) for listed in (entry("x/old", 1_004), entry("x/new", 9), entry("x/new", 12)))
    (finding,) = [
        finding
        for finding in health.findings(build_report([replace(project, places=places)]))
        if finding.kind is Kind.DUPLICATE
    ]
    assert findings.advice(finding) == (
        "Keep “X/NEW” at line 9 of tools, and remove “X/OLD” at line 1,004 and “X/NEW” at line 12, "
        "unless you want to keep all."
    )
    twice = replace(entry("x/new", 9), sections=(("Tools",), ("Papers",), ("More", "Deep")))
    (finding,) = health.findings(build_report([replace(project, places=(("tools", twice),))]))
    assert findings.advice(finding) == (
        "Keep it in Tools of tools, and remove it from Papers and More › Deep, unless you want to keep all."  # noqa: RUF001
    )
