"""The signals of a service, and a request to end, which every wait of a run notices at once.

A run waits for GitHub's answers, for the end of its limits, and for hooks.
"""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from queue import Empty, SimpleQueue
from threading import Event, Thread
from types import FrameType
from typing import Any, Final, TypeVar

from startrack.errors import GitHubError

__all__ = ["ENDING", "Stop", "StoppedError", "next_signal", "received_signals"]

ENDING: Final = (signal.SIGTERM, signal.SIGINT)
"""The signals that ask a service to end; the other one that it receives asks it to read its configuration again."""

_RELOADING = getattr(signal, "SIGHUP", None)  # Windows has none
# A signal ends a wait only where the system gives it to the main thread: never on Windows, not always elsewhere.
_WAITS, _WAIT_SECONDS = 60, 1.0

Value = TypeVar("Value")


class StoppedError(GitHubError):
    """The process was asked to end; a run that is waiting for GitHub ends early and keeps what it has."""


class Stop:
    """A request to end, made by one thread and noticed by the others."""

    def __init__(self) -> None:
        self._event = Event()
        self._future: Future[None] = Future()

    def request(self) -> None:
        """Ask to end. Not to be called in a signal handler: the thread that it interrupts may hold the same lock."""
        if not self._event.is_set():
            self._event.set()
            self._future.set_result(None)

    @property
    def is_requested(self) -> bool:
        """Whether the process was asked to end."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise StoppedError if the process was asked to end."""
        if self._event.is_set():
            raise StoppedError("startrack was asked to end")

    def pause(self, seconds: float) -> None:
        """Wait. Raises StoppedError as soon as the process is asked to end."""
        self._event.wait(seconds)
        self.check()

    def call(self, function: Callable[[], Value], seconds: float | None = None) -> Value:
        """Return what a function returns, or raise what it raises.

        The function runs in a thread of its own, which is left alone where its result is no longer waited for: no
        system call of name servers, connections or files can then delay the end of the process. Raises StoppedError as
        soon as the process is asked to end, and TimeoutError after `seconds`.
        """
        self.check()
        result: Future[Value] = Future()
        Thread(target=_fill, args=(result, copy_context().run, function), name="startrack-call", daemon=True).start()
        ends: tuple[Future[Any], ...] = (result, self._future)
        wait(ends, seconds, FIRST_COMPLETED)
        if result.done():
            return result.result()
        self.check()
        raise TimeoutError


def _fill(result: Future[Value], run: Callable[[Callable[[], Value]], Value], function: Callable[[], Value]) -> None:
    try:
        value = run(function)
    except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits for it
        result.set_exception(error)
    else:
        result.set_result(value)


def next_signal(signals: "SimpleQueue[int]") -> int | None:
    """Return the next signal, `None` if there is none within a minute."""
    for _ in range(_WAITS):
        with suppress(Empty):
            return signals.get(timeout=_WAIT_SECONDS)
    return None


@contextmanager
def received_signals() -> Iterator["SimpleQueue[int]"]:
    """Yield the queue of received signals; the earlier handlers are restored at the end of the `with`.

    The second signal that asks to end ends the process at once, with the exit code that shells give.
    """
    received: SimpleQueue[int] = SimpleQueue()  # unlike other locks, it may be used in a signal handler
    numbers = [*ENDING, *([_RELOADING] if _RELOADING else [])]
    handlers = {number: signal.getsignal(number) for number in numbers}
    is_ending = False

    def receive(number: int, _frame: FrameType | None) -> None:
        nonlocal is_ending
        if number in ENDING:
            if is_ending:
                os._exit(128 + number)
            is_ending = True
        received.put(number)

    for number in handlers:
        signal.signal(number, receive)
    try:
        yield received
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
