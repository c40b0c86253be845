"""Pages of the browser that tests use one after another, and what must not happen on them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Dialog, Page, Request

__all__ = ["Tabs", "watched"]

PROFILE: Final[dict[str, Any]] = {
    "viewport": {"width": 1300, "height": 900},
    "color_scheme": "light",
    "reduced_motion": "reduce",
}


class Tabs:
    """Pages that the tests of a worker use one after another, one per profile.

    A page that is used again has the scripts of the site compiled already, which takes most of the time of a visit.
    The browser forgets them when a page goes from a server to files or back, so files have pages of their own.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open: dict[tuple[tuple[str, object], ...], Page] = {}

    @contextmanager
    def use(self, script: Path | None = None, *, opens_files: bool = False, **profile: object) -> Iterator[Page]:
        """Yield the page of a profile as if it were new; without arguments that of a light theme and 1300 pixels.

        The script is run before those of each page. The test fails if the page logs a message or an error, opens a
        dialog, or asks another machine.
        """
        key = (("script", script), ("opens_files", opens_files), *sorted(profile.items()))
        page = self._open.pop(key, None) or self.add(script, **profile)
        faults: list[str] = []
        with watched(page, faults):
            yield page
            _tidy(page)
        assert faults == []
        self._open[key] = page  # a page that had faults is not used again

    def add(self, script: Path | None = None, **profile: object) -> Page:
        """Return the page of a new profile, for tests that change the profile itself."""
        page = self._browser.new_context(**(PROFILE | profile)).new_page()
        if script:
            page.add_init_script(path=script)
        page.set_default_timeout(15_000)
        return page


@contextmanager
def watched(page: Page, faults: list[str]) -> Iterator[None]:
    """Collect what a page must not do: log, throw, open dialogs, fail to load, or ask another machine."""

    def refuse(dialog: Dialog) -> None:
        faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    watches: dict[str, Callable[[Any], None]] = {
        "console": lambda message: faults.append(f"console: {message.text}"),
        "pageerror": lambda error: faults.append(f"error: {error}"),
        "dialog": refuse,
        "requestfailed": lambda request: None if _is_left(request) else faults.append(f"failed: {request.url}"),
        "request": lambda request: None if _is_home(request.url) else faults.append(f"out: {request.url}"),
    }
    for event, watch in watches.items():
        page.on(event, watch)  # type: ignore[call-overload]
    yield
    for event, watch in watches.items():
        page.remove_listener(event, watch)


def _tidy(page: Page) -> None:
    """Leave the page as a new one is: nothing stored, no routes, and the profile's window, media and mouse."""
    page.unroute_all()
    if page.url != "about:blank":
        page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.mouse.move(0, 0)
    page.set_viewport_size(PROFILE["viewport"])
    page.emulate_media(media="null", color_scheme="light", reduced_motion="reduce")


def _is_left(request: Request) -> bool:
    """Whether the request was aborted because the page was left."""
    return request.failure == "net::ERR_ABORTED"


def _is_home(address: str) -> bool:
    return address.startswith(("file://", "http://127.0.0.1:", "data:", "blob:"))
