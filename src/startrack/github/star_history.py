"""Fetches one page of a repository's history: stars by day or commits by day.

`GET /repositories/{id}/stargazers/history` gives retained stars, 30 weeks a page, newest first. `GET
/repositories/{id}/stats/commit_activity` gives the commits of the last 52 weeks. By id both still work after a rename.
Weeks begin on Sunday; the week that has not ended is kept apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from startrack.github import fields, rest
from startrack.github.client import Client, Reply, Tier
from startrack.github.responses import NOT_UNDERSTOOD, UnansweredError
from startrack.github.tokens import HISTORY
from startrack.model.durations import WEEK
from startrack.model.history import Week, week_start

__all__ = [
    "LAST_PAGE",
    "PAGE_WEEKS",
    "Answer",
    "Page",
    "Refused",
    "Status",
    "fetch_commit_activity",
    "fetch_stars",
    "repository_exists",
]

PAGE_WEEKS = 30
LAST_PAGE = 100

_YEAR_WEEKS = 54
# GitHub opened in 2008; no star is older.
_FIRST_WEEK = date(2007, 1, 7)
_LATEST_WEEK = 2**32  # seconds: the year 2106
_EPOCH = datetime(1970, 1, 1)
# GitHub does not promise that days begin at midnight UTC; half a day covers any time zone.
_HALF_A_DAY = timedelta(hours=12)
_OK, _ACCEPTED, _NO_CONTENT, _NOT_MODIFIED, _NOT_FOUND, _BLOCKED = 200, 202, 204, 304, 404, 451
_NEXT = re.compile(r'rel="next"')


@dataclass(frozen=True, slots=True)
class Page:
    """The ended weeks of a page, newest first; `current` is what was added since the newest of them ended."""

    weeks: tuple[Week, ...]
    current: int
    etag: str | None
    is_last: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """GitHub refused to give this repository's history; `detail` says how."""

    detail: str


class Status(Enum):
    """A response without figures.

    UNCHANGED: nothing new since the given ETag. ABSENT: not found. GONE: blocked. PENDING: GitHub still computes it.
    """

    UNCHANGED = "unchanged"
    ABSENT = "absent"
    GONE = "gone"
    PENDING = "pending"


Answer = Page | Refused | Status


def fetch_stars(client: Client, repo_id: int, number: int, today: date, etag: str | None = None) -> Answer:
    """Return a page of a repository's retained stars.

    With the ETag of an earlier response, an unchanged page is `UNCHANGED`, which is free. Raises what `rest.get`
    raises, and UnansweredError if the response cannot be read.
    """
    path = f"/repositories/{repo_id}/stargazers/history?per_page={PAGE_WEEKS}&page={number}"
    reply = rest.get(client, path, Tier.HISTORY, etag=etag, resource=HISTORY)
    is_last = number >= LAST_PAGE or not _NEXT.search(reply.headers.get("link", ""))
    return _parse(reply, today, PAGE_WEEKS, is_newest=number == 1, is_last=is_last)


def fetch_commit_activity(client: Client, repo_id: int, today: date, etag: str | None = None) -> Answer:
    """Return the commits of the past year, `PENDING` while GitHub computes them. Raises what `fetch_stars` raises."""
    reply = rest.get(client, f"/repositories/{repo_id}/stats/commit_activity", Tier.HISTORY, etag=etag)
    return _parse(reply, today, _YEAR_WEEKS, is_newest=True, is_last=True)


def repository_exists(client: Client, repo_id: int) -> bool:
    """Say whether GitHub finds a repository. Raises what `rest.get` raises."""
    return rest.get(client, f"/repositories/{repo_id}", Tier.HISTORY).status == _OK


def _parse(reply: Reply, today: date, max_weeks: int, *, is_newest: bool, is_last: bool) -> Answer:
    statuses = {
        _NOT_MODIFIED: Status.UNCHANGED,
        _ACCEPTED: Status.PENDING,
        _NOT_FOUND: Status.ABSENT,
        _BLOCKED: Status.GONE,
    }
    if status := statuses.get(reply.status):
        return status
    if reply.status == _NO_CONTENT:
        return Page((), 0, None, is_last=is_last)  # a repository without commits
    if reply.status != _OK:
        return Refused(f"GitHub returned status {reply.status}")
    try:
        weeks = _parse_weeks(fields.parse_json(reply.text), max_weeks)
        etag = fields.parse_etag(reply.headers.get("etag"))
        return _page(weeks, today, etag, is_newest=is_newest, is_last=is_last)
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's response could not be read") from error


def _page(weeks: list[Week], today: date, etag: str | None, *, is_newest: bool, is_last: bool) -> Page:
    """Separate the weeks that have ended from those that have not.

    The newest row is the current week by GitHub's clock. Around midnight before Sunday this machine's clock may
    differ, so a week has ended only if both clocks say so.
    """
    running = {weeks[0].start} if weeks and is_newest else set()
    ended = tuple(week for week in weeks if week.start + WEEK <= today and week.start not in running)
    current = sum(sum(week.days) for week in weeks[: len(weeks) - len(ended)])
    return Page(ended, fields.parse_count(current), etag, is_last=is_last)


def _parse_weeks(rows: Any, max_weeks: int) -> list[Week]:  # noqa: ANN401 - JSON
    """Return the weeks in a response, newest first and without duplicates."""
    if not isinstance(rows, list) or len(rows) > max_weeks:
        raise ValueError(f"not a list of at most {max_weeks} weeks")
    weeks = {week.start: week for week in map(_parse_week, rows)}
    return [weeks[start] for start in sorted(weeks, reverse=True)]


def _parse_week(row: Mapping[str, Any]) -> Week:
    start = (_EPOCH + timedelta(seconds=fields.parse_count(row["week"], _LATEST_WEEK)) + _HALF_A_DAY).date()
    days = tuple(map(fields.parse_count, row["days"]))
    if start < _FIRST_WEEK or start != week_start(start) or len(days) != WEEK.days:
        raise ValueError("a week must begin on a Sunday and have seven days")
    fields.parse_count(sum(days))
    return Week(start, days)
