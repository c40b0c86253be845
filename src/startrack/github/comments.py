"""The one comment that startrack keeps on a pull request: made once, and edited in place after that.

It is found again by a hidden marker at the start of its text and by its author, so that a comment of somebody else is
never edited, and no second one is made.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from startrack.github import authors, fields
from startrack.github.client import Client, Reply
from startrack.github.rest_replies import NotAllowed, is_same_text, message, understood

__all__ = ["Comment", "CommentText", "keep"]

_OK, _CREATED, _FORBIDDEN, _NOT_FOUND = 200, 201, 403, 404
_ROWS, _PAGES = 100, 20
_ABOUT = "a comment"


@dataclass(frozen=True, slots=True)
class CommentText:
    """What the comment on a pull request says; `body` begins with `marker`, a comment of HTML on one line.

    Where there is nothing to say, with `is_needed` false, a comment that is there is edited, and none is made.
    """

    repository: str
    number: int
    marker: str
    body: str
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, with the URL that shows it."""

    comment_id: int
    url: str


@dataclass(frozen=True, slots=True)
class _StoredComment:
    comment: Comment
    body: str
    author: str


def keep(client: Client, text: CommentText) -> Comment | NotAllowed | None:
    """Make the comment, or edit it where its text has changed; return it, `None` if there is none.

    Raises GitHubError for a response that cannot be used, and what `Client.get` raises.
    """
    comments: list[_StoredComment] = []
    for page in _pages(client, text):
        if isinstance(page, NotAllowed):
            return page
        comments += [comment for comment in page if comment.body.lstrip().startswith(text.marker)]
    stored = _own(client, comments)
    if stored is None:
        return _create(client, text) if text.is_needed else None
    if is_same_text(stored.body, text.body):
        return stored.comment
    return _change(client, text, stored.comment)


def _own(client: Client, comments: list[_StoredComment]) -> _StoredComment | None:
    """Return the oldest of these comments that this token has written, `None` without any."""
    if not comments:
        return None
    login = authors.of_token(client)
    return next((comment for comment in comments if authors.is_author(comment.author, login)), None)


def _pages(client: Client, text: CommentText) -> Iterator[list[_StoredComment] | NotAllowed]:
    """Yield the comments, oldest first, in pages."""
    for number in range(1, _PAGES + 1):
        query = urlencode({"per_page": _ROWS, "page": number})
        reply = client.get(f"/repos/{text.repository}/issues/{text.number}/comments?{query}")
        if refused := _refusal(reply):
            yield refused
            return
        page = understood(reply, _OK, lambda comments: [_parse(comment) for comment in comments], _ABOUT)
        yield page
        if len(page) < _ROWS:
            return


def _create(client: Client, text: CommentText) -> Comment | NotAllowed:
    path = f"/repos/{text.repository}/issues/{text.number}/comments"
    reply = client.write("POST", path, {"body": text.body})
    return _refusal(reply) or understood(reply, _CREATED, _parse, _ABOUT).comment


def _change(client: Client, text: CommentText, comment: Comment) -> Comment | NotAllowed:
    path = f"/repos/{text.repository}/issues/comments/{comment.comment_id}"
    reply = client.write("PATCH", path, {"body": text.body})
    return _refusal(reply) or understood(reply, _OK, _parse, _ABOUT).comment


def _refusal(reply: Reply) -> NotAllowed | None:
    """Return GitHub's refusal; it finds nothing where a token must not know of something."""
    return NotAllowed(message(reply)) if reply.status in (_FORBIDDEN, _NOT_FOUND) else None


def _parse(comment: Mapping[str, Any]) -> _StoredComment:
    return _StoredComment(
        Comment(fields.parse_repository_id(comment["id"]), fields.parse_web_url(comment["html_url"])),
        body=str(comment["body"] or ""),
        author=authors.parse(comment["user"]),
    )
