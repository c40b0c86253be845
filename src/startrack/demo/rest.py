"""GitHub's REST API for the demo's world: the endpoints that startrack uses, and the JSON of their responses."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from urllib.parse import unquote

from startrack.demo.access import Clock, unix
from startrack.demo.figures import retained_changes, split_by_day
from startrack.demo.http import Request, Response, format_instant, json_response
from startrack.demo.world import DemoRepository, World
from startrack.model.durations import DAY, WEEK

__all__ = [
    "RestApi",
    "commit",
    "commit_weeks",
    "repository_json",
    "star_weeks",
]


_WEEKS_IN_YEAR = 52


def repository_json(repository: DemoRepository, now: datetime, base: str) -> dict[str, object]:
    """Return the body of `GET /repos/{owner}/{name}`; `watchers_count` is the number of stars, as at GitHub."""
    name = repository.name(now)
    return {**_identity(repository, name, base), **_state(repository, now), **_counts(repository, now)}


def _identity(repository: DemoRepository, name: str, base: str) -> dict[str, object]:
    owner, _, short = name.partition("/")
    return {
        "id": repository.repo_id,
        "node_id": repository.node_id,
        "name": short,
        "full_name": name,
        "private": False,
        "owner": {"login": owner, "html_url": f"https://github.com/{owner}"},
        "html_url": f"https://github.com/{name}",
        "url": f"{base}/repos/{name}",
        "description": repository.description,
        "homepage": repository.homepage,
        "language": repository.language,
        "license": _license(repository.license),
        "topics": list(repository.topics),
    }


def _license(spdx: str | None) -> dict[str, object] | None:
    return {"key": spdx.lower(), "name": spdx, "spdx_id": spdx} if spdx else None


def _state(repository: DemoRepository, now: datetime) -> dict[str, object]:
    return {
        "fork": repository.is_fork,
        "archived": repository.archive_time(now) is not None,
        "disabled": repository.is_disabled,
        "is_template": repository.is_template,
        "mirror_url": "https://example.com/mirror.git" if repository.is_mirror else None,
        "visibility": "public",
        "created_at": format_instant(repository.created_at),
        # GitHub names a default branch even if there is no commit yet.
        "default_branch": repository.default_branch or "main",
    }


def _counts(repository: DemoRepository, now: datetime) -> dict[str, object]:
    figures = repository.figures.at(now)
    pushed = figures.pushed_at if repository.default_branch else repository.created_at
    return {
        "pushed_at": format_instant(pushed),
        "updated_at": format_instant(pushed),
        "stargazers_count": figures.stars,
        "watchers_count": figures.stars,
        "watchers": figures.stars,
        "forks_count": figures.forks,
        "forks": figures.forks,
        "subscribers_count": figures.watchers or 0,
        "open_issues_count": figures.open_issues + (figures.open_prs or 0),
        "open_issues": figures.open_issues + (figures.open_prs or 0),
        "size": figures.commits if repository.default_branch else 0,
    }


def commit(repository: DemoRepository, now: datetime) -> dict[str, object]:
    """Return the head commit as a row of `GET /repos/{owner}/{name}/commits`."""
    figures = repository.figures.at(now)
    when = {"date": format_instant(figures.pushed_at)}
    return {"sha": repository.head_sha(figures), "commit": {"author": when, "committer": when, "message": "Work"}}


def star_weeks(repository: DemoRepository, now: datetime) -> list[dict[str, object]]:
    """Return the retained stars by day, newest week first, back to the week of creation.

    The record is about weekly, so stars are split evenly over the days between two entries. Removed stars are
    subtracted from the latest days that have some. The sum over all weeks is today's count.
    """
    changes = retained_changes(repository.figures.changes(now))
    days = _amounts_by_day((change.first, change.last, change.stars) for change in changes)
    first = _week_start(repository.created_at.date())
    count = (_week_start(now.date()) - first) // WEEK + 1
    return [_week(first + number * WEEK, days) for number in reversed(range(max(count, 1)))]


def commit_weeks(repository: DemoRepository, now: datetime) -> list[dict[str, object]]:
    """Return the commits of the last 52 weeks by day, oldest week first; they are split over days as stars are."""
    changes = repository.figures.changes(now)
    first = _week_start(now.date()) - (_WEEKS_IN_YEAR - 1) * WEEK
    shown = (change for change in changes if change.last >= first)
    days = _amounts_by_day((change.first, change.last, max(change.commits, 0)) for change in shown)
    return [_week(first + number * WEEK, days) for number in range(_WEEKS_IN_YEAR)]


def _amounts_by_day(amounts: Iterator[tuple[date, date, int]]) -> Counter[date]:
    days: Counter[date] = Counter()
    for first, last, amount in amounts:
        for day, share in split_by_day(first, last, amount) if amount else ():
            days[day] += share
    return days


def _week(sunday: date, days: Counter[date]) -> dict[str, object]:
    """Return the week that begins on a Sunday in GitHub's form."""
    counts = [days[sunday + number * DAY] for number in range(7)]
    return {"week": unix(datetime.combine(sunday, time())), "total": sum(counts), "days": counts}


def _week_start(day: date) -> date:
    return day - (day.isoweekday() % 7) * DAY


_DOCS = "https://docs.github.com/subpath"
_BY_NAME = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)(?P<subpath>/.*)?")
_BY_ID = re.compile(r"/repositories/(?P<id>\d+)(?P<subpath>/.*)?")
_MAX_WEEKS = 30
_LAST_PAGE = 100
_MAX_ROWS = 100
# bytes; the JSON of a larger file lacks its content
_MAX_CONTENT_BYTES = 1_000_000

_Handler = Callable[[Request, DemoRepository], Response]


class RestApi:
    """Answers REST requests for repositories. Its only state is which statistics were requested before."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._computed: set[int] = set()
        self._star_weeks = lru_cache(maxsize=128)(star_weeks)
        self._commit_weeks = lru_cache(maxsize=128)(commit_weeks)
        self._handlers: Mapping[str, _Handler] = {
            "": self._repository,
            "/commits": self._commits,
            "/contributors": self._contributors,
            "/stargazers/history": self._star_history,
            "/stats/commit_activity": self._commit_activity,
            "/readme": self._readme,
        }

    def respond(self, request: Request) -> Response:
        """Return the response to a request; budgets and conditional requests are handled by `app.py`."""
        by_name, by_id = _BY_NAME.fullmatch(request.path), _BY_ID.fullmatch(request.path)
        if by_name:
            return self._by_name(request, by_name["name"], by_name["subpath"] or "")
        if by_id:
            repository = self._world.by_id(int(by_id["id"]), self._clock.now())
            return self._call_handler(request, repository, by_id["subpath"] or "")
        return _not_found()

    def _by_name(self, request: Request, name: str, subpath: str) -> Response:
        now = self._clock.now()
        repository = self._world.find(name, now)
        if repository and repository.name(now).lower() != name.lower():
            return _moved(f"{request.base}/repositories/{repository.repo_id}{subpath}")
        return self._call_handler(request, repository, subpath)

    def _call_handler(self, request: Request, repository: DemoRepository | None, subpath: str) -> Response:
        handler = self._handlers.get(subpath)
        if repository and unquote(subpath) == f"/contents/{repository.readme_path}":
            handler = self._readme
        if repository is None or handler is None or request.method != "GET":
            return _not_found()
        block = repository.active_block(self._clock.now())
        return _blocked(block.reason) if block else handler(request, repository)

    def _repository(self, request: Request, repository: DemoRepository) -> Response:
        now = self._clock.now()
        answer = repository_json(repository, now, request.base)
        if parent := self._world.parent(repository, now):
            answer["parent"] = repository_json(parent, now, request.base)
        return json_response(200, answer)

    def _commits(self, request: Request, repository: DemoRepository) -> Response:
        if repository.default_branch is None:
            return json_response(409, {"message": "Git Repository is empty.", "documentation_url": _DOCS})
        per_page, page = _number(request, "per_page", 30, _MAX_ROWS), _number(request, "page", 1)
        last = -(-repository.figures.at(self._clock.now()).commits // per_page)
        rows = [commit(repository, self._clock.now())] if page <= last else []
        return json_response(200, rows, _link(request, page, last))

    def _contributors(self, request: Request, repository: DemoRepository) -> Response:
        """Return a page of anonymous contributors; there are no accounts."""
        if repository.contributors is None:
            message = (
                "The history or contributor list is too large to list contributors for this repository via the API."
            )
            return json_response(403, {"message": message, "documentation_url": _DOCS, "status": "403"})
        if repository.default_branch is None:
            return Response(204)
        per_page, page = _number(request, "per_page", 30, _MAX_ROWS), _number(request, "page", 1)
        last = -(-repository.contributors // per_page)
        numbers = range(repository.contributors)[(page - 1) * per_page : page * per_page]
        rows = [{"type": "Anonymous", "name": f"Person {number + 1}", "contributions": 1} for number in numbers]
        return json_response(200, rows, _link(request, page, last))

    def _star_history(self, request: Request, repository: DemoRepository) -> Response:
        per_page, page = _number(request, "per_page", _MAX_WEEKS, _MAX_WEEKS), _number(request, "page", 1)
        if page > _LAST_PAGE:
            return json_response(422, {"message": f"page must be at most {_LAST_PAGE}", "documentation_url": _DOCS})
        weeks = self._star_weeks(repository, self._clock.now())
        rows = weeks[(page - 1) * per_page : page * per_page]
        return json_response(200, rows, _link(request, page, -(-len(weeks) // per_page)))

    def _commit_activity(self, _request: Request, repository: DemoRepository) -> Response:
        if repository.repo_id not in self._computed:
            self._computed.add(repository.repo_id)
            return json_response(202, {})
        return json_response(200, self._commit_weeks(repository, self._clock.now()))

    def _readme(self, request: Request, repository: DemoRepository) -> Response:
        if repository.readme is None:
            return _not_found()
        text = self._world.list_text(repository.readme, self._clock.now()).encode()
        media = request.headers.get("accept", "")
        if "raw" in media:
            return Response(200, text, {"content-type": "application/vnd.github.raw+json; charset=utf-8"})
        return json_response(200, _file(text, repository.readme_path))


def _number(request: Request, name: str, default: int, maximum: int | None = None) -> int:
    """Return a number of the query: the default if it is invalid, and at most the maximum, as at GitHub."""
    text = request.query.get(name, "")
    number = max(int(text), 1) if text.isdecimal() else default
    return min(number, maximum) if maximum else number


def _link(request: Request, page: int, last: int) -> dict[str, str]:
    """Return the Link header, or nothing if there is only one page."""
    targets = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
    rels = ["next", "last"] * (page < last) + ["prev", "first"] * (page > 1)
    links = ", ".join(f'<{_page_url(request, targets[rel])}>; rel="{rel}"' for rel in rels)
    return {"link": links} if links else {}


def _page_url(request: Request, page: int) -> str:
    query = {**request.query, "page": str(page)}
    return f"{request.base}{request.path}?" + "&".join(f"{name}={value}" for name, value in query.items())


def _file(text: bytes, path: str) -> dict[str, object]:
    blob = b"blob %d\x00" % len(text) + text
    is_large = len(text) > _MAX_CONTENT_BYTES
    return {
        "name": path.rpartition("/")[2],
        "path": path,
        "sha": hashlib.sha1(blob, usedforsecurity=False).hexdigest(),
        "size": len(text),
        "type": "file",
        "encoding": "none" if is_large else "base64",
        "content": "" if is_large else base64.encodebytes(text).decode(),
    }


def _not_found() -> Response:
    return json_response(404, {"message": "Not Found", "documentation_url": _DOCS, "status": "404"})


def _moved(url: str) -> Response:
    body = {"message": "Moved Permanently", "url": url, "documentation_url": _DOCS}
    return json_response(301, body, {"location": url})


def _blocked(reason: str) -> Response:
    block = {"reason": reason, "created_at": None, "html_url": f"https://github.com/{reason}"}
    status = 451 if reason == "dmca" else 403
    return json_response(status, {"message": "Repository access blocked", "block": block})
