"""Wherever an answer sends the client: a token goes to the API's own scheme, host and port, and nowhere else."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from startrack.errors import ConfigError, GitHubError, SourceError, StartrackError
from startrack.github import rest, star_history, tokens
from startrack.github.app_auth import App
from startrack.github.client import MOVED, Client, Endpoints
from test_github_tokens import keys

__all__ = ["keys"]

TODAY = date(2026, 1, 1)
SECRET = "ghs_12345_" + "e" * 510
APIS = [
    "https://api.github.com",
    "https://api.github.com:443/",
    "https://API.GitHub.com",
    "https://ghe.example:8443/api/v3",
    "https://ghe.example./api/v3",
    "http://[::1]:8802/api/v3",
    "http://127.0.0.1:8801",
]
KNOWN_SHAPES = [
    ":8802/x",
    ".evil.example/x",
    "@evil.example/x",
    "//evil.example/repositories/1",
    "///evil.example/repositories/1",
    "\\\\evil.example\\repositories\\1",
    "/\\evil.example/repositories/1",
    "https:\\\\evil.example/repositories/1",
    "https:evil.example/repositories/1",
    "https://api.github.com@evil.example/repositories/1",
    "https://api.github.com:443@evil.example/repositories/1",
    "https://evil.example#@api.github.com/repositories/1",
    "https://evil.example\\@api.github.com/repositories/1",
    "https://api.github.com.evil.example/repositories/1",
    "https://api.github.com:8802/repositories/1",
    "http://api.github.com/repositories/1",
    "https://api.github.com./repositories/1",
    "https://user:secret@api.github.com/repositories/1",
    "ht\ttps://evil.example/repositories/1",
    "\t//evil.example/repositories/1",
    "https://evil.example\n/repositories/1",
    "https://[::1]:8802/repositories/1",
    "https://[::1/repositories/1",
    "https://xn--/repositories/1",
    "https://\u24d0pi.github.com/repositories/1",
    "https://api.github.com:99999/repositories/1",
    "/repositories/1/../../user",
    "/repositories/%2e%2e/user",
    "file:///etc/passwd",
    "?x",
    "",
]
HOSTS = [
    "api.github.com",
    "API.GITHUB.COM",
    "ghe.example",
    "[::1]",
    "127.0.0.1",
    "evil.example",
    "",
    "%61pi.github.com",
]
PATHS = ["/repositories/1", "/api/v3/repositories/1", "/repos/o/n", "/repositories/1/stargazers/history", "/user", "x"]
LOCATIONS = st.one_of(
    st.builds(
        "{}{}{}{}{}{}".format,
        st.sampled_from(["https:", "http:", "HTTPS:", "file:", "", "\t", " "]),
        st.sampled_from(["//", "/", "", "\\\\", "/\\", "///", "/\t/", "/\n/"]),
        st.sampled_from(["", "@", "user:secret@", "api.github.com@", "evil.example@", "evil.example\\@"]),
        st.sampled_from(HOSTS),
        st.sampled_from(["", ":", ":443", ":80", ":8801", ":8802", ":8443", ".", ".evil.example", ":0", ":x"]),
        st.sampled_from(PATHS),
    ),
    st.sampled_from(KNOWN_SHAPES),
    st.text(max_size=40).filter(str.isprintable),
)


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port of an address, as the standard library reads it."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}[parts.scheme]


class Redirecting(httpx.BaseTransport):
    """A network on which every address answers with the same redirect; it keeps what was asked."""

    def __init__(self, status: int, location: str) -> None:
        """Answer with a status and a `Location`, whatever bytes it is."""
        self.status, self.location = status, location.encode("utf-8", errors="surrogatepass")
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Keep the request, and redirect it."""
        self.asked.append(request)
        return httpx.Response(self.status, headers=[(b"location", self.location)])

    def origins(self, *, with_token: bool) -> set[tuple[str, str, int]]:
        """Return where requests went, all of them or those that a token went with."""
        asked = (each for each in self.asked if not with_token or "authorization" in each.headers)
        return {origin(str(each.url)) for each in asked}


ASKS: dict[str, Callable[[Client], object]] = {
    "get": lambda client: client.get("/repos/o/n", follow=True),
    "list": lambda client: rest.fetch_list_file(client, "o/n", "docs/README.md"),
    "star history": lambda client: star_history.fetch_stars(client, 1, 1, TODAY),
    "commit activity": lambda client: star_history.fetch_commit_activity(client, 1, TODAY),
    "repository": lambda client: rest.fetch_repository(client, "o/n"),
    "classify": lambda client: rest.fetch_missing_reason(client, "o/n"),
    "graphql": lambda client: client.graphql("query", {}),
}


@given(st.sampled_from(APIS), st.sampled_from(sorted(ASKS)), st.sampled_from(sorted(MOVED)), LOCATIONS)
@example("http://127.0.0.1:8801", "list", 301, ":8802/repositories/1")
@example("https://api.github.com", "list", 301, ".evil.example/repositories/1")
@example("https://api.github.com", "list", 301, "@evil.example/repositories/1")
def test_a_token_is_sent_only_to_the_api(api: str, ask: str, status: int, location: str) -> None:
    """No request goes to another scheme, host or port; the result is an answer or a startrack error."""
    network = Redirecting(status, location)
    endpoints = Endpoints.from_urls(api, None)
    with Client(endpoints, tokens.create([SECRET]), transport=network, sleep=lambda _seconds: None) as client:
        with suppress(StartrackError):
            ASKS[ask](client)
        assert SECRET not in repr(client)
    assert network.asked
    assert network.origins(with_token=False) == {origin(api)}
    assert not [each for each in network.asked if each.url.path.removeprefix("/api/v3").startswith("/user")]


@pytest.mark.parametrize("location", KNOWN_SHAPES)
def test_an_app_assertion_is_sent_only_to_the_api(keys: tuple[str, str], location: str) -> None:
    """The assertion is a secret, and so is the token that it gets."""
    network = Redirecting(307, location)
    with (
        Client(
            Endpoints(),
            tokens.create([], app=App("1", keys[0], "7")),
            transport=network,
            sleep=lambda _seconds: None,
        ) as client,
        pytest.raises(GitHubError),
    ):
        client.get("/repos/o/n", follow=True)
    assert network.origins(with_token=True) == {origin("https://api.github.com")}


@given(LOCATIONS, st.sampled_from(["https://api.github.com/list.md", "https://lists.example/list.md"]))
def test_lists_are_fetched_without_a_token(location: str, url: str) -> None:
    """Also from GitHub's own host; redirects to other schemes are not followed."""
    network = Redirecting(302, location)
    with (
        Client(Endpoints(), tokens.create([SECRET]), transport=network, sleep=lambda _seconds: None) as client,
        suppress(StartrackError),
    ):
        client.fetch(url)
    assert 1 <= len(network.asked) <= 11
    assert network.origins(with_token=True) == set()


@pytest.mark.parametrize(
    "cookie",
    [b"a=b", b"a=\xc3\xa9", b"a=\xe9\x01; Path=/", b"a=b; Domain=example; Max-Age=" + b"9" * 5000],
)
def test_no_cookie_is_sent_back(cookie: bytes) -> None:
    """Neither to the target of a redirect nor to GitHub; an invalid cookie does not fail the run."""
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        headers = [(b"set-cookie", cookie), (b"location", b"https://lists.example/new.md")]
        return httpx.Response(302 if request.url.path == "/list.md" else 200, headers=headers)

    with Client(Endpoints(api="https://lists.example"), transport=httpx.MockTransport(answer)) as client:
        client.fetch("https://lists.example/list.md")
        client.get("/repos/o/n")
    assert [request.url.path for request in asked] == ["/list.md", "/new.md", "/repos/o/n"]
    assert not [request for request in asked if "cookie" in request.headers]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://h/x", "https://u:p@h/x", "http://", "//[x"])
def test_an_invalid_redirect_of_a_list_is_reported(location: str) -> None:
    """The error names the list, not the target, which may hold anything."""
    network = Redirecting(302, location)
    with (
        Client(Endpoints(), transport=network) as client,
        pytest.raises(SourceError, match="redirects to an invalid or unsupported URL") as told,
    ):
        client.fetch("https://lists.example/list.md")
    assert location not in str(told.value)
    assert len(network.asked) == 1


def test_a_renamed_repository_is_followed() -> None:
    """By GitHub's full address, or by its path alone."""
    for location in (
        "https://api.github.com:443/repositories/1?x=y",
        "/repositories/1",
        "//API.github.com/repositories/1",
    ):

        def answer(request: httpx.Request, location: str = location) -> httpx.Response:
            if request.url.path == "/repositories/1":
                return httpx.Response(200, json=json.dumps({"id": 1}))
            return httpx.Response(301, headers={"location": location})

        with Client(Endpoints(), tokens.create([SECRET]), transport=httpx.MockTransport(answer)) as client:
            assert client.get("/repos/o/n", follow=True).status == 200


@pytest.mark.parametrize(
    ("given_api", "given_graphql", "api", "graphql"),
    [
        (None, None, "https://api.github.com", "https://api.github.com/graphql"),
        ("https://ghe.example/api/v3", None, "https://ghe.example/api/v3", "https://ghe.example/api/graphql"),
        ("https://api.acme.ghe.com/", None, "https://api.acme.ghe.com/", "https://api.acme.ghe.com/graphql"),
        (None, "https://ghe.example/api/graphql", "https://ghe.example/api/v3", "https://ghe.example/api/graphql"),
        (None, "https://api.acme.ghe.com/graphql", "https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql"),
        ("https://a.example", "https://b.example", "https://a.example", "https://b.example"),
    ],
)
def test_a_missing_api_address_is_derived_from_the_other(
    given_api: str | None, given_graphql: str | None, api: str, graphql: str
) -> None:
    """The token of an Enterprise server must not go to github.com because only one address was given."""
    assert Endpoints.from_urls(given_api, given_graphql) == Endpoints(api, graphql)


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "https://u:secret@h",
        "https://secret@h",
        "ftp://h",
        "https://",
        "h",
        "",
        "https://h:99999",
        "https://h?secret",
        "https://h/#x",
        "https://h\n",
    ],
)
def test_an_invalid_api_address_is_an_error(url: str) -> None:
    """The error names the variable and shows no password."""
    with pytest.raises(ConfigError, match="GITHUB_API_URL") as told:
        Endpoints(url)
    with pytest.raises(ConfigError, match="GITHUB_GRAPHQL_URL"):
        Endpoints(graphql=url)
    assert "secret" not in str(told.value)
