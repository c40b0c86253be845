"""How many repositories one query asks for: learned from how GitHub answers, and kept for the run.

GitHub stops a query after ten seconds and charges for it, and gives fine-grained tokens less than Actions
tokens; neither bound is told beforehand. So a batch that was given up on is asked for by halves, and what passes
inside it becomes the size; answers that come well before the clock let it grow again, slowly.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from startrack.errors import GitHubError
from startrack.github.answers import UnansweredError

__all__ = ["Batch", "ask"]

Item = TypeVar("Item")

# Well before GitHub's ten seconds: a slow hour must not turn every other batch into a timeout.
_QUICK = 4.0
_GROWTH = 8
# So many failures in a row, each of a single repository, are no longer these repositories' own.
_OUTAGE = 10


@dataclass(slots=True)
class Batch:
    """The size that batches of one kind have now, the largest they may have, and the requests spent so far."""

    size: int
    ceiling: int
    requests: int = 0
    lost_in_a_row: int = 0

    def lose(self, reason: str) -> None:
        """Take note of an item lost even alone. Raises GitHubError where nothing is answered any more."""
        self.lost_in_a_row += 1
        if self.lost_in_a_row >= _OUTAGE:
            raise GitHubError(f"GitHub does not answer at present ({reason}); run again later")

    def learn(self, passed: int) -> None:
        """Take the largest batch that passed inside one that did not as the size from here on."""
        self.size = max(1, passed)

    def grow(self, asked: int, seconds: float) -> None:
        """Grow by an eighth after a full batch that was answered quickly."""
        if seconds < _QUICK and asked >= self.size:
            self.size = min(self.ceiling, self.size + max(1, self.size // _GROWTH))


def ask(
    items: Sequence[Item],
    batch: Batch,
    request: Callable[[Sequence[Item]], Sequence[Item]],
    failed: Callable[[Item, str], None],
    clock: Callable[[], float] = monotonic,
) -> Iterator[int]:
    """Ask for all items in batches, yielding how many are done after each.

    `request` asks once and returns the items that GitHub left out; it raises UnansweredError where it gave up on
    all of them. `failed` is told of an item that could not be had even alone. Raises GitHubError where GitHub
    answers nothing any more: a thousand single failures would take hours.
    """
    start = 0
    while start < len(items):
        part = items[start : start + batch.size]
        start += len(part)
        began = clock()
        left, reason = _once(part, batch, request)
        if left:
            rest = _Rest(batch, request, failed)
            batch.learn(max(len(part) - len(left), rest.passed(left, len(part), reason)))
        else:
            batch.grow(len(part), clock() - began)
        yield start


def _once(
    part: Sequence[Item], batch: Batch, request: Callable[[Sequence[Item]], Sequence[Item]]
) -> tuple[Sequence[Item], str]:
    batch.requests += 1
    try:
        left = request(part)
    except UnansweredError as error:
        return part, str(error)
    if len(left) < len(part):
        batch.lost_in_a_row = 0
    return left, "GitHub's limit for one query was met"


@dataclass(frozen=True, slots=True)
class _Rest(Generic[Item]):
    """What GitHub left out of a batch, asked for in smaller ones."""

    batch: Batch
    request: Callable[[Sequence[Item]], Sequence[Item]]
    failed: Callable[[Item, str], None]

    def passed(self, left: Sequence[Item], asked: int, reason: str) -> int:
        """Ask for what was left out of `asked` items, and return the size of the largest batch that passed."""
        if asked == 1:
            self.failed(left[0], reason)
            self.batch.lose(reason)
            return 0
        return max(self._part(part) for part in _smaller(left, asked))

    def _part(self, part: Sequence[Item]) -> int:
        left, reason = _once(part, self.batch, self.request)
        below = self.passed(left, len(part), reason) if left else 0
        return max(len(part) - len(left), below)


def _smaller(left: Sequence[Item], asked: int) -> list[Sequence[Item]]:
    """Return halves of a batch that failed whole, and the rest of one that did not as it is: never the same again."""
    if len(left) < asked:
        return [left]
    middle = (len(left) + 1) // 2
    return [left[:middle], left[middle:]]
