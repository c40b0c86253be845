"""The results of `startrack doctor`: checks, API budgets and repositories that keep failing."""

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
