"""Pages know from when on the next count is overdue; pages whose figures do not get old never say so."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import backfilled_lists
from page_reports import ProjectSample, build_report
from startrack.config import Config, ScheduleConfig
from startrack.dashboards import build
from startrack.demo.server import Server
from startrack.model.report import SiteReport
from startrack.workflows.report import create_site_report

DUE = datetime(2026, 11, 24, 5, 17)


def overdue(report: SiteReport) -> dict[str, str]:
    """Return the instant from which on each page says that a count is overdue, empty where it never does."""
    found = {}
    for path, content in build.build(report).items():
        if path.endswith(".html"):
            page = content if isinstance(content, str) else content.decode()
            match = re.search(r'data-overdue-from="([^"]*)"', page)
            assert bool(match) == ('class="overdue"' in page)
            found[path] = match[1] if match else ""
    return found


@pytest.fixture
def config(tmp_path: Path, github: Server) -> Config:
    """Return a configuration whose list was counted once, on 2025-06-26 at 23:17."""
    return backfilled_lists.counted(tmp_path, github)


def test_every_page_knows_when() -> None:
    """A day after the next count was due."""
    report = build_report([ProjectSample("o/one").project(1)], next_due=DUE)
    pages = overdue(report)
    assert len(pages) > 5
    assert set(pages.values()) == {"2026-11-25T05:17:00Z"}


def test_labelled_pages_never_say_so() -> None:
    """Their figures are examples."""
    report = build_report([ProjectSample("o/one").project(1)], next_due=DUE)
    labelled = replace(report, lists=tuple(replace(listed, label="simulated") for listed in report.lists))
    labelled = replace(labelled, projects=tuple(replace(each, label="simulated") for each in report.projects))
    assert set(overdue(labelled).values()) == {""}


def test_a_day_after_the_last_count(config: Config) -> None:
    """Where no schedule is configured; nothing is due in a report for a given instant, or before the first count."""
    report = create_site_report(config, None)
    assert report.next_due == report.as_of + timedelta(days=1) == datetime(2025, 6, 27, 23, 17)
    assert create_site_report(config, report.as_of).next_due is None
    assert create_site_report(Config(root=config.root / "empty"), None).next_due is None


@pytest.mark.parametrize(
    ("cron", "zone", "due"),
    [
        ("17 5 * * mon", "UTC", "2025-06-30T05:17"),
        ("17 23 * * *", "UTC", "2025-06-27T23:17"),
        ("17 5 * * mon", "Asia/Tokyo", "2025-06-29T20:17"),
    ],
)
def test_the_next_run_of_the_schedule(config: Config, cron: str, zone: str, due: str) -> None:
    """After the last count, in the schedule's time zone."""
    scheduled = config.model_copy(update={"schedule": ScheduleConfig(cron=cron, timezone=zone)})
    assert create_site_report(scheduled, None).next_due == datetime.fromisoformat(due)
