"""`update` on a cron, in a process of its own; the only door of APScheduler and of cronsim.

One run at a time; runs that were missed, while the machine slept or startrack was stopped, are made up once.
SIGTERM and SIGINT let a run that is under way finish and then end the process; a second one ends it at once,
which costs no more than that run.
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
# No cron has names in these; cronsim reads some that others invented, such as L for the last day of a month.
_WITHOUT_NAMES = 3
_NUMBERS = re.compile(r"[0-9*,/\-]+")
_MINUTE = timedelta(minutes=1)
_JOB = "update"


@dataclass(frozen=True, slots=True)
class Cron:
    """The runs that a cron line asks for, by the clock of a time zone.

    A line that names its hours runs once on every day that it asks for, whatever happens to the clock: an hour that
    comes twice runs the first time, and what falls into an hour that is left out runs right after it (right before it,
    where it ends on the next day). A line for every hour (`*`) follows real time. Debian's cron does the same, but
    lets a run slip into the next day.
    """

    line: str
    zone: ZoneInfo

    def runs(self, start: datetime) -> Iterator[datetime]:
        """Yield the runs at or after an aware instant, in order, up to the year 9999; none where no day ever fits."""
        last = start.astimezone(UTC) - timedelta.resolution
        with suppress(OverflowError):  # no date lies behind 9999
            for instant in self._instants(start):
                # In UTC: two times of one zone are compared by what its clock shows, which may be the same twice.
                if instant > last:
                    last = instant
                    yield instant.astimezone(self.zone)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the first run from now on, or after both the previous one and now: what APScheduler asks.

        Missed runs are made up once. To tell them one by one would take hours where a clock begins in 1970.
        """
        start = now
        if previous_fire_time is not None:
            start = max(previous_fire_time.astimezone(UTC), now.astimezone(UTC)) + timedelta.resolution
        return next(self.runs(start), None)

    def _instants(self, start: datetime) -> Iterator[datetime]:
        """Yield instants in UTC, some before the start and some twice."""
        here = start.astimezone(self.zone)
        if self.line.split()[1].startswith("*"):
            yield from (time.astimezone(UTC) for time in CronSim(self.line, here - _MINUTE))
            return
        # No change of a clock reaches further than a day.
        for time in CronSim(self.line, here.replace(tzinfo=None) - DAY):
            instant = _instant(time, self.zone)
            if instant is not None:
                yield instant


def _instant(time: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when a time of a zone's clock comes first; of one that is left out, the nearest minute of its day."""
    before = time.replace(tzinfo=zone).utcoffset()
    after = time.replace(tzinfo=zone, fold=1).utcoffset()
    instant = time.replace(tzinfo=zone).astimezone(UTC)
    if before is None or after is None or before >= after:
        return instant
    # The clock goes forward somewhere in the minutes between the two readings of the time.
    first = instant - (after - before)
    minutes = range((after - before) // _MINUTE + 1)
    changed = first + _MINUTE * bisect_left(
        minutes,
        x=True,
        key=lambda minute: (first + _MINUTE * minute).astimezone(zone).utcoffset() == after,
    )
    return next((near for near in (changed, changed - _MINUTE) if near.astimezone(zone).date() == time.date()), None)


# Not by inheritance: APScheduler ships no types.
BaseTrigger.register(Cron)


def trigger(wanted: ScheduleConfig) -> Cron:
    """Return when to run. Raises ConfigError for a cron line or time zone that is none."""
    try:
        zone = ZoneInfo(wanted.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"[schedule] timezone: there is no time zone {wanted.timezone!r}; write it like Europe/Berlin",
        ) from error
    try:
        return Cron(_line(_MACROS.get(wanted.cron.strip().lower(), wanted.cron)), zone)
    except (ValueError, CronSimError) as error:
        raise ConfigError(
            f'[schedule] cron: {wanted.cron!r} is no cron line ({error}); write five fields, like "17 5 * * *"',
        ) from error


def upcoming(wanted: ScheduleConfig, start: datetime, count: int) -> list[datetime]:
    """Return the next runs from an aware instant on. Raises ConfigError, also where there will be none."""
    runs = list(islice(trigger(wanted).runs(start), count))
    if not runs:
        raise ConfigError(f"[schedule] cron: {wanted.cron!r} never comes; choose a day that exists")
    return runs


def _line(cron: str) -> str:
    """Return a cron line as cronsim reads it. Raises ValueError or CronSimError where it is none."""
    fields = cron.lower().split()
    if len(fields) != len(_FIELDS):
        raise ValueError(f"{len(fields)} fields instead of {len(_FIELDS)}")
    for name, field in list(zip(_FIELDS, fields, strict=True))[:_WITHOUT_NAMES]:
        if not _NUMBERS.fullmatch(field):
            raise ValueError(f"the {name} {field!r} is no number")
    line = " ".join([*fields[:-1], _weekdays(fields[-1])])
    CronSim(line, datetime(2000, 1, 1))
    return line


def _weekdays(field: str) -> str:
    """Return a weekday field as cronsim has to be given it.

    It does not read a range over the end of the week, and counts 1/2 up to a second Sunday.
    """
    numbers = sorted({number % 7 for part in field.split(",") for number in _weekday_range(part)})
    # A leading star says that the day of the month has to fit as well.
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
        raise ValueError(f"there is no weekday {text!r}")
    return int(text)


def is_overdue(when: Cron, last: datetime | None, now: datetime) -> bool:
    """Say whether a run should have begun between the last one and now; both are naive UTC.

    A last run that is dated more than a day ahead was recorded by a wrong clock, and says nothing.
    """
    if last is None or last > now + DAY:
        return True
    # A run that begins on the second of its own time is the one that was due.
    due = next(when.runs(last.replace(tzinfo=UTC) + timedelta(seconds=1)), None)
    return due is not None and due <= now.replace(tzinfo=UTC)


def run(wanted: ScheduleConfig, job: Callable[[], object], last: datetime | None, say: Callable[[str], None]) -> None:
    """Run a job on its cron until a signal ends it, and at once where a run is overdue.

    `last` is the start of the last run. Raises ConfigError.
    """
    when = trigger(wanted)
    now = datetime.now(UTC)
    coming = upcoming(wanted, now, 1)[0]
    overdue = is_overdue(when, last, now.replace(tzinfo=None))
    scheduler = BackgroundScheduler(timezone=UTC)
    # The default grace of one second would silently skip a run that begins late.
    first = {"next_run_time": now} if overdue else {}
    scheduler.add_job(job, when, id=_JOB, coalesce=True, max_instances=1, misfire_grace_time=None, **first)
    with _stop_signal() as stop:
        scheduler.start()
        say("a run is overdue and begins now" if overdue else f"next run: {coming.isoformat()}")
        while not stop.wait(_MINUTE.total_seconds()):
            follow_clock(scheduler, when, datetime.now(UTC))
        say("stopping")
    scheduler.shutdown(wait=True)


def follow_clock(scheduler: BackgroundScheduler, when: Cron, now: datetime) -> None:
    """Let a scheduler go by the clock as it is now, which may have been set since the next run was planned.

    Set back, that run would come years late; set forward, or after a sleep of the machine, by as much as was left.
    """
    job = scheduler.get_job(_JOB)
    # Within a minute it is no other clock, and a run that has just begun must not begin again.
    coming = when.get_next_fire_time(None, now + _MINUTE)
    if job and coming and coming < job.next_run_time:
        job.modify(next_run_time=coming)
    scheduler.wakeup()


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
