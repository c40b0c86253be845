"""An update as one: one client with one memory and one patience, one report, one result; and what it leaves alone."""

import shutil
import subprocess
from contextlib import nullcontext
from pathlib import Path

import pytest

from conftest import NOW, connect
from startrack.cli import messages
from startrack.config import Config, DashboardsConfig, ListConfig, ReadmeConfig
from startrack.demo import faults
from startrack.demo.fault_rules import FaultRule
from startrack.demo.lists import MLLMS
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import BlockError, WriteError
from startrack.github.client import Client
from startrack.workflows import backfill, build, snapshot, update

BLOCK = "\n<!-- startrack:table limit=3 -->\n<!-- startrack:end -->\n"


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Track the owner's list, with a README that asks for a table."""
    (tmp_path / "list.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
    (tmp_path / "README.md").write_text(f"# Mine\n{BLOCK}", encoding="utf-8")
    return Config(lists=(ListConfig(source="list.md"),), root=tmp_path)


def run(
    config: Config, client: Client, github: Server, stages: list[update.Stage] | None = None
) -> update.UpdateResult:
    """Update by the demo's clock, noting each stage at its end."""
    noted = [] if stages is None else stages
    show = nullcontext(lambda _done, _total: None)
    return update.run(config, config, client, None, github.clock.now, show, noted.append)


class TestOneClient:
    """What one stage learned, the next one knows."""

    def test_a_refused_token_is_asked_once(self, config: Config, github: Server) -> None:
        """Counting found out that GitHub does not take it; it is told once."""
        with connect(github, "ghp_nobodys0000", USER_TOKEN) as client:
            updated = run(config, client, github)
        assert isinstance(updated.filled, backfill.BackfillResult)
        assert [each.token for each in github.requests].count("0000") == 1
        told = [*updated.taken.problems, *updated.filled.problems]
        assert len([problem for problem in told if "0000" in problem]) == 1

    def test_one_patience_holds_for_all_of_it(self, config: Config, github: Server) -> None:
        """What counting has waited is not waited once more for the past; the pages are built all the same."""
        github.faults.add(FaultRule(faults.secondary_limit(retry_after=80), operation="graphql", times=1))
        github.faults.add(FaultRule(faults.secondary_limit(retry_after=80), path="*history", times=1))
        with connect(github, max_wait=120) as client:
            updated = run(config, client, github)
        assert 80 <= client.waited <= 120
        assert updated.taken.run.counted == 23
        problems = updated.filled.problems
        stopped = updated.filled.stopped if isinstance(updated.filled, backfill.BackfillResult) else None
        assert "try again in" in f"{problems} {stopped}"
        assert (config.dashboards_folder / "index.html").exists()

    def test_each_stage_tells_its_own_requests(self, config: Config, github: Server) -> None:
        """The record of the run holds what counting took, the past what came after."""
        with connect(github) as client:
            updated = run(config, client, github)
            total = client.requests
        past = [each for each in github.requests if "history" in each.path or "stats" in each.path]
        assert isinstance(updated.filled, backfill.BackfillResult)
        assert updated.taken.run.requests == github.requests.index(past[0]) - 1  # before it, the budgets are asked for
        assert updated.filled.calls + updated.filled.unchanged == len(past)
        assert total == len(github.requests)

    def test_without_a_token_the_past_is_left(self, config: Config, github: Server) -> None:
        """Sixty calls an hour are for counting."""
        with connect(github, None) as client:
            updated = run(config, client, github)
        assert updated.filled == update.BackfillSkipped()
        assert not [each for each in github.requests if "history" in each.path]


class TestOneResult:
    """What an update hands back."""

    def test_every_stage_is_told_at_its_end(self, config: Config, github: Server) -> None:
        """In order, and the same that the result holds; the report is that of the pages."""
        stages: list[update.Stage] = []
        with connect(github) as client:
            updated = run(config, client, github, stages)
        assert stages == [updated.taken, updated.filled, updated.built]
        assert updated.built.report.as_of == NOW
        assert updated.built.report.runs[0].run_id == updated.taken.run.run_id

    def test_what_was_done_is_told_where_a_later_stage_fails(self, config: Config, github: Server) -> None:
        """A README that is not well formed ends the update, and the counts are kept and told."""
        (config.root / "README.md").write_text("<!-- startrack:table -->\n", encoding="utf-8")
        stages: list[update.Stage] = []
        with connect(github) as client, pytest.raises(BlockError):
            run(config, client, github, stages)
        assert [type(stage) for stage in stages] == [snapshot.SnapshotResult, backfill.BackfillResult]
        assert (config.snapshots_folder / "2025" / f"{NOW.date()}.csv").exists()


def test_removed_files_are_counted_apart(config: Config, github: Server) -> None:
    """A project leaves the list: its page is removed, and no more files are said to have changed than there are."""
    with connect(github) as client:
        first = run(config, client, github).built
        text = (config.root / "list.md").read_text(encoding="utf-8")
        (config.root / "list.md").write_text(text.replace("hiyouga/EasyR1", "hiyouga"), encoding="utf-8")
        second = run(config.model_copy(update={"dashboards": DashboardsConfig(title="New")}), client, github).built
    assert messages.changes(first, "changed", "removed") == f"{first.total} of {first.total} files changed"
    removed = [path.name for path in second.placed.removed]
    assert "EasyR1.html" in removed
    assert second.total < first.total
    assert len(second.placed.written) <= second.total
    said = messages.changes(second, "changed", "removed")
    assert said == f"{len(second.placed.written)} of {second.total} files changed, {len(removed)} removed"
    assert set(second.changed) == {*second.placed.written, *second.placed.removed}


class TestFilesOfOthers:
    """What a person keeps where startrack writes."""

    @pytest.mark.parametrize("folder", [".", "docs"])
    def test_readmes_outlive_every_change_of_the_configuration(
        self,
        config: Config,
        github: Server,
        folder: str,
    ) -> None:
        """Below the folder of the pages or not: a README or list is filled, and never removed."""
        docs = config.root / "docs"
        docs.mkdir()
        for name in ("README.md", "list.md"):
            shutil.copy(config.root / name, docs / name)
        tracked = config.model_copy(
            update={
                "lists": (ListConfig(source="docs/list.md"),),
                "readme": ReadmeConfig(file=(Path("docs/README.md"), Path("README.md"))),
                "dashboards": DashboardsConfig(folder=Path(folder)),
            },
        )
        with connect(github) as client:
            run(tracked, client, github)
        filled = (docs / "README.md").read_bytes()
        assert b"| [" in filled
        for later in (
            tracked.model_copy(update={"readme": ReadmeConfig(file=(Path("README.md"),))}),
            tracked.model_copy(update={"lists": (ListConfig(source="list.md"),), "readme": ReadmeConfig(file=())}),
        ):
            build.run(later, None)
            assert (docs / "README.md").read_bytes() == filled
            assert (docs / "list.md").exists()
            assert (config.root / "README.md").exists()

    @pytest.mark.parametrize(
        "name",
        ["index.html", "health.html", "feeds/all.xml", "data/projects.csv", "assets/icon.svg"],
    )
    def test_pages_of_others_are_left(self, config: Config, github: Server, name: str) -> None:
        """The first build does not replace them, and the counts are kept."""
        own = config.dashboards_folder / name
        own.parent.mkdir(parents=True)
        own.write_bytes(b"mine")
        with connect(github) as client, pytest.raises(WriteError, match=f"{name} is in the way"):
            run(config, client, github)
        assert [path for path in config.dashboards_folder.rglob("*") if path.is_file()] == [own]
        assert own.read_bytes() == b"mine"
        own.unlink()
        build.run(config, None)
        assert build.run(config, None).changed == ()

    @pytest.mark.parametrize("data", [b"", b"# mine\n*.log", b"*.log\r\n!keep\r\n", b"*.draft\n\xff\n"])
    def test_an_ignore_file_is_added_to(self, config: Config, github: Server, data: bytes) -> None:
        """Its own lines stay byte for byte, and what startrack leaves there is ignored."""
        ignore = config.snapshots_folder / ".gitignore"
        ignore.parent.mkdir()
        ignore.write_bytes(data)
        with connect(github) as client:
            run(config, client, github)
        after = ignore.read_bytes()
        assert after.startswith(data)
        assert after.count(b"*.draft") == after.count(b"*.duckdb\n") == after.count(b".startrack.lock") == 1
        build.run(config, None)
        git = ["git", "-C", str(config.root)]
        subprocess.run([*git, "init", "--quiet"], check=True)
        listed = subprocess.run([*git, "status", "--porcelain", "-uall"], check=True, capture_output=True).stdout
        assert b"duckdb" not in listed
        assert b"lock" not in listed
        with connect(github) as client:
            run(config, client, github)
        assert ignore.read_bytes() == after

    def test_a_readme_that_is_a_link_stays_inside(self, config: Config, github: Server) -> None:
        """One that leads out of the project is refused before anything is written."""
        outside = config.root.parent / "outside.md"
        outside.write_text(BLOCK, encoding="utf-8")
        (config.root / "README.md").unlink()
        (config.root / "README.md").symlink_to(outside)
        with connect(github) as client, pytest.raises(WriteError, match="is a symbolic link to"):
            run(config, client, github)
        assert outside.read_text(encoding="utf-8") == BLOCK
        assert not config.dashboards_folder.exists()
