"""When runs begin: not at all while the last one is young, how late they are, and a watchdog for old ones."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

import commands
from conftest import set_right
from startrack import cron
from startrack.cli.options import Settings
from startrack.cli.service import Service
from startrack.config import Config, GitHubConfig, ListConfig, ScheduleConfig
from startrack.demo.server import Server
from startrack.model.runs import Run
from startrack.store.metadata_files import RUNS

Startrack = Callable[..., CompletedProcess[str]]
LIST = "- [one](https://github.com/hiyouga/EasyR1)\n- [two](https://github.com/sktime/sktime)\n"
CONFIG = '[[lists]]\nsource = "list.md"\n'


@pytest.fixture
def startrack(tmp_path: Path, github: Server) -> Startrack:
    """Run startrack in a folder with a short list, at today's time, with the files of an Actions step."""
    set_right(github)
    (tmp_path / "list.md").write_text(LIST, encoding="utf-8")
    (tmp_path / "startrack.toml").write_text(CONFIG, encoding="utf-8")
    files = {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_STEP_SUMMARY": str(tmp_path / "summary")}
    variables = commands.environment(github) | files
    return lambda *words, **more: commands.startrack(tmp_path, *words, variables=variables | more)


def runs(folder: Path) -> list[Run]:
    """Return the recorded runs, oldest first."""
    paths = sorted((folder / "snapshots").glob("*/runs.csv"))
    return [row for path in paths for row in RUNS.parse(path.read_bytes(), path).rows]


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder, without what a step says."""
    skipped = {"output", "summary"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in skipped
    }


def age(folder: Path, **changes: object) -> None:
    """Change columns of the recorded runs."""
    (path,) = (folder / "snapshots").glob("*/runs.csv")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row | changes for row in csv.DictReader(file)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def earlier(time: timedelta) -> str:
    """Return an instant so long ago."""
    return (datetime.now(UTC).replace(tzinfo=None, microsecond=0) - time).isoformat()


def test_nothing_is_done_while_the_last_whole_run_is_young(
    startrack: Startrack, tmp_path: Path, github: Server
) -> None:
    """There is no request and no changed file; stderr, summary and outputs say why."""
    assert startrack("snapshot").returncode == 0
    before = contents(tmp_path)
    github.requests.clear()
    done = startrack("update", "--if-older-than", "18h")
    began = runs(tmp_path)[-1].started_at
    reason = f"nothing to do: the last whole run began {began:%Y-%m-%d %H:%M} UTC, less than 18h ago"
    assert (done.returncode, done.stdout, done.stderr) == (0, "", f"{reason}\n")
    assert (github.requests, contents(tmp_path)) == ([], before)
    assert (tmp_path / "summary").read_text(encoding="utf-8") == f"\nstartrack has {reason}.\n"
    assert (tmp_path / "output").read_text(encoding="utf-8").splitlines() == [
        "counted=0", "missing=0", "requests=0", "pages=false", "skipped=true",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"started_at": earlier(timedelta(hours=19))},
        {"started_at": earlier(timedelta(hours=-2))},
        {"status": "partial"},
        {"status": "recovered"},
    ],
    ids=["old", "future", "partial", "killed"],
)
def test_other_runs_do_not_count_as_whole(startrack: Startrack, tmp_path: Path, changes: dict[str, str]) -> None:
    """An old, an unfinished, a killed or a future run is followed by another one."""
    assert startrack("snapshot", "--taken-at", earlier(timedelta(minutes=5))).returncode == 0
    age(tmp_path, **changes)
    done = startrack("update", "--if-older-than", "18h")
    assert (done.returncode, "counted 2 of 2 projects" in done.stderr) == (0, True)


@pytest.mark.parametrize("text", ["18", "h", "0h", "1.5h", "-2d", "18 h", "18H", "100000d", "²h"])
def test_an_invalid_age_is_an_error(startrack: Startrack, text: str) -> None:
    """The message shows valid ones."""
    for words in (("update", f"--if-older-than={text}"), ("doctor", f"--max-age={text}")):
        done = startrack(*words)
        message = f"startrack: invalid age {text!r}; use for example 90m, 18h or 2d\n"
        assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.parametrize(
    ("line", "zone", "until", "expected"),
    [
        ("17 5 * * *", "UTC", "2026-11-23T11:00", "2026-11-23T05:17"),
        ("17 5 * * *", "UTC", "2026-11-23T05:17", "2026-11-23T05:17"),
        ("17 5 * * *", "UTC", "2026-11-23T05:16:59", "2026-11-22T05:17"),
        ("17 5 * * *", "Asia/Tokyo", "2026-11-23T05:17", "2026-11-22T20:17"),
        ("*/5 * * * *", "UTC", "2026-11-23T05:19", "2026-11-23T05:15"),
        ("0 6 * * 1", "UTC", "2026-11-23T05:00", "2026-11-16T06:00"),
        ("0 0 1 1 *", "UTC", "2026-11-23T05:00", "2026-01-01T00:00"),
        ("0 0 29 2 *", "UTC", "2026-11-23T05:00", "2024-02-29T00:00"),
        ("0 0 29 2 */7", "UTC", "2026-11-23T05:00", None),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29T12:00", "2026-03-29T01:00"),
    ],
)
def test_the_last_due_time(line: str, zone: str, until: str, expected: str | None) -> None:
    """The last time of a cron line up to an instant, in UTC."""
    last = cron.last_due(cron.trigger(ScheduleConfig(cron=line, timezone=zone)), datetime.fromisoformat(until))
    assert last == (expected and datetime.fromisoformat(expected))


def test_a_run_records_how_late_it_began(startrack: Startrack, tmp_path: Path) -> None:
    """Seconds since the line that GitHub names was due; a second or more passes in each test of a minute."""
    due = datetime.now(UTC) - timedelta(hours=2)
    startrack("update", STARTRACK_SCHEDULE=f"{due.minute} {due.hour} * * *")
    late = runs(tmp_path)[-1].late_seconds
    assert late is not None
    assert 7200 <= late < 7200 + 60 + 60
    detail = startrack("doctor", "--format", "csv").stdout
    assert "late 2 h " in detail


@pytest.mark.parametrize(
    ("words", "line"),
    [((), ""), ((), "every night"), ((), "0 0 30 2 *"), (("--taken-at", earlier(timedelta(hours=1))), "* * * * *")],
)
def test_how_late_is_unknown_without_a_schedule(
    startrack: Startrack, tmp_path: Path, words: tuple[str, ...], line: str
) -> None:
    """Nor is it known for a line that startrack cannot read, or for counts of another time; the run counts."""
    assert startrack("update", *words, STARTRACK_SCHEDULE=line).returncode == 0
    assert [run.late_seconds for run in runs(tmp_path)] == [None]
    assert "late" not in startrack("doctor", "--format", "csv").stdout


def test_the_scheduler_records_how_late_a_run_began(tmp_path: Path, github: Server) -> None:
    """By its own cron line, here the last first of January; the very first run was not due at any time."""
    set_right(github)
    (tmp_path / "list.md").write_text(LIST, encoding="utf-8")
    config = Config(
        lists=(ListConfig(source="list.md"),),
        github=GitHubConfig(api_url=github.api_url, graphql_url=github.graphql_url),
        schedule=ScheduleConfig(cron="0 0 1 1 *"),
        root=tmp_path,
    )
    service = Service(Settings(None, quiet=True, verbose=False), config)
    assert service.run() is False
    age(tmp_path, run_id=1, started_at="1970-01-01T00:00:01", finished_at="1970-01-01T00:00:01")
    assert service.run() is False
    first, second = runs(tmp_path)
    assert (first.late_seconds, second.late_seconds is not None) == (None, True)
    assert second.started_at - timedelta(seconds=second.late_seconds or 0) == datetime(second.started_at.year, 1, 1)


def test_files_of_earlier_versions_do_not_say_how_late_runs_began(startrack: Startrack, tmp_path: Path) -> None:
    """They are read, and a run adds the column."""
    startrack("snapshot", "--taken-at", earlier(timedelta(minutes=5)))
    (path,) = (tmp_path / "snapshots").glob("*/runs.csv")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith(",late_seconds")
    path.write_text("".join(f"{line.rpartition(',')[0]}\n" for line in lines), encoding="utf-8")
    assert startrack("update", STARTRACK_SCHEDULE="* * * * *").returncode == 0
    first, second = [run.late_seconds for run in runs(tmp_path)]
    assert first is None
    assert second is not None
    assert second < 120


def test_the_doctor_warns_of_an_old_run(startrack: Startrack, tmp_path: Path) -> None:
    """An age is checked only if one is given; runs that are not whole do not count."""
    startrack("update", "--taken-at", earlier(timedelta(hours=25)))
    assert startrack("doctor").returncode == 0
    assert startrack("doctor", "--max-age", "30h").returncode == 0
    done = startrack("doctor", "--max-age", "20h")
    assert (done.returncode, done.stderr) == (1, "warnings: age\n")
    assert "the last whole run began" in done.stdout
    assert re.search(r"25 h \d min ago", done.stdout)
    age(tmp_path, status="partial")
    done = startrack("doctor", "--max-age", "30h", "--format", "csv")
    assert (done.returncode, "age,warning,no run has counted every project yet," in done.stdout) == (1, True)
