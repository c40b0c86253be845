"""The hourly budgets of tokens and addresses, counted by the server's clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from startrack.demo.clock import Clock, unix

__all__ = ["ANONYMOUS_LIMIT", "Budgets", "Standing"]

ANONYMOUS_LIMIT = 60
"""REST requests an hour and address without a token."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a budget stands: `reset` is the instant at which it is full again."""

    resource: str
    limit: int
    used: int
    reset: datetime

    @property
    def remaining(self) -> int:
        """What may still be spent in this hour."""
        return max(self.limit - self.used, 0)

    def headers(self) -> dict[str, str]:
        """Return the headers that every answer carries."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-used": str(min(self.used, self.limit)),
            "x-ratelimit-reset": str(unix(self.reset)),
            # GitHub's own headers do not tell star history from the rest.
            "x-ratelimit-resource": "core" if self.resource == "history" else self.resource,
        }

    def figures(self) -> dict[str, int]:
        """Return the figures as `GET /rate_limit` gives them."""
        return {
            "limit": self.limit,
            "remaining": self.remaining,
            "used": min(self.used, self.limit),
            "reset": unix(self.reset),
        }


class Budgets:
    """What every token has spent in the current hour, of REST ("core") and of GraphQL ("graphql").

    With a number for `history`, star history has a budget of its own of so many calls ("history"), of which neither
    `/rate_limit` nor the answers to other requests tell.
    """

    def __init__(self, limits: Mapping[str, int], clock: Clock) -> None:
        self.history: int | None = None
        self._limits = dict(limits)
        self._clock = clock
        self._used: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._until: dict[str, datetime] = {}

    def knows(self, token: str) -> bool:
        """Tell whether a token is good."""
        return token in self._limits and self._clock.now() < self._until.get(token, datetime.max)

    def admit(self, token: str, limit: int, until: datetime) -> None:
        """Make a token good until an instant."""
        self._limits[token], self._until[token] = limit, until

    def revoke(self, token: str) -> None:
        """Make a token bad from now on."""
        self._limits.pop(token, None)

    def standing(self, who: str, resource: str) -> Standing:
        """Return where the budget of a token, or of an address without one, stands."""
        hour = self._hour()
        since, used = self._used.get((who, resource), (hour, 0))
        limit = self._limits.get(who, ANONYMOUS_LIMIT)
        if resource == "history" and self.history is not None:
            limit = self.history
        return Standing(resource, limit, used if since == hour else 0, hour + _HOUR)

    def spend(self, who: str, resource: str, cost: int = 1) -> Standing:
        """Take `cost` from a budget and return where it stands afterwards."""
        used = self.standing(who, resource).used + cost
        self._used[who, resource] = (self._hour(), used)
        return self.standing(who, resource)

    def leave(self, who: str, resource: str, remaining: int) -> None:
        """Set what is left of a budget in this hour."""
        limit = self.standing(who, resource).limit
        self._used[who, resource] = (self._hour(), limit - remaining)

    def _hour(self) -> datetime:
        return self._clock.now().replace(minute=0, second=0, microsecond=0)
