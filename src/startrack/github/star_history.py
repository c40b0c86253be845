"""One request for the past of a repository, and what its answer means: stars by day, commits by day.

`GET /repos/{name}/stargazers/history` tells retained stars, 30 weeks a page, newest first; `GET
/repos/{name}/stats/commit_activity` the commits of the last 52 weeks. Weeks begin on Sunday, and the one that
has not ended is told apart.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from startrack.github.client import MOVED, Client, Reply
from startrack.past import WEEK, Week, sunday

__all__ = ["LAST_PAGE", "PAGE_WEEKS", "Answer", "Moved", "Page", "Refused", "Sign", "activity", "exists", "stars"]

PAGE_WEEKS = 30
LAST_PAGE = 100

_EPOCH = datetime(1970, 1, 1)
# Days are not promised to begin at midnight UTC: half a day makes up for any time zone.
_HALF_A_DAY = timedelta(hours=12)
_OK, _ACCEPTED, _NO_CONTENT, _NOT_MODIFIED, _NOT_FOUND = 200, 202, 204, 304, 404
_NEXT = re.compile(r'rel="next"')


@dataclass(frozen=True, slots=True)
class Page:
    """Weeks that have ended, and `current`, what the one that has not ended holds so far."""

    weeks: tuple[Week, ...]
    current: int
    etag: str | None
    is_last: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """The repository is asked for at another path of the same host."""

    path: str


@dataclass(frozen=True, slots=True)
class Refused:
    """There is no answer for this repository, and why."""

    detail: str


class Sign(Enum):
    """An answer without a figure in it."""

    UNCHANGED = "unchanged"
    ABSENT = "absent"
    PENDING = "pending"


Answer = Page | Moved | Refused | Sign


def stars(client: Client, path: str, number: int, today: date, etag: str | None = None) -> Answer:
    """Return a page of retained stars of the repository at a path such as `/repos/OWNER/NAME`.

    With the ETag of an earlier answer an unchanged page is told as such, which costs nothing. Raises what
    `Client.get` raises.
    """
    reply = client.get(f"{path}/stargazers/history?per_page={PAGE_WEEKS}&page={number}", etag=etag)
    is_last = number >= LAST_PAGE or not _NEXT.search(reply.headers.get("link", ""))
    return _answer(client, reply, "/stargazers/history", today, is_last=is_last)


def activity(client: Client, path: str, today: date, etag: str | None = None) -> Answer:
    """Return the commits of the past year, `PENDING` while GitHub computes them. Raises what `Client.get` raises."""
    reply = client.get(f"{path}/stats/commit_activity", etag=etag)
    return _answer(client, reply, "/stats/commit_activity", today, is_last=True)


def exists(client: Client, path: str) -> bool:
    """Say whether a repository answers at all. Raises what `Client.get` raises."""
    return client.get(path).status == _OK


def _answer(client: Client, reply: Reply, rest: str, today: date, *, is_last: bool) -> Answer:
    if reply.status in MOVED:
        return _moved(client, reply, rest)
    signs = {_NOT_MODIFIED: Sign.UNCHANGED, _ACCEPTED: Sign.PENDING, _NOT_FOUND: Sign.ABSENT}
    if sign := signs.get(reply.status):
        return sign
    if reply.status == _NO_CONTENT:
        return Page((), 0, None, is_last=is_last)  # nothing was ever committed
    if reply.status != _OK:
        return Refused(f"GitHub answered {reply.status}")
    try:
        return _page(json.loads(reply.text), today, reply.headers.get("etag"), is_last=is_last)
    except (ValueError, KeyError, TypeError, OverflowError):
        return Refused("GitHub's answer was not understood")


def _moved(client: Client, reply: Reply, rest: str) -> Moved | Refused:
    """Follow by the path alone, and on the same host only: the token must not go to another."""
    ours, there = urlsplit(client.endpoints.api), urlsplit(reply.headers.get("location", ""))
    if there.netloc not in ("", ours.netloc):
        return Refused("GitHub sends to another host")
    return Moved(there.path.removeprefix(ours.path.rstrip("/")).removesuffix(rest))


def _page(rows: Any, today: date, etag: str | None, *, is_last: bool) -> Page:  # noqa: ANN401 - JSON
    if not isinstance(rows, list):
        raise TypeError("rows are a list")
    weeks = [_week(row) for row in rows]
    ended = tuple(week for week in weeks if week.start + WEEK <= today)
    current = sum(sum(week.days) for week in weeks if week.start == sunday(today))
    return Page(ended, current, etag, is_last=is_last)


def _week(row: Mapping[str, Any]) -> Week:
    start = (_EPOCH + timedelta(seconds=row["week"]) + _HALF_A_DAY).date()
    days = tuple(row["days"])
    if start != sunday(start) or len(days) != WEEK.days or not all(type(day) is int and day >= 0 for day in days):
        raise ValueError("a week is seven figures from a Sunday on")
    return Week(start, days)
