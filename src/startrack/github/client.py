"""One GitHub, spoken to over HTTP; the only door of httpx.

A request is repeated where there was no connection, GitHub asked for patience or refused one of several tokens, and a
REST call also where the server failed, or its answer did not arrive whole: a bounded number of times. Without a
connection it ends in a NetworkError, without a whole answer in an UnansweredError, which concerns this request alone.
The token goes into one header of requests to the API's own host and nowhere else.
"""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from startrack.errors import LimitError, NetworkError, SourceError, TokenError
from startrack.github import answers
from startrack.github.tokens import Token, Tokens

__all__ = ["MOVED", "Client", "Document", "Endpoints", "Reply", "bearable"]

_API_VERSION = "2026-03-10"
_TRIES = 4
# Each may take as long as the longest answer.
_SLOW_TRIES = 2
MOVED = frozenset({301, 302, 307, 308})
_LARGEST_LIST = 5_000_000
_LARGEST_ANSWER = 20_000_000
_LONGEST_ANSWER = 60.0
# GitHub stops a query after ten seconds; more than twice that is a lost connection.
_TIMEOUT = httpx.Timeout(25.0, connect=10.0)
# An App's token is made anew while the old one still holds for the longest answer.
_EARLY = 300.0
# No connection was made, so nothing was asked yet.
_UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
_BAD_REQUEST, _UNAUTHORIZED, _SERVER_ERROR = 400, 401, 500


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where GitHub's REST and GraphQL interfaces are, as the Actions runner tells them."""

    api: str = "https://api.github.com"
    graphql: str = "https://api.github.com/graphql"


@dataclass(frozen=True, slots=True)
class Reply:
    """A REST answer, read to its end; header names are in lower case, `url` is where it came from in the end."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str = ""

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode(errors="replace")


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was fetched: its bytes, the path or address where it was found, and its media type, if known."""

    content: bytes
    path: str
    media_type: str = ""


@dataclass(slots=True)
class Client:
    """A connection to GitHub with tokens, or without one; counts the requests, points and seconds it spends.

    It may be used by several threads, as many at the same time as there are tokens.
    `max_wait` is the longest that GitHub may ask to be waited for, in seconds, before the run ends with a
    LimitError. `sleep` waits; `clock` tells the seconds since 1970; `transport` carries the requests, where it
    is not the network.
    """

    endpoints: Endpoints
    tokens: Tokens = field(default_factory=lambda: Tokens([Token(None)]))
    version: str = "0"
    max_wait: float = 900.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    transport: httpx.BaseTransport | None = None
    requests: int = 0
    points: int = 0
    waited: float = 0.0
    _tally: Lock = field(init=False, repr=False, default_factory=Lock)
    _http: httpx.Client = field(init=False, repr=False)
    _api_version: str | None = field(init=False, default=_API_VERSION)

    def __post_init__(self) -> None:
        """Open the connection pool; nothing is sent yet."""
        self._http = httpx.Client(
            transport=self.transport, timeout=_TIMEOUT, headers={"User-Agent": f"startrack/{self.version}"}
        )

    def __enter__(self) -> Self:
        """Use the client in a `with` statement, which closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self._http.close()

    def graphql(self, query: str, variables: Mapping[str, object], *, may_repeat: bool = False) -> answers.Answer:
        """Ask a query and return its answer, partial data included.

        A connection that breaks on the way may have broken under the batch: only with `may_repeat` the same is asked
        again. Raises TokenError, LimitError, NetworkError, and UnansweredError where a smaller batch may pass.
        """
        body = {"query": query, "variables": dict(variables)}
        headers = {"X-Github-Next-Global-ID": "1"}
        reply = self._send(
            "POST", self.endpoints.graphql, headers, resource="graphql", may_repeat=may_repeat, json=body
        )
        answer = answers.read_graphql(reply.status, reply.headers.get("content-type", ""), reply.text)
        self._count(points=answer.points)
        return answer

    def get(
        self,
        path: str,
        *,
        accept: str = "application/vnd.github+json",
        follow: bool = False,
        etag: str | None = None,
        resource: str = "core",
    ) -> Reply:
        """Ask the REST interface, `path` being below its root; with `follow` one redirect inside it is followed.

        `resource` is the budget that the call is taken from. With the `etag` of an earlier answer, one that has not
        changed since has status 304 and costs nothing. Raises UnansweredError where this request got no whole answer,
        and TokenError, LimitError and NetworkError; every other status is for the caller to read.
        """
        reply = self._rest(path, accept, etag, resource)
        if reply.status == _BAD_REQUEST and self._api_version and "version" in reply.text.lower():
            # Older GHES does not know the version; without the header it speaks the oldest supported one.
            self._api_version = None
            reply = self._rest(path, accept, etag, resource)
        if follow and reply.status in MOVED:
            # By its path alone: the token must not go to another host.
            base = urlsplit(self.endpoints.api).path.rstrip("/")
            moved_to = urlsplit(reply.headers.get("location", "")).path.removeprefix(base)
            if moved_to.startswith(("/repositories/", "/repos/")):
                return self._rest(moved_to, accept, etag, resource)
        return reply

    def _rest(self, path: str, accept: str, etag: str | None, resource: str) -> Reply:
        version = {"X-GitHub-Api-Version": self._api_version} if self._api_version else {}
        headers = {"Accept": accept} | version | ({"If-None-Match": etag} if etag else {})
        return self._send("GET", self.endpoints.api.rstrip("/") + path, headers, resource=resource)

    def fetch(self, url: str) -> Document:
        """Return the file at a web address, redirects followed and no token sent.

        Raises SourceError where there is nothing to read, UnansweredError and NetworkError.
        """
        try:
            reply = self._send("GET", url, {}, follow_redirects=True)
        except httpx.TooManyRedirects as error:
            raise SourceError(f"{url} cannot be fetched: {error}") from error
        if reply.status != httpx.codes.OK:
            raise SourceError(f"{url} answered {reply.status}; check the address of the list")
        media_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Document(bearable(reply.content, url), reply.url, media_type)

    def _send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        resource: str | None = None,
        *,
        may_repeat: bool = True,
        **rest: Any,  # noqa: ANN401 - what httpx takes
    ) -> Reply:
        """Send a request; again where the connection failed, a limit was met or a token refused, so many times.

        Without a `resource` it goes to another host than GitHub's, and no token goes with it. What was sent and broke
        off is repeated only where it may be.
        """
        # A token that turns out bad does not use up a try.
        for attempt in range(_TRIES + len(self.tokens.every) - 1):
            try:
                with self._lent(resource) as token:
                    if not self._is_ready(token):
                        continue
                    reply = self._once(method, url, headers | token.headers(), **rest)
                    is_answer = resource is None or self._is_answer(reply, token, resource, attempt)
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise SourceError(
                    f"{url!r} is no address: {error}; check GITHUB_API_URL or the list's source"
                ) from error
            except _UNREACHED as error:
                if attempt + 1 >= _TRIES:
                    raise NetworkError(f"cannot reach {httpx.URL(url).host}: {error}; check the network") from error
                self._back_off(attempt)
                continue
            except (httpx.TransportError, httpx.DecodingError) as error:
                tries = _SLOW_TRIES if isinstance(error, httpx.TimeoutException) else _TRIES
                if not may_repeat or attempt + 1 >= tries:
                    raise answers.UnansweredError(_unanswered(httpx.URL(url).host, error)) from error
                self._back_off(attempt)
                continue
            if method == "GET" and reply.status >= _SERVER_ERROR and attempt + 1 < _TRIES:
                self._back_off(attempt)
            elif is_answer:
                return reply
        raise LimitError(f"GitHub asked for patience {_TRIES} times in a row; run again later")

    def _lent(self, resource: str | None) -> AbstractContextManager[Token]:
        """Lend the token of a request, none for another host than GitHub's."""
        if resource is None:
            return nullcontext(Token(None))
        # What was waited already counts: many short waits are a long one.
        return self.tokens.lent(resource, self.clock, max(self.max_wait - self.waited, 0.0), self._pause)

    def _is_ready(self, token: Token) -> bool:
        """Make an App's token where it has to be, and say whether there is one; else it is set aside."""
        if token.app is None or self.clock() < token.expires - _EARLY:
            return True
        url = self.endpoints.api.rstrip("/") + token.app.path
        try:
            reply = self._once("POST", url, {"Authorization": f"Bearer {token.app.assertion(self.clock())}"})
            token.value, token.expires = token.app.granted(reply.status, reply.text)
        except TokenError as error:
            self.tokens.refuse(token, str(error))
        return not token.refused

    def _is_answer(self, reply: Reply, token: Token, resource: str, attempt: int) -> bool:
        """Say whether a reply is one; a limit makes its token rest, and a refusal sets it aside."""
        now = self.clock()
        ahead = answers.skew(reply.headers, now)
        token.learn(resource, reply.headers, ahead)
        if met := answers.limited(reply.status, reply.headers, reply.text, now + ahead, attempt):
            token.rests_until = now + met.wait * random.uniform(1.0, 1.1)  # noqa: S311 - a pause, not a secret
            return False
        if reply.status == _UNAUTHORIZED:
            self.tokens.refuse(token)
            return False
        return True

    def _back_off(self, attempt: int) -> None:
        self._pause(random.uniform(0.5, 1.0) * 2**attempt)  # noqa: S311 - a pause, not a secret

    def _pause(self, seconds: float) -> None:
        self._count(waited=seconds)
        self.sleep(seconds)

    def _count(self, *, requests: int = 0, points: int = 0, waited: float = 0.0) -> None:
        with self._tally:
            self.requests += requests
            self.points += points
            self.waited += waited

    def _once(self, method: str, url: str, headers: dict[str, str], **rest: Any) -> Reply:  # noqa: ANN401
        self._count(requests=1)
        deadline = time.monotonic() + _LONGEST_ANSWER
        with self._http.stream(method, url, headers=headers, **rest) as response:
            content = bytearray()
            for part in response.iter_bytes():
                content += part
                if len(content) > _LARGEST_ANSWER or time.monotonic() > deadline:
                    raise httpx.ReadTimeout("the answer does not end")
        found = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, found, bytes(content), str(response.url))


def _unanswered(host: str, error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return f"{host} did not answer in time"
    return f"the answer of {host} did not arrive whole: {error}"


def bearable(content: bytes, where: str) -> bytes:
    """Return the bytes of a list. Raises SourceError where there are more than a list has."""
    if len(content) > _LARGEST_LIST:
        raise SourceError(f"{where} holds {len(content):,} bytes; a list of more than {_LARGEST_LIST:,} is not read")
    return content
