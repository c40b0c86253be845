"""What a service has done since it started."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Totals"]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the process has done since it started: its runs by result, their requests and their seconds.

    `failures` are the failed runs in a row up to now; `budgets` is what the tokens had left after the last run.
    """

    runs: Mapping[str, int]
    requests: int = 0
    seconds: float = 0.0
    failures: int = 0
    budgets: Mapping[str, int] = field(default_factory=dict)
