"""Kinds of findings about the health of a list, and the findings that its maintainer has decided to ignore."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

__all__ = ["IgnoredFinding", "Kind"]


class Kind(StrEnum):
    """What a finding is about, in the order of the page: kinds that break a link come first."""

    GONE = "gone"
    BLOCKED = "blocked"
    MOVED = "moved"
    DISABLED = "disabled"
    LOCKED = "locked"
    RECREATED = "re-created"
    RENAMED = "renamed"
    ARCHIVED = "archived"
    ALIVE = "alive again"
    DUPLICATE = "duplicate"
    EMPTY = "empty"
    INACTIVE = "inactive"
    LICENCE = "licence changed"
    FORK = "fork"
    MIRROR = "mirror"
    SPIKY = "spike"
    BURST = "burst that ended"


@dataclass(frozen=True, slots=True)
class IgnoredFinding:
    """A finding that the configuration ignores: its repository (OWNER/NAME), its kind and the reason.

    `until` is the last day on which it is ignored; `None` ignores it for good.
    """

    repo: str
    kind: Kind
    reason: str
    until: date | None = None
