"""Who may call the demo's GitHub: its clock, the hourly budgets of its tokens, and its GitHub Apps."""

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
    "Account",
    "Apps",
    "BudgetState",
    "Budgets",
    "Clock",
    "unix",
]


class Clock:
    """A clock that is set by hand; its instants are naive UTC."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        """Return the current instant of the clock."""
        return self._now

    def set(self, now: datetime) -> None:
        """Move the clock to an instant, forward or back."""
        self._now = now

    def advance(self, span: timedelta) -> None:
        """Move the clock forward by `span`."""
        self._now += span


def unix(instant: datetime) -> int:
    """Return the whole seconds since 1970 of a naive UTC instant."""
    return int(instant.replace(tzinfo=UTC).timestamp())


ANONYMOUS_LIMIT = 60
"""REST requests per hour and client address without a token."""

_HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Account:
    """The account that every token belongs to: a user, or the bot of an app."""

    login: str = "github-actions[bot]"


@dataclass(frozen=True, slots=True)
class BudgetState:
    """The state of a budget in the current hour; `reset` is the instant at which it is full again."""

    resource: str
    limit: int
    used: int
    reset: datetime

    @property
    def remaining(self) -> int:
        """The requests or points left in this hour."""
        return max(self.limit - self.used, 0)

    def headers(self) -> dict[str, str]:
        """Return the rate limit headers of a response."""
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.remaining),
            "x-ratelimit-used": str(min(self.used, self.limit)),
            "x-ratelimit-reset": str(unix(self.reset)),
            # GitHub's headers do not distinguish star history from other REST requests.
            "x-ratelimit-resource": "core" if self.resource == "history" else self.resource,
        }

    def figures(self) -> dict[str, int]:
        """Return the state in the form of `GET /rate_limit`."""
        return {
            "limit": self.limit,
            "remaining": self.remaining,
            "used": min(self.used, self.limit),
            "reset": unix(self.reset),
        }


class Budgets:
    """What every token has used in the current hour of REST ("core") and of GraphQL ("graphql").

    If `history_limit` is set, star history has a budget of its own ("history") with that many requests per hour.
    Neither `/rate_limit` nor the headers of other responses show it.
    """

    def __init__(self, limits: Mapping[str, int], clock: Clock) -> None:
        self.history_limit: int | None = None
        self._limits = dict(limits)
        self._clock = clock
        self._used: dict[tuple[str, str], tuple[datetime, int]] = {}
        self._valid_until: dict[str, datetime] = {}

    def is_valid(self, token: str) -> bool:
        """Return whether a token is known and has not expired."""
        return token in self._limits and self._clock.now() < self._valid_until.get(token, datetime.max)

    def add_token(self, token: str, limit: int, until: datetime) -> None:
        """Add a token with an hourly limit, valid until an instant."""
        self._limits[token], self._valid_until[token] = limit, until

    def revoke(self, token: str) -> None:
        """Make a token invalid from now on."""
        self._limits.pop(token, None)

    def state(self, owner: str, resource: str) -> BudgetState:
        """Return the state of a budget; `owner` is a token, or the client address of requests without one."""
        hour = self._hour()
        used_in, used = self._used.get((owner, resource), (hour, 0))
        limit = self._limits.get(owner, ANONYMOUS_LIMIT)
        if resource == "history" and self.history_limit is not None:
            limit = self.history_limit
        return BudgetState(resource, limit, used if used_in == hour else 0, hour + _HOUR)

    def spend(self, owner: str, resource: str, cost: int = 1) -> BudgetState:
        """Take `cost` from a budget and return its state afterwards."""
        used = self.state(owner, resource).used + cost
        self._used[owner, resource] = (self._hour(), used)
        return self.state(owner, resource)

    def set_remaining(self, owner: str, resource: str, remaining: int) -> None:
        """Set what is left of a budget in this hour."""
        limit = self.state(owner, resource).limit
        self._used[owner, resource] = (self._hour(), limit - remaining)

    def _hour(self) -> datetime:
        return self._clock.now().replace(minute=0, second=0, microsecond=0)


APP_LIMIT: Final = 5_000
"""Requests and points per hour of an installation token."""

_TOKEN_LIFETIME = timedelta(hours=1)
_MAX_JWT_SECONDS = 600
_TOKEN_PATH = re.compile(r"/app/installations/(?P<number>\d+)/access_tokens")


@dataclass(slots=True)
class Apps:
    """The installed GitHub Apps: app id and public key (PEM) by installation number.

    `issued` is the number of tokens issued so far.
    """

    clock: Clock
    budgets: Budgets
    installed: dict[str, tuple[str, str]] = field(default_factory=dict)
    issued: int = 0

    def respond(self, request: Request) -> Response | None:
        """Return the response to a request for an installation token, or `None` for any other request."""
        match = _TOKEN_PATH.fullmatch(request.path)
        if match is None or request.method != "POST":
            return None
        installation = self.installed.get(match["number"])
        if installation is None or not self._is_signed(request.token or "", *installation):
            return Response(401, bad_credentials().body.encode(), {"content-type": JSON})
        return self._issue_token(match["number"])

    def _is_signed(self, assertion: str, app_id: str, key: str) -> bool:
        import jwt  # noqa: PLC0415 - only installed with an extra

        try:
            claims = jwt.decode(
                assertion,
                key,
                algorithms=["RS256"],
                issuer=app_id,
                options={"verify_exp": False, "verify_iat": False},  # checked below by the demo's clock
            )
        except jwt.PyJWTError:
            return False
        now = unix(self.clock.now())
        return bool(claims["iat"] <= now < claims["exp"] <= claims["iat"] + _MAX_JWT_SECONDS)

    def _issue_token(self, number: str) -> Response:
        self.issued += 1
        token = f"ghs_demo{number}n{self.issued:04}"
        expires_at = self.clock.now() + _TOKEN_LIFETIME
        self.budgets.add_token(token, APP_LIMIT, until=expires_at)
        return json_response(201, {"token": token, "expires_at": format_instant(expires_at)})
