"""An Actions runner for tests: a checkout with a remote, in which the scripts of action.yml are run."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import yaml

import commands
from conftest import set_right
from gitting import NOBODY, git
from startrack.demo.server import ACTIONS_TOKEN, Server

ROOT = Path(__file__).parents[1]
DAY_FILE = re.compile(r"snapshots/\d{4}/\d{4}-\d\d-\d\d\.csv")
# Three projects of the owner's list: most tests are about files and pushes, and each project costs pages.
PROJECTS = ("hiyouga/EasyR1", "Deep-Agent/R1-V", "ModalMinds/MM-EUREKA")
REPOSITORY = "Open-DataFlow/list"
LIST = "# Projects\n\n## Reasoning\n\n{}".format(
    "".join(f"- [{name}](https://github.com/{name}) - One of three.\n" for name in PROJECTS)
).encode("ascii")


@cache
def action(folder: str = "") -> dict[str, Any]:
    """Return the parsed action.yml of a folder, which nobody changes."""
    found: dict[str, Any] = yaml.safe_load((ROOT / folder / "action.yml").read_text(encoding="utf-8"))
    return found


def steps(folder: str = "") -> dict[str, dict[str, Any]]:
    """Return the named steps of the action in a folder, by name."""
    return {step["name"]: step for step in action(folder)["runs"]["steps"] if "name" in step}


TABLE = "\n<!-- startrack:table sort=stars -->\n<!-- startrack:end -->\n"
PROTECTED = """
echo "error: GH006: Protected branch update failed for refs/heads/main." >&2
echo "error: Changes must be made through a pull request." >&2
exit 1
"""
RULES = """
echo "error: GH013: Repository rule violations found for refs/heads/main." >&2
echo "Review all repository rules at https://github.com/o/r/rules?ref=refs%2Fheads%2Fmain" >&2
echo "- Changes must be made through a pull request." >&2
printf '::stop-commands::x\033[2J\n' >&2
exit 1
"""
INSTALL = frozenset({"Identify the packages", "Install startrack"})
"""Steps that most tests leave out: the command is there already. tests/test_installation.py has theirs."""

# Stands in place of the command: asks the test's process to run it, which has imported everything already.
COMMAND = f"""\
#!{sys.executable} -IS
import json, os, socket, sys
with socket.create_connection(("127.0.0.1", int(os.environ["TEST_PORT"]))) as connection:
    connection.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode() + b"\\n")
    code, out, err = json.load(connection.makefile(encoding="ascii"))
for stream, text in ((sys.stdout, out), (sys.stderr, err)):
    stream.buffer.write(text.encode("utf-8", "surrogateescape"))
sys.exit(code)
"""
REAL_COMMAND = f'#!/bin/sh\nexec "{sys.executable}" -m startrack "$@"\n'


class Runner:
    """A checkout with a remote, and the environment that an Actions runner sets for a step.

    The remote holds a list as its README.md, or is a copy of `template`, the folder of another runner. The command
    `startrack` runs in the test's process, or in one of its own if `is_real`.
    """

    def __init__(
        self,
        top: Path,
        github: Server,
        template: Path | None = None,
        *,
        listed: bytes = LIST,
        is_real: bool = False,
    ) -> None:
        set_right(github)
        self.top = top
        self.remote = top / "remote.git"
        self.checkout = top / "checkout"
        self.output = top / "output"
        self.github = github
        self.action = ""  # the folder of the action whose steps are run
        self.context = dict[str, str]()  # values of `github.…`, for example of `github.event.schedule`
        if template:
            shutil.copytree(template, top, dirs_exist_ok=True)
            git(self.checkout, "remote", "set-url", "origin", self.remote.as_uri())
        else:
            git(top, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
            git(top, "clone", "--quiet", str(self.remote), str(self.checkout))
            (self.checkout / "README.md").write_bytes(listed)
            self.push(self.checkout, "list")
            self.check_out()
        command = top / "temp" / "startrack" / "bin" / "startrack"
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(REAL_COMMAND if is_real else COMMAND, encoding="utf-8")
        command.chmod(0o755)
        self.event = top / "event.json"
        self.event.write_text('{"repository": {"fork": false}}', encoding="ascii")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")} | {
            "RUNNER_TEMP": str(top / "temp"),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_API_URL": github.api_url,
            "GITHUB_GRAPHQL_URL": github.graphql_url,
            "GITHUB_STEP_SUMMARY": str(top / "summary"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "schedule",
            "GITHUB_EVENT_PATH": str(self.event),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SERVER_URL": "https://github.com",
        }

    def check_out(self) -> None:
        """Make a new shallow checkout, as a runner does."""
        shutil.rmtree(self.checkout)
        git(self.top, "clone", "--quiet", "--depth=1", self.remote.as_uri(), str(self.checkout))

    def other(self) -> Path:
        """Return a checkout of somebody else."""
        folder = self.top / "other"
        git(self.top, "clone", "--quiet", str(self.remote), str(folder))
        return folder

    def push(self, checkout: Path, message: str) -> None:
        """Commit everything in a checkout, and push it."""
        git(checkout, "add", "--all")
        git(checkout, *NOBODY, "commit", "--quiet", "--message", message)
        git(checkout, "push", "--quiet", "origin", "HEAD:main")

    def outputs(self) -> dict[str, str]:
        """Return the outputs of the steps so far."""
        lines = self.output.read_text(encoding="utf-8").splitlines() if self.output.exists() else []
        # As the runner reads them: the last one of a name stands.
        return dict(line.split("=", 1) for line in lines)

    def committed(self) -> list[str]:
        """Return the files that the remote's last commit added, changed or removed, as `A name`."""
        told = git(self.remote, "show", "--format=", "--name-status", "--no-renames", "-z", "main").split("\0")
        return [" ".join(pair) for pair in zip(told[::2], told[1::2], strict=False)]

    def files(self) -> list[str]:
        """Return the files at the remote."""
        return git(self.remote, "ls-tree", "-r", "-z", "--name-only", "main").rstrip("\0").split("\0")

    def day_files(self, commit: str = "main") -> str:
        """Return the content of the day files of a commit."""
        names = git(self.remote, "ls-tree", "-r", "--name-only", commit).splitlines()
        return "\n".join(git(self.remote, "show", f"{commit}:{name}") for name in names if DAY_FILE.fullmatch(name))

    def hook(self, script: str) -> None:
        """Let the remote run a script before it accepts a push."""
        path = self.remote / "hooks" / "pre-receive"
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        """Run a step's script with the environment that the step maps its inputs to."""
        step = steps(self.action)[name]
        given = self.given_inputs(**inputs)
        mapped = {
            key: inputs.get(key) or re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda found: given[found[1]], value)
            for key, value in step.get("env", {}).items()
        }
        mapped = {
            key: re.sub(r"\$\{\{ github\.([a-z._]+) \}\}", lambda found: self.context.get(found[1], ""), value)
            for key, value in mapped.items()
        }
        for key, value in mapped.items():
            if output := re.fullmatch(r"\$\{\{ steps\.[a-z]+\.outputs\.([a-z-]+) \}\}", value):
                mapped[key] = self.outputs().get(output[1], "")
        # As the runner starts bash: it stops at the first failure.
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return run_step(command, self.checkout, self.environment | mapped)

    def given_inputs(self, **inputs: str) -> dict[str, str]:
        """Return all inputs of the action, those that are not given by their defaults."""
        defaults = {key: value["default"] for key, value in action(self.action)["inputs"].items()}
        return defaults | {"token": ACTIONS_TOKEN} | inputs

    def play(self, *names: str, **inputs: str) -> dict[str, subprocess.CompletedProcess[str]]:
        """Run the steps of the action in their order, or only some of them, up to the first that fails.

        The list to count is README.md. As the runner does, leave out the steps whose condition is false.
        """
        inputs = {"sources": "README.md", "history": "branch"} | inputs
        done: dict[str, subprocess.CompletedProcess[str]] = {}
        for name, step in steps(self.action).items():
            if "run" not in step or name in INSTALL or (names and name not in names):
                continue
            if is_true(step.get("if", "true"), self.given_inputs(**inputs), self.outputs()):
                done[name] = self.run(name, **inputs)
                if done[name].returncode:
                    break
        return done


def is_true(condition: str, inputs: dict[str, str], outputs: dict[str, str]) -> bool:
    """Return whether a condition of a step holds: comparisons of inputs or outputs with texts, joined by `&&`."""
    values = []
    for part in condition.split(" && "):
        compared = re.fullmatch(r"(inputs|steps\.[a-z]+\.outputs)\.([a-z-]+) (==|!=) '([a-z-]*)'", part)
        if compared:
            value = (inputs if compared[1] == "inputs" else outputs).get(compared[2], "")
            values.append((value == compared[4]) == (compared[3] == "=="))
        else:
            assert part == "true"
    return all(values)


def run_step(command: list[str], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a step's script in a process, and the commands that it asks for in this one."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        TemporaryFile("w+", encoding="utf-8", errors="surrogateescape") as out,
        TemporaryFile("w+", encoding="utf-8", errors="surrogateescape") as err,
    ):
        address = listener.getsockname()
        port = {"TEST_PORT": str(address[1])}
        process = subprocess.Popen(command, cwd=folder, env=environment | port, stdout=out, stderr=err)
        ending = threading.Thread(target=end_listening, args=(process, address))
        ending.start()
        while answer_command(listener):
            pass
        ending.join()
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(command, process.returncode, out.read(), err.read())


def end_listening(process: subprocess.Popen[bytes], address: tuple[str, int]) -> None:
    """Wait until a script ends, and connect without a request."""
    process.wait()
    socket.create_connection(address).close()


def answer_command(listener: socket.socket) -> bool:
    """Run the command that a script asks for, and return whether there was one."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rw", encoding="ascii") as stream:
        request = stream.readline()
        if request:
            words, folder, variables = json.loads(request)
            done = commands.startrack(Path(folder), *words, variables=variables)
            json.dump([done.returncode, done.stdout, done.stderr], stream)
        return bool(request)


@contextmanager
def private_remote(folder: Path, token: str) -> Iterator[str]:
    """Serve the repositories in a folder as GitHub serves private ones, only with a token, and yield the address."""
    expected = "Basic " + b64encode(f"x-access-token:{token}".encode()).decode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers["Authorization"] != expected:
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            request = {
                "GIT_PROJECT_ROOT": str(folder),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "REMOTE_USER": "x-access-token",  # who is known may push
                "CONTENT_TYPE": self.headers["Content-Type"] or "",
                "HTTP_CONTENT_ENCODING": self.headers["Content-Encoding"] or "",
                "HTTP_GIT_PROTOCOL": self.headers["Git-Protocol"] or "",
            }
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            command = ["git", "http-backend"]
            done = subprocess.run(command, input=body, env=os.environ | request, stdout=subprocess.PIPE, check=True)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            self.send_response(200)
            for line in head.decode().splitlines():
                self.send_header(*line.split(": ", 1))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the name that the library calls

        def log_message(self, *_words: object) -> None:
            pass

    with _served(Handler) as host:
        yield f"http://{host}"


@contextmanager
def answering(status: int) -> Iterator[str]:
    """Serve the same status for every request of git."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="GitHub"')
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with _served(Handler) as host:
        yield host


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve with a handler on this machine, and give host and port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
