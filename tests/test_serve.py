"""The dashboards over HTTP: to whom, with what headers, and for how long."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from startrack import server
from startrack.errors import ConfigError


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make a folder of pages, with files beside them that are nobody's business."""
    pages = tmp_path / "pages"
    (pages / ".git").mkdir(parents=True)
    (pages / "projects").mkdir()
    for name in (".startrack-files", ".git/config", ".env", "projects/.index.html.draft"):
        (pages / name).write_text("hidden", encoding="utf-8")
    (pages / "index.html").write_text("<p>the overview</p>", encoding="utf-8")
    (pages / "large.bin").write_bytes(os.urandom(30_000_000))
    (tmp_path / "outside.txt").write_text("outside", encoding="utf-8")
    (pages / "link.txt").symlink_to(tmp_path / "outside.txt")
    return pages


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """Serve the folder and return where."""
    port = _free_port()
    with server.serving(folder, port):
        _reachable(port)
        yield f"http://127.0.0.1:{port}"


def _reachable(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    raise AssertionError("the server never began to listen")


@pytest.mark.parametrize("path", ["/", "/index.html", "/healthz", "/no-such-page"])
def test_every_answer_has_the_headers_that_keep_a_browser_safe(address: str, path: str) -> None:
    """No guessing of types, no frames, no referrer, nothing for pages from elsewhere."""
    headers = httpx.get(address + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/.startrack-files",
        "/.git/config",
        "/.env",
        "/%2e%67it/config",
        "/projects/.index.html.draft",
        "/projects/../.env",
        "/projects/%2e%2e/%2eenv",
        "/..%2foutside.txt",
        "/link.txt",
    ],
)
def test_what_a_dot_hides_is_not_served(address: str, path: str) -> None:
    """Nor what lies outside, however the path is spelled."""
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=10) as plain:
        plain.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: plain.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"hidden" not in answer
    assert b"outside" not in answer


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8000", 200),
        ("LOCALHOST", 200),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost.evil.example:8000", 400),
        ("", 400),
    ],
)
def test_it_answers_to_this_machines_name_alone(address: str, host: str, status: int) -> None:
    """A page that has its own name lead to 127.0.0.1 reads nothing."""
    for path in ("/", "/healthz"):
        assert httpx.get(address + path, headers={"Host": host}).status_code == status


def test_a_head_that_is_too_large_is_refused(address: str) -> None:
    """It is not collected without end."""
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000)
        assert plain.recv(65_536).startswith(b"HTTP/1.1 400 ")


def test_there_are_only_so_many_connections(address: str) -> None:
    """Past them the answer is that there are too many; when they are gone, all is as before."""
    port = int(address.rpartition(":")[2])
    several = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(100)]
    assert httpx.get(address, timeout=30).status_code == 503
    for connection in several:
        connection.close()
    end = time.monotonic() + 30
    while httpx.get(address, timeout=30).status_code == 503 and time.monotonic() < end:
        pass
    assert httpx.get(address, timeout=30).status_code == 200


def test_one_that_never_asks_is_let_go(address: str) -> None:
    """A connection on which no request arrives is ended by the server."""
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=60) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: local")
        assert idle.recv(65_536) == b""


def test_a_slow_reader_does_not_hold_the_end(folder: Path) -> None:
    """Told to stop in the middle of an answer that nobody reads, the server ends all the same."""
    port = _free_port()
    with server.serving(folder, port):
        _reachable(port)
        slow = socket.create_connection(("127.0.0.1", port), timeout=10)
        slow.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(10).startswith(b"HTTP/1.1 2")
    slow.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "startrack-serve"]


def test_a_port_that_is_taken_is_said() -> None:
    """With the way out."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot serve on port {port}"), server.serving(Path(), port):
            pass
