"""The demo's GraphQL: the fields, the errors and the budget that GitHub documents."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from startrack.demo.access import Clock
from startrack.demo.figures import SteadyHistory
from startrack.demo.repository import ALWAYS, DatedName, DemoRepository, Release
from startrack.demo.server import ACTIONS_TOKEN, Server, serving
from startrack.demo.world import World

NOW = datetime(2025, 6, 26, 12, 30)
BEGUN = datetime(2024, 1, 1)


def hosted(number: int, name: str) -> DemoRepository:
    """Return a made-up repository with everything that details ask for."""
    return DemoRepository(
        number,
        (DatedName(ALWAYS, name),),
        BEGUN,
        SteadyHistory(BEGUN.date(), stars=600, stars_per_day=1, commits=40, days_per_commit=10, offset=number),
        visible_from=BEGUN,
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
    """Serve three repositories, at half past an hour."""
    world = World([hosted(1, "o/a"), hosted(2, "o/b"), hosted(3, "O/C")])
    with serving(world, clock=Clock(NOW)) as running:
        yield running


def send(
    server: Server,
    query: str,
    variables: Mapping[str, object] | None = None,
    token: str = ACTIONS_TOKEN,
) -> httpx.Response:
    """Send a query as a client does."""
    headers = {"Authorization": f"Bearer {token}"}
    body = {"query": query, "variables": dict(variables or {})}
    return httpx.post(server.graphql_url, json=body, headers=headers)


def ask(server: Server, query: str, variables: Mapping[str, object] | None = None) -> dict[str, Any]:
    """Return the body of the answer to a query, which has status 200."""
    answer = send(server, query, variables)
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
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
    """What a repository answers."""

    def test_light_fields_are_the_worlds(self, server: Server) -> None:
        """Scalars, licence, language and head come as of the clock."""
        found = ask(server, LIGHT, {"o": "o", "n": "a"})["data"]["r0"]
        repository = server.world.named("o/a")
        figures = repository.figures.at(NOW)
        assert (found["stargazerCount"], found["forkCount"]) == (figures.stars, figures.forks)
        assert (found["databaseId"], found["id"]) == (1, repository.node_id)
        assert found["defaultBranchRef"]["target"]["oid"] == repository.head_sha(figures)
        assert (found["licenseInfo"], found["primaryLanguage"]["name"]) == ({"spdxId": "MIT"}, "Python")
        assert (found["createdAt"], found["archivedAt"]) == ("2024-01-01T00:00:00Z", None)

    def test_details_are_the_worlds(self, server: Server) -> None:
        """Counts by state, topics as many as asked for, and the newest release that is no pre-release."""
        found = ask(server, DETAILS)["data"]["r0"]
        figures = server.world.named("o/a").figures.at(NOW)
        assert found["watchers"]["totalCount"] == figures.watchers
        assert found["issues"]["totalCount"] == figures.open_issues
        assert found["every"]["totalCount"] == figures.open_issues + figures.closed_issues
        assert found["pullRequests"]["totalCount"] == figures.open_prs
        assert found["releases"]["totalCount"] == 2
        assert found["latestRelease"]["tagName"] == "v1"
        assert [each["topic"]["name"] for each in found["repositoryTopics"]["nodes"]] == ["a", "b"]

    def test_the_clock_moves_the_figures(self, server: Server) -> None:
        """A day later there is a star more."""
        query = '{ repository(owner: "o", name: "a") { stargazerCount } }'
        before = ask(server, query)["data"]["repository"]["stargazerCount"]
        server.clock.advance(timedelta(days=1))
        assert ask(server, query)["data"]["repository"]["stargazerCount"] == before + 1

    def test_commits_are_counted_in_all_and_in_a_span(self, server: Server) -> None:
        """`since` counts those after it, with or without a time zone."""
        query = """{ repository(owner: "o", name: "a") { defaultBranchRef { target { ... on Commit {
          all: history { totalCount }
          late: history(since: "2025-06-06T12:30:00Z") { totalCount }
          early: history(until: "2025-06-06T14:30:00+02:00") { totalCount } } } } } }"""
        found = ask(server, query)["data"]["repository"]["defaultBranchRef"]["target"]
        total = server.world.named("o/a").figures.at(NOW).commits
        assert found["all"]["totalCount"] == total
        assert found["late"]["totalCount"] == 2
        assert found["early"]["totalCount"] == total - 2

    def test_an_empty_repository_has_no_branch(self, server: Server) -> None:
        """`defaultBranchRef` and `pushedAt` are null."""
        server.world.empty("o/a")
        found = ask(server, LIGHT, {"o": "o", "n": "a"})["data"]["r0"]
        assert (found["isEmpty"], found["defaultBranchRef"], found["pushedAt"]) == (True, None, None)

    def test_an_archived_repository_says_since_when(self, server: Server) -> None:
        """`archivedAt` goes with `isArchived`."""
        server.world.archive("o/a", at=datetime(2025, 1, 1))
        found = ask(server, LIGHT, {"o": "o", "n": "a"})["data"]["r0"]
        assert (found["isArchived"], found["archivedAt"]) == (True, "2025-01-01T00:00:00Z")

    def test_hostile_text_comes_through_untouched(self, server: Server) -> None:
        """A description is data."""
        hostile = "</script><!-- | ] ` \u202e \n -->" * 300
        server.world.describe("o/a", hostile)
        assert ask(server, LIGHT, {"o": "o", "n": "a"})["data"]["r0"]["description"] == hostile


class TestNames:
    """Which repository answers."""

    def test_case_does_not_matter(self, server: Server) -> None:
        """The answer has the name as its owner writes it."""
        assert ask(server, LIGHT, {"o": "o", "n": "c"})["data"]["r0"]["nameWithOwner"] == "O/C"

    def test_an_old_name_answers_with_the_new_one(self, server: Server) -> None:
        """A renamed repository is found without an error."""
        server.world.rename("o/a", "new/name")
        body = ask(server, LIGHT, {"o": "o", "n": "a"})
        assert body["data"]["r0"]["nameWithOwner"] == "new/name"
        assert "errors" not in body

    def test_renames_need_not_be_followed(self, server: Server) -> None:
        """With `followRenames: false` an old name finds nothing."""
        server.world.rename("o/a", "new/name")
        body = ask(server, '{ repository(owner: "o", name: "a", followRenames: false) { id } }')
        assert body["errors"][0]["type"] == "NOT_FOUND"

    def test_a_missing_repository_is_null_with_an_error(self, server: Server) -> None:
        """The others of the batch are answered."""
        body = ask(
            server,
            '{ r0: repository(owner: "o", name: "x") { id } r1: repository(owner: "o", name: "b") { name } }',
        )
        assert body["data"] == {"r0": None, "r1": {"name": "b"}}
        error = body["errors"][0]
        assert (error["type"], error["path"]) == ("NOT_FOUND", ["r0"])
        assert error["message"] == "Could not resolve to a Repository with the name 'o/x'."
        assert error["locations"] == [{"line": 1, "column": 3}]

    def test_a_blocked_repository_is_just_not_found(self, server: Server) -> None:
        """GraphQL does not tell a takedown from a deletion."""
        server.world.block("o/a", "dmca")
        assert ask(server, LIGHT, {"o": "o", "n": "a"})["errors"][0]["type"] == "NOT_FOUND"

    def test_nodes_are_found_by_id_and_missing_ones_are_null_in_place(self, server: Server) -> None:
        """The path of the error names the place in the list."""
        ids = [server.world.named("o/a").node_id, "R_nobody"]
        body = ask(server, "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { name } } }", {"ids": ids})
        assert body["data"]["nodes"] == [{"name": "a"}, None]
        assert (body["errors"][0]["type"], body["errors"][0]["path"]) == ("NOT_FOUND", ["nodes", 1])

    def test_more_than_a_hundred_ids_are_refused_whole(self, server: Server) -> None:
        """There is no data at all."""
        body = ask(server, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["x"] * 101})
        assert (body["data"], body["errors"][0]["type"]) == (None, "ARGUMENT_LIMIT")


class TestRefusals:
    """Queries that do not fit."""

    def test_an_unknown_field_is_refused_with_status_200(self, server: Server) -> None:
        """There are errors, and no data."""
        body = ask(server, '{ repository(owner: "o", name: "a") { stars } }')
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
    def test_other_mistakes_have_a_message_and_no_data(self, server: Server, query: str) -> None:
        """Syntax, arguments and types are checked."""
        body = ask(server, query)
        assert "data" not in body
        assert body["errors"][0]["message"]

    def test_the_stargazers_connection_is_not_there(self, server: Server) -> None:
        """It answers nobody since July 2026, so asking for it is a mistake."""
        body = ask(server, '{ repository(owner: "o", name: "a") { stargazers { totalCount } } }')
        assert body["errors"][0]["extensions"]["code"] == "undefinedField"

    def test_a_body_that_is_no_json_is_a_bad_request(self, server: Server) -> None:
        """Status 400."""
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
        assert httpx.post(server.graphql_url, content=b"{", headers=headers).status_code == 400
        assert httpx.post(server.graphql_url, json=[], headers=headers).status_code == 400

    def test_a_query_is_posted(self, server: Server) -> None:
        """GET finds nothing."""
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
        assert httpx.get(server.graphql_url, headers=headers).status_code == 404


class TestBudget:
    """Tokens and points."""

    QUERY = "{ rateLimit { cost limit remaining used resetAt } }"

    def test_nobody_asks_without_a_token(self, server: Server) -> None:
        """There is no anonymous GraphQL."""
        assert httpx.post(server.graphql_url, json={"query": self.QUERY}).status_code == 401

    def test_an_unknown_token_is_bad_credentials(self, server: Server) -> None:
        """Status 401 and those words."""
        answer = send(server, self.QUERY, token="nobody")  # noqa: S106 - no secret
        assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")

    def test_a_revoked_token_is_bad_from_then_on(self, server: Server) -> None:
        """A token can turn bad in the middle of a run."""
        server.budgets.revoke(ACTIONS_TOKEN)
        assert send(server, self.QUERY).status_code == 401

    def test_a_user_agent_is_required(self, server: Server) -> None:
        """Without one, the request is forbidden."""
        headers = {"Authorization": f"Bearer {ACTIONS_TOKEN}", "User-Agent": ""}
        assert httpx.post(server.graphql_url, json={"query": self.QUERY}, headers=headers).status_code == 403

    def test_headers_and_field_say_what_is_left(self, server: Server) -> None:
        """An Actions token has a thousand points an hour, which begins at the full hour."""
        answer = send(server, self.QUERY)
        said = answer.json()["data"]["rateLimit"]
        assert said == {"cost": 1, "limit": 1000, "remaining": 999, "used": 1, "resetAt": "2025-06-26T13:00:00Z"}
        headers = {each: answer.headers[f"x-ratelimit-{each}"] for each in ("limit", "remaining", "used", "resource")}
        assert headers == {"limit": "1000", "remaining": "999", "used": "1", "resource": "graphql"}
        assert answer.headers["x-ratelimit-reset"] == "1750942800"

    def test_counts_cost_one_point_and_pages_of_rows_cost_more(self, server: Server) -> None:
        """Connections whose rows are asked for count a hundredth each."""
        ids = [server.world.named("o/a").node_id] * 100
        rows = "releases(first: 1) { totalCount } repositoryTopics(first: 1) { totalCount }"
        ask(
            server,
            "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Repository { issues { totalCount } } } }",
            {"ids": ids},
        )
        ask(server, f"query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Repository {{ {rows} }} }} }}", {"ids": ids})
        assert [each.cost for each in server.requests] == [1, 2]

    def test_a_spent_budget_answers_without_data_until_the_hour_is_over(self, server: Server) -> None:
        """The last good answer has nothing remaining, the next one is RATE_LIMITED."""
        server.budgets.set_remaining(ACTIONS_TOKEN, "graphql", 1)
        last, refused = send(server, self.QUERY), send(server, self.QUERY)
        assert (last.headers["x-ratelimit-remaining"], last.json()["data"]["rateLimit"]["remaining"]) == ("0", 0)
        assert (refused.status_code, refused.json()["errors"][0]["type"]) == (200, "RATE_LIMITED")
        assert "data" not in refused.json()
        server.clock.set(datetime(2025, 6, 26, 13))
        assert send(server, self.QUERY).headers["x-ratelimit-remaining"] == "999"


class TestLog:
    """What the server remembers of requests."""

    def test_a_batch_is_logged_by_its_repositories(self, server: Server) -> None:
        """Aliases, names behind variables, commit totals and the token's last four letters."""
        query = """query($o: String!) { a: repository(owner: $o, name: "a") { ...F }
          b: repository(owner: $o, name: "b") { id } }
          fragment F on Repository { defaultBranchRef { target { ... on Commit { history { totalCount } } } } }"""
        ask(server, query, {"o": "o"})
        seen = server.requests[-1]
        assert (seen.method, seen.path, seen.status, seen.token) == ("POST", "/graphql", 200, "oken")
        assert (seen.repos, seen.aliases, seen.totals) == (("o/a", "o/b"), 2, 1)

    def test_nodes_are_logged_by_name(self, server: Server) -> None:
        """Ids are resolved to the names they stand for."""
        ids = [server.world.named("o/b").node_id, "R_nobody"]
        ask(server, "query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ids})
        assert server.requests[-1].repos == ("o/b", "R_nobody")
