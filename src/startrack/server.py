"""Serves the dashboards over HTTP; no other module outside the demo imports Starlette and uvicorn.

The server refuses requests with the name of another host. Otherwise a web page could let its own host name point to
127.0.0.1 and read the dashboards (DNS rebinding).
"""

import asyncio
import gzip
import hashlib
import mimetypes
import os
import re
import socket
import stat
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final
from urllib.parse import quote

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from startrack.errors import ConfigError

__all__ = ["Content", "application", "serving"]


_LOOPBACK = ("127.0.0.1", "localhost")
# The pages have their own content security policy, but only a header can forbid frames.
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "content-security-policy": "frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# A picture that is opened as a page must not run scripts, whatever is in it.
_SVG_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/xml",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}
_COMPRESSED_SUFFIXES: Final = frozenset({".html", ".css", ".js", ".json", ".xml", ".csv", ".svg", ".txt", ".md"})
_MIN_GZIP_BYTES, _MAX_GZIP_BYTES = 1_000, 8_000_000
_MAX_CACHED_BYTES = 16_000_000
_PART_BYTES = 262_144
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_MAX_CONNECTIONS = 100
_MAX_HEAD_SIZE = 16_384  # bytes
_FIRST_REQUEST_TIMEOUT = 5  # seconds
_CONNECTION_TIMEOUT = 300  # seconds
_SHUTDOWN_TIMEOUT = 2  # seconds for responses that are being sent when the server stops


@dataclass(frozen=True, slots=True)
class Content:
    """What is served: the folder of the pages, the health as JSON with its HTTP status, and the metrics.

    Each is asked for with every request, because a configuration may be read again. Threads call them.
    """

    folder: Callable[[], Path]
    health: Callable[[], tuple[int, Mapping[str, object]]]
    metrics: Callable[[], tuple[str, bytes]]


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


@dataclass(slots=True)
class _Compressed:
    """Compressed files by their ETags; those that were not used for longest are dropped."""

    _bodies: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    _bytes: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, etag: str, file: BinaryIO) -> bytes:
        """Return the compressed content of an open file."""
        with self._lock:
            if (body := self._bodies.get(etag)) is not None:
                self._bodies.move_to_end(etag)
                return body
        body = gzip.compress(file.read(), 6, mtime=0)
        with self._lock:
            self._bytes += len(body) - len(self._bodies.pop(etag, b""))
            self._bodies[etag] = body
            while self._bytes > _MAX_CACHED_BYTES:
                self._bytes -= len(self._bodies.popitem(last=False)[1])
        return body


class _FileBody(Response):
    """A response whose body is part of an open file, which it closes."""

    def __init__(self, file: BinaryIO, length: int, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(status_code=status, headers={**headers, "content-length": str(length)})
        self._file, self._length = file, length

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del receive
        with self._file:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            left = 0 if scope["method"] == "HEAD" else self._length
            while left > 0:
                part = await run_in_threadpool(self._file.read, min(left, _PART_BYTES))
                if not part:
                    raise OSError("a file was cut while it was sent")
                left -= len(part)
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


class _Pages:
    """The files of a folder, except hidden ones (whose name begins with a dot) and those outside of it.

    A file is opened once, and length, ETag and body are those of what was opened: a build may replace the file
    meanwhile.
    """

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._compressed = _Compressed()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await run_in_threadpool(self._respond, Request(scope))
        await response(scope, receive, send)

    def _respond(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Method Not Allowed", 405, {"allow": "GET, HEAD"})
        root, path = os.path.realpath(self._folder()), request.scope["path"].removeprefix("/")
        names = path.split("/")
        name = "/".join((*names[:-1], names[-1] or "index.html"))
        if file := _open(root, name):
            return self._file_response(request, name, file)
        if names[-1] and (index := _open(root, f"{path}/index.html")):
            index.close()
            return RedirectResponse(f"./{quote(names[-1])}/")
        return PlainTextResponse("Not Found", 404)

    def _file_response(self, request: Request, name: str, file: BinaryIO) -> Response:
        status = os.fstat(file.fileno())
        suffix = PurePosixPath(name).suffix.lower()
        may_compress = suffix in _COMPRESSED_SUFFIXES and _MIN_GZIP_BYTES <= status.st_size <= _MAX_GZIP_BYTES
        span = _span(request.headers, status.st_size)
        is_compressed = may_compress and span is None and _accepts_gzip(request.headers.get("accept-encoding", ""))
        etag = _etag(status, is_compressed=is_compressed)
        headers = _file_headers(name, suffix, etag, varies=may_compress)
        if _matches(request.headers.get("if-none-match", ""), etag):
            file.close()
            return Response(status_code=304, headers={key: headers[key] for key in headers if key != "content-type"})
        if is_compressed:
            with file:
                body = self._compressed.get(etag, file)
            return Response(body, headers=headers | {"content-encoding": "gzip"})
        if span is None or request.headers.get("if-range", etag) != etag:
            return _FileBody(file, status.st_size, 200, headers)
        first, length = span
        if not length:
            file.close()
            return Response(status_code=416, headers={"content-range": f"bytes */{status.st_size}"})
        file.seek(first)
        bounds = {"content-range": f"bytes {first}-{first + length - 1}/{status.st_size}"}
        return _FileBody(file, length, 206, headers | bounds)


def _open(root: str, name: str) -> BinaryIO | None:
    """Open a regular file below a folder, `None` if there is none that may be served."""
    if not all(map(_is_visible, name.split("/"))):
        return None
    try:
        path = os.path.realpath(os.path.join(root, name), strict=True)  # noqa: PTH118 - as text, for each request
        if not all(map(_is_visible, Path(os.path.relpath(path, root)).parts)):
            return None
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags)
    except (OSError, ValueError):
        return None
    # A folder can be opened too, and `fdopen` would refuse it without closing it.
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    return None


def _is_visible(part: str) -> bool:
    # A dot first also means the folders `.` and `..`; a backslash or colon leads elsewhere on Windows.
    return part != "" and not part.startswith(".") and not set("\\:\0") & set(part)


def _etag(status: os.stat_result, *, is_compressed: bool) -> str:
    """Return the ETag of a file: a file that was replaced has another number, one that was written to another time."""
    text = f"{status.st_ino} {status.st_mtime_ns} {status.st_size} {is_compressed}"
    return f'"{hashlib.blake2b(text.encode(), digest_size=12).hexdigest()}"'


def _file_headers(name: str, suffix: str, etag: str, *, varies: bool) -> dict[str, str]:
    """Return the headers of a file. A browser asks each time whether it has changed, as names stay the same."""
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    headers = {"content-type": kind, "etag": etag, "cache-control": "no-cache", "accept-ranges": "bytes"}
    if suffix == ".svg":
        headers["content-security-policy"] = _SVG_POLICY
    return headers | ({"vary": "Accept-Encoding"} if varies else {})


def _matches(condition: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in condition.split(",")}
    return etag in tags or "*" in tags


def _accepts_gzip(header: str) -> bool:
    for coding in header.lower().split(","):
        name, *parameters = (part.strip() for part in coding.split(";"))
        if name == "gzip":
            return not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return False


def _span(headers: Mapping[str, str], size: int) -> tuple[int, int] | None:
    """Return the first byte and the length of the range that is requested, `None` for the whole file.

    The length is 0 where the file has no such bytes. Several ranges are answered with the whole file.
    """
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        length = min(int(match[2]), size)
        return size - length, length
    first, last = int(match[1]), int(match[2] or size)
    return None if last < first < size else (first, max(min(last, size - 1) - first + 1, 0))


class _SafeHeaders:
    """Adds security headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; error responses get the headers too."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", [])
                present = {name for name, _ in headers}
                added = ((name.encode(), value.encode()) for name, value in _HEADERS.items())
                message["headers"] = [*headers, *(header for header in added if header[0] not in present)]
            await send(message)

        await self._app(scope, receive, send_safely)


def application(content: Content, hosts: tuple[str, ...] = _LOOPBACK) -> Starlette:
    """Return the web application: the pages, `/healthz` and `/metrics`, for requests to these host names."""

    def healthz(_request: Request) -> Response:
        status, health = content.health()
        return JSONResponse(health, status, {"cache-control": "no-store"})

    def metrics(_request: Request) -> Response:
        kind, text = content.metrics()
        return Response(text, headers={"content-type": kind, "cache-control": "no-store"})

    return Starlette(
        routes=[Route("/healthz", healthz), Route("/metrics", metrics), Mount("/", _Pages(content.folder))],
        middleware=[
            Middleware(_SafeHeaders),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False),
        ],
    )


def _listener(host: str, port: int) -> socket.socket:
    try:
        ((family, _, _, _, address), *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ConfigError(f"cannot serve at {host}: {error.strerror}; use an address of this machine") from error
    if os.name == "posix":  # on Windows, the option would let two processes listen on one port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise ConfigError(f"cannot serve on port {port}: {error.strerror}; choose another port") from error
    return listener


@contextmanager
def serving(content: Content, port: int, host: str = "127.0.0.1") -> Iterator[None]:
    """Serve on an address of this machine until the end of the `with`. Raises ConfigError if the port is in use.

    Requests must name this machine as 127.0.0.1 or localhost; where it listens for others too, also by that address or
    by the name of the machine. On exit, responses in progress have two seconds to finish.
    """
    listener = _listener(host, port)
    hosts = _LOOPBACK if host in _LOOPBACK else (*_LOOPBACK, host, socket.gethostname())
    server = uvicorn.Server(
        uvicorn.Config(
            application(content, hosts),
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
