"""A clock that is wrong: nothing is recorded by it, and what once was freezes nothing."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW, connect
from examining import check, examine, looks
from pasts import OTHER, SIZE, asked, counted, fill, query, snapshot
from startrack.config import Config
from startrack.demo import faults
from startrack.demo.access import unix
from startrack.demo.fault_rules import FaultRule
from startrack.demo.lists import MLLMS
from startrack.demo.server import Server
from startrack.errors import ClockError
from startrack.github.client import Client, Endpoints
from startrack.github.responses import clock_skew
from startrack.model.changes import Window
from startrack.store.snapshots import Snapshots
from startrack.workflows import backfill, build, doctor, trending
from startrack.workflows import report as workflows_report
from startrack.workflows import snapshot as workflows_snapshot
from startrack.workflows.backfill import FetchLimits

DAY = timedelta(days=1)
WRONG = datetime(2031, 3, 4, 5, 6)
NEXT = NOW + DAY


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Return a list that was counted once, by a clock that is right."""
    return counted(tmp_path, github)


def take(
    config: Config, github: Server, local: datetime, taken_at: datetime | None = None
) -> workflows_snapshot.SnapshotResult:
    """Count by a clock of this machine's own, which GitHub's differs from."""
    with connect(github) as client:
        client.clock = lambda: float(unix(local))
        return workflows_snapshot.run(config, client, taken_at, lambda: local, lambda *_: None)


def files(config: Config) -> dict[Path, bytes]:
    """Return what the folder of snapshots holds."""
    return {path: path.read_bytes() for path in config.snapshots_folder.rglob("*.csv")}


# ── What is recorded ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("off", [DAY * 1.01, DAY * 2_000, -DAY * 1.01, -DAY * 2_000])
def test_a_wrong_clock_records_nothing(config: Config, github: Server, off: timedelta) -> None:
    """More than a day before or after GitHub's: an error that tells both times, and every file as it was."""
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
    """A count is kept by the clock of this machine."""
    taken = take(config, github, NOW + off)
    assert (taken.run.started_at, taken.run.counted) == (NOW + off, SIZE)


def test_an_instant_that_is_given_is_compared_too(config: Config, github: Server) -> None:
    """An earlier one is right whatever the clock says, a later one never is."""
    for local in (NOW, WRONG, NOW - DAY * 500):
        assert take(config, github, local, NOW - DAY * 30).run.counted == SIZE
        with pytest.raises(ClockError, match=r"^the time to record is 2025-06-28 .* GitHub's clock says 2025-06-26 "):
            take(config, github, local, NOW + DAY * 1.1)


def test_the_past_is_not_dated_ahead_either(config: Config, github: Server) -> None:
    """When it was fetched decides when it is asked for again."""
    with connect(github) as client, pytest.raises(ClockError):
        backfill.run(config, client, WRONG, FetchLimits())
    assert not (config.snapshots_folder / "history.csv").exists()


def client_told(date: str | None, local: datetime) -> Client:
    """Return a client after one answer with this `Date`."""
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
def test_without_githubs_time_there_is_nothing_to_compare(date: str | None) -> None:
    """A `Date` that is missing, or none, changes nothing."""
    with client_told(date, WRONG) as client:
        client.check_instant(WRONG, is_now=True)
        assert (client.ahead, client.now()) == (None, WRONG)


def test_a_date_without_a_zone_is_utc() -> None:
    """As RFC 5322 means `-0000`, in whatever zone this machine is."""
    assert clock_skew({"date": "Thu, 26 Jun 2025 23:17:00 -0000"}, float(unix(NOW))) == 0


@given(st.text(max_size=40))
def test_no_date_is_a_traceback(text: str) -> None:
    """Whatever stands in the header."""
    clock_skew({"date": text}, 0.0)


def test_githubs_time_is_told_without_a_date_once_it_was_told() -> None:
    """An answer without one does not forget it."""
    dates = iter([{"date": format_datetime(NOW.replace(tzinfo=UTC), usegmt=True)}, {}])
    network = httpx.MockTransport(lambda _request: httpx.Response(200, headers=next(dates)))
    with Client(Endpoints(), transport=network, clock=lambda: float(unix(WRONG))) as client:
        client.get("/x")
        client.get("/x")
        assert client.now() == NOW


# ── What was recorded ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def frozen(config: Config, github: Server) -> Config:
    """Return a list that was counted, and its past fetched, by a clock that was years ahead; GitHub's was too."""
    snapshot(config, github, WRONG)
    fill(config, github, FetchLimits(pages=None), at=WRONG)
    github.clock.set(NEXT)
    github.requests.clear()
    return config


def test_reports_speak_for_the_last_count_before_now(frozen: Config, github: Server) -> None:
    """Until the clock is right, the last right count; from then on the next one, and never the one from the future."""
    assert workflows_report.site_report(frozen, None, NEXT).as_of == NOW
    snapshot(frozen, github, NEXT)
    report = workflows_report.site_report(frozen, None, NEXT)
    assert report.as_of == NEXT
    assert {each.current.taken_at for each in report.projects if each.current} == {NEXT}
    assert [each.started_at for each in report.runs] == [NEXT, NOW]
    assert build.run(frozen, None, NEXT).report.as_of == NEXT
    assert not build.run(frozen, None, NEXT, check=True).changed
    last = workflows_snapshot.last_run(frozen, NEXT)
    assert last is not None
    assert last.started_at == NEXT


def test_a_clock_that_is_behind_takes_no_page_away(config: Config) -> None:
    """Before the first count there is nothing to draw: an error that tells both times, and every file as it was."""
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
            "this machine's clock says 2024-02-12 23:17 UTC, and all counts are later, up to 2025-06-26 23:17; "
            "set the clock right; if it is right, run `startrack update`"
        )
    assert {path: path.read_bytes() for path in before} == before
    assert build.run(config, NOW - DAY * 500, NOW).report.as_of == NOW - DAY * 500


def test_lists_are_read_again(frozen: Config, github: Server) -> None:
    """What was added since is listed from today on, what was removed no longer, and later days go on from there."""
    text = github.world.list_text(MLLMS, NOW)
    for at, entry in ((NEXT, "vega/altair"), (NEXT + DAY, "sktime/sktime")):
        (frozen.root / "list.md").write_text(text.replace(OTHER, entry), encoding="utf-8")
        snapshot(frozen, github, at)
        report = workflows_report.report(frozen, None, at)
        (listed,) = report.lists
        assert entry in {each.repo for each in listed.entries}
        assert OTHER not in {each.repo for each in listed.entries}
    (fact,) = Snapshots(frozen.snapshots_folder).lists().rows
    assert fact.read_at == NEXT + DAY
    assert max(each.added_on for each in Snapshots(frozen.snapshots_folder).entries("list").rows) == (NEXT + DAY).date()


def test_an_entry_that_a_wrong_clock_added_or_removed_is_dated_anew(config: Config, github: Server) -> None:
    """It was so by the day on which that is seen again, at the latest."""
    text = github.world.list_text(MLLMS, NOW)
    path = config.root / "list.md"
    path.write_text(text.replace(OTHER, "vega/altair"), encoding="utf-8")
    snapshot(config, github, WRONG)
    snapshot(config, github, NEXT)
    entries = {each.repo: each for each in Snapshots(config.snapshots_folder).entries("list").rows}
    assert entries["vega/altair"].added_on == entries[OTHER].removed_on == NEXT.date()


def test_the_past_is_asked_for_again(frozen: Config, github: Server) -> None:
    """Though it seems to have been fetched just now, and not for longer than it takes."""
    assert fill(frozen, github, at=NEXT).unchanged + len(asked(github)) >= SIZE
    assert query(frozen, "select max(fetched_at) from pasts where series = 'history'") == [(NEXT,)]
    github.requests.clear()
    assert fill(frozen, github, at=NEXT).calls == 0


def test_a_run_that_ended_early_goes_on(frozen: Config, github: Server) -> None:
    """By its own period's runs, not by one from the future: what was answered is not asked for again."""
    github.faults.add(FaultRule(faults.bad_credentials(), operation="graphql", after=1))
    begun = take(frozen, github, NEXT).run
    github.faults.clear()
    whole = take(frozen, github, NEXT + timedelta(minutes=30)).run
    assert [(each.status, each.light_requests) for each in (begun, whole)] == [("partial", 1), ("done", 0)]
    assert (begun.counted, whole.counted) == (SIZE, SIZE)


# ── What the doctor says ─────────────────────────────────────────────────────────────────────────────────


def test_the_doctor_names_what_is_dated_ahead(frozen: Config, github: Server) -> None:
    """With the way out of it: once that is gone, all is well and the database in step."""
    found = examine(frozen, github)
    assert looks(found) == ["dates", "lists", "past"]
    folder = frozen.snapshots_folder
    dates = check(found, "dates")
    assert dates.detail == f"1 day file and 1 run are dated ahead of now: {folder}/2031/2031-03-04.csv"
    assert dates.remedy == f"set the clock right, and delete these files and their lines in {folder}/2031/runs.csv"
    assert check(found, "lists").detail == "read at a time ahead of now: list"
    assert check(found, "past").detail.endswith(f"; {SIZE} fetched ahead of now")
    assert check(found, "last run").detail.startswith("2025-06-26 ")
    assert check(found, "day files").detail == "1 day, 2025-06-26 to 2025-06-26"
    (folder / "2031" / "2031-03-04.csv").unlink()
    (folder / "2031" / "runs.csv").unlink()
    snapshot(frozen, github, NEXT)
    fill(frozen, github, at=NEXT)
    assert looks(examine(frozen, github)) == []
    assert query(frozen, "select max(taken_at) from counts") == [(NEXT,)]


def test_the_doctor_compares_the_clocks(config: Config, github: Server) -> None:
    """It asks GitHub anyway."""

    def wrong() -> Client:
        client = connect(github, max_wait=0)
        client.clock = lambda: float(unix(WRONG))
        return client

    found = doctor.run(config, None, wrong, WRONG)
    assert check(found, "clock").detail == "this machine's says 2031-03-04 05:06 UTC, GitHub's 2025-06-26 23:17 UTC"
    assert check(found, "clock").remedy == "set it right: nothing is recorded until then"
    assert "clock" not in [each.name for each in examine(config, github).checks]


@pytest.mark.parametrize("fraction", [0.5, -0.5])
def test_less_than_a_day_is_not_worth_a_look(config: Config, github: Server, fraction: float) -> None:
    """Zones are confused easily, and nothing freezes by it."""
    take(config, github, NOW + DAY * fraction)
    assert looks(examine(config, github)) == []
