"""The CSV files: read by the names of columns, written back with all that was in them, or refused by file and line."""

import csv
import io
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import MISSING, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfilled_lists import fill, filled_copy, snapshot
from conftest import NOW
from diagnosing import examine
from shared_folders import SharedFolder
from startrack.cli import formats
from startrack.config import Config
from startrack.demo.server import Server
from startrack.errors import DayFileError, StoreError
from startrack.model.changes import Window
from startrack.model.runs import Run
from startrack.store import history_files, metadata_files, sync
from startrack.store.csv_codec import Codec
from startrack.store.database import Database
from startrack.store.day_files import DAYS, DayRow
from startrack.store.history_files import HistoryIndexRow, WeekRow
from startrack.store.metadata_files import EntryRow, ListRow, RepositoryRow
from startrack.store.snapshots import Snapshots
from startrack.workflows import snapshot as workflows_snapshot
from startrack.workflows import trending

PATH = Path("snapshots/x.csv")
AT = datetime(2026, 11, 23, 3, 17)
DAY = date(2026, 11, 23)

CODECS: dict[str, tuple[Codec[Any], Any]] = {
    "day": (DAYS, DayRow(1, "o/a", AT, 7, 3, 40, head="01234567", committed_on=DAY)),
    "repositories": (
        metadata_files.REPOSITORIES,
        RepositoryRow(1, "o/a", topics=("a", "b, c"), created_at=AT, is_fork=True),
    ),
    "lists": (metadata_files.LISTS, ListRow("a", "=x/y", None, AT)),
    "entries": (
        metadata_files.ENTRIES,
        EntryRow("o/a", None, "-T", ("A", "B"), (("A", "B"), ()), "https://x", 3, DAY, DAY, DAY),
    ),
    "runs": (metadata_files.RUNS, Run(1, AT, AT, "recovered", 3, 2, 1, None, None, None, waited=0.5, light_batch=7)),
    "index": (history_files.INDEX, HistoryIndexRow(1, "o/a", 'W/"x"', 3, True, AT, None, "done", None)),  # noqa: FBT003
    "weeks": (history_files.WEEKS, WeekRow(date(2026, 11, 22), 0, 1, 2, 3, 4, 5, 6)),
}
COUNTED = {"repo_id", "stars", "forks"}
kinds = pytest.mark.parametrize("kind", CODECS)

cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n"), max_size=12)
names = st.from_regex(r"new_[a-z]{1,6}", fullmatch=True)


def rewritten(data: bytes, change: Callable[[list[list[str]]], list[list[str]]]) -> bytes:
    """Return a file whose cells were changed."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(change(list(csv.reader(io.StringIO(data.decode(), newline="")))))
    return text.getvalue().encode()


# ── By name ──────────────────────────────────────────────────────────────────────────────────────────────


@kinds
def test_what_is_written_is_read_back_and_written_the_same(kind: str) -> None:
    """Row, bytes, and the bytes again."""
    codec, row = CODECS[kind]
    data = codec.render([row])
    table = codec.parse(data, PATH)
    assert list(table.rows) == [row]
    assert codec.render(table.rows, table) == data


@kinds
@given(chance=st.randoms(use_true_random=False), more=st.lists(st.tuples(names, cells), unique_by=lambda each: each[0]))
def test_any_order_and_more_columns_stay_as_they_are(kind: str, chance: Any, more: list[tuple[str, str]]) -> None:  # noqa: ANN401
    """Columns that are not known keep their cells and places; the row is read as ever, and the bytes do not change."""
    codec, row = CODECS[kind]

    def change(lines: list[list[str]]) -> list[list[str]]:
        columns = [*zip(*lines, strict=True), *more]
        chance.shuffle(columns)
        return [list(line) for line in zip(*columns, strict=True)]

    data = rewritten(codec.render([row]), change)
    table = codec.parse(data, PATH)
    assert list(table.rows) == [row]
    assert codec.render(table.rows, table) == data


@kinds
def test_a_lacking_column_has_its_default(kind: str) -> None:
    """Each may lack whose default says what that means; the next writing adds it."""
    codec, row = CODECS[kind]
    data = codec.render([row])
    for name, column in codec.columns.items():
        without = rewritten(data, lambda lines, name=name: _without(lines, name))  # type: ignore[misc]
        if column.otherwise is MISSING or (kind == "day" and name in COUNTED):
            message = (
                rf"line [12]: (the columns {name} are missing|repo_id, stars or forks of a counted repository is empty)"
            )
            with pytest.raises(codec.error, match=message):
                codec.parse(without, PATH)
        else:
            table = codec.parse(without, PATH)
            assert list(table.rows) == [replace(row, **{name: column.otherwise})]
            assert set(codec.parse(codec.render([row], table), PATH).columns) == set(codec.columns)


def _without(lines: list[list[str]], name: str) -> list[list[str]]:
    place = lines[0].index(name)
    return [[*line[:place], *line[place + 1 :]] for line in lines]


def test_cells_that_are_not_known_stay_with_their_rows() -> None:
    """A row that is new has none, one that went takes its own along."""
    data = DAYS.render([DayRow(1, "o/a", AT, 1, 1), DayRow(2, "o/b", AT, 2, 2)])
    table = DAYS.parse(rewritten(data, lambda lines: [[*line, f"c{n}"] for n, line in enumerate(lines)]), PATH)
    after = DAYS.render([DayRow(2, "o/b", AT, 5, 5), DayRow(3, "o/c", AT, 3, 3)], table).decode().splitlines()
    assert [line.rpartition(",")[2] for line in after] == ["c0", "c2", ""]


# ── Refused ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda _data: b"", "line 1: it is empty"),
        (lambda _data: b"\n\n", "line 1: it is empty"),
        (lambda data: b"\xef\xbb\xbf" + data, "line 1: it begins with a byte order mark"),
        (lambda data: data + b"\xff\n", "line 3: it is not UTF-8"),
        (lambda data: data + b"a\0b\n", "line 3: it has a NUL byte"),
        (lambda data: data + b"1\n", "line 3: it has"),
        (lambda data: data + b"1" + b"," * 60 + b"\n", "line 3: it has"),
        (lambda data: data + b'"\n', "line 3: "),
        (lambda data: data + b"<<<<<<< HEAD\n", "line 3: it is a conflict marker of git"),
        (lambda data: b"<<<<<<< HEAD\n" + data, "line 1: it is a conflict marker of git"),
        (lambda data: data + data.splitlines(keepends=True)[1], "line 3: .* has two lines; remove one"),
        (lambda data: rewritten(data, lambda lines: [[*line, line[0]] for line in lines]), "line 1: the column '"),
        (lambda data: rewritten(data, lambda lines: [[*line, "", ""] for line in lines]), "line 1: the column ''"),
    ],
)
@kinds
def test_what_is_spoilt_is_named_with_its_line(kind: str, spoil: Callable[[bytes], bytes], told: str) -> None:
    """And with what to do about it; whatever it is, it is one line of print."""
    codec, row = CODECS[kind]
    data = spoil(codec.render([row]))
    with pytest.raises(codec.error, match=rf"^snapshots/x\.csv, {told}") as caught:
        codec.parse(data, PATH)
    assert str(caught.value).isprintable()
    assert "; " in str(caught.value)
    assert [str(each) for each in codec.faults(data, PATH)] == [str(caught.value)]


@pytest.mark.parametrize(
    "cell",
    ["-1", "1.5", "1e3", "0x10", "1_000", " 5", "5 ", "+5", "\u0661\u0662", "2147483648", "9" * 25, "9" * 5000],
)
def test_a_figure_is_made_of_figures(cell: str) -> None:
    """Whatever Python or DuckDB would make of it."""
    data = rewritten(DAYS.render([DayRow(1, "o/a", AT, 7, 3)]), lambda lines: [lines[0], _with(lines, "stars", cell)])
    with pytest.raises(DayFileError, match=r"line 2: stars .* is not a whole number of 0 or more"):
        DAYS.parse(data, PATH)


def _with(lines: list[list[str]], name: str, cell: str) -> list[str]:
    return [cell if column == name else before for column, before in zip(*lines, strict=True)]


@pytest.mark.parametrize(
    ("kind", "name", "cell"),
    [
        ("day", "taken_at", "1700000000"),
        ("day", "taken_at", "2026-11-23T03:17:00+02:00"),
        ("day", "taken_at", "2026-13-01T00:00:00"),
        ("day", "taken_at", "1970-01-01T00:00:00"),
        ("day", "taken_at", "9999-01-01T00:00:00"),
        ("day", "taken_at", ""),
        ("day", "name", ""),
        ("day", "repo_id", "9223372036854775808"),
        ("day", "committed_on", "yesterday"),
        ("repositories", "is_fork", "yes"),
        ("repositories", "topics", '{"a": 1}'),
        ("repositories", "topics", "[1]"),
        ("entries", "section", '"A"'),
        ("entries", "sections", '["A"]'),
        ("entries", "sections", "[" * 2000),
        ("entries", "line", "-3"),
        ("lists", "list", "../../etc/passwd"),
        ("runs", "waited", "nan"),
        ("runs", "asked", "99999999999"),
        ("index", "complete", "1"),
        ("weeks", "week", "0"),
        ("weeks", "sat", ""),
    ],
)
def test_a_cell_that_cannot_be_is_named_with_its_line(kind: str, name: str, cell: str) -> None:
    """None of them is guessed at, and none ends in a traceback."""
    codec, row = CODECS[kind]
    data = rewritten(codec.render([row]), lambda lines: [lines[0], _with(lines, name, cell)])
    with pytest.raises(codec.error, match=r"^snapshots/x\.csv, line 2: ") as caught:
        codec.parse(data, PATH)
    assert len(str(caught.value)) < 400


@kinds
def test_a_newer_format_is_refused_by_name(kind: str) -> None:
    """A column tells it; what this startrack understands is told too."""
    codec, row = CODECS[kind]
    marked = rewritten(codec.render([row]), lambda lines: [[*lines[0], "format_3"], [*lines[1], ""]])
    told = (
        r"^snapshots/x\.csv was written by a newer startrack \(format 3; this one reads up to 1\); upgrade startrack$"
    )
    with pytest.raises(codec.error, match=told):
        codec.parse(marked, PATH)
    current = rewritten(codec.render([row]), lambda lines: [[*lines[0], "format_1"], [*lines[1], ""]])
    assert list(codec.parse(current, PATH).rows) == [row]


def test_a_difference_that_earlier_versions_wrote_down_is_read() -> None:
    """Their count of other requests may be below 0: the files that people have stay readable."""
    row = replace(CODECS["runs"][1], other_requests=-3)
    assert metadata_files.RUNS.parse(metadata_files.RUNS.render([row]), PATH).rows == (row,)
    with pytest.raises(StoreError, match=r"other_requests '-9999999999' is not a whole number"):
        metadata_files.RUNS.parse(metadata_files.RUNS.render([replace(row, other_requests=-9999999999)]), PATH)


def test_every_line_at_fault_is_told() -> None:
    """Not the first one alone."""
    data = DAYS.render([DayRow(number, f"o/{number}", AT, 7, 3) for number in range(5)]).replace(b",7,3,", b",x,3,", 3)
    assert [str(each).partition(": ")[0] for each in DAYS.faults(data, PATH)] == [
        f"snapshots/x.csv, line {number}" for number in (2, 3, 4)
    ]


def test_the_tables_hold_what_the_files_do(tmp_path: Path) -> None:
    """A figure that a file may have fits into the column that it is loaded into."""
    with Database(tmp_path / "a.duckdb").session() as session:
        rows = session._connection.execute(
            "select table_name, column_name, data_type from information_schema.columns",
        ).fetchall()
    types = {(table, column): kind.lower() for table, column, kind in rows}
    tables = {"repositories": "repos", "lists": "lists", "entries": "entries", "runs": "runs", "index": "pasts"}
    for kind, table in tables.items():
        for name, column in CODECS[kind][0].columns.items():
            assert types[table, name] == column.sql
    for name in ("stars", "forks", "commits", "open_issues", "open_prs", "watchers", "repo_id", "taken_at"):
        assert types["counts", name] == DAYS.columns[name].sql


# ── In the folder ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def config(tmp_path: Path, shared_folder: SharedFolder) -> Config:
    """Return a list that was counted once, with its past."""
    return filled_copy(shared_folder, tmp_path)


def ours(config: Config) -> list[Path]:
    """Return every file of the folder."""
    snapshots = Snapshots(config.snapshots_folder)
    return [snapshots.folder / path for path in snapshots.paths()]


def test_a_folder_from_tomorrow_works_as_today(config: Config, github: Server) -> None:
    """Every file with a column more, at the front: the same rankings, and no cell is lost by the next run."""
    before = formats.ranking(trending.run(config, trending.Ranking(Window(7)), None))
    for path in ours(config):
        path.write_bytes(
            rewritten(
                path.read_bytes(), lambda lines: [["later", *lines[0]], *(["kept", *line] for line in lines[1:])]
            ),
        )
    assert formats.ranking(trending.run(config, trending.Ranking(Window(7)), None)) == before
    assert {each.name for each in examine(config, github).warnings} == set()
    snapshot(config, github, NOW)
    fill(config, github)
    for path in ours(config):
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        assert lines[0][0] == "later"
        assert {line[0] for line in lines[1:]} <= ({"kept", ""} if path.name == "runs.csv" else {"kept"})


def test_a_folder_from_yesterday_works_as_today(config: Config, github: Server) -> None:
    """Every column gone that has a default: what hangs on none of them is as before, and the next run adds them."""
    snapshots = Snapshots(config.snapshots_folder)
    before = formats.ranking(trending.run(config, trending.Ranking(Window(7)), None))
    for path in snapshots.paths():
        codec = snapshots.codec(path)
        assert codec is not None
        kept = [name for name, column in codec.columns.items() if not _may_lack(column.otherwise) or name in COUNTED]

        def narrow(lines: list[list[str]], kept: list[str] = kept) -> list[list[str]]:
            return [[cell for name, cell in zip(lines[0], line, strict=True) if name in kept] for line in lines]

        (snapshots.folder / path).write_bytes(rewritten((snapshots.folder / path).read_bytes(), narrow))
    after = formats.ranking(trending.run(config, trending.Ranking(Window(7)), None))
    place = before.columns.index("commits_gain")
    assert [row[:place] for row in after.rows] == [row[:place] for row in before.rows]
    snapshot(config, github, NOW)
    header = (snapshots.folder / "repositories.csv").read_text(encoding="utf-8").partition("\n")[0]
    assert set(header.split(",")) == set(metadata_files.REPOSITORIES.columns)


def _may_lack(otherwise: object) -> bool:
    return otherwise is None or otherwise == () or otherwise is False


def test_files_of_several_kinds_of_columns_load_together(tmp_path: Path) -> None:
    """Each day by its own header, whatever the others have."""
    folder = tmp_path / "snapshots" / "2026"
    folder.mkdir(parents=True)
    (folder / "2026-01-01.csv").write_text(
        "stars,forks,name,repo_id,taken_at\n7,1,o/a,1,2026-01-01T05:00:00\n",
        encoding="ascii",
    )
    (folder / "2026-01-02.csv").write_text(
        "name,later,repo_id,taken_at,forks,stars\no/a,x,1,2026-01-02T05:00:00,2,9\n",
        encoding="ascii",
    )
    with Database(tmp_path / "a.duckdb").session() as session:
        sync.sync(session, Snapshots(tmp_path / "snapshots"))
        assert session._connection.execute("select stars, forks, commits from counts").fetchall() == [
            (7, 1, None),
            (9, 2, None),
        ]


@pytest.mark.parametrize("ending", ["\r\n", "\r\n and \n"])
def test_line_ends_of_windows_are_read(config: Config, ending: str) -> None:
    """As git may write them, and as an editor may mix them, which DuckDB refuses."""
    before = formats.ranking(trending.run(config, trending.Ranking(Window(7)), None))
    for path in ours(config):
        first, *lines = path.read_bytes().splitlines(keepends=True)
        lines = [line.replace(b"\n", b"\r\n") if ending == "\r\n" or n % 2 else line for n, line in enumerate(lines)]
        path.write_bytes(b"".join([first.replace(b"\n", b"\r\n"), *lines]))
    assert formats.ranking(trending.run(config, trending.Ranking(Window(7)), None)) == before


def pipe(path: Path) -> None:
    """Put a pipe in the place of a file."""
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes() + b"<<<<<<< HEAD\n"),
        lambda path: path.write_bytes(path.read_bytes() + b"\xff\n"),
        lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()),
        lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b"\n\0", 1)),
        lambda path: path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[1]),
        lambda path: path.write_bytes(path.read_bytes().replace(b"\n", b",format_2\n", 1)),
        lambda path: (path.unlink(), path.symlink_to("nowhere.csv")),
        lambda path: (path.unlink(), path.symlink_to(path.name)),
        lambda path: (path.unlink(), path.mkdir()),
        pipe,
        lambda path: (path.unlink(), path.symlink_to("/dev/zero")),
    ],
    ids=["empty", "conflict", "latin", "mark", "nul", "twice", "newer", "dangling", "loop", "folder", "pipe", "device"],
)
def test_any_spoilt_file_is_an_error_and_a_finding(
    config: Config,
    github: Server,
    tmp_path: Path,
    spoil: Callable[[Path], object],
) -> None:
    """Each named by the command that needs it, and all of them by `doctor`; restored, it is well."""
    paths = [*ours(config)[:6], *ours(config)[-4:]]
    before = workflows_snapshot.last_run(config)
    for path in paths:
        shutil.copy(path, tmp_path / "copy")
        spoil(path)
        with pytest.raises(StoreError, match=re.escape(str(path))) as caught:
            workflows_snapshot.last_run(config)
        assert str(caught.value).isprintable()
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.move(tmp_path / "copy", path)
        assert workflows_snapshot.last_run(config) == before
    for path in paths:
        spoil(path)
    told = [each.detail for each in examine(config, github).checks if each.name == "file"]
    assert len(told) == len(paths)
    assert {path for path in paths if any(str(path) in detail for detail in told)} == set(paths)


@pytest.mark.parametrize("cell", ["5.7", "0x10", "1e3", "-7", "+5", "\u0661", "99999999999", ""])
def test_what_duckdb_would_take_for_a_figure_is_refused(config: Config, cell: str) -> None:
    """In day files and files of weeks alike, with file and line, while the database stays as it was."""
    files = [config.snapshots_folder / "2025" / "2025-06-26.csv", config.snapshots_folder / "history" / "20000001.csv"]
    for path, name in zip(files, ("stars", "sat"), strict=True):
        data = path.read_bytes()
        spoilt = rewritten(data, lambda lines, name=name: [*lines[:2], _with([lines[0], lines[2]], name, cell)])  # type: ignore[misc]
        path.write_bytes(spoilt)
        with duckdb.connect(str(config.database)) as connection:
            before = connection.execute("select count(*), sum(stars) from counts").fetchall()
        with pytest.raises(StoreError, match=rf"{path.name}, line 3: "):
            workflows_snapshot.last_run(config)
        with duckdb.connect(str(config.database)) as connection:
            assert connection.execute("select count(*), sum(stars) from counts").fetchall() == before
        path.write_bytes(data)
