"""The system's browser, and the pages of sample reports in a folder and on a local server."""

import functools
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import history_report
import page_reports
import reports
from shared_folders import SharedFolder
from startrack.model.report import SiteReport
from tabs import Tabs, watched

# The headless shell is the same browser without windows; it takes a third less time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
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
SAMPLES: dict[str, Callable[[], SiteReport]] = {
    "full": reports.full,
    "young": reports.young,
    "many": reports.many,
    "empty": reports.empty,
    "filled": reports.filled,
    "uneven": reports.uneven,
    "story": history_report.history_report,
    "varied": page_reports.sections_report,
}


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
    for name, report in SAMPLES.items():
        page_reports.write_pages(report(), top / BELOW / name)


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


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    """Return the pages of this worker."""
    return Tabs(browser)


@pytest.fixture
def page(request: pytest.FixtureRequest, tabs: Tabs) -> Iterator[Page]:
    """Return a page with a light theme; the test fails if it logs, throws, opens a dialog or asks another machine."""
    base = request.getfixturevalue("base") if "base" in request.fixturenames else ""
    with tabs.use(opens_files=base.startswith("file:")) as page:
        yield page


@pytest.fixture
def own_page(tabs: Tabs) -> Iterator[Page]:
    """Return such a page of a profile that no other test uses, for tests that change the profile."""
    page, faults = tabs.add(), list[str]()
    with watched(page, faults):
        yield page
    page.context.close()
    assert faults == []


@pytest.fixture
def plain_page(tabs: Tabs) -> Iterator[Page]:
    """Return a page without JavaScript."""
    with tabs.use(java_script_enabled=False) as page:
        yield page
