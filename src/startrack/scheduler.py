"""Runs a job at the times of a cron line; the only module that imports APScheduler and cronsim.

Runs never overlap. Runs that were missed while the machine slept or startrack was stopped are made up by one run.
After a failed run the next one comes after a pause, which doubles with each failure up to an hour.

SIGTERM and SIGINT end the process within ten seconds, whatever a run in progress does. For five seconds it may finish;
then it ends early and keeps what it counted; at last it is dropped, and every file is whole, as after a kill. A second
of these signals ends the process at once. SIGHUP reads the configuration again.
"""

import logging
import os
import re
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from threading import RLock
from typing import Any, Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from cronsim import CronSim, CronSimError

from startrack.config import ScheduleConfig
from startrack.errors import ConfigError
from startrack.model.durations import DAY
from startrack.stopping import ENDING, Stop, next_signal, received_signals

__all__ = [
    "Cron",
    "Plan",
    "Scheduler",
    "Task",
    "is_overdue",
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
_FINISH_SECONDS = 5.0
# The last of the ten seconds is left for the exit of the interpreter.
_END_SECONDS = 9.0
_FIRST_PAUSE, _LONGEST_PAUSE = _MINUTE, timedelta(hours=1)


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


def is_overdue(cron: Cron, last: datetime | None, now: datetime) -> bool:
    """Say whether a run was due between the last run and now; both are naive UTC.

    A last run that is dated more than a day ahead was recorded by a wrong clock, and is ignored.
    """
    if last is None or last > now + DAY:
        return True
    # A run that began within the second of a run time was the run for that time.
    due = next(cron.runs(last.replace(tzinfo=UTC) + timedelta(seconds=1)), None)
    return due is not None and due <= now.replace(tzinfo=UTC)


class Task(Protocol):
    """What the scheduler runs."""

    def run(self) -> bool:
        """Run once, and return whether the run failed and is to be tried again soon."""

    def reload(self) -> ScheduleConfig | None:
        """Read the configuration again and return the new schedule, `None` if it is refused and the old one stays."""


@dataclass(slots=True)
class Plan:
    """When the next run is due: at the times of the cron line, but after failures at the end of a pause."""

    cron: Cron
    failures: int = 0
    retry_at: datetime | None = None

    @property
    def pause(self) -> timedelta:
        """The pause after the failures so far."""
        doublings: int = min(self.failures - 1, 10)
        return min(_FIRST_PAUSE * (1 << doublings), _LONGEST_PAUSE)

    def fail(self, now: datetime) -> None:
        """Plan a run at the end of a pause, after one more failure."""
        self.failures += 1
        self.retry_at = now + self.pause

    def follow(self, planned: datetime, now: datetime) -> datetime:
        """Return when to run instead of at a planned time, because the clock may have been changed since.

        Without this, the next run could be very late: after the clock is set back by a year, the scheduler would wait
        a year longer.
        """
        if self.retry_at is not None:
            self.retry_at = min(self.retry_at, now + self.pause)
            return self.retry_at
        # The next minute is left out, so that a run that has just started does not start again.
        next_run = self.cron.get_next_fire_time(None, now + _MINUTE)
        return min(planned, next_run) if next_run else planned


@dataclass(slots=True)
class Scheduler:
    """Runs a task at its times, in a thread of its own, until a signal ends the process.

    `last` is the start of the last whole run, a naive UTC time; `say` prints messages. Raises ConfigError for an
    invalid schedule.
    """

    schedule: ScheduleConfig
    task: Task
    stop: Stop
    say: Callable[[str], None]
    last: datetime | None = None
    plan: Plan = field(init=False)
    _background: Any = field(init=False)
    _lock: RLock = field(init=False, default_factory=RLock)

    def __post_init__(self) -> None:
        """Plan the first run: at once if one is overdue."""
        self.plan = Plan(trigger(self.schedule))
        now = datetime.now(UTC)
        upcoming(self.schedule, now, 1)
        first = {"next_run_time": now} if self._is_overdue(now) else {}
        self._background = BackgroundScheduler(timezone=UTC)
        # With the default misfire_grace_time of one second, a run that starts late would be skipped silently.
        self._background.add_job(
            self._attempt, self.plan.cron, id=_JOB, coalesce=True, max_instances=1, misfire_grace_time=None, **first
        )
        # A run that takes longer than the cron line allows is no news, every minute.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)

    def _is_overdue(self, now: datetime) -> bool:
        return is_overdue(self.plan.cron, self.last, now.replace(tzinfo=None))

    @property
    def next_run(self) -> datetime | None:
        """When the next run is due, an aware time; `None` if no date ever matches."""
        job = self._background.get_job(_JOB)
        return getattr(job, "next_run_time", None)

    def run(self) -> None:
        """Run until a signal ends it. Only the main thread may call this.

        After the signal, the process is ended with exit code 0 if it has not ended by itself within nine seconds.
        """
        is_overdue = self._is_overdue(datetime.now(UTC))
        with received_signals() as signals:
            self._background.start()
            self.say("a run is overdue and starts now" if is_overdue else self._next_run_text())
            while (number := next_signal(signals)) not in ENDING:
                if number is not None:
                    self._reload()
                self.follow_clock(datetime.now(UTC))
            self.say("stopping")
            _after(_FINISH_SECONDS, self.stop.request)
            _after(_END_SECONDS, self._end_process)
            self._background.shutdown(wait=True)

    def follow_clock(self, now: datetime) -> None:
        """Plan the next run again by the clock as it is now, and start a run that has become due."""
        with self._lock:
            job = self._background.get_job(_JOB)
            if job:
                next_run = self.plan.follow(job.next_run_time, now)
                if next_run != job.next_run_time and next_run > now:
                    job.modify(next_run_time=next_run)
        self._background.wakeup()

    def _attempt(self) -> None:
        with self._lock:
            self.plan.retry_at = None
        has_failed = True  # also where the task raises
        try:
            has_failed = self.task.run()
        finally:
            self._plan_after(has_failed=has_failed)

    def _plan_after(self, *, has_failed: bool) -> None:
        with self._lock:
            if has_failed:
                self.plan.fail(datetime.now(UTC))
                self._background.modify_job(_JOB, next_run_time=self.plan.retry_at)
            else:
                self.plan.failures = 0

    def _reload(self) -> None:
        """Take over a new schedule; if the last run failed, the configuration may be mended, so run at once."""
        schedule = self.task.reload()
        if schedule is None:
            return
        with self._lock:
            is_waiting = self.plan.retry_at is not None
            self.plan = Plan(trigger(schedule))
            self._background.reschedule_job(_JOB, trigger=self.plan.cron)
            if is_waiting:
                self._background.modify_job(_JOB, next_run_time=datetime.now(UTC))
        self.say("the configuration was read again; " + self._next_run_text())

    def _end_process(self) -> None:
        self.say("the run did not end in time; what it had not saved is dropped, and the next run does it again")
        os._exit(0)

    def _next_run_text(self) -> str:
        next_run = self.next_run
        return f"next run: {next_run.astimezone(self.plan.cron.zone).isoformat(timespec='seconds')}" if next_run else ""


def _after(seconds: float, function: Callable[[], None]) -> None:
    """Call a function after a time, unless the process has ended by then."""
    timer = threading.Timer(seconds, function)
    timer.daemon = True
    timer.start()
