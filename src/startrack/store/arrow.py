"""Reads the result of a query column by column, as Arrow; the only module that imports nanoarrow.

A row becomes a tuple of Python objects, which takes most of the time of a large query. A column is copied as it is in
memory, so a hundred thousand figures take no time.
"""

from array import array
from collections.abc import Mapping
from typing import Any, Final

from nanoarrow import c_array_stream

from startrack.model.columns import Column

__all__ = ["ArrowError", "read"]


# The `array` type of each Arrow type that a statement may return: integers, and instants in microseconds since 1970.
_TYPE_CODES: Final = {"i": "i", "l": "q", "tsu:": "q"}


class ArrowError(Exception):
    """The result could not be read; the message is DuckDB's."""


def read(result: object) -> Mapping[str, Column]:
    """Return the columns of a result by name.

    Raises ArrowError, and TypeError where a column has neither integers nor instants.
    """
    with c_array_stream(result) as stream:
        columns = _columns(stream.get_schema().children)
        try:
            for batch in stream:
                for column, cells in zip(columns.values(), batch.children, strict=True):
                    _extend(column, cells)
        except RuntimeError as error:
            raise ArrowError(str(error).partition("): ")[2]) from error
    return columns


def _columns(schemas: Any) -> dict[str, Column]:  # noqa: ANN401 - nanoarrow has no types
    """Return a column without cells for each column of the result."""
    kinds = [(schema.name, schema.format) for schema in schemas]
    if others := [kind for _, kind in kinds if kind not in _TYPE_CODES]:
        raise TypeError(f"columns of the Arrow type {others[0]!r} cannot be read")
    return {name: Column(array(_TYPE_CODES[kind])) for name, kind in kinds}


def _extend(column: Column, cells: Any) -> None:  # noqa: ANN401 - as above
    """Append the cells of a batch."""
    view, rows = cells.view(), len(column.values)
    column.values.frombytes(memoryview(view.buffer(1))[view.offset : view.offset + view.length].cast("B"))
    if column.known or view.null_count:
        column.known.extend(b"\1" * (rows - len(column.known)))
        column.known.extend(
            view.buffer(0).unpack_bits(view.offset, view.length) if view.null_count else b"\1" * view.length
        )
