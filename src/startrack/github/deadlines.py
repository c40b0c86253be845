"""One deadline for a whole answer: connecting, its headers and its body together; the only door of httpcore.

A time-out of httpx holds for one read. A server that sends a byte from time to time meets it for ever, before its
headers have ended too. Here every read gets no more than what is left until the deadline.
"""

import math
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from ssl import SSLContext
from time import monotonic
from typing import Any

import httpcore

__all__ = ["Backend", "within"]

_UNTIL = ContextVar("_UNTIL", default=math.inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let what this thread asks of a `Backend` inside the block end within so many seconds."""
    before = _UNTIL.set(monotonic() + seconds)
    try:
        yield
    finally:
        _UNTIL.reset(before)


def _left(timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
    """Return how long one step may take. Raises `error` where the deadline has passed."""
    left = _UNTIL.get() - monotonic()
    if left <= 0:
        raise error("the deadline for the whole answer has passed")
    shortest = left if timeout is None else min(timeout, left)
    return None if math.isinf(shortest) else shortest


class Backend(httpcore.NetworkBackend):
    """The network of httpcore, with the deadline of whoever asks."""

    def __init__(self) -> None:
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first of a host's addresses that answers, however many there are."""
        failure: Exception = httpcore.ConnectError(f"no address is known for {host}")
        for address in _addresses(host, port):
            limit = _left(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(self._network.connect_tcp(address, port, limit, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _addresses(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends at the deadline of whoever uses it at the time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore has it
        return self._stream.get_extra_info(info)
