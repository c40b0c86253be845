"""A build that would change nothing ends without a report; whatever a build reads or has written makes a full one."""

import gc
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import startrack
from startrack import files
from startrack.config import Config, DashboardsConfig, GitHubConfig, ListConfig, ScheduleConfig, TrendsConfig
from startrack.errors import ClockError, WriteError
from startrack.model.changes import Window
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Repository
from startrack.model.runs import Run
from startrack.store.snapshots import Snapshots
from startrack.workflows import build, build_record

FIRST = datetime(2026, 3, 2, 5)
DAYS = 3
LAST = FIRST + timedelta(days=DAYS - 1)
MAX_SEARCHES = 4  # with the usual thresholds, seven
TABLE = "# List\n\n<!-- startrack:table -->\n<!-- startrack:end -->\n"

# Builds, and once more after its files have changed.
UPGRADED = """
import sys
from pathlib import Path
from startrack import config as configuration
from startrack.store.snapshots import Snapshots
from startrack.workflows import build

config = configuration.load(Path(sys.argv[1]))
assert build.run(config, None).report
Path(sys.argv[2]).open("a").write("<!-- new -->\\n")
Snapshots(config.snapshots_folder).build_record.unlink()
assert build.run(config, None).report
"""


def record_run(config: Config, at: datetime) -> None:
    """Write the files of a run that counts two repositories."""
    snapshots = Snapshots(config.snapshots_folder)
    entries = tuple(Entry(f"o/r{i}", f"r{i}", ("Tools",), f"https://github.com/o/r{i}", i) for i in (1, 2))
    counted = [Counted(f"o/r{i}", Repository(i, f"o/r{i}"), 10 * i + at.day, i) for i in (1, 2)]
    run = Run(at.day, at, at, "done", 2, 2, 0, 1, 1, "0")
    files.write(snapshots.drafts(run, counted, [List("tools", "README.md", entries)]), below=snapshots.folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Return a project that was counted on three days and has been built, with a copy beside it."""
    root = tmp_path_factory.mktemp("built") / "project"
    root.mkdir()
    (root / "README.md").write_text(TABLE, encoding="utf-8")
    config = Config(lists=(ListConfig(source="README.md", name="tools"),), root=root)
    for day in range(DAYS):
        record_run(config, FIRST + timedelta(days=day))
    assert build.run(config, None, LAST).report
    shutil.copytree(root, root.with_name("copy"))
    return config


@pytest.fixture
def config(built: Config) -> Config:
    """Return the project as it was after its build, at the same place."""
    shutil.rmtree(built.root)
    shutil.copytree(built.root.with_name("copy"), built.root)
    assert is_unchanged(built)
    return built


def is_unchanged(config: Config, as_of: datetime | None = None, now: datetime = LAST) -> bool:
    """Build, and say whether no report was made."""
    result = build.run(config, as_of, now)
    assert result.report or not result.changed
    return result.report is None


def edit(path: Path, old: str, new: str) -> None:
    """Change a text to another one of the same length, and set the times of the file back."""
    status, content = path.stat(), path.read_text(encoding="utf-8")
    assert old in content
    assert len(old) == len(new)
    path.write_text(content.replace(old, new), encoding="utf-8", newline="")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_few_searches_for_cycles(config: Config) -> None:
    """A build makes many values and hardly any cycle. Python seldom looks for cycles until the build has ended."""
    searches: list[str] = []

    def on_search(phase: str, _info: dict[str, int]) -> None:
        searches.append(phase)

    shutil.rmtree(config.dashboards_folder)
    thresholds = gc.get_threshold()
    gc.callbacks.append(on_search)
    try:
        assert not is_unchanged(config)
    finally:
        gc.callbacks.remove(on_search)
    assert searches.count("start") < MAX_SEARCHES
    assert gc.get_threshold() == thresholds


def test_nothing_is_made_or_written(config: Config) -> None:
    """The result has the number of files, and no file changes; a database is not even looked for."""
    total = build.run(config, None, LAST).total
    config.database.unlink()
    before = {path: path.stat().st_mtime_ns for path in config.root.rglob("*") if path.name != ".startrack-build.lock"}
    result = build.run(config, None, LAST)
    assert (result.changed, result.problems, result.report, result.total) == ((), (), None, total)
    assert build.run(config, None, LAST, check=True) == result
    assert before == {path: path.stat().st_mtime_ns for path in before}
    built = [path for path in config.dashboards_folder.rglob("*") if path.is_file()]
    assert total == len(built) - 1 + 1  # without the manifest, with the README


def test_the_same_inputs_give_the_same_files(config: Config) -> None:
    """Without the record everything is made again, and nothing differs."""
    Snapshots(config.snapshots_folder).build_record.unlink()
    result = build.run(config, None, LAST)
    assert result.report
    assert result.changed == ()
    assert is_unchanged(config)


READ: Mapping[str, Callable[[Config], object]] = {
    "a count": lambda config: edit(config.snapshots_folder / "2026" / "2026-03-02.csv", ",12,", ",11,"),
    "a day": lambda config: record_run(config, LAST - timedelta(hours=1)),
    "a removed day": lambda config: (config.snapshots_folder / "2026" / "2026-03-03.csv").unlink(),
    "the runs": lambda config: edit(config.snapshots_folder / "2026" / "runs.csv", ",done,", ",fail,"),
    "a repository": lambda config: edit(config.snapshots_folder / "repositories.csv", "o/r1", "o/s1"),
    "a list": lambda config: edit(config.snapshots_folder / "lists" / "tools.csv", "Tools", "Works"),
    "the lists": lambda config: edit(config.snapshots_folder / "lists.csv", "README.md", "readme.md"),
    "a table": lambda config: edit(config.root / "README.md", "o/r1", "o/s1"),
    "a README with another table": lambda config: (config.root / "README.md").write_text(TABLE * 2, encoding="utf-8"),
    "no README": lambda config: (config.root / "README.md").unlink(),
}
WRITTEN: Mapping[str, Callable[[Config], object]] = {
    "a page": lambda config: edit(config.dashboards_folder / "index.html", "Star trends", "Star trxnds"),
    "no page": lambda config: (config.dashboards_folder / "projects" / "o" / "r1.html").unlink(),
    "a download": lambda config: (config.dashboards_folder / "data" / "projects.parquet").write_bytes(b""),
    "no manifest": lambda config: (config.dashboards_folder / ".startrack-files").unlink(),
    "no folder": lambda config: shutil.rmtree(config.dashboards_folder),
    "no record": lambda config: Snapshots(config.snapshots_folder).build_record.unlink(),
    "half a record": lambda config: Snapshots(config.snapshots_folder).build_record.write_bytes(b'{"inputs": {'),
    "a strange record": lambda config: Snapshots(config.snapshots_folder).build_record.write_bytes(b'{"total": []}'),
}


@pytest.mark.parametrize("what", [*READ, *WRITTEN])
def test_another_file_makes_a_full_build(config: Config, what: str) -> None:
    """Even one of the same size with the same times. An edited page is an error, as in every full build."""
    {**READ, **WRITTEN}[what](config)
    check = "edited" if what in ("a page", "a download") else ""
    if check:
        with pytest.raises(WriteError, match="was edited since startrack wrote it"):
            build.run(config, None, LAST)
        return
    assert not is_unchanged(config)
    assert is_unchanged(config)


@pytest.mark.parametrize("name", ["index.html", "projects", "projects/o/r1.html"])
def test_a_link_makes_a_full_build(config: Config, name: str) -> None:
    """To the very same content: nothing is written through links, so it is an error."""
    path = config.dashboards_folder / name
    path.rename(config.root / "moved")
    path.symlink_to(config.root / "moved")
    with pytest.raises(WriteError, match="is a symbolic link"):
        build.run(config, None, LAST)


SETTINGS: Mapping[str, Mapping[str, object]] = {
    "title": {"dashboards": DashboardsConfig(title="Other")},
    "address": {"dashboards": DashboardsConfig(base_url="https://example.com")},
    "folder": {"dashboards": DashboardsConfig(folder=Path("site"))},
    "windows": {"trends": TrendsConfig().model_copy(update={"windows": (Window(7),)})},
    "order": {"trends": TrendsConfig(sort="stars")},
    "label": {"lists": (ListConfig(source="README.md", name="tools", label="beta"),)},
    "no lists": {"lists": ()},
}


@pytest.mark.parametrize("what", SETTINGS)
def test_another_configuration_makes_a_full_build(config: Config, what: str) -> None:
    """And so does the way back."""
    other = config.model_copy(update=SETTINGS[what])
    assert not is_unchanged(other)
    assert is_unchanged(other)
    assert not is_unchanged(config)


def test_a_list_that_gets_a_file_makes_a_full_build(config: Config) -> None:
    """A source is a file if there is one, so the default name of a list may change."""
    other = config.model_copy(update={"lists": (ListConfig(source="owner/name"),)})
    assert not is_unchanged(other)
    assert is_unchanged(other)
    (config.root / "owner").mkdir()
    (config.root / "owner" / "name").write_text("- [r1](https://github.com/o/r1)\n", encoding="utf-8")
    assert not is_unchanged(other)


def test_settings_of_other_commands_do_not_matter(config: Config) -> None:
    """A build asks no API, and tells nobody how it ended."""
    other = {"github": GitHubConfig(reserve=7), "schedule": ScheduleConfig(hook_timeout=7)}
    assert is_unchanged(config.model_copy(update=other))


def test_another_schedule_makes_a_full_build(config: Config) -> None:
    """The pages know when the next count is due."""
    other = config.model_copy(update={"schedule": ScheduleConfig(cron="1 2 * * *")})
    assert not is_unchanged(other)
    assert is_unchanged(other)


def test_times_of_files_do_not_matter(config: Config) -> None:
    """A checkout gives all files new times, and a clock may be wrong."""
    for path in config.root.rglob("*"):
        os.utime(path, (2_000_000_000, 2_000_000_000))
    assert is_unchanged(config)


def test_another_instant_makes_a_full_build(config: Config) -> None:
    """Also that of the last run, once it is given; an instant that is given decides alone."""
    assert not is_unchanged(config, FIRST)
    assert is_unchanged(config, FIRST, FIRST - timedelta(days=900))
    assert not is_unchanged(config, LAST)
    assert not is_unchanged(config)
    assert is_unchanged(config, None, LAST + timedelta(days=900))


def test_a_clock_that_is_behind_makes_a_full_build(config: Config) -> None:
    """Runs that are later than now count as soon as the clock has reached them."""
    assert not is_unchanged(config, None, LAST - timedelta(hours=1))
    assert is_unchanged(config, None, LAST - timedelta(hours=2))
    assert is_unchanged(config, None, LAST - timedelta(microseconds=1))
    assert not is_unchanged(config, None, LAST)
    with pytest.raises(ClockError):
        build.run(config, None, FIRST - timedelta(days=1))


def test_a_build_that_fails_leaves_no_record(config: Config) -> None:
    """So the next one is done in full, which also removes what a killed one has left."""
    page = config.dashboards_folder / "index.html"
    content = page.read_bytes()
    page.write_bytes(b"mine")
    with pytest.raises(WriteError):
        build.run(config, None, LAST)
    assert not Snapshots(config.snapshots_folder).build_record.exists()
    page.write_bytes(content)
    assert not is_unchanged(config)
    assert is_unchanged(config)


def test_problems_are_said_again(config: Config) -> None:
    """A build that changes nothing still says which block cannot be filled, until somebody mends it."""
    readme = config.root / "README.md"
    content = readme.read_text(encoding="utf-8")
    readme.write_text("<!-- startrack:table -->\n", encoding="utf-8")
    first, second = build.run(config, None, LAST), build.run(config, None, LAST)
    assert (first.report is None, second.report is None) == (False, True)
    assert first.problems == second.problems
    assert "README.md:1: startrack:table without an end" in first.problems[0]
    readme.write_text(content, encoding="utf-8")
    assert build.run(config, None, LAST).problems == build.run(config, None, LAST).problems == ()


def test_a_check_keeps_the_record(config: Config) -> None:
    """It writes nothing, and finds what differs."""
    record_run(config, LAST + timedelta(days=1))
    record = Snapshots(config.snapshots_folder).build_record
    before = record.read_bytes()
    assert build.run(config, None, check=True).changed
    assert record.read_bytes() == before
    assert not is_unchanged(config, None, datetime.max)


def test_every_input_has_a_test(config: Config) -> None:
    """A new one needs another test here. That of Python's version would need another Python."""
    snapshots = Snapshots(config.snapshots_folder)
    assert sorted(build_record.inputs(config, snapshots, None) or ()) == [
        *("as of", "configuration", "counts", "folder", "libraries", "lists", "python", "startrack"),
    ]
    assert set(json.loads(snapshots.build_record.read_bytes())) == {
        *("inputs", "as_of", "later_run", "readmes", "readme_problems", "unread", "manifest", "total"),
    }


def test_a_moved_project_is_built_in_full(config: Config, tmp_path: Path) -> None:
    """The names of lists may depend on where their files are."""
    copied = shutil.copytree(config.root, tmp_path / "copied")
    other = config.model_copy(update={"root": copied})
    assert not is_unchanged(other)
    assert is_unchanged(other)


def test_another_startrack_makes_a_full_build(config: Config, tmp_path: Path) -> None:
    """One whose version is the same, but not its template; or another version of a library."""
    (config.root / "startrack.toml").write_text('[[lists]]\nsource = "README.md"\nname = "tools"\n', encoding="utf-8")
    library = tmp_path / "library"
    own = Path(startrack.__file__).parent
    shutil.copytree(own, library / "startrack", ignore=shutil.ignore_patterns("demo", "__pycache__"))
    record = Snapshots(config.snapshots_folder).build_record

    template = library / "startrack" / "dashboards" / "templates" / "base.html.jinja"

    def inputs(*command: str) -> dict[str, str]:
        environment = {**os.environ, "PYTHONPATH": str(library)}
        subprocess.run([sys.executable, *command], check=True, env=environment, cwd=tmp_path, capture_output=True)
        inputs: dict[str, str] = json.loads(record.read_bytes())["inputs"]
        return inputs

    start = ("-m", "startrack", "--config", str(config.root / "startrack.toml"), "build")
    first = inputs(*start)
    record.unlink()
    # What it has read of its files is old: the next process builds with the new ones.
    assert inputs("-c", UPGRADED, str(config.root / "startrack.toml"), str(template)) == first
    second = inputs(*start)
    assert {name for name in first if first[name] != second[name]} == {"startrack"}
    assert "<!-- new -->" in (config.dashboards_folder / "index.html").read_text(encoding="utf-8")
    (library / "jinja2-99.0.dist-info").mkdir()
    (library / "jinja2-99.0.dist-info" / "METADATA").write_text("Name: jinja2\nVersion: 99.0\n", encoding="utf-8")
    third = inputs(*start)
    assert {name for name in first if third[name] != second[name]} == {"libraries"}
