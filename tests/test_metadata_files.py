"""The slow-changing files: any text survives them, and none of it is a formula."""

import csv
import io
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import StoreError
from startrack.model.lists import Entry, List
from startrack.model.repository import Counted, Details, Repository
from startrack.model.runs import Run
from startrack.store import metadata_files
from startrack.store.metadata_files import ENTRIES, LISTS, REPOSITORIES, RUNS, EntryRow, ListRow, RepositoryRow

PATH = Path("repositories.csv")
DAY = date(2026, 11, 23)
AT = datetime(2026, 11, 23, 3, 17)

# What stands for half a character or for nothing is not kept, nor are line breaks.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60).filter(
    lambda text: len(text.splitlines()) == 1 and text == text.splitlines()[0],
)
instants = st.none() | st.datetimes(datetime(2008, 1, 1), datetime(2100, 1, 1))
repo_facts = st.builds(
    RepositoryRow,
    repo_id=st.integers(1, 10**12),
    name=texts,
    node_id=st.none() | texts,
    url=st.none() | texts,
    description=st.none() | texts,
    language=st.none() | texts,
    license=st.none() | texts,
    topics=st.lists(texts).map(tuple),
    created_at=instants,
    default_branch=st.none() | texts,
    is_archived=st.booleans(),
    archived_at=instants,
    is_fork=st.booleans(),
    is_disabled=st.booleans(),
    is_locked=st.booleans(),
    is_mirror=st.booleans(),
    latest_release=st.none() | texts,
    latest_release_at=instants,
    license_before=st.none() | texts,
    license_changed_at=instants,
    parent=st.none() | texts,
    parent_id=st.none() | st.integers(1, 10**12),
)


@given(st.lists(repo_facts, unique_by=lambda fact: fact.repo_id))
def test_any_text_is_read_back(found: list[RepositoryRow]) -> None:
    """Quotes, commas, formulas and apostrophes come back as they were."""
    assert list(REPOSITORIES.parse(REPOSITORIES.render(found), PATH).rows) == found


def test_text_stands_on_one_line() -> None:
    """Line breaks of any kind become spaces, so that a line of the file is a fact."""
    data = REPOSITORIES.render([RepositoryRow(1, "o/n", description="a\r\nb\rc\u2028d")])
    assert list(REPOSITORIES.parse(data, PATH).rows) == [RepositoryRow(1, "o/n", description="a b c d")]


@given(repo_facts)
def test_no_cell_begins_a_formula(fact: RepositoryRow) -> None:
    """A spreadsheet takes none of it for something to compute."""
    rows = list(csv.reader(io.StringIO(REPOSITORIES.render([fact]).decode(), newline="")))
    assert not [cell for cell in rows[1] if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_other_facts_are_read_back() -> None:
    """Lists, entries with their nested sections, and runs with what they did not write down."""
    read_at = datetime(2026, 11, 23, 3, 17)
    lists = [ListRow("a", "x/y", None, read_at), ListRow("b", "=1+1", "simulated", read_at)]
    assert list(LISTS.parse(LISTS.render(lists), PATH).rows) == lists
    entries = [EntryRow("o/n", None, "-T", ("A", "B / C"), (("A", "B / C"), ()), "https://x", 3, DAY, DAY)]
    assert list(ENTRIES.parse(ENTRIES.render(entries), PATH).rows) == entries
    runs = [Run(1, read_at, read_at, "recovered", 3, 2, 1, None, None, None, waited=0.5, light_batch=7)]
    assert list(RUNS.parse(RUNS.render(runs), PATH).rows) == runs


def test_a_broken_file_is_named_with_its_line() -> None:
    """The error says which file, which line, and how to get it back."""
    broken = REPOSITORIES.render([RepositoryRow(1, "o/n"), RepositoryRow(2, "o/m")]).replace(b"\n2,", b"\ntwo,")
    with pytest.raises(StoreError, match=r"repositories\.csv, line 3: .*`git -C . checkout -- repositories\.csv"):
        REPOSITORIES.parse(broken, PATH)


def test_a_changed_licence_is_kept_with_its_day() -> None:
    """From the run that sees another one, or none; a licence that is new to a repository without one is no change."""
    rows: list[RepositoryRow] = []
    seen = []
    for day, licence in enumerate([None, "MIT", "MIT", "Apache-2.0", "Apache-2.0", None], start=1):
        counted = Counted("o/n", Repository(1, "o/n", license=licence), 1, 0)
        rows = metadata_files.merge_repositories(rows, [counted], datetime(2026, 1, day))
        seen.append((rows[0].license, rows[0].license_before, rows[0].license_changed_at))
    assert seen == [
        (None, None, None),
        ("MIT", None, None),
        ("MIT", None, None),
        ("Apache-2.0", "MIT", datetime(2026, 1, 4)),
        ("Apache-2.0", "MIT", datetime(2026, 1, 4)),
        (None, "Apache-2.0", datetime(2026, 1, 6)),
    ]


def test_details_that_were_not_asked_for_stay() -> None:
    """A day without details does not empty topics and release; a new description replaces the old one."""
    first = Counted(
        "o/n",
        Repository(1, "o/n", description="old"),
        1,
        0,
        details=Details(topics=("t",), latest_release="v1", parent="o/up", parent_id=9),
    )
    second = Counted("o/n", Repository(1, "o/m", description="new"), 1, 0)
    (fact,) = metadata_files.merge_repositories(metadata_files.merge_repositories([], [first], AT), [second], AT)
    assert (fact.name, fact.description, fact.topics, fact.latest_release) == ("o/m", "new", ("t",), "v1")
    assert (fact.parent, fact.parent_id) == ("o/up", 9)


def test_a_file_without_parents_is_read() -> None:
    """As an earlier startrack wrote it: what a fork was made from is not known, and a later run adds it."""
    data = b"repo_id,name,is_fork\n1,o/n,true\n"
    table = REPOSITORIES.parse(data, PATH)
    assert table.rows == (RepositoryRow(1, "o/n", is_fork=True),)
    known = Counted("o/n", Repository(1, "o/n", is_fork=True), 1, 0, details=Details(parent="o/up", parent_id=9))
    written = REPOSITORIES.render(metadata_files.merge_repositories(table.rows, [known], AT), table)
    assert REPOSITORIES.parse(written, PATH).rows == (
        RepositoryRow(1, "o/n", is_fork=True, parent="o/up", parent_id=9),
    )


def test_no_text_is_too_long_to_be_read_back() -> None:
    """Titles, headings and descriptions of a megabyte are cut, not refused on the next reading."""
    long = "x" * 1_000_000
    entry = Entry("o/a", long, (long,) * 6, "https://github.com/o/a", 1, ((long,) * 6,) * 40)
    entries = metadata_files.update_entries([], List("l", "l.md", (entry,)), {}, DAY, {})
    assert len(ENTRIES.parse(ENTRIES.render(entries), PATH).rows) == 1
    described = [RepositoryRow(1, "o/n", description=long)]
    assert len(REPOSITORIES.parse(REPOSITORIES.render(described), PATH).rows) == 1


def found(*repos: str) -> List:
    """Return a list of these repositories."""
    return List("l", "l.md", tuple(Entry(repo, repo, (), f"https://github.com/{repo}", 1) for repo in repos))


Row = tuple[str, int | None, int, int | None]


def stays(before: list[EntryRow], day: int, *repos: str, ids: dict[str, int] | None = None) -> list[EntryRow]:
    """Return the entries after a reading on a day of January that found these repositories."""
    return metadata_files.update_entries(before, found(*repos), ids or {}, date(2026, 1, day), {})


def shown(entries: list[EntryRow]) -> list[Row]:
    """Return the name, number, first day and last day of each."""
    return [
        (fact.repo, fact.repo_id, fact.added_on.day, fact.removed_on.day if fact.removed_on else None)
        for fact in entries
    ]


def test_an_entry_that_comes_back_has_a_row_for_each_stay() -> None:
    """It is added, removed, and added again, and no day of it is lost; nor is another spelling another entry."""
    first = stays([], 1, "o/a", "o/b", ids={"o/a": 1, "o/b": 2})
    second = stays(first, 2, "O/A")
    assert shown(second) == [("O/A", 1, 1, None), ("o/b", 2, 1, 2)]
    third = stays(second, 3, "o/a")
    assert shown(third) == [("o/a", 1, 1, None), ("o/b", 2, 1, 2)]
    fourth = stays(third, 4, "o/a", "o/b", ids={"o/b": 2})
    assert shown(fourth) == [("o/a", 1, 1, None), ("o/b", 2, 4, None), ("o/b", 2, 1, 2)]
    fifth = stays(fourth, 6, "o/a")
    assert shown(fifth) == [("o/a", 1, 1, None), ("o/b", 2, 1, 2), ("o/b", 2, 4, 6)]


def test_one_that_is_back_on_the_same_day_was_never_away() -> None:
    """Two runs of one day, of which one read a list that somebody was just editing."""
    first = stays([], 1, "o/a", "o/b")
    assert stays(stays(first, 2, "o/a"), 2, "o/a", "o/b") == first


@given(st.lists(st.sets(st.sampled_from(["o/a", "o/b", "o/c"])), max_size=12))
def test_every_stay_is_kept(readings: list[set[str]]) -> None:
    """On each day the rows that hold it are those of the entries that were read on it."""
    entries: list[EntryRow] = []
    for number, repos in enumerate(readings, start=1):
        entries = stays(entries, number, *sorted(repos))
    for number, repos in enumerate(readings, start=1):
        day = date(2026, 1, number)
        held = [fact.repo for fact in entries if fact.added_on <= day < (fact.removed_on or date.max)]
        assert sorted(held) == sorted(repos)


def test_the_day_that_git_tells_is_kept_once_known() -> None:
    """A run in a shallow clone, to which git tells less, changes nothing."""
    days = {"o/a": date(2024, 5, 6)}
    first = metadata_files.update_entries([], found("o/a", "o/b"), {}, date(2026, 1, 1), days)
    later = metadata_files.update_entries(first, found("o/a", "o/b"), {}, date(2026, 1, 2), {})
    assert [fact.listed_on for fact in later] == [date(2024, 5, 6), None]
    known_at_last = metadata_files.update_entries(
        later, found("o/a", "o/b"), {}, date(2026, 1, 3), {"o/b": date(2025, 7, 8)}
    )
    assert [fact.listed_on for fact in known_at_last] == [date(2024, 5, 6), date(2025, 7, 8)]


def test_a_link_that_was_only_rewritten_is_not_listed_anew() -> None:
    """Git dates the line with the new name; the repository was seen in the list before that day."""
    first = metadata_files.update_entries([], found("o/old"), {"o/old": 7}, date(2026, 1, 1), {})
    days = {"o/new": date(2026, 1, 5)}
    (new, old) = metadata_files.update_entries(first, found("o/new"), {"o/new": 7}, date(2026, 1, 6), days)
    assert (new.repo, new.added_on, new.listed_on) == ("o/new", date(2026, 1, 6), None)
    assert (old.repo, old.removed_on) == ("o/old", date(2026, 1, 6))
