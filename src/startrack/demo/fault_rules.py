"""The switchboard of a demo server: what goes wrong, for whom, and how often.

    server.faults.add(Rule(faults.bad_gateway(), operation="graphql", more_than=10, times=3))
    server.faults.add(Rule(faults.saml("hiyouga/EasyR1")))
    server.faults.add(Rule(faults.ip_allow_list(), repos=only("hiyouga/EasyR1")))
    server.faults.clear()

A fault is one of four things: a `Reply` given in place of the answer, a `Spoil` that takes repositories out
of a GraphQL answer, a `Delivery` that changes how the answer is sent, or the `Work` an answer costs.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from startrack.demo.faults import Delivery, FailedRepositories, Fault, ProcessingTime, Reply
from startrack.demo.http import Operation, Request
from startrack.model.repository import name_key

__all__ = [
    "FaultRule",
    "FaultRules",
    "MatchedFaults",
    "repository_names",
]


@dataclass(frozen=True, slots=True)
class FaultRule:
    """A fault and the requests it meets; every condition that is given must hold.

    `operation` is GraphQL or REST. `path` is a glob over the path. `more_than` asks for more aliases than
    that, `repos` for any of these names (see `only`), `containing` for a text in the body, `version` for
    that X-GitHub-Api-Version, `token` for a token with these last letters. The first `after` requests that
    match are spared, and at most `times` are met, each with `chance`.
    """

    fault: Fault
    operation: Literal["graphql", "rest"] | None = None
    path: str = "*"
    more_than: int | None = None
    repos: frozenset[str] = frozenset()
    containing: str = ""
    version: str | None = None
    token: str = ""
    after: int = 0
    times: int | None = None
    chance: float = 1.0

    def meets(self, asked: Request, operation: Operation) -> bool:
        """Tell whether a request is one that the rule speaks of."""
        return (
            self.operation in {None, "graphql" if asked.is_graphql else "rest"}
            and fnmatchcase(asked.path, self.path)
            and (self.more_than is None or operation.aliases > self.more_than)
            and (not self.repos or not self.repos.isdisjoint(_names(asked, operation)))
            and self.containing.encode() in asked.body
            and self.version in {None, asked.headers.get("x-github-api-version")}
            and (asked.token or "").endswith(self.token)
        )


def repository_names(*names: str) -> frozenset[str]:
    """Return a condition on the repositories asked for, whatever their case."""
    return frozenset(map(name_key, names))


def _names(asked: Request, operation: Operation) -> Iterable[str]:
    return map(name_key, (*asked.names, *(name for _, name in operation.repos)))


@dataclass(frozen=True, slots=True)
class MatchedFaults:
    """The faults that one request met, by kind, in the order in which their rules were added."""

    replies: tuple[Reply, ...] = ()
    spoils: tuple[FailedRepositories, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    work: tuple[ProcessingTime, ...] = ()


class FaultRules:
    """The rules in force; mutable, and it counts what each rule has met."""

    def __init__(self, seed: int = 0) -> None:
        self._rules: list[_Counter] = []
        self._chance = random.Random(seed)  # noqa: S311 - a draw of faults, no secret

    def add(self, *rules: FaultRule) -> None:
        """Put rules in force, after those that are."""
        self._rules += [_Counter(rule) for rule in rules]

    def clear(self) -> None:
        """Let everything go well again."""
        self._rules.clear()

    def hits(self, rule: FaultRule) -> int:
        """Return how many requests a rule has met."""
        return sum(each.hits for each in self._rules if each.rule == rule)

    def strike(self, asked: Request, operation: Operation) -> MatchedFaults:
        """Return the faults that a request meets, and count them."""
        met = [each.rule.fault for each in list(self._rules) if each.meets(asked, operation, self._chance)]
        return MatchedFaults(
            tuple(each for each in met if isinstance(each, Reply)),
            tuple(each for each in met if isinstance(each, FailedRepositories)),
            tuple(each for each in met if isinstance(each, Delivery)),
            tuple(each for each in met if isinstance(each, ProcessingTime)),
        )


class _Counter:
    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self.seen = 0
        self.hits = 0

    def meets(self, asked: Request, operation: Operation, chance: random.Random) -> bool:
        rule = self.rule
        if not rule.meets(asked, operation):
            return False
        self.seen += 1
        spent = rule.times is not None and self.hits >= rule.times
        met = self.seen > rule.after and not spent and chance.random() < rule.chance
        self.hits += met
        return met
