"""What keeps failing: the repositories that no run has counted for some time."""

from collections.abc import Collection

from startrack.checkup import Failing
from startrack.models import Reason, same_repo
from startrack.store.database import Session

__all__ = ["failing"]


def failing(session: Session, times: int, lists: Collection[str]) -> tuple[Failing, ...]:
    """Return what these lists name and the last runs missed, `times` or more in a row; by name, each once."""
    rows = session.rows("trends/failing", times=times)
    found = {
        same_repo(repo): Failing(repo, Reason(reason), missed, since, counted_at)
        for name, repo, reason, missed, since, counted_at in rows
        if name in lists
    }
    return tuple(found.values())
