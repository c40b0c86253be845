"""Counting against the demo's GitHub over real HTTP: every answer has its place, none stops the run."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW
from conftest import connect_over_http as connect
from startrack.demo import faults
from startrack.demo.access import Clock
from startrack.demo.faults import Fault, FaultRule, repository_names
from startrack.demo.server import ACTIONS_TOKEN, USER_TOKEN, Server, serving
from startrack.demo.simulation import simulated_world
from startrack.errors import GitHubError, LimitError, NetworkError, TokenError
from startrack.github import collector, tokens
from startrack.github.client import Client, Endpoints
from startrack.model.repository import Counted, KnownRepository, Missing, Observation, Reason

SIMULATED = 130
TODAY = NOW.date()


@pytest.fixture
def names(github: Server) -> list[str]:
    """Return the names of a few dozen repositories of the demo."""
    return [each.name(NOW) for each in github.world.repositories][:60]


def count(
    client: Client, names: Iterable[str], known: Iterable[KnownRepository] = (), today: date = TODAY
) -> list[Observation]:
    """Count and return the observations."""
    return list(collector.collect(client, list(names), known, today).observations)


def as_known(seen: Iterable[Observation]) -> list[KnownRepository]:
    """Return what the next run knows from these observations."""
    return [
        KnownRepository(
            each.repository.name, each.repository.repo_id, (each.repository.head_oid or "")[:8], each.commits, NOW
        )
        for each in seen
        if isinstance(each, Counted)
    ]


def agree(github: Server, seen: Iterable[Observation]) -> None:
    """Check every figure against the demo's GitHub."""
    now = github.clock.now()
    for each in seen:
        assert isinstance(each, Counted), each
        hosted = github.world.find(each.asked, now)
        assert hosted is not None
        figures = hosted.figures.at(now)
        assert (each.stars, each.forks) == (figures.stars, figures.forks)
        assert each.commits in (None, figures.commits if hosted.default_branch else 0)


def test_every_figure_is_that_of_github(github: Server, client: Client, names: list[str]) -> None:
    """Stars, forks and commit totals of real projects, each under its own name."""
    seen = count(client, names)
    agree(github, seen)
    assert [each.asked for each in seen] == names
    assert all(isinstance(each, Counted) and each.commits is not None for each in seen)


def test_unchanged_heads_cost_no_request(github: Server, client: Client, names: list[str]) -> None:
    """The second run of a day requests the light scalars and a seventh of the details, but no commit total."""
    known = as_known(count(client, names))
    github.requests.clear()
    seen = count(client, names, known)
    agree(github, seen)
    assert all(isinstance(each, Counted) and each.commits is not None for each in seen)
    assert not any(each.totals for each in github.requests)
    assert len(github.requests) <= 2 + 1


def test_a_usual_day_needs_few_requests() -> None:
    """A thousand projects, one in twenty changed: 20 light requests, 12 for details, one per eight changed ones."""
    with serving(simulated_world(1000), clock=Clock(datetime(2026, 1, 1))) as github, connect(github) as client:
        names = [each.name(github.clock.now()) for each in github.world.repositories]
        known = as_known(count(client, names))
        moved = {each.repo_id for each in known[::20]}
        known = [replace(each, head="moved000") if each.repo_id in moved else each for each in known]
        before = client.requests
        seen = count(client, names, known, date(2026, 1, 2))
        agree(github, seen)
        assert client.requests - before <= 20 + 12 + len(moved) // 8 + 1


def test_missing_repositories_get_their_reason(github: Server, client: Client) -> None:
    """GraphQL says only "not found"; deleted, blocked and SAML-protected ones are distinguished, the others counted."""
    names = ["comet-ml/opik", "apache/mxnet", "sktime/sktime", "no-such/repository", "hiyouga/EasyR1"]
    github.world.block("comet-ml/opik", "dmca")
    github.world.block("apache/mxnet", "tos")
    github.faults.add(FaultRule(faults.saml("sktime/sktime")))
    seen = count(client, names)
    told = {each.asked: each.reason for each in seen if isinstance(each, Missing)}
    assert told == {
        "comet-ml/opik": Reason.DMCA,
        "apache/mxnet": Reason.TOS,
        "sktime/sktime": Reason.SAML,
        "no-such/repository": Reason.NOT_FOUND,
    }
    agree(github, seen[-1:])


def test_a_renamed_repository_is_counted_under_both_names(github: Server, client: Client) -> None:
    """The new name is returned, the id stays, and its figures are requested once."""
    github.world.rename("hiyouga/EasyR1", "somebody/EasyR1")
    seen = count(client, ["hiyouga/EasyR1", "somebody/easyr1"])
    assert {(each.repository.name, each.repository.repo_id) for each in seen if isinstance(each, Counted)} == {
        ("somebody/EasyR1", github.world.named("somebody/EasyR1").repo_id),
    }
    agree(github, seen)


def test_an_empty_repository_has_no_commits(github: Server, client: Client) -> None:
    """Without a default branch the total is 0, not unknown."""
    github.world.empty("hiyouga/EasyR1")
    (seen,) = count(client, ["hiyouga/EasyR1"])
    assert isinstance(seen, Counted)
    assert (seen.commits, seen.repository.default_branch) == (0, None)


def test_new_repositories_get_details(client: Client) -> None:
    """Issues, pull requests, watchers and topics of a repository that is counted for the first time."""
    (seen,) = count(client, ["hiyouga/EasyR1"])
    assert isinstance(seen, Counted)
    assert seen.details is not None
    assert seen.details.open_issues is not None
    assert seen.details.topics


def test_figures_that_github_refuses_stay_unknown(client: Client) -> None:
    """A field that is refused for one repository leaves its details unknown, never 0."""
    (seen,) = count(client, ["comet-ml/opik"])
    assert isinstance(seen, Counted)
    assert seen.details is None


TROUBLES: dict[str, Callable[[], Fault]] = {
    "502 as HTML": lambda: faults.bad_gateway(502),
    "504 as HTML": lambda: faults.bad_gateway(504),
    "502 as JSON": faults.bad_gateway_json,
    "something went wrong": faults.went_wrong,
    "HTML with status 200": faults.html_page,
    "cut off": faults.truncated,
    "data: null": faults.data_null,
    "resource limits": lambda: faults.resource_limits(beyond=10),
    "connection reset": faults.reset,
    "slow body": lambda: faults.slow_body(0.002),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_failing_large_batches_lose_nothing(github: Server, client: Client, names: list[str], trouble: str) -> None:
    """If batches of more than ten fail, all repositories are counted, and no heavy batch is sent twice."""
    github.faults.add(FaultRule(TROUBLES[trouble](), operation="graphql", more_than=10))
    agree(github, count(client, names))
    if trouble != "slow body":
        batches = Counter(each.repos for each in github.requests if each.aliases > 10)
        assert set(batches.values()) <= {1}


@pytest.mark.parametrize("trouble", ["502 as HTML", "data: null", "cut off", "something went wrong"])
def test_one_bad_repository_is_missing_alone(github: Server, client: Client, names: list[str], trouble: str) -> None:
    """A repository that fails even alone is missing with GitHub's message; all others are counted."""
    github.faults.add(FaultRule(TROUBLES[trouble](), operation="graphql", repos=repository_names(names[7])))
    seen = count(client, names)
    assert [each.asked for each in seen if isinstance(each, Missing)] == [names[7]]
    bad = seen.pop(7)
    assert isinstance(bad, Missing)
    assert (bad.reason, bool(bad.detail)) == (Reason.FAILED, True)
    agree(github, seen)


def test_a_refused_batch_is_halved(github: Server, client: Client, names: list[str]) -> None:
    """An organisation's allow list answers 403 to every batch with one of its repositories."""
    github.faults.add(FaultRule(faults.ip_allow_list(), repos=repository_names(names[3])))
    seen = count(client, names)
    assert [each.asked for each in seen if isinstance(each, Missing)] == [names[3]]


@pytest.mark.parametrize(
    "limit",
    [
        faults.primary_limit("RATE_LIMITED"),
        faults.primary_limit("RATE_LIMIT"),
        faults.secondary_limit(200),
        faults.secondary_limit(403, retry_after=7),
        faults.secondary_limit(429),
    ],
)
def test_the_run_waits_for_a_rate_limit(github: Server, names: list[str], limit: Fault) -> None:
    """Both forms of the primary limit, and the secondary limit in all three statuses."""
    github.faults.add(FaultRule(limit, operation="graphql", times=1))
    waits: list[float] = []
    with connect(github, max_wait=4000) as client:
        client.sleep = waits.append
        agree(github, count(client, names))
    assert len(waits) == 1
    assert waits[0] >= 1


def test_a_spent_budget_keeps_what_was_counted(github: Server, names: list[str]) -> None:
    """The rest is "not asked", in the order of the names, and the next run begins with it."""
    github.budgets.set_remaining(USER_TOKEN, "graphql", 1)
    with connect(github, max_wait=0) as client:
        tally = collector.collect(client, names, (), TODAY)
        assert tally.stopped is not None
        assert "try again" in tally.stopped
        counted = [each for each in tally.observations if isinstance(each, Counted)]
        assert len(counted) == collector.LIGHT_BATCH
        assert {each.reason for each in tally.observations if isinstance(each, Missing)} == {Reason.NOT_ASKED}
        github.clock.advance(timedelta(hours=1))
        github.requests.clear()
        collector.collect(client, names, as_known(counted), TODAY)
    first = github.requests[0].repos
    assert set(names[collector.LIGHT_BATCH :]) <= set(first)


def test_a_budget_spent_before_the_first_count_is_an_error(github: Server, names: list[str]) -> None:
    """There is nothing to keep."""
    github.budgets.set_remaining(USER_TOKEN, "graphql", 0)
    with connect(github, max_wait=0) as client, pytest.raises(LimitError, match=r"try again in \d+ min"):
        count(client, names)


def test_a_refused_token_is_reported_without_showing_it(github: Server, names: list[str]) -> None:
    """The error gives the remedy and no part of the token but its last letters."""
    with connect(github, "ghp_secretsecretsecret") as client, pytest.raises(TokenError) as caught:
        count(client, names)
    assert "GitHub refused the token" in str(caught.value)
    assert "secret" not in str(caught.value) + repr(client)


def test_a_token_refused_during_the_run_keeps_what_was_counted(
    github: Server, client: Client, names: list[str]
) -> None:
    """Counts from before the 401 stay."""
    github.faults.add(FaultRule(faults.bad_credentials(), after=1))
    tally = collector.collect(client, names, (), TODAY)
    assert tally.stopped is not None
    assert sum(isinstance(each, Counted) for each in tally.observations) == collector.LIGHT_BATCH


def test_several_tokens_are_one_budget(github: Server, names: list[str]) -> None:
    """If one is spent, the other goes on; nothing is requested twice, and neither goes below the reserve."""
    for token in (USER_TOKEN, ACTIONS_TOKEN):
        github.budgets.set_remaining(token, "graphql", 6)
    with connect(github, USER_TOKEN, ACTIONS_TOKEN, max_wait=0, reserve=2) as client:
        agree(github, count(client, names))
    used = {each.token for each in github.requests}
    assert used == {USER_TOKEN[-4:], ACTIONS_TOKEN[-4:]}
    left = [github.budgets.state(token, "graphql").remaining for token in (USER_TOKEN, ACTIONS_TOKEN)]
    assert min(left) >= 2


def test_a_bad_token_among_several_is_not_used(github: Server, names: list[str]) -> None:
    """The run goes on with the good one; only the last four letters of the bad one are shown."""
    bad = "ghp_" + "thisisnogoodtoken"
    with connect(github, bad, USER_TOKEN) as client:
        agree(github, count(client, names))
        assert client.tokens.problems == ["GitHub refused the token …oken; replace it"]


def test_any_number_of_bad_tokens_is_skipped(github: Server, names: list[str]) -> None:
    """Even if there are more of them than a request has attempts, the good one is used."""
    bad = [f"ghp_nogoodtoken{number:04}" for number in range(7)]
    with connect(github, *bad, USER_TOKEN) as client:
        agree(github, count(client, names))
        assert len(client.tokens.problems) == len(bad)


def test_the_reserve_is_left_untouched(github: Server, names: list[str]) -> None:
    """A run stops at the reserve, keeps what was counted, and says when to try again."""
    github.budgets.set_remaining(USER_TOKEN, "graphql", 51)
    with connect(github, max_wait=0, reserve=50) as client:
        tally = collector.collect(client, names, (), TODAY)
    assert tally.stopped is not None
    assert github.budgets.state(USER_TOKEN, "graphql").remaining == 50


def test_missing_scopes_are_named(github: Server, client: Client, names: list[str]) -> None:
    """The error names the scope to add."""
    github.faults.add(FaultRule(faults.insufficient_scopes("read:org")))
    with pytest.raises(TokenError, match="read:org"):
        count(client, names)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nowhere.invalid"])
def test_no_network_is_one_clear_error(url: str) -> None:
    """No server, or no such host: a few attempts, then an error."""
    pauses: list[float] = []
    with Client(Endpoints(url, f"{url}/graphql"), tokens.create([USER_TOKEN]), sleep=pauses.append) as client:
        with pytest.raises(NetworkError, match="cannot reach"):
            count(client, ["o/n"])
        assert client.requests == len(pauses) + 1 == 4


def test_enterprise_servers_work(github: Server) -> None:
    """With their paths, and if they do not know the API version."""
    github.faults.add(FaultRule(faults.version_refused(), version="2026-03-10"))
    endpoints = Endpoints(github.enterprise_api_url, github.enterprise_graphql_url)
    with Client(endpoints, tokens.create([USER_TOKEN]), sleep=lambda _seconds: None) as client:
        seen = count(client, ["hiyouga/EasyR1", "no-such/repository"])
    agree(github, seen[:1])
    assert isinstance(seen[1], Missing)
    assert seen[1].reason is Reason.NOT_FOUND


def test_without_a_token_rest_is_used(github: Server) -> None:
    """Stars, forks, watchers and commit totals with two calls each; renames are followed, open issues stay unknown."""
    github.world.rename("hiyouga/EasyR1", "somebody/EasyR1")
    github.world.empty("om-ai-lab/VLM-R1")
    names = ["hiyouga/EasyR1", "om-ai-lab/VLM-R1", "TideDra/lmm-r1", "no-such/repository"]
    with connect(github, None) as client:
        *seen, missing = count(client, names)
    agree(github, seen)
    assert isinstance(missing, Missing)
    assert all(isinstance(each, Counted) and each.commits is not None and each.details for each in seen)
    assert {each.details.open_issues for each in seen if isinstance(each, Counted) and each.details} == {None}


def test_without_a_token_there_are_sixty_calls(github: Server) -> None:
    """The hour's sixty calls go to stars first; the rest is not asked, and the result says so."""
    names = [each.name(NOW) for each in github.world.repositories][:70]
    with connect(github, None, max_wait=0) as client:
        tally = collector.collect(client, names, (), TODAY)
    assert sum(isinstance(each, Counted) for each in tally.observations) == 60
    assert {each.reason for each in tally.observations if isinstance(each, Missing)} == {Reason.NOT_ASKED}
    assert tally.stopped is not None
    assert "set GITHUB_TOKEN" in tally.stopped


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mix_of_faults_ends_with_a_result_for_every_entry(data: st.DataObject) -> None:
    """Counted with GitHub's figures, or missing with a reason; never wrong, and always within a bound of requests."""
    size = data.draw(st.integers(1, SIMULATED))
    with serving(simulated_world(size), clock=Clock(datetime(2026, 1, 1))) as github, connect(github) as client:
        for name in data.draw(st.lists(st.sampled_from(sorted(TROUBLES)), max_size=4)):
            chance = data.draw(st.sampled_from([0.1, 0.3, 1.0]))
            more_than = data.draw(st.integers(0, 40))
            times = data.draw(st.sampled_from([1, 5, 40]))
            github.faults.add(
                FaultRule(TROUBLES[name](), operation="graphql", more_than=more_than, chance=chance, times=times),
            )
        names = [each.name(github.clock.now()) for each in github.world.repositories]
        try:
            tally = collector.collect(client, names, (), date(2026, 1, 1))
        except GitHubError:  # an outage from the first answer on
            assert client.requests < 40
            return
    assert [each.asked for each in tally.observations] == names
    agree(github, [each for each in tally.observations if isinstance(each, Counted)])
    assert client.requests <= 20 + 8 * size


def test_the_actions_token_is_enough_for_a_large_list() -> None:
    """A thousand new projects cost an Actions token less than a third of its hour."""
    with serving(simulated_world(1000), clock=Clock(datetime(2026, 1, 1))) as github:
        names = [each.name(github.clock.now()) for each in github.world.repositories]
        with connect(github, ACTIONS_TOKEN) as client:
            agree(github, count(client, names))
            assert client.points < 333
