"""Several tokens at the same time, and the token of a GitHub App, against the demo's GitHub over real HTTP."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW
from startrack.demo import faults
from startrack.demo.access import unix
from startrack.demo.faults import FaultRule
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import ConfigError, LimitError, TokenError
from startrack.github import app_auth, batches, collector, tokens
from startrack.github.app_auth import App
from startrack.github.batches import BatchSize
from startrack.github.client import Client, Endpoints
from startrack.model.repository import Counted

TODAY = NOW.date()
FIRST, SECOND = "ghp_demo0000first", "ghp_demo000second"


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    """Return a private key and its public one, both in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
def installed(github: Server, keys: tuple[str, str]) -> App:
    """Return an App that is installed."""
    private, public = keys
    github.apps.installed["77"] = ("12345", public)
    return App("12345", private, "77")


@pytest.fixture
def names(github: Server) -> list[str]:
    """Return the names of the demo's real repositories, on a GitHub that accepts two more tokens."""
    for token in (FIRST, SECOND):
        github.budgets.add_token(token, 5_000, until=datetime.max)
    return [each.name(NOW) for each in github.world.repositories][:60]


def connect(github: Server, *values: str, by: App | None = None, max_wait: float = 900.0) -> Client:
    """Return a client with these tokens and this App; pauses take no time."""
    return Client(
        Endpoints(github.api_url, github.graphql_url),
        tokens.create(values, app=by),
        max_wait=max_wait,
        sleep=lambda _seconds: None,
        clock=lambda: float(unix(github.clock.now())),
    )


def counted(client: Client, names: list[str]) -> int:
    """Return how many of these were counted."""
    return sum(isinstance(each, Counted) for each in collector.collect(client, names, (), TODAY).observations)


def opaque(size: int) -> str:
    """Return a token of a given length, with the dots, dashes and underscores of a JSON Web Token."""
    return ("ghs_1234_eyJhbGciOi-JSUzI1NiJ9.eyJpc3M" * (size // 20))[:size]


@pytest.mark.parametrize("token", [*map(opaque, (520, 700, 1_500)), "x", "~!$%&/()=?+*#'<>|;:", "a" * 39])
def test_a_token_may_have_any_length_and_characters(github: Server, names: list[str], token: str) -> None:
    """A token is sent unchanged, whatever visible ASCII it is made of."""
    github.budgets.add_token(token, 5_000, until=datetime.max)
    with connect(github, token) as client:
        assert counted(client, names[:5]) == 5
        assert len(token) == 1 or token not in repr(client)
        assert client.tokens.every[0].label in {"…", f"…{token[-4:]}"}
    assert {each.token for each in github.requests} == {token[-4:]}


@pytest.mark.parametrize("around", ["{}\n", "  {}", "{}\r\n", "\t{}\u00a0"])
def test_whitespace_around_a_token_is_removed(around: str) -> None:
    """A token that was pasted or read from a file works."""
    assert [each.value for each in tokens.create([around.format(FIRST)]).every] == [FIRST]


@given(st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_a_token_is_sent_or_refused(text: str) -> None:
    """A text is either refused as a token or sent; httpx never raises an error that would show it."""
    try:
        ours = tokens.create([text])
    except TokenError:
        return
    with Client(Endpoints(), ours, transport=httpx.MockTransport(lambda _request: httpx.Response(200))) as client:
        assert client.get("/x").status == 200


def test_each_token_has_one_request_at_a_time() -> None:
    """Four workers share two tokens; a token is never lent twice at the same time."""
    lent: list[str] = []
    seen: list[tuple[str, ...]] = []
    ours = tokens.create([FIRST, SECOND])

    def ask(_part: Sequence[int]) -> Sequence[int]:
        with ours.lend("graphql", lambda: 0.0, 0, lambda _seconds: None) as token:
            lent.append(token.label)
            seen.append(tuple(lent))
            time.sleep(0.005)
            lent.remove(token.label)
        return ()

    batches.run_batches(range(40), BatchSize(1, 1), ask, lambda *_: False, workers=4)
    assert len(seen) == 40
    assert max(map(len, seen)) == 2
    assert all(len(set(names)) == len(names) for names in seen)


def test_two_tokens_work_at_the_same_time(github: Server, names: list[str]) -> None:
    """Both are used from the first batch on, and every figure is counted."""
    github.faults.add(FaultRule(faults.delayed(0.05), operation="graphql"))
    with connect(github, FIRST, SECOND) as client:
        assert counted(client, names) == len(names)
    assert {each.token for each in github.requests[:2]} == {FIRST[-4:], SECOND[-4:]}


def test_a_rate_limited_token_leaves_its_work_to_the_other(github: Server, names: list[str]) -> None:
    """One token is rate-limited for an hour; the other counts everything without a wait."""
    github.faults.add(FaultRule(faults.secondary_limit(retry_after=3600), operation="graphql", token=FIRST[-4:]))
    with connect(github, FIRST, SECOND, max_wait=10) as client:
        assert counted(client, names) == len(names)
        assert client.waited == 0


def test_the_run_ends_when_all_tokens_are_rate_limited(github: Server, names: list[str]) -> None:
    """The error says when to try again."""
    github.faults.add(FaultRule(faults.secondary_limit(retry_after=3600), operation="graphql"))
    with connect(github, FIRST, SECOND, max_wait=10) as client, pytest.raises(LimitError, match="min"):
        counted(client, names)


def test_an_app_counts_with_its_own_token(github: Server, installed: App, names: list[str]) -> None:
    """It requests a token once and uses it for every request."""
    with connect(github, by=installed) as client:
        assert client.tokens.authorized
        assert counted(client, names) == len(names)
    assert github.apps.issued == 1
    assert {each.token for each in github.requests if each.path == "/graphql"} == {"0001"}


def test_an_app_token_is_renewed_before_it_expires(github: Server, installed: App, names: list[str]) -> None:
    """An hour later a second token is requested, and no request was refused."""
    with connect(github, by=installed) as client:
        counted(client, names[:1])
        github.clock.advance(timedelta(minutes=56))
        assert counted(client, names[:1]) == 1
        assert client.tokens.problems == []
    assert github.apps.issued == 2


def test_an_app_and_a_token_share_the_work(github: Server, installed: App, names: list[str]) -> None:
    """Their budgets add up."""
    github.budgets.set_remaining(USER_TOKEN, "graphql", 1)
    with connect(github, USER_TOKEN, by=installed, max_wait=0) as client:
        assert counted(client, names) == len(names)


@pytest.mark.parametrize("skew", [-86_400, -3_600, 3_600, 86_400 * 1_000])
def test_an_app_signs_with_githubs_time(github: Server, installed: App, names: list[str], skew: int) -> None:
    """If this machine's clock is wrong, GitHub's response gives the right time, and the token is requested again."""
    with connect(github, by=installed) as client:
        client.clock = lambda: unix(github.clock.now()) + skew
        assert counted(client, names[:30]) == 30
    assert github.apps.issued == 1


@pytest.mark.parametrize(
    "body",
    [
        "[]",
        "[" * 100_000,
        '{"token": null, "expires_at": "2026-01-01T00:00:00Z"}',
        '{"token": "", "expires_at": "2026-01-01T00:00:00Z"}',
        '{"token": "a b", "expires_at": "2026-01-01T00:00:00Z"}',
        '{"token": "a\\nb: c", "expires_at": "2026-01-01T00:00:00Z"}',
        '{"token": "t\\u00f6ken", "expires_at": "2026-01-01T00:00:00Z"}',
        '{"token": 5, "expires_at": "2026-01-01T00:00:00Z"}',
        '{"token": "secret"}',
        '{"token": "secret", "expires_at": 5}',
        '{"token": "secret", "expires_at": "soon"}',
    ],
    ids=lambda body: body[:40],
)
def test_a_malformed_token_response_is_an_error(body: str) -> None:
    """The error shows nothing of the response."""
    with pytest.raises(TokenError, match="did not give the App 1 a token") as caught:
        App("1", "key", "7").parse_token(201, body)
    assert "secret" not in str(caught.value)


def test_an_expiry_without_a_time_zone_is_utc() -> None:
    """As for every other instant."""
    _, expires = App("1", "key", "7").parse_token(201, '{"token": "t", "expires_at": "2026-01-01T00:00:00"}')
    assert expires == datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def test_an_app_that_is_not_installed_is_not_used(github: Server, installed: App, names: list[str]) -> None:
    """The error names its id. Another token goes on; without one the run ends."""
    stranger = replace(installed, installation="78")
    with connect(github, USER_TOKEN, by=stranger) as client:
        assert counted(client, names) == len(names)
        (problem,) = client.tokens.problems
        assert "App 12345" in problem
    with connect(github, by=stranger) as client, pytest.raises(TokenError, match="App 12345") as caught:
        counted(client, names)
    assert "PRIVATE" not in str(caught.value) + repr(client) + problem


def test_an_invalid_key_is_reported_without_showing_it(github: Server, names: list[str]) -> None:
    """No part of the variable is printed."""
    with connect(github, by=App("1", "secretsecret", "77")) as client, pytest.raises(TokenError) as caught:
        counted(client, names)
    assert "STARTRACK_APP_KEY" in str(caught.value)
    with connect(github, USER_TOKEN, by=App("1", "secretsecret", "77")) as client:
        assert counted(client, names) == len(names)
    assert "secret" not in str(caught.value) + repr(client)


WHOLE = {"STARTRACK_APP_ID": "1", "STARTRACK_APP_KEY": "k", "STARTRACK_APP_INSTALLATION": "7"}


@pytest.mark.parametrize(
    "wrong",
    [
        *({name: ""} for name in WHOLE),
        {"STARTRACK_APP_INSTALLATION": "7/../8"},
        {"STARTRACK_APP_ID": "1 2"},
    ],
)
def test_an_incomplete_app_is_an_error(wrong: dict[str, str]) -> None:
    """If one of the three variables is missing or invalid, the error names all three."""
    with pytest.raises(ConfigError, match="STARTRACK_APP_ID, STARTRACK_APP_KEY"):
        app_auth.from_environment(WHOLE | wrong)


def test_without_variables_there_is_no_app() -> None:
    """A key on one line is accepted."""
    assert app_auth.from_environment({}) is None
    found = app_auth.from_environment(WHOLE | {"STARTRACK_APP_KEY": r"a\nb"})
    assert found is not None
    assert found.key == "a\nb"
