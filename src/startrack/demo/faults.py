"""The faults that the demo's GitHub can produce, and the rules that decide which requests meet one, and how often.

    server.faults.add(FaultRule(faults.bad_gateway(), operation="graphql", more_than=10, times=3))
    server.faults.add(FaultRule(faults.saml("hiyouga/EasyR1")))
    server.faults.add(FaultRule(faults.ip_allow_list(), repos=only("hiyouga/EasyR1")))
    server.faults.clear()

There are four kinds of fault: a `Reply` replaces the response, `FailedRepositories` are errors in a GraphQL response,
a `Delivery` changes how the response is sent, and a `ProcessingTime` makes the response take time.
"""

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from startrack.demo.http import JSON, Operation, Request
from startrack.model.repository import name_key

__all__ = [
    "Delivery",
    "FailedRepositories",
    "Fault",
    "FaultRule",
    "FaultRules",
    "MatchedFaults",
    "ProcessingTime",
    "Reply",
    "bad_credentials",
    "bad_gateway",
    "bad_gateway_json",
    "data_null",
    "delayed",
    "html_page",
    "insufficient_scopes",
    "ip_allow_list",
    "not_found",
    "not_offered",
    "primary_limit",
    "repository_names",
    "reset",
    "resource_limits",
    "saml",
    "secondary_limit",
    "silent",
    "slow_body",
    "truncated",
    "version_refused",
    "went_wrong",
]


_DOCS = "https://docs.github.com"
_WENT_WRONG = (
    "Something went wrong while executing your query. This may be the result of a timeout, or it could be a "
    "GitHub bug. Please include `DEMO:1:2:3` when reporting this issue."
)
_LIMITED = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@dataclass(frozen=True, slots=True)
class Reply:
    """A response that replaces the correct one."""

    status: int
    body: str
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class FailedRepositories:
    """An error for some repositories of a GraphQL response; the others have their data.

    The error is for the repositories named in `repos`, and for all after the first `beyond` aliases.
    """

    kind: str
    message: str
    repos: frozenset[str] = frozenset()
    beyond: int | None = None
    extensions: Mapping[str, object] = field(default_factory=dict, hash=False)

    def select(self, operation: Operation) -> list[tuple[str, str]]:
        """Return the aliases that fail, each with the OWNER/NAME asked for."""
        beyond = operation.repos[self.beyond :] if self.beyond is not None else ()
        named = [(alias, name) for alias, name in operation.repos if name_key(name) in self.repos]
        return [*beyond, *named]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a response is sent: after `delay` seconds, only the share `keep` of its body, `drip` seconds between parts.

    With `reset` the connection is reset: before the first byte, or after the share `keep` of the body.
    """

    delay: float = 0
    drip: float = 0
    keep: float | None = None
    reset: bool = False


@dataclass(frozen=True, slots=True)
class ProcessingTime:
    """Seconds that a response takes, plus seconds per alias, per repository with connections and per commit total.

    A response that needs more than `limit` becomes a 502 after `limit` seconds. `scale` multiplies all waiting times.
    """

    response: float = 0.1
    alias: float = 0.03
    details: float = 0.25
    total: float = 0.35
    limit: float = 10.0
    scale: float = 1.0

    def seconds(self, operation: Operation) -> float:
        """Return the seconds that an operation takes, before `limit` and `scale` apply."""
        light = operation.aliases * self.alias + operation.details * self.details
        return self.response + light + operation.totals * self.total


Fault = Reply | FailedRepositories | Delivery | ProcessingTime


def not_found(*repos: str) -> FailedRepositories:
    """Report these repositories as not found."""
    message = "Could not resolve to a Repository with the name '{name}'."
    return FailedRepositories("NOT_FOUND", message, frozenset(map(name_key, repos)))


def saml(*repos: str) -> FailedRepositories:
    """Report that the organization of these repositories requires single sign-on."""
    message = (
        "Resource protected by organization SAML enforcement. "
        "You must grant your OAuth token access to this organization."
    )
    return FailedRepositories("FORBIDDEN", message, frozenset(map(name_key, repos)), extensions={"saml_failure": True})


def resource_limits(beyond: int) -> FailedRepositories:
    """Report that the query is too expensive, and omit everything after the first `beyond` aliases."""
    return FailedRepositories("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.", beyond=beyond)


def _json_reply(status: int, value: object, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value), headers=headers or {})


def insufficient_scopes(scope: str = "read:org") -> Reply:
    """Report that the token lacks a scope, without data and without a path."""
    message = (
        "Your token has not been granted the required scopes to execute this query. "
        f"The field requires one of the following scopes: ['{scope}']."
    )
    return _json_reply(200, {"errors": [{"type": "INSUFFICIENT_SCOPES", "message": message}]})


def ip_allow_list(organization: str = "example") -> Reply:
    """Refuse the whole request, as an organization with an IP allow list does."""
    message = (
        f"Although you appear to have the correct authorization credentials, the `{organization}` organization "
        "has an IP allow list enabled, and your IP address is not permitted to access this resource."
    )
    return _json_reply(403, {"message": message, "documentation_url": f"{_DOCS}/graphql"})


def primary_limit(kind: Literal["RATE_LIMITED", "RATE_LIMIT"] = "RATE_LIMITED", *, in_headers: bool = True) -> Reply:
    """Report that the hourly budget is used up; without `in_headers`, the headers do not show it."""
    error = {"type": kind, "message": "API rate limit exceeded for user ID 1."}
    return _json_reply(200, {"errors": [error]}, {"x-ratelimit-remaining": "0"} if in_headers else {})


def secondary_limit(
    status: Literal[200, 403, 429] = 403,
    *,
    retry_after: int | None = None,
    message: str = _LIMITED,
) -> Reply:
    """Report the secondary rate limit, in any of GitHub's three statuses, with or without `retry-after`.

    With an empty `message`, only the documentation URL shows that it is a rate limit.
    """
    headers = {"retry-after": str(retry_after)} if retry_after is not None else {}
    error = {
        "documentation_url": f"{_DOCS}/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
        "message": message or "Forbidden",
    }
    return _json_reply(status, {**error, "errors": [error]} if status == 200 else error, headers)  # noqa: PLR2004 - HTTP


def bad_gateway_json(status: Literal[200, 502, 504] = 502) -> Reply:
    """Return GitHub's message for a timeout, as JSON."""
    return _json_reply(status, {"data": None, "errors": [{"message": _WENT_WRONG}]})


def went_wrong() -> Reply:
    """Return the same message with status 200 and without an error type."""
    return bad_gateway_json(200)


def bad_gateway(status: Literal[502, 504] = 502) -> Reply:
    """Return the HTML page of GitHub's proxy for a timeout."""
    title = {502: "502 Bad Gateway", 504: "504 Gateway Time-out"}[status]
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>"
    return Reply(status, page, "text/html")


def html_page() -> Reply:
    """Return an HTML page with status 200 instead of JSON."""
    return Reply(200, "<!DOCTYPE html>\n<html><title>Unicorn!</title></html>", "text/html; charset=utf-8")


def data_null() -> Reply:
    """Return JSON with neither data nor errors."""
    return _json_reply(200, {"data": None})


def bad_credentials() -> Reply:
    """Report that the token is invalid."""
    return _json_reply(401, {"message": "Bad credentials", "documentation_url": f"{_DOCS}/rest", "status": "401"})


def version_refused(version: str = "2026-03-10") -> Reply:
    """Report that the server does not support an API version, as an old Enterprise server does."""
    message = f'"{version}" is not a supported version. Supported versions are: 2022-11-28.'
    return _json_reply(400, {"message": message, "documentation_url": f"{_DOCS}/rest/overview/api-versions"})


def not_offered() -> Reply:
    """Report that the endpoint does not exist, as an old Enterprise server does."""
    return _json_reply(404, {"message": "Not Found", "documentation_url": f"{_DOCS}/rest", "status": "404"})


def delayed(seconds: float) -> Delivery:
    """Send the response late."""
    return Delivery(delay=seconds)


def silent() -> Delivery:
    """Send the response after a day, longer than any client waits."""
    return Delivery(delay=86_400)


def slow_body(seconds: float) -> Delivery:
    """Send the body in parts, `seconds` apart."""
    return Delivery(drip=seconds)


def truncated(keep: float = 0.5) -> Delivery:
    """Send only the share `keep` of the body, with a content length that matches it."""
    return Delivery(keep=keep)


def reset(keep: float | None = None) -> Delivery:
    """Reset the connection, before the first byte or after the share `keep` of the body."""
    return Delivery(keep=keep, reset=True)


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
