"""The demo's issues: made, changed and listed by REST."""

import json
import re
from dataclasses import dataclass, field

from startrack.demo.access import Account
from startrack.demo.http import Request, Response, json_response

__all__ = ["Issues"]

_PATH = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)/issues(?:/(?P<number>\d+))?")
_DOCS = "https://docs.github.com/rest/issues/issues"
_READ_ONLY = "Resource not accessible by integration"
_DISABLED = "Issues has been disabled in this repository."

Issue = dict[str, object]


@dataclass(slots=True)
class Issues:
    """The issues of every repository, oldest first.

    `account` makes them by requests. `is_enabled` is the repository's setting, `may_write` the permission of the token.
    """

    account: Account
    is_enabled: bool = True
    may_write: bool = True
    by_repository: dict[str, list[Issue]] = field(default_factory=dict)

    def respond(self, request: Request) -> Response | None:
        """Return the response to a request about issues, or `None` for any other request."""
        match = _PATH.fullmatch(request.path)
        if match is None:
            return None
        return self._respond(request, match["name"], match["number"]) if self.is_enabled else _failure(410, _DISABLED)

    def _respond(self, request: Request, name: str, number: str | None) -> Response:
        issues = self.by_repository.setdefault(name, [])
        issue = next((issue for issue in issues if str(issue["number"]) == number), None)
        match request.method, issue:
            case "GET", None if number is None:
                return json_response(200, _found(request, issues))
            case (("POST" | "PATCH"), _) if not self.may_write:
                return _failure(403, _READ_ONLY)
            case "POST", None if number is None:
                return self._create(request, name)
            case "PATCH", dict():
                return _change(request, issue)
            case _:
                return _failure(404, "Not Found")

    def _create(self, request: Request, name: str) -> Response:
        given = json.loads(request.body)
        if not given.get("title"):
            return _failure(422, "Validation Failed")
        issue = self.add(name, given["title"], given.get("body"), self.account.login)
        return json_response(201, issue)

    def add(self, name: str, title: str, body: str | None, author: str) -> Issue:
        """Add an issue of some author to a repository, and return it."""
        issues = self.by_repository.setdefault(name, [])
        number = 1 + len(issues)
        issue: Issue = {
            "number": number,
            "html_url": f"https://github.com/{name}/issues/{number}",
            "state": "open",
            "state_reason": None,
            "title": title,
            "body": body,
            "user": {"login": author, "type": "Bot" if author.endswith("[bot]") else "User"},
        }
        issues.append(issue)
        return issue


def _found(request: Request, issues: list[Issue]) -> list[Issue]:
    """Return a page of the issues that a query asks for, newest first."""
    state, creator = request.query.get("state", "open"), request.query.get("creator")
    rows, page = int(request.query.get("per_page", "30")), int(request.query.get("page", "1"))
    wanted = [
        issue for issue in reversed(issues) if state in ("all", issue["state"]) and creator in (None, _author(issue))
    ]
    return wanted[rows * (page - 1) : rows * page]


def _author(issue: Issue) -> object:
    user = issue["user"]
    return user.get("login") if isinstance(user, dict) else None


def _change(request: Request, issue: Issue) -> Response:
    given = json.loads(request.body)
    issue.update({key: given[key] for key in ("title", "body", "state") if key in given})
    issue["state_reason"] = given.get("state_reason", "completed") if issue["state"] == "closed" else None
    return json_response(200, issue)


def _failure(status: int, message: str) -> Response:
    return json_response(status, {"message": message, "documentation_url": _DOCS, "status": str(status)})
