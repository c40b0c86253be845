"""Serves the dashboards over HTTP on this machine; no other module outside the demo imports Starlette and uvicorn.

The server listens only on 127.0.0.1 and refuses requests with another host name. Otherwise a web page could let its
own host name point to 127.0.0.1 and read the dashboards (DNS rebinding).
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
# The pages have their own content security policy, but only a header can forbid frames.
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
_MAX_CONNECTIONS = 100
_MAX_HEAD_SIZE = 16_384  # bytes
_FIRST_REQUEST_TIMEOUT = 5  # seconds
_CONNECTION_TIMEOUT = 300  # seconds
_SHUTDOWN_TIMEOUT = 2  # seconds for responses that are being sent when the server stops


class _Connection(H11Protocol):
    """A connection with timeouts: uvicorn has none for clients that send no request or never finish reading."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as narrow as there
        super().connection_made(transport)
        self.loop.call_later(_FIRST_REQUEST_TIMEOUT, self._end_if_silent)
        self.loop.call_later(_CONNECTION_TIMEOUT, transport.abort)

    def shutdown(self) -> None:
        super().shutdown()
        self.loop.call_later(_SHUTDOWN_TIMEOUT, self.transport.abort)

    def _end_if_silent(self) -> None:
        if self.cycle is None:
            self.transport.abort()


class _Pages(StaticFiles):
    """The files of a folder, except hidden ones (whose name begins with a dot)."""

    async def get_response(self, path: str, scope: MutableMapping[str, Any]) -> Response:
        if any(part.startswith(".") for part in PurePath(path).parts):
            raise HTTPException(404)
        return await super().get_response(path, scope)


class _SafeHeaders:
    """Adds security headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; error responses get the headers too."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message.get("headers", []),
                    *((name.encode(), value.encode()) for name, value in _HEADERS.items()),
                ]
            await send(message)

        await self._app(scope, receive, send_safely)


def application(folder: Path) -> Starlette:
    """Return the web application: the pages in a folder, and `/healthz`, which says whether they were built."""

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
    """Serve a folder on 127.0.0.1 until the end of the `with`. Raises ConfigError if the port is in use.

    On exit, responses in progress have two seconds to finish.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # on Windows, the option would let two processes listen on one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot serve on port {port}: {error.strerror}; choose another port") from error
    server = uvicorn.Server(
        uvicorn.Config(
            application(folder),
            http=_Connection,
            log_level="critical",
            lifespan="off",
            server_header=False,
            limit_concurrency=_MAX_CONNECTIONS,
            h11_max_incomplete_event_size=_MAX_HEAD_SIZE,
            timeout_graceful_shutdown=2 * _SHUTDOWN_TIMEOUT,
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
