"""Serves the demo's GitHub over HTTP, on this machine only.

    with serving(demo_world(), clock=Clock(datetime(2025, 6, 26))) as server:
        ...  # GITHUB_API_URL=server.api_url, GITHUB_GRAPHQL_URL=server.graphql_url
        server.clock.advance(timedelta(days=1))

The paths of an Enterprise server, `/api/v3` and `/api/graphql`, give the same responses.
"""

import asyncio
import gzip
import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from startrack.demo.access import Account, Apps, Budgets, Clock
from startrack.demo.app import DemoGitHub, LoggedRequest
from startrack.demo.comments import Comments
from startrack.demo.faults import Delivery, FaultRules
from startrack.demo.http import Request, Response
from startrack.demo.issues import Issues
from startrack.demo.pulls import PullRequests
from startrack.demo.world import World

__all__ = ["ACTIONS_TOKEN", "TOKEN_LIMITS", "USER_TOKEN", "Server", "serving"]


ACTIONS_TOKEN: Final = "demo-actions-token"  # noqa: S105 - opens nothing but the demo
USER_TOKEN: Final = "demo-user-token"  # noqa: S105 - opens nothing but the demo
TOKEN_LIMITS: Final = {ACTIONS_TOKEN: 1_000, USER_TOKEN: 5_000}
"""The valid tokens, with the requests and points per hour of each."""

_STARTS_AT = datetime(2025, 6, 26, 23, 17)
_PARTS = 8
_MIN_GZIP_BYTES = 1_000


class Server:
    """A running server: its URLs, and the parts of the demo's GitHub that callers can change and inspect."""

    def __init__(self, github: DemoGitHub, port: int) -> None:
        self._github = github
        self.api_url = f"http://127.0.0.1:{port}"
        self.graphql_url = f"{self.api_url}/graphql"
        self.enterprise_api_url = f"{self.api_url}/api/v3"
        self.enterprise_graphql_url = f"{self.api_url}/api/graphql"

    @property
    def world(self) -> World:
        """The repositories and lists."""
        return self._github.world

    @property
    def clock(self) -> Clock:
        """The clock that decides the instant of every response."""
        return self._github.clock

    @property
    def faults(self) -> FaultRules:
        """The fault rules."""
        return self._github.faults

    @property
    def budgets(self) -> Budgets:
        """The budgets of the tokens."""
        return self._github.budgets

    @property
    def apps(self) -> Apps:
        """The GitHub Apps that can request a token."""
        return self._github.apps

    @property
    def account(self) -> Account:
        """The account of the tokens, which tests can change."""
        return self._github.account

    @property
    def issues(self) -> Issues:
        """The issues, which tests can change."""
        return self._github.issues

    @property
    def pulls(self) -> PullRequests:
        """The pull requests."""
        return self._github.pulls

    @property
    def comments(self) -> Comments:
        """The comments on issues and pull requests."""
        return self._github.comments

    @property
    def requests(self) -> list[LoggedRequest]:
        """The requests so far, oldest first; clear the list to start again."""
        return self._github.requests


@contextmanager
def serving(world: World, *, clock: Clock | None = None, limits: Mapping[str, int] | None = None) -> Iterator[Server]:
    """Serve a world on a free port until the block ends; `limits` are the valid tokens and their hourly limits."""
    github = DemoGitHub(world, clock or Clock(_STARTS_AT), TOKEN_LIMITS if limits is None else limits)
    # asyncio only sends small packets immediately if the protocol of the socket is given.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        running = _Running(_config(github))
        thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
        thread.start()
        try:
            running.ready.wait()
            yield Server(github, listener.getsockname()[1])
        finally:
            running.stop()
            thread.join()


def _config(github: DemoGitHub) -> uvicorn.Config:
    app = Starlette(routes=[Route("/{path:path}", _Endpoint(github))])
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        date_header=False,
        server_header=False,
    )


class _Running(uvicorn.Server):
    """uvicorn server that stops immediately; uvicorn itself checks ten times per second whether to stop."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._stopped: asyncio.Event
        self._loop: asyncio.AbstractEventLoop

    async def main_loop(self) -> None:
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        self.ready.set()
        await self._stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn passes it
        """Close all connections without waiting for pending responses."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """End the event loop from another thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)


class _Protocol(H11Protocol):
    """uvicorn's HTTP protocol that also passes its transport to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "transport": transport}, receive, send)

        self.app = with_transport


class _Endpoint:
    """The ASGI application for all paths."""

    def __init__(self, github: DemoGitHub) -> None:
        self._github = github

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await _convert_request(HttpRequest(scope, receive))
        response, deliveries = self._github.respond(request)
        try:
            await asyncio.sleep(sum(delivery.delay for delivery in deliveries))
            await _send(_compress(response, request), deliveries, scope, receive, send)
        except asyncio.CancelledError:
            # The server stops while the response is being sent.
            await _reset_connection(scope["transport"], receive)


async def _convert_request(request: HttpRequest) -> Request:
    path, base = request.url.path, str(request.base_url).rstrip("/")
    if path.startswith("/api/v3/"):
        path, base = path.removeprefix("/api/v3"), f"{base}/api/v3"
    return Request(
        method=request.method,
        path="/graphql" if path == "/api/graphql" else path,
        query=dict(request.query_params),
        headers=dict(request.headers),
        body=await request.body(),
        address=request.client.host if request.client else "",
        base=base,
    )


def _compress(response: Response, request: Request) -> Response:
    """Return the response with a compressed body if the client accepts gzip."""
    if len(response.body) < _MIN_GZIP_BYTES or "gzip" not in request.headers.get("accept-encoding", ""):
        return response
    headers = {**response.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
    return Response(response.status, gzip.compress(response.body, compresslevel=1), headers)


async def _send(
    response: Response,
    deliveries: tuple[Delivery, ...],
    scope: Scope,
    receive: Receive,
    send: Send,
) -> None:
    is_reset = any(delivery.reset for delivery in deliveries)
    keep = min((delivery.keep for delivery in deliveries if delivery.keep is not None), default=None)
    body = response.body if keep is None else response.body[: int(len(response.body) * keep)]
    if not is_reset or keep is not None:
        await _start(response, len(response.body if is_reset else body), send)
        await _send_body(body, sum(delivery.drip for delivery in deliveries), send, more=is_reset)
    if is_reset:
        await _reset_connection(scope["transport"], receive)


async def _start(response: Response, length: int, send: Send) -> None:
    headers = {**response.headers, "content-length": str(length)}
    raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": raw_headers})


async def _send_body(body: bytes, drip: float, send: Send, *, more: bool) -> None:
    """Send a body, in parts if `drip` is not zero; with `more` the body stays unfinished."""
    size = max(len(body) // _PARTS, 1) if drip else max(len(body), 1)
    for start in range(0, len(body) or 1, size):
        await asyncio.sleep(drip)
        end = start + size
        more_body = more or end < len(body)
        await send({"type": "http.response.body", "body": body[start:end], "more_body": more_body})


async def _reset_connection(transport: asyncio.Transport, receive: Receive) -> None:
    """Reset the connection, and wait until uvicorn reports that it is closed."""
    connection: socket.socket = transport.get_extra_info("socket")
    # With a linger time of zero, closing the socket sends a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
