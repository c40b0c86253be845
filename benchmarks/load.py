"""Loads `startrack serve` with wrk while runs and builds replace what it serves, and checks every page that arrives.

    python benchmarks/load.py [SECONDS] [CONNECTIONS]

wrk (a package of Debian) requests pages, data, health and metrics as fast as it can, on this machine only. Beside it,
threads fetch the same paths, compressed and not, and keep what arrived: each must be a file exactly as a build wrote
it. Meanwhile days are counted and built, one after another. Prints the figures; exits with 1 if anything was wrong.
"""

import gzip
import hashlib
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.server import USER_TOKEN, Server, serving
from startrack.demo.simulation import simulated_world
from startrack.github import tokens
from startrack.github.client import Client, Endpoints
from startrack.workflows import build, snapshot

SIZE: Final = 60
READERS: Final = 4
DAYS_BEFORE: Final = 3

# Requests one path after another, every second time compressed.
SCRIPT: Final = """
local paths = {%s}
local number = 0
request = function()
  number = number + 1
  local headers = {["Accept-Encoding"] = number %% 2 == 0 and "gzip" or "identity"}
  return wrk.format("GET", paths[number %% #paths + 1], headers)
end
"""


@dataclass(slots=True)
class Seen:
    """What builds wrote and what readers got, as digests by path; and what went wrong."""

    written: dict[str, set[bytes]] = field(default_factory=dict)
    read: Counter[tuple[str, bytes]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    builds: int = 0

    def keep(self, folder: Path, paths: list[str]) -> None:
        """Keep what a build wrote."""
        for path in paths:
            self.written.setdefault(path, set()).add(digest((folder / path).read_bytes()))

    @property
    def torn(self) -> list[str]:
        """The paths of which something else arrived than a build wrote."""
        return [path for path, content in self.read if content not in self.written[path]]


def digest(content: bytes) -> bytes:
    """Return a digest of a file."""
    return hashlib.blake2b(content, digest_size=16).digest()


def count_and_build(config: Config, server: Server, day: datetime) -> None:
    """Count a day and build its pages."""
    server.clock.set(day)
    with Client(Endpoints(server.api_url, server.graphql_url), tokens.create([USER_TOKEN])) as client:
        snapshot.run(config, client, day, lambda: day, lambda _done, _total: None)
    build.run(config, None, day)


def read(port: int, paths: list[str], seen: Seen, done: threading.Event, seed: int) -> None:
    """Fetch pages until the end, and keep what arrived."""
    chance = random.Random(seed)  # noqa: S311 - chooses paths
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    while not done.is_set():
        path, coding = chance.choice(paths), chance.choice(("gzip", "identity"))
        try:
            connection.request("GET", f"/{path}", headers={"Accept-Encoding": coding})
            answer = connection.getresponse()
            body = answer.read()
            content = gzip.decompress(body) if answer.headers["content-encoding"] == "gzip" else body
        except (OSError, EOFError, HTTPException) as error:
            seen.wrong.append(f"{path}: {error!r}")
            connection.close()
            continue
        if answer.status != 200:
            seen.wrong.append(f"{path}: status {answer.status}")
        seen.read[path, digest(content)] += 1
    connection.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Serve a project's folder by a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "startrack", "--quiet", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=folder) as process:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        try:
            yield port, process
        finally:
            process.terminate()


def load(folder: Path, port: int, paths: list[str], seconds: int, connections: int) -> "subprocess.Popen[str]":
    """Start wrk."""
    script = folder / "paths.lua"
    quoted = ", ".join(f'"/{path}"' for path in [*paths, "healthz", "metrics"])
    script.write_text(SCRIPT % quoted, encoding="utf-8")
    command = ["wrk", "--threads", "2", "--connections", str(connections), "--duration", f"{seconds}s", "--latency"]
    address = f"http://127.0.0.1:{port}"
    return subprocess.Popen([*command, "--script", str(script), address], stdout=subprocess.PIPE, text=True)


def main() -> None:
    """Load, and print what was seen."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    connections = int(sys.argv[2]) if len(sys.argv) > 2 else 32
    if not shutil.which("wrk"):
        raise SystemExit("wrk is needed: apt-get install wrk")
    day = datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(days=300)
    with (
        tempfile.TemporaryDirectory(prefix="load-") as name,
        serving(simulated_world(SIZE), clock=Clock(day)) as server,
    ):
        folder, seen = Path(name), Seen()
        text = "".join(f"- [R{number}](https://github.com/o{number // 10}/r{number})\n" for number in range(SIZE))
        (folder / "list.md").write_text(text, encoding="utf-8")
        # The next run is due in a year, so that the server is healthy.
        cron = f"0 0 {day.day} {day.month} *"
        text = f'[[lists]]\nsource = "list.md"\n[schedule]\ncron = "{cron}"\n'
        (folder / "startrack.toml").write_text(text, encoding="utf-8")
        config = Config(lists=(ListConfig(source="list.md"),), root=folder)
        for _ in range(DAYS_BEFORE):
            day += timedelta(days=1)
            count_and_build(config, server, day)
        pages = config.dashboards_folder
        paths = sorted(
            path.relative_to(pages).as_posix()
            for path in pages.rglob("*")
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(pages).parts)
        )
        seen.keep(pages, paths)
        under_load(config, server, seen, paths, (day, seconds, connections))


def under_load(config: Config, server: Server, seen: Seen, paths: list[str], plan: tuple[datetime, int, int]) -> None:
    """Serve, load and read while days are counted and built."""
    day, seconds, connections = plan
    done = threading.Event()
    with served(config.root) as (port, process):
        readers = [threading.Thread(target=read, args=(port, paths, seen, done, number)) for number in range(READERS)]
        for reader in readers:
            reader.start()
        wrk = load(config.root, port, paths, seconds, connections)
        while wrk.poll() is None:
            day += timedelta(days=1)
            count_and_build(config, server, day)
            seen.keep(config.dashboards_folder, paths)
            seen.builds += 1
        done.set()
        for reader in readers:
            reader.join()
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        handles = len(os.listdir(f"/proc/{process.pid}/fd"))  # noqa: PTH208 - names are enough
        report(seen, wrk.communicate()[0], len(paths))
        memory = re.findall(r"Vm(?:HWM|RSS):\s+(\d+)", status)
        print(f"the server: {int(memory[0]) / 1000:.0f} MB at most, {handles} handles at the end")
    if seen.wrong or seen.torn:
        raise SystemExit(1)


def report(seen: Seen, wrk: str, paths: int) -> None:
    """Print the figures. Raises SystemExit if wrk saw an error."""
    requests = re.search(r"(\d+) requests in ([\d.]+\w+), (\S+) read", wrk)
    latency = re.findall(r"(50|99)%\s+(\S+)", wrk)
    errors = re.findall(r"(?:Socket errors|Non-2xx).*", wrk)
    if not requests:
        raise SystemExit(wrk)
    print(f"{requests[1]} requests of {paths} files, health and metrics in {requests[2]}, {requests[3]}")
    print("latency: " + ", ".join(f"{share} % {text}" for share, text in latency))
    print(f"meanwhile {seen.builds} days counted and built; errors of wrk: {', '.join(errors) or 'none'}")
    print(f"{sum(seen.read.values()):,} files read and compared: {len(seen.torn)} torn, {len(seen.wrong)} errors")
    for text in [*seen.wrong, *seen.torn][:5]:
        print(text)
    if errors:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
