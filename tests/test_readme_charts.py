"""Charts of README blocks: files beside the pages that git keeps, and the size of a README."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gitting import git
from startrack import files
from startrack.config import Config, ListConfig, ReadmeConfig
from startrack.model.cadence import Cadence
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Repository
from startrack.model.runs import Run
from startrack.store.snapshots import Snapshots
from startrack.workflows import build, commit, full_build

DAYS = 9
FIRST = datetime(2026, 3, 2, 5)
LAST = FIRST + timedelta(days=DAYS - 1)
END = "<!-- startrack:end -->\n"
CHART = "dashboards/readme/movers-dark.svg"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a project with nine days of counts and a README in a folder of its own, whose name has a space."""
    root = tmp_path / "project"
    (root / "my docs").mkdir(parents=True)
    config = Config(
        lists=(ListConfig(source="list.md", name="tools"),),
        root=root,
        readme=ReadmeConfig(file=(Path("my docs/README.md"),), cadence=Cadence.DAILY),
    )
    snapshots = Snapshots(config.snapshots_folder)
    entries = tuple(Entry(f"o/r{i}", f"r{i}", ("Tools",), f"https://github.com/o/r{i}", i) for i in (1, 2))
    for day in range(DAYS):
        at = FIRST + timedelta(days=day)
        counted = [Counted(f"o/r{i}", Repository(i, f"o/r{i}"), 10 * i + i * day, i) for i in (1, 2)]
        run = Run(day, at, at, "done", 2, 2, 0, 1, 1, "0")
        files.write(snapshots.drafts(run, counted, [List("tools", "list.md", entries)]), below=snapshots.folder)
    return config


def fill(config: Config, *comments: str) -> str:
    """Build with these blocks, and return the README."""
    readme = config.root / "my docs" / "README.md"
    readme.write_text("\n".join(f"<!-- startrack:{comment} -->\n{END}" for comment in comments), encoding="utf-8")
    build.run(config, None, LAST)
    return readme.read_text(encoding="utf-8")


def charts(config: Config) -> list[str]:
    """Return the charts of blocks."""
    folder = config.dashboards_folder / "readme"
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.svg"))


def test_charts_have_files_that_the_readme_finds(config: Config) -> None:
    """The path leads from the README to a picture with the same bytes as the one that is published."""
    text = fill(config, "chart", "chart list=tools", "chart repo=O/R2", "chart of=movers")
    named = ["movers", "projects/o/r2", "tools/movers"]
    assert charts(config) == sorted(f"{name}-{mode}.svg" for name in named for mode in ("light", "dark"))
    for name in named:
        for mode, attribute in (("light", "src"), ("dark", "srcset")):
            assert f'{attribute}="../dashboards/readme/{name}-{mode}.svg"' in text
            chart = config.dashboards_folder / "readme" / f"{name}-{mode}.svg"
            assert chart.read_bytes() == (config.dashboards_folder / "charts" / f"{name}-{mode}.svg").read_bytes()
    assert 'alt="Stars of o/r2 over time"' in text
    Snapshots(config.snapshots_folder).build_record.unlink()  # without it, the build is done in full
    assert build.run(config, None, LAST, check=True).changed == ()


def test_a_chart_goes_with_its_block(config: Config) -> None:
    """A build removes charts that no block shows any more, and writes none without a block."""
    fill(config, "chart repo=o/r1", "chart")
    fill(config, "chart")
    assert charts(config) == ["movers-dark.svg", "movers-light.svg"]
    fill(config, "table")
    assert charts(config) == []


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("chart of=mover", "unknown of 'mover'; did you mean 'movers'"),
        ("chart repo=o/r3", "no list has the repository 'o/r3'; did you mean 'o/r"),
        ("chart repo=o/r1 list=tools", "unknown attribute 'list'"),
        ("chart list=tool", "unknown list 'tool'; did you mean 'tools'"),
    ],
)
def test_wrong_attributes_are_a_problem(config: Config, comment: str, message: str) -> None:
    """It names file and line; the block has no picture."""
    written = f"<!-- startrack:{comment} -->\n{END}"
    assert fill(config, comment) == written
    result = build.run(config, None, LAST)
    assert result.report is None, "the problem is said again where nothing has changed"
    (problem,) = result.problems
    assert re.search(rf"README\.md:1: {message}", problem)
    assert charts(config) == []


def test_the_picture_of_a_block_that_cannot_be_filled_stays(config: Config) -> None:
    """The README still shows it; a build after the mend draws it anew."""
    text = fill(config, "chart list=tools", "chart")
    readme, before = config.root / "my docs" / "README.md", charts(config)
    assert "tools/movers-light.svg" in before
    for wrong in (
        text.replace("list=tools", "list=toolz"),
        text.replace("startrack:chart list", "startrack:chrat list"),
    ):
        readme.write_text(wrong, encoding="utf-8")
        assert len(build.run(config, None, LAST).problems) == 1
        assert (readme.read_text(encoding="utf-8"), charts(config)) == (wrong, before)
    readme.write_text(text, encoding="utf-8")
    assert build.run(config, None, LAST).problems == ()
    assert charts(config) == before


def test_the_pictures_of_a_readme_that_cannot_be_written_stay(config: Config) -> None:
    """It still shows them; they go once it shows others."""
    text = fill(config, "chart repo=o/r1")
    readme, before = config.root / "my docs" / "README.md", charts(config)
    readme.write_text(text.replace("repo=o/r1", "repo=o/r2"), encoding="utf-8")
    obstacle = readme.with_name(".README.md.startrack.draft")
    obstacle.mkdir()
    for _ in range(2):
        (problem,) = build.run(config, None, LAST).problems
        assert "is in the way" in problem
        assert set(before) < set(charts(config))
    obstacle.rmdir()
    assert build.run(config, None, LAST).problems == ()
    assert charts(config) == ["projects/o/r2-dark.svg", "projects/o/r2-light.svg"]


def test_charts_are_committed_while_pages_are_ignored(config: Config, capfd: pytest.CaptureFixture[str]) -> None:
    """With two lines in .gitignore git keeps the charts alone; if it excludes them too, the commit says so."""
    git(config.root, "init", "--quiet", "--initial-branch=main")
    git(config.root, "init", "--quiet", "--bare", "remote.git")
    for key, value in {"user.name": "x", "user.email": "x@example.invalid", "push.autoSetupRemote": "true"}.items():
        git(config.root, "config", key, value)
    git(config.root, "remote", "add", "origin", "remote.git")
    git(config.root, "commit", "--quiet", "--allow-empty", "--message", "first")
    git(config.root, "push", "--quiet", "--set-upstream", "origin", "main")
    ignore = config.root / ".gitignore"
    ignore.write_text("/remote.git\n/dashboards/\n", encoding="ascii")
    fill(config, "chart")
    result = commit.run(config, "counts", LAST, lambda _seconds: None)
    assert [problem.partition(";")[0] for problem in result.problems] == [
        f"charts of README blocks such as {CHART} are not committed, because .gitignore excludes them"
    ]
    advice = result.problems[0].partition("two lines ")[2].split(" and ")
    assert not any(name.startswith("dashboards/") for name in git(config.root, "ls-files").split("\n"))
    ignore.write_text("/remote.git\n" + "\n".join(advice) + "\n", encoding="ascii")
    result = commit.run(config, "charts", LAST, lambda _seconds: None)
    assert not result.problems
    assert [name for name in git(config.root, "ls-files").split("\n") if name.startswith("dashboards/")] == [
        CHART,
        "dashboards/readme/movers-light.svg",
    ]
    assert capfd.readouterr().err == ""


def test_large_readmes_are_a_warning(config: Config) -> None:
    """From 90% of what GitHub shows of a README; a smaller one is none."""
    readme = config.root / "my docs" / "README.md"
    for size, words in (
        (460_799, None),
        (460_800, "would cut it at 512,000"),
        (512_001, "shows only the first 512,000"),
    ):
        readme.write_text(f"<!-- startrack:updated -->\n{END}", encoding="utf-8")
        build.run(config, None, LAST)
        filled = readme.read_bytes()
        readme.write_bytes(filled + b"x" * (size - len(filled)))
        warnings = build.run(config, None, LAST).warnings
        assert len(warnings) == bool(words)
        assert not words or (f"has {size:,} bytes" in warnings[0] and words in warnings[0])


def test_a_readme_that_was_removed_during_a_build_has_no_size(config: Config) -> None:
    """The build has written everything else, so it must not end with an error."""
    fill(config, "table")
    built = full_build.run(config, None, LAST, check=False)
    (config.root / "my docs" / "README.md").unlink()
    assert full_build.size_warnings(built) == ()


def test_a_chart_is_that_of_the_first_run_of_its_period(config: Config) -> None:
    """Its bytes change once a week, unless its block says otherwise."""
    weekly = config.model_copy(update={"readme": config.readme.model_copy(update={"cadence": Cadence.WEEKLY})})
    folder = config.dashboards_folder
    fill(weekly, "chart repo=o/r1", "chart cadence=daily")
    first = LAST - timedelta(days=1)
    kept = {path: (folder / path).read_bytes() for path in ("readme/projects/o/r1-dark.svg", "readme/movers-dark.svg")}
    published = {
        path: (folder / path).read_bytes() for path in ("charts/projects/o/r1-dark.svg", "charts/movers-dark.svg")
    }
    build.run(weekly, first, LAST)
    assert (folder / "charts/projects/o/r1-dark.svg").read_bytes() == kept["readme/projects/o/r1-dark.svg"]
    assert kept["readme/projects/o/r1-dark.svg"] != published["charts/projects/o/r1-dark.svg"]
    assert kept["readme/movers-dark.svg"] == published["charts/movers-dark.svg"]
