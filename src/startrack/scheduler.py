"""Runs a job at the times of a cron line; the only module that imports APScheduler and cronsim.

Runs never overlap. Runs that were missed while the machine slept or startrack was stopped are made up by one run.
After SIGTERM or SIGINT, the current run finishes and the process ends. A second signal ends the process at once, and
only the current run is lost.
"""

import re
import signal
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import FrameType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from cronsim import CronSim, CronSimError

from startrack.config import ScheduleConfig
from startrack.errors import ConfigError
from startrack.model.durations import DAY

__all__ = [
    "Cron",
    "follow_clock",
    "is_overdue",
    "run",
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
_JOB = "update"


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


# Registered instead of inherited, because APScheduler has no type hints.
BaseTrigger.register(Cron)


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
    for name, field in list(zip(_FIELDS, fields, strict=True))[:_NUMERIC_FIELDS]:
        if not _NUMBERS.fullmatch(field):
            raise ValueError(f"the {name} {field!r} is not a number")
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


def is_overdue(cron: Cron, last: datetime | None, now: datetime) -> bool:
    """Say whether a run was due between the last run and now; both are naive UTC.

    A last run that is dated more than a day ahead was recorded by a wrong clock, and is ignored.
    """
    if last is None or last > now + DAY:
        return True
    # A run that began within the second of a run time was the run for that time.
    due = next(cron.runs(last.replace(tzinfo=UTC) + timedelta(seconds=1)), None)
    return due is not None and due <= now.replace(tzinfo=UTC)


def run(schedule: ScheduleConfig, job: Callable[[], object], last: datetime | None, say: Callable[[str], None]) -> None:
    """Run a job at its times until a signal ends it, and at once if a run is overdue.

    `last` is the start of the last run; `say` prints messages. Raises ConfigError.
    """
    cron = trigger(schedule)
    now = datetime.now(UTC)
    next_run = upcoming(schedule, now, 1)[0]
    overdue = is_overdue(cron, last, now.replace(tzinfo=None))
    scheduler = BackgroundScheduler(timezone=UTC)
    first = {"next_run_time": now} if overdue else {}
    # With the default misfire_grace_time of one second, a run that starts late would be skipped silently.
    scheduler.add_job(job, cron, id=_JOB, coalesce=True, max_instances=1, misfire_grace_time=None, **first)
    with _stop_signal() as stop:
        scheduler.start()
        say("a run is overdue and starts now" if overdue else f"next run: {next_run.isoformat()}")
        while not stop.wait(_MINUTE.total_seconds()):
            follow_clock(scheduler, cron, datetime.now(UTC))
        say("stopping")
    scheduler.shutdown(wait=True)


def follow_clock(scheduler: BackgroundScheduler, cron: Cron, now: datetime) -> None:
    """Plan the next run again, because the clock may have been changed since it was planned.

    Without this, the next run could be very late: after the clock is set back by a year, the scheduler would wait
    a year longer. After the clock is set forward or the machine sleeps, it would still wait for the old interval.
    """
    job = scheduler.get_job(_JOB)
    # The next minute is left out, so that a run that has just started does not start again.
    next_run = cron.get_next_fire_time(None, now + _MINUTE)
    if job and next_run and next_run < job.next_run_time:
        job.modify(next_run_time=next_run)
    scheduler.wakeup()


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """Yield an event that SIGTERM and SIGINT set; the earlier handlers are restored at the end of the `with`."""
    stop = threading.Event()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in handlers:
        signal.signal(number, end)
    try:
        yield stop
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
