"""The best fourteen days of a past, and names that changed hands, asked of a real database."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from startrack.model.history import Burst
from startrack.model.report import NameTakeover
from startrack.store import queries
from startrack.store.database import Database, Session

BORN = datetime(2026, 1, 1, 12, 0)
DAY = timedelta(days=1)
LATE = datetime(2027, 1, 1)
ENTRY = (
    "insert into entries (list, repo, repo_id, title, section, sections, url, line, added_on) "
    "values ('l', 'o/r', 1, 'R', '[]', '[]', 'u', 1, '2026-01-01')"
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    """Open an empty database in which one repository is listed."""
    with Database(tmp_path / "s.duckdb").session() as opened:
        opened._connection.execute(ENTRY)
        yield opened


def retain(session: Session, gains: list[int], *, complete: bool = True) -> None:
    """Keep retained stars, a figure for each day from the first on."""
    session._connection.execute("delete from star_days; delete from pasts")
    fetched = (BORN + len(gains) * DAY).isoformat()
    session._connection.execute(
        "insert into pasts values ('history', 1, 'o/r', null, 9, $1, $2, 0, 'done', null)",
        [complete, fetched],
    )
    session.append("star_days", [(1, (BORN + n * DAY).date(), gain, BORN) for n, gain in enumerate(gains)])


def count(session: Session, stars: dict[int, int], *, born: datetime = BORN) -> None:
    """Keep counts of the only repository, by days since the first one."""
    first = BORN + min(stars) * DAY
    session._connection.execute("delete from counts; delete from repos")
    session._connection.execute(
        "insert into repos (repo_id, name, created_at, first_seen, is_archived, is_fork, is_disabled) "
        "values (1, 'o/r', $1, $2, false, false, false)",
        [born, first],
    )
    rows = [(1, BORN + day * DAY, number, 0, None, None, None, None, 1, None) for day, number in sorted(stars.items())]
    session.append("counts", [tuple(row) for row in rows])


def asked(session: Session, until: datetime = LATE, since: date = date(2026, 1, 1)) -> Burst | None:
    """Return the burst of the only repository."""
    return queries.bursts(session, since, until).get(1)


@pytest.mark.parametrize("seed", range(12))
def test_the_best_fourteen_days(session: Session, seed: int) -> None:
    """What the days add up to, window by window; none where fewer than fourteen days follow the best ones."""
    drawn = random.Random(seed)  # noqa: S311 - days, not secrets
    gains = [drawn.choice((0, 0, 1, 2, 9)) for _ in range(drawn.randint(10, 70))]
    retain(session, gains)
    ends = range(len(gains))
    best = max(ends, key=lambda end: (sum(gains[max(end - 13, 0) : end + 1]), -end))
    told = asked(session)
    if best + 14 >= len(gains) or not sum(gains):
        assert told is None
        return
    assert told == Burst(
        first=(BORN + (best - 13) * DAY).date(),
        last=(BORN + best * DAY).date(),
        stars=sum(gains[max(best - 13, 0) : best + 1]),
        after=sum(gains[best + 1 : best + 15]),
        total=sum(gains),
        until=(BORN + (len(gains) - 1) * DAY).date(),
        retained=True,
    )


def test_only_whole_pasts_tell(session: Session) -> None:
    """Not one whose beginning is unknown, that has a hole, or that ended long ago."""
    gains = [9] * 5 + [0] * 40
    retain(session, gains)
    assert asked(session) is not None
    assert asked(session, since=date(2026, 3, 1)) is None
    session._connection.execute("delete from star_days where day = '2026-01-20'")
    assert asked(session) is None
    retain(session, gains, complete=False)
    assert asked(session) is None


def test_counts_tell_from_the_creation_on(session: Session) -> None:
    """A project counted soon after its creation began at no star; a loss afterwards is told as one."""
    count(session, {0: 2, 7: 300, 14: 310, 21: 305, 28: 309})
    assert asked(session) == Burst(date(2026, 1, 2), date(2026, 1, 15), 308, -1, 309, date(2026, 1, 29), retained=False)
    count(session, {0: 2, 7: 300, 14: 310, 21: 305, 28: 309}, born=BORN - 15 * DAY)
    assert asked(session) is None


def test_counts_far_apart_tell_nothing(session: Session) -> None:
    """A span whose ends were not both counted is not fourteen days."""
    count(session, {0: 2, 20: 400, 41: 401, 60: 402})
    assert asked(session) is None


def test_retained_stars_and_counts_are_not_mixed(session: Session) -> None:
    """Where both tell, retained stars do, alone."""
    retain(session, [9] * 14 + [1] * 20)
    count(session, {0: 2, 7: 300, 14: 310, 21: 305, 28: 309})
    told = asked(session)
    assert told is not None
    assert (told.retained, told.stars, told.total) == (True, 126, 146)


def test_what_comes_later_is_not_known_yet(session: Session) -> None:
    """A report of an earlier day knows the days before it alone."""
    retain(session, [9] * 14 + [1] * 20)
    assert asked(session, BORN + 27 * DAY) is None
    told = asked(session, BORN + 28 * DAY)
    assert told is not None
    assert (told.total, told.until) == (140, date(2026, 1, 28))


def test_names_that_changed_hands(session: Session) -> None:
    """Whatever their case; the earlier repository by its last name, the latest of several."""
    names = [
        (1, "Old/Name", datetime(2026, 3, 1), datetime(2026, 4, 1)),
        (2, "old/name", datetime(2026, 1, 1), datetime(2026, 1, 9)),
        (2, "went/on", datetime(2026, 1, 10), datetime(2026, 4, 1)),
        (3, "old/name", datetime(2026, 2, 1), datetime(2026, 2, 9)),
        (4, "other/name", datetime(2026, 2, 1), datetime(2026, 2, 9)),
    ]
    session.append("repo_names", [tuple(row) for row in names])
    for repo_id, name in ((1, "Old/Name"), (2, "went/on"), (3, "gone/too"), (4, "other/name")):
        session._connection.execute(
            "insert into repos (repo_id, name, is_archived, is_fork, is_disabled) values ($1, $2, false, false, false)",
            [repo_id, name],
        )
    told = queries.takeovers(session, LATE)
    assert told == (
        NameTakeover("Old/Name", 1, datetime(2026, 3, 1), "gone/too", datetime(2026, 2, 9)),
        NameTakeover("old/name", 3, datetime(2026, 2, 1), "went/on", datetime(2026, 1, 9)),
    )
    assert [each.repo_id for each in queries.takeovers(session, datetime(2026, 2, 2))] == [3]
