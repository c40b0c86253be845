"""Tokens and what is left of their budgets, by the headers of GitHub's real answers."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from startrack.errors import LimitError, TokenError

__all__ = ["Budget", "Token", "Tokens", "of"]

_TOKEN = re.compile(r"[A-Za-z0-9_.\-]{10,512}")


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left of an hour, and when, in seconds since 1970, a new one begins."""

    remaining: int
    reset: float


@dataclass(slots=True)
class Token:
    """One token, or with no value the anonymous access that everybody has."""

    value: str | None = field(repr=False)
    budgets: dict[str, Budget] = field(default_factory=dict)
    rests_until: float = 0.0
    refused: bool = False

    @property
    def name(self) -> str:
        """The only part of a token that is ever shown."""
        return f"…{self.value[-4:]}" if self.value else "no token"

    def headers(self) -> dict[str, str]:
        """Return what a request with this token carries."""
        return {"Authorization": f"Bearer {self.value}"} if self.value else {}

    def learn(self, resource: str, headers: Mapping[str, str]) -> None:
        """Take note of the budget that an answer tells; `resource` is what was asked, where it does not say."""
        remaining, reset = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-reset", "")
        if all(text.isascii() and text.isdecimal() for text in (remaining, reset)):
            self.budgets[headers.get("x-ratelimit-resource", resource)] = Budget(int(remaining), float(reset))

    def wait(self, resource: str, reserve: int, now: float) -> float:
        """Return how many seconds this token must not be used for: while it rests, or has but its reserve left."""
        budget = self.budgets.get(resource)
        spent = budget is not None and budget.remaining <= reserve and budget.reset > now
        # GitHub resets on the second; one more keeps a skewed clock honest.
        until = budget.reset + 1.0 if budget is not None and spent else 0.0
        return max(until - now, self.rests_until - now, 0.0)

    def rested(self, resource: str) -> None:
        """Forget what the token had to wait for, the wait being over."""
        self.rests_until = 0.0
        self.budgets.pop(resource, None)

    def left(self, resource: str) -> float:
        """Return what is known to be left, without bound where nothing is known yet."""
        budget = self.budgets.get(resource)
        return float("inf") if budget is None else float(budget.remaining)


@dataclass(slots=True)
class Tokens:
    """All tokens of a run; each request goes out with the one that has most left.

    `reserve` is what of each budget stays untouched, for others who use the same token.
    """

    every: list[Token]
    reserve: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def authorized(self) -> bool:
        """Whether there is any token at all."""
        return any(token.value for token in self.every)

    def pick(self, resource: str, now: float, max_wait: float, sleep: Callable[[float], None]) -> Token:
        """Return the token for the next request, after a pause where all of them have to rest.

        Raises LimitError where the pause would be longer than `max_wait`, and TokenError where every token was
        refused.
        """
        good = [token for token in self.every if not token.refused]
        if not good:
            raise TokenError("GitHub refused the token (bad credentials): make a new one and set GITHUB_TOKEN to it")
        waits = {id(token): token.wait(resource, self._reserve(token), now) for token in good}
        token = min(good, key=lambda token: (waits[id(token)], -token.left(resource)))
        if (wait := waits[id(token)]) > max_wait:
            hint = "" if self.authorized else "; with a token (GITHUB_TOKEN) there are 5,000 an hour"
            raise LimitError(f"GitHub's budget for now is spent; run again in {wait / 60:.0f} min{hint}")
        if wait:
            sleep(wait)
            token.rested(resource)
        return token

    def _reserve(self, token: Token) -> int:
        return self.reserve if token.value else 0

    def refuse(self, token: Token) -> None:
        """Set a token aside that GitHub does not take."""
        if not token.refused and token.value:
            self.problems.append(f"GitHub refused the token {token.name}; replace it")
        token.refused = True


def of(values: Iterable[str | None], reserve: int = 0) -> Tokens:
    """Return tokens by their values, empty ones left out and each once; with none, everybody's access.

    Raises TokenError, which does not show it, where one holds what no GitHub token holds.
    """
    found = dict.fromkeys(text for value in values if (text := (value or "").strip()))
    if any(not _TOKEN.fullmatch(text) for text in found):
        raise TokenError("the token is malformed: GitHub's are letters, digits and `_`; set GITHUB_TOKEN anew")
    return Tokens([Token(text) for text in found] or [Token(None)], reserve)
