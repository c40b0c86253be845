"""The run times of a cron line in a time zone; the only module that imports cronsim."""

import re
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim, CronSimError

from startrack.config import ScheduleConfig
from startrack.errors import ConfigError
from startrack.model.durations import DAY

__all__ = [
    "Cron",
    "is_overdue",
    "last_due",
    "next_due",
    "trigger",
    "upcoming",
]


_MACROS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS = ("minute", "hour", "day of the month", "month", "weekday")
# The first three fields take only numbers. cronsim also accepts extensions, such as L for the last day of a month.
_NUMERIC_FIELDS = 3
_NUMBERS = re.compile(r"[0-9*,/\-]+")
_MINUTE = timedelta(minutes=1)
# How far to look back for the last run, in steps: a line for every minute must not be followed for years. From 29
# February to the next one can be eight years.
_LOOK_BACK = (timedelta(hours=1), DAY, timedelta(days=32), timedelta(days=367), timedelta(days=8 * 366))


@dataclass(frozen=True, slots=True)
class Cron:
    """The run times of a cron line in a time zone.

    A line with given hours runs once on each of its days, even if the clock changes: in an hour that occurs twice, the
    run is in the first one; a run in a skipped hour comes right after it (right before it if the skipped hour ends on
    the next day). A line for every hour (`*`) follows elapsed time. Debian's cron does the same, except that it may
    move a run into the next day.
    """

    line: str
    zone: ZoneInfo

    def runs(self, start: datetime) -> Iterator[datetime]:
        """Yield the run times from an aware datetime on, up to the year 9999; none if no date ever matches."""
        last = start.astimezone(UTC) - timedelta.resolution
        with suppress(OverflowError):  # raised after the year 9999
            for instant in self._instants(start):
                # Compare in UTC: Python compares two times of one zone by their clock time, which can occur twice.
                if instant > last:
                    last = instant
                    yield instant.astimezone(self.zone)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the next run time; APScheduler calls this.

        Missed run times are skipped: if the clock starts in 1970, it would take hours to go through them all.
        """
        start = now
        if previous_fire_time is not None:
            start = max(previous_fire_time.astimezone(UTC), now.astimezone(UTC)) + timedelta.resolution
        return next(self.runs(start), None)

    def _instants(self, start: datetime) -> Iterator[datetime]:
        """Yield UTC instants; some may be before the start, and some may be repeated."""
        local = start.astimezone(self.zone)
        if self.line.split()[1].startswith("*"):
            yield from (time.astimezone(UTC) for time in CronSim(self.line, local - _MINUTE))
            return
        # A clock change is never larger than a day.
        for time in CronSim(self.line, local.replace(tzinfo=None) - DAY):
            instant = _instant(time, self.zone)
            if instant is not None:
                yield instant


def _instant(time: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the first instant with this local time; if the clock skips it, the nearest minute of the same day."""
    before = time.replace(tzinfo=zone).utcoffset()
    after = time.replace(tzinfo=zone, fold=1).utcoffset()
    instant = time.replace(tzinfo=zone).astimezone(UTC)
    if before is None or after is None or before >= after:
        return instant
    # The clock goes forward in one of the minutes between the two interpretations of the time.
    first = instant - (after - before)
    minutes = range((after - before) // _MINUTE + 1)
    changed = first + _MINUTE * bisect_left(
        minutes,
        x=True,
        key=lambda minute: (first + _MINUTE * minute).astimezone(zone).utcoffset() == after,
    )
    return next((near for near in (changed, changed - _MINUTE) if near.astimezone(zone).date() == time.date()), None)


def trigger(schedule: ScheduleConfig) -> Cron:
    """Return the run times of a schedule. Raises ConfigError if its cron line or time zone is invalid."""
    try:
        zone = ZoneInfo(schedule.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"[schedule] timezone: unknown time zone {schedule.timezone!r}; use for example Europe/Berlin",
        ) from error
    try:
        return Cron(_line(_MACROS.get(schedule.cron.strip().lower(), schedule.cron)), zone)
    except (ValueError, CronSimError) as error:
        raise ConfigError(
            f'[schedule] cron: invalid cron line {schedule.cron!r} ({error}); use for example "17 5 * * *"',
        ) from error


def upcoming(schedule: ScheduleConfig, start: datetime, count: int) -> list[datetime]:
    """Return the first `count` run times at or after `start`, which is aware. Raises ConfigError if there are none."""
    runs = list(islice(trigger(schedule).runs(start), count))
    if not runs:
        raise ConfigError(f"[schedule] cron: no date matches {schedule.cron!r}; choose a day that exists")
    return runs


def _line(cron: str) -> str:
    """Return a cron line in the form that cronsim reads. Raises ValueError or CronSimError if it is invalid."""
    fields = cron.lower().split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"{len(fields)} fields instead of {len(_FIELDS)}")
    for name, text in list(zip(_FIELDS, fields, strict=True))[:_NUMERIC_FIELDS]:
        if not _NUMBERS.fullmatch(text):
            raise ValueError(f"the {name} {text!r} is not a number")
    line = " ".join([*fields[:-1], _weekdays(fields[-1])])
    CronSim(line, datetime(2000, 1, 1))
    return line


def _weekdays(field: str) -> str:
    """Return a weekday field in the form that cronsim reads.

    cronsim does not accept a range across the end of the week, and takes 1/2 to end with a second Sunday.
    """
    numbers = sorted({number % 7 for part in field.split(",") for number in _weekday_range(part)})
    # A leading star means that the day of the month must match too.
    return field if field.startswith("*") else ",".join(map(str, numbers))


def _weekday_range(part: str) -> range:
    span, slash, step = part.partition("/")
    if span == "*":
        first, last = 0, 6
    else:
        start, dash, end = span.partition("-")
        first = _weekday(start)
        last = _weekday(end) if dash else 6 if slash else first
    if last < first:
        last += 7  # fri-mon
    return range(first, last + 1, int(step) if slash else 1)


def _weekday(text: str) -> int:
    if text in _WEEKDAYS:
        return _WEEKDAYS.index(text)
    if not text.isdecimal() or int(text) > 7:  # noqa: PLR2004 - 7 is Sunday too
        raise ValueError(f"unknown weekday {text!r}")
    return int(text)


def last_due(cron: Cron, until: datetime) -> datetime | None:
    """Return the last run time up to an instant, `None` if there was none in eight years; both are naive UTC."""
    end = until.replace(tzinfo=UTC)
    for span in _LOOK_BACK:
        last = deque(takewhile(lambda run: run <= end, cron.runs(end - span)), maxlen=1)
        if last:
            return last[0].astimezone(UTC).replace(tzinfo=None)
    return None


def next_due(cron: Cron, after: datetime) -> datetime | None:
    """Return the first run time after an instant, `None` if no date matches; both are naive UTC."""
    # A run that began within the second of a run time was the run for that time.
    due = next(cron.runs(after.replace(tzinfo=UTC) + timedelta(seconds=1)), None)
    return due and due.astimezone(UTC).replace(tzinfo=None)


def is_overdue(cron: Cron, last: datetime | None, now: datetime) -> bool:
    """Say whether a run was due between the last run and now; both are naive UTC.

    A last run that is dated more than a day ahead was recorded by a wrong clock, and is ignored.
    """
    if last is None or last > now + DAY:
        return True
    due = next_due(cron, last)
    return due is not None and due <= now
