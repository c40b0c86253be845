"""Files of counts from other programs are read as they mean it, or refused with file and line."""

import os
import sys
from contextlib import suppress
from dataclasses import astuple
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import ImportFileError
from startrack.store import import_reader, incoming
from startrack.store.import_reader import Kind

FILES = Path(__file__).parent / "imports"
NOW = datetime(2026, 11, 27, 6, 0)


def read(path: Path) -> list[tuple[object, ...]]:
    """Return line, name, instant and figures of each count."""
    _, counts = import_reader.read_csv(path, NOW)
    return [(c.line, c.repo, c.taken_at, c.stars, c.forks, c.commits) for c in counts]


def written(folder: Path, text: str | bytes, name: str = "counts.csv") -> Path:
    """Write a file to import."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_best_of_history_has_its_day_in_its_name() -> None:
    """Projects of other hosts, and those without stars, have no count."""
    day = datetime(2024, 5, 2)
    assert read(FILES / "best-of-small/history/2024-05-02_projects.csv") == [
        (2, "pytorch/pytorch", day, 78000, 21000, 71000),
        (4, "explosion/spaCy", day, 28700, 4300, None),
    ]


def test_of_several_rankings_the_last_counts() -> None:
    """Github-Ranking reads them one after another."""
    day = datetime(2024, 5, 3)
    assert read(FILES / "ranking-small/Data/github-ranking-2024-05-03.csv") == [
        (3, "pytorch/pytorch", day, 78012, 21003, None),
        (4, "explosion/spaCy", day, 28702, 4301, None),
    ]


def test_one_ranking_does_not_contradict_itself(tmp_path: Path) -> None:
    """A repository twice in one ranking, with other stars, is an error."""
    text = (FILES / "ranking-small/Data/github-ranking-2024-05-03.csv").read_text(encoding="utf-8")
    path = written(tmp_path, text.replace("top-100-stars", "Python"), "github-ranking-2024-05-03.csv")
    with pytest.raises(ImportFileError, match=r"05-03\.csv, line 3: pytorch/pytorch has 78,012 .* 78,010 on line 2"):
        read(path)


def test_times_of_star_history_are_turned_into_utc() -> None:
    """Its dates are those of a browser."""
    assert read(FILES / "star-history.csv") == [
        (2, "pytorch/pytorch", datetime(2016, 9, 29), 15, None, None),
        (3, "pytorch/pytorch", datetime(2024, 5, 1, 23, 30), 77990, None, None),
        (4, "explosion/spacy", datetime(2014, 7, 7, 1), 3, None, None),
    ]
    assert import_reader.read_csv(FILES / "star-history.csv", NOW)[0].kind is Kind.STAR_HISTORY


def test_plain_files_may_lack_forks_and_commits_and_have_more_columns() -> None:
    """The line is the first of a row."""
    assert read(FILES / "plain.csv") == [
        (2, "pytorch/pytorch", datetime(2024, 5, 4), 78020, 21005, None),
        (3, "explosion/spaCy", datetime(2024, 5, 4, 8), 28705, None, 17000),
        (4, "explosion/spaCy", datetime(2024, 5, 5, 10), 28706, 4302, None),
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("o/n,2024-05-04,-1", "line 2: stars '-1' is not a whole number of 0 or more; "),
        ("o/n,2024-05-04,5.5", "line 2: stars '5.5' is not a whole number"),
        ("o/n,2024-05-04,1.000", "line 2: stars '1.000' .*; write it without separators"),
        ('o/n,2024-05-04,"1,234"', "line 2: stars '1,234' .*; write it without separators"),
        ("o/n,2024-05-04,1_000", "line 2: stars '1_000' is not"),
        ("o/n,2024-05-04,3k", "line 2: stars '3k' is not"),
        ("o/n,2024-05-04,99999999999", "line 2: stars '99999999999' is not"),
        ("o/n,2024-05-04,\u0665", r"line 2: stars '\\u0665' is not"),
        ("o/n,05/04/2024,5", "line 2: '05/04/2024' is not a date like 2026-11-23"),
        ("o/n,04.05.2024,5", "line 2: '04.05.2024' is not a date like"),
        ("o/n,20240504,5", "line 2: '20240504' is not a date like"),
        ("o/n,1714800000,5", "line 2: '1714800000' is not a date like"),
        ("o/n,2024-02-30,5", "line 2: '2024-02-30' is not a day or time that exists"),
        ("o/n,Thu May 03 2024 01:30:00 GMT+0200,5", "line 2: 'Thu May 03 .* is not a day or time that exists"),
        ("o/n,2007-12-31,5", "line 2: 2007-12-31 is before 2008"),
        ("o/n,2026-11-28,5", "line 2: 2026-11-28 00:00 is in the future"),
        ("o/n,2026-11-27T06:00:01Z,5", "line 2: 2026-11-27 06:00 is in the future"),
        ("o/n,,5", "line 2: '' is not a date"),
        ("n,2024-05-04,5", "line 2: 'n' is not a repository on GitHub, like OWNER/NAME"),
        (",2024-05-04,5", "line 2: '' is not a repository"),
        ("https://gitlab.com/o/n,2024-05-04,5", "line 2: 'https://gitlab.com/o/n' is not a repository on GitHub"),
        ("o/n,2024-05-04", "line 2: 2 cells instead of 3"),
        ('o/n,2024-05-04,"5', "line 2: unexpected end of data; correct its quotes"),
        ("o/n,2024-05-04,5\0", "line 2: it has a NUL byte"),
    ],
)
def test_what_is_not_certain_is_refused_with_its_line(tmp_path: Path, row: str, told: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ImportFileError, match=rf"counts\.csv, {told}"):
        read(written(tmp_path, f"repo,date,stars\n{row}\n"))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "counts.csv is empty; a file of counts has the columns repo, date and stars"),
        (b"repo,stars\no/n,5\n", "no column date in 'repo, stars'"),
        (b"repo;date;stars\no/n;2024-05-04;5\n", "line 1: the columns are not separated by commas"),
        (b"repo,date,stars,stars\n", "line 1: the column 'stars' is there twice"),
        (b"repo,date,taken_at,stars\n", "line 1: it has both date and taken_at"),
        (b"repo,date,stars\no/n,2024-05-04,5\nn\xe9/n,2024-05-04,5\n", "line 3: it is not UTF-8"),
        ("repo,date,stars\n".encode("utf-16"), "line 1: it is not UTF-8"),
        (b"name,github_id,star_count\nn,o/n,5\n", "its name does not have the day of its counts"),
    ],
)
def test_a_file_that_is_no_table_of_counts_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    """The message says what such a file has."""
    with pytest.raises(ImportFileError, match=told):
        read(written(tmp_path, content))


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    """Spreadsheets write both."""
    path = written(tmp_path, b"\xef\xbb\xbfRepo,Date,Stars\r\no/n,2024-05-04,5\r\n")
    assert read(path) == [(2, "o/n", datetime(2024, 5, 4), 5, None, None)]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """So is a folder."""
    with incoming.opened() as stage:
        for path in (tmp_path / "none.csv", tmp_path):
            with pytest.raises(ImportFileError, match=f"cannot read {path}: "):
                stage.read(path, None, 0, NOW)


@given(
    st.datetimes(datetime(2008, 1, 1), NOW).map(lambda at: at.replace(microsecond=0)),
    st.integers(-14 * 4, 14 * 4).map(lambda quarters: timedelta(minutes=15 * quarters)),
)
def test_any_time_with_an_offset_is_one_instant(at: datetime, ahead: timedelta) -> None:
    """ISO 8601 and JavaScript write the same instant."""
    local, minutes = at + ahead, ahead // timedelta(minutes=1)
    offset = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}{abs(minutes) % 60:02}"
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    browser = f"{days[local.weekday()]} {months[local.month - 1]} {local:%d} {local.year} {local:%H:%M:%S} GMT{offset}"
    for text in (f"{local.isoformat()}{offset}", f"{local.isoformat(' ')} {offset}", browser, f"{browser} (Some Time)"):
        assert import_reader._instant(text) == at, text


@given(st.text(max_size=60))
def test_any_cell_is_read_or_refused(text: str) -> None:
    """Never with another error."""
    for parse in (import_reader._instant, import_reader._repo, lambda cell: import_reader._figure("stars", cell)):
        with suppress(ValueError):
            parse(text)


def test_parquet_is_read_like_csv(tmp_path: Path) -> None:
    """Whatever the types of its columns; a wrong row is named."""
    with incoming.opened() as stage:
        path = _parquet(
            stage,
            tmp_path,
            "select 'https://github.com/o/n' as repo, date '2024-05-04' as date, 5.0::double as stars, "
            "7::utinyint as forks "
            "union all select 'o/m', date '2024-05-05', 6, null union all select 'o/k', date '2024-05-05', null, null",
        )
        stage.read(path, None, 0, NOW)
        assert sorted(_staged(stage)) == [
            ("o/m", datetime(2024, 5, 5), 6, None),
            ("o/n", datetime(2024, 5, 4), 5, 7),
        ]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (
            "'o/n' as repo, date '2024-05-04' as date, 5.5 as stars",
            r"the column stars is decimal\(2,1\) and not a number",
        ),
        ("'o/n' as repo, date '2024-05-04' as date, 5.5::double as stars", "row 1: stars '5.5' is not a whole number"),
        ("'o/n' as repo, date '2024-05-04' as date, -5 as stars", "row 1: stars '-5' is not a whole number"),
        ("'o/n' as repo, date '2027-05-04' as date, 5 as stars", "row 1: 2027-05-04 00:00 is in the future"),
        ("'o/n' as repo, 'May 4' as date, 5 as stars", "the column date is varchar and not a date or a time"),
        ("'n' as repo, timestamp '2024-05-04 01:00:00' as taken_at, 5 as stars", "row 1: 'n' is not a repository"),
        ("null::varchar as repo, date '2024-05-04' as date, 5 as stars", "row 1: '' is not a repository"),
        ("'o/n' as repo, null::date as date, 5 as stars", "row 1: '' is not a date"),
        ("'o/n' as repo, 5 as stars", "no column date in 'repo, stars'"),
    ],
)
def test_parquet_without_the_columns_or_with_wrong_rows_is_refused(tmp_path: Path, values: str, told: str) -> None:
    """The message names the column or the row."""
    with incoming.opened() as stage, pytest.raises(ImportFileError, match=rf"counts\.parquet.*{told}"):
        stage.read(_parquet(stage, tmp_path, f"select {values}"), None, 0, NOW)


def test_a_broken_parquet_file_is_refused(tmp_path: Path) -> None:
    """Its ending, or its first bytes, say what it is."""
    with incoming.opened() as stage:
        for name, content in (("a.parquet", b"repo,date,stars\n"), ("b.csv", b"PAR1 and no more")):
            with pytest.raises(ImportFileError, match=f"{name} is damaged, or not a Parquet file"):
                stage.read(written(tmp_path, content, name), None, 0, NOW)


def test_sources_are_named_after_files_and_folders() -> None:
    """A best-of list and Github-Ranking after the folder of their repository."""
    with incoming.opened() as stage:
        paths = (
            FILES / "best-of-small/history/2024-05-02_projects.csv",
            FILES / "ranking-small/Data/github-ranking-2024-05-03.csv",
            FILES / "star-history.csv",
            FILES / "plain.csv",
        )
        names = [stage.read(path, None, number, NOW).name for number, path in enumerate(paths)]
        assert names == ["best-of-small", "ranking-small", "star-history", "plain"]


def _parquet(stage: incoming.Incoming, folder: Path, query: str) -> Path:
    path = folder / "counts.parquet"
    stage.session._execute(f"copy ({query}) to '{path}' (format parquet)", {})
    return path


def _staged(stage: incoming.Incoming) -> list[tuple[object, ...]]:
    return stage.session._execute("select repo, taken_at, stars, forks from incoming", {}).fetchall()


def test_holders_of_a_name_follow_each_other() -> None:
    """Counts of a name belong to the repository that had it then; where that is not known, to none."""
    spells = [
        incoming.NameSpell("o/n", 1, datetime(2020, 1, 1), datetime(2021, 1, 1), datetime(2019, 6, 1, 12)),
        incoming.NameSpell("o/n", 2, datetime(2022, 1, 1), datetime(2023, 1, 1), datetime(2021, 6, 1, 12)),
        incoming.NameSpell("o/n", 3, datetime(2024, 1, 1), datetime(2024, 2, 1), datetime(2010, 6, 1)),
        incoming.NameSpell("o/other", 4, datetime(2024, 1, 1), datetime(2024, 2, 1)),
    ]
    assert [astuple(holder)[1:] for holder in incoming.holders(spells, ["O/N"])] == [
        (1, datetime(2019, 6, 1), datetime(2021, 6, 1)),
        (2, datetime(2021, 6, 2), datetime(2023, 1, 1, 0, 0, 0, 1)),
        (3, datetime(2024, 1, 1), datetime(3000, 1, 1)),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pipes with names of this kind")
def test_a_pipe_is_refused(tmp_path: Path) -> None:
    """It can be read only once, and nobody may write into it."""
    path = tmp_path / "counts.csv"
    os.mkfifo(path)
    with (
        incoming.opened() as stage,
        pytest.raises(ImportFileError, match="is not a regular file; save what it gives as a file first"),
    ):
        stage.read(path, None, 0, NOW)
