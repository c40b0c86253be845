"""GitHub's answers told apart in one place: what to read, what to wait for, what to split, what ends the run.

The shapes are those of GitHub's documentation of rate limits and of answers seen in production.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from startrack.errors import GitHubError, TokenError
from startrack.github import fields

__all__ = ["NOT_UNDERSTOOD", "Answer", "Limited", "UnansweredError", "figure", "limited", "read_graphql", "skew"]


_PRIMARY = frozenset({"RATE_LIMITED", "RATE_LIMIT"})
_SECONDARY = ("secondary rate limit", "#about-secondary-rate-limits", "#secondary-rate-limits", "abuse detection")
_LEAST_WAIT = 60.0
_LONGEST_FIGURE = 12
# GitHub began in 2008.
_FIRST_SECOND, _LAST_SECOND = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (2008, 2100))
_OK, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY = 200, 401, 403, 429


# Whatever shape an answer has instead of its own, reading it ends in one of these.
NOT_UNDERSTOOD = (AttributeError, IndexError, KeyError, OverflowError, RecursionError, TypeError, ValueError)


class UnansweredError(GitHubError):
    """One request got no whole answer: it was too heavy, slow, too large, or broke off. Others may be answered."""


@dataclass(frozen=True, slots=True)
class Limited:
    """A rate limit was met; `wait` is how many seconds GitHub wants to be left alone."""

    wait: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The data of a GraphQL answer, its errors by the alias (or place in `nodes`) they belong to, and its cost."""

    data: Mapping[str, Any]
    errors: Mapping[str, Mapping[str, Any]]
    points: int = 0


def skew(headers: Mapping[str, str], now: float) -> float | None:
    """Return by how many seconds GitHub's clock is ahead of the local one, `None` where the answer does not tell.

    Resets are told by GitHub's clock; `now` is the local one's, in seconds since 1970. A year in which there is no
    GitHub tells nothing.
    """
    try:
        date = parsedate_to_datetime(headers["date"])
        told = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (KeyError, ValueError, OverflowError):
        return None
    return told - now if _FIRST_SECOND <= told < _LAST_SECOND else None


def limited(status: int, headers: Mapping[str, str], body: str, now: float, attempt: int = 0) -> Limited | None:
    """Return how long to wait where the answer says that a limit was met, else `None`.

    GitHub's order: `retry-after`; else the reset, where nothing remains; else a minute, then twice that and on.
    `now` is GitHub's clock in seconds since 1970.
    """
    if not _is_limit(status, headers, body):
        return None
    if headers.get("retry-after"):
        wait = figure(headers, "retry-after")
        return Limited(_LEAST_WAIT if wait is None else wait)
    reset = figure(headers, "x-ratelimit-reset")
    if headers.get("x-ratelimit-remaining") == "0" and reset is not None:
        # GitHub resets on the second; one more keeps a skewed clock honest.
        return Limited(max(reset - now, 0.0) + 1.0)
    return Limited(_LEAST_WAIT * 2**attempt)


def figure(headers: Mapping[str, str], name: str) -> int | None:
    """Return the whole number in a header, `None` where it is none, or longer than calls and seconds ever are."""
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_FIGURE else None


def _is_limit(status: int, headers: Mapping[str, str], body: str) -> bool:
    if status not in (_OK, _FORBIDDEN, _TOO_MANY):
        return False
    text = body.lower()
    if status != _OK:
        spent = headers.get("x-ratelimit-remaining") == "0"
        return status == _TOO_MANY or spent or any(mark in text for mark in _SECONDARY)
    if '"errors"' not in text:
        return False
    return any(_error_is_limit(error) for error in _errors(body))


def _error_is_limit(error: Mapping[str, Any]) -> bool:
    return str(error.get("type")) in _PRIMARY or any(mark in str(error.get("message")).lower() for mark in _SECONDARY)


def _errors(body: str) -> list[Mapping[str, Any]]:
    try:
        found = fields.parse(body)
    except ValueError:
        return []
    errors = found.get("errors") if isinstance(found, dict) else None
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def read_graphql(status: int, content_type: str, body: str) -> Answer:
    """Return the answer to a GraphQL query.

    Raises TokenError where the token is refused or lacks a scope, UnansweredError where a smaller batch may
    pass, and GitHubError where the query itself is refused.
    """
    if status == _UNAUTHORIZED:
        raise TokenError("GitHub refused the token (bad credentials): make a new one and set GITHUB_TOKEN to it")
    if status != _OK or "json" not in content_type:
        raise UnansweredError(f"GitHub answered {status} ({content_type or 'no content type'})")
    try:
        found = fields.parse(body)
        errors = [error for error in found.get("errors") or [] if isinstance(error, dict)]
        _refuse(errors)
        data = found.get("data")
        if not isinstance(data, dict):
            raise UnansweredError(_message(errors) or "GitHub answered without data")
        answer = Answer(data, _by_place(errors))
        return replace(answer, points=_points(data))
    except NOT_UNDERSTOOD as error:
        raise UnansweredError("GitHub's answer was cut off, or is not understood") from error


def _points(data: Mapping[str, Any]) -> int:
    try:
        return fields.whole((fields.record(data.get("rateLimit")) or {}).get("cost", 0))
    except ValueError:  # what a query cost says nothing of its figures
        return 0


def _refuse(errors: Iterable[Mapping[str, Any]]) -> None:
    for error in errors:
        if error.get("type") == "INSUFFICIENT_SCOPES":
            raise TokenError(f"the token may not ask for this: {error.get('message')}; give it that scope")
        if "path" not in error and (error.get("extensions") or {}).get("code") == "undefinedField":
            raise GitHubError(f"this GitHub does not know a field startrack needs: {error.get('message')}")


def _message(errors: Iterable[Mapping[str, Any]]) -> str:
    return "; ".join(str(error.get("message", error.get("type", ""))) for error in errors)


def _by_place(errors: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Return the errors by alias, or by `nodes.N`; deeper path elements belong to the same repository."""
    places = {}
    for error in errors:
        path = [str(step) for step in error.get("path") or []]
        depth = 2 if path[:1] == ["nodes"] else 1
        if path:
            places[".".join(path[:depth])] = error
    return places
