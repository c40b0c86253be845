"""The demo's REST API: repositories, history, redirects, conditional requests and budgets."""

import base64
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx
import pytest

from startrack.demo.access import Clock
from startrack.demo.figures import SteadyHistory
from startrack.demo.lists import demo_world
from startrack.demo.repository import ALWAYS, DatedName, DemoRepository
from startrack.demo.server import ACTIONS_TOKEN, USER_TOKEN, Server, serving
from startrack.demo.world import World

THURSDAY = datetime(2025, 6, 26, 23, 30)
BEGUN = datetime(2024, 1, 3)


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve two repositories of 2024, one of them with a README."""
    figures = SteadyHistory(BEGUN.date(), stars=600, stars_per_day=1, commits=40, days_per_commit=10)
    plain = DemoRepository(
        1, (DatedName(ALWAYS, "o/a"),), BEGUN, figures, visible_from=BEGUN, license="MIT", topics=("t",)
    )
    listed = DemoRepository(2, (DatedName(ALWAYS, "o/list"),), BEGUN, figures, visible_from=BEGUN, readme="x")
    with serving(
        World([plain, listed], {"x": "# A list\n\n- [a](https://github.com/o/a)\n"}),
        clock=Clock(THURSDAY),
    ) as running:
        yield running


@pytest.fixture(scope="module")
def real() -> Iterator[Server]:
    """Serve the demo's world, which no test of this file changes."""
    with serving(demo_world(), clock=Clock(THURSDAY), limits={ACTIONS_TOKEN: 100_000}) as running:
        yield running


def get(
    server: Server,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    anonymous: bool = False,
) -> httpx.Response:
    """Ask for a path as a client does, without following redirects."""
    token = {} if anonymous else {"Authorization": f"Bearer {ACTIONS_TOKEN}"}
    return httpx.get(server.api_url + path, headers={**token, **(headers or {})})


def history(server: Server, name: str) -> list[dict[str, Any]]:
    """Return all weeks of a repository's star history, page by page."""
    with httpx.Client(headers={"Authorization": f"Bearer {ACTIONS_TOKEN}"}) as client:
        weeks: list[dict[str, Any]] = []
        url = f"{server.api_url}/repos/{name}/stargazers/history?per_page=30"
        while url:
            answer = client.get(url, follow_redirects=True)
            weeks += answer.json()
            url = answer.links.get("next", {}).get("url", "")
        return weeks


class TestRepository:
    """`GET /repos/{owner}/{name}`."""

    def test_its_figures_are_the_worlds(self, server: Server) -> None:
        """Watchers are stars, subscribers are watchers, and open issues include pull requests."""
        found = get(server, "/repos/o/a").json()
        figures = server.world.named("o/a").figures.at(THURSDAY)
        assert (found["id"], found["full_name"], found["node_id"]) == (1, "o/a", server.world.named("o/a").node_id)
        assert found["stargazers_count"] == found["watchers_count"] == figures.stars
        assert (found["forks_count"], found["subscribers_count"]) == (figures.forks, figures.watchers)
        assert found["open_issues_count"] == figures.open_issues + (figures.open_prs or 0)
        assert (found["license"]["spdx_id"], found["topics"], found["default_branch"]) == ("MIT", ["t"], "main")
        assert (found["archived"], found["disabled"], found["created_at"]) == (False, False, "2024-01-03T00:00:00Z")

    def test_it_is_found_by_number_and_in_any_case(self, server: Server) -> None:
        """Three ways to ask for one repository."""
        answers = [get(server, path).json() for path in ("/repos/o/a", "/repos/O/A", "/repositories/1")]
        assert answers[0] == answers[1] == answers[2]

    def test_a_renamed_one_redirects_to_its_number(self, server: Server) -> None:
        """Status 301, whatever is asked of it, and the number answers with the new name."""
        server.world.rename("o/a", "new/name")
        answer = get(server, "/repos/o/a")
        assert (answer.status_code, answer.headers["location"]) == (301, f"{server.api_url}/repositories/1")
        assert httpx.get(answer.headers["location"]).json()["full_name"] == "new/name"
        deeper = get(server, "/repos/o/a/stargazers/history").headers["location"]
        assert deeper == f"{server.api_url}/repositories/1/stargazers/history"

    @pytest.mark.parametrize("path", ["/repos/o/x", "/repositories/99", "/repos/o/a/nothing", "/nothing", "/repos/o"])
    def test_what_is_not_there_is_not_found(self, server: Server, path: str) -> None:
        """Status 404."""
        answer = get(server, path)
        assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")

    def test_a_takedown_has_a_status_of_its_own(self, server: Server) -> None:
        """Status 451 for a DMCA notice, 403 for the terms of service, with the reason in the body."""
        server.world.block("o/a", "dmca")
        server.world.block("o/list", "tos")
        answers = [get(server, "/repos/o/a"), get(server, "/repos/o/list")]
        assert [each.status_code for each in answers] == [451, 403]
        assert [each.json()["block"]["reason"] for each in answers] == ["dmca", "tos"]
        assert answers[0].json()["message"] == "Repository access blocked"

    def test_a_deleted_one_is_gone(self, server: Server) -> None:
        """Status 404 from that instant on."""
        server.world.delete("o/a", at=THURSDAY + timedelta(days=1))
        assert get(server, "/repos/o/a").status_code == 200
        server.clock.advance(timedelta(days=2))
        assert get(server, "/repos/o/a").status_code == 404


class TestCommits:
    """`GET /repos/{owner}/{name}/commits` and the commit activity."""

    def test_the_last_page_is_the_total(self, server: Server) -> None:
        """With one commit a page, Link says how many there are."""
        answer = get(server, "/repos/o/a/commits?per_page=1")
        figures = server.world.named("o/a").figures.at(THURSDAY)
        assert httpx.URL(answer.links["last"]["url"]).params["page"] == str(figures.commits)
        assert answer.json()[0]["sha"] == server.world.named("o/a").head_sha(figures)

    def test_an_empty_repository_is_a_conflict(self, server: Server) -> None:
        """Status 409."""
        server.world.empty("o/a")
        assert get(server, "/repos/o/a/commits?per_page=1").status_code == 409

    def test_the_activity_is_computed_first(self, server: Server) -> None:
        """Status 202, then 52 weeks, oldest first, with the days from Sunday."""
        first, second = (get(server, "/repos/o/a/stats/commit_activity") for _ in range(2))
        weeks = second.json()
        assert (first.status_code, second.status_code, len(weeks)) == (202, 200, 52)
        assert datetime.fromtimestamp(weeks[-1]["week"], UTC).strftime("%a %F") == "Sun 2025-06-22"
        assert all(week["total"] == sum(week["days"]) for week in weeks)
        assert sum(week["total"] for week in weeks) == 36


class TestStarHistory:
    """`GET /repos/{owner}/{name}/stargazers/history`."""

    def test_weeks_begin_on_sundays_and_the_newest_comes_first(self, server: Server) -> None:
        """The current week is partial, its future days are 0."""
        weeks = get(server, "/repos/o/a/stargazers/history").json()
        assert weeks[0] == {"week": 1750550400, "total": 5, "days": [1, 1, 1, 1, 1, 0, 0]}
        assert weeks[1]["week"] == weeks[0]["week"] - 7 * 86_400

    @pytest.mark.parametrize("per_page", ["", "?per_page=30", "?per_page=100"])
    def test_thirty_weeks_are_a_page_at_most(self, server: Server, per_page: str) -> None:
        """More is silently cut to thirty."""
        assert len(get(server, f"/repos/o/a/stargazers/history{per_page}").json()) == 30

    def test_pages_are_linked(self, server: Server) -> None:
        """The first page names the next and the last, the last one those before it."""
        first = get(server, "/repos/o/a/stargazers/history?per_page=30")
        assert set(first.links) == {"next", "last"}
        last = httpx.get(first.links["last"]["url"])
        assert set(last.links) == {"prev", "first"}
        assert len(last.json()) == 78 - 2 * 30

    def test_page_101_is_refused(self, server: Server) -> None:
        """Status 422; page 100 is merely empty."""
        answers = [get(server, f"/repos/o/a/stargazers/history?page={page}") for page in (100, 101)]
        assert [each.status_code for each in answers] == [200, 422]
        assert answers[0].json() == []

    def test_the_pages_of_every_project_sum_up_to_its_stars(self, real: Server) -> None:
        """Real and simulated alike; no day is negative, and no week is left out."""
        for each in real.world.repositories[::7]:
            weeks = history(real, each.names[0].name)
            assert sum(week["total"] for week in weeks) == each.figures.at(THURSDAY).stars
            assert all(count >= 0 for week in weeks for count in week["days"])
            assert {a["week"] - b["week"] for a, b in pairwise(weeks)} <= {7 * 86_400}

    def test_stars_taken_back_shrink_the_past(self, real: Server) -> None:
        """The record of tensorflow falls by 2,184 in a week of 2024, which empties that week and some before."""
        weeks = {week["week"]: week["days"] for week in history(real, "tensorflow/tensorflow")}
        days = [weeks[int(datetime(2024, *sunday, tzinfo=UTC).timestamp())] for sunday in ((3, 3), (3, 10))]
        assert days == [[0] * 7, [0, 0, 0, 0, 0, 359, 359]]

    def test_a_week_without_stars_is_a_row_of_zeros(self, real: Server) -> None:
        """Gmaps has many."""
        weeks = history(real, "pbugnion/gmaps")
        assert {"total": 0, "days": [0] * 7}.items() <= weeks[1].items()


class TestReadme:
    """The text of a list."""

    def test_it_comes_raw(self, server: Server) -> None:
        """By both paths, with the raw media type."""
        raw = {"Accept": "application/vnd.github.raw+json"}
        for path in ("/repos/o/list/readme", "/repos/o/list/contents/README.md"):
            assert get(server, path, raw).text == server.world.list_text("x")

    def test_it_comes_as_base64_otherwise(self, server: Server) -> None:
        """With its name and size."""
        found = get(server, "/repos/o/list/readme").json()
        assert base64.b64decode(found["content"]).decode() == server.world.list_text("x")
        assert (found["path"], found["encoding"], found["size"]) == ("README.md", "base64", 40)

    def test_not_every_repository_has_one(self, server: Server) -> None:
        """Status 404."""
        assert get(server, "/repos/o/a/readme").status_code == 404

    @pytest.mark.parametrize(
        ("name", "project"),
        [
            ("ml-tooling/best-of-ml-python", "huggingface/transformers"),
            ("Open-DataFlow/Awesome_MLLMs_Reasoning", "hiyouga/EasyR1"),
        ],
    )
    def test_the_demos_lists_are_there(self, real: Server, name: str, project: str) -> None:
        """Each in the repository it is known by."""
        text = get(real, f"/repos/{name}/readme", {"Accept": "application/vnd.github.raw+json"}).text
        assert project in text


class TestConditions:
    """ETags, versions and user agents."""

    def test_an_unchanged_answer_is_free(self, server: Server) -> None:
        """Status 304 without a body, and the budget stays as it was."""
        first = get(server, "/repos/o/a")
        again = get(server, "/repos/o/a", {"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"] == "999"

    def test_a_changed_answer_comes_whole(self, server: Server) -> None:
        """A star more makes another tag."""
        tag = get(server, "/repos/o/a").headers["etag"]
        server.clock.advance(timedelta(days=1))
        assert get(server, "/repos/o/a", {"If-None-Match": tag}).status_code == 200

    def test_an_unknown_version_is_refused(self, server: Server) -> None:
        """Status 400; both supported ones are fine."""
        statuses = [
            get(server, "/repos/o/a", {"X-GitHub-Api-Version": version}).status_code
            for version in ("2022-11-28", "2026-03-10", "2030-01-01")
        ]
        assert statuses == [200, 200, 400]

    def test_a_user_agent_is_required(self, server: Server) -> None:
        """Without one, the request is forbidden."""
        assert get(server, "/repos/o/a", {"User-Agent": ""}).status_code == 403

    def test_the_date_is_the_clocks(self, server: Server) -> None:
        """A client can tell how far its own clock is off."""
        assert get(server, "/repos/o/a").headers["date"] == "Thu, 26 Jun 2025 23:30:00 GMT"


class TestBudget:
    """What an hour allows."""

    def test_nobody_needs_a_token_for_sixty_requests(self, server: Server) -> None:
        """The sixty-first is refused until the hour is over."""
        answers = [get(server, "/repos/o/a", anonymous=True) for _ in range(61)]
        assert [each.status_code for each in answers] == [200] * 60 + [403]
        assert answers[-1].headers["x-ratelimit-remaining"] == "0"
        assert "API rate limit exceeded" in answers[-1].json()["message"]
        server.clock.set(datetime(2025, 6, 27))
        assert get(server, "/repos/o/a", anonymous=True).status_code == 200

    def test_an_unknown_token_is_bad_credentials(self, server: Server) -> None:
        """A bad token is worse than none."""
        answer = get(server, "/repos/o/a", {"Authorization": "token nobody"})
        assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")

    def test_every_token_has_its_own(self, server: Server) -> None:
        """A user has five thousand; REST and GraphQL are counted apart; asking for the budget is free."""
        get(server, "/repos/o/a")
        mine = get(server, "/rate_limit").json()["resources"]
        theirs = get(server, "/rate_limit", {"Authorization": f"token {USER_TOKEN}"}).json()["resources"]
        assert (mine["core"]["remaining"], mine["graphql"]["remaining"]) == (999, 1000)
        assert theirs["core"] == {"limit": 5000, "remaining": 5000, "used": 0, "reset": 1750982400}
