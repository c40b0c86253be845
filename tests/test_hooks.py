"""Hooks: commands and webhooks that are told how a run ended."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from conftest import set_right
from startrack import config as configuration
from startrack import hooks
from startrack.cli.options import Settings
from startrack.cli.service import Service
from startrack.config import Config, Hook, ListConfig, ScheduleConfig
from startrack.demo import faults
from startrack.demo.faults import FaultRule
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import ConfigError
from startrack.stopping import Stop, StoppedError
from startrack.store.snapshots import Snapshots

TOKEN = "ghp_0123456789abcdefghij"  # noqa: S105 - opens nothing
HOSTILE = 'a"b\\c\n::error::\x1b[31m\u202e</script>$(touch owned)`id`'
SAVE = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


def caller(folder: Path, seconds: float = 60.0, stop: Stop | None = None) -> hooks.Caller:
    """Return a caller with the environment of an Actions job."""
    variables = os.environ | {
        "GITHUB_TOKEN": TOKEN,
        "STARTRACK_TOKENS": f"{TOKEN}x, {TOKEN}y",
        "STARTRACK_APP_KEY": "-----BEGIN KEY-----",
        "ACTIONS_RUNTIME_TOKEN": "runtime-token",
        "COPY": f"https://user:{TOKEN}@github.com",
        "GITHUB_REPOSITORY": "owner/name",
    }
    return hooks.Caller(folder, hooks.environment(variables), seconds, "1.2", stop or Stop(), hooks.secrets(variables))


def test_a_command_reads_json(tmp_path: Path) -> None:
    """It runs in the folder of the configuration, without a shell; what others chose arrives as they chose it."""
    payload = {"names": [HOSTILE], "text": f"the token {TOKEN}"}
    assert caller(tmp_path).call((sys.executable, "-c", SAVE, "$(touch owned) > out; rm *"), payload) is None
    (path,) = tmp_path.iterdir()
    text = path.read_text(encoding="utf-8")
    assert path.name == "$(touch owned) > out; rm *"
    assert json.loads(text) == {"names": [HOSTILE], "text": "the token ***"}
    assert text.rstrip("\n").isprintable()
    assert text.isascii()


def test_a_command_has_no_tokens(tmp_path: Path) -> None:
    """Neither under their names nor under others; the rest of the environment is there."""
    dump = "import json, os; json.dump(dict(os.environ), open('environment', 'w'))"
    assert caller(tmp_path).call((sys.executable, "-c", dump), {}) is None
    text = (tmp_path / "environment").read_text(encoding="utf-8")
    assert TOKEN not in text
    variables = json.loads(text)
    hidden = {"GITHUB_TOKEN", "STARTRACK_TOKENS", "STARTRACK_APP_KEY", "ACTIONS_RUNTIME_TOKEN", "COPY"}
    assert not hidden & variables.keys()
    assert (variables["GITHUB_REPOSITORY"], variables["PATH"]) == ("owner/name", os.environ["PATH"])


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("raise SystemExit(3)", "ended with code 3"),
        ("import os; os.kill(os.getpid(), 9)", "ended with code -9"),
        ("import time; time.sleep(3600)", "took longer than 1 s and was ended"),
        ("import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'])", ""),
        ("import sys; sys.stdin.close()", ""),
    ],
)
def test_what_goes_wrong_with_a_command_is_said(tmp_path: Path, code: str, problem: str) -> None:
    """A command need not read what it is told, however long it is."""
    seconds = 1.0 if "longer" in problem else 60.0
    said = caller(tmp_path, seconds).call((sys.executable, "-c", code), {"long": "x" * 1_000_000})
    assert (said or "").endswith(problem)
    assert (said is None) is (problem == "")


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    """The error names it."""
    said = caller(tmp_path).call(("no-such-command", "--secret"), {})
    assert said == "the command 'no-such-command' cannot be started: No such file or directory"
    assert "cannot be started" in (caller(tmp_path / "missing").call((sys.executable,), {}) or "")


def test_a_command_ends_with_the_process(tmp_path: Path) -> None:
    """Also what it has started itself."""
    stop = Stop()
    child = "import os, time; open('child', 'w').write(str(os.getpid())); time.sleep(3600)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"

    def end() -> None:
        while not (tmp_path / "child").exists() or not (tmp_path / "child").read_text(encoding="utf-8"):
            time.sleep(0.01)
        stop.request()

    threading.Thread(target=end).start()
    with pytest.raises(StoppedError):
        caller(tmp_path, stop=stop).call((sys.executable, "-c", parent), {})
    number = int((tmp_path / "child").read_text(encoding="utf-8"))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{number}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        except OSError:
            return
        if state == "Z":
            return
    raise AssertionError("the command still runs")


@dataclass
class Webhook:
    """A webhook on this machine, with what it was sent."""

    address: str
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    """Serve a webhook."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            answer.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            is_done.wait(answer.seconds)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - the name that the server looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of the base class
            """Say nothing."""

    is_done = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        answer = Webhook(f"http://127.0.0.1:{server.server_address[1]}/hook?key=secret-in-the-address")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield answer
        is_done.set()
        server.shutdown()
        thread.join()


def test_a_webhook_gets_json(webhook: Webhook, tmp_path: Path) -> None:
    """Without tokens, in body and headers."""
    assert caller(tmp_path).call(webhook.address, {"names": [HOSTILE], "text": TOKEN}) is None
    ((path, headers, body),) = webhook.requests
    assert path == "/hook?key=secret-in-the-address"
    assert (headers["content-type"], headers["user-agent"]) == ("application/json", "startrack/1.2")
    assert json.loads(body) == {"names": [HOSTILE], "text": "***"}
    assert TOKEN not in repr(headers)


def test_redirects_of_a_webhook_are_not_followed(webhook: Webhook, tmp_path: Path) -> None:
    """They could lead to another host."""
    webhook.status, webhook.headers = 307, {"location": webhook.address}
    said = caller(tmp_path).call(webhook.address, {})
    assert said == "the webhook at 127.0.0.1 answered with status 307; redirects are not followed"
    assert len(webhook.requests) == 1


def test_what_goes_wrong_with_a_webhook_is_said(webhook: Webhook, tmp_path: Path) -> None:
    """Without its address, which may hold a secret."""
    webhook.status = 500
    said = [caller(tmp_path).call(webhook.address, {})]
    webhook.seconds = 3600
    said.append(caller(tmp_path, 1.0).call(webhook.address, {}))
    said.append(caller(tmp_path).call("http://127.0.0.1:1/secret-in-the-address", {}))
    assert said[:2] == [
        "the webhook at 127.0.0.1 answered with status 500",
        "the webhook at 127.0.0.1 did not answer within 1 s",
    ]
    assert (said[2] or "").startswith("the webhook at 127.0.0.1 cannot be reached: ")
    assert "secret" not in "".join(map(str, said))


@pytest.mark.parametrize(
    ("text", "hook"),
    [
        ('"https://hooks.example/x?key=1"', "https://hooks.example/x?key=1"),
        ("\"notify --text 'two words' $HOME\"", ("notify", "--text", "two words", "$HOME")),
        ('["notify", "$(id)"]', ("notify", "$(id)")),
    ],
)
def test_hooks_in_the_configuration(tmp_path: Path, text: str, hook: Hook) -> None:
    """A URL, a list of words, or a text that is split into words and never given to a shell."""
    path = tmp_path / "startrack.toml"
    path.write_text(f"[schedule]\non_success = {text}\n", encoding="utf-8")
    assert configuration.load(path).schedule.on_success == hook


@pytest.mark.parametrize(
    "text",
    [
        '"https:///secret"',
        '"http://secret@hooks.example/"',
        '"https://hooks.example/ secret"',
        '"notify \'secret"',
        '""',
        "[]",
        '["", "secret"]',
        '["secret", 1]',
        '["secret\\u0000"]',
        "1",
        '{secret = "x"}',
    ],
)
def test_wrong_hooks_are_refused(tmp_path: Path, text: str) -> None:
    """The error names the key, and does not show the value."""
    path = tmp_path / "startrack.toml"
    path.write_text(f"[schedule]\non_failure = {text}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"schedule\.on_failure: ") as refused:
        configuration.load(path)
    assert "secret" not in str(refused.value)


def service_of(tmp_path: Path, webhook: Webhook, github: Server, monkeypatch: pytest.MonkeyPatch) -> Service:
    """Return a service that counts two projects, one of which does not exist."""
    set_right(github)
    for name, value in (
        ("GITHUB_API_URL", github.api_url),
        ("GITHUB_GRAPHQL_URL", github.graphql_url),
        ("GITHUB_TOKEN", USER_TOKEN),
    ):
        monkeypatch.setenv(name, value)
    text = "- [A](https://github.com/om-ai-lab/VLM-R1)\n- [B](https://github.com/nobody/nothing)\n"
    (tmp_path / "list.md").write_text(text, encoding="utf-8")
    config = Config(
        lists=(ListConfig(source="list.md"),),
        root=tmp_path,
        schedule=ScheduleConfig(on_success=webhook.address, on_failure=webhook.address),
    )
    return Service(Settings(None, quiet=True, verbose=False), config)


def test_runs_are_told(webhook: Webhook, tmp_path: Path, github: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run that worked, and a failure once until it changes. A hook that fails ends nothing."""
    service = service_of(tmp_path, webhook, github, monkeypatch)
    assert [service.run(), service.run()] == [False, False]
    webhook.status = 500
    github.budgets.revoke(USER_TOKEN)
    assert [service.run(), service.run()] == [True, True]
    payloads = [json.loads(body) for _, _, body in webhook.requests]
    assert [(payload["event"], payload["result"], payload["counted"]) for payload in payloads] == [
        ("success", "done", 1),
        ("success", "done", 1),
        ("failure", "failed", None),
    ]
    assert payloads[0]["missing_projects"] == [{"repo": "nobody/nothing", "reason": "not_found"}]
    assert payloads[0]["text"] == "startrack: success (done), 1 of 2 projects counted"
    assert payloads[2]["problems"][0].startswith("no usable token is left: GitHub refused the token")
    assert USER_TOKEN not in repr(webhook.requests)


def test_a_run_that_counted_nothing_failed(
    webhook: Webhook, tmp_path: Path, github: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an outage each project of a short list fails alone, and the run itself is complete."""
    service = service_of(tmp_path, webhook, github, monkeypatch)
    github.faults.add(FaultRule(faults.bad_gateway(), operation="graphql"))
    assert service.run() is True
    (payload,) = (json.loads(body) for _, _, body in webhook.requests)
    assert (payload["event"], payload["result"], payload["asked"], payload["counted"]) == ("failure", "partial", 2, 0)
    (run,) = Snapshots(tmp_path / "snapshots").runs(next((tmp_path / "snapshots").glob("*/runs.csv"))).rows
    assert (run.status, run.is_whole) == ("done", False)
