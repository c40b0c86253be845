"""The peak memory of this process, and of the processes that it starts."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

__all__ = ["Children", "peak", "watch_children"]

_PAUSE = 0.05


def peak(process: int | str = "self") -> float:
    """Return the peak memory of a process in MB, from /proc/PID/status, which has it in kB."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1000


@dataclass
class Children:
    """The highest peak memory in MB of a process that was started while it was watched."""

    peak: float = 0.0


@contextmanager
def watch_children() -> Iterator[Children]:
    """Look at the children of this process again and again until the block ends."""
    seen, is_done = Children(), False

    def look() -> None:
        while not is_done:
            for child in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text(encoding="ascii").split():
                with suppress(OSError, StopIteration):  # it has just ended
                    seen.peak = max(seen.peak, peak(child))
            time.sleep(_PAUSE)

    watcher = Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        is_done = True
        watcher.join()
