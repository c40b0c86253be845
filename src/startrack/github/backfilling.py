"""One pass over the pasts of many repositories: never fetched first, then begun ones, then the oldest.

Every turn is one request, so a budget and a reserve are kept to the call, and a pass may end after any of them.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import assert_never

from startrack.errors import GitHubError
from startrack.github import rest, star_history
from startrack.github.client import Client
from startrack.github.star_history import Moved, Page, Refused, Sign
from startrack.past import DAY, WEEK, Fetched, Outcome, Past, Series, Stretch, joined, sunday

__all__ = ["Effort", "Pass"]

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
    """A past that waits for a request, and what earlier ones of this pass have shown."""

    past: Past
    path: str
    pages: int = 0
    asks: int = 0
    asked_at: float = 0.0
    is_moved: bool = False
    is_doubted: bool = False


@dataclass(slots=True)
class Pass:
    """A pass under way; it fills up as answers arrive.

    `spent` counts the calls that GitHub counts, `unchanged` the free ones, `begun` the repositories whose pages
    of this pass did not reach their beginning; `stopped` says why it ended before
    everything was done, and `failed` whether that is worth a look.
    """

    client: Client
    pasts: Iterable[Past]
    effort: Effort
    at: datetime
    spent: int = 0
    unchanged: int = 0
    begun: int = 0
    stopped: str | None = None
    failed: bool = False
    _queue: list[tuple[_Place, _Turn]] = field(init=False, default_factory=list)
    _is_surveyed: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        """Line up what is due."""
        for past in self.pasts:
            if not past.is_whole or past.fetched_at is None or self.at - past.fetched_at >= self._age(past.series):
                self._push(_Turn(past, f"/repos/{past.name}"))

    @property
    def waiting(self) -> int:
        """How many requests are known to be left."""
        return len(self._queue)

    def fetched(self) -> Iterator[Fetched]:
        """Ask turn by turn and yield what each brings, until all is done or the effort is spent.

        A spent budget, a lost network or a refused token ends the pass. Raises the GitHubError itself where
        nothing was answered before it.
        """
        while self._queue and self._may_ask():
            _, turn = heapq.heappop(self._queue)
            try:
                yield from self._taken(turn)
            except GitHubError as error:
                if not self.spent + self.unchanged:
                    raise
                self._push(turn)
                self.stopped, self.failed = str(error), True
                return

    def _age(self, series: Series) -> timedelta:
        return self.effort.age if series is Series.STARS else max(self.effort.age, _ACTIVITY_AGE)

    def _push(self, turn: _Turn) -> None:
        heapq.heappush(self._queue, (_place(turn), turn))

    def _may_ask(self) -> bool:
        if not self._is_surveyed:
            rest.survey(self.client)
            self._is_surveyed = True
        left = self.client.tokens.left("core")
        if self.effort.budget is not None and self.spent >= self.effort.budget:
            self.stopped = f"the budget of {self.effort.budget} calls is spent"
        elif left <= self.effort.reserve:
            self.stopped = f"{left:.0f} calls are left of this hour, and {self.effort.reserve} are kept in reserve"
        return self.stopped is None

    def _taken(self, turn: _Turn) -> Iterator[Fetched]:
        """Ask, and tell what there is to keep; what has to be asked again goes back into the queue."""
        if turn.is_doubted:
            yield self._absent(turn)
            return
        match self._ask(turn):
            case Page() as page:
                yield self._paged(turn, page)
            case Refused(detail=detail):
                yield self._refused(turn, Outcome.FAILED, detail)
            case Moved(path=path) if not turn.is_moved:
                self._push(replace(turn, path=path, is_moved=True))
            case Moved():
                yield self._refused(turn, Outcome.FAILED, "GitHub sends from one place to another")
            case Sign.ABSENT:
                self._push(replace(turn, is_doubted=True))
            case Sign.PENDING if turn.asks + 1 < _MOST_ASKS:
                self._push(replace(turn, asks=turn.asks + 1, asked_at=self.client.clock()))
            case Sign.PENDING | Sign.UNCHANGED:
                return
            case never:
                assert_never(never)

    def _ask(self, turn: _Turn) -> star_history.Answer:
        past, today = turn.past, self.at.date()
        before = self.client.requests
        if past.series is Series.COMMITS:
            self._pause(turn)
            answer = star_history.activity(self.client, turn.path, today, past.etag)
        else:
            number = _number(turn, sunday(today))
            answer = star_history.stars(self.client, turn.path, number, today, past.etag if number == 1 else None)
        self._count(before, is_free=answer is Sign.UNCHANGED)
        return answer

    def _pause(self, turn: _Turn) -> None:
        """Give GitHub time to compute, as far as other requests have not given it."""
        if turn.asks:
            self.client.sleep(min(max(turn.asked_at + _PAUSE * turn.asks - self.client.clock(), 0.0), 10.0))

    def _count(self, before: int, *, is_free: bool) -> None:
        self.spent += self.client.requests - before - is_free
        self.unchanged += is_free

    def _absent(self, turn: _Turn) -> Fetched:
        """Tell a series that this GitHub does not have from a repository that it does not have."""
        before = self.client.requests
        is_there = star_history.exists(self.client, turn.path)
        self._count(before, is_free=False)
        if is_there:
            return self._refused(turn, Outcome.NOT_OFFERED, "")
        return self._refused(turn, Outcome.FAILED, "GitHub does not find it")

    def _refused(self, turn: _Turn, outcome: Outcome, detail: str) -> Fetched:
        past, is_over = turn.past, outcome is Outcome.NOT_OFFERED
        return Fetched(
            past.repo_id,
            past.name,
            past.series,
            self.at,
            outcome,
            detail,
            complete=past.complete or is_over,
            is_newest=is_over,
        )

    def _paged(self, turn: _Turn, page: Page) -> Fetched:
        past = turn.past
        is_newest = past.series is Series.COMMITS or _number(turn, sunday(self.at.date())) == 1
        after = replace(
            past,
            etag=page.etag if is_newest else past.etag,
            complete=past.complete or page.is_last,
            fetched_at=self.at if is_newest else past.fetched_at,
            stretches=joined((*past.stretches, *_stretches(page))),
        )
        self._go_on(replace(turn, past=after, pages=turn.pages + 1), is_further=is_newest or after.days > past.days)
        return Fetched(
            past.repo_id,
            past.name,
            past.series,
            self.at,
            Outcome.DONE,
            weeks=page.weeks,
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


def _place(turn: _Turn) -> _Place:
    """Return the place in the queue: never fetched, begun with the least known first, then the oldest."""
    past = turn.past
    stage = 3 if past.is_whole else 2
    if past.fetched_at is None:
        stage = 0 if past.series is Series.STARS else 1
    reach = past.days if stage == 2 else turn.asks  # noqa: PLR2004 - the stage of those begun
    return stage, reach, past.fetched_at or datetime.min, past.name, past.repo_id, past.series


def _number(turn: _Turn, current: date) -> int:
    """Return the page to ask for: the newest, or the one after the oldest week that joins it without a hole.

    Pages are counted from the `current` week's Sunday, which has a row of its own.
    """
    past = turn.past
    if past.is_whole or not past.stretches:
        return 1
    rows: int = (current - past.stretches[0].first) // WEEK + 1
    return min(rows // star_history.PAGE_WEEKS + 1, star_history.LAST_PAGE)


def _stretches(page: Page) -> Iterator[Stretch]:
    return (Stretch(week.start, week.start + WEEK - DAY) for week in page.weeks)
