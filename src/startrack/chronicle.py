"""What is told of the past beside counts, gathered from the store and from the lists' own histories."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from startrack import list_history, listing
from startrack.errors import SourceError
from startrack.models import List
from startrack.past import Addition, Chronicle, Undated
from startrack.store import chronicle
from startrack.store.database import Database
from startrack.trends import additions

__all__ = ["gather"]


def gather(store: Database, root: Path, lists: Iterable[List], as_of: datetime, whole: frozenset[int]) -> Chronicle:
    """Return what is told of the repositories of some lists at an instant; `whole` is passed on.

    Lists that are files below `root` are asked for when they took each project in, with the database closed: git may
    take seconds.
    """
    histories = {each.name: _history(root, each) for each in lists}
    day = as_of.date()
    with store.session() as session:
        names = chronicle.names(session, as_of)
        seen = chronicle.sightings(session, day)
        added = {name: additions.of_list(seen.get(name, ()), told, names, day) for name, told in histories.items()}
        commits = chronicle.commits(session, day)
        around = chronicle.around(session, _dated(added.values()), day)
    return Chronicle(names, commits, added, around, whole)


def _dated(added: Iterable[Mapping[int, Addition | Undated]]) -> set[tuple[int, date]]:
    return {(repo_id, when.day) for each in added for repo_id, when in each.items() if isinstance(when, Addition)}


def _history(root: Path, listed: List) -> Mapping[str, Addition | Undated]:
    try:
        source = listing.locate(listed.source, exists=lambda path: (root / path).is_file())
    except (SourceError, OSError, ValueError):  # what was read once may be no source on this machine
        return {}
    return (list_history.additions(root / source.path) or {}) if isinstance(source, listing.FileSource) else {}
