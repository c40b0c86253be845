"""The rules for proposed additions to a list, and how serious it is to break one."""

from enum import StrEnum

__all__ = ["Level", "Rule"]


class Rule(StrEnum):
    """A rule of the gate, in the order in which they are reported; the first five hold for every list."""

    EXISTS = "exists"
    ARCHIVED = "archived"
    DUPLICATE = "duplicate"
    MENTIONED = "mentioned"
    BURST = "burst"
    MIN_STARS = "min_stars"
    MIN_AGE = "min_age"
    MAX_IDLE = "max_idle"
    LICENSES = "licenses"
    MIN_CONTRIBUTORS = "min_contributors"
    REQUIRED_DESCRIPTION = "required_description"
    SORTED = "sorted"


class Level(StrEnum):
    """What it means that a rule is broken."""

    WARN = "warn"
    FAIL = "fail"
