"""The record of one run."""

from dataclasses import dataclass
from datetime import datetime

__all__ = [
    "Run",
]


@dataclass(frozen=True, slots=True)
class Run:
    """The record of one pass over the lists.

    `run_id` is the start in seconds since 1970. `status` is "done", "partial" where the API budget was used up, or
    "recovered" where the run was killed before its record was written; figures that such a run did not record are
    `None`. `points` are GraphQL points. Requests are counted by kind as well. The batch sizes are those at the end of
    the run, with which the next run starts. `waited` is in seconds. `late_seconds` is how long after the time at which
    it was due the run began, `None` where no schedule started it.
    """

    run_id: int
    started_at: datetime
    finished_at: datetime
    status: str
    asked: int
    counted: int
    missing: int
    requests: int | None
    points: int | None
    version: str | None
    light_requests: int | None = None
    details_requests: int | None = None
    commits_requests: int | None = None
    other_requests: int | None = None
    light_batch: int | None = None
    details_batch: int | None = None
    commits_batch: int | None = None
    waited: float | None = None
    late_seconds: int | None = None

    @property
    def is_whole(self) -> bool:
        """Whether the run requested every project, and counted any: during an outage, each of a few may fail alone."""
        return self.status == "done" and (self.counted > 0 or self.asked == 0)
