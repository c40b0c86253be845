"""The one issue that startrack keeps: made once, edited where its text changes, closed when nothing is left.

It is found again by a hidden marker at the start of its text and by its author, so that an issue of somebody else is
never edited, and no second one is made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from startrack.github import authors, fields
from startrack.github.client import Client, Reply
from startrack.github.rest_replies import NotAllowed, is_same_text, message, understood

__all__ = ["Issue", "IssueText", "keep"]

_OK, _CREATED, _FORBIDDEN, _GONE, _INVALID = 200, 201, 403, 410, 422
_ROWS, _PAGES = 100, 10
_ABOUT = "an issue"
_COMPLETED, _DECLINED = "completed", frozenset({"not_planned", "duplicate"})


@dataclass(frozen=True, slots=True)
class IssueText:
    """What the issue of a repository (OWNER/NAME) says; `body` begins with `marker`, a comment on one line.

    `is_done` is whether nothing is left: the issue is then closed, and none is made.
    """

    repository: str
    marker: str
    title: str
    body: str
    is_done: bool = False


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, with the URL of its page."""

    number: int
    url: str
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class _StoredIssue:
    """What GitHub says of an issue; `reason` is why it was closed."""

    issue: Issue
    body: str
    author: str
    reason: str | None
    is_pull: bool


def keep(client: Client, text: IssueText) -> Issue | NotAllowed | None:
    """Make, edit, close or reopen the issue, as far as its text asks for it; return it, `None` if there is none.

    An issue that somebody closed is opened again when its text changes; one closed as not planned stays closed.
    Raises GitHubError for a response that cannot be used, and what `Client.get` raises.
    """
    stored = _find(client, text)
    if isinstance(stored, NotAllowed):
        return stored
    if stored is None:
        return None if text.is_done else _create(client, text)
    if text.is_done:
        return _change(client, text, stored, "closed") if stored.issue.is_open else stored.issue
    is_same = is_same_text(stored.body, text.body)
    if stored.issue.is_open:
        return stored.issue if is_same else _change(client, text, stored, "open")
    return stored.issue if is_same or stored.reason in _DECLINED else _change(client, text, stored, "open")


def _find(client: Client, text: IssueText) -> _StoredIssue | NotAllowed | None:
    """Return the issue with the marker that this token has written: one that is open, else the newest."""
    login = authors.of_token(client)
    newest = None
    for page in _pages(client, text.repository, login):
        if isinstance(page, NotAllowed):
            return page
        own_issues = [issue for issue in page if _is_own(issue, text.marker, login)]
        if current := next((issue for issue in own_issues if issue.issue.is_open), None):
            return current
        newest = newest or next(iter(own_issues), None)
    return newest


def _is_own(stored: _StoredIssue, marker: str, login: str) -> bool:
    is_author = authors.is_author(stored.author, login)
    return is_author and not stored.is_pull and stored.body.lstrip().startswith(marker)


def _pages(client: Client, repository: str, creator: str | None) -> Iterator[list[_StoredIssue] | NotAllowed]:
    """Yield the issues of an author, or of everybody, newest first, in pages."""
    author = {"creator": creator} if creator else {}
    for number in range(1, _PAGES + 1):
        query = {"state": "all", **author, "per_page": _ROWS, "page": number}
        reply = client.get(f"/repos/{repository}/issues?{urlencode(query)}")
        if reply.status == _INVALID and creator:  # GitHub cannot look for the issues of this account
            yield from _pages(client, repository, None)
            return
        if refused := _refusal(reply):
            yield refused
            return
        page = understood(reply, _OK, lambda issues: [_parse(issue) for issue in issues], _ABOUT)
        yield page
        if len(page) < _ROWS:
            return


def _create(client: Client, text: IssueText) -> Issue | NotAllowed:
    reply = client.write("POST", f"/repos/{text.repository}/issues", {"title": text.title, "body": text.body})
    return _refusal(reply) or understood(reply, _CREATED, _parse, _ABOUT).issue


def _change(client: Client, text: IssueText, stored: _StoredIssue, state: str) -> Issue | NotAllowed:
    """Edit the text of the issue and set its state; its title may have been changed by somebody, and stays."""
    body = {"body": text.body, "state": state} | ({"state_reason": _COMPLETED} if state == "closed" else {})
    reply = client.write("PATCH", f"/repos/{text.repository}/issues/{stored.issue.number}", body)
    return _refusal(reply) or understood(reply, _OK, _parse, _ABOUT).issue


def _refusal(reply: Reply) -> NotAllowed | None:
    if reply.status not in (_FORBIDDEN, _GONE):
        return None
    return NotAllowed(message(reply), is_disabled=reply.status == _GONE)


def _parse(issue: Mapping[str, Any]) -> _StoredIssue:
    is_open = issue["state"] == "open"
    return _StoredIssue(
        Issue(fields.parse_count(issue["number"], minimum=1), fields.parse_web_url(issue["html_url"]), is_open),
        body=str(issue["body"] or ""),
        author=authors.parse(issue["user"]),
        reason=str(issue.get("state_reason")),
        is_pull="pull_request" in issue,
    )
