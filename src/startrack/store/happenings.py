"""What the store knows to have happened of late; each function is one statement under `sql/trends/`.

Every statement is bound to the days that are told and to what has to be known before them, however long the
history is.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from startrack.happened import HORIZON, QUIET, Added, Crossed, Loss, Lost, Removed, Renamed, Returned, Revived, Seen
from startrack.store.database import Session

__all__ = ["seen"]

# How long before it a milestone must not have been reached (as in milestones.sql), or a lost project been seen.
_BEFORE = timedelta(days=90)
# Counts are seldom exactly as far apart as they should be: the first of a quiet stretch may be a month older.
_SLACK = timedelta(days=30)


def seen(session: Session, until: datetime) -> list[Seen]:
    """Return what happened in the ninety days up to an instant, archivals aside, which are no rows of their own."""
    since = until - HORIZON
    return [
        *_milestones(session, since, until),
        *_revivals(session, since, until),
        *_losses(session, since, until),
        *_renames(session, since, until),
        *_list_changes(session, since.date(), until.date()),
    ]


def _milestones(session: Session, since: datetime, until: datetime) -> Iterator[Seen]:
    for repo_id, at, *crossed in session.rows("trends/milestones", before=since - _BEFORE, since=since, until=until):
        yield Seen(at, repo_id, Crossed(*crossed))


def _revivals(session: Session, since: datetime, until: datetime) -> Iterator[Seen]:
    before, quiet = since - QUIET - _SLACK, until - QUIET
    for repo_id, at, *stretch in session.rows("trends/revivals", before=before, quiet=quiet, since=since, until=until):
        yield Seen(at, repo_id, Revived(*stretch))


def _losses(session: Session, since: datetime, until: datetime) -> Iterator[Seen]:
    for repo_id, at, reason, before in session.rows("trends/losses", before=since - _BEFORE, since=since, until=until):
        yield Seen(at, repo_id, Lost(Loss(reason)) if reason else Returned(Loss(before)))


def _renames(session: Session, since: datetime, until: datetime) -> Iterator[Seen]:
    for repo_id, at, old, new in session.rows("trends/renames", since=since, until=until):
        yield Seen(at, repo_id, Renamed(old, new))


def _list_changes(session: Session, since: date, until: date) -> Iterator[Seen]:
    rows = session.rows("trends/list_changes", since=since, until=until)
    for list_name, repo, repo_id, section, day, is_added in rows:
        change = (Added if is_added else Removed)(repo, tuple(json.loads(section)))
        yield Seen(datetime.combine(day, time()), repo_id, change, list_name)
