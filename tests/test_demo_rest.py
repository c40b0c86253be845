"""The demo's REST API: repositories, star history, redirects, conditional requests and budgets."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from startrack.demo.access import Clock
from startrack.demo.figures import SteadyHistory
from startrack.demo.lists import demo_world
from startrack.demo.server import ACTIONS_TOKEN, USER_TOKEN, Server, serving
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, World

THURSDAY = datetime(2025, 6, 26, 23, 30)
CREATED_AT = datetime(2024, 1, 3)


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve two repositories of 2024, one of them with a README."""
    figures = SteadyHistory(CREATED_AT.date(), stars=600, stars_per_day=1, commits=40, days_per_commit=10)
    plain = DemoRepository(
        1, (DatedName(ALWAYS, "o/a"),), CREATED_AT, figures, visible_from=CREATED_AT, license="MIT", topics=("t",)
    )
    listed = DemoRepository(2, (DatedName(ALWAYS, "o/list"),), CREATED_AT, figures, visible_from=CREATED_AT, readme="x")
    with serving(
        World([plain, listed], {"x": "# A list\n\n- [a](https://github.com/o/a)\n"}),
        clock=Clock(THURSDAY),
    ) as running:
        yield running


@pytest.fixture(scope="module")
def demo_server() -> Iterator[Server]:
    """Serve the demo's world; no test changes it."""
    with serving(demo_world(), clock=Clock(THURSDAY), limits={ACTIONS_TOKEN: 100_000}) as running:
        yield running


def get(
    server: Server,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    anonymous: bool = False,
) -> httpx.Response:
    """Request a path with a token, without following redirects."""
    token = {} if anonymous else {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
    return httpx.get(server.api_url + path, headers={**token, **(headers or {})})


def fetch_history(server: Server, name: str) -> list[dict[str, Any]]:
    """Return all weeks of a repository's star history, page by page."""
    with httpx.Client(headers={"Authorization": f"Bearer {ACTIONS_TOKEN}"}) as client:
        weeks: list[dict[str, Any]] = []
        url = f"{server.api_url}/repos/{name}/stargazers/history?per_page=30"
        while url:
            response = client.get(url, follow_redirects=True)
            weeks += response.json()
            url = response.links.get("next", {}).get("url", "")
        return weeks


class TestRepository:
    """`GET /repos/{owner}/{name}`."""

    def test_fields(self, server: Server) -> None:
        """`watchers_count` is the number of stars, and open issues include pull requests, as at GitHub."""
        body = get(server, "/repos/o/a").json()
        figures = server.world.named("o/a").figures.at(THURSDAY)
        assert (body["id"], body["full_name"], body["node_id"]) == (1, "o/a", server.world.named("o/a").node_id)
        assert body["stargazers_count"] == body["watchers_count"] == figures.stars
        assert (body["forks_count"], body["subscribers_count"]) == (figures.forks, figures.watchers)
        assert body["open_issues_count"] == figures.open_issues + (figures.open_prs or 0)
        assert (body["license"]["spdx_id"], body["topics"], body["default_branch"]) == ("MIT", ["t"], "main")
        assert (body["archived"], body["disabled"], body["created_at"]) == (False, False, "2024-01-03T00:00:00Z")

    def test_a_fork_has_its_parent(self, server: Server) -> None:
        """As it is now, and only if GitHub shows it; other repositories do not have the field."""
        server.world.put(replace(server.world.named("o/list"), is_fork=True, parent_id=1))
        server.world.rename("o/a", "new/name")
        parent = get(server, "/repos/o/list").json()["parent"]
        assert (parent["id"], parent["full_name"]) == (1, "new/name")
        server.world.block("new/name", "dmca")
        assert "parent" not in get(server, "/repos/o/list").json()

    def test_it_is_found_by_id_and_in_any_case(self, server: Server) -> None:
        """A repository is found by its name in any case and by its id."""
        responses = [get(server, path).json() for path in ("/repos/o/a", "/repos/O/A", "/repositories/1")]
        assert responses[0] == responses[1] == responses[2]

    def test_a_renamed_repository_redirects_to_its_id(self, server: Server) -> None:
        """The status is 301 for every path below an old name, and the id has the new name."""
        server.world.rename("o/a", "new/name")
        response = get(server, "/repos/o/a")
        assert (response.status_code, response.headers["location"]) == (301, f"{server.api_url}/repositories/1")
        assert httpx.get(response.headers["location"]).json()["full_name"] == "new/name"
        deeper = get(server, "/repos/o/a/stargazers/history").headers["location"]
        assert deeper == f"{server.api_url}/repositories/1/stargazers/history"

    @pytest.mark.parametrize("path", ["/repos/o/x", "/repositories/99", "/repos/o/a/nothing", "/nothing", "/repos/o"])
    def test_unknown_paths_are_not_found(self, server: Server, path: str) -> None:
        """The status of an unknown path is 404."""
        response = get(server, path)
        assert (response.status_code, response.json()["message"]) == (404, "Not Found")

    def test_a_blocked_repository_has_its_own_status(self, server: Server) -> None:
        """The status is 451 for a DMCA notice and 403 for the terms of service, with the reason in the body."""
        server.world.block("o/a", "dmca")
        server.world.block("o/list", "tos")
        responses = [get(server, "/repos/o/a"), get(server, "/repos/o/list")]
        assert [response.status_code for response in responses] == [451, 403]
        assert [response.json()["block"]["reason"] for response in responses] == ["dmca", "tos"]
        assert responses[0].json()["message"] == "Repository access blocked"

    def test_a_deleted_repository_is_not_found(self, server: Server) -> None:
        """The status is 404 from the instant of the deletion."""
        server.world.delete("o/a", at=THURSDAY + timedelta(days=1))
        assert get(server, "/repos/o/a").status_code == 200
        server.clock.advance(timedelta(days=2))
        assert get(server, "/repos/o/a").status_code == 404


class TestCommits:
    """`GET /repos/{owner}/{name}/commits` and the commit activity."""

    def test_the_last_page_is_the_number_of_commits(self, server: Server) -> None:
        """With one commit per page, the Link header gives the number of commits."""
        response = get(server, "/repos/o/a/commits?per_page=1")
        figures = server.world.named("o/a").figures.at(THURSDAY)
        assert httpx.URL(response.links["last"]["url"]).params["page"] == str(figures.commits)
        assert response.json()[0]["sha"] == server.world.named("o/a").head_sha(figures)

    def test_an_empty_repository_is_a_conflict(self, server: Server) -> None:
        """The status of an empty repository's commits is 409."""
        server.world.empty("o/a")
        assert get(server, "/repos/o/a/commits?per_page=1").status_code == 409

    def test_commit_activity_is_computed_at_the_first_request(self, server: Server) -> None:
        """The status is 202 first; then there are 52 weeks, oldest first, that begin on Sundays."""
        first, second = (get(server, "/repos/o/a/stats/commit_activity") for _ in range(2))
        weeks = second.json()
        assert (first.status_code, second.status_code, len(weeks)) == (202, 200, 52)
        assert datetime.fromtimestamp(weeks[-1]["week"], UTC).strftime("%a %F") == "Sun 2025-06-22"
        assert all(week["total"] == sum(week["days"]) for week in weeks)
        assert sum(week["total"] for week in weeks) == 36


class TestStarHistory:
    """`GET /repos/{owner}/{name}/stargazers/history`."""

    def test_weeks_begin_on_sundays_and_the_newest_is_first(self, server: Server) -> None:
        """The current week is partial: its future days are 0."""
        weeks = get(server, "/repos/o/a/stargazers/history").json()
        assert weeks[0] == {"week": 1750550400, "total": 5, "days": [1, 1, 1, 1, 1, 0, 0]}
        assert weeks[1]["week"] == weeks[0]["week"] - 7 * 86_400

    @pytest.mark.parametrize("per_page", ["", "?per_page=30", "?per_page=100"])
    def test_a_page_has_at_most_thirty_weeks(self, server: Server, per_page: str) -> None:
        """A larger `per_page` gives thirty weeks."""
        assert len(get(server, f"/repos/o/a/stargazers/history{per_page}").json()) == 30

    def test_pages_are_linked(self, server: Server) -> None:
        """The first page links to the next and the last one, and the last page to the previous and the first one."""
        first = get(server, "/repos/o/a/stargazers/history?per_page=30")
        assert set(first.links) == {"next", "last"}
        last = httpx.get(first.links["last"]["url"])
        assert set(last.links) == {"prev", "first"}
        assert len(last.json()) == 78 - 2 * 30

    def test_page_101_is_refused(self, server: Server) -> None:
        """The status of page 101 is 422, while page 100 is empty."""
        responses = [get(server, f"/repos/o/a/stargazers/history?page={page}") for page in (100, 101)]
        assert [response.status_code for response in responses] == [200, 422]
        assert responses[0].json() == []

    def test_star_history_sums_up_to_the_stars(self, demo_server: Server) -> None:
        """The sum of the star history is the number of stars, without negative days or missing weeks."""
        for repository in demo_server.world.repositories[::7]:
            weeks = fetch_history(demo_server, repository.names[0].name)
            assert sum(week["total"] for week in weeks) == repository.figures.at(THURSDAY).stars
            assert all(count >= 0 for week in weeks for count in week["days"])
            assert {a["week"] - b["week"] for a, b in pairwise(weeks)} <= {7 * 86_400}

    def test_removed_stars_change_earlier_weeks(self, demo_server: Server) -> None:
        """A loss of 2,184 stars in one week of 2024 leaves no stars in that week and in some days before it."""
        weeks = {week["week"]: week["days"] for week in fetch_history(demo_server, "tensorflow/tensorflow")}
        days = [weeks[int(datetime(2024, *sunday, tzinfo=UTC).timestamp())] for sunday in ((3, 3), (3, 10))]
        assert days == [[0] * 7, [0, 0, 0, 0, 0, 359, 359]]

    def test_a_week_without_stars_is_a_row_of_zeros(self, demo_server: Server) -> None:
        """A week without stars is not left out."""
        weeks = fetch_history(demo_server, "pbugnion/gmaps")
        assert {"total": 0, "days": [0] * 7}.items() <= weeks[1].items()


class TestReadme:
    """READMEs of repositories that hold a list."""

    def test_raw_content(self, server: Server) -> None:
        """Both paths return the text for the raw media type."""
        raw = {"Accept": "application/vnd.github.raw+json"}
        for path in ("/repos/o/list/readme", "/repos/o/list/contents/README.md"):
            assert get(server, path, raw).text == server.world.list_text("x")

    def test_base64_content(self, server: Server) -> None:
        """Without the raw media type, the content is base64 with its path and size."""
        body = get(server, "/repos/o/list/readme").json()
        assert base64.b64decode(body["content"]).decode() == server.world.list_text("x")
        assert (body["path"], body["encoding"], body["size"]) == ("README.md", "base64", 40)

    def test_a_repository_without_a_readme(self, server: Server) -> None:
        """The status of a missing README is 404."""
        assert get(server, "/repos/o/a/readme").status_code == 404

    @pytest.mark.parametrize(
        ("name", "project"),
        [
            ("ml-tooling/best-of-ml-python", "huggingface/transformers"),
            ("Open-DataFlow/Awesome_MLLMs_Reasoning", "hiyouga/EasyR1"),
        ],
    )
    def test_the_lists_of_the_demo(self, demo_server: Server, name: str, project: str) -> None:
        """Each list is the README of its real repository."""
        text = get(demo_server, f"/repos/{name}/readme", {"Accept": "application/vnd.github.raw+json"}).text
        assert project in text


class TestConditions:
    """ETags, versions and user agents."""

    def test_an_unchanged_response_is_free(self, server: Server) -> None:
        """The status is 304 without a body, and the budget does not change."""
        first = get(server, "/repos/o/a")
        again = get(server, "/repos/o/a", {"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"] == "999"

    def test_a_changed_response_has_a_body(self, server: Server) -> None:
        """A new star changes the ETag."""
        tag = get(server, "/repos/o/a").headers["etag"]
        server.clock.advance(timedelta(days=1))
        assert get(server, "/repos/o/a", {"If-None-Match": tag}).status_code == 200

    def test_an_unknown_version_is_refused(self, server: Server) -> None:
        """The status is 400 for an unknown API version and 200 for the supported ones."""
        statuses = [
            get(server, "/repos/o/a", {"X-GitHub-Api-Version": version}).status_code
            for version in ("2022-11-28", "2026-03-10", "2030-01-01")
        ]
        assert statuses == [200, 200, 400]

    def test_a_user_agent_is_required(self, server: Server) -> None:
        """Without a user agent, the status is 403."""
        assert get(server, "/repos/o/a", {"User-Agent": ""}).status_code == 403

    def test_the_date_header_is_from_the_clock(self, server: Server) -> None:
        """A client can compare the header with its own clock."""
        assert get(server, "/repos/o/a").headers["date"] == "Thu, 26 Jun 2025 23:30:00 GMT"


class TestBudget:
    """Hourly budgets."""

    def test_sixty_requests_need_no_token(self, server: Server) -> None:
        """The sixty-first request without a token is refused until the next hour."""
        responses = [get(server, "/repos/o/a", anonymous=True) for _ in range(61)]
        assert [response.status_code for response in responses] == [200] * 60 + [403]
        assert responses[-1].headers["x-ratelimit-remaining"] == "0"
        assert "API rate limit exceeded" in responses[-1].json()["message"]
        server.clock.set(datetime(2025, 6, 27))
        assert get(server, "/repos/o/a", anonymous=True).status_code == 200

    def test_an_unknown_token_is_bad_credentials(self, server: Server) -> None:
        """An unknown token has status 401."""
        response = get(server, "/repos/o/a", {"Authorization": "token nobody"})
        assert (response.status_code, response.json()["message"]) == (401, "Bad credentials")

    def test_every_token_has_its_own_budget(self, server: Server) -> None:
        """REST and GraphQL have separate budgets for each token, and requests for the rate limit are free."""
        get(server, "/repos/o/a")
        mine = get(server, "/rate_limit").json()["resources"]
        theirs = get(server, "/rate_limit", {"Authorization": f"token {USER_TOKEN}"}).json()["resources"]
        assert (mine["core"]["remaining"], mine["graphql"]["remaining"]) == (999, 1000)
        assert theirs["core"] == {"limit": 5000, "remaining": 5000, "used": 0, "reset": 1750982400}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/pulls", {"title": "t", "head": "h"}, 422),
        ("PATCH", "/pulls/7", {"title": "t"}, 404),
        ("DELETE", "/pulls/7", {}, 404),
        ("GET", "/pulls", {}, 200),
        ("POST", "/issues", {"body": "t"}, 422),
        ("PATCH", "/issues/7", {"body": "t"}, 404),
        ("DELETE", "/issues/7", {}, 404),
        ("GET", "/issues/7", {}, 404),
        ("GET", "/issues", {}, 200),
    ],
)
def test_requests_about_pull_requests_and_issues(
    demo_server: Server, method: str, path: str, body: dict[str, str], status: int
) -> None:
    """What GitHub refuses is refused; test_pull_requests and test_issues have what it does."""
    headers = {"authorization": f"Bearer {ACTIONS_TOKEN}"}
    url = f"{demo_server.api_url}/repos/o/list{path}"
    assert httpx.request(method, url, json=body, headers=headers).status_code == status
