"""A column of a query's result: many figures in little memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from array import array

__all__ = ["Column"]


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of one column, row by row: integers, or instants in microseconds since 1970 (UTC).

    `known` has one byte for each row, 0 where the cell is null; it is empty where no cell is null.
    """

    values: "array[int]"
    known: bytearray = field(default_factory=bytearray)

    @overload
    def __getitem__(self, row: int) -> int | None: ...
    @overload
    def __getitem__(self, row: slice) -> "Column": ...
    def __getitem__(self, row: int | slice) -> "int | Column | None":
        """Return a cell, `None` where it is null, or the column of some rows."""
        if isinstance(row, slice):
            return Column(self.values[row], self.known[row])
        return self.values[row] if not self.known or self.known[row] else None

    def __iter__(self) -> Iterator[int | None]:
        """Yield each cell, `None` where it is null."""
        if all(self.known):
            return iter(self.values)
        return map(self.__getitem__, range(len(self.values)))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)
