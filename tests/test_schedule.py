"""The schedule: cron lines, time zones, missed runs, wrong clocks, and signals."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import commands
from conftest import set_right
from startrack import cron as crons
from startrack import scheduler
from startrack.cli.options import Settings
from startrack.cli.service import Reports
from startrack.config import ScheduleConfig
from startrack.demo import faults
from startrack.demo.faults import FaultRule
from startrack.demo.server import USER_TOKEN, Server
from startrack.errors import ConfigError
from startrack.model.runs import Run
from startrack.store.snapshots import Snapshots

LISTED = ("hiyouga/EasyR1", "vega/altair")
SUNDAY = datetime(2026, 11, 22, tzinfo=UTC)
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def fires(cron: str, count: int, since: datetime = SUNDAY, timezone: str = "UTC") -> list[str]:
    """Return the next run times of a cron line, as weekday and time."""
    when = crons.trigger(ScheduleConfig(cron=cron, timezone=timezone))
    return [run.strftime("%a %d %H:%M") for run in islice(when.runs(since), count)]


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
def test_cron_lines(cron: str, expected: list[str]) -> None:
    """Weekday numbers begin on Sunday, 7 is Sunday too, and a day of the month with a weekday means either."""
    assert fires(cron, len(expected), SUNDAY.replace(second=1)) == expected


def test_times_are_in_the_time_zone() -> None:
    """Three in the morning in Berlin, in winter and in summer."""
    found = [fires("0 3 * * *", 1, since, "Europe/Berlin")[0] for since in (SUNDAY, datetime(2026, 7, 1, tzinfo=UTC))]
    assert found == ["Sun 22 03:00", "Wed 01 03:00"]


def _changes(zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the minutes in 2024 to 2030 at which a zone's clock changes; no zone changes it twice in a week."""

    def offset(minute: int) -> timedelta | None:
        return (BEGINNING + MINUTE * minute).astimezone(zone).utcoffset()

    week = 7 * 1440
    changed = [minute for minute in range(0, 7 * 53 * week, week) if offset(minute) != offset(minute + week)]
    exact = (bisect_left(range(week), x=True, key=lambda more: offset(m + more) != offset(m)) + m for m in changed)
    return tuple(BEGINNING + MINUTE * minute for minute in exact)


@cache
def _changing_zones() -> dict[ZoneInfo, tuple[datetime, ...]]:
    """Return the clock changes of every zone in the tz database; of zones with the same changes, only one."""
    alike = {}
    for name in sorted(available_timezones(), reverse=True):
        zone = ZoneInfo(name)
        changes = _changes(zone)
        shown = tuple(moment.astimezone(zone).isoformat() for change in changes for moment in (change - MINUTE, change))
        alike[shown] = (zone, changes)
    return {zone: changes for zone, changes in alike.values() if changes}


def _around(cron: str, zone: ZoneInfo, change: datetime) -> list[datetime]:
    """Return the runs in the six days around a clock change."""
    runs = crons.trigger(ScheduleConfig(cron=cron, timezone=zone.key)).runs(change - 3 * DAY)
    return list(takewhile(lambda run: run.astimezone(UTC) < change + 3 * DAY, runs))


@pytest.mark.parametrize(
    "cron",
    ["@daily", *(f"{minute} {hour} * * *" for hour in range(24) for minute in (0, 30)), "*/20 2 * * *"],
)
def test_clock_changes_neither_skip_nor_repeat_a_day(cron: str) -> None:
    """In every zone of the tz database in 2024 to 2030, each day has its run exactly once."""
    minutes = 3 if cron.startswith("*/20") else 1
    for zone, changes in _changing_zones().items():
        for change in changes:
            days = Counter(run.date() for run in _around(cron, zone, change))
            near = [change.astimezone(zone).date() + DAY * number for number in (-2, -1, 0, 1, 2)]
            assert all(1 <= days[day] <= minutes for day in near), (cron, zone, change, days)


@pytest.mark.parametrize(("cron", "minutes"), [("0 * * * *", {0}), ("*/15 * * * *", {0, 15, 30, 45})])
def test_hourly_runs_follow_elapsed_time(cron: str, minutes: set[int]) -> None:
    """A repeated hour has two runs; for a skipped hour there is none."""
    for zone, changes in _changing_zones().items():
        for change in changes[:2]:
            # Offsets from UTC are whole quarters of an hour.
            quarters = (change - 3 * DAY + 15 * MINUTE * number for number in range(6 * 96))
            expected = [quarter for quarter in quarters if quarter.astimezone(zone).minute in minutes]
            assert [run.astimezone(UTC) for run in _around(cron, zone, change)] == expected, (zone, change)


def test_runs_in_skipped_and_repeated_hours() -> None:
    """A run in a skipped hour comes right after it; in a repeated hour it comes the first time."""
    berlin = ZoneInfo("Europe/Berlin")
    spring, autumn = datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)
    assert [run.isoformat() for run in _around("30 2 * * *", berlin, spring)[1:5]] == [
        "2026-03-27T02:30:00+01:00",
        "2026-03-28T02:30:00+01:00",
        "2026-03-29T03:00:00+02:00",
        "2026-03-30T02:30:00+02:00",
    ]
    assert [run.isoformat() for run in _around("30 2 * * *", berlin, autumn)[1:4]] == [
        "2026-10-24T02:30:00+02:00",
        "2026-10-25T02:30:00+02:00",
        "2026-10-26T02:30:00+01:00",
    ]


def test_a_run_stays_on_its_day() -> None:
    """In Nuuk the last hour of a Saturday is skipped: the run comes before it, not on Sunday."""
    runs = _around("30 23 * * *", ZoneInfo("America/Nuuk"), datetime(2026, 3, 29, 1, tzinfo=UTC))
    assert [run.strftime("%a %H:%M %z") for run in runs[3:5]] == ["Sat 22:59 -0200", "Sun 23:30 -0100"]


@settings(max_examples=200)
@given(
    zone=st.sampled_from(["Europe/Berlin", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "America/Nuuk"]),
    cron=st.sampled_from(["@daily", "30 2 * * *", "15,45 1-3 * * *", "7 */5 * * *", "*/30 * * * *", "0 4 1 * 1"]),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),
)
def test_run_times_do_not_depend_on_the_way_they_are_asked_for(zone: str, cron: str, start: datetime) -> None:
    """One after another, as APScheduler asks, they are the same as all at once, in ascending order."""
    when = crons.trigger(ScheduleConfig(cron=cron, timezone=zone))
    runs = list(islice(when.runs(start.replace(tzinfo=UTC)), 5))
    previous, asked = None, []
    for _ in runs:
        previous = when.get_next_fire_time(previous, start.replace(tzinfo=UTC))
        asked.append(previous)
    assert asked == runs
    instants = [run.astimezone(UTC) for run in runs]
    assert instants == sorted(set(instants))
    assert instants[0] >= start.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"cron": "0 5 last * *"}, "the day of the month 'last' is not a number"),
        ({"cron": "0 5 L * *"}, "the day of the month 'l' is not a number"),
        ({"cron": "0 5 LW * *"}, "the day of the month 'lw' is not a number"),
        ({"cron": "0 5 15W * *"}, "the day of the month '15w' is not a number"),
        ({"cron": "0 5 1st * *"}, "the day of the month '1st' is not a number"),
        ({"cron": "0 noon * * *"}, "the hour 'noon' is not a number"),
        ({"cron": "0 5 ? * *"}, r"the day of the month '\?' is not a number"),
        ({"cron": "0 5 * * 5L"}, "unknown weekday '5l'"),
        ({"cron": "0 5 * * mon#2"}, "unknown weekday 'mon#2'"),
        ({"cron": "0 5 * dezember *"}, "Bad month"),
        ({"cron": "0 5 30 2 *"}, "Bad day-of-month"),
        ({"cron": "0 0 5 * * *"}, "6 fields instead of 5"),
        ({"cron": "\u0663 5 * * *"}, "is not a number"),
        ({"cron": "17 5 * *"}, "4 fields instead of 5"),
        ({"cron": ""}, "0 fields instead of 5"),
        ({"cron": "61 5 * * *"}, "invalid cron line"),
        ({"cron": "0 3 * * 8"}, "unknown weekday '8'"),
        ({"cron": "0 3 * * someday"}, "unknown weekday 'someday'"),
        ({"cron": "0 3 * * */x"}, "invalid cron line"),
        ({"cron": "0 3 * * 1/0"}, "invalid cron line"),
        ({"timezone": "Berlin"}, "unknown time zone 'Berlin'"),
        ({"timezone": "../etc/passwd"}, "unknown time zone"),
    ],
)
def test_invalid_cron_lines_and_time_zones(values: dict[str, str], message: str) -> None:
    """The error names the key and shows a valid value."""
    with pytest.raises(ConfigError, match=rf"\[schedule\] (cron|timezone): .*{message}"):
        crons.trigger(ScheduleConfig.model_validate(values))


def test_a_missed_run_is_overdue() -> None:
    """A run time has passed since the last run, or there was no run at all."""
    when = crons.trigger(ScheduleConfig(cron="17 5 * * *"))
    last = datetime(2026, 11, 22, 5, 17, 3)
    assert crons.is_overdue(when, None, last)
    assert not crons.is_overdue(when, last, datetime(2026, 11, 23, 5, 16, 59))
    assert crons.is_overdue(when, last, datetime(2026, 11, 23, 5, 17))
    assert crons.is_overdue(when, last, datetime(2026, 12, 23))
    assert not crons.is_overdue(when, datetime(2026, 11, 22, 5, 17), datetime(2026, 11, 22, 5, 17, 1))


def test_a_run_from_the_future_is_ignored() -> None:
    """A last run in a later year is ignored; one that is an hour ahead counts."""
    when = crons.trigger(ScheduleConfig(cron="17 5 * * *"))
    now = datetime(2026, 11, 23, 4)
    assert crons.is_overdue(when, datetime(2031, 1, 1), now)
    assert not crons.is_overdue(when, datetime(2026, 11, 23, 5), now)


@pytest.mark.parametrize(
    ("cron", "planned", "now", "expected"),
    [
        ("17 5 * * *", "2031-11-25T05:17", "2026-11-22T20:00", "2026-11-23T05:17"),
        ("17 5 * * *", "2026-11-24T05:17", "2026-11-22T20:00", "2026-11-23T05:17"),
        ("17 5 * * *", "2026-11-23T05:17", "2026-11-22T20:00", "2026-11-23T05:17"),
        ("17 5 * * *", "2026-11-23T05:17", "2026-11-22T05:16:58", "2026-11-23T05:17"),
        ("* * * * *", "2026-11-22T20:01", "2026-11-22T20:00:30", "2026-11-22T20:01"),
        ("17 5 * * *", "1970-01-02T05:17", "2026-11-22T20:00", "1970-01-02T05:17"),
    ],
)
def test_correcting_the_clock_moves_the_next_run(cron: str, planned: str, now: str, expected: str) -> None:
    """A run that was planned with a clock that ran ahead is planned again; an overdue one stays overdue."""
    plan = scheduler.Plan(crons.trigger(ScheduleConfig(cron=cron)))
    times = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (planned, now, expected))
    planned_at, current, expected_at = times
    assert plan.follow(planned_at, current) == expected_at


@pytest.mark.parametrize("cron", ["* * * * *", "17 5 * * *", "0 0 29 2 *"])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_runs_missed_over_many_years_are_one_run(cron: str, zone: str) -> None:
    """A clock that started in 1970 has missed millions of runs when it is corrected."""
    when = crons.trigger(ScheduleConfig(cron=cron, timezone=zone))
    now = datetime(2026, 11, 22, 20, 0, 30, tzinfo=UTC)
    coming = when.get_next_fire_time(datetime(1970, 1, 1, tzinfo=UTC), now)
    assert coming == when.get_next_fire_time(None, now)


def _printed(folder: Path, *words: str, cron: str = "30 0 * * *") -> subprocess.CompletedProcess[str]:
    text = f'[schedule]\ncron = "{cron}"\ntimezone = "Europe/Berlin"\n'
    (folder / "startrack.toml").write_text(text, encoding="utf-8")
    return commands.startrack(folder, "schedule", *words, variables=dict(os.environ))


def test_the_next_runs_are_printed(tmp_path: Path) -> None:
    """One line each: local time with its offset, weekday, UTC. Nothing is run."""
    done = _printed(tmp_path, "--next", "3", "--from", "2026-03-28T12:00:00Z")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "2026-03-29T00:30:00+01:00  Sun  2026-03-28T23:30Z\n"
        "2026-03-30T00:30:00+02:00  Mon  2026-03-29T22:30Z\n"
        "2026-03-31T00:30:00+02:00  Tue  2026-03-30T22:30Z\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["startrack.toml"]


def test_the_next_runs_start_now_by_default(tmp_path: Path) -> None:
    """The first is at most a day away, and a run at the given instant is included."""
    first = datetime.fromisoformat(_printed(tmp_path, "--next", "1").stdout.split()[0])
    assert timedelta(0) < first - datetime.now(UTC) <= timedelta(hours=25)
    assert _printed(tmp_path, "--next", "1", "--from", "2026-03-28T23:30:00").stdout.startswith("2026-03-29T00:30:00")


def test_no_run_is_after_the_year_9999(tmp_path: Path) -> None:
    """There are fewer lines than requested."""
    done = _printed(tmp_path, "--next", "10000", "--from", "2026-01-02", cron="0 0 1 1 *")
    runs = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [run[:4] for run in runs] == [str(year) for year in range(2027, 10_000)]


@pytest.mark.parametrize(
    ("words", "cron", "message"),
    [
        (("--next", "0"), "@daily", "'--next': Input should be greater than or equal to 1"),
        (("--next", "x"), "@daily", "'--next': Input should be a valid integer"),
        (("--next", "1", "--from", "yesterday"), "@daily", "yesterday"),
        (("--from", "2026-03-28"), "@daily", "--from needs --next"),
        (("--next", "1"), "0 5 last * *", "the day of the month 'last' is not a number"),
    ],
)
def test_invalid_arguments_of_next(tmp_path: Path, words: tuple[str, ...], cron: str, message: str) -> None:
    """Exit code 2, an error, and nothing on stdout."""
    done = _printed(tmp_path, *words, cron=cron)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@contextmanager
def _scheduled(
    folder: Path, github: Server, *words: str, options: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[str]]:
    set_right(github)
    (folder / "list.md").write_text("".join(f"- https://github.com/{name}\n" for name in LISTED), encoding="utf-8")
    (folder / "startrack.toml").write_text('[[lists]]\nsource = "list.md"\n', encoding="utf-8")
    environment = os.environ | {
        "GITHUB_API_URL": github.api_url,
        "GITHUB_GRAPHQL_URL": github.graphql_url,
        "GITHUB_TOKEN": USER_TOKEN,
    }
    command = [sys.executable, "-W", "error", "-m", "startrack", *options, "schedule", *words]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
        # What is never said is waited for so long, not for ever.
        end = threading.Timer(120, process.kill)
        end.start()
        try:
            yield process
        finally:
            end.cancel()
            process.kill()


def _reads(process: subprocess.Popen[str], text: str) -> str:
    """Return what the process says, up to the line with a text."""
    assert process.stderr is not None
    said = ""
    while line := process.stderr.readline():
        said += line
        if text in line:
            return said
    raise AssertionError(f"{text!r} was never said")


def test_it_runs_at_once_and_ends_after_an_interrupt(tmp_path: Path, github: Server) -> None:
    """Without an earlier run one is overdue; then the process waits, and a signal ends it with exit code 0.

    The other tests end it with SIGTERM.
    """
    with _scheduled(tmp_path, github) as process:
        _reads(process, "a run is overdue and starts now")
        _reads(process, "counted 2 of 2 projects")
        _reads(process, "files changed; open")
        process.send_signal(signal.SIGINT)
        assert process.wait() == 0
    assert (tmp_path / "dashboards" / "index.html").exists()


def test_a_signal_lets_a_run_finish(tmp_path: Path, github: Server) -> None:
    """A signal during a run ends the process after the run, which is complete."""
    held = FaultRule(faults.delayed(1.0), path="*/stargazers/history", times=1)
    github.faults.add(held)
    with _scheduled(tmp_path, github, options=("--verbose",)) as process:
        _reads(process, "a run is overdue and starts now")
        _reads(process, "History pass: ")  # --verbose holds for the runs of the schedule
        while not github.faults.hits(held):
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _reads(process, "stopping")
        _reads(process, "files changed; open")
        assert process.wait() == 0
    assert [run.status for run in _runs(tmp_path)] == ["done"]


def _runs(folder: Path) -> tuple[Run, ...]:
    (path,) = (folder / "snapshots").glob("*/runs.csv")
    return Snapshots(folder / "snapshots").runs(path.relative_to(folder / "snapshots")).rows


def test_a_signal_ends_a_run_that_waits_for_github(tmp_path: Path, github: Server) -> None:
    """What was counted is kept: the next start continues the run, and requests no count again."""
    github.faults.add(FaultRule(faults.silent(), operation="graphql", after=1))
    with _scheduled(tmp_path, github) as process:
        while len(github.requests) < 2:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _reads(process, "the run was stopped; what it counted is kept, and the next run continues")
        assert process.wait() == 0
    assert [(run.status, run.counted) for run in _runs(tmp_path)] == [("partial", len(LISTED))]
    github.faults.clear()
    github.requests.clear()
    with _scheduled(tmp_path, github) as process:
        _reads(process, "a run is overdue and starts now")
        _reads(process, "counted 2 of 2 projects")
    assert [run.status for run in _runs(tmp_path)] == ["partial", "done"]
    queries = [request for request in github.requests if request.path == "/graphql"]
    assert queries
    assert all(query.details or query.totals for query in queries)


def test_a_run_that_fails_after_the_signal_delays_nothing(tmp_path: Path, github: Server) -> None:
    """Its next attempt is no longer planned."""
    github.faults.add(FaultRule(faults.delayed(2.0)))
    github.faults.add(FaultRule(faults.bad_credentials()))
    with _scheduled(tmp_path, github) as process:
        while not github.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _reads(process, "the run failed")
        assert process.wait() == 0
        assert process.stderr is not None
        assert "did not end in time" not in process.stderr.read()


def test_a_second_signal_ends_a_run_at_once(tmp_path: Path, github: Server) -> None:
    """The exit code is the one that shells give, also where the process is the first of a container."""
    github.faults.add(FaultRule(faults.silent()))
    with _scheduled(tmp_path, github) as process:
        while not github.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _reads(process, "stopping")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 128 + signal.SIGTERM
    assert not list((tmp_path / "snapshots").glob("*/runs.csv"))


def test_a_failed_run_does_not_end_the_schedule(tmp_path: Path, github: Server) -> None:
    """The error is printed once, however often it occurs, and also that the run works again."""
    github.budgets.revoke(USER_TOKEN)
    with _scheduled(tmp_path, github) as process:
        _reads(process, "startrack: no usable token is left: GitHub refused the token")
        _reads(process, "the run failed; it is tried again after a minute")
        for attempts in (2, 3):
            process.send_signal(signal.SIGHUP)
            _reads(process, "the configuration was read again")
            while len(github.requests) < attempts:
                time.sleep(0.01)
        github.budgets.add_token(USER_TOKEN, 5_000, github.clock.now() + DAY)
        process.send_signal(signal.SIGHUP)
        said = _reads(process, "the run works again, after 3 that failed")
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
    assert "no usable token" not in said


def test_sighup_reads_the_configuration_again(tmp_path: Path, github: Server) -> None:
    """A wrong one is refused with its error, and the old one stays."""
    path = tmp_path / "startrack.toml"
    with _scheduled(tmp_path, github) as process:
        _reads(process, "files changed; open")
        right = path.read_text(encoding="utf-8")
        for wrong, error in (
            ('[schedule]\ncron = "61 5 * * *"', "invalid cron line '61 5 * * *'"),
            ("[schedule", "is not TOML"),
            ("", "no list to read"),
        ):
            path.write_text(wrong if wrong == "" else f"{right}{wrong}\n", encoding="utf-8")
            process.send_signal(signal.SIGHUP)
            _reads(process, error)
        path.write_text(f'{right}[schedule]\ncron = "0 0 1 1 *"\ntimezone = "Europe/Berlin"\n', encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        _reads(
            process, f"the configuration was read again; next run: {datetime.now(UTC).year + 1}-01-01T00:00:00+01:00"
        )
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def test_pauses_after_failures_double_up_to_an_hour() -> None:
    """They do not depend on the cron line, and end with the first run that works."""
    plan = scheduler.Plan(crons.trigger(ScheduleConfig(cron="* * * * *")))
    pauses = []
    for _ in range(9):
        plan.fail(SUNDAY)
        assert plan.retry_at is not None
        pauses.append((plan.retry_at - SUNDAY) // MINUTE)
        assert plan.follow(SUNDAY + MINUTE, SUNDAY) == plan.retry_at
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_pause_is_no_longer_after_the_clock_was_set_back() -> None:
    """It is a time from now, not an instant."""
    plan = scheduler.Plan(crons.trigger(ScheduleConfig()))
    plan.fail(SUNDAY)
    assert plan.follow(SUNDAY, SUNDAY - 365 * DAY) == SUNDAY - 365 * DAY + MINUTE
    assert plan.follow(SUNDAY, SUNDAY) == SUNDAY - 365 * DAY + MINUTE


def test_problems_are_reported_when_they_change(capsys: pytest.CaptureFixture[str]) -> None:
    """Another number in them is no change; a problem that goes away and comes back is."""
    reports = Reports(Settings(None, quiet=False, verbose=False))

    def said(*problems: str, has_failed: bool = False) -> list[str]:
        reports.say(problems, has_failed=has_failed)
        return capsys.readouterr().err.splitlines()

    assert said("try again in 40 min", has_failed=True)[0] == "startrack: try again in 40 min"
    assert said("try again in 20 min", has_failed=True) == []
    assert said("cannot reach api.github.com", has_failed=True)[0] == "startrack: cannot reach api.github.com"
    said_once = ["startrack: a page was edited", "the run works again, after 3 that failed"]
    assert said("a page was edited", "a page was edited") == said_once
    assert said("a page was edited") == []
    assert said() == []
    assert said("a page was edited") == ["startrack: a page was edited"]


def test_the_dashboards_are_served(tmp_path: Path, github: Server) -> None:
    """The pages at the root, /healthz and /metrics."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with _scheduled(tmp_path, github, "--serve", str(port)) as process:
        _reads(process, f"at http://127.0.0.1:{port}/")
        _reads(process, "files changed; open")
        health = httpx.get(f"http://127.0.0.1:{port}/healthz")
        counted = health.json()["last_run"]["counted"]
        assert (health.status_code, health.json()["status"], counted) == (200, "ok", len(LISTED))
        assert datetime.fromisoformat(health.json()["next_run"]) > datetime.now(UTC)
        figures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert 'startrack_runs_total{result="done"} 1.0' in figures
        assert 'startrack_budget_remaining{resource="graphql"}' in figures
        assert "</html>" in httpx.get(f"http://127.0.0.1:{port}/").text
        with _scheduled(tmp_path, github, "--serve", str(port)) as second:
            assert second.wait() == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0


def test_the_dashboards_are_served_alone(tmp_path: Path) -> None:
    """`serve` starts no run: the health says what the files say, and SIGHUP changes the folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-W", "error", "-m", "startrack", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        end = threading.Timer(120, process.kill)
        end.start()
        _reads(process, f"at http://127.0.0.1:{port}/")
        health = httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=30)
        assert (health.status_code, health.json()["status"], health.json()["last_run"]) == (503, "no run yet", None)
        assert "failed_runs_in_a_row" not in health.json()
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "index.html").write_text("<p>another folder</p>", encoding="utf-8")
        (tmp_path / "startrack.toml").write_text('[dashboards]\nfolder = "site"\n', encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        _reads(process, "the configuration was read again")
        assert httpx.get(f"http://127.0.0.1:{port}/", timeout=30).text == "<p>another folder</p>"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        end.cancel()
    assert not (tmp_path / "snapshots").exists()
