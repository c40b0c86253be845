"""Weeks that stand out from the ones before them."""

from collections.abc import Sequence
from typing import Final

__all__ = ["FEWEST_STARS", "WEEKS_BEFORE", "spikes"]

WEEKS_BEFORE: Final = 4
FEWEST_STARS: Final = 10


def spikes(gains: Sequence[int | None]) -> tuple[int, ...]:
    """Return the places of weeks that brought ten stars at least, and more than the four before them together.

    That is more than half of what five weeks brought. A week after one that is not known is none.
    """
    return tuple(place for place in range(WEEKS_BEFORE, len(gains)) if _is_spike(gains, place))


def _is_spike(gains: Sequence[int | None], place: int) -> bool:
    gain, before = gains[place], [each for each in gains[place - WEEKS_BEFORE : place] if each is not None]
    return gain is not None and len(before) == WEEKS_BEFORE and gain >= FEWEST_STARS and gain > sum(before)
