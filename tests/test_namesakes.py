"""Two repositories with the same name at different times: each has its own page, data, charts and figures."""

import csv
import io
import json
import re
import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reports
from conftest import connect
from reports import Sample
from startrack.config import Config, ListConfig
from startrack.dashboards import build as dashboards_build
from startrack.dashboards import paths
from startrack.demo.access import Clock
from startrack.demo.lists import demo_world
from startrack.demo.server import Server, serving
from startrack.model.events import Event, MilestoneReached, Removed
from startrack.model.report import CalendarWeek, Project, SiteReport
from startrack.model.repository import Repository
from startrack.trends import health
from startrack.workflows import build, snapshot
from startrack.workflows.report import create_report, create_site_report

NAME = "hiyouga/EasyR1"
NEW = 77
MONDAY = datetime(2025, 6, 23, 5, 17)
DAY = timedelta(days=1)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def github() -> Iterator[Server]:
    """Serve the demo's repositories, whose stars change every day."""
    with serving(demo_world(), clock=Clock(MONDAY)) as server:
        yield server


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a configuration of two lists; one has the name in capitals."""
    (tmp_path / "old.md").write_text(f"## Tools\n\n- [Easy](https://github.com/{NAME})\n")
    (tmp_path / "new.md").write_text(f"## Tools\n\n- [Easy](https://github.com/{NAME.upper()})\n")
    lists = (ListConfig(source="old.md", name="old"), ListConfig(source="new.md", name="new"))
    return Config(lists=lists, root=tmp_path)


def count(config: Config, github: Server, at: datetime) -> None:
    """Count the lists of a configuration at an instant of the demo's clock."""
    github.clock.set(at)
    with connect(github) as client:
        snapshot.run(config, client, at, github.clock.now, lambda _done, _total: None)


@pytest.fixture
def built(config: Config, github: Server) -> tuple[Path, SiteReport, int]:
    """Count both lists twice, give the name to another repository, and count the newer list twice.

    Return the dashboards folder, the report and the id of the first repository.
    """
    for day in range(2):
        count(config, github, MONDAY + day * DAY)
    old = github.world.named(NAME).repo_id
    github.world.delete(NAME, MONDAY + DAY + timedelta(hours=1))
    github.world.recreate(NAME, repo_id=NEW, at=MONDAY + DAY + timedelta(hours=2), stars=3)
    for day in (2, 3):
        count(config.model_copy(update={"lists": config.lists[1:]}), github, MONDAY + day * DAY)
    build.run(config, None)
    return config.dashboards_folder, create_site_report(config, None), old


def read(path: Path) -> str:
    """Return the text of a file."""
    return path.read_text(encoding="utf-8")


def argument(path: Path) -> dict[str, Any]:
    """Return the data of a script below data/."""
    match = re.search(r"\A[\w.]+\(\"[^\"]*\",(.*)\);\n\Z", read(path), re.DOTALL)
    assert match
    return json.loads(match[1])  # type: ignore[no-any-return]


def test_each_has_its_own_page_and_data(built: tuple[Path, SiteReport, int]) -> None:
    """The repository that has the name today keeps the address; the other one has its id in the address."""
    folder, report, old = built
    first, second = sorted(report.projects, key=lambda project: project.repository.repo_id != old)
    assert [(project.repository.repo_id, project.is_namesake) for project in (first, second)] == [
        (old, True),
        (NEW, False),
    ]
    assert first.current
    assert second.current
    slugs = {old: f"{NAME}~{old}", NEW: NAME}
    for project in (first, second):
        assert project.current
        repo_id = project.repository.repo_id
        slug = slugs[repo_id]
        page = read(folder / "projects" / f"{slug}.html")
        assert f'<dd class="value">{project.current.stars:,}</dd>' in page
        assert f'data-project="{slug}"' in page
        data = argument(folder / "data" / "history" / f"{slug}.js")
        assert data["tracks"][0]["columns"]["stars"] == list(report.history[repo_id].stars)
        assert data["name"] == project.title
        assert f"{project.current.stars:,}" in read(folder / "charts" / "projects" / f"{slug}-light.svg")
    assert first.title == f"{NAME} (repository {old})"


def test_pages_link_to_each_other(built: tuple[Path, SiteReport, int]) -> None:
    """Each page links to the other. Only the repository that has the name today links to GitHub."""
    folder, _report, old = built
    new_page = read(folder / "projects" / f"{NAME}.html")
    old_page = read(folder / "projects" / f"{NAME}~{old}.html")
    assert f'<a href="https://github.com/{NAME}" rel="noopener">On GitHub</a>' in new_page
    assert "On GitHub" not in old_page
    assert f"This page shows the earlier one, with GitHub id {old}." in old_page
    assert f'href="../../projects/{NAME}~{old}.html"' in new_page
    assert f'href="../../projects/{NAME}.html"' in old_page
    overview = read(folder / "index.html")
    links = re.findall(r'<th scope="row"><a href="([^"]+)">', overview)
    assert sorted(links) == [f"projects/{NAME}.html", f"projects/{NAME}~{old}.html"]


def test_data_files_have_the_id(built: tuple[Path, SiteReport, int]) -> None:
    """The API, the downloads and the comparison page distinguish the two by id."""
    folder, report, old = built
    documents = {
        document["repo_id"]: document
        for document in json.loads(read(folder / "api" / "v1" / "projects.json"))["projects"]
    }
    assert {repo_id: (document["page"], document["is_namesake"]) for repo_id, document in documents.items()} == {
        old: (f"projects/{NAME}~{old}.html", True),
        NEW: (f"projects/{NAME}.html", False),
    }
    for project in report.projects:
        assert project.current
        assert documents[project.repository.repo_id]["stars"] == project.current.stars
    rows = list(csv.DictReader(io.StringIO(read(folder / "data" / "projects.csv"))))
    assert {(row["repo"], row["repo_id"], row["list"]) for row in rows} == {
        (NAME, str(old), "old"),
        (NAME, str(NEW), "new"),
    }
    projects = argument(folder / "data" / "projects.js")["projects"]
    assert projects == [
        {"name": NAME},
        {"name": f"{NAME} (repository {old})", "slug": f"{NAME}~{old}"},
    ]


def test_a_failure_of_one_is_not_shown_for_the_other(config: Config, github: Server) -> None:
    """The new repository disappears. The old one has not been requested since."""
    count(config, github, MONDAY)
    old = github.world.named(NAME).repo_id
    github.world.delete(NAME, MONDAY + timedelta(hours=1))
    github.world.recreate(NAME, repo_id=NEW, at=MONDAY + timedelta(hours=2))
    newer = config.model_copy(update={"lists": config.lists[1:]})
    count(newer, github, MONDAY + DAY)
    github.world.delete(NAME, MONDAY + DAY + timedelta(hours=1))
    count(newer, github, MONDAY + 2 * DAY)
    missing = {project.repository.repo_id: project.missing for project in create_report(config, None).projects}
    assert missing[NEW]
    assert missing[old] is None


def test_an_entry_without_an_id_belongs_to_the_holder_of_the_name(config: Config, github: Server) -> None:
    """If a list adds a project on a day when GitHub fails for it, there is still one project."""
    count(config.model_copy(update={"lists": config.lists[:1]}), github, MONDAY)
    github.world.delete(NAME, MONDAY + timedelta(hours=1))
    count(config, github, MONDAY + DAY)
    (project,) = create_report(config, None).projects
    assert [name for name, _ in project.places] == ["old", "new"]
    assert project.current
    assert project.missing


NAMES = st.sampled_from(["a/b", "A/b", "a/B", "a/.b", "nul/x", "a/b-7", "x y/ü", "a/b~7"]) | st.text(
    string.ascii_letters + "~/.-",
    min_size=1,
    max_size=6,
)


@st.composite
def _projects(draw: st.DrawFn) -> list[Project]:
    numbers = draw(st.lists(st.integers(0, 40), max_size=12))
    made = [
        Project(Repository(number, draw(NAMES)), None, {}, (), is_namesake=number > 0 and draw(st.booleans()))
        for number in numbers
    ]
    return list({project.key: project for project in made}.values())


@given(_projects())
def test_projects_have_unique_paths(projects: list[Project]) -> None:
    """Paths are unique for any names, on every file system, and do not depend on the order of projects."""
    slugs = paths.project_slugs(projects)
    assert set(slugs) == {project.key for project in projects}
    assert len({slug.lower() for slug in slugs.values()}) == len(projects)
    assert paths.project_slugs(projects[::-1]) == slugs


@given(_projects(), st.integers(41, 60))
def test_the_address_of_a_namesake_has_its_id(projects: list[Project], number: int) -> None:
    """It does not depend on the other projects."""
    namesake = Project(Repository(number, "a/b"), None, {}, (), is_namesake=True)
    assert paths.project_slugs([*projects, namesake])[number] == f"a/b~{number}"


def _rename(report: SiteReport, number: int, name: str) -> SiteReport:
    projects = [
        replace(project, repository=replace(project.repository, name=name), is_namesake=True)
        if project.repository.repo_id == number
        else project
        for project in report.projects
    ]
    return replace(report, projects=tuple(projects))


def test_files_of_namesakes_do_not_collide() -> None:
    """With the same name, in the same or another case, each project has its own files with its own figures."""
    samples = [Sample("x/Y", {1: 5, 0: 10}), Sample("p/q", {1: 60, 0: 70}), Sample("r/s", {1: 400, 0: 500})]
    report = _rename(_rename(reports.make_report(samples), 2, "X/y"), 3, "x/Y")
    built = dashboards_build.build(report)
    assert len({path.lower() for path in built}) == len(built)
    for slug, stars in {"x/Y": 10, "X/y~2": 70, "x/Y~3": 500}.items():
        assert f'<dd class="value">{stars}</dd>' in str(built[f"projects/{slug}.html"])
        for path in (f"data/history/{slug}.js", f"charts/projects/{slug}-dark.svg"):
            assert path in built
    movers = re.findall(r'class="t\d"[^>]*>([^<]+)<', str(built["charts/movers-light.svg"]))
    assert len(set(movers)) == len(movers)


def test_events_link_to_the_right_repository() -> None:
    """Links go by id. Without a page, and if GitHub shows another repository, they lead to the list's page."""
    samples = [Sample("x/Y", {1: 90, 0: 110}), Sample("q/r", {1: 95, 0: 105})]
    report = _rename(reports.make_report(samples), 2, "x/Y")
    milestone = MilestoneReached(100, 110, 90, reports.AS_OF - DAY)
    events = (
        Event(reports.AS_OF, "x/Y", 1, ("first",), milestone),
        Event(reports.AS_OF, "x/Y", 2, ("first",), milestone, is_namesake=True),
        Event(reports.AS_OF, "x/Y", 99, ("first",), Removed("x/Y", ("Tools",)), is_namesake=True),
        Event(reports.AS_OF, "o/p", 98, ("first",), Removed("o/p", ("Tools",))),
    )
    built = dashboards_build.build(
        replace(report, events=events, weeks=(CalendarWeek(date(2026, 11, 23), report.projects, events),)),
    )
    feed = ET.fromstring(str(built["feeds/all.xml"]).encode())  # noqa: S314 - we wrote it
    entries = list(feed.iter(f"{ATOM}entry"))
    links = {
        entry.findtext(f"{ATOM}title"): link.get("href")
        for entry in entries
        if (link := entry.find(f"{ATOM}link")) is not None and "Rising" not in entry.findtext(f"{ATOM}title", "")
    }
    assert links == {
        "x/Y passed 100 stars": "../projects/x/Y.html",
        "x/Y (repository 2) passed 100 stars": "../projects/x/Y~2.html",
        "x/Y (repository 99) was removed from first": "../index.html",
        "o/p was removed from first": "https://github.com/o/p",
    }
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    digest = str(built["digest/2026-W48.html"])
    assert 'href="../projects/x/Y~2.html"' in digest
    assert "github.com/x/Y" not in digest
    assert "x/Y (repository 2) passed 100 stars" in str(built["digest/2026-W48.md"])


def test_a_namesake_is_not_reported_as_renamed() -> None:
    """The entry of the earlier repository must not use the name that the later one has."""
    samples = [Sample("x/Y", {1: 90, 0: 110}), Sample("q/r", {1: 95, 0: 105})]
    original = reports.make_report(samples)
    renamed = replace(original, projects=(original.projects[0], *_rename(original, 2, "x/Y").projects[1:]))
    assert [finding.kind for finding in health.findings(renamed)] == []
    plain = replace(renamed.projects[1], is_namesake=False)
    assert [finding.kind for finding in health.findings(replace(renamed, projects=(plain,)))] == [health.Kind.RENAMED]
