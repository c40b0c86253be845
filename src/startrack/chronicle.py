"""What is told of the past beside counts: from the store, and for the store from the lists' own histories."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

from startrack import list_history, listing
from startrack.models import List
from startrack.past import Addition, Chronicle, Undated
from startrack.store import chronicle
from startrack.store.database import Session
from startrack.trends import additions

__all__ = ["gather", "listing_days"]


def gather(session: Session, lists: Iterable[List], as_of: datetime, whole: frozenset[int]) -> Chronicle:
    """Return what is told of the repositories of some lists at an instant; `whole` is passed on."""
    day = as_of.date()
    seen = chronicle.sightings(session, day)
    added = {each.name: additions.of_list(seen.get(each.name, ()), day) for each in lists}
    around = chronicle.around(session, _dated(added.values()), day)
    return Chronicle(chronicle.names(session, as_of), chronicle.commits(session, day), added, around, whole)


def _dated(added: Iterable[Mapping[int, Addition | Undated]]) -> set[tuple[int, date]]:
    return {(repo_id, when.day) for each in added for repo_id, when in each.items() if isinstance(when, Addition)}


def listing_days(root: Path, lists: Iterable[List]) -> dict[str, Mapping[str, date]]:
    """Return when each list took its projects in, by name, as git tells it of lists that are files below `root`.

    It may take seconds.
    """
    return {each.name: _history(root, each) for each in lists}


def _history(root: Path, listed: List) -> Mapping[str, date]:
    source = listing.locate(listed.source, exists=lambda path: (root / path).is_file())
    return list_history.additions(root / source.path) if isinstance(source, listing.FileSource) else {}
