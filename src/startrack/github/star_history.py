"""One request for the past of a repository, and what its answer means: stars by day, commits by day.

`GET /repositories/{id}/stargazers/history` tells retained stars, 30 weeks a page, newest first; `GET
/repositories/{id}/stats/commit_activity` the commits of the last 52 weeks. By number both answer after a rename too.
Weeks begin on Sunday, and the one that has not ended is told apart.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any

from startrack.github import fields, rest
from startrack.github.client import Client, Reply
from startrack.github.responses import NOT_UNDERSTOOD, UnansweredError
from startrack.github.tokens import HISTORY
from startrack.model.durations import WEEK
from startrack.model.history import Week, week_start

__all__ = ["LAST_PAGE", "PAGE_WEEKS", "Answer", "Page", "Refused", "Sign", "activity", "exists", "stars"]

PAGE_WEEKS = 30
LAST_PAGE = 100

_YEAR_WEEKS = 54
# GitHub opened in 2008; no star is older.
_FIRST_WEEK = date(2007, 1, 7)
_FAR = 2**32  # seconds: the year 2106
_EPOCH = datetime(1970, 1, 1)
# Days are not promised to begin at midnight UTC: half a day makes up for any time zone.
_HALF_A_DAY = timedelta(hours=12)
_OK, _ACCEPTED, _NO_CONTENT, _NOT_MODIFIED, _NOT_FOUND, _BLOCKED = 200, 202, 204, 304, 404, 451
_NEXT = re.compile(r'rel="next"')


@dataclass(frozen=True, slots=True)
class Page:
    """Weeks that have ended, newest first, and `current`, what was given since the end of the newest of them."""

    weeks: tuple[Week, ...]
    current: int
    etag: str | None
    is_last: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """GitHub answers, and has nothing to tell of this repository: why."""

    detail: str


class Sign(Enum):
    """An answer without a figure in it."""

    UNCHANGED = "unchanged"
    ABSENT = "absent"
    GONE = "gone"
    PENDING = "pending"


Answer = Page | Refused | Sign


def stars(client: Client, repo_id: int, number: int, today: date, etag: str | None = None) -> Answer:
    """Return a page of retained stars of a repository.

    With the ETag of an earlier answer an unchanged page is told as such, which costs nothing. Raises what `rest.ask`
    raises, and UnansweredError where the answer is not understood.
    """
    path = f"/repositories/{repo_id}/stargazers/history?per_page={PAGE_WEEKS}&page={number}"
    reply = rest.ask(client, path, etag=etag, resource=HISTORY)
    is_last = number >= LAST_PAGE or not _NEXT.search(reply.headers.get("link", ""))
    return _answer(reply, today, PAGE_WEEKS, is_newest=number == 1, is_last=is_last)


def activity(client: Client, repo_id: int, today: date, etag: str | None = None) -> Answer:
    """Return the commits of the past year, `PENDING` while GitHub computes them. Raises what `stars` raises."""
    reply = rest.ask(client, f"/repositories/{repo_id}/stats/commit_activity", etag=etag)
    return _answer(reply, today, _YEAR_WEEKS, is_newest=True, is_last=True)


def exists(client: Client, repo_id: int) -> bool:
    """Say whether a repository answers at all. Raises what `rest.ask` raises."""
    return rest.ask(client, f"/repositories/{repo_id}").status == _OK


def _answer(reply: Reply, today: date, most: int, *, is_newest: bool, is_last: bool) -> Answer:
    signs = {_NOT_MODIFIED: Sign.UNCHANGED, _ACCEPTED: Sign.PENDING, _NOT_FOUND: Sign.ABSENT, _BLOCKED: Sign.GONE}
    if sign := signs.get(reply.status):
        return sign
    if reply.status == _NO_CONTENT:
        return Page((), 0, None, is_last=is_last)  # nothing was ever committed
    if reply.status != _OK:
        return Refused(f"GitHub answered {reply.status}")
    try:
        weeks, etag = _weeks(fields.parse(reply.text), most), fields.entity_tag(reply.headers.get("etag"))
        return _page(weeks, today, etag, is_newest=is_newest, is_last=is_last)
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's answer was not understood") from error


def _page(weeks: list[Week], today: date, etag: str | None, *, is_newest: bool, is_last: bool) -> Page:
    """Tell the weeks that have ended from those that have not.

    The newest row is the week that runs by GitHub's clock. Near Sunday's midnight ours may say otherwise, and a week
    is kept only where both say that it has ended.
    """
    running = {weeks[0].start} if weeks and is_newest else set()
    ended = tuple(week for week in weeks if week.start + WEEK <= today and week.start not in running)
    current = sum(sum(week.days) for week in weeks[: len(weeks) - len(ended)])
    return Page(ended, fields.whole(current), etag, is_last=is_last)


def _weeks(rows: Any, most: int) -> list[Week]:  # noqa: ANN401 - JSON
    """Return the weeks in an answer, newest first and each once."""
    if not isinstance(rows, list) or len(rows) > most:
        raise ValueError(f"rows are a list of at most {most}")
    weeks = {week.start: week for week in map(_week, rows)}
    return [weeks[start] for start in sorted(weeks, reverse=True)]


def _week(row: Mapping[str, Any]) -> Week:
    start = (_EPOCH + timedelta(seconds=fields.whole(row["week"], _FAR)) + _HALF_A_DAY).date()
    days = tuple(map(fields.whole, row["days"]))
    if start < _FIRST_WEEK or start != week_start(start) or len(days) != WEEK.days:
        raise ValueError("a week is seven figures from a Sunday on")
    fields.whole(sum(days))
    return Week(start, days)
