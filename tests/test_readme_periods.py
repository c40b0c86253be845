"""A README over simulated days: how often it changes, and what it says then."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from startrack import files
from startrack.config import Config, ListConfig, ReadmeConfig, SnapshotsConfig
from startrack.model.cadence import Cadence, MinChange
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Missing, Observation, Reason, Repository
from startrack.model.runs import Run
from startrack.store import rollup
from startrack.store.snapshots import Snapshots
from startrack.workflows import build, counts, readmes
from startrack.workflows.report import create_site_report

MONDAY = datetime(2026, 3, 2, 5, 17)
DAY = timedelta(days=1)
TABLE = (
    "<!-- startrack:table sort=stars figures=exact columns=project,stars,last_commit{} -->\n<!-- startrack:end -->\n"
)
COUNT = "Now <!-- startrack:count repo=o/a figures=exact{} --><!-- startrack:end --> stars.\n"


@dataclass
class Life:
    """A list and its README; a run counts its projects, and `changes` has the instants at which the README changed.

    `problems` are those of the last time that it was filled.
    """

    config: Config
    stars: dict[str, int] = field(default_factory=lambda: {"a": 1_000, "b": 20_000})
    ids: dict[str, int] = field(default_factory=lambda: {"a": 1, "b": 2, "c": 3, "d": 4})
    archived: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    changes: list[datetime] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def readme(self) -> Path:
        """The README."""
        return self.config.root / "README.md"

    @property
    def text(self) -> str:
        """What it says."""
        return self.readme.read_text(encoding="utf-8")

    def run(self, at: datetime, names: Sequence[str] = ()) -> None:
        """Count all projects, or some, and fill the README."""
        entries = tuple(Entry(f"o/{name}", name, (), f"https://github.com/o/{name}", 1) for name in self.stars)
        seen = [self._observed(name, at) for name in names or self.stars]
        run = Run(int((at - datetime(1970, 1, 1)).total_seconds()), at, at, "done", len(seen), len(seen), 0, 1, 1, "0")
        snapshots = Snapshots(self.config.snapshots_folder, self.config.snapshots.every)
        lists = [] if names else [List("list", "list.md", entries)]
        files.write(snapshots.drafts(run, seen, lists), below=snapshots.folder)
        self.fill(at)

    def _observed(self, name: str, at: datetime) -> Observation:
        if name in self.missing:
            return Missing(f"o/{name}", Reason.NOT_FOUND)
        repository = Repository(
            self.ids[name], f"o/{name}", is_archived=name in self.archived, head_committed_on=at.date()
        )
        return Counted(f"o/{name}", repository, self.stars[name], 1)

    def fill(self, at: datetime, as_of: datetime | None = None) -> None:
        """Fill the README as a build does, and once more, which changes nothing."""
        before = self.readme.read_bytes()
        report = create_site_report(self.config, as_of)
        opened = readmes.open_readmes(readmes.ReadmeReports(self.config, report))
        ((path, change),) = opened.changes.items()
        after = change(before)
        self.problems = list(map(str, opened.problems))
        assert change(after) == after
        path.write_bytes(after)
        self.changes += [at] if after != before else []

    def days(self, *numbers: int) -> None:
        """Count on some days after the first Monday, in whose course the projects grow by 0.1% a day."""
        for number in numbers:
            self.stars = {"a": round(1_000 * 1.001**number), "b": round(20_000 * 1.001**number)}
            self.run(MONDAY + number * DAY)


def life(folder: Path, text: str = TABLE.format(""), readme: ReadmeConfig | None = None, **snapshots: str) -> Life:
    """Return a list of two projects, with a README."""
    (folder / "list.md").write_text("- [a](https://github.com/o/a)\n- [b](https://github.com/o/b)\n", encoding="utf-8")
    (folder / "README.md").write_text(text, encoding="utf-8")
    return Life(
        Config(
            lists=(ListConfig(source="list.md"),),
            readme=readme or ReadmeConfig(cadence=Cadence.WEEKLY),
            snapshots=SnapshotsConfig.model_validate(snapshots),
            root=folder,
        )
    )


def on(*days: int) -> list[datetime]:
    """Return the instants of the runs of some days after the first Monday."""
    return [MONDAY + day * DAY for day in days]


def test_a_table_changes_once_a_week(tmp_path: Path) -> None:
    """With the figures of the Monday, its last commits too, on whatever day it is built."""
    weeks = life(tmp_path)
    weeks.days(0, 1, 6, 7, 8, 12, 14, 19)
    assert weeks.changes == on(0, 7, 14)
    text = weeks.text
    assert "| [o/a](https://github.com/o/a) | 1,014 | 2026-03-16 |" in text
    weeks.readme.write_text(TABLE.format(""), encoding="utf-8")
    weeks.fill(MONDAY)
    assert weeks.text == text
    assert "As of 2026-03-16" in text


@pytest.mark.parametrize(
    ("readme", "days"),
    [
        (ReadmeConfig(cadence=Cadence.DAILY), (0, 4, 7, 9, 21, 29, 30)),
        (ReadmeConfig(cadence=Cadence.MONTHLY, min_change=MinChange()), (0, 30)),
        (ReadmeConfig(cadence=Cadence.MONTHLY, min_change=MinChange(percent=2)), (0, 21, 30)),
        (ReadmeConfig(cadence=Cadence.WEEKLY, min_change=MinChange(percent=0)), (0, 4, 7, 9, 21, 29, 30)),
    ],
)
def test_settings(tmp_path: Path, readme: ReadmeConfig, days: Sequence[int]) -> None:
    """Each refreshes as often as it says; a total that has changed by more is shown before."""
    weeks = life(tmp_path, readme=readme)
    weeks.days(0, 4, 7, 9, 21, 29, 30)
    assert weeks.changes == on(*days)


def test_attributes_of_a_block(tmp_path: Path) -> None:
    """They stand above the configuration, block by block."""
    text = TABLE.format(" cadence=monthly min_change=none") + COUNT.format(" cadence=daily") + COUNT.format("")
    weeks = life(tmp_path, text)
    weeks.days(0, 1, 7, 9)
    table, daily, weekly = weeks.text.split("Now")
    assert weeks.changes == on(0, 1, 7, 9)
    assert "As of 2026-03-02" in table
    assert ("-->1,009<!--" in daily, "-->1,007<!--" in weekly) == (True, True)


def test_a_total_that_leaps_shows_at_once(tmp_path: Path) -> None:
    """All blocks show that day then, and stay until the next week."""
    weeks = life(tmp_path, TABLE.format("") + COUNT.format(""))
    weeks.days(0, 1)
    weeks.stars["b"] = 23_000
    for day in (2, 3, 5, 7):
        weeks.stars["a"] += 1
        weeks.run(MONDAY + day * DAY)
        if day == 5:
            assert "As of 2026-03-04" in weeks.text
            assert "| 23,000 |" in weeks.text
            assert "-->1,002<!--" in weeks.text
    assert weeks.changes == on(0, 2, 7)


@pytest.mark.parametrize(
    ("attributes", "changes"), [("", on(0, 7, 14, 21, 28, 30, 35)), (" cadence=monthly", on(0, 30))]
)
def test_a_digest_has_a_period_of_its_own(tmp_path: Path, attributes: str, changes: list[datetime]) -> None:
    """It changes with the week; the table, and the day of the figures, wait for the month."""
    day = "\n<!-- startrack:updated -->\n<!-- startrack:end -->\n"
    digest = f"\n<!-- startrack:digest{attributes} -->\n<!-- startrack:end -->\n"
    months = life(tmp_path, TABLE.format("") + day + digest, ReadmeConfig())
    others = set()
    for number in (0, 7, 8, 14, 21, 28, 30, 31, 35):
        months.stars = {"a": 1_000 + number, "b": 20_000 + 2 * number}
        months.run(MONDAY + number * DAY)
        others.add(months.text.partition("<!-- startrack:digest")[0])
    assert months.changes == changes
    assert len(others) == 2
    assert ("Week 14 of 2026" in months.text) is (attributes != " cadence=monthly")


def test_counts_begin_as_builds_keep_them(tmp_path: Path) -> None:
    """`counts add` writes the figures of the period, or the newest where a block of the file shows these already."""
    weeks = life(
        tmp_path, "# List\n\n- [a](https://github.com/o/a)\n- [b](https://github.com/o/b)\n\n" + TABLE.format("")
    )
    weeks.stars = {"a": 800, "b": 900}

    def add(at: datetime) -> list[str]:
        (edit,) = counts.add(weeks.config, [str(weeks.readme)], None, "{stars} stars", at)
        weeks.readme.write_bytes(edit.after)
        weeks.fill(at)
        return re.findall("-->(.*?)<!--/startrack", weeks.text)

    weeks.run(MONDAY)
    weeks.stars["a"] = 812
    weeks.run(MONDAY + 3 * DAY)
    before = weeks.text
    assert add(MONDAY + 3 * DAY) == ["800 stars", "900 stars"]
    weeks.stars["a"] = 801
    weeks.run(MONDAY + 4 * DAY)
    assert weeks.changes == [MONDAY]
    weeks.readme.write_text(before, encoding="utf-8")
    weeks.stars["b"] = 1_300
    weeks.run(MONDAY + 5 * DAY)
    weeks.stars = {"a": 803, "b": 1_360}
    weeks.run(MONDAY + 6 * DAY)
    assert add(MONDAY + 6 * DAY) == ["803 stars", "1.4k stars"]
    assert weeks.changes == on(0, 5)
    assert "| 1,300 |" in weeks.text


def test_entries_show_at_once(tmp_path: Path) -> None:
    """A new one, one that is archived, lost, counted again, renamed or removed."""
    weeks = life(tmp_path)
    weeks.days(0, 1)
    weeks.stars["c"] = 5
    weeks.run(MONDAY + 2 * DAY)
    assert "[o/c](https://github.com/o/c) | 5 |" in weeks.text
    weeks.archived = frozenset({"a", "d"})
    weeks.run(MONDAY + 3 * DAY)
    assert "[o/a](https://github.com/o/a) (archived)" in weeks.text
    weeks.missing = frozenset({"b"})
    weeks.run(MONDAY + 4 * DAY)
    assert "(not found since)" in weeks.text
    weeks.missing = frozenset()
    weeks.run(MONDAY + 5 * DAY)
    assert "(not found since)" not in weeks.text
    weeks.stars = {"d": weeks.stars["a"], "b": weeks.stars["b"]}
    weeks.ids["d"] = weeks.ids["a"]
    weeks.run(MONDAY + 6 * DAY)
    assert "[o/d](https://github.com/o/d) (archived)" in weeks.text
    assert "o/c" not in weeks.text
    weeks.run(MONDAY + 8 * DAY)
    weeks.run(MONDAY + 9 * DAY)
    assert weeks.changes == on(0, 2, 3, 4, 5, 6, 8)


def test_the_first_run_of_a_period_may_be_partial(tmp_path: Path) -> None:
    """What it could not count is shown as such, and the run that counts it shows the whole list again."""
    weeks = life(tmp_path)
    weeks.days(0, 6)
    weeks.missing = frozenset({"b"})
    weeks.run(MONDAY + 7 * DAY)
    weeks.missing = frozenset()
    for day in (8, 9):
        weeks.run(MONDAY + day * DAY)
    assert weeks.changes == on(0, 7, 8)
    assert "As of 2026-03-10" in weeks.text


def test_a_gain_that_becomes_known_shows_at_once(tmp_path: Path) -> None:
    """Other gains wait for the week."""
    weeks = life(tmp_path, TABLE.format("").replace("stars,", "stars,gain,"))
    weeks.days(0, 21, 22, 23, 24, 28)
    assert weeks.changes == on(0, 21, 23, 28)
    assert "| +28 |" in weeks.text


@pytest.mark.parametrize("every", ["day", "hour"])
def test_several_runs_a_day(tmp_path: Path, every: str) -> None:
    """A table keeps the figures of the first one of the week, even where later ones of the day replace its counts."""
    weeks = life(tmp_path, every=every)
    for hours in (0, 5, 10, 24, 29):
        weeks.stars["a"] += 1
        weeks.run(MONDAY + timedelta(hours=hours))
    assert weeks.changes == [MONDAY]
    assert "| 1,001 |" in weeks.text
    weeks.readme.write_text(TABLE.format(""), encoding="utf-8")
    weeks.fill(MONDAY)
    assert ("| 1,001 |" if every == "hour" else "| 1,003 |") in weeks.text


def test_a_run_of_one_list_begins_no_period_of_its_own(tmp_path: Path) -> None:
    """The last run of the period's first day counts, which has all projects."""
    weeks = life(tmp_path)
    weeks.days(0, 6)
    weeks.stars = {"a": 1_040, "b": 20_400}
    weeks.run(MONDAY + 7 * DAY, ["a"])
    weeks.run(MONDAY + 7 * DAY + timedelta(hours=3))
    weeks.readme.write_text(TABLE.format(""), encoding="utf-8")
    weeks.run(MONDAY + 8 * DAY)
    assert "| 20,400 |" in weeks.text


def test_as_of_is_in_the_period_of_its_run(tmp_path: Path) -> None:
    """A build for an instant has the period of the last run before it."""
    weeks = life(tmp_path)
    weeks.days(0, 3, 7, 12, 14, 20)
    weeks.readme.write_text(TABLE.format(""), encoding="utf-8")
    weeks.fill(MONDAY, MONDAY + 12 * DAY)
    assert "As of 2026-03-09" in weeks.text
    assert "2026-03-09 |" in weeks.text
    weeks.fill(MONDAY, MONDAY + 3 * DAY)
    assert "As of 2026-03-02" in weeks.text


def test_last_commits_come_from_a_month_that_is_rolled_up(tmp_path: Path) -> None:
    """The store has only the newest day of a commit; those of a period are in its day file or month file."""
    weeks = life(tmp_path)
    weeks.days(0, 21, 24, 28, 29, 35, 38)
    text = weeks.text
    assert "2026-04-06 |" in text
    for at, day in ((MONDAY + 29 * DAY, "2026-03-30"), (MONDAY + 24 * DAY, "2026-03-23")):
        weeks.fill(at, at)
        assert weeks.text.count(f"{day} |") == 2
    before = weeks.text
    assert rollup.roll_up(Snapshots(weeks.config.snapshots_folder), MONDAY + 38 * DAY).months
    weeks.readme.write_text(TABLE.format(""), encoding="utf-8")
    weeks.fill(at, at)
    assert weeks.text == before


def test_a_build_without_changes_agrees(tmp_path: Path) -> None:
    """`--check` finds what a build would write, and a second build does nothing."""
    weeks = life(tmp_path)
    config = weeks.config
    for day in (5, 6, 7, 8):
        weeks.stars["a"] += 5
        (tmp_path / "kept").write_bytes(weeks.readme.read_bytes())
        weeks.run(MONDAY + day * DAY)
        expected = weeks.readme.read_bytes()
        weeks.readme.write_bytes((tmp_path / "kept").read_bytes())
        stale = weeks.readme in build.run(config, None, check=True).changed
        assert (weeks.readme in build.run(config, None).changed) is stale is (day in (5, 7))
        assert weeks.readme.read_bytes() == expected
        assert build.run(config, None).report is None
        assert build.run(config, None, check=True).changed == ()


def test_a_counted_entry_may_be_newer_than_the_period(tmp_path: Path) -> None:
    """A figure of a repository that the list did not have on Monday is that of today."""
    weeks = life(tmp_path)
    weeks.days(0, 2)
    weeks.stars["c"] = 40
    weeks.run(MONDAY + 3 * DAY)
    weeks.readme.write_text(COUNT.format("").replace("o/a", "o/c"), encoding="utf-8")
    weeks.fill(MONDAY)
    assert "-->40<!--" in weeks.text


def test_a_chart_outlives_its_entry(tmp_path: Path) -> None:
    """So does a chart; its pictures go, and come back with the project."""
    listed = life(tmp_path, "<!-- startrack:chart repo=o/a -->\n<!-- startrack:end -->\n")

    def pictures() -> list[str]:
        reports = readmes.ReadmeReports(listed.config, create_site_report(listed.config, None))
        return [path for path, _ in readmes.chart_files(reports, readmes.open_readmes(reports))]

    listed.run(MONDAY)
    shown, drawn = listed.text, pictures()
    assert len(drawn) == 2
    del listed.stars["a"]
    listed.run(MONDAY + DAY)
    assert "\n\nn/a (not in a list)\n\n" in listed.text
    assert pictures() == []
    listed.stars["a"] = 1_200
    listed.run(MONDAY + 2 * DAY)
    assert (listed.text, pictures()) == (shown, drawn)


def test_a_figure_outlives_its_entry(tmp_path: Path) -> None:
    """A project that left the list ends no build; only a comment that was just written must name a listed one."""
    listed = life(tmp_path, COUNT.format(""))
    listed.run(MONDAY)
    del listed.stars["a"]
    listed.run(MONDAY + DAY)
    assert "repo=o/a figures=exact -->n/a (not in a list)<!--" in listed.text
    listed.stars["a"] = 1_200
    listed.run(MONDAY + 2 * DAY)
    assert "-->1,200<!--" in listed.text
    listed.readme.write_text(COUNT.replace("o/a", "o/z").format(""), encoding="utf-8")
    written = listed.text
    listed.fill(MONDAY + 2 * DAY)
    assert listed.text == written
    assert re.search(r"README\.md:1: no list has the repository 'o/z'; did you mean 'o/\w'\?$", listed.problems[0])


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        ("cadence=weakly", r"README\.md:2: unknown cadence 'weakly'; did you mean 'weekly'\?"),
        ("min_change=5", r"README\.md:2: invalid min_change '5'; use a percentage such as \"5%\""),
        ("min-change=5%", r"README\.md:2: unknown attribute 'min-change'; did you mean 'min_change'\?"),
    ],
)
def test_a_wrong_attribute_is_an_error(tmp_path: Path, attribute: str, message: str) -> None:
    """With file, line and what was expected; the block stays."""
    weeks = life(tmp_path)
    weeks.days(0)
    wrong = "\n" + TABLE.format(f" {attribute}")
    weeks.readme.write_text(wrong, encoding="utf-8")
    weeks.fill(MONDAY)
    assert weeks.text == wrong
    (problem,) = weeks.problems
    assert re.search(message, problem)


def test_next_count_of_the_period(tmp_path: Path) -> None:
    """`updated` names the first count of the next period, as it is then that its figures change."""
    weeks = life(tmp_path, TABLE.format("") + "\n<!-- startrack:updated -->\n<!-- startrack:end -->\n")
    weeks.days(0, 2)
    assert "Figures of 2026-03-02. The next are due on 2026-03-09." in weeks.text


def test_every_file_that_is_read_as_markdown_may_have_blocks() -> None:
    """The README and the local lists whose entries may have counts; no list on the web, and no other format."""
    names = ["a.md", "b.MARKDOWN", "c.mdown", "d.mkd", "lists/tools"]
    assert readmes.candidates(Config(), [*names, "e.rst", "f.html", "https://example.com/g.md"]) == [
        "README.md",
        *names,
    ]
