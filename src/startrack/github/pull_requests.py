"""The one pull request of a branch: it is made once, and updated after that."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from startrack.github import fields
from startrack.github.client import Client
from startrack.github.rest_replies import NotAllowed, message, understood

__all__ = ["NotAllowed", "Proposal", "PullRequest", "publish"]

_OK, _CREATED, _FORBIDDEN, _INVALID = 200, 201, 403, 422
_ROWS = 10
_ABOUT = "a pull request"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed: the branch `head` at a commit, to be merged into `base`, both in `repository` (OWNER/NAME)."""

    repository: str
    head: str
    base: str
    commit: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """An open pull request, with the URL of its page."""

    number: int
    url: str


@dataclass(frozen=True, slots=True)
class _Pull:
    """What GitHub says of a pull request; `commit` is the last one of its branch, as long as it was open."""

    pull: PullRequest
    is_open: bool
    commit: str
    title: str
    body: str


def publish(client: Client, proposal: Proposal) -> PullRequest | NotAllowed | None:
    """Make the pull request of a branch, or update the one that is open.

    Return `None` if it was closed for this very commit, so that what somebody has declined is not proposed again, or if
    there is nothing to merge. Raises GitHubError for any other response, and what `Client.get` raises.
    """
    pulls = _newest(client, proposal)
    if isinstance(pulls, NotAllowed):
        return pulls
    if current := next((pull for pull in pulls if pull.is_open), None):
        return _update(client, proposal, current)
    is_declined = any(pull.commit == proposal.commit for pull in pulls)
    return None if is_declined else _create(client, proposal)


def _newest(client: Client, proposal: Proposal) -> list[_Pull] | NotAllowed:
    """Return the newest pull requests of the branch, open or closed."""
    owner = proposal.repository.partition("/")[0]
    query = {"state": "all", "head": f"{owner}:{proposal.head}", "base": proposal.base, "per_page": _ROWS}
    reply = client.get(f"/repos/{proposal.repository}/pulls?{urlencode(query)}")
    if reply.status == _FORBIDDEN:
        return NotAllowed(message(reply))
    return understood(reply, _OK, lambda pulls: [_parse(pull) for pull in pulls], _ABOUT)


def _create(client: Client, proposal: Proposal) -> PullRequest | NotAllowed | None:
    body = {"title": proposal.title, "head": proposal.head, "base": proposal.base, "body": proposal.body}
    reply = client.write("POST", f"/repos/{proposal.repository}/pulls", body)
    if reply.status == _FORBIDDEN:
        return NotAllowed(message(reply))
    if reply.status == _INVALID and "No commits between" in reply.text:
        return None
    if reply.status == _INVALID:  # another run may just have made it
        pulls = _newest(client, proposal)
        if not isinstance(pulls, NotAllowed) and (made := next((pull for pull in pulls if pull.is_open), None)):
            return made.pull
    return understood(reply, _CREATED, _parse, _ABOUT).pull


def _update(client: Client, proposal: Proposal, current: _Pull) -> PullRequest | NotAllowed:
    if (current.title, current.body) == (proposal.title, proposal.body):
        return current.pull
    path = f"/repos/{proposal.repository}/pulls/{current.pull.number}"
    reply = client.write("PATCH", path, {"title": proposal.title, "body": proposal.body})
    return NotAllowed(message(reply)) if reply.status == _FORBIDDEN else understood(reply, _OK, _parse, _ABOUT).pull


def _parse(pull: Mapping[str, Any]) -> _Pull:
    head = fields.parse_object(pull["head"]) or {}
    return _Pull(
        PullRequest(fields.parse_count(pull["number"], minimum=1), fields.parse_web_url(pull["html_url"])),
        is_open=pull["state"] == "open",
        commit=str(head.get("sha")),
        title=str(pull["title"]),
        body=str(pull["body"] or ""),
    )
