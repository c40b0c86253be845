"""A request to end: what waits for something notices it at once."""

import signal
import threading
import time
from collections.abc import Callable

import pytest

from startrack.stopping import Stop, StoppedError, next_signal, received_signals


def _ask(stop: Stop, started: threading.Event) -> None:
    def ask() -> None:
        started.wait()
        stop.request()

    threading.Thread(target=ask).start()


@pytest.mark.parametrize("wait", [Stop.pause, lambda stop, seconds: stop.call(lambda: time.sleep(seconds))])
def test_waits_end_when_asked_to(wait: Callable[[Stop, float], None]) -> None:
    """A pause, and a call that would go on for an hour, which is left alone."""
    stop, started = Stop(), threading.Event()
    _ask(stop, started)
    started.set()
    with pytest.raises(StoppedError):
        wait(stop, 3600)


def test_nothing_begins_after_the_request() -> None:
    """Also asked for twice."""
    stop = Stop()
    stop.request()
    stop.request()
    begun: list[int] = []
    waits: list[Callable[[], None]] = [lambda: stop.pause(0), lambda: stop.call(lambda: begun.append(1)), stop.check]
    for wait in waits:
        with pytest.raises(StoppedError):
            wait()
    assert begun == []


def test_a_call_gives_what_the_function_gives() -> None:
    """Its value, its error, or TimeoutError where it takes too long."""
    stop = Stop()
    assert stop.call(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        stop.call(lambda: 1 // 0)
    with pytest.raises(TimeoutError):
        stop.call(lambda: time.sleep(3600), 0.01)


def test_a_signal_that_another_thread_receives_is_noticed() -> None:
    """The system may give it to any thread; the main thread then only sees it after a wait."""
    with received_signals() as signals:
        waiter = threading.Thread(target=lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM))
        threading.Timer(0.1, waiter.start).start()
        assert next_signal(signals) == signal.SIGTERM
