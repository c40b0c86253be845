"""What the template of the page of comparisons is given."""

from dataclasses import dataclass

from startrack.render.contexts import Shell

__all__ = ["Compare"]


@dataclass(frozen=True, slots=True)
class Compare:
    """The page of comparisons; `plotted` are the slugs shown at first, none where there is no line to draw."""

    shell: Shell
    plotted: str
    nothing: str
    retained: str
