"""The dashboards over HTTP: host names, headers, and timeouts."""

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
    """Return a folder of pages, with hidden and outside files."""
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
    """Serve the folder, and return its address."""
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
def test_every_response_has_security_headers(address: str, path: str) -> None:
    """No type sniffing, no frames, no referrer, no access for other origins."""
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
def test_hidden_files_are_not_served(address: str, path: str) -> None:
    """Nor are files outside the folder, in any spelling of the path."""
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
def test_only_local_host_names_are_answered(address: str, host: str, status: int) -> None:
    """A page whose own host name points to 127.0.0.1 cannot read the dashboards."""
    for path in ("/", "/healthz"):
        assert httpx.get(address + path, headers={"Host": host}).status_code == status


def test_a_head_that_is_too_large_is_refused(address: str) -> None:
    """It is not buffered without a limit."""
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=10) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 40_000)
        assert plain.recv(65_536).startswith(b"HTTP/1.1 400 ")


def test_connections_are_limited(address: str) -> None:
    """Further ones get an error, until earlier ones end."""
    port = int(address.rpartition(":")[2])
    several = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(100)]
    assert httpx.get(address, timeout=30).status_code == 503
    for connection in several:
        connection.close()
    end = time.monotonic() + 30
    while httpx.get(address, timeout=30).status_code == 503 and time.monotonic() < end:
        pass
    assert httpx.get(address, timeout=30).status_code == 200


def test_a_silent_connection_is_closed(address: str) -> None:
    """The server closes a connection on which no request arrives."""
    with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=60) as idle:
        idle.sendall(b"GET / HTTP/1.1\r\nHost: local")
        assert idle.recv(65_536) == b""


def test_a_slow_reader_does_not_delay_the_end(folder: Path) -> None:
    """The server stops even if a client does not read its response."""
    port = _free_port()
    with server.serving(folder, port):
        _reachable(port)
        slow = socket.create_connection(("127.0.0.1", port), timeout=10)
        slow.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert slow.recv(10).startswith(b"HTTP/1.1 2")
    slow.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "startrack-serve"]


def test_a_port_in_use_is_an_error() -> None:
    """The error says what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"cannot serve on port {port}"), server.serving(Path(), port):
            pass
