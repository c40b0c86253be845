"""Classifies GitHub's responses in one place: what can be read, waited for, or split, and what ends the run.

The formats are those of GitHub's documentation of rate limits and of responses seen in production.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from startrack.errors import GitHubError, TokenError
from startrack.github import fields

__all__ = [
    "NOT_UNDERSTOOD",
    "Answer",
    "RateLimit",
    "UnansweredError",
    "clock_skew",
    "parse_graphql",
    "parse_number_header",
    "rate_limit",
]


_PRIMARY = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
_SECONDARY = ("secondary rate limit", "#about-secondary-rate-limits", "#secondary-rate-limits", "abuse detection")
_MIN_WAIT = 60.0
_MAX_DIGITS = 12
# GitHub began in 2008.
_FIRST_SECOND, _LAST_SECOND = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2008, 2100))
_OK, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY = 200, 401, 403, 429


# Reading a response of an unexpected shape raises one of these.
NOT_UNDERSTOOD = (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


class UnansweredError(GitHubError):
    """One request got no usable response: it was too heavy, slow, large or incomplete. Others may succeed."""


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A rate limit was reached; `wait` is how many seconds GitHub asks to wait."""

    wait: float


@dataclass(frozen=True, slots=True)
class Answer:
    """A GraphQL answer: its data, its errors by the alias (or index in `nodes`) they belong to, and its cost."""

    data: Mapping[str, Any]
    errors: Mapping[str, Mapping[str, Any]]
    points: int = 0


def clock_skew(headers: Mapping[str, str], now: float) -> float | None:
    """Return by how many seconds GitHub's clock is ahead of this machine's, `None` without a usable `Date` header.

    GitHub gives resets by its own clock; `now` is this machine's time in seconds since 1970. A date before GitHub
    began, or after 2099, is ignored.
    """
    try:
        date = parsedate_to_datetime(headers["date"])
        github_time = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
    return github_time - now if _FIRST_SECOND <= github_time < _LAST_SECOND else None


def rate_limit(
    status: int,
    headers: Mapping[str, str],
    body: str,
    now: float,
    attempt: int = 0,
) -> RateLimit | None:
    """Return how long to wait if the response says that a rate limit was reached, else `None`.

    GitHub's order: `retry-after`; else the reset, if nothing remains; else a minute, doubled with each attempt.
    `now` is GitHub's time in seconds since 1970.
    """
    if not _is_rate_limited(status, headers, body):
        return None
    if headers.get("retry-after"):
        wait = parse_number_header(headers, "retry-after")
        return RateLimit(_MIN_WAIT if wait is None else wait)
    reset = parse_number_header(headers, "x-ratelimit-reset")
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        # GitHub resets on the second; one second more allows for a small clock difference.
        return RateLimit(max(reset - now, 0.0) + 1.0)
    return RateLimit(_MIN_WAIT * 2**attempt)


def parse_number_header(headers: Mapping[str, str], name: str) -> int | None:
    """Return the whole number in a header, `None` if there is none or it has more than 12 digits."""
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None


def _is_rate_limited(status: int, headers: Mapping[str, str], body: str) -> bool:
    if status not in (_OK, _FORBIDDEN, _TOO_MANY):
        return False
    text = body.lower()
    if status != _OK:
        is_spent = headers.get("x-ratelimit-remaining") == "0"
        return status == _TOO_MANY or is_spent or any(mark in text for mark in _SECONDARY)
    if '"errors"' not in text:
        return False
    return any(_is_rate_limit_error(error) for error in _errors(body))


def _is_rate_limit_error(error: Mapping[str, Any]) -> bool:
    return str(error.get("type")) in _PRIMARY or any(mark in str(error.get("message")).lower() for mark in _SECONDARY)


def _errors(body: str) -> list[Mapping[str, Any]]:
    try:
        answer = fields.parse_json(body)
    except ValueError:
        return []
    errors = answer.get("errors") if isinstance(answer, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def parse_graphql(status: int, content_type: str, body: str) -> Answer:
    """Return the answer to a GraphQL query.

    Raises TokenError if the token is refused or lacks a scope, UnansweredError if a smaller batch may succeed, and
    GitHubError if the query itself is refused.
    """
    if status == _UNAUTHORIZED:
        raise TokenError("GitHub refused the token (bad credentials); create a new one and set GITHUB_TOKEN")
    if status != _OK or "json" not in content_type:
        raise UnansweredError(f"GitHub returned status {status} ({content_type or 'no content type'})")
    try:
        answer = fields.parse_json(body)
        errors = [error for error in answer.get("errors") or [] if isinstance(error, dict)]
        _raise_fatal(errors)
        data = answer.get("data")
        if not isinstance(data, dict):
            raise UnansweredError(_join_messages(errors) or "GitHub answered without data")
        return replace(Answer(data, _errors_by_alias(errors)), points=_points(data))
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's response was cut off or could not be read") from error


def _points(data: Mapping[str, Any]) -> int:
    try:
        return fields.parse_count((fields.parse_object(data.get("rateLimit")) or {}).get("cost", 0))
    except ValueError:  # an invalid cost does not make the figures invalid
        return 0


def _raise_fatal(errors: Iterable[Mapping[str, Any]]) -> None:
    """Raise TokenError or GitHubError for an error that no smaller batch can avoid."""
    for error in errors:
        if error.get("type") == "INSUFFICIENT_SCOPES":
            raise TokenError(f"the token lacks a scope: {error.get('message')}; add it to the token")
        if "path" not in error and (error.get("extensions") or {}).get("code") == "undefinedField":
            raise GitHubError(
                f"this GitHub server lacks a field that startrack needs: {error.get('message')}; update the server",
            )


def _join_messages(errors: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(str(error.get("message", error.get("type", ""))) for error in errors)


def _errors_by_alias(errors: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the errors by alias, or by `nodes.N`; deeper path elements belong to the same repository."""
    by_alias = {}
    for error in errors:
        path = [str(step) for step in error.get("path") or []]
        depth = 2 if path[:1] == ["nodes"] else 1
        if path:
            by_alias[".".join(path[:depth])] = error
    return by_alias
