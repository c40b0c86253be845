"""What a look at a set-up finds, as values: checks, budgets, and what keeps failing."""

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
    """Whether a check found all well."""

    OK = "ok"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Check:
    """What was found of one thing; where it is worth a look, `remedy` says what to do."""

    name: str
    detail: str
    remedy: str = ""

    @property
    def state(self) -> State:
        """Whether there is something to do."""
        return State.LOOK if self.remedy else State.OK


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All that was looked at, and the latest runs, newest first."""

    checks: tuple[Check, ...]
    runs: tuple[Run, ...] = ()

    @property
    def looks(self) -> tuple[Check, ...]:
        """The checks that are worth a look."""
        return tuple(each for each in self.checks if each.state is State.LOOK)


@dataclass(frozen=True, slots=True)
class ApiBudget:
    """An hour's budget as GitHub tells it: of calls (`core`) or of points (`graphql`), full again at `reset`."""

    resource: str
    remaining: int
    limit: int
    reset: datetime


@dataclass(frozen=True, slots=True)
class FailingRepository:
    """A repository of a list that was missing every time since its last count: so often, for a reason, since when.

    `counted_at` is that last count, `None` where it was never counted.
    """

    repo: str
    reason: Reason
    times: int
    since: datetime
    counted_at: datetime | None
