"""The demo's comments on issues and pull requests: listed, made and changed by REST."""

import json
import re
from dataclasses import dataclass, field

from startrack.demo.access import Account
from startrack.demo.http import Request, Response, json_response

__all__ = ["Comments"]

_ALL = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)/issues/(?P<number>\d+)/comments")
_ONE = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)/issues/comments/(?P<id>\d+)")
_DOCS = "https://docs.github.com/rest/issues/comments"
_READ_ONLY = "Resource not accessible by integration"
_MAX_BODY = 65_536
_MAX_ROWS = 100

Comment = dict[str, object]


@dataclass(slots=True)
class Comments:
    """The comments of every issue, oldest first, by its repository and number.

    `account` writes them by requests, and `may_write` is the permission of the token.
    """

    account: Account
    may_write: bool = True
    by_issue: dict[tuple[str, int], list[Comment]] = field(default_factory=dict)

    def respond(self, request: Request) -> Response | None:
        """Return the response to a request about comments, or `None` for any other request."""
        if every := _ALL.fullmatch(request.path):
            return self._of_issue(request, every["name"], int(every["number"]))
        if one := _ONE.fullmatch(request.path):
            return self._change(request, int(one["id"]))
        return None

    def add(self, name: str, number: int, body: str, author: str) -> Comment:
        """Add a comment of some author to an issue, and return it."""
        number_before = sum(map(len, self.by_issue.values()))
        comment: Comment = {
            "id": 1_000 + number_before,
            "html_url": f"https://github.com/{name}/pull/{number}#issuecomment-{1_000 + number_before}",
            "body": body,
            "user": {"login": author, "type": "Bot" if author.endswith("[bot]") else "User"},
        }
        self.by_issue.setdefault((name, number), []).append(comment)
        return comment

    def _of_issue(self, request: Request, name: str, number: int) -> Response:
        if request.method == "GET":
            rows = min(int(request.query.get("per_page", "30")), _MAX_ROWS)
            start = rows * (int(request.query.get("page", "1")) - 1)
            return json_response(200, self.by_issue.get((name, number), [])[start : start + rows])
        body = _body(request)
        if refusal := self._refusal(body):
            return refusal
        return json_response(201, self.add(name, number, body, self.account.login))

    def _change(self, request: Request, id_: int) -> Response:
        every = (comment for comments in self.by_issue.values() for comment in comments)
        comment = next((comment for comment in every if comment["id"] == id_), None)
        if comment is None or request.method != "PATCH":
            return _failure(404, "Not Found")
        body = _body(request)
        if refusal := self._refusal(body):
            return refusal
        comment["body"] = body
        return json_response(200, comment)

    def _refusal(self, body: str) -> Response | None:
        if not self.may_write:
            return _failure(403, _READ_ONLY)
        return None if 0 < len(body) <= _MAX_BODY else _failure(422, "Validation Failed")


def _body(request: Request) -> str:
    return str(json.loads(request.body).get("body", ""))


def _failure(status: int, message: str) -> Response:
    return json_response(status, {"message": message, "documentation_url": _DOCS, "status": str(status)})
