"""Answers of every wrong shape: none ends a run with anything but an error of ours, none becomes a figure."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import GitHubError, NetworkError, SourceError
from startrack.github import collector, tokens
from startrack.github.client import Client, Endpoints
from startrack.github.responses import UnansweredError, rate_limit
from startrack.model.repository import Counted, KnownRepository, Missing, Observation
from test_github_queries import NODE

JSON = {"content-type": "application/json"}
TODAY = date(2026, 1, 1)


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> Client:
    """Return a client whose requests a function answers."""
    endpoints = Endpoints("http://h.invalid", "http://h.invalid/graphql")
    transport = httpx.MockTransport(answer)
    return Client(endpoints, tokens.create(["t" * 20]), transport=transport, sleep=lambda _seconds: None)


def seen(body: object, *names: str) -> list[Observation]:
    """Return what a pass sees when every answer has this body."""
    text = body if isinstance(body, str) else json.dumps(body)
    with answering(lambda _request: httpx.Response(200, text=text, headers=JSON)) as client:
        return list(collector.collect(client, names or ["o/n"], (), TODAY).observations)


SHAPES: list[object] = [
    [],
    "",
    "null",
    "{",
    {"data": []},
    {"errors": 5},
    {"data": {}, "errors": 5},
    {"data": {}, "errors": [{"extensions": None}]},
    {"data": {}, "errors": [{"path": 5}]},
    {"data": {}, "errors": [{"type": ["x"], "path": ["r0"]}]},
    {"data": {"rateLimit": {"cost": None}, "r0": None}},
    {"data": {"rateLimit": "x", "r0": None}},
    {"data": {"r0": 5}},
    {"data": {"r0": NODE | {"databaseId": None}}},
    {"data": {"r0": NODE | {"databaseId": 2**70}}},
    {"data": {"r0": NODE | {"stargazerCount": -1}}},
    {"data": {"r0": NODE | {"stargazerCount": 2**40}}},
    {"data": {"r0": NODE | {"stargazerCount": True}}},
    {"data": {"r0": NODE | {"nameWithOwner": None}}},
    {"data": {"r0": NODE | {"nameWithOwner": "../../x"}}},
    {"data": {"r0": NODE | {"nameWithOwner": "o/n,1\n2"}}},
    {"data": {"r0": NODE | {"nameWithOwner": ""}}},
    {"data": {"r0": NODE | {"primaryLanguage": "x"}}},
    {"data": {"r0": NODE | {"licenseInfo": [], "primaryLanguage": [1]}}},
    {"data": {"r0": NODE | {"createdAt": "0001-01-01T00:00:00+12:00"}}},
    {"data": {"r0": NODE | {"createdAt": "yesterday"}}},
]


@pytest.mark.parametrize("body", SHAPES, ids=lambda body: json.dumps(body)[:60])
def test_a_response_of_another_shape_gives_no_figure(body: object) -> None:
    """The repository is missing with a reason, or the pass ends with a startrack error."""
    try:
        (found,) = seen(body)
    except GitHubError:
        return
    assert isinstance(found, Missing)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["data", "errors", "r0", "path", "type", "message", "extensions", "nodes", "rateLimit"],
                ),
                inner,
            )
        ),
        max_leaves=20,
    ),
)
def test_no_json_is_ever_a_traceback(body: object) -> None:
    """Whatever the JSON: missing, or a startrack error."""
    try:
        found = seen(body)
    except GitHubError:
        return
    assert all(isinstance(each, Missing) for each in found)


def test_an_absent_branch_with_an_error_is_not_an_empty_repository() -> None:
    """A refused commit total stays unknown; it is 0 only if GitHub says that there is no branch."""
    node = NODE | {"defaultBranchRef": None}
    refused = {"message": "went wrong", "path": ["r0", "defaultBranchRef"]}
    for errors, commits in (([], 0), ([refused], None)):
        (found,) = seen({"data": {"r0": node}, "errors": errors})
        assert isinstance(found, Counted)
        assert found.commits == commits


def test_a_commit_total_without_a_branch_is_unknown() -> None:
    """A head that vanishes between two queries does not give a lasting total of 0."""

    def answer(request: httpx.Request) -> httpx.Response:
        if b"Commits(" in request.content:
            return httpx.Response(200, json={"data": {"nodes": [{"defaultBranchRef": None}]}})
        return httpx.Response(200, json={"data": {"r0": NODE, "nodes": [None]}})

    with answering(answer) as client:
        (found,) = collector.collect(client, ["o/n"], [KnownRepository("o/n", 7, "old00000", 5000)], TODAY).observations
    assert isinstance(found, Counted)
    assert found.commits is None


def test_redirects_stay_inside_the_api() -> None:
    """No other host and no other part of the API is requested, whatever the response names."""
    for location in (
        "https://evil.invalid/x",
        "//evil.invalid/repositories/1",
        "@evil.invalid/x",
        "/user",
        "http://h.invalid@evil.invalid/",
    ):
        asked: list[str] = []

        def answer(request: httpx.Request, asked: list[str] = asked, location: str = location) -> httpx.Response:
            asked.append(str(request.url))
            return httpx.Response(301, headers={"location": location})

        with answering(answer) as client:
            client.get("/repos/o/n", follow=True)
        assert {httpx.URL(url).host for url in asked} == {"h.invalid"}
        assert not [url for url in asked if "/user" in url]


def test_waits_add_up() -> None:
    """Many short waits together end the run at the longest allowed wait."""
    answers = (httpx.Response(429 if odd else 200, headers={"retry-after": "300"}) for odd in [True, False] * 50)
    with answering(lambda _request: next(answers)) as client:
        _ask_until_it_ends(client)
        assert 300 < client.waited <= 1000


def _ask_until_it_ends(client: Client) -> None:
    for _ in range(50):
        try:
            client.get("/repos/o/n")
        except GitHubError:
            return
    raise AssertionError("it never ended")


@pytest.mark.parametrize("value", ["\u00b2", "-5", "1e9", "9" * 400, "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_odd_headers_are_survived(value: str) -> None:
    """Superscripts, signs, dates and nonsense: the default minute, or what can be read."""
    headers = {"retry-after": value, "x-ratelimit-remaining": value, "x-ratelimit-reset": value}
    met = rate_limit(429, headers, "", now=0.0)
    assert met is not None
    assert met.wait >= 0
    tokens.create(["t" * 20]).every[0].update_budget("core", headers)


def test_an_endless_body_is_cut() -> None:
    """No list is that large."""

    def endless(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=(b"x" * 1_000_000 for _ in range(10**6)))

    with answering(endless) as client, pytest.raises((GitHubError, SourceError)):
        client.fetch("http://h.invalid/list.md")


def test_a_timeout_halves_the_batch() -> None:
    """A timeout is handled as a 502: smaller batches are sent, never the same again."""
    asked: list[int] = []

    def slow(request: httpx.Request) -> httpx.Response:
        query = json.loads(request.content)
        if "$ids" in query["query"]:
            return httpx.Response(200, json={"data": {"nodes": [None] * len(query["variables"]["ids"])}})
        size = len(query["variables"]) // 2
        asked.append(size)
        if size > 3:
            raise httpx.ReadTimeout("too slow", request=request)
        data = {f"r{place}": NODE | {"databaseId": 10 * len(asked) + place} for place in range(size)}
        return httpx.Response(200, json={"data": data})

    with answering(slow) as client:
        tally = collector.collect(client, [f"o/n{place}" for place in range(12)], (), TODAY)
    assert all(isinstance(each, Counted) for each in tally.observations)
    assert asked == [12, 6, 3, 3, 6, 3, 3]


def test_a_broken_gzip_body_is_requested_again() -> None:
    """As after a broken connection: a few attempts, then this repository fails."""
    tries: list[int] = []

    def broken(_request: httpx.Request) -> httpx.Response:
        tries.append(1)
        return httpx.Response(200, headers={**JSON, "content-encoding": "gzip"}, stream=httpx.ByteStream(b"no gzip"))

    with answering(broken) as client:
        (lost,) = collector.collect(client, ["o/n"], (), TODAY).observations
    assert isinstance(lost, Missing)
    assert "was incomplete" in lost.detail
    assert len(tries) == 4


BROKEN_OFF = [
    (httpx.ReadTimeout("slow"), 2, "did not answer in time"),
    (httpx.ReadError("reset"), 4, "was incomplete: reset"),
    (httpx.RemoteProtocolError("no HTTP"), 4, "was incomplete: no HTTP"),
    (httpx.DecodingError("no gzip"), 4, "was incomplete: no gzip"),
]


@pytest.mark.parametrize(("fault", "tries", "message"), BROKEN_OFF, ids=str)
def test_an_incomplete_response_is_requested_again(fault: Exception, tries: int, message: str) -> None:
    """A few attempts with counted pauses; then the error concerns this request alone."""
    asked: list[str] = []

    def broken(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/repos/o/slow":
            raise fault
        return httpx.Response(200)

    with answering(broken) as client:
        with pytest.raises(UnansweredError, match=message):
            client.get("/repos/o/slow")
        assert len(asked) == client.requests == tries
        assert client.waited > 0
        assert client.get("/repos/o/n").status == 200


@pytest.mark.parametrize(
    "fault",
    [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.ProxyError("407")],
)
def test_no_connection_is_a_network_error(fault: Exception) -> None:
    """The next request would fail too."""

    def unreached(_request: httpx.Request) -> httpx.Response:
        raise fault

    with answering(unreached) as client, pytest.raises(NetworkError, match=r"cannot reach h\.invalid"):
        client.get("/repos/o/n")


@pytest.mark.parametrize("skew", [-7200, -30, 0, 30, 7200])
def test_the_wait_follows_githubs_clock(skew: int) -> None:
    """The reset is five minutes ahead by GitHub's clock; the wait is that long, whatever this machine's clock says."""
    now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    reset = int(now.timestamp()) + 300
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset), "date": format_datetime(now, usegmt=True)}
    answers = iter([httpx.Response(403, headers=headers), httpx.Response(200)])
    with answering(lambda _request: next(answers)) as client:
        client.clock = lambda: now.timestamp() + skew
        assert client.get("/repos/o/n").status == 200
        assert 301 <= client.waited <= 332


@pytest.mark.parametrize("skew", [30, 7200])
def test_without_githubs_clock_the_wait_ends(skew: int) -> None:
    """Without a date, and with a reset in the past, the wait is at least a second."""
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1800000000", "date": "yesterday"}
    answers = iter([httpx.Response(403, headers=headers), httpx.Response(200)])
    with answering(lambda _request: next(answers)) as client:
        client.clock = lambda: 1_800_000_000.0 + skew
        assert client.get("/repos/o/n").status == 200
        assert 1.0 <= client.waited <= 2.0
