"""The one clock of a demo server; it stands still until somebody moves it."""

from datetime import UTC, datetime, timedelta

__all__ = ["Clock", "unix"]


class Clock:
    """A mutable instant in naive UTC."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the instant at which the clock stands."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move the clock, forward or back."""
        self._now = now

    def advance(self, span: timedelta) -> None:
        """Move the clock on by `span`."""
        self._now += span


def unix(instant: datetime) -> int:
    """Return the whole seconds since 1970 of a naive UTC instant."""
    return int(instant.replace(tzinfo=UTC).timestamp())
