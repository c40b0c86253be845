"""A second process makes the same bytes, and ends in every case: done, failed, given up, or left alone."""

import io
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import reports
from startrack.dashboards import build, second_process
from startrack.dashboards.pages.project.files import project_files
from startrack.dashboards.pages.project.ranks import RanksByList, compute_ranks
from startrack.dashboards.site import Site, build_site
from startrack.errors import WorkerError

PATIENCE = 60.0

ABANDON = """
import os, signal
import reports
from startrack.dashboards import second_process
from startrack.dashboards.pages.project.ranks import compute_ranks
from startrack.dashboards.site import build_site
report = reports.many()
helper = second_process._Helper(build_site(report), compute_ranks(report))
print(helper._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def task() -> tuple[Site, RanksByList]:
    """Return a site of 250 projects with its ranks."""
    report = reports.many()
    return build_site(report), compute_ranks(report)


def children() -> bool:
    """Return whether this process has a child that nobody has waited for."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def test_two_processes_make_the_same_files() -> None:
    """Every path once, with the same bytes, whichever process made it."""
    files = list(build.build_files(reports.full(), use_second_process=True))
    assert len(dict(files)) == len(files)
    assert dict(files) == build.build(reports.full())
    many = dict(build.build_files(reports.many(), use_second_process=True))
    assert many == build.build(reports.many())


def test_requests_are_ranges_of_projects() -> None:
    """Each is answered with the files of its projects, until there are no more requests."""
    site, ranks = task()
    requests, answers = io.BytesIO(), io.BytesIO()
    for request in ((site, ranks), range(2), range(248, 250)):
        pickle.dump(request, requests)
    requests.seek(0)
    second_process.serve(requests, answers)
    answers.seek(0)
    for projects in (site.report.projects[:2], site.report.projects[248:]):
        made = [file for project in projects for file in project_files(site, ranks, project)]
        assert pickle.load(answers) == made  # noqa: S301 - our own
    assert not answers.read()


def test_a_second_process_that_is_killed_is_an_error() -> None:
    """It says what to do, and the process is not left behind."""
    helper = second_process._Helper(*task())
    helper._process.kill()
    with pytest.raises(WorkerError, match=r"ended early \(code -9\); free memory, and run the command again"):
        list(helper.rest())
    helper.stop()
    assert not children()


def test_an_iterator_that_is_given_up_ends_the_process() -> None:
    """As after Ctrl-C or a full disk."""
    files = second_process.make_files(*task(), iter([("a", "")]))
    assert next(files) == ("a", "")
    files.close()
    assert not children()


def test_an_error_of_other_files_ends_the_process() -> None:
    """The error is that of the files."""

    def fail() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(second_process.make_files(*task(), (("a", fail()) for _ in range(1))))
    assert not children()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to consoles, not to processes")
def test_ctrl_c_is_for_the_first_process() -> None:
    """The second one goes on until it is ended."""
    helper = second_process._Helper(*task())
    while not helper._made:
        time.sleep(0.001)
        assert helper._thread.is_alive()
    os.kill(helper._process.pid, signal.SIGINT)
    assert list(helper.rest())
    helper.stop()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="reads /proc")
def test_no_process_outlives_the_first_one() -> None:
    """The first one is killed, and cannot end the second."""
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(here)}
    killed = subprocess.run([sys.executable, "-c", ABANDON], env=environment, capture_output=True, check=False)
    status = Path("/proc") / killed.stdout.decode().strip() / "stat"
    deadline = time.monotonic() + PATIENCE
    while status.exists() and status.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert killed.returncode == -signal.SIGKILL
