"""To which repository the last link before a place leads, in the same line of a file."""

import re
from bisect import bisect_right
from collections.abc import Iterable

from startrack.model.lists import LinkKind, LinkPlace

__all__ = ["LinkedRepositories"]


class LinkedRepositories:
    """The repositories that a file links to, by where the links end; `places` are the links and images to look at."""

    def __init__(self, data: bytes, places: Iterable[LinkPlace]) -> None:
        self._data = data
        # Of a badge and the link around it, the link says what the entry is.
        links = sorted(
            (place.outer_span.end, not place.kind.is_image, place.repo)
            for place in places
            if place.kind is not LinkKind.DEFINITION
        )
        self._ends, self._repos = [end for end, _, _ in links], [repo for _, _, repo in links]

    def before(self, start: int) -> str | None:
        """Return the repository of the last link before a byte in the same line."""
        index = bisect_right(self._ends, start) - 1
        if index < 0 or re.search(rb"[\r\n]", self._data[self._ends[index] : start]):
            return None
        return self._repos[index]
