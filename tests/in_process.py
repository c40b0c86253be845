"""The demo's GitHub without a network: requests of the real client are answered in the same process.

An answer may be changed on its way, and deliveries end as they do over the network: in time-outs and broken streams.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import httpx

from startrack.demo.access import Clock, unix
from startrack.demo.app import DemoGitHub
from startrack.demo.faults import Delivery
from startrack.demo.http import Request, Response
from startrack.demo.server import TOKEN_LIMITS, USER_TOKEN, Server
from startrack.demo.world import World
from startrack.github import tokens
from startrack.github.client import Client, Endpoints

ADDRESS = "http://github.invalid"
ASKER = "127.0.0.1"

Change = Callable[[Request, Response], Response]


class Broken(httpx.SyncByteStream):
    """A body that breaks off."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        """Yield what arrives."""
        yield self._body
        raise httpx.ReadError("the connection was reset")


@dataclass
class InProcess(httpx.BaseTransport):
    """A GitHub of the demo as a transport for clients of `base`; `change` may alter any answer."""

    world: World
    clock: Clock
    limits: Mapping[str, int] = field(default_factory=lambda: {**TOKEN_LIMITS, ASKER: 60})
    change: Change = lambda _asked, answer: answer
    base: str = ADDRESS

    def __post_init__(self) -> None:
        """Set up the GitHub behind it."""
        self.host = DemoGitHub(self.world, self.clock, self.limits)
        self._one_at_a_time = threading.Lock()  # as the server does

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the server would."""
        asked = Request(
            request.method,
            request.url.path,
            dict(request.url.params),
            {name.lower(): value for name, value in request.headers.items()},
            request.read(),
            ASKER,
            self.base,
        )
        with self._one_at_a_time:
            answer, deliveries = self.host.respond(asked)
        return _delivered(self.change(asked, answer), deliveries, request)

    def connect(self, token: str | None = USER_TOKEN, max_wait: float = 0.0) -> Client:
        """Return a client of this GitHub; pauses take no time."""
        return Client(
            Endpoints(ADDRESS, f"{ADDRESS}/graphql"),
            tokens.create([token]),
            max_wait=max_wait,
            sleep=lambda _seconds: None,
            clock=lambda: float(unix(self.clock.now())),
            transport=self,
        )


def github(world: World, now: datetime) -> InProcess:
    """Return a GitHub as of an instant."""
    return InProcess(world, Clock(now))


def of(server: Server) -> InProcess:
    """Return the GitHub of a running server as a transport: the same one, without the network."""
    github = InProcess(server.world, server.clock, base=server.api_url)
    github.host = server._github
    return github


def _delivered(answer: Response, deliveries: tuple[Delivery, ...], request: httpx.Request) -> httpx.Response:
    if sum(each.delay for each in deliveries) > request.extensions["timeout"]["read"]:
        raise httpx.ReadTimeout("no answer came", request=request)
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    body = answer.body
    for each in deliveries:
        body = body if each.keep is None else body[: int(len(body) * each.keep)]
    if any(each.reset for each in deliveries):
        return httpx.Response(answer.status, headers=headers, stream=Broken(body))
    return httpx.Response(answer.status, headers=headers, content=body)


def edited(answer: Response, edit: Callable[[object], object]) -> Response:
    """Return an answer whose JSON was changed."""
    return replace(answer, body=json.dumps(edit(json.loads(answer.body))).encode())
