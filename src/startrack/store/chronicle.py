"""What the store knows of the past beside counts: names, commits, when lists took repositories in."""

from collections.abc import Collection
from datetime import date, datetime

from startrack.past import MONTH, WEEK, Around, Commits, Name, Sighting
from startrack.store.database import Session

__all__ = ["around", "commits", "names", "sightings"]

# GitHub tells a year of them; what was kept longer is another year's.
_YEAR = 53 * WEEK


def names(session: Session, until: datetime) -> dict[int, tuple[Name, ...]]:
    """Return the names of each listed repository by an instant, oldest first."""
    found: dict[int, list[Name]] = {}
    for repo_id, name, first_seen in session.rows("trends/namings", until=until):
        found.setdefault(repo_id, []).append(Name(name, first_seen))
    return {repo_id: tuple(each) for repo_id, each in found.items()}


def commits(session: Session, until: date) -> dict[int, tuple[Commits, ...]]:
    """Return the commits of each listed repository's weeks in the year before a day, oldest first."""
    found: dict[int, list[Commits]] = {}
    for repo_id, start, total in session.rows("trends/commit_weeks", since=until - _YEAR, until=until):
        found.setdefault(repo_id, []).append(Commits(start, total))
    return {repo_id: tuple(each) for repo_id, each in found.items()}


def sightings(session: Session, day: date) -> dict[str, list[Sighting]]:
    """Return the entries of each list on a day, those that lead to a repository."""
    found: dict[str, list[Sighting]] = {}
    for name, *seen in session.rows("trends/sightings", day=day):
        found.setdefault(name, []).append(Sighting(*seen))
    return found


def around(session: Session, additions: Collection[tuple[int, date]], until: date) -> dict[tuple[int, date], Around]:
    """Return what is known, before a day, of retained stars around each of some days; nothing where none is."""
    session.run("store/stage_additions")
    session.append("addition", sorted(additions))
    return {
        (repo_id, day): Around(before if known == MONTH.days else None, after if known_after == MONTH.days else None)
        for repo_id, day, before, known, after, known_after in session.rows(
            "trends/around", days=MONTH.days, until=until
        )
    }
