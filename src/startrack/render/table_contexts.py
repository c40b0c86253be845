"""What the filters of the table of projects are given."""

from dataclasses import dataclass

__all__ = ["Choice", "Filter"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a filter can ask for, and what it says of it."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter by one property; `every` is its choice to see them all, offered beside two others or more."""

    key: str
    title: str
    every: str
    choices: tuple[Choice, ...]
