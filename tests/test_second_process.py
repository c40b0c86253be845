"""A second process makes the same bytes, and ends in every case: done, failed, given up, or left alone."""

import contextlib
import io
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import reports
from startrack.dashboards import build, second_process
from startrack.dashboards.folder import FolderChanges, Output, Staged, write_folder
from startrack.dashboards.pages.project.files import project_files, project_paths
from startrack.dashboards.pages.project.ranks import RanksByList, compute_ranks
from startrack.dashboards.site import Site, build_site
from startrack.errors import WorkerError
from startrack.model.report import SiteReport

PATIENCE = 60.0

# The second process is stopped while it works, so that it is known what it had drafted when the first was killed.
ABANDON = """
import os, signal, sys, time
from pathlib import Path
import reports
from startrack.dashboards import second_process
from startrack.dashboards.folder import Output
from startrack.dashboards.pages.project.ranks import compute_ranks
from startrack.dashboards.site import build_site
report = reports.many()
folder = Path(sys.argv[1])
helper = second_process._Helper(build_site(report), compute_ranks(report), Output(folder, check=False))
while sys.argv[2] == "working" and not helper._answers:
    time.sleep(0.001)
os.kill(helper._process.pid, signal.SIGSTOP)
print(helper._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def task() -> tuple[Site, RanksByList]:
    """Return a site of 250 projects with its ranks."""
    report = reports.many()
    return build_site(report), compute_ranks(report)


def children() -> set[str]:
    """Return the ids of this process's children that nobody has waited for; the browser of other tests is one."""
    return {status.split()[0] for status in statuses() if status.rpartition(")")[2].split()[1] == str(os.getpid())}


def statuses() -> Iterator[str]:
    """Yield the state of every process, none where there is no `/proc`."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            yield path.read_text(encoding="utf-8", errors="replace")


@pytest.fixture
def no_child_is_left() -> Iterator[None]:
    """Fail if a test leaves a child; without `/proc`, nothing is checked."""
    before = children()
    yield
    assert children() == before


@pytest.fixture
def output(tmp_path: Path) -> Output:
    """Return an output into an empty folder."""
    return Output(tmp_path, check=False)


def files_below(folder: Path) -> dict[str, bytes]:
    """Return every file by its path, drafts included."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(folder: Path, report: SiteReport, output: Output | None) -> FolderChanges:
    """Write the files of a report."""
    files = build.build_files(report, output=output)
    encoded = (
        file if isinstance(file, Staged) else (file[0], file[1] if isinstance(file[1], bytes) else file[1].encode())
        for file in files
    )
    return write_folder(folder, encoded, {}, check=False)


@pytest.mark.parametrize("report", [reports.full(), reports.filled(), reports.many()])
def test_two_processes_write_the_same_files(tmp_path: Path, report: SiteReport) -> None:
    """The same names and bytes, in the folder and in the result; and nothing changes the second time."""
    alone = write(tmp_path / "alone", report, None)
    both = write(tmp_path / "both", report, Output(tmp_path / "both", check=False))
    assert [path.relative_to(tmp_path / "both") for path in both.written] == [
        path.relative_to(tmp_path / "alone") for path in alone.written
    ]
    assert files_below(tmp_path / "both") == files_below(tmp_path / "alone")
    assert write(tmp_path / "both", report, Output(tmp_path / "both", check=False)) == FolderChanges((), (), ())


def test_every_path_of_a_project_is_known() -> None:
    """Those of its files are among them: their drafts are removed if the second process fails."""
    site = build_site(reports.filled())
    ranks = compute_ranks(site.report)
    for project in site.report.projects:
        assert {path for path, _ in project_files(site, ranks, project)} <= set(project_paths(site, project))


def test_requests_are_ranges_of_projects(tmp_path: Path, output: Output) -> None:
    """The files of their projects are drafted, until there are no more requests."""
    site, ranks = task()
    requests, answers = io.BytesIO(), io.BytesIO()
    for request in ((site, ranks, output), range(2), range(248, 250)):
        pickle.dump(request, requests)
    requests.seek(0)
    second_process.serve(requests, answers, os.getppid())
    answers.seek(0)
    for projects in (site.report.projects[:2], site.report.projects[248:]):
        for staged, (name, text) in zip(
            pickle.load(answers),  # noqa: S301 - our own
            (file for project in projects for file in project_files(site, ranks, project)),
            strict=True,
        ):
            assert (staged.name, staged.differs, staged.obstacle) == (name, True, None)
            path = tmp_path / name
            assert path.with_name(f".{path.name}.startrack.draft").read_text(encoding="utf-8") == text
    assert not answers.read()


def test_a_file_that_cannot_be_written_is_the_error_of_the_build(tmp_path: Path) -> None:
    """That of the second process is the same as that of the first."""
    site, ranks = task()
    (tmp_path / "projects").mkdir()
    output = Output(tmp_path, check=False)
    (tmp_path / "projects").rmdir()
    (tmp_path / "projects").write_bytes(b"")
    requests, answers = io.BytesIO(), io.BytesIO()
    for request in ((site, ranks, output), range(1)):
        pickle.dump(request, requests)
    requests.seek(0)
    second_process.serve(requests, answers, os.getppid())
    answers.seek(0)
    first, *_ = pickle.load(answers)  # noqa: S301 - our own
    assert f"{tmp_path / 'projects'} is in the way" in first.obstacle


@pytest.mark.usefixtures("no_child_is_left")
def test_a_second_process_that_is_killed_is_an_error(tmp_path: Path, output: Output) -> None:
    """It says what to do; neither the process nor a draft is left behind."""
    helper = second_process._Helper(*task(), output)
    while not helper._answers:
        time.sleep(0.001)
        assert helper._thread.is_alive()
    helper._process.kill()
    with pytest.raises(WorkerError, match=r"ended early \(code -9\); free memory, and run the command again"):
        list(helper.rest())
    assert files_below(tmp_path)
    helper.stop()
    assert not files_below(tmp_path)


@pytest.mark.usefixtures("no_child_is_left")
def test_an_iterator_that_is_given_up_ends_the_process(tmp_path: Path, output: Output) -> None:
    """As after Ctrl-C or a full disk."""
    files = second_process.make_files(*task(), iter([("a", "")]), output)
    assert next(files) == ("a", "")
    files.close()
    assert not files_below(tmp_path)


@pytest.mark.usefixtures("no_child_is_left")
def test_an_error_of_other_files_ends_the_process(output: Output) -> None:
    """The error is that of the files."""

    def fail() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(second_process.make_files(*task(), (("a", fail()) for _ in range(1)), output))


def test_ctrl_c_is_for_the_first_process(output: Output) -> None:
    """The second one goes on until it is ended."""
    helper = second_process._Helper(*task(), output)
    while not helper._answers:
        time.sleep(0.001)
        assert helper._thread.is_alive()
    os.kill(helper._process.pid, signal.SIGINT)
    assert list(helper.rest())
    helper.stop()


@pytest.mark.parametrize("state", ["starting", "working"])
def test_no_process_outlives_the_first_one(tmp_path: Path, state: str) -> None:
    """The first one is killed, and cannot end the second, which makes no other project and says nothing."""
    site, _ = task()
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(here)}
    with subprocess.Popen(
        [sys.executable, "-c", ABANDON, str(tmp_path), state],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as first:
        assert first.stdout
        second = int(first.stdout.readline())
        assert first.wait(PATIENCE) == -signal.SIGKILL
        before = files_below(tmp_path)
        os.kill(second, signal.SIGCONT)
        # The pipe ends when the second process has ended, too.
        assert first.communicate(timeout=PATIENCE)[1] == b""
    assert before or state == "starting"
    assert len(files_below(tmp_path)) - len(before) <= max(len(project_paths(site, p)) for p in site.report.projects)
