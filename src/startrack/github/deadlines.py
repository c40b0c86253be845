"""One deadline for a whole response: connection, headers and body together; the only module that imports httpcore.

A timeout of httpx applies to one read. A server that sends a byte from time to time never exceeds it, not even before
its headers end. Here each read gets at most the time that is left until the deadline.
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

_DEADLINE = ContextVar("_DEADLINE", default=math.inf)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Set the deadline of what this thread does through a `Backend` inside the block, in seconds from now."""
    before = _DEADLINE.set(monotonic() + seconds)
    try:
        yield
    finally:
        _DEADLINE.reset(before)


def _limit(timeout: float | None, error: type[httpcore.TimeoutException]) -> float | None:
    """Return how long one step may take. Raises `error` after the deadline."""
    remaining = _DEADLINE.get() - monotonic()
    if remaining <= 0:
        raise error("the deadline of the whole response has passed")
    shortest = remaining if timeout is None else min(timeout, remaining)
    return None if math.isinf(shortest) else shortest


class Backend(httpcore.NetworkBackend):
    """httpcore's network backend with the deadline of the thread that uses it."""

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
        """Connect to the first address of a host that answers; all of them share the deadline."""
        failure: Exception = httpcore.ConnectError(f"no address is known for {host}")
        for address in _addresses(host, port):
            limit = _limit(timeout, httpcore.ConnectTimeout)
            try:
                return _Stream(self._network.connect_tcp(address, port, limit, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


def _addresses(host: str, port: int) -> list[str]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError(str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in rows))


class _Stream(httpcore.NetworkStream):
    """A connection; each step ends at the deadline of the thread that uses it at the time."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _limit(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limit = _limit(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's type
        return self._stream.get_extra_info(info)
