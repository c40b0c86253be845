"""The update workflow: one client, one report, one result; and the files that it must not touch."""

import shutil
import subprocess
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest

from conftest import NOW, connect
from startrack.cli import messages
from startrack.config import Config, DashboardsConfig, ListConfig, ReadmeConfig
from startrack.demo import faults
from startrack.demo.faults import FaultRule
from startrack.demo.lists import MLLMS
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import BlockError, WriteError
from startrack.github.client import Client
from startrack.workflows import backfill, build, snapshot, update

BLOCK = "\n<!-- startrack:table limit=3 -->\n<!-- startrack:end -->\n"


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Return a configuration with the owner's list, and a README with a table block."""
    (tmp_path / "list.md").write_text(github.world.list_text(MLLMS, NOW), encoding="utf-8")
    (tmp_path / "README.md").write_text(f"# Mine\n{BLOCK}", encoding="utf-8")
    return Config(lists=(ListConfig(source="list.md"),), root=tmp_path)


def run(
    config: Config, client: Client, github: Server, stages: list[update.StageResult] | None = None
) -> update.UpdateResult:
    """Run an update at the time of the demo's clock; the result of each stage is appended to `stages`."""
    noted = [] if stages is None else stages
    show = nullcontext(lambda _done, _total: None)
    return update.run(config, config, client, None, github.clock.now, update.Listener(show, noted.append))


class TestOneClient:
    """All stages share one client."""

    def test_a_refused_token_is_used_once(self, config: Config, github: Server) -> None:
        """The back-fill does not use a token that was refused during counting, and the problem is reported once."""
        with connect(github, "ghp_nobodys0000", USER_TOKEN) as client:
            updated = run(config, client, github)
        assert isinstance(updated.backfill, backfill.BackfillResult)
        assert [each.token for each in github.requests].count("0000") == 1
        told = [*updated.snapshot.problems, *updated.backfill.problems]
        assert len([problem for problem in told if "0000" in problem]) == 1

    def test_the_maximum_wait_covers_all_stages(self, config: Config, github: Server) -> None:
        """Time that counting waited is not available to the back-fill; the pages are built in any case."""
        github.faults.add(FaultRule(faults.secondary_limit(retry_after=80), operation="graphql", times=1))
        github.faults.add(FaultRule(faults.secondary_limit(retry_after=80), path="*history", times=1))
        with connect(github, max_wait=120) as client:
            updated = run(config, client, github)
        assert 80 <= client.waited <= 120
        assert updated.snapshot.run.counted == 23
        problems = updated.backfill.problems
        stopped = updated.backfill.stopped if isinstance(updated.backfill, backfill.BackfillResult) else None
        assert "try again in" in f"{problems} {stopped}"
        assert (config.dashboards_folder / "index.html").exists()

    def test_each_stage_reports_its_own_requests(self, config: Config, github: Server) -> None:
        """The run records the requests of counting, the back-fill result those that follow."""
        with connect(github) as client:
            updated = run(config, client, github)
            total = client.requests
        past = [each for each in github.requests if "history" in each.path or "stats" in each.path]
        assert isinstance(updated.backfill, backfill.BackfillResult)
        assert updated.snapshot.run.requests == github.requests.index(past[0]) - 1  # before: the budgets
        assert updated.backfill.calls + updated.backfill.unchanged == len(past)
        assert total == len(github.requests)

    def test_without_a_token_no_history_is_fetched(self, config: Config, github: Server) -> None:
        """The sixty calls an hour are kept for counting."""
        with connect(github, None) as client:
            updated = run(config, client, github)
        assert updated.backfill == update.BackfillSkipped()
        assert not [each for each in github.requests if "history" in each.path]


class TestOneResult:
    """The result of an update."""

    def test_every_stage_is_reported_when_it_ends(self, config: Config, github: Server) -> None:
        """Stages are reported in order, and the report is the one that the pages show."""
        stages: list[update.StageResult] = []
        with connect(github) as client:
            updated = run(config, client, github, stages)
        assert stages == [updated.snapshot, updated.backfill, updated.build]
        assert updated.build.report
        assert updated.build.report.as_of == NOW
        assert updated.build.report.runs[0].run_id == updated.snapshot.run.run_id

    def test_finished_stages_are_reported_if_a_later_one_fails(self, config: Config, github: Server) -> None:
        """A page that is in the way ends the update; the counts are kept and reported."""
        config.dashboards_folder.mkdir()
        (config.dashboards_folder / "index.html").write_text("mine", encoding="utf-8")
        stages: list[update.StageResult] = []
        with connect(github) as client, pytest.raises(WriteError):
            run(config, client, github, stages)
        assert [type(stage) for stage in stages] == [snapshot.SnapshotResult, backfill.BackfillResult]
        assert (config.snapshots_folder / "2025" / f"{NOW.date()}.csv").exists()


def test_removed_files_are_counted_separately(config: Config, github: Server) -> None:
    """The page of a project that left the list is removed, and does not count as a changed file."""
    with connect(github) as client:
        first = run(config, client, github).build
        text = (config.root / "list.md").read_text(encoding="utf-8")
        (config.root / "list.md").write_text(text.replace("hiyouga/EasyR1", "hiyouga"), encoding="utf-8")
        second = run(config.model_copy(update={"dashboards": DashboardsConfig(title="New")}), client, github).build
    assert messages.changes(first, "changed", "removed") == f"{first.total} of {first.total} files changed"
    removed = [path.name for path in second.files.removed]
    assert "EasyR1.html" in removed
    assert second.total < first.total
    assert len(second.files.written) <= second.total
    said = messages.changes(second, "changed", "removed")
    assert said == f"{len(second.files.written)} of {second.total} files changed, {len(removed)} removed"
    assert set(second.changed) == {*second.files.written, *second.files.removed}


class TestFilesOfOthers:
    """Files of other people in the folders of startrack; a list of three projects has all kinds of files."""

    @pytest.fixture
    def config(self, config: Config) -> Config:
        """Return the configuration with a short list."""
        names = ("hiyouga/EasyR1", "ModalMinds/MM-EUREKA", "om-ai-lab/VLM-R1")
        text = "".join(f"- https://github.com/{name}\n" for name in names)
        (config.root / "list.md").write_text(text, encoding="utf-8")
        return config

    @pytest.mark.parametrize("folder", [".", "docs"])
    def test_readmes_are_never_removed(
        self,
        config: Config,
        github: Server,
        folder: str,
    ) -> None:
        """Whatever the configuration says later, a README or list with tables stays."""
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
    def test_pages_of_others_are_not_replaced(self, config: Config, github: Server, name: str) -> None:
        """The first build fails instead of replacing them, and the counts are kept."""
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
    def test_lines_are_added_to_gitignore(self, config: Config, github: Server, data: bytes) -> None:
        """Existing lines stay byte for byte, and the temporary files of startrack are ignored."""
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

    def test_a_readme_that_links_outside_is_left_alone(self, config: Config, github: Server) -> None:
        """It is a problem, and everything else is written."""
        outside = config.root.parent / "outside.md"
        outside.write_text(BLOCK, encoding="utf-8")
        (config.root / "README.md").unlink()
        (config.root / "README.md").symlink_to(outside)
        with connect(github) as client:
            result = run(config, client, github)
        assert ["is a symbolic link to" in problem for problem in result.build.problems] == [True]
        assert outside.read_text(encoding="utf-8") == BLOCK
        assert (config.dashboards_folder / "index.html").exists()

    def test_a_list_with_a_malformed_comment_is_counted_as_it_was_read_last(
        self, config: Config, github: Server
    ) -> None:
        """Its entries cannot be told from the rows of a block without an end; one that was never read is an error."""
        path = config.root / config.lists[0].source
        content = path.read_bytes()
        broken = content + b"\n\n<!-- startrack:table -->\n"
        path.write_bytes(broken)
        with connect(github) as client, pytest.raises(BlockError, match="startrack:table without an end"):
            run(config, client, github)
        path.write_bytes(content)
        with connect(github) as client:
            first = run(config, client, github)
        path.write_bytes(broken)
        github.clock.set(NOW + timedelta(days=1))
        with connect(github) as client:
            second = run(config, client, github)
        assert second.snapshot.run.counted == first.snapshot.run.counted > 0
        assert second.snapshot.run.started_at > first.snapshot.run.started_at
        assert any("startrack:table without an end" in problem for problem in second.snapshot.problems)
        assert path.read_bytes() == broken
