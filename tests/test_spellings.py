"""All spellings of a list's source are the same list: one configuration entry, one name, one history."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from conftest import NOW, connect
from startrack.cli import formats
from startrack.config import Config, ListConfig, ReadmeConfig
from startrack.demo.server import Server
from startrack.errors import SourceError
from startrack.model.changes import Window
from startrack.workflows import build, lists, snapshot, trending
from startrack.workflows.report import create_report

TEXT = "# L\n\n- [a](https://github.com/vega/altair)\n\n<!-- startrack:table -->\n<!-- startrack:end -->\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a working folder with a README, and one in a subfolder."""
    (tmp_path / "project" / "sub").mkdir(parents=True)
    (tmp_path / "project" / "README.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "outside.md").write_text(TEXT, encoding="utf-8")
    (tmp_path / "linked").symlink_to("project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def spellings(folder: Path) -> list[str]:
    """Return different ways to write one README."""
    linked = folder.parent / "linked"
    return [
        "README.md",
        "./README.md",
        ".//README.md",
        "sub/../README.md",
        f"{folder}/README.md",
        f"{linked}/README.md",
    ]


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("configured", range(6))
def test_every_spelling_is_the_configured_list(folder: Path, number: int, configured: int) -> None:
    """Any spelling on the command line finds any spelling in the configuration."""
    wanted = ListConfig(source=spellings(folder)[configured], name="mine", sections=("L",))
    for root in (Path(), folder):
        assert lists.select(Config(lists=(wanted,), root=root), [spellings(folder)[number]]).lists == (wanted,)


def test_every_spelling_has_one_name_and_source(folder: Path) -> None:
    """The same is true without a configuration: two spellings are one list."""
    for config in (Config(), Config(root=folder)):
        (only,) = lists.select(config, spellings(folder)).lists
        assert (only.source, lists.name_of(config, only)) == ("README.md", "readme")
        for text in spellings(folder):
            assert str(lists.locate(config, ListConfig(source=text))) == "README.md"


def test_other_sources_keep_their_spelling(folder: Path) -> None:
    """A file outside the folder, one behind a link, a missing file, and sources that are not files."""
    (folder / "away").symlink_to(folder.parent)
    for text in ("../outside.md", "away/sub/../outside.md", "OWNER/NAME", "https://example.org/a/../b.md", "no.md"):
        (only,) = lists.select(Config(), [text]).lists
        assert only.source == text
    assert str(lists.locate(Config(), ListConfig(source="./no.md"))) == "no.md"


def test_a_path_is_relative_to_the_working_folder(folder: Path) -> None:
    """It is not relative to the folder of the configuration."""
    (folder / "sub" / "README.md").write_text(TEXT, encoding="utf-8")
    config = Config(lists=(ListConfig(source="README.md", name="below"),), root=Path("sub"))
    (above,) = lists.select(config, ["README.md"]).lists
    assert above.name == "below"  # its very text stands in the configuration
    (above,) = lists.select(config, ["./README.md"]).lists
    assert above.source == str(folder / "README.md")
    (below,) = lists.select(config, ["sub/README.md"]).lists
    assert below.name == "below"


def test_spellings_of_a_repository_are_one_list() -> None:
    """GitHub ignores case, and the page of a repository is its README."""
    wanted = ListConfig(source="Owner/Awesome", name="mine")
    config = Config(lists=(wanted, ListConfig(source="no list\n")))
    for text in ("owner/awesome", "https://github.com/Owner/awesome", "mine"):
        assert lists.select(config, [text]).lists == (wanted,)
    with pytest.raises(SourceError):
        lists.select(config, [""])


def test_a_list_keeps_its_history(folder: Path, github: Server) -> None:
    """Counted under another spelling each day, it is published as one list, and its table is filled once."""
    config = Config(readme=ReadmeConfig(file=(Path("README.md"), Path("sub/../README.md"))))
    for day, text in enumerate(spellings(folder)):
        at = NOW + timedelta(days=day)
        github.clock.set(at)
        with connect(github) as client:
            counted = lists.select(config, [text])
            snapshot.run(counted, client, at, github.clock.now, lambda _done, _total: None)
    built = build.run(config, None)
    assert [path for path in built.changed if path.suffix == ".md"] == [Path("README.md"), *digests(built)]
    (only,) = create_report(config, None).lists
    assert (only.name, only.source) == ("readme", "README.md")
    with duckdb.connect(str(config.database), read_only=True) as connection:
        assert connection.execute(
            "select count(*), count(distinct list), count(removed_on) from entries",
        ).fetchall() == [(1, 1, 0)]
    for text in (*spellings(folder), "readme"):
        assert len(formats.ranking(trending.run(config, trending.Ranking(Window(1), list_name=text), None)).rows) == 1


def digests(built: build.BuildResult) -> list[Path]:
    """Return the digests among the files of a build."""
    return [path for path in built.changed if path.parent.name == "digest" and path.suffix == ".md"]
