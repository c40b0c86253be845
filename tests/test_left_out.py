"""Entries on other hosts than GitHub: their numbers are stored with the list and shown on its page."""

import csv
import io
import re
from datetime import datetime
from pathlib import Path

import pytest

from conftest import connect
from diagnosing import check
from startrack.config import Config, ListConfig
from startrack.demo.access import Clock
from startrack.demo.figures import SteadyHistory
from startrack.demo.server import serving
from startrack.demo.world import ALWAYS, DatedName, DemoRepository, World
from startrack.workflows import build, doctor, snapshot

NOW = datetime(2025, 6, 23, 5, 17)
LIST = """\
# Kites

- [One](https://github.com/kite/one)
- [Two](https://gitlab.com/kite/two)
- [Three](https://gitlab.com/kite/three)
- [Four](https://codeberg.org/kite/four)
"""
SENTENCE = "Not counted: 2 entries on gitlab.com, 1 on codeberg.org."


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a configuration whose list was counted once."""
    (tmp_path / "list.md").write_text(LIST, encoding="utf-8")
    config = Config(lists=(ListConfig(source="list.md"),), root=tmp_path)
    one = DemoRepository(
        1, (DatedName(ALWAYS, "kite/one"),), NOW, SteadyHistory(NOW.date(), stars=5, stars_per_day=1, commits=1)
    )
    with serving(World([one]), clock=Clock(NOW)) as server, connect(server) as client:
        snapshot.run(config, client, NOW, lambda: NOW, lambda _done, _all: None)
    return config


def page(config: Config) -> str:
    """Build the dashboards, and return the text of the list's page."""
    build.run(config, None)
    return re.sub(r"<[^<>]*>", "", (config.dashboards_folder / "index.html").read_text(encoding="utf-8"))


def test_the_numbers_are_stored(config: Config) -> None:
    """They are shown even if the list cannot be read later, or the database is rebuilt from files."""
    assert SENTENCE in page(config)
    (config.root / "list.md").unlink()
    config.database.unlink()
    assert SENTENCE in page(config)


def test_doctor_shows_the_numbers_of_a_remote_list(config: Config) -> None:
    """As of its last reading, without a request."""
    remote = config.model_copy(update={"lists": (ListConfig(source="https://h.invalid/list.md", name="list"),)})
    with serving(World(), clock=Clock(NOW)) as server:
        found = doctor.run(remote, None, lambda: connect(server), NOW)
        assert (
            check(found, "list list when last read").detail == "not counted: 2 entries on gitlab.com, 1 on codeberg.org"
        )
        local = doctor.run(config, None, lambda: connect(server), NOW)
    told = [each.detail for each in local.checks if "not counted" in each.detail]
    assert told == [
        f"{config.root / 'list.md'} names 1 project; not counted: 2 entries on gitlab.com, 1 on codeberg.org",
    ]


def test_files_of_older_versions_have_no_numbers(config: Config) -> None:
    """Without the column nothing is shown, and the next run adds it."""
    file = config.snapshots_folder / "lists.csv"
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert rows[0].pop("elsewhere") == '[["gitlab.com", 2], ["codeberg.org", 1]]'
    file.write_text(f"{','.join(rows[0])}\n{','.join(rows[0].values())}\n", encoding="utf-8")
    assert "Not counted:" not in page(config)
