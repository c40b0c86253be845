"""Two versions of the snapshots folder, merged: no count, run, entry or week of either is lost."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW, connect
from startrack.cli import formats
from startrack.config import Config, ListConfig
from startrack.demo.server import Server
from startrack.errors import StoreError
from startrack.model.history import Series
from startrack.store import day_files, merging, metadata_files
from startrack.store.day_files import DayRow
from startrack.store.snapshots import Snapshots
from startrack.workflows import backfill, snapshot, trending

DAY = Path("2026/2026-11-23.csv")
AT = datetime(2026, 11, 23, 5, 17)


class Folders:
    """Three versions of a folder."""

    def __init__(self, top: Path) -> None:
        self.base, self.ours, self.theirs = (Snapshots(top / name) for name in ("base", "ours", "theirs"))

    def write(self, path: Path, *contents: bytes | None) -> None:
        """Put a file into each version that has it: base, ours, theirs."""
        for version, content in zip((self.base, self.ours, self.theirs), contents, strict=True):
            if content is not None:
                (version.folder / path).parent.mkdir(parents=True, exist_ok=True)
                (version.folder / path).write_bytes(content)

    def merge(self, *paths: Path) -> Snapshots:
        """Return their version with what merging puts into it."""
        for path, content in merging.merge(self.base, self.ours, self.theirs, paths).items():
            self.write(path, None, None, content)
        return self.theirs


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Return three empty versions."""
    return Folders(tmp_path)


def lines(found: Iterable[tuple[int, int, int | None]]) -> list[DayRow]:
    """Return lines of repositories at minutes, with stars or missing."""
    return [
        DayRow(number, f"o/r{number}", AT + timedelta(minutes=minute), stars, stars and 1)
        if stars is not None
        else DayRow(number, f"o/r{number}", AT + timedelta(minutes=minute), missing="failed")
        for number, minute, stars in {number: (number, minute, stars) for number, minute, stars in found}.values()
    ]


rows = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 9), st.none() | st.integers(1, 99)), max_size=5).map(lines)


@given(rows, rows, rows)
def test_the_later_count_of_each_repository_stands(
    tmp_path_factory: pytest.TempPathFactory,
    before: list[DayRow],
    mine: list[DayRow],
    other: list[DayRow],
) -> None:
    """Whoever took it; what one has missed keeps the other's count, and nothing that either counted is lost."""
    folders = Folders(tmp_path_factory.mktemp("versions"))
    folders.write(DAY, *(day_files.render(day_files.merge(before, found)) for found in ([], mine, other)))
    merged = {line.repo_id: line for line in folders.merge(DAY).day(DAY).rows}
    everything = [*before, *mine, *other]
    assert merged.keys() == {line.repo_id for line in everything}
    for number, line in merged.items():
        counted = [each for each in everything if each.repo_id == number and each.missing is None]
        latest = max((each.taken_at for each in counted), default=None)
        assert (line.missing is None) == bool(counted)
        assert latest is None or line.taken_at == latest
        assert latest is None or line.stars in {each.stars for each in counted if each.taken_at == latest}


def test_what_one_has_changed_alone_is_taken(folders: Folders) -> None:
    """Without looking into it."""
    folders.write(Path("a.csv"), b"1", b"2", b"1")
    folders.write(Path("b.csv"), b"1", b"2", None)
    folders.write(Path("c.csv"), None, b"2", None)
    folders.write(Path("d.csv"), b"1", b"2", b"2")
    assert merging.merge(folders.base, folders.ours, folders.theirs, [Path(f"{name}.csv") for name in "abcd"]) == {
        Path("a.csv"): b"2", Path("b.csv"): b"2", Path("c.csv"): b"2",
    }  # fmt: skip


def test_what_is_no_table_stays_theirs(folders: Folders) -> None:
    """A `.gitignore` that others have written into; where they have none it is ours."""
    path = Path(".gitignore")
    folders.write(path, b"", b"*.duckdb\n", b"mine\n")
    assert folders.merge(path).files.data(path) == b"mine\n"


def test_facts_are_merged_field_by_field(folders: Folders) -> None:
    """Each as whoever has changed it says; repositories that only one has learned of are in it."""
    path = Path("repositories.csv")
    known = metadata_files.RepositoryRow(1, "o/r1", description="old", language="C")
    folders.write(
        path,
        metadata_files.REPOSITORIES.render([known]),
        metadata_files.REPOSITORIES.render(
            [replace(known, description="new", parent="o/up", parent_id=9), metadata_files.RepositoryRow(3, "o/r3")]
        ),
        metadata_files.REPOSITORIES.render(
            [replace(known, language="Rust", topics=("x",)), metadata_files.RepositoryRow(2, "o/r2")]
        ),
    )
    first, *others = folders.merge(path).repositories().rows
    assert first == replace(known, description="new", language="Rust", topics=("x",), parent="o/up", parent_id=9)
    assert [fact.repo_id for fact in others] == [2, 3]


def listed(at: datetime, *names: str) -> bytes:
    """Return the file of lists that were read at an instant."""
    return metadata_files.LISTS.render([metadata_files.ListRow(name, f"{name}.md", None, at) for name in names])


def test_a_list_that_was_taken_out_by_hand_stays_out(folders: Folders) -> None:
    """So its publication ends; one that was read anew meanwhile, or that only one knows, is in it."""
    path = Path("lists.csv")
    folders.write(path, listed(AT, "a", "b"), listed(AT, "a", "b", "ours"), listed(AT, "b", "theirs"))
    assert [fact.list for fact in folders.merge(path).lists().rows] == ["b", "ours", "theirs"]
    later = AT + timedelta(hours=1)
    folders.write(path, listed(AT, "a"), listed(later, "a"), listed(AT + timedelta(minutes=1), "a"))
    assert [fact.read_at for fact in folders.merge(path).lists().rows] == [later]


def entry(name: str, line: int, added: int = 1, removed: int | None = None) -> metadata_files.EntryRow:
    """Return an entry that was added, and perhaps removed, on days of November."""
    days_of = [date(2026, 11, day) if day else None for day in (added, removed)]
    assert days_of[0]
    return metadata_files.EntryRow(
        f"o/{name}",
        None,
        name,
        (),
        (),
        f"https://github.com/o/{name}",
        line,
        days_of[0],
        days_of[1],
    )


@pytest.mark.parametrize("later_read", ["ours", "theirs"])
def test_entries_are_as_the_later_read_has_them(folders: Folders, later_read: str) -> None:
    """With the first day that either knows; what it does not have was removed when it was read."""
    path = Path("lists/a.csv")
    later = [entry("one", 2), entry("two", 5, 20, 22), entry("back", 7, 3), entry("new", 8, 22)]
    earlier = [entry("one", 1), entry("two", 5, 20), entry("gone", 6, 21), entry("back", 9, 3, 22), entry("new", 8, 21)]
    versions = (later, earlier) if later_read == "ours" else (earlier, later)
    reads = [AT + timedelta(hours=1), AT] if later_read == "ours" else [AT, AT + timedelta(hours=1)]
    folders.write(path, *(metadata_files.ENTRIES.render(found) for found in ([], *versions)))
    folders.write(Path("lists.csv"), None, *(listed(at, "a") for at in reads))
    assert folders.merge(path).entries("a").rows == (
        entry("one", 2), entry("back", 7, 3), entry("new", 8, 21), entry("two", 5, 20, 22), entry("gone", 6, 21, 23),
    )  # fmt: skip


def test_columns_of_a_newer_startrack_are_kept(folders: Folders) -> None:
    """With their cells, of both versions."""
    folders.write(DAY, None, *(day_files.render(lines([(number, 1, number)])) for number in (1, 2)))
    for version, name in ((folders.ours, "mine"), (folders.theirs, "other")):
        head, row, _ = version.files.data(DAY).decode().split("\n")  # type: ignore[union-attr]  # written just now
        (version.folder / DAY).write_text(f"{head},{name}\n{row},{name}s\n", encoding="ascii")
    merged = folders.merge(DAY).files.data(DAY)
    assert merged
    head, *found, _ = merged.decode().split("\n")
    assert head.endswith(",missing,other,mine")
    assert [row[row.index(",,") :] for row in found] == [",,,,,,,,,mines", ",,,,,,,,others,"]


def test_a_version_that_cannot_be_read_is_named(folders: Folders) -> None:
    """With its file and line: nothing is made of it."""
    folders.write(
        DAY, day_files.render([]), day_files.render(lines([(1, 1, 1)])), day_files.render(lines([(2, 1, 1)])) + b"x\n"
    )
    with pytest.raises(StoreError, match=r"theirs/2026/2026-11-23.csv, line 3"):
        folders.merge(DAY)


def test_two_runs_with_their_pasts_are_one_history(tmp_path: Path, github: Server) -> None:
    """Two that count and fetch apart from each other: merged, the files hold what either knows, and load as one."""
    listing = (Path(__file__).parent / "lists" / "mllms-reasoning.md").read_bytes()
    roots = [tmp_path / name for name in ("base", "ours", "theirs")]
    for root, calls, at in zip(
        roots,
        (0, 9, 31),
        (NOW - timedelta(days=1), NOW, NOW + timedelta(minutes=5)),
        strict=True,
    ):
        root.mkdir()
        (root / "list.md").write_bytes(listing)
        config = Config(lists=(ListConfig(source="list.md"),), root=root)
        for taken_at in dict.fromkeys((NOW - timedelta(days=1), at)):
            with connect(github) as client:
                snapshot.run(config, client, taken_at, github.clock.now, lambda _done, _total: None)
        if calls:
            with connect(github) as client:
                backfill.run(config, client, at, backfill.FetchLimits(budget=calls))
    base, ours, theirs = (Snapshots(root / "snapshots") for root in roots)
    changed = [path for path in ours.kept() if ours.files.data(path) != base.files.data(path)]
    merged = merging.merge(base, ours, theirs, changed)
    for path, content in merged.items():
        (theirs.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (theirs.folder / path).write_bytes(content)
    runs = theirs.runs(Path("2025/runs.csv")).rows
    assert [run.started_at for run in runs] == [NOW - timedelta(days=1), NOW, NOW + timedelta(minutes=5)]
    for series in Series:
        mine, after = ours.pasts(series), theirs.pasts(series)
        assert {fact.repo_id for fact in mine.index().rows} <= {fact.repo_id for fact in after.index().rows}
        for fact in after.index().rows:
            weeks = {line.week for line in after.weeks(fact.repo_id).rows}
            assert fact.weeks == len(weeks)
            assert {line.week for line in mine.weeks(fact.repo_id).rows} <= weeks
    config = Config(lists=(ListConfig(source="list.md"),), root=roots[2])
    assert len(formats.ranking(trending.run(config, trending.Ranking(config.trends.windows[0]), None)).rows) == 23


def test_of_an_import_that_both_have_changed_ours_is_taken(folders: Folders) -> None:
    """An import is whole; one that only they have stays, and one that only we have is added."""
    both, ours, theirs = (Path(f"imports/bot/{name}.parquet") for name in ("both", "ours", "theirs"))
    folders.write(both, b"old", b"ours", b"theirs")
    folders.write(ours, None, b"ours", None)
    folders.write(theirs, None, None, b"theirs")
    merged = folders.merge(both, ours, theirs)
    assert [(merged.folder / path).read_bytes() for path in (both, ours, theirs)] == [b"ours", b"ours", b"theirs"]
