"""CSV in which no text is a formula.

Text is other people's, and a spreadsheet computes a cell that begins like a formula: such a cell gets an
apostrophe in front, as spreadsheets themselves mark text, and `bare` takes it off again.
"""

import csv
import io
from collections.abc import Iterable, Sequence

__all__ = ["bare", "guarded", "write"]

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "'")


def guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def bare(cell: str) -> str:
    """Return the text that was guarded."""
    return cell.removeprefix("'")


def write(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return rows under their columns, every text guarded and `None` empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()
