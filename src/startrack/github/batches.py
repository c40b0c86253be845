"""How many repositories one query asks for: learned from how GitHub answers, and kept for the run.

GitHub stops a query after ten seconds and charges for it, and gives fine-grained tokens less than Actions
tokens; neither bound is told beforehand. So a batch that was given up on is asked for by halves, and what passes
inside it becomes the size; answers that come well before the clock let it grow again, slowly.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from startrack.errors import GitHubError
from startrack.github.responses import UnansweredError

__all__ = ["Batch", "OutageError", "Streak", "ask"]

Item = TypeVar("Item")

# Well before GitHub's ten seconds: a slow hour must not turn every other batch into a timeout.
_QUICK = 4.0
_GROWTH = 8
# So many failures in a row, each of a single repository, are no longer these repositories' own. A single request by
# REST that fails was tried several times, and may have taken minutes.
_OUTAGE, _REST_OUTAGE = 10, 5


class OutageError(GitHubError):
    """GitHub gave no answer for so many items in a row that none is expected for others."""


@dataclass(slots=True)
class Streak:
    """The items in a row that GitHub gave no answer for; `most` of them are an outage."""

    most: int = _REST_OUTAGE
    lost: set[object] = field(default_factory=set)

    def answered(self) -> None:
        """Take note that GitHub answers."""
        self.lost.clear()

    def lose(self, item: object, reason: str) -> None:
        """Take note of an item that got no answer. Raises OutageError where nothing is answered any more."""
        self.lost.add(item)
        if len(self.lost) >= self.most:
            raise OutageError(f"GitHub does not answer at present ({reason}); run again later")


@dataclass(slots=True)
class Batch:
    """The size that batches of one kind have now, the largest they may have, and the requests spent so far.

    Several threads may ask and learn at the same time.
    """

    size: int
    ceiling: int
    requests: int = 0
    streak: Streak = field(default_factory=lambda: Streak(_OUTAGE))
    _lock: Lock = field(init=False, repr=False, compare=False, default_factory=Lock)

    def sent(self) -> None:
        """Count a request."""
        with self._lock:
            self.requests += 1

    def learn(self, passed: int) -> None:
        """Take the largest batch that passed inside one that did not as the size from here on."""
        self.size = max(1, passed)

    def grow(self, asked: int, seconds: float) -> None:
        """Grow by an eighth after a full batch that was answered quickly."""
        with self._lock:
            if seconds < _QUICK and asked >= self.size:
                self.size = min(self.ceiling, self.size + max(1, self.size // _GROWTH))


def ask(
    items: Sequence[Item],
    batch: Batch,
    request: Callable[[Sequence[Item]], Sequence[Item]],
    failed: Callable[[Item, str], bool],
    *,
    together: int = 1,
    done: Callable[[int], None] = lambda _: None,
    clock: Callable[[], float] = monotonic,
) -> None:
    """Ask for all items in batches, `together` of them at the same time, telling `done` how many are after each.

    `request` asks once and returns the items that GitHub left out; it raises UnansweredError where it gave up on
    all of them. `failed` is told of an item that could not be had even alone, and says whether it got it another way.
    Raises OutageError where GitHub answers nothing any more: a thousand single failures would take hours.
    """
    asked = _Asking(items, batch, request, failed, done, clock)
    with ThreadPoolExecutor(together) as pool:
        workers = [pool.submit(asked.work) for _ in range(together)]
        try:
            for worker in workers:
                worker.result()
        finally:
            asked.stop()


@dataclass(slots=True)
class _Asking(Generic[Item]):
    """Items on their way: each worker takes the next batch until none is left or one has met its end."""

    items: Sequence[Item]
    batch: Batch
    request: Callable[[Sequence[Item]], Sequence[Item]]
    failed: Callable[[Item, str], bool]
    done: Callable[[int], None]
    clock: Callable[[], float]
    _taken: int = field(init=False, default=0)
    _finished: int = field(init=False, default=0)
    _lock: Lock = field(init=False, repr=False, default_factory=Lock)

    def work(self) -> None:
        """Ask batch after batch."""
        try:
            while part := self._next():
                self._ask(part)
                self._finish(len(part))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Leave the rest to nobody."""
        with self._lock:
            self._taken = len(self.items)

    def _next(self) -> Sequence[Item]:
        with self._lock:
            part = self.items[self._taken : self._taken + self.batch.size]
            self._taken += len(part)
        return part

    def _finish(self, count: int) -> None:
        with self._lock:
            self._finished += count
            self.done(self._finished)

    def _ask(self, part: Sequence[Item]) -> None:
        began = self.clock()
        left, reason = self._once(part)
        if left:
            self.batch.learn(max(len(part) - len(left), self._passed(left, len(part), reason)))
        else:
            self.batch.grow(len(part), self.clock() - began)

    def _once(self, part: Sequence[Item]) -> tuple[Sequence[Item], str]:
        # A limit may end the pass before anything is sent, so only what comes back counts as a request.
        try:
            left = self.request(part)
        except UnansweredError as error:
            self.batch.sent()
            return part, str(error)
        self.batch.sent()
        if len(left) < len(part):
            self.batch.streak.answered()
        return left, "GitHub's limit for one query was met"

    def _passed(self, left: Sequence[Item], asked: int, reason: str) -> int:
        """Ask for what was left out of `asked` items, and return the size of the largest batch that passed."""
        if asked == 1:
            if self.failed(left[0], reason):
                self.batch.streak.answered()
            else:
                self.batch.streak.lose(left[0], reason)
            return 0
        return max(self._part(part) for part in _smaller(left, asked))

    def _part(self, part: Sequence[Item]) -> int:
        left, reason = self._once(part)
        below = self._passed(left, len(part), reason) if left else 0
        return max(len(part) - len(left), below)


def _smaller(left: Sequence[Item], asked: int) -> list[Sequence[Item]]:
    """Return halves of a batch that failed whole, and the rest of one that did not as it is: never the same again."""
    if len(left) < asked:
        return [left]
    middle = (len(left) + 1) // 2
    return [left[:middle], left[middle:]]
