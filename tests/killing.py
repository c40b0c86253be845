"""Commands that are killed, or whose disk is full, at each moment in turn.

A moment is a change of the file system, or the begin or end of a transaction; what lies between two of them leaves
nothing behind. The command runs in a process that is forked from one with everything imported. Killed means that the
process is gone at that moment, as after kill -9: nothing is tidied up.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from logging.handlers import QueueHandler
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import Final

import in_process
from startrack.__main__ import main
from startrack.config import Config
from startrack.demo.simulation import simulated_world
from startrack.errors import StartrackError
from startrack.store import rollup
from startrack.store.database import Session
from startrack.store.snapshots import Snapshots
from startrack.workflows import backfill, build, init, init_project, snapshot, transfer

SIZE = 3
NOT_REACHED, FAILED, SURVIVED, KILLED = 0, 3, 4, 9

_CHANGES: Final = frozenset({"open", "rename", "replace", "unlink"})
_TRANSACTION: Final = Session.transaction.__wrapped__.__code__  # type: ignore[attr-defined]  # of the decorator
_processes = get_context("forkserver")
_processes.set_forkserver_preload(["startrack.demo.server", "startrack.demo.simulation", "startrack.workflows.update"])


def count(config: Config, at: datetime) -> None:
    """Count the projects of a simulated world."""
    with in_process.github(simulated_world(SIZE), at).connect() as client:
        snapshot.run(config, client, at, lambda: at, lambda _done, _total: None)


def fill(config: Config, at: datetime) -> None:
    """Fetch their whole history."""
    with in_process.github(simulated_world(SIZE), at).connect() as client:
        backfill.run(config, client, at, backfill.FetchLimits(pages=None))


def draw(config: Config, at: datetime) -> None:
    """Build the dashboards."""
    build.run(config, at)


def roll_up(config: Config, at: datetime) -> None:
    """Roll the day files of closed months up."""
    rollup.roll_up(Snapshots(config.snapshots_folder), at)


def set_up(config: Config, at: datetime) -> None:
    """Set up the list in the folder, whatever the time."""
    del at
    project = init_project.open_project(config.root / "startrack.toml")
    (listed, *_) = init_project.find_lists(project)
    target = init.target(project, listed)
    choices = init.Choices(init.propose(init.suitable(listed, target)))
    init.write(init.plan(project, listed, target, choices), project)


def take_in(config: Config, at: datetime) -> None:
    """Import the counts of a file in the folder, which has the numbers of its repositories."""
    transfer.import_counts(config, [config.root / "counts.csv"], transfer.ImportOptions(), at, None)


def kill() -> None:
    """End this process as a kill does."""
    os._exit(KILLED)


def fill_disk() -> None:
    """Raise what a full disk raises."""
    raise OSError(28, "No space left on device")


def start(folder: Path, variables: Mapping[str, str], *words: str) -> BaseProcess:
    """Start a command in a folder, with more variables of the environment, in another process."""
    process = _processes.Process(target=_run, args=(folder, variables, words))
    process.start()
    return process


def _run(folder: Path, variables: Mapping[str, str], words: Sequence[str]) -> None:
    os.chdir(folder)
    os.environ.update(variables)
    sys.argv = ["startrack", *words]
    main()


def last_runs(config: Config, count: int) -> list[tuple[datetime, list[str]]]:
    """Return when the last run was started, and the warnings, as so many processes find out at once."""
    pipes = [_processes.Pipe(duplex=False) for _ in range(count)]
    processes = [_processes.Process(target=_send_last_run, args=(config, sender)) for _, sender in pipes]
    for process in processes:
        process.start()
    received: list[tuple[datetime, list[str]]] = [receiver.recv() for receiver, _ in pipes]
    for process, pipe in zip(processes, pipes, strict=True):
        process.join()
        process.close()
        for end in pipe:
            end.close()
    return received


def _send_last_run(config: Config, sender: Connection) -> None:
    records: SimpleQueue[logging.LogRecord] = SimpleQueue()
    logging.root.addHandler(QueueHandler(records))
    run = snapshot.last_run(config)
    assert run is not None
    sender.send((run.started_at, [records.get().getMessage() for _ in range(records.qsize())]))


Command = Callable[[Config, datetime], None]
Stop = Callable[[], None]


def run_until(moment: int, stop: Stop, command: Command, config: Config, at: datetime) -> int:
    """Run a command in another process, `stop` it at a moment, counted from 1, and return how the process ended."""
    process = _processes.Process(target=_run_until, args=(moment, stop, command, config, at))
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    assert code in (NOT_REACHED, FAILED, SURVIVED, KILLED)
    return code


def watch_changes(look: Callable[[], None], command: Command, config: Config, at: datetime) -> None:
    """Run a command in this process and call `look` before each change of a file: it sees what a kill would leave."""

    def before_change(frame: FrameType, event: str, function: object) -> None:
        if _is_change(frame, event, function):
            look()

    sys.setprofile(before_change)
    try:
        command(config, at)
    finally:
        sys.setprofile(None)


def _run_until(moment: int, stop: Stop, command: Command, config: Config, at: datetime) -> None:
    earlier, stopped = iter(range(1, moment)), False
    is_moment = _is_change_or_transaction if stop is kill else _is_change

    def watch(frame: FrameType, event: str, function: object) -> None:
        nonlocal stopped
        if is_moment(frame, event, function) and next(earlier, None) is None:
            sys.setprofile(None)
            stopped = True
            stop()

    sys.setprofile(watch)
    try:
        command(config, at)
    except StartrackError:
        os._exit(FAILED)
    finally:
        sys.setprofile(None)
    os._exit(SURVIVED if stopped else NOT_REACHED)


def _is_change(_frame: FrameType, event: str, function: object) -> bool:
    own = event == "c_call" and getattr(function, "__module__", "") == "posix"
    return own and getattr(function, "__name__", "") in _CHANGES


def _is_change_or_transaction(frame: FrameType, event: str, function: object) -> bool:
    return frame.f_code is _TRANSACTION if event in ("call", "return") else _is_change(frame, event, function)
