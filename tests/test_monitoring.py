"""The health of a service, and its figures for Prometheus."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from conftest import connect, set_right
from startrack.cli.monitoring import Monitor
from startrack.config import Config, ListConfig, ScheduleConfig
from startrack.demo import faults
from startrack.demo.faults import FaultRule
from startrack.demo.server import Server
from startrack.model.repository import Reason
from startrack.model.totals import Totals
from startrack.store.snapshots import Snapshots
from startrack.workflows import snapshot

HOURLY = ScheduleConfig(cron="0 * * * *")
NEXT = datetime(2030, 1, 1, 5, 17, tzinfo=UTC)


def now() -> datetime:
    """Return the time, naive and in UTC."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return the configuration of a list of three projects, one of which does not exist."""
    names = ("om-ai-lab/VLM-R1", "tulerfeng/Video-R1", "nobody/nothing")
    text = "".join(f"- [{name}](https://github.com/{name})\n" for name in names)
    (tmp_path / "list.md").write_text(text, encoding="utf-8")
    return Config(lists=(ListConfig(source="list.md"),), root=tmp_path, schedule=HOURLY)


def count(config: Config, github: Server, taken_at: datetime | None = None) -> None:
    """Count once."""
    set_right(github)
    with connect(github, max_wait=0) as client:
        snapshot.run(config, client, taken_at, now, lambda _done, _total: None)


def build(config: Config) -> None:
    """Write a page."""
    config.dashboards_folder.mkdir(exist_ok=True)
    (config.dashboards_folder / "index.html").write_text("<p>", encoding="utf-8")


def states(config: Config) -> tuple[int, object]:
    """Return the HTTP status and the state."""
    code, health = Monitor(lambda: config).health()
    return code, health["status"]


def test_health_follows_the_runs(config: Config, github: Server) -> None:
    """It is bad before the first run, without pages, and when the last run is an hour later than it should be."""
    assert states(config) == (503, "no run yet")
    assert not config.snapshots_folder.exists()
    count(config, github, now() - timedelta(hours=3))
    build(config)
    assert states(config) == (503, "stale")
    assert states(config.model_copy(update={"schedule": ScheduleConfig(cron="0 0 1 1 *")})) == (200, "ok")
    count(config, github)
    assert states(config) == (200, "ok")
    (config.dashboards_folder / "index.html").unlink()
    assert states(config) == (503, "not built yet")


def test_a_run_that_ended_early_is_shown_and_does_not_count(config: Config, github: Server) -> None:
    """The health is that of the last whole run."""
    whole = now() - timedelta(days=8)  # after a week, details are requested again
    count(config, github, whole)
    build(config)
    github.faults.add(FaultRule(faults.bad_credentials(), operation="graphql", after=1))
    count(config, github)
    code, health = Monitor(lambda: config).health()
    assert (code, health["status"], health["last_whole_run"]) == (503, "stale", f"{whole.isoformat()}Z")
    last = health["last_run"]
    assert isinstance(last, dict)
    assert (last["result"], last["asked"], last["counted"], last["missing"]) == ("partial", 3, 2, 1)


def test_a_file_that_cannot_be_read_is_named(config: Config, github: Server) -> None:
    """The figures of the store are then left out, and the state says why."""
    count(config, github)
    (path,) = config.snapshots_folder.glob("*/runs.csv")
    path.write_text("<<<<<<< ours\n", encoding="utf-8")
    code, health = Monitor(lambda: config).health()
    assert (code, health["status"]) == (503, "unreadable")
    assert "runs.csv" in str(health["problem"])
    assert figures(Monitor(lambda: config))["startrack_healthy", ""] == 0


def test_a_run_from_the_future_is_ignored(config: Config, github: Server) -> None:
    """A wrong clock recorded it."""
    count(config, github)
    build(config)
    (path,) = config.snapshots_folder.glob("*/runs.csv")
    header, line = path.read_text(encoding="utf-8").splitlines()
    columns = dict(zip(header.split(","), line.split(","), strict=True))
    columns |= {"run_id": "2208988800", "started_at": "2040-01-01T00:00:00", "finished_at": "2040-01-01T00:00:00"}
    path.write_text(f"{header}\n{line}\n{','.join(columns.values())}\n", encoding="utf-8")
    code, health = Monitor(lambda: config).health()
    last = health["last_run"]
    assert isinstance(last, dict)
    assert (code, str(last["started_at"])[:4]) == (200, str(now().year))


def figures(monitor: Monitor) -> dict[tuple[str, str], float]:
    """Return the figures by name and label, as the client of Prometheus reads them."""
    kind, text = monitor.metrics()
    assert kind.startswith("text/plain; version=0.0.4")
    families = list(text_string_to_metric_families(text.decode()))
    assert all(family.documentation for family in families)
    assert len({family.name for family in families}) == len(families)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, "".join(sample.labels.values())): sample.value for sample in samples}


def test_figures_of_the_store(config: Config, github: Server) -> None:
    """Every reason is there, also that of no project; figures of a process that runs nothing are not."""
    before = figures(Monitor(lambda: config))
    assert before["startrack_store_bytes", "snapshots"] == before["startrack_missing_projects", "not_found"] == 0
    assert ("startrack_last_run_counted_projects", "") not in before
    count(config, github)
    build(config)
    found = figures(Monitor(lambda: config))
    assert found["startrack_healthy", ""] == 1
    assert found["startrack_last_run_asked_projects", ""] == 3
    assert found["startrack_last_run_counted_projects", ""] == 2
    assert found["startrack_last_run_missing_projects", ""] == 1
    assert {label: value for (name, label), value in found.items() if name == "startrack_missing_projects"} == {
        reason: float(reason is Reason.NOT_FOUND) for reason in map(Reason, Reason)
    }
    assert found["startrack_last_run_requests", ""] == len(github.requests)
    began = found["startrack_last_run_timestamp_seconds", ""]
    assert 0 <= datetime.now(UTC).timestamp() - began < 3600
    assert found["startrack_last_whole_run_timestamp_seconds", ""] == began
    assert 0 < found["startrack_next_run_timestamp_seconds", ""] - datetime.now(UTC).timestamp() <= 3600
    size = sum(path.stat().st_size for path in config.snapshots_folder.rglob("*.csv"))
    assert found["startrack_store_bytes", "snapshots"] == size
    assert found["startrack_store_bytes", "database"] >= config.database.stat().st_size
    assert not [name for name, _ in found if name in ("startrack_runs_total", "startrack_budget_remaining")]


def test_figures_of_a_process_that_runs(config: Config) -> None:
    """Its runs by result, requests, seconds, failures, budgets, and its own next run."""
    totals = Totals({"done": 3, "failed": 1}, 40, 12.5, 1, {"core": 4990, "graphql": 4800})
    found = figures(Monitor(lambda: config, lambda: NEXT, lambda: totals))
    assert found["startrack_runs_total", "done"] == 3
    assert found["startrack_runs_total", "failed"] == 1
    assert found["startrack_requests_total", ""] == 40
    assert found["startrack_run_duration_seconds_sum", ""] == 12.5
    assert found["startrack_run_duration_seconds_count", ""] == 4
    assert found["startrack_failed_runs_in_a_row", ""] == 1
    assert found["startrack_budget_remaining", "graphql"] == 4800
    assert found["startrack_next_run_timestamp_seconds", ""] == NEXT.timestamp()
    _, health = Monitor(lambda: config, lambda: NEXT, lambda: totals).health()
    assert (health["next_run"], health["failed_runs_in_a_row"]) == ("2030-01-01T05:17:00Z", 1)


def test_files_are_read_again_only_when_they_change(config: Config, github: Server) -> None:
    """A health check every few seconds reads no file that it has read."""
    count(config, github)
    monitor = Monitor(lambda: config)
    snapshots = Snapshots(config.snapshots_folder)
    first = monitor._reader.status(snapshots, now())
    assert monitor._reader.status(snapshots, now()) is first
    count(config, github, now() - timedelta(hours=3))
    assert monitor._reader.status(snapshots, now()) is not first
