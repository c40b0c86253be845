"""What people read is checked against what is there."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from conftest import NOW, connect
from startrack import config, errors
from startrack.config import Config, ListConfig
from startrack.demo.server import Server
from startrack.github import collector
from startrack.model.changes import Window
from startrack.readme import tables
from startrack.store import database
from startrack.trends.ranking import RankBy
from startrack.workflows import backfill, build, doctor, snapshot, trending

ROOT = Path(__file__).parents[1]
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    check=True,
    capture_output=True,
    text=True,
).stdout.splitlines()
MARKDOWN = [name for name in TRACKED if name.endswith(".md") and not name.startswith(("tests/", "src/"))]


def text(name: str) -> str:
    """Return a file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def classes(root: type[errors.StartrackError] = errors.StartrackError) -> Iterator[type[errors.StartrackError]]:
    """Yield an error class and all below it."""
    yield root
    for each in root.__subclasses__():
        yield from classes(each)


@pytest.mark.parametrize("name", MARKDOWN)
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link and picture is there."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text(name)):
        assert (ROOT / name).parent.joinpath(target).exists(), target


def test_pictures_are_shown_and_small() -> None:
    """Each stands in a page of the documentation, and none keeps a reader waiting."""
    pictures = sorted((ROOT / "docs" / "images").iterdir())
    shown = {name for page in MARKDOWN for name in re.findall(r"!\[[^]]+\]\((?:docs/)?images/([^)]+)\)", text(page))}
    assert {picture.name for picture in pictures} == shown
    assert max(picture.stat().st_size for picture in pictures) <= 250_000


def test_exit_codes_are_one_per_class_and_documented() -> None:
    """The table of the documentation, the tree in the module and the classes agree."""
    told = dict(re.findall(r"\| (\d+) \| (.+) \|", text("docs/commands.md")))
    ours = {each for each in classes() if each.__module__ == "startrack.errors" and each.exit_code > 1}
    assert len({each.exit_code for each in ours}) == len(ours)
    assert {int(code) for code in told} == {0, 1} | {each.exit_code for each in ours}
    for each in ours:
        assert re.search(rf"{each.__name__} +{each.exit_code} ", errors.__doc__ or "")
        assert (each.__doc__ or "").splitlines()[0].rstrip(".").lower() == told[str(each.exit_code)].lower()


def test_the_example_configuration_is_one(tmp_path: Path) -> None:
    """It loads, it names every key there is, and the values it calls defaults are."""
    (example,) = re.findall(r"```toml\n(.*?)```", text("docs/configuration.md"), re.DOTALL)
    path = tmp_path / "startrack.toml"
    path.write_text(example, encoding="utf-8")
    loaded, found = config.load(path), tomllib.loads(example)
    assert found.keys() == Config.model_fields.keys() - {"root"}
    assert found["lists"][0].keys() == ListConfig.model_fields.keys()
    default = Config()
    for name in ("github", "snapshots", "dashboards", "readme", "schedule", "trends"):
        keys = type(getattr(default, name)).model_fields.keys()
        assert found[name].keys() == keys
    assert loaded.snapshots.folder == default.snapshots.folder
    assert loaded.dashboards.model_copy(update={"base_url": None}) == default.dashboards
    assert (loaded.schedule, loaded.trends) == (default.schedule, default.trends)


def test_columns_and_attributes_are_documented() -> None:
    """Every column and attribute of a table has its row."""
    rows = set(re.findall(r"^\| `(\w+)` \|", text("docs/tables.md"), re.MULTILINE))
    assert rows == tables.COLUMNS.keys() | {"list", "section", "sort", "window", "limit", "columns"}
    assert all(f"`{by}`" in text("docs/tables.md") for by in RankBy)


def test_batches_are_as_documented() -> None:
    """The table of what is asked when has the sizes of the code."""
    sizes = [int(size) for size in re.findall(r"\| (\d+) \|$", text("docs/counting.md"), re.MULTILINE)]
    assert sizes == [collector.LIGHT_BATCH, collector.DETAILS_BATCH, collector.COMMITS_BATCH]


def test_every_statement_is_run(tmp_path: Path, github: Server) -> None:
    """No SQL file lies about unused: an ordinary life of a database runs each of them."""
    database.text.cache_clear()
    tracked = Config(lists=(ListConfig(source="list.md"),), root=tmp_path)
    (tmp_path / "list.md").write_text(github.world.list_text("best-of-ml-python", NOW), encoding="utf-8")
    for at in (NOW, NOW, NOW - timedelta(days=1)):
        github.clock.set(at)
        with connect(github) as client:
            snapshot.run(tracked, client, at, github.clock.now, lambda _done, _total: None)
            backfill.run(tracked, client, at, backfill.Effort(budget=80))
    trending.run(tracked, trending.Ranking(Window(30)), None)
    build.run(tracked, None)
    doctor.run(tracked, None, lambda: connect(github), NOW)
    run = database.text.cache_info().currsize
    sql = files("startrack") / "sql"
    names = [path for folder in sql.iterdir() for path in folder.iterdir() if path.name.endswith(".sql")]
    assert run == len(names)


def test_statements_say_what_they_are_for() -> None:
    """Each begins with a comment and keeps its words in lower case."""
    for path in (ROOT / "src" / "startrack" / "sql").rglob("*.sql"):
        statement = path.read_text(encoding="utf-8")
        assert statement.startswith("-- "), path.name
        code = re.sub(r"--.*|'[^']*'", "", statement)
        assert code == code.lower(), path.name


def test_trend_statements_keep_to_what_spark_shares() -> None:
    """No ASOF join, no list functions, no table functions of DuckDB's own."""
    for path in (ROOT / "src" / "startrack" / "sql" / "trends").glob("*.sql"):
        assert not re.search(r"\basof\b|list_|unnest|read_csv|::|qualify|exclude", path.read_text(encoding="utf-8")), (
            path
        )


def test_the_readme_opens_with_what_it_does() -> None:
    """What it is, a picture, the two commands: in this order, and the commands are there."""
    readme = text("README.md")
    places = [readme.index(part) for part in ("reads an awesome list", "![", "make run", "make test")]
    assert places == sorted(places)
    assert {"run:", "test:"} <= {line.split(" ")[0] for line in text("Makefile").splitlines()}
    assert "make test" in text(".ci/run")


def test_commands_in_the_documentation_exist() -> None:
    """Whatever follows `startrack` in code is a command, and every command is documented."""
    done = subprocess.run([sys.executable, "-m", "startrack", "--help"], check=True, capture_output=True, text=True)
    known = set(re.findall(r"^  (\w+)  ", done.stdout.partition("Commands:")[2], re.MULTILINE))
    told = set()
    for name in MARKDOWN:
        spans = re.findall(r"```sh\n(.*?)```|`(startrack[^`]+)`", text(name), re.DOTALL)
        code = "\n".join("".join(each) for each in spans)
        found = re.findall(r"^startrack(?: --?[\w-]+)* ([a-z]+)", code, re.MULTILINE)
        assert set(found) <= known, name
        told |= set(found)
    assert told == known


def test_this_repository_invents_no_figure() -> None:
    """Its table has no figures before the first real run, and no demo output is committed."""
    counted = [name for name in TRACKED if re.match(r"snapshots/\d", name)]
    table = text("README.md").partition("<!-- startrack:table list=")[2].partition("<!-- startrack:end -->")[0]
    assert bool(counted) == ("Not counted yet" not in table)
    assert not [name for name in TRACKED if name.startswith("demo-output/")]


def test_no_file_names_a_registry_or_leaves_a_note_to_self() -> None:
    """Versions are pinned without addresses, and nothing is left for later."""
    words = ["index" + "-url", "pypi." + "org", "npmjs" + ".", "TO" + "DO", "FIX" + "ME", "pythonhosted" + "."]
    for name in TRACKED:
        path = ROOT / name
        if path.suffix not in (".png", ".csv") and path.is_file():
            content = path.read_text(encoding="utf-8", errors="replace")
            assert not [word for word in words if word in content], name


def test_versions_are_pinned() -> None:
    """Every direct dependency stands in the constraints with one version."""
    project = tomllib.loads(text("pyproject.toml"))["project"]
    wanted = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    names = {re.split(r"[<>=\[;]", each)[0].lower() for each in wanted} - {"startrack"}
    pinned = {line.partition("==")[0].lower() for line in text("constraints.txt").splitlines()}
    assert names <= pinned
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in text("constraints.txt").splitlines())
