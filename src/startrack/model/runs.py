"""The record of one run."""

from dataclasses import dataclass
from datetime import datetime

__all__ = [
    "Run",
]


@dataclass(frozen=True, slots=True)
class Run:
    """The record of one pass over the lists.

    `run_id` is the second of its start, counted from 1970. `status` is "done", "partial" where the budget
    ended it early, or "recovered" where it was killed before its record was written; what such a run did not
    write down is `None`. `points` are GraphQL's; the requests are told by kind too, with the sizes that batches had
    at the end, which the next run starts from; `waited` is in seconds.
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
