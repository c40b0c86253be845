"""The demo's faults: each kind over real HTTP, and the rules that choose whom they meet."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

import httpx
import pytest

from startrack.demo import faults
from startrack.demo.fault_rules import FaultRule, FaultRules, repository_names
from startrack.demo.faults import ProcessingTime, Reply
from startrack.demo.figures import SteadyHistory
from startrack.demo.http import Operation, Request
from startrack.demo.repository import ALWAYS, DatedName, DemoRepository
from startrack.demo.server import ACTIONS_TOKEN, USER_TOKEN, Server, serving
from startrack.demo.world import World

NAMES = [f"o/r{number}" for number in range(6)]
HTTP_GATEWAY = 502


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """Serve six repositories."""
    begun = datetime(2024, 1, 1)
    steady = SteadyHistory(begun.date(), stars=600, stars_per_day=1, commits=40)
    with serving(
        World(
            DemoRepository(number, (DatedName(ALWAYS, name),), begun, steady) for number, name in enumerate(NAMES, 1)
        ),
    ) as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """Give the server with all going well, and leave it so."""
    yield running
    running.faults.clear()


def send(
    server: Server,
    names: Sequence[str] = NAMES,
    token: str = ACTIONS_TOKEN,
    field: str = "stargazerCount",
) -> httpx.Response:
    """Ask for a batch of repositories."""
    parts = [name.split("/") for name in names]
    fields = [
        f'r{number}: repository(owner: "{owner}", name: "{name}") {{ {field} }}'
        for number, (owner, name) in enumerate(parts)
    ]
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(server.graphql_url, json={"query": f"{{ {' '.join(fields)} }}"}, headers=headers)


def missing(answer: httpx.Response) -> list[str]:
    """Return the aliases that an answer leaves out."""
    return [alias for alias, value in answer.json()["data"].items() if value is None]


class TestSpoiled:
    """Faults that cost some repositories of a batch."""

    def test_not_found(self, server: Server) -> None:
        """Null and an error that names the repository; the rest is good."""
        server.faults.add(FaultRule(faults.not_found("O/R1")))
        answer = send(server)
        assert (answer.status_code, missing(answer)) == (200, ["r1"])
        error = answer.json()["errors"][0]
        assert (error["type"], error["path"]) == ("NOT_FOUND", ["r1"])
        assert error["message"] == "Could not resolve to a Repository with the name 'o/r1'."

    def test_saml(self, server: Server) -> None:
        """FORBIDDEN, and the extension says that it is single sign-on."""
        server.faults.add(FaultRule(faults.saml("o/r1", "o/r4")))
        errors = send(server).json()["errors"]
        assert [(each["type"], each["path"]) for each in errors] == [("FORBIDDEN", ["r1"]), ("FORBIDDEN", ["r4"])]
        assert errors[0]["extensions"] == {"saml_failure": True}

    def test_resource_limits(self, server: Server) -> None:
        """What stands behind the first four aliases is left out, one error each; four alone are fine."""
        server.faults.add(FaultRule(faults.resource_limits(beyond=4)))
        answer = send(server)
        assert missing(answer) == ["r4", "r5"]
        assert {each["type"] for each in answer.json()["errors"]} == {"RESOURCE_LIMITS_EXCEEDED"}
        assert "errors" not in send(server, NAMES[:4]).json()

    def test_nodes_are_lost_in_their_places(self, server: Server) -> None:
        """The path of the error has the place in the list."""
        server.faults.add(FaultRule(faults.saml("o/r1")))
        ids = [server.world.named(name).node_id for name in NAMES[:2]]
        body = {"query": "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", "variables": {"ids": ids}}
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
        answer = httpx.post(server.graphql_url, json=body, headers=headers).json()
        assert (answer["data"]["nodes"][1], answer["errors"][0]["path"]) == (None, ["nodes", 1])


class TestReplies:
    """Faults that take the place of the whole answer."""

    @pytest.mark.parametrize("kind", ["RATE_LIMITED", "RATE_LIMIT"])
    def test_primary_limit_in_both_spellings(self, server: Server, kind: str) -> None:
        """Status 200, no data, nothing remaining."""
        server.faults.add(FaultRule(faults.primary_limit(kind)))  # type: ignore[arg-type] # one of the two
        answer = send(server)
        assert (answer.status_code, answer.json()["errors"][0]["type"]) == (200, kind)
        assert "data" not in answer.json()
        assert answer.headers["x-ratelimit-remaining"] == "0"

    def test_primary_limit_need_not_show_in_the_headers(self, server: Server) -> None:
        """Then they say that something is left."""
        server.faults.add(FaultRule(faults.primary_limit(in_headers=False)))
        assert send(server).headers["x-ratelimit-remaining"] != "0"

    @pytest.mark.parametrize("status", [200, 403, 429])
    @pytest.mark.parametrize("retry_after", [None, 7])
    def test_secondary_limit_in_all_statuses(self, server: Server, status: int, retry_after: int | None) -> None:
        """With and without `retry-after`."""
        server.faults.add(FaultRule(faults.secondary_limit(status, retry_after=retry_after)))  # type: ignore[arg-type] # one of the three
        answer = send(server)
        assert answer.status_code == status
        assert "secondary rate limit" in answer.json()["message"]
        assert answer.headers.get("retry-after") == (retry_after and str(retry_after))

    def test_secondary_limit_told_by_its_address_alone(self, server: Server) -> None:
        """Only the documentation's address says what it is."""
        server.faults.add(FaultRule(faults.secondary_limit(message="")))
        said = send(server).json()
        assert said["message"] == "Forbidden"
        assert said["documentation_url"].endswith("#about-secondary-rate-limits")

    @pytest.mark.parametrize("status", [502, 504])
    def test_gateway_pages(self, server: Server, status: int) -> None:
        """The body is HTML."""
        server.faults.add(FaultRule(faults.bad_gateway(status)))  # type: ignore[arg-type] # one of the two
        answer = send(server)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")

    def test_gateway_as_json(self, server: Server) -> None:
        """Status 502 with GitHub's own words."""
        server.faults.add(FaultRule(faults.bad_gateway_json()))
        answer = send(server)
        assert (answer.status_code, answer.json()["data"]) == (502, None)
        assert answer.json()["errors"][0]["message"].startswith("Something went wrong while executing")

    def test_went_wrong_with_status_200(self, server: Server) -> None:
        """The same words, and no type."""
        server.faults.add(FaultRule(faults.went_wrong()))
        answer = send(server)
        assert (answer.status_code, "type" in answer.json()["errors"][0]) == (200, False)

    def test_html_with_status_200(self, server: Server) -> None:
        """Only the content type tells it from an answer."""
        server.faults.add(FaultRule(faults.html_page()))
        answer = send(server)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")

    def test_data_null(self, server: Server) -> None:
        """No data, no errors."""
        server.faults.add(FaultRule(faults.data_null()))
        assert send(server).json() == {"data": None}

    def test_insufficient_scopes(self, server: Server) -> None:
        """No path, no data, the scope in the message."""
        server.faults.add(FaultRule(faults.insufficient_scopes("read:packages")))
        body = send(server).json()
        assert ("data" in body, "path" in body["errors"][0]) == (False, False)
        assert body["errors"][0]["type"] == "INSUFFICIENT_SCOPES"
        assert "read:packages" in body["errors"][0]["message"]

    def test_ip_allow_list_refuses_every_batch_that_holds_the_repository(self, server: Server) -> None:
        """Batches without it are answered, and REST for it is refused as well."""
        server.faults.add(FaultRule(faults.ip_allow_list("o"), repos=repository_names("O/R5")))
        assert [send(server, names).status_code for names in (NAMES, NAMES[:5], NAMES[5:])] == [403, 200, 403]
        assert [httpx.get(f"{server.api_url}/repos/{name}").status_code for name in NAMES[4:]] == [200, 403]

    def test_bad_credentials_in_mid_run(self, server: Server) -> None:
        """The second request of one token is the first to be refused."""
        server.faults.add(FaultRule(faults.bad_credentials(), token=ACTIONS_TOKEN[-8:], after=1))
        statuses = [send(server, token=token).status_code for token in (ACTIONS_TOKEN, ACTIONS_TOKEN, USER_TOKEN)]
        assert statuses == [200, 401, 200]

    def test_a_version_can_be_refused(self, server: Server) -> None:
        """As an older Enterprise server does."""
        server.faults.add(FaultRule(faults.version_refused(), version="2026-03-10"))
        url = f"{server.api_url}/repos/o/r1"
        statuses = [
            httpx.get(url, headers={"X-GitHub-Api-Version": version}).status_code
            for version in ("2026-03-10", "2022-11-28")
        ]
        assert statuses == [400, 200]

    def test_an_endpoint_can_be_absent(self, server: Server) -> None:
        """As star history is on an Enterprise server."""
        server.faults.add(FaultRule(faults.not_offered(), path="*/stargazers/history"))
        urls = [f"{server.api_url}/repos/o/r1{rest}" for rest in ("/stargazers/history", "")]
        assert [httpx.get(url).status_code for url in urls] == [404, 200]


class TestDelivery:
    """Faults of the connection."""

    def test_a_reset_before_the_first_byte(self, server: Server) -> None:
        """The client's read fails."""
        server.faults.add(FaultRule(faults.reset(), times=1))
        with pytest.raises(httpx.ReadError):
            send(server)
        assert send(server).status_code == 200

    def test_a_reset_in_mid_body(self, server: Server) -> None:
        """Headers and half of the body came."""
        server.faults.add(FaultRule(faults.reset(keep=0.5), times=1))
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            send(server)
        assert send(server).status_code == 200

    def test_truncated_json(self, server: Server) -> None:
        """The length is right and the JSON is not."""
        server.faults.add(FaultRule(faults.truncated(0.7)))
        answer = send(server)
        assert answer.status_code == 200
        with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
            answer.json()

    def test_a_late_answer(self, server: Server) -> None:
        """A client that waits less gives up."""
        server.faults.add(FaultRule(faults.delayed(0.3), times=1))
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{server.api_url}/repos/o/r1", timeout=0.05)

    def test_a_slow_body(self, server: Server) -> None:
        """It comes whole, in eight pieces."""
        server.faults.add(FaultRule(faults.slow_body(0.02)))
        begun = time.perf_counter()
        assert missing(send(server)) == []
        assert time.perf_counter() - begun >= 0.16

    def test_work_takes_time_and_is_cut(self, server: Server) -> None:
        """Six commit totals are more than the limit, one is not; light fields cost little."""
        server.faults.add(FaultRule(ProcessingTime(limit=2, scale=0.01), operation="graphql"))
        totals = "defaultBranchRef { target { ... on Commit { history { totalCount } } } }"
        statuses = [send(server, names, field=totals).status_code for names in (NAMES, NAMES[:1])]
        assert [*statuses, send(server).status_code] == [HTTP_GATEWAY, 200, 200]

    def test_work_is_counted_as_measured(self) -> None:
        """Eight commit totals take about three and a half seconds, thirty more than ten."""
        eight = Operation(tuple((f"r{number}", "o/r") for number in range(8)), totals=8)
        thirty = Operation(tuple((f"r{number}", "o/r") for number in range(30)), totals=30)
        assert 2.8 < ProcessingTime().seconds(eight) < 3.6
        assert ProcessingTime().seconds(thirty) > ProcessingTime().limit

    def test_a_large_body_is_packed_for_those_who_take_it(self, server: Server) -> None:
        """Gzip on request only."""
        url = f"{server.api_url}/repos/o/r1/stargazers/history"
        packed = httpx.get(url, headers={"Accept-Encoding": "gzip"})
        plain = httpx.get(url, headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.json() == plain.json()


ASKED = Request("POST", "/graphql", body=b"{history}")
REPLY = Reply(500, "")
NOTHING = Operation()


class TestRules:
    """Whom a rule meets, and how often."""

    def struck(self, rule: FaultRule, operation: Operation = NOTHING, times: int = 4) -> list[bool]:
        """Return which of some equal requests a rule meets."""
        board = FaultRules()
        board.add(rule)
        return [bool(board.match(ASKED, operation).replies) for _ in range(times)]

    def test_the_next_two_after_one(self) -> None:
        """`after` spares, `times` ends."""
        assert self.struck(FaultRule(REPLY, after=1, times=2)) == [False, True, True, False]

    def test_more_aliases_than(self) -> None:
        """Two aliases are more than one, not more than two."""
        two = Operation((("a", "o/a"), ("b", "o/b")))
        assert self.struck(FaultRule(REPLY, more_than=1), two, 1) == [True]
        assert self.struck(FaultRule(REPLY, more_than=2), two, 1) == [False]

    def test_by_text_path_and_operation(self) -> None:
        """Every condition must hold."""
        assert self.struck(FaultRule(REPLY, containing="history", path="/gr*", operation="graphql"), times=1) == [True]
        assert self.struck(FaultRule(REPLY, containing="releases"), times=1) == [False]
        assert self.struck(FaultRule(REPLY, operation="rest"), times=1) == [False]

    def test_by_chance_but_the_same_each_time(self) -> None:
        """A seed draws who is met."""
        drawn = self.struck(FaultRule(REPLY, chance=0.3), times=1000)
        assert 250 < sum(drawn) < 350
        assert drawn == self.struck(FaultRule(REPLY, chance=0.3), times=1000)

    def test_hits_are_counted(self) -> None:
        """A rule that was never in force has none."""
        board, rule = FaultRules(), FaultRule(REPLY)
        board.add(rule)
        board.match(ASKED, Operation())
        assert (board.hits(rule), board.hits(FaultRule(REPLY, times=3))) == (1, 0)

    def test_faulty_answers_are_logged_and_cost_nothing(self, server: Server) -> None:
        """The log has the status that was given."""
        server.faults.add(FaultRule(faults.bad_gateway()))
        send(server)
        assert (server.requests[-1].status, server.requests[-1].cost) == (HTTP_GATEWAY, 0)
