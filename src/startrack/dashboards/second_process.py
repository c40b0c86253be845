"""Makes some of the projects' files in a second process, because a Python process uses one core.

The process is a fresh interpreter on every platform: a fork of a process with threads may hang. It reads the site from
its standard input, then ranges of projects. It drafts their files, and answers with what it has staged. It ends when
its input ends, so also when the first process is killed. A ProcessPoolExecutor would be less code, but its process has
both ends of its own input and then waits without end.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from threading import Thread
from typing import IO, Final

from startrack.dashboards.folder import Output, Staged
from startrack.dashboards.pages.project.files import project_files, project_paths
from startrack.dashboards.pages.project.ranks import RanksByList
from startrack.dashboards.site import Site
from startrack.errors import StartrackError, WorkerError
from startrack.model.report import Project

__all__ = ["GC_THRESHOLDS", "make_files", "serve"]

GC_THRESHOLDS: Final = (50_000, 20, 50)
"""How seldom Python looks for reference cycles during a build, which makes millions of values and hardly any cycle.

With the usual thresholds, the search takes a sixth of the time.
"""

# Projects per request: some ten milliseconds of work, so that both processes end at about the same time.
_RANGE: Final = 16
# Requests that are sent ahead, so that the second process does not wait for the first.
_AHEAD: Final = 2
# Ctrl-C is for the first process, which then ends the second. The modules are those that were imported here.
_START: Final = (
    "import gc, os, signal, sys; first = os.getppid(); signal.signal(signal.SIGINT, signal.SIG_IGN); "
    f"gc.set_threshold(*{GC_THRESHOLDS}); "
    "sys.path[:] = sys.argv[1:]; from startrack.dashboards import second_process; "
    "second_process.serve(sys.stdin.buffer, sys.stdout.buffer, first)"
)


def make_files(
    site: Site, ranks: RanksByList, others: Iterable[tuple[str, str | bytes]], output: Output
) -> Generator[tuple[str, str | bytes] | Staged, None, None]:
    """Yield the files of every project and `others`, while a second process stages some of the projects' files.

    The order of the files depends on which process is faster. The second process ends with the iterator, and no draft
    of it is left that was not yielded. Raises WorkerError if it fails, and WriteError.
    """
    helper = _Helper(site, ranks, output)
    try:
        for file in others:
            yield file
            yield from helper.staged()
        while own := helper.take_first():
            for project in site.report.projects[own.start : own.stop]:
                yield from project_files(site, ranks, project)
            yield from helper.staged()
        yield from helper.rest()
    finally:
        helper.stop()


def _start() -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", _START, *sys.path]
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - this interpreter
    except OSError as error:
        raise WorkerError(
            f"the second process that makes pages cannot be started: {error.strerror}; end other programs, and run "
            "the command again"
        ) from error


class _Helper:
    """The second process, which a thread feeds with ranges of projects from the end; this process takes the others."""

    def __init__(self, site: Site, ranks: RanksByList, output: Output) -> None:
        number = len(site.report.projects)
        self._site, self._output = site, output
        self._open = deque(range(start, min(start + _RANGE, number)) for start in range(0, number, _RANGE))
        self._sent: deque[range] = deque()
        self._answers: deque[list[Staged] | StartrackError] = deque()
        self._has_failed = False
        # It is started before the site is written for it, as its imports take as long.
        self._process = _start()
        try:
            # Weeks are in no file of a project, and their projects are only made when they are looked at.
            task = replace(site, report=replace(site.report, weeks=())), ranks, output
            request = pickle.dumps(task, pickle.HIGHEST_PROTOCOL)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        self._thread = Thread(target=self._feed, args=(request,), daemon=True)
        self._thread.start()

    def take_first(self) -> range | None:
        """Return the next range of projects for this process, `None` if none is left."""
        try:
            return self._open.popleft()
        except IndexError:
            return None

    def _take_last(self) -> range | None:
        try:
            return self._open.pop()
        except IndexError:
            return None

    def staged(self) -> Iterator[Staged]:
        """Yield the files that the second process has staged. Raises WorkerError, and WriteError."""
        if self._has_failed:
            raise WorkerError(
                f"the second process that makes pages ended early (code {self._process.wait()}); free memory, and run "
                "the command again"
            )
        while self._answers:
            # Its files are no longer sent when they have been taken over: `stop` removes the drafts of the others.
            if isinstance(answer := self._answers[0], StartrackError):
                raise answer
            yield from answer
            self._answers.popleft()
            self._sent.popleft()

    def rest(self) -> Iterator[Staged]:
        """Yield the files that the second process is still staging. Raises as `staged` does."""
        self._thread.join()
        yield from self.staged()

    def stop(self) -> None:
        """End the second process, whatever it does, and remove the drafts of files that were not yielded."""
        self._process.kill()
        self._thread.join()
        self._process.wait()
        for projects in self._sent:
            for project in self._site.report.projects[projects.start : projects.stop]:
                for path in project_paths(self._site, project):
                    self._output.discard(path)

    def _feed(self, task: bytes) -> None:
        """Send the site and the ranges, and receive answers until no range is left."""
        requests, answers = self._process.stdin, self._process.stdout
        if requests is None or answers is None:
            return
        try:
            with requests, answers:
                requests.write(task)
                sent = sum([self._send_next(requests) for _ in range(_AHEAD)])
                while sent:
                    self._answers.append(pickle.load(answers))  # noqa: S301 - of our own process
                    sent += self._send_next(requests) - 1
        except (OSError, EOFError, pickle.UnpicklingError):
            self._has_failed = True

    def _send_next(self, requests: IO[bytes]) -> int:
        """Send the last range that is left, and return the number of ranges sent."""
        projects = self._take_last()
        if projects is None:
            return 0
        self._sent.append(projects)
        pickle.dump(projects, requests)
        requests.flush()
        return 1


def serve(requests: IO[bytes], answers: IO[bytes], first: int) -> None:
    """Stage the files of each range of projects; the first request is the site with its ranks and the output.

    `first` is the process id of this process's parent. When that has been killed, this process ends after the project
    at hand. On Windows, where a process keeps the id of its parent, it ends after the range at hand.
    """
    try:
        site, ranks, output = pickle.load(requests)  # noqa: S301 - of our own process
        while True:
            projects = pickle.load(requests)  # noqa: S301 - of our own process
            answer = _stage(site, ranks, output, site.report.projects[projects.start : projects.stop], first)
            pickle.dump(answer, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
    except (EOFError, pickle.UnpicklingError, _LeftAloneError):
        return


class _LeftAloneError(Exception):
    """The first process has been killed."""


def _stage(
    site: Site, ranks: RanksByList, output: Output, projects: Sequence[Project], first: int
) -> list[Staged] | StartrackError:
    staged: list[Staged] = []
    try:
        for project in projects:
            if os.getppid() != first:
                raise _LeftAloneError
            staged += [output.stage(path, text.encode()) for path, text in project_files(site, ranks, project)]
    except StartrackError as error:
        return error
    return staged
