"""When each repository came into a list: by the list's own history, else by the runs that read it."""

from collections.abc import Iterable
from datetime import date

from startrack.past import Addition, Origin, Sighting, Undated

__all__ = ["of_list"]


def of_list(sightings: Iterable[Sighting], until: date) -> dict[int, Addition | Undated]:
    """Return when each repository came into a list, as far as that was known on a day.

    What the first run found was there before it, so that run says nothing of when it came.
    """
    return {sighting.repo_id: _addition(sighting, until) for sighting in sightings}


def _addition(sighting: Sighting, until: date) -> Addition | Undated:
    if sighting.listed_on is not None and sighting.listed_on <= until:
        return Addition(sighting.listed_on, Origin.GIT)
    if sighting.added_on <= sighting.list_read_on:
        return Undated.FIRST_RUN
    return Addition(sighting.added_on, Origin.RECORD)
