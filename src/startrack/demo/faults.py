"""The kinds of trouble a server can make, and every one that GitHub is known for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from startrack.demo.http import JSON, Operation
from startrack.model.repository import name_key

__all__ = [
    "Delivery",
    "FailedRepositories",
    "Fault",
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
    """An answer given in place of the right one."""

    status: int
    body: str
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class FailedRepositories:
    """An error in place of some repositories of a GraphQL answer; the others are answered.

    Those are meant that are asked for by one of `repos`, or that stand behind the first `beyond` aliases.
    """

    kind: str
    message: str
    repos: frozenset[str] = frozenset()
    beyond: int | None = None
    extensions: Mapping[str, object] = field(default_factory=dict, hash=False)

    def takes(self, operation: Operation) -> list[tuple[str, str]]:
        """Return the aliases that are lost, each with the OWNER/NAME asked for."""
        late = operation.repos[self.beyond :] if self.beyond is not None else ()
        named = [each for each in operation.repos if name_key(each[1]) in self.repos]
        return [*late, *named]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How an answer is sent: after `delay` seconds, only `keep` of it (0 to 1), `drip` seconds between pieces.

    With `reset` the connection is reset, before the first byte or, with `keep`, in the middle.
    """

    delay: float = 0
    drip: float = 0
    keep: float | None = None
    reset: bool = False


@dataclass(frozen=True, slots=True)
class ProcessingTime:
    """Seconds that answers take: each, and for each alias, each repository with connections, each commit total.

    What would take more than `limit` is cut there and answered by 502. `scale` shortens all waiting.
    """

    answer: float = 0.1
    alias: float = 0.03
    details: float = 0.25
    total: float = 0.35
    limit: float = 10.0
    scale: float = 1.0

    def seconds(self, operation: Operation) -> float:
        """Return the seconds an operation takes, before `limit` and `scale`."""
        light = operation.aliases * self.alias + operation.details * self.details
        return self.answer + light + operation.totals * self.total


Fault = Reply | FailedRepositories | Delivery | ProcessingTime


# ── Repositories that are lost from an answer ────────────────────────────────────────────────────────────


def not_found(*repos: str) -> FailedRepositories:
    """Answer these repositories as missing."""
    message = "Could not resolve to a Repository with the name '{name}'."
    return FailedRepositories("NOT_FOUND", message, frozenset(map(name_key, repos)))


def saml(*repos: str) -> FailedRepositories:
    """Answer these repositories as those of an organisation that asks for single sign-on."""
    message = (
        "Resource protected by organization SAML enforcement. "
        "You must grant your OAuth token access to this organization."
    )
    return FailedRepositories("FORBIDDEN", message, frozenset(map(name_key, repos)), extensions={"saml_failure": True})


def resource_limits(beyond: int) -> FailedRepositories:
    """Find the query too much, and leave out what stands behind the first `beyond` aliases."""
    return FailedRepositories("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.", beyond=beyond)


# ── Answers to the whole request ─────────────────────────────────────────────────────────────────────────


def _refused(status: int, value: object, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value), headers=headers or {})


def insufficient_scopes(scope: str = "read:org") -> Reply:
    """Say that the token lacks a scope, with no data and no path."""
    message = (
        "Your token has not been granted the required scopes to execute this query. "
        f"The field requires one of the following scopes: ['{scope}']."
    )
    return _refused(200, {"errors": [{"type": "INSUFFICIENT_SCOPES", "message": message}]})


def ip_allow_list(organisation: str = "example") -> Reply:
    """Refuse the whole request, as an organisation does that lets in certain addresses only."""
    message = (
        f"Although you appear to have the correct authorization credentials, the `{organisation}` organization "
        "has an IP allow list enabled, and your IP address is not permitted to access this resource."
    )
    return _refused(403, {"message": message, "documentation_url": f"{_DOCS}/graphql"})


def primary_limit(kind: Literal["RATE_LIMITED", "RATE_LIMIT"] = "RATE_LIMITED", *, told: bool = True) -> Reply:
    """Say that the hour's points are spent; without `told`, the headers do not."""
    error = {"type": kind, "message": "API rate limit exceeded for user ID 1."}
    return _refused(200, {"errors": [error]}, {"x-ratelimit-remaining": "0"} if told else {})


def secondary_limit(
    status: Literal[200, 403, 429] = 403,
    *,
    retry_after: int | None = None,
    message: str = _LIMITED,
) -> Reply:
    """Say that it was too much at once, in any of the three statuses, with or without `retry-after`.

    With an empty `message` only the documentation's address tells what it is.
    """
    headers = {"retry-after": str(retry_after)} if retry_after is not None else {}
    said = {
        "documentation_url": f"{_DOCS}/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits",
        "message": message or "Forbidden",
    }
    return _refused(status, {**said, "errors": [said]} if status == 200 else said, headers)  # noqa: PLR2004 - HTTP


def bad_gateway_json(status: Literal[200, 502, 504] = 502) -> Reply:
    """Give GitHub's own words for a timeout, as JSON."""
    return _refused(status, {"data": None, "errors": [{"message": _WENT_WRONG}]})


def went_wrong() -> Reply:
    """Give the same words with status 200 and no type."""
    return bad_gateway_json(200)


def bad_gateway(status: Literal[502, 504] = 502) -> Reply:
    """Give the proxy's page for a timeout."""
    title = {502: "502 Bad Gateway", 504: "504 Gateway Time-out"}[status]
    page = f"<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<h1>{title}</h1>\r\n</body>\r\n</html>"
    return Reply(status, page, "text/html")


def html_page() -> Reply:
    """Give a page with status 200 where JSON was due."""
    return Reply(200, "<!DOCTYPE html>\n<html><title>Unicorn!</title></html>", "text/html; charset=utf-8")


def data_null() -> Reply:
    """Give JSON with no data and no errors."""
    return _refused(200, {"data": None})


def bad_credentials() -> Reply:
    """Say that the token is no good."""
    return _refused(401, {"message": "Bad credentials", "documentation_url": f"{_DOCS}/rest", "status": "401"})


def version_refused(version: str = "2026-03-10") -> Reply:
    """Refuse an API version that the server is too old for."""
    message = f'"{version}" is not a supported version. Supported versions are: 2022-11-28.'
    return _refused(400, {"message": message, "documentation_url": f"{_DOCS}/rest/overview/api-versions"})


def not_offered() -> Reply:
    """Have no such endpoint, as an Enterprise server that is older than it."""
    return _refused(404, {"message": "Not Found", "documentation_url": f"{_DOCS}/rest", "status": "404"})


# ── How an answer is sent ────────────────────────────────────────────────────────────────────────────────


def delayed(seconds: float) -> Delivery:
    """Answer late."""
    return Delivery(delay=seconds)


def silent() -> Delivery:
    """Never answer, as far as anybody waits."""
    return Delivery(delay=86_400)


def slow_body(seconds: float) -> Delivery:
    """Send the body in pieces, `seconds` apart."""
    return Delivery(drip=seconds)


def truncated(keep: float = 0.5) -> Delivery:
    """End the body early, with a stated length that says it is whole."""
    return Delivery(keep=keep)


def reset(keep: float | None = None) -> Delivery:
    """Reset the connection, before the first byte or after `keep` of the body."""
    return Delivery(keep=keep, reset=True)
