"""The counts of one repository as columns: a year of daily counts takes a tenth of the memory of single values.

Instants are whole microseconds since 1970 here, because most of the work on a history compares and subtracts them.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import compress
from typing import Final, overload

from startrack.model.changes import Count, to_instant
from startrack.model.columns import Column

__all__ = ["NO_COUNTS", "CountHistory", "Times", "nearest_index", "to_microseconds"]

_EPOCH: Final = datetime(1970, 1, 1)
_MICROSECOND: Final = timedelta(microseconds=1)


def to_microseconds(instant: datetime) -> int:
    """Return an instant (naive UTC) in microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


class Times(tuple[int, ...]):  # noqa: SLOT001 - it keeps its hash
    """Instants in microseconds since 1970, in order.

    Most repositories of a report are counted at the same instants, which are one object then: see `queries.history`.
    So what follows from instants alone is computed once for all of them, and the hash that finds it is kept.
    """

    _hash: int

    def __hash__(self) -> int:
        """Return the hash of the tuple."""
        try:
            return self._hash
        except AttributeError:
            self._hash = super().__hash__()
            return self._hash

    def __eq__(self, other: object) -> bool:
        """Return whether the instants are the same."""
        return self is other or super().__eq__(other)


@lru_cache(maxsize=1024)
def nearest_index(times: Times, target: int, reach: int) -> int | None:
    """Return the index of the time nearest to `target`, at most `reach` away; of two equally near, the earlier one.

    All values are microseconds.
    """
    after = bisect_left(times, target)
    best = min(range(max(after - 1, 0), min(after + 1, len(times))), key=lambda i: abs(times[i] - target), default=None)
    return best if best is not None and abs(times[best] - target) <= reach else None


def _slice(times: Times, index: slice) -> Times:
    return _between(times, *index.indices(len(times)))


@lru_cache(maxsize=1024)
def _between(times: Times, start: int, stop: int, step: int) -> Times:
    return Times(times[start:stop:step])


@dataclass(frozen=True, slots=True)
class CountHistory(Sequence[Count]):
    """The counts of one repository, oldest first. A `Count` is created when one is asked for.

    `times` are microseconds since 1970.
    """

    times: Times
    stars: "array[int]"
    forks: Column
    commits: Column

    @classmethod
    def of(cls, counts: Iterable[Count]) -> "CountHistory":
        """Return counts, given oldest first, as columns."""
        rows = tuple(counts)
        return cls(
            Times(to_microseconds(count.taken_at) for count in rows),
            array("q", (count.stars for count in rows)),
            Column.of(count.forks for count in rows),
            Column.of(count.commits for count in rows),
        )

    @property
    def first(self) -> datetime:
        """The instant of the first count. Raises IndexError if there is none."""
        return to_instant(self.times[0])

    @property
    def last(self) -> datetime:
        """The instant of the last count. Raises IndexError if there is none."""
        return to_instant(self.times[-1])

    @property
    def instants(self) -> list[datetime]:
        """The instants of all counts."""
        return [to_instant(time) for time in self.times]

    def known_forks(self) -> "tuple[Times, array[int]]":
        """Return the times at which the number of forks is known, and these numbers."""
        return self._known(self.forks)

    def known_commits(self) -> "tuple[Times, array[int]]":
        """Return the times at which the total of commits is known, and these totals."""
        return self._known(self.commits)

    def _known(self, column: Column) -> "tuple[Times, array[int]]":
        if column.is_known:
            return self.times, column.values
        return Times(compress(self.times, column.known)), array("q", compress(column.values, column.known))

    def between(self, first: datetime, last: datetime) -> "CountHistory":
        """Return the counts from one instant to another; both are included."""
        start, end = bisect_left(self.times, to_microseconds(first)), bisect_right(self.times, to_microseconds(last))
        return self[start:end]

    def nearest(self, instant: datetime, reach: timedelta) -> Count | None:
        """Return the count nearest to an instant, at most `reach` away; of two that are equally near, the earlier."""
        index = nearest_index(self.times, to_microseconds(instant), reach // _MICROSECOND)
        return None if index is None else self[index]

    def __len__(self) -> int:
        """Return the number of counts."""
        return len(self.times)

    @overload
    def __getitem__(self, index: int) -> Count: ...
    @overload
    def __getitem__(self, index: slice) -> "CountHistory": ...
    def __getitem__(self, index: int | slice) -> "Count | CountHistory":
        """Return one count, or the counts of a slice."""
        if isinstance(index, slice):
            return CountHistory(_slice(self.times, index), self.stars[index], self.forks[index], self.commits[index])
        return Count(to_instant(self.times[index]), self.stars[index], self.forks[index], self.commits[index])

    def __iter__(self) -> Iterator[Count]:
        """Yield each count, oldest first."""
        return map(self.__getitem__, range(len(self.times)))


NO_COUNTS: Final = CountHistory.of(())
"""The history of a repository that was never counted."""
