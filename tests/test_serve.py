"""The dashboards over HTTP: host names, headers, caching, compression, and timeouts."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from startrack import files, server
from startrack.errors import ConfigError

PAGE = "<p>the overview</p>" * 200


def free_port() -> int:
    """Return a port that nothing uses."""
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
    for name in ("index.html", "projects/index.html", "data.csv"):
        (pages / name).write_text(PAGE, encoding="utf-8")
    (pages / "picture.svg").write_text("<svg/>", encoding="utf-8")
    (pages / "large.bin").write_bytes(os.urandom(30_000_000))
    (tmp_path / "outside.txt").write_text("outside", encoding="utf-8")
    (pages / "link.txt").symlink_to(tmp_path / "outside.txt")
    (pages / "inside.txt").symlink_to(pages / ".env")
    (pages / "out").symlink_to(tmp_path)
    return pages


def content(folder: Path) -> server.Content:
    """Return a folder to be served, with a health and figures."""
    return server.Content(lambda: folder, lambda: (503, {"status": "stale"}), lambda: ("text/plain", b"startrack 1\n"))


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    """Serve the folder, and return its address."""
    port = free_port()
    with server.serving(content(folder), port):
        reachable(port)
        yield f"http://127.0.0.1:{port}"


def reachable(port: int) -> None:
    """Wait until somebody listens on a port."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            continue
        return
    raise AssertionError("the server never began to listen")


@pytest.mark.parametrize("path", ["/", "/index.html", "/projects", "/healthz", "/metrics", "/no-such-page"])
def test_every_response_has_security_headers(address: str, path: str) -> None:
    """No type sniffing, no frames, no referrer, no access for other origins."""
    headers = httpx.get(address + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"] == "frame-ancestors 'none'"
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
        "/inside.txt",
        "/out/outside.txt",
        "/projects/..%2f.env",
        "/projects/%252e%252e/.env",
        "//.env",
        "//index.html",
        "/projects//index.html",
        "/./index.html",
        "/%00",
        "/index.html%00.css",
        "/..%5c.env",
        "/c:/index.html",
        "/" + "x" * 5000,
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


def test_answers_of_health_and_metrics(address: str) -> None:
    """They have the status, the media type and the text that they are given, and are not kept."""
    health, figures = httpx.get(address + "/healthz"), httpx.get(address + "/metrics")
    assert (health.status_code, health.json()) == (503, {"status": "stale"})
    assert (figures.status_code, figures.text) == (200, "startrack 1\n")
    assert figures.headers["content-type"] == "text/plain"
    assert {answer.headers["cache-control"] for answer in (health, figures)} == {"no-store"}


def test_pages_are_compressed_for_who_accepts_it(address: str) -> None:
    """Small files, and formats that are compressed already, are not; the sizes are as announced."""
    for path, accepted, is_compressed in (
        ("/", "gzip", True),
        ("/", "br, GZIP;q=0.5", True),
        ("/", "gzip;q=0, identity", False),
        ("/", "identity", False),
        ("/data.csv", "gzip", True),
        ("/picture.svg", "gzip", False),
        ("/large.bin", "gzip", False),
        ("/.env", "gzip", False),
    ):
        with httpx.stream("GET", address + path, headers={"Accept-Encoding": accepted}) as answer:
            assert (answer.headers.get("content-encoding") == "gzip") is is_compressed, (path, accepted)
            assert len(b"".join(answer.iter_raw())) == int(answer.headers["content-length"])
    assert httpx.get(address).text == PAGE
    assert httpx.get(address).headers["vary"] == "Accept-Encoding"
    assert int(httpx.get(address).headers["content-length"]) < len(PAGE) / 10


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_an_unchanged_page_is_not_sent_again(address: str, folder: Path, accepted: str) -> None:
    """A page that was replaced by another one of the same size is."""
    headers = {"Accept-Encoding": accepted}
    first = httpx.get(address, headers=headers)
    assert first.headers["cache-control"] == "no-cache"
    for condition in (first.headers["etag"], f"W/{first.headers['etag']}", f'"x", {first.headers["etag"]}', "*"):
        again = httpx.get(address, headers=headers | {"If-None-Match": condition})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    files.write({folder / "index.html": PAGE.replace("overview", "OVERVIEW").encode()}, below=folder)
    changed = httpx.get(address, headers=headers | {"If-None-Match": first.headers["etag"]})
    assert (changed.status_code, changed.text) == (200, PAGE.replace("overview", "OVERVIEW"))


def test_the_compressed_page_has_an_etag_of_its_own(address: str) -> None:
    """Caches must not take one for the other."""
    tags = {httpx.get(address, headers={"Accept-Encoding": each}).headers["etag"] for each in ("gzip", "identity")}
    assert len(tags) == 2


@pytest.mark.parametrize(
    ("wanted", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-5", 206, slice(-5, None)),
        ("bytes=10-99999999", 206, slice(10, None)),
        ("bytes=99999999-", 416, slice(0, 0)),
        ("bytes=5-4", 200, slice(None)),
        ("bytes=-0", 416, slice(0, 0)),
        ("bytes=0-1,5-6", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("lines=0-1", 200, slice(None)),
    ],
)
def test_parts_of_files(address: str, wanted: str, status: int, part: slice) -> None:
    """DuckDB reads only parts of a Parquet file; parts are never compressed."""
    answer = httpx.get(address, headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (status, PAGE.encode()[part])
    assert ("content-encoding" in answer.headers) is (status == 200)
    other = httpx.get(address, headers={"Range": wanted, "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, PAGE.encode())


def test_head_has_the_headers_of_get(address: str) -> None:
    """And no body. Other methods are refused."""
    for path in ("/", "/large.bin", "/no-such-page"):
        head = httpx.head(address + path)
        with httpx.stream("GET", address + path) as answer:
            assert dict(head.headers) | {"date": ""} == dict(answer.headers) | {"date": ""}
        assert head.content == b""
    assert httpx.post(address).status_code == 405


def test_a_folder_leads_to_its_page(address: str) -> None:
    """By a relative address, which cannot lead to another host."""
    answer = httpx.get(address + "/projects")
    assert (answer.status_code, answer.headers["location"]) == (307, "./projects/")
    assert httpx.get(address + "/projects", follow_redirects=True).text == PAGE
    assert httpx.get(address + "/projects/").text == PAGE


def test_no_handle_stays_open(address: str) -> None:
    """Of folders, files, parts, unchanged pages and those that are not there."""
    etag = httpx.get(address).headers["etag"]
    asked = [
        ("/projects", {}),
        ("/", {}),
        ("/", {"If-None-Match": etag}),
        ("/large.bin", {"Range": "bytes=0-9"}),
        ("/large.bin", {"Range": "bytes=99999999-"}),
        ("/no-such-page", {}),
    ]
    with httpx.Client() as client:
        handles = []
        for _ in range(20):
            for path, headers in asked:
                client.get(address + path, headers=headers)
            handles.append(len(list(Path("/dev/fd").iterdir())))
    assert handles[-1] <= handles[0]


def test_pictures_run_no_scripts(address: str) -> None:
    """A picture that is opened as a page has a policy of its own."""
    assert "default-src 'none'" in httpx.get(address + "/picture.svg").headers["content-security-policy"]


def test_no_page_is_torn_while_it_is_replaced(address: str, folder: Path) -> None:
    """Each answer is one of the pages as they were written, whole, with its own length."""
    pages = [(letter * size).encode() for letter, size in (("a", 2_000), ("b", 700_000), ("c", 50))]
    (folder / "page.html").write_bytes(pages[0])
    done = threading.Event()

    def replace() -> None:
        number = 0
        while not done.is_set():
            number += 1
            files.write({folder / "page.html": pages[number % 3]}, below=folder)

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        with httpx.Client() as client:
            for number in range(200):
                accepted = ("gzip", "identity")[number % 2]
                answer = client.get(f"{address}/page.html", headers={"Accept-Encoding": accepted})
                assert (answer.status_code, answer.content in pages) == (200, True)
    finally:
        done.set()
        writer.join()


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
    for path in ("/", "/index.html"):
        assert httpx.get(address + path, headers={"Host": host}).status_code == status
    assert httpx.get(address + "/metrics", headers={"Host": host}).status_code == status


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
    port = free_port()
    with server.serving(content(folder), port):
        reachable(port)
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
        with pytest.raises(ConfigError, match=f"cannot serve on port {port}"), server.serving(content(Path()), port):
            pass


def test_an_address_that_is_not_ours_is_an_error() -> None:
    """The error says what to do."""
    with pytest.raises(ConfigError, match="cannot serve"), server.serving(content(Path()), 8000, "no.such.invalid"):
        pass


def test_others_may_name_this_machine_where_it_listens_for_them(folder: Path) -> None:
    """By its address or its name; a name of somebody else is refused."""
    port = free_port()
    with server.serving(content(folder), port, "0.0.0.0"):  # noqa: S104 - what is tested
        reachable(port)
        names = (socket.gethostname(), "0.0.0.0", "localhost", "evil.example")  # noqa: S104 - the same
        answers = [httpx.get(f"http://127.0.0.1:{port}/", headers={"Host": name}).status_code for name in names]
    assert answers == [200, 200, 200, 400]
