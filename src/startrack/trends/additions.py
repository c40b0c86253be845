"""When each repository came into a list: by the list's own history, else by the runs that read it."""

from collections.abc import Iterable, Mapping
from datetime import date

from startrack.models import same_repo
from startrack.past import Addition, Name, Origin, Sighting, Undated

__all__ = ["of_list"]


def of_list(
    sightings: Iterable[Sighting],
    history: Mapping[str, Addition | Undated],
    names: Mapping[int, tuple[Name, ...]],
    until: date,
) -> dict[int, Addition | Undated]:
    """Return when each repository came into a list, as far as that was known on a day.

    `history` is what git tells of the list's file, by `same_repo`; under any of its names, the earliest counts. What
    the first run found was there before it, so that run says nothing of when it came.
    """
    found: dict[int, Addition | Undated] = {}
    for each in sightings:
        called = {same_repo(name) for name in (each.repo, *(name.name for name in names.get(each.repo_id, ())))}
        told = [history[name] for name in called if name in history]
        found[each.repo_id] = _earliest(told, until) or _seen(each)
    return found


def _earliest(told: Iterable[Addition | Undated], until: date) -> Addition | Undated | None:
    """Return the earliest of some additions; before them all comes what the first version held."""
    known = [each for each in told if isinstance(each, Undated) or each.day <= until]
    return min(known, key=lambda each: date.min if isinstance(each, Undated) else each.day, default=None)


def _seen(each: Sighting) -> Addition | Undated:
    if each.added_on <= each.list_read_on:
        return Undated.FIRST_RUN
    return Addition(each.added_on, Origin.RECORD)
