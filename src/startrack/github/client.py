"""The HTTP client for one GitHub server; the only module that imports httpx.

A request is repeated a bounded number of times: when no connection was made, when GitHub rate-limited it, and when
GitHub refused one of several tokens; a REST request also when the server failed or its response was incomplete. After
that it raises NetworkError (no connection) or UnansweredError (no usable response to this one request).

The token is sent in one header, only to the scheme, host and port of the API. A response has one deadline from the
first connection to its last byte, and a maximum size. Each request is logged at DEBUG, each wait and retry at INFO;
records hold no token and no query string.
"""

import logging
import os
import random
import re
import ssl
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
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
from startrack.stopping import Stop

__all__ = ["MOVED", "Client", "Document", "Endpoints", "Reply", "Tier", "check_environment", "check_list_size"]

_logger = logging.getLogger(__name__)

_API_VERSION = "2026-03-10"
_ATTEMPTS = 4
# A timeout may take as long as the longest response, so it is tried fewer times.
_TIMEOUT_ATTEMPTS = 2
MOVED: Final = frozenset({301, 302, 307, 308})
_REDIRECTS = MOVED | {303}
_MAX_REDIRECTS = 10
_MAX_LIST_BYTES = 5_000_000
_MAX_RESPONSE_BYTES = 20_000_000
_RESPONSE_TIMEOUT = 60.0
# The texts of network errors come from other software and may be long.
_MAX_CAUSE_LENGTH = 200
# GitHub stops a query after ten seconds; after more than twice that the connection is lost.
_TIMEOUT = httpx.Timeout(25.0, connect=10.0)
# A GitHub App's token is replaced while the old one is still valid for the longest response.
_RENEW_BEFORE_EXPIRY = 300.0
# A smaller difference between two clocks is the time that the request took.
_CLOCK_TOLERANCE = 30.0
# A shorter token could be an ordinary word of the response; GitHub's are far longer.
_MIN_MASKED_LENGTH = 20
# No connection was made, so nothing was sent yet.
_UNREACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError)
_BAD_REQUEST, _UNAUTHORIZED, _SERVER_ERROR = 400, 401, 500
# What httpx raises for environment variables that it cannot use.
_UNUSABLE = (httpx.InvalidURL, ImportError, OSError, ValueError)
_PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")
_VARIABLES = (*_PROXIES, "NO_PROXY", *_CERTIFICATES)
_BLANK = re.compile(r"\s")
_IPV6 = 6
_LAST_PORT = 65_535
_GZIP = zlib.MAX_WBITS | 16


Origin = tuple[str, bytes, int | None]


class Tier(StrEnum):
    """The kind of a request, by which requests are counted in the log."""

    LIGHT = "light"
    DETAILS = "details"
    COMMITS = "commits"
    HISTORY = "history"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The URLs of GitHub's REST and GraphQL APIs. Raises ConfigError for an invalid one."""

    api: str = "https://api.github.com"
    graphql: str = "https://api.github.com/graphql"

    def __post_init__(self) -> None:
        """Check both URLs."""
        _check_api_url(self.api, "api_url", "GITHUB_API_URL")
        _check_api_url(self.graphql, "graphql_url", "GITHUB_GRAPHQL_URL")

    @classmethod
    def from_urls(cls, api: str | None, graphql: str | None) -> Self:
        """Return both URLs. A missing one is derived from the other; if both are missing, github.com is used.

        On an Enterprise server they are /api/v3 and /api/graphql of one host. The missing one must not default to
        github.com: that would send the server's token there.
        """
        if api and not graphql:
            root = api.rstrip("/")
            parent = root.removesuffix("/v3") if root.endswith("/api/v3") else root
            return cls(api, f"{parent}/graphql")
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
    """A complete HTTP response. Header names are in lower case; the body of a redirect is not read."""

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
    """A fetched file: its bytes, its path or URL, and its media type if known."""

    content: bytes
    path: str
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class _Request:
    """A request to send.

    `resource` is the rate-limit budget it is charged to; `None` means a host other than GitHub's API, and then no
    token is sent. `may_repeat` says whether it is sent again after a connection that broke off.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    resource: str | None = None
    body: Mapping[str, object] | None = None
    may_repeat: bool = True
    tier: Tier = Tier.OTHER

    def __str__(self) -> str:
        """Return the request for the log: never its query string or user info, which may hold secrets."""
        url = httpx.URL(self.url)
        path = url.raw_path.decode("ascii").partition("?")[0]
        return f"{self.method} {path}" if self.resource else f"{self.method} {url.scheme}://{_host(url)}{path}"


@dataclass(slots=True)
class Client:
    """A connection to GitHub, with tokens or without; it counts the requests, points and seconds it spends.

    Several threads may use it, at most one per token at the same time.

    `max_wait` is the longest total wait for a rate limit in seconds; beyond it a request raises LimitError.
    `response_timeout` is the deadline of one whole response in seconds. `sleep` waits, `clock` returns seconds since
    1970, and `transport` replaces the network in tests. `ahead` is how many seconds GitHub's clock was ahead of this
    machine's in the last response, `None` before one has said so. With a `stop`, a request that is under way when the
    process is asked to end is no longer waited for, and raises StoppedError, as every later one does.
    """

    endpoints: Endpoints
    tokens: Tokens = field(default_factory=lambda: Tokens([Token(None)]))
    version: str = "0"
    max_wait: float = 900.0
    response_timeout: float = _RESPONSE_TIMEOUT
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.time
    transport: httpx.BaseTransport | None = None
    stop: Stop | None = None
    requests: int = 0
    points: int = 0
    waited: float = 0.0
    ahead: float | None = None
    by_tier: Counter[Tier] = field(default_factory=Counter)
    _totals_lock: Lock = field(init=False, repr=False, default_factory=Lock)
    _http: httpx.Client = field(init=False, repr=False)
    _api_version: str | None = field(init=False, default=_API_VERSION)

    def __post_init__(self) -> None:
        """Open the connection pool; nothing is sent yet."""
        headers = {"User-Agent": f"startrack/{self.version}", "Accept-Encoding": "gzip"}
        try:
            self._http = httpx.Client(
                transport=self.transport,
                verify=_ssl_context(*map(os.environ.get, _CERTIFICATES)),
                timeout=_TIMEOUT,
                headers=headers,
                cookies=_NoCookies(),
            )
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

    def graphql(
        self,
        query: str,
        variables: Mapping[str, object],
        *,
        may_repeat: bool = False,
        tier: Tier = Tier.OTHER,
    ) -> responses.Answer:
        """Send a GraphQL query and return its answer, which may be partial.

        A connection may break because the batch was too heavy, so the same query is sent again only with `may_repeat`.
        Raises TokenError, LimitError, NetworkError, and UnansweredError if a smaller batch may succeed.
        """
        headers = {"X-Github-Next-Global-ID": "1"}
        body = {"query": query, "variables": dict(variables)}
        reply = self._send(_Request("POST", self.endpoints.graphql, headers, "graphql", body, may_repeat, tier))
        answer = responses.parse_graphql(reply.status, reply.headers.get("content-type", ""), reply.text)
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
        tier: Tier = Tier.OTHER,
    ) -> Reply:
        """Return the response of the REST API to a GET of `path`, relative to the API's root.

        With `follow` one redirect to a repository of the same API is followed. `resource` is the rate-limit budget that
        the call is charged to. With the `etag` of an earlier response, an unchanged one has status 304 and is free.
        Any status is returned. Raises UnansweredError if this request got no complete response, and TokenError,
        LimitError and NetworkError.
        """

        def request(path: str) -> _Request:
            # The ETag comes from a file and may hold what no header may.
            condition = {"If-None-Match": tag} if (tag := fields.parse_etag(etag)) else {}
            url = self.endpoints.api.rstrip("/") + path
            return _Request("GET", url, {"Accept": accept} | self._version_header() | condition, resource, tier=tier)

        reply = self._send(request(path))
        if reply.status == _BAD_REQUEST and self._api_version and "version" in reply.text.lower():
            # An older Enterprise server rejects the version; without the header it uses its oldest supported one.
            self._api_version = None
            reply = self._send(request(path))
        new_path = self._redirect_path(reply) if follow else None
        return self._send(request(new_path)) if new_path else reply

    def write(self, method: str, path: str, body: Mapping[str, object]) -> Reply:
        """Return the response of the REST API to a POST or PATCH of `path`, whatever its status.

        It is sent once: GitHub may have done what it asks for even if the connection broke. Raises what `get` raises.
        """
        headers = {"Accept": "application/vnd.github+json"} | self._version_header()
        url = self.endpoints.api.rstrip("/") + path
        return self._send(_Request(method, url, headers, "core", body, may_repeat=False))

    def _version_header(self) -> dict[str, str]:
        return {"X-GitHub-Api-Version": self._api_version} if self._api_version else {}

    def _redirect_path(self, reply: Reply) -> str | None:
        """Return the path that a redirect leads to, `None` if it is not a repository of this API.

        `Location` is resolved against the requested URL; then its whole origin must match the API's.
        """
        if reply.status not in MOVED:
            return None
        try:
            target = httpx.URL(urljoin(reply.url, reply.headers.get("location", "")))
        except (httpx.InvalidURL, ValueError):
            return None
        api = httpx.URL(self.endpoints.api)
        if _origin(target) != _origin(api) or target.userinfo:
            return None
        path = target.raw_path.decode("ascii").partition("?")[0].removeprefix(api.raw_path.decode("ascii").rstrip("/"))
        is_repository = path.startswith(("/repositories/", "/repos/")) and "%2e" not in path.lower()
        return path if is_repository else None

    def fetch(self, url: str) -> Document:
        """Return the file at a URL; redirects are followed and no token is sent.

        Raises SourceError if there is no readable file at the URL, UnansweredError and NetworkError.
        """
        target = _check_web_url(url, f"{url} is not a valid URL")
        for _ in range(_MAX_REDIRECTS + 1):
            reply = self._send(_Request("GET", target, {}))
            if reply.status not in _REDIRECTS or not (location := reply.headers.get("location")):
                break
            problem = f"{url} redirects to an invalid or unsupported URL"
            target = _check_web_url(location, problem, base=reply.url)
        else:
            raise SourceError(f"{url} cannot be fetched: it redirects more than {_MAX_REDIRECTS} times")
        if reply.status != httpx.codes.OK:
            raise SourceError(f"{url} returned status {reply.status}; check the URL of the list")
        media_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
        return Document(check_list_size(reply.content, url), reply.url, media_type)

    def _send(self, request: _Request) -> Reply:
        """Send a request and return its response; repeat it as the module's docstring says."""
        failures: list[Exception] = []
        # A refused token does not use up an attempt.
        for attempt in range(_ATTEMPTS + len(self.tokens.every) - 1):
            try:
                with self._lend_token(request.resource) as token:
                    if not self._ensure_app_token(token):
                        continue
                    reply = self._send_once(request, token.value)
                    is_answer = request.resource is None or self._is_answer(reply, token, request.resource, attempt)
            except (httpx.TransportError, httpx.DecodingError) as error:
                failures.append(error)
                if len(failures) >= _max_attempts(error, may_repeat=request.may_repeat):
                    raise _network_error(_host(httpx.URL(request.url)), error) from error
                self._back_off(request, attempt, type(error).__name__)
                continue
            if request.method == "GET" and reply.status >= _SERVER_ERROR and attempt + 1 < _ATTEMPTS:
                self._back_off(request, attempt, f"status {reply.status}")
            elif is_answer:
                return reply
        raise LimitError(f"GitHub rate-limited {_ATTEMPTS} attempts in a row; try again later")

    def _lend_token(self, resource: str | None) -> AbstractContextManager[Token]:
        """Lend a token for a request; an empty token if `resource` is `None`, for hosts other than GitHub."""
        if resource is None:
            return nullcontext(Token(None))
        # Earlier waits count: many short waits add up to a long one.
        return self.tokens.lend(resource, self.clock, max(self.max_wait - self.waited, 0.0), self._pause)

    def _ensure_app_token(self, token: Token) -> bool:
        """Request a GitHub App's token if it is missing or expires soon, and say whether the token can be used."""
        if token.app is None or self._github_time() < token.expires - _RENEW_BEFORE_EXPIRY:
            return True
        try:
            reply = self._request_app_token(token.app)
            token.value, token.expires = token.app.parse_token(reply.status, reply.text)
        except TokenError as error:
            self.tokens.refuse(token, str(error))
        return not token.refused

    def _request_app_token(self, app: App) -> Reply:
        """Request an App's token; once more if GitHub's clock differs from the time that was signed."""
        request = _Request("POST", self.endpoints.api.rstrip("/") + app.path, {}, "core")
        signed_at = self._github_time()
        reply = self._send_once(request, app.sign_assertion(signed_at))
        self._compare_clocks(reply)
        if reply.status == _UNAUTHORIZED and abs(self._github_time() - signed_at) > _CLOCK_TOLERANCE:
            _logger.info("Retrying %s: this machine's clock differs from GitHub's", request)
            reply = self._send_once(request, app.sign_assertion(self._github_time()))
        return reply

    def check_instant(self, at: datetime, *, is_now: bool) -> None:
        """Raise ClockError if an instant to record is more than a day after GitHub's time.

        With `is_now`, this machine's clock gave the instant; then it must not be more than a day before either.
        Nothing is checked before a response has given GitHub's time.
        """
        if self.ahead is None:
            return
        github = self.now()
        if at > github + DAY or (is_now and at < github - DAY):
            subject = "this machine's clock says" if is_now else "the time to record is"
            ours, theirs = (f"{instant:%Y-%m-%d %H:%M} UTC" for instant in (at, github))
            raise ClockError(f"{subject} {ours}, but GitHub's clock says {theirs}; correct the clock")

    def now(self) -> datetime:
        """Return GitHub's time in naive UTC, to the second; this machine's before a response has given GitHub's."""
        return datetime.fromtimestamp(self._github_time(), UTC).replace(tzinfo=None, microsecond=0)

    def _github_time(self) -> float:
        return self.clock() + (self.ahead or 0.0)

    def _compare_clocks(self, reply: Reply) -> None:
        skew = responses.clock_skew(reply.headers, self.clock())
        self.ahead = self.ahead if skew is None else skew

    def _is_answer(self, reply: Reply, token: Token, resource: str, attempt: int) -> bool:
        """Say whether the reply can be returned; after a rate limit the token rests, after a 401 it is refused."""
        self._compare_clocks(reply)
        ahead, now = self.ahead or 0.0, self.clock()
        token.update_budget(resource, reply.headers, ahead)
        if limit := responses.rate_limit(reply.status, reply.headers, reply.text, now + ahead, attempt):
            _logger.info("GitHub rate-limited %s (status %d): wait %.0f s", token.label, reply.status, limit.wait)
            token.rests_until = now + limit.wait * random.uniform(1.0, 1.1)  # noqa: S311 - a pause, not a secret
            return False
        if reply.status == _UNAUTHORIZED:
            self.tokens.refuse(token)
            return False
        return True

    def _back_off(self, request: _Request, attempt: int, reason: str) -> None:
        seconds = random.uniform(0.5, 1.0) * 2**attempt  # noqa: S311 - a pause, not a secret
        _logger.info("Retrying %s in %.1f s: %s", request, seconds, reason)
        self._pause(seconds)

    def _pause(self, seconds: float) -> None:
        self._count(waited=seconds)
        self.sleep(seconds)

    def _count(self, *, points: int = 0, waited: float = 0.0) -> None:
        with self._totals_lock:
            self.points += points
            self.waited += waited

    def _count_request(self, tier: Tier) -> None:
        with self._totals_lock:
            self.requests += 1
            self.by_tier[tier] += 1

    @contextmanager
    def log_totals(self, name: str) -> Iterator[None]:
        """Log the requests of a pass by tier, its points and its waits when the block ends, however it ends."""
        requests, by_tier, points, waited = self.requests, self.by_tier.copy(), self.points, self.waited
        try:
            yield
        finally:
            tiers = self.by_tier - by_tier
            _logger.info(
                "%s: %d requests (%s), %d points, waited %.0f s",
                name,
                self.requests - requests,
                ", ".join(f"{tier} {tiers[tier]}" for tier in Tier if tiers[tier]) or "none",
                self.points - points,
                self.waited - waited,
            )

    def _send_once(self, request: _Request, token: str | None) -> Reply:
        """Send a request once. Only this function sends anything, and only here a token enters a request."""
        http_request = self._http.build_request(request.method, request.url, headers=request.headers, json=request.body)
        if token is not None and _origin(http_request.url) in self.endpoints.origins:
            http_request.headers["Authorization"] = f"Bearer {token}"
        self._count_request(request.tier)
        began = time.monotonic()
        try:
            reply = self.stop.call(lambda: self._exchange(http_request)) if self.stop else self._exchange(http_request)
        except (httpx.HTTPError, responses.UnansweredError) as error:
            _log_request(request, type(error).__name__, began)
            raise
        _log_request(request, str(reply.status), began)
        if token is not None and len(token) >= _MIN_MASKED_LENGTH:
            # A server that repeats the token must not bring it into messages, logs or files.
            return replace(reply, content=reply.content.replace(token.encode(), b"***"))
        return reply

    def _exchange(self, request: httpx.Request) -> Reply:
        with deadlines.within(self.response_timeout), closing(self._open(request)) as response:
            content = b"" if response.has_redirect_location else _read_body(response, _host(request.url))
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Reply(str(request.url), response.status_code, headers, content)

    def _open(self, request: httpx.Request) -> httpx.Response:
        try:
            return self._http.send(request, stream=True)
        except (httpx.InvalidURL, UnicodeError) as error:  # httpx parses the target of a redirect
            raise httpx.RemoteProtocolError("the target of a redirect is not a valid URL") from error


def _log_request(request: _Request, outcome: str, began: float) -> None:
    _logger.debug("%s: %s in %.2f s (%s)", request, outcome, time.monotonic() - began, request.tier)


class _NoCookies(CookieJar):
    """Keeps no cookie: cookies are shared by all ports of a host, and a non-ASCII one could not be sent back."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Read none."""


@cache
def _ssl_context(*_variables: str | None) -> ssl.SSLContext:
    """Return what clients check certificates with, by the values of the variables that httpx reads for it.

    To read the certificates takes longer than all the rest of a client, so the clients of a process share them; a
    changed certificate file counts in the next process. Raises OSError if they cannot be read.
    """
    return httpx.create_ssl_context()


def _set_deadlines(http: httpx.Client) -> None:
    """Make every connection, also those through a proxy, respect the deadline of the thread that uses it."""
    # httpx has no argument for httpcore's network backend; a test with a slow server checks that this works.
    for transport in (http._transport, *http._mounts.values()):  # noqa: SLF001
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = deadlines.Backend()  # noqa: SLF001


def _check_api_url(text: str, key: str, variable: str) -> None:
    """Raise ConfigError if a string is not a valid API URL."""
    setting = f"[github] {key} (or {variable})"
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ConfigError(f"{setting} is not a valid URL; use for example https://github.example/api/v3") from error
    if url.userinfo:
        raise ConfigError(f"{setting} must not contain a user name or password; remove it and set GITHUB_TOKEN instead")
    if not _is_web_url(url) or url.query or url.fragment:
        raise ConfigError(f"{setting} is not a valid API URL; use for example https://github.example/api/v3")


def _origin(url: httpx.URL) -> Origin:
    """Return scheme, host and port as httpx normalizes them: lower case, and no port if it is the default one."""
    return url.scheme, url.raw_host, url.port


def _is_web_url(url: httpx.URL) -> bool:
    return url.scheme in {"http", "https"} and bool(url.raw_host) and (url.port or 0) <= _LAST_PORT


def _host(url: httpx.URL) -> str:
    # `URL.host` fails on what only looks like an international name.
    return url.raw_host.decode("ascii")


def _check_web_url(text: str, problem: str, base: str = "") -> str:
    """Return a URL that a list may be fetched from, resolved against `base`. Raises SourceError with `problem`."""
    try:
        url = httpx.URL(urljoin(base, text))
    except (httpx.InvalidURL, ValueError) as error:
        raise SourceError(f"{problem}; check the URL of the list") from error
    if not _is_web_url(url) or url.userinfo:
        raise SourceError(f"{problem}; check the URL of the list")
    return str(url)


def _read_body(response: httpx.Response, host: str) -> bytes:
    """Return the decompressed body; it is decompressed in parts so that it never exceeds the maximum size in memory.

    Raises UnansweredError if it is larger, and DecodingError if its encoding is not the requested one.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip"}:
        raise httpx.DecodingError(f"the content encoding is {encoding!r}, not gzip")
    gunzip = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
    content = bytearray()
    try:
        for part in cast("httpx.SyncByteStream", response.stream):
            content += gunzip.decompress(part, _MAX_RESPONSE_BYTES + 1 - len(content)) if gunzip else part
            if len(content) > _MAX_RESPONSE_BYTES:
                raise responses.UnansweredError(f"the response of {host} is larger than {_MAX_RESPONSE_BYTES:,} bytes")
    except zlib.error as error:
        raise httpx.DecodingError(str(error)) from error
    if gunzip and content and not gunzip.eof:
        raise httpx.DecodingError("the compressed data is cut off")
    return bytes(content)


def _max_attempts(error: Exception, *, may_repeat: bool) -> int:
    if isinstance(error, _UNREACHED):
        return _ATTEMPTS
    if not may_repeat:
        return 1
    return _TIMEOUT_ATTEMPTS if isinstance(error, httpx.TimeoutException) else _ATTEMPTS


def _network_error(host: str, error: Exception) -> NetworkError | responses.UnansweredError:
    """Return the startrack error for a request whose last attempt failed."""
    cause = str(error)[:_MAX_CAUSE_LENGTH]
    if isinstance(error, _UNREACHED):
        return NetworkError(f"cannot reach {host}: {cause}; check the network")
    if isinstance(error, httpx.TimeoutException):
        return responses.UnansweredError(f"{host} did not answer in time")
    return responses.UnansweredError(f"the response of {host} was incomplete: {cause}")


def check_list_size(content: bytes, name: str) -> bytes:
    """Return the bytes of a list. Raises SourceError if there are more than 5,000,000."""
    if len(content) > _MAX_LIST_BYTES:
        raise SourceError(f"{name} has {len(content):,} bytes; lists of more than {_MAX_LIST_BYTES:,} are not read")
    return content


def check_environment(variables: Mapping[str, str]) -> None:
    """Raise ConfigError for the first environment variable for proxies or certificates that cannot be used.

    httpx reads all of these variables. A proxy's URL is not shown, because it may contain a password.
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
            raise ValueError("no host, or an invalid port")
        httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), proxy=url).close()
    except (httpx.InvalidURL, ValueError) as error:
        raise ValueError("not a valid proxy URL such as http://proxy.example:3128") from error
    except ImportError as error:
        raise ImportError("a SOCKS proxy needs the package socksio") from error


def _check_no_proxy(value: str) -> None:
    for host in filter(None, map(str.strip, value.split(","))):
        try:
            if _BLANK.search(host):
                raise ValueError("more than one host")
            httpx.Client(transport=httpx.BaseTransport(), mounts={_mount_pattern(host): None}).close()
        except (httpx.InvalidURL, ValueError) as error:
            raise ValueError(
                f"{host!r} is not a host; separate hosts with commas, and write IPv6 addresses without brackets",
            ) from error


def _mount_pattern(host: str) -> str:
    """Return the pattern by which httpx excludes a host from a proxy."""
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
        raise OSError(f"{value} is not a certificate file ({error.strerror or error})") from error


def _check_folders(value: str) -> None:
    if not any(Path(folder).is_dir() for folder in value.split(os.pathsep)):
        raise OSError(f"{value} is not a folder")


def _check_key_log(value: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).keylog_filename = value
    except OSError as error:
        raise OSError(f"{value} cannot be written ({error.strerror})") from error
