"""One pass that fetches the history of many repositories.

Repositories never fetched come first, then those with older weeks to fetch, then the oldest, then those that failed.
Each step is one request, so budget and reserve are exact to the call, and a pass may end after any of them. A
repository that gets no response is reported as failed and moves to the end of this queue and of the next pass's.
"""

import heapq
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import assert_never
from zlib import crc32

from startrack.errors import GitHubError
from startrack.github import rest, star_history
from startrack.github.batches import FailureStreak, OutageError
from startrack.github.client import Client
from startrack.github.responses import UnansweredError
from startrack.github.star_history import Page, Refused, Status
from startrack.github.tokens import HISTORY
from startrack.model.durations import DAY, WEEK
from startrack.model.history import (
    DateRange,
    FetchedHistory,
    FetchOutcome,
    RepositoryHistory,
    Series,
    Week,
    merge_ranges,
    week_start,
)

__all__ = [
    "FetchLimits",
    "HistoryFetcher",
]

_logger = logging.getLogger(__name__)

# Each count records commits from then on, so their history seldom adds anything.
_ACTIVITY_AGE = timedelta(days=28)
# GitHub computes commit statistics when they are requested, mostly within seconds.
_PENDING_PAUSE = 2.0
_MAX_PENDING_PAUSE = 10.0
_MAX_PENDING_REQUESTS = 4

_QueueKey = tuple[int, int, datetime, str, int, Series]


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """The limits of one pass.

    `pages` is the maximum for each repository, `None` for all. `budget` is the maximum number of API calls, not
    counting free ones; `reserve` is how many calls of the hour are left for others. What was fetched longer than `age`
    ago is fetched again.
    """

    pages: int | None = 1
    budget: int | None = None
    reserve: int = 100
    age: timedelta = DAY


@dataclass(frozen=True, slots=True)
class _Task:
    """A history that waits for a request, and the state of this pass for it.

    `page` is the last page that was fetched, `oldest` the oldest week on the pages so far. `requests` counts those
    that GitHub answered with "pending". With `is_doubted` the next request asks whether the repository exists.
    """

    history: RepositoryHistory
    pages: int = 0
    page: int = 0
    oldest: date = date.max
    requests: int = 0
    requested_at: float = 0.0
    is_doubted: bool = False


@dataclass(slots=True)
class HistoryFetcher:
    """A pass in progress; its counters grow with each response.

    `calls` are the requests that GitHub counts, `unchanged` the free ones, `unfinished` the repositories with older
    weeks still to fetch when their pages of this pass were used up. `stopped` says why the pass ended early;
    `has_failed` says whether that is a problem.
    """

    client: Client
    histories: Iterable[RepositoryHistory]
    limits: FetchLimits
    at: datetime
    calls: int = 0
    unchanged: int = 0
    unfinished: int = 0
    stopped: str | None = None
    has_failed: bool = False
    _queue: list[tuple[_QueueKey, _Task]] = field(init=False, default_factory=list)
    _streak: FailureStreak = field(init=False, default_factory=FailureStreak)
    _knows_budgets: bool = field(init=False, default=False)
    _is_answered: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Queue the histories that are due."""
        for history in self.histories:
            if not _is_complete(history) or self._is_due(history):
                self._push(_Task(history))

    @property
    def remaining(self) -> int:
        """How many requests are known to remain."""
        return len(self._queue)

    def fetch(self) -> Iterator[FetchedHistory]:
        """Send request after request and yield each result, until nothing is left or a limit is reached.

        A repository without a response is yielded as failed. Several of them in a row end the pass, as do a spent
        budget, a lost network and a refused token. Raises the GitHubError itself if there was no response before it.
        """
        with self.client.log_totals("History pass"):
            yield from self._fetch()

    def _fetch(self) -> Iterator[FetchedHistory]:
        while self._queue and self._may_request():
            _, task = heapq.heappop(self._queue)
            try:
                yield from self._run(task)
            except GitHubError as error:
                if isinstance(error, OutageError) and task.history.outcome is FetchOutcome.FAILED:
                    return  # only histories that failed before are left, so this is not a new problem
                if not self._is_answered:
                    raise
                self._push(task)
                self.stopped, self.has_failed = str(error), True
                return

    def _is_due(self, history: RepositoryHistory) -> bool:
        """Say whether a result is too old; one from the future was dated by a wrong clock."""
        at = history.fetched_at
        return at is None or at > max(self.at, self.client.now()) or self.at - at >= self._max_age(history.series)

    def _max_age(self, series: Series) -> timedelta:
        return self.limits.age if series is Series.STARS else max(self.limits.age, _ACTIVITY_AGE)

    def _push(self, task: _Task) -> None:
        heapq.heappush(self._queue, (_queue_key(task, self.at.date()), task))

    def _may_request(self) -> bool:
        """Say whether budget and reserve allow another call; if not, set `stopped`."""
        if not self._knows_budgets:
            rest.refresh_budgets(self.client)
            self._knows_budgets = True
        left = self.client.tokens.remaining(HISTORY)
        if self.limits.budget is not None and self.calls >= self.limits.budget:
            self.stopped = f"the budget of {self.limits.budget} calls is spent"
        elif left <= self.limits.reserve:
            self.stopped = f"{left:.0f} calls are left of this hour, and {self.limits.reserve} are kept in reserve"
        return self.stopped is None

    def _run(self, task: _Task) -> Iterator[FetchedHistory]:
        """Send one request and yield its result, if there is one; a task that needs another request is queued again.

        Raises OutageError after too many requests in a row without a response.
        """
        try:
            result = self._handle(task, self._request(task))
        except UnansweredError as error:
            self._is_answered = True
            yield self._without_weeks(task, FetchOutcome.FAILED, str(error))
            self._streak.add(task.history.repo_id, str(error))
            return
        self._is_answered = True
        self._streak.reset()
        if result:
            yield result

    def _request(self, task: _Task) -> star_history.Answer:
        """Send the request of a task and count it, also if it fails."""
        before, answer = self.client.requests, None
        try:
            answer = self._send(task)
        finally:
            is_free = answer is Status.UNCHANGED
            self.calls += self.client.requests - before - is_free
            self.unchanged += is_free
        return answer

    def _send(self, task: _Task) -> star_history.Answer:
        history, today = task.history, self.at.date()
        if task.is_doubted:
            # Either this server does not have the series, or it does not have the repository.
            exists = star_history.repository_exists(self.client, history.repo_id)
            return Status.ABSENT if exists else Status.GONE
        if history.series is Series.COMMITS:
            self._pause_while_pending(task)
            return star_history.fetch_commit_activity(self.client, history.repo_id, today, history.etag)
        number = _next_page(task, week_start(today))
        etag = history.etag if number == 1 else None
        return star_history.fetch_stars(self.client, history.repo_id, number, today, etag)

    def _pause_while_pending(self, task: _Task) -> None:
        """Give GitHub time to compute; the time of other requests since then counts."""
        if task.requests:
            pause = task.requested_at + _PENDING_PAUSE * task.requests - self.client.clock()
            seconds = min(max(pause, 0.0), _MAX_PENDING_PAUSE)
            _logger.info("Waiting %.1f s: GitHub computes the commits of %s", seconds, task.history.name)
            self.client.sleep(seconds)

    def _handle(self, task: _Task, answer: star_history.Answer) -> FetchedHistory | None:
        """Return what an answer adds, `None` if nothing or if the task was queued again."""
        match answer:
            case Page() as page:
                return self._add_page(task, page)
            case Refused(detail=detail):
                return self._without_weeks(task, FetchOutcome.FAILED, detail)
            case Status.GONE:
                return self._without_weeks(task, FetchOutcome.GONE, "")
            case Status.ABSENT if task.is_doubted:
                return self._without_weeks(task, FetchOutcome.NOT_OFFERED, "")
            case Status.ABSENT:
                self._push(replace(task, is_doubted=True))
            case Status.PENDING if task.requests + 1 < _MAX_PENDING_REQUESTS:
                self._push(replace(task, requests=task.requests + 1, requested_at=self.client.clock()))
            case Status.UNCHANGED if task.history.outcome is not FetchOutcome.DONE:
                return self._without_weeks(task, FetchOutcome.DONE, "")  # the last failure is over
            case Status.PENDING | Status.UNCHANGED:
                pass
            case never:
                assert_never(never)
        return None

    def _without_weeks(self, task: _Task, outcome: FetchOutcome, detail: str) -> FetchedHistory:
        """Return the outcome of a request that gave no weeks; the weeks already stored stay."""
        history = task.history
        return FetchedHistory(
            history.repo_id,
            history.name,
            history.series,
            self.at,
            outcome,
            detail,
            complete=history.complete or outcome is FetchOutcome.NOT_OFFERED,
            is_newest=outcome in (FetchOutcome.GONE, FetchOutcome.NOT_OFFERED),
        )

    def _add_page(self, task: _Task, page: Page) -> FetchedHistory:
        history = task.history
        number = 1 if history.series is Series.COMMITS else _next_page(task, week_start(self.at.date()))
        is_newest = number == 1
        # If a new week begins during the pass, the pages shift by a week, and one week is on two of them.
        weeks = tuple(week for week in page.weeks if week.start < task.oldest)
        after = replace(
            history,
            etag=page.etag if is_newest else history.etag,
            complete=history.complete or page.is_last,
            fetched_at=self.at if is_newest else history.fetched_at,
            ranges=merge_ranges((*history.ranges, *map(_date_range, weeks))),
            outcome=FetchOutcome.DONE,
        )
        oldest = min((task.oldest, *(week.start for week in weeks)))
        task = replace(task, history=after, pages=task.pages + 1, page=number, oldest=oldest)
        self._queue_older(task, made_progress=is_newest or after.days > history.days)
        return FetchedHistory(
            history.repo_id,
            history.name,
            history.series,
            self.at,
            FetchOutcome.DONE,
            weeks=weeks,
            complete=after.complete,
            is_newest=is_newest,
            etag=page.etag if is_newest else None,
            current=page.current if is_newest else None,
        )

    def _queue_older(self, task: _Task, *, made_progress: bool) -> None:
        """Queue the next older page. After a page with nothing older, the same page would only be fetched again."""
        if task.history.is_whole or task.history.series is Series.COMMITS:
            return
        if made_progress and (self.limits.pages is None or task.pages < self.limits.pages):
            self._push(task)
        else:
            self.unfinished += 1


def _is_complete(history: RepositoryHistory) -> bool:
    """Say whether a history is fetched again only when it is old enough."""
    return history.is_whole or history.outcome is FetchOutcome.GONE


def _queue_key(task: _Task, today: date) -> _QueueKey:
    """Return the position in the queue: never fetched, incomplete (the fewest days first), oldest, failed.

    The order of failed ones differs every day: if an outage ends the pass among them, each is tried some day.
    """
    history = task.history
    if history.outcome is FetchOutcome.FAILED:
        stage, order = 4, crc32(f"{history.repo_id} {today}".encode())
    elif history.fetched_at is None:
        stage, order = 0 if history.series is Series.STARS else 1, task.requests
    elif _is_complete(history):
        stage, order = 3, task.requests
    else:
        stage, order = 2, history.days
    return stage, order, history.fetched_at or datetime.min, history.name, history.repo_id, history.series


def _next_page(task: _Task, current: date) -> int:
    """Return the page to fetch: the newest, or the one after the oldest week that is connected to the newest.

    Pages are counted from the Sunday of the `current` week, which has its own row. A week that begins during the pass
    shifts them by one row, so the page after the last one is never fetched twice.
    """
    history = task.history
    if history.is_whole or not history.ranges:
        return task.page + 1
    rows: int = (current - history.ranges[0].first) // WEEK + 1
    return min(max(rows // star_history.PAGE_WEEKS + 1, task.page + 1), star_history.LAST_PAGE)


def _date_range(week: Week) -> DateRange:
    return DateRange(week.start, week.start + WEEK - DAY)
