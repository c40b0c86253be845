"""Runs a job at the times of a cron line; the only module that imports APScheduler.

Runs never overlap. Runs that were missed while the machine slept or startrack was stopped are made up by one run.
After a failed run the next one comes after a pause, which doubles with each failure up to an hour.

SIGTERM and SIGINT end the process within ten seconds, whatever a run in progress does. For five seconds it may finish;
then it ends early and keeps what it counted; at last it is dropped, and every file is whole, as after a kill. A second
of these signals ends the process at once. SIGHUP reads the configuration again.
"""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import RLock
from typing import Any, Protocol

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from startrack.config import ScheduleConfig
from startrack.cron import Cron, is_overdue, trigger, upcoming
from startrack.stopping import ENDING, Stop, next_signal, received_signals

__all__ = [
    "Plan",
    "Scheduler",
    "Task",
]


_MINUTE = timedelta(minutes=1)
_JOB = "update"
_FINISH_SECONDS = 5.0
# The last of the ten seconds is left for the exit of the interpreter.
_END_SECONDS = 9.0
_FIRST_PAUSE, _LONGEST_PAUSE = _MINUTE, timedelta(hours=1)


# Registered instead of inherited, because APScheduler has no type hints.
BaseTrigger.register(Cron)


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
    _is_ending: bool = field(init=False, default=False)

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
        """When the next run is due, an aware time; `None` if no date ever matches, or when the process ends."""
        if self._is_ending:
            return None
        job = self._background.get_job(_JOB)  # it has no time before the scheduler is started
        return getattr(job, "next_run_time", None) or self.plan.cron.get_next_fire_time(None, datetime.now(UTC))

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
            with self._lock:
                self._is_ending = True
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
            if self._is_ending:  # APScheduler would wait for this run, and this run for its lock
                return
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
