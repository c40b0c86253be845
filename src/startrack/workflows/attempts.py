"""One run of a schedule, as it ended: with a result, the stages that were finished, and an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from startrack.errors import StartrackError
from startrack.stopping import StoppedError
from startrack.workflows import snapshot
from startrack.workflows.update import StageResult

__all__ = ["Attempt", "Result"]


class Result(StrEnum):
    """How a run of the schedule ended."""

    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a schedule: the stages that it finished, and the error that ended it, if one did; times are UTC.

    `requests` are those of all stages, `budgets` what the tokens have left by resource.
    """

    began_at: datetime
    ended_at: datetime
    stages: tuple[StageResult, ...]
    error: StartrackError | None = None
    requests: int = 0
    budgets: Mapping[str, int] = field(default_factory=dict)

    @property
    def result(self) -> Result:
        """How the run ended: partial where GitHub or its limits ended the counting early, or nothing was counted."""
        if isinstance(self.error, StoppedError):
            return Result.STOPPED
        if self.error:
            return Result.FAILED
        counts = self.counts
        return Result.PARTIAL if counts and not counts.run.is_whole else Result.DONE

    @property
    def has_failed(self) -> bool:
        """Whether the run is to be tried again soon."""
        return self.result in (Result.FAILED, Result.PARTIAL)

    @property
    def counts(self) -> snapshot.SnapshotResult | None:
        """What was counted, `None` if the counting failed."""
        return next((stage for stage in self.stages if isinstance(stage, snapshot.SnapshotResult)), None)

    @property
    def problems(self) -> tuple[str, ...]:
        """The problems of all stages, and the error."""
        problems = (problem for stage in self.stages for problem in stage.problems)
        return (*problems, *([str(self.error)] if self.error else []))
