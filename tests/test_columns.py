"""Results read as columns: the same figures as in rows, and no object for a count that nobody looks up."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from startrack.errors import StoreError
from startrack.model.changes import Count, Counts
from startrack.store import arrow, queries
from startrack.store.database import Database, Session
from startrack.trends import projects

EPOCH = datetime(1970, 1, 1)
FIRST = datetime(2026, 1, 1, 3, 17)
FIGURES = (
    "select r * 5000000000 as id, timestamp '1969-12-31 23:59:59' + to_seconds(r * 77777) as taken_at, "
    "(r % 5000)::int as stars, case when r % 17 = $part then null else r::int end as commits from range($rows) as t (r)"
)


@pytest.mark.parametrize("rows", [0, 1, 8, 2049])
@pytest.mark.parametrize("part", [16, 99])
def test_columns_have_the_cells_of_the_rows(rows: int, part: int) -> None:
    """64-bit ids, instants before 1970 too, and nulls."""
    with duckdb.connect() as connection:
        values = {"rows": rows, "part": part}
        columns = arrow.read(connection.sql(FIGURES, params=values))
        expected = connection.execute(FIGURES, values).fetchall()
    assert list(columns) == ["id", "taken_at", "stars", "commits"]
    assert {len(column) for column in columns.values()} == {rows}
    cells = zip(*(map(column.__getitem__, range(rows)) for column in columns.values()), strict=True)
    assert [(number, EPOCH + timedelta(microseconds=at), *others) for number, at, *others in cells] == expected


def test_nulls_that_begin_in_a_later_batch() -> None:
    """A batch of DuckDB has a million rows; the ones before are known."""
    query = "select case when r = 1200001 then null else r::int end as n from range(1200003) as t (r)"
    with duckdb.connect() as connection:
        column = arrow.read(connection.sql(query))["n"]
    assert [row for row in range(len(column)) if column[row] != row] == [1_200_001]
    assert column[1_200_001] is None


def test_other_types_are_refused() -> None:
    """A text would be read as something else."""
    with duckdb.connect() as connection, pytest.raises(TypeError, match="'u' cannot be read"):
        arrow.read(connection.sql("select 1 as n, 'a' as name"))


def test_an_error_in_a_later_batch_is_raised() -> None:
    """The message is DuckDB's."""
    query = "select case when r = 2400000 then error('no such thing')::int else 1 end as n from range(2500000) as t (r)"
    with duckdb.connect() as connection, pytest.raises(arrow.ArrowError, match="no such thing"):
        arrow.read(connection.sql(query))


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Open a database with two counts of each of three repositories."""
    with Database(tmp_path / "a.duckdb").session() as session:
        counts: list[tuple[object, ...]] = [
            (repo_id, FIRST + timedelta(days=day), 10 * repo_id + day, repo_id, None if repo_id == 2 else day)
            for day in range(2)
            for repo_id in (1, 2, 3)
        ]
        session.append("counts", [(*count, 0) for count in counts], ("repo_id", "taken_at", *_FIGURES, "run_id"))
        session.append("takes", [(FIRST + timedelta(days=day), f"{day}.csv", 3, 0) for day in range(2)])
        yield session


_FIGURES = ("stars", "forks", "commits")


def test_counts_are_created_when_they_are_looked_up(session: Session) -> None:
    """As a mapping of values; unknown repositories have none, and unknown commits are not 0."""
    counts = queries.current_counts(session, datetime(2026, 2, 1))
    assert isinstance(counts, Counts)
    assert counts == {
        1: Count(FIRST + timedelta(days=1), 11, 1, 1),
        2: Count(FIRST + timedelta(days=1), 21, 2, None),
        3: Count(FIRST + timedelta(days=1), 31, 3, 1),
    }
    assert (counts.get(4), 4 in counts, 3 in counts, len(counts)) == (None, False, True, 3)
    assert queries.current_counts(session, datetime(2025, 1, 1)) == {}
    nearest = queries.nearest_counts(session, FIRST, timedelta(hours=9), datetime(2026, 2, 1))
    assert nearest[1] == Count(FIRST, 10, 1, 0)


def test_a_broken_statement_is_a_store_error(session: Session) -> None:
    """As with rows."""
    with pytest.raises(StoreError, match="the database could not be read: "):
        session.columns("trends/last_counts", newest=FIRST)


def test_the_holder_of_a_name_was_counted_last(session: Session) -> None:
    """Of two repositories with one name; where they were counted at once, the newer one. Others hold nothing."""
    session._connection.execute("delete from counts where repo_id = 1 and taken_at > $at", {"at": FIRST})
    session._connection.execute("insert into repos (repo_id, name, is_archived, is_fork, is_disabled, seen_at) "
                                "values (1, 'o/a', false, false, false, $at)", {"at": FIRST})  # fmt: skip
    currents = queries.current_counts(session, datetime(2026, 2, 1))
    names = [(3, "O/A"), (1, "o/a"), (2, "o/A"), (9, "o/b")]
    assert projects.name_holders(names, currents) == {"o/a": 3}
    assert projects.name_holders(names[1:], currents) == {"o/a": 2}
    assert projects.name_holders(names[1:2], currents) == {"o/a": 1}
