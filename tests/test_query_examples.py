"""The example queries on the methodology page, run as shown, and the Parquet files they query."""

import html
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest

import page_reports
import reports
import startrack
from conftest import NOW
from list_replay import replay_list
from startrack.config import Config
from startrack.dashboards import build, data_files
from startrack.dashboards.pages.methodology import view
from startrack.model.changes import Change, Window, to_instant
from startrack.model.count_history import to_microseconds
from startrack.model.report import SiteReport
from startrack.store import parquet
from startrack.wording import phrases
from startrack.workflows import build as workflows_build
from startrack.workflows.report import create_site_report

MONTH = Window(30)
DAYS = (400, 130, 97, 61, 41, 30, 20, 7, 0)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """Count a list of real projects on several days; one is gone on the last."""
    return replay_list(tmp_path_factory.mktemp("asked"), DAYS, label="of old", gone="vega/altair")


@pytest.fixture(scope="module")
def report(config: Config) -> SiteReport:
    """Return the report of that list."""
    return create_site_report(config, None)


@pytest.fixture(scope="module")
def shown(config: Config) -> dict[str, str]:
    """Return the queries as a reader copies them from the page."""
    page = (config.dashboards_folder / "counting.html").read_text(encoding="utf-8")
    found = re.findall(r'<pre[^>]* data-query="(\w+)"><code>(.*?)</code></pre>', page, re.DOTALL)
    return {name: html.unescape(text) for name, text in found}


@pytest.fixture
def database(config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database as a reader does."""
    with duckdb.connect(str(config.database), read_only=True) as opened:
        yield opened


@pytest.fixture
def beside(config: Config) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an empty database in the folder of the pages."""
    with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as opened:
        opened.execute(f"set file_search_path = '{config.dashboards_folder}'")
        yield opened


def test_the_page_shows_them_all(shown: dict[str, str]) -> None:
    """The page shows the query of every file."""
    folder = Path(startrack.__file__).parent / "sql" / "examples"
    assert sorted(shown) == sorted(path.stem for path in folder.iterdir())
    assert set(shown) == {*view.DATABASE_QUERIES, *view.FILE_QUERIES}


def test_gained(shown: dict[str, str], database: duckdb.DuckDBPyConnection, report: SiteReport) -> None:
    """The query returns all 30-day changes of the report and no others."""
    rows = database.execute(shown["gained"]).fetchall()
    told = {name: (stars, gain, at, round(days, 6)) for name, stars, gain, at, days in rows if gain is not None}
    changes = ((each.name, each.changes[MONTH]) for each in report.projects)
    assert told == {
        name: (change.current.stars, change.gain, change.baseline.taken_at, round(change.days, 6))
        for name, change in changes
        if isinstance(change, Change)
    }
    assert len(told) > 50
    assert [row[2] for row in rows[: len(told)]] == sorted((row[1] for row in told.values()), reverse=True)


def test_unseen(shown: dict[str, str], database: duckdb.DuckDBPyConnection) -> None:
    """The query returns the project that is gone since the last run."""
    assert database.execute(shown["unseen"]).fetchall() == [("altair-viz/altair", "not_found", NOW, 1)]


def test_momentum(shown: dict[str, str], beside: duckdb.DuckDBPyConnection, report: SiteReport) -> None:
    """The query returns the momentum of every section as in the report."""
    rows = beside.execute(shown["momentum"]).fetchall()
    assert {
        (name, section): (gain, round(percent, 6), known, listed)
        for name, section, gain, percent, known, listed in rows
    } == {
        (each.list_name, phrases.section_path(each.section)): (
            each.gain,
            round(each.percent or 0, 6),
            each.known,
            each.listed,
        )
        for each in report.momentum
        if each.window == MONTH
    }
    assert len(rows) > 15


def test_months(shown: dict[str, str], beside: duckdb.DuckDBPyConnection, report: SiteReport) -> None:
    """The query returns the last count of each month, and the gain since the previous month."""
    names = {each.repository.repo_id: each.name for each in report.projects}
    expected = []
    for repo_id, counts in report.history.items():
        months = {datetime(each.taken_at.year, each.taken_at.month, 1).date(): each.stars for each in counts}
        steps = [None, *(b - a for a, b in pairwise(months.values()))]
        expected += [
            (names[repo_id], month, stars, gain) for (month, stars), gain in zip(months.items(), steps, strict=True)
        ]
    assert [
        (repo, month.date() if isinstance(month, datetime) else month, *rest)
        for repo, month, *rest in beside.execute(shown["months"]).fetchall()
    ] == sorted(expected, key=lambda row: (row[0], row[1]))


def test_unknown(shown: dict[str, str], beside: duckdb.DuckDBPyConnection, report: SiteReport) -> None:
    """The query returns the number of unknown changes for each reason as in the report."""
    changes = [(window.days, change) for each in report.projects for window, change in each.changes.items()]
    expected = Counter((days, "known" if isinstance(change, Change) else str(change)) for days, change in changes)
    rows = beside.execute(shown["unknown"]).fetchall()
    assert {(days, state): number for days, state, number in rows} == expected


def test_momentum_and_bursts_are_worked_out() -> None:
    """Worked examples use figures of the report; without such figures there is no example."""
    text = str(build.build(page_reports.sections_report())["counting.html"])
    assert "+260 ÷ 2,740 = +9.5%" in text
    assert "<dd>3 of 3 projects</dd>" in text
    assert "Best 14 days" not in text
    text = re.sub("</?time[^>]*>", "", str(build.build(page_reports.health_report())["counting.html"]))
    for said in (
        "≈ 600 retained stars from 2026-01-05 to 2026-01-18",
        "600 ÷ 1,000 = 60.0%; a burst needs at least 40%",
        "+20 in the next 14 days; a burst ended if this is below 10% of 600",
        "<dd>a burst that ended</dd>",
    ):
        assert said in text
    assert "No example yet" in str(build.build(reports.young())["counting.html"])


def test_files_hold_the_rows(beside: duckdb.DuckDBPyConnection, report: SiteReport) -> None:
    """The files have every row with its types: timestamps, null for unknown values, and the list's label."""
    tables: dict[str, list[tuple[Any, ...]]]
    tables = {name: list(rows) for name, rows in data_files.table_rows(report).items()}
    tables["counts"] = [
        (*identity, to_instant(at), *figures)
        for *identity, times, stars, forks, commits in tables["histories"]
        for at, *figures in zip(times, stars, forks, commits, strict=True)
    ]
    files = {"projects": "projects", "changes": "changes", "counts": "counts/*"}
    for name, file in files.items():
        rows = beside.execute(f"from 'data/{file}.parquet'").fetchall()
        assert len(rows) == len(tables[name])
        assert set(rows) == set(tables[name])
    assert {row[2] for row in tables["counts"]} == {"of old"}
    assert beside.execute("from 'data/counts/2024.parquet' select distinct year(taken_at)").fetchall() == [(2024,)]


def test_same_rows_same_bytes(config: Config, report: SiteReport) -> None:
    """The order of rows does not change the bytes, so an unchanged build writes nothing."""
    found = parquet.files(data_files.table_rows(report))
    backwards = {name: list(rows)[::-1] for name, rows in data_files.table_rows(report).items()}
    assert parquet.files(backwards) == found
    assert {name: (config.dashboards_folder / "data" / name).read_bytes() for name in found} == found
    assert workflows_build.run(config, None).changed == ()


def test_a_year_that_has_ended_stays(report: SiteReport) -> None:
    """A later count changes only the file of its own year."""
    tables = {name: list(rows) for name, rows in data_files.table_rows(report).items()}
    before = parquet.files(tables)
    later = (*tables["histories"][0][:3], [to_microseconds(datetime(2026, 1, 1))], [1], [1], [1])
    after = parquet.files({**tables, "histories": [*tables["histories"], later]})
    assert {name for name in after if after[name] != before.get(name)} == {"counts/2026.parquet"}


def test_nothing_counted_makes_empty_files() -> None:
    """Without counts the tables are empty, and there is no file of counts."""
    assert sorted(parquet.files(data_files.table_rows(reports.empty()))) == ["changes.parquet", "projects.parquet"]
