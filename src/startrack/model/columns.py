"""A column of a query's result: many figures in little memory."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import overload

__all__ = ["Column"]


@dataclass(frozen=True, slots=True)
class Column:
    """The cells of one column, row by row: integers, or instants in microseconds since 1970 (UTC).

    `known` has one byte for each row, 0 where the cell is null; it is empty where no cell is null.
    """

    values: "array[int]"
    known: bytearray = field(default_factory=bytearray)

    @classmethod
    def of(cls, cells: Iterable[int | None]) -> "Column":
        """Return a column of figures, `None` for those that are not known."""
        rows = tuple(cells)
        return cls(array("q", (cell or 0 for cell in rows)), bytearray(cell is not None for cell in rows))

    @property
    def is_known(self) -> bool:
        """Whether no cell is null."""
        return all(self.known)

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
        if self.is_known:
            return iter(self.values)
        return map(self.__getitem__, range(len(self.values)))

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values)
