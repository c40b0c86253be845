"""The rules that decide which requests to the demo's GitHub meet a fault, and how often.

    server.faults.add(Rule(faults.bad_gateway(), operation="graphql", more_than=10, times=3))
    server.faults.add(Rule(faults.saml("hiyouga/EasyR1")))
    server.faults.add(Rule(faults.ip_allow_list(), repos=only("hiyouga/EasyR1")))
    server.faults.clear()

There are four kinds of fault: a `Reply` replaces the response, `FailedRepositories` are errors in a GraphQL response,
a `Delivery` changes how the response is sent, and a `ProcessingTime` makes the response take time.
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
    """A fault and the conditions on the requests that meet it; all given conditions must hold.

    `operation` is GraphQL or REST, and `path` a glob for the path. `more_than` is the number of aliases to exceed.
    `repos` are names of which one must be asked for (see `repository_names`), `containing` is a text in the body,
    `version` the X-GitHub-Api-Version, and `token` the last letters of the token. The first `after` matching requests
    do not meet the fault, then at most `times` do, each with the probability `chance`.
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

    def matches(self, request: Request, operation: Operation) -> bool:
        """Return whether a request satisfies every condition of the rule."""
        return (
            self.operation in {None, "graphql" if request.is_graphql else "rest"}
            and fnmatchcase(request.path, self.path)
            and (self.more_than is None or operation.aliases > self.more_than)
            and (not self.repos or not self.repos.isdisjoint(_names(request, operation)))
            and self.containing.encode() in request.body
            and self.version in {None, request.headers.get("x-github-api-version")}
            and (request.token or "").endswith(self.token)
        )


def repository_names(*names: str) -> frozenset[str]:
    """Return the value of `FaultRule.repos` for these names, in any case."""
    return frozenset(map(name_key, names))


def _names(request: Request, operation: Operation) -> Iterable[str]:
    return map(name_key, (*request.names, *(name for _, name in operation.repos)))


@dataclass(frozen=True, slots=True)
class MatchedFaults:
    """The faults of one request by kind, in the order in which their rules were added."""

    replies: tuple[Reply, ...] = ()
    failed_repositories: tuple[FailedRepositories, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    processing_times: tuple[ProcessingTime, ...] = ()


class FaultRules:
    """The rules in force, with a count of the requests that met each of them."""

    def __init__(self, seed: int = 0) -> None:
        self._rules: list[_CountedRule] = []
        self._chance = random.Random(seed)  # noqa: S311 - draws faults, not a secret

    def add(self, *rules: FaultRule) -> None:
        """Add rules after the existing ones."""
        self._rules += [_CountedRule(rule) for rule in rules]

    def clear(self) -> None:
        """Remove all rules."""
        self._rules.clear()

    def hits(self, rule: FaultRule) -> int:
        """Return how many requests met the fault of a rule."""
        return sum(counted.hits for counted in self._rules if counted.rule == rule)

    def match(self, request: Request, operation: Operation) -> MatchedFaults:
        """Return the faults that a request meets, and count them."""
        faults = [
            counted.rule.fault for counted in list(self._rules) if counted.applies(request, operation, self._chance)
        ]
        return MatchedFaults(
            tuple(fault for fault in faults if isinstance(fault, Reply)),
            tuple(fault for fault in faults if isinstance(fault, FailedRepositories)),
            tuple(fault for fault in faults if isinstance(fault, Delivery)),
            tuple(fault for fault in faults if isinstance(fault, ProcessingTime)),
        )


class _CountedRule:
    """A rule with the number of requests that matched it, and that met its fault."""

    def __init__(self, rule: FaultRule) -> None:
        self.rule = rule
        self.matches = 0
        self.hits = 0

    def applies(self, request: Request, operation: Operation, chance: random.Random) -> bool:
        """Count a request and return whether it meets the fault."""
        rule = self.rule
        if not rule.matches(request, operation):
            return False
        self.matches += 1
        is_used_up = rule.times is not None and self.hits >= rule.times
        is_hit = self.matches > rule.after and not is_used_up and chance.random() < rule.chance
        self.hits += is_hit
        return is_hit
