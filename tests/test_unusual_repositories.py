"""What GitHub says of unusual repositories, in a reader's words: licences it does not know, no commit, two entries."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
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
from startrack.model.changes import Window
from startrack.model.lists import Entry, List
from startrack.model.report import Project
from startrack.model.repository import Counted, Repository
from startrack.readme import tables
from startrack.trends import health, renames, section_stats
from startrack.trends.health import Kind
from startrack.trends.ranking import RankBy
from startrack.wording import findings, phrases
from startrack.workflows import report, snapshot

MONDAY = datetime(2025, 6, 23, 5, 17)
EMPTY = "om-ai-lab/VLM-R1"

# ── Licences ─────────────────────────────────────────────────────────────────────────────────────────────


def licensed(*licences: str | None) -> list[Project]:
    """Return a project of each licence."""
    return [ProjectSample(f"a/n{i}", facts={"license": each}).project(i) for i, each in enumerate(licences, start=1)]


def test_a_licence_of_no_standard_is_called_other() -> None:
    """As GitHub's own pages call it, wherever a reader meets it; none at all is not known."""
    projects = licensed("NOASSERTION", "MIT", None)
    built = build.build(build_report(projects))
    assert "<dt>Licence</dt><dd><bdi>other</bdi></dd>" in str(built["projects/a/n1.html"])
    assert "Licence" not in str(built["projects/a/n3.html"])
    shown = [
        path
        for path, content in built.items()
        if path.endswith((".html", ".svg", ".js")) and "NOASSERTION" in str(content)
    ]
    assert shown == []
    assert [project_table.license_value(each) for each in projects] == ["other", "MIT", "?"]
    (offered,) = [each for each in project_table.filters(projects) if each.key == "license"]
    assert [choice.text for choice in offered.choices] == ["MIT (1)", "other (1)", "unknown (1)"]
    wanted = tables.Spec(None, None, RankBy.STARS, Window(30), None, ("project", "license"))
    rows = tables.render(build_report(projects), wanted)
    assert [row.split("|")[2].strip() for row in rows[2:5]] == ["other", "MIT", "n/a (not known)"]


def test_the_rest_of_a_section_is_not_called_other() -> None:
    """Three licences are named with their numbers, one of them perhaps "other"; further ones are so many more."""
    licences = ["MIT"] * 4 + ["NOASSERTION"] * 3 + ["ISC"] * 2 + ["0BSD", "Zlib", None]
    page = str(build.build(build_report(licensed(*licences)))["sections.html"])
    assert "MIT (4), other (3), ISC (2) <small>2 more, n/a for 1</small>" in page


def test_programs_get_the_identifier() -> None:
    """The API and the downloads have what GitHub gave, as SPDX writes it."""
    built = build.build(build_report(licensed("NOASSERTION", None)))
    told = json.loads(built["api/v1/projects.json"])["projects"]
    assert [each["license"] for each in told] == ["NOASSERTION", None]
    rows = csv.DictReader(io.StringIO(str(built["data/projects.csv"])))
    assert [row["license"] for row in rows] == ["NOASSERTION", ""]


# ── Empty repositories ───────────────────────────────────────────────────────────────────────────────────


def empty(**facts: object) -> Project:
    """Return a project whose repository has no commit; that it once had one is no matter."""
    project = ProjectSample("no/commit", facts=facts).project(1)
    assert project.current
    return replace(project, current=replace(project.current, commits=0))


def test_the_last_commit_of_an_empty_repository_is_none() -> None:
    """Which is known, unlike that of a project never counted."""
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
    told, other = json.loads(built["api/v1/projects.json"])["projects"]
    assert (told["commits"], told["last_commit_on"]) == (0, None)
    assert told["notes"]["last_commit_on"] == "none: the repository is empty"
    assert "last_commit_on" not in other["notes"]
    wanted = tables.Spec(None, None, RankBy.STARS, Window(30), None, ("project", "commits", "last_commit"))
    rows = tables.render(build_report([empty()]), wanted)
    assert rows[2].endswith("| 0 | none |")


def test_an_empty_repository_is_known_to_be_idle() -> None:
    """It is one of those whose activity is known, and not one of the active ones."""
    busy = ProjectSample("is/busy", facts={"head_committed_on": reports.AS_OF.date()}).project(2)
    unknown = ProjectSample("not/known", facts={"head_committed_on": None}).project(3)
    found = section_stats.section_stats([empty(), busy, unknown], None, reports.AS_OF)
    assert (found.active, found.dated) == (1, 2)
    page = str(build.build(build_report([empty(head_committed_on=None), unknown]))["health.html"])
    assert "Inactivity: the last commit is unknown for 1 project." in page


@pytest.mark.parametrize(("days", "kinds"), [(364, []), (365, [Kind.INACTIVE])])
def test_empty_for_a_year_is_inactive(days: int, kinds: list[Kind]) -> None:
    """Counted from its creation, as there is no commit to count from."""
    created = reports.AS_OF - timedelta(days=days)
    found = health.findings(build_report([empty(created_at=created, head_committed_on=date(2020, 1, 1))]))
    assert [each.kind for each in found] == kinds
    if found:
        assert found[0].at == created.date()
        assert findings.evidence(found[0]) == "empty: created then, and no commit since"
    assert health.findings(build_report([empty(created_at=None)])) == ()


@pytest.fixture
def github() -> Iterator[Server]:
    """Serve the demo's world."""
    with serving(demo_world(), clock=Clock(MONDAY)) as server:
        yield server


@pytest.mark.parametrize("token", [None, USER_TOKEN])
def test_an_empty_repository_is_counted_so(github: Server, tmp_path: Path, token: str | None) -> None:
    """With a token and without one: REST names a default branch where there is none."""
    github.world.empty(EMPTY)
    (tmp_path / "list.md").write_text(f"## Tools\n\n- [Empty](https://github.com/{EMPTY})\n")
    config = Config(lists=(ListConfig(source="list.md"),), root=tmp_path)
    with connect(github, token) as client:
        snapshot.run(config, client, MONDAY, github.clock.now, lambda _done, _total: None)
    (project,) = report.report(config, None).projects
    assert project.is_empty
    assert components.last_commit_cell(project).text == "none"


# ── Duplicates ───────────────────────────────────────────────────────────────────────────────────────────


def entry(repo: str, line: int) -> Entry:
    """Return an entry of a list."""
    return Entry(repo, repo.upper(), ("Tools",), f"https://github.com/{repo}", line, (("Tools",),))


def counted(asked: str, now: str, repo_id: int = 5) -> Counted:
    """Return what a run saw under a name."""
    return Counted(asked, Repository(repo_id, now), 1, 0)


@pytest.mark.parametrize(("current", "extra", "kept"), [("old", 4, 9), ("new", 9, 4), ("third", 9, 4)])
def test_a_duplicate_names_the_entry_to_remove(current: str, extra: int, kept: int) -> None:
    """The one with today's name stays, wherever it stands; where neither has it, the first one."""
    now = {"old": "x/new", "new": "x/old", "third": "x/third"}[current]
    listed = List("tools", "README.md", (entry("x/old", 4), entry("x/new", 9), entry("q/else", 11)))
    seen = [counted("x/old", now), counted("x/new", now), counted("q/else", "q/else", 6)]
    told = [each for each in renames.detect(seen, (), [listed]) if isinstance(each, renames.Duplicate)]
    assert [(each.extra.line, each.kept.line) for each in told] == [(extra, kept)]
    assert str(told[0]).endswith(f"(both are {now}); remove the entry in line {extra}")
    assert str(told[0]).startswith(f"tools, line {extra}: ")


def test_two_lists_do_not_double_each_other() -> None:
    """Each list may name a project once, by whichever of its names."""
    lists = [List(name, name, (entry(f"x/{name}", 4),)) for name in ("old", "new")]
    seen = [counted("x/old", "x/new"), counted("x/new", "x/new")]
    assert [str(each) for each in renames.detect(seen, (), lists)] == [
        "x/old is now x/new: its series goes on; use the new name in the list",
    ]


def test_the_page_of_health_names_the_entry_to_remove() -> None:
    """By its title and line, in each list; of one entry in several sections, by the sections."""
    project = ProjectSample("x/new").project(4)
    places = tuple(("tools", each) for each in (entry("x/old", 1_004), entry("x/new", 9), entry("x/new", 12)))
    (finding,) = [
        each for each in health.findings(build_report([replace(project, places=places)])) if each.kind is Kind.DUPLICATE
    ]
    assert findings.advice(finding) == (
        "Remove “X/OLD” at line 1,004 and “X/NEW” at line 12 of tools, and keep “X/NEW” at line 9, "
        "unless all are meant."
    )
    twice = replace(entry("x/new", 9), sections=(("Tools",), ("Papers",), ("More", "Deep")))
    (finding,) = health.findings(build_report([replace(project, places=(("tools", twice),))]))
    assert findings.advice(finding) == (
        "Remove it from Papers and More › Deep in tools, and keep it in Tools, unless all are meant."  # noqa: RUF001
    )
