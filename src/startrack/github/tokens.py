"""Tokens and what is left of their budgets, by the headers of GitHub's real answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition

from startrack.errors import LimitError, TokenError
from startrack.github.app_auth import App, is_token
from startrack.github.responses import figure

__all__ = ["HISTORY", "Budget", "Token", "Tokens", "of"]

HISTORY = "history"
"""The budget of star history, which has been seen to end while `core` had thousands of calls left.

Headers call it `core`, so each of its answers counts for both, and a call needs something of either.
"""

# Of a shorter one, four letters would be a good part.
_SHORTEST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of an hour, and when, in seconds since 1970, a new one begins."""

    remaining: int
    reset: float


@dataclass(slots=True, eq=False)
class Token:
    """One token, or with no value the anonymous access that everybody has.

    That of a GitHub App is made by `app`, and anew before it `expires`, in seconds since 1970.
    """

    value: str | None = field(repr=False)
    app: App | None = None
    expires: float = 0.0
    budgets: dict[str, Budget] = field(default_factory=dict)
    rests_until: float = 0.0
    refused: bool = False

    @property
    def name(self) -> str:
        """The only part of a token that is ever shown."""
        if self.app:
            return str(self.app)
        if self.value is None:
            return "no token"
        return f"…{self.value[-4:]}" if len(self.value) >= _SHORTEST_SHOWN else "…"

    @property
    def is_anonymous(self) -> bool:
        """Whether this is what everybody has."""
        return self.value is None and self.app is None

    def learn(self, resource: str, headers: Mapping[str, str], ahead: float = 0.0) -> None:
        """Take note of the budget that an answer tells; `resource` is what was asked, where it does not say.

        `ahead` is how many seconds GitHub's clock is ahead of the local one.
        """
        remaining, reset = figure(headers, "x-ratelimit-remaining"), figure(headers, "x-ratelimit-reset")
        if remaining is not None and reset is not None:
            budget = Budget(remaining, reset - ahead)
            self.budgets[headers.get("x-ratelimit-resource", resource)] = budget
            if resource == HISTORY:
                self.budgets[HISTORY] = budget

    def wait(self, resource: str, reserve: int, now: float) -> float:
        """Return how many seconds this token must not be used for: while it rests, or has but its reserve left."""
        spent = (budget.reset for budget in self._of(resource) if budget.remaining <= reserve and budget.reset > now)
        # GitHub resets on the second; one more keeps a skewed clock honest.
        until = max(spent, default=-1.0) + 1.0
        return max(until - now, self.rests_until - now, 0.0)

    def rested(self, resource: str) -> None:
        """Forget what the token had to wait for, the wait being over."""
        self.rests_until = 0.0
        for name in _names(resource):
            self.budgets.pop(name, None)

    def left(self, resource: str) -> float:
        """Return what is known to be left, without bound where nothing is known yet."""
        return min((float(budget.remaining) for budget in self._of(resource)), default=float("inf"))

    def _of(self, resource: str) -> list[Budget]:
        return [self.budgets[name] for name in _names(resource) if name in self.budgets]


def _names(resource: str) -> tuple[str, ...]:
    return (HISTORY, "core") if resource == HISTORY else (resource,)


@dataclass(slots=True)
class Tokens:
    """All tokens of a run; each request goes out with the one that has most left, and each has one at a time.

    GitHub allows a minute of its GraphQL servers' time a minute and token, which is about one request in flight.
    `reserve` is what of each budget stays untouched, for others who use the same token.
    """

    every: list[Token]
    reserve: int = 0
    problems: list[str] = field(default_factory=list)
    _lent: set[Token] = field(init=False, default_factory=set)
    _changed: Condition = field(init=False, repr=False, default_factory=Condition)

    @property
    def authorized(self) -> bool:
        """Whether there is any token at all."""
        return not all(token.is_anonymous for token in self.every)

    def left(self, resource: str) -> float:
        """Return what the good token with most of a budget is known to have, without bound where one is unknown."""
        return max((token.left(resource) for token in self.every if not token.refused), default=0.0)

    @contextmanager
    def lent(
        self,
        resource: str,
        clock: Callable[[], float],
        max_wait: float,
        sleep: Callable[[float], None],
    ) -> Iterator[Token]:
        """Lend the token for the next request, after a pause where all of them have to rest.

        Raises LimitError where the pause would be longer than `max_wait`, and TokenError where every token was
        refused.
        """
        with self._changed:
            while (token := self._free(resource, clock())) is None:
                self._changed.wait()
            self._lent.add(token)
        try:
            self._rest(token, resource, clock(), max_wait, sleep)
            yield token
        finally:
            with self._changed:
                self._lent.discard(token)
                self._changed.notify_all()

    def _free(self, resource: str, now: float) -> Token | None:
        """Return the token to use, `None` where one that is in use will sooner be free than another has rested."""
        good = [token for token in self.every if not token.refused]
        if not good:
            raise TokenError(f"no token is left (bad credentials): {'; '.join(self.problems)}")
        waits = {token: token.wait(resource, self._reserve(token), now) for token in good if token not in self._lent}
        if not waits:
            return None
        token = min(waits, key=lambda token: (waits[token], -token.left(resource)))
        return None if waits[token] and self._lent else token

    def _rest(self, token: Token, resource: str, now: float, max_wait: float, sleep: Callable[[float], None]) -> None:
        wait = token.wait(resource, self._reserve(token), now)
        if wait > max_wait:
            hint = "" if self.authorized else "; with a token (GITHUB_TOKEN) there are 5,000 an hour"
            raise LimitError(f"GitHub's budget for now is spent; run again in {wait / 60:.0f} min{hint}")
        if wait:
            sleep(wait)
            token.rested(resource)

    def _reserve(self, token: Token) -> int:
        return 0 if token.is_anonymous else self.reserve

    def refuse(self, token: Token, problem: str = "") -> None:
        """Set a token aside that GitHub does not take, and say so in `problems`."""
        token.refused = True
        nobody = "GitHub answers nobody without a token here; set GITHUB_TOKEN"
        told = nobody if token.is_anonymous else f"GitHub refused the token {token.name}; replace it"
        self.problems.append(problem or told)


def of(values: Iterable[str | None], reserve: int = 0, app: App | None = None) -> Tokens:
    """Return tokens by their values, empty ones left out and each once, and an App's; with none, everybody's access.

    Blanks and line ends around a token are left out. Raises TokenError, which does not show it, where there are some
    inside it.
    """
    found = dict.fromkeys(text for value in values if (text := (value or "").strip()))
    if not all(map(is_token, found)):
        raise TokenError(
            "the token is malformed: it holds a space, a line break or what else no header may hold; "
            "set GITHUB_TOKEN anew",
        )
    every = [Token(text) for text in found] + ([Token(None, app)] if app else [])
    return Tokens(every or [Token(None)], reserve)
