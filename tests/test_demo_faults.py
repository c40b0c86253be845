"""The demo's faults over real HTTP, and the rules that decide which requests meet them."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

import httpx
import pytest

from startrack.demo import faults
from startrack.demo.faults import FaultRule, FaultRules, ProcessingTime, Reply, repository_names
from startrack.demo.figures import SteadyHistory
from startrack.demo.http import Operation, Request
from startrack.demo.server import ACTIONS_TOKEN, USER_TOKEN, Server, serving
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, World

NAMES = [f"o/r{number}" for number in range(6)]
HTTP_GATEWAY = 502


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """Serve six repositories."""
    created_at = datetime(2024, 1, 1)
    steady = SteadyHistory(created_at.date(), stars=600, stars_per_day=1, commits=40)
    with serving(
        World(
            DemoRepository(number, (DatedName(ALWAYS, name),), created_at, steady)
            for number, name in enumerate(NAMES, 1)
        ),
    ) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """Return the server without faults, and remove all faults afterwards."""
    yield running
    running.faults.clear()


def send_batch(
    server: Server,
    names: Sequence[str] = NAMES,
    token: str = ACTIONS_TOKEN,
    field: str = "stargazerCount",
) -> httpx.Response:
    """Query a batch of repositories."""
    parts = [name.split("/") for name in names]
    fields = [
        f'r{number}: repository(owner: "{owner}", name: "{name}") {{ {field} }}'
        for number, (owner, name) in enumerate(parts)
    ]
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(server.graphql_url, json={"query": f"{{ {' '.join(fields)} }}"}, headers=headers)


def null_aliases(response: httpx.Response) -> list[str]:
    """Return the aliases that are null in a response."""
    return [alias for alias, value in response.json()["data"].items() if value is None]


class TestFailedRepositories:
    """Faults that affect some repositories of a batch."""

    def test_not_found(self, server: Server) -> None:
        """A missing repository is null and has an error; the others have their data."""
        server.faults.add(FaultRule(faults.not_found("O/R1")))
        response = send_batch(server)
        assert (response.status_code, null_aliases(response)) == (200, ["r1"])
        error = response.json()["errors"][0]
        assert (error["type"], error["path"]) == ("NOT_FOUND", ["r1"])
        assert error["message"] == "Could not resolve to a Repository with the name 'o/r1'."

    def test_saml(self, server: Server) -> None:
        """The error type is FORBIDDEN, and an extension shows that single sign-on is required."""
        server.faults.add(FaultRule(faults.saml("o/r1", "o/r4")))
        errors = send_batch(server).json()["errors"]
        assert [(error["type"], error["path"]) for error in errors] == [("FORBIDDEN", ["r1"]), ("FORBIDDEN", ["r4"])]
        assert errors[0]["extensions"] == {"saml_failure": True}

    def test_resource_limits(self, server: Server) -> None:
        """Every alias after the first four is null and has an error; a query with four aliases succeeds."""
        server.faults.add(FaultRule(faults.resource_limits(beyond=4)))
        response = send_batch(server)
        assert null_aliases(response) == ["r4", "r5"]
        assert {error["type"] for error in response.json()["errors"]} == {"RESOURCE_LIMITS_EXCEEDED"}
        assert "errors" not in send_batch(server, NAMES[:4]).json()

    def test_failed_nodes_are_null(self, server: Server) -> None:
        """The path of the error has the index in the list."""
        server.faults.add(FaultRule(faults.saml("o/r1")))
        ids = [server.world.named(name).node_id for name in NAMES[:2]]
        body = {"query": "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "variables": {"ids": ids}}
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
        response = httpx.post(server.graphql_url, json=body, headers=headers).json()
        assert (response["data"]["nodes"][1], response["errors"][0]["path"]) == (None, ["nodes", 1])


class TestReplies:
    """Faults that replace the whole response."""

    @pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
    def test_primary_limit_in_both_spellings(self, server: Server, kind: str) -> None:
        """Both error types have status 200, no data and no remaining points."""
        server.faults.add(FaultRule(faults.primary_limit(kind)))  # type: ignore[arg-type] # one of the two
        response = send_batch(server)
        assert (response.status_code, response.json()["errors"][0]["type"]) == (200, kind)
        assert "data" not in response.json()
        assert response.headers["x-ratelimit-remaining"] == "0"

    def test_primary_limit_that_the_headers_do_not_show(self, server: Server) -> None:
        """The headers can still have remaining points."""
        server.faults.add(FaultRule(faults.primary_limit(in_headers=False)))
        assert send_batch(server).headers["x-ratelimit-remaining"] != "0"

    @pytest.mark.parametrize("status", [200, 403, 429])
    @pytest.mark.parametrize("retry_after", [None, 7])
    def test_secondary_limit_in_all_statuses(self, server: Server, status: int, retry_after: int | None) -> None:
        """The secondary rate limit has three statuses, with and without `retry-after`."""
        server.faults.add(FaultRule(faults.secondary_limit(status, retry_after=retry_after)))  # type: ignore[arg-type] # one of the three
        response = send_batch(server)
        assert response.status_code == status
        assert "secondary rate limit" in response.json()["message"]
        assert response.headers.get("retry-after") == (retry_after and str(retry_after))

    def test_secondary_limit_with_only_a_documentation_url(self, server: Server) -> None:
        """Without a message, only the documentation URL identifies the secondary rate limit."""
        server.faults.add(FaultRule(faults.secondary_limit(message="")))
        error = send_batch(server).json()
        assert error["message"] == "Forbidden"
        assert error["documentation_url"].endswith("#about-secondary-rate-limits")

    @pytest.mark.parametrize("status", [502, 504])
    def test_gateway_pages(self, server: Server, status: int) -> None:
        """The body of a gateway error is HTML."""
        server.faults.add(FaultRule(faults.bad_gateway(status)))  # type: ignore[arg-type] # one of the two
        response = send_batch(server)
        assert (response.status_code, response.headers["content-type"]) == (status, "text/html")

    def test_gateway_as_json(self, server: Server) -> None:
        """A gateway error can be JSON with GitHub's message."""
        server.faults.add(FaultRule(faults.bad_gateway_json()))
        response = send_batch(server)
        assert (response.status_code, response.json()["data"]) == (502, None)
        assert response.json()["errors"][0]["message"].startswith("Something went wrong while executing")

    def test_something_went_wrong_with_status_200(self, server: Server) -> None:
        """The same message can have status 200 and no error type."""
        server.faults.add(FaultRule(faults.went_wrong()))
        response = send_batch(server)
        assert (response.status_code, "type" in response.json()["errors"][0]) == (200, False)

    def test_html_with_status_200(self, server: Server) -> None:
        """Only the content type distinguishes an HTML page from a response."""
        server.faults.add(FaultRule(faults.html_page()))
        response = send_batch(server)
        assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")

    def test_data_null(self, server: Server) -> None:
        """The body has neither data nor errors."""
        server.faults.add(FaultRule(faults.data_null()))
        assert send_batch(server).json() == {"data": None}

    def test_insufficient_scopes(self, server: Server) -> None:
        """A missing scope is an error with neither path nor data, and the message has the scope."""
        server.faults.add(FaultRule(faults.insufficient_scopes("read:packages")))
        body = send_batch(server).json()
        assert ("data" in body, "path" in body["errors"][0]) == (False, False)
        assert body["errors"][0]["type"] == "INSUFFICIENT_SCOPES"
        assert "read:packages" in body["errors"][0]["message"]

    def test_ip_allow_list_refuses_every_batch_with_the_repository(self, server: Server) -> None:
        """Other batches succeed, and REST requests for the repository are refused too."""
        server.faults.add(FaultRule(faults.ip_allow_list("o"), repos=repository_names("O/R5")))
        assert [send_batch(server, names).status_code for names in (NAMES, NAMES[:5], NAMES[5:])] == [403, 200, 403]
        assert [httpx.get(f"{server.api_url}/repos/{name}").status_code for name in NAMES[4:]] == [200, 403]

    def test_a_token_that_becomes_invalid(self, server: Server) -> None:
        """A token can become invalid after its first request, while another one stays valid."""
        server.faults.add(FaultRule(faults.bad_credentials(), token=ACTIONS_TOKEN[-8:], after=1))
        statuses = [send_batch(server, token=token).status_code for token in (ACTIONS_TOKEN, ACTIONS_TOKEN, USER_TOKEN)]
        assert statuses == [200, 401, 200]

    def test_an_api_version_can_be_refused(self, server: Server) -> None:
        """An old Enterprise server refuses newer API versions."""
        server.faults.add(FaultRule(faults.version_refused(), version="2026-03-10"))
        url = f"{server.api_url}/repos/o/r1"
        statuses = [
            httpx.get(url, headers={"X-GitHub-Api-Version": version}).status_code
            for version in ("2026-03-10", "2022-11-28")
        ]
        assert statuses == [400, 200]

    def test_an_endpoint_can_be_missing(self, server: Server) -> None:
        """An old Enterprise server has no star history."""
        server.faults.add(FaultRule(faults.not_offered(), path="*/stargazers/history"))
        urls = [f"{server.api_url}/repos/o/r1{rest}" for rest in ("/stargazers/history", "")]
        assert [httpx.get(url).status_code for url in urls] == [404, 200]


class TestDelivery:
    """Faults of the connection."""

    def test_a_reset_before_the_first_byte(self, server: Server) -> None:
        """The client's read fails if the connection is reset before the first byte."""
        server.faults.add(FaultRule(faults.reset(), times=1))
        with pytest.raises(httpx.ReadError):
            send_batch(server)
        assert send_batch(server).status_code == 200

    def test_a_reset_within_the_body(self, server: Server) -> None:
        """The client's read fails if the connection is reset after half of the body."""
        server.faults.add(FaultRule(faults.reset(keep=0.5), times=1))
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            send_batch(server)
        assert send_batch(server).status_code == 200

    def test_truncated_json(self, server: Server) -> None:
        """The content length matches, but the JSON is incomplete."""
        server.faults.add(FaultRule(faults.truncated(0.7)))
        response = send_batch(server)
        assert response.status_code == 200
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            response.json()

    def test_a_late_response(self, server: Server) -> None:
        """A client with a shorter timeout gives up."""
        server.faults.add(FaultRule(faults.delayed(0.3), times=1))
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server.api_url}/repos/o/r1", timeout=0.05)

    def test_a_slow_body(self, server: Server) -> None:
        """The whole body arrives, in eight parts."""
        server.faults.add(FaultRule(faults.slow_body(0.02)))
        started = time.perf_counter()
        assert null_aliases(send_batch(server)) == []
        assert time.perf_counter() - started >= 0.16

    def test_processing_takes_time_up_to_a_limit(self, server: Server) -> None:
        """Six commit totals exceed the limit; one total, or light fields only, do not."""
        server.faults.add(FaultRule(ProcessingTime(limit=2, scale=0.01), operation="graphql"))
        totals = "defaultBranchRef { target { ... on Commit { history { totalCount } } } }"
        statuses = [send_batch(server, names, field=totals).status_code for names in (NAMES, NAMES[:1])]
        assert [*statuses, send_batch(server).status_code] == [HTTP_GATEWAY, 200, 200]

    def test_processing_time_is_as_measured(self) -> None:
        """Eight commit totals take about 3.5 seconds, and thirty take more than ten."""
        eight = Operation(tuple((f"r{number}", "o/r") for number in range(8)), totals=8)
        thirty = Operation(tuple((f"r{number}", "o/r") for number in range(30)), totals=30)
        assert 2.8 < ProcessingTime().seconds(eight) < 3.6
        assert ProcessingTime().seconds(thirty) > ProcessingTime().limit

    def test_a_large_body_is_compressed_on_request(self, server: Server) -> None:
        """The body is only compressed if the client accepts gzip."""
        url = f"{server.api_url}/repos/o/r1/stargazers/history"
        packed = httpx.get(url, headers={"Accept-Encoding": "gzip"})
        plain = httpx.get(url, headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.json() == plain.json()


REQUEST = Request("POST", "/graphql", body=b"{history}")
REPLY = Reply(500, "")
NOTHING = Operation()


class TestRules:
    """Which requests meet a fault, and how often."""

    def hits(self, rule: FaultRule, operation: Operation = NOTHING, times: int = 4) -> list[bool]:
        """Return which of several equal requests meet the fault of a rule."""
        rules = FaultRules()
        rules.add(rule)
        return [bool(rules.match(REQUEST, operation).replies) for _ in range(times)]

    def test_after_and_times(self) -> None:
        """The first `after` requests do not meet the fault, then `times` requests do."""
        assert self.hits(FaultRule(REPLY, after=1, times=2)) == [False, True, True, False]

    def test_more_aliases_than(self) -> None:
        """`more_than` is the number of aliases that a request must exceed."""
        two = Operation((("a", "o/a"), ("b", "o/b")))
        assert self.hits(FaultRule(REPLY, more_than=1), two, 1) == [True]
        assert self.hits(FaultRule(REPLY, more_than=2), two, 1) == [False]

    def test_by_text_path_and_operation(self) -> None:
        """All conditions of a rule must hold."""
        assert self.hits(FaultRule(REPLY, containing="history", path="/gr*", operation="graphql"), times=1) == [True]
        assert self.hits(FaultRule(REPLY, containing="releases"), times=1) == [False]
        assert self.hits(FaultRule(REPLY, operation="rest"), times=1) == [False]

    def test_chance_is_seeded(self) -> None:
        """The same seed draws the same requests."""
        hits = self.hits(FaultRule(REPLY, chance=0.3), times=1000)
        assert 250 < sum(hits) < 350
        assert hits == self.hits(FaultRule(REPLY, chance=0.3), times=1000)

    def test_hits_are_counted(self) -> None:
        """Hits are counted by rule; a rule that was never added has none."""
        rules, rule = FaultRules(), FaultRule(REPLY)
        rules.add(rule)
        rules.match(REQUEST, Operation())
        assert (rules.hits(rule), rules.hits(FaultRule(REPLY, times=3))) == (1, 0)

    def test_faulty_responses_are_logged_and_free(self, server: Server) -> None:
        """The log has the status of the faulty response and no cost."""
        server.faults.add(FaultRule(faults.bad_gateway()))
        send_batch(server)
        assert (server.requests[-1].status, server.requests[-1].cost) == (HTTP_GATEWAY, 0)
