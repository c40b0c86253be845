"""The tokens of a run and what is left of their budgets, by the headers of GitHub's responses.

The reserve of a budget is decided here: a token whose budget is down to the reserve is not used until the reset
(`Budget.is_spent`, `Token.seconds_until_usable`), so that others who share the token can still work.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition

from startrack.errors import LimitError, TokenError
from startrack.github.app_auth import App, is_token
from startrack.github.responses import parse_number_header

__all__ = ["HISTORY", "Budget", "Token", "Tokens", "create"]

_logger = logging.getLogger(__name__)

HISTORY = "history"
"""The budget of star history, which has been seen to end while `core` had thousands of calls left.

GitHub's headers call it `core`. So each star history response counts for both, and a call needs some of both.
"""

# The last four letters of a shorter token would give away too much of it.
_MIN_LENGTH_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Budget:
    """The calls or points that remain of this hour, and when the next hour begins, in seconds since 1970."""

    remaining: int
    reset: float

    def is_spent(self, reserve: int, now: float) -> bool:
        """Say whether only the reserve remains until the reset."""
        return self.remaining <= reserve and self.reset > now


@dataclass(slots=True, eq=False)
class Token:
    """One token and its budgets; without a value and an App it is anonymous access.

    The token of a GitHub App is requested through `app`, and again before it `expires` (seconds since 1970). It is not
    used before `rests_until`, after a rate limit.
    """

    value: str | None = field(repr=False)
    app: App | None = None
    expires: float = 0.0
    budgets: dict[str, Budget] = field(default_factory=dict)
    rests_until: float = 0.0
    refused: bool = False

    @property
    def label(self) -> str:
        """The only form in which messages and logs show a token: at most its last four letters."""
        if self.app:
            return str(self.app)
        if self.value is None:
            return "no token"
        return f"…{self.value[-4:]}" if len(self.value) >= _MIN_LENGTH_SHOWN else "…"

    @property
    def is_anonymous(self) -> bool:
        """Whether this is access without a token."""
        return self.value is None and self.app is None

    def update_budget(self, resource: str, headers: Mapping[str, str], ahead: float = 0.0) -> None:
        """Store the budget in a response's headers; `resource` is what was requested, if the headers do not name it.

        `ahead` is how many seconds GitHub's clock is ahead of this machine's.
        """
        remaining = parse_number_header(headers, "x-ratelimit-remaining")
        reset = parse_number_header(headers, "x-ratelimit-reset")
        if remaining is not None and reset is not None:
            budget = Budget(remaining, reset - ahead)
            self.budgets[headers.get("x-ratelimit-resource", resource)] = budget
            if resource == HISTORY:
                self.budgets[HISTORY] = budget

    def seconds_until_usable(self, resource: str, reserve: int, now: float) -> float:
        """Return how long the token must not be used: it rests after a rate limit, or only its reserve remains."""
        resets = (budget.reset for budget in self._budgets_of(resource) if budget.is_spent(reserve, now))
        # GitHub resets on the second; one second more allows for a small clock difference.
        until = max(resets, default=-1.0) + 1.0
        return max(until - now, self.rests_until - now, 0.0)

    def forget_limits(self, resource: str) -> None:
        """Forget the rate limit and the budgets of a resource, after the wait for them."""
        self.rests_until = 0.0
        for name in _budget_names(resource):
            self.budgets.pop(name, None)

    def remaining(self, resource: str) -> float:
        """Return what remains of a resource's budget, infinity if nothing is known yet."""
        return min((float(budget.remaining) for budget in self._budgets_of(resource)), default=float("inf"))

    def _budgets_of(self, resource: str) -> list[Budget]:
        return [self.budgets[name] for name in _budget_names(resource) if name in self.budgets]


def _budget_names(resource: str) -> tuple[str, ...]:
    return (HISTORY, "core") if resource == HISTORY else (resource,)


@dataclass(slots=True)
class Tokens:
    """All tokens of a run. Each request uses the free token with most left; a token has one request at a time.

    GitHub allows each token a minute of GraphQL server time per minute, which is about one request in flight.
    `reserve` is what is left untouched of each token's budget, for others who use the same token.
    """

    every: list[Token]
    reserve: int = 0
    problems: list[str] = field(default_factory=list)
    _in_use: set[Token] = field(init=False, default_factory=set)
    _changed: Condition = field(init=False, repr=False, default_factory=Condition)

    @property
    def authorized(self) -> bool:
        """Whether there is any token at all."""
        return not all(token.is_anonymous for token in self.every)

    def remaining(self, resource: str) -> float:
        """Return what remains to the token with most left that was not refused, infinity if one is unknown."""
        return max((token.remaining(resource) for token in self.every if not token.refused), default=0.0)

    def budgets(self) -> dict[str, int]:
        """Return by resource what all tokens together have left, as far as GitHub has said so."""
        left: dict[str, int] = {}
        for token in self.every:
            for resource, budget in token.budgets.items():
                left[resource] = left.get(resource, 0) + (0 if token.refused else budget.remaining)
        return left

    @contextmanager
    def lend(
        self,
        resource: str,
        clock: Callable[[], float],
        max_wait: float,
        sleep: Callable[[float], None],
    ) -> Iterator[Token]:
        """Yield the token for the next request, after a wait if none can be used now.

        Raises LimitError if the wait would be longer than `max_wait` seconds, and TokenError if every token was
        refused.
        """
        with self._changed:
            while (token := self._best_token(resource, clock())) is None:
                self._changed.wait()
            self._in_use.add(token)
        try:
            self._wait_until_usable(token, resource, clock(), max_wait, sleep)
            yield token
        finally:
            with self._changed:
                self._in_use.discard(token)
                self._changed.notify_all()

    def _best_token(self, resource: str, now: float) -> Token | None:
        """Return the token to use, `None` if a token in use will be free before another may be used."""
        accepted = [token for token in self.every if not token.refused]
        if not accepted:
            raise TokenError(f"no usable token is left: {'; '.join(self.problems)}")
        waits = {
            token: token.seconds_until_usable(resource, self._reserve_for(token), now)
            for token in accepted
            if token not in self._in_use
        }
        if not waits:
            return None
        token = min(waits, key=lambda token: (waits[token], -token.remaining(resource)))
        return None if waits[token] and self._in_use else token

    def _wait_until_usable(
        self,
        token: Token,
        resource: str,
        now: float,
        max_wait: float,
        sleep: Callable[[float], None],
    ) -> None:
        seconds = token.seconds_until_usable(resource, self._reserve_for(token), now)
        if seconds > max_wait:
            hint = "" if self.authorized else "; set GITHUB_TOKEN to get 5,000 calls an hour"
            raise LimitError(f"GitHub's rate limit is reached; try again in {seconds / 60:.0f} min{hint}")
        if seconds:
            reason = "rate limit" if token.rests_until > now else "only the reserve of its hourly budget is left"
            _logger.info("Waiting %.0f s for %s (%s): %s", seconds, token.label, resource, reason)
            sleep(seconds)
            token.forget_limits(resource)

    def _reserve_for(self, token: Token) -> int:
        """Return the reserve of a token's budget: none for anonymous access, which is not shared by choice."""
        return 0 if token.is_anonymous else self.reserve

    def refuse(self, token: Token, problem: str = "") -> None:
        """Stop using a token that GitHub refused, and add the reason to `problems`."""
        token.refused = True
        if not problem:
            problem = (
                "this server requires a token; set GITHUB_TOKEN"
                if token.is_anonymous
                else f"GitHub refused the token {token.label}; replace it"
            )
        _logger.info("A token is not used any more: %s", problem)
        self.problems.append(problem)


def create(values: Iterable[str | None], reserve: int = 0, app: App | None = None) -> Tokens:
    """Return the tokens with these values and that of an App, without duplicates; anonymous access if there are none.

    Whitespace around a value is removed. Raises TokenError, which does not show the token, if there is some inside it.
    """
    texts = dict.fromkeys(text for value in values if (text := (value or "").strip()))
    if not all(map(is_token, texts)):
        raise TokenError(
            "the token is malformed: it contains a space, a line break or another character that HTTP headers cannot "
            "hold; set GITHUB_TOKEN again",
        )
    every = [Token(text) for text in texts] + ([Token(None, app)] if app else [])
    return Tokens(every or [Token(None)], reserve)
