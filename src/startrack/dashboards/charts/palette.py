"""The colours of charts on light and on dark paper; the pages' own stand in startrack.css."""

from dataclasses import dataclass
from typing import Final

__all__ = [
    "DARK",
    "FONT",
    "LIGHT",
    "Palette",
]


FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours for one kind of paper: of texts, hairlines, axes, labels, and of the lines in their order."""

    ink: str
    text: str
    line: str
    strong: str
    paper: str
    label: str
    label_fill: str
    lines: tuple[str, ...]


# The lines are after Okabe and Ito, told apart without colour vision; darkened for white and lightened for black.
# Gains take the first colour and losses the second.
LIGHT: Final = Palette(
    ink="#1b1f23",
    text="#4a5058",
    line="#dfe2e0",
    strong="#aeb4b5",
    paper="#ffffff",
    label="#5a3a00",
    label_fill="#fdeec9",
    lines=("#0072b2", "#c2500a", "#00845f", "#b0568a", "#9a6700", "#53585e", "#7a4fbf", "#2b8fc4"),
)
DARK: Final = Palette(
    ink="#e8eaec",
    text="#b6bdc4",
    line="#2c3238",
    strong="#565e66",
    paper="#1a1d21",
    label="#f6d48b",
    label_fill="#41320f",
    lines=("#56b4e9", "#f28e4c", "#2fbf94", "#dd94be", "#e0b13a", "#c3c8cd", "#b096e8", "#a5d8f5"),
)
