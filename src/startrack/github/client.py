"""One GitHub, spoken to over HTTP; the only door of httpx.

A request is repeated where there was no connection, GitHub asked for patience or refused one of several tokens, and a
REST call also where the server failed, or its answer did not arrive whole: a bounded number of times. Without a
connection it ends in a NetworkError, without a whole answer in an UnansweredError, which concerns this request alone.
The token goes into one header of requests to the API's own scheme, host and port and nowhere else. An answer has one
deadline from the first connection to its last byte, and never takes more memory than the largest one may.
"""

import os
import random
import re
import ssl
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from ipaddress import ip_address
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import urljoin

import httpx

from startrack.errors import ClockError, ConfigError, LimitError, NetworkError, SourceError, TokenError
from startrack.github import deadlines, fields, responses
from startrack.github.app_auth import App
from startrack.github.tokens import Token, Tokens
from startrack.model.durations import DAY

__all__ = ["MOVED", "Client", "Document", "Endpoints", "Reply", "bearable", "check_environment"]

_API_VERSION = "2026-03-10"
_TRIES = 4
# Each may take as long as the longest answer.
_SLOW_TRIES = 2
MOVED: Final = frozenset({301, 302, 307, 308})
_REDIRECTS = MOVED | {303}
_MOST_REDIRECTS = 10
_LARGEST_LIST = 5_000_000
_LARGEST_ANSWER = 20_000_000
_LONGEST_ANSWER = 60.0
# Causes are other people's text, and may be long.
_LONGEST_CAUSE = 200
# GitHub stops a query after ten seconds; more than twice that is a lost connection.
_TIMEOUT = httpx.Timeout(25.0, connect=10.0)
# An App's token is made anew while the old one still holds for the longest answer.
_EARLY = 300.0
# Less than that is the way of a request and its answer.
_CLOCKS_DIFFER = 30.0
# No connection was made, so nothing was asked yet.
_UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
_BAD_REQUEST, _UNAUTHORIZED, _SERVER_ERROR = 400, 401, 500
# What httpx raises for variables that it cannot use.
_UNUSABLE = (httpx.InvalidURL, ImportError, OSError, ValueError)
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_VARIABLES = (*_PROXIES, "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_BLANK = re.compile(r"\s")
_IPV6 = 6
_LAST_PORT = 65_535
_GZIP = zlib.MAX_WBITS | 16


Origin = tuple[str, bytes, int | None]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where GitHub's REST and GraphQL interfaces are; raises ConfigError for what is no address of one."""

    api: str = "https://api.github.com"
    graphql: str = "https://api.github.com/graphql"

    def __post_init__(self) -> None:
        """Check both addresses."""
        _root(self.api, "api_url", "GITHUB_API_URL")
        _root(self.graphql, "graphql_url", "GITHUB_GRAPHQL_URL")

    @classmethod
    def of(cls, api: str | None, graphql: str | None) -> Self:
        """Return both addresses where one of them, or none, is given: a server's two are on one host.

        On an Enterprise server they are /api/v3 and /api/graphql. A token for it must not go to github.com because one
        of them was left out.
        """
        if api and not graphql:
            root = api.rstrip("/")
            below = root.removesuffix("/v3") if root.endswith("/api/v3") else root
            return cls(api, f"{below}/graphql")
        if graphql and not api:
            root = graphql.rstrip("/").removesuffix("/graphql")
            return cls(f"{root}/v3" if root.endswith("/api") else root, graphql)
        return cls(api, graphql) if api and graphql else cls()

    @property
    def origins(self) -> frozenset[Origin]:
        """The schemes, hosts and ports that a token may be sent to."""
        return frozenset({_origin(httpx.URL(self.api)), _origin(httpx.URL(self.graphql))})


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer of an address, read to its end; header names are in lower case. Of a redirect no body is read."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes

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
    LimitError, and `longest_answer` what one answer may take. `sleep` waits; `clock` tells the seconds since 1970;
    `transport` carries the requests, where it is not the network. `ahead` is how many seconds GitHub's clock was ahead
    of this one at its last answer, `None` where none told.
    """

    endpoints: Endpoints
    tokens: Tokens = field(default_factory=lambda: Tokens([Token(None)]))
    version: str = "0"
    max_wait: float = 900.0
    longest_answer: float = _LONGEST_ANSWER
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    transport: httpx.BaseTransport | None = None
    requests: int = 0
    points: int = 0
    waited: float = 0.0
    ahead: float | None = None
    _tally: Lock = field(init=False, repr=False, default_factory=Lock)
    _http: httpx.Client = field(init=False, repr=False)
    _api_version: str | None = field(init=False, default=_API_VERSION)

    def __post_init__(self) -> None:
        """Open the connection pool; nothing is sent yet."""
        headers = {"User-Agent": f"startrack/{self.version}", "Accept-Encoding": "gzip"}
        try:
            self._http = httpx.Client(transport=self.transport, timeout=_TIMEOUT, headers=headers, cookies=_NoCookies())
        except _UNUSABLE as error:
            raise ConfigError(f"cannot use {', '.join(_VARIABLES)} as they are set: {error}; correct them") from error
        _set_deadlines(self._http)

    def __enter__(self) -> Self:
        """Use the client in a `with` statement, which closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._http.close()

    def graphql(self, query: str, variables: Mapping[str, object], *, may_repeat: bool = False) -> responses.Answer:
        """Ask a query and return its answer, partial data included.

        A connection that breaks on the way may have broken under the batch: only with `may_repeat` the same is asked
        again. Raises TokenError, LimitError, NetworkError, and UnansweredError where a smaller batch may pass.
        """
        body = {"query": query, "variables": dict(variables)}
        headers = {"X-Github-Next-Global-ID": "1"}
        reply = self._send(
            "POST",
            self.endpoints.graphql,
            headers,
            resource="graphql",
            body=body,
            may_repeat=may_repeat,
        )
        answer = responses.read_graphql(reply.status, reply.headers.get("content-type", ""), reply.text)
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
        moved_to = self._moved_to(reply) if follow else None
        return self._rest(moved_to, accept, etag, resource) if moved_to else reply

    def _moved_to(self, reply: Reply) -> str | None:
        """Return the path that a redirect leads to; `None` where it is not that of a repository here.

        A `Location` of any shape is resolved against the address asked, and then compared whole: scheme, host, port.
        """
        if reply.status not in MOVED:
            return None
        try:
            there = httpx.URL(urljoin(reply.url, reply.headers.get("location", "")))
        except (httpx.InvalidURL, ValueError):
            return None
        api = httpx.URL(self.endpoints.api)
        if _origin(there) != _origin(api) or there.userinfo:
            return None
        path = there.raw_path.decode("ascii").partition("?")[0].removeprefix(api.raw_path.decode("ascii").rstrip("/"))
        is_repository = path.startswith(("/repositories/", "/repos/")) and "%2e" not in path.lower()
        return path if is_repository else None

    def _rest(self, path: str, accept: str, etag: str | None, resource: str) -> Reply:
        version = {"X-GitHub-Api-Version": self._api_version} if self._api_version else {}
        # It comes from a file, which may hold what no header may.
        known = {"If-None-Match": kept} if (kept := fields.entity_tag(etag)) else {}
        url = self.endpoints.api.rstrip("/") + path
        return self._send("GET", url, {"Accept": accept} | version | known, resource=resource)

    def fetch(self, url: str) -> Document:
        """Return the file at a web address, redirects followed and no token sent.

        Raises SourceError where there is nothing to read, UnansweredError and NetworkError.
        """
        address = _web_address(url, f"{url} is no web address")
        for _ in range(_MOST_REDIRECTS + 1):
            reply = self._send("GET", address, {})
            if reply.status not in _REDIRECTS or not (location := reply.headers.get("location")):
                break
            problem = f"{url} redirects to what is no public web address"
            address = _web_address(location, problem, start=reply.url)
        else:
            raise SourceError(f"{url} cannot be fetched: it redirects more than {_MOST_REDIRECTS} times")
        if reply.status != httpx.codes.OK:
            raise SourceError(f"{url} answered {reply.status}; check the address of the list")
        media_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Document(bearable(reply.content, url), reply.url, media_type)

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        resource: str | None = None,
        *,
        body: Mapping[str, object] | None = None,
        may_repeat: bool = True,
    ) -> Reply:
        """Send a request; again where the connection failed, a limit was met or a token refused, so many times.

        Without a `resource` it goes to another host than GitHub's, and no token goes with it. What was sent and broke
        off is repeated only where it may be.
        """
        failures: list[Exception] = []
        # A token that turns out bad does not use up a try.
        for attempt in range(_TRIES + len(self.tokens.every) - 1):
            try:
                with self._lent(resource) as token:
                    if not self._is_ready(token):
                        continue
                    reply = self._once(method, url, headers, token.value, body)
                    is_answer = resource is None or self._is_answer(reply, token, resource, attempt)
            except (httpx.TransportError, httpx.DecodingError) as error:
                failures.append(error)
                if len(failures) >= _tries(error, may_repeat=may_repeat):
                    raise _lost(_host(httpx.URL(url)), error) from error
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
        if token.app is None or self._githubs_time() < token.expires - _EARLY:
            return True
        try:
            reply = self._ask_for_token(token.app)
            token.value, token.expires = token.app.granted(reply.status, reply.text)
        except TokenError as error:
            self.tokens.refuse(token, str(error))
        return not token.refused

    def _ask_for_token(self, app: App) -> Reply:
        """Ask for an App's token; once more where GitHub's clock turns out to be another than was signed by."""
        url = self.endpoints.api.rstrip("/") + app.path
        signed_at = self._githubs_time()
        reply = self._once("POST", url, {}, app.assertion(signed_at))
        self._compare_clocks(reply)
        if reply.status == _UNAUTHORIZED and abs(self._githubs_time() - signed_at) > _CLOCKS_DIFFER:
            reply = self._once("POST", url, {}, app.assertion(self._githubs_time()))
        return reply

    def check_instant(self, at: datetime, *, is_now: bool) -> None:
        """Raise ClockError where an instant to record lies more than a day after GitHub's time.

        One that this machine's clock calls now must not lie more than a day before it either. As long as no answer
        told GitHub's time, there is nothing to compare with.
        """
        if self.ahead is None:
            return
        github = self.now()
        if at > github + DAY or (is_now and at < github - DAY):
            who = "this machine's clock says" if is_now else "the instant to record is"
            raise ClockError(f"{who} {at:%Y-%m-%d %H:%M} UTC, GitHub's {github:%Y-%m-%d %H:%M}; set the clock right")

    def now(self) -> datetime:
        """Return GitHub's time in naive UTC, to the second; this machine's as long as no answer told it."""
        return datetime.fromtimestamp(self._githubs_time(), UTC).replace(tzinfo=None, microsecond=0)

    def _githubs_time(self) -> float:
        return self.clock() + (self.ahead or 0.0)

    def _compare_clocks(self, reply: Reply) -> None:
        told = responses.skew(reply.headers, self.clock())
        self.ahead = self.ahead if told is None else told

    def _is_answer(self, reply: Reply, token: Token, resource: str, attempt: int) -> bool:
        """Say whether a reply is one; a limit makes its token rest, and a refusal sets it aside."""
        self._compare_clocks(reply)
        ahead, now = self.ahead or 0.0, self.clock()
        token.learn(resource, reply.headers, ahead)
        if met := responses.limited(reply.status, reply.headers, reply.text, now + ahead, attempt):
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

    def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        token: str | None,
        body: Mapping[str, object] | None = None,
    ) -> Reply:
        """Send a request. This is the only place that sends, and the only one that gives a token away."""
        request = self._http.build_request(method, url, headers=headers, json=body)
        if token is not None and _origin(request.url) in self.endpoints.origins:
            request.headers["Authorization"] = f"Bearer {token}"
        self._count(requests=1)
        with deadlines.within(self.longest_answer), closing(self._answer(request)) as response:
            content = b"" if response.has_redirect_location else _content(response, _host(request.url))
            found = {name.lower(): value for name, value in response.headers.items()}
        return Reply(str(request.url), response.status_code, found, content)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._http.send(request, stream=True)
        except (httpx.InvalidURL, UnicodeError) as error:  # httpx looks at where a redirect leads
            raise httpx.RemoteProtocolError("it redirects to what is no address") from error


class _NoCookies(CookieJar):
    """Keeps no cookie: one that is no ASCII could not be sent back, and hosts share them whatever their port."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Read none."""


def _set_deadlines(http: httpx.Client) -> None:
    """Let every connection keep the deadline of whoever uses it, those through a proxy too."""
    # httpx has no argument for the network that httpcore takes; a test with a slow server sees that this works.
    for transport in (http._transport, *http._mounts.values()):  # noqa: SLF001
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = deadlines.Backend()  # noqa: SLF001


def _root(text: str, key: str, variable: str) -> None:
    """Raise ConfigError where a text is no address of an interface."""
    where = f"[github] {key} (or {variable})"
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigError(f"{where} is no address; write it like https://github.example/api/v3") from error
    if url.userinfo:
        raise ConfigError(f"{where} holds a user name or password; take it out: GITHUB_TOKEN is what startrack sends")
    if not _is_web_address(url) or url.query or url.fragment:
        raise ConfigError(f"{where} is no address of GitHub's API; write it like https://github.example/api/v3")


def _origin(url: httpx.URL) -> Origin:
    """Return scheme, host and port, which httpx has in one spelling: lower case, and no port that is the usual one."""
    return url.scheme, url.raw_host, url.port


def _is_web_address(url: httpx.URL) -> bool:
    return url.scheme in {"http", "https"} and bool(url.raw_host) and (url.port or 0) <= _LAST_PORT


def _host(url: httpx.URL) -> str:
    # `URL.host` fails on what only looks like an international name.
    return url.raw_host.decode("ascii")


def _web_address(text: str, problem: str, start: str = "") -> str:
    """Return an address that a list may be fetched from, as it is meant at `start`.

    Raises SourceError, which tells the problem.
    """
    try:
        url = httpx.URL(urljoin(start, text))
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceError(f"{problem}; check the address of the list") from error
    if not _is_web_address(url) or url.userinfo:
        raise SourceError(f"{problem}; check the address of the list")
    return str(url)


def _content(response: httpx.Response, host: str) -> bytes:
    """Return the body, unpacked part by part so that it never takes more memory than the largest answer.

    Raises UnansweredError where it is larger, and DecodingError where it is packed otherwise than was asked for.
    """
    packed = response.headers.get("content-encoding", "identity").strip().lower()
    if packed not in {"identity", "", "gzip"}:
        raise httpx.DecodingError(f"it is packed as {packed!r}, not as gzip")
    unpacking = zlib.decompressobj(_GZIP) if packed == "gzip" else None
    content = bytearray()
    try:
        for part in cast("httpx.SyncByteStream", response.stream):
            content += unpacking.decompress(part, _LARGEST_ANSWER + 1 - len(content)) if unpacking else part
            if len(content) > _LARGEST_ANSWER:
                raise responses.UnansweredError(f"the answer of {host} is larger than {_LARGEST_ANSWER:,} bytes")
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
    if unpacking and content and not unpacking.eof:
        raise httpx.DecodingError("its end is missing")
    return bytes(content)


def _tries(error: Exception, *, may_repeat: bool) -> int:
    if isinstance(error, _UNREACHED):
        return _TRIES
    if not may_repeat:
        return 1
    return _SLOW_TRIES if isinstance(error, httpx.TimeoutException) else _TRIES


def _lost(host: str, error: Exception) -> NetworkError | responses.UnansweredError:
    """Return what is told of a request that was sent in vain."""
    cause = str(error)[:_LONGEST_CAUSE]
    if isinstance(error, _UNREACHED):
        return NetworkError(f"cannot reach {host}: {cause}; check the network")
    if isinstance(error, httpx.TimeoutException):
        return responses.UnansweredError(f"{host} did not answer in time")
    return responses.UnansweredError(f"the answer of {host} did not arrive whole: {cause}")


def bearable(content: bytes, where: str) -> bytes:
    """Return the bytes of a list. Raises SourceError where there are more than a list has."""
    if len(content) > _LARGEST_LIST:
        raise SourceError(f"{where} holds {len(content):,} bytes; a list of more than {_LARGEST_LIST:,} is not read")
    return content


# ── The environment ──────────────────────────────────────────────────────────────────────────────────────


def check_environment(variables: Mapping[str, str]) -> None:
    """Raise ConfigError naming the first variable for proxies and certificates that cannot be used.

    httpx reads them, those of proxies in any case. What a proxy's address holds is not shown: it may be a password.
    """
    checks = dict.fromkeys(_PROXIES, _check_proxy) | {
        "NO_PROXY": _check_no_proxy,
        "SSL_CERT_FILE": _check_certificates,
        "SSLKEYLOGFILE": _check_key_log,
    }
    if not variables.get("SSL_CERT_FILE"):
        checks["SSL_CERT_DIR"] = _check_folders
    for name, value in variables.items():
        check = checks.get(name.upper() if name.lower().endswith("_proxy") else name)
        if check and value:
            try:
                check(value)
            except _UNUSABLE as error:
                raise ConfigError(f"{name} cannot be used: {error}; correct it, or unset it") from error


def _check_proxy(value: str) -> None:
    try:
        url = httpx.URL(value if "://" in value else f"http://{value}")
        if not url.raw_host or (url.port or 0) > _LAST_PORT or _BLANK.search(value):
            raise ValueError("it names no host or no port")
        httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), proxy=url).close()
    except (httpx.InvalidURL, ValueError) as error:
        raise ValueError("it is no address of a proxy such as http://proxy.example:3128") from error
    except ImportError as error:
        raise ImportError("a SOCKS proxy needs the package socksio") from error


def _check_no_proxy(value: str) -> None:
    for host in filter(None, map(str.strip, value.split(","))):
        try:
            if _BLANK.search(host):
                raise ValueError("it is two")
            httpx.Client(transport=httpx.BaseTransport(), mounts={_pattern(host): None}).close()
        except (httpx.InvalidURL, ValueError) as error:
            raise ValueError(
                f"{host!r} is no host; separate hosts by commas, an IPv6 address without brackets",
            ) from error


def _pattern(host: str) -> str:
    """Return a host as httpx takes it."""
    if "://" in host:
        return host
    try:
        ip = ip_address(host.partition("/")[0])
    except ValueError:
        return f"all://*{host}"
    return f"all://[{host}]" if ip.version == _IPV6 else f"all://{host}"


def _check_certificates(value: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=value)
    except OSError as error:
        raise OSError(f"{value} is no file of certificates ({error.strerror or error})") from error


def _check_folders(value: str) -> None:
    if not any(Path(folder).is_dir() for folder in value.split(os.pathsep)):
        raise OSError(f"{value} is no folder")


def _check_key_log(value: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = value
    except OSError as error:
        raise OSError(f"{value} cannot be written ({error.strerror})") from error
