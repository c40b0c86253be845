"""The dashboards over HTTP on this machine, and whether they are well; the only door of Starlette and uvicorn.

It listens on 127.0.0.1 alone, and answers nobody who calls it by another machine's name: a page elsewhere on the web
could otherwise have its own name lead here and read along.
"""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from startrack.errors import ConfigError

__all__ = [
    "application",
    "serving",
]


_HOSTS = ("127.0.0.1", "localhost")
# The pages bring a content policy of their own; a frame cannot be forbidden by a page, only by a header.
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_MOST_CONNECTIONS = 100
_LARGEST_HEAD = 16_384  # bytes
# Seconds: for the first request to arrive, for a connection in all, and for the answers under way when told to stop.
_FIRST_REQUEST, _LONGEST_CONNECTION, _FAREWELL = 5, 300, 2


class _Connection(H11Protocol):
    """A connection that ends by itself: uvicorn has no limit for one that never asks, or reads for ever."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as narrow as there
        super().connection_made(transport)
        self.loop.call_later(_FIRST_REQUEST, self._end_if_silent)
        self.loop.call_later(_LONGEST_CONNECTION, transport.abort)

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(_FAREWELL, self.transport.abort)

    def _end_if_silent(self) -> None:
        if self.cycle is None:
            self.transport.abort()


class _Pages(StaticFiles):
    """The files of a folder, but none that is hidden by a dot."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        if any(part.startswith(".") for part in PurePath(path).parts):
            raise HTTPException(404)
        return await super().get_response(path, scope)


class _SafeHeaders:
    """Add the headers that keep a browser from doing more with an answer than showing it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; every answer gets the headers, errors included."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    *((name.encode(), value.encode()) for name, value in _HEADERS.items()),
                ]
            await send(message)

        await self._app(scope, receive, send_safely)


def application(folder: Path) -> Starlette:
    """Return the web application: the pages in a folder, and `/healthz`."""

    async def healthz(_request: Request) -> JSONResponse:
        built = (folder / "index.html").is_file()
        return JSONResponse({"status": "ok" if built else "not built yet"}, status_code=200 if built else 503)

    return Starlette(
        routes=[Route("/healthz", healthz), Mount("/", _Pages(directory=folder, html=True, check_dir=False))],
        middleware=[
            Middleware(_SafeHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(_HOSTS), www_redirect=False),
        ],
    )


@contextmanager
def serving(folder: Path, port: int) -> Iterator[None]:
    """Serve a folder on 127.0.0.1 until the end of the `with`. Raises ConfigError where the port is taken.

    What is being answered then has two seconds left: a slow reader holds nobody up.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere the option lets two processes listen on one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot serve on port {port}: {error.strerror}; choose another") from error
    server = uvicorn.Server(
        uvicorn.Config(
            application(folder),
            http=_Connection,
            log_level="critical",
            lifespan="off",
            server_header=False,
            limit_concurrency=_MOST_CONNECTIONS,
            h11_max_incomplete_event_size=_LARGEST_HEAD,
            timeout_graceful_shutdown=2 * _FAREWELL,
        ),
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="startrack-serve")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
