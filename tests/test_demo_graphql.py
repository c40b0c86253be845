"""The demo's GraphQL API has the fields, errors and budgets that GitHub documents."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from startrack.demo.access import Clock
from startrack.demo.figures import SteadyHistory
from startrack.demo.server import ACTIONS_TOKEN, Server, serving
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, Release, World

NOW = datetime(2025, 6, 26, 12, 30)
CREATED_AT = datetime(2024, 1, 1)


def make_repository(number: int, name: str) -> DemoRepository:
    """Return a made-up repository with every field that the detail queries use."""
    return DemoRepository(
        number,
        (DatedName(ALWAYS, name),),
        CREATED_AT,
        SteadyHistory(CREATED_AT.date(), stars=600, stars_per_day=1, commits=40, days_per_commit=10, offset=number),
        visible_from=CREATED_AT,
        description="One & <two>",
        language="Python",
        license="MIT",
        topics=("a", "b", "c"),
        releases=(
            Release("v1", datetime(2024, 5, 1)),
            Release("v2rc1", datetime(2024, 6, 1), is_prerelease=True),
            Release("v3", datetime(2026, 1, 1)),
        ),
    )


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve three repositories at 12:30."""
    world = World([make_repository(1, "o/a"), make_repository(2, "o/b"), make_repository(3, "O/C")])
    with serving(world, clock=Clock(NOW)) as running:
        yield running


def send_query(
    server: Server,
    query: str,
    variables: Mapping[str, object] | None = None,
    token: str = ACTIONS_TOKEN,
) -> httpx.Response:
    """Send a query and return the response."""
    headers = {"Authorization": f"Bearer {token}"}
    body = {"query": query, "variables": dict(variables or {})}
    return httpx.post(server.graphql_url, json=body, headers=headers)


def run_query(server: Server, query: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Send a query, check for status 200, and return the body of the response."""
    response = send_query(server, query, variables)
    assert response.status_code == 200
    body: dict[str, Any] = response.json()
    return body


LIGHT = """
query($o: String!, $n: String!) {
  r0: repository(owner: $o, name: $n) {
    id databaseId name nameWithOwner url visibility description homepageUrl createdAt updatedAt pushedAt
    stargazerCount forkCount diskUsage isArchived archivedAt isDisabled isEmpty isFork isLocked isMirror
    isPrivate isTemplate primaryLanguage { name color } licenseInfo { spdxId }
    defaultBranchRef { name target { oid ... on Commit { committedDate } } }
  }
}
"""
DETAILS = """
{ r0: repository(owner: "o", name: "a") {
  watchers { totalCount } issues(states: OPEN) { totalCount } every: issues { totalCount }
  pullRequests(states: [OPEN, MERGED]) { totalCount } releases { totalCount }
  latestRelease { tagName publishedAt isPrerelease } repositoryTopics(first: 2) { nodes { topic { name } } }
} }
"""


class TestFields:
    """The fields of a repository."""

    def test_light_fields(self, server: Server) -> None:
        """Scalars, licence, language and head commit are those at the instant of the clock."""
        data = run_query(server, LIGHT, {"o": "o", "n": "a"})["data"]["r0"]
        repository = server.world.named("o/a")
        figures = repository.figures.at(NOW)
        assert (data["stargazerCount"], data["forkCount"]) == (figures.stars, figures.forks)
        assert (data["databaseId"], data["id"]) == (1, repository.node_id)
        assert data["defaultBranchRef"]["target"]["oid"] == repository.head_sha(figures)
        assert (data["licenseInfo"], data["primaryLanguage"]["name"]) == ({"spdxId": "MIT"}, "Python")
        assert (data["createdAt"], data["archivedAt"]) == ("2024-01-01T00:00:00Z", None)

    def test_detail_fields(self, server: Server) -> None:
        """Counts are by state, `first` limits topics, and the latest release is not a pre-release."""
        data = run_query(server, DETAILS)["data"]["r0"]
        figures = server.world.named("o/a").figures.at(NOW)
        assert data["watchers"]["totalCount"] == figures.watchers
        assert data["issues"]["totalCount"] == figures.open_issues
        assert data["every"]["totalCount"] == figures.open_issues + figures.closed_issues
        assert data["pullRequests"]["totalCount"] == figures.open_prs
        assert data["releases"]["totalCount"] == 2
        assert data["latestRelease"]["tagName"] == "v1"
        assert [node["topic"]["name"] for node in data["repositoryTopics"]["nodes"]] == ["a", "b"]

    def test_a_fork_has_its_parent(self, server: Server) -> None:
        """As it is now, and only if GitHub shows it."""
        server.world.put(replace(server.world.named("o/b"), is_fork=True, parent_id=1))
        query = '{ repository(owner: "o", name: "b") { parent { databaseId nameWithOwner } } }'
        assert run_query(server, query)["data"]["repository"]["parent"] == {"databaseId": 1, "nameWithOwner": "o/a"}
        server.world.delete("o/a")
        assert run_query(server, query)["data"]["repository"]["parent"] is None

    def test_the_clock_moves_the_figures(self, server: Server) -> None:
        """A day later there is one more star."""
        query = '{ repository(owner: "o", name: "a") { stargazerCount } }'
        before = run_query(server, query)["data"]["repository"]["stargazerCount"]
        server.clock.advance(timedelta(days=1))
        assert run_query(server, query)["data"]["repository"]["stargazerCount"] == before + 1

    def test_commits_in_total_and_in_a_period(self, server: Server) -> None:
        """`since` and `until` limit the commits that are counted, in any time zone."""
        query = """{ repository(owner: "o", name: "a") { defaultBranchRef { target { ... on Commit {
          all: history { totalCount }
          late: history(since: "2025-06-06T12:30:00Z") { totalCount }
          early: history(until: "2025-06-06T14:30:00+02:00") { totalCount } } } } } }"""
        data = run_query(server, query)["data"]["repository"]["defaultBranchRef"]["target"]
        total = server.world.named("o/a").figures.at(NOW).commits
        assert data["all"]["totalCount"] == total
        assert data["late"]["totalCount"] == 2
        assert data["early"]["totalCount"] == total - 2

    def test_an_empty_repository_has_no_branch(self, server: Server) -> None:
        """`defaultBranchRef` and `pushedAt` are null."""
        server.world.empty("o/a")
        data = run_query(server, LIGHT, {"o": "o", "n": "a"})["data"]["r0"]
        assert (data["isEmpty"], data["defaultBranchRef"], data["pushedAt"]) == (True, None, None)

    def test_an_archived_repository_has_a_date(self, server: Server) -> None:
        """`archivedAt` is set if `isArchived` is true."""
        server.world.archive("o/a", at=datetime(2025, 1, 1))
        data = run_query(server, LIGHT, {"o": "o", "n": "a"})["data"]["r0"]
        assert (data["isArchived"], data["archivedAt"]) == (True, "2025-01-01T00:00:00Z")

    def test_hostile_text_is_unchanged(self, server: Server) -> None:
        """A description with markup is returned as it is."""
        hostile = "</script><!-- | ] ` \u202e \n -->" * 300
        server.world.describe("o/a", hostile)
        assert run_query(server, LIGHT, {"o": "o", "n": "a"})["data"]["r0"]["description"] == hostile


class TestNames:
    """Finding repositories by name and id."""

    def test_case_does_not_matter(self, server: Server) -> None:
        """The response has the name in its original case."""
        assert run_query(server, LIGHT, {"o": "o", "n": "c"})["data"]["r0"]["nameWithOwner"] == "O/C"

    def test_an_old_name_finds_the_renamed_repository(self, server: Server) -> None:
        """A renamed repository is found by its old name without an error."""
        server.world.rename("o/a", "new/name")
        body = run_query(server, LIGHT, {"o": "o", "n": "a"})
        assert body["data"]["r0"]["nameWithOwner"] == "new/name"
        assert "errors" not in body

    def test_renames_are_not_followed_on_request(self, server: Server) -> None:
        """With `followRenames: false` an old name finds nothing."""
        server.world.rename("o/a", "new/name")
        body = run_query(server, '{ repository(owner: "o", name: "a", followRenames: false) { id } }')
        assert body["errors"][0]["type"] == "NOT_FOUND"

    def test_a_missing_repository_is_null_with_an_error(self, server: Server) -> None:
        """The other repositories of the batch have their data."""
        body = run_query(
            server,
            '{ r0: repository(owner: "o", name: "x") { id } r1: repository(owner: "o", name: "b") { name } }',
        )
        assert body["data"] == {"r0": None, "r1": {"name": "b"}}
        error = body["errors"][0]
        assert (error["type"], error["path"]) == ("NOT_FOUND", ["r0"])
        assert error["message"] == "Could not resolve to a Repository with the name 'o/x'."
        assert error["locations"] == [{"line": 1, "column": 3}]

    def test_a_blocked_repository_is_not_found(self, server: Server) -> None:
        """GraphQL does not distinguish a blocked repository from a deleted one."""
        server.world.block("o/a", "dmca")
        assert run_query(server, LIGHT, {"o": "o", "n": "a"})["errors"][0]["type"] == "NOT_FOUND"

    def test_nodes_are_found_by_id_and_missing_ones_are_null(self, server: Server) -> None:
        """The path of the error has the index in the list."""
        ids = [server.world.named("o/a").node_id, "R_nobody"]
        body = run_query(
            server, "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { name } } }", {"ids": ids}
        )
        assert body["data"]["nodes"] == [{"name": "a"}, None]
        assert (body["errors"][0]["type"], body["errors"][0]["path"]) == ("NOT_FOUND", ["nodes", 1])

    def test_more_than_a_hundred_ids_are_an_error(self, server: Server) -> None:
        """There is an error and no data."""
        body = run_query(server, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 101})
        assert (body["data"], body["errors"][0]["type"]) == (None, "ARGUMENT_LIMIT")


class TestRefusals:
    """Invalid queries and requests."""

    def test_an_unknown_field_is_an_error_with_status_200(self, server: Server) -> None:
        """The response has errors and no data."""
        body = run_query(server, '{ repository(owner: "o", name: "a") { stars } }')
        assert "data" not in body
        assert body["errors"][0]["extensions"] == {
            "code": "undefinedField",
            "typeName": "Repository",
            "fieldName": "stars",
        }

    @pytest.mark.parametrize(
        "query",
        ["{ repository(owner: ", '{ repository(owner: "o") { id } }', "query($o: Nothing) { viewer { id } }"],
    )
    def test_other_invalid_queries_have_a_message_and_no_data(self, server: Server, query: str) -> None:
        """Syntax, arguments and types are validated."""
        body = run_query(server, query)
        assert "data" not in body
        assert body["errors"][0]["message"]

    def test_the_stargazers_connection_does_not_exist(self, server: Server) -> None:
        """GitHub has refused the stargazers connection since July 2026, so it is not in the schema."""
        body = run_query(server, '{ repository(owner: "o", name: "a") { stargazers { totalCount } } }')
        assert body["errors"][0]["extensions"]["code"] == "undefinedField"

    def test_invalid_json_is_a_bad_request(self, server: Server) -> None:
        """The status is 400."""
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
        assert httpx.post(server.graphql_url, content=b"{", headers=headers).status_code == 400
        assert httpx.post(server.graphql_url, json=[], headers=headers).status_code == 400

    def test_get_requests_are_not_found(self, server: Server) -> None:
        """GraphQL only accepts POST requests."""
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
        assert httpx.get(server.graphql_url, headers=headers).status_code == 404


class TestBudget:
    """Tokens and the points that they can spend."""

    QUERY = "{ rateLimit { cost limit remaining used resetAt } }"

    def test_a_token_is_required(self, server: Server) -> None:
        """GraphQL without a token has status 401."""
        assert httpx.post(server.graphql_url, json={"query": self.QUERY}).status_code == 401

    def test_an_unknown_token_is_bad_credentials(self, server: Server) -> None:
        """The status is 401 with the message "Bad credentials"."""
        response = send_query(server, self.QUERY, token="nobody")  # noqa: S106 - no secret
        assert (response.status_code, response.json()["message"]) == (401, "Bad credentials")

    def test_a_revoked_token_is_invalid(self, server: Server) -> None:
        """A token can become invalid during a run."""
        server.budgets.revoke(ACTIONS_TOKEN)
        assert send_query(server, self.QUERY).status_code == 401

    def test_a_user_agent_is_required(self, server: Server) -> None:
        """Without a user agent, the status is 403."""
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}", "User-Agent": ""}
        assert httpx.post(server.graphql_url, json={"query": self.QUERY}, headers=headers).status_code == 403

    def test_headers_and_field_show_the_budget(self, server: Server) -> None:
        """An Actions token has 1,000 points per clock hour."""
        response = send_query(server, self.QUERY)
        rate_limit = response.json()["data"]["rateLimit"]
        assert rate_limit == {"cost": 1, "limit": 1000, "remaining": 999, "used": 1, "resetAt": "2025-06-26T13:00:00Z"}
        headers = {name: response.headers[f"x-ratelimit-{name}"] for name in ("limit", "remaining", "used", "resource")}
        assert headers == {"limit": "1000", "remaining": "999", "used": "1", "resource": "graphql"}
        assert response.headers["x-ratelimit-reset"] == "1750942800"

    def test_counts_cost_one_point_and_pages_of_rows_cost_more(self, server: Server) -> None:
        """Each connection whose rows are asked for costs 1/100 point."""
        ids = [server.world.named("o/a").node_id] * 100
        rows = "releases(first: 1) { totalCount } repositoryTopics(first: 1) { totalCount }"
        run_query(
            server,
            "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { issues { totalCount } } } }",
            {"ids": ids},
        )
        run_query(
            server, f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Repository {{ {rows} }} }} }}", {"ids": ids}
        )
        assert [logged.cost for logged in server.requests] == [1, 2]

    def test_a_used_up_budget_is_an_error_until_the_next_hour(self, server: Server) -> None:
        """The last successful response has no points remaining, and the next one is RATE_LIMITED."""
        server.budgets.set_remaining(ACTIONS_TOKEN, "graphql", 1)
        last, refused = send_query(server, self.QUERY), send_query(server, self.QUERY)
        assert (last.headers["x-ratelimit-remaining"], last.json()["data"]["rateLimit"]["remaining"]) == ("0", 0)
        assert (refused.status_code, refused.json()["errors"][0]["type"]) == (200, "RATE_LIMITED")
        assert "data" not in refused.json()
        server.clock.set(datetime(2025, 6, 26, 13))
        assert send_query(server, self.QUERY).headers["x-ratelimit-remaining"] == "999"


class TestLog:
    """The log of requests."""

    def test_a_batch_is_logged_by_its_repositories(self, server: Server) -> None:
        """The log has aliases, names, the number of commit totals, and the last four letters of the token."""
        query = """query($o: String!) { a: repository(owner: $o, name: "a") { ...F }
          b: repository(owner: $o, name: "b") { id } }
          fragment F on Repository { defaultBranchRef { target { ... on Commit { history { totalCount } } } } }"""
        run_query(server, query, {"o": "o"})
        logged = server.requests[-1]
        assert (logged.method, logged.path, logged.status, logged.token) == ("POST", "/graphql", 200, "oken")
        assert (logged.repos, logged.aliases, logged.totals) == (("o/a", "o/b"), 2, 1)

    def test_nodes_are_logged_by_name(self, server: Server) -> None:
        """The log has the names of repositories that are queried by id."""
        ids = [server.world.named("o/b").node_id, "R_nobody"]
        run_query(server, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
        assert server.requests[-1].repos == ("o/b", "R_nobody")
