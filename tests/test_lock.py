"""The lock of the snapshots folder: one writer at a time, readers at any time, and none that outlives its holder."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from backfilled_lists import counted_copy, fill, query
from conftest import NOW, connect
from shared_folders import SharedFolder
from startrack import files
from startrack.cli import formats
from startrack.config import Config
from startrack.demo.server import Server
from startrack.errors import StoreBusyError, WriteError
from startrack.lists.edits import Edit
from startrack.model.changes import Window
from startrack.model.lists import Span
from startrack.readme.badges import Original
from startrack.store.snapshots import Snapshots
from startrack.workflows import build, counts, health_fix, trending
from startrack.workflows import snapshot as workflows_snapshot
from startrack.workflows.counts import FileEdit
from startrack.workflows.health_fix import FileFix, FixResult


@contextmanager
def held(path: Path, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """Hold a lock in another process for some seconds."""
    code = (
        "import time; from pathlib import Path; from startrack import files\n"
        f"with files.lock(Path({str(path)!r}), 0):\n"
        f"    print('held', flush=True); time.sleep({seconds})\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        yield holder
        holder.kill()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Name the file of a lock in a folder that is not there yet."""
    return tmp_path / "snapshots" / "lock"


def test_the_holder_is_named(path: Path) -> None:
    """The error names the process, the wait, and what to do."""
    with held(path, 60) as holder:
        expected = pytest.raises(
            StoreBusyError,
            match=rf"lock is in use by process {holder.pid}; waited 0 s; wait for that process to end",
        )
        with expected, files.lock(path, 0.2):
            pass


def test_a_killed_process_releases_the_lock(path: Path) -> None:
    """After kill -9 the next process gets the lock at once."""
    with held(path, 60) as holder:
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with files.lock(path, 0):
            assert path.read_text(encoding="ascii") == f"{os.getpid()}\n"


def test_a_waiting_process_gets_the_lock(path: Path) -> None:
    """It goes on as soon as the holder has ended."""
    with held(path, 0.5), files.lock(path, 60):
        assert path.read_text(encoding="ascii") == f"{os.getpid()}\n"


@pytest.mark.parametrize("text", [b"", b"12\x1b[2J", b"1" * 100, b"\xff\n"])
def test_only_a_process_id_is_read_from_the_lock_file(path: Path, text: bytes) -> None:
    """Other content of the file never reaches a terminal."""
    with held(path, 60):
        path.write_bytes(text)
        with pytest.raises(StoreBusyError, match=r"is in use by process \?; waited"), files.lock(path, 0):
            pass


def test_a_lock_file_that_is_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    """The target of the link keeps its content."""
    other = tmp_path / "other.txt"
    other.write_text("keep\n", encoding="ascii")
    path.parent.mkdir()
    path.symlink_to(other)
    with pytest.raises(WriteError, match=r"cannot write .*lock"), files.lock(path, 0):
        pass
    assert other.read_text(encoding="ascii") == "keep\n"


def test_a_folder_instead_of_a_lock_file_is_an_error(path: Path) -> None:
    """The error names it and says what to do."""
    path.mkdir(parents=True)
    with pytest.raises(WriteError, match=r"cannot write .*lock"), files.lock(path, 0):
        pass


@pytest.fixture
def config(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a list that was counted once."""
    return counted_copy(shared_folder, tmp_path)


def everything(config: Config) -> dict[Path, bytes]:
    """Return what all files hold but those of the database and the lock."""
    found = (path for path in config.root.rglob("*") if path.is_file())
    return {path: path.read_bytes() for path in found if "duckdb" not in path.name and "lock" not in path.name}


def kept_apart(config: Config, command: Callable[[Callable[[], None]], object]) -> None:
    """Run a command beside a holder of the lock; it may write nothing until the holder lets go.

    The command calls what it is given once it has nothing left to do but to write.
    """
    before, ready = everything(config), threading.Event()
    writer = threading.Thread(target=command, args=[ready.set])
    with Snapshots(config.snapshots_folder).lock(0):
        writer.start()
        assert ready.wait(60)
        writer.join(0.5)
        assert everything(config) == before
    writer.join(60)
    assert everything(config) != before


def test_a_snapshot_waits_for_another_writer(config: Config, github: Server) -> None:
    """The counts are written when the other one is done."""

    def snapshot(ready: Callable[[], None]) -> None:
        def progress(done: int, total: int) -> None:
            if done == total:
                ready()

        with connect(github) as client:
            workflows_snapshot.run(config, client, NOW, github.clock.now, progress)

    (config.snapshots_folder / "2025" / "runs.csv").unlink()
    kept_apart(config, snapshot)


def test_changes_of_lists_wait_for_another_writer(config: Config) -> None:
    """Two at once would lose the record from which one of them is taken back."""
    path = config.root / "text.md"
    path.write_bytes(b"before")
    fix = FixResult((FileFix("text.md", path, b"before", b"after", ()),), ())
    badges = [FileEdit("text.md", path, b"after", b"", 1, original=Original(b"after", (Edit(Span(0, 5), b""),)))]

    def after(ready: Callable[[], None], write: Callable[[], object]) -> None:
        ready()
        write()

    kept_apart(config, lambda ready: after(ready, lambda: health_fix.save(config, fix)))
    assert path.read_bytes() == b"after"
    kept_apart(config, lambda ready: after(ready, lambda: counts.save_badges(config, badges)))
    assert path.read_bytes() == b""
    back = [FileEdit("text.md", path, b"", b"after", 1)]
    kept_apart(config, lambda ready: after(ready, lambda: counts.save_restored(config, back)))
    kept_apart(config, lambda ready: after(ready, lambda: health_fix.restore(config)))
    assert path.read_bytes() == b"before"


def test_a_back_fill_waits_for_another_writer(config: Config, github: Server) -> None:
    """The history is written when the other one is done."""

    def backfill(ready: Callable[[], None]) -> None:
        ready()
        fill(config, github)

    kept_apart(config, backfill)
    assert query(config, "select count(*) from pasts") != [(0,)]


def test_a_build_waits_for_another_build(config: Config, github: Server) -> None:
    """It reports, and reads the README, when the other one is done: nothing older replaces what is newer.

    While it waits, the projects are counted again and somebody edits the README.
    """
    readme = config.root / "README.md"
    readme.write_text(
        "old\n\n<!-- startrack:table limit=1 cadence=daily -->\n<!-- startrack:end -->\n", encoding="utf-8"
    )
    builder = threading.Thread(target=build.run, args=[config, None])
    with Snapshots(config.snapshots_folder).build_lock(0):
        builder.start()
        builder.join(3)  # enough for a report, where one were made before the wait
        assert not config.dashboards_folder.exists()
        later = NOW + timedelta(days=1)
        github.clock.set(later)
        with connect(github) as client:
            workflows_snapshot.run(config, client, later, github.clock.now, lambda _done, _total: None)
        readme.write_text("new" + readme.read_text(encoding="utf-8")[3:], encoding="utf-8")
    builder.join(60)
    text = readme.read_text(encoding="utf-8")
    assert text.startswith("new\n")
    assert f"as of {later.date()}" in text.lower()
    assert f"{later.isoformat()}Z" in (config.dashboards_folder / "api" / "v1" / "index.json").read_text("utf-8")
    assert build.run(config, None).changed == ()


def test_counting_does_not_wait_for_a_build(config: Config, github: Server) -> None:
    """However long a build takes, no count is lost."""
    with Snapshots(config.snapshots_folder).build_lock(0), connect(github) as client:
        workflows_snapshot.run(config, client, NOW, github.clock.now, lambda _done, _total: None)


def test_readers_take_no_lock(config: Config) -> None:
    """Rankings and checks run beside a writer, and create no lock file."""
    with Snapshots(config.snapshots_folder).lock(0):
        assert formats.ranking(trending.run(config, trending.Ranking(Window(30)), None)).rows
        assert build.run(config, None, check=True).changed
    (config.snapshots_folder / ".startrack.lock").unlink()
    formats.ranking(trending.run(config, trending.Ranking(Window(30)), None))
    build.run(config, None, check=True)
    assert not (config.snapshots_folder / ".startrack.lock").exists()


def test_git_ignores_the_lock(config: Config) -> None:
    """Git also ignores the database and one that was renamed: everything a run leaves beside its files."""
    config.database.write_bytes(b"no database" * 1000)
    workflows_snapshot.last_run(config)
    assert (config.snapshots_folder / ".startrack.duckdb.lock").exists()
    assert (config.snapshots_folder / "startrack.broken.duckdb").exists()
    subprocess.run(["git", "init", "--quiet"], cwd=config.root, check=True)
    listed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all"],
        cwd=config.root,
        check=True,
        capture_output=True,
    )
    assert b"lists.csv" in listed.stdout
    assert (config.snapshots_folder / ".startrack.lock").exists()
    assert b"lock" not in listed.stdout
    assert b"duckdb" not in listed.stdout
