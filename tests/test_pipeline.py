"""The complete pipeline: from a list to day files, database, dashboards and README tables."""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from conftest import connect
from startrack.cli import formats
from startrack.config import Config, DashboardsConfig, ListConfig, ReadmeConfig
from startrack.demo import faults
from startrack.demo.access import Clock
from startrack.demo.faults import FaultRule
from startrack.demo.lists import demo_world
from startrack.demo.server import Server, serving
from startrack.errors import ConfigError
from startrack.model.cadence import Cadence
from startrack.model.changes import Change, Unknown, Window
from startrack.model.repository import Reason
from startrack.workflows import build, snapshot, trending
from startrack.workflows import lists as workflows_lists
from startrack.workflows.report import create_report, create_site_report

HERE = Path(__file__).parent
LIST = "mllms-reasoning.md"
OPEN = b'<!-- startrack:table section="Open-Source Projects" sort=stars window=1d figures=exact -->'
END = b"<!-- startrack:end -->"
MINUS = "\N{MINUS SIGN}"
NAMES = ("hiyouga", "new-home")
MONDAY = datetime(2025, 6, 23, 5, 17)
HOSTILE = (
    "<script>alert(1)</script> | ] ` \n\r\t --> </script> \u202e \u05d0\u05d1 =1+1 \"'<!-- startrack:end -->"
    + "x" * 10_000
)


@pytest.fixture
def github() -> Iterator[Server]:
    """Serve the demo's world, with commits and stars that change every day."""
    with serving(demo_world(), clock=Clock(MONDAY)) as server:
        yield server


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a configuration with the owner's list, which has a table block in its project section."""
    data = (HERE / "lists" / LIST).read_bytes()
    head, heading, rest = data.partition(b"Open-Source Projects\n")
    assert rest
    marked = head + heading + b"\n" + OPEN + b"\n" + END + b"\n\n" + rest
    (tmp_path / LIST).write_bytes(marked)
    return Config(lists=(ListConfig(source=LIST),), root=tmp_path)


def update(config: Config, github: Server, at: datetime) -> snapshot.SnapshotResult:
    """Take a snapshot and build, at an instant of the demo's clock."""
    github.clock.set(at)
    with connect(github) as client:
        taken = snapshot.run(config, client, at, github.clock.now, lambda _done, _total: None)
    build.run(config, None)
    return taken


def _ranked(config: Config) -> str:
    ranked = trending.run(config, trending.Ranking(Window(1)), None)
    return formats.write(formats.ranking(ranked), formats.Format.JSON)


def query(config: Config, sql: str) -> list[tuple[object, ...]]:
    """Return the rows of a query on the database."""
    with duckdb.connect(str(config.database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_the_owners_list_on_three_days(config: Config, github: Server) -> None:
    """The table is right each day, other bytes of the list stay, and a database rebuilt from day files is equal."""
    config = config.model_copy(update={"readme": ReadmeConfig(cadence=Cadence.DAILY)})
    before = (config.root / LIST).read_bytes()
    for day in range(3):
        taken = update(config, github, MONDAY + timedelta(days=day))
        assert (taken.run.counted, taken.missing, taken.problems) == (23, (), ())
        text = (config.root / LIST).read_bytes()
        head, _, rest = text.partition(OPEN)
        table, _, tail = rest.partition(END)
        assert head + OPEN + b"\n" + END + tail == before
        _table_is_right(table.decode(), github)
    assert table.decode().strip() == (HERE / "golden" / "mllms-table.md").read_text(encoding="utf-8").strip()
    rows = _ranked(config)
    config.database.unlink()
    assert _ranked(config) == rows
    assert len(json.loads(rows)) == 23
    assert build.run(config, None, check=True).changed == ()


def _table_is_right(table: str, github: Server) -> None:
    now = github.clock.now()
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| [")]
    assert len(rows) == 11
    for name, stars, change, forks, commits, *_ in rows:
        hosted = github.world.find(name[1:].partition("]")[0], now)
        assert hosted is not None
        figures, yesterday = hosted.figures.at(now), hosted.figures.at(now - timedelta(days=1))
        assert [stars, forks, commits] == [f"{each:,}" for each in (figures.stars, figures.forks, figures.commits)]
        gain = figures.stars - yesterday.stars
        assert change in ("n/a (too young)", f"{gain:+,}".replace("-", MINUS) if gain else "0")


def test_a_second_build_writes_nothing(config: Config, github: Server) -> None:
    """A build without new counts changes no file."""
    update(config, github, MONDAY)
    assert build.run(config, None).changed == ()
    update(config, github, MONDAY)
    assert build.run(config, None).changed == ()


def test_a_missing_project_does_not_affect_the_others(config: Config, github: Server) -> None:
    """A deleted project keeps its last count with a mark; the others are counted."""
    update(config, github, MONDAY)
    github.world.delete("hiyouga/EasyR1", MONDAY + timedelta(hours=1))
    taken = update(config, github, MONDAY + timedelta(days=1))
    assert [(each.asked, each.reason) for each in taken.missing] == [("hiyouga/EasyR1", Reason.NOT_FOUND)]
    drawn = create_report(config, None)
    (gone,) = [each for each in drawn.projects if each.missing]
    assert (gone.name, gone.current is not None, gone.changes[Window(1)]) == ("hiyouga/EasyR1", True, Unknown.GAP)
    assert "(not found since)" in (config.root / LIST).read_text(encoding="utf-8", errors="replace")


def test_batch_sizes_are_kept_for_the_next_run(config: Config, github: Server) -> None:
    """The next run starts with the last batch sizes; both runs record their requests."""
    github.faults.add(FaultRule(faults.bad_gateway(502), operation="graphql", more_than=6))
    first = update(config, github, MONDAY).run
    assert (first.counted, first.light_batch) == (23, 6)
    assert first.requests == sum(
        each or 0
        for each in (first.light_requests, first.details_requests, first.commits_requests, first.other_requests)
    )
    github.requests.clear()
    second = update(config, github, MONDAY + timedelta(days=1)).run
    assert max(each.aliases for each in github.requests) <= 8
    recorded = query(config, "select light_requests, light_batch, waited from runs order by run_id")
    assert recorded == [(each.light_requests, each.light_batch, each.waited) for each in (first, second)]


def test_series_follow_the_repository_id(config: Config, github: Server) -> None:
    """A renamed repository keeps its series; a new repository with the old name starts a new one."""
    update(config, github, MONDAY)
    github.world.rename("hiyouga/EasyR1", "moved/EasyR1", MONDAY + timedelta(hours=1))
    update(config, github, MONDAY + timedelta(days=1))
    drawn = create_site_report(config, None)
    (moved,) = [each for each in drawn.projects if each.name == "moved/EasyR1"]
    assert (moved.old_names, len(drawn.history[moved.repository.repo_id])) == (("hiyouga/EasyR1",), 2)
    assert isinstance(moved.changes[Window(1)], Change)
    github.world.recreate("hiyouga/EasyR1", repo_id=77, at=MONDAY + timedelta(days=1, hours=1), stars=3)
    update(config, github, MONDAY + timedelta(days=2))
    drawn = create_site_report(config, None)
    (new,) = [each for each in drawn.projects if each.name == "hiyouga/EasyR1"]
    assert (new.repository.repo_id, new.changes[Window(1)], len(drawn.history[77])) == (77, Unknown.TOO_YOUNG, 1)


def test_renames_duplicates_and_takeovers_are_reported(config: Config, github: Server) -> None:
    """Renames and duplicates are reported by every run; a name that another repository took is reported once."""
    source = config.root / LIST
    source.write_bytes(source.read_bytes() + b"\n- [again](https://github.com/new-home/EasyR1)\n")
    update(config, github, MONDAY)
    github.world.rename("hiyouga/EasyR1", "new-home/EasyR1")
    taken = update(config, github, MONDAY + timedelta(days=1))
    lines = source.read_text(encoding="utf-8").splitlines()
    # The last ones: the table of the README is above them.
    old, new = (max(i for i, line in enumerate(lines, start=1) if f"{name}/EasyR1" in line) for name in NAMES)
    assert [str(each) for each in taken.name_changes] == [
        "hiyouga/EasyR1 was renamed to new-home/EasyR1 (its history continues); use the new name in the list",
        (
            f"mllms-reasoning, line {old}: hiyouga/EasyR1 is a duplicate of new-home/EasyR1 in line {new} "
            f"(both are new-home/EasyR1); remove the entry in line {old}"
        ),
    ]
    github.world.recreate("hiyouga/EasyR1", repo_id=77, at=MONDAY + timedelta(days=1, hours=1))
    taken = update(config, github, MONDAY + timedelta(days=2))
    assert [str(each) for each in taken.name_changes] == [
        "warning: hiyouga/EasyR1 is now a different repository (its history starts again); check the entry",
    ]
    assert update(config, github, MONDAY + timedelta(days=3)).name_changes == ()


def test_states_are_shown(config: Config, github: Server) -> None:
    """Archived, disabled, locked, fork, mirror, empty: each state is stored and shown on the project's page."""
    names = ["hiyouga/EasyR1", "om-ai-lab/VLM-R1", "TideDra/lmm-r1"]
    marked = replace(
        github.world.named(names[0]),
        is_disabled=True,
        is_locked=True,
        is_fork=True,
        is_mirror=True,
        archived_at=MONDAY,
    )
    github.world.put(marked)
    github.world.put(replace(github.world.named(names[2]), is_fork=True, parent_id=marked.repo_id))
    github.world.empty(names[1])
    update(config, github, MONDAY)
    config.database.unlink()
    build.run(config, None)
    pages = [(config.dashboards_folder / "projects" / f"{name}.html").read_text() for name in names]
    state = "archived, disabled by GitHub, locked by GitHub, a fork and a mirror"
    assert f"<dt>State</dt><dd><bdi>{state}</bdi></dd>" in pages[0]
    assert "<dt>State</dt><dd><bdi>empty</bdi></dd>" in pages[1]
    assert "<dt>State</dt><dd><bdi>a fork of hiyouga/EasyR1</bdi></dd>" in pages[2]


def test_a_project_listed_by_its_old_name_can_go_missing(config: Config, github: Server) -> None:
    """It is reported as missing and keeps its last count."""
    github.world.rename("hiyouga/EasyR1", "moved/EasyR1", MONDAY - timedelta(hours=1))
    update(config, github, MONDAY)
    github.world.delete("moved/EasyR1", MONDAY + timedelta(hours=1))
    update(config, github, MONDAY + timedelta(days=1))
    (gone,) = [each for each in create_report(config, None).projects if each.missing]
    assert (gone.name, gone.current is not None) == ("moved/EasyR1", True)
    assert gone.missing_at == MONDAY + timedelta(days=1)


def test_hostile_text_has_no_effect(config: Config, github: Server) -> None:
    """Hostile descriptions and titles stay text in day files, CSV, pages and tables."""
    github.world.describe("hiyouga/EasyR1", HOSTILE)
    readme = config.root / LIST
    # In the list itself a comment of ours amid text is an error; as a description it is text.
    title = " ".join(HOSTILE.replace("startrack:end", "end").split())
    table = f"{OPEN.decode()}\n{END.decode()}\n".replace('section="Open-Source Projects" ', "")
    entry = f"* [{title}] [Code](https://github.com/hiyouga/EasyR1)"
    readme.write_text(f"# List\n\n## {title}\n\n{entry}\n\n{table}", encoding="utf-8")
    update(config, github, MONDAY)
    update(config, github, MONDAY + timedelta(days=1))
    assert query(config, "select count(*), count(distinct repo_id) from counts") == [(2, 1)]
    pages = [path.read_text(encoding="utf-8") for path in config.dashboards_folder.rglob("*.html")]
    assert pages
    assert not [page for page in pages if "<script>alert(1)" in page]
    table = readme.read_text(encoding="utf-8")
    assert table.splitlines()[-1] == END.decode()
    assert build.run(config, None, check=True).changed == ()
    described = query(config, "select description from repos")
    assert described == [(" ".join(HOSTILE.replace("\u202e", " ").split()),)]


def test_an_unreadable_list_is_counted_as_last_read(config: Config, github: Server) -> None:
    """Its projects are still counted, whether it is the only list or not, and the error is reported."""
    update(config, github, MONDAY)
    alone = (config.root / LIST).rename(config.root / "away")
    taken = update(config, github, MONDAY + timedelta(hours=1))
    assert (taken.run.counted, len(taken.problems)) == (23, 1)
    alone.rename(config.root / LIST)
    second = config.root / "second.md"
    second.write_text("* [x](https://github.com/vega/altair)\n", encoding="utf-8")
    both = config.model_copy(update={"lists": (*config.lists, ListConfig(source="second.md"))})
    update(both, github, MONDAY + timedelta(days=1))
    second.unlink()
    taken = update(both, github, MONDAY + timedelta(days=2))
    assert taken.run.counted == 24
    assert "second.md" in taken.problems[0]


def test_lists_on_github_and_by_url(config: Config, github: Server) -> None:
    """OWNER/NAME is read through the API, a URL directly."""
    url = f"{github.api_url}/repos/Open-DataFlow/Awesome_MLLMs_Reasoning/readme"
    found = Config(
        lists=(
            ListConfig(source="Open-DataFlow/Awesome_MLLMs_Reasoning"),
            ListConfig(source="ml-tooling/best-of-ml-python:README.md", name="best"),
        ),
        root=config.root,
    )
    with connect(github) as client:
        lists, problems = workflows_lists.read_lists(found, lambda: client)
        assert ([len(each.entries) for each in lists], problems) == ([23, 61], [])
        for source, message in {
            "no-such/list": "no readable README",
            f"{url}/nothing.md": "returned status 404",
            "https://user:secret@x.invalid/list.md": "password or token",
            "https://x.invalid/list.md?access_token=secret": "password or token",
        }.items():
            _, (problem,) = workflows_lists.read_lists(Config(lists=(ListConfig(source=source),)), lambda: client)
            assert message in str(problem)
            assert "secret" not in str(problem)


def test_two_lists_with_the_same_name_are_an_error(config: Config, github: Server) -> None:
    """Their files would overwrite each other."""
    shutil.copytree(config.root, config.root / "copy")
    both = config.model_copy(update={"lists": (*config.lists, ListConfig(source=f"copy/{LIST}"))})
    with connect(github) as client, pytest.raises(ConfigError, match="two lists are named"):
        workflows_lists.read_lists(both, lambda: client)


def test_a_malformed_block_stops_nothing_else(config: Config, github: Server) -> None:
    """It stays, the problem names its line, and pages and the other blocks are written."""
    update(config, github, MONDAY)
    shutil.rmtree(config.dashboards_folder)
    readme = config.root / "README.md"
    for attribute, message in (
        ("columns=nothing", "unknown column 'nothing'; use one of"),
        (f"limit={'9' * 5000}", "invalid limit '9+'; use a number from 1 to 1000"),
        ("limit=\u0663", "invalid limit '\u0663'; use a number from 1 to 1000"),
    ):
        wrong = f"# x\n\n<!-- startrack:table {attribute} -->\n<!-- startrack:end -->\n"
        readme.write_text(f"{wrong}We list <!-- startrack:count --><!-- startrack:end -->.\n", encoding="utf-8")
        (problem,) = build.run(config, None).problems
        assert re.search(rf"README\.md:3: {message}", problem)
        text = readme.read_text(encoding="utf-8")
        assert text.startswith(wrong)
        assert re.search(r"-->\d+<!-- startrack:end -->\.", text)
    assert (config.dashboards_folder / "index.html").exists()


def test_a_table_before_the_first_run_says_so(config: Config) -> None:
    """There are no figures before the first count."""
    readme = config.root / "README.md"
    readme.write_text("<!-- startrack:table list=x -->\n<!-- startrack:end -->\n", encoding="utf-8")
    named = config.model_copy(
        update={"lists": (ListConfig(source=LIST, name="x"),), "readme": ReadmeConfig(file=(Path("README.md"),))},
    )
    build.run(named, None)
    assert "\nNot counted yet: the first run fills this in.\n" in readme.read_text(encoding="utf-8")


def test_folder_and_title_are_configurable(config: Config, github: Server) -> None:
    """Pages are written to the configured folder, with the configured title."""
    dashboards = DashboardsConfig(folder=Path("site"), title="A <title>")
    update(config.model_copy(update={"dashboards": dashboards}), github, MONDAY)
    assert "A &lt;title&gt;" in (config.root / "site" / "index.html").read_text(encoding="utf-8")
