"""Files are only written if a reader would see a difference: weeks of counts without a new figure."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from startrack import files
from startrack.config import Config, ListConfig, ReadmeConfig
from startrack.model.cadence import Cadence
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Repository
from startrack.model.runs import Run
from startrack.store.snapshots import Snapshots
from startrack.workflows import build

BEGIN = datetime(2026, 3, 1, 5, 17)
BEFORE, DAYS = 60, 15
STEPS = {BEFORE + 3: 110, BEFORE + 8: 120, BEFORE + 9: 121}
TABLE = "<!-- startrack:table sort=stars columns=project,stars,gain,percent,forks -->\n<!-- startrack:end -->\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Return a configuration with two projects that were counted on many days without a change."""
    (tmp_path / "list.md").write_text(
        "- [a](https://github.com/o/a)\n- [b](https://github.com/o/b)\n",
        encoding="utf-8",
    )
    (tmp_path / "README.md").write_text(f"# Mine\n\n{TABLE}", encoding="utf-8")
    readme = ReadmeConfig(cadence=Cadence.DAILY)
    config = Config(lists=(ListConfig(source="list.md"),), readme=readme, root=tmp_path)
    for day in range(BEFORE):
        count(config, day, 100)
    return config


def count(config: Config, day: int, stars: int) -> None:
    """Write the snapshot files of one day."""
    at = BEGIN + timedelta(days=day)
    seen = [
        Counted(f"o/{name}", Repository(number, f"o/{name}"), stars * number, 1) for number, name in enumerate("ab", 1)
    ]
    entries = tuple(Entry(each.asked, "x", (), f"https://github.com/{each.asked}", 1) for each in seen)
    snapshots = Snapshots(config.snapshots_folder)
    run = Run(day + 1, at, at, "done", 2, 2, 0, 1, 1, "0")
    files.write(snapshots.drafts(run, seen, [List("list", "list.md", entries)]), below=snapshots.folder)


def test_only_new_figures_are_written(config: Config) -> None:
    """The README is written only on days with new figures, a feed only with a new entry."""
    readme, feed = config.root / "README.md", config.dashboards_folder / "feeds" / "all.xml"
    build.run(config, None)
    first, stars, written, told = readme.read_bytes(), 100, [], []
    for day in range(BEFORE, BEFORE + DAYS):
        stars = STEPS.get(day, stars)
        count(config, day, stars)
        before, entries = readme.read_bytes(), feed.read_text(encoding="utf-8").count("<entry>")
        stale = build.run(config, None, check=True).changed
        changed = build.run(config, None).changed
        assert stale == changed
        if readme in changed:
            written.append(day)
        assert (readme in changed) == (readme.read_bytes() != before)
        if feed in changed:
            told.append(feed.read_text(encoding="utf-8").count("<entry>") - entries)
    assert written == list(STEPS)
    assert all(told)
    assert b"As of 2026-04-29 \xc2\xb7 gains since 2026-03-30" in first
    assert b"As of 2026-05-09 \xc2\xb7 gains since 2026-04-09" in readme.read_bytes()
    assert b"242" in readme.read_bytes()
