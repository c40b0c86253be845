"""One pass over the pasts of many repositories: never fetched first, then begun ones, then the oldest.

Every turn is one request, so a budget and a reserve are kept to the call, and a pass may end after any of them.
A repository that gets no answer is told as failed and stands at the end of this queue and of the next pass's.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import assert_never
from zlib import crc32

from startrack.errors import GitHubError
from startrack.github import rest, star_history
from startrack.github.batches import OutageError, Streak
from startrack.github.client import Client
from startrack.github.responses import UnansweredError
from startrack.github.star_history import Page, Refused, Sign
from startrack.github.tokens import HISTORY
from startrack.model.durations import DAY, WEEK
from startrack.model.history import (
    DateRange,
    FetchedHistory,
    FetchOutcome,
    RepositoryHistory,
    Series,
    Week,
    merged_ranges,
    week_start,
)

__all__ = [
    "Effort",
    "HistoryFetch",
]


# What is counted tells commits from then on, so their past seldom changes anything.
_ACTIVITY_AGE = timedelta(days=28)
# GitHub computes statistics when they are asked for, mostly within seconds.
_PAUSE = 2.0
_MOST_ASKS = 4

_Place = tuple[int, int, datetime, str, int, Series]


@dataclass(frozen=True, slots=True)
class Effort:
    """How far one pass goes.

    `pages` is how many pages each repository gets, `None` for all; `budget` how many calls may be spent, those
    that GitHub does not count left out; `reserve` how many of the hour's calls are left to others. What was
    fetched longer than `age` ago is asked for anew.
    """

    pages: int | None = 1
    budget: int | None = None
    reserve: int = 100
    age: timedelta = DAY


@dataclass(frozen=True, slots=True)
class _Turn:
    """A past that waits for a request, and what earlier ones of this pass have shown.

    `page` is the last page that was asked for, `reached` the oldest week that it or one before it had.
    """

    past: RepositoryHistory
    pages: int = 0
    page: int = 0
    reached: date = date.max
    asks: int = 0
    asked_at: float = 0.0
    is_doubted: bool = False


@dataclass(slots=True)
class HistoryFetch:
    """A pass under way; it fills up as answers arrive.

    `spent` counts the calls that GitHub counts, `unchanged` the free ones, `begun` the repositories whose pages
    of this pass did not reach their beginning; `stopped` says why it ended before
    everything was done, and `failed` whether that is worth a look.
    """

    client: Client
    pasts: Iterable[RepositoryHistory]
    effort: Effort
    at: datetime
    spent: int = 0
    unchanged: int = 0
    begun: int = 0
    stopped: str | None = None
    failed: bool = False
    _queue: list[tuple[_Place, _Turn]] = field(init=False, default_factory=list)
    _streak: Streak = field(init=False, default_factory=Streak)
    _is_surveyed: bool = field(init=False, default=False)
    _is_answered: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Line up what is due."""
        for past in self.pasts:
            if not _is_settled(past) or self._is_due(past):
                self._push(_Turn(past))

    @property
    def waiting(self) -> int:
        """How many requests are known to be left."""
        return len(self._queue)

    def fetched(self) -> Iterator[FetchedHistory]:
        """Ask turn by turn and yield what each brings, until all is done or the effort is spent.

        A repository that gets no answer is yielded as failed; several of them in a row end the pass, and so do a
        spent budget, a lost network and a refused token. Raises the GitHubError itself where nothing was learned
        before it.
        """
        while self._queue and self._may_ask():
            _, turn = heapq.heappop(self._queue)
            try:
                yield from self._taken(turn)
            except GitHubError as error:
                if isinstance(error, OutageError) and turn.past.outcome is FetchOutcome.FAILED:
                    return  # which is no news: only those that failed before are left
                if not self._is_answered:
                    raise
                self._push(turn)
                self.stopped, self.failed = str(error), True
                return

    def _is_due(self, past: RepositoryHistory) -> bool:
        """Say whether an answer is too old; one from the future was dated by a wrong clock."""
        at = past.fetched_at
        return at is None or at > max(self.at, self.client.now()) or self.at - at >= self._age(past.series)

    def _age(self, series: Series) -> timedelta:
        return self.effort.age if series is Series.STARS else max(self.effort.age, _ACTIVITY_AGE)

    def _push(self, turn: _Turn) -> None:
        heapq.heappush(self._queue, (_place(turn, self.at.date()), turn))

    def _may_ask(self) -> bool:
        if not self._is_surveyed:
            rest.survey(self.client)
            self._is_surveyed = True
        left = self.client.tokens.left(HISTORY)
        if self.effort.budget is not None and self.spent >= self.effort.budget:
            self.stopped = f"the budget of {self.effort.budget} calls is spent"
        elif left <= self.effort.reserve:
            self.stopped = f"{left:.0f} calls are left of this hour, and {self.effort.reserve} are kept in reserve"
        return self.stopped is None

    def _taken(self, turn: _Turn) -> Iterator[FetchedHistory]:
        """Ask, and tell what there is to keep; what has to be asked again goes back into the queue.

        Raises OutageError where so many got no answer that no other is expected to.
        """
        try:
            fetched = self._told(turn, self._ask(turn))
        except UnansweredError as error:
            self._is_answered = True
            yield self._kept(turn, FetchOutcome.FAILED, str(error))
            self._streak.lose(turn.past.repo_id, str(error))
            return
        self._is_answered = True
        self._streak.answered()
        if fetched:
            yield fetched

    def _ask(self, turn: _Turn) -> star_history.Answer:
        before, answer = self.client.requests, None
        try:
            answer = self._answer(turn)
        finally:
            is_free = answer is Sign.UNCHANGED
            self.spent += self.client.requests - before - is_free
            self.unchanged += is_free
        return answer

    def _answer(self, turn: _Turn) -> star_history.Answer:
        past, today = turn.past, self.at.date()
        if turn.is_doubted:
            # A series that this GitHub does not have, or a repository that it does not have.
            is_there = star_history.exists(self.client, past.repo_id)
            return Sign.ABSENT if is_there else Sign.GONE
        if past.series is Series.COMMITS:
            self._pause(turn)
            return star_history.activity(self.client, past.repo_id, today, past.etag)
        number = _number(turn, week_start(today))
        return star_history.stars(self.client, past.repo_id, number, today, past.etag if number == 1 else None)

    def _pause(self, turn: _Turn) -> None:
        """Give GitHub time to compute, as far as other requests have not given it."""
        if turn.asks:
            self.client.sleep(min(max(turn.asked_at + _PAUSE * turn.asks - self.client.clock(), 0.0), 10.0))

    def _told(self, turn: _Turn, answer: star_history.Answer) -> FetchedHistory | None:
        match answer:
            case Page() as page:
                return self._paged(turn, page)
            case Refused(detail=detail):
                return self._kept(turn, FetchOutcome.FAILED, detail)
            case Sign.GONE:
                return self._kept(turn, FetchOutcome.GONE, "")
            case Sign.ABSENT if turn.is_doubted:
                return self._kept(turn, FetchOutcome.NOT_OFFERED, "")
            case Sign.ABSENT:
                self._push(replace(turn, is_doubted=True))
            case Sign.PENDING if turn.asks + 1 < _MOST_ASKS:
                self._push(replace(turn, asks=turn.asks + 1, asked_at=self.client.clock()))
            case Sign.UNCHANGED if turn.past.outcome is not FetchOutcome.DONE:
                return self._kept(turn, FetchOutcome.DONE, "")  # what went wrong the last time is over
            case Sign.PENDING | Sign.UNCHANGED:
                pass
            case never:
                assert_never(never)
        return None

    def _kept(self, turn: _Turn, outcome: FetchOutcome, detail: str) -> FetchedHistory:
        """Tell how a request ended that brought no weeks; those that are known stay."""
        past = turn.past
        return FetchedHistory(
            past.repo_id,
            past.name,
            past.series,
            self.at,
            outcome,
            detail,
            complete=past.complete or outcome is FetchOutcome.NOT_OFFERED,
            is_newest=outcome in (FetchOutcome.GONE, FetchOutcome.NOT_OFFERED),
        )

    def _paged(self, turn: _Turn, page: Page) -> FetchedHistory:
        past = turn.past
        number = 1 if past.series is Series.COMMITS else _number(turn, week_start(self.at.date()))
        is_newest = number == 1
        # Where a Sunday begins during the walk, the pages shift by a week, and one week stands on two of them.
        weeks = tuple(week for week in page.weeks if week.start < turn.reached)
        after = replace(
            past,
            etag=page.etag if is_newest else past.etag,
            complete=past.complete or page.is_last,
            fetched_at=self.at if is_newest else past.fetched_at,
            stretches=merged_ranges((*past.stretches, *map(_stretch, weeks))),
            outcome=FetchOutcome.DONE,
        )
        reached = min((turn.reached, *(week.start for week in weeks)))
        turn = replace(turn, past=after, pages=turn.pages + 1, page=number, reached=reached)
        self._go_on(turn, is_further=is_newest or after.days > past.days)
        return FetchedHistory(
            past.repo_id,
            past.name,
            past.series,
            self.at,
            FetchOutcome.DONE,
            weeks=weeks,
            complete=after.complete,
            is_newest=is_newest,
            etag=page.etag if is_newest else None,
            current=page.current if is_newest else None,
        )

    def _go_on(self, turn: _Turn, *, is_further: bool) -> None:
        """Line up the next older page; one that brought nothing older would only be asked for again."""
        if turn.past.is_whole or turn.past.series is Series.COMMITS:
            return
        if is_further and (self.effort.pages is None or turn.pages < self.effort.pages):
            self._push(turn)
        else:
            self.begun += 1


def _is_settled(past: RepositoryHistory) -> bool:
    """Say whether a past is asked for only when it is old enough."""
    return past.is_whole or past.outcome is FetchOutcome.GONE


def _place(turn: _Turn, today: date) -> _Place:
    """Return the place in the queue: never fetched, begun with the least known first, the oldest, those that failed.

    The order of those that failed is another one every day: where an outage ends the pass among them, each has its
    turn some day.
    """
    past = turn.past
    if past.outcome is FetchOutcome.FAILED:
        stage, reach = 4, crc32(f"{past.repo_id} {today}".encode())
    elif past.fetched_at is None:
        stage, reach = 0 if past.series is Series.STARS else 1, turn.asks
    elif _is_settled(past):
        stage, reach = 3, turn.asks
    else:
        stage, reach = 2, past.days
    return stage, reach, past.fetched_at or datetime.min, past.name, past.repo_id, past.series


def _number(turn: _Turn, current: date) -> int:
    """Return the page to ask for: the newest, or the one after the oldest week that joins it without a hole.

    Pages are counted from the `current` week's Sunday, which has a row of its own. A Sunday that begins during the
    walk makes them one week longer, so the page after the last one is not asked for a second time.
    """
    past = turn.past
    if past.is_whole or not past.stretches:
        return turn.page + 1
    rows: int = (current - past.stretches[0].first) // WEEK + 1
    return min(max(rows // star_history.PAGE_WEEKS + 1, turn.page + 1), star_history.LAST_PAGE)


def _stretch(week: Week) -> DateRange:
    return DateRange(week.start, week.start + WEEK - DAY)
