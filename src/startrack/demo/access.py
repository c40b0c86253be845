"""The demo's clock, its hourly budgets, and its GitHub Apps."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from startrack.demo.faults import bad_credentials
from startrack.demo.http import JSON, Request, Response, format_instant, json_response

__all__ = [
    "ANONYMOUS_LIMIT",
    "APP_LIMIT",
    "Apps",
    "BudgetState",
    "Budgets",
    "Clock",
    "unix",
]


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


ANONYMOUS_LIMIT = 60
"""REST requests an hour and address without a token."""

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class BudgetState:
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

    def standing(self, who: str, resource: str) -> BudgetState:
        """Return where the budget of a token, or of an address without one, stands."""
        hour = self._hour()
        since, used = self._used.get((who, resource), (hour, 0))
        limit = self._limits.get(who, ANONYMOUS_LIMIT)
        if resource == "history" and self.history is not None:
            limit = self.history
        return BudgetState(resource, limit, used if since == hour else 0, hour + _HOUR)

    def spend(self, who: str, resource: str, cost: int = 1) -> BudgetState:
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


APP_LIMIT: Final = 5_000
"""The requests and points an hour of an installation's token."""

_LIFE = timedelta(hours=1)
_LONGEST = 600
_PATH = re.compile(r"/app/installations/(?P<number>\d+)/access_tokens")


@dataclass(slots=True)
class Apps:
    """Who is installed: the id and the public key (PEM) behind each number, and how many tokens were given."""

    clock: Clock
    budgets: Budgets
    installed: dict[str, tuple[str, str]] = field(default_factory=dict)
    given: int = 0

    def answer(self, asked: Request) -> Response | None:
        """Return the answer to a request for a token, `None` for any other request."""
        found = _PATH.fullmatch(asked.path)
        if found is None or asked.method != "POST":
            return None
        known = self.installed.get(found["number"])
        if known is None or not self._is_signed(asked.token or "", *known):
            return Response(401, bad_credentials().body.encode(), {"content-type": JSON})
        return self._grant(found["number"])

    def _is_signed(self, assertion: str, app_id: str, key: str) -> bool:
        import jwt  # noqa: PLC0415 - an extra of its own

        try:
            said = jwt.decode(
                assertion,
                key,
                algorithms=["RS256"],
                issuer=app_id,
                options={"verify_exp": False, "verify_iat": False},  # by the demo's clock, not by this machine's
            )
        except jwt.PyJWTError:
            return False
        now = unix(self.clock.now())
        return bool(said["iat"] <= now < said["exp"] <= said["iat"] + _LONGEST)

    def _grant(self, number: str) -> Response:
        self.given += 1
        token = f"ghs_demo{number}n{self.given:04}"
        now = self.clock.now()
        self.budgets.admit(token, APP_LIMIT, until=now + _LIFE)
        return json_response(201, {"token": token, "expires_at": format_instant(now + _LIFE)})
