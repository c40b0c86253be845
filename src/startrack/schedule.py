"""`update` on a cron, in a process of its own; the only door of APScheduler.

One run at a time; runs that were missed, while the machine slept or startrack was stopped, are made up once.
SIGTERM and SIGINT let a run that is under way finish and then end the process; a second one ends it at once,
which costs no more than that run.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import FrameType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from startrack.config import ScheduleConfig
from startrack.errors import ConfigError

__all__ = ["is_overdue", "run", "trigger"]

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
_FIELDS = 5


def trigger(wanted: ScheduleConfig) -> BaseTrigger:
    """Return when to run. Raises ConfigError for a cron line or time zone that is none."""
    try:
        zone = ZoneInfo(wanted.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"[schedule] timezone: there is no time zone {wanted.timezone!r}; write it like Europe/Berlin"
        ) from error
    try:
        return _trigger(_MACROS.get(wanted.cron.strip(), wanted.cron), zone)
    except (ValueError, KeyError) as error:
        raise ConfigError(
            f'[schedule] cron: {wanted.cron!r} is no cron line ({error}); write five fields, like "17 5 * * *"'
        ) from error


def _trigger(cron: str, zone: ZoneInfo) -> BaseTrigger:
    fields = cron.lower().split()
    if len(fields) != _FIELDS:
        raise ValueError(f"{len(fields)} fields instead of {_FIELDS}")
    minute, hour, day, month, weekday = fields
    names = _weekdays(weekday)
    times = {"minute": minute, "hour": hour, "month": month, "timezone": zone}
    if day.startswith("*") or weekday.startswith("*"):
        return CronTrigger(day=day, day_of_week=names, **times)
    # Cron runs on days that fit either field where both are given; APScheduler wants both to fit.
    return OrTrigger([CronTrigger(day=day, **times), CronTrigger(day_of_week=names, **times)])


def _weekdays(field: str) -> str:
    """Return a weekday field as names: cron's numbers begin on Sunday and end on it, APScheduler's on Monday."""
    if field == "*":
        return "*"
    numbers = sorted({number % 7 for part in field.split(",") for number in _weekday_range(part)})
    return ",".join(_WEEKDAYS[number] for number in numbers)


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
        raise ValueError(f"there is no weekday {text!r}")
    return int(text)


def is_overdue(when: BaseTrigger, last: datetime | None, now: datetime) -> bool:
    """Say whether a run should have begun between the last one and now; both are naive UTC."""
    if last is None:
        return True
    due = when.get_next_fire_time(None, last.replace(tzinfo=UTC))
    # A run that begins on the second of its own time is the one that was due.
    if due is not None and due == last.replace(tzinfo=UTC):
        due = when.get_next_fire_time(due, due)
    return due is not None and due <= now.replace(tzinfo=UTC)


def run(wanted: ScheduleConfig, job: Callable[[], object], last: datetime | None, say: Callable[[str], None]) -> None:
    """Run a job on its cron until a signal ends it, and at once where a run is overdue.

    `last` is the start of the last run. Raises ConfigError.
    """
    when = trigger(wanted)
    now = datetime.now(UTC)
    if when.get_next_fire_time(None, now) is None:
        raise ConfigError(f"[schedule] cron: {wanted.cron!r} never comes; choose a day that exists")
    overdue = is_overdue(when, last, now.replace(tzinfo=None))
    scheduler = BackgroundScheduler(timezone=UTC)
    # The default grace of one second would silently skip a run that begins late.
    first = {"next_run_time": now} if overdue else {}
    scheduler.add_job(job, when, id="update", coalesce=True, max_instances=1, misfire_grace_time=None, **first)
    with _stop_signal() as stop:
        scheduler.start()
        say("a run is overdue and begins now" if overdue else f"next run: {scheduler.get_job('update').next_run_time}")
        stop.wait()
        say("stopping")
    scheduler.shutdown(wait=True)


@contextmanager
def _stop_signal() -> Iterator[threading.Event]:
    """Yield an event that the first SIGTERM or SIGINT sets; later ones act as they did before."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in before:
        signal.signal(number, end)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
