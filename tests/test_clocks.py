"""Wrong clocks: nothing is recorded with them, and records from the future do not block later runs."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfilled_lists import OTHER, SIZE, asked, counted_copy, fill, folder_copy, query, snapshot
from conftest import NOW, connect
from diagnosing import check, examine, warnings
from shared_folders import SharedFolder
from startrack.config import Config
from startrack.demo import faults
from startrack.demo.access import Clock, unix
from startrack.demo.faults import FaultRule
from startrack.demo.lists import MLLMS, demo_world
from startrack.demo.server import Server, serving
from startrack.errors import ClockError
from startrack.github.client import Client, Endpoints
from startrack.github.responses import clock_skew
from startrack.model.changes import Window
from startrack.store.snapshots import Snapshots
from startrack.workflows import backfill, build, doctor, trending
from startrack.workflows import snapshot as workflows_snapshot
from startrack.workflows.backfill import FetchLimits
from startrack.workflows.report import create_report, create_site_report

DAY = timedelta(days=1)
WRONG = datetime(2031, 3, 4, 5, 6)
NEXT = NOW + DAY


@pytest.fixture
def config(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a configuration whose list was counted once, with a correct clock."""
    return counted_copy(shared_folder, tmp_path)


def take(
    config: Config, github: Server, local: datetime, taken_at: datetime | None = None
) -> workflows_snapshot.SnapshotResult:
    """Take a snapshot with a local clock that differs from GitHub's."""
    with connect(github) as client:
        client.clock = lambda: float(unix(local))
        return workflows_snapshot.run(config, client, taken_at, lambda: local, lambda *_: None)


def files(config: Config) -> dict[Path, bytes]:
    """Return the content of the snapshot files."""
    return {path: path.read_bytes() for path in config.snapshots_folder.rglob("*.csv")}


@pytest.mark.parametrize("off", [DAY * 1.01, DAY * 2_000, -DAY * 1.01, -DAY * 2_000])
def test_a_wrong_clock_records_nothing(config: Config, github: Server, off: timedelta) -> None:
    """A difference of more than a day is an error with both times, and no file changes."""
    before = files(config)
    local = (NOW + off).replace(microsecond=0)
    with pytest.raises(ClockError) as told:
        take(config, github, local)
    assert str(told.value) == (
        f"this machine's clock says {local:%Y-%m-%d %H:%M} UTC, "
        f"but GitHub's clock says {NOW:%Y-%m-%d %H:%M} UTC; correct the clock"
    )
    assert files(config) == before


@pytest.mark.parametrize("off", [timedelta(0), timedelta(hours=23), -timedelta(hours=23)])
def test_a_clock_may_be_off_by_less_than_a_day(config: Config, github: Server, off: timedelta) -> None:
    """Counts are recorded with the time of this machine."""
    taken = take(config, github, NOW + off)
    assert (taken.run.started_at, taken.run.counted) == (NOW + off, SIZE)


def test_taken_at_is_compared_with_githubs_clock(config: Config, github: Server) -> None:
    """An earlier instant is valid whatever the local clock says; a later one never is."""
    for local in (NOW, WRONG, NOW - DAY * 500):
        assert take(config, github, local, NOW - DAY * 30).run.counted == SIZE
        with pytest.raises(ClockError, match=r"^the time to record is 2025-06-28 .* GitHub's clock says 2025-06-26 "):
            take(config, github, local, NOW + DAY * 1.1)


def test_history_is_not_recorded_with_a_wrong_clock(config: Config, github: Server) -> None:
    """Its date decides when it is fetched again."""
    with connect(github) as client, pytest.raises(ClockError):
        backfill.run(config, client, WRONG, FetchLimits())
    assert not (config.snapshots_folder / "history.csv").exists()


def client_told(date: str | None, local: datetime) -> Client:
    """Return a client that got one answer with this `Date`."""
    headers = {} if date is None else {"date": date}
    network = httpx.MockTransport(lambda _request: httpx.Response(200, headers=headers))
    client = Client(Endpoints(), transport=network, clock=lambda: float(unix(local)))
    client.get("/x")
    return client


@pytest.mark.parametrize(
    "date",
    [
        None,
        "",
        "yesterday",
        "Thu, 32 Jun 2025 23:17:00 GMT",
        "Thu, 26 Jun 99999 23:17:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ],
)
def test_without_githubs_time_nothing_is_compared(date: str | None) -> None:
    """A missing or invalid `Date` changes nothing."""
    with client_told(date, WRONG) as client:
        client.check_instant(WRONG, is_now=True)
        assert (client.ahead, client.now()) == (None, WRONG)


def test_a_date_without_a_zone_is_utc() -> None:
    """RFC 5322 defines `-0000` so, whatever the local time zone is."""
    assert clock_skew({"date": "Thu, 26 Jun 2025 23:17:00 -0000"}, float(unix(NOW))) == 0


@given(st.text(max_size=40))
def test_any_date_header_is_accepted(text: str) -> None:
    """No text in the header raises an error."""
    clock_skew({"date": text}, 0.0)


def test_githubs_time_is_remembered() -> None:
    """A later answer without `Date` does not clear it."""
    dates = iter([{"date": format_datetime(NOW.replace(tzinfo=UTC), usegmt=True)}, {}])
    network = httpx.MockTransport(lambda _request: httpx.Response(200, headers=next(dates)))
    with Client(Endpoints(), transport=network, clock=lambda: float(unix(WRONG))) as client:
        client.get("/x")
        client.get("/x")
        assert client.now() == NOW


@pytest.fixture
def frozen(tmp_path: Path, shared_folder: SharedFolder, github: Server) -> Config:
    """Return a configuration with records from the future, made when both clocks were wrong."""
    github.clock.set(NEXT)
    return folder_copy(
        shared_folder("list of a wrong clock", partial(_count_with_wrong_clocks, shared_folder)), tmp_path
    )


def _count_with_wrong_clocks(shared_folder: SharedFolder, folder: Path) -> None:
    with serving(demo_world(), clock=Clock(WRONG)) as github:
        config = counted_copy(shared_folder, folder)
        snapshot(config, github, WRONG)
        fill(config, github, FetchLimits(pages=None), at=WRONG)


def test_reports_use_the_last_count_before_now(frozen: Config, github: Server) -> None:
    """Counts from the future are never used."""
    assert create_site_report(frozen, None, NEXT).as_of == NOW
    snapshot(frozen, github, NEXT)
    report = create_site_report(frozen, None, NEXT)
    assert report.as_of == NEXT
    assert {each.current.taken_at for each in report.projects if each.current} == {NEXT}
    assert [each.started_at for each in report.runs] == [NEXT, NOW]
    built = build.run(frozen, None, NEXT).report
    assert built
    assert built.as_of == NEXT
    assert not build.run(frozen, None, NEXT, check=True).changed
    last = workflows_snapshot.last_run(frozen, NEXT)
    assert last is not None
    assert last.started_at == NEXT


def test_a_clock_that_is_behind_removes_no_page(config: Config) -> None:
    """Before the first count, a build is an error with both times, and no file changes."""
    (config.root / "README.md").write_text("<!-- startrack:table -->\n<!-- startrack:end -->\n", encoding="utf-8")
    build.run(config, None, NOW)
    before = {path: path.read_bytes() for path in config.root.rglob("*") if path.suffix in {".md", ".html", ".csv"}}
    for work in (
        lambda: build.run(config, None, NOW - DAY * 500),
        lambda: trending.run(config, trending.Ranking(Window(7)), None, NOW - DAY * 500),
    ):
        with pytest.raises(ClockError) as told:
            work()
        assert str(told.value) == (
            "this machine's clock says 2024-02-12 23:17 UTC, but all counts are later, up to 2025-06-26 23:17; "
            "correct the clock, or run `startrack update` if the clock is right"
        )
    assert {path: path.read_bytes() for path in before} == before
    built = build.run(config, NOW - DAY * 500, NOW).report
    assert built
    assert built.as_of == NOW - DAY * 500


def test_lists_are_read_again(frozen: Config, github: Server) -> None:
    """After a record from the future, entries are added and removed as usual."""
    text = github.world.list_text(MLLMS, NOW)
    for at, entry in ((NEXT, "vega/altair"), (NEXT + DAY, "sktime/sktime")):
        (frozen.root / "list.md").write_text(text.replace(OTHER, entry), encoding="utf-8")
        snapshot(frozen, github, at)
        report = create_report(frozen, None, at)
        (listed,) = report.lists
        assert entry in {each.repo for each in listed.entries}
        assert OTHER not in {each.repo for each in listed.entries}
    (fact,) = Snapshots(frozen.snapshots_folder).lists().rows
    assert fact.read_at == NEXT + DAY
    assert max(each.added_on for each in Snapshots(frozen.snapshots_folder).entries("list").rows) == (NEXT + DAY).date()


def test_entries_dated_in_the_future_are_corrected(config: Config, github: Server) -> None:
    """Their date becomes the day on which the change is seen again."""
    text = github.world.list_text(MLLMS, NOW)
    path = config.root / "list.md"
    path.write_text(text.replace(OTHER, "vega/altair"), encoding="utf-8")
    snapshot(config, github, WRONG)
    snapshot(config, github, NEXT)
    entries = {each.repo: each for each in Snapshots(config.snapshots_folder).entries("list").rows}
    assert entries["vega/altair"].added_on == entries[OTHER].removed_on == NEXT.date()


def test_history_dated_in_the_future_is_fetched_again(frozen: Config, github: Server) -> None:
    """It is fetched once more, then it is up to date."""
    assert fill(frozen, github, at=NEXT).unchanged + len(asked(github)) >= SIZE
    assert query(frozen, "select max(fetched_at) from pasts where series = 'history'") == [(NEXT,)]
    github.requests.clear()
    assert fill(frozen, github, at=NEXT).calls == 0


def test_an_incomplete_run_is_resumed(frozen: Config, github: Server) -> None:
    """Runs from the future do not prevent it: answers of the same period are not requested again."""
    github.faults.add(FaultRule(faults.bad_credentials(), operation="graphql", after=1))
    begun = take(frozen, github, NEXT).run
    github.faults.clear()
    whole = take(frozen, github, NEXT + timedelta(minutes=30)).run
    assert [(each.status, each.light_requests) for each in (begun, whole)] == [("partial", 1), ("done", 0)]
    assert (begun.counted, whole.counted) == (SIZE, SIZE)


def test_doctor_names_records_from_the_future(frozen: Config, github: Server) -> None:
    """With a remedy; after it there are no warnings, and the database is in step."""
    found = examine(frozen, github)
    assert warnings(found) == ["dates", "lists", "history"]
    folder = frozen.snapshots_folder
    dates = check(found, "dates")
    assert dates.detail == f"1 day file and 1 run are dated in the future: {folder}/2031/2031-03-04.csv"
    assert dates.remedy == f"correct the clock, and delete these files and their lines in {folder}/2031/runs.csv"
    assert check(found, "lists").detail == "read at a time in the future: list"
    assert check(found, "history").detail.endswith(f"; {SIZE} fetched at a time in the future")
    assert check(found, "last run").detail.startswith("2025-06-26 ")
    assert check(found, "day files").detail == "1 day, 2025-06-26 to 2025-06-26"
    (folder / "2031" / "2031-03-04.csv").unlink()
    (folder / "2031" / "runs.csv").unlink()
    snapshot(frozen, github, NEXT)
    fill(frozen, github, at=NEXT)
    assert warnings(examine(frozen, github)) == []
    assert query(frozen, "select max(taken_at) from counts") == [(NEXT,)]


def test_doctor_compares_the_clocks(config: Config, github: Server) -> None:
    """It needs no extra request."""

    def wrong() -> Client:
        client = connect(github, max_wait=0)
        client.clock = lambda: float(unix(WRONG))
        return client

    found = doctor.run(config, None, wrong, WRONG)
    assert (
        check(found, "clock").detail == "this machine's clock says 2031-03-04 05:06 UTC, GitHub's 2025-06-26 23:17 UTC"
    )
    assert check(found, "clock").remedy == "correct the clock; until then, nothing is recorded"
    assert "clock" not in [each.name for each in examine(config, github).checks]


@pytest.mark.parametrize("fraction", [0.5, -0.5])
def test_less_than_a_day_is_no_warning(config: Config, github: Server, fraction: float) -> None:
    """Time zones are easily confused, and such a difference does no harm."""
    take(config, github, NOW + DAY * fraction)
    assert warnings(examine(config, github)) == []
