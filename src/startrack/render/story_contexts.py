"""What the template of a project's page is told of its past: charts, marks, standing, snippets."""

from dataclasses import dataclass

from startrack.render.contexts import Fact, Link

__all__ = ["Chart", "Mark", "Snippet", "Standing", "Story"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart to be drawn by `project.js`: its name there, its shell in `figures.js`, and a sentence about it.

    `number` tells charts of one name apart.
    """

    name: str
    title: str
    shell: str
    label: str
    sentence: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened on a day: a line across the time axis, and its text below the chart."""

    day: str
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the project stands in one list, and what it brought to be listed there."""

    list: Link
    label: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to copy into a README."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    """The past of one project; `slug` names its data, empty where there is none."""

    slug: str
    charts: tuple[Chart, ...]
    marks: tuple[Mark, ...]
    spikes: str
    standings: tuple[Standing, ...]
    snippets: tuple[Snippet, ...]
    snippet_hint: str
