"""GitHub's REST API over the world, as far as counting needs it."""

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import unquote

from startrack.demo import rest_json
from startrack.demo.access import Clock
from startrack.demo.http import Request, Response, json_response
from startrack.demo.repository import DemoRepository
from startrack.demo.world import World

__all__ = [
    "RestApi",
]


_DOCS = "https://docs.github.com/rest"
_BY_NAME = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)(?P<rest>/.*)?")
_BY_ID = re.compile(r"/repositories/(?P<id>\d+)(?P<rest>/.*)?")
_MOST_WEEKS = 30
_LAST_PAGE = 100
_MOST_ROWS = 100
# The text of a larger file is left out of the JSON about it.
_LARGEST_CONTENT = 1_000_000

Handler = Callable[[Request, DemoRepository], Response]


class RestApi:
    """Answers REST requests for repositories; remembers only which statistics were asked for before."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._computed: set[int] = set()
        self._star_weeks = lru_cache(maxsize=128)(rest_json.star_weeks)
        self._commit_weeks = lru_cache(maxsize=128)(rest_json.commit_weeks)
        self._handlers: Mapping[str, Handler] = {
            "": self._repository,
            "/commits": self._commits,
            "/stargazers/history": self._star_history,
            "/stats/commit_activity": self._commit_activity,
            "/readme": self._readme,
        }

    def answer(self, asked: Request) -> Response:
        """Return the answer to a request, before conditional requests and budgets are looked at."""
        by_name, by_id = _BY_NAME.fullmatch(asked.path), _BY_ID.fullmatch(asked.path)
        if by_name:
            return self._by_name(asked, by_name["name"], by_name["rest"] or "")
        if by_id:
            found = self._world.by_id(int(by_id["id"]), self._clock.now())
            return self._of(asked, found, by_id["rest"] or "")
        return _missing()

    def _by_name(self, asked: Request, name: str, rest: str) -> Response:
        now = self._clock.now()
        found = self._world.find(name, now)
        if found and found.name(now).lower() != name.lower():
            return _moved(f"{asked.base}/repositories/{found.repo_id}{rest}")
        return self._of(asked, found, rest)

    def _of(self, asked: Request, found: DemoRepository | None, rest: str) -> Response:
        handler = self._handlers.get(rest)
        if found and unquote(rest) == f"/contents/{found.readme_path}":
            handler = self._readme
        if found is None or handler is None or asked.method != "GET":
            return _missing()
        blocked = found.blocked(self._clock.now())
        return _blocked(blocked.reason) if blocked else handler(asked, found)

    def _repository(self, asked: Request, found: DemoRepository) -> Response:
        return json_response(200, rest_json.repository(found, self._clock.now(), asked.base))

    def _commits(self, asked: Request, found: DemoRepository) -> Response:
        if found.default_branch is None:
            return json_response(409, {"message": "Git Repository is empty.", "documentation_url": _DOCS})
        per_page, page = _number(asked, "per_page", 30, _MOST_ROWS), _number(asked, "page", 1)
        last = -(-found.figures.at(self._clock.now()).commits // per_page)
        rows = [rest_json.commit(found, self._clock.now())] if page <= last else []
        return json_response(200, rows, _link(asked, page, last))

    def _star_history(self, asked: Request, found: DemoRepository) -> Response:
        per_page, page = _number(asked, "per_page", _MOST_WEEKS, _MOST_WEEKS), _number(asked, "page", 1)
        if page > _LAST_PAGE:
            return json_response(422, {"message": f"page must be at most {_LAST_PAGE}", "documentation_url": _DOCS})
        weeks = self._star_weeks(found, self._clock.now())
        rows = weeks[(page - 1) * per_page : page * per_page]
        return json_response(200, rows, _link(asked, page, -(-len(weeks) // per_page)))

    def _commit_activity(self, _asked: Request, found: DemoRepository) -> Response:
        if found.repo_id not in self._computed:
            self._computed.add(found.repo_id)
            return json_response(202, {})
        return json_response(200, self._commit_weeks(found, self._clock.now()))

    def _readme(self, asked: Request, found: DemoRepository) -> Response:
        if found.readme is None:
            return _missing()
        text = self._world.list_text(found.readme, self._clock.now()).encode()
        media = asked.headers.get("accept", "")
        if "raw" in media:
            return Response(200, text, {"content-type": "application/vnd.github.raw+json; charset=utf-8"})
        return json_response(200, _file(text, found.readme_path))


def _number(asked: Request, name: str, usual: int, most: int | None = None) -> int:
    """Return a number of the query; what is no number is the usual one, and too much is silently cut."""
    text = asked.query.get(name, "")
    number = max(int(text), 1) if text.isdecimal() else usual
    return min(number, most) if most else number


def _link(asked: Request, page: int, last: int) -> dict[str, str]:
    """Return the Link header; there is none where everything fits on one page."""
    targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    wanted = ["next", "last"] * (page < last) + ["prev", "first"] * (page > 1)
    links = ", ".join(f'<{_page(asked, targets[rel])}>; rel="{rel}"' for rel in wanted)
    return {"link": links} if links else {}


def _page(asked: Request, page: int) -> str:
    query = {**asked.query, "page": str(page)}
    return f"{asked.base}{asked.path}?" + "&".join(f"{name}={value}" for name, value in query.items())


def _file(text: bytes, path: str) -> dict[str, object]:
    blob = b"blob %d\x00" % len(text) + text
    is_large = len(text) > _LARGEST_CONTENT
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": hashlib.sha1(blob, usedforsecurity=False).hexdigest(),
        "size": len(text),
        "type": "file",
        "encoding": "none" if is_large else "base64",
        "content": "" if is_large else base64.encodebytes(text).decode(),
    }


def _missing() -> Response:
    return json_response(404, {"message": "Not Found", "documentation_url": _DOCS, "status": "404"})


def _moved(url: str) -> Response:
    body = {"message": "Moved Permanently", "url": url, "documentation_url": _DOCS}
    return json_response(301, body, {"location": url})


def _blocked(reason: str) -> Response:
    block = {"reason": reason, "created_at": None, "html_url": f"https://github.com/{reason}"}
    status = 451 if reason == "dmca" else 403
    return json_response(status, {"message": "Repository access blocked", "block": block})
