"""What is made of the past: lines, marks and differences that are never mixed with counts."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from backfilled_lists import HISTORY, OTHER, SIZE, counted_copy, fill, query, snapshot
from conftest import NOW
from shared_folders import SharedFolder
from startrack.cli import formats
from startrack.config import Config
from startrack.demo.faults import FaultRule, Reply, repository_names
from startrack.demo.server import Server
from startrack.model.changes import Window
from startrack.workflows import build, trending
from startrack.workflows.report import create_site_report


@pytest.fixture
def config(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a list that was counted once."""
    return counted_copy(shared_folder, tmp_path)


def test_lines_lead_to_the_count(config: Config, github: Server) -> None:
    """Each ends where the count is, less what the unfinished week brought; nothing of it is history."""
    fill(config, github)
    report = create_site_report(config, None)
    found = query(config, "select repo_id, current from pasts where series = 'history'")
    current = {repo_id: int(str(stars)) for repo_id, stars in found}
    assert len(report.retained) == SIZE
    for project in report.projects:
        repo_id = project.repository.repo_id
        assert project.current is not None
        assert report.retained[repo_id][-1].stars == project.current.stars - current[repo_id]
        assert report.retained[repo_id][-1].day == date(2025, 6, 21)
        assert len(report.history[repo_id]) == 1
    assert (report.retained_problems, report.churn) == ({}, {})


def test_what_is_taken_back_later_moves_no_line(config: Config, github: Server) -> None:
    """Months later each still leads to the first count, however many stars of before were taken back since."""
    fill(config, github)
    counted = create_site_report(config, None).history
    for weeks in (1, 40):
        snapshot(config, github, NOW + timedelta(weeks=weeks))
        fill(config, github, at=github.clock.now())
        report = create_site_report(config, None)
        assert report.retained_problems == {}
        rows = query(
            config,
            "select repo_id, sum(retained)::integer from star_days "
            "where day between '2025-06-22' and '2025-06-26' group by all",
        )
        since = {repo_id: given for repo_id, given in rows if isinstance(given, int)}
        for repo_id, levels in report.retained.items():
            (before,) = [level.stars for level in levels if level.day == date(2025, 6, 21)]
            assert abs(before + since[repo_id] - counted[repo_id][0].stars) <= 2


def test_a_line_that_does_not_fit_is_left_out_with_its_reason(config: Config, github: Server) -> None:
    """More was retained than counted: told, not drawn."""
    weeks = (
        '[{"week": 1750550400, "total": 0, "days": [0, 0, 0, 0, 0, 0, 0]}, '
        '{"week": 1749945600, "total": 100000, "days": [100000, 0, 0, 0, 0, 0, 0]}]'
    )
    github.faults.add(FaultRule(Reply(200, weeks), path=HISTORY, repos=repository_names(OTHER)))
    fill(config, github)
    report = create_site_report(config, None)
    (other,) = [each.repository.repo_id for each in report.projects if each.name == OTHER]
    assert report.retained_problems == {other: "they add up to more stars than were counted"}
    assert len(report.retained) == SIZE - 1


def test_a_hole_and_what_is_before_it_are_not_drawn(config: Config, github: Server) -> None:
    """A line begins after the last week that lacks, and is set back from the count."""
    fill(config, github)
    path = config.snapshots_folder / "history" / "20000001.csv"
    lines = path.read_text(encoding="ascii").splitlines()
    path.write_text("\n".join([*lines[:40], *lines[42:], ""]), encoding="ascii")
    report = create_site_report(config, None)
    assert len(report.retained[20000001]) == len(lines) - 42
    (project,) = [each for each in report.projects if each.repository.repo_id == 20000001]
    assert project.current is not None
    assert report.retained[20000001][-1].stars == project.current.stars


def test_a_young_change_has_retained_stars_beside_it(config: Config, github: Server) -> None:
    """Of as many whole days, with their dates; gain and rank stay unknown. A counted change has none."""
    fill(config, github)
    rows = formats.ranking(trending.run(config, trending.Ranking(Window(30)), None))
    notes = [str(row[-1]) for row in rows.rows]
    assert {row[rows.columns.index("gain")] for row in rows.rows} == {None}
    pattern = r"too young; ≈ (0|\+\d+) retained, 2025-05-23 to 2025-06-21"
    assert sum(bool(re.fullmatch(pattern, note)) for note in notes) > SIZE / 2
    day = formats.ranking(trending.run(config, trending.Ranking(Window(1)), None))
    assert {row[-1] for row in day.rows} == {"too young"}
    snapshot(config, github, NOW + timedelta(days=30))
    rows = formats.ranking(trending.run(config, trending.Ranking(Window(30)), None))
    assert {row[-1] for row in rows.rows} == {""}


def test_a_table_marks_what_was_not_counted(config: Config, github: Server) -> None:
    """In the README, with the sentence that says what the mark means."""
    fill(config, github)
    readme = config.root / "README.md"
    readme.write_text("<!-- startrack:table list=list window=30d -->\n<!-- startrack:end -->\n", encoding="utf-8")
    build.run(config, None)
    table = readme.read_text(encoding="utf-8")
    assert "| ≈ +" in table
    assert "≈ retained stars: not counted, but given in the window and not taken back since" in table


def test_what_was_taken_back_is_the_difference(config: Config, github: Server) -> None:
    """Between the first and the last midnight that counts and retained stars both know."""
    fill(config, github)
    assert create_site_report(config, None).churn == {}
    for days in (7, 24):
        snapshot(config, github, NOW + timedelta(days=days))
    fill(config, github, at=github.clock.now())
    report = create_site_report(config, None)
    churn = report.churn[20000001]
    first, later, _ = report.history[20000001]
    assert (churn.since, churn.until) == (date(2025, 6, 27), date(2025, 7, 4))
    assert churn.gained == later.stars - first.stars
    ((given,),) = query(
        config,
        "select sum(retained) from star_days where repo_id = 20000001 and day >= '2025-06-27' and day < '2025-07-04'",
    )
    assert churn.taken_back == max(int(str(given)) - churn.gained, 0)
