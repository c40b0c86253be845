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
from startrack.demo.fault_rules import FaultRule
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
    """Return the names of the demo's real repositories, on a GitHub that knows two more tokens."""
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


# ── What a token is ──────────────────────────────────────────────────────────────────────────────────────


def opaque(size: int) -> str:
    """Return a token of so many letters, with dots, dashes and underscores as a JSON Web Token has them."""
    return ("ghs_1234_eyJhbGciOi-JSUzI1NiJ9.eyJpc3M" * (size // 20))[:size]


@pytest.mark.parametrize("token", [*map(opaque, (520, 700, 1_500)), "x", "~!$%&/()=?+*#'<>|;:", "a" * 39])
def test_a_token_is_opaque(github: Server, names: list[str], token: str) -> None:
    """Whatever a header may hold is sent as it is, of any length."""
    github.budgets.add_token(token, 5_000, until=datetime.max)
    with connect(github, token) as client:
        assert counted(client, names[:5]) == 5
        assert len(token) == 1 or token not in repr(client)
        assert client.tokens.every[0].label in {"…", f"…{token[-4:]}"}
    assert {each.token for each in github.requests} == {token[-4:]}


@pytest.mark.parametrize("around", ["{}\n", "  {}", "{}\r\n", "\t{}\u00a0"])
def test_blanks_around_a_token_are_left_out(around: str) -> None:
    """It was pasted, or read from a file."""
    assert [each.value for each in tokens.create([around.format(FIRST)]).every] == [FIRST]


@given(st.text(min_size=1).filter(lambda text: bool(text.strip())))
def test_a_token_is_sent_or_refused(text: str) -> None:
    """What is taken for one never ends in an error of the library's, which would show it."""
    try:
        ours = tokens.create([text])
    except TokenError:
        return
    with Client(Endpoints(), ours, transport=httpx.MockTransport(lambda _request: httpx.Response(200))) as client:
        assert client.get("/x").status == 200


# ── Several tokens ───────────────────────────────────────────────────────────────────────────────────────


def test_each_token_has_one_request_at_a_time() -> None:
    """Two tokens are lent at the same time, never one of them twice, however many ask."""
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


def test_two_tokens_are_asked_together(github: Server, names: list[str]) -> None:
    """Both work from the first batch on, and every figure is there."""
    github.faults.add(FaultRule(faults.delayed(0.05), operation="graphql"))
    with connect(github, FIRST, SECOND) as client:
        assert counted(client, names) == len(names)
    assert {each.token for each in github.requests[:2]} == {FIRST[-4:], SECOND[-4:]}


def test_a_token_that_rests_leaves_its_share_to_the_other(github: Server, names: list[str]) -> None:
    """One is told to be patient for an hour: nobody waits, and everything is counted with the other."""
    github.faults.add(FaultRule(faults.secondary_limit(retry_after=3600), operation="graphql", token=FIRST[-4:]))
    with connect(github, FIRST, SECOND, max_wait=10) as client:
        assert counted(client, names) == len(names)
        assert client.waited == 0


def test_all_tokens_at_rest_end_the_run(github: Server, names: list[str]) -> None:
    """Nobody can go on, and the error says when to come back."""
    github.faults.add(FaultRule(faults.secondary_limit(retry_after=3600), operation="graphql"))
    with connect(github, FIRST, SECOND, max_wait=10) as client, pytest.raises(LimitError, match="min"):
        counted(client, names)


# ── A GitHub App ─────────────────────────────────────────────────────────────────────────────────────────


def test_an_app_counts_with_a_token_of_its_own(github: Server, installed: App, names: list[str]) -> None:
    """It signs who it is, is given a token once, and the token is what everything is asked with."""
    with connect(github, by=installed) as client:
        assert client.tokens.authorized
        assert counted(client, names) == len(names)
    assert github.apps.issued == 1
    assert {each.token for each in github.requests if each.path == "/graphql"} == {"0001"}


def test_the_token_is_made_anew_before_it_expires(github: Server, installed: App, names: list[str]) -> None:
    """An hour later there is a second one, and nothing was refused."""
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
def test_an_app_signs_by_githubs_clock(github: Server, installed: App, names: list[str], skew: int) -> None:
    """This machine's clock is wrong: GitHub's answer tells its own, and the token is made once and used."""
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
def test_what_is_no_answer_is_no_token(body: str) -> None:
    """Whatever GitHub says instead: an error that shows nothing of it."""
    with pytest.raises(TokenError, match="did not give the App 1 a token") as caught:
        App("1", "key", "7").parse_token(201, body)
    assert "secret" not in str(caught.value)


def test_without_a_time_zone_it_expires_by_utc() -> None:
    """As every instant does."""
    _, expires = App("1", "key", "7").parse_token(201, '{"token": "t", "expires_at": "2026-01-01T00:00:00"}')
    assert expires == datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def test_an_app_that_is_not_installed_is_set_aside(github: Server, installed: App, names: list[str]) -> None:
    """It is named by its id, and a good token goes on; alone, it ends the run."""
    stranger = replace(installed, installation="78")
    with connect(github, USER_TOKEN, by=stranger) as client:
        assert counted(client, names) == len(names)
        (problem,) = client.tokens.problems
        assert "App 12345" in problem
    with connect(github, by=stranger) as client, pytest.raises(TokenError, match="App 12345") as caught:
        counted(client, names)
    assert "PRIVATE" not in str(caught.value) + repr(client) + problem


def test_a_key_that_is_none_is_told_without_showing_it(github: Server, names: list[str]) -> None:
    """Whatever stands in the variable, no part of it is printed."""
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
def test_an_app_is_told_whole(wrong: dict[str, str]) -> None:
    """One of three that is missing or is none: an error that names all three."""
    with pytest.raises(ConfigError, match="STARTRACK_APP_ID, STARTRACK_APP_KEY"):
        app_auth.from_environment(WHOLE | wrong)


def test_without_an_app_there_is_none() -> None:
    """No variable, no App; a key on one line is a key."""
    assert app_auth.from_environment({}) is None
    found = app_auth.from_environment(WHOLE | {"STARTRACK_APP_KEY": r"a\nb"})
    assert found is not None
    assert found.key == "a\nb"
