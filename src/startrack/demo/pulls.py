"""The demo's pull requests: made, changed and listed by REST; the branches they name need not exist."""

import json
import re
from dataclasses import dataclass, field

from startrack.demo.http import Request, Response, json_response

__all__ = ["PullRequests"]

_PATH = re.compile(r"/repos/(?P<name>[^/]+/[^/]+)/pulls(?:/(?P<number>\d+))?")
_DOCS = "https://docs.github.com/rest/pulls/pulls"
_NOT_PERMITTED = "GitHub Actions is not permitted to create or approve pull requests."
_DIFF = "application/vnd.github.diff"
_MAX_LINES = 20_000
_READ_ONLY = "Resource not accessible by integration"

Pull = dict[str, object]


@dataclass(slots=True)
class PullRequests:
    """The pull requests of every repository, oldest first.

    `is_permitted` is the repository's setting that lets Actions create them, `may_write` the permission of the token.
    `diffs` are the diffs of pull requests, by repository and number; they need no entry of their own.
    `heads` are the commits that the branches are at, by name; a new pull request has that of its branch.
    """

    is_permitted: bool = True
    may_write: bool = True
    by_repository: dict[str, list[Pull]] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)
    diffs: dict[tuple[str, int], bytes] = field(default_factory=dict)

    def respond(self, request: Request) -> Response | None:
        """Return the response to a request about pull requests, or `None` for any other request."""
        match = _PATH.fullmatch(request.path)
        if match is None:
            return None
        pulls = self.by_repository.setdefault(match["name"], [])
        match request.method, match["number"]:
            case "GET", None:
                return json_response(200, self._found(request, pulls))
            case "POST", None:
                return self._create(request, match["name"], pulls)
            case "GET", str(number) if request.headers.get("accept") == _DIFF:
                return self._diff(match["name"], int(number))
            case "PATCH", str(number):
                return self._change(request, next((pull for pull in pulls if pull["number"] == int(number)), None))
            case _:
                return _failure(404, "Not Found")

    def _diff(self, name: str, number: int) -> Response:
        diff = self.diffs.get((name, number))
        if diff is None:
            return _failure(404, "Not Found")
        if diff.count(b"\n") > _MAX_LINES:
            return _failure(406, f"Sorry, the diff exceeded the maximum number of lines ({_MAX_LINES})")
        return Response(200, diff, {"content-type": f"{_DIFF}; charset=utf-8"})

    def _found(self, request: Request, pulls: list[Pull]) -> list[Pull]:
        """Return the pull requests that a query asks for, newest first."""
        state = request.query.get("state", "open")
        wanted = [
            pull
            for pull in reversed(pulls)
            if state in ("all", pull["state"])
            and request.query.get("head", _label(pull, "head")) == _label(pull, "head")
            and request.query.get("base", _ref(pull, "base")) == _ref(pull, "base")
        ]
        return wanted[: int(request.query.get("per_page", "30"))]

    def _create(self, request: Request, name: str, pulls: list[Pull]) -> Response:
        if not self.may_write:
            return _failure(403, _READ_ONLY)
        if not self.is_permitted:
            return _failure(403, _NOT_PERMITTED)
        given = json.loads(request.body)
        if missing := [key for key in ("title", "head", "base") if not given.get(key)]:
            return _failure(422, "Validation Failed", f"missing: {', '.join(missing)}")
        owner, number = name.partition("/")[0], 1 + len(pulls)
        head, base = given["head"], given["base"]
        if any(pull["state"] == "open" and _label(pull, "head") == f"{owner}:{head}" for pull in pulls):
            return _failure(422, "Validation Failed", f"A pull request already exists for {owner}:{head}.")
        pull: Pull = {
            "number": number,
            "html_url": f"https://github.com/{name}/pull/{number}",
            "state": "open",
            "title": given["title"],
            "body": given.get("body"),
            "head": {"label": f"{owner}:{head}", "ref": head, "sha": self.heads.get(head, "")},
            "base": {"label": f"{owner}:{base}", "ref": base},
        }
        pulls.append(pull)
        return json_response(201, pull)

    def _change(self, request: Request, pull: Pull | None) -> Response:
        if pull is None:
            return _failure(404, "Not Found")
        if not self.may_write:
            return _failure(403, _READ_ONLY)
        given = json.loads(request.body)
        pull.update({key: given[key] for key in ("title", "body", "state") if key in given})
        return json_response(200, pull)


def _label(pull: Pull, side: str) -> object:
    branch = pull[side]
    return branch.get("label") if isinstance(branch, dict) else None


def _ref(pull: Pull, side: str) -> object:
    branch = pull[side]
    return branch.get("ref") if isinstance(branch, dict) else None


def _failure(status: int, message: str, *details: str) -> Response:
    errors = {"errors": [{"resource": "PullRequest", "message": detail} for detail in details]} if details else {}
    return json_response(status, {"message": message, "documentation_url": _DOCS, "status": str(status), **errors})
