"""Sends queries for many repositories in batches, and adapts the batch size to how GitHub answers.

GitHub stops a query after ten seconds and charges for it, and it allows less to fine-grained tokens than to the tokens
of Actions; it documents neither bound. So the size is learned: a batch that got no answer is halved and sent again,
until a part passes; the largest part that passed becomes the batch size of the run. Full batches that are answered
quickly let the size grow again by an eighth.
"""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from startrack.errors import GitHubError
from startrack.github.responses import UnansweredError

__all__ = ["BatchSize", "FailureStreak", "OutageError", "run_batches"]

_logger = logging.getLogger(__name__)

Item = TypeVar("Item")

# Well below GitHub's ten seconds, so that a slow hour does not turn every other batch into a timeout.
_QUICK_SECONDS = 4.0
_GROWTH_DIVISOR = 8
# This many single repositories in a row without an answer are an outage of GitHub. A REST request that fails was
# tried several times and may have taken minutes, so fewer are enough.
_OUTAGE, _REST_OUTAGE = 10, 5


class OutageError(GitHubError):
    """So many items in a row got no answer that GitHub itself seems to be down."""


@dataclass(slots=True)
class FailureStreak:
    """The items in a row that GitHub gave no answer for; `limit` of them are an outage."""

    limit: int = _REST_OUTAGE
    failed: set[object] = field(default_factory=set)

    def reset(self) -> None:
        """Start again after an answer."""
        self.failed.clear()

    def add(self, item: object, reason: str) -> None:
        """Add an item that got no answer. Raises OutageError at the limit."""
        self.failed.add(item)
        if len(self.failed) >= self.limit:
            raise OutageError(f"GitHub does not answer at present ({reason}); try again later")


@dataclass(slots=True)
class BatchSize:
    """The current batch size of one tier, its maximum, and the requests sent so far. Threads may share it."""

    size: int
    maximum: int
    requests: int = 0
    streak: FailureStreak = field(default_factory=lambda: FailureStreak(_OUTAGE))
    _lock: Lock = field(init=False, repr=False, compare=False, default_factory=Lock)

    def count_request(self) -> None:
        """Count a request that was sent."""
        with self._lock:
            self.requests += 1

    def shrink(self, passed: int) -> None:
        """Use the largest part that passed of a batch that failed as the batch size."""
        self.size = max(1, passed)

    def grow(self, sent: int, seconds: float) -> None:
        """Grow by an eighth after a full batch that was answered quickly."""
        with self._lock:
            if seconds < _QUICK_SECONDS and sent >= self.size:
                self.size = min(self.maximum, self.size + max(1, self.size // _GROWTH_DIVISOR))


def run_batches(
    items: Sequence[Item],
    batch_size: BatchSize,
    request: Callable[[Sequence[Item]], Sequence[Item]],
    on_failure: Callable[[Item, str], bool],
    *,
    workers: int = 1,
    on_progress: Callable[[int], None] = lambda _: None,
    clock: Callable[[], float] = monotonic,
) -> None:
    """Send all items in batches, with several workers at the same time.

    `request` sends one query and returns the items that GitHub left out of its answer; it raises UnansweredError if
    none was answered. `on_failure` is called for an item that got no answer even alone, and returns whether it got the
    value another way. `on_progress` is called with the number of finished items after each batch.

    Raises OutageError if GitHub answers nothing any more: a thousand single failures would take hours.
    """
    runner = _BatchRunner(items, batch_size, request, on_failure, on_progress, clock)
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(runner.work) for _ in range(workers)]
        try:
            for future in futures:
                future.result()
        finally:
            runner.stop()


@dataclass(slots=True)
class _BatchRunner(Generic[Item]):
    """The items being sent: each worker takes the next batch until none is left or a worker fails."""

    items: Sequence[Item]
    batch_size: BatchSize
    request: Callable[[Sequence[Item]], Sequence[Item]]
    on_failure: Callable[[Item, str], bool]
    on_progress: Callable[[int], None]
    clock: Callable[[], float]
    _taken: int = field(init=False, default=0)
    _finished: int = field(init=False, default=0)
    _lock: Lock = field(init=False, repr=False, default_factory=Lock)

    def work(self) -> None:
        """Send batch after batch."""
        try:
            while batch := self._take_batch():
                self._send_batch(batch)
                self._finish(len(batch))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop handing out work."""
        with self._lock:
            self._taken = len(self.items)

    def _take_batch(self) -> Sequence[Item]:
        with self._lock:
            batch = self.items[self._taken : self._taken + self.batch_size.size]
            self._taken += len(batch)
        return batch

    def _finish(self, count: int) -> None:
        with self._lock:
            self._finished += count
            self.on_progress(self._finished)

    def _send_batch(self, batch: Sequence[Item]) -> None:
        """Send a batch; halve it if it fails, and adapt the batch size."""
        began = self.clock()
        left_out, reason = self._send_once(batch)
        if not left_out:
            self.batch_size.grow(len(batch), self.clock() - began)
            return
        _logger.info("Retrying %d of %d repositories in smaller batches: %s", len(left_out), len(batch), reason)
        answered = len(batch) - len(left_out)
        self.batch_size.shrink(max(answered, self._retry_smaller(left_out, len(batch), reason)))
        _logger.info("Batch size is now %d", self.batch_size.size)

    def _send_once(self, batch: Sequence[Item]) -> tuple[Sequence[Item], str]:
        """Send a batch and return the items left out, with the reason."""
        # A rate limit may end the run before anything is sent, so a request is counted after its response.
        try:
            left_out = self.request(batch)
        except UnansweredError as error:
            self.batch_size.count_request()
            return batch, str(error)
        self.batch_size.count_request()
        if len(left_out) < len(batch):
            self.batch_size.streak.reset()
        return left_out, "GitHub's limit for one query was reached"

    def _retry_smaller(self, left_out: Sequence[Item], sent: int, reason: str) -> int:
        """Send again what was left out of a batch of `sent` items; return the size of the largest part that passed."""
        if sent == 1:
            if self.on_failure(left_out[0], reason):
                self.batch_size.streak.reset()
            else:
                self.batch_size.streak.add(left_out[0], reason)
            return 0
        return max(self._send_part(part) for part in _halve_failed_batch(left_out, sent))

    def _send_part(self, part: Sequence[Item]) -> int:
        left_out, reason = self._send_once(part)
        passed_below = self._retry_smaller(left_out, len(part), reason) if left_out else 0
        return max(len(part) - len(left_out), passed_below)


def _halve_failed_batch(left_out: Sequence[Item], sent: int) -> list[Sequence[Item]]:
    """Return the parts in which to send a failed batch again.

    A batch is halved when none of its items was answered. If some were, the rest is already smaller than the batch and
    is sent as it is. So the same batch is never sent twice.
    """
    if len(left_out) < sent:
        return [left_out]
    middle = (len(left_out) + 1) // 2
    return [left_out[:middle], left_out[middle:]]
