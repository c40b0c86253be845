"""The demo's GitHub without a network: it checks access and budgets, applies faults, and calls GraphQL or REST."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from email.utils import format_datetime

from startrack.demo import faults
from startrack.demo.access import Account, Apps, Budgets, BudgetState, Clock
from startrack.demo.comments import Comments
from startrack.demo.faults import Delivery, FailedRepositories, FaultRules, MatchedFaults, Reply
from startrack.demo.graphql import GraphQLApi, Query
from startrack.demo.http import JSON, Operation, Request, Response, json_response
from startrack.demo.issues import Issues
from startrack.demo.pulls import PullRequests
from startrack.demo.rest import RestApi
from startrack.demo.world import World

__all__ = ["VERSIONS", "DemoGitHub", "LoggedRequest"]


VERSIONS = ("2022-11-28", "2026-03-10")
"""The supported API versions."""

_DOCS = "https://docs.github.com/rest"
_CONNECTIONS_PER_POINT = 100


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request in the log, with the status of the response before delivery faults.

    `repos` are the repositories asked for, `details` is the number of them with further connections, and `totals` the
    number of commit totals. `token` is the last four letters of the token.
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
class _GraphQLRequest:
    """A parsed GraphQL request: its query, its variables and what they ask for."""

    query: Query
    variables: Mapping[str, object]
    operation: Operation


class DemoGitHub:
    """The demo's GitHub: a world, a clock, budgets, apps, fault rules and the log of requests."""

    def __init__(self, world: World, clock: Clock, limits: Mapping[str, int]) -> None:
        self.world = world
        self.clock = clock
        self.budgets = Budgets(limits, clock)
        self.apps = Apps(clock, self.budgets)
        self.pulls = PullRequests()
        self.account = Account()
        self.issues = Issues(self.account)
        self.comments = Comments(self.account)
        self.faults = FaultRules()
        self.requests: list[LoggedRequest] = []
        self._graphql_api = GraphQLApi(world, clock, self.account)
        self._rest_api = RestApi(world, clock)

    def respond(self, request: Request) -> tuple[Response, tuple[Delivery, ...]]:
        """Return the response to a request and how it is to be sent."""
        now = self.clock.now()
        if request.repository_id is not None and (repository := self.world.by_id(request.repository_id, now)):
            request = replace(request, repository_name=repository.name(now))
        parsed = self._parse_graphql(request) if request.is_graphql else None
        operation = parsed.operation if parsed else Operation()
        matched = self.faults.match(request, operation)
        delays, is_timeout = _processing_delays(matched, operation)
        replies = (*matched.replies, *([faults.bad_gateway()] if is_timeout else []))
        if replies:
            response, cost = self._faulty_response(request, replies[0]), 0
        else:
            response, cost = self._correct_response(request, parsed, matched.failed_repositories)
        self._log(request, operation, response.status, cost)
        return self._add_date(response), (*delays, *matched.deliveries)

    def _parse_graphql(self, request: Request) -> _GraphQLRequest | None:
        """Parse a GraphQL request; return `None` if its body has no query."""
        try:
            body = json.loads(request.body)
        except ValueError:
            return None
        query = self._graphql_api.query(body) if isinstance(body, dict) else None
        if query is None:
            return None
        body_variables = body.get("variables")
        variables = body_variables if isinstance(body_variables, dict) else {}
        return _GraphQLRequest(query, variables, self._graphql_api.operation(query, variables))

    def _faulty_response(self, request: Request, reply: Reply) -> Response:
        headers = {"content-type": reply.content_type, **self._budget(request).headers(), **reply.headers}
        return Response(reply.status, reply.body.encode(), headers)

    def _correct_response(
        self,
        request: Request,
        parsed: _GraphQLRequest | None,
        failures: tuple[FailedRepositories, ...],
    ) -> tuple[Response, int]:
        """Return the response to a request and its cost."""
        if token_response := self.apps.respond(request):
            return token_response, 0
        if refusal := self._access_refusal(request):
            return refusal, 0
        if request.path == "/rate_limit":
            return self._rate_limit(request), 0
        budget = self._budget(request)
        if not budget.remaining:
            return _budget_exceeded(request, budget), 0
        return self._graphql(request, parsed, failures) if request.is_graphql else self._rest(request)

    def _access_refusal(self, request: Request) -> Response | None:
        """Return the error response if the user agent, API version or token is missing or invalid."""
        version = request.headers.get("x-github-api-version", VERSIONS[0])
        if not request.headers.get("user-agent"):
            text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header."
            return Response(403, text.encode(), {"content-type": "text/html"})
        if version not in VERSIONS:
            return Response(400, faults.version_refused(version).body.encode(), {"content-type": JSON})
        if request.is_graphql and request.token is None:
            message = "This endpoint requires you to be authenticated."
            return json_response(401, {"message": message, "documentation_url": _DOCS, "status": "401"})
        if request.token is not None and not self.budgets.is_valid(request.token):
            return Response(401, faults.bad_credentials().body.encode(), {"content-type": JSON})
        return None

    def _graphql(
        self,
        request: Request,
        parsed: _GraphQLRequest | None,
        failures: tuple[FailedRepositories, ...],
    ) -> tuple[Response, int]:
        if request.method != "POST":
            return json_response(404, {"message": "Not Found", "documentation_url": _DOCS}), 0
        if parsed is None:
            return json_response(400, {"message": "Problems parsing JSON", "documentation_url": _DOCS}), 0
        cost = max(1, round(parsed.operation.paged / _CONNECTIONS_PER_POINT))
        budget = self.budgets.spend(_budget_owner(request), "graphql", cost)
        body = self._graphql_api.execute(parsed.query, parsed.variables, budget, cost)
        for failure in failures:
            _apply_failure(body, failure, parsed.operation)
        return json_response(200, body, budget.headers()), cost

    def _rest(self, request: Request) -> tuple[Response, int]:
        parts = (self.pulls, self.comments, self.issues)
        answers = (part.respond(request) for part in parts)
        response = next(filter(None, answers), None) or self._rest_api.respond(request)
        etag = _etag(response) if response.status == 200 else None  # noqa: PLR2004 - HTTP
        headers = {**response.headers, **({"etag": etag} if etag else {})}
        if etag and request.headers.get("if-none-match") == etag:
            return Response(304, b"", {"etag": etag, **self._budget(request).headers()}), 0
        budget = self.budgets.spend(_budget_owner(request), self._resource(request))
        return replace(response, headers={**headers, **budget.headers()}), 1

    def _rate_limit(self, request: Request) -> Response:
        owner = _budget_owner(request)
        figures = {resource: self.budgets.state(owner, resource).figures() for resource in ("core", "graphql")}
        headers = self.budgets.state(owner, "core").headers()
        return json_response(200, {"resources": figures, "rate": figures["core"]}, headers)

    def _budget(self, request: Request) -> BudgetState:
        return self.budgets.state(_budget_owner(request), self._resource(request))

    def _resource(self, request: Request) -> str:
        """Return the name of the budget that pays for a request."""
        if request.is_graphql:
            return "graphql"
        has_own_budget = self.budgets.history_limit is not None and request.path.endswith("/stargazers/history")
        return "history" if has_own_budget else "core"

    def _log(self, request: Request, operation: Operation, status: int, cost: int) -> None:
        repos = request.names or tuple(name for _, name in operation.repos)
        token = request.token[-4:] if request.token else None
        counts = operation.aliases, operation.details, operation.totals
        self.requests.append(LoggedRequest(request.method, request.path, status, repos, *counts, cost, token))

    def _add_date(self, response: Response) -> Response:
        now = self.clock.now().replace(tzinfo=UTC)
        headers = {"date": format_datetime(now, usegmt=True), "x-github-request-id": "DEMO:1:2:3"}
        return replace(response, headers={**headers, **response.headers})


def _budget_owner(request: Request) -> str:
    """Return the token whose budget pays for a request, or the client address if there is none."""
    return request.token or request.address


def _processing_delays(matched: MatchedFaults, operation: Operation) -> tuple[tuple[Delivery, ...], bool]:
    """Return the delays of the processing times, and whether one of them exceeds its limit."""
    delays = tuple(
        Delivery(delay=min(processing.seconds(operation), processing.limit) * processing.scale)
        for processing in matched.processing_times
    )
    return delays, any(processing.seconds(operation) > processing.limit for processing in matched.processing_times)


def _budget_exceeded(request: Request, budget: BudgetState) -> Response:
    """Return GitHub's response when the hourly budget is used up."""
    if request.is_graphql:
        body = json.loads(faults.primary_limit().body)
        return json_response(200, body, budget.headers())
    message = f"API rate limit exceeded for {request.address}."
    return json_response(403, {"message": message, "documentation_url": _DOCS}, budget.headers())


def _etag(response: Response) -> str:
    return f'W/"{hashlib.sha256(response.body).hexdigest()}"'


def _apply_failure(body: dict[str, object], failure: FailedRepositories, operation: Operation) -> None:
    """Replace the failed repositories by null in the body of a response, and add an error for each."""
    data, errors = body.get("data"), list(_errors(body))
    for alias, name in failure.select(operation):
        if isinstance(data, dict):
            path = _set_null(data, alias)
            errors.append(_failure_error(failure, path, name))
    if errors:
        body["errors"] = errors


def _errors(body: Mapping[str, object]) -> list[object]:
    errors = body.get("errors", [])
    return errors if isinstance(errors, list) else []


def _set_null(data: dict[str, object], alias: str) -> list[str | int]:
    """Replace a repository by null and return the path to it; `alias` is ALIAS or ALIAS.INDEX."""
    root, _, index = alias.partition(".")
    nodes = data.get(root)
    if index and isinstance(nodes, list):
        nodes[int(index)] = None
        return [root, int(index)]
    data[root] = None
    return [root]


def _failure_error(failure: FailedRepositories, path: list[str | int], name: str) -> dict[str, object]:
    extensions = {"extensions": dict(failure.extensions)} if failure.extensions else {}
    message = failure.message.replace("{name}", name)
    locations = [{"line": 1, "column": 1}]
    return {"type": failure.kind, **extensions, "path": path, "locations": locations, "message": message}
