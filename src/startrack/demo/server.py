"""The demo's GitHub over HTTP, on this machine only.

    with serving(demo_world(), clock=Clock(datetime(2025, 6, 26))) as server:
        ...  # GITHUB_API_URL=server.api_url, GITHUB_GRAPHQL_URL=server.graphql_url
        server.clock.advance(timedelta(days=1))

The paths of an Enterprise server, `/api/v3` and `/api/graphql`, lead to the same answers.
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

from startrack.demo.access import Apps, Budgets, Clock
from startrack.demo.app import DemoGitHub, LoggedRequest
from startrack.demo.fault_rules import FaultRules
from startrack.demo.faults import Delivery
from startrack.demo.http import Request, Response
from startrack.demo.world import World

__all__ = ["ACTIONS_TOKEN", "TOKEN_LIMITS", "USER_TOKEN", "Server", "serving"]


ACTIONS_TOKEN: Final = "demo-actions-token"  # noqa: S105 - opens nothing but the demo
USER_TOKEN: Final = "demo-user-token"  # noqa: S105 - opens nothing but the demo
TOKEN_LIMITS: Final = {ACTIONS_TOKEN: 1_000, USER_TOKEN: 5_000}
"""The tokens that are good, and the requests and points an hour of each."""

_STARTS_AT = datetime(2025, 6, 26, 23, 17)
_PIECES = 8
_GZIP_FROM = 1_000
"""Bytes from which on a body is worth packing."""


class Server:
    """A running server: its addresses, and what can be moved, broken and looked at."""

    def __init__(self, host: DemoGitHub, port: int) -> None:
        self._host = host
        self.api_url = f"http://127.0.0.1:{port}"
        self.graphql_url = f"{self.api_url}/graphql"
        self.enterprise_api_url = f"{self.api_url}/api/v3"
        self.enterprise_graphql_url = f"{self.api_url}/api/graphql"

    @property
    def world(self) -> World:
        """What there is to see."""
        return self._host.world

    @property
    def clock(self) -> Clock:
        """The instant as of which everything is answered."""
        return self._host.clock

    @property
    def faults(self) -> FaultRules:
        """What goes wrong."""
        return self._host.faults

    @property
    def budgets(self) -> Budgets:
        """What the tokens have left."""
        return self._host.budgets

    @property
    def apps(self) -> Apps:
        """The GitHub Apps that may ask for a token."""
        return self._host.apps

    @property
    def requests(self) -> list[LoggedRequest]:
        """What was asked so far, oldest first; clear it to start anew."""
        return self._host.requests


@contextmanager
def serving(world: World, *, clock: Clock | None = None, limits: Mapping[str, int] | None = None) -> Iterator[Server]:
    """Serve a world on a free port until the block ends; `limits` are the good tokens and their budgets."""
    host = DemoGitHub(world, clock or Clock(_STARTS_AT), TOKEN_LIMITS if limits is None else limits)
    # asyncio sends small packets at once only on sockets that name their protocol.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        running = _Running(_config(host))
        thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
        thread.start()
        try:
            running.ready.wait()
            yield Server(host, listener.getsockname()[1])
        finally:
            running.stop()
            thread.join()


def _config(host: DemoGitHub) -> uvicorn.Config:
    app = Starlette(routes=[Route("/{path:path}", _Endpoint(host))])
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
    """uvicorn, which looks ten times a second whether to stop, made to stop at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._over: asyncio.Event
        self._loop: asyncio.AbstractEventLoop

    async def main_loop(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        self.ready.set()
        await self._over.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn passes it
        """Close everything without waiting for those who are still to be answered."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def stop(self) -> None:
        """End the loop, from another thread."""
        self._loop.call_soon_threadsafe(self._over.set)


class _Protocol(H11Protocol):
    """uvicorn's protocol, which also tells the application over which transport it speaks."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "transport": transport}, receive, send)

        self.app = with_transport


class _Endpoint:
    """The application behind every path."""

    def __init__(self, host: DemoGitHub) -> None:
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = await _asked(HttpRequest(scope, receive))
        answer, deliveries = self._host.answer(asked)
        try:
            await asyncio.sleep(sum(each.delay for each in deliveries))
            await _send(_packed(answer, asked), deliveries, scope, receive, send)
        except asyncio.CancelledError:
            # The server ends in the middle of an answer.
            await _cut(scope["transport"], receive)


async def _asked(request: HttpRequest) -> Request:
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


def _packed(answer: Response, asked: Request) -> Response:
    """Pack a body where the asker takes gzip."""
    if len(answer.body) < _GZIP_FROM or "gzip" not in asked.headers.get("accept-encoding", ""):
        return answer
    headers = {**answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
    return Response(answer.status, gzip.compress(answer.body, compresslevel=1), headers)


async def _send(answer: Response, deliveries: tuple[Delivery, ...], scope: Scope, receive: Receive, send: Send) -> None:
    cut = any(each.reset for each in deliveries)
    kept = min((each.keep for each in deliveries if each.keep is not None), default=None)
    body = answer.body if kept is None else answer.body[: int(len(answer.body) * kept)]
    if not cut or kept is not None:
        await _start(answer, len(answer.body if cut else body), send)
        await _drip(body, sum(each.drip for each in deliveries), send, more=cut)
    if cut:
        await _cut(scope["transport"], receive)


async def _start(answer: Response, length: int, send: Send) -> None:
    headers = {**answer.headers, "content-length": str(length)}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})


async def _drip(body: bytes, drip: float, send: Send, *, more: bool) -> None:
    """Send a body, in pieces where it is to be slow; with `more` it stays unfinished."""
    size = max(len(body) // _PIECES, 1) if drip else max(len(body), 1)
    for start in range(0, len(body) or 1, size):
        await asyncio.sleep(drip)
        end = start + size
        more_body = more or end < len(body)
        await send({"type": "http.response.body", "body": body[start:end], "more_body": more_body})


async def _cut(transport: asyncio.Transport, receive: Receive) -> None:
    """Reset the connection, and wait until the server has seen that it is gone."""
    raw: socket.socket = transport.get_extra_info("socket")
    # Lingering for no time makes closing a reset.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass
