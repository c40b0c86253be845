"""Reads the result of a query column by column, from the Arrow C data interface that DuckDB has built in.

A row becomes a tuple of Python objects, which takes most of the time of a large query. A column is copied as it is in
memory, so a hundred thousand figures take no time. The structures are those of
https://arrow.apache.org/docs/format/CDataInterface.html and CStreamInterface.html.
"""

import ctypes
from array import array
from collections.abc import Mapping
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_int64, c_void_p
from typing import Any, Final

from startrack.model.columns import Column

__all__ = ["ArrowError", "read"]


# The `array` type of each Arrow type that a statement may return: integers, and instants in microseconds since 1970.
_TYPE_CODES: Final = {b"i": "i", b"l": "q", b"tsu:": "q"}


class ArrowError(Exception):
    """The result could not be read; the message is DuckDB's."""


class _Schema(ctypes.Structure):
    """The name and type of a column, and of its child columns."""


_Schema._fields_ = [
    ("format", c_char_p),
    ("name", c_char_p),
    ("metadata", c_void_p),
    ("flags", c_int64),
    ("n_children", c_int64),
    ("children", POINTER(POINTER(_Schema))),
    ("dictionary", c_void_p),
    ("release", CFUNCTYPE(None, POINTER(_Schema))),
    ("private_data", c_void_p),
]


class _Array(ctypes.Structure):
    """Some cells of a column, and of its child columns."""


_Array._fields_ = [
    ("length", c_int64),
    ("null_count", c_int64),
    ("offset", c_int64),
    ("n_buffers", c_int64),
    ("n_children", c_int64),
    ("buffers", POINTER(c_void_p)),
    ("children", POINTER(POINTER(_Array))),
    ("dictionary", c_void_p),
    ("release", CFUNCTYPE(None, POINTER(_Array))),
    ("private_data", c_void_p),
]


class _Stream(ctypes.Structure):
    """A result: its schema, and its rows in batches."""


_Stream._fields_ = [
    ("get_schema", CFUNCTYPE(c_int, POINTER(_Stream), POINTER(_Schema))),
    ("get_next", CFUNCTYPE(c_int, POINTER(_Stream), POINTER(_Array))),
    ("get_last_error", CFUNCTYPE(c_char_p, POINTER(_Stream))),
    ("release", CFUNCTYPE(None, POINTER(_Stream))),
    ("private_data", c_void_p),
]

_pointer = ctypes.PYFUNCTYPE(c_void_p, ctypes.py_object, c_char_p)(("PyCapsule_GetPointer", ctypes.pythonapi))


def read(capsule: object) -> Mapping[str, Column]:
    """Return the columns of a result by name. `capsule` is what `__arrow_c_stream__` returned.

    Raises ArrowError, and TypeError where a column has neither integers nor instants.
    """
    stream = _Stream.from_address(_pointer(capsule, b"arrow_array_stream"))
    columns = _columns(stream)
    while True:
        batch = _Array()
        _check(stream, stream.get_next(byref(stream), byref(batch)))
        if not batch.release:
            return columns
        try:
            for column, cells in zip(columns.values(), batch.children[: batch.n_children], strict=True):
                _extend(column, cells.contents)
        finally:
            batch.release(byref(batch))


def _columns(stream: _Stream) -> dict[str, Column]:
    """Return a column without cells for each column of the result."""
    schema = _Schema()
    _check(stream, stream.get_schema(byref(stream), byref(schema)))
    try:
        kinds = [(child.contents.name, child.contents.format) for child in schema.children[: schema.n_children]]
    finally:
        schema.release(byref(schema))
    if others := [kind for _, kind in kinds if kind not in _TYPE_CODES]:
        raise TypeError(f"columns of the Arrow type {others[0]!r} cannot be read")
    return {name.decode(): Column(array(_TYPE_CODES[kind])) for name, kind in kinds}


def _extend(column: Column, cells: Any) -> None:  # noqa: ANN401 - the fields of a C structure have no types
    """Append the cells of a batch."""
    size, rows, has_nulls = column.values.itemsize, len(column.values), cells.null_count and cells.buffers[0]
    column.values.frombytes(ctypes.string_at(cells.buffers[1] + cells.offset * size, cells.length * size))
    if column.known or has_nulls:
        column.known.extend(b"\1" * (rows - len(column.known)))
        column.known.extend(_known(cells) if has_nulls else b"\1" * cells.length)


def _known(cells: Any) -> bytes:  # noqa: ANN401 - as above
    """Return one byte for each cell, 0 where it is null; Arrow has one bit, the first cell's lowest."""
    end = cells.offset + cells.length
    bits = int.from_bytes(ctypes.string_at(cells.buffers[0], (end + 7) // 8), "little")
    return f"{bits:0{end}b}"[::-1][cells.offset : end].encode().translate(_FROM_DIGITS)


_FROM_DIGITS: Final = bytes.maketrans(b"01", b"\0\1")


def _check(stream: _Stream, code: int) -> None:
    if code:
        raise ArrowError((stream.get_last_error(byref(stream)) or b"the result cannot be read").decode())
