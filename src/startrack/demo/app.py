"""One GitHub: who may ask, what it costs, what goes wrong, and which part of it answers."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime

from startrack.demo import faults
from startrack.demo.access import Apps, Budgets, BudgetState, Clock
from startrack.demo.fault_rules import FaultRules, MatchedFaults
from startrack.demo.faults import Delivery, FailedRepositories, Reply
from startrack.demo.graphql import GraphQLApi, Query
from startrack.demo.http import JSON, Operation, Request, Response, json_response
from startrack.demo.rest import RestApi
from startrack.demo.world import World

__all__ = ["VERSIONS", "DemoGitHub", "LoggedRequest"]


VERSIONS = ("2022-11-28", "2026-03-10")
"""The API versions that are supported."""

_DOCS = "https://docs.github.com/rest"
_CONNECTIONS_A_POINT = 100


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request in the log, and the status of what was meant to be answered.

    `repos` are the repositories asked for, `details` those with other connections, `totals` the commit totals;
    `token` is its last four letters.
    """

    method: str
    path: str
    status: int
    repos: tuple[str, ...]
    aliases: int
    details: int
    totals: int
    cost: int
    token: str | None


@dataclass(frozen=True, slots=True)
class _Request:
    """A GraphQL request, read: its query, its variables and what they ask for."""

    query: Query
    variables: Mapping[str, object]
    operation: Operation


class DemoGitHub:
    """The parts of a demo server that outlive a request."""

    def __init__(self, world: World, clock: Clock, limits: Mapping[str, int]) -> None:
        self.world = world
        self.clock = clock
        self.budgets = Budgets(limits, clock)
        self.apps = Apps(clock, self.budgets)
        self.faults = FaultRules()
        self.requests: list[LoggedRequest] = []
        self._engine = GraphQLApi(world, clock)
        self._rest = RestApi(world, clock)

    def answer(self, asked: Request) -> tuple[Response, tuple[Delivery, ...]]:
        """Return the answer to a request and how it is to be sent."""
        if asked.number is not None and (held := self.world.by_id(asked.number, self.clock.now())):
            asked = replace(asked, holder=held.name(self.clock.now()))
        read = self._read(asked) if asked.is_graphql else None
        operation = read.operation if read else Operation()
        struck = self.faults.strike(asked, operation)
        worked, overrun = _work(struck, operation)
        replies = (*struck.replies, *([faults.bad_gateway()] if overrun else []))
        answer, cost = self._faulty(asked, replies[0]) if replies else self._right(asked, read, struck.spoils)
        self._log(asked, operation, answer.status, cost)
        return self._dated(answer), (*worked, *struck.deliveries)

    def _read(self, asked: Request) -> _Request | None:
        """Read a GraphQL request; `None` where its body holds no query."""
        try:
            body = json.loads(asked.body)
        except ValueError:
            return None
        query = self._engine.query(body) if isinstance(body, dict) else None
        if query is None:
            return None
        given = body.get("variables")
        variables = given if isinstance(given, dict) else {}
        return _Request(query, variables, self._engine.operation(query, variables))

    def _faulty(self, asked: Request, reply: Reply) -> tuple[Response, int]:
        standing = self._standing(asked)
        headers = {"content-type": reply.content_type, **standing.headers(), **reply.headers}
        return Response(reply.status, reply.body.encode(), headers), 0

    def _right(
        self, asked: Request, read: _Request | None, spoils: tuple[FailedRepositories, ...]
    ) -> tuple[Response, int]:
        if granted := self.apps.answer(asked):
            return granted, 0
        refused = self._refused(asked)
        if refused:
            return refused, 0
        if asked.path == "/rate_limit":
            return self._rate_limit(asked), 0
        standing = self._standing(asked)
        if not standing.remaining:
            return _spent(asked, standing), 0
        return self._graphql(asked, read, spoils) if asked.is_graphql else self._rest_answer(asked)

    def _refused(self, asked: Request) -> Response | None:
        """Return the refusal of a request that is not even looked at."""
        version = asked.headers.get("x-github-api-version", VERSIONS[0])
        if not asked.headers.get("user-agent"):
            text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header."
            return Response(403, text.encode(), {"content-type": "text/html"})
        if version not in VERSIONS:
            return Response(400, faults.version_refused(version).body.encode(), {"content-type": JSON})
        if asked.is_graphql and asked.token is None:
            message = "This endpoint requires you to be authenticated."
            return json_response(401, {"message": message, "documentation_url": _DOCS, "status": "401"})
        if asked.token is not None and not self.budgets.knows(asked.token):
            return Response(401, faults.bad_credentials().body.encode(), {"content-type": JSON})
        return None

    def _graphql(
        self, asked: Request, read: _Request | None, spoils: tuple[FailedRepositories, ...]
    ) -> tuple[Response, int]:
        if asked.method != "POST":
            return json_response(404, {"message": "Not Found", "documentation_url": _DOCS}), 0
        if read is None:
            return json_response(400, {"message": "Problems parsing JSON", "documentation_url": _DOCS}), 0
        cost = max(1, round(read.operation.paged / _CONNECTIONS_A_POINT))
        standing = self.budgets.spend(_who(asked), "graphql", cost)
        body = self._engine.execute(read.query, read.variables, standing, cost)
        for spoil in spoils:
            _spoil(body, spoil, read.operation)
        return json_response(200, body, standing.headers()), cost

    def _rest_answer(self, asked: Request) -> tuple[Response, int]:
        answer = self._rest.answer(asked)
        tag = _tag(answer) if answer.status == 200 else None  # noqa: PLR2004 - HTTP
        headers = {**answer.headers, **({"etag": tag} if tag else {})}
        if tag and asked.headers.get("if-none-match") == tag:
            return Response(304, b"", {"etag": tag, **self._standing(asked).headers()}), 0
        standing = self.budgets.spend(_who(asked), self._resource(asked))
        return replace(answer, headers={**headers, **standing.headers()}), 1

    def _rate_limit(self, asked: Request) -> Response:
        figures = {each: self.budgets.standing(_who(asked), each).figures() for each in ("core", "graphql")}
        headers = self.budgets.standing(_who(asked), "core").headers()
        return json_response(200, {"resources": figures, "rate": figures["core"]}, headers)

    def _standing(self, asked: Request) -> BudgetState:
        return self.budgets.standing(_who(asked), self._resource(asked))

    def _resource(self, asked: Request) -> str:
        """Return the budget that a request is taken from."""
        if asked.is_graphql:
            return "graphql"
        is_apart = self.budgets.history is not None and asked.path.endswith("/stargazers/history")
        return "history" if is_apart else "core"

    def _log(self, asked: Request, operation: Operation, status: int, cost: int) -> None:
        repos = asked.names or tuple(name for _, name in operation.repos)
        token = asked.token[-4:] if asked.token else None
        work = operation.aliases, operation.details, operation.totals
        self.requests.append(LoggedRequest(asked.method, asked.path, status, repos, *work, cost, token))

    def _dated(self, answer: Response) -> Response:
        now = self.clock.now().replace(tzinfo=UTC)
        headers = {"date": format_datetime(now, usegmt=True), "x-github-request-id": "DEMO:1:2:3"}
        return replace(answer, headers={**headers, **answer.headers})


def _who(asked: Request) -> str:
    """Return whose budget a request is taken from: the token's, or the address's."""
    return asked.token or asked.address


def _work(struck: MatchedFaults, operation: Operation) -> tuple[tuple[Delivery, ...], bool]:
    """Return the waiting that an answer's work makes, and whether it is cut off."""
    waits = tuple(Delivery(delay=min(each.seconds(operation), each.limit) * each.scale) for each in struck.work)
    return waits, any(each.seconds(operation) > each.limit for each in struck.work)


def _spent(asked: Request, standing: BudgetState) -> Response:
    """Return what GitHub says when the hour's budget is spent."""
    if asked.is_graphql:
        body = json.loads(faults.primary_limit().body)
        return json_response(200, body, standing.headers())
    message = f"API rate limit exceeded for {asked.address}."
    return json_response(403, {"message": message, "documentation_url": _DOCS}, standing.headers())


def _tag(answer: Response) -> str:
    return f'W/"{hashlib.sha256(answer.body).hexdigest()}"'


def _spoil(body: dict[str, object], spoil: FailedRepositories, operation: Operation) -> None:
    """Take repositories out of the data of an answer and say why in its errors."""
    data, errors = body.get("data"), list(_errors(body))
    for alias, name in spoil.takes(operation):
        if isinstance(data, dict):
            path = _lose(data, alias)
            errors.append(_error(spoil, path, name))
    if errors:
        body["errors"] = errors


def _errors(body: Mapping[str, object]) -> list[object]:
    errors = body.get("errors", [])
    return errors if isinstance(errors, list) else []


def _lose(data: dict[str, object], alias: str) -> list[str | int]:
    """Put null in place of a repository and return the path to it."""
    root, _, place = alias.partition(".")
    found = data.get(root)
    if place and isinstance(found, list):
        found[int(place)] = None
        return [root, int(place)]
    data[root] = None
    return [root]


def _error(spoil: FailedRepositories, path: list[str | int], name: str) -> dict[str, object]:
    extensions = {"extensions": dict(spoil.extensions)} if spoil.extensions else {}
    message = spoil.message.replace("{name}", name)
    places = [{"line": 1, "column": 1}]
    return {"type": spoil.kind, **extensions, "path": path, "locations": places, "message": message}
