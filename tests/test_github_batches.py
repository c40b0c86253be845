"""Batches that learn: nothing is asked twice alike, everything ends, and the size follows the answers."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import GitHubError, LimitError
from startrack.github.batches import BatchSize, run_batches
from startrack.github.responses import UnansweredError

Request = Callable[[Sequence[int]], Sequence[int]]


def run(
    count: int, batch: BatchSize, request: Request, seconds: float = 0.0
) -> tuple[list[tuple[int, ...]], list[int]]:
    """Send `count` items; return the batches that were sent, and the items that failed alone."""
    sent: list[tuple[int, ...]] = []
    lost: list[int] = []
    now = iter(range(10**9))

    def recorded(items: Sequence[int]) -> Sequence[int]:
        sent.append(tuple(items))
        return request(items)

    done: list[int] = [0]
    clock = lambda: next(now) * seconds  # noqa: E731 - a clock is a function

    def failed(item: int, _reason: str) -> bool:
        lost.append(item)
        return False

    run_batches(range(count), batch, recorded, failed, on_progress=done.append, clock=clock)
    assert done == sorted(done)
    assert done[-1] == count
    return sent, lost


def refuse(above: int, bad: frozenset[int] = frozenset()) -> Request:
    """Answer no batch above a size, and none with a bad item."""

    def request(items: Sequence[int]) -> Sequence[int]:
        if len(items) > above or bad & set(items):
            raise UnansweredError("gave up")
        return []

    return request


def cut(above: int) -> Request:
    """Answer the first items of a batch and leave out the rest, as a limit for one query does."""
    return lambda items: items[above:]


@given(st.integers(0, 200), st.integers(1, 60), st.integers(1, 80), st.frozensets(st.integers(0, 199), max_size=5))
def test_every_item_ends_and_no_batch_is_sent_twice(
    count: int,
    size: int,
    above: int,
    bad: frozenset[int],
) -> None:
    """Whatever the bound and the bad items: only the bad ones are lost, no batch is sent twice, and the work ends."""
    sent, lost = run(count, BatchSize(size, 100), refuse(above, bad))
    assert sorted(lost) == sorted(each for each in bad if each < count)
    assert len(set(sent)) == len(sent)
    assert len(sent) <= 4 * count


@given(st.integers(1, 200), st.integers(1, 60), st.integers(1, 80))
def test_items_left_out_of_an_answer_are_requested_again(count: int, size: int, above: int) -> None:
    """Partial answers are kept: each item is answered in exactly one batch."""
    answered: list[int] = []

    def request(items: Sequence[int]) -> Sequence[int]:
        answered.extend(items[:above])
        return items[above:]

    _, lost = run(count, BatchSize(size, 100), request)
    assert (sorted(answered), lost) == (list(range(count)), [])


def test_the_batch_size_shrinks_to_what_passes() -> None:
    """A bound of ten is found once and kept, except for slow growth."""
    batch = BatchSize(50, 100)
    sent, _ = run(400, batch, refuse(10))
    assert batch.size <= 11
    assert sum(len(each) > 20 for each in sent) == 3
    assert len(sent) < 100


def test_one_bad_item_shrinks_batches_only_for_a_while() -> None:
    """Its batch is halved; the next ones have at least half the size, and grow again."""
    batch = BatchSize(48, 96)
    sent, lost = run(480, batch, refuse(1000, frozenset([7])))
    assert lost == [7]
    assert batch.size > 48
    assert len(sent) < 30


def test_quick_answers_let_the_batch_size_grow_to_its_maximum() -> None:
    """It grows by an eighth after each full batch; slow answers do not change it."""
    quick, slow = BatchSize(50, 100), BatchSize(50, 100)
    run(2000, quick, refuse(1000), seconds=1.0)
    run(2000, slow, refuse(1000), seconds=5.0)
    assert (quick.size, slow.size) == (100, 50)


def test_requests_are_counted() -> None:
    """All requests count, also those without an answer."""
    batch = BatchSize(50, 100)
    sent, _ = run(300, batch, cut(20))
    assert batch.requests == len(sent)


def test_an_outage_ends_the_batches() -> None:
    """Ten single items in a row without an answer are an outage; the rest is not requested."""
    sent: list[int] = []

    def request(items: Sequence[int]) -> Sequence[int]:
        sent.append(len(items))
        raise UnansweredError("502")

    with pytest.raises(GitHubError, match=r"does not answer at present \(502\); try again later"):
        run_batches(range(1000), BatchSize(50, 100), request, lambda _item, _reason: False)
    assert len(sent) < 40


def test_items_answered_another_way_are_no_outage() -> None:
    """`on_failure` gets a thousand items another way; it is called once for each, and nothing ends early."""
    batch, lost = BatchSize(50, 100), list[int]()

    def failed(item: int, _reason: str) -> bool:
        lost.append(item)
        return True

    run_batches(range(1000), batch, refuse(0), failed)
    assert lost == list(range(1000))
    assert batch.requests < 2100


def test_a_success_between_failures_is_no_outage() -> None:
    """Nine fail, one is answered another way, nine fail: never ten in a row."""
    other_way = {9, 19, 29}
    run_batches(range(30), BatchSize(1, 1), refuse(0), lambda item, _reason: item in other_way)
    with pytest.raises(GitHubError):
        run_batches(range(31, 42), BatchSize(1, 1), refuse(0), lambda item, _reason: item in other_way)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_batch_of_one_is_not_halved(size: int) -> None:
    """If it fails, its item failed."""
    _, lost = run(3, BatchSize(size, 10), refuse(0))
    assert sorted(lost) == [0, 1, 2]


def test_a_request_that_was_not_sent_is_not_counted() -> None:
    """A rate limit that is known before the request ends the work and costs nothing."""
    batch = BatchSize(50, 100)

    def request(_items: Sequence[int]) -> Sequence[int]:
        raise LimitError("spent")

    with pytest.raises(LimitError):
        run_batches(range(10), batch, request, lambda _item, _reason: False)
    assert batch.requests == 0
