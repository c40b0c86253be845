"""Any server: what it answers takes no more time than the deadline, and no more memory than the largest answer."""

import gzip
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import repeat

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import NetworkError, SourceError, StartrackError
from startrack.github.client import Client, Endpoints
from startrack.github.responses import UnansweredError

LIMIT = 20_000_000
PAUSE = 0.02
Serve = Callable[[socket.socket, threading.Event], None]


@contextmanager
def serving(serve: Serve) -> Iterator[str]:
    """Answer each connection by a function, which is told when to stop; give the address of the API."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        threads = [threading.Thread(target=_accept, args=(server, serve, stop))]
        threads[0].start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            stop.set()
            server.shutdown(socket.SHUT_RDWR)
            threads[0].join()


def _accept(server: socket.socket, serve: Serve, stop: threading.Event) -> None:
    threads = []
    while not stop.is_set():
        try:
            connection, _ = server.accept()
        except OSError:
            break
        threads.append(threading.Thread(target=_answer, args=(connection, serve, stop)))
        threads[-1].start()
    for thread in threads:
        thread.join()


def _answer(connection: socket.socket, serve: Serve, stop: threading.Event) -> None:
    with connection, suppress(OSError):
        serve(connection, stop)


def drip(connection: socket.socket, stop: threading.Event, data: Iterator[bytes]) -> None:
    """Send a byte or so from time to time, long before a read times out."""
    while not stop.wait(PAUSE):
        connection.sendall(next(data))


def of_bytes(start: bytes, rest: bytes) -> Iterator[bytes]:
    """Yield some bytes, then others again and again, one at a time."""
    yield start
    while True:
        for byte in rest:
            yield bytes([byte])


def asked(connection: socket.socket) -> bytes:
    """Read the head of a request."""
    return connection.recv(100_000)


def status_line_drips(connection: socket.socket, stop: threading.Event) -> None:
    """Begin an answer and never come to its headers."""
    asked(connection)
    drip(connection, stop, of_bytes(b"HTTP/1.1 ", b"2"))


def headers_drip(connection: socket.socket, stop: threading.Event) -> None:
    """Send header after header."""
    asked(connection)
    drip(connection, stop, of_bytes(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n"))


def body_drips(connection: socket.socket, stop: threading.Event) -> None:
    """Promise a body and send it byte by byte."""
    asked(connection)
    drip(connection, stop, of_bytes(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b"x"))


def chunks_drip(connection: socket.socket, stop: threading.Event) -> None:
    """Send a body without end in small pieces."""
    asked(connection)
    drip(connection, stop, of_bytes(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"))


def it_is_always_about_to_answer(connection: socket.socket, stop: threading.Event) -> None:
    """Send one informational answer after the other."""
    asked(connection)
    drip(connection, stop, iter(lambda: b"HTTP/1.1 103 Early Hints\r\n\r\n", b""))


def it_says_nothing(connection: socket.socket, stop: threading.Event) -> None:
    """Take the request, and no more."""
    asked(connection)
    stop.wait()


SLOW = [status_line_drips, headers_drip, body_drips, chunks_drip, it_is_always_about_to_answer, it_says_nothing]


def connect(api: str, *, response_timeout: float = 60.0) -> Client:
    """Return a client whose pauses take no time."""
    return Client(Endpoints.from_urls(api, None), response_timeout=response_timeout, sleep=lambda _seconds: None)


@pytest.mark.parametrize("serve", SLOW)
def test_a_response_has_one_deadline(serve: Serve) -> None:
    """However slowly it is sent, it ends; two attempts, and the next request works."""
    with serving(serve) as api, connect(api, response_timeout=0.3) as client:
        with pytest.raises(UnansweredError, match=r"127\.0\.0\.1 did not answer in time"):
            client.get("/repos/o/n")
        assert client.requests == 2
        with pytest.raises(UnansweredError, match="in time"):
            client.graphql("query", {})
        with pytest.raises(UnansweredError, match="in time"):
            client.fetch(f"{api}/list.md")


def test_a_kept_connection_has_a_new_deadline_for_each_request() -> None:
    """A slow request after quick ones ends at its own deadline."""
    quick = iter(range(3))

    def serve(connection: socket.socket, stop: threading.Event) -> None:
        for _ in quick:
            asked(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        body_drips(connection, stop)

    with serving(serve) as api, connect(api, response_timeout=1.0) as client:
        assert [client.get("/x").text for _ in range(3)] == ["ok"] * 3
        with pytest.raises(UnansweredError, match="in time"):
            client.get("/x")


def test_a_handshake_has_the_deadline_too() -> None:
    """Without TLS nothing was connected, so it is a network error."""
    with serving(it_says_nothing) as api:
        secure = api.replace("http:", "https:")
        with connect(secure, response_timeout=0.3) as client, pytest.raises(NetworkError, match=r"cannot reach 127\.0"):
            client.get("/repos/o/n")


@cache
def bomb(layers: int) -> bytes:
    """Return what unpacks to ten times the largest answer, packed so many times."""
    packing = zlib.compressobj(9, wbits=zlib.MAX_WBITS | 16)
    zeros = bytes(1_000_000)
    data = b"".join(packing.compress(zeros) for _ in range(200)) + packing.flush()
    for _ in range(layers - 1):
        data = gzip.compress(data)
    return data


@contextmanager
def answering(head: str, body: Iterable[bytes]) -> Iterator[Client]:
    """Return a client of a server that has one answer."""

    def serve(connection: socket.socket, stop: threading.Event) -> None:
        asked(connection)
        connection.sendall(head.replace("\n", "\r\n").encode())
        for part in body:
            if stop.is_set():
                return
            connection.sendall(part)

    with serving(serve) as api, connect(api) as client:
        yield client


class Endless:
    """Zeros, and no end of them, each time anew."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield them by the million."""
        return repeat(bytes(1_000_000))


HEAD = "HTTP/1.1 200 OK\nconnection: close"
HUGE = [
    (HEAD, None, "larger than 20,000,000 bytes"),
    (f"{HEAD}\ncontent-encoding: gzip", 1, "larger than 20,000,000 bytes"),
    (f"{HEAD}\ncontent-encoding: gzip, gzip", 2, "encoding is 'gzip, gzip'"),
    (f"{HEAD}\ncontent-encoding: gzip\ncontent-encoding: gzip", 2, "encoding is 'gzip, gzip'"),
    (f"{HEAD}\ncontent-encoding: gzip, gzip, gzip", 3, "encoding is 'gzip, gzip, gzip'"),
    (f"{HEAD}\ncontent-encoding: br", 1, "encoding is 'br'"),
    (f"{HEAD}\ncontent-encoding: deflate", 1, "encoding is 'deflate'"),
]


@pytest.mark.parametrize(("head", "layers", "message"), HUGE)
def test_a_response_never_fills_the_memory(head: str, layers: int | None, message: str) -> None:
    """Without end, or compressed one, two or three times: this request fails, with the memory of one response."""
    body = Endless() if layers is None else [bomb(layers)]
    with answering(f"{head}\n\n", body) as client:
        tracemalloc.start()
        try:
            with pytest.raises(UnansweredError, match=message):
                client.get("/repos/o/n")
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 4 * LIMIT


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_body_of_a_redirect_is_not_read(status: int) -> None:
    """However long it is, whether redirects are followed or not."""
    head = f"HTTP/1.1 {status} Moved\nlocation: /elsewhere\n\n"
    with answering(head, Endless()) as client:
        reply = client.get("/repos/o/n", follow=True)
        assert (reply.status, reply.content) == (status, b"")
        with pytest.raises(SourceError, match="redirects more than 10 times"):
            client.fetch(f"{client.endpoints.api}/list.md")
        assert client.requests == 12


@pytest.mark.parametrize("body", [b"x: y\r\n" * 100_000, b"x: " + b"y" * 1_000_000], ids=["many", "long"])
def test_endless_headers_are_a_startrack_error(body: bytes) -> None:
    """Too many or too long ones count as an incomplete response."""
    with (
        answering("HTTP/1.1 200 OK\n", [body]) as client,
        pytest.raises(UnansweredError, match="was incomplete") as e,
    ):
        client.get("/repos/o/n")
    assert len(str(e.value)) < 300


def test_a_gzip_response_is_read() -> None:
    """A part of it alone is an error."""
    packed = gzip.compress(b"text" * 100_000)
    with answering(f"{HEAD}\ncontent-encoding: GZIP\n\n", [packed]) as client:
        assert client.get("/x").text == "text" * 100_000
    with (
        answering(f"{HEAD}\ncontent-encoding: gzip\n\n", [packed[:-9]]) as client,
        pytest.raises(UnansweredError, match="cut off"),
    ):
        client.get("/x")


@given(st.binary(max_size=300), st.sampled_from(["gzip", "identity", "", "br", "gzip,", "\xff"]))
def test_no_body_is_a_traceback(body: bytes, encoding: str) -> None:
    """Whatever body and encoding: it is read, or a startrack error."""

    def answer(_request: httpx.Request) -> httpx.Response:
        headers = [(b"content-encoding", encoding.encode("latin-1"))]
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))

    with (
        Client(Endpoints(), transport=httpx.MockTransport(answer), sleep=lambda _seconds: None) as client,
        suppress(StartrackError),
    ):
        assert len(client.get("/x").content) <= LIMIT


@given(st.binary(max_size=60), st.sampled_from([b"date", b"retry-after", b"x-ratelimit-remaining", b"etag", b"link"]))
def test_no_header_is_a_traceback(value: bytes, name: bytes) -> None:
    """Whatever a header holds, also an ETag that is sent back."""

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=[(name, value), (b"x-ratelimit-reset", b"9" * 5_000)])

    with Client(Endpoints(), transport=httpx.MockTransport(answer)) as client:
        reply = client.get("/x")
        assert client.get("/x", etag=reply.headers.get("etag")).status == 200


def test_a_server_without_tls_is_a_network_error() -> None:
    """Nothing was sent yet."""

    def serve(connection: socket.socket, _stop: threading.Event) -> None:
        asked(connection)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with (
        serving(serve) as api,
        connect(api.replace("http:", "https:")) as client,
        pytest.raises(NetworkError, match="cannot reach"),
    ):
        client.get("/x")
