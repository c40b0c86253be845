"""Variables for proxies and certificates that are wrong: an error that names the variable, never a traceback."""

import os
import socket
from pathlib import Path

import certifi
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from startrack.cli import app
from startrack.errors import ConfigError, NetworkError
from startrack.github.client import Client, Endpoints, check_environment

OURS = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE")


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what this machine has set."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


WRONG_PROXIES = [
    "http://user:secret@[::1",
    "http://user:secret@h:port",
    "http://user:secret@h:99999",
    "ftp://user:secret@h:21",
    "socks9://secret@h",
    "http://",
    "http://secret h",
    "secret\n",
    "://secret",
]
WRONG = [
    *((name, value) for name in ("HTTPS_PROXY", "http_proxy", "ALL_PROXY", "Https_Proxy") for value in WRONG_PROXIES),
    ("NO_PROXY", "localhost,[::1]"),
    ("no_proxy", "h:port"),
    ("NO_PROXY", "two words"),
    ("NO_PROXY", "localhost,fe80::/10"),
    ("SSL_CERT_FILE", "/nowhere/ca.pem"),
    ("SSL_CERT_FILE", "/"),
    ("SSL_CERT_FILE", __file__),
    ("SSL_CERT_DIR", "/nowhere/certs"),
    ("SSL_CERT_DIR", __file__),
    ("SSLKEYLOGFILE", "/nowhere/keys.log"),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_an_invalid_variable_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the problem and the remedy, without a password; a client raises no other error either."""
    with pytest.raises(ConfigError, match=rf"^{name} cannot be used: .*; correct it, or unset it$") as told:
        check_environment({"HOME": "/", name: value})
    assert "secret" not in str(told.value)
    monkeypatch.setenv(name, value)
    done = CliRunner().invoke(app.app, ["list", "o/n"], env={"GITHUB_API_URL": "http://127.0.0.1:9"})
    assert isinstance(done.exception, ConfigError)


RIGHT = [
    ("HTTPS_PROXY", "http://user:secret@proxy.example:3128"),
    ("https_proxy", "proxy.example:3128"),
    ("ALL_PROXY", "https://[::1]:3128/"),
    ("NO_PROXY", "localhost, 127.0.0.1,::1,10.0.0.0/8,.example.com,example.org:8080,http://h,*"),
    ("NO_PROXY", ""),
    ("SSL_CERT_FILE", certifi.where()),
    ("SSL_CERT_DIR", f"/nowhere{os.pathsep}/"),
    ("HTTP_PROXY", ""),
    ("FTP_PROXY", "what httpx does not read"),
    ("ssl_cert_file", "/nowhere"),
]


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_a_valid_variable_is_used(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that httpx accepts, and variables that it does not read."""
    check_environment({name: value})
    monkeypatch.setenv(name, value)
    Client(Endpoints()).__exit__(None, None, None)


@given(
    st.sampled_from(["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]),
    st.one_of(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20),
        st.from_regex(r"[a-z]{0,6}(://)?([a-z:]{0,5}@)?[\[\]a-z0-9:.*,/ ]{0,12}", fullmatch=True),
    ),
)
def test_the_check_agrees_with_httpx(name: str, value: str) -> None:
    """Whatever a variable holds."""
    try:
        check_environment({name: value})
    except ConfigError:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(name, value)
        Client(Endpoints()).__exit__(None, None, None)


def test_an_unreachable_proxy_is_a_network_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address may hold a password, so the error names the requested host."""
    monkeypatch.setenv("ALL_PROXY", "http://user:secret@127.0.0.1:9")
    with (
        Client(Endpoints(), sleep=lambda _seconds: None) as client,
        pytest.raises(NetworkError, match=r"cannot reach api\.github\.com") as told,
    ):
        client.get("/x")
    assert "secret" not in str(told.value)


def test_requests_through_a_proxy_have_the_deadline_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A proxy that accepts the request and never responds is not waited for without end."""
    assert not list(tmp_path.iterdir())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with (
            Client(Endpoints(), response_timeout=0.2, sleep=lambda _seconds: None) as client,
            pytest.raises(Exception, match=r"api\.github\.com did not answer in time"),
        ):
            client.get("/x")


def test_clients_with_the_same_variables_share_the_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    """To read them takes most of the time of a client; other variables need other ones."""

    def certificates() -> object:
        with Client(Endpoints()) as client:
            transport = client._http._transport
            assert isinstance(transport, httpx.HTTPTransport)
            return transport._pool._ssl_context

    first = certificates()
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    assert certificates() is not first
    monkeypatch.delenv("SSL_CERT_FILE")
    assert certificates() is first
