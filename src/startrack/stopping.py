"""A request to end, which every wait of a run notices at once: for GitHub's answers, for its limits, for a hook."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextvars import copy_context
from threading import Event, Thread
from typing import Any, TypeVar

from startrack.errors import GitHubError

__all__ = ["Stop", "StoppedError"]

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
