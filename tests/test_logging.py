"""Requests, waits and retries are logged below the logger `startrack`; no record holds a token or a query string."""

import io
import logging
import re
import sys
from collections.abc import Iterator
from datetime import datetime

import httpx
import pytest

from conftest import NOW, connect
from startrack import output
from startrack.demo import faults
from startrack.demo.faults import FaultRule
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import GitHubError, NetworkError, SourceError
from startrack.github import collector, rest, tokens
from startrack.github.client import Client, Endpoints
from startrack.github.history_fetcher import FetchLimits, HistoryFetcher
from startrack.model.history import RepositoryHistory, Series
from startrack.model.repository import Missing

FIRST, SECOND, REFUSED = "ghp_first_0123456789abcdef", "ghp_second_0123456789abcde", "ghp_refused_0123456789abcd"
ANY_TOKEN = re.compile(r"ghp_(first|second|refused)|" + re.escape(USER_TOKEN))


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Record the messages of every logger at DEBUG; at the end none of them may hold a token."""
    caplog.set_level(logging.DEBUG)
    yield caplog
    for record in caplog.get_records("call"):
        text = f"{record.getMessage()} {record.args!r} {record.exc_text} {record.exc_info!r}"
        assert not ANY_TOKEN.search(text), text


def messages(records: pytest.LogCaptureFixture, level: int = logging.DEBUG) -> list[str]:
    """Return the messages of startrack at a level."""
    chosen = (each for each in records.records if each.name.startswith("startrack.") and each.levelno == level)
    return [each.getMessage() for each in chosen]


def names(github: Server, count: int) -> list[str]:
    """Return the names of the first repositories of the demo."""
    return [repository.name(NOW) for repository in github.world.repositories][:count]


def test_each_request_is_logged_with_its_tier(
    client: Client, github: Server, records: pytest.LogCaptureFixture
) -> None:
    """Method, path, status, duration and tier at DEBUG; the totals of the pass by tier at INFO."""
    collector.collect(client, [*names(github, 5), "no-such/repository"], (), NOW.date())
    requests = messages(records)
    for tier in ("light", "details", "commits"):
        assert [each for each in requests if re.fullmatch(rf"POST /graphql: 200 in \d+\.\d\d s \({tier}\)", each)]
    assert [each for each in requests if each.startswith("GET /repos/no-such/repository: 404 in ")]
    (total,) = messages(records, logging.INFO)
    assert re.fullmatch(
        r"Counting pass: 4 requests \(light 1, details 1, commits 1, other 1\), \d+ points, waited 0 s",
        total,
    )


def test_history_has_a_tier_of_its_own(client: Client, records: pytest.LogCaptureFixture) -> None:
    """Star history and commit activity are logged without their query strings."""
    history = RepositoryHistory(1, "o/n", Series.STARS)
    list(HistoryFetcher(client, [history], FetchLimits(), NOW).fetch())
    assert any(re.match(r"GET /repositories/1/stargazers/history: \d+ in .* \(history\)", m) for m in messages(records))
    assert any(re.match(r"History pass: 3 requests \(history 2, other 1\)", m) for m in messages(records, logging.INFO))
    assert "?" not in "".join(messages(records))


def test_no_record_holds_a_token(github: Server, records: pytest.LogCaptureFixture) -> None:
    """Several tokens, one of them refused; failed requests, rate limits, redirects, smaller batches and retries."""
    for token in (FIRST, SECOND):
        github.budgets.add_token(token, 5_000, until=datetime.max)
    renamed = github.world.repositories[0]
    for fault, condition in [
        (faults.bad_gateway(), {"operation": "graphql", "times": 2}),
        (faults.secondary_limit(retry_after=7), {"operation": "graphql", "after": 3, "times": 1}),
        (faults.reset(), {"operation": "rest", "times": 1}),
        (faults.bad_gateway(), {"operation": "rest", "after": 1, "times": 1}),
    ]:
        github.faults.add(FaultRule(fault, **condition))  # type: ignore[arg-type]
    with connect(github, FIRST, SECOND, REFUSED) as client:
        tally = collector.collect(client, [*names(github, 30), "no-such/repository"], (), NOW.date())
        rest.fetch_repository(client, renamed.name(NOW))
    assert sum(isinstance(each, Missing) for each in tally.observations) == 1
    steps = "\n".join(messages(records, logging.INFO))
    for pattern in (
        r"^A token is not used any more: GitHub refused the token …abcd; replace it$",
        r"^Retrying \d+ of \d+ repositories in smaller batches: GitHub returned status 502",
        r"^Batch size is now \d+$",
        r"^GitHub rate-limited ….{4} \(status 403\): wait 7 s$",
        r"^Retrying GET /repos/\S+ in \d\.\d s: (ReadError|RemoteProtocolError)$",
        r"^Retrying GET /repos/\S+ in \d\.\d s: status 502$",
    ):
        assert re.search(pattern, steps, re.MULTILINE), (pattern, steps)


def test_a_wait_is_logged_with_its_reason(github: Server, records: pytest.LogCaptureFixture) -> None:
    """How long, for which token, and whether a rate limit or the reserve is the reason."""
    github.budgets.set_remaining(USER_TOKEN, "core", 3)
    with connect(github, USER_TOKEN, max_wait=7_200.0, reserve=2) as client:
        for _ in range(2):
            client.get("/repos/no-such/repository")
    (wait,) = messages(records, logging.INFO)
    assert re.fullmatch(r"Waiting \d+ s for …\S{4} \(core\): only the reserve of its hourly budget is left", wait)


def test_query_strings_and_user_names_are_not_logged(records: pytest.LogCaptureFixture) -> None:
    """A list's address may hold a secret."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={"location": f"https://b.example/x?sig=secret-{request.url.host}"})

    with (
        Client(Endpoints(), transport=httpx.MockTransport(answer), sleep=lambda _seconds: None) as client,
        pytest.raises(SourceError),
    ):
        client.fetch("https://a.example/list.md?token=secret")
    ours = "\n".join(messages(records))
    assert ("GET https://a.example/list.md: 302" in ours, "secret" in ours) == (True, False)


def test_a_token_that_the_server_repeats_is_masked(records: pytest.LogCaptureFixture) -> None:
    """Neither an error nor a record shows it."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"errors": [{"message": request.headers["authorization"]}]})

    with Client(
        Endpoints(),
        tokens.create([FIRST]),
        transport=httpx.MockTransport(answer),
        sleep=lambda _seconds: None,
    ) as client:
        tally = collector.collect(client, ["a/b", "c/d"], (), NOW.date())
    assert [each.detail for each in tally.observations if isinstance(each, Missing)] == ["Bearer ***"] * 2
    assert any("Bearer ***" in each for each in messages(records, logging.INFO))


def test_no_connection_is_logged(records: pytest.LogCaptureFixture) -> None:
    """Each attempt at DEBUG, each retry at INFO."""

    def refuse(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"refused {FIRST}")

    with (
        Client(
            Endpoints(),
            tokens.create([FIRST]),
            transport=httpx.MockTransport(refuse),
            sleep=lambda _seconds: None,
        ) as client,
        pytest.raises(NetworkError),
    ):
        client.get("/x")
    assert [re.sub(r"\d+\.\d+", "N", each) for each in messages(records)] == ["GET /x: ConnectError in N s (other)"] * 4
    assert len(messages(records, logging.INFO)) == 3


def test_a_pass_that_fails_logs_its_totals_too(github: Server, records: pytest.LogCaptureFixture) -> None:
    """Also if nothing was answered."""
    github.faults.add(FaultRule(faults.bad_credentials()))
    with connect(github) as client, pytest.raises(GitHubError):
        collector.collect(client, names(github, 3), (), NOW.date())
    assert messages(records, logging.INFO)[-1].startswith("Counting pass: 1 requests (light 1)")


def test_nothing_is_shown_unless_a_handler_is_attached() -> None:
    """`startrack.github` has only a NullHandler; `log_to_stderr` removes its handler and restores the level.

    `startrack` has none: the warning about a broken database reaches stderr through logging's last resort.
    """
    assert [type(each) for each in logging.getLogger("startrack.github").handlers] == [logging.NullHandler]
    logger = logging.getLogger("startrack")
    before = logger.handlers[:], logger.level
    assert not any(isinstance(handler, logging.NullHandler) for handler in logger.handlers)
    with output.log_to_stderr():
        assert (len(logger.handlers), logger.level) == (len(before[0]) + 1, logging.DEBUG)
    assert (logger.handlers, logger.level) == before


def test_records_on_stderr_are_one_safe_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the time in UTC; control characters are escaped."""
    stderr = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stderr)
    with output.log_to_stderr():
        logging.getLogger("startrack.github.client").info("a\n::error::%s", "\x1b[31m")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ a\\n::error::\\x1b\[31m\n", stderr.getvalue())
