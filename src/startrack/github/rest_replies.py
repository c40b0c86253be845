"""Responses of the REST API to requests about pull requests and issues: understood, refused, or an error."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from startrack.errors import GitHubError
from startrack.github import fields
from startrack.github.client import Reply
from startrack.github.responses import NOT_UNDERSTOOD

__all__ = ["NotAllowed", "is_same_text", "message", "understood"]

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class NotAllowed:
    """GitHub does not let this token do it, or the repository has it disabled; `detail` is what GitHub says."""

    detail: str
    is_disabled: bool = False


def understood(reply: Reply, expected: int, parse: Callable[[Any], Result], about: str) -> Result:
    """Return what a response says. Raises GitHubError for another status, and if it cannot be read.

    `about` is what was asked about, for the error: "a pull request".
    """
    if reply.status != expected:
        raise _error(reply, about)
    try:
        return parse(fields.parse_json(reply.text))
    except NOT_UNDERSTOOD as error:
        raise _error(reply, about) from error


def _error(reply: Reply, about: str) -> GitHubError:
    return GitHubError(
        f"GitHub's response to a request about {about} cannot be used (status {reply.status}): "
        f"{message(reply) or 'no message'}; try again later"
    )


def message(reply: Reply) -> str:
    """Return what GitHub says, with the messages of its list of errors."""
    try:
        answer = fields.parse_json(reply.text)
        errors = answer.get("errors") or []
        messages = (answer.get("message"), *(error.get("message") for error in errors if isinstance(error, dict)))
        return " ".join(line for text in messages if (line := fields.parse_line(text)))
    except NOT_UNDERSTOOD:
        return ""


def is_same_text(one: str, other: str) -> bool:
    """Return whether two texts have the same lines: an edit on GitHub's page turns every line end into CR LF."""
    return one.strip().splitlines() == other.strip().splitlines()
