"""Cron lines as cron means them, runs that were missed, and a process that ends when told."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from startrack import schedule
from startrack.config import ScheduleConfig
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import ConfigError

HERE = Path(__file__).parent
SUNDAY = datetime(2026, 11, 22, tzinfo=UTC)


def fires(cron: str, count: int, since: datetime = SUNDAY, timezone: str = "UTC") -> list[str]:
    """Return the next times a cron line fires, as weekday and time."""
    when = schedule.trigger(ScheduleConfig(cron=cron, timezone=timezone))
    found, now = [], since
    last = None
    for _ in range(count):
        last = when.get_next_fire_time(last, now)
        found.append(last.strftime("%a %d %H:%M"))
        now = last
    return found


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("17 5 * * *", ["Sun 22 05:17", "Mon 23 05:17"]),
        ("0 3 * * 0", ["Sun 22 03:00", "Sun 29 03:00"]),
        ("0 3 * * 7", ["Sun 22 03:00", "Sun 29 03:00"]),
        ("0 3 * * sun", ["Sun 22 03:00", "Sun 29 03:00"]),
        ("0 3 * * SUN", ["Sun 22 03:00", "Sun 29 03:00"]),
        ("0 3 * * 1", ["Mon 23 03:00", "Mon 30 03:00"]),
        (
            "0 3 * * 1-5",
            ["Mon 23 03:00", "Tue 24 03:00", "Wed 25 03:00", "Thu 26 03:00", "Fri 27 03:00", "Mon 30 03:00"],
        ),
        ("0 3 * * mon-fri", ["Mon 23 03:00", "Tue 24 03:00", "Wed 25 03:00", "Thu 26 03:00", "Fri 27 03:00"]),
        ("0 3 * * 5-7", ["Sun 22 03:00", "Fri 27 03:00", "Sat 28 03:00", "Sun 29 03:00"]),
        ("0 3 * * fri-mon", ["Sun 22 03:00", "Mon 23 03:00", "Fri 27 03:00", "Sat 28 03:00"]),
        ("0 3 * * */2", ["Sun 22 03:00", "Tue 24 03:00", "Thu 26 03:00", "Sat 28 03:00"]),
        ("0 3 * * 1/2", ["Mon 23 03:00", "Wed 25 03:00", "Fri 27 03:00", "Mon 30 03:00"]),
        ("0 3 * * 0,6", ["Sun 22 03:00", "Sat 28 03:00", "Sun 29 03:00"]),
        ("*/20 3 * * *", ["Sun 22 03:00", "Sun 22 03:20", "Sun 22 03:40", "Mon 23 03:00"]),
        ("5,35 */12 * * *", ["Sun 22 00:05", "Sun 22 00:35", "Sun 22 12:05"]),
        ("0 3 1 * *", ["Tue 01 03:00", "Fri 01 03:00"]),
        ("0 3 1 1 *", ["Fri 01 03:00"]),
        ("0 3 24 * 5", ["Tue 24 03:00", "Fri 27 03:00", "Fri 04 03:00"]),
        ("@daily", ["Mon 23 00:00", "Tue 24 00:00"]),
        ("@weekly", ["Sun 29 00:00"]),
        ("@monthly", ["Tue 01 00:00"]),
        ("@hourly", ["Sun 22 01:00"]),
    ],
)
def test_cron_lines_mean_what_cron_means(cron: str, expected: list[str]) -> None:
    """Weekday numbers begin on Sunday, 7 is Sunday too, and a day of the month beside a weekday means either."""
    assert fires(cron, len(expected), SUNDAY.replace(second=1)) == expected


def test_times_are_those_of_the_time_zone() -> None:
    """Three in the morning in Berlin, in winter and in summer."""
    found = [fires("0 3 * * *", 1, since, "Europe/Berlin")[0] for since in (SUNDAY, datetime(2026, 7, 1, tzinfo=UTC))]
    assert found == ["Sun 22 03:00", "Wed 01 03:00"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cron": "17 5 * *"}, "4 fields instead of 5"),
        ({"cron": ""}, "0 fields instead of 5"),
        ({"cron": "61 5 * * *"}, "is no cron line"),
        ({"cron": "0 3 * * 8"}, "there is no weekday '8'"),
        ({"cron": "0 3 * * someday"}, "there is no weekday 'someday'"),
        ({"cron": "0 3 * * */x"}, "is no cron line"),
        ({"cron": "0 3 * * 1/0"}, "is no cron line"),
        ({"timezone": "Berlin"}, "there is no time zone 'Berlin'"),
        ({"timezone": "../etc/passwd"}, "there is no time zone"),
    ],
)
def test_what_is_no_cron_line_is_said(values: dict[str, str], message: str) -> None:
    """The error names the key and shows how to write it."""
    with pytest.raises(ConfigError, match=rf"\[schedule\] (cron|timezone): .*{message}"):
        schedule.trigger(ScheduleConfig(**values))


def test_a_missed_run_is_overdue_once() -> None:
    """Since the last run a time has passed, or there was no run at all."""
    when = schedule.trigger(ScheduleConfig(cron="17 5 * * *"))
    last = datetime(2026, 11, 22, 5, 17, 3)
    assert schedule.is_overdue(when, None, last)
    assert not schedule.is_overdue(when, last, datetime(2026, 11, 23, 5, 16, 59))
    assert schedule.is_overdue(when, last, datetime(2026, 11, 23, 5, 17))
    assert schedule.is_overdue(when, last, datetime(2026, 12, 23))
    assert not schedule.is_overdue(when, datetime(2026, 11, 22, 5, 17), datetime(2026, 11, 22, 5, 17, 1))


@contextmanager
def _scheduled(folder: Path, github: Server, *words: str) -> Iterator[subprocess.Popen[str]]:
    (folder / "list.md").write_bytes((HERE / "lists" / "mllms-reasoning.md").read_bytes())
    (folder / "startrack.toml").write_text('[[lists]]\nsource = "list.md"\n', encoding="utf-8")
    environment = os.environ | {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_GRAPHQL_URL": github.graphql_url,
        "GITHUB_TOKEN": USER_TOKEN,
    }
    command = [sys.executable, "-W", "error", "-m", "startrack", "schedule", *words]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        # What is never said is waited for so long, not for ever.
        end = threading.Timer(120, process.kill)
        end.start()
        try:
            yield process
        finally:
            end.cancel()
            process.kill()


def _reads(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    while line := process.stderr.readline():
        if text in line:
            return
    raise AssertionError(f"{text!r} was never said")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_at_once_and_ends_when_told(tmp_path: Path, github: Server, number: signal.Signals) -> None:
    """Without a run so far one is overdue; after it the process waits, and a signal ends it with exit code 0."""
    with _scheduled(tmp_path, github) as process:
        _reads(process, "a run is overdue and begins now")
        _reads(process, "counted 23 of 23 projects")
        _reads(process, "files changed; open")
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
    assert (tmp_path / "dashboards" / "index.html").exists()


def test_a_signal_lets_a_run_finish(tmp_path: Path, github: Server) -> None:
    """Told to end in the middle of a run, it ends after it, and the run is whole."""
    with _scheduled(tmp_path, github) as process:
        _reads(process, "a run is overdue and begins now")
        while not github.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _reads(process, "stopping")
        _reads(process, "counted 23 of 23 projects")
        assert process.wait(timeout=20) == 0
    assert list((tmp_path / "snapshots").glob("*/*-*-*.csv"))


def test_a_failed_run_does_not_end_the_schedule(tmp_path: Path, github: Server) -> None:
    """What went wrong is said, and the process goes on waiting."""
    github.budgets.revoke(USER_TOKEN)
    with _scheduled(tmp_path, github) as process:
        _reads(process, "startrack: no token is left (bad credentials): GitHub refused the token")
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_dashboards_are_served(tmp_path: Path, github: Server) -> None:
    """The pages at the root, and /healthz, which is unwell until there are pages."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _scheduled(tmp_path, github, "--serve", str(port)) as process:
        _reads(process, f"at http://127.0.0.1:{port}/")
        _reads(process, "files changed; open")
        health = httpx.get(f"http://127.0.0.1:{port}/healthz")
        assert (health.status_code, health.json()) == (200, {"status": "ok"})
        assert "</html>" in httpx.get(f"http://127.0.0.1:{port}/").text
        with _scheduled(tmp_path, github, "--serve", str(port)) as second:
            assert second.wait(timeout=10) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
