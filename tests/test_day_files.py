"""Day files: what they hold, how two runs of a day become one, and what is wrong with a broken one."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from startrack.errors import DayFileError
from startrack.model.repository import Counted, Details, Missing, Observation, Reason, Repository
from startrack.store import day_files
from startrack.store.day_files import DAYS, DayRow

MORNING = datetime(2026, 11, 23, 3, 17)
EVENING = datetime(2026, 11, 23, 19, 2, 5)
PATH = Path("2026/2026-11-23.csv")

names = st.from_regex(r"[a-z][a-z0-9-]{0,9}/[A-Za-z0-9._-]{1,12}", fullmatch=True)
figures = st.none() | st.integers(0, 2**31 - 1)
lines = st.builds(
    DayRow,
    repo_id=st.integers(1, 10**10),
    name=names,
    taken_at=st.datetimes(datetime(2008, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0)),
    stars=st.integers(0, 10**6),
    forks=st.integers(0, 10**6),
    commits=figures,
    open_issues=figures,
    open_prs=figures,
    watchers=figures,
    head=st.none() | st.from_regex(r"[0-9a-f]{8}", fullmatch=True),
    committed_on=st.none() | st.dates(date(2008, 1, 1)),
    missing=st.none(),
)


def line(repo_id: int | None, name: str = "o/a", **values: object) -> DayRow:
    """Return a counted line unless told otherwise."""
    return DayRow(repo_id, name, MORNING, **({"stars": 1, "forks": 0} | values))  # type: ignore[arg-type]


def test_a_day_file_reads_well() -> None:
    """One line a repository, sorted by name whatever its case, nothing where nothing is known."""
    seen: list[Observation] = [
        Counted("o/B", Repository(2, "o/B", head_oid="0123456789", head_committed_on=date(2026, 11, 22)), 7, 3, 40),
        Counted("o/a", Repository(1, "o/a"), 5, 0, details=Details(open_issues=1, open_prs=2, watchers=3)),
        Missing("x/gone", Reason.NOT_FOUND),
    ]
    assert day_files.render(day_files.build_rows(seen, MORNING)).decode() == (
        "repo_id,name,taken_at,stars,forks,commits,open_issues,open_prs,watchers,head,committed_on,missing\n"
        "1,o/a,2026-11-23T03:17:00,5,0,,1,2,3,,,\n"
        "2,o/B,2026-11-23T03:17:00,7,3,40,,,,01234567,2026-11-22,\n"
        ",x/gone,2026-11-23T03:17:00,,,,,,,,,not_found\n"
    )


@given(st.lists(lines, unique_by=lambda each: each.repo_id))
def test_what_is_written_is_read_back(found: list[DayRow]) -> None:
    """Every line survives the way through the file, and the bytes are the same the second time."""
    data = day_files.render(found)
    read = list(DAYS.parse(data, PATH).rows)
    assert sorted(read, key=lambda each: each.repo_id or 0) == sorted(found, key=lambda each: each.repo_id or 0)
    assert day_files.render(read) == data


@pytest.mark.parametrize(("every", "expected"), [("day", "2026/2026-11-23.csv"), ("hour", "2026/2026-11-23T19.csv")])
def test_the_name_tells_the_period(every: day_files.Every, expected: str) -> None:
    """A day has a file, or an hour, below its year."""
    path = day_files.path_of(EVENING, every)
    assert path.as_posix() == expected
    assert day_files.is_day_file(path)
    assert not day_files.is_day_file(Path("2026/runs.csv"))


def test_the_later_count_wins() -> None:
    """A second run of the day replaces what it counted and keeps what it did not."""
    earlier = [line(1, stars=5), line(2, "o/b", stars=9)]
    later = [line(1, stars=6)]
    assert day_files.merge(earlier, later) == [line(2, "o/b", stars=9), line(1, stars=6)]


def test_what_the_later_run_missed_keeps_the_earlier() -> None:
    """A failure in the evening does not undo the morning's count, whether its number is known or not."""
    for number in (1, None):
        later = DayRow(number, "o/a", EVENING, missing="failed")
        assert day_files.merge([line(1, stars=5)], [later]) == [line(1, stars=5)]


def test_a_count_replaces_a_failure() -> None:
    """What failed in the morning and answered in the evening was counted that day."""
    assert day_files.merge([DayRow(None, "o/a", MORNING, missing="failed")], [line(1)]) == [line(1)]


def test_figures_that_are_not_taken_every_time_are_kept() -> None:
    """Issues of the morning stay where the evening did not ask; the commit total only while the head is the same."""
    morning = line(1, commits=10, open_issues=4, head="aaaaaaaa")
    same = line(1, stars=2, head="aaaaaaaa")
    assert day_files.merge([morning], [same]) == [line(1, stars=2, commits=10, open_issues=4, head="aaaaaaaa")]
    moved = line(1, stars=2, head="bbbbbbbb")
    assert day_files.merge([morning], [moved]) == [line(1, stars=2, open_issues=4, head="bbbbbbbb")]


def test_a_name_that_changed_hands_is_two_repositories() -> None:
    """The old owner's count of the day is not lost when somebody else appears under its name."""
    assert day_files.merge([line(1)], [line(2)]) == [line(1), line(2)]


@given(st.lists(lines, unique_by=lambda each: each.repo_id), st.lists(lines, unique_by=lambda each: each.repo_id))
def test_merging_loses_no_repository(earlier: list[DayRow], later: list[DayRow]) -> None:
    """Every repository of either run has exactly one line, and merging the same again changes nothing."""
    merged = day_files.merge(earlier, later)
    assert sorted(each.repo_id or 0 for each in merged) == sorted({each.repo_id or 0 for each in [*earlier, *later]})
    assert day_files.render(day_files.merge(merged, later)) == day_files.render(merged)


def test_of_two_names_of_a_repository_the_count_stays() -> None:
    """A failure under an old name does not undo what the new name counted, in whichever order they were asked."""
    counted = Counted("o/new", Repository(1, "o/new"), 5, 0)
    gone = Missing("o/old", Reason.NOT_FOUND, repo_id=1)
    orders: list[list[Observation]] = [[counted, gone], [gone, counted]]
    for seen in orders:
        assert [each.stars for each in day_files.build_rows(seen, MORNING)] == [5]


def test_a_run_for_an_earlier_hour_changes_nothing_later() -> None:
    """The count of the later instant wins, whichever was written first."""
    evening = replace(line(1, stars=9), taken_at=EVENING)
    assert day_files.merge([evening], [line(1, stars=3)]) == [evening]
    assert day_files.merge([line(1, stars=3)], [evening]) == [evening]


@pytest.mark.parametrize(
    ("broken", "where"),
    [
        (b"", "line 1: it is empty"),
        (b"a,b\n1,2\n", "line 1: the columns name, taken_at are missing"),
        (day_files.render([line(1)]).replace(b",1,0,", b",one,0,"), "line 2: stars 'one' is not a whole number"),
        (
            day_files.render([line(1)]).replace(b"2026-11-23T", b"yesterday"),
            "line 2: taken_at 'yesterday03:17:00' is not a time",
        ),
        (b"\xff\xfe" + day_files.render([line(1)]), "line 1: it is not UTF-8"),
        (day_files.render([line(1)])[:-6], "line 2: it has 7 cells instead of 12"),
    ],
)
def test_a_broken_file_is_named_with_its_line(broken: bytes, where: str) -> None:
    """The error says which file, which line, and how to get it back."""
    with pytest.raises(DayFileError, match=r"git -C 2026 checkout -- 2026-11-23\.csv") as caught:
        DAYS.parse(broken, PATH)
    assert where in str(caught.value)
