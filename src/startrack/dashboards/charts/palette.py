"""The colours of all charts, light and dark: their lines, bars, areas, texts and axes.

The other colours of pages, including those of sparklines and of the bars in tables, are the variables at the top of
`assets/startrack.css`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

__all__ = [
    "DARK",
    "FONT",
    "LIGHT",
    "Palette",
    "stylesheet",
]


FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of charts on one background.

    `lines` are the colours of lines and bars in order: gains have the first one, and losses the second. `areas` are
    the fills of treemap areas: large loss, loss, no change, gain, large gain, not known.
    """

    heading: str
    text: str
    grid: str
    axis: str
    background: str
    chip_text: str
    chip_background: str
    lines: tuple[str, ...]
    areas: tuple[str, ...]


# The line colours are based on those of Okabe and Ito, which are distinct without colour vision: darker on white and
# lighter on black. The areas are pale on white and deep on black, so that text on them is readable.
LIGHT: Final = Palette(
    heading="#1b1f23",
    text="#4a5058",
    grid="#dfe2e0",
    axis="#aeb4b5",
    background="#ffffff",
    chip_text="#5a3a00",
    chip_background="#fdeec9",
    lines=("#0072b2", "#c2500a", "#00845f", "#b0568a", "#9a6700", "#53585e", "#7a4fbf", "#2b8fc4"),
    areas=("#f2a97e", "#f9d8c2", "#eceeec", "#c9e2f3", "#8cc3e8", "#ffffff"),
)
DARK: Final = Palette(
    heading="#e8eaec",
    text="#b6bdc4",
    grid="#2c3238",
    axis="#565e66",
    background="#1a1d21",
    chip_text="#f6d48b",
    chip_background="#41320f",
    lines=("#56b4e9", "#f28e4c", "#2fbf94", "#dd94be", "#e0b13a", "#c3c8cd", "#b096e8", "#a5d8f5"),
    areas=("#8a3a0e", "#552a14", "#2c3238", "#153a52", "#0f5b8c", "#1a1d21"),
)


def stylesheet() -> str:
    """Return the colours as CSS variables that follow the theme, and a class for each line colour and each area."""
    pairs = {
        "chart-text": (LIGHT.text, DARK.text),
        "chart-grid": (LIGHT.grid, DARK.grid),
        "chart-axis": (LIGHT.axis, DARK.axis),
        **_numbered("line", LIGHT.lines, DARK.lines),
        **_numbered("area", LIGHT.areas, DARK.areas),
    }
    variables = "".join(f"  --{name}: light-dark({light}, {dark});\n" for name, (light, dark) in pairs.items())
    lines = "".join(f".c{number} {{ --colour: var(--line-{number}); }}\n" for number in range(len(LIGHT.lines)))
    areas = "".join(f".a{number} {{ --colour: var(--area-{number}); }}\n" for number in range(len(LIGHT.areas)))
    return f":root {{\n{variables}}}\n{lines}{areas}"


def _numbered(name: str, light: Sequence[str], dark: Sequence[str]) -> dict[str, tuple[str, str]]:
    return {f"{name}-{number}": pair for number, pair in enumerate(zip(light, dark, strict=True))}
