"""The system's browser, and the pages of sample reports in a folder and on a local server."""

import functools
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect, sync_playwright

import reports
from page_reports import write_pages
from shared_folders import SharedFolder

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
# Pages may stand anywhere on a host: here below two folders.
BELOW = "some/where"
SAMPLES = ("full", "young", "many", "empty", "filled", "uneven")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the system's Chromium; without it the tests fail."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        pytest.fail(f"no browser found: install one of {', '.join(BROWSERS)} (Debian: apt-get install chromium)")
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def folder(shared_folder: SharedFolder) -> Path:
    """Return a folder with the pages of each sample report below `some/where`."""
    return shared_folder("pages", _write_samples)


def _write_samples(top: Path) -> None:
    for name in SAMPLES:
        write_pages(getattr(reports, name)(), top / BELOW / name)


@pytest.fixture(scope="session")
def server(folder: Path) -> Iterator[str]:
    """Return the address at which the folder is served."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as served:
        threading.Thread(target=served.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{served.server_port}"
        served.shutdown()


@pytest.fixture(params=["file", "http"])
def base(request: pytest.FixtureRequest, folder: Path, server: str) -> str:
    """Return the address of the pages: as files, and on a server below two folders."""
    start = folder.as_uri() if request.param == "file" else server
    return f"{start}/{BELOW}"


@pytest.fixture(scope="session")
def there(server: str) -> str:
    """Return the address of the pages on the server."""
    return f"{server}/{BELOW}"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a new browser profile with a light theme."""
    opened = browser.new_context(viewport={"width": 1300, "height": 900}, color_scheme="light", reduced_motion="reduce")
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return a page; the test fails if it logs a message or an error, or sends a request to another machine."""
    faults: list[str] = []
    opened = context.new_page()
    opened.set_default_timeout(15_000)
    opened.on("console", lambda message: faults.append(f"console: {message.text}"))
    opened.on("pageerror", lambda error: faults.append(f"error: {error}"))
    opened.on("requestfailed", lambda request: None if _is_left(request) else faults.append(f"failed: {request.url}"))
    opened.on("request", lambda request: None if _is_home(request.url) else faults.append(f"out: {request.url}"))
    yield opened
    assert faults == []


def _is_left(request: Request) -> bool:
    """Whether the request was aborted because the page was left."""
    return request.failure == "net::ERR_ABORTED"


def _is_home(address: str) -> bool:
    return address.startswith(("file://", "http://127.0.0.1:", "data:", "blob:"))
