"""Rows as text: for people, for programs, for spreadsheets, for READMEs."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from startrack import output, sheets
from startrack.render import markdown

__all__ = ["Format", "Rows", "write"]

Cell = str | int | float | tuple[str, ...] | None


class Format(StrEnum):
    """How rows are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows under named columns; `None` is what is not known."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


def write(rows: Rows, form: Format) -> str:
    """Return the rows in a format, without a line break at the end."""
    match form:
        case Format.TABLE:
            return _table(rows)
        case Format.JSON:
            return _json(rows)
        case Format.CSV:
            return _csv(rows)
        case Format.MARKDOWN:
            return _markdown(rows)


def _json(rows: Rows) -> str:
    found = [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
    # ASCII arrives whole in every encoding; and an Actions runner obeys `##[`.
    lines = ",\n".join(f"  {json.dumps(row)}".replace("##", r"#\u0023") for row in found)
    return f"[\n{lines}\n]" if found else "[]"


def _csv(rows: Rows) -> str:
    cells = ([output.line(_text(cell)) if isinstance(cell, str | tuple) else cell for cell in row] for row in rows.rows)
    return sheets.write(rows.columns, cells).rstrip("\n")


def _markdown(rows: Rows) -> str:
    rules = ["--:" if _is_numeric(rows, place) else ":--" for place in range(len(rows.columns))]
    cells = [[markdown.escape(_text(cell)) for cell in row] for row in rows.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in ([*map(markdown.escape, rows.columns)], rules, *cells))


def _table(rows: Rows) -> str:
    cells = [[output.line(_text(cell)) for cell in row] for row in (rows.columns, *rows.rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    right = [_is_numeric(rows, place) for place in range(len(rows.columns))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if numeric else cell.ljust(width)
            for cell, width, numeric in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in cells
    )


def _is_numeric(rows: Rows, place: int) -> bool:
    return any(isinstance(row[place], int | float) for row in rows.rows)


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return "n/a"
        case tuple():
            return " / ".join(cell)
        case float():
            return f"{cell:,.2f}"
        case int():
            return f"{cell:,}"
        case str():
            return cell
