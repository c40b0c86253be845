"""What is wrong: the results of `startrack doctor`, and problems with a file."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from startrack.model.repository import Reason
from startrack.model.runs import Run

__all__ = [
    "ApiBudget",
    "Check",
    "Diagnosis",
    "FailingRepository",
    "FileProblem",
    "State",
]


class State(StrEnum):
    """The result of a check."""

    OK = "ok"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one check; a warning has a `remedy` that says what to do."""

    name: str
    detail: str
    remedy: str = ""

    @property
    def state(self) -> State:
        """Whether the check is a warning."""
        return State.WARNING if self.remedy else State.OK


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks, and the latest runs, newest first."""

    checks: tuple[Check, ...]
    runs: tuple[Run, ...] = ()

    @property
    def warnings(self) -> tuple[Check, ...]:
        """The checks with a problem."""
        return tuple(check for check in self.checks if check.state is State.WARNING)


@dataclass(frozen=True, slots=True)
class ApiBudget:
    """The API budget of an hour, in calls (`core`) or points (`graphql`); it is full again at `reset`."""

    resource: str
    remaining: int
    limit: int
    reset: datetime


@dataclass(frozen=True, slots=True)
class FailingRepository:
    """A repository of a list that has been missing since its last count.

    It was missing `times` times, first at `since`, and last for `reason`. `counted_at` is the instant of its last
    count, `None` where it was never counted.
    """

    repo: str
    reason: Reason
    times: int
    since: datetime
    counted_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileProblem:
    """What is wrong with a file, and what to do, at a 1-based line or, without one, with all of it."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        """Return the problem with its place, as in `README.md:3: unknown list 'x'`."""
        return f"{self.file}: {self.text}" if self.line is None else f"{self.file}:{self.line}: {self.text}"
